# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""From the file of a surface to the table of a bone, with an account of what was done to it."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from fea.errors import InputError, unknown
from fea.files import parsed, read_table, sha256_of
from fea.scan.bone import bone_table
from fea.scan.ct import read_calibration, read_scan
from fea.scan.density import Measured, density_table, measured
from fea.scan.frame import Frame, Side, frame_of_landmarks, frame_of_tibia
from fea.scan.landmarks import matched, read_landmarks
from fea.scan.outlines import Outlines, outlines_of
from fea.scan.repair import CleanSurface, clean
from fea.scan.segment import is_scan, segmented
from fea.scan.surface import ENDINGS, MM, Surface, Unit, read_surface
from fea.scan.template import Template

Floats = npt.NDArray[np.float64]

_EXTENT = (0.55, 1.5)
"""Of the template's length: how long the largest extent of such a bone may be."""


@dataclass(frozen=True, eq=False)
class ImportedBone:
    """A bone of a surface.

    Attributes
    ----------
    table : dict
        What a bone's file holds.
    clean : CleanSurface
        The surface, and what was changed in it.
    frame : Frame
        Where the bone lies in its file.
    placed : Surface
        The outer surface in the frame of the right bone, mm.
    landmarks : dict of str to ndarray, (3,)
        Landmarks in that frame: those set by hand, or the ends of the axis.
    torsion_deg : float or None
        Torsion of a tibia: turn of its distal against its proximal end.
    outlines : Outlines
        Its sections.
    """

    table: dict[str, Any]
    clean: CleanSurface
    frame: Frame
    placed: Surface
    landmarks: Mapping[str, Floats]
    torsion_deg: float | None
    outlines: Outlines


def is_surface(name: str) -> bool:
    """Whether a name is that of a file of a surface, by its ending.

    Examples
    --------
    >>> is_surface("scans/my_tibia.STL"), is_surface("tibia"), is_surface("mine.toml")
    (True, False, False)
    """
    return Path(name).suffix.lower() in ENDINGS


def import_bone(
    file: Path,
    *,
    like: str = "tibia",
    unit: Unit | None = None,
    side: Side | None = None,
    landmarks: Path | None = None,
    inner: Path | None = None,
    ct: Path | None = None,
    calibration: Path | None = None,
    threshold_hu: float | None = None,
    regions: Path | None = None,
    name: str | None = None,
) -> ImportedBone:
    """Bone of a surface file, measured against a bone of the library.

    Parameters
    ----------
    file : Path
        The outer surface, a volume mesh, a mask, or the scan itself.
    like : str
        The bone of the library that it is one of: regions, paths, densities and what else no surface holds are its.
    unit : {"m", "cm", "mm"}, optional
        Unit of the coordinates; found by the size by default.
    side : {"right", "left"}, optional
        Side of the body; found by the shape of a tibia by default.
    landmarks : Path, optional
        Landmarks, from which the frame follows; from the shape of a tibia by default.
    inner : Path, optional
        The inner surface of the cortex, in the unit and frame of the file.
    ct : Path, optional
        A CT scan, from which wall and density follow; a file or a folder of DICOM files.
    calibration : Path, optional
        Its calibration, which it needs.
    threshold_hu : float, optional
        Least value of bone, where ``file`` is the scan itself, which then is the ``ct`` as well if calibrated.
    regions : Path, optional
        Regions that stand instead of those carried over, TOML.
    name : str, optional
        Name of the bone; that of the file by default.

    Raises
    ------
    fea.errors.InputError
        A file that cannot be read or mended, a size or shape that is no such bone's, an unclear side.
    """
    template = Template(read_table("bone", like))
    bounds = (_EXTENT[0] * template.length, _EXTENT[1] * template.length)
    within = None if inner is None else read_surface(inner)
    outer, hashed = _outer(file, threshold_hu)
    if threshold_hu is not None and calibration is not None and ct is None:
        ct = file
    found = clean(outer, bounds, "mm" if is_scan(file) else unit, within)
    frame, points, said = _framed(found, template, side, landmarks)
    placed = frame.placed(found.outer)
    canal = None if found.inner is None else frame.placed(found.inner)
    outlines = outlines_of(placed, frame.length, template, canal)
    seen = None if ct is None else _scanned(ct, calibration, frame, outlines, template)
    if seen is not None and canal is None:
        outlines = replace(outlines, wall=seen.wall)
    own = name or _name_of(file)
    table = bone_table(outlines, frame.length, template, f"surface {file.name}, measured")
    table |= {"name": own, "title": f"Right {template.table['bone']}, {own}"}
    table["origin"] = _origin(file, hashed, inner, found, frame, points, said)
    if regions is not None:
        _override(table, regions)
    if ct is not None and seen is not None:
        source = f"CT {ct.name}, {seen.calibration.intercept:g} + {seen.calibration.slope:g} HU g/cm³"
        table["density"] = density_table(seen, template.table["density"], source)
        table["origin"]["scan"] = {
            "file": ct.name,
            "sha256": seen.sha256,
            "measure": seen.calibration.measure,
            "intercept_g_per_cm3": seen.calibration.intercept,
            "slope_g_per_cm3_per_hu": seen.calibration.slope,
            "remarks": list(seen.remarks),
        }
    return ImportedBone(table, found, frame, placed, points, _tibial_torsion(template, outlines), outlines)


def _outer(file: Path, threshold_hu: float | None) -> tuple[Surface, str]:
    """Outer surface of a file and the hash of it."""
    if is_scan(file):
        scan = read_scan(file)
        return segmented(scan, threshold_hu, file.name), scan.sha256
    if threshold_hu is not None:
        raise InputError(f"the threshold is {threshold_hu:g} HU, and {file.name!r} is a surface; one is for scans.")
    return read_surface(file), sha256_of(file)


def _override(table: dict[str, Any], file: Path) -> None:
    """Put the regions of a file in place of those that were carried over; keys that it does not name stay."""
    given = parsed(file, str(file))
    regions = given.get("regions")
    if (
        set(given) != {"regions"}
        or not isinstance(regions, dict)
        or not all(isinstance(r, dict) for r in regions.values())
    ):
        raise InputError(f"{str(file)!r} holds {', '.join(given) or 'nothing'}; allowed: tables [regions.NAME].")
    for name, own in regions.items():
        if name not in table["regions"]:
            raise unknown("region", name, table["regions"])
        known = table["regions"][name]
        kept = (
            known if own.get("on", known["on"]) == known["on"] else {"saint_venant": known.get("saint_venant", False)}
        )
        table["regions"][name] = {**kept, "evidence": "D", "source": f"set by hand, {file.name}", **own}
    table["origin"]["repairs"].append(f"regions set by {file.name}: {', '.join(regions)}")


def _scanned(ct: Path, calibration: Path | None, frame: Frame, outlines: Outlines, template: Template) -> Measured:
    if calibration is None:
        raise InputError("a CT scan needs a calibration, which makes densities of its values; give one.")
    ends = template.table["cavity"]
    cavity = (100.0 * ends["distal_level"], 100.0 * ends["proximal_level"])
    return measured(read_scan(ct), read_calibration(calibration), frame, outlines, frame.length, cavity)


@functools.lru_cache(maxsize=8)
def _remembered(file: Path, changed_ns: int, size: int) -> ImportedBone:
    return import_bone(file)


def imported_table(name: str) -> dict[str, Any]:
    """Table of the bone of a surface file, as :func:`import_bone` finds it by itself; a file is read once."""
    file = Path(name)
    try:
        state = file.stat()
    except (OSError, ValueError):
        raise InputError(f"there is no bone file {name!r}.") from None
    return _remembered(file.absolute(), state.st_mtime_ns, state.st_size).table


def _framed(
    found: CleanSurface, template: Template, side: Side | None, landmarks: Path | None
) -> tuple[Frame, dict[str, Floats], str]:
    """Frame, landmarks in it, and what has to be said about them."""
    if landmarks is None:
        if not template.has_outlines:
            raise InputError(
                f"the frame of a {template.table['bone']} is not found from its shape; give landmarks distal, proximal "
                "and front, and the side."
            )
        frame = frame_of_tibia(found.outer, template, side)
        return frame, {"distal": np.zeros(3), "proximal": np.array([0.0, frame.length, 0.0])}, ""
    place, said = matched(read_landmarks(landmarks), found.outer, MM[found.unit])
    if side is None and not template.has_outlines:
        raise InputError(f"the side of a {template.table['bone']} is not found from its shape; give it.")
    side = side or frame_of_tibia(found.outer, template).side
    frame = frame_of_landmarks(place, float(template.torsion(100.0)), side)
    return frame, {name: frame.to_bone(point[None])[0] for name, point in place.items()}, said


def _tibial_torsion(template: Template, outlines: Outlines) -> float | None:
    if not template.has_outlines:
        return None
    return float(outlines.torsion[0.0] - outlines.torsion[100.0])


def _name_of(file: Path) -> str:
    """Name of a file as a bone may be called."""
    return re.sub(r"[^A-Za-z0-9_.-]", "_", file.stem).lstrip("_.-")[:64] or "bone"


def _origin(
    file: Path,
    hashed: str,
    inner: Path | None,
    found: CleanSurface,
    frame: Frame,
    landmarks: Mapping[str, Floats],
    said: str,
) -> dict[str, Any]:
    """Where the bone comes from, as its file keeps it."""
    table: dict[str, Any] = {
        "file": file.name,
        "sha256": hashed,
        "unit": found.unit,
        "side": frame.side,
        "frame": frame.how,
        "origin_mm": [round(float(v), 3) for v in frame.origin],
        "axes": [[round(float(v), 6) for v in row] for row in frame.axes],
        "landmarks_mm": {name: [round(float(v), 3) for v in point] for name, point in landmarks.items()},
        "volume_before_mm3": round(found.volume_before_mm3, 1),
        "volume_mm3": round(found.outer.volume, 1),
        "repairs": [*found.repairs, *([said] if said else [])],
    }
    if inner is not None:
        table |= {"inner_file": inner.name, "inner_sha256": sha256_of(inner)}
    return table
