# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Pictures: strain maps, curves along the shaft and over the contact, sections against targets, plans, studies."""

from fea.show.closeup import close_ups
from fea.show.curves import draw_sections, draw_statics
from fea.show.density import draw_density
from fea.show.difference import draw_difference
from fea.show.loads import draw_applied
from fea.show.map import draw_map
from fea.show.plan import draw_calendar, draw_damage, draw_plan, draw_plans
from fea.show.stance import draw_strain_history
from fea.show.study import draw_study

__all__ = [
    "close_ups",
    "draw_applied",
    "draw_calendar",
    "draw_damage",
    "draw_density",
    "draw_difference",
    "draw_map",
    "draw_plan",
    "draw_plans",
    "draw_sections",
    "draw_statics",
    "draw_strain_history",
    "draw_study",
]
