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

from fea.bone import TISSUES, BoneMesh, mesh_bone
from fea.case import Case, Force, Options, resolved
from fea.evaluate import Result, SolvedBone
from fea.loading import UnitLoad, internal_loads, load_history, resultant, surface_load
from fea.solve import Basis, support_of, unit_strains
from fea.strain import MICROSTRAIN, volume_percentile
from fea.tissue import Elasticity, elasticity

Row = dict[str, str | float]

KNEE_BEHIND_AXIS_MM = 8.0
"""Contact point of the knee behind the axis of the tibia in mid-stance; working value."""
SHAFT = (0.2, 0.8)
AROUND = {f"{-d} deg": d for d in range(0, -181, -20)}
"""Directions of the gauges around the mid-shaft, by name."""


def variants(size: float) -> dict[str, Case]:
    """Return the readings by name."""
    options = Options(size_mm=size, support="fixed")  # as in the publication
    measured = resolved("tibia", "running_peak", options)
    turned = resolved("tibia", "running_contact_triple", options)
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


def solved(case: Case, mesh: BoneMesh, tissue: Elasticity, loads: tuple[UnitLoad, ...]) -> SolvedBone:
    """Return the bone of a case, made of a tissue and solved for these loads, with more gauges at mid-shaft."""
    tractions = tuple(surface_load(mesh, load) for load in loads)
    unit = unit_strains(mesh, tissue, support_of(case.bone, case.support), tractions)
    medial = case.bone.gauges["anteromedial_midshaft"]
    around = {name: medial.model_copy(update={"direction_deg": float(d)}) for name, d in AROUND.items()}
    description = case.bone.model_copy(update={"gauges": {**case.bone.gauges, **around}})
    return SolvedBone(description, case.support, Basis(mesh, tissue, loads, tractions, unit, {}))


def statics_row(result: Result) -> Row:
    """Return internal moments of a reading, and the moment that is left over about the knee."""
    anatomy, tractions, frame = result.bone.anatomy, result.bone.tractions, result.coefficients[0]
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


def strain_row(result: Result) -> tuple[Row, list[Row]]:
    """Return strain measures of a reading, and gauge readings around the mid-shaft."""
    mesh, cells, s = result.mesh, result.bone.cells, result.summary
    level = result.bone.anatomy.level(mesh.centroids[cells])
    shaft = (mesh.tissue[cells] == TISSUES.index("cortical")) & (level > SHAFT[0]) & (level < SHAFT[1])
    size, volume = result.quadrature.equivalent[shaft].ravel(), np.repeat(mesh.volumes[cells][shaft] / 4.0, 4)
    shaft50, shaft90 = volume_percentile(size, volume, [50, 90]) * MICROSTRAIN
    read = {gauge.name: gauge.reading for gauge in result.gauges}
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
        for name in AROUND
    ]
    return row, places


def main(size: float, folder: Path) -> None:
    """Solve both tissues, combine all readings and write the tables."""
    cases = variants(size)
    first = next(iter(cases.values()))
    mesh = mesh_bone(first.bone, size)
    ours = elasticity(first.bone, mesh)
    loads = tuple(dict.fromkeys(load for case in cases.values() for load in load_history(case).loads))
    rows: list[Row] = []
    placement: list[Row] = []
    for tissue_name, tissue in (("density field", ours), ("17 / 1 GPa", published_tissue(mesh, ours))):
        bone = solved(first, mesh, tissue, loads)
        for name, case in cases.items():
            result = Result(case, bone)
            _ = result.equilibrium  # refuses what is out of balance
            strain, places = strain_row(result)
            rows.append({"reading": name, "tissue": tissue_name, **statics_row(result), **strain})
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
