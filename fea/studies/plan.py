# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The plan of a study: cases under their hash, grouped so that shared work is done once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

from fea.bone import BoneShape
from fea.case import Case, Stance, Training
from fea.errors import GeometryError, InputError
from fea.files import code_version
from fea.loading import more_loads
from fea.solve import basis_key, cache_folder, support_of
from fea.studies.setting import StudyCase

_ROOMS = ("bone", "case", "tissue", "loading", "solve", "strain", "risk", "evaluate")
_SOURCES: tuple[tuple[str, str | None], ...] = (
    *((f"fea.{room}", None) for room in _ROOMS),
    ("fea.studies", "metrics.py"),
)
_DEGREE = 2

# Measured on two cores, 6 to 3 mm: what a worker takes at its peak, and how long it is busy (docs/evidence/speed.md).
_BYTES, _BYTES_PER_CELL = 2.0e8, 44_000.0
_SECONDS, _SECONDS_PER_CELL = 2.0, 4.5e-4
_READ_SECONDS, _READ_SECONDS_PER_CELL = 0.02, 7e-6


@dataclass(frozen=True)
class PlannedCase:
    """A case of the plan.

    ``number`` counts from 1; ``key`` is the hash, 64 hexadecimal digits, of everything that its result
    depends on, the code among it.
    """

    number: int
    key: str
    study_case: StudyCase


@dataclass(frozen=True)
class CaseGroup:
    """Cases on one mesh and one factorisation.

    ``key`` is that of the basis in the cache, ``mesh`` the same for groups that differ in tissue only,
    ``cells`` the expected number of tetrahedra.
    """

    key: str
    mesh: int
    cases: tuple[PlannedCase, ...]
    cells: int

    @property
    def is_solved(self) -> bool:
        """Whether the cache holds the basis already."""
        return (cache_folder() / f"{self.key}.npz").is_file()

    @property
    def memory_bytes(self) -> float:
        """Estimate of the memory that a worker takes."""
        return _BYTES + _BYTES_PER_CELL * self.cells

    def seconds(self, cases: int) -> float:
        """Estimate of the time of one worker for so many of the cases."""
        if cases == 0:
            return 0.0
        solving = 1.0 if self.is_solved else _SECONDS + _SECONDS_PER_CELL * self.cells
        return solving + cases * (_READ_SECONDS + _READ_SECONDS_PER_CELL * self.cells)


@dataclass(frozen=True)
class StudyPlan:
    """The cases in their order, and the groups in the order in which they are worked on."""

    cases: tuple[PlannedCase, ...]
    groups: tuple[CaseGroup, ...]
    training: Training | None = None

    @property
    def meshes(self) -> int:
        """Number of different meshes."""
        return len({group.mesh for group in self.groups})


def planned(study_case: Sequence[StudyCase], training: Training | None = None) -> StudyPlan:
    """Plan of cases, which all do the same training if there is one.

    Raises
    ------
    fea.errors.InputError
        No case, or two that ask the same.
    """
    if not study_case:
        raise InputError("the study has no case.")
    code = code_version(_SOURCES)
    seen: dict[str, PlannedCase] = {}
    groups: dict[str, list[PlannedCase]] = {}
    keys: dict[tuple[object, ...], str] = {}
    meshes: dict[tuple[object, ...], int] = {}
    for number, one in enumerate(study_case, start=1):
        planned_case = PlannedCase(number, _key(one, training, code), one)
        if planned_case.key in seen:
            other = seen[planned_case.key]
            raise InputError(
                f"cases {other.number} ({other.study_case.label}) and {number} ({one.label}) are the same."
            )
        seen[planned_case.key] = planned_case
        # Cases share bone and tissue as objects, so that their hash is made once.
        more = () if isinstance(one.case.activity, Stance) else more_loads(one.case)
        same = (id(one.case.bone), id(one.case.tissue), one.case.size_mm, one.case.support, more)
        if same not in keys:
            keys[same] = key_of(one.case)
        groups.setdefault(keys[same], []).append(planned_case)
    members = []
    for key, cases in groups.items():
        case = cases[0].study_case.case
        alike = (case.bone.model_dump_json(), case.size_mm, case.support, more_loads(case))
        mesh = meshes.setdefault(alike, len(meshes))
        members.append(CaseGroup(key, mesh, tuple(cases), _cells(case)))
    return StudyPlan(tuple(seen.values()), tuple(members), training)


def _key(study_case: StudyCase, training: Training | None, code: str) -> str:
    question = {
        "training": None if training is None else training.model_dump(mode="json"),
        "case": study_case.case.model_dump(mode="json", by_alias=True),
        "code": code,
    }
    return hashlib.sha256(json.dumps(question, sort_keys=True).encode()).hexdigest()


def key_of(case: Case) -> str:
    """Key under which the cache keeps the basis of a case."""
    support = support_of(case.bone, case.support)
    return basis_key(case.bone, case.size_mm, support, _DEGREE, case.tissue, more_loads(case))


def _cells(case: Case) -> int:
    """Estimate of the number of tetrahedra; 0 of an impossible bone, whose worker reports the reason."""
    try:
        return round(BoneShape(case.bone).volume() / (case.size_mm**3 / 8.5))
    except GeometryError:
        return 0
