# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Published values beside the model's: every row is shown, also those that disagree."""

from __future__ import annotations

import importlib.resources
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, Self

import numpy as np
from pydantic import Field, model_validator

from fea.answer import THRESHOLDS_UE, Run, read
from fea.bone import TISSUES
from fea.case import Options, Stance, resolved
from fea.case.description import Record, Sourced
from fea.case.library import checked
from fea.loading import stance_forces
from fea.solve import cached_basis, support_of
from fea.solve.basis import Announce, silent
from fea.strain import Summary, equivalent, principal, summarised

Verdict = Literal["within 1 SD", "within 2 SD", "outside", "within range", "outside range", "no spread"]

Key = tuple[str, float | None, float | None]

_IMPACT_BEFORE = 0.25
_BELOW_TENDON = 0.88


class Row(Sourced):
    """A published value and what is compared with it.

    ``value`` with or without ``sd``, or a range from ``low`` to ``high``, in the unit of ``measure``; with
    ``over`` the measure is divided by that of another activity.
    """

    quantity: str
    activity: str
    speed_m_per_s: float | None = None
    height_m: float | None = None
    over: str | None = None
    over_speed_m_per_s: float | None = None
    over_height_m: float | None = None
    measure: str
    gauge: str | None = None
    value: float | None = None
    sd: float | None = None
    low: float | None = None
    high: float | None = None

    @property
    def key(self) -> Key:
        """What has to be run: activity, speed, height."""
        return self.activity, self.speed_m_per_s, self.height_m

    @property
    def base(self) -> Key | None:
        """What the measure is divided by; None if by nothing."""
        return None if self.over is None else (self.over, self.over_speed_m_per_s, self.over_height_m)

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.value is None) == (self.low is None) or (self.low is None) != (self.high is None):
            raise ValueError(f"{self.quantity}: give a value, or low and high")
        if self.measure not in MEASURES:
            raise ValueError(f"{self.quantity}: there is no measure {self.measure!r}")
        return self


class Published(Record):
    """The rows of ``loadcases/shared/published.toml``."""

    schema_version: Literal[1] = Field(alias="schema")
    kind: Literal["published"]
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Comparison:
    """A row with the model's value, in the row's unit, and how the two compare."""

    row: Row
    model: float
    verdict: Verdict


def published() -> tuple[Row, ...]:
    """Return all published rows for the tibia."""
    file = importlib.resources.files("fea.loadcases") / "shared" / "published.toml"
    return checked(Published, tomllib.loads(file.read_text(encoding="utf-8")), "published values").rows


def compared(size_mm: float | None = None, *, use_cache: bool = True, announce: Announce = silent) -> list[Comparison]:
    """Return every published row beside the model's value for a man of 70 kg.

    Parameters
    ----------
    size_mm : float, optional
        Edge length of the elements; by default that of the tibia's file.
    use_cache : bool
        Whether a basis solved earlier may serve.
    announce : callable, optional
        Is told each step as it begins.

    Raises
    ------
    fea.errors.RunError
        The solution failed or is out of balance.
    """
    rows = published()
    wanted = {r.key for r in rows} | {r.base for r in rows if r.base is not None}
    cases = {
        key: resolved("tibia", key[0], size_mm=size_mm, options=Options(speed_m_per_s=key[1], height_m=key[2]))
        for key in sorted(wanted, key=str)
    }
    one = next(iter(cases.values()))
    basis = cached_basis(one.bone, one.size_mm, support_of(one.bone), use_cache=use_cache, announce=announce)
    values: dict[tuple[Key, str, str | None], float] = {}
    for key, case in cases.items():
        announce(case.activity.title)
        answer = read(case, basis)
        for r in rows:
            if key in {r.key, r.base}:
                values[key, r.measure, r.gauge] = MEASURES[r.measure](answer, r.gauge)
    return [_comparison(r, values) for r in rows]


def _comparison(row: Row, values: Mapping[tuple[Key, str, str | None], float]) -> Comparison:
    model = values[row.key, row.measure, row.gauge]
    if row.base is not None:
        model /= values[row.base, row.measure, row.gauge]
    return Comparison(row, model, verdict(row, model))


def verdict(row: Row, model: float) -> Verdict:
    """Return how the model's value lies to a published one.

    Examples
    --------
    >>> common = {"mark": "V", "source": "s", "quantity": "q", "activity": "a", "measure": "p95_ue"}
    >>> verdict(Row(value=10.0, sd=2.0, **common), 13.0)
    'within 2 SD'
    >>> verdict(Row(low=1.0, high=2.0, **common), 3.0)
    'outside range'
    """
    if row.low is not None and row.high is not None:
        return "within range" if row.low <= model <= row.high else "outside range"
    assert row.value is not None
    if row.sd is None:
        return "no spread"
    off = abs(model - row.value) / row.sd
    return "within 1 SD" if off <= 1.0 else "within 2 SD" if off <= 2.0 else "outside"


Measure = Callable[[Run, str | None], float]


def _stance(answer: Run) -> Stance:
    assert isinstance(answer.case.activity, Stance)
    return answer.case.activity


def _ground(answer: Run, begin: float, end: float) -> float:
    ground, _ = stance_forces(answer.case, _stance(answer))
    inside = (ground.phase >= begin) & (ground.phase <= end)
    return float(ground.vertical_bw[inside].max())


def _ankle(answer: Run, axis: int) -> float:
    contact = stance_forces(answer.case, _stance(answer))[1].ankle_contact
    return float(contact[contact[:, 1].argmax(), axis])


def _achilles(answer: Run) -> float:
    return float(stance_forces(answer.case, _stance(answer))[1].achilles.max())


def _knee(answer: Run) -> float:
    moment = stance_forces(answer.case, _stance(answer))[1].knee_moment_mm
    return float(moment.max()) * answer.case.body_weight_n / 1000.0


def _section(answer: Run, component: int, begin: float = 0.0) -> float:
    below = answer.statics.level < _BELOW_TENDON
    time_s = answer.history.time_s
    late = time_s >= time_s[0] + begin * (time_s[-1] - time_s[0])
    return float(np.abs(answer.section_loads[late][:, below, component]).max() / answer.case.body_weight_n)


def _at_peak(answer: Run) -> Summary:
    """Return the summary of the peak frame alone, as published for one instant."""
    mesh, strain = answer.mesh, answer.field.cell
    bone = mesh.tissue != TISSUES.index("marrow")
    values = principal(strain), principal(answer.elasticity.stress(strain))
    eq = equivalent(strain, answer.elasticity.poisson)
    return summarised(mesh, bone, answer.excluded, *values, eq, THRESHOLDS_UE)


def _gauge(name: str) -> Measure:
    def measured(answer: Run, gauge: str | None) -> float:
        return float(getattr(next(g for g in answer.gauges if g.name == gauge).reading, name))

    return measured


MEASURES: Mapping[str, Measure] = {
    "vertical_peak_bw": lambda run, _: _ground(run, 0.0, 1.0),
    "impact_peak_bw": lambda run, _: _ground(run, 0.0, _IMPACT_BEFORE),
    "active_peak_bw": lambda run, _: _ground(run, 0.35, 1.0),
    "ankle_axial_bw": lambda run, _: _ankle(run, 1),
    "ankle_posterior_bw": lambda run, _: -_ankle(run, 0),
    "achilles_bw": lambda run, _: _achilles(run),
    "knee_moment_nm": lambda run, _: _knee(run),
    "section_axial_bw": lambda run, _: _section(run, 1),
    "section_late_bending_bw_mm": lambda run, _: _section(run, 5, begin=0.5),
    "p50_at_peak_ue": lambda run, _: _at_peak(run).p50_ue,
    "p90_at_peak_ue": lambda run, _: _at_peak(run).p90_ue,
    "p95_ue": lambda run, _: run.summary.p95_ue,
    "volume_4000_at_peak_mm3": lambda run, _: _at_peak(run).strained_volume_mm3[4000],
    "gauge_tension_ue": _gauge("tension_ue"),
    "gauge_compression_ue": _gauge("compression_ue"),
    "gauge_shear_ue": _gauge("shear_ue"),
    "gauge_axial_mpa": _gauge("axial_mpa"),
    "gauge_rate_ue_per_s": _gauge("rate_ue_per_s"),
}
"""What can be read from a run, by the names that published.toml uses; the gauge where one is meant."""
