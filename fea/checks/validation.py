# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Published values beside the model's: every row is shown, also those that disagree."""

from __future__ import annotations

import importlib.resources
import tomllib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Literal, Self

from pydantic import Field, model_validator

from fea.case import Case, Options, Record, Sourced, checked, read_bone, resolved
from fea.checks.measures import MEASURES
from fea.checks.risks import RISKS, RiskRows
from fea.evaluate import Result, solved_bone
from fea.files import Progress, silent

Verdict = Literal["within 1 SD", "within 2 SD", "outside", "within range", "outside range", "no spread"]

_DECIMALS = 9
"""Of a value in the unit of its row; what is less is round-off, as of a strain that is never reached."""

Key = tuple[str, str, float | None, float | None, str]


class PublishedValue(Sourced):
    """A published value and the measure of the model that is compared with it.

    ``value`` with or without ``sd``, or a range from ``low`` to ``high``, in the unit of ``measure``; with
    ``over`` the measure is divided by that of another activity on the same bone in the same shoe.
    """

    quantity: str
    """Quantity that is compared, in words."""
    bone: str = "tibia"
    """Bone."""
    footwear: str = "conventional"
    """Shoe."""
    activity: str
    """Activity that is run."""
    speed_m_per_s: float | None = None
    """Speed; the activity's own by default."""
    height_m: float | None = None
    """Drop height; the activity's own by default."""
    over: str | None = None
    """Activity that the measure is divided by."""
    over_speed_m_per_s: float | None = None
    """Speed of that activity."""
    over_height_m: float | None = None
    """Drop height of that activity."""
    measure: str
    """Measure of the run."""
    gauge: str | None = None
    """Gauge that is read."""
    value: float | None = None
    """Published value, in the unit of the measure."""
    sd: float | None = None
    """Its standard deviation."""
    low: float | None = None
    """Lower end of a published range."""
    high: float | None = None
    """Upper end of a published range."""

    @property
    def key(self) -> Key:
        """Run that is compared: bone, activity, speed, height, shoe."""
        return self.bone, self.activity, self.speed_m_per_s, self.height_m, self.footwear

    @property
    def base(self) -> Key | None:
        """Run whose measure divides it; None if there is none."""
        if self.over is None:
            return None
        return self.bone, self.over, self.over_speed_m_per_s, self.over_height_m, self.footwear

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.value is None) == (self.low is None) or (self.low is None) != (self.high is None):
            raise ValueError(f"{self.quantity}: give a value, or low and high")
        if self.measure not in MEASURES and self.measure not in RISKS:
            raise ValueError(f"{self.quantity}: there is no measure {self.measure!r}")
        return self


class Published(Record):
    """The rows of ``loadcases/shared/published.toml``."""

    schema_version: Literal[1] = Field(alias="schema")
    kind: Literal["published"]
    rows: tuple[PublishedValue, ...]
    """Published values."""


@dataclass(frozen=True)
class ValidationRow:
    """A published value with the model's value, in the same unit, and the verdict."""

    row: PublishedValue
    model: float
    verdict: Verdict


def published() -> tuple[PublishedValue, ...]:
    """All published values."""
    file = importlib.resources.files("fea.loadcases") / "shared" / "published.toml"
    return checked(Published, tomllib.loads(file.read_text(encoding="utf-8")), "published values").rows


def unchanged(case: Case) -> Case:
    """The same case."""
    return case


def compared(
    coarser: float = 1.0,
    *,
    varied: Callable[[Case], Case] = unchanged,
    bones: Collection[str] | None = None,
    risk: bool = True,
    use_cache: bool = True,
    progress: Progress = silent,
) -> list[ValidationRow]:
    """Every published value beside the model's, for a man of 70 kg.

    Parameters
    ----------
    coarser : float
        Factor on the edge length of the elements that each bone's file gives.
    varied : callable, optional
        Change of each case before it is run, such as that of an uncertain input.
    bones : collection of str, optional
        The bones whose rows are wanted; by default all.
    risk : bool
        Whether rows of the risk of fractures are wanted, which ``varied`` does not change.
    use_cache : bool
        Whether a basis solved earlier may serve.
    progress : callable, optional
        Progress callback.

    Raises
    ------
    fea.errors.RunError
        The solution failed or is out of balance.
    """
    rows = [r for r in published() if (bones is None or r.bone in bones) and (risk or r.measure not in RISKS)]
    of_runs = [r for r in rows if r.measure in MEASURES]
    wanted = {r.key for r in of_runs} | {r.base for r in of_runs if r.base is not None}
    values: dict[tuple[Key, str, str | None], float] = {}
    for bone in dict.fromkeys(r.bone for r in of_runs):
        description = read_bone(bone)
        size = coarser * description.size_mm * description.magnification
        cases: dict[Key, Case] = {}
        for key in sorted((k for k in wanted if k[0] == bone), key=str):
            _, activity, speed, height, footwear = key
            options = Options(speed_m_per_s=speed, height_m=height, footwear=footwear, size_mm=size)
            cases[key] = varied(resolved(bone, activity, options))
        solved = solved_bone(*cases.values(), use_cache=use_cache, progress=progress)
        for key, case in cases.items():
            result = Result(case, solved)
            progress(f"{bone}: {case.activity.title}")
            for r in of_runs:
                if key in {r.key, r.base}:
                    values[key, r.measure, r.gauge] = MEASURES[r.measure](result, r.gauge)
    shares = RiskRows(coarser, use_cache, progress)
    for r in rows:
        if r.measure in RISKS:
            values[r.key, r.measure, r.gauge] = RISKS[r.measure](shares)
    return [_comparison(r, values) for r in rows]


def _comparison(row: PublishedValue, values: Mapping[tuple[Key, str, str | None], float]) -> ValidationRow:
    model = values[row.key, row.measure, row.gauge]
    if row.base is not None:
        model /= values[row.base, row.measure, row.gauge]
    model = round(model, _DECIMALS)
    return ValidationRow(row, model, verdict(row, model))


def verdict(row: PublishedValue, model: float) -> Verdict:
    """Position of the model's value relative to a published one, in words.

    Examples
    --------
    >>> common = {"evidence": "V", "source": "s", "quantity": "q", "activity": "a", "measure": "p95_ue"}
    >>> verdict(PublishedValue(value=10.0, sd=2.0, **common), 13.0)
    'within 2 SD'
    >>> verdict(PublishedValue(low=1.0, high=2.0, **common), 3.0)
    'outside range'
    """
    if row.low is not None and row.high is not None:
        return "within range" if row.low <= model <= row.high else "outside range"
    assert row.value is not None
    if row.sd is None:
        return "no spread"
    off = abs(model - row.value) / row.sd
    return "within 1 SD" if off <= 1.0 else "within 2 SD" if off <= 2.0 else "outside"
