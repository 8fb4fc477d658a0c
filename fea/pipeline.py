# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The flow, read top to bottom: a case goes in; strain, hotspots and a run folder come out."""

from __future__ import annotations

import hashlib
import importlib.metadata
import platform
import resource
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import tomli_w

from fea.bone import TISSUES, Anatomy, BoneMesh, mesh_bone
from fea.case import Case
from fea.folder import MANIFEST, write_json, write_rows, written_folder
from fea.loading import SectionLoads, internal_loads, load_history, mean_tractions, unit_traction
from fea.show import draw_map, draw_statics, write_fields
from fea.solve import Equilibrium, Held, balance, unit_strains
from fea.strain import (
    MICROSTRAIN,
    GaugeReading,
    Hotspot,
    StrainField,
    Summary,
    equivalent,
    excluded,
    hotspots,
    integrated_loads,
    principal,
    read_gauges,
    summarised,
    superposed,
    vertex_mean,
)
from fea.tissue import Elasticity, elasticity

Floats = npt.NDArray[np.float64]
Announce = Callable[[str], None]

SCHEMA = 1
THRESHOLDS_UE = (3000, 4000)
STATICS_LEVELS = np.arange(0.06, 0.961, 0.02)
CUT_LEVELS = np.array([0.14, 0.25, 0.38, 0.50, 0.66, 0.80])
_LIBRARIES = ("fenics-basix", "gmsh", "numpy", "pyvista", "scipy", "vtk")


@dataclass(frozen=True)
class Run:
    """All that is known of a solved case; the fields' own records say shapes and units.

    ``excluded`` (m,) marks the cells that supports and loads disturb, ``pressures`` are the mean tractions
    in MPa on the loaded regions, ``statics`` the internal loads from the applied loads, ``integrated``
    those from the stress, ``wall_s`` the seconds of each step.
    """

    case: Case
    mesh: BoneMesh
    elasticity: Elasticity
    field: StrainField
    excluded: npt.NDArray[np.bool_]
    pressures: dict[str, float]
    summary: Summary
    hotspots: list[Hotspot]
    gauges: list[GaugeReading]
    statics: SectionLoads
    integrated: SectionLoads
    equilibrium: Equilibrium
    dofs: int
    wall_s: dict[str, float]


class Clock:
    """Wall time of each step, announced as it begins."""

    def __init__(self, announce: Announce) -> None:
        self._announce = announce
        self.wall_s: dict[str, float] = {}

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time the body of a ``with`` statement under ``name``."""
        self._announce(name)
        begin = time.perf_counter()
        yield
        self.wall_s[name] = self.wall_s.get(name, 0.0) + time.perf_counter() - begin


def silent(_: str) -> None:
    """Announce nothing."""


def solved(case: Case, announce: Announce = silent) -> Run:
    """Return the strain, hotspots and section loads of a case.

    Raises
    ------
    fea.errors.InputError
        The bone does not close to a sound solid, or a density is outside its law.
    fea.errors.RunError
        The solution failed or is out of balance.
    """
    clock = Clock(announce)
    anatomy = Anatomy(case.bone)
    with clock.step("mesh"):
        mesh = mesh_bone(case.bone, case.size_mm)
    tissue = elasticity(case.bone, mesh)
    history = load_history(case)
    tractions = [unit_traction(mesh, load) for load in history.loads]
    frame = history.coefficients[0]
    announce("solve")
    unit = unit_strains(mesh, tissue, Held(case.bone.fixed), tractions)
    clock.wall_s |= unit.wall_s
    equilibrium = balance(unit, tractions, frame)
    with clock.step("strain"):
        field = superposed(unit, frame)
        strain, stress = field.cell, tissue.stress(field.cell)
        bone = mesh.tissue != TISSUES.index("marrow")
        pressures = mean_tractions(tractions, frame)
        left_out = excluded(mesh, mesh.centroids, case.bone.fixed, pressures)
        at_vertex = (vertex_mean(mesh, tensor) for tensor in (field.corner, tissue.stress(field.corner)))
        levels, cuts = (
            np.array([anatomy.section_center(float(level)) for level in chosen])
            for chosen in (STATICS_LEVELS, CUT_LEVELS)
        )
        return Run(
            case=case,
            mesh=mesh,
            elasticity=tissue,
            field=field,
            excluded=left_out,
            pressures=pressures,
            summary=summarised(mesh, bone, left_out, strain, stress, equivalent(strain, tissue.poisson), THRESHOLDS_UE),
            hotspots=hotspots(mesh, anatomy, bone & ~left_out, principal(strain)),
            gauges=read_gauges(case.bone, mesh, case.bone.gauges, *at_vertex),
            statics=internal_loads(tractions, frame, STATICS_LEVELS, levels),
            integrated=integrated_loads(mesh, tissue, field, CUT_LEVELS, cuts),
            equilibrium=equilibrium,
            dofs=unit.dofs,
            wall_s=clock.wall_s,
        )


def run(case: Case, out: Path, announce: Announce = silent) -> Run:
    """Solve a case and write its run folder.

    Parameters
    ----------
    case : Case
        The question.
    out : Path
        The folder; an earlier run there is replaced when this one is whole.
    announce : callable, optional
        Is told each step as it begins.

    Raises
    ------
    fea.errors.InputError
        The folder cannot be written, or the case is not sound.
    fea.errors.RunError
        The solution failed or is out of balance.
    """
    with written_folder(out) as folder:
        question = tomli_w.dumps(case.model_dump(mode="json", by_alias=True, exclude_none=True))
        (folder / "case.toml").write_text(question, encoding="utf-8")
        answer = solved(case, announce)
        clock = Clock(announce)
        with clock.step("render"):
            _draw(answer, folder)
        with clock.step("write"):
            _write_fields(answer, folder)
        answer.wall_s.update(clock.wall_s)
        write_rows(folder / "hotspots.csv", [_row(h) for h in answer.hotspots], [f.name for f in fields(Hotspot)])
        write_json(folder / "result.json", result_table(answer))
        write_json(folder / MANIFEST, _manifest(answer, question))
    return answer


def result_table(answer: Run) -> dict[str, Any]:
    """Return the content of ``result.json``, schema 1, of a run."""
    case, mesh, s = answer.case, answer.mesh, answer.summary
    return {
        "schema": SCHEMA,
        "bone": case.bone.name,
        "activity": case.activity.name,
        "tissue": "healthy",
        "body_mass_kg": case.body_mass_kg,
        "pack_mass_kg": 0.0,
        "mesh": {
            "cells": len(mesh.cells),
            "vertices": len(mesh.points),
            "dofs": answer.dofs,
            "volume_mm3": float(mesh.volumes.sum()),
            "min_quality": float(mesh.quality.min()),
            "size_mm": case.size_mm,
        },
        "equilibrium": asdict(answer.equilibrium),
        "strain": {
            "p50_ue": s.p50_ue,
            "p90_ue": s.p90_ue,
            "p95_ue": s.p95_ue,
            "peak_tension_ue": s.peak_tension_ue,
            "peak_compression_ue": s.peak_compression_ue,
            "excluded_volume_fraction": s.excluded_volume_fraction,
        },
        "stress": {"peak_tension_mpa": s.peak_tension_mpa, "peak_compression_mpa": s.peak_compression_mpa},
        "strained_volume_mm3": {str(t): v for t, v in s.strained_volume_mm3.items()},
        "gauges": [asdict(g) for g in answer.gauges],
        "hotspots": [_row(h) for h in answer.hotspots],
        "statics": _loads_table(answer.statics),
        "integrated": _loads_table(answer.integrated),
        "wall_s": answer.wall_s,
    }


def _row(hotspot: Hotspot) -> dict[str, Any]:
    row = asdict(hotspot)
    row["position"] = [round(x, 2) for x in hotspot.position]
    return row


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


def _draw(answer: Run, folder: Path) -> None:
    case, mesh = answer.case, answer.mesh
    surface = np.full(len(mesh.points), np.nan)
    outer = np.unique(mesh.facets)
    strain = vertex_mean(mesh, answer.field.corner)[outer]
    surface[outer] = equivalent(strain, answer.elasticity.poisson) * MICROSTRAIN
    draw_map(
        mesh,
        surface,
        answer.hotspots,
        quantity="equivalent strain",
        unit="µε",
        title=f"{case.bone.title}: {case.activity.title}",
        caption=_caption(answer),
        file=folder / "map.png",
        length_mm=Anatomy(case.bone).length,
        excluded=excluded(mesh, mesh.points, case.bone.fixed, answer.pressures),
    )
    draw_statics(answer.statics, answer.integrated, folder / "statics.png", f"{case.bone.name}, {case.activity.name}")


def _caption(answer: Run) -> list[str]:
    case, mesh, s = answer.case, answer.mesh, answer.summary
    return [
        f"{case.activity.instant}; body mass {case.body_mass_kg:g} kg; held at {', '.join(case.bone.fixed)}",
        f"{len(mesh.cells):,} quadratic tetrahedra of {case.size_mm:g} mm; equivalent strain p50 {s.p50_ue:.0f}, "
        f"p90 {s.p90_ue:.0f}, p95 {s.p95_ue:.0f} µε",
    ]


def _write_fields(answer: Run, folder: Path) -> None:
    mesh, strain = answer.mesh, answer.field.cell
    stress = answer.elasticity.stress(strain)
    values = principal(strain) * MICROSTRAIN
    cell_fields = {
        "equivalent strain [µε]": equivalent(strain, answer.elasticity.poisson) * MICROSTRAIN,
        "principal strain 1 [µε]": values[:, 2],
        "principal strain 3 [µε]": values[:, 0],
        "strain [µε]": strain.reshape(-1, 9) * MICROSTRAIN,
        "stress [MPa]": stress.reshape(-1, 9),
        "strain energy density [MPa]": np.einsum("mij,mij->m", strain, stress) / 2.0,
        "modulus [MPa]": answer.elasticity.modulus,
        "apparent density [g/cm³]": answer.elasticity.density,
        "excluded": answer.excluded.astype(np.uint8),
    }
    write_fields(mesh, cell_fields, {"displacement [mm]": answer.field.displacement}, folder / "fields.vtu")


def _manifest(answer: Run, question: str) -> dict[str, Any]:
    installed = {d.metadata["Name"].lower() for d in importlib.metadata.distributions() if d.metadata["Name"]}
    versions = {name: importlib.metadata.version(name) for name in ("bonefea", *_LIBRARIES) if name in installed}
    return {
        "schema": SCHEMA,
        "versions": {"python": platform.python_version(), **versions},
        "platform": platform.platform(),
        "case_sha256": hashlib.sha256(question.encode()).hexdigest(),
        "seeds": {"mesh": 1},
        "wall_s": answer.wall_s,
        "peak_memory_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0,
    }
