# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""What a run folder holds: result.json, tables, fields, pictures and the manifest."""

from __future__ import annotations

import hashlib
import importlib.metadata
import platform
import resource
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import tomli_w

from fea.answer import Clock, Run
from fea.bone import TISSUES, Anatomy
from fea.case import Stance, TissueState
from fea.folder import EQUIVALENT_FIELD, EXCLUDED_FIELD, MANIFEST, write_json, write_rows
from fea.loading import SectionLoads, carried_and_shod, pack_and_shoe, ray_forces, stance_forces
from fea.show import draw_density, draw_difference, draw_map, draw_statics, draw_strain_history, write_fields
from fea.solve import Solver
from fea.solve.basis import Announce
from fea.strain import (
    MICROSTRAIN,
    Hotspot,
    equivalent,
    excluded,
    history_rows,
    history_table,
    principal,
    stance_percent,
    volume_percentile,
)
from fea.strain.summary import PEAK_PERCENTILE
from fea.study.compare import Change, Comparison
from fea.tissue import section_minerals, tissue_figures

Floats = npt.NDArray[np.float64]
Field = npt.NDArray[Any]

Picture = Literal["density"]
"""Pictures that are drawn on demand."""

SCHEMA = 1
MAPPING_NOTE = (
    "The step from a T-score, measured at hip or spine, to the tissue of a tibia or metatarsal is not published one to "
    "one; the states are suggestions."
)
_LIBRARIES = ("fenics-basix", "gmsh", "numpy", "pyvista", "rainflow", "salib", "scipy", "vtk")


def write_run(answer: Run, folder: Path, announce: Announce, pictures: Collection[Picture] = ()) -> None:
    """Write all files of a run into an empty folder, ``pictures`` beside the usual ones; the manifest comes last."""
    clock = Clock(announce)
    question = tomli_w.dumps(answer.case.model_dump(mode="json", by_alias=True, exclude_none=True))
    (folder / "case.toml").write_text(question, encoding="utf-8")
    with clock.step("render"):
        _draw(answer, folder)
        if "density" in pictures:
            _draw_density(answer, folder / "density.png")
    with clock.step("write"):
        write_fields(answer.mesh, *fields_of(answer), folder / "fields.vtu")
        write_rows(
            folder / "hotspots.csv", [hotspot_row(h) for h in answer.hotspots], [f.name for f in fields(Hotspot)]
        )
        if answer.gauges or answer.at_hotspots:
            series = history_rows(answer.gauges, answer.at_hotspots)
            write_rows(folder / "strain.csv", series, list(series[0]))
            write_json(folder / "strain.json", history_table(answer.gauges, answer.at_hotspots))
    answer.wall_s.update(clock.wall_s)
    write_json(folder / "result.json", result_table(answer))
    about = manifest("run", question, answer.case.tissue, answer.solver, answer.wall_s, {"mesh": 1})
    write_json(folder / MANIFEST, about)


def result_table(answer: Run) -> dict[str, Any]:
    """Return the content of ``result.json``, schema 1, of a run."""
    case, mesh, s = answer.case, answer.mesh, answer.summary
    return {
        "schema": SCHEMA,
        "bone": case.bone.name,
        "activity": case.activity.name,
        "tissue": case.tissue.name,
        "body_mass_kg": case.body_mass_kg,
        "pack_mass_kg": case.pack_mass_kg,
        "support": answer.carried,
        "mesh": {
            "cells": len(mesh.cells),
            "vertices": len(mesh.points),
            "dofs": answer.dofs,
            "volume_mm3": float(mesh.volumes.sum()),
            "min_quality": float(mesh.quality.min()),
            "size_mm": case.size_mm,
        },
        "equilibrium": asdict(answer.equilibrium),
        "frames": {
            "count": len(answer.history.time_s),
            "contact_s": float(answer.history.time_s[-1] - answer.history.time_s[0]),
            "peak_frame": answer.peak_frame,
            "peak_time_s": float(answer.history.time_s[answer.peak_frame]),
        },
        "cycles": None if answer.history.cycles is None else asdict(answer.history.cycles),
        "loads": _stance_table(answer),
        "strain": {
            "p50_ue": s.p50_ue,
            "p90_ue": s.p90_ue,
            "p95_ue": s.p95_ue,
            "peak_tension_ue": s.peak_tension_ue,
            "peak_compression_ue": s.peak_compression_ue,
            "peak_range_ue": _peak(answer, answer.envelope.strain_range),
            "peak_rate_ue_per_s": _peak(answer, answer.envelope.rate),
            "excluded_volume_fraction": s.excluded_volume_fraction,
        },
        "stress": {"peak_tension_mpa": s.peak_tension_mpa, "peak_compression_mpa": s.peak_compression_mpa},
        "strained_volume_mm3": {str(t): v for t, v in s.strained_volume_mm3.items()},
        "gauges": [asdict(g.reading) for g in answer.gauges],
        "hotspots": [hotspot_row(h) for h in answer.hotspots],
        "statics": _loads_table(answer.statics),
        "integrated": _loads_table(answer.integrated),
        "statics_peaks": _peaks_table(answer),
        "material": _material_table(answer),
        "wall_s": answer.wall_s,
    }


def _material_table(answer: Run) -> dict[str, Any]:
    """Return what the bone is made of: the state, each tissue's figures, mineral of sections beside pQCT."""
    bone, state = answer.case.bone, answer.case.tissue
    targets = bone.mineral_targets
    sections = section_minerals(bone, answer.mesh, answer.elasticity.density)
    rows = [{**asdict(s), "published": s.published and s.published.model_dump(exclude_none=True)} for s in sections]
    return {
        "state": state.model_dump(mode="json", exclude={"schema_version", "kind", "sources"}),
        "cortical_density_factor": state.density_factor,
        "tissues": {name: asdict(f) for name, f in tissue_figures(bone, answer.mesh, state).items()},
        "sections": rows,
        "published_mark": None if targets is None else targets.mark,
        "published_source": None if targets is None else targets.source,
    }


def _peak(answer: Run, value: Floats) -> float:
    """Return the 99th percentile by volume, in millionths, of a quantity of the cells that are looked at."""
    kept = ~answer.excluded & (answer.mesh.tissue != TISSUES.index("marrow"))
    return float(volume_percentile(value[kept], answer.mesh.volumes[kept], [PEAK_PERCENTILE])[0] * MICROSTRAIN)


def hotspot_row(hotspot: Hotspot) -> dict[str, Any]:
    """Return a hotspot as JSON and CSV take it."""
    return {**asdict(hotspot), "position": [round(x, 2) for x in hotspot.position]}


def _stance_table(answer: Run) -> dict[str, float] | None:
    """Return peaks of the forces as applied, in BW of the body without pack; None for given forces."""
    asked = answer.case.activity
    if not isinstance(asked, Stance):
        return None
    ground, leg = stance_forces(answer.case, asked)
    if answer.case.bone.bone in asked.foot.rays:
        ray, factor = ray_forces(answer.case, asked), carried_and_shod(answer.case, asked)
        return {
            "vertical_peak_without_pack_bw": float(ground.vertical_bw.max()),
            "head_peak_bw": factor * float(np.linalg.norm(ray.head, axis=1).max()),
            "joint_peak_bw": factor * float(np.linalg.norm(ray.joint, axis=1).max()),
            "plantar_tension_peak_bw": factor * float(ray.tension.max()),
        }
    ankle, knee = pack_and_shoe(answer.case, asked)
    at = int(leg.ankle_contact[:, 1].argmax())
    return {
        "vertical_peak_without_pack_bw": float(ground.vertical_bw.max()),
        "ankle_axial_peak_bw": ankle * float(leg.ankle_contact[at, 1]),
        "ankle_shear_at_peak_bw": ankle * float(leg.ankle_contact[at, 0]),
        "achilles_peak_bw": ankle * float(leg.achilles.max()),
        "quadriceps_peak_bw": knee * float(leg.quadriceps.max()),
    }


def _loads_table(loads: SectionLoads) -> dict[str, list[float]]:
    """Return section loads as columns: N, and N·m about the section's centre; compression is negative."""
    force, moment = loads.force, loads.moment / 1000.0
    return {
        "level": loads.level.round(4).tolist(),
        "axial_n": (-force[:, 1]).tolist(),
        "shear_ap_n": force[:, 0].tolist(),
        "shear_ml_n": force[:, 2].tolist(),
        "bending_sagittal_nm": moment[:, 2].tolist(),
        "bending_frontal_nm": moment[:, 0].tolist(),
        "torsion_nm": moment[:, 1].tolist(),
    }


def _peaks_table(answer: Run) -> dict[str, float]:
    """Return extremes over frames and levels below the proximal end, where the support begins, in BW and BW·mm."""
    below = answer.statics.level < Anatomy(answer.case.bone).proximal_end
    loads = answer.section_loads[:, below] / answer.case.body_weight_n
    return {
        "axial_compression_bw": float(loads[:, :, 1].max()),
        "bending_sagittal_bw_mm": float(np.abs(loads[:, :, 5]).max()),
        "bending_frontal_bw_mm": float(np.abs(loads[:, :, 3]).max()),
    }


def draw_run_map(answer: Run, file: Path) -> None:
    """Write the strain map of a run."""
    case, mesh = answer.case, answer.mesh
    anatomy = Anatomy(case.bone)
    surface = np.full(len(mesh.points), np.nan)
    surface[np.unique(mesh.facets)] = answer.surface.equivalent * MICROSTRAIN
    draw_map(
        mesh,
        surface,
        answer.hotspots,
        quantity="equivalent strain" if len(answer.history.time_s) == 1 else "largest equivalent strain",
        unit="µε",
        title=f"{case.bone.title}: {case.activity.title}",
        caption=_caption(answer),
        file=file,
        sides=anatomy.sides,
        length_mm=anatomy.length,
        excluded=excluded(mesh, mesh.points, case.bone.support.regions, answer.pressures),
    )


def _draw(answer: Run, folder: Path) -> None:
    case = answer.case
    draw_run_map(answer, folder / "map.png")
    title = f"{case.bone.title}: {case.activity.title}"
    if len(answer.history.time_s) > 1:
        draw_strain_history(answer.gauges, answer.at_hotspots, folder / "strain.png", title)
        percent = stance_percent(answer.history.time_s)[answer.peak_frame]
        title += f", at {percent:.0f} % of contact"
    draw_statics(answer.statics, answer.integrated, folder / "statics.png", title, Anatomy(case.bone).sides)


def _draw_density(answer: Run, file: Path) -> None:
    case = answer.case
    draw_density(
        answer.mesh,
        answer.elasticity.density,
        file,
        title=f"{case.bone.title}: {case.tissue.title}",
        caption=[f"mean of each cell, elements of {case.size_mm:g} mm; marrow has no mineral and counts 0"],
        length_mm=Anatomy(case.bone).length,
    )


def _caption(answer: Run) -> list[str]:
    case, mesh, s = answer.case, answer.mesh, answer.summary
    support = {"held": "held at", "foundation": "on springs at", "free": "free, with the reaction on"}[answer.carried]
    regions = ", ".join(case.bone.support.regions).replace("_", " ")
    return [
        f"{case.activity.instant}; body mass {case.body_mass_kg:g} kg; {support} {regions}",
        *([] if case.tissue.name == "healthy" else [f"tissue: {case.tissue.title}"]),
        f"{len(mesh.cells):,} quadratic tetrahedra of {case.size_mm:g} mm; equivalent strain p50 {s.p50_ue:.0f}, "
        f"p90 {s.p90_ue:.0f}, p95 {s.p95_ue:.0f} µε",
    ]


def fields_of(answer: Run) -> tuple[dict[str, Field], dict[str, Field]]:
    """Return the fields of cells and of vertices that ``fields.vtu`` holds, by names with units."""
    strain, cells = answer.field.cell, answer.envelope
    stress = answer.elasticity.stress(strain)
    values = principal(strain) * MICROSTRAIN
    cell_fields: dict[str, Field] = {
        "equivalent strain [µε]": equivalent(strain, answer.elasticity.poisson) * MICROSTRAIN,
        "principal strain 1 [µε]": values[:, 2],
        "principal strain 3 [µε]": values[:, 0],
        "strain [µε]": strain.reshape(-1, 9) * MICROSTRAIN,
        "stress [MPa]": stress.reshape(-1, 9),
        "strain energy density [MPa]": np.einsum("mij,mij->m", strain, stress) / 2.0,
        EQUIVALENT_FIELD: cells.equivalent * MICROSTRAIN,
        "largest principal strain 1 [µε]": cells.tension * MICROSTRAIN,
        "smallest principal strain 3 [µε]": cells.compression * MICROSTRAIN,
        "strain range [µε]": cells.strain_range * MICROSTRAIN,
        "strain rate [µε/s]": cells.rate * MICROSTRAIN,
        "frame of largest equivalent strain": cells.equivalent_frame.astype(np.int32),
        "frame of largest principal strain 1": cells.tension_frame.astype(np.int32),
        "frame of smallest principal strain 3": cells.compression_frame.astype(np.int32),
        "frame of largest strain rate": cells.rate_frame.astype(np.int32),
        "modulus [MPa]": answer.elasticity.modulus,
        "apparent density [g/cm³]": answer.elasticity.density,
        EXCLUDED_FIELD: answer.excluded.astype(np.uint8),
    }
    return cell_fields, {"displacement [mm]": answer.field.displacement}


def manifest(
    kind: Literal["run", "plan"],
    question: str,
    tissue: TissueState,
    solver: Solver,
    wall_s: Mapping[str, float],
    seeds: Mapping[str, int],
) -> dict[str, Any]:
    """Return the kind of folder, what was installed and solved, the hash of the question, tissue, seeds, wall times."""
    return {
        "kind": kind,
        "schema": SCHEMA,
        "versions": current_versions(),
        "platform": platform.platform(),
        "solver": solver,
        "case_sha256": hashlib.sha256(question.encode()).hexdigest(),
        "seeds": dict(seeds),
        "tissue": {"state": tissue.name, "t_score": tissue.t_score, "note": MAPPING_NOTE},
        "wall_s": dict(wall_s),
        "peak_memory_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0,
    }


def write_comparison(found: Comparison, asked: tuple[str, str], folder: Path) -> None:
    """Write all files of a comparison into an empty folder; the manifest comes last.

    ``comparison.csv`` holds the metrics, ``places.csv`` the strain by level and sector; ``comparison.png`` shows
    both, ``difference.png`` the difference on the bone where all cases share one mesh.
    """
    columns = [*(f.name for f in fields(Change)), "percent"]
    for name, changes in (("comparison", found.metrics), ("places", found.places)):
        rows = [{**asdict(change), "percent": change.percent} for change in changes]
        write_rows(folder / f"{name}.csv", rows, columns)
    title = f"{found.b.label} (B) against {found.a.label} (A)"
    draw_difference(found, folder / "comparison.png", title)
    if found.on_mesh is not None:
        case = found.a.observations[0].case
        draw_map(
            found.on_mesh.mesh,
            found.on_mesh.difference_ue,
            [],
            quantity="B − A, largest equivalent strain",
            unit="µε",
            title=title,
            caption=[f"mean of {found.pairs} pair(s) of cases", f"{case.bone.title}; elements of {case.size_mm:g} mm"],
            file=folder / "difference.png",
            signed=True,
            excluded=found.on_mesh.excluded,
            length_mm=Anatomy(case.bone).length,
            sides=Anatomy(case.bone).sides,
        )
    about = {
        "schema": SCHEMA,
        "kind": "comparison",
        "a": asked[0],
        "b": asked[1],
        "pairs": found.pairs,
        "subjects": found.subjects,
        "same_mesh": found.on_mesh is not None,
        "versions": current_versions(),
        "seeds": {"bootstrap": 1},
    }
    write_json(folder / MANIFEST, about)


def current_versions() -> dict[str, str]:
    """Return the versions of Python and of the libraries that decide about numbers and pictures, by name."""
    found = {"python": platform.python_version()}
    for name in ("bonefea", *_LIBRARIES):
        with suppress(importlib.metadata.PackageNotFoundError):
            found[name] = importlib.metadata.version(name)
    return found
