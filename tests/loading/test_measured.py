# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Loads from a measured ground force: files in any convention, contacts, posture, and what the leg makes of them."""

from __future__ import annotations

import multiprocessing
import random
from concurrent.futures import ProcessPoolExecutor

import numpy as np
import pytest

from fea.case import Case, History, Options, read_activity, resolved, trial_of
from fea.errors import InputError
from fea.loading import contacts_in, import_ground, load_history, read_loads
from fea.loading.forefoot import heads_ahead
from fea.loading.measured.contacts import contacts_of
from fea.loading.measured.ground import MeasuredGround, read_measured
from fea.loading.measured.motion_capture import read_plate
from fea.loading.stance import ground_of, placement_of
from tests.loading.test_opensim import external_loads, model_file
from tests.robustness.hostile import damaged

MASS, WEIGHT = 70.0, 70.0 * 9.80665
RATE = 1000.0
CALLED = pytest.mark.filterwarnings("ignore:Cyclopts application invoked without tokens:UserWarning")


@pytest.fixture(scope="module")
def walking():
    """The walking of the library, as the case of a man of 70 kg."""
    return resolved("tibia", "walking", Options(mass_kg=MASS))


def measured(case, cop="ankle", before_s=0.05):
    """Columns of the case's ground force as a plate would measure them, with the foot off the ground at both ends."""
    ground, placed = ground_of(case, case.activity), placement_of(case, case.activity)
    lasting = ground.time_s[-1]
    time = np.arange(0.0, lasting + 2.0 * before_s, 1.0 / RATE)
    at = time - before_s
    on = (at > 0.0) & (at < lasting)

    def series(values):
        return np.where(on, np.interp(at, ground.time_s, values), 0.0)

    moved = {
        "ankle": placed.ahead_mm,
        # The heads stay on the ground; 400 mm is where they are in the laboratory.
        "laboratory": 400.0 + placed.ahead_mm - heads_ahead(case.activity.foot, placed),
        "heel": 55.0 + placed.size * 130.0 + placed.ahead_mm - heads_ahead(case.activity.foot, placed),
    }[cop]
    return {
        "time": time,
        "forward": WEIGHT * series(ground.forward_bw),
        "up": WEIGHT * series(ground.vertical_bw),
        "right": WEIGHT * series(ground.lateral_bw),
        "cop_forward": series(moved),
        "cop_right": series(placed.lateral_mm),
        "free_moment": WEIGHT * series(ground.free_moment_bw_mm) / 1000.0,
    }


def csv(folder, columns, separator=",", decimal=".", name="plate.csv"):
    """A CSV file of columns."""
    rows = zip(*columns.values(), strict=True)
    lines = [separator.join(columns), *(separator.join(f"{v:.9g}".replace(".", decimal) for v in row) for row in rows)]
    file = folder / name
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def trial(ground, **keys):
    """A trial of walking on the right foot, not filtered."""
    usual = {
        "schema": 1,
        "kind": "ground_force",
        "name": "t",
        "title": "t",
        "side": "right",
        "activity": "walking",
        "body_mass_kg": MASS,
        "ground": str(ground),
        "cop_from": "ankle",
        "cutoff_hz": 0,
        "threshold_n": 5.0,
    }
    return trial_of(usual | keys)


def loads_of(found):
    """Largest size of each load."""
    return {
        load: np.abs(size).max() for load, size in zip(found.history.loads, found.history.coefficients.T, strict=True)
    }


# ---------------------------------------------------------------- what the leg makes of it


@pytest.mark.parametrize("cop_from", ["ankle", "laboratory", "heel"])
def test_measured_ground_force_of_the_library_gives_its_loads(tmp_path, tibia, walking, cop_from):
    file = csv(tmp_path, measured(walking, cop_from))
    found = import_ground(trial(file, cop_from=cop_from, ankle_from_heel_mm=55.0), tibia)
    own = load_history(walking)
    expected = dict(zip(own.loads, own.coefficients.T, strict=True))
    largest = max(np.abs(size).max() for load, size in expected.items() if not getattr(load, "moment", False))
    for load, size in zip(found.history.loads, found.history.coefficients.T, strict=True):
        if not getattr(load, "moment", False):
            at = np.interp(found.history.time_s / found.history.time_s[-1], own.time_s / own.time_s[-1], expected[load])
            # The contact begins at 5 N, 1 % of its time late, and so does the posture.
            np.testing.assert_allclose(size, at, atol=0.04 * largest, err_msg=str(load))
            assert np.abs(size).max() == pytest.approx(np.abs(expected[load]).max(), abs=0.01 * largest)


def test_metatarsal_is_loaded_too(tmp_path, walking):
    file = csv(tmp_path, measured(walking))
    case = resolved("metatarsal2", "walking", Options(mass_kg=MASS))
    found = import_ground(trial(file), case.bone)
    own = load_history(case)
    peak = max(loads_of(found).values())
    assert peak == pytest.approx(np.abs(own.coefficients).max(), rel=0.02)


def test_left_foot_is_the_mirror_image(tmp_path, tibia, walking):
    columns = measured(walking)
    right = import_ground(trial(csv(tmp_path, columns)), tibia)
    mirrored = columns | {key: -columns[key] for key in ("right", "cop_right", "free_moment")}
    left = import_ground(trial(csv(tmp_path, mirrored), side="left"), tibia)
    np.testing.assert_allclose(left.history.coefficients, right.history.coefficients, rtol=1e-9)


# ---------------------------------------------------------------- conventions of files


def test_every_convention_of_a_table_gives_the_same_loads(tmp_path, tibia, walking):
    columns = measured(walking)
    plain = import_ground(trial(csv(tmp_path, columns)), tibia).history.coefficients
    forces = ("forward", "up", "right")
    named = {"time": "t", "forward": "-Fy", "up": "Fz", "right": "Fx", "cop_forward": "-COPy", "cop_right": "COPx"}
    other = {
        "t": 1000.0 * columns["time"],
        "Fy": -columns["forward"] / WEIGHT,
        "Fz": columns["up"] / WEIGHT,
        "Fx": columns["right"] / WEIGHT,
        "COPy": -columns["cop_forward"] / 1000.0,
        "COPx": columns["cop_right"] / 1000.0,
        "Tz": 1000.0 * columns["free_moment"],
    }
    units = {"time_unit": "ms", "force_unit": "BW", "length_unit": "m", "moment_unit": "Nmm"}
    freely = trial(csv(tmp_path, other, ";", ","), columns=named | {"free_moment": "Tz"}, **units)
    on_plate = columns | {key: -columns[key] for key in (*forces, "free_moment")}
    for one in (freely, trial(csv(tmp_path, on_plate, name="b.csv"))):
        np.testing.assert_allclose(import_ground(one, tibia).history.coefficients, plain, atol=1e-3)
    said = import_ground(trial(tmp_path / "b.csv"), tibia).account
    assert any("it is that on the plate" in line for line in said)


def storage(folder, columns):
    """The same as a ``.mot`` in SI, x forward, y up, z right."""
    zero = np.zeros_like(columns["time"])
    table = {
        "time": columns["time"],
        "ground_force_vx": columns["forward"],
        "ground_force_vy": columns["up"],
        "ground_force_vz": columns["right"],
        "ground_force_px": columns["cop_forward"] / 1000.0,
        "ground_force_py": zero,
        "ground_force_pz": columns["cop_right"] / 1000.0,
        "ground_torque_x": zero,
        "ground_torque_y": columns["free_moment"],
        "ground_torque_z": zero,
    }
    file = folder / "grf.mot"
    rows = "\n".join("\t".join(f"{v:.9g}" for v in row) for row in zip(*table.values(), strict=True))
    file.write_text("grf\nendheader\n" + "\t".join(table) + "\n" + rows + "\n", encoding="utf-8")
    return file


def mapped(folder, body="calcn_r"):
    """A file of external loads with point and torque."""
    file = external_loads(folder, body)
    text = file.read_text("utf-8").replace(
        "</force_identifier>",
        "</force_identifier><point_identifier>ground_force_p</point_identifier>"
        "<torque_identifier>ground_torque_</torque_identifier>",
    )
    file.write_text(text, encoding="utf-8")
    return file


def test_opensim_table_with_its_map_gives_the_same_loads(tmp_path, tibia, walking):
    columns = measured(walking)
    plain = import_ground(trial(csv(tmp_path, columns)), tibia).history.coefficients
    file = storage(tmp_path, columns)
    found = import_ground(trial(file, external_loads=str(mapped(tmp_path))), tibia)
    np.testing.assert_allclose(found.history.coefficients, plain, atol=1e-3)
    with pytest.raises(InputError, match="puts forces on calcn_l; needed: on one ending in _r"):
        import_ground(trial(file, external_loads=str(mapped(tmp_path, "calcn_l"))), tibia)


def test_kinematics_give_ankle_and_shank(tmp_path, tibia, walking):
    columns = measured(walking, "laboratory")
    # Thigh and shank of 0.4 m below (0, 1): with the hip at 10° the ankle is at 0.8 sin 10° = 138.9 mm forward and
    # at 1 − 0.8 cos 10° = 212.2 mm above the ground, and the shank leans backwards by 10°.
    kinematics = tmp_path / "q.mot"
    rows = "".join(f"{t} 10 0\n" for t in (0.0, 0.5, 1.0))
    kinematics.write_text("inDegrees=yes\nendheader\ntime hip_angle_r ankle_angle_r\n" + rows, encoding="utf-8")
    last = columns["cop_forward"].max()
    columns["cop_forward"] = 138.9 + 20.0 + 0.5 * (columns["cop_forward"] - last)
    found = import_ground(
        trial(
            csv(tmp_path, columns),
            cop_from="laboratory",
            model=str(model_file(tmp_path)),
            kinematics=str(kinematics),
        ),
        tibia,
    )
    assert np.degrees(found.placed.lean) == pytest.approx(np.full(101, -10.0))
    assert found.placed.height_mm == pytest.approx(np.full(101, 212.2), abs=0.1)
    middle = columns["cop_forward"][len(columns["time"]) // 2]
    assert found.placed.ahead_mm[50] == pytest.approx(middle - 138.9, abs=2.0)


def c3d(folder, columns, markers=()):
    """The same as a C3D with one plate of type 2, z up, y forward, and markers in mm."""
    pytest.importorskip("ezc3d")
    # ezc3d and SimpleITK, which other tests load, disagree on types of SWIG within one process.
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as process:
        return process.submit(written_c3d, folder, columns, markers).result()


def written_c3d(folder, columns, markers):
    import ezc3d

    held = ezc3d.c3d()
    frames = len(columns["time"]) // 10
    held["parameters"]["POINT"]["RATE"]["value"] = [RATE / 10.0]
    held["parameters"]["POINT"]["LABELS"]["value"] = tuple(name for name, _ in markers)
    held["parameters"]["POINT"]["UNITS"]["value"] = ["mm"]
    points = np.ones((4, len(markers), frames))
    for number, (_, place) in enumerate(markers):
        points[:3, number] = np.array(place)[:, None]
    held["data"]["points"] = points
    held["parameters"]["ANALOG"]["RATE"]["value"] = [RATE]
    names = ("Fx", "Fy", "Fz", "Mx", "My", "Mz")
    held["parameters"]["ANALOG"]["LABELS"]["value"] = names
    rows = 10 * frames
    x, y = columns["cop_right"][:rows], columns["cop_forward"][:rows]
    force = np.stack([columns["right"], columns["forward"], columns["up"]])[:, :rows]
    # About the centre of the plate, (300, 300), whose axes are those of the laboratory.
    arm = np.stack([x - 300.0, y - 300.0, np.zeros(rows)])
    moment = np.cross(arm.T, force.T).T
    moment[2] += 1000.0 * columns["free_moment"][:rows]
    held["data"]["analogs"] = np.concatenate([force, moment])[None]

    def integers(name, values, shape):
        parameter = ezc3d.ezc3d.Parameter(name, "")
        parameter.set(ezc3d.ezc3d.VecInt(values), shape)
        held["parameters"].add_parameter("FORCE_PLATFORM", parameter)

    integers("USED", [1], (1,))
    integers("TYPE", [2], (1,))
    integers("ZERO", [1, 0], (2,))
    integers("CHANNEL", [1, 2, 3, 4, 5, 6], (6, 1))
    corners = np.array([[600.0, 600, 0], [0, 600, 0], [0, 0, 0], [600, 0, 0]])
    held.add_parameter("FORCE_PLATFORM", "CORNERS", corners.T.reshape(3, 4, 1))
    held.add_parameter("FORCE_PLATFORM", "ORIGIN", np.zeros((3, 1)))
    file = folder / "trial.c3d"
    held.write(str(file))
    return file


def test_plate_of_motion_capture_gives_the_same_loads(tmp_path, tibia, walking):
    columns = measured(walking, "laboratory")
    plain = import_ground(trial(csv(tmp_path, columns), cop_from="laboratory"), tibia)
    found = import_ground(trial(c3d(tmp_path, columns), cop_from="laboratory", forward="y"), tibia)
    np.testing.assert_allclose(found.placed.ahead_mm, plain.placed.ahead_mm, atol=0.5)
    np.testing.assert_allclose(found.ground.time_s, plain.ground.time_s, atol=2e-3)
    largest = np.abs(plain.history.coefficients).max()
    np.testing.assert_allclose(found.history.coefficients, plain.history.coefficients, atol=2e-3 * largest)


def test_markers_give_ankle_and_shank(tmp_path, tibia, walking):
    columns = measured(walking, "laboratory")
    middle = columns["cop_forward"][len(columns["time"]) // 2]
    markers = [
        ("LM", (40.0, middle - 100.0, 90.0)),
        ("MM", (-40.0, middle - 100.0, 90.0)),
        ("LE", (50.0, middle - 30.0, 490.0)),
        ("ME", (-50.0, middle - 30.0, 490.0)),
    ]
    file = c3d(tmp_path, columns, markers)
    keys = {"cop_from": "laboratory", "forward": "y"}
    found = import_ground(trial(file, ankle_markers=("LM", "MM"), knee_markers=("LE", "ME"), **keys), tibia)
    # The ankle stands at (0, middle − 100, 90) mm, the knee 400 mm higher and 70 mm ahead.
    assert found.placed.height_mm == pytest.approx(np.full(101, 90.0))
    assert np.degrees(found.placed.lean) == pytest.approx(np.full(101, np.degrees(np.arctan2(70.0, 400.0))))
    assert found.placed.ahead_mm[50] == pytest.approx(100.0, abs=2.0)
    with pytest.raises(InputError, match=r"marker of .*: 'LX'; known: LE, LM"):
        import_ground(trial(file, ankle_markers=("LX",), knee_markers=("LE",), **keys), tibia)
    with pytest.raises(InputError, match="which axis points forward is not known"):
        import_ground(trial(file, cop_from="laboratory"), tibia)


def test_a_damaged_file_of_motion_capture_is_read_or_refused(tmp_path, walking):
    whole = c3d(tmp_path, measured(walking, "laboratory")).read_bytes()
    file = tmp_path / "damaged.c3d"
    # 287 ends the process of ezc3d.
    for number in (*range(6), 287):
        file.write_bytes(damaged(whole, random.Random(number)))
        try:
            plate, _ = read_plate(file, None)
        except InputError:
            continue
        assert len(plate.time_s) == len(plate.force_n)


# ---------------------------------------------------------------- filter and contacts


def test_filter_halves_a_wave_at_its_cut_off(tmp_path):
    # Forwards and backwards a Butterworth filter has 1/√2 twice at its cut-off, whatever its order.
    time = np.arange(0.0, 1.0, 0.001)
    on = (time > 0.05) & (time < 0.95)
    force = np.where(on, 700.0 + 100.0 * np.sin(2.0 * np.pi * 20.0 * time), 0.0)
    ground = MeasuredGround(time, np.column_stack([0.0 * force, force, 0.0 * force]), None, None, False)
    (contact,), said = contacts_of(ground, trial(tmp_path / "x.csv", cutoff_hz=20.0, threshold_n=20.0, frames=901))
    middle = contact.force_n[300:600, 1]
    assert np.ptp(middle) / 2.0 == pytest.approx(50.0, rel=0.02)
    assert "20 Hz of 1000 Hz" in said[0]


def several(folder, walking, peaks=(1.0, 1.1, 0.9)):
    """Contacts of a foot one after the other, each so many times as hard; a cut one before and after."""
    one = measured(walking)
    count = len(one["time"])
    parts = {key: [values[count // 2 :]] for key, values in one.items()}
    for peak in peaks:
        for key, values in one.items():
            parts[key].append(peak * values if key in ("forward", "up", "right", "free_moment") else values)
    for key, values in one.items():
        parts[key].append(values[: count // 2])
    columns = {key: np.concatenate(values) for key, values in parts.items()}
    columns["time"] = np.arange(len(columns["up"])) / RATE
    return csv(folder, columns, name="several.csv")


def test_whole_contacts_are_averaged_or_kept(tmp_path, tibia, walking):
    file = several(tmp_path, walking)
    assert contacts_in(trial(file)) == 3
    peak = import_ground(trial(csv(tmp_path, measured(walking))), tibia).ground.vertical_bw.max()
    mean = import_ground(trial(file), tibia)
    assert mean.ground.vertical_bw.max() == pytest.approx(peak, rel=1e-3)
    assert any("mean of 3 contacts" in line and "±" in line for line in mean.account)
    second = import_ground(trial(file, contact=2), tibia)
    assert second.ground.vertical_bw.max() == pytest.approx(1.1 * peak, rel=1e-3)
    with pytest.raises(InputError, match="contact is 4; allowed: 1 to 3, or mean"):
        import_ground(trial(file, contact=4), tibia)


def test_belt_of_a_treadmill_is_taken_off(tmp_path, tibia, walking):
    columns = measured(walking, "laboratory")
    still = import_ground(trial(csv(tmp_path, columns), cop_from="laboratory"), tibia)
    columns["cop_forward"] = columns["cop_forward"] - 1200.0 * columns["time"]
    file = csv(tmp_path, columns)
    moving = import_ground(trial(file, cop_from="laboratory", belt_speed_m_per_s=1.2), tibia)
    np.testing.assert_allclose(moving.placed.ahead_mm, still.placed.ahead_mm, atol=1.0)
    with pytest.raises(InputError, match="on a treadmill, is belt_speed_m_per_s given"):
        import_ground(trial(file, cop_from="laboratory"), tibia)


def test_insole_takes_horizontal_forces_of_the_activity(tmp_path, tibia, walking):
    columns = measured(walking, "heel")
    columns = {key: columns[key] for key in ("time", "up", "cop_forward", "cop_right")}
    found = import_ground(trial(csv(tmp_path, columns), cop_from="heel", ankle_from_heel_mm=55.0), tibia)
    own = ground_of(walking, walking.activity)
    assert found.ground.forward_bw.min() == pytest.approx(own.forward_bw.min(), rel=0.02)
    assert any("horizontal forces not measured" in line for line in found.account)


# ---------------------------------------------------------------- mistakes


@pytest.mark.parametrize(
    ("keys", "sentence"),
    [
        ({"length_unit": "m"}, "the centre of pressure moves by .* Is its unit m or mm"),
        ({"force_unit": "BW"}, "the largest vertical force .* Is its unit BW"),
        ({"moment_unit": "Nm", "columns": {"free_moment": "up"}}, "a free moment of .* Is its unit Nm"),
        ({"time_unit": "ms"}, "has a row every 1e-06 s"),
        ({"columns": {"up": "Fz"}}, "column up of .*: 'Fz'; known"),
        ({"columns": {"up": "forward"}}, "the largest vertical force"),
        ({"columns": {"cop_forward": "-cop_forward"}}, "Does forward point in the direction of progression"),
        ({"cutoff_hz": 500.0}, "cut-off is 500 Hz; allowed: below half the sampling rate of 1000 Hz"),
        ({"threshold_n": 5.0, "activity": "running_peak"}, "is no stance"),
    ],
)
def test_what_no_foot_has_is_refused_with_the_likely_reason(tmp_path, tibia, walking, keys, sentence):
    file = csv(tmp_path, measured(walking))
    with pytest.raises(InputError, match=sentence):
        import_ground(trial(file, **keys), tibia)


def test_keys_that_need_one_another_are_asked_for():
    for keys, sentence in (
        ({"cop_from": "heel"}, "needs ankle_from_heel_mm"),
        ({"model": "m.osim"}, "model and kinematics go together"),
        ({"ankle_markers": ("A",)}, "ankle_markers and knee_markers go together"),
        ({"columns": {"vertical": "Fz"}}, "columns"),
    ):
        with pytest.raises(InputError, match=sentence):
            trial("x.csv", **keys)


def test_cells_that_are_no_numbers_are_named(tmp_path, walking):
    file = csv(tmp_path, measured(walking))
    lines = file.read_text("utf-8").splitlines()
    lines[7] = lines[7].replace("0", "x", 1)
    file.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(InputError, match="row 7: time and forces must be numbers"):
        read_measured(trial(file))


# ---------------------------------------------------------------- the command


@CALLED
def test_the_command_writes_each_contact_as_a_history(tmp_path, bonefea, tibia, walking):
    file = several(tmp_path, walking)
    words = ["loads", "import", "--ground", str(file), "--side", "right", "--activity", "walking", "--mass", "70"]
    words += ["--cutoff", "0", "--set", "cop_from=ankle", "--set", "threshold_n=5", "--export", str(tmp_path / "w.csv")]
    code, printed, err = bonefea(*words, "--contact", "all")
    assert (code, err) == (0, "")
    peaks = []
    for number in (1, 2, 3):
        history = read_activity(str(tmp_path / f"w-{number}.csv"))
        assert isinstance(history, History)
        assert history.body_mass_kg == 70.0
        assert any(f"contact {number} of 3" in note for note in history.notes)
        peaks.append(max(f[1] for f in history.forces["plafond"]))
        Case(bone=tibia, activity=history, size_mm=6.0, support="free")
    assert peaks[1] / peaks[0] == pytest.approx(1.1, rel=0.01)
    assert "contact 3 of 3" in printed


@CALLED
def test_the_command_names_what_is_missing(tmp_path, bonefea, walking):
    file = csv(tmp_path, measured(walking))
    words = ["loads", "import", "--ground", str(file), "--side", "right", "--export", str(tmp_path / "w.csv")]
    for more, sentence in (
        ([], "activity"),
        (["--activity", "walking"], "body_mass_kg"),
        (["--activity", "walking", "--mass", "70", "--set", "cop_form=heel"], "cop_form"),
        (["--reactions", "r.sto", "--cutoff", "5"], "--cutoff is for a ground force alone"),
    ):
        code, _, err = bonefea(*words, *more)
        assert code == 2
        assert sentence in err


# ---------------------------------------------------------------- a real trial


def test_leg_comes_near_a_full_simulation_of_the_same_walker(real_files, tibia):
    folder = real_files / "opensim/walking_gait2392"
    keys = {
        "external_loads": str(folder / "subject01_walk1_grf.xml"),
        "cop_from": "laboratory",
        "body_mass_kg": 72.6,
        "cutoff_hz": 20.0,
        "threshold_n": 20.0,
    }
    moved = {
        "model": str(folder / "subject01_simbody_adjusted.osim"),
        "kinematics": str(folder / "subject01_walk1_Kinematics_q.sto"),
    }
    ground = folder / "subject01_walk1_grf.mot"
    measured_posture = import_ground(trial(ground, **keys, **moved), tibia)
    own_posture = import_ground(trial(ground, **keys, belt_speed_m_per_s=1.08), tibia)
    # Joint reaction analysis with CMC: 6.23 BW along the tibia.
    for found, within in ((measured_posture, 0.1), (own_posture, 0.15)):
        loads = read_axial(found) / (72.6 * 9.80665)
        assert loads == pytest.approx(6.23, rel=within)


def read_axial(found):
    """Largest force of the talus along the tibia in N."""
    (axial,) = [
        size
        for load, size in zip(found.history.loads, found.history.coefficients.T, strict=True)
        if getattr(load, "region", "") == "plafond" and not load.moment and load.axis == 1
    ]
    return axial.max()


def test_a_trial_file_of_ground_force_is_an_activity(tmp_path, tibia, walking):
    csv(tmp_path, measured(walking))
    file = tmp_path / "plate.toml"
    file.write_text(
        'schema = 1\nkind = "ground_force"\nname = "plate"\ntitle = "p"\nside = "right"\nactivity = "walking"\n'
        'body_mass_kg = 70\nground = "plate.csv"\ncop_from = "ankle"\n',
        encoding="utf-8",
    )
    history = read_loads(str(file), tibia)
    assert history.unit == "N"
    assert any("Butterworth, fourth order without delay, 50 Hz of 1000 Hz" in note for note in history.notes)
