# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Measure what docs/explanation/risk.md says of the expected share: groups, published values, samples, solving anew.

Writes risk_groups.csv, risk_published.csv and risk_people.csv; what the mesh does to it, `bonefea converge` says, and
epidemiology stands in `bonefea validate`. Usage: python scripts/risk.py [FOLDER] [SIZE_MM]
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from fea.case import BoneDescription, Form, Options, Profile, composed, read_activity, read_bone, read_fatigue
from fea.evaluate import Result, exposure_of, share_after, solved_bone
from fea.risk import RiskModel, RiskSettings, Samples, outcomes, probabilities, sampled

GROUPS = (8, 16, 32, 64, 128)
FORMS: tuple[Form, Form] = ("cumulative", "published")
KM_PER_MILE = 1.609344
# Edwards 2009: 3.1 m per stride at 4.4 m/s, shortened by a tenth.
EDWARDS_SPEED, EDWARDS_RATE = 4.4, 170.0
FOURS = Options(speed_m_per_s=4.0)


class Reference:
    """The training of the calibration, and others like it, on one bone."""

    def __init__(self, description: BoneDescription, size_mm: float | None) -> None:
        self.description, self.fatigue = description, read_fatigue()
        case = composed(description, read_activity("running"), options=Options(size_mm=size_mm))
        self.size_mm, self.bone = case.size_mm, solved_bone(case)

    def model(self, settings: RiskSettings, options: Options) -> RiskModel:
        """Return the model of running."""
        case = composed(self.description, read_activity("running"), options=replace(options, size_mm=self.size_mm))
        one = exposure_of(Result(case, self.bone), settings.strain)
        return RiskModel(self.bone.cortex, [one], self.fatigue, settings)

    def contacts(self, model: RiskModel) -> np.ndarray:
        """Return the contacts (1, days) of the reference."""
        asked = self.fatigue.reference
        return np.full((1, asked.days), asked.distance_km_per_day * (model.exposures[0].cycles_per_km or 0.0))

    def share(self, settings: RiskSettings, options: Options, km: float | None = None) -> float:
        """Return the expected share after the days of the reference, of its distance a day or of so many km."""
        asked = self.fatigue.reference
        return share_after(self.model(settings, options), self.bone, km or asked.distance_km_per_day, asked.days)


def write(file: Path, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a table and print it."""
    with file.open("w", newline="", encoding="utf-8") as stream:
        table = csv.writer(stream)
        table.writerow(columns)
        for row in rows:
            table.writerow(row)
            stream.flush()
            print(file.stem, *row)


def group_rows(one: Reference) -> Iterable[Sequence[object]]:
    """Yield the share of the reference by the number of groups, in both forms."""
    for count in GROUPS:
        yield count, *(f"{one.share(RiskSettings(form=form, groups=count), FOURS):.4f}" for form in FORMS)


def published_rows(one: Reference) -> Iterable[Sequence[object]]:
    """Yield published against model's, both forms."""
    usual = Options(speed_m_per_s=EDWARDS_SPEED, step_rate_per_min=EDWARDS_RATE)
    short = replace(usual, step_rate_per_min=EDWARDS_RATE / 0.9)
    for form in FORMS:
        settings = RiskSettings(form=form)
        model = one.model(settings, FOURS)
        curve = model.course(one.contacts(model)).probability
        yield "share after 100 d (calibrated)", form, "0.18", f"{one.share(settings, FOURS):.3f}"
        yield "share of it reached by day 40, average person", form, "most", f"{curve[39] / curve[-1]:.3f}"
        by_miles = {m: 100.0 * one.share(settings, usual, m * KM_PER_MILE) for m in (3, 5, 7)}
        shorter = {m: 100.0 * one.share(settings, short, m * KM_PER_MILE) for m in (3, 5, 7)}
        for few, more in ((3, 5), (5, 7)):
            yield f"{few} to {more} miles a day, points", form, "+4 to +10", f"{by_miles[more] - by_miles[few]:+.1f}"
        for m in (3, 5, 7):
            yield f"stride -10 % at {m} miles a day, points", form, "-3 to -6", f"{shorter[m] - by_miles[m]:+.1f}"
    model = one.model(RiskSettings(), FOURS)
    inputs = model.uncertainty_inputs(model.course(one.contacts(model)))
    people = outcomes(inputs, sampled(one.fatigue.spreads.of_bone("tibia", inputs.modulus_exponent), 4096, 1))
    yield "standard deviation over virtual subjects", "cumulative", "about 0.2", f"{people.spread:.3f}"
    average = model.course(one.contacts(model)).probability[-1]
    yield "probability of the average person", "cumulative", "", f"{average:.3f}"


def people_rows(one: Reference) -> Iterable[Sequence[object]]:
    """Yield factors on inputs: the probability by superposition, and with the bone solved anew."""
    model = one.model(RiskSettings(), FOURS)
    inputs = model.uncertainty_inputs(model.course(one.contacts(model)))
    bone = one.description
    thinner = bone.density.model_copy(
        update={
            name: profile.model_validate({**profile.model_dump(), "at": {k: 0.97 * v for k, v in profile.at.items()}})
            for name, profile in bone.density
            if isinstance(profile, Profile)
        }
    )
    changed = {
        "body mass x 1.1": (0, 1.1, None),
        "bone size x 0.97": (3, 0.97, bone.model_copy(update={"scale": 0.97 * bone.scale})),
        "density x 0.97": (2, 0.97, bone.model_copy(update={"density": thinner})),
    }
    for name, (column, factor, other) in changed.items():
        factors = np.ones((1, 5))
        factors[0, column] = factor
        quick = probabilities(inputs, Samples(factors, np.ones(1)))[0, -1]
        solved = one
        if other is not None:
            solved = Reference(other, one.size_mm * (factor if column == 3 else 1.0))
        anew = solved.model(RiskSettings(), FOURS if other is not None else replace(FOURS, mass_kg=70.0 * factor))
        yield name, f"{quick:.4f}", f"{anew.course(solved.contacts(anew)).probability[-1]:.4f}"


def main(folder: Path, size_mm: float | None) -> None:
    """Write the three tables."""
    one = Reference(read_bone("tibia"), size_mm)
    write(folder / "risk_groups.csv", ("groups at most for a site", "cumulative", "published"), group_rows(one))
    write(folder / "risk_published.csv", ("quantity", "form", "published", "model"), published_rows(one))
    write(folder / "risk_people.csv", ("changed", "by superposition", "solved anew"), people_rows(one))


if __name__ == "__main__":
    main(
        Path(sys.argv[1]) if len(sys.argv) > 1 else Path("docs/tables"),
        float(sys.argv[2]) if len(sys.argv) > 2 else None,
    )
