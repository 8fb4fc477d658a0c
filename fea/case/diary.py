# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""A training diary as a plan: runs and walks by date, grouped by speed, with an account of what was read."""

from __future__ import annotations

import re
import statistics
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Literal

from fea.case.plan import DAYS, MOST_KM, MOST_WEEKS, Plan
from fea.case.stance import StanceActivity
from fea.case.tables import checked
from fea.errors import InputError

Gait = Literal["running", "walking"]
GAITS: tuple[Gait, ...] = ("running", "walking")
"""Activities of the library that a diary can hold."""

SPEED_STEP = 0.1
"""Runs are grouped by speed, m/s: each distinct load is evaluated once."""
MOST_SPEED = 7.6
"""The world record over 1000 m, m/s; a mean speed above it is a ride or another unit."""
_STEP_RATE = (0.7, 1.3)
"""Range of a step rate that an activity takes, as shares of the usual one at its speed."""


@dataclass(frozen=True)
class DiaryRun:
    """A run or a walk of a diary: date, km, and as far as it is known m/s, steps of both feet a minute, m climbed."""

    day: date
    gait: Gait
    distance_km: float
    speed_m_per_s: float | None = None
    step_rate_per_min: float | None = None
    climb_m: float | None = None


@dataclass(frozen=True)
class Entries:
    """What a reader finds: runs, how it understood the file, and what it leaves out by reason."""

    runs: tuple[DiaryRun, ...]
    read_as: tuple[str, ...] = ()
    other_sports: Counter[str] = field(default_factory=Counter)
    passed_over: Counter[str] = field(default_factory=Counter)

    @classmethod
    def of(cls, several: Sequence[Entries]) -> Entries:
        """The entries of several files together."""
        return cls(
            tuple(run for one in several for run in one.runs),
            tuple(dict.fromkeys(said for one in several for said in one.read_as)),
            sum((one.other_sports for one in several), Counter()),
            sum((one.passed_over for one in several), Counter()),
        )


@dataclass(frozen=True)
class Diary:
    """A training diary: its runs, the plan that they make, and an account of what was read, sentence by sentence."""

    runs: tuple[DiaryRun, ...]
    plan: Plan
    account: tuple[str, ...]


def check_run(distance_km: float, speed_m_per_s: float | None, mistake: Callable[[str], InputError]) -> None:
    """Refuse a run that is longer than a session may be, or faster than anyone runs.

    Raises
    ------
    fea.errors.InputError
        See above; ``mistake`` makes it of a sentence.
    """
    if distance_km > MOST_KM:
        raise mistake(f"{distance_km:,.6g} km; a session may have up to {MOST_KM:g} km")
    if speed_m_per_s is not None and speed_m_per_s > MOST_SPEED:
        raise mistake(
            f"{distance_km:.4g} km at {speed_m_per_s:.1f} m/s; no one runs faster than {MOST_SPEED:g} m/s for "
            "long; it may be a ride, or in another unit"
        )


def diary_of(
    entries: Entries, file: Path, activities: Mapping[Gait, StanceActivity], *, pre_conditioned: bool = False
) -> Diary:
    """Diary of the entries of a file, weeks beginning on Monday and a week without a run being rest.

    Runs are grouped by speed to 0.1 m/s, and all runs of a speed have one step rate, their mean weighted by distance.
    A speed outside the range of its activity is taken at the end of the range, the distance as it is.

    Parameters
    ----------
    entries : Entries
        What was read.
    file : Path
        The file or folder that it was read from, for names and titles.
    activities : mapping of gait to StanceActivity
        The activities that runs and walks become.
    pre_conditioned : bool
        Whether the bone is pre-conditioned to the first week.

    Raises
    ------
    fea.errors.InputError
        There is no run, or more than 100 km on a day.
    """
    runs = tuple(sorted(entries.runs, key=lambda run: run.day))
    if not runs:
        raise InputError(f"{str(file)!r} holds no run or walk{_reasons(entries)}.")
    last = _monday(runs[-1].day)
    earliest = last - timedelta(weeks=MOST_WEEKS - 1)
    kept = tuple(run for run in runs if run.day >= earliest)
    first = _monday(kept[0].day)
    speeds, clamped = _speeds(kept, activities)
    rates, odd = _step_rates(kept, speeds, activities)
    account = _account(entries, kept, file, [*clamped, *odd], len(runs) - len(kept), earliest)
    account.append("the bone is pre-conditioned to the first week" if pre_conditioned else "the bone comes from rest")
    table = {
        "schema": 1,
        "kind": "plan",
        "name": re.sub(r"[^A-Za-z0-9_.-]", "_", file.stem).lstrip("_.-")[:64] or "diary",
        "title": f"Diary {file.name}, {kept[0].day} to {kept[-1].day}",
        "accustomed": pre_conditioned,
        "sources": {"diary": "; ".join(account)},
        "blocks": _blocks(kept, speeds, rates, first),
    }
    return Diary(kept, checked(Plan, table, f"diary {str(file)!r}"), tuple(account))


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _speeds(
    runs: Sequence[DiaryRun], activities: Mapping[Gait, StanceActivity]
) -> tuple[list[float | None], list[str]]:
    """Speed of each run as it is modelled, and what had to be moved into the range of the activity."""
    speeds: list[float | None] = []
    moved: Counter[tuple[Gait, str]] = Counter()
    unknown: Counter[Gait] = Counter()
    for run in runs:
        demand = activities[run.gait].demand
        assert demand is not None
        if run.speed_m_per_s is None:
            unknown[run.gait] += 1
            speeds.append(None)
            continue
        inside = min(max(run.speed_m_per_s, demand.lowest), demand.highest)
        if abs(inside - run.speed_m_per_s) > SPEED_STEP / 2:
            side = "slower" if inside > run.speed_m_per_s else "faster"
            moved[run.gait, f"{side} than {inside:g} m/s taken at {inside:g} m/s"] += 1
        speeds.append(round(round(inside / SPEED_STEP) * SPEED_STEP, 6))
    said = [f"{_counted(count, gait)} {how}" for (gait, how), count in moved.items()]
    for gait, count in unknown.items():
        demand = activities[gait].demand
        assert demand is not None
        said.append(f"{_counted(count, gait)} without duration or pace taken at {demand.default:g} m/s")
    return speeds, said


def _step_rates(
    runs: Sequence[DiaryRun], speeds: Sequence[float | None], activities: Mapping[Gait, StanceActivity]
) -> tuple[dict[tuple[Gait, float | None], float], list[str]]:
    """Step rate of each gait and speed, the mean weighted by distance; those that no one steps are passed over."""
    found: dict[tuple[Gait, float | None], list[tuple[float, float]]] = defaultdict(list)
    odd = 0
    for run, speed in zip(runs, speeds, strict=True):
        usual = activities[run.gait].step_rate_per_min
        demand = activities[run.gait].demand
        assert usual is not None
        assert demand is not None
        if run.step_rate_per_min is None:
            continue
        relative = run.step_rate_per_min / usual.value(demand.default if speed is None else speed)
        if _STEP_RATE[0] <= relative <= _STEP_RATE[1]:
            found[run.gait, speed].append((run.step_rate_per_min, run.distance_km))
        else:
            odd += 1
    rates = {
        key: float(round(sum(rate * km for rate, km in values) / sum(km for _, km in values)))
        for key, values in found.items()
    }
    low, high = (f"{100.0 * share:.0f}" for share in _STEP_RATE)
    return rates, [f"{odd} step rates outside {low} to {high} % of the usual passed over"] if odd else []


def _blocks(
    runs: Sequence[DiaryRun],
    speeds: Sequence[float | None],
    rates: Mapping[tuple[Gait, float | None], float],
    first: date,
) -> list[dict[str, object]]:
    """Blocks of a plan's table: a week each, equal neighbours in one."""
    weeks: dict[int, dict[tuple[Gait, float | None, int], float]] = defaultdict(lambda: defaultdict(float))
    for run, speed in zip(runs, speeds, strict=True):
        week, day = divmod((run.day - first).days, 7)
        weeks[week][run.gait, speed, day] += run.distance_km
    blocks: list[dict[str, object]] = []
    for week in range(max(weeks) + 1):
        sessions = _sessions(weeks.get(week, {}), rates)
        if blocks and blocks[-1]["sessions"] == sessions:
            blocks[-1]["weeks"] = (blocks[-1]["weeks"][0], week + 1)  # type: ignore[index]
        else:
            blocks.append({"weeks": (week + 1, week + 1), "sessions": sessions})
    return blocks


def _sessions(
    week: Mapping[tuple[Gait, float | None, int], float], rates: Mapping[tuple[Gait, float | None], float]
) -> list[dict[str, object]]:
    """Sessions of a week, the days of equal ones together."""
    days: dict[tuple[Gait, float | None, float], list[int]] = defaultdict(list)
    for (gait, speed, day), distance in sorted(week.items(), key=lambda item: item[0][2]):
        days[gait, speed, round(distance, 3)].append(day)
    sessions: list[dict[str, object]] = []
    for (gait, speed, distance), on in days.items():
        options = {"speed_m_per_s": speed, "step_rate_per_min": rates.get((gait, speed))}
        sessions.append(
            {
                "activity": gait,
                "days": tuple(DAYS[day] for day in on),
                "distance_km": distance,
                **{name: value for name, value in options.items() if value is not None},
            }
        )
    return sessions


# ---------------------------------------------------------------- the account


def _account(
    entries: Entries, runs: Sequence[DiaryRun], file: Path, changed: Sequence[str], early: int, earliest: date
) -> list[str]:
    """What was read, how it was understood, what was changed and what is left out; a sentence each."""
    account = [f"{file.name}: {_what(runs)}"]
    if entries.read_as:
        account.append(f"read as {', '.join(entries.read_as)}")
    out = [f"{count} {reason}" for reason, count in entries.passed_over.items()]
    if entries.other_sports:
        names = ", ".join(f"{name} {count}" for name, count in entries.other_sports.most_common())
        out.insert(0, f"other sports ({names})")
    if early:
        out.append(f"{early} before {earliest}, since a plan holds {MOST_WEEKS} weeks")
    if out:
        account.append(f"left out: {', '.join(out)}")
    account += changed
    climb = sum(run.climb_m or 0.0 for run in runs)
    if climb > 0.0:
        account.append(f"{climb:,.0f} m of climb are ignored: the loads are those of level ground")
    return account


def _what(runs: Sequence[DiaryRun]) -> str:
    counts = Counter(run.gait for run in runs)
    many = " and ".join(_counted(counts[gait], gait) for gait in GAITS if counts[gait])
    weeks = {_monday(run.day) for run in runs}
    span = (max(weeks) - min(weeks)).days // 7 + 1
    rest = f", {span - len(weeks)} of them rest" if span > len(weeks) else ""
    km = sum(run.distance_km for run in runs)
    when = f"from {runs[0].day} to {runs[-1].day}" if runs[0].day < runs[-1].day else f"on {runs[0].day}"
    said = f"{many} {when}, {km:,.4g} km in {span} week{'s' * (span > 1)}{rest}"
    timed = [run for run in runs if run.gait == "running" and run.speed_m_per_s]
    if timed:
        speeds = [run.speed_m_per_s or 1.0 for run in timed]
        mean = sum(run.distance_km for run in timed) / sum(
            run.distance_km / speed for run, speed in zip(timed, speeds, strict=True)
        )
        said += f"; running at {_pace(mean)} /km ({mean:.1f} m/s), {_pace(max(speeds))} to {_pace(min(speeds))}"
    steps = [run.step_rate_per_min for run in timed if run.step_rate_per_min]
    return said + (f", {statistics.mean(steps):.0f} steps a minute" if steps else "")


def _counted(count: int, gait: Gait) -> str:
    """A number of runs or walks in words."""
    return f"{count} {'run' if gait == 'running' else 'walk'}{'s' * (count != 1)}"


def _pace(speed: float) -> str:
    minutes, seconds = divmod(round(1000.0 / speed), 60)
    return f"{minutes}:{seconds:02}"


def _reasons(entries: Entries) -> str:
    out: Iterable[str] = [
        *(f"{count} {reason}" for reason, count in entries.passed_over.items()),
        *(f"{count} {name}" for name, count in entries.other_sports.most_common(5)),
    ]
    said = ", ".join(out)
    return f": {said}" if said else ""
