# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Switch the parts of the tibia's three-dimensional loading on one after another and write what each one moves.

Writes steps.csv: running at 4 m/s and walking, each from a leg that moves in the sagittal plane to the whole model,
then the whole model without one of its parts. Four bones are solved: three fibulas, and tendons without pulleys.
Usage: python scripts/steps.py [FOLDER] [SIZE_MM]
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from fea.case import Case, Options, resolved
from fea.evaluate import Result, SolvedBone, solved_bone
from fea.files import write_rows
from fea.loading import LoadHistory, UnitLoad, load_history, surface_load, unit_section_loads, with_reaction
from fea.strain import MICROSTRAIN, Hotspot

ACTIVITIES = ("running", "walking")
BELOW_ORIGINS = 0.2
"""A level above the ankle's pulleys and below the muscles' origins."""
PUBLISHED_SPRINGS = 103.0
"""The published springs of both tibiofibular joints and the fibula, in series, N/mm."""
NEAR, MOST = 0.03, 0.85
"""Cells that tell the direction of a hotspot: how far from its level, and part of its strain."""


@dataclass(frozen=True)
class Step:
    """A model of the tibia's loading: what of the whole model is there; a fibula in N/mm, None that of the bone."""

    frontal_plane: bool = True
    torsion: bool = True
    pulleys: bool = True
    fibula: float | None = None


STEPS = {
    "sagittal plane": Step(frontal_plane=False, torsion=False, fibula=0.0),
    "and frontal plane": Step(torsion=False, fibula=0.0),
    "and torsion": Step(fibula=0.0),
    "and fibula, published springs": Step(fibula=PUBLISHED_SPRINGS),
    "and fibula as shipped: the whole model": Step(),
    "whole model without the frontal plane": Step(frontal_plane=False),
    "whole model without torsion": Step(torsion=False),
    "whole model without pulleys": Step(pulleys=False),
}


@dataclass(frozen=True, eq=False)
class Untwisted(Result):
    """Result of a case whose ankle sends no axial moment through the shaft."""

    @cached_property
    def history(self) -> LoadHistory:
        """Frames of the load without torsion, with the reaction of the free bone."""
        given, mesh = load_history(self.case), self.mesh
        center = self.bone.anatomy.section_center(BELOW_ORIGINS)
        unit = unit_section_loads([surface_load(mesh, load) for load in given.loads], center[None])
        sizes = given.coefficients.copy()
        sizes[:, given.loads.index(UnitLoad("plafond", True, 1))] -= sizes @ unit[:, 0, 4]
        return with_reaction(mesh, replace(given, coefficients=sizes), self.case.bone.support.regions)


def stepped(case: Case, step: Step) -> tuple[Case, Case]:
    """Case whose bone is to be solved, and case whose loads act on it.

    Without pulleys each tendon has the tension of the whole model and pulls at its origin along its last line.
    """
    table: dict[str, Any] = case.model_dump(by_alias=True)
    if step.fibula is not None:
        table["bone"]["fibula"]["stiffness_n_per_mm"] = step.fibula
    if not step.frontal_plane:
        what = table["activity"]["what"]
        what["mediolateral"] = None
        for name in ("cop_lateral_of_ankle_mm", "shank_lean_lateral_deg", "foot_progression_deg"):
            what["posture"][name] = None
        table["activity"]["leg"]["contact_lateral_mm"]["at"] = {0: 0.0, 100: 0.0}
    loaded = Case.model_validate(table)
    if not step.pulleys:
        for path in table["bone"]["paths"].values():
            path["pulleys"] = ()
    return Case.model_validate(table), loaded


def row_of(result: Result) -> dict[str, str]:
    """Figures of a result, formatted."""
    summary, gauge = result.summary, {g.name: g.reading for g in result.gauges}
    medial, burr = gauge["anteromedial_midshaft"], gauge["medial_midshaft_burr"]
    turned = np.ptp(result.deformation_deg, axis=0)
    ankle = result.history.coefficients[:, result.history.loads.index(UnitLoad("plafond", False, 1))]
    return {
        "p95 / ue": f"{summary.p95_ue:.0f}",
        "V3000 / mm3": f"{summary.strained_volume_mm3[3000]:.0f}",
        "V4000 / mm3": f"{summary.strained_volume_mm3[4000]:.0f}",
        **spot_of(result, "compression"),
        **spot_of(result, "tension"),
        "anteromedial tension / ue": f"{medial.tension_ue:.0f}",
        "anteromedial compression / ue": f"{medial.compression_ue:.0f}",
        "medial (Burr) tension / ue": f"{burr.tension_ue:.0f}",
        "medial (Burr) compression / ue": f"{burr.compression_ue:.0f}",
        "posterior mid-shaft / MPa": f"{gauge['posterior_midshaft'].axial_mpa:.1f}",
        "bent to posterior / deg": f"{turned[0]:.2f}",
        "bent to medial or lateral / deg": f"{turned[1]:.2f}",
        "turned / deg": f"{turned[2]:.2f}",
        "fibula / % of ankle": f"{100.0 * result.fibula_n[ankle.argmax()] / ankle.max():.1f}",
        "medial condyle / % of knee": f"{medial_share(result):.0f}",
    }


def medial_share(result: Result) -> float:
    """Share of the medial condyle in the axial force of the knee at its peak, percent."""
    columns = [result.history.loads.index(UnitLoad(f"plateau_{side}", False, 1)) for side in ("medial", "lateral")]
    medial, lateral = result.history.coefficients[:, columns].T
    peak = int(np.abs(medial + lateral).argmax())
    return float(100.0 * medial[peak] / (medial + lateral)[peak])


def spot_of(result: Result, mode: str) -> dict[str, str]:
    """The largest hotspot of a mode."""
    spot = next(h for h in result.hotspots if h.mode == mode)
    return {
        f"{mode} 1": spot.site,
        f"{mode} 1, level / %": f"{100.0 * spot.level:.0f}",
        f"{mode} 1, from behind / deg": f"{from_behind(result, spot):.0f}",
        f"{mode} 1 / ue": f"{spot.strain_ue:.0f}",
    }


def from_behind(result: Result, spot: Hotspot) -> float:
    """Mean direction of the cells around a hotspot's level with most of its strain: 0 is posterior, 90 medial."""
    mesh, anatomy = result.mesh, result.bone.anatomy
    column, sign = (0, -1.0) if spot.mode == "compression" else (1, 1.0)
    strain = sign * MICROSTRAIN * result.envelope.extremes[:, column]
    near = np.abs(anatomy.level(mesh.centroids) - spot.level) < NEAR
    cells = result.evaluated & near & (strain > MOST * abs(spot.strain_ue))
    turned = np.exp(1j * np.deg2rad(anatomy.direction(mesh.centroids[cells]) - 180.0))
    return float(np.rad2deg(np.angle(np.average(turned, weights=mesh.volumes[cells]))))


def main(folder: Path, size_mm: float) -> None:
    """Solve each bone once and write a row for each step and activity."""
    rows, bones = [], dict[str, SolvedBone]()
    for activity in ACTIVITIES:
        case = resolved("tibia", activity, Options(size_mm=size_mm))
        for name, step in STEPS.items():
            structure, loaded = stepped(case, step)
            key = structure.bone.model_dump_json()
            bones[key] = bones.get(key) or solved_bone(structure)
            result = (Result if step.torsion else Untwisted)(loaded, bones[key])
            _ = result.equilibrium  # refuses what is out of balance
            rows.append({"activity": activity, "model": name, **row_of(result)})
            print(activity, name, rows[-1]["p95 / ue"])
    write_rows(folder / "steps.csv", rows, list(rows[0]))


if __name__ == "__main__":
    main(
        Path(sys.argv[1]) if len(sys.argv) > 1 else Path("docs/tables"),
        float(sys.argv[2]) if len(sys.argv) > 2 else 6.0,
    )
