# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Write the page of the docs that shows every published value beside the model's, and what each row hangs on.

Writes evidence/validation.md and tables/validation.csv. The values are those of `bonefea validate`. For the
sensitivities one uncertain input at a time is moved by what is known of it, on meshes half as coarse again; what a row
changes by is read against the same mesh unmoved.
Usage: python scripts/validation.py [FOLDER] [COARSER]
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fea.case import Case
from fea.case.library import read_foot, read_leg
from fea.checks.validation import PublishedValue, ValidationRow, compared
from fea.files import write_rows

Table = dict[str, Any]
Change = Callable[[Table, float], None]

TIBIA, METATARSAL = "tibia", "metatarsal2"
COARSER = 1.5
"""Of the meshes for sensitivities, times the factor of the page."""


@dataclass(frozen=True)
class Input:
    """An uncertain input: what it is, for which bones, by how much it is moved up and down, and how."""

    name: str
    bones: tuple[str, ...]
    step: float
    unit: str
    change: Change

    def moved(self, sign: float) -> Callable[[Case], Case]:
        """Return what moves the input of a case."""

        def varied(case: Case) -> Case:
            table = case.model_dump(by_alias=True)
            if case.bone.bone in self.bones:
                self.change(table, sign * self.step)
            return Case.model_validate(table)

        return varied


def _posture(name: str) -> Change:
    def change(table: Table, more: float) -> None:
        course = table["activity"]["what"]["posture"][name]
        course["at"] = {percent: value + more for percent, value in course["at"].items()}

    return change


def _fore_aft(table: Table, more: float) -> None:
    size = table["activity"]["what"]["fore_aft"]["peak_bw"]
    size["at"] = {demand: (1.0 + more) * value for demand, value in size["at"].items()}


def _triceps(table: Table, more: float) -> None:
    table["activity"]["leg"]["triceps_share"] += more


def _tension(table: Table, more: float) -> None:
    table["activity"]["foot"]["plantar_tension"]["per_forefoot_force"] *= 1.0 + more


def _inclination(table: Table, more: float) -> None:
    table["bone"]["inclination_deg"] += more


def _ray(table: Table, more: float) -> None:
    """Change the share of the second ray; the others keep their proportions."""
    rays = table["activity"]["foot"]["rays"]
    share = rays[METATARSAL]["share"]
    for name, ray in rays.items():
        ray["share"] = share + more if name == METATARSAL else ray["share"] * (1.0 - share - more) / (1.0 - share)


def _density(table: Table, more: float) -> None:
    profile = table["bone"]["density"]["cortical_g_per_cm3"]
    profile["at"] = {percent: (1.0 + more) * value for percent, value in profile["at"].items()}


def _thickness(table: Table, more: float) -> None:
    table["bone"]["thickness_scale"] *= 1.0 + more


def _gauges(table: Table, more: float) -> None:
    for gauge in table["bone"]["gauges"].values():
        gauge["direction_deg"] += more


BOTH = (TIBIA, METATARSAL)
INPUTS = (
    Input("centre of pressure further ahead", BOTH, 10.0, "mm", _posture("cop_ahead_of_ankle_mm")),
    Input("shank leans more", (TIBIA,), 5.0, "°", _posture("shank_lean_deg")),
    Input("fore-aft force", BOTH, 0.2, "%", _fore_aft),
    Input("share of the triceps", (TIBIA,), 0.08, "", _triceps),
    Input("plantar aponeurosis tension", (METATARSAL,), 0.1, "%", _tension),
    Input("inclination of the bone", (METATARSAL,), 3.0, "°", _inclination),
    Input("share of the ray", (METATARSAL,), 0.02, "", _ray),
    Input("cortical density", BOTH, 0.05, "%", _density),
    Input("cortical thickness", BOTH, 0.1, "%", _thickness),
    Input("place of the gauge, towards lateral", BOTH, 10.0, "°", _gauges),
)
"""Each step is about what the sources, or their absence, leave open."""


def main(folder: Path, coarser: float) -> None:
    """Run all, and write page and table."""
    rows = compared(coarser)
    usual = compared(coarser * COARSER, bones=BOTH, risk=False)
    changes: dict[str, list[tuple[float, float]]] = {}
    for one in INPUTS:
        down, up = (
            compared(coarser * COARSER, varied=one.moved(sign), bones=one.bones, risk=False) for sign in (-1.0, 1.0)
        )
        changes[one.name] = list(zip((c.model for c in down), (c.model for c in up), strict=True))
        print(one.name)
    of_row = [_of_row(c, usual, changes) for c in rows]
    (folder / "tables").mkdir(exist_ok=True)
    table = [_plain(c, found) for c, found in zip(rows, of_row, strict=True)]
    write_rows(folder / "tables" / "validation.csv", table, list(table[0]))
    (folder / "evidence").mkdir(exist_ok=True)
    (folder / "evidence" / "validation.md").write_text(page(rows, of_row), encoding="utf-8")


Found = dict[str, tuple[float, float, float]]
"""By the name of an input: the value of a row on the coarse mesh, with the input moved down, and up."""


def _of_row(row: ValidationRow, usual: Sequence[ValidationRow], changes: dict[str, list[tuple[float, float]]]) -> Found:
    found = {}
    for one in INPUTS:
        of_bones = [c for c in usual if c.row.bone in one.bones]
        place = next((k for k, c in enumerate(of_bones) if c.row == row.row), None)
        if place is not None:
            found[one.name] = (of_bones[place].model, *changes[one.name][place])
    return found


def _reach(row: PublishedValue, found: Found) -> dict[str, tuple[float, float]]:
    """Return, for each input that moves the row by more than 1 %, the change downwards and upwards as a share.

    Of the value on the coarse mesh; of the published one where the model has nothing.
    """
    shares = {}
    for name, (usual, down, up) in found.items():
        size = abs(usual) if usual != 0.0 else max(abs(v) for v in (row.value, row.low, row.high) if v is not None)
        both = ((down - usual) / size, (up - usual) / size)
        if max(map(abs, both)) > 0.01:
            shares[name] = both
    return dict(sorted(shares.items(), key=lambda item: -max(map(abs, item[1]))))


def _published(c: ValidationRow) -> str:
    row = c.row
    if row.value is None:
        return f"{row.low:g} to {row.high:g}"
    return f"{row.value:g}" + (f" ± {row.sd:g}" if row.sd is not None else "")


def _plain(c: ValidationRow, found: Found) -> dict[str, object]:
    shares = _reach(c.row, found)
    each = {one.name: shares.get(one.name) for one in INPUTS}
    told = {f"{name} / %": "" if s is None else f"{100 * s[0]:+.0f} {100 * s[1]:+.0f}" for name, s in each.items()}
    row = {"bone": c.row.bone, "quantity": c.row.quantity, "published": _published(c), "evidence": c.row.evidence}
    return row | {"model": f"{c.model:.4g}", "verdict": c.verdict, "source": c.row.source} | told


def _verdict(c: ValidationRow) -> str:
    off = f", × {c.model / c.row.value:.2f}" if c.verdict == "no spread" and c.row.value else ""
    return ("calibrated" if "calibrated" in c.row.quantity else c.verdict) + off


def _hangs_on(row: PublishedValue, found: Found) -> str:
    shares = list(_reach(row, found).items())[:3]
    if not shares:
        return "– (below 1 %)" if found else ""
    return "; ".join(f"{name} {100 * down:+.0f} / {100 * up:+.0f} %" for name, (down, up) in shares)


def page(rows: Sequence[ValidationRow], of_row: Sequence[Found]) -> str:
    """Return the page as Markdown."""
    template = Path(__file__).with_name("validation_template.md").read_text(encoding="utf-8")
    steps = (f"{i.name} ± {100 * i.step if i.unit == '%' else i.step:g} {i.unit}".rstrip() for i in INPUTS)
    return template.format(
        summary=_summary(rows),
        triceps_share=read_leg().triceps_share,
        per_forefoot_force=read_foot().plantar_tension.per_forefoot_force,
        tables="\n".join(_table(bone, rows, of_row) for bone in dict.fromkeys(c.row.bone for c in rows)),
        steps="; ".join(steps),
    )


def _summary(rows: Sequence[ValidationRow]) -> str:
    count = Counter(_verdict(c).partition(",")[0] for c in rows)
    return f"{len(rows)} rows: " + ", ".join(f"{n} {verdict}" for verdict, n in count.most_common()) + "."


def _table(bone: str, rows: Sequence[ValidationRow], of_row: Sequence[Found]) -> str:
    lines = [
        f"## {bone}",
        "",
        "| quantity | published | evidence level | model | verdict | source "
        "| most sensitive to (input lowered / raised) |",
        "|---|---|---|---|---|---|---|",
    ]
    for c, found in zip(rows, of_row, strict=True):
        if c.row.bone == bone:
            cells = [c.row.quantity, _published(c), c.row.evidence, f"{c.model:.4g}", _verdict(c), c.row.source]
            lines.append("| " + " | ".join(cell.replace("|", "/") for cell in [*cells, _hangs_on(c.row, found)]) + " |")
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    main(
        Path(sys.argv[1]) if len(sys.argv) > 1 else Path("docs"),
        float(sys.argv[2]) if len(sys.argv) > 2 else 1.0,
    )
