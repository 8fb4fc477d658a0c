# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Measure what docs/explanation/risk.md says of the probability: groups, published values, samples, solving anew.

Writes risk_groups.csv, risk_published.csv and risk_people.csv; what the mesh does to it, `bonefea converge` says.
Usage: python scripts/risk.py [FOLDER] [SIZE_MM]
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from fea.case import BoneDescription, Case, Form, Options, Profile, composed, read_activity, read_bone, read_fatigue
from fea.evaluate import Result, exposure_of, solved_bone
from fea.risk import RiskModel, RiskSettings, Samples, probabilities, sampled

GROUPS = (8, 16, 32, 64, 128)
KM_PER_MILE = 1.609344
# Edwards 2009: 3.1 m per stride at 4.4 m/s, shortened by a tenth.
EDWARDS_SPEED, EDWARDS_RATE = 4.4, 170.0


class Reference:
    """The training of the calibration, and others like it, on one bone."""

    def __init__(self, description: BoneDescription, size_mm: float | None) -> None:
        self.description, self.fatigue = description, read_fatigue()
        case = composed(description, read_activity("running"), options=Options(size_mm=size_mm))
        self.size_mm, self.bone = case.size_mm, solved_bone(case)

    def case(self, options: Options) -> Case:
        """Return the case of running."""
        return composed(self.description, read_activity("running"), options=replace(options, size_mm=self.size_mm))

    def model(self, settings: RiskSettings, options: Options) -> RiskModel:
        """Return the model of running."""
        one = exposure_of(Result(self.case(options), self.bone), settings.strain)
        return RiskModel(self.bone.cortex, [one], self.fatigue, settings)

    def contacts(self, each_day: float) -> np.ndarray:
        """Return the contacts (1, days) of the reference's horizon."""
        return np.full((1, self.fatigue.reference.days), each_day)

    def curve(
        self, settings: RiskSettings, options: Options, each_day: float | None = None, km: float = 0.0
    ) -> np.ndarray:
        """Return the probability by day of so many contacts, or of so many km."""
        model = self.model(settings, options)
        count = each_day if each_day is not None else km * (model.exposures[0].cycles_per_km or 0.0)
        return model.course(self.contacts(count)).probability


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
    """Yield the probability of the reference by the number of groups, in both forms."""
    forms: tuple[Form, Form] = ("cumulative", "published")
    for count in GROUPS:
        finals = [
            one.curve(RiskSettings(form=form, groups=count), Options(speed_m_per_s=4.0), 2792.0)[-1] for form in forms
        ]
        yield count, *(f"{final:.4f}" for final in finals)


def published_rows(one: Reference) -> Iterable[Sequence[object]]:
    """Yield published against model's, both forms."""
    usual = Options(speed_m_per_s=EDWARDS_SPEED, step_rate_per_min=EDWARDS_RATE)
    short = replace(usual, step_rate_per_min=EDWARDS_RATE / 0.9)
    forms: tuple[Form, Form] = ("cumulative", "published")
    fours = Options(speed_m_per_s=4.0)
    for form in forms:
        settings = RiskSettings(form=form)
        curve = one.curve(settings, fours, 2792.0)
        yield "probability after 100 d (calibrated)", form, "0.18", f"{curve[-1]:.3f}"
        yield "share of it reached by day 40", form, "most, then a plateau", f"{curve[39] / curve[-1]:.3f}"
        by_miles = {m: 100.0 * one.curve(settings, usual, km=m * KM_PER_MILE)[-1] for m in (3, 5, 7)}
        shorter = {m: 100.0 * one.curve(settings, short, km=m * KM_PER_MILE)[-1] for m in (3, 5, 7)}
        for few, more in ((3, 5), (5, 7)):
            yield f"{few} to {more} miles a day, points", form, "+4 to +10", f"{by_miles[more] - by_miles[few]:+.1f}"
        for m in (3, 5, 7):
            yield f"stride -10 % at {m} miles a day, points", form, "-3 to -6", f"{shorter[m] - by_miles[m]:+.1f}"
    model = one.model(RiskSettings(), fours)
    samples = probabilities(
        model.uncertainty_inputs(model.course(one.contacts(2792.0))), sampled(one.fatigue.spreads, 4096, 1)
    )
    yield "standard deviation over virtual subjects", "cumulative", "about 0.2", f"{samples[:, -1].std():.3f}"
    yield "mean over virtual subjects", "cumulative", "0.18", f"{samples[:, -1].mean():.3f}"


def people_rows(one: Reference) -> Iterable[Sequence[object]]:
    """Yield factors on inputs: the probability by superposition, and with the bone solved anew."""
    options, count = Options(speed_m_per_s=4.0), 2792.0
    model = one.model(RiskSettings(), options)
    inputs = model.uncertainty_inputs(model.course(one.contacts(count)))
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
        quick = probabilities(inputs, Samples(factors, np.ones(len(factors))))[0, -1]
        if other is None:
            anew = one.curve(RiskSettings(), replace(options, mass_kg=70.0 * factor), count)[-1]
        else:
            size = one.size_mm * (factor if column == 3 else 1.0)
            anew = Reference(other, size).curve(RiskSettings(), options, count)[-1]
        yield name, f"{quick:.4f}", f"{anew:.4f}"


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
