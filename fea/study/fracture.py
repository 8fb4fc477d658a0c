# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""What the same training every day does to the bone of a case: damage, and the probability of a stress fracture."""

from __future__ import annotations

import numpy as np

from fea.case import Case, read_fatigue
from fea.case.study import Training
from fea.errors import InputError
from fea.risk import Cortex, RiskModel, Settings, exposure
from fea.solve import Basis
from fea.study.metrics import Metric


def fracture_metrics(case: Case, basis: Basis, cortex: Cortex, training: Training) -> tuple[Metric, ...]:
    """Return the damage of a day and the probability at the end, as a whole and by site.

    Laws, repair and calibration are those shipped; no people are sampled.

    Raises
    ------
    fea.errors.InputError
        The training gives no amount of the activity's kind.
    """
    load = exposure(case, basis, cortex.sections)
    if load.cycles_per_km is not None:
        amount, per = training.km_per_day, load.cycles_per_km
    else:
        amount, per = training.repetitions_per_day, 1.0
    if amount is None:
        kind = "km_per_day" if load.cycles_per_km is not None else "repetitions_per_day"
        raise InputError(f"the training gives no {kind}, which the activity {load.name!r} needs.")
    model = RiskModel(cortex, [load], read_fatigue(), Settings(samples=0, sensitivity=0), case.tissue)
    contacts = np.full((1, training.days), amount * per)
    course = model.course(contacts)
    sites = zip(cortex.sites, course.by_site[:, -1], strict=True)
    return (
        Metric("damage of a day", "", "1", float(model.whole_bone(contacts)[0])),
        Metric(f"probability after {training.days} d", "", "1", float(course.probability[-1])),
        *(Metric(f"probability after {training.days} d", site, "1", float(p)) for site, p in sites),
    )
