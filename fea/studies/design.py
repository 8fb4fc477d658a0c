# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""From a study to its cases: factors crossed, paired and sampled, subject by subject."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from fea.case import LABELS, SUBJECT, Sampled, Study, Value
from fea.errors import GeometryError, InputError
from fea.studies.cohort import Subject, virtual_subjects
from fea.studies.setting import Resolver, StudyCase, check_factor

MANY_CASES = 5000
"""More cases than this have to be asked for explicitly."""


def settings(study: Study) -> Iterator[dict[str, Value]]:
    """Yield the values of the factors of every design, subjects aside: the last factor varies fastest."""
    blocks: list[list[dict[str, Value]]] = [[{f: level} for level in levels] for f, levels in study.cross.items()]
    for block in study.paired:
        blocks.append([dict(zip(block, row, strict=True)) for row in zip(*block.values(), strict=True)])
    if study.sampled is not None:
        blocks.append(_points(study.sampled))
    for chosen in itertools.product(*blocks):
        yield {factor: value for part in chosen for factor, value in part.items()}


def _points(sampled: Sampled) -> list[dict[str, Value]]:
    from scipy.stats import qmc

    low, high = ([getattr(r, side) for r in sampled.factors.values()] for side in ("low", "high"))
    random = np.random.default_rng(sampled.seed)
    if sampled.method == "sobol":
        # A prefix of a power of two, of which a Sobol sequence is balanced.
        power = int(np.ceil(np.log2(sampled.points)))
        unit = qmc.Sobol(len(low), scramble=True, rng=random).random_base2(power)[: sampled.points]
    else:
        unit = qmc.LatinHypercube(len(low), rng=random).random(sampled.points)
    rows = qmc.scale(unit, low, high)
    return [{f: float(f"{x:.6g}") for f, x in zip(sampled.factors, row, strict=True)} for row in rows]


def _subjects(study: Study) -> list[Subject]:
    """Virtual subjects, or the people of a table, or nobody in particular."""
    if study.subjects is not None:
        return virtual_subjects(study.subjects)
    people = [
        Subject(
            str(row[SUBJECT]),
            {factor: value for factor, value in row.items() if factor not in (SUBJECT, *LABELS)},
            {label: row[label] for label in LABELS if label in row},
        )
        for row in study.participants
    ]
    return people or [Subject("", {})]


def cases(study: Study, folder: Path | None = None) -> list[StudyCase]:
    """Cases of a study, subject by subject.

    Parameters
    ----------
    study : Study
        The study.
    folder : Path, optional
        Folder to which relative paths of the file refer.

    Raises
    ------
    fea.errors.InputError
        An unknown factor, a value outside its range, a factor that the subjects have already, or two cases
        that ask the same; the message names the case.
    """
    subjects = _subjects(study)
    told = {factor for subject in subjects for factor in subject.values}
    own = {label for subject in subjects for label in subject.labels}
    for factor in (*study.base, *(factor for factor in study.factors if factor not in own), *sorted(told)):
        check_factor(factor)
    for factor in study.factors if study.participants else (*study.base, *study.factors):
        if factor in told:
            raise InputError(f"the factor {factor!r} is given by the subjects of {study.name!r} already.")
    resolver = Resolver(folder)
    found: list[StudyCase] = []
    for subject, varied in itertools.product(subjects, settings(study)):
        setting = {**subject.labels, **varied}
        try:
            case = resolver.case({**study.base, **subject.values, **varied})
        except InputError as error:
            where = ", ".join(filter(None, [subject.name, *(f"{f}={v}" for f, v in setting.items())]))
            kind = GeometryError if isinstance(error, GeometryError) else InputError
            raise kind(f"case {len(found) + 1}{f' ({where})' if where else ''}: {error}") from None
        found.append(StudyCase(setting, subject.name, subject.values, case))
    return found
