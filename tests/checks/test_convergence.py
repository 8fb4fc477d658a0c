# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Refinement: orders and limits of known series are found, and noise is not taken for a trend."""

from __future__ import annotations

import csv
import json
import sys

import numpy as np
import pytest

from fea import cli
from fea.case import Options, resolved
from fea.checks.convergence import converged, fitted, usual_sizes
from fea.errors import InputError

H = np.array(usual_sizes(1.0))


@pytest.mark.parametrize("order", [1.5, 2.0, 3.0])
@pytest.mark.parametrize("error", [0.04, -0.2])
def test_richardson_finds_limit_and_order_of_a_power(order, error):
    # f = 100 (1 + e h^p): limit 100, and |e| of it is the error at h = 1.
    trend = fitted("p95 / ue", H, 100.0 * (1.0 + error * H**order), judged_mm=1.0)
    assert trend.order == pytest.approx(order, rel=1e-3)
    assert trend.extrapolated == pytest.approx(100.0, rel=1e-3)
    assert trend.error == pytest.approx(abs(error), rel=2e-2)


def test_an_order_slower_than_behind_a_crack_is_not_believed():
    trend = fitted("p95 / ue", H, 100.0 * (1.0 + 0.04 * H**0.7), judged_mm=1.0)
    assert trend.order is None
    # A straight line through the values from h = 2 to 0.7 cuts the true limit short, by a third of 0.04 or so.
    assert 0.02 < trend.error < 0.04


def test_noise_has_no_order_and_its_scatter_is_the_error():
    trend = fitted("p95 / ue", H, np.array([100.0, 103.0, 97.0, 100.0]), judged_mm=1.0)
    assert trend.order is None
    # Four values about their mean: standard deviation sqrt(18 / 1 degree of freedom) at most, 3 at least.
    assert 0.02 < trend.scatter < 0.045
    assert trend.error >= trend.scatter


@pytest.mark.parametrize(("scatter", "shows"), [(0.5, True), (1.7, True), (1.8, False)])
def test_an_order_is_stated_where_the_trend_spans_more_than_twice_the_scatter(scatter, shows):
    # n is at right angles to 1, h² and h² ln h, so that adding it leaves the fit of 100 + h² where it is: order 2,
    # residual of length s on 4 − 3 degrees of freedom, scatter s. From h = 2 to 1/√2 the trend spans 4 − 0.5 = 3.5.
    n = np.linalg.svd([np.ones(4), H**2, H**2 * np.log(H)])[2][-1]
    trend = fitted("p95 / ue", H, 100.0 + H**2 + scatter * n, judged_mm=1.0)
    assert trend.scatter == pytest.approx(scatter / 100.0, rel=1e-4)
    assert trend.extrapolated == pytest.approx(100.0, rel=1e-4)
    assert trend.order == (pytest.approx(2.0, rel=1e-3) if shows else None)


def test_what_does_not_change_has_no_error():
    trend = fitted("p95 / ue", H, np.full(4, 5.0), judged_mm=1.0)
    assert trend.error == pytest.approx(0.0, abs=1e-12)
    assert fitted("volume / mm3", H, np.zeros(4), judged_mm=1.0).error == 0.0


def test_two_meshes_are_not_enough():
    with pytest.raises(InputError, match="at least 3"):
        converged(resolved("tibia", "running", Options(size_mm=6.0)), [6.0, 5.0])


@pytest.mark.filterwarnings("ignore:Cyclopts application invoked without tokens:UserWarning")
def test_command_writes_a_row_for_each_mesh_and_the_error(monkeypatch, capsys, tmp_path):
    file = tmp_path / "table.csv"
    words = ["converge", "metatarsal2", "walking", "--size", "2", "--sizes", "3", "2.5", "--out", str(file), "--json"]
    monkeypatch.setattr(sys, "argv", ["bonefea", *words])
    with pytest.raises(SystemExit) as leaving:
        cli.main()
    assert not leaving.value.code
    found = json.loads(capsys.readouterr().out)
    assert [m["size_mm"] for m in found["meshes"]] == [3.0, 2.5, 2.0]
    assert sorted(m["dofs"] for m in found["meshes"]) == [m["dofs"] for m in found["meshes"]]
    with file.open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["size / mm"] for row in rows] == [
        "3",
        "2.5",
        "2",
        "limit",
        "order",
        *(f"{name} at 2 mm / %" for name in ("scatter", "error")),
    ]
    assert float(rows[-1]["p95 / ue"]) < 20.0
    assert all(0.0 < m["measures"]["probability / %"] < 100.0 for m in found["meshes"])
