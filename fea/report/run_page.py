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
from fea.case import FIBULA, Case
from fea.folders import RunFolder
from fea.folders.fields import EQUIVALENT_FIELD
from fea.loading import PathLoad
from fea.report.inputs import sourced_inputs
from fea.report.page import Image, Part, bar_stops, bar_words, image, part_of, rendered, words
from fea.report.refinement import read_refined
from fea.show import TIBIA_AT_HALF, chosen_limits, close_ups, draw_applied, draw_contact_loads
from fea.show.axes import ink_on
from fea.show.closeup import REACH
from fea.show.loads import LEAST_N, acts, load_colour
from fea.show.run import supported
from fea.solve import TOLERANCE
from fea.strain import Hotspot, Summary, excluded_in_words

_FINER = (2.0**0.5, 2.0)
"""Sizes that can always be meshed where the run's own is coarse already, as parts of it."""


@dataclass(frozen=True)
class RunPictures:
    """The pictures of a run; ``strain`` and ``contact`` are None for a single instant."""

    loads: Image
    map: Image
    closeups: list[Image]
    strain: Image | None
    statics: Image
    contact: Image | None


def run_page(run: RunFolder) -> Part:
    """What is said of a run.

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
    return part_of(
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
        notes=case.notes,
        applied=(applied := [load for load in run.applied if acts(load)]),
        moments=any(np.any(load.moment_nm != 0.0) for load in applied),
        badges=[(colour, ink_on(colour)) for colour in map(load_colour, range(len(applied)))],
        peaks=_peaks(run),
        closeup_mm=2.0 * REACH * float(np.ptp(run.mesh.points[:, 1])),
        ticks=bar_words(limits),
        stops=bar_stops(limits),
        tolerance=f"{TOLERANCE:g}".replace("-", "−"),
        section_gap=_section_gap(run),
        excluded=excluded_in_words(result.strain.excluded_volume_fraction),
        default_mm=default_mm,
        coarser=case.size_mm > 1.01 * default_mm,
        refined=read_refined(run.place, result.mesh.cells, result.strain.p95_ue),
        sizes=" ".join(f"{case.size_mm / ratio:.3g}" for ratio in _FINER),
        inputs=sourced_inputs(run.place / "case.toml"),
    )


def run_snippet(case: Case, hotspots: Sequence[Hotspot], summary: Summary, file: Path) -> str:
    """Map and hotspots as HTML for another page; ``file`` is the map."""
    share = summary.excluded_volume_fraction
    alt = map_alt(summary.p95_ue, share, hotspots)
    picture = image(file, "strain map", alt)
    return rendered(
        "snippet.html",
        Path(case.bone.name),
        map=picture,
        hotspots=hotspots,
        p95_ue=summary.p95_ue,
        excluded=excluded_in_words(share),
    )


def _supported(run: RunFolder) -> str:
    return supported(run.case.support, run.case.bone.support.regions)


def _origins(run: RunFolder) -> dict[str, str]:
    """What loads each region, in words, where its name does not say so: of muscles all places where they turn."""
    pairs = list(run.case.activity.loaded_regions(run.case.bone.bone))
    at_peak = zip(run.history.loads, run.history.coefficients[run.figures.frames.peak_frame], strict=True)
    paths = [load.path for load, size in at_peak if isinstance(load, PathLoad) and abs(size) > LEAST_N]
    paths += [FIBULA] if abs(run.figures.fibula_n) > LEAST_N else []
    pairs += [(path, pull.region) for path in paths for pull in run.mesh.pulls[path]]
    found: dict[str, dict[str, None]] = {}
    for load, region in pairs:
        if load != region:
            found.setdefault(region, {})[words(load)] = None
    return {region: ", ".join(names) for region, names in found.items()}


def _peaks(run: RunFolder) -> list[tuple[str, float | None, float, str]]:
    """Name, value in BW where it is a force, value in N or N·m, and that unit of each peak of the loads."""
    found: list[tuple[str, float | None, float, str]] = []
    for name, value in (run.figures.loads or {}).items():
        if name.endswith("_nm"):
            found.append((name.removesuffix("_nm"), None, value, "N·m"))
        else:
            found.append((name.removesuffix("_bw"), value, value * run.case.body_weight_n, "N"))
    return found


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
    strain_map = image(
        run.place / "map.png",
        "strain map",
        map_alt(result.strain.p95_ue, result.strain.excluded_volume_fraction, result.hotspots),
    )
    statics = image(
        run.place / "statics.png",
        "forces through the sections",
        "Axial force, shear force, bending moment and torsion along the bone: lines from the applied loads, "
        f"dots from the stress in the mesh. Largest sagittal bending {_largest_bending(run):.0f} N·m.",
    )
    return RunPictures(_drawn_loads(run), strain_map, _closeups(run, limits), strain, statics, _contact(run))


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


def map_alt(p95_ue: float, excluded_fraction: float, hotspots: Sequence[Hotspot]) -> str:
    """The map of a run in words."""
    spots = "; ".join(f"{s.rank}: {s.site}, {s.mode} {s.strain_ue:+.0f} µε" for s in hotspots) or "none"
    return (
        f"Map of the equivalent strain on the bone from four sides, 95th percentile"
        f"{excluded_in_words(excluded_fraction)} {p95_ue:.0f} µε. Hotspots: {spots}."
    )


def _contact(run: RunFolder) -> Image | None:
    """Loads over the contact; None for a single instant."""
    if not run.moving:
        return None
    weight, section = run.case.body_weight_n, run.middle_section
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "contact.png"
        draw_contact_loads(
            run.history.time_s,
            run.wrenches,
            section,
            file,
            title="Loads over the contact",
            body_weight_n=weight,
            published=TIBIA_AT_HALF if run.case.bone.bone == "tibia" else (),
        )
        alt = (
            "Forces and moments on the regions over the contact, and section loads at half the "
            "length: compression up to "
            f"{section[:, 1].max() / weight:.2f} BW, sagittal bending {-section[:, 5].max() / 1000:.0f} to "
            f"{-section[:, 5].min() / 1000:.0f} N·m."
        )
        return image(file, "loads over contact", alt)


def _drawn_loads(run: RunFolder) -> Image:
    weight = run.case.body_weight_n
    moment = f" at {1000 * run.figures.frames.peak_time_s:.0f} ms" if run.moving else ""
    applied = [load for load in run.applied if acts(load)]
    loads = "; ".join(
        f"{words(a.region)} {a.size_n:.0f} N, {a.size_n / weight:.2f} BW, {np.linalg.norm(a.moment_nm):.1f} N·m"
        for a in applied
    )
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "loads.png"
        draw_applied(
            run.side_mesh,
            applied,
            run.case.bone.support.regions,
            _supported(run),
            file,
            title=f"Applied loads{moment}",
            sides=run.sides,
            body_weight_n=weight,
        )
        alt = f"The bone from two sides with arrows for applied forces and moments: {loads}. It is {_supported(run)}."
        return image(file, "applied loads", alt)
