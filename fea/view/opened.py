# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""From names or run folders to a served page."""

from __future__ import annotations

import importlib.util
import signal
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fea.case import Case, Stance, read_bone, read_carriages, read_shoe, read_shoes
from fea.case.library import read_carriage
from fea.errors import InputError, MissingDependency, out_of_range
from fea.evaluate import solved_bone
from fea.files import Progress
from fea.folders import read_question
from fea.loading import more_loads, read_loads
from fea.view.background import Background
from fea.view.bone import ViewedBone, viewed
from fea.view.design_controls import Offered, choices
from fea.view.desk import Desk
from fea.view.server import AddressCallback, Door, serve
from fea.view.variants import OpenedBone, Variants, begin_early

_USUAL = "running"
_DOOR = Door()


@dataclass(frozen=True)
class OwnFiles:
    """Files of the user's own that the page offers besides the library: activities and trials, shoes, carriages."""

    activities: Sequence[str] = ()
    footwear: Sequence[str] = ()
    carriages: Sequence[str] = ()


_NONE = OwnFiles()


def view(
    what: Sequence[str],
    *,
    own: OwnFiles = _NONE,
    door: Door = _DOOR,
    size_mm: float | None = None,
    use_cache: bool = True,
    progress: Progress,
    on_address: AddressCallback,
) -> None:
    """Serve a page with one bone, or two side by side, until Ctrl-C or SIGTERM.

    Parameters
    ----------
    what : sequence of str
        One or two names of bones, paths to their TOML files, or run folders.
    own : OwnFiles
        Further activities, shoes and ways of carrying that the page offers.
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
    with Background(use_cache) as background:
        for title, case in [_case(name, size_mm) for name in what]:
            offered = _offered(case, own)
            cases = [case, *(offered.activities[name] for name in offered.own)]
            if (key := _key(*cases)) not in solved:
                begin_early(background, *cases)
                bone = solved_bone(*cases, use_cache=use_cache, progress=progress)
                progress("prepare")
                solved[key] = viewed(bone)
            opened.append(OpenedBone(title, solved[key], case, offered.borne_by(solved[key].loads)))
        serve(Desk(opened, Variants(background)), door, on_address)
    signal.raise_signal(signal.SIGTERM)  # which serving has ended with; now it ends the process too


def _key(case: Case, *others: Case) -> str:
    more = sorted(map(str, more_loads(case, *others)))
    return f"{case.bone.model_dump_json()} {case.tissue.model_dump_json()} {case.size_mm} {case.support} {more}"


def _offered(case: Case, own: OwnFiles) -> Offered:
    """What the page offers for a bone: the library's, the case's own and the user's own activities and designs."""
    loadings = [read_loads(name, case.bone) for name in own.activities]
    activities = choices(case.bone, case.size_mm, case, case.tissue, loadings)
    shoes = {**read_shoes(), **dict(map(read_shoe, own.footwear))}
    carriages = {**read_carriages(), **dict(map(read_carriage, own.carriages))}
    if isinstance(case.activity, Stance):
        shoes.setdefault(case.activity.footwear, case.activity.shoe)
        carriages.setdefault(case.activity.carried_as, case.activity.carriage)
    return Offered(activities, shoes, carriages, tuple(one.name for one in loadings))


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
