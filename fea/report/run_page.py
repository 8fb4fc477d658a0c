# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The page of a run: question, map, close-ups of hotspots, strain over contact, sections, checks, origin."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fea.bone import BoneShape
from fea.case import Case
from fea.folders import RunFolder
from fea.folders.fields import EQUIVALENT_FIELD
from fea.report.inputs import sourced_inputs
from fea.report.page import Image, bar_stops, bar_words, image, rendered, words
from fea.report.refinement import read_refined
from fea.show import chosen_limits, close_ups, draw_applied
from fea.show.axes import ink_on
from fea.show.closeup import REACH
from fea.show.loads import load_colour
from fea.show.run import supported
from fea.solve import TOLERANCE
from fea.strain import Hotspot

_FINER = (2.0**0.5, 2.0)
"""Sizes that can always be meshed where the run's own is coarse already, as parts of it."""


@dataclass(frozen=True)
class RunPictures:
    """The pictures of a run; ``strain`` is None for a single instant."""

    loads: Image
    map: Image
    closeups: list[Image]
    strain: Image | None
    statics: Image


def run_page(run: RunFolder) -> str:
    """Page of a run as HTML.

    Raises
    ------
    fea.errors.InputError
        A picture of the folder is missing.
    fea.errors.MissingDependency
        This machine cannot draw without a display.
    """
    case, result, shape = run.case, run.figures, BoneShape(run.case.bone)
    limits = chosen_limits(run.surface(EQUIVALENT_FIELD))
    default_mm = case.bone.size_mm * shape.magnification
    return rendered(
        "run.html",
        run.place,
        title=f"{case.bone_title}: {case.activity.title}",
        run=run,
        result=result,
        manifest=run.manifest,
        moving=run.moving,
        supported=_supported(run),
        pictures=_pictures(run, limits),
        sides=run.sides,
        origins=_origins(run),
        moments=any(np.any(load.moment_nm != 0.0) for load in run.applied),
        badges=[(colour, ink_on(colour)) for colour in map(load_colour, range(len(run.applied)))],
        closeup_mm=2.0 * REACH * float(np.ptp(run.mesh.points[:, 1])),
        ticks=bar_words(limits),
        stops=bar_stops(limits),
        tolerance=f"{TOLERANCE:g}".replace("-", "−"),
        section_gap=_section_gap(run),
        default_mm=default_mm,
        coarser=case.size_mm > 1.01 * default_mm,
        refined=read_refined(run.place, result.mesh.cells, result.strain.p95_ue),
        sizes=" ".join(f"{case.size_mm / ratio:.3g}" for ratio in _FINER),
        inputs=sourced_inputs(run.place / "case.toml"),
    )


def run_snippet(case: Case, hotspots: Sequence[Hotspot], p95_ue: float, file: Path) -> str:
    """Map and hotspots as HTML for another page; ``file`` is the map."""
    alt = map_alt(p95_ue, hotspots)
    picture = image(file, "strain map", alt)
    return rendered("snippet.html", Path(case.bone.name), map=picture, hotspots=hotspots, p95_ue=p95_ue)


def _supported(run: RunFolder) -> str:
    return supported(run.case.support, run.case.bone.support.regions)


def _origins(run: RunFolder) -> dict[str, str]:
    """Load of each region in words, where its name differs."""
    found: dict[str, list[str]] = {}
    for load, region in run.case.activity.loaded_regions(run.case.bone.bone):
        if load != region:
            found.setdefault(region, []).append(words(load))
    return {region: ", ".join(names) for region, names in found.items()}


def _section_gap(run: RunFolder) -> float:
    """Largest difference of bending by stress and by statics, relative to the largest by statics."""
    statics, stress = run.figures.statics, run.figures.integrated
    pairs = [(np.array(s.bending_sagittal_nm), np.array(s.bending_frontal_nm)) for s in (statics, stress)]
    expected = [np.interp(stress.level, statics.level, moment) for moment in pairs[0]]
    gap = np.hypot(*(found - wanted for found, wanted in zip(pairs[1], expected, strict=True)))
    return float(gap.max() / max(float(np.hypot(*pairs[0]).max()), np.finfo(np.float64).tiny))


def _pictures(run: RunFolder, limits: tuple[float, float]) -> RunPictures:
    result = run.figures
    strain = None
    if run.moving:
        gauges = "; ".join(f"{words(g.name)} {g.tension_ue:+.0f} and {g.compression_ue:+.0f} µε" for g in result.gauges)
        alt = f"Strain over the contact at gauges and hotspots. Peaks of the gauges: {gauges}."
        strain = image(run.place / "strain.png", "strain over contact", alt)
    # Those of the folder come first, so that a missing one is said before anything is drawn.
    strain_map = image(run.place / "map.png", "strain map", map_alt(result.strain.p95_ue, result.hotspots))
    statics = image(
        run.place / "statics.png",
        "forces through the sections",
        "Axial force, shear force, bending moment and torsion along the bone: lines from the applied loads, "
        f"dots from the stress in the mesh. Largest sagittal bending {_largest_bending(run):.0f} N·m.",
    )
    return RunPictures(_drawn_loads(run), strain_map, _closeups(run, limits), strain, statics)


def _closeups(run: RunFolder, limits: tuple[float, float]) -> list[Image]:
    spots = run.figures.hotspots
    return [
        image(
            pixels,
            f"hotspot {spot.rank}",
            f"Close-up of hotspot {spot.rank}, {spot.site}: {spot.mode} {spot.strain_ue:+.0f} µε.",
            f"{spot.site}, {100 * spot.level:.0f} %",
        )
        for spot, pixels in zip(spots, close_ups(run.surface(EQUIVALENT_FIELD), spots, limits), strict=True)
    ]


def _largest_bending(run: RunFolder) -> float:
    return max(run.figures.statics.bending_sagittal_nm, key=abs)


def map_alt(p95_ue: float, hotspots: Sequence[Hotspot]) -> str:
    """The map of a run in words."""
    spots = "; ".join(f"{s.rank}: {s.site}, {s.mode} {s.strain_ue:+.0f} µε" for s in hotspots) or "none"
    return (
        f"Map of the equivalent strain on the bone from four sides, 95th percentile {p95_ue:.0f} µε. Hotspots: {spots}."
    )


def _drawn_loads(run: RunFolder) -> Image:
    weight = run.case.body_weight_n
    moment = f" at {1000 * run.figures.frames.peak_time_s:.0f} ms" if run.moving else ""
    forces = "; ".join(f"{words(f.region)} {f.size_n:.0f} N, {f.size_n / weight:.2f} BW" for f in run.applied)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "loads.png"
        draw_applied(
            run.side_mesh,
            run.applied,
            run.case.bone.support.regions,
            _supported(run),
            file,
            title=f"Applied forces{moment}",
            sides=run.sides,
            body_weight_n=weight,
        )
        alt = f"The bone from two sides with an arrow for each applied force: {forces}. It is {_supported(run)}."
        return image(file, "applied forces", alt)
