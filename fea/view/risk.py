# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Risk of a design: damage and days to failure of its contact, and fractures when it is done day after day."""

from __future__ import annotations

import functools

import numpy as np
import numpy.typing as npt

from fea.case import read_fatigue
from fea.evaluate import DailyRisk, daily_model, daily_risk
from fea.risk import RiskModel, days_to_failure
from fea.strain import vertex_geometric_mean, vertex_mean
from fea.view.design import Design

Floats = npt.NDArray[np.float64]

MOST_DAYS = 182
"""Days for which fractures are followed."""
_PERCENT = 100.0
_usual_fatigue = functools.cache(read_fatigue)


def risk_field(design: Design, name: str, contacts: float, days: int) -> Floats:
    """Values (n,) of a field of risk at so many contacts on so many days; NaN where damage is not counted."""
    with design.lock:
        if "damage" not in design.kept:
            model = _model(design)
            cells = model.cortex.of_cells(model.damage.points.sum(axis=0))
            design.kept["damage"] = _at_vertices(design, cells)
        damage: Floats = design.kept["damage"]
        if name == "damage_of_one_contact":
            return damage
        if name == "days_to_failure":
            return days_to_failure(damage * contacts)
        daily = fractures(design, contacts)
        if name == "damage_after_days":
            return _at_vertices(design, daily.damage(days))
        density = vertex_mean(design.bone.mesh, np.repeat(daily.fracture_density(days)[:, None], 4, axis=1))
        return np.where(np.isnan(damage), np.nan, _PERCENT * density[design.bone.vertices])


def fractures(design: Design, contacts: float) -> DailyRisk:
    """Fractures by day of :data:`MOST_DAYS` days with so many contacts on each, from rest on."""
    with design.lock:
        asked, daily = design.kept.get("daily", (None, None))
        if asked != contacts:
            daily = daily_risk(design.case.bone, _model(design), contacts, MOST_DAYS)
            design.kept["daily"] = contacts, daily
        assert isinstance(daily, DailyRisk)
        return daily


def _model(design: Design) -> RiskModel:
    """Risk model of the design's contact, by the law, the calibration and the strength that plans use."""
    with design.lock:
        if "risk model" not in design.kept:
            design.kept["risk model"] = daily_model(design.result, _usual_fatigue())
        model = design.kept["risk model"]
    assert isinstance(model, RiskModel)
    return model


def _at_vertices(design: Design, cells: Floats) -> Floats:
    """Damage (n,) of cells (m,) at the vertices, geometric means; NaN where none is counted."""
    damage, none = vertex_geometric_mean(design.bone.mesh, cells, cells <= 0.0)
    vertices = design.bone.vertices
    return np.where(design.excluded | none[vertices], np.nan, damage[vertices])
