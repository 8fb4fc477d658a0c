# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The Python interface: ``fea.run``, ``fea.plan``, ``fea.read_diary``, ``fea.study``, ``fea.compare`` and others.

Each takes the options of the command of the same name, with units in their names: ``--mass 62`` is ``mass_kg=62``.
"""

from __future__ import annotations

import functools
import inspect
import os
import re
import sys
import tempfile
from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, fields, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args, overload

import numpy as np
import numpy.typing as npt

from fea.case import (
    BodyOptions,
    Case,
    Changes,
    DateOrder,
    DesignOptions,
    Diary,
    DistanceUnit,
    Options,
    Plan,
    TissueOptions,
    described,
    in_design,
    options_of,
    read_bone,
    read_fatigue,
    read_plan,
    read_tissue,
)
from fea.case import read_diary as diary_read
from fea.case.options import part
from fea.checks import ValidationRow as Validation
from fea.checks import compared as validated
from fea.comparison import (
    MARGIN_PERCENT,
    Across,
    Comparison,
    PlanComparison,
    PlanSide,
    Side,
    compared,
    compared_plans,
    plan_side,
)
from fea.errors import InputError, RunError, out_of_range, unknown
from fea.evaluate import (
    AROUND_DEG,
    SHAFT_LEVELS,
    BonesTogether,
    PlanQuestion,
    Prediction,
    Result,
    SolvedBone,
    along_shaft,
    around,
    at_point,
    bones_together,
    evaluated,
    limited,
    predicted,
    solved_bone,
)
from fea.files import Progress, is_path, silent, written_file, written_folder
from fea.folders import (
    SERIES_FRAMES,
    ExtraPicture,
    Outcome,
    RunFigures,
    begun_run,
    fill_bones,
    fill_plan,
    hotspot_row,
    load,
    owned_by,
    read_question,
    read_side,
    read_sides,
    run_figures,
    run_study,
    side_of,
    weekly,
    write_bones,
    write_comparison,
    write_plan,
    write_run,
    write_series,
)
from fea.folders.fields import EQUIVALENT_FIELD, FIELDS, fields_of, grid_of
from fea.loading import resolved_with_trials
from fea.report import run_snippet
from fea.risk import MOST_BONES, WEEK_D, RiskSettings
from fea.show import (
    Draw,
    check_display,
    check_ending,
    check_pace,
    draw_study,
    drawing,
    run_field,
    run_map,
    surface_of,
    upright_scene,
    varying,
    write_motion,
)
from fea.solve import SolverName, solving_with, thread_count
from fea.strain import Hotspot, excluded_in_words, vertex_mean
from fea.studies import Study, StudyPlan, StudyProgress, StudyResult, plan_of, read_study

if TYPE_CHECKING:
    import pandas as pd
    import pyvista
    import xarray as xr

_SERIES = ("tension_ue", "compression_ue", "axial_mpa")


@dataclass(frozen=True, eq=False, repr=False)
class RunResult(Result):
    """The result of :func:`run`: all that `result.json` holds, tables, meshes, pictures; a notebook shows its map."""

    @property
    def figures(self) -> RunFigures:
        """Content of ``result.json``."""
        return run_figures(self)

    def to_pandas(self) -> pd.DataFrame:
        """One row for each hotspot; units stand in the columns."""
        import pandas as pd

        columns = [field.name for field in fields(Hotspot)]
        return pd.DataFrame([hotspot_row(spot) for spot in self.side_hotspots], columns=columns).set_index("rank")

    def to_xarray(self) -> xr.Dataset:
        """Strain over time at gauges and hotspots, and the loads; each variable says its unit.

        Variables are ``gauge`` (time_s, gauge_name, quantity), ``hotspot`` (time_s, rank, mode) in µε and
        ``load`` (time_s, component) in N, or N·mm of a moment.
        """
        import xarray as xr

        history, frames = self.history, len(self.history.time_s)
        gauge = np.array([[getattr(g, name) for name in _SERIES] for g in self.gauges]).reshape(-1, 3, frames)
        series = [[h.tension_ue, h.compression_ue] for h in self.hotspot_histories]
        loads = [load.title for load in history.loads]
        return xr.Dataset(
            {
                "gauge": (("gauge_name", "quantity", "time_s"), gauge, {"units": "µε, µε, MPa by quantity"}),
                "hotspot": (("rank", "mode", "time_s"), np.array(series).reshape(-1, 2, frames), {"units": "µε"}),
                "load": (("time_s", "component"), history.coefficients, {"units": "N, or N·mm of a moment"}),
            },
            coords={
                "time_s": ("time_s", history.time_s, {"units": "s"}),
                "gauge_name": [g.name for g in self.gauges],
                "quantity": list(_SERIES),
                "rank": [h.hotspot.rank for h in self.hotspot_histories],
                "mode": ["tension", "compression"],
                "component": loads,
            },
            attrs={
                "bone": self.case.bone.name,
                "activity": self.case.activity.title,
                "body_mass_kg": self.case.body_mass_kg,
            },
        )

    @cached_property
    def grid(self) -> pyvista.UnstructuredGrid:
        """The tetrahedra with the fields of ``fields.vtu``, for PyVista."""
        return grid_of(self.side_mesh, *fields_of(self))

    def plot(self, file: Path | str | None = None, field: str = EQUIVALENT_FIELD) -> Path | None:
        """Show the bone upright, coloured by a field, to be turned; or write its map as PNG and return its place.

        Parameters
        ----------
        file : path, optional
            The PNG to write, with the bone from four sides; by default a window opens, or a notebook shows it.
        field : str
            A field of :data:`fea.folders.fields.FIELDS`; by default the largest equivalent strain of the contact.

        Raises
        ------
        fea.errors.InputError
            An unknown field, or the file cannot be written.
        fea.errors.MissingDependency
            This machine has no display, or cannot draw without one.
        """
        if file is None:
            check_display()
            self.scene(field).show()
            return None
        value, (quantity, unit) = self._at_vertices(field)
        with written_file(Path(file)) as partial:
            if field == EQUIVALENT_FIELD:
                run_map(self, partial)()
            else:
                run_field(self, value, quantity, unit, partial)()
        return Path(file)

    def scene(self, field: str = EQUIVALENT_FIELD, *, off_screen: bool = False) -> pyvista.Plotter:
        """The scene that :meth:`plot` shows, for PyVista: ``off_screen`` draws it without a display.

        Raises
        ------
        fea.errors.InputError
            An unknown field.
        """
        value, (quantity, unit) = self._at_vertices(field)
        surface = surface_of(self.side_mesh, value, self.excluded_vertices, quantity)
        title = f"{self.case.bone_title}: {self.case.activity.title}"
        spots = self.side_hotspots if field == EQUIVALENT_FIELD else []
        return upright_scene(surface, f"{quantity} [{unit}]", title, self.sides, spots, off_screen=off_screen)

    def _at_vertices(self, field: str) -> tuple[npt.NDArray[np.float64], tuple[str, str]]:
        """Values (n,) of a field at the vertices, with what it is called and its unit."""
        if field not in FIELDS:
            raise unknown("field", field, FIELDS)
        if field in self.grid.point_data:
            return np.asarray(self.grid.point_data[field]), FIELDS[field]
        cells = np.asarray(self.grid.cell_data[field], dtype=np.float64)
        return vertex_mean(self.mesh, np.repeat(cells[:, None], 4, axis=1)), FIELDS[field]

    def along_shaft(self, sector: str | float, levels: npt.ArrayLike = SHAFT_LEVELS) -> pd.DataFrame:
        """Strain and stress on the outer surface along the shaft, one row for each level.

        Values are the extremes over the contact, units stand in the columns; in excluded zones they are NaN.

        Parameters
        ----------
        sector : str or float
            ``"posterior"``, ``"anteromedial"`` and so on, or a direction in degrees: 0 anterior or dorsal, 90 lateral.
        levels : array_like
            Fractions of the length from the distal end; by default from 0.05 to 0.95 by 0.01.

        Raises
        ------
        fea.errors.InputError
            An unknown sector, or a level outside 0 to 1.
        """
        import pandas as pd

        return pd.DataFrame(along_shaft(self, sector, levels).table()).set_index("level")

    def around(self, level: float, directions_deg: npt.ArrayLike = AROUND_DEG) -> pd.DataFrame:
        """Strain and stress around the section at a level, one row for each direction; see :meth:`along_shaft`.

        Parameters
        ----------
        level : float
            Fraction of the length from the distal end.
        directions_deg : array_like
            0 anterior or dorsal, 90 lateral; by default from −180 to 175 by 5.
        """
        import pandas as pd

        return pd.DataFrame(around(self, level, directions_deg).table()).set_index("direction_deg")

    def over_time(self, level: float, sector: str | float) -> pd.DataFrame:
        """Strain and stress at one point of the outer surface, one row for each instant of the contact.

        Raises
        ------
        fea.errors.InputError
            An unknown sector, a level outside 0 to 1, or a point in an excluded zone.
        """
        import pandas as pd

        return pd.DataFrame(at_point(self, level, sector).history()).set_index("time_s")

    def compare(
        self,
        other: RunResult | Path | str,
        *,
        plan: Named | Plan | None = None,
        across: Across | Collection[Across] = (),
    ) -> Comparison:
        """Comparison with another result or a run folder: what :func:`compare` says of their folders.

        Parameters
        ----------
        other : RunResult, path or str
            The other design, B; this result is A.
        plan, across
            As for :func:`compare`.

        Raises
        ------
        fea.errors.InputError
            As for :func:`compare`.
        """
        sides = side_of(self, "A"), side_of(other, "B") if isinstance(other, Result) else read_side(str(other))
        return compared(*sides, across=_checked_across(across), plan=_exposure(plan))

    def save_series(self, file: Path | str, frames: int = SERIES_FRAMES) -> Path:
        """Write the contact as time series for ParaView, ``.pvd``, and return its place.

        Parameters and errors are those of :func:`fea.folders.write_series`.
        """
        write_series(self, Path(file), frames)
        return Path(file)

    def save(self, folder: Path | str) -> Path:
        """Write the run folder that `bonefea run` writes, and return its place.

        Raises
        ------
        fea.errors.InputError
            The folder cannot be written, or holds something else.
        """
        write_run(self, Path(folder))
        return Path(folder)

    def __repr__(self) -> str:
        worst, out = self.worst, excluded_in_words(self.summary.excluded_volume_fraction)
        first = "" if worst is None else f"; {worst.site} {worst.strain_ue:+.0f} µε"
        return f"<{self.case.bone_title}: {self.case.activity.title}; p95 {self.summary.p95_ue:.0f} µε{out}{first}>"

    @cached_property
    def _html(self) -> str:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "map.png"
            run_map(self, file)()
            return run_snippet(self.case, self.hotspots, self.summary, file)

    def _repr_html_(self) -> str:
        return self._html


@dataclass(frozen=True, eq=False)
class PlanResult(Prediction):
    """The result of :func:`plan`: probability by day and site, band, sensitivity."""

    def to_pandas(self) -> pd.DataFrame:
        """One row for each week."""
        import pandas as pd

        return pd.DataFrame(weekly(self)).set_index("week")

    def save(self, folder: Path | str) -> Path:
        """Write the folder that `bonefea plan` writes, and return its place.

        Raises
        ------
        fea.errors.InputError
            The folder cannot be written, or holds something else.
        """
        write_plan(self, (), Path(folder))
        return Path(folder)


@dataclass(frozen=True, eq=False)
class BonesResult(BonesTogether):
    """The result of :func:`plan` for several bones of the same people: that any of them breaks, and each."""

    def to_pandas(self) -> pd.DataFrame:
        """Expected share of each bone and of any of them, one row for each week.

        Without virtual subjects the probability of the average person.
        """
        import pandas as pd

        ends = slice(WEEK_D - 1, None, WEEK_D)
        table = {one.question.bone.name: one.curve[ends] for one in self.bones} | {"any": self.curve[ends]}
        return pd.DataFrame(table, index=pd.RangeIndex(1, self.plan.weeks + 1, name="week"))

    def save(self, folder: Path | str) -> Path:
        """Write the folder that `bonefea plan` writes, and return its place; errors as :meth:`PlanResult.save`."""
        write_bones(self, (), Path(folder))
        return Path(folder)


def _with_options[F: Callable[..., Any]](kind: type[Any], *elsewhere: str) -> Callable[[F], F]:
    """Decorator that shows the options of a class in the signature of a function that takes them as keywords."""

    def dressed(function: F) -> F:
        own = [p for p in inspect.signature(function).parameters.values() if p.kind is not p.VAR_KEYWORD]
        more = [
            inspect.Parameter(f.name, inspect.Parameter.KEYWORD_ONLY, default=f.default, annotation=f.type)
            for f in fields(kind)
            if f.name not in elsewhere
        ]
        function.__signature__ = inspect.signature(function).replace(parameters=[*own, *more])  # type: ignore[attr-defined]
        return function

    return dressed


Named = str | os.PathLike[str]
"""A name that `bonefea list` shows, or a path."""


def _for_python[**P, R](function: Callable[P, R]) -> Callable[P, R]:
    """The same function, whose errors name arguments where those of the command line name options."""

    @functools.wraps(function)
    def saying(*positional: P.args, **named: P.kwargs) -> R:
        try:
            return function(*positional, **named)
        except (InputError, RunError) as error:
            said = re.sub(r"--[a-z][a-z-]*", lambda found: _ARGUMENTS.get(found[0], found[0]), str(error))
            raise type(error)(said.replace("body_mass_kg is", "mass_kg is")) from None

    return saying


_ARGUMENTS = {
    **{f"--{option.name.replace('_', '-')}": field for field, option in described(Options).items()},
    "--accept-implausible": "accept_implausible=True",
    "--across": "across",
    "--plan": "plan",
    "--yes": "many=True",
    "--dates": "dates",
    "--unit": "unit",
    "--no-cache": "use_cache=False",
}


@_for_python
def read_diary(
    file: Path | str,
    *,
    unit: DistanceUnit | None = None,
    dates: DateOrder | None = None,
    pre_conditioned: bool = False,
) -> Diary:
    """Training diary and the plan that it makes; parameters and errors are those of :func:`fea.case.read_diary`."""
    return diary_read(file, unit=unit, dates=dates, pre_conditioned=pre_conditioned)


@overload
def run(bone: Named, activity: Named, **options: Any) -> RunResult: ...


@overload
def run(bone: Named, activity: Sequence[Named], **options: Any) -> list[RunResult]: ...


@_with_options(Options)
@_for_python
def run(
    bone: Named,
    activity: Named | Sequence[Named],
    *,
    changes: Changes = (),
    use_cache: bool = True,
    **options: Any,
) -> RunResult | list[RunResult]:
    """Result of an activity on a bone, as `bonefea run` computes it, without writing a folder.

    Parameters
    ----------
    bone : str or path
        A name that `bonefea list` shows, or a path.
    activity : str or path, or a sequence of these
        The same; of several activities the results stand in a list, the bone being solved once.
    changes : sequence of str, or mapping of str to value
        Changes of the bone such as ``{"length_mm": 350}`` or ``["length_mm=350"]``.
    use_cache : bool
        Whether a bone solved earlier may serve, and this one be kept.
    **options
        The fields of :class:`fea.case.Options`: ``mass_kg``, ``speed_m_per_s``, ``pack_kg``, ``tissue``, ``size_mm``,
        ``support`` and so on.

    Raises
    ------
    fea.errors.InputError
        A mistake in the question.
    fea.errors.RunError
        The solution failed or is out of balance.
    """
    chosen = options_of(options, ("changes", "use_cache"))
    asked, several = _several(activity, "activity")
    names = [_named(one, "activity") for one in asked]
    cases = [resolved_with_trials(_named(bone, "bone"), name, chosen, changes=changes) for name in names]
    solved = solved_bone(*cases, use_cache=use_cache)
    results = [_run_result(evaluated(case, solved)) for case in cases]
    return results if several else results[0]


@overload
def plan(bone: Named, plan: Named | Plan, **options: Any) -> PlanResult: ...


@overload
def plan(bone: Named, plan: Sequence[Named | Plan], **options: Any) -> list[PlanResult]: ...


@overload
def plan(bone: Sequence[Named], plan: Named | Plan, **options: Any) -> BonesResult: ...


@overload
def plan(bone: Sequence[Named], plan: Sequence[Named | Plan], **options: Any) -> list[BonesResult]: ...


@_with_options(BodyOptions)
@_with_options(DesignOptions)
@_for_python
def plan(
    bone: Named | Sequence[Named],
    plan: Named | Plan | Sequence[Named | Plan],
    *,
    changes: Changes = (),
    tissue: TissueOptions | Named = "healthy",
    settings: RiskSettings | None = None,
    fatigue: Named | None = None,
    limit: float | None = None,
    use_cache: bool = True,
    **options: Any,
) -> PlanResult | BonesResult | list[PlanResult] | list[BonesResult]:
    """Prediction of a training plan on a bone, as `bonefea plan` computes it, without writing a folder.

    Parameters
    ----------
    bone : str or path, or a sequence of these
        A name that `bonefea list` shows, or a path; several bones are those of the same people.
    plan : str, path or Plan, or a sequence of these
        The same, or a plan made in Python; of several the predictions stand in a list, the bone being solved once.
    changes : sequence of str, or mapping of str to value
        Changes of the bone such as ``{"length_mm": 350}`` or ``["length_mm=350"]``.
    tissue : TissueOptions, str or path
        State of the tissue.
    settings : RiskSettings, optional
        Life law, strain, form of the equations, numbers of samples.
    fatigue : path, optional
        Laws, repair and calibration of your own, TOML.
    limit : float, optional
        Expected share, such as 0.01, below which the largest weekly growth and the fewest rest days are sought.
    use_cache : bool
        Whether a bone solved earlier may serve, and this one be kept.
    **options
        The fields of :class:`fea.case.BodyOptions`: ``mass_kg``, ``size_mm``, ``support``, ``side``; and of
        :class:`fea.case.DesignOptions`, which take the place of the plan's own: ``footwear``, ``carriage``,
        ``pack_kg``, ``speed_m_per_s``, ``height_m``, ``step_rate_per_min``.

    Raises
    ------
    fea.errors.InputError
        A mistake in the question.
    fea.errors.RunError
        The solution failed.
    """
    known = ("changes", "tissue", "settings", "fatigue", "limit", "use_cache")
    for name in options:
        if name in {f.name for f in fields(TissueOptions)} - {"tissue"}:
            raise InputError(f"{name} is an option of the tissue; give tissue=TissueOptions({name}=…).")
    chosen_options = options_of(options, known)
    body = part(BodyOptions, chosen_options)
    design = DesignOptions(
        **{f.name: getattr(chosen_options, f.name) for f in fields(DesignOptions) if f.name in options}
    )
    asked, several = _several(plan, "plan")
    plans = [in_design(one if isinstance(one, Plan) else read_plan(_named(one, "plan")), design) for one in asked]
    named, joint = _several(bone, "bone")
    bones = [read_bone(_named(one, "bone"), changes) for one in named]
    state = read_tissue(tissue if isinstance(tissue, TissueOptions) else _named(tissue, "tissue"))
    laws = read_fatigue(None if fatigue is None else Path(fatigue))
    chosen = settings or RiskSettings()
    questions = [[PlanQuestion(one, own, state, laws, body, chosen, limit) for own in bones] for one in plans]
    if joint:
        together = [_as(BonesResult, one) for one in run_bones(questions, None, use_cache=use_cache)]
        return together if several else together[0]
    found = run_plans([one for (one,) in questions], None, use_cache=use_cache)
    results = [_as(PlanResult, one) for one in found]
    return results if several else results[0]


def _as[R](kind: type[R], one: Prediction | BonesTogether) -> R:
    """The same record as the kind that people hold."""
    return kind(**{f.name: getattr(one, f.name) for f in fields(one)})


def _several(given: object, argument: str) -> tuple[Sequence[object], bool]:
    """What is given as a sequence, and whether it came as one."""
    if isinstance(given, str | os.PathLike) or not isinstance(given, Sequence):
        return [given], False
    if not given:
        raise InputError(f"{argument} is empty; name at least one.")
    return given, True


def _named(given: object, argument: str) -> str:
    """A name of the library or a path as text; an object that is a path never stands for a name."""
    if isinstance(given, str):
        return given
    if isinstance(given, os.PathLike):
        path = os.fspath(given)
        if isinstance(path, str):
            return path if is_path(path) else os.path.join(os.curdir, path)  # noqa: PTH118 - pathlib drops the dot
    raise InputError(f"{argument} is {given!r}; a name or a path is needed.")


@_for_python
def study(
    study: Named,
    out: Path | str,
    *,
    workers: int | None = None,
    scheduler: str | None = None,
    retry_failed: bool = False,
    many: bool = False,
) -> StudyResult:
    """Finished study, run in its folder as `bonefea study` does; cases that are finished there are not run again.

    Parameters
    ----------
    study : str or path
        A name that `bonefea list` shows, or a path.
    out : path
        Its folder.
    workers, scheduler, retry_failed
        As for :func:`fea.folders.study.run_study`.
    many : bool
        Whether more than 5000 cases are meant.

    Raises
    ------
    fea.errors.InputError
        A mistake in the question, or a folder that cannot be used.
    fea.errors.RunError
        The disk is full, or every case failed.
    """
    name = _named(study, "study")
    question = read_study(name)
    beside = Path(name).parent if is_path(name) else None
    execute_study(
        question,
        plan_of(question, beside, many=many),
        Path(out),
        workers=workers,
        scheduler=scheduler,
        retry_failed=retry_failed,
    )
    return load(out)


@overload
def compare(
    a: Prediction | BonesTogether, b: Prediction | BonesTogether, out: Path | str | None = None
) -> PlanComparison: ...


@overload
def compare(
    a: Result,
    b: Result,
    out: Path | str | None = None,
    *,
    plan: Named | Plan | None = None,
    across: Across | Collection[Across] = (),
    margin_percent: float = MARGIN_PERCENT,
    progress: Progress = silent,
) -> Comparison: ...


@overload
def compare(
    a: Path | str,
    b: Path | str,
    out: Path | str | None = None,
    *,
    plan: Named | Plan | None = None,
    across: Across | Collection[Across] = (),
    margin_percent: float = MARGIN_PERCENT,
    progress: Progress = silent,
) -> Comparison | PlanComparison: ...


@_for_python
def compare(
    a: Path | str | Result | Prediction | BonesTogether,
    b: Path | str | Result | Prediction | BonesTogether,
    out: Path | str | None = None,
    *,
    plan: Named | Plan | None = None,
    across: Across | Collection[Across] = (),
    margin_percent: float = MARGIN_PERCENT,
    progress: Progress = silent,
) -> Comparison | PlanComparison:
    """Comparison of two runs, two plans, two designs within a study or two studies; ``conclusion`` says it in words.

    Parameters
    ----------
    a, b : path or str, or results
        ``FOLDER``, or ``FOLDER@factor=level,factor=level`` of a study; or two results of :func:`run` or :func:`plan`.
    out : path, optional
        The folder to write, as `bonefea compare` does.
    plan : str, path or Plan, optional
        Training whose kilometres or repetitions each design does, for damage and probability; by default
        ``ten_percent``, or ``jump_block`` of activities that go by repetitions; ``"none"`` gives neither.
    across : {"activity"}, or a collection of these
        Inputs that may differ although their difference is usually a mistake.
    margin_percent : float
        Difference of the means over subjects, in % of A, within which the designs count as equivalent.
    progress : callable, optional
        Hears each step as it begins.

    Raises
    ------
    fea.errors.InputError
        Folders that cannot be read or compared, a plan that does not fit, or ``out`` cannot be written.
    fea.errors.RunError
        A bone has to be solved anew, and that failed.
    """
    place, allowed = None if out is None else Path(out), _checked_across(across)
    if isinstance(a, Path | str) and isinstance(b, Path | str):
        exposure = plan if plan is None or isinstance(plan, Plan) else _named(plan, "plan")
        return compare_folders(
            str(a), str(b), place, plan=exposure, across=allowed, margin_percent=margin_percent, progress=progress
        )
    sides: tuple[Side, Side] | tuple[PlanSide, PlanSide]
    if isinstance(a, Result) and isinstance(b, Result):
        sides = side_of(a, "A"), side_of(b, "B")
    elif isinstance(a, Prediction | BonesTogether) and isinstance(b, Prediction | BonesTogether):
        sides = plan_side(a), plan_side(b)
    else:
        raise InputError("a and b are of different kinds; compare two folders, two results of a run, or two of a plan.")
    return _compared(sides, ("A", "B"), place, _exposure(plan), allowed, margin_percent, progress)


def _checked_across(across: Across | Collection[Across]) -> Collection[Across]:
    for one in (across := (across,) if isinstance(across, str) else across):
        if one not in get_args(Across):
            raise out_of_range("across", one, ", ".join(get_args(Across)))
    return across


def _exposure(plan: object) -> Plan | Literal["none"] | None:
    """The plan by which a comparison counts damage, read if it is named."""
    if plan is None or isinstance(plan, Plan):
        return plan
    name = _named(plan, "plan")
    return "none" if name == "none" else read_plan(name)


def validate(
    coarser: float = 1.0, *, bones: Collection[str] | None = None, use_cache: bool = True, progress: Progress = silent
) -> list[Validation]:
    """Published values beside the model's; parameters and errors are those of :func:`fea.checks.compared`."""
    return validated(coarser, bones=bones, use_cache=use_cache, progress=progress)


def animate(
    place: Path | str,
    file: Path | str,
    *,
    frames: int = 40,
    fps: float = 12.5,
    replaces: bool = True,
    use_cache: bool = True,
    progress: Progress = silent,
) -> None:
    """Write the contact of a run folder as GIF or MP4; its case is evaluated again.

    Parameters
    ----------
    place : path
        The run folder.
    file : path
        The file to write, ending in ``.gif`` or ``.mp4``; it appears when it is whole.
    frames, fps
        Those of :func:`fea.show.motion.write_motion`.
    replaces : bool
        Whether a file that stands there is replaced.
    use_cache, progress
        As everywhere.

    Raises
    ------
    fea.errors.InputError
        The folder is not that of a run, its activity is a single instant, a number outside its range, or a file
        that cannot be written.
    fea.errors.MissingDependency
        The writer of MP4 is not installed, or this machine cannot draw without a display.
    fea.errors.RunError
        The solution failed or is out of balance.
    """
    out = Path(file)
    check_ending(out)
    check_pace(frames, fps)
    case = read_question(Path(place))
    with written_file(out, replaces=replaces) as partial:
        result = Result(case, solved_bone(case, use_cache=use_cache, progress=progress))
        progress("render")
        write_motion(result, partial, frames=frames, fps=fps)


# ---------------------------------------------------------------- what the command line calls


def run_cases(
    cases: Sequence[Case],
    folders: Sequence[Path],
    *,
    solver: SolverName | None = None,
    threads: int | None = None,
    use_cache: bool = True,
    pictures: Collection[ExtraPicture] = (),
    progress: Progress = silent,
) -> list[RunResult]:
    """Results of cases of one bone; the run folder of each is written as soon as it is solved.

    Parameters
    ----------
    cases : sequence of Case
        The questions; all about the same bone, tissue, support and element size, which is solved once.
    folders : sequence of Path
        One for each case; an earlier run there is replaced when this one is whole.
    solver : {"mumps", "pardiso", "multigrid"}, optional
        The linear solver; the fastest that fits by default.
    threads : int, optional
        Threads to compute on; one for each physical core by default.
    use_cache : bool
        Whether a bone solved earlier may serve, and this one be kept.
    pictures : collection of {"density"}
        Drawn beside the usual ones.
    progress : callable, optional
        Hears each step as it begins.

    Raises
    ------
    fea.errors.InputError
        A folder cannot be written, or a case is not sound.
    fea.errors.RunError
        The solution failed or is out of balance.
    """
    asked = {(c.bone.model_dump_json(), c.tissue.model_dump_json(), c.size_mm, c.support) for c in cases}
    if len(asked) > 1:
        raise InputError("the cases differ in bone, tissue, support or element size; run those apart.")
    results: list[RunResult] = []
    bone: SolvedBone | None = None
    begun: Callable[[], None] | None = None
    with solving_with(solver, threads), _drawing() as draw:
        try:
            for case, place in zip(cases, folders, strict=True):
                with ExitStack() as open_folder:
                    folder = open_folder.enter_context(written_folder(place, owned_by("run")))
                    spent: dict[str, float] = {}
                    if bone is None:
                        bone = solved_bone(*cases, use_cache=use_cache, progress=progress)
                        spent = dict(bone.basis.wall_s)
                    result = evaluated(case, bone, progress)
                    result.wall_s.update(spent | result.wall_s)
                    rest = begun_run(result, folder, progress, pictures, draw)
                    begun, before = functools.partial(_completed, open_folder.pop_all(), rest), begun
                if before is not None:
                    before()
                results.append(_run_result(result))
        finally:
            if begun is not None:
                begun()
    return results


def _drawing() -> AbstractContextManager[Draw]:
    """Pictures are drawn beside this process where it has several cores, and has not loaded what draws them already."""
    return drawing(beside=thread_count() > 1 and "pyvista" not in sys.modules)


def _completed(open_folder: ExitStack, rest: Callable[[], None]) -> None:
    """Write the rest into a folder and put it in its place."""
    with open_folder:
        rest()


def run_plans(
    questions: Sequence[PlanQuestion],
    place: Path | None,
    *,
    solver: SolverName | None = None,
    threads: int | None = None,
    use_cache: bool = True,
    progress: Progress = silent,
) -> list[Prediction]:
    """Predictions of training plans on one bone, and a folder for the first, compared with the others.

    Parameters
    ----------
    questions : sequence of PlanQuestion
        The plan, and those to compare it with; bone, tissue and body are the same.
    place : Path, optional
        The folder; an earlier plan there is replaced when this one is whole.
    solver, threads, use_cache, progress
        As for :func:`run_cases`.

    Raises
    ------
    fea.errors.InputError
        The folder cannot be written, or a plan does not fit the bone.
    fea.errors.RunError
        The solution failed.
    """
    cases = [case for question in questions for case in question.every_case()]
    with ExitStack() as stack:
        stack.enter_context(solving_with(solver, threads))
        folder = None if place is None else stack.enter_context(written_folder(place, owned_by("plan")))
        bone = solved_bone(*cases, use_cache=use_cache, progress=progress)
        found = [limited(predicted(question, bone, progress), progress) for question in questions]
        found[0].wall_s.update({**bone.basis.wall_s, **found[0].wall_s})
        if folder is not None:
            fill_plan(found[0], found[1:], folder, progress)
    return found


def run_bones(
    questions: Sequence[Sequence[PlanQuestion]],
    place: Path | None,
    *,
    solver: SolverName | None = None,
    threads: int | None = None,
    use_cache: bool = True,
    progress: Progress = silent,
) -> list[BonesTogether]:
    """Predictions of training plans on several bones of the same people, and a folder for the first plan.

    Parameters
    ----------
    questions : sequence of sequences of PlanQuestion
        For each plan one for each bone; those of a plan differ in the bone alone, and are numbered here. The limit is
        that of the first bone's question.
    place, solver, threads, use_cache, progress
        As for :func:`run_plans`.

    Raises
    ------
    fea.errors.InputError
        The folder cannot be written, a bone is named twice, or the plan does not fit one.
    fea.errors.RunError
        The solution failed.
    """
    names = [question.bone.name for question in questions[0]]
    for name in names:
        if names.count(name) > 1:
            raise InputError(f"the bone {name!r} is named twice; name each once.")
    if len(names) > MOST_BONES:
        raise out_of_range("bones of one person", len(names), f"1 to {MOST_BONES}")
    by_bone = [
        [replace(one, number=number, bones=len(names)) for one in own]
        for number, own in enumerate(zip(*questions, strict=True))
    ]
    cases = [[case for question in own for case in question.every_case()] for own in by_bone]
    found = []
    with ExitStack() as stack:
        stack.enter_context(solving_with(solver, threads))
        folder = None if place is None else stack.enter_context(written_folder(place, owned_by("plan")))
        for own, loads in zip(by_bone, cases, strict=True):
            bone = solved_bone(*loads, use_cache=use_cache, progress=progress)
            found.append([predicted(question, bone, progress) for question in own])
            found[-1][0].wall_s.update({**bone.basis.wall_s, **found[-1][0].wall_s})
        plans = [limited(bones_together(of_plan), progress) for of_plan in zip(*found, strict=True)]
        if folder is not None:
            fill_bones(plans[0], plans[1:], folder, progress)
    return plans


def compare_folders(
    a: str,
    b: str,
    place: Path | None,
    *,
    plan: Plan | str | None = None,
    across: Collection[Across] = (),
    margin_percent: float = MARGIN_PERCENT,
    progress: Progress = silent,
) -> Comparison | PlanComparison:
    """Comparison of two folders, written to ``place`` if given; parameters and errors are those of :func:`compare`."""
    exposure = _exposure(plan)
    progress("read")
    return _compared(read_sides(a, b), (a, b), place, exposure, across, margin_percent, progress)


def _compared(
    sides: tuple[Side, Side] | tuple[PlanSide, PlanSide],
    names: tuple[str, str],
    place: Path | None,
    plan: Plan | Literal["none"] | None,
    across: Collection[Across],
    margin_percent: float,
    progress: Progress,
) -> Comparison | PlanComparison:
    """Comparison of two sides, written to ``place`` if given."""
    progress("compare")
    a, b = sides
    found: Comparison | PlanComparison
    if isinstance(a, PlanSide) and isinstance(b, PlanSide):
        if plan is not None or across:
            raise InputError("two plans are compared as they are; leave out --plan and --across.")
        found = compared_plans(a, b)
    else:
        assert isinstance(a, Side)
        assert isinstance(b, Side)
        found = compared(a, b, across=across, plan=plan, margin_percent=margin_percent, progress=progress)
    if place is not None:
        progress("render")
        write_comparison(found, names, place)
    return found


def execute_study(
    asked: Study,
    plan: StudyPlan,
    out: Path,
    *,
    workers: int | None = None,
    scheduler: str | None = None,
    retry_failed: bool = False,
    progress: Callable[[StudyProgress], None] = lambda _: None,
) -> Outcome:
    """Outcome of a study, run and drawn; for parameters and errors see :func:`fea.folders.study.run_study`."""
    outcome = run_study(
        asked, plan, out, workers=workers, scheduler=scheduler, retry_failed=retry_failed, progress=progress
    )
    finished = load(out)
    if varying(finished):
        with written_file(out / "study.png") as partial:
            draw_study(finished, partial)
    return outcome


def _run_result(result: Result) -> RunResult:
    """The same result with tables and pictures; what was computed stays."""
    found = RunResult(result.case, result.bone, result.wall_s)
    found.__dict__.update(result.__dict__)
    return found
