# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""From names or run folders to a served page."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from pathlib import Path

from fea.case import Case, read_bone
from fea.errors import InputError, MissingDependency, out_of_range
from fea.evaluate import solved_bone
from fea.files import Progress
from fea.folders import read_question
from fea.loading import more_loads
from fea.show import offscreen
from fea.view.bone import ViewedBone, viewed
from fea.view.design_controls import choices
from fea.view.server import AddressCallback, Door, serve

_USUAL = "running"
_NEEDED = ("trame", "trame_vuetify", "trame_pyvista")
_SIZE_PX = (1200, 800)
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
        trame is not installed.
    """
    if not 1 <= len(what) <= 2:
        raise out_of_range("number of designs", len(what), "1 or 2")
    if any(importlib.util.find_spec(name) is None for name in _NEEDED):
        raise MissingDependency("the viewer needs trame: pip install 'bonefea[view]'.")
    from fea.view.background import Background
    from fea.view.panel import InitialDesign
    from fea.view.picture import Scene
    from fea.view.viewer import Viewer

    door.check()
    solved: dict[str, ViewedBone] = {}
    found = [_case(name, size_mm) for name in what]
    for _, case in found:
        if (key := _key(case)) not in solved:
            bone = solved_bone(case, use_cache=use_cache, progress=progress)
            progress("prepare")
            solved[key] = viewed(bone)
    designs = [InitialDesign(title, solved[_key(case)], case) for title, case in found]
    with Background(use_cache) as background, offscreen.canvas(*_SIZE_PX, columns=2) as plotter:
        serve(Viewer(designs, Scene(plotter), background).server, door, on_address)


def _key(case: Case) -> str:
    more = more_loads(case)
    return f"{case.bone.model_dump_json()} {case.tissue.model_dump_json()} {case.size_mm} {case.support} {more}"


def _case(name: str, size_mm: float | None) -> tuple[str, Case]:
    """Title and case of a run folder, or of a bone under its usual activity."""
    folder = Path(name)
    if not name.endswith(".toml") and folder.is_dir():
        case = read_question(folder)
        case = case if size_mm is None else case.model_copy(update={"size_mm": size_mm})
        mirrored = ", shown as its mirror image" if case.side == "left" else ""
        return f"{case.bone_title} ({folder.name}){mirrored}", case
    bone = read_bone(name)
    known = choices(bone, bone.size_mm * bone.magnification if size_mm is None else size_mm)
    if not known:
        raise InputError(f"the library has no activity for the bone {name!r}.")
    return bone.title, known.get(_USUAL, next(iter(known.values())))
