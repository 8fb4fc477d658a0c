# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The file of an imported bone: a template's, with sections, ends and wall measured, places carried over."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from fea.scan.outlines import Outlines
from fea.scan.template import AZIMUTHS, Template, waves

Floats = npt.NDArray[np.float64]

_LEAST_WALL_MM = 0.4
_ENDS_OF_WALL = (3.0, 96.0)
"""Percent levels between which an inner surface gives the wall; beyond, the bone plate of the joint begins."""


def bone_table(outlines: Outlines, length: float, template: Template, source: str) -> dict[str, Any]:
    """Table of a bone's file, lengths in mm of the bone itself.

    Regions, muscle paths and the fibula keep their level and, in the axes that turn with the bone, their direction and
    their distance from the centre in shares of the radius. The cortical wall and the joint surfaces' regions are in
    proportion to the radius; densities, sites and gauges are the template's.

    Parameters
    ----------
    outlines : Outlines
        What was measured.
    length : float
        Length in mm.
    template : Template
        The parametric bone.
    source : str
        Where the surface comes from.
    """
    table = copy.deepcopy(template.table)
    for key in ("section_targets", "mineral_targets"):
        table.pop(key, None)
    stature = round(float(table["reference_stature_m"]) * length / template.length, 4)
    table |= {
        "length_mm": round(length, 3),
        "stature_m": stature,
        "reference_stature_m": stature,
        "scale": 1.0,
        "bumps": {},
        "processes": {},
        "shape": {},
        "shape_model": _shape_model(outlines, source),
    }
    table["sources"] = {**table.get("sources", {}), "length_mm": source, "stature_m": "by the length, as the template"}
    table["ends"] = {**table["ends"], "proximal_slope_deg": 0.0, "distal_dome_mm": 0.0, "proximal_dome_mm": 0.0}
    table["sections"] = _sections(outlines, template, source)
    size = _Proportion(outlines, template)
    for region in table["regions"].values():
        _carry_ellipse(region, size)
    for path in table.get("paths", {}).values():
        for place in [*path.get("pulleys", []), *([path["end"]] if "end" in path else [])]:
            _carry_point(place, size)
    for end in ("distal", "proximal") if "fibula" in table else ():
        _carry_point(table["fibula"][end], size)
    return table


def _measured(source: str, at: Mapping[float, Any]) -> dict[str, Any]:
    return {"evidence": "D", "source": source, "at": {f"{percent:g}": value for percent, value in at.items()}}


def _shape_model(outlines: Outlines, source: str) -> dict[str, Any]:
    rows = {p: [round(float(v), 5) for v in r[1:] / r[0]] for p, r in outlines.radius.items()}
    return {
        "evidence": "D",
        "source": source,
        "outline": _measured(source, rows),
        "distal_surface": outlines.distal.rows(),
        "proximal_surface": outlines.proximal.rows(),
        "modes": {},
    }


def _sections(outlines: Outlines, template: Template, source: str) -> dict[str, Any]:
    sides = list(template.table["sites"]["sectors"])[::2]
    return {
        "radius_mm": _measured(source, {p: round(float(r[0]), 4) for p, r in outlines.radius.items()}),
        "torsion_deg": _measured(source, {p: round(t, 3) for p, t in outlines.torsion.items()}),
        "center_x_mm": _measured(source, {p: round(float(c[0]), 4) for p, c in outlines.centre.items()}),
        "center_z_mm": _measured(source, {p: round(float(c[1]), 4) for p, c in outlines.centre.items()}),
        "thickness_mm": {
            side: _wall_measured(outlines, template, k, source)
            if outlines.wall
            else _wall_scaled(outlines, template, side)
            for k, side in enumerate(sides)
        },
    }


def _wall_scaled(outlines: Outlines, template: Template, side: str) -> dict[str, Any]:
    """Wall of the template on a side, in proportion to the radius of the sections."""
    own = template.table["sections"]["thickness_mm"][side]
    size = _Proportion(outlines, template)
    at = {float(p): round(float(v) * size.radius(float(p)), 3) for p, v in own["at"].items()}
    return {
        **_measured(f"{own['source']}; in proportion to the radius of the section", at),
        "evidence": own["evidence"],
    }


def _wall_measured(outlines: Outlines, template: Template, number: int, source: str) -> dict[str, Any]:
    """Wall as measured, fitted with what a bone's file holds: mean, two first waves, one second; beyond, as scaled."""
    at = {}
    basis = np.column_stack([np.ones(len(AZIMUTHS)), waves(AZIMUTHS, 2)[:, :3]])
    for percent, wall in outlines.wall.items():
        if _ENDS_OF_WALL[0] <= percent <= _ENDS_OF_WALL[1]:
            mean, cos, sin, second = np.linalg.lstsq(basis, wall, rcond=None)[0]
            sides = (mean + cos + second, mean + sin - second, mean - cos + second, mean - sin - second)
            at[percent] = round(max(float(sides[number]), _LEAST_WALL_MM), 3)
    side = list(template.table["sites"]["sectors"])[::2][number]
    beyond = {float(p): v for p, v in _wall_scaled(outlines, template, side)["at"].items()}
    at |= {p: v for p, v in beyond.items() if p < min(at) - 2.0 or p > max(at) + 2.0}
    at = dict(sorted(at.items()))
    return _measured(f"{source}; cortical wall measured at {min(outlines.wall):g} to {max(outlines.wall):g} %", at)


class _Proportion:
    """The imported bone against its template, section by section."""

    def __init__(self, outlines: Outlines, template: Template) -> None:
        self._levels = np.array(list(outlines.radius))
        self._radius = np.array([r[0] for r in outlines.radius.values()])
        self._centre = np.array(list(outlines.centre.values()))
        self._torsion = np.array(list(outlines.torsion.values()))
        self._template = template

    def radius(self, percent: float) -> float:
        """Mean radius over that of the template."""
        own = np.interp(percent, self._levels, self._radius)
        return float(own / self._template.radius(np.clip(percent, 0.0, 100.0)))

    def point(self, percent: float, x: float, z: float) -> tuple[float, float]:
        """Place (x, z) in mm on the imported bone of one on the template."""
        at = np.clip(percent, 0.0, 100.0)
        turn = np.deg2rad(np.interp(at, self._levels, self._torsion) - float(self._template.torsion(at)))
        dx, dz = (np.array([x, z]) - self._template.centre(at)) * self.radius(percent)
        centre = [np.interp(at, self._levels, self._centre[:, k]) for k in (0, 1)]
        own_x = centre[0] + dx * np.cos(turn) - dz * np.sin(turn)
        own_z = centre[1] + dx * np.sin(turn) + dz * np.cos(turn)
        return round(float(own_x), 3), round(float(own_z), 3)


def _carry_point(place: dict[str, Any], size: _Proportion) -> None:
    """Move a point of a path or of the fibula, given at a level."""
    place["x_mm"], place["z_mm"] = size.point(100.0 * place["level"], place["x_mm"], place["z_mm"])


def _carry_ellipse(region: dict[str, Any], size: _Proportion) -> None:
    """Scale a region of a joint surface, given in mm in the axes of the end."""
    if region["on"] == "shaft":
        return
    factor = size.radius(0.0 if region["on"] == "distal end" else 100.0)
    for key in ("centre_mm", "semi_axes_mm"):
        region[key] = [round(float(value) * factor, 3) for value in region[key]]
