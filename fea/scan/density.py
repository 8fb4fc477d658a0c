# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Cortical wall and density of a bone from a calibrated scan: by level and direction, and place by place."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from fea.errors import InputError
from fea.scan.ct import AIR_WITHIN_HU, Calibration, Scan
from fea.scan.frame import Frame
from fea.scan.outlines import HARMONICS, LEVELS, Outlines
from fea.scan.template import AZIMUTHS, waves

Floats = npt.NDArray[np.float64]

SHAFT = (12.0, 88.0)
"""Percent levels between which sections are plane and the cortex is measured."""
_CANCELLOUS = (4.0, 96.0)
_EVERY = 5
"""Of the azimuths of an outline: one profile each 10°."""
_STEP_MM, _OUTSIDE_MM, _DEEPEST_MM = 0.2, 3.0, 18.0
_LEAST_VOXELS = 2.5
"""Thinnest wall that is measured, in voxels."""
_MIDDLE = (0.3, 0.7)
"""Of the wall: the part in which cortical density is read, away from both borders; a working value."""
_LEAST_DENSITY, _LARGEST_DENSITY = 0.05, 2.19
_SHELL_MM = 3.0
"""Near the ends: depth from which on bone is taken for cancellous; a working value."""
_LEAST_CONTRAST_HU = 150.0
_FIELD_STEP = 1.0
"""Percent of the length between levels of the density field; 10° and four depths are those of the bone's file."""
_FIELD_DEPTHS, _POINTS_IN_A_DEPTH, _AROUND_MEAN = 4, 3, 5
_BLURRED_VOXELS = 1.5
"""How far a border blurs, in voxels: a point spread of a voxel leaves 7 % of the step there."""


@dataclass(frozen=True, eq=False)
class Measured:
    """What a scan says about a bone, by percent level.

    Attributes
    ----------
    wall : dict of float to ndarray, (180,)
        Cortical thickness in mm by azimuth, of the levels where voxels allow it.
    cortical, cancellous : dict of float to ndarray, (8,)
        Density in g/cm³ in the sectors.
    field : dict of str to dict of float to ndarray, (36, 4)
        Density in g/cm³ in the ``wall`` and ``core`` within it, by level, direction and depth.
    calibration : Calibration
    sha256 : str
        Hash of the scan.
    remarks : tuple of str
        What has to be known about them.
    """

    wall: Mapping[float, Floats]
    cortical: Mapping[float, Floats]
    cancellous: Mapping[float, Floats]
    field: Mapping[str, Mapping[float, Floats]]
    calibration: Calibration
    sha256: str
    remarks: tuple[str, ...]


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

    def density_at(place: Floats) -> Floats:
        return calibration.density(scan.at(turned(place)))

    thinnest = _LEAST_VOXELS * float(np.median(scan.spacing_mm))
    wall, cortical, cancellous, thin = {}, {}, {}, 0
    for percent in LEVELS:
        if not _CANCELLOUS[0] <= percent <= _CANCELLOUS[1]:
            continue
        depth, place = section.profiles(percent)
        density = density_at(place)
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
    dense = {p: np.clip(v, _LEAST_DENSITY, _LARGEST_DENSITY) for p, v in cancellous.items()}
    if not wall:
        raise InputError(f"voxels of {scan.spacing_mm[0]:g} mm are too large to show the wall of this bone.")
    field = _field(density_at, section, wall, _BLURRED_VOXELS * float(np.median(scan.spacing_mm)))
    remarks = (*([said] if said else []), *_remarks(thin, thinnest, cancellous, dense))
    return Measured(wall, cortical, dense, field, calibration, scan.sha256, remarks)


def _remarks(thin: int, thinnest: float, seen: Mapping[float, Floats], kept: Mapping[float, Floats]) -> tuple[str, ...]:
    """What has to be known: profiles with too thin a wall, and densities that no bone has."""
    said = []
    if thin:
        said.append(f"wall thinner than {thinnest:.1f} mm in {thin} profiles, bridged from beside or from the library")
    if clipped := sum(int((kept[p] != v).sum()) for p, v in seen.items()):
        said.append(f"density of {clipped} of {8 * len(kept)} places inside the wall set to {_LEAST_DENSITY} g/cm³")
    return tuple(said)


def _field(
    density: Callable[[Floats], Floats], section: _Sections, wall: Mapping[float, Floats], blurred: float
) -> dict[str, dict[float, Floats]]:
    """Densities (36, 4) in the wall and inside it by percent level: means over all that a value stands for.

    Voxels nearer to a border of the wall than ``blurred`` mm hold of what lies beyond it. In their place stands the
    density ``blurred`` mm from the border, on the same radius.
    """
    known = sorted(wall)
    found: dict[str, dict[float, Floats]] = {"wall": {}, "core": {}}
    for percent in np.arange(_CANCELLOUS[0], _CANCELLOUS[1] + 0.1, _FIELD_STEP):
        radius = section.interpolated(percent)
        thickness = np.array([np.interp(percent, known, column) for column in np.array([wall[p] for p in known]).T])
        shares = (np.arange(_FIELD_DEPTHS * _POINTS_IN_A_DEPTH) + 0.5) / (_FIELD_DEPTHS * _POINTS_IN_A_DEPTH)
        edge = np.minimum(blurred, thickness / 2.0)[:, None]
        parts = {"core": np.minimum(thickness + blurred, radius)[:, None] * (1.0 - shares) + radius[:, None] * shares}
        if known[0] <= percent <= known[-1]:
            parts["wall"] = np.clip(thickness[:, None] * shares, edge, thickness[:, None] - edge)
        for part, depths in parts.items():
            value = density(section.places(percent, radius[:, None] - depths))
            around = np.roll(value, _AROUND_MEAN // 2, axis=0).reshape(-1, _AROUND_MEAN, value.shape[1]).mean(axis=1)
            found[part][round(float(percent), 1)] = around.reshape(len(around), _FIELD_DEPTHS, -1).mean(axis=2)
    return found


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
        return depth, self.places(percent, radius)

    def interpolated(self, percent: float) -> Floats:
        """Outer radius in mm at every azimuth, at any level."""
        rows = np.array(list(self._outlines.radius.values()))
        row = np.array([np.interp(percent, LEVELS, column) for column in rows.T])
        return np.asarray(row[0] + waves(AZIMUTHS, HARMONICS) @ row[1:])

    def places(self, percent: float, radius: Floats) -> Floats:
        """Places (p, d, 3) in mm of the file at radii (p, d), p azimuths evenly around, at any level."""
        o = self._outlines
        torsion = float(np.interp(percent, LEVELS, list(o.torsion.values())))
        centre = [float(np.interp(percent, LEVELS, column)) for column in np.array(list(o.centre.values())).T]
        azimuth = AZIMUTHS[:: len(AZIMUTHS) // len(radius)] + np.deg2rad(torsion)
        x, z = (radius * f(azimuth)[:, None] + c for f, c in zip((np.cos, np.sin), centre, strict=True))
        own = np.stack([x, np.full_like(x, percent / 100.0 * self._length), z], axis=-1)
        return self._frame.to_file(own)


def _check_air(scan: Scan, calibration: Calibration) -> None:
    lowest = float(np.quantile(scan.hu[::4, ::4, ::4], 0.005))
    if calibration.air_hu is not None and abs(lowest - calibration.air_hu) > AIR_WITHIN_HU:
        raise InputError(
            f"the lowest values of the scan are {lowest:.0f}; air reads {calibration.air_hu:g} give or take "
            f"{AIR_WITHIN_HU:g} HU, so these are no HU. State air_hu in the calibration, or 'none' without air."
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
        "field": {
            "evidence": "D",
            "source": source,
            **{f"{part}_mg_per_cm3": _rows(rows) for part, rows in seen.field.items()},
        },
        **({} if seen.calibration.law is None else {"law": dict(seen.calibration.law)}),
    }


def _rows(by_level: Mapping[float, Floats]) -> dict[str, list[int]]:
    """Rows of whole mg/cm³ by percent level, within what a bone may have."""
    bounds = (_LEAST_DENSITY, _LARGEST_DENSITY)
    return {
        f"{p:g}": np.round(1000.0 * np.clip(v, *bounds)).astype(np.int64).ravel().tolist() for p, v in by_level.items()
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
