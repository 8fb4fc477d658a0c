# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Pictures: strain maps, curves along the shaft and over the contact, sections against targets, plans, studies."""

from fea.show.animation import check_ending
from fea.show.closeup import close_ups
from fea.show.contact import TIBIA_AT_HALF, draw_contact_loads
from fea.show.curves import draw_sections, draw_statics
from fea.show.density import draw_density
from fea.show.difference import draw_difference
from fea.show.imported import draw_imported
from fea.show.loads import acts, draw_applied
from fea.show.map import draw_map
from fea.show.motion import check_pace, write_motion
from fea.show.plan import draw_bones, draw_calendar, draw_damage, draw_growth, draw_paired_risk, draw_plan, draw_plans
from fea.show.process import Draw, Drawing, drawing, drawn_here
from fea.show.run import run_density, run_field, run_map, run_statics, run_strain
from fea.show.scale import Limits, chosen_limits, colour_map, surface_of
from fea.show.stance import draw_strain_history
from fea.show.study import draw_study, varying
from fea.show.upright import check_display, upright_scene
from fea.show.views import EXCLUDED_GREY, Surface

__all__ = [
    "EXCLUDED_GREY",
    "TIBIA_AT_HALF",
    "Draw",
    "Drawing",
    "Limits",
    "Surface",
    "acts",
    "check_display",
    "check_ending",
    "check_pace",
    "chosen_limits",
    "close_ups",
    "colour_map",
    "draw_applied",
    "draw_bones",
    "draw_calendar",
    "draw_contact_loads",
    "draw_damage",
    "draw_density",
    "draw_difference",
    "draw_growth",
    "draw_imported",
    "draw_map",
    "draw_paired_risk",
    "draw_plan",
    "draw_plans",
    "draw_sections",
    "draw_statics",
    "draw_strain_history",
    "draw_study",
    "drawing",
    "drawn_here",
    "run_density",
    "run_field",
    "run_map",
    "run_statics",
    "run_strain",
    "surface_of",
    "upright_scene",
    "varying",
    "write_motion",
]
