# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""From names or run folders to a served page."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from pathlib import Path

from fea.case import Case, Stance, read_bone, read_carriages, read_shoes
from fea.errors import InputError, MissingDependency, out_of_range
from fea.evaluate import solved_bone
from fea.files import Progress
from fea.folders import read_question
from fea.loading import more_loads
from fea.view.background import Background
from fea.view.bone import ViewedBone, viewed
from fea.view.design_controls import Offered, choices
from fea.view.desk import Desk
from fea.view.server import AddressCallback, Door, serve
from fea.view.variants import OpenedBone, Variants

_USUAL = "running"
_DOOR = Door()


def view(
    what: Sequence[str],
    *,
    door: Door = _DOOR,
    size_mm: float | None = None,
    use_cache: bool = True,
    progress: Progress,
    on_address: AddressCallback,
) -> None:
    """Serve a page with one bone, or two side by side, until Ctrl-C.

    Parameters
    ----------
    what : sequence of str
        One or two names of bones, paths to their TOML files, or run folders.
    door : Door
        Where the page is served; by default to this machine, on a free port.
    size_mm : float, optional
        Edge length of the elements; by default that of the bone's file or of the run.
    use_cache : bool
        Whether a bone solved earlier may serve, and this one be kept.
    progress : callable
        Progress callback.
    on_address : callable
        Called with the address of the page when it can be opened.

    Raises
    ------
    fea.errors.InputError
        More than two designs, an unknown bone, a folder without a run, or a door that cannot be used.
    fea.errors.MissingDependency
        aiohttp is not installed.
    """
    if not 1 <= len(what) <= 2:
        raise out_of_range("number of designs", len(what), "1 or 2")
    if importlib.util.find_spec("aiohttp") is None:
        raise MissingDependency("the viewer needs aiohttp: pip install 'bonefea[view]'.")
    door.check()
    solved: dict[str, ViewedBone] = {}
    opened = []
    for title, case in [_case(name, size_mm) for name in what]:
        if (key := _key(case)) not in solved:
            bone = solved_bone(case, use_cache=use_cache, progress=progress)
            progress("prepare")
            solved[key] = viewed(bone)
        opened.append(OpenedBone(title, solved[key], case, _offered(case, solved[key])))
    with Background(use_cache) as background:
        serve(Desk(opened, Variants(background)), door, on_address)


def _key(case: Case) -> str:
    more = more_loads(case)
    return f"{case.bone.model_dump_json()} {case.tissue.model_dump_json()} {case.size_mm} {case.support} {more}"


def _offered(case: Case, bone: ViewedBone) -> Offered:
    """What the page offers for a bone: activities whose loads it was solved for, and designs with the case's own."""
    found, solved = choices(case.bone, case.size_mm, case, case.tissue), set(bone.loads)
    activities = {name: one for name, one in found.items() if solved.issuperset(more_loads(one))}
    shoes, carriages = read_shoes(), read_carriages()
    if isinstance(case.activity, Stance):
        shoes = {**shoes, case.activity.footwear: case.activity.shoe}
        carriages = {**carriages, case.activity.carried_as: case.activity.carriage}
    return Offered(activities, shoes, carriages)


def _case(name: str, size_mm: float | None) -> tuple[str, Case]:
    """Title and case of a run folder, or of a bone under its usual activity."""
    folder = Path(name)
    if not name.endswith(".toml") and folder.is_dir():
        case = read_question(folder)
        case = case if size_mm is None else case.model_copy(update={"size_mm": size_mm})
        return f"{case.bone_title} ({folder.name})", case
    bone = read_bone(name)
    known = choices(bone, bone.size_mm * bone.magnification if size_mm is None else size_mm)
    if not known:
        raise InputError(f"the library has no activity for the bone {name!r}.")
    return bone.title, known.get(_USUAL, next(iter(known.values())))
