# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Compare the possible readings of the published running loads on one tibia.

Every reading is a combination of the same unit loads, so each tissue costs one factorisation.
Writes readings.csv (the readings) and gauge_placement.csv (what a gauge reads around the mid-shaft).
Usage: python scripts/readings.py [SIZE_MM] [FOLDER]
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from fea.bone import TISSUES, Anatomy, BoneMesh, mesh_bone
from fea.case import Case, Force, resolved
from fea.evaluate import excluded_zone
from fea.loading import LoadHistory, Traction, internal_loads, load_history, resultant, unit_traction
from fea.loading.traction import UnitLoad
from fea.solve import UnitStrains, balance, support_of, unit_strains
from fea.strain import (
    MICROSTRAIN,
    at_quadrature,
    equivalent,
    principal,
    read_gauges,
    summarised,
    superposed,
    vertex_mean,
    volume_percentile,
)
from fea.tissue import Elasticity, elasticity

Row = dict[str, str | float]

KNEE_BEHIND_AXIS_MM = 8.0
"""Contact point of the knee behind the axis of the tibia in mid-stance; working value."""
SHAFT = (0.2, 0.8)
DIRECTIONS_DEG = range(0, -181, -20)


def variants() -> dict[str, Case]:
    """Return the readings by name."""
    measured = resolved("tibia", "running_peak")
    turned = resolved("tibia", "running_contact_triple")
    contact = turned.activity.forces["ankle_contact"]
    raw = contact.model_copy(update={"tilt": None, "vector_bw": (-2.78, 11.50, -1.12)})
    return {
        "tibial frame 8.91 / 0.53 BW": measured,
        "the same with the gastrocnemius moment": with_gastrocnemii(measured),
        "triple turned by 17.0 and 5.4 deg": turned,
        "triple turned, with the gastrocnemius moment": with_gastrocnemii(turned),
        "triple raw in the tibial frame": with_force(turned, "ankle_contact", raw),
    }


def with_force(case: Case, name: str, force: Force) -> Case:
    """Return the case with one of its forces replaced."""
    forces = {**case.activity.forces, name: force}
    return case.model_copy(update={"activity": case.activity.model_copy(update={"forces": forces})})


def with_gastrocnemii(case: Case) -> Case:
    """Return the case with the whole residual ankle moment of the gastrocnemii applied."""
    force = case.activity.forces["gastrocnemii"].model_copy(update={"share": 1.0})
    return with_force(case, "gastrocnemii", force)


def published_tissue(mesh: BoneMesh, ours: Elasticity) -> Elasticity:
    """Return the homogeneous constants of Sinclair & Taylor 2023: cortical 17, cancellous 1 GPa, ν 0.3."""
    return replace(ours, modulus=np.choose(mesh.tissue, [17000.0, 1000.0, ours.modulus.min()]))


def statics_row(case: Case, tractions: Sequence[Traction], frame: np.ndarray) -> Row:
    """Return internal moments of a reading, and the moment that is left over about the knee."""
    anatomy = Anatomy(case.bone)
    levels = np.array([0.33, 0.50])
    loads = internal_loads(tractions, frame, levels, np.array([anatomy.section_center(s) for s in levels]))
    force, moment = resultant(tractions, frame)
    knee = moment - np.cross([-KNEE_BEHIND_AXIS_MM, anatomy.length, 0.0], force)
    return {
        "sagittal bending at 33 % / N m": loads.moment[0, 2] / 1000.0,
        "sagittal bending at 50 % / N m": loads.moment[1, 2] / 1000.0,
        "frontal bending at 50 % / N m": loads.moment[1, 0] / 1000.0,
        "unbalanced knee moment / N m": knee[2] / 1000.0,
    }


def strain_row(
    case: Case, mesh: BoneMesh, tissue: Elasticity, unit: UnitStrains, tractions: Sequence[Traction], frame: np.ndarray
) -> tuple[Row, list[Row]]:
    """Return strain measures of a reading, and gauge readings around the mid-shaft."""
    bone = case.bone
    field = superposed(unit, frame)
    left_out = excluded_zone(bone, mesh, mesh.centroids)
    stress = tissue.stress(field.corner)
    mineral = mesh.tissue != TISSUES.index("marrow")
    inside = at_quadrature(field.corner)
    eq = equivalent(inside, tissue.poisson)
    kept = mineral & ~left_out
    values = principal(inside[kept]), principal(at_quadrature(stress[kept]))
    s = summarised(mesh, mineral, left_out, *values, eq[kept], (3000, 4000))
    level = Anatomy(bone).level(mesh.centroids)
    shaft = (mesh.tissue == TISSUES.index("cortical")) & (level > SHAFT[0]) & (level < SHAFT[1])
    shaft50, shaft90 = (
        volume_percentile(eq[shaft].ravel(), np.repeat(mesh.volumes[shaft] / 4.0, 4), [50, 90]) * MICROSTRAIN
    )
    around = {
        f"{-d} deg": bone.gauges["anteromedial_midshaft"].model_copy(update={"direction_deg": float(d)})
        for d in DIRECTIONS_DEG
    }
    at_vertex = vertex_mean(mesh, field.corner), vertex_mean(mesh, stress)
    read = {g.name: g for g in read_gauges(bone, mesh, {**bone.gauges, **around}, *at_vertex)}
    medial, posterior = read["anteromedial_midshaft"], read["posterior_midshaft"]
    row: Row = {
        "p50 / ue": s.p50_ue,
        "p90 / ue": s.p90_ue,
        "p95 / ue": s.p95_ue,
        "cortex of the shaft p50 / ue": float(shaft50),
        "cortex of the shaft p90 / ue": float(shaft90),
        "volume above 4000 ue / mm3": s.strained_volume_mm3[4000],
        "peak compression / ue": s.peak_compression_ue,
        "peak tension / ue": s.peak_tension_ue,
        "posterior mid-shaft stress / MPa": posterior.axial_mpa,
        "anteromedial gauge tension / ue": medial.tension_ue,
        "anteromedial gauge compression / ue": medial.compression_ue,
    }
    places: list[Row] = [
        {"direction": name, "tension / ue": read[name].tension_ue, "compression / ue": read[name].compression_ue}
        for name in around
    ]
    return row, places


def coefficients(history: LoadHistory, loads: tuple[UnitLoad, ...]) -> np.ndarray:
    """Return the coefficients of a history's first frame for a longer list of unit loads."""
    own = dict(zip(history.loads, history.coefficients[0], strict=True))
    return np.array([own.get(load, 0.0) for load in loads])


def main(size: float, folder: Path) -> None:
    """Solve both tissues, combine all readings and write the tables."""
    cases = variants()
    bone = next(iter(cases.values())).bone
    mesh = mesh_bone(bone, size)
    ours = elasticity(bone, mesh)
    histories = {name: load_history(case) for name, case in cases.items()}
    loads = tuple(dict.fromkeys(load for h in histories.values() for load in h.loads))
    tractions = [unit_traction(mesh, load) for load in loads]
    rows: list[Row] = []
    placement: list[Row] = []
    for tissue_name, tissue in (("density field", ours), ("17 / 1 GPa", published_tissue(mesh, ours))):
        unit = unit_strains(mesh, tissue, support_of(bone), tractions)
        for name, case in cases.items():
            frame = coefficients(histories[name], loads)
            balance(unit, tractions, frame)
            strain, places = strain_row(case, mesh, tissue, unit, tractions, frame)
            rows.append({"reading": name, "tissue": tissue_name, **statics_row(case, tractions, frame), **strain})
            placement += [{"reading": name, "tissue": tissue_name, **place} for place in places]
    write(rows, folder / "readings.csv")
    write(placement, folder / "gauge_placement.csv")


def write(rows: Sequence[Mapping[str, str | float]], file: Path) -> None:
    """Write the rows, numbers rounded, as CSV."""
    with file.open("w", newline="", encoding="utf-8") as stream:
        table = csv.DictWriter(stream, list(rows[0]))
        table.writeheader()
        for row in rows:
            table.writerow({k: v if isinstance(v, str) else f"{v:.0f}" for k, v in row.items()})
    print(f"wrote {file}")


if __name__ == "__main__":
    main(
        float(sys.argv[1]) if len(sys.argv) > 1 else 3.0,
        Path(sys.argv[2]) if len(sys.argv) > 2 else Path("docs/tables"),
    )
