# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""`bonefea diary`: what a training diary says, and the plan that it makes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from fea.case import DateOrder, DistanceUnit, read_diary
from fea.cli.places import Overwrite, check_file_to_write
from fea.errors import on_one_line
from fea.files import written_file


def diary(
    file: Path,
    /,
    *,
    out: Annotated[Path | None, Parameter(help="TOML file to write the plan into.")] = None,
    overwrite: Overwrite = False,
    unit: Annotated[DistanceUnit | None, Parameter(help="Unit of distances whose column does not say it.")] = None,
    dates: Annotated[DateOrder | None, Parameter(help="Order of dates that the column leaves open.")] = None,
    pre_conditioned: Annotated[
        bool,
        Parameter(negative="", help="The bone is pre-conditioned to the first week; otherwise it comes from rest."),
    ] = False,
) -> None:
    """Read a training diary and say what was read; write it as a plan to change and follow.

    Parameters
    ----------
    file
        CSV export of a running watch, a GPX or FIT file, or a folder of such files.
    """
    if out is not None:
        check_file_to_write(out, (file,), overwrite=overwrite)
    found = read_diary(file, unit=unit, dates=dates, pre_conditioned=pre_conditioned)
    for sentence in found.account:
        print(on_one_line(sentence))
    if out is not None:
        with written_file(out, replaces=overwrite) as partial:
            partial.write_text(found.plan.toml(), encoding="utf-8")
        print(f"plan: {out}")
