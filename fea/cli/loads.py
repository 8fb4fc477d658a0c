# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""`bonefea loads`: the forces of an activity as a file to change and run."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from fea.case import BodyOptions, BodySide, Options, resolved
from fea.cli.places import Overwrite, check_file_to_write
from fea.cli.question import ACTIVITY, Activity
from fea.loading import load_history, write_history


def loads(
    activity: str,
    *,
    export: Annotated[Path, Parameter(help="CSV file to write.")],
    overwrite: Overwrite = False,
    bone: str = "tibia",
    mass: Annotated[float, Parameter(help="Body mass in kg.")] = 70.0,
    side: Annotated[
        BodySide | None,
        Parameter(help="Side of the body, right by default or that of an imported bone; a left limb is mirrored."),
    ] = None,
    how: Activity = ACTIVITY,
) -> None:
    """Write the forces of an activity as a load history that you can change and run.

    Parameters
    ----------
    activity
        A name that `bonefea list` shows, or a path.
    """
    check_file_to_write(export, (activity, bone), overwrite=overwrite)
    options = Options(**{**vars(BodyOptions(mass_kg=mass, side=side)), **vars(how)})
    case = resolved(bone, activity, options)
    history = load_history(case)
    body = "" if mass == BodyOptions().mass_kg else f" --mass {mass:g}"
    command = f"bonefea run {shlex.quote(bone)} {shlex.quote(str(export))}{body}"
    write_history(history, case.bone, export, command=command, side=case.side, replaces=overwrite)
    print(f"{len(history.time_s)} frames: {export}")
