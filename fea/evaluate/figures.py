# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Figures of a case that need no strain: peaks of its forces, and its material."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fea.bone import BoneMesh
from fea.case import Case, MineralTargets, Stance
from fea.loading import ankle_and_knee_factors, forefoot_factor, ground_of, leg_of, ray_forces
from fea.strain import largest_in_size
from fea.tissue import Elasticity, SectionMineral, TissueFigures, section_minerals, tissue_figures


@dataclass(frozen=True)
class SectionPeaks:
    """Extremes of the section loads over frames and levels, in BW and BW·mm."""

    axial_compression_bw: float
    bending_sagittal_bw_mm: float
    bending_frontal_bw_mm: float


@dataclass(frozen=True)
class MaterialSummary:
    """Density, modulus and mineral of a bone.

    Attributes
    ----------
    tissues : dict of str to TissueFigures
        Volume, mass and moduli of each tissue.
    sections : list of SectionMineral
        Mineral that pQCT would read, beside what was published.
    targets : MineralTargets, optional
        Source of the published mineral.
    """

    tissues: dict[str, TissueFigures]
    sections: list[SectionMineral]
    targets: MineralTargets | None


def material_of(case: Case, mesh: BoneMesh, elasticity: Elasticity) -> MaterialSummary:
    """Density, modulus and mineral of the bone of a case, on its mesh."""
    return MaterialSummary(
        tissues=tissue_figures(case.bone, mesh, case.tissue),
        sections=section_minerals(case.bone, mesh, elasticity.density),
        targets=case.bone.mineral_targets,
    )


def load_peaks(case: Case) -> dict[str, float] | None:
    """Peaks of the forces of a stance as applied, in BW of the body without pack; None for given forces."""
    asked = case.activity
    if not isinstance(asked, Stance):
        return None
    ground = ground_of(case, asked)
    if case.bone.bone in asked.foot.rays:
        ray, factor = ray_forces(case, asked), forefoot_factor(case, asked)
        return {
            "vertical_peak_without_pack_bw": float(ground.vertical_bw.max()),
            "head_peak_bw": factor * float(np.linalg.norm(ray.head, axis=1).max()),
            "joint_peak_bw": factor * float(np.linalg.norm(ray.joint, axis=1).max()),
            "plantar_tension_peak_bw": factor * float(ray.tension.max()),
        }
    leg, (ankle, knee) = leg_of(case, asked), ankle_and_knee_factors(case, asked)
    at = int(leg.ankle_contact[:, 1].argmax())
    return {
        "vertical_peak_without_pack_bw": float(ground.vertical_bw.max()),
        "ankle_axial_peak_bw": ankle * float(leg.ankle_contact[at, 1]),
        "ankle_shear_at_peak_bw": ankle * float(leg.ankle_contact[at, 0]),
        "ankle_lateral_at_peak_bw": ankle * float(leg.ankle_contact[at, 2]),
        "ankle_axial_moment_peak_nm": ankle
        * largest_in_size(leg.ankle_moment_bw_mm[:, 1])
        * case.body_weight_n
        / 1000.0,
        "achilles_peak_bw": ankle * float(leg.achilles.max()),
        "quadriceps_peak_bw": knee * float(leg.quadriceps.max()),
    }
