# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""`bonefea loads`: the forces of an activity as a file to change and run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from fea.case import BodyOptions, Options, resolved
from fea.case.side import BodySide
from fea.cli.question import ACTIVITY, Activity
from fea.loading import load_history, write_history


def loads(
    activity: str,
    *,
    export: Annotated[Path, Parameter(help="CSV file to write.")],
    bone: str = "tibia",
    mass: Annotated[float, Parameter(help="Body mass in kg.")] = 70.0,
    side: Annotated[BodySide, Parameter(help="Side of the body; forces of a left limb are mirrored.")] = "right",
    how: Activity = ACTIVITY,
) -> None:
    """Write the forces of an activity as a load history that you can change and run.

    Parameters
    ----------
    activity
        A name that `bonefea list` shows, or a path.
    """
    options = Options(**{**vars(BodyOptions(mass_kg=mass, side=side)), **vars(how)})
    history = load_history(resolved(bone, activity, options))
    write_history(history, export, side)
    print(f"{len(history.time_s)} frames on {len({x.region for x in history.loads})} regions: {export}")
