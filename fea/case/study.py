# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""A study as data: factors that all cases share, that are crossed, paired or sampled, and its subjects."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from fea.case.participants import LABELS, SUBJECT, Value, read_participants
from fea.case.record import Name, Record, Sourced
from fea.case.tables import checked
from fea.files import beside, read_table

Levels = Annotated[list[Value], Field(min_length=1)]
SubjectSex = Literal["man", "woman"]
MOST_POINTS = 1_000_000


class Range(Record):
    """A factor that is sampled evenly between two numbers."""

    low: float
    """Lower end."""
    high: float
    """Upper end."""

    @model_validator(mode="after")
    def _rises(self) -> Self:
        if not self.low < self.high:
            raise ValueError(f"low is {self.low:g} and high is {self.high:g}; low must be smaller")
        return self


class Sampled(Record):
    """Factors sampled together by a quasi-random sequence or a Latin hypercube, reproducible by the seed."""

    method: Literal["sobol", "latin-hypercube"]
    """Sobol sequence or Latin hypercube."""
    points: Annotated[int, Field(ge=1, le=MOST_POINTS)]
    """Number of points."""
    seed: Annotated[int, Field(ge=0, le=2**32 - 1)]
    """Seed of the sequence."""
    factors: dict[str, Range] = Field(min_length=1)
    """Range of each factor, by name."""


class Subjects(Record):
    """Virtual subjects of a cohort; each takes part in every design."""

    cohort: str
    """Cohort, by name or path."""
    count: Annotated[int, Field(ge=1, le=10_000)]
    """Number of virtual subjects."""
    seed: Annotated[int, Field(ge=0, le=2**32 - 1)]
    """Seed of the sample."""


class Training(Record):
    """The same amount every day, for the probability of a stress fracture.

    ``km_per_day`` is for activities that cover a distance, ``repetitions_per_day`` for the others; both may stand.
    """

    days: Annotated[int, Field(ge=1, le=3650)]
    """Number of days."""
    km_per_day: Annotated[float, Field(gt=0.0, le=200.0)] | None = None
    """Distance a day, for activities that cover a distance."""
    repetitions_per_day: Annotated[float, Field(gt=0.0, le=1e6)] | None = None
    """Contacts of one leg a day, for the others."""


class Study(Record):
    """A study as read from TOML.

    ``base`` holds what all cases share, ``cross`` the levels of factors that are crossed with everything else;
    each table of ``paired`` holds lists of equal length whose entries belong together. ``sampled`` and
    ``subjects`` are crossed with the rest. With ``training`` the probability of a stress fracture is a metric too.
    Factors are named like the options of ``bonefea run``, or by their path; see :mod:`fea.studies.setting`.
    """

    schema_version: Literal[1] = Field(alias="schema")
    kind: Literal["study"]
    name: Name
    title: str
    base: dict[str, Value] = Field(default_factory=dict)
    """Value of each factor that all cases share."""
    cross: dict[str, Levels] = Field(default_factory=dict)
    """Levels of each factor that is crossed with all others."""
    paired: list[Annotated[dict[str, Levels], Field(min_length=1)]] = Field(default_factory=list)
    """Factors whose levels belong together, list by list."""
    sampled: Sampled | None = None
    """Factors that are sampled instead of crossed."""
    subjects: Subjects | None = None
    """Virtual subjects; each takes part in every design."""
    participants: list[Annotated[dict[str, Value], Field(min_length=1)]] = Field(default_factory=list)
    """Own subjects instead, or the path of a CSV file of them: ``subject`` is the name, other keys are factors that
    describe this person; ``design`` and ``trial`` tell rows of one person apart."""
    training: Training | None = None
    """Training for which the probability of a fracture is computed."""

    @model_validator(mode="after")
    def _sound(self) -> Self:
        for number, block in enumerate(self.paired, start=1):
            lengths = {factor: len(levels) for factor, levels in block.items()}
            if len(set(lengths.values())) > 1:
                given = ", ".join(f"{factor} {count}" for factor, count in lengths.items())
                raise ValueError(f"the lists of pairing {number} must be equally long; their lengths are {given}")
        if self.participants and self.subjects is not None:
            raise ValueError("subjects and participants stand together; give virtual ones or a table of participants")
        for number, row in enumerate(self.participants, start=1):
            if not str(row.get(SUBJECT, "")).strip():
                raise ValueError(f"row {number} of the participants has no {SUBJECT}; each needs the name of a person")
        seen: set[str] = set()
        for factor in (*self.base, *self.factors):
            if factor in seen:
                raise ValueError(f"the factor {factor!r} stands in two places; it may stand in one")
            seen.add(factor)
        for factor, levels in self.cross.items():
            if len({repr(level) for level in levels}) < len(levels):
                raise ValueError(f"the factor {factor!r} has a level twice")
        return self

    @property
    def factors(self) -> list[str]:
        """Names of what varies on purpose, subjects aside, in the order of the file."""
        sampled = [] if self.sampled is None else list(self.sampled.factors)
        told = [label for label in LABELS if any(label in row for row in self.participants)]
        return [*told, *self.cross, *(factor for block in self.paired for factor in block), *sampled]

    @property
    def count(self) -> int:
        """Number of cases."""
        number = 1
        for levels in (*self.cross.values(), *(next(iter(block.values())) for block in self.paired)):
            number *= len(levels)
        points = 1 if self.sampled is None else self.sampled.points
        return number * points * (len(self.participants) or 1 if self.subjects is None else self.subjects.count)


class NormalSpread(Sourced):
    """A quantity that is normally distributed between people."""

    mean: float
    """Mean."""
    sd: Annotated[float, Field(gt=0.0)]
    """Standard deviation."""


class Correlation(Sourced):
    """Correlation coefficient of two quantities of a group."""

    between: tuple[str, str]
    """The two quantities."""
    r: Annotated[float, Field(gt=-1.0, lt=1.0)]
    """Coefficient of correlation."""


class CohortGroup(Record):
    """Part of a cohort of one sex: the bone its subjects start from and how they differ.

    The keys of ``spread`` are factors of a study, such as ``mass`` or ``bone.stature_m``.
    """

    sex: SubjectSex
    """Sex."""
    bone: str
    """Bone that the subjects start from."""
    share: Annotated[float, Field(gt=0.0, le=1.0)]
    """Share of the cohort; the shares make 1."""
    spread: dict[str, NormalSpread] = Field(min_length=1)
    """Mean and standard deviation of each factor."""
    correlations: list[Correlation] = Field(default_factory=list)
    """Correlations of the factors; 0 where none is given."""

    @model_validator(mode="after")
    def _known(self) -> Self:
        for pair in self.correlations:
            for factor in pair.between:
                if factor not in self.spread:
                    raise ValueError(f"a correlation names {factor!r}, which has no spread in this group")
        return self


class Cohort(Record):
    """A population that virtual subjects are sampled from, as read from ``loadcases/cohorts/*.toml``."""

    schema_version: Literal[1] = Field(alias="schema")
    kind: Literal["cohort"]
    name: Name
    title: str
    limit_sd: Annotated[float, Field(ge=1.0, le=4.0)]
    """Farthest distance from the mean, in standard deviations."""
    groups: list[CohortGroup] = Field(min_length=1)
    """Groups by sex."""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        total = sum(group.share for group in self.groups)
        if abs(total - 1.0) > 1e-6:
            raise ValueError(f"the shares of the groups add up to {total:g}; they must make 1")
        return self


def read_study(name: str) -> Study:
    """Study of the library by name, or the user's own by path.

    Raises
    ------
    fea.errors.InputError
        Unknown name, unreadable file, or a table that is no study.
    """
    table = read_table("study", name)
    if isinstance(table.get("participants"), str):
        table = {**table, "participants": read_participants(Path(beside(Path(name).parent, table["participants"])))}
    return checked(Study, table, f"study {name!r}")


def read_cohort(name: str) -> Cohort:
    """Cohort of the library by name, or the user's own by path; errors are those of :func:`read_study`."""
    return checked(Cohort, read_table("cohort", name), f"cohort {name!r}")
