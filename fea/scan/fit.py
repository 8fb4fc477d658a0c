# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The parametric bone nearest to an imported one: its scale and its place along the modes of variation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fea.errors import InputError
from fea.scan.outlines import Outlines
from fea.scan.template import Template

Floats = npt.NDArray[np.float64]

_SPREAD_MM = 0.8
"""By which outlines of people differ from what the modes can follow; against it a standard deviation is weighed."""
_MOST_SD = 3.0


@dataclass(frozen=True)
class FittedBone:
    """Changes of the library's bone, as ``--set`` takes them: its ``scale``, and ``shape`` in standard deviations."""

    scale: float
    shape: dict[str, float]

    @property
    def changes(self) -> dict[str, float]:
        """The same by dotted path."""
        return {"scale": self.scale, **{f"shape.{name}": sd for name, sd in self.shape.items()}}


def fitted(outlines: Outlines, length: float, template: Template) -> FittedBone:
    """Parametric bone nearest to the outlines, by least squares over levels, as mm of the surface.

    Radius, centre and waves of the outlines and the length follow from scale and modes; modes are weighed as what they
    are, normal with a standard deviation of 1, so that a bone beyond the 26 limbs does not go beyond them all at once.

    Raises
    ------
    fea.errors.InputError
        The template has no modes of variation.
    """
    modes = template.table.get("shape_model", {}).get("modes", {})
    if not modes:
        raise InputError(f"the bone {template.table['name']!r} has no modes of variation to fit.")
    levels = np.array([p for p in outlines.radius if 2.0 <= p <= 98.0])
    rows = {name: _rows(mode["at"], levels) for name, mode in modes.items()}
    longer = np.array([float(mode["length"]) for mode in modes.values()])
    radius = np.array([outlines.radius[p][0] for p in levels])
    weight = np.sqrt(np.gradient(levels) / 100.0)
    columns = []
    for name, own in zip(modes, longer, strict=True):
        columns.append(
            _in_mm(
                rows[name][:, 0] + own,
                rows[name][:, 1:3],
                rows[name][:, 4:],
                radius,
                length,
                weight,
                own,
                rows[name][:, 3],
            )
        )
    columns.append(_in_mm(np.ones(len(levels)), np.zeros((len(levels), 2)), np.zeros_like(rows[name][:, 4:]), radius,
                          length, weight, 1.0, np.zeros(len(levels))))  # fmt: skip
    most = rows[name][:, 4:].shape[1]
    gap = np.log(radius / template.radius(levels)), np.log(length / template.length)
    centre = np.array([outlines.centre[p] for p in levels]) / length - template.centre(levels) / template.length
    wave = np.array([outlines.radius[p][1 : most + 1] / outlines.radius[p][0] for p in levels])
    wave -= template.waves(levels)[:, :most]
    turn = np.array([outlines.torsion[p] for p in levels]) - template.torsion(levels)
    wanted = _in_mm(gap[0], centre, wave, radius, length, weight, float(gap[1]), turn)
    prior = np.column_stack([np.eye(len(modes)), np.zeros(len(modes))]) * _SPREAD_MM / np.sqrt(len(levels))
    system, right = np.vstack([np.column_stack(columns), prior]), np.concatenate([wanted, np.zeros(len(modes))])
    sd = np.linalg.lstsq(system, right, rcond=None)[0]
    values = np.clip(sd[:-1], -_MOST_SD, _MOST_SD)
    scale = length / template.length / (1.0 + float(longer @ values))
    return FittedBone(round(float(scale), 4), {n: round(float(v), 2) for n, v in zip(modes, values, strict=True)})


def _in_mm(
    radius_share: Floats,
    centre_share: Floats,
    wave: Floats,
    radius: Floats,
    length: float,
    weight: Floats,
    own: float,
    turn_deg: Floats,
) -> Floats:
    """Residuals of all levels as mm of the surface: radius, centre, waves, and the length as one more."""
    parts = [
        0.3 * np.deg2rad(turn_deg) * radius,
        radius_share * radius,
        *(centre_share * length).T,
        *(wave.T * radius / np.sqrt(2.0)),
    ]
    return np.concatenate([*(part * weight for part in parts), [own * length / np.sqrt(len(weight))]])


def _rows(at: dict[str, list[float]], percent: Floats) -> Floats:
    """Rows of a mode at percent levels, linear between those that the file has."""
    known = sorted(at, key=float)
    levels, values = np.array([float(p) for p in known]), np.array([at[p] for p in known], dtype=np.float64)
    return np.column_stack([np.interp(percent, levels, column) for column in values.T])
