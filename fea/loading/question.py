# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""From names to a case, those of trials among them: their loads are read for the bone that takes them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from fea.case import (
    Activity,
    BoneDescription,
    Case,
    Changes,
    GroundTrial,
    History,
    Options,
    StanceActivity,
    Trial,
    composed,
    read_activity,
    read_bone,
    read_tissue,
    read_trial,
)
from fea.loading.exchange import given_history
from fea.loading.frames import LoadHistory
from fea.loading.measured import import_ground
from fea.loading.opensim import Interval, OpenSimFiles, import_opensim


def read_loads(name: str, bone: BoneDescription) -> Activity | StanceActivity | History:
    """Activity by name or path, as :func:`fea.case.read_activity`; of a trial the load history of this bone.

    Raises
    ------
    fea.errors.InputError
        As there; or files of a trial that cannot be read, do not fit together, or hold what no bone bears.
    """
    trial = read_trial(name)
    return read_activity(name) if trial is None else trial_history(trial, bone)


@dataclass(frozen=True)
class TrialLoads:
    """Loads of a trial on a bone, the mass in kg of the person in whom it was measured, and an account of both."""

    history: LoadHistory
    body_mass_kg: float
    account: tuple[str, ...]


def trial_loads(trial: Trial, bone: BoneDescription) -> TrialLoads:
    """Loads of a bone from the files of a trial, in the frame of the right bone.

    Raises
    ------
    fea.errors.InputError
        Files that cannot be read, do not fit together, or hold what no bone bears.
    fea.errors.MissingDependency
        A ``.c3d`` without ezc3d.
    """
    if isinstance(trial, GroundTrial):
        measured = import_ground(trial, bone)
        return TrialLoads(measured.history, trial.body_mass_kg, measured.account)
    ground, external = (None if name is None else Path(name) for name in (trial.ground, trial.external_loads))
    model, reactions, muscles, kinematics = (
        Path(name) for name in (trial.model, trial.reactions, trial.muscles, trial.kinematics)
    )
    files = OpenSimFiles(model, reactions, muscles, kinematics, ground, external)
    interval = Interval(trial.start_s, trial.end_s, trial.contact, trial.frames)
    found = import_opensim(files, bone, trial.side, interval, name=trial.name)
    return TrialLoads(found.history, found.forces.body_mass_kg, found.account)


def trial_history(trial: Trial, bone: BoneDescription) -> History:
    """Load history of a bone from the files of a trial, with its account as notes."""
    found = trial_loads(trial, bone)
    return given_history(
        found.history,
        bone,
        trial.side,
        title=trial.title,
        body_mass_kg=found.body_mass_kg,
        notes=found.account,
    )


def resolved_with_trials(bone: str, activity: str, options: Options | None = None, *, changes: Changes = ()) -> Case:
    """Case of a bone and an activity, as :func:`fea.case.resolved`; the activity may be a trial.

    Raises
    ------
    fea.errors.InputError
        As for :func:`fea.case.resolved` and :func:`read_loads`.
    """
    chosen, description = options or Options(), read_bone(bone, changes)
    return composed(description, read_loads(activity, description), read_tissue(chosen.material), chosen)
