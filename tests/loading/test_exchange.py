# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT

import numpy as np
import pytest

from fea.case import Options, resolved
from fea.errors import InputError
from fea.loading import load_history, write_history

HEADER = "time_s,region,fx_n,fy_n,fz_n\n"


@pytest.mark.parametrize("activity", ["running", "walking", "jump_landing"])
def test_an_exported_history_reads_back_to_identical_forces(activity, tmp_path):
    file = tmp_path / "mine.csv"
    own = load_history(resolved("tibia", activity))
    write_history(own, file)
    back = load_history(resolved("tibia", str(file)))
    assert back.loads == own.loads
    np.testing.assert_array_equal(back.coefficients, own.coefficients)
    np.testing.assert_array_equal(back.time_s, own.time_s)


def test_body_weights_are_multiplied_by_the_body(tmp_path):
    file = tmp_path / "mine.csv"
    file.write_text("time_s,region,fx_bw,fy_bw,fz_bw\n0.0,plafond,0,10,0\n")
    history = load_history(resolved("tibia", str(file), Options(mass_kg=60.0)))
    # 10 BW of 60 kg: 10 · 60 · 9.80665 N.
    assert history.coefficients.max() == pytest.approx(5883.99, rel=1e-12)


def test_a_region_missing_at_a_time_is_unloaded_then(tmp_path):
    file = tmp_path / "mine.csv"
    file.write_text(HEADER + "0,plafond,0,100,0\n0,soleus,0,-50,0\n0.1,plafond,0,200,0\n")
    history = load_history(resolved("tibia", str(file)))
    column = next(k for k, load in enumerate(history.loads) if load.region == "soleus")
    np.testing.assert_array_equal(history.coefficients[:, column], [-50.0, 0.0])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (HEADER, "holds no rows"),
        ("", "has the columns none"),
        ("time_s,region,fx_n,fy_bw,fz_n\n0,plafond,0,1,0\n", "all three forces in _bw"),
        ("time_s,region,fx_n,fy_n\n0,plafond,0,1\n", "needed: time_s"),
        (HEADER + "0,plafond,0,x,0\n", "line 2"),
        (HEADER + "0,plafond,0,nan,0\n", "not finite"),
        (HEADER + "0,plafond,0\n", "line 2"),
        (HEADER + "0.1,plafond,0,1,0\n0.0,plafond,0,1,0\n", "comes after a later one"),
        (HEADER + "0,plafond,0,1,0\n0,plafond,0,1,0\n", "stands twice"),
        (HEADER + "0,plafon,0,100,0\n", "nearest: plafond"),
        (HEADER + "0,plateau_medial,0,100,0\n", "which supports the bone"),
        (HEADER + "0,plafond,0,343000,0\n", "allowed: up to 60000 N"),
        ("time_s,region,fx_bw,fy_bw,fz_bw\n0,plafond,0,500,0\n", "allowed: up to 60 BW"),
        (HEADER + "-1,plafond,0,1,0\n", "time_s"),
        (HEADER + "0,plafond,-0.4,9,0\n", "is its unit N"),
        ("# a\n# b\n" + HEADER + "0,plafond,0,x,0\n", "line 4"),
    ],
)
def test_a_faulty_history_is_refused_in_one_sentence(content, message, tmp_path):
    file = tmp_path / "mine.csv"
    file.write_text(content)
    with pytest.raises(InputError, match=message) as caught:
        resolved("tibia", str(file))
    assert "\n" not in str(caught.value)


def test_moments_are_not_lost_silently(tmp_path):
    case = resolved("tibia", "running_peak")
    force = case.activity.forces["gastrocnemii"].model_copy(update={"share": 1.0})
    activity = case.activity.model_copy(update={"forces": {"gastrocnemii": force}})
    with pytest.raises(InputError, match="forces only"):
        write_history(load_history(case.model_copy(update={"activity": activity})), tmp_path / "mine.csv")
    assert not list(tmp_path.iterdir())


def test_a_history_as_toml_is_read_like_one_as_csv(tmp_path):
    (tmp_path / "mine.csv").write_text("time_s,region,fx_bw,fy_bw,fz_bw\n0,plafond,0,0,0\n0.1,plafond,-0.4,9,0\n")
    (tmp_path / "mine.toml").write_text(
        'schema = 1\nkind = "history"\nname = "mine"\ntitle = "t"\nunit = "BW"\ntime_s = [0.0, 0.1]\n'
        "[forces]\nplafond = [[0.0, 0.0, 0.0], [-0.4, 9.0, 0.0]]\n"
    )
    table, text = (load_history(resolved("tibia", str(tmp_path / f"mine.{kind}"))) for kind in ("csv", "toml"))
    assert table.loads == text.loads
    np.testing.assert_array_equal(table.coefficients, text.coefficients)


def test_phase_and_contact_time_stand_for_time(tmp_path):
    (tmp_path / "mine.csv").write_text(
        "phase,contact_time_s,region,fx_bw,fy_bw,fz_bw\n0,0.25,plafond,0,1,0\n0.5,0.25,plafond,0,9,0\n"
    )
    (tmp_path / "mine.toml").write_text(
        'schema = 1\nkind = "history"\nname = "mine"\ntitle = "t"\nunit = "BW"\nphase = [0.0, 0.5]\n'
        "contact_time_s = 0.25\n[forces]\nplafond = [[0, 1, 0], [0, 9, 0]]\n"
    )
    for kind in ("csv", "toml"):
        history = load_history(resolved("tibia", str(tmp_path / f"mine.{kind}")))
        np.testing.assert_allclose(history.time_s, [0.0, 0.125])
