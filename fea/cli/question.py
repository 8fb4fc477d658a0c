# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The options of a question, of :mod:`fea.case.options`, as options of the command line."""

from __future__ import annotations

from dataclasses import fields, make_dataclass
from typing import TYPE_CHECKING, Annotated, Any, get_args, get_type_hints

from cyclopts import Parameter

from fea.case import ActivityOptions, BodyOptions, DesignOptions, OtherOptions, TissueOptions, described
from fea.cli.pace import SPEED, STEP_RATE, speed, step_rate

_SPELT = {
    "speed_m_per_s": Parameter(
        name=SPEED,
        converter=speed,
        help="Speed in m/s, or with its unit as 12km/h, or pace in minutes for a kilometre as 5:30; "
        "for activities that have one.",
    ),
    "step_rate_per_min": Parameter(
        name=STEP_RATE,
        converter=step_rate,
        help="Steps of both feet per minute, or cadence, the steps of one foot.",
    ),
}
"""Options that the command line takes in more than one spelling; one of them."""


def _as_parameters(kind: type[Any], prefix: str = "") -> type[Any]:
    """The same class of options as cyclopts takes it: each field is an option of the command line, after a prefix."""
    hints, known = get_type_hints(kind, include_extras=True), described(kind)
    own: list[Any] = []
    for f in fields(kind):
        option = known[f.name]
        parameter = Parameter(name=f"--{prefix}{option.name.replace('_', '-')}", help=option.help)
        if f.name in _SPELT:
            spelt = _SPELT[f.name]
            parameter = Parameter(parameter.name, converter=spelt.converter, help=spelt.help) if prefix else spelt
        own.append((f.name, Annotated[get_args(hints[f.name])[0], parameter], f.default))
    made = make_dataclass(kind.__name__, own, bases=(kind,), frozen=True)
    return Parameter(name="*")(made)


if TYPE_CHECKING:
    Body = BodyOptions
    Activity = ActivityOptions
    Material = TissueOptions
    Design = DesignOptions
    OtherDesign = OtherOptions
else:
    Body, Activity, Material, Design = (
        _as_parameters(kind) for kind in (BodyOptions, ActivityOptions, TissueOptions, DesignOptions)
    )
    OtherDesign = _as_parameters(OtherOptions, "compare-")

BODY, ACTIVITY, MATERIAL, DESIGN, OTHER_DESIGN = Body(), Activity(), Material(), Design(), OtherDesign()
"""The usual ones."""
