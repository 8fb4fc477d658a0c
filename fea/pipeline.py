# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The flow, read top to bottom: cases go in; strain over stance, hotspots and run folders come out."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from fea.answer import Run, read
from fea.case import BoneDescription, Case, Fatigue, Plan, TissueState
from fea.errors import InputError
from fea.folder import written_folder
from fea.motion import check_pace, write_motion
from fea.plan_record import write_plan
from fea.prognosis import Prognosis, check_plan, prognosis
from fea.record import Picture, write_comparison, write_run
from fea.report import read_question, written_file
from fea.risk import Settings
from fea.show import draw_study
from fea.show.animation import check_ending
from fea.show.study import varying
from fea.solve import Basis, Carried, cached_basis, support_of
from fea.solve.basis import Announce, silent
from fea.study import Comparison, Outcome, Progress, Study, StudyPlan, compared, load, read_side, run_study


def run(
    cases: Sequence[Case],
    folders: Sequence[Path],
    *,
    carried: Carried | None = None,
    use_cache: bool = True,
    pictures: Collection[Picture] = (),
    announce: Announce = silent,
) -> list[Run]:
    """Solve cases of one bone and write a run folder for each, as soon as it is known.

    Parameters
    ----------
    cases : sequence of Case
        The questions; all about the same bone, tissue and element size, which is solved once.
    folders : sequence of Path
        One for each case; an earlier run there is replaced when this one is whole.
    carried : {"held", "foundation", "free"}, optional
        By default as the bone's file says: its support regions held or on springs; or the free bone with a
        reaction on those regions.
    use_cache : bool
        Whether a basis solved earlier may serve, and this one be kept.
    pictures : collection of {"density"}
        Drawn beside the usual ones.
    announce : callable, optional
        Is told each step as it begins.

    Raises
    ------
    fea.errors.InputError
        A folder cannot be written, or a case is not sound.
    fea.errors.RunError
        The solution failed or is out of balance.
    """
    if len({(case.bone.model_dump_json(), case.tissue.model_dump_json(), case.size_mm) for case in cases}) > 1:
        raise InputError("the cases differ in bone, tissue or element size; run those apart.")
    basis: Basis | None = None
    answers = []
    for case, place in zip(cases, folders, strict=True):
        with written_folder(place) as folder:
            if basis is None:
                basis = basis_of(case, carried, use_cache=use_cache, announce=announce)
                spent = dict(basis.wall_s)
            answer = read(case, basis, carried, announce)
            answer.wall_s.update(spent | answer.wall_s)
            write_run(answer, folder, announce, pictures)
            spent = {}
        answers.append(answer)
    return answers


def solved(case: Case, *, carried: Carried | None = None, use_cache: bool = True, announce: Announce = silent) -> Run:
    """Return the strain over stance, hotspots and section loads of a case, without writing anything but the cache.

    Parameters are those of :func:`run`.

    Raises
    ------
    fea.errors.InputError
        The bone does not close to a sound solid, or a density is outside its law.
    fea.errors.RunError
        The solution failed or is out of balance.
    """
    basis = basis_of(case, carried, use_cache=use_cache, announce=announce)
    answer = read(case, basis, carried, announce)
    answer.wall_s.update({**basis.wall_s, **answer.wall_s})
    return answer


def run_plan(
    plans: Sequence[Plan],
    bone: BoneDescription,
    place: Path,
    *,
    fatigue: Fatigue,
    tissue: TissueState | None = None,
    body_mass_kg: float = 70.0,
    size_mm: float | None = None,
    settings: Settings | None = None,
    use_cache: bool = True,
    announce: Announce = silent,
) -> list[Prognosis]:
    """Solve a bone, follow training plans on it, and write a folder for the first, compared with the others.

    Parameters
    ----------
    plans : sequence of Plan
        The plan, and those to compare it with.
    bone : BoneDescription
        The bone, which is solved once.
    place : Path
        The folder; an earlier one is replaced when this one is whole.
    fatigue, tissue, body_mass_kg, size_mm, settings
        As :func:`fea.prognosis.prognosis`.
    use_cache : bool
        Whether a basis solved earlier may serve, and this one be kept.
    announce : callable, optional
        Is told each step as it begins.

    Raises
    ------
    fea.errors.InputError
        The folder cannot be written, or a plan does not fit the bone.
    fea.errors.RunError
        The solution failed.
    """
    for plan in plans:
        check_plan(plan, bone, body_mass_kg=body_mass_kg, size_mm=size_mm)
    size = bone.size_mm * bone.magnification if size_mm is None else size_mm
    with written_folder(place) as folder:
        basis = cached_basis(bone, size, support_of(bone, None), tissue=tissue, use_cache=use_cache, announce=announce)
        found = [
            prognosis(
                plan,
                bone,
                basis,
                fatigue=fatigue,
                tissue=tissue,
                body_mass_kg=body_mass_kg,
                size_mm=size,
                settings=settings,
                announce=announce,
            )
            for plan in plans
        ]
        found[0].wall_s.update({**basis.wall_s, **found[0].wall_s})
        write_plan(found[0], found[1:], folder, announce)
    return found


def animate(
    place: Path,
    file: Path,
    *,
    frames: int,
    fps: float,
    use_cache: bool = True,
    announce: Announce = silent,
) -> None:
    """Answer the question of a run folder again and write its contact as GIF or MP4.

    Parameters
    ----------
    place : Path
        The run folder.
    file : Path
        The file to write, ending in ``.gif`` or ``.mp4``; it appears when it is whole.
    frames, fps
        Those of :func:`fea.motion.write_motion`.
    use_cache, announce
        Those of :func:`run`.

    Raises
    ------
    fea.errors.InputError
        The folder is not that of a run, its activity is a single instant, a number outside its range, or a file
        that cannot be written.
    fea.errors.MissingDependency
        What writes MP4 is not installed, or this machine cannot draw without a display.
    fea.errors.RunError
        The solution failed or is out of balance.
    """
    check_ending(file)
    check_pace(frames, fps)
    case, carried = read_question(place)
    with written_file(file) as partial:
        basis = basis_of(case, carried, use_cache=use_cache, announce=announce)
        answer = read(case, basis, carried, announce)
        announce("render")
        write_motion(answer, basis, partial, frames=frames, fps=fps)


def basis_of(
    case: Case, carried: Carried | None = None, *, use_cache: bool = True, announce: Announce = silent
) -> Basis:
    """Return the solved bone of a case; parameters and errors are those of :func:`solved`."""
    support = support_of(case.bone, carried)
    return cached_basis(case.bone, case.size_mm, support, tissue=case.tissue, use_cache=use_cache, announce=announce)


def study(
    asked: Study,
    plan: StudyPlan,
    out: Path,
    *,
    workers: int | None = None,
    scheduler: str | None = None,
    retry_failed: bool = False,
    tell: Callable[[Progress], None] = lambda _: None,
) -> Outcome:
    """Work a study off and draw it; parameters and errors are those of :func:`fea.study.run_study`."""
    outcome = run_study(asked, plan, out, workers=workers, scheduler=scheduler, retry_failed=retry_failed, tell=tell)
    result = load(out)
    if varying(result):
        with written_file(out / "study.png") as partial:
            draw_study(result, partial)
    return outcome


def compare(a: str, b: str, out: Path, announce: Announce = silent) -> Comparison:
    """Compare two runs, two designs within a study, or two studies; write tables and pictures.

    Parameters
    ----------
    a, b : str
        ``FOLDER``, or ``FOLDER@factor=level,factor=level`` of a study.
    out : Path
        The folder to write; an earlier comparison there is replaced.
    announce : callable, optional
        Is told each step as it begins.

    Raises
    ------
    fea.errors.InputError
        Folders that cannot be read or compared, or ``out`` cannot be written.
    """
    announce("read")
    sides = read_side(a), read_side(b)
    with written_folder(out) as folder:
        announce("compare")
        found = compared(*sides)
        announce("render")
        write_comparison(found, (a, b), folder)
    return found
