# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""What does the tissue do? States, density–modulus laws and directions against strain, bone by bone.

Writes tissue.csv and tissue.png. With the default mesh it takes about ten minutes.
Usage: python scripts/tissue.py [TABLES] [FIGURES] [SIZE_MM or "default"] [BONE ...]
"""

from __future__ import annotations

import csv
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from fea.case import Case, Options, TissueOptions, resolved
from fea.evaluate import Result
from fea.evaluate.solved import solved_bones
from fea.tissue import LAWS

BONES = ("tibia", "metatarsal2")
ACTIVITIES = (("running", 0.0), ("marching", 20.0))
STATES = ("healthy", "osteopenic", "osteoporotic")
COLUMNS = (
    "bone",
    "what varies",
    "tissue",
    "activity",
    "pack / kg",
    "p95 / ue",
    "peak tension / ue",
    "peak compression / ue",
    "volume above 4000 ue / mm3",
    "mean cortical modulus / MPa",
    "mean cancellous modulus / MPa",
    "mass / g",
    "cortical cells outside their law / %",
    "cancellous cells outside their law / %",
    "hotspot",
)


def variants() -> Iterator[tuple[str, str, TissueOptions]]:
    """Yield what varies, its name, and the tissue."""
    for state in STATES:
        yield "state", state, TissueOptions(state)
    for t_score in (-1.0, -2.0, -4.0):
        yield "T-score", f"{t_score:g}", TissueOptions(t_score=t_score)
    for age in (50.0, 85.0):
        yield "age, female", f"{age:g}", TissueOptions(age=age, sex="female")
    for name in sorted(n for n, law in LAWS.items() if "cortical" in law.tissues):
        yield "cortical law", name, TissueOptions(law=name, outside_law="clamp")
    for name in sorted(n for n, law in LAWS.items() if "cancellous" in law.tissues):
        yield "cancellous law", name, TissueOptions(cancellous_law=name, outside_law="clamp")
    for state in ("healthy", "osteoporotic"):
        for symmetry in ("transverse", "orthotropic"):
            yield "symmetry", f"{state}, {symmetry}", TissueOptions(state, symmetry=symmetry)


def cases_of(bone: str, size: float | None, tissue: TissueOptions) -> list[Case]:
    """Return the cases of a tissue, one for each activity."""
    options = Options(size_mm=size, **vars(tissue))
    return [resolved(bone, activity, replace(options, pack_kg=pack)) for activity, pack in ACTIVITIES]


def rows(bone: str, size: float | None) -> Iterator[list[object]]:
    """Yield a row for each tissue and activity; all tissues share the mesh and the order of elimination."""
    asked = [(kind, name, cases_of(bone, size, options)) for kind, name, options in variants()]
    begin = time.perf_counter()
    # Two dozen solved bones would push all others out of the cache.
    solved = solved_bones([cases[0] for _, _, cases in asked], use_cache=False)
    for (kind, name, cases), one in zip(asked, solved, strict=True):
        for case, (activity, pack) in zip(cases, ACTIVITIES, strict=True):
            result = Result(case, one)
            s, figures, spots = result.summary, result.material.tissues, result.hotspots
            cortical, cancellous = figures["cortical"], figures["cancellous"]
            yield [
                bone,
                kind,
                name,
                activity,
                pack,
                round(s.p95_ue),
                round(s.peak_tension_ue),
                round(s.peak_compression_ue),
                round(s.strained_volume_mm3[4000]),
                round(cortical.mean_modulus_mpa),
                round(cancellous.mean_modulus_mpa),
                round(sum(f.mass_g for f in figures.values()), 1),
                round(100.0 * cortical.outside_law_fraction, 1),
                round(100.0 * cancellous.outside_law_fraction, 1),
                f"{spots[0].site} {100 * spots[0].level:.0f} %" if spots else "",
            ]
        print(f"{bone}, {kind} {name}: {time.perf_counter() - begin:.0f} s")


def draw(table: list[list[object]], file: Path) -> None:
    """Draw p95 of every tissue, relative to the healthy one, a dot for each bone and activity."""
    labels = list(dict.fromkeys((row[1], row[2]) for row in table))
    figure = Figure(figsize=(7.0, 0.24 * len(labels) + 1.2), dpi=160, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    series = list(dict.fromkeys((row[0], row[3], row[4]) for row in table))
    for k, key in enumerate(series):
        own = {(row[1], row[2]): row[5] for row in table if (row[0], row[3], row[4]) == key}
        base = float(str(own["state", "healthy"]))
        ratio = [float(str(own[label])) / base for label in labels]
        pack = f", {key[2]:g} kg pack" if key[2] else ""
        marker = "osD^vP"[k % 6]
        axes.plot(ratio, range(len(labels)), marker, ms=5, alpha=0.85, label=f"{key[0]}, {key[1]}{pack}")
    kinds = [label[0] for label in labels]
    for k in range(1, len(labels)):
        if kinds[k] != kinds[k - 1]:
            axes.axhline(k - 0.5, color="#bbbbbb", lw=0.6)
    axes.axvline(1.0, color="#1a1a1a", lw=0.8)
    axes.set_yticks(range(len(labels)), labels=[f"{kind}: {name}" for kind, name in labels], fontsize=8)
    axes.invert_yaxis()
    axes.set_xlabel("95th percentile of the equivalent strain over that of the healthy, isotropic bone", fontsize=8)
    axes.tick_params(axis="x", labelsize=8)
    axes.grid(axis="x", color="#dcdcdc", lw=0.6)
    axes.spines[["top", "right"]].set_visible(False)
    figure.legend(fontsize=8, loc="outside upper right", ncols=2, frameon=False)
    figure.savefig(file, metadata={"Software": None})


def main(tables: Path, figures: Path, size: float | None, bones: list[str]) -> None:
    """Write the table as it grows, then the figure."""
    table = []
    with (tables / "tissue.csv").open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(COLUMNS)
        for bone in bones:
            for row in rows(bone, size):
                table.append(row)
                writer.writerow(row)
                stream.flush()
    draw(table, figures / "tissue.png")


if __name__ == "__main__":
    words = sys.argv[1:]
    main(
        Path(words[0]) if words else Path("docs/tables"),
        Path(words[1]) if len(words) > 1 else Path("docs/figures"),
        float(words[2]) if len(words) > 2 and words[2] != "default" else None,
        words[3:] or list(BONES),
    )
