# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The shape of an opened bone as the page may change it: length, cortical thickness, modes of variation."""

from __future__ import annotations

from dataclasses import dataclass, replace

from fea.case import BoneDescription, checked
from fea.errors import InputError

LENGTHS, THICKNESSES, MODES = (85.0, 115.0), (70.0, 120.0), (-3.0, 3.0)
"""What the page may ask for: percent of the opened bone's, and standard deviations."""
_MODE_SLIDER = (-2.0, 2.0)


@dataclass(frozen=True)
class ShapeValues:
    """A shape: length and cortical thickness in percent of the opened bone's, modes in standard deviations.

    ``modes`` are in the order of the bone's file; none leaves those of the opened bone.
    """

    length_percent: float = 100.0
    thickness_percent: float = 100.0
    modes: tuple[float, ...] = ()

    def words(self, bone: BoneDescription) -> list[str]:
        """How it differs from the opened bone."""
        found = []
        if self.length_percent != 100.0:
            found.append(f"length {self.length_percent:g} %")
        if self.thickness_percent != 100.0:
            found.append(f"cortical thickness {self.thickness_percent:g} %")
        own = modes_of(bone)
        for (name, before), now in zip(own.items(), self.modes, strict=False):
            if now != before:
                found.append(f"{mode_title(name)} {signed(now, '+g')} SD")
        return found


AS_OPENED = ShapeValues()


def signed(value: float, shape: str = "g") -> str:
    """A number with the sign that people read, − where it is negative."""
    return f"{value:{shape}}".replace("-", "−")


def compared(bone: BoneDescription, values: ShapeValues) -> ShapeValues:
    """The values without modes where they are those of the opened bone."""
    return replace(values, modes=()) if values.modes == tuple(modes_of(bone).values()) else values


def modes_of(bone: BoneDescription) -> dict[str, float]:
    """Standard deviations of a bone along its modes of variation, by name; none without a shape model."""
    known = {} if bone.shape_model is None else bone.shape_model.modes
    return {name: bone.shape.get(name, 0.0) for name in known}


def mode_title(name: str) -> str:
    """Name of a mode as people read it."""
    return name.replace("_", " ")


def reshaped(bone: BoneDescription, values: ShapeValues) -> BoneDescription:
    """The bone in another shape, as ``length_mm``, ``thickness_scale`` and ``shape`` of its file say it.

    Raises
    ------
    fea.errors.InputError
        Other modes than the bone has, or a value that its file may not have.
    """
    names = list(modes_of(bone))
    if values.modes and len(values.modes) != len(names):
        asked = len(values.modes)
        raise InputError(f"{asked} modes of variation are asked for; the bone {bone.name!r} has {len(names)}.")
    changed: dict[str, object] = {
        "length_mm": bone.length_mm * values.length_percent / 100.0,
        "thickness_scale": bone.thickness_scale * values.thickness_percent / 100.0,
    }
    if values.modes:
        own = dict(zip(names, values.modes, strict=True))
        changed["shape"] = {name: sd for name, sd in own.items() if sd != 0.0 or name in bone.shape}
    return checked(BoneDescription, bone.model_dump(by_alias=True) | changed, f"bone {bone.name!r}")


def shape_table(bone: BoneDescription) -> dict[str, object]:
    """What the page is told: values as opened, and what its sliders reach."""
    modes = modes_of(bone)
    low, high = _MODE_SLIDER if all(abs(sd) <= _MODE_SLIDER[1] for sd in modes.values()) else MODES
    return {
        "length_percent": AS_OPENED.length_percent,
        "thickness_percent": AS_OPENED.thickness_percent,
        "modes": list(modes.values()),
        "shape": {
            "lengths": LENGTHS,
            "thicknesses": THICKNESSES,
            "modes": [mode_title(name) for name in modes],
            "deviations": (low, high),
        },
    }
