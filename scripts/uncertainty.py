# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Draw the uncertain inputs of running at random and write where the tibia is compressed most.

Writes site_uncertainty.csv (a row for each draw) and site_inputs.csv (what each input moves). Both Latin hypercubes,
that of the bone and that of the loads, are seeded. Every bone is solved once and bears several draws of the loads.
Usage: python scripts/uncertainty.py [FOLDER] [SIZE_MM] [BONES] [LOADS_ON_EACH]
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.stats import norm, qmc, spearmanr

from fea.case import Case, Options, resolved
from fea.evaluate import Result, solved_bone
from fea.loading import UnitLoad
from fea.strain import MICROSTRAIN, Hotspot

Floats = npt.NDArray[np.float64]
Table = dict[str, Any]

SEED = 17
WITHIN_SD = 2.0
"""Where normal draws end, in SD."""
NEAR, MOST = 0.03, 0.85
"""Cells that tell the direction of a hotspot: how far from its level, and part of its strain."""
SECTORS = ("posterolateral", "posterior", "posteromedial", "medial")
OUTCOMES = ("from behind / deg", "level / %", "p95 / ue", "V4000 / mm3")


@dataclass(frozen=True)
class Input:
    """An uncertain input: range, how it is drawn, and how it changes the table of a case."""

    lowest: float
    usual: float
    highest: float
    change: Callable[[Table, float], None]
    draw: str = "uniform"

    def at(self, quantile: Floats) -> Floats:
        """Values at quantiles."""
        if self.draw == "uniform":
            return self.lowest + quantile * (self.highest - self.lowest)
        if self.draw == "logarithmic":
            return np.asarray(np.exp(np.log(self.lowest) + quantile * np.log(self.highest / self.lowest)))
        below = norm.cdf(-WITHIN_SD)
        reach = (self.highest - self.usual) / WITHIN_SD
        return np.asarray(self.usual + reach * norm.ppf(below + quantile * (1.0 - 2.0 * below)))

    def part(self, value: Floats) -> Floats:
        """Part of the range that lies below values, on the scale on which they are drawn."""
        scale = np.log if self.draw == "logarithmic" else np.asarray
        return np.asarray((scale(value) - scale(self.lowest)) / (scale(self.highest) - scale(self.lowest)))


def offset(table: Table, value: float) -> None:
    """Scale the course of the contact's offset so that it is ``value`` mm at 60 %."""
    course = table["activity"]["leg"]["contact_lateral_mm"]
    course["at"] = {percent: value / course["at"][60] * v for percent, v in course["at"].items()}


def posture(name: str) -> Callable[[Table, float], None]:
    """Change that adds a value to a course of the posture."""

    def change(table: Table, value: float) -> None:
        course = table["activity"]["what"]["posture"][name]
        course["at"] = {percent: v + value for percent, v in course["at"].items()}

    return change


def ground(name: str, peak: str) -> Callable[[Table, float], None]:
    """Change that scales the peak of a part of the ground reaction."""

    def change(table: Table, value: float) -> None:
        size = table["activity"]["what"][name][peak]
        size["at"] = {speed: value * v for speed, v in size["at"].items()}

    return change


def triceps(table: Table, value: float) -> None:
    """Set the share of the triceps surae."""
    table["activity"]["leg"]["triceps_share"] = value


def fibula(table: Table, value: float) -> None:
    """Set the stiffness of the fibula."""
    table["bone"]["fibula"]["stiffness_n_per_mm"] = value


def soleus(table: Table, value: float) -> None:
    """Set the share of the soleus that pulls on the fibula."""
    table["bone"]["paths"]["soleus"]["fibular_share"] = value


def section(name: str, shape: Callable[[float], float]) -> Callable[[Table, float], None]:
    """Change that adds a value times a shape over the level (fraction of the length) to a profile of the sections."""

    def change(table: Table, value: float) -> None:
        profile = table["bone"]["sections"][name]
        profile["at"] = {percent: v + value * shape(percent / 100.0) for percent, v in profile["at"].items()}

    return change


LOADS = {
    "contact to lateral at 60 % / mm": Input(0.0, 3.2, 6.0, offset),
    "more lean to lateral / deg": Input(-2.5, 0.0, 2.5, posture("shank_lean_lateral_deg")),
    "mediolateral ground force, factor": Input(0.0, 1.0, 2.0, ground("mediolateral", "peak_bw")),
    "centre of pressure more lateral / mm": Input(-5.0, 0.0, 5.0, posture("cop_lateral_of_ankle_mm")),
    "more foot progression / deg": Input(-5.0, 0.0, 5.0, posture("foot_progression_deg")),
    "free moment, factor": Input(0.5, 1.0, 1.5, ground("free_moment", "peak_bw_mm")),
    "triceps share": Input(0.68, 0.76, 0.84, triceps),
}
BONES = {
    "fibula / N/mm": Input(100.0, 600.0, 2000.0, fibula, "logarithmic"),
    "soleus on the fibula": Input(0.3, 0.3, 0.8, soleus),
    "turn of the shaft to lateral / deg": Input(-7.0, 0.0, 7.0, section("torsion_deg", lambda s: 0.08 < s < 0.92)),
    "mid-shaft more anterior / mm": Input(
        -5.0, 0.0, 5.0, section("center_x_mm", lambda s: 4.0 * s * (1.0 - s)), "normal"
    ),
    "distal third more lateral / mm": Input(
        -2.6, 0.0, 2.6, section("center_z_mm", lambda s: 6.75 * s * (1.0 - s) ** 2), "normal"
    ),
}
INPUTS = LOADS | BONES


def drawn(inputs: Mapping[str, Input], count: int, seed: int) -> list[dict[str, float]]:
    """Values of each input in each draw of a Latin hypercube."""
    points = qmc.LatinHypercube(len(inputs), rng=seed).random(count)
    columns = [one.at(points[:, k]) for k, one in enumerate(inputs.values())]
    return [dict(zip(inputs, map(float, values), strict=True)) for values in zip(*columns, strict=True)]


def changed(case: Case, values: Mapping[str, float]) -> Case:
    """Case with inputs changed."""
    table: Table = case.model_dump(by_alias=True)
    for name, value in values.items():
        INPUTS[name].change(table, value)
    return Case.model_validate(table)


def outcome(result: Result) -> dict[str, float | str]:
    """The largest compression of a result, and how much bone is strained."""
    spot = next(h for h in result.hotspots if h.mode == "compression")
    posterior = next(g.reading for g in result.gauges if g.name == "posterior_midshaft")
    condyles = [
        result.history.coefficients[:, result.history.loads.index(UnitLoad(region, False, 1))]
        for region in ("plateau_medial", "plateau_lateral")
    ]
    knee = int(np.abs(sum(condyles)).argmax())
    return {
        "site": spot.site,
        "sector": spot.sector,
        "from behind / deg": from_behind(result, spot),
        "level / %": 100.0 * spot.level,
        "compression / ue": spot.strain_ue,
        "p95 / ue": result.summary.p95_ue,
        "V4000 / mm3": result.summary.strained_volume_mm3[4000],
        "posterior mid-shaft / MPa": posterior.axial_mpa,
        "medial condyle / % of knee": 100.0 * condyles[0][knee] / sum(condyles)[knee],
    }


def from_behind(result: Result, spot: Hotspot) -> float:
    """Mean direction of the cells around a hotspot's level with most of its compression: 0 posterior, 90 medial."""
    mesh, anatomy = result.mesh, result.bone.anatomy
    near = np.abs(anatomy.level(mesh.centroids) - spot.level) < NEAR
    compressed = -MICROSTRAIN * result.envelope.extremes[:, 0] > MOST * abs(spot.strain_ue)
    cells = result.evaluated & near & compressed
    turned = np.exp(1j * np.deg2rad(anatomy.direction(mesh.centroids[cells]) - 180.0))
    return float(np.rad2deg(np.angle(np.average(turned, weights=mesh.volumes[cells]))))


def effects(rows: list[dict[str, float | str]]) -> list[dict[str, str]]:
    """Range of each input, its rank correlation with each outcome, and the turn of the hotspot over its range.

    The turn is that of the best linear fit to all inputs together.
    """
    values = np.array([[float(row[name]) for name in INPUTS] for row in rows])
    scaled = np.column_stack([one.part(column) for one, column in zip(INPUTS.values(), values.T, strict=True)])
    direction = np.array([float(row["from behind / deg"]) for row in rows])
    slopes = np.linalg.lstsq(np.column_stack([scaled, np.ones(len(rows))]), direction, rcond=None)[0]
    found = []
    for k, (name, one) in enumerate(INPUTS.items()):
        ranks = {o: spearmanr(values[:, k], [float(row[o]) for row in rows]).statistic for o in OUTCOMES}
        found.append(
            {
                "input": name,
                "lowest": f"{one.lowest:g}",
                "usual": f"{one.usual:g}",
                "highest": f"{one.highest:g}",
                "drawn": one.draw,
                "to medial over the range / deg": f"{slopes[k]:.0f}",
                **{f"rank correlation with {o.partition(' /')[0]}": f"{r:.2f}" for o, r in ranks.items()},
            }
        )
    return found


def formatted(value: float | str) -> str:
    """Figure with four digits."""
    return value if isinstance(value, str) else f"{value:.4g}" if abs(value) < 1000.0 else f"{value:.0f}"


def main(folder: Path, size_mm: float, bones: int, loads_on_each: int) -> None:
    """Draw bones and loads, write each result, and tell the sites."""
    usual = resolved("tibia", "running", Options(size_mm=size_mm))
    on_loads = iter(drawn(LOADS, bones * loads_on_each, SEED))
    rows: list[dict[str, float | str]] = []
    with (folder / "site_uncertainty.csv").open("w", newline="", encoding="utf-8") as stream:
        table = csv.writer(stream)
        for of_bone in drawn(BONES, bones, SEED + 1):
            bone = solved_bone(changed(usual, of_bone), use_cache=False)
            for _ in range(loads_on_each):
                values = next(on_loads) | of_bone
                result = Result(changed(usual, values), bone)
                rows.append({"draw": float(len(rows) + 1), **values, **outcome(result)})
                if len(rows) == 1:
                    table.writerow(rows[0])
                table.writerow([formatted(value) for value in rows[-1].values()])
            stream.flush()
    with (folder / "site_inputs.csv").open("w", newline="", encoding="utf-8") as stream:
        inputs = csv.DictWriter(stream, list((found := effects(rows))[0]))
        inputs.writeheader()
        inputs.writerows(found)
    sectors = [row["sector"] for row in rows]
    print(", ".join(f"{sectors.count(s)} {s}" for s in SECTORS), f"of {len(rows)}")


if __name__ == "__main__":
    main(
        Path(sys.argv[1]) if len(sys.argv) > 1 else Path("docs/tables"),
        float(sys.argv[2]) if len(sys.argv) > 2 else 6.0,
        int(sys.argv[3]) if len(sys.argv) > 3 else 20,
        int(sys.argv[4]) if len(sys.argv) > 4 else 3,
    )
