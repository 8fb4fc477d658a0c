# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Cortical wall and density of a bone from a calibrated CT scan, by level and direction."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from fea.errors import InputError, MissingDependency
from fea.files import parsed, sha256_of
from fea.scan.frame import Frame
from fea.scan.outlines import HARMONICS, LEVELS, Outlines
from fea.scan.template import AZIMUTHS, waves

Floats = npt.NDArray[np.float64]

ENDINGS = (".nii", ".nii.gz", ".mha", ".mhd", ".nrrd")
"""Files of a scan; a folder is read as a DICOM series."""
MEASURES = ("HA", "K2HPO4", "ash", "apparent")

SHAFT = (12.0, 88.0)
"""Percent levels between which sections are plane and the cortex is measured."""
_CANCELLOUS = (4.0, 96.0)
_EVERY = 5
"""Of the azimuths of an outline: one profile each 10°."""
_STEP_MM, _OUTSIDE_MM, _DEEPEST_MM = 0.2, 3.0, 18.0
_LEAST_VOXELS = 2.5
"""Thinnest wall that is measured, in voxels."""
_MIDDLE = (0.3, 0.7)
"""Of the wall: the part in which cortical density is read, away from both borders."""
_LEAST_DENSITY, _LARGEST_DENSITY = 0.05, 2.19
_SHELL_MM = 3.0
"""Near the ends: depth from which on bone is taken for cancellous."""
_AIR_HU, _AIR_WITHIN = -1000.0, 100.0
_LEAST_CONTRAST_HU = 150.0
_MOST_THREADS = 1


@dataclass(frozen=True)
class Calibration:
    """Density = intercept + slope · HU, in g/cm³ of a measure.

    Attributes
    ----------
    measure : str
        One of :data:`MEASURES`.
    intercept, slope : float
        In g/cm³ and g/cm³ for 1 HU.
    air_hu : float or None
        What air reads in the scan, for the check of its values; None for a scan without air.
    """

    measure: str
    intercept: float
    slope: float
    air_hu: float | None

    def density(self, hu: Floats) -> Floats:
        """Density in g/cm³ of values in HU."""
        return np.asarray(self.intercept + self.slope * hu)


@dataclass(frozen=True, eq=False)
class Scan:
    """A CT scan: ``hu`` (nx, ny, nz), and the index of a place in mm, ``to_index`` (4, 4), in LPS axes."""

    hu: npt.NDArray[np.float32]
    to_index: Floats
    spacing_mm: tuple[float, float, float]
    sha256: str

    def at(self, points: Floats) -> Floats:
        """HU at points (…, 3) in mm, LPS, linear between voxels; NaN outside the scan."""
        from scipy.ndimage import map_coordinates

        index = points.reshape(-1, 3) @ self.to_index[:3, :3].T + self.to_index[:3, 3]
        found = map_coordinates(self.hu, index.T, order=1, mode="constant", cval=np.nan, output=np.float64)
        return np.asarray(found.reshape(points.shape[:-1]))


@dataclass(frozen=True, eq=False)
class Measured:
    """What a scan says about a bone, by percent level.

    Attributes
    ----------
    wall : dict of float to ndarray, (180,)
        Cortical thickness in mm by azimuth, of the levels where voxels allow it.
    cortical, cancellous : dict of float to ndarray, (8,)
        Density in g/cm³ in the sectors.
    calibration : Calibration
    sha256 : str
        Hash of the scan.
    remarks : tuple of str
        What has to be known about them.
    """

    wall: Mapping[float, Floats]
    cortical: Mapping[float, Floats]
    cancellous: Mapping[float, Floats]
    calibration: Calibration
    sha256: str
    remarks: tuple[str, ...]


def read_scan(place: Path) -> Scan:
    """Scan of a NIfTI, MetaImage or NRRD file, or of a folder with one DICOM series.

    Raises
    ------
    fea.errors.InputError
        Unknown ending, or what cannot be read.
    fea.errors.MissingDependency
        SimpleITK is not installed.
    """
    try:
        import SimpleITK as sitk  # noqa: N813 - so it is called in its own documents
    except ImportError:
        raise MissingDependency("a CT scan needs SimpleITK: pip install 'bonefea[ct]'.") from None
    files = _series(sitk, place) if place.is_dir() else [place]
    if not place.is_dir() and not place.name.lower().endswith(ENDINGS):
        raise InputError(
            f"{str(place)!r} is no scan; one is read from {', '.join(ENDINGS)} or a folder of DICOM files."
        )
    if not all(file.is_file() for file in files):
        raise InputError(f"there is no scan {str(place)!r}.")
    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(_MOST_THREADS)
    try:
        image = sitk.ReadImage([str(file) for file in files] if place.is_dir() else str(place), sitk.sitkFloat32)
    except RuntimeError as error:
        said = " ".join(str(error).split())[-200:]
        raise InputError(f"{str(place)!r} cannot be read as a scan: {said}.") from None
    if image.GetDimension() != 3 or min(image.GetSize()) < 2:
        raise InputError(f"{str(place)!r} has {image.GetSize()} voxels; a scan has three directions.")
    to_mm = np.eye(4)
    spacing = np.array(image.GetSpacing())
    to_mm[:3, :3] = np.array(image.GetDirection()).reshape(3, 3) * spacing
    to_mm[:3, 3] = image.GetOrigin()
    hu = np.ascontiguousarray(sitk.GetArrayFromImage(image).transpose(2, 1, 0))
    digest = hashlib.sha256("".join(sha256_of(file) for file in files).encode()).hexdigest()
    return Scan(hu, np.linalg.inv(to_mm), (float(spacing[0]), float(spacing[1]), float(spacing[2])), digest)


def _series(sitk: Any, folder: Path) -> list[Path]:
    known = sitk.ImageSeriesReader.GetGDCMSeriesIDs(str(folder))
    if len(known) != 1:
        raise InputError(f"the folder {str(folder)!r} holds {len(known)} DICOM series; allowed: one.")
    return [Path(file) for file in sitk.ImageSeriesReader.GetGDCMSeriesFileNames(str(folder), known[0])]


def read_calibration(file: Path) -> Calibration:
    """Calibration of a TOML file.

    It has ``measure``, and either ``points``, pairs of HU and density in g/cm³ as the rods of a phantom give them, or
    ``intercept_g_per_cm3`` and ``slope_g_per_cm3_per_hu``. ``ash = [a, b]`` makes it the ash density a + b ρ.

    Raises
    ------
    fea.errors.InputError
        A key is missing or unknown, or a value outside its range.
    """
    table = parsed(file, str(file))
    known = {"measure", "points", "intercept_g_per_cm3", "slope_g_per_cm3_per_hu", "ash", "air_hu", "source"}
    if odd := sorted(set(table) - known):
        raise InputError(f"the calibration {str(file)!r} has the key {odd[0]!r}; known: {', '.join(sorted(known))}.")
    measure = table.get("measure")
    if measure not in MEASURES:
        raise InputError(f"measure of the calibration is {measure!r}; allowed: {', '.join(MEASURES)}.")
    try:
        if "points" in table:
            pairs = np.array(table["points"], dtype=np.float64).reshape(-1, 2)
            slope, intercept = np.polyfit(pairs[:, 0], pairs[:, 1], 1)
        else:
            intercept, slope = float(table["intercept_g_per_cm3"]), float(table["slope_g_per_cm3_per_hu"])
        if "ash" in table:
            a, b = (float(value) for value in table["ash"])
            measure, intercept, slope = "ash", a + b * intercept, b * slope
        air = table.get("air_hu", _AIR_HU)
        air = None if air == "none" else float(air)
    except (KeyError, TypeError, ValueError, np.linalg.LinAlgError):
        raise InputError(
            f"the calibration {str(file)!r} needs points, two or more pairs of HU and g/cm³, or intercept_g_per_cm3 "
            "and slope_g_per_cm3_per_hu."
        ) from None
    if not 1e-4 <= slope <= 1e-2:
        raise InputError(f"slope of the calibration is {slope:g} g/cm³ for 1 HU; allowed: 0.0001 to 0.01.")
    return Calibration(str(measure), float(intercept), float(slope), air)


def measured(
    scan: Scan, calibration: Calibration, frame: Frame, outlines: Outlines, length: float, cavity: tuple[float, float]
) -> Measured:
    """Wall and densities of a bone from a scan in the same axes as its surface, or in those turned by RAS and LPS.

    The wall is read along the radius, by half of the step at either border. Where it is thinner than two and a half
    voxels the scan cannot show it. Cortical density is the mean of the middle of the wall, which the borders do not
    blur; cancellous density the mean inside of it, except between the percent levels of the marrow ``cavity``.

    Raises
    ------
    fea.errors.InputError
        The values are not HU, the scan does not cover the shaft, or does not lie on the surface.
    """
    _check_air(scan, calibration)
    section = _Sections(outlines, frame, length)
    turned, said = _turn(scan, section)
    thinnest = _LEAST_VOXELS * float(np.median(scan.spacing_mm))
    wall, cortical, cancellous, thin = {}, {}, {}, 0
    for percent in LEVELS:
        if not _CANCELLOUS[0] <= percent <= _CANCELLOUS[1]:
            continue
        depth, place = section.profiles(percent)
        density = calibration.density(scan.at(turned(place)))
        if np.isnan(density).any():
            raise InputError(f"the scan does not cover the bone at {percent:g} % of its length.")
        thickness = np.full(len(density), _SHELL_MM)
        if SHAFT[0] <= percent <= SHAFT[1]:
            thickness, middle = _walls(depth, density)
            thin += int((thickness < thinnest).sum())
            if (thickness >= thinnest).mean() > 0.5:
                seen = thickness >= thinnest
                thickness, middle = (_bridged(values, seen) for values in (thickness, middle))
                wall[percent] = np.interp(AZIMUTHS, AZIMUTHS[::_EVERY], thickness, period=2.0 * np.pi)
                cortical[percent] = _by_sector(middle)
        if not cavity[0] < percent < cavity[1]:
            cancellous[percent] = _by_sector(_inside(depth, density, thickness, section.radius(percent)))
    remarks = [said] if said else []
    if thin:
        remarks.append(
            f"wall thinner than {thinnest:.1f} mm in {thin} profiles, bridged from beside or from the library"
        )
    dense = {p: np.clip(v, _LEAST_DENSITY, _LARGEST_DENSITY) for p, v in cancellous.items()}
    if clipped := sum(int((dense[p] != v).sum()) for p, v in cancellous.items()):
        remarks.append(f"density of {clipped} of {8 * len(dense)} places inside the wall set to {_LEAST_DENSITY} g/cm³")
    if not wall:
        raise InputError(f"voxels of {scan.spacing_mm[0]:g} mm are too large to show the wall of this bone.")
    return Measured(wall, cortical, dense, calibration, scan.sha256, tuple(remarks))


class _Sections:
    """Places on the profiles of the sections of a bone, in mm of its file."""

    def __init__(self, outlines: Outlines, frame: Frame, length: float) -> None:
        self._outlines, self._frame, self._length = outlines, frame, length
        self._basis = np.column_stack([np.ones(len(AZIMUTHS)), waves(AZIMUTHS, HARMONICS)])[::_EVERY]

    def radius(self, percent: float) -> Floats:
        """Outer radius in mm at every tenth degree of the section's own axes."""
        return np.asarray(self._basis @ self._outlines.radius[percent])

    def profiles(self, percent: float) -> tuple[Floats, Floats]:
        """Depths (d,) in mm under the surface, and places (36, d, 3) of the profiles of a level."""
        depth = np.arange(-_OUTSIDE_MM, _DEEPEST_MM, _STEP_MM)
        radius = np.maximum(self.radius(percent)[:, None] - depth, 0.0)
        azimuth = AZIMUTHS[::_EVERY] + np.deg2rad(self._outlines.torsion[percent])
        x, z = (
            radius * f(azimuth)[:, None] + c
            for f, c in zip((np.cos, np.sin), self._outlines.centre[percent], strict=True)
        )
        own = np.stack([x, np.full_like(x, percent / 100.0 * self._length), z], axis=-1)
        return depth, self._frame.to_file(own)


def _check_air(scan: Scan, calibration: Calibration) -> None:
    lowest = float(np.quantile(scan.hu[::4, ::4, ::4], 0.005))
    if calibration.air_hu is not None and abs(lowest - calibration.air_hu) > _AIR_WITHIN:
        raise InputError(
            f"the lowest values of the scan are {lowest:.0f}; air reads {calibration.air_hu:g} give or take "
            f"{_AIR_WITHIN:g} HU, so these are no HU. State air_hu in the calibration, or 'none' where there is no air."
        )


def _turn(scan: Scan, section: _Sections) -> tuple[Any, str]:
    """Function from the axes of the surface to those of the scan, and a sentence if they differ."""
    signs = (np.ones(3), np.array([-1.0, -1.0, 1.0]))
    contrast = []
    for sign in signs:
        steps = []
        for percent in (32.0, 50.0, 68.0):
            depth, place = section.profiles(percent)
            hu = scan.at(place * sign)
            steps.append(hu[:, np.abs(depth - 1.5) < 0.3].mean() - hu[:, depth < -2.0].mean())
        contrast.append(float(np.nan_to_num(np.mean(steps), nan=-np.inf)))
    best = int(np.argmax(contrast))
    if contrast[best] < _LEAST_CONTRAST_HU:
        raise InputError(
            "the surface does not lie on the bone of the scan: just inside it the scan is no denser than just outside. "
            "Are both of the same person, in mm, and in the same axes?"
        )
    said = "scan and surface differ as RAS and LPS; the surface was turned" if best else ""
    return (lambda place: place * signs[best]), said


def _walls(depth: Floats, density: Floats) -> tuple[Floats, Floats]:
    """Thickness in mm and density of the middle of the wall of each profile (p, d)."""
    thickness, middle = np.zeros(len(density)), np.zeros(len(density))
    for k, profile in enumerate(density):
        top = int(np.argmax(np.where((depth > -1.0) & (depth < 6.0), profile, -np.inf)))
        cortex = float(np.quantile(profile[(depth > -1.0) & (depth <= max(depth[top], 1.0) + 0.5)], 0.9))
        outside, inside = float(profile[depth < -2.0].mean()), float(np.quantile(profile[top:], 0.1))
        first = top - int(np.argmax(profile[top::-1] < (cortex + outside) / 2.0))
        falls = profile[top:] < (cortex + inside) / 2.0
        last = top + int(np.argmax(falls)) if falls.any() else len(profile) - 1
        outer = _crossing(depth, profile, first, (cortex + outside) / 2.0)
        inner = _crossing(depth, profile, last - 1, (cortex + inside) / 2.0)
        thickness[k] = inner - outer
        low, high = (outer + share * (inner - outer) for share in _MIDDLE)
        chosen = (depth >= low) & (depth <= high)
        middle[k] = profile[chosen].mean() if chosen.any() else cortex
    return thickness, middle


def _crossing(depth: Floats, profile: Floats, k: int, value: float) -> float:
    """Depth at which a profile passes a value between its points k and k + 1."""
    k = min(max(k, 0), len(profile) - 2)
    step = profile[k + 1] - profile[k]
    share = 0.5 if step == 0.0 else float(np.clip((value - profile[k]) / step, 0.0, 1.0))
    return float(depth[k] + share * (depth[k + 1] - depth[k]))


def _bridged(values: Floats, seen: npt.NDArray[np.bool_]) -> Floats:
    """Values around a section, those not seen from their neighbours."""
    azimuth = AZIMUTHS[::_EVERY]
    return np.interp(azimuth, azimuth[seen], values[seen], period=2.0 * np.pi)


def _inside(depth: Floats, density: Floats, thickness: Floats, radius: Floats) -> Floats:
    """Mean density of each profile inside the wall, weighted by the area that a point stands for."""
    within = (depth > thickness[:, None] + 1.0) & (depth < radius[:, None])
    weight = np.where(within, np.maximum(radius[:, None] - depth, 0.0), 0.0) + 1e-9
    return np.asarray((weight * density).sum(axis=1) / weight.sum(axis=1))


def _by_sector(values: Floats) -> Floats:
    """Means (8,) in the sectors of 45° about 0°, 45° … of values at every tenth degree."""
    sector = np.round(np.rad2deg(AZIMUTHS[::_EVERY]) / 45.0).astype(np.int64) % 8
    return np.asarray(np.bincount(sector, weights=values, minlength=8) / np.bincount(sector, minlength=8))


def density_table(seen: Measured, template: Mapping[str, Any], source: str) -> dict[str, Any]:
    """Table ``density`` of a bone's file from a scan; near the ends the cortex falls off as in the template."""
    return {
        "measure": seen.calibration.measure,
        "cortical_g_per_cm3": _profile(seen.cortical, template["cortical_g_per_cm3"]["at"], source),
        "cancellous_g_per_cm3": _profile(seen.cancellous, {}, source),
    }


def _profile(by_level: Mapping[float, Floats], beyond: Mapping[str, float], source: str) -> dict[str, Any]:
    levels: Sequence[float] = sorted(by_level)
    mean = {p: float(by_level[p].mean()) for p in levels}
    at = dict(mean)
    known = sorted((float(p), float(v)) for p, v in beyond.items())
    for percent, value in known:
        end = levels[0] if percent < levels[0] else levels[-1]
        if not levels[0] <= percent <= levels[-1]:
            there = float(np.interp(end, [p for p, _ in known], [v for _, v in known]))
            at[percent] = mean[end] * value / there
    return {
        "evidence": "D",
        "source": source,
        "at": {f"{p:g}": round(min(at[p], _LARGEST_DENSITY), 4) for p in sorted(at)},
        "sector_factor": {f"{p:g}": [round(float(v) / mean[p], 4) for v in by_level[p]] for p in levels},
    }
