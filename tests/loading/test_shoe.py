# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""A shoe from two load histories: the activity in it shows the measured ratio of force and contact time."""

from __future__ import annotations

import numpy as np
import pytest

from fea.case import Options, read_shoe, resolved
from fea.errors import InputError
from fea.loading import UnitLoad, load_history

CALLED = pytest.mark.filterwarnings("ignore:Cyclopts application invoked without tokens:UserWarning")
RUN = "time_s,region,fx_n,fy_n,fz_n\n"


def history(folder, name, peak_n, lasting_s, region="plafond"):
    """A contact with one peak on a region."""
    file = folder / f"{name}.csv"
    rows = [(0.0, 0.0), (0.5 * lasting_s, peak_n), (lasting_s, 0.0)]
    file.write_text(RUN + "".join(f"{t},{region},0,{f},0\n" for t, f in rows), encoding="utf-8")
    return str(file)


def peak_and_time(case, region):
    loads = load_history(case)
    columns = [
        loads.loads.index(UnitLoad(region, False, axis))
        for axis in range(3)
        if UnitLoad(region, False, axis) in loads.loads
    ]
    return np.linalg.norm(loads.coefficients[:, columns], axis=1).max(), loads.time_s[-1]


@CALLED
@pytest.mark.parametrize(("bone", "region"), [("tibia", "plafond"), ("metatarsal2", "plantar_head")])
def test_activity_in_the_shoe_shows_the_measured_ratio(tmp_path, bonefea, bone, region):
    size = 6000.0 if bone == "tibia" else 300.0
    mine = history(tmp_path, "mine", 1.1 * size, 0.26, region)
    usual = history(tmp_path, "usual", size, 0.25, region)
    file = tmp_path / "blue.toml"
    code, printed, err = bonefea("loads", "shoe", mine, usual, "--bone", bone, "--export", str(file))
    assert (code, err) == (0, "")
    assert "contact_time: 1.040" in printed
    with_it, without = (
        peak_and_time(resolved(bone, "running", Options(footwear=name)), region) for name in (str(file), "conventional")
    )
    assert with_it[0] / without[0] == pytest.approx(1.1, rel=1e-6)
    assert with_it[1] / without[1] == pytest.approx(1.04, rel=1e-6)
    assert read_shoe(str(file))[1].title == "blue"


@CALLED
def test_ratios_that_no_shoe_makes_and_histories_without_the_force_are_refused(tmp_path, bonefea):
    usual = history(tmp_path, "usual", 6000.0, 0.25)
    for other, sentence in (
        (history(tmp_path, "a", 600.0, 0.25), "the ratio of peak forces on 'plafond' is 0.1; allowed: 0.2 to 4"),
        (history(tmp_path, "b", 6000.0, 0.04), "the ratio of contact times"),
        (history(tmp_path, "c", 600.0, 0.25, "soleus"), "has no force on 'plafond'"),
        ("running", "is no load history"),
    ):
        code, _, err = bonefea("loads", "shoe", other, usual, "--export", str(tmp_path / "x.toml"))
        assert code == 2
        assert sentence in err
    with pytest.raises(InputError, match="there is no shoe 'blu'"):
        read_shoe("blu")
