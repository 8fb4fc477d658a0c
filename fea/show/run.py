# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The pictures of a run: strain map, strain over the contact, section loads, density."""

from __future__ import annotations

import functools
from pathlib import Path

import numpy as np
import numpy.typing as npt

from fea.evaluate import Result
from fea.show.curves import draw_statics
from fea.show.density import draw_density
from fea.show.map import draw_map
from fea.show.process import Drawing
from fea.show.stance import draw_strain_history
from fea.strain import MICROSTRAIN, stance_percent

Floats = npt.NDArray[np.float64]

SUPPORTED = {
    "fixed": "fixed at",
    "foundation": "on an elastic foundation at",
    "free": "free (inertia relief), with the reaction on",
}
"""Kinds of support in words, before the names of the support regions."""


def run_map(result: Result, file: Path) -> Drawing:
    """The strain map of a result, to be drawn as PNG."""
    mesh = result.side_mesh
    surface = np.full(len(mesh.points), np.nan)
    surface[result.surface_vertices] = result.surface.equivalent * MICROSTRAIN
    return functools.partial(
        draw_map,
        mesh,
        surface,
        result.side_hotspots,
        quantity="largest equivalent strain" if result.moving else "equivalent strain",
        unit="µε",
        title=_title(result),
        caption=_caption(result),
        file=file,
        sides=result.sides,
        length_mm=result.bone.anatomy.length,
        excluded=result.excluded_vertices,
    )


def run_field(result: Result, value: Floats, quantity: str, unit: str, file: Path) -> Drawing:
    """A map of values (n,) at the vertices of a result, to be drawn as PNG."""
    kept = result.surface_vertices
    low, high = value[kept].min(), value[kept].max()
    return functools.partial(
        draw_map,
        result.side_mesh,
        value,
        [],
        quantity=quantity,
        unit=unit,
        title=_title(result),
        caption=_caption(result),
        file=file,
        sides=result.sides,
        signed=bool(low < 0.0 < high),
        length_mm=result.bone.anatomy.length,
        excluded=result.excluded_vertices,
    )


def run_strain(result: Result, file: Path) -> Drawing:
    """Strain over the contact at gauges and hotspots, to be drawn as PNG."""
    return functools.partial(draw_strain_history, result.gauges, result.hotspot_histories, file, _title(result))


def run_statics(result: Result, file: Path) -> Drawing:
    """The section loads of the peak frame, by statics and by stress, to be drawn as PNG."""
    title = _title(result)
    if result.moving:
        title += f", at {stance_percent(result.history.time_s)[result.peak_frame]:.0f} % of contact"
    return functools.partial(draw_statics, result.statics, result.integrated, file, title, result.bone.anatomy.sides)


def run_density(result: Result, file: Path) -> Drawing:
    """The apparent density on the cut bone, to be drawn as PNG."""
    case = result.case
    return functools.partial(
        draw_density,
        result.side_mesh,
        result.bone.elasticity.density,
        file,
        title=f"{case.bone_title}: {case.tissue.title}",
        caption=[f"mean of each cell, elements of {case.size_mm:g} mm; marrow has no mineral and counts 0"],
        length_mm=result.bone.anatomy.length,
        side=case.side,
    )


def supported(case_support: str, regions: tuple[str, ...]) -> str:
    """The support of a bone and its regions, in words."""
    return f"{SUPPORTED[case_support]} {', '.join(regions).replace('_', ' ')}"


def _title(result: Result) -> str:
    return f"{result.case.bone_title}: {result.case.activity.title}"


def _caption(result: Result) -> list[str]:
    case, s = result.case, result.summary
    return [
        f"{case.activity.instant}; {case.person}; {supported(case.support, case.bone.support.regions)}",
        *([] if case.tissue.name == "healthy" else [f"tissue: {case.tissue.title}"]),
        f"{len(result.mesh.cells):,} quadratic tetrahedra of {case.size_mm:g} mm; {s.percentiles}",
    ]
