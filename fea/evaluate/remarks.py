# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Remarks on a result: own ground forces that were changed, and what is hard to believe in joints, loads, strains."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fea.case import Stance, names, read_activity, read_shoes
from fea.case.plausible import JUDGED, impossible
from fea.loading import UnitLoad, ground_of

if TYPE_CHECKING:
    from fea.evaluate.result import Result

MOST_STRAIN_UE = 10_000.0
"""Cortical bone yields at about 7000 µε and breaks below 20,000 µε [K]; no bone repeats more than this."""

# Largest published values of section loads in the tibia, and how far beyond is remarked.
_AXIAL_BW = 11.5
"""Ankle force in running at 4 m/s: 11.50 ± 0.98 BW (loadcases/shared/published.toml)."""
_BENDING_BW_MM = 173.0
"""Sagittal bending of the published triple of running, on our tibia (docs/tables/readings.csv) [D]."""
_BEYOND = 3.0

_USUAL_SHOE = "conventional"
_LEAST_PULL_BW = 0.02
_LEAST_CONDYLE_PULL_BW = 0.5
"""A condyle that opens in mid-stance of walking, up to 0.3 BW here, is held by ligaments and co-contraction, which the
leg does not have; a working value."""
_LEAST_BALANCE_BW = 0.005


def remarks_on(result: Result) -> list[str]:
    """Remarks in sentences on a result that is hard to believe; none on an ordinary one."""
    return [
        *_on_mesh(result),
        *_on_shoe(result),
        *_on_ground(result),
        *_on_joints(result),
        *_on_sections(result),
        *_on_strain(result),
    ]


def _on_mesh(result: Result) -> list[str]:
    """Whether the mesh is finer than asked for."""
    asked, size = result.case.size_mm, result.mesh.size_mm
    if not size < asked:
        return []
    return [f"meshed with {size:.3g} mm: the shape does not bear elements of the {asked:g} mm asked for."]


def _on_shoe(result: Result) -> list[str]:
    """Whether the shoe changes nothing because no effect of it is known."""
    stance = result.case.activity
    if not isinstance(stance, Stance) or stance.footwear == _USUAL_SHOE:
        return []
    usual = stance.model_copy(update={"shoe": read_shoes()[_USUAL_SHOE]})
    own, known = (one.design_effects(result.case.bone.bone) for one in (stance, usual))
    if any(own[name].factor != known[name].factor for name in known):
        return []
    return [
        f"no effect of the shoe {stance.footwear!r} on this bone is known; its loads are those of the "
        f"{_USUAL_SHOE} shoe."
    ]


def _on_ground(result: Result) -> list[str]:
    """What the valley of an activity's file changes in a ground force that the library does not ship."""
    stance = result.case.activity
    if not isinstance(stance, Stance):
        return []
    change = ground_of(result.case, stance).balance_bw
    own = stance.name not in names("activity") or read_activity(stance.name) != stance.what
    if abs(change) < _LEAST_BALANCE_BW or not (own or change > 0.0):
        return []
    return [
        f"the vertical ground force of {stance.name!r} is {'raised' if change > 0.0 else 'lowered'} by up to "
        f"{abs(change):.2f} BW between its peaks, so that all contacts together carry the body weight; leave out "
        "[vertical.valley] to have the curve as it is given."
    ]


def _on_joints(result: Result) -> list[str]:
    case, history = result.case, result.history
    forces: dict[str, np.ndarray] = {}
    for load, column in zip(history.loads, history.coefficients.T, strict=True):
        if isinstance(load, UnitLoad) and not load.moment:
            forces.setdefault(load.region, np.zeros((len(history.time_s), 3)))[:, load.axis] = column
    supports = case.bone.support.regions
    applied = {name: [tuple(row) for row in rows.tolist()] for name, rows in forces.items() if name not in supports}
    fault = impossible(case.bone, history.time_s.tolist(), applied, "N")
    if fault is not None:
        return [f"{fault}."]
    found = []
    for name, rows in forces.items():
        end = case.bone.regions[name].on
        # A fixed surface may pull: nothing says that a joint is there. The reaction on a free bone is a joint's.
        held = name in supports and case.support != "free"
        if case.bone.bone not in JUDGED or held or end == "shaft":
            continue
        pull = float((-rows[:, 1] if end == "distal end" else rows[:, 1]).max()) / case.body_weight_n
        if pull > (_LEAST_CONDYLE_PULL_BW if name in supports else _LEAST_PULL_BW):
            found.append(f"the joint surface {name!r} is in tension, up to {pull:.2f} BW.")
    return found


def _on_sections(result: Result) -> list[str]:
    if result.case.bone.bone not in JUDGED:
        return []
    peaks = result.section_peaks
    pairs = (
        ("axial compression", peaks.axial_compression_bw, _AXIAL_BW, "BW"),
        ("sagittal bending", peaks.bending_sagittal_bw_mm, _BENDING_BW_MM, "BW·mm"),
        ("frontal bending", peaks.bending_frontal_bw_mm, _BENDING_BW_MM, "BW·mm"),
    )
    return [
        f"{name} reaches {value:.3g} {unit}, more than {_BEYOND:g} times the {known:g} {unit} known from running."
        for name, value, known, unit in pairs
        if value > _BEYOND * known
    ]


def _on_strain(result: Result) -> list[str]:
    summary = result.summary
    worst = max(summary.peak_tension_ue, -summary.peak_compression_ue)
    if worst <= MOST_STRAIN_UE:
        return []
    return [f"strain reaches {worst:,.0f} µε; bone does not survive {MOST_STRAIN_UE:,.0f} µε again and again."]
