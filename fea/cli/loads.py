# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""`bonefea loads`: the forces of an activity as a file to change and run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from fea.cli.options import DOING, Doing, Mass


def loads(
    activity: str,
    *,
    export: Annotated[Path, Parameter(help="CSV file to write.")],
    bone: str = "tibia",
    mass: Mass = 70.0,
    doing: Doing = DOING,
) -> None:
    """Write the forces of an activity as a load history that you can change and run.

    Parameters
    ----------
    activity
        A name that `bonefea list` shows, or a path.
    """
    from fea.case import resolved
    from fea.loading import load_history, write_history

    history = load_history(resolved(bone, activity, body_mass_kg=mass, options=doing.options()))
    write_history(history, export)
    print(f"{len(history.time_s)} frames on {len({x.region for x in history.loads})} regions: {export}")
