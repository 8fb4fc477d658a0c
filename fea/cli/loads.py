# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""`bonefea loads`: the forces of an activity or of a trial as a file to change and run."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Annotated, Literal

import tomli_w
from cyclopts import App, Parameter

from fea.case import (
    BodyOptions,
    BodySide,
    BoneDescription,
    GroundTrial,
    History,
    Options,
    Trial,
    read_bone,
    trial_of,
)
from fea.cli.places import Overwrite, check_file_to_write
from fea.cli.question import ACTIVITY, Activity
from fea.errors import InputError, on_one_line
from fea.files import parted, written_file
from fea.loading import (
    contacts_in,
    load_history,
    read_loads,
    resolved_with_trials,
    shoe_of,
    trial_loads,
    write_history,
)

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
    mass: Annotated[
        float | None, Parameter(help="Body mass in kg; by default that of the person of measured loads, else 70.")
    ] = None,
    side: Annotated[
        BodySide | None,
        Parameter(help="Side of the body, right by default or that of an imported bone; a left limb is mirrored."),
    ] = None,
    units: Annotated[Literal["n", "bw"], Parameter(help="Forces in N or in body weights.")] = "n",
    form: Annotated[
        Literal["long", "wide"], Parameter(help="A line for each time and region, or for each time.")
    ] = "long",
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
    command = f"bonefea run {shlex.quote(bone)} {shlex.quote(str(export))}"
    own = case.activity if isinstance(case.activity, History) else None
    write_history(
        history,
        case.bone,
        export,
        command=command,
        side=case.side,
        replaces=overwrite,
        account=own.notes if own else (),
        body_mass_kg=case.body_mass_kg if case.has_mass else None,
        weight_n=case.body_weight_n if units == "bw" else None,
        wide=form == "wide",
    )
    for note in own.notes if own else ():
        print(note)
    print(f"{len(history.time_s)} frames: {export}")


@app.command(name="import")
def import_loads(
    *,
    side: Annotated[BodySide, Parameter(help="Side of the limb.")],
    export: Export,
    model: Annotated[Path | None, Parameter(help="Model, .osim.")] = None,
    reactions: Annotated[Path | None, Parameter(help="Joint reactions of ankle and knee, .sto.")] = None,
    muscles: Annotated[
        Path | None, Parameter(help="Muscle forces, .sto: static optimisation, CMC or ForceReporter.")
    ] = None,
    kinematics: Annotated[Path | None, Parameter(help="Coordinates of the model, .mot or .sto.")] = None,
    ground: Annotated[
        Path | None,
        Parameter(
            help="Ground force: with reactions a .mot that finds the contact; without them a .mot, .csv or .c3d, "
            "from which the leg model computes the rest."
        ),
    ] = None,
    external_loads: Annotated[Path | None, Parameter(help="The .xml that says which force acts on which foot.")] = None,
    contact: Annotated[
        str, Parameter(help="Which whole contact, from 1; of a ground force alone also mean, the default, or all.")
    ] = "",
    start: Annotated[float | None, Parameter(name="--from", help="Begin in s instead.")] = None,
    end: Annotated[float | None, Parameter(name="--to", help="End in s instead.")] = None,
    frames: Annotated[int, Parameter(help="Instants to write, 2 to 2000.")] = 101,
    activity: Annotated[
        str | None, Parameter(help="Of a ground force alone: whose posture stands in for what is not measured.")
    ] = None,
    mass: Annotated[float | None, Parameter(help="Of a ground force alone: body mass in kg.")] = None,
    cutoff: Annotated[float | None, Parameter(help="Cut-off of the low-pass filter in Hz; 0 for none.")] = None,
    settings: Annotated[
        tuple[str, ...],
        Parameter(
            name="--set",
            negative="",
            help="Another key of a ground force, e.g. columns.up=Fz or length_unit=m; may be given several times.",
        ),
    ] = (),
    bone: Annotated[str, Parameter(help="Bone that takes the loads.")] = "tibia",
    overwrite: Overwrite = False,
) -> None:
    """Write the loads of a bone in a trial of OpenSim, or from a measured ground force, and say how they were read."""
    paths = {
        "model": model,
        "reactions": reactions,
        "muscles": muscles,
        "kinematics": kinematics,
        "ground": ground,
        "external_loads": external_loads,
    }
    asked: dict[str, object] = {name: str(path) for name, path in paths.items() if path is not None}
    name = re.sub(r"[^A-Za-z0-9_.-]", "_", export.stem).lstrip("_.-")[:64] or "trial"
    asked |= {"schema": 1, "name": name, "title": f"Trial {export.stem}", "side": side, "frames": frames}
    if reactions is None and muscles is None:
        more = {"activity": activity, "body_mass_kg": mass, "cutoff_hz": cutoff}
        asked |= {"kind": "ground_force"} | {name: value for name, value in more.items() if value is not None}
        _set(asked, settings)
    else:
        refused = {"--activity": activity, "--mass": mass, "--cutoff": cutoff, "--set": settings or None}
        wrong = next((name for name, value in refused.items() if value is not None), None)
        if wrong is not None:
            raise InputError(f"{wrong} is for a ground force alone; with reactions and muscles it has no use.")
        asked |= {"kind": "opensim", "start_s": start, "end_s": end}
    described = read_bone(bone)
    if contact and contact != "all":
        asked["contact"] = int(contact) if contact.isdecimal() else contact
    trial = trial_of(asked)
    trials = {export: trial}
    if contact == "all":
        if not isinstance(trial, GroundTrial):
            raise InputError("contact is all; of a trial of OpenSim give its number, from 1.")
        trials = {
            export.with_name(f"{export.stem}-{number}{export.suffix}"): trial.model_copy(update={"contact": number})
            for number in range(1, contacts_in(trial) + 1)
        }
    for file in trials:
        check_file_to_write(file, (*(path for path in paths.values() if path), bone), overwrite=overwrite)
    for file, one in trials.items():
        _import(one, described, bone, file, overwrite)


@app.command(name="shoe")
def shoe_loads(
    mine: Annotated[str, Parameter(help="Load history or trial in the shoe: CSV or TOML.")],
    reference: Annotated[str, Parameter(help="The same in the conventional shoe.")],
    /,
    *,
    export: Annotated[Path, Parameter(help="TOML file to write.")],
    activity: Annotated[str, Parameter(help="Activity whose loads it shall change.")] = "running",
    title: Annotated[str | None, Parameter(help="Title of the shoe; that of the file by default.")] = None,
    bone: Annotated[str, Parameter(help="Bone of both histories.")] = "tibia",
    overwrite: Overwrite = False,
) -> None:
    """Write a shoe of your own from two load histories, for `--footwear`."""
    check_file_to_write(export, (mine, reference, bone), overwrite=overwrite)
    described = read_bone(bone)
    histories = [read_loads(name, described) for name in (mine, reference)]
    for name, history in zip((mine, reference), histories, strict=True):
        if not isinstance(history, History):
            raise InputError(
                f"{name!r} is no load history; give a CSV file, or a TOML file of kind history or a trial."
            )
    first, second = (history for history in histories if isinstance(history, History))
    found = shoe_of(first, second, resolved_with_trials(bone, activity), title or export.stem.replace("_", " "))
    table = {"schema": 1, "kind": "shoe", **found.model_dump(by_alias=True, exclude_none=True)}
    with written_file(export, replaces=overwrite) as partial:
        partial.write_text(tomli_w.dumps(table), encoding="utf-8")
    for key in ("ankle_force", "forefoot_force", "contact_time", "cop_path"):
        print(f"{key}: {getattr(found, key).factor:.3f}, {getattr(found, key).source}")
    print(f"shoe: {export}")


def _set(table: dict[str, object], settings: tuple[str, ...]) -> None:
    """Put each ``key=value`` into a table, or ``columns.key=value`` into that of the columns."""
    for setting in settings:
        path, separator, text = setting.partition("=")
        value = parted(setting)[1] if not separator or _is_number(text) else text
        group, dot, key = path.partition(".")
        if not dot:
            table[path] = value
            continue
        inner = table.setdefault(group, {})
        if not isinstance(inner, dict):
            raise InputError(f"{group!r} has no keys; {key!r} cannot stand under it.")
        inner[key] = str(value)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _import(trial: Trial, described: BoneDescription, bone: str, export: Path, overwrite: bool) -> None:
    found = trial_loads(trial, described)
    command = f"bonefea run {shlex.quote(bone)} {shlex.quote(str(export))}"
    write_history(
        found.history,
        described,
        export,
        command=command,
        side=trial.side,
        replaces=overwrite,
        account=found.account,
        body_mass_kg=found.body_mass_kg,
    )
    for sentence in found.account:
        print(on_one_line(sentence))
    print(f"{len(found.history.time_s)} frames: {export}")
