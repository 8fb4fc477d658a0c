# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Options that several commands share; those of a question stand in :mod:`fea.cli.question`."""

from __future__ import annotations

from typing import Annotated, Literal

from cyclopts import Parameter

ChangesOption = Annotated[
    tuple[str, ...],
    Parameter(name="--set", negative="", help="Change the bone, e.g. length_mm=350; may be given several times."),
]
SizeOption = Annotated[float | None, Parameter(name="--size", help="Edge length of the elements in mm.")]
SolverOption = Annotated[
    Literal["mumps", "pardiso", "multigrid"] | None,
    Parameter(name="--solver", help="Linear solver; the fastest that fits by default."),
]
ThreadsOption = Annotated[
    int | None, Parameter(name="--threads", help="Threads to compute on; one for each physical core by default.")
]
CacheOption = Annotated[bool, Parameter(help="Use and keep solved bones in the cache.")]
JsonOption = Annotated[bool, Parameter(name="--json", negative="", help="Print JSON instead of a table.")]
