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


def test_the_head_says_the_command_that_works_on_one_line(tmp_path):
    file = tmp_path / "mine.csv"
    own = load_history(resolved("metatarsal2", "walking"))
    write_history(own, file, command="bonefea run metatarsal2 'a\nb.csv'")
    head = [line for line in file.read_text(encoding="utf-8").splitlines() if line.startswith("#")]
    assert head[-1] == "# Run it: bonefea run metatarsal2 'a\\nb.csv'"
    assert load_history(resolved("metatarsal2", str(file))).loads == own.loads


def test_a_link_beside_is_not_followed_and_a_link_never_replaced(tmp_path):
    (tmp_path / "precious.txt").write_text("precious", encoding="utf-8")
    (tmp_path / ".mine.csv.partial").symlink_to("precious.txt")
    (tmp_path / "link.csv").symlink_to("precious.txt")
    own = load_history(resolved("tibia", "running"))
    write_history(own, tmp_path / "mine.csv")
    with pytest.raises(InputError, match="never replaced"):
        write_history(own, tmp_path / "link.csv")
    assert (tmp_path / "precious.txt").read_text(encoding="utf-8") == "precious"


def test_body_weights_are_multiplied_by_the_body(tmp_path):
    file = tmp_path / "mine.csv"
    file.write_text("time_s,region,fx_bw,fy_bw,fz_bw\n0.0,plafond,0,10,0\n")
    history = load_history(resolved("tibia", str(file), Options(mass_kg=60.0)))
    # 10 BW of 60 kg: 10 · 60 · 9.80665 N.
    assert history.coefficients.max() == pytest.approx(5883.99, rel=1e-12)


@pytest.mark.parametrize(
    "rows",
    [
        "0,plafond,0,100,0\n0,soleus,0,-50,0\n0.1,plafond,0,200,0\n",
        "0,plafond,0,100,0\n0.1,plafond,0,200,0\n0.1,soleus,0,-50,0\n",
        "0,plafond,0,0,0\n0,soleus,0,-5,0\n0.1,soleus,0,-50,0\n0.2,plafond,0,0,0\n0.2,soleus,0,-5,0\n",
    ],
    ids=["at the end", "at the beginning", "between"],
)
def test_a_region_that_is_missing_at_a_time_is_refused_by_name_and_time(rows, tmp_path):
    # Counted as zero, a plafond that is missing at the peak takes a third off the strained volume.
    file = tmp_path / "mine.csv"
    file.write_text(HEADER + rows)
    with pytest.raises(InputError, match=r"'(soleus|plafond)' has no row at 0(\.1)? s"):
        resolved("tibia", str(file))


@pytest.mark.parametrize(
    "content",
    [
        "\ufefftime_s,region,fx_n,fy_n,fz_n\r\n0.1,plafond,0,900,0\r\n",
        "time_s,region,fx_n,fy_n,fz_n,,\n0.1,plafond,0,900,0,,\n,,,,,,\n",
        "time_s, region, fx_n, fy_n, fz_n\n0.1, plafond, 0, 900, 0\n\n",
        '"time_s";"region";"fx_n";"fy_n";"fz_n"\n"0,1";"plafond";"0";"900,0";"0"\n',
        "TIME_S\tREGION\tFX_N\tFY_N\tFZ_N\n0.1\tplafond\t0\t900\t0\n",
        "time_ms,region,fx_n,fy_n,fz_n\n100,plafond,0,900,0\n",
        "# a comment, with a comma\ntime_s,region,fx_n,fy_n,fz_n\n# another\n0.1,plafond,0,9e2,0\n",
    ],
    ids=["byte order mark", "padded", "blanks", "semicolons", "tabs in capitals", "milliseconds", "comments"],
)
def test_a_table_as_spreadsheets_and_loggers_write_it_is_read(content, tmp_path):
    (tmp_path / "MINE.CSV").write_text(content, encoding="utf-8")
    history = load_history(resolved("tibia", str(tmp_path / "MINE.CSV")))
    np.testing.assert_allclose(history.coefficients, [[900.0]])
    assert history.time_s == pytest.approx([0.1])


@pytest.mark.parametrize(("start", "said"), [(-0.02, "+0.02"), (3612.5, "-3612.5")])
def test_times_before_contact_or_by_the_clock_are_shifted_and_the_title_says_so(start, said, tmp_path):
    file = tmp_path / "mine.csv"
    file.write_text(HEADER + "".join(f"{start + 0.1 * k},plafond,0,900,0\n" for k in range(3)))
    case = resolved("tibia", str(file))
    assert load_history(case).time_s == pytest.approx([0.0, 0.1, 0.2])
    assert f"times shifted by {said} s" in case.activity.title


def test_a_hundred_thousand_rows_are_read_in_order(tmp_path):
    file = tmp_path / "long.csv"
    size = [0.5 + (k % 100) for k in range(50_000)]
    rows = (f"{0.0005 * k!r},plafond,0,{9 * y},0\n{0.0005 * k!r},soleus,0,{-y},0\n" for k, y in enumerate(size))
    file.write_text(HEADER + "".join(rows))
    history = load_history(resolved("tibia", str(file)))
    assert len(history.time_s) == 50_000
    np.testing.assert_allclose(history.coefficients[:, 1], -np.array(size))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (HEADER, "holds no rows"),
        ("", "has the columns none"),
        ("time_s,region,fx_n,fy_bw,fz_n\n0,plafond,0,1,0\n", "all three forces in _bw"),
        ("time_s,region,fx_n,fy_n\n0,plafond,0,1\n", "needed: time_s"),
        (HEADER + "0,plafond,0,x,0\n", "line 2: column fy_n: 'x' is not a number"),
        (HEADER + "0,plafond,0,7_566,0\n", "'7_566' is not a number"),
        (HEADER + "0,plafond,0,nan,0\n", "not finite"),
        (HEADER + "0,plafond,0\n", "line 2"),
        (HEADER + "0.1,plafond,0,1,0\n0.0,plafond,0,1,0\n", "comes after a later one"),
        (HEADER + "0,plafond,0,1,0\n0,plafond,0,1,0\n", "stands twice"),
        (HEADER + "0,plafon,0,100,0\n", "nearest: plafond"),
        (HEADER + "0,plateau_medial,0,100,0\n", "which supports the bone"),
        (HEADER + "0,plafond,0,343000,0\n", "allowed: up to 60000 N"),
        ("time_s,region,fx_bw,fy_bw,fz_bw\n0,plafond,0,500,0\n", "allowed: up to 60 BW"),
        (HEADER + "".join(f"{t},plafond,0,900,0\n" for t in range(0, 250, 5)), "call the column time_ms"),
        (
            "phase,contact_time_s,region,fx_n,fy_n,fz_n\n0,0.2,plafond,0,9,0\n1,0.3,plafond,0,9,0\n",
            "line 3: column contact_time_s: 0.3 differs from 0.2",
        ),
        ("time_s,region,fx_n,fy_n,fz_n,fz_n\n0,plafond,0,1,0,0\n", "needed: time_s"),
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
