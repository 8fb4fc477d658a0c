# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""From the setting of one case, values by factor, to the resolved case.

A factor is an option of ``bonefea run`` (:data:`OPTIONS`), or the path of a number in the case: ``bone.length_mm``,
``activity.shoe.ankle_force.factor``. A path that ends in `` *`` multiplies the number there, or every number below it:
``bone.sections.radius_mm.at *``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from fea.case import (
    Activity,
    BoneDescription,
    Case,
    History,
    Options,
    StanceActivity,
    TissueOptions,
    TissueState,
    Value,
    bone_table,
    checked,
    composed,
    described,
    read_tissue,
)
from fea.errors import InputError, out_of_range, unknown
from fea.files import beside, changed
from fea.loading import read_loads

FactorValues = Mapping[str, Value]

_FIELDS = {option.name: field for field, option in described(Options).items()}
OPTIONS = ("bone", "activity", *_FIELDS)
"""Factors that are named like the options of ``bonefea run``."""

UNITS = {option.name: option.unit for option in described(Options).values() if option.unit is not None}
"""Units of those that are numbers; the others are names."""


@dataclass(frozen=True)
class StudyCase:
    """One case of a study: its setting, its subject with the values of the body, and the resolved case."""

    setting: FactorValues
    subject: str
    body: FactorValues
    case: Case

    @property
    def label(self) -> str:
        """The setting in one line."""
        values = [f"{factor}={value}" for factor, value in self.setting.items()]
        return ", ".join([*([self.subject] if self.subject else []), *values]) or "the base"


def check_factor(name: str) -> None:
    """Refuse a factor that is neither an option nor a path.

    Raises
    ------
    fea.errors.InputError
        See above.
    """
    if name not in OPTIONS and name.partition(".")[0] not in ("bone", "activity"):
        lacking = str(unknown("factor", name, OPTIONS)).rstrip(".")
        raise InputError(f"{lacking}; or a path such as bone.length_mm.")


class Resolver:
    """Resolver of cases from values by factor; each bone, tissue and activity is read once.

    Parameters
    ----------
    folder : Path, optional
        Folder to which relative paths refer; the working folder by default.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._bones: dict[tuple[str, tuple[tuple[str, Value], ...]], BoneDescription] = {}
        self._tissues: dict[TissueOptions, TissueState] = {}
        self._activities: dict[tuple[str, object], Activity | StanceActivity | History] = {}

    def case(self, values: FactorValues) -> Case:
        """Case of all values, those of base and subject among them.

        Raises
        ------
        fea.errors.InputError
            An unknown factor, an absent bone or activity, or a value outside its range.
        """
        _check(values)
        chosen: dict[str, Any] = {_FIELDS[name]: value for name, value in values.items() if name in _FIELDS}
        for design in ("footwear", "carriage"):
            if design in chosen:
                chosen[design] = self._path(chosen[design])
        options = Options(**chosen)
        case = composed(self._bone(values), self._activity(values), self._tissue(options.material), options)
        inside = {k: v for k, v in values.items() if k.startswith("activity.")}
        if inside:
            table = case.model_dump(mode="json", by_alias=True, exclude_none=True)
            for path, value in inside.items():
                changed(table, *_new(table, path, value))
            case = checked(Case, table, "the case")
        return case

    def _bone(self, values: FactorValues) -> BoneDescription:
        name, changes = self._named_bone(values)
        if (name, changes) not in self._bones:
            table = bone_table(name)
            for path, value in changes:
                changed(table, *_new(table, path, value))
            self._bones[name, changes] = checked(BoneDescription, table, f"bone {name!r}")
        return self._bones[name, changes]

    def _activity(self, values: FactorValues) -> Activity | StanceActivity | History:
        name = self._path(values["activity"])
        bone = self._named_bone(values) if name.endswith(".toml") else None  # a trial is read for its bone
        if (name, bone) not in self._activities:
            self._activities[name, bone] = read_loads(name, self._bone(values))
        return self._activities[name, bone]

    def _named_bone(self, values: FactorValues) -> tuple[str, tuple[tuple[str, Value], ...]]:
        """Path or name of a bone, and its changes."""
        changes = tuple((k.removeprefix("bone."), v) for k, v in values.items() if k.startswith("bone."))
        return self._path(values["bone"]), changes

    def _tissue(self, asked: TissueOptions) -> TissueState:
        asked = replace(asked, tissue=self._path(asked.tissue))
        if asked not in self._tissues:
            self._tissues[asked] = read_tissue(asked)
        return self._tissues[asked]

    def _path(self, value: Value) -> str:
        return beside(self._folder, str(value))


def _check(values: FactorValues) -> None:
    """Refuse values that no case can be made of, before any file is read."""
    for name, value in values.items():
        check_factor(name)
        if name in UNITS and not _is_number(value):
            raise out_of_range(f"the factor {name}", value, f"a number in {UNITS[name]}".removesuffix(" in "))
        if name in OPTIONS and name not in UNITS and not isinstance(value, str):
            raise out_of_range(f"the factor {name}", value, "a name or a path, in quotes")
    for name in ("bone", "activity"):
        if name not in values:
            raise InputError(f"the study names no {name}; give it under base, or as a factor.")
    if values.get("support", "fixed") not in ("fixed", "held", "foundation", "free"):
        raise out_of_range("support", values["support"], "fixed, foundation, free")


def _new(table: dict[str, Any], path: str, value: Value) -> tuple[str, Any]:
    """Path without its sign of multiplication, and the value to put there."""
    if not path.endswith("*"):
        return path, value
    where = path.removesuffix("*").strip()
    if not _is_number(value):
        raise out_of_range(f"the factor {path}", value, "a number to multiply by")
    node: Any = table
    for part in where.split("."):
        node = node.get(part) if isinstance(node, dict) else None
    if node is None:
        changed(table, where, 0)  # refuses the path and says what exists
    return where, _multiplied(node, float(value), path)


def _multiplied(node: Any, by: float, path: str) -> Any:
    if isinstance(node, dict):
        return {key: _multiplied(inner, by, path) for key, inner in node.items()}
    if _is_number(node):
        return node * by
    raise InputError(f"the factor {path!r} would multiply {json.dumps(node)[:40]}; only numbers can be multiplied.")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float)
