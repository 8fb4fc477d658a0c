# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT

import csv
import io
import re

import numpy as np
import pytest

from fea.bone import BoneShape
from fea.bone.pulls import unit_pulls
from fea.bone.regions import centers_of
from fea.case import Options, read_bone, resolved
from fea.case.history import read_history
from fea.errors import InputError
from fea.loading import UnitLoad, load_history, resultant, surface_load, write_history
from fea.loading.applied import region_wrenches

HEADER = "time_s,region,fx_n,fy_n,fz_n\n"
TURNED = "time_s,region,fx_n,fy_n,fz_n,mx_nm,my_nm,mz_nm\n"
TIBIA = read_bone("tibia")


def wrenches(history):
    """Force and moment of a history on each region of the tibia, (frames, 6)."""
    shape, centers = BoneShape(TIBIA), centers_of(TIBIA)
    sizes = zip(history.loads, history.coefficients.T, strict=True)
    return region_wrenches(sizes, centers, unit_pulls(shape, centers))


@pytest.mark.parametrize("activity", ["running", "walking", "jump_landing"])
def test_an_exported_history_reads_back_to_six_digits(activity, tmp_path):
    file = tmp_path / "mine.csv"
    own = load_history(resolved("tibia", activity))
    write_history(own, TIBIA, file)
    back = load_history(resolved("tibia", str(file)))
    np.testing.assert_allclose(back.time_s, own.time_s, rtol=5e-6)
    given, read = wrenches(own), wrenches(back)
    assert given.keys() == read.keys()
    for region, values in given.items():
        np.testing.assert_allclose(read[region], values, rtol=5e-6, atol=1e-6)  # below is round-off


def test_an_exported_history_read_back_is_written_to_the_same_file_again(tmp_path):
    own = load_history(resolved("tibia", "running"))
    write_history(own, TIBIA, tmp_path / "mine.csv")
    write_history(load_history(resolved("tibia", str(tmp_path / "mine.csv"))), TIBIA, tmp_path / "again.csv")
    first, second = ((tmp_path / f"{name}.csv").read_text(encoding="utf-8") for name in ("mine", "again"))
    assert [line for line in first.splitlines() if not line.startswith("#")] == [
        line for line in second.splitlines() if not line.startswith("#")
    ]


def test_what_an_activity_exports_loads_the_bone_as_a_whole_as_the_activity_does(tibia, tibia_mesh, tmp_path):
    # Region by region or muscle by muscle: force and moment of all loads together are the same in every frame.
    own = load_history(resolved("tibia", "running"))
    write_history(own, TIBIA, tmp_path / "mine.csv")
    back = load_history(resolved("tibia", str(tmp_path / "mine.csv")))
    for frame in (10, 50, 80):
        totals = [
            np.concatenate(resultant([surface_load(tibia_mesh, x) for x in h.loads], h.coefficients[frame]))
            for h in (own, back)
        ]
        # Six digits of 8 kN are 5 mN, with levers of up to 400 mm.
        np.testing.assert_allclose(totals[1][:3], totals[0][:3], rtol=0, atol=0.02)
        np.testing.assert_allclose(totals[1][3:], totals[0][3:], rtol=0, atol=10.0)


def saved_by_a_spreadsheet(text, separator, *, quoted, decimal="."):
    """What a spreadsheet makes of a CSV file that was opened with commas: cells, filled up to one length."""
    table = list(csv.reader(io.StringIO(text)))
    width = max(map(len, table))
    stream = io.StringIO()
    writer = csv.writer(stream, delimiter=separator, quoting=csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL)
    for row in table:
        cells = [cell.replace(".", decimal) if re.fullmatch("[-0-9.e+]+", cell) else cell for cell in row]
        writer.writerow(cells + [""] * (width + 1 - len(cells)))
    return "\ufeff" + stream.getvalue()


@pytest.mark.parametrize(
    ("separator", "quoted", "decimal"), [(",", False, "."), (",", True, "."), (";", False, ","), ("\t", True, ".")]
)
def test_a_spreadsheet_may_save_the_file(separator, quoted, decimal, tmp_path):
    file, saved = tmp_path / "mine.csv", tmp_path / "saved.csv"
    notes = ["ankle: from the model, at 40 ms", 'said with a comma, a ; and "quotes"']
    history = load_history(resolved("tibia", "walking", Options(side="left")))
    write_history(history, TIBIA, file, side="left", account=notes, body_mass_kg=72.6)
    saved.write_text(
        saved_by_a_spreadsheet(file.read_text(encoding="utf-8"), separator, quoted=quoted, decimal=decimal),
        encoding="utf-8",
    )
    first, second = (read_history(name) for name in (file, saved))
    assert (second["side"], second["body_mass_kg"]) == ("left", 72.6)
    assert second["forces"] == first["forces"]
    assert second["time_s"] == first["time_s"]
    # The commas of a note, at which the line was broken, come back as what the file is separated by.
    assert second["notes"][0] in (notes[0], notes[0].replace(",", separator))


def test_no_comma_or_semicolon_breaks_the_head(tmp_path):
    write_history(load_history(resolved("tibia", "running")), TIBIA, tmp_path / "mine.csv")
    head = [line for line in (tmp_path / "mine.csv").read_text(encoding="utf-8").splitlines() if line.startswith("#")]
    assert len(head) > 5
    assert not any(mark in line for line in head for mark in ",;")


@pytest.mark.parametrize(("side", "weight_n"), [("right", None), ("left", 686.5)])
def test_a_line_for_each_time_says_what_a_line_for_each_time_and_region_says(side, weight_n, tmp_path):
    history = load_history(resolved("tibia", "running", Options(side=side)))
    for wide in (False, True):
        write_history(history, TIBIA, tmp_path / f"{wide}.csv", side=side, weight_n=weight_n, wide=wide)
    long, wide = (read_history(tmp_path / f"{wide}.csv") for wide in (False, True))
    assert {**wide, "name": "", "title": ""} == {**long, "name": "", "title": ""}
    rows = (tmp_path / "True.csv").read_text(encoding="utf-8").splitlines()
    assert sum(not row.startswith("#") for row in rows) == len(history.time_s) + 1


@pytest.mark.parametrize(
    ("head", "row", "says"),
    [
        ("time_s,plafond.fx_n,plafond.fy_n", "0,1,2", "needed: time_s"),
        ("time_s,plafond.fx_n,plafond.fy_n,plafond.fz_bw", "0,1,2,3", "needed: time_s"),
        ("time_s,plafond.fx_n,plafond.fy_n,plafond.fz_n,soleus.fx_n", "0,1,2,3,4", "needed: time_s"),
        ("time_s,region,plafond.fx_n,plafond.fy_n,plafond.fz_n", "0,soleus,1,2,3", "needed: time_s"),
        (
            "time_s,plafond.fx_n,plafond.fy_n,plafond.fz_n",
            "0,1,x,3",
            r"line 2: column plafond\.fy_n: 'x' is not a number",
        ),
    ],
)
def test_columns_of_regions_that_are_not_whole_are_refused(head, row, says, tmp_path):
    (tmp_path / "mine.csv").write_text(f"{head}\n{row}\n", encoding="utf-8")
    with pytest.raises(InputError, match=says):
        read_history(tmp_path / "mine.csv")


def test_forces_in_newtons_of_a_known_person_grow_with_the_body_mass_asked_for(tmp_path):
    (tmp_path / "mine.csv").write_text(f"# body_mass_kg: 60\n{HEADER}0,plafond,10,900,-20\n", encoding="utf-8")
    own, heavier = (resolved("tibia", str(tmp_path / "mine.csv"), Options(mass_kg=mass)) for mass in (None, 90.0))
    assert (own.body_mass_kg, own.person, own.notes) == (60.0, "60 kg", ())
    np.testing.assert_array_equal(load_history(heavier).coefficients, 1.5 * load_history(own).coefficients)
    assert heavier.notes == ("loads: forces in N of a person of 60 kg, times 1.5 for 90 kg",)


def test_seventy_kilograms_asked_for_are_seventy_kilograms(tmp_path):
    """The mass that holds where none is given is a mass like others when it is given."""
    (tmp_path / "mine.csv").write_text(f"# body_mass_kg: 60\n{HEADER}0,plafond,10,900,-20\n", encoding="utf-8")
    case = resolved("tibia", str(tmp_path / "mine.csv"), Options(mass_kg=70.0))
    assert (case.body_mass_kg, case.force_factor) == (70.0, pytest.approx(70.0 / 60.0))
    assert resolved("tibia", "running").body_mass_kg == 70.0


def test_forces_in_newtons_of_nobody_known_refuse_a_body_mass_and_name_none(tmp_path):
    file = tmp_path / "mine.csv"
    file.write_text(f"{HEADER}0,plafond,10,900,-20\n", encoding="utf-8")
    assert resolved("tibia", str(file)).person == "forces in N as given"
    with pytest.raises(
        InputError, match=r"body mass is 90 kg, but the forces of 'mine' are in N .* body_mass_kg: 72\.6"
    ):
        resolved("tibia", str(file), Options(mass_kg=90.0))
    with pytest.raises(InputError, match=r"body mass is 70 kg, but the forces"):
        resolved("tibia", str(file), Options(mass_kg=70.0))


def test_a_file_in_body_weights_is_the_same_load_on_a_body_of_any_mass(tmp_path):
    case = resolved("tibia", "running", Options(mass_kg=60.0))
    write_history(load_history(case), TIBIA, tmp_path / "bw.csv", weight_n=case.body_weight_n)
    for mass in (60.0, 80.0):
        own, back = (
            load_history(resolved("tibia", name, Options(mass_kg=mass)))
            for name in ("running", str(tmp_path / "bw.csv"))
        )
        given, read = wrenches(own), wrenches(back)
        for region, values in given.items():
            np.testing.assert_allclose(read[region], values, rtol=1e-5, atol=1e-3)


@pytest.mark.parametrize(
    ("columns", "row", "expected"),
    [
        ("fx_n,fy_n,fz_n,mx_nm,my_nm,mz_nm", "0,3000,0,1,-2,40", [1000.0, -2000.0, 40000.0]),
        ("fx_n,fy_n,fz_n,mx_nmm,my_nmm,mz_nmm", "0,3000,0,1,-2,40", [1.0, -2.0, 40.0]),
        # 70 kg weigh 686.4655 N.
        ("fx_bw,fy_bw,fz_bw,mx_bwmm,my_bwmm,mz_bwmm", "0,4,0,1,-2,40", [686.4655, -1372.931, 27458.62]),
    ],
    ids=["N m", "N mm", "BW mm"],
)
def test_moments_come_in_the_unit_of_their_columns(columns, row, expected, tmp_path):
    (tmp_path / "mine.csv").write_text(f"time_s,region,{columns}\n0.1,plafond,{row}\n")
    history = load_history(resolved("tibia", str(tmp_path / "mine.csv")))
    found = [history.coefficients[0, history.loads.index(UnitLoad("plafond", True, axis))] for axis in range(3)]
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_a_moment_is_written_in_newton_millimetres_and_read_back(tmp_path):
    (tmp_path / "mine.csv").write_text(
        "time_s,region,fx_n,fy_n,fz_n,mx_nm,my_nm,mz_nm\n0.1,plafond,0,3000,0,0,12.5,0\n"
    )
    own = load_history(resolved("tibia", str(tmp_path / "mine.csv")))
    write_history(own, TIBIA, tmp_path / "back.csv")
    assert "fz_n,mx_nmm,my_nmm,mz_nmm\n" in (tmp_path / "back.csv").read_text(encoding="utf-8")
    assert wrenches(load_history(resolved("tibia", str(tmp_path / "back.csv"))))["plafond"].tolist() == [
        [0.0, 3000.0, 0.0, 0.0, 12500.0, 0.0]
    ]


def test_forces_through_the_centres_are_written_without_moments(tmp_path):
    (tmp_path / "mine.csv").write_text(HEADER + "0.1,plafond,0,3000,0\n")
    write_history(load_history(resolved("tibia", str(tmp_path / "mine.csv"))), TIBIA, tmp_path / "back.csv")
    assert HEADER in (tmp_path / "back.csv").read_text(encoding="utf-8")


def test_the_head_says_the_command_that_works_on_one_line(tmp_path):
    file = tmp_path / "mine.csv"
    own = load_history(resolved("metatarsal2", "walking"))
    write_history(own, resolved("metatarsal2", "walking").bone, file, command="bonefea run metatarsal2 'a\nb.csv'")
    head = [line for line in file.read_text(encoding="utf-8").splitlines() if line.startswith("#")]
    assert head[-1] == "# Run it: bonefea run metatarsal2 'a\\nb.csv'"
    assert load_history(resolved("metatarsal2", str(file))).loads == own.loads


def test_a_link_beside_is_not_followed_and_a_link_never_replaced(tmp_path):
    (tmp_path / "precious.txt").write_text("precious", encoding="utf-8")
    (tmp_path / ".mine.csv.partial").symlink_to("precious.txt")
    (tmp_path / "link.csv").symlink_to("precious.txt")
    own = load_history(resolved("tibia", "running"))
    write_history(own, TIBIA, tmp_path / "mine.csv")
    with pytest.raises(InputError, match="never replaced"):
        write_history(own, TIBIA, tmp_path / "link.csv")
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
        ("time_s,region,fx_n,fy_n,fz_n,mx_nm,my_nmm,mz_nm\n0,plafond,0,1,0,0,0,0\n", r"in _n as mx_nm, .*_nmm"),
        ("time_s,region,fx_n,fy_n,fz_n,mx,my,mz\n0,plafond,0,1,0,0,0,0\n", "moments beside forces in _n as"),
        ("time_s,region,fx_n,fy_n,fz_n,mx_nm\n0,plafond,0,1,0,0\n", "moments beside forces in _n as"),
        ("time_s,region,fx_n,fy_n,fz_n,mx_bwmm,my_bwmm,mz_bwmm\n0,plafond,0,1,0,0,0,0\n", "in _bw in _bwmm"),
        ("time_s,region,fx_bw,fy_bw,fz_bw,mx_nm,my_nm,mz_nm\n0,plafond,0,1,0,0,0,0\n", "in _bw in _bwmm"),
        ("time_s,region,mx_nm,my_nm,mz_nm\n0,plafond,0,1,0\n", "needed: time_s"),
        (TURNED + "0,plafond,0,1,0,0,x,0\n", "line 2: column my_nm: 'x' is not a number"),
        (TURNED + "0,plafond,0,1,0,0,2000,0\n", "a moment on 'plafond' is 2e\\+06 N·mm; allowed: up to 1e\\+06 N·mm"),
        (TURNED + "0,plafond,0,0,0,0,0,0\n", "all forces are zero"),
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


def test_the_moment_of_an_instant_is_exported_with_it(tmp_path):
    # 93 BW·mm of the gastrocnemii about z: 93 · 686.4655 N.
    own = load_history(resolved("tibia", "running_peak"))
    gastrocnemii = resolved("tibia", "running_peak").activity.forces["gastrocnemii"].model_copy(update={"share": 1.0})
    case = resolved("tibia", "running_peak")
    forces = {**case.activity.forces, "gastrocnemii": gastrocnemii}
    turned = load_history(case.model_copy(update={"activity": case.activity.model_copy(update={"forces": forces})}))
    for history in (own, turned):
        write_history(history, TIBIA, tmp_path / "mine.csv")
        back = wrenches(load_history(resolved("tibia", str(tmp_path / "mine.csv"))))["plafond"]
        np.testing.assert_allclose(back, wrenches(history)["plafond"], rtol=5e-6, atol=1e-6)
    assert back[0, 5] == pytest.approx(93.0 * 686.4655, rel=5e-6)


def test_a_history_as_toml_is_read_like_one_as_csv(tmp_path):
    (tmp_path / "mine.csv").write_text(
        "time_s,region,fx_bw,fy_bw,fz_bw,mx_bwmm,my_bwmm,mz_bwmm\n0,plafond,0,0,0,0,0,0\n0.1,plafond,-0.4,9,0,-30,5,0\n"
    )
    (tmp_path / "mine.toml").write_text(
        'schema = 1\nkind = "history"\nname = "mine"\ntitle = "t"\nunit = "BW"\ntime_s = [0.0, 0.1]\n'
        "[forces]\nplafond = [[0.0, 0.0, 0.0], [-0.4, 9.0, 0.0]]\n"
        "[moments]\nplafond = [[0.0, 0.0, 0.0], [-30.0, 5.0, 0.0]]\n"
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
