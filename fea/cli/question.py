# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The options of a question, of :mod:`fea.case.options`, as options of the command line."""

from __future__ import annotations

from dataclasses import fields, make_dataclass
from typing import TYPE_CHECKING, Annotated, Any, get_args, get_type_hints

from cyclopts import Parameter

from fea.case.options import ActivityOptions, BodyOptions, TissueOptions, described


def _as_parameters(kind: type[Any]) -> type[Any]:
    """The same class of options as cyclopts takes it: each field is an option of the command line."""
    hints, known = get_type_hints(kind, include_extras=True), described(kind)
    own: list[Any] = []
    for f in fields(kind):
        option = known[f.name]
        parameter = Parameter(name=f"--{option.name.replace('_', '-')}", help=option.help)
        own.append((f.name, Annotated[get_args(hints[f.name])[0], parameter], f.default))
    made = make_dataclass(kind.__name__, own, bases=(kind,), frozen=True)
    return Parameter(name="*")(made)


if TYPE_CHECKING:
    Body = BodyOptions
    Activity = ActivityOptions
    Material = TissueOptions
else:
    Body, Activity, Material = (_as_parameters(kind) for kind in (BodyOptions, ActivityOptions, TissueOptions))

BODY, ACTIVITY, MATERIAL = Body(), Activity(), Material()
"""The usual ones."""
