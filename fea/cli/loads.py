# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""`bonefea loads`: the forces of an activity, or of a trial of OpenSim, as a file to change and run."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from fea.case import BodyOptions, BodySide, History, Options, read_bone
from fea.cli.places import Overwrite, check_file_to_write
from fea.cli.question import ACTIVITY, Activity
from fea.errors import on_one_line
from fea.loading import Interval, OpenSimFiles, import_opensim, load_history, resolved_with_trials, write_history

app = App(
    name="loads",
    help="Write the forces of an activity as a load history that you can change and run.",
    help_format="markdown",
)

Export = Annotated[Path, Parameter(help="CSV file to write.")]


@app.default
def loads(
    activity: str,
    *,
    export: Export,
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
    case = resolved_with_trials(bone, activity, options)
    history = load_history(case)
    body = "" if mass == BodyOptions().mass_kg else f" --mass {mass:g}"
    command = f"bonefea run {shlex.quote(bone)} {shlex.quote(str(export))}{body}"
    own = case.activity if isinstance(case.activity, History) else None
    write_history(
        history,
        case.bone,
        export,
        command=command,
        side=case.side,
        replaces=overwrite,
        account=own.notes if own else (),
        body_mass_kg=own.body_mass_kg if own else None,
    )
    print(f"{len(history.time_s)} frames: {export}")


@app.command(name="import")
def import_loads(
    *,
    model: Annotated[Path, Parameter(help="Model, .osim.")],
    reactions: Annotated[Path, Parameter(help="Joint reactions of ankle and knee, .sto.")],
    muscles: Annotated[Path, Parameter(help="Muscle forces, .sto: static optimisation, CMC or ForceReporter.")],
    kinematics: Annotated[Path, Parameter(help="Coordinates of the model, .mot or .sto.")],
    side: Annotated[BodySide, Parameter(help="Side of the tibia.")],
    export: Export,
    ground: Annotated[Path | None, Parameter(help="Ground force, .mot, which finds the contact.")] = None,
    external_loads: Annotated[Path | None, Parameter(help="The .xml that says which force acts on which foot.")] = None,
    contact: Annotated[int, Parameter(help="Which whole contact of the foot, from 1.")] = 1,
    start: Annotated[float | None, Parameter(name="--from", help="Begin in s instead.")] = None,
    end: Annotated[float | None, Parameter(name="--to", help="End in s instead.")] = None,
    frames: Annotated[int, Parameter(help="Instants to write, 2 to 2000.")] = 101,
    bone: Annotated[str, Parameter(help="Tibia that takes the loads.")] = "tibia",
    overwrite: Overwrite = False,
) -> None:
    """Write the loads of a tibia in a trial of OpenSim as a load history, and say how they were read."""
    files = OpenSimFiles(model, reactions, muscles, kinematics, ground, external_loads)
    check_file_to_write(export, (*vars(files).values(), bone), overwrite=overwrite)
    described = read_bone(bone)
    found = import_opensim(files, described, side, Interval(start, end, contact, frames))
    command = f"bonefea run {shlex.quote(bone)} {shlex.quote(str(export))} --mass {found.forces.body_mass_kg:.4g}"
    write_history(
        found.history,
        described,
        export,
        command=command,
        side=side,
        replaces=overwrite,
        account=found.account,
        body_mass_kg=found.forces.body_mass_kg,
    )
    for sentence in found.account:
        print(on_one_line(sentence))
    print(f"{len(found.history.time_s)} frames: {export}")
