# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Loads of a tibia from results of OpenSim: files, models, motion, and the forces that follow."""

from __future__ import annotations

import re
import time

import numpy as np
import pytest

from fea.bone import centers_of
from fea.case import Case, read_activity
from fea.errors import InputError
from fea.loading import Interval, OpenSimFiles, UnitLoad, import_opensim, load_history
from fea.loading.opensim import read_tibia_forces
from fea.loading.opensim.functions import simm_spline
from fea.loading.opensim.model import read_model
from fea.loading.opensim.motion import Motion
from fea.loading.opensim.storage import read_storage

ROWS = "time\ta\tb\n0.0\t1\t2\n0.1\t3\t4\n"

JOINT_4 = """<PinJoint name="{name}"><socket_parent_frame>{parent}_offset</socket_parent_frame>
<socket_child_frame>{child}_offset</socket_child_frame>
<coordinates><Coordinate name="{angle}"><default_value>0</default_value></Coordinate></coordinates>
<frames><PhysicalOffsetFrame name="{parent}_offset"><socket_parent>/bodyset/{parent}</socket_parent>
<translation>{place}</translation><orientation>0 0 0</orientation></PhysicalOffsetFrame>
<PhysicalOffsetFrame name="{child}_offset"><socket_parent>/bodyset/{child}</socket_parent>
<translation>0 0 0</translation><orientation>0 0 0</orientation></PhysicalOffsetFrame></frames></PinJoint>"""
JOINT_3 = """<Joint><PinJoint name="{name}"><parent_body>{parent}</parent_body>
<location_in_parent>{place}</location_in_parent><orientation_in_parent>0 0 0</orientation_in_parent>
<location>0 0 0</location><orientation>0 0 0</orientation>
<CoordinateSet><objects><Coordinate name="{angle}"><default_value>0</default_value></Coordinate></objects>
</CoordinateSet>
</PinJoint></Joint>"""
POINT = {
    4: "<{kind} name='p'><socket_parent_frame>/bodyset/{body}</socket_parent_frame>{where}</{kind}>",
    3: "<{kind} name='p'><body>{body}</body>{where}</{kind}>",
}
CHAIN = [
    ("hip", "ground", "femur", "0 1 0"),
    ("knee", "femur", "tibia", "0 -0.4 0"),
    ("ankle", "tibia", "talus", "0 -0.4 0"),
]
TENDON = [("tibia", "0 -0.1 0.01"), ("tibia", "-0.02 -0.38 -0.02"), ("talus", "0.06 -0.04 -0.02")]


def model_file(folder, version=4, side="r", tendon=TENDON, more=""):
    """Femur, tibia and talus in a chain of pins, and a tibialis posterior that turns behind the malleolus."""

    def of_side(body):
        return body if body == "ground" else f"{body}_{side}"

    joints, bodies = [], []
    for name, parent, child, place in CHAIN:
        fields = {"name": f"{name}_{side}", "angle": f"{name}_angle_{side}", "place": place}
        form = JOINT_4 if version == 4 else JOINT_3
        joint = form.format(**fields, parent=of_side(parent), child=of_side(child)).replace(
            "/bodyset/ground", "/ground"
        )
        joints.append(joint)
        bodies.append(f"<Body name='{of_side(child)}'><mass>25</mass>{joint if version == 3 else ''}</Body>")
    points = "".join(
        POINT[version].format(kind="PathPoint", body=of_side(body), where=f"<location>{at}</location>")
        for body, at in tendon
    )
    text = (
        f"<OpenSimDocument Version='{version}0000'><Model name='m'><BodySet><objects>{''.join(bodies)}</objects>"
        "</BodySet>"
        f"<JointSet><objects>{''.join(joints) if version == 4 else ''}</objects></JointSet><ForceSet><objects>"
        f"<Thelen2003Muscle name='tib_post_{side}'><GeometryPath><PathPointSet><objects>{points}{more}"
        "</objects></PathPointSet></GeometryPath></Thelen2003Muscle></objects></ForceSet></Model></OpenSimDocument>"
    )
    file = folder / f"model{version}{side}.osim"
    file.write_text(text, encoding="utf-8")
    return file


def table(folder, name, head="", **columns):
    """A storage file with constant columns from 0 to 1 s."""
    rows = "".join("\t".join([f"{t:g}", *(f"{v!r}" for v in columns.values())]) + "\n" for t in (0.0, 0.5, 1.0))
    file = folder / name
    file.write_text(f"{name}\n{head}\nendheader\n" + "\t".join(["time", *columns]) + "\n" + rows, encoding="utf-8")
    return file


def reaction(prefix, force, moment=(0.0, 0.0, 0.0), point=(0.0, 0.0, 0.0)):
    """Columns of a joint reaction."""
    values = {"f": force, "m": moment, "p": point}
    return {f"{prefix}_{k}{axis}": float(v) for k, row in values.items() for axis, v in zip("xyz", row, strict=True)}


def trial(folder, *, reactions, angle=0.0, head="inDegrees=yes", tension=0.0, side="r", version=4):
    """Files of a trial in which nothing moves."""
    return OpenSimFiles(
        model_file(folder, version, side),
        table(folder, "reactions.sto", **reactions),
        table(folder, "muscles.sto", **{f"tib_post_{side}": tension}),
        table(folder, "q.mot", head, **{f"hip_angle_{side}": 10.0, f"ankle_angle_{side}": angle}),
    )


ON_TALUS = "ankle_r_on_talus_r_in_talus_r"


# ---------------------------------------------------------------- tables


@pytest.mark.parametrize(
    "head",
    [
        "title\nversion=1\nnRows=2\nnColumns=3\ninDegrees=no\nendheader\n",
        "name x\ndatacolumns 3\ndatarows 2\notherdata 1\nrange 0 0.1\nendheader\n",
        'title\t\t\nnRows=2\t\t\n"free text, quoted"\t\t\nendheader\t\t\n\n',
        "Static Optimization\nendheader\n",
    ],
)
def test_every_kind_of_head_gives_the_same_table(tmp_path, head):
    file = tmp_path / "x.sto"
    file.write_text(head + ROWS.replace("\t", " \t "), encoding="utf-8")
    read = read_storage(file)
    assert read.columns["b"].tolist() == [2.0, 4.0]
    assert read.at("a", np.array([0.05])) == pytest.approx([2.0])
    assert read.remarks == ()


def test_wrong_number_of_rows_and_repeated_times_are_told(tmp_path):
    file = tmp_path / "x.sto"
    file.write_text("t\nnRows=9\nendheader\n" + ROWS + "0.1\t5\t6\n0.2\t7\t8\n", encoding="utf-8")
    read = read_storage(file)
    assert read.columns["a"].tolist() == [1.0, 3.0, 7.0]
    assert "9 rows, it has 4" in read.remarks[0]
    assert "1 rows repeat a time" in read.remarks[1]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (ROWS, "no line `endheader`"),
        ("endheader\n" + ROWS.replace("time", "t"), "first column is 't'"),
        ("endheader\n" + ROWS + "0.2\t1\n", "row 3 of numbers: it has 2 cells"),
        ("endheader\n" + ROWS + "0.2\t1\tx\n", "row 3 of numbers: 'x' is not a number"),
        ("endheader\n" + ROWS + "0.05\t1\t2\n", "time 0.05 s comes after 0.1 s"),
        ("endheader\n" + ROWS.replace("\tb", "\ta"), "two columns 'a'"),
        ("endheader\n", "first column is 'none'"),
    ],
)
def test_broken_tables_are_refused(tmp_path, text, sentence):
    file = tmp_path / "x.sto"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=re.escape(sentence)):
        read_storage(file)


def test_only_numbers_that_are_used_must_be_finite(tmp_path):
    file = tmp_path / "x.sto"
    file.write_text("endheader\n" + ROWS + "0.2\tnan\t6\n", encoding="utf-8")
    read = read_storage(file)
    assert read.at("b", np.array([0.2])) == pytest.approx([6.0])
    with pytest.raises(InputError, match="column a: a number is not finite"):
        read.at("a", np.array([0.2]))


def test_names_lose_the_path_of_their_component(tmp_path):
    file = tmp_path / "x.sto"
    file.write_text(
        "endheader\ntime /jointset/knee_r/knee_angle_r/value /forceset/soleus_r\n0 1 2\n1 1 2\n", encoding="utf-8"
    )
    assert list(read_storage(file).columns) == ["knee_angle_r", "soleus_r"]


# ---------------------------------------------------------------- models and motion


def test_spline_reproduces_a_cubic_and_goes_on_straight():
    x = np.array([-2.0, -1.2, -0.3, 0.4, 1.5, 2.0])
    spline = simm_spline(x, x**3 - x)
    q = np.linspace(-2.0, 2.0, 41)
    np.testing.assert_allclose(spline(q), q**3 - q, atol=1e-12)
    # At 2 the value is 6 and the slope 3 · 4 − 1 = 11; at −2 they are −6 and 11.
    np.testing.assert_allclose(spline(np.array([3.0, -3.0])), [17.0, -17.0], atol=1e-10)


def test_both_generations_of_files_give_the_same_places(tmp_path):
    angles = {"hip_angle_r": np.array([0.3]), "knee_angle_r": np.array([-0.5]), "ankle_angle_r": np.array([0.2])}
    places = []
    for version in (3, 4):
        model = read_model(model_file(tmp_path, version))
        assert model.mass_kg == 75.0
        places.append(Motion(model, angles, 1).place("talus_r", "ground"))
    np.testing.assert_allclose(places[0], places[1], atol=1e-15)
    # Thigh and shank of 0.4 m from (0, 1), turned by 0.3 and by −0.2 rad: x = 0.4 (sin 0.3 + sin(−0.2)).
    assert places[0][0, 0, 3] == pytest.approx(0.4 * (np.sin(0.3) - np.sin(0.2)))
    assert places[0][0, 1, 3] == pytest.approx(1.0 - 0.4 * (np.cos(0.3) + np.cos(0.2)))


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("<!DOCTYPE a [<!ENTITY b 'c'>]><OpenSimDocument/>", "declares entities"),
        ("<OpenSimDocument Version='10900'><Model/></OpenSimDocument>", "of version 10900"),
        ("<OpenSimDocument Version='40000'><ForceSet/></OpenSimDocument>", "holds no Model"),
        ("<OpenSimDocument", "cannot be read as XML"),
        ("<OpenSimDocument Version='40000'><Model/></OpenSimDocument>", "has no bodies"),
    ],
)
def test_models_that_are_none_are_refused(tmp_path, content, sentence):
    file = tmp_path / "x.osim"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=sentence):
        read_model(file)


def test_muscle_pulls_no_body_in_sum_and_the_bone_along_the_line_it_leaves(tmp_path):
    motion = Motion(read_model(model_file(tmp_path)), {"ankle_angle_r": np.array([0.4])}, 1)
    forces = motion.point_forces("tib_post_r", np.array([200.0]), "tibia_r")
    np.testing.assert_allclose(sum(f.force for f in forces), 0.0, atol=1e-12)
    on_tibia = sum(f.force for f in forces if f.body == "tibia_r")
    leaving = forces[2].point - forces[1].point
    np.testing.assert_allclose(on_tibia, 200.0 * leaving / np.linalg.norm(leaving), rtol=1e-12)


def test_conditional_point_acts_within_its_range_only(tmp_path):
    where = (
        "<location>0 -0.2 0.05</location><socket_coordinate>/jointset/ankle_r/ankle_angle_r</socket_coordinate>"
        "<range>-1 0</range>"
    )
    conditional = POINT[4].format(kind="ConditionalPathPoint", body="talus_r", where=where)
    motion = Motion(read_model(model_file(tmp_path, more=conditional)), {"ankle_angle_r": np.array([-0.1, 0.1])}, 2)
    last = motion.point_forces("tib_post_r", np.array([1.0, 1.0]), "talus_r")[-1].force
    assert np.linalg.norm(last, axis=1) == pytest.approx([1.0, 0.0])


# ---------------------------------------------------------------- trials


@pytest.mark.parametrize("version", [3, 4])
def test_reaction_on_the_talus_is_reversed_and_turned(tmp_path, version):
    files = trial(
        tmp_path, reactions=reaction(ON_TALUS, (0.0, -3000.0, 0.0), (0.0, -10.0, 0.0)), angle=30.0, version=version
    )
    found = read_tibia_forces(files, "right", Interval())
    # The talus is turned by 30° about z: its y lies at (−sin 30°, cos 30°, 0) in the tibia.
    y = np.array([-0.5, np.sqrt(0.75), 0.0])
    np.testing.assert_allclose(found.ankle.force[0], 3000.0 * y, rtol=1e-12, atol=1e-9)
    np.testing.assert_allclose(found.ankle.moment[0], 10_000.0 * y, rtol=1e-12, atol=1e-9)
    # The plafond stands 4.3 % of 400 mm above the ankle centre.
    np.testing.assert_allclose(found.ankle.point[0], [0.0, -17.2, 0.0], atol=1e-9)
    assert any("reversed to that on tibia_r" in line for line in found.account)


def test_frame_of_the_ground_and_the_parent_give_the_same(tmp_path):
    turn = np.radians(10.0)  # the hip's; the knee is straight
    up = 3000.0 * np.array([np.sin(turn), -np.cos(turn), 0.0])
    at = (0.8 * np.sin(turn), 1.0 - 0.8 * np.cos(turn), 0.0)
    in_ground = reaction("ankle_r_on_talus_r_in_ground", up, point=at)
    parent = reaction("ankle_r_on_tibia_r_in_tibia_r", (0.0, 3000.0, 0.0), point=(0.0, -0.4, 0.0))
    forces = [read_tibia_forces(trial(tmp_path, reactions=r), "right", Interval()).ankle for r in (in_ground, parent)]
    for name in ("force", "moment", "point"):
        np.testing.assert_allclose(getattr(forces[0], name), getattr(forces[1], name), atol=1e-9)


def test_degrees_under_a_head_that_says_radians_are_noticed(tmp_path):
    files = trial(tmp_path, reactions=reaction(ON_TALUS, (0.0, -3000.0, 0.0)), head="inDegrees=no")
    found = read_tibia_forces(files, "right", Interval())
    assert any("inDegrees=no, the largest is 10; read in degrees" in line for line in found.account)


def test_a_joint_in_tension_is_refused(tmp_path):
    files = trial(tmp_path, reactions=reaction(ON_TALUS, (0.0, 3000.0, 0.0)))
    with pytest.raises(InputError, match="a joint bears no tension"):
        read_tibia_forces(files, "right", Interval())


def test_equilibrium_is_told_and_forces_that_do_not_balance_are_refused(tmp_path):
    knee = "knee_r_on_tibia_r_in_tibia_r"
    whole = reaction(ON_TALUS, (0.0, -3000.0, 0.0)) | reaction(knee, (0.0, -2950.0, 0.0))
    found = read_tibia_forces(trial(tmp_path, reactions=whole), "right", Interval())
    # 50 N of 75 kg · 9.80665 m/s² are 0.068 BW.
    assert any("leave up to 0.068 BW" in line for line in found.account)
    broken = reaction(ON_TALUS, (0.0, -3000.0, 0.0)) | reaction(knee, (0.0, -1500.0, 0.0))
    with pytest.raises(InputError, match="do not balance: 1500 N are left"):
        read_tibia_forces(trial(tmp_path, reactions=broken), "right", Interval())


def test_a_left_tibia_is_the_mirror_image(tmp_path):
    right = trial(tmp_path, reactions=reaction(ON_TALUS, (100.0, -3000.0, 70.0), (1.0, 2.0, 3.0)))
    seen = read_tibia_forces(right, "right", Interval()).ankle
    left_of = reaction(ON_TALUS.replace("_r", "_l"), (100.0, -3000.0, -70.0), (-1.0, -2.0, 3.0))
    mirrored = read_tibia_forces(trial(tmp_path, reactions=left_of, side="l"), "left", Interval()).ankle
    np.testing.assert_allclose(mirrored.force, seen.force, atol=1e-9)
    np.testing.assert_allclose(mirrored.moment, seen.moment, atol=1e-9)


def test_reserve_actuators_above_five_per_cent_warn(tmp_path):
    files = trial(tmp_path, reactions=reaction(ON_TALUS, (0.0, -3000.0, 0.0)))
    # The tendon leaves (−20, −380, −20) for (60, −440, −20) mm; its arm about the ankle at (0, −400) is
    # |(−20 · −60 − 20 · 80) / 100| = 4 mm, so 100 N have 0.4 N·m.
    for reserve, warns in ((0.01, False), (0.04, True)):
        table(tmp_path, "muscles.sto", tib_post_r=100.0, ankle_angle_r_reserve=reserve)
        account = read_tibia_forces(files, "right", Interval()).account
        (said,) = [line for line in account if line.startswith("reserve of ankle_angle_r")]
        assert f"{100 * reserve / 0.4:.1f} %" in said
        assert ("WARNING" in said) is warns


def external_loads(folder, body="talus_r"):
    """A file of external loads that puts a force on a body."""
    file = folder / "grf.xml"
    file.write_text(
        f"<OpenSimDocument><ExternalLoads><ExternalForce name='e'><applied_to_body> {body} </applied_to_body>"
        "<force_identifier>ground_force_v</force_identifier></ExternalForce></ExternalLoads></OpenSimDocument>",
        encoding="utf-8",
    )
    return file


def test_contact_is_found_from_the_ground_force(tmp_path):
    files = trial(tmp_path, reactions=reaction(ON_TALUS, (0.0, -3000.0, 0.0)))
    time = np.linspace(0.0, 1.0, 101)
    force = np.where((time < 0.105) | ((time > 0.195) & (time < 0.605)) | (time > 0.9), 700.0, 0.0)
    ground = tmp_path / "grf.mot"
    rows = "".join(f"{t:.2f} {f:g}\n" for t, f in zip(time, force, strict=True))
    ground.write_text("endheader\ntime ground_force_vy\n" + rows, encoding="utf-8")
    files = OpenSimFiles(
        files.model, files.reactions, files.muscles, files.kinematics, ground, external_loads(tmp_path)
    )
    found = read_tibia_forces(files, "right", Interval())
    assert found.time_s[[0, -1]] == pytest.approx([0.2, 0.6])
    with pytest.raises(InputError, match="no whole contact number 2"):
        read_tibia_forces(files, "right", Interval(contact=2))
    external_loads(tmp_path, "talus_l")
    with pytest.raises(InputError, match="puts forces on talus_l; needed: on one of talus_r"):
        read_tibia_forces(files, "right", Interval())


@pytest.mark.parametrize(
    ("interval", "sentence"),
    [
        (Interval(0.2, 3.0), "the interval is 0.2 to 3 s; the files share 0 to 1 s"),
        (Interval(0.8, 0.2), "the interval is 0.8 to 0.2 s"),
        (Interval(frames=1), "frames is 1; allowed: 2 to 2000"),
    ],
)
def test_impossible_intervals_are_refused(tmp_path, interval, sentence):
    files = trial(tmp_path, reactions=reaction(ON_TALUS, (0.0, -3000.0, 0.0)))
    with pytest.raises(InputError, match=sentence):
        read_tibia_forces(files, "right", interval)


def test_regions_of_the_bone_carry_the_resultant_of_the_trial(tmp_path, tibia):
    files = trial(tmp_path, reactions=reaction(ON_TALUS, (200.0, -3000.0, 50.0), (5.0, 3.0, 0.0)), tension=400.0)
    found = import_opensim(files, tibia, "right", Interval(frames=2))
    centers = centers_of(tibia)
    force, moment = np.zeros(3), np.zeros(3)
    for load, size in zip(found.history.loads, found.history.coefficients[0], strict=True):
        unit = size * np.eye(3)[load.axis]
        force += 0.0 if load.moment else unit
        moment += unit if load.moment else np.cross(centers[load.region], unit)
    given = [found.forces.ankle, *(m.wrench for m in found.forces.muscles)]
    np.testing.assert_allclose(force, sum(w.force[0] for w in given), rtol=1e-9)
    np.testing.assert_allclose(moment, sum(w.about(np.zeros(3))[0] for w in given), rtol=1e-9)
    assert {load.region for load in found.history.loads} == {"plafond", "tibialis_posterior", "groove"}


# ---------------------------------------------------------------- a real trial

WALKING = "opensim/walking_gait2392"
CONVENTIONS = ("child_in_child", "child_in_ground", "parent_in_parent")
CENTROIDS_MM = {0.33: (6.54, 3.79), 0.5: (7.92, 3.13)}
"""Centroid (x, z) of the surface of the model's tibia at levels of its length."""


@pytest.fixture(scope="module")
def walking(real_files):
    """The walking trial Gait2392 in the three conventions of joint reactions."""
    folder = real_files / WALKING

    def read(convention):
        files = OpenSimFiles(
            folder / "subject01_simbody_adjusted.osim",
            folder / f"walking_{convention}_JointReaction_ReactionLoads.sto",
            folder / "subject01_walk1_Actuation_force.sto",
            folder / "subject01_walk1_Kinematics_q.sto",
            folder / "subject01_walk1_grf.mot",
            folder / "subject01_walk1_grf.xml",
        )
        return read_tibia_forces(files, "right", Interval())

    return {convention: read(convention) for convention in CONVENTIONS}


def test_three_conventions_give_the_same_forces(walking):
    one = walking["child_in_child"]
    for other in (walking["child_in_ground"], walking["parent_in_parent"]):
        np.testing.assert_allclose(other.ankle.force, one.ankle.force, atol=1.0)
        np.testing.assert_allclose(other.knee.force, one.knee.force, atol=1.0)
        origin = np.zeros(3)
        np.testing.assert_allclose(other.ankle.about(origin), one.ankle.about(origin), atol=100.0)
        np.testing.assert_allclose(other.knee.about(origin), one.knee.about(origin), atol=1000.0)


def test_a_walker_loads_the_tibia_as_a_full_simulation_does(walking):
    """Independent evaluation of the same trial, with pulleys, about the centroids of the model's tibia."""
    found = walking["child_in_child"]
    weight = found.body_mass_kg * 9.80665
    expected = {0.33: (6.35, 45.0, -16.0, -8.0), 0.5: (6.30, 48.0, -21.0, -8.0)}
    for level, (axial, sagittal, frontal, torsion) in expected.items():
        x, z = CENTROIDS_MM[level]
        force, moment = found.internal(np.array([x, level * found.length_mm, z]))
        assert force[:, 1].max() / weight == pytest.approx(axial, rel=0.05)
        assert -moment[:, 2].min() / 1000 == pytest.approx(sagittal, rel=0.05)
        assert -moment[:, 0].max() / 1000 == pytest.approx(frontal, abs=1.5)
        assert -moment[:, 1].max() / 1000 == pytest.approx(torsion, abs=0.6)
        if level == 0.5:
            late = force[:, 1].argmax()
            assert -moment[late, 2] / 1000 == pytest.approx(27.0, rel=0.05)
    assert found.residual_n.max() / weight < 0.12


@pytest.mark.parametrize("ending", ["sto", "mot"])
def test_real_heads_are_read(real_files, ending):
    files = [
        f for f in (real_files / "opensim/header_variants").glob(f"*.{ending}") if "MuscleForceDirection" not in f.name
    ]
    assert files
    for file in files:
        read = read_storage(file)
        assert len(read.time_s) > 50
        assert all(np.isfinite(column).all() for column in read.columns.values())


def test_a_hundred_thousand_rows_are_read_in_two_seconds(tmp_path):
    """Of processor time; a table of ground force with 19 columns."""
    rows, columns = 100_000, 18
    line = "\t".join(f"{100.0 * k:.6f}" for k in range(columns))
    file = tmp_path / "long.sto"
    body = "\n".join(f"{0.001 * k:.4f}\t{line}" for k in range(rows))
    names = "\t".join(f"c{k}" for k in range(columns))
    file.write_text(f"t\nendheader\ntime\t{names}\n{body}\n", encoding="utf-8")
    begun = time.process_time()
    read = read_storage(file)
    assert time.process_time() - begun < 2.0
    assert len(read.time_s) == rows


# ---------------------------------------------------------------- the command


def words_of(files, export):
    """The command that imports a trial."""
    named = ("model", "reactions", "muscles", "kinematics")
    options = [word for name in named for word in (f"--{name}", str(getattr(files, name)))]
    side = {"r": "right", "l": "left"}[files.model.stem[-1]]
    return ["loads", "import", *options, "--side", side, "--export", str(export)]


@pytest.mark.filterwarnings("ignore:Cyclopts application invoked without tokens:UserWarning")
def test_the_command_writes_a_history_of_its_side_with_its_account(tmp_path, bonefea, tibia):
    left = reaction(ON_TALUS.replace("_r", "_l"), (100.0, -3000.0, -70.0), (-1.0, -2.0, 3.0))
    files = trial(tmp_path, reactions=left, side="l", tension=300.0)
    export = tmp_path / "walk.csv"
    code, printed, err = bonefea(*words_of(files, export))
    assert (code, err) == (0, "")
    head = [line for line in export.read_text("utf-8").splitlines() if line.startswith("#")]
    assert f"# Run it: bonefea run tibia {export} --side left" in head
    for said in ("body tibia_l, left", "reversed to that on tibia_l", "in degrees, as its head says", "not checked"):
        assert said in printed
    assert all(line in head for line in (f"# - {said}" for said in printed.splitlines()[:-1]))
    history = read_activity(str(export))
    assert history.side == "left"
    # On the talus (100, −3000, −70), so on the tibia the reverse, in the axes of the laboratory.
    assert history.forces["plafond"][0] == pytest.approx((-100.0, 3000.0, 70.0))
    case = Case(bone=tibia, activity=history, size_mm=6.0, support="free", side="left", body_mass_kg=75.0)
    loaded = load_history(case)
    lateral = loaded.coefficients[:, loaded.loads.index(UnitLoad("plafond", False, 2))]
    np.testing.assert_allclose(lateral, -70.0)


@pytest.mark.filterwarnings("ignore:Cyclopts application invoked without tokens:UserWarning")
def test_a_mistake_in_a_trial_exits_2_with_one_sentence(tmp_path, bonefea):
    files = trial(tmp_path, reactions=reaction("ankle_l_on_talus_l_in_talus_l", (0.0, -3000.0, 0.0)))
    code, _, err = bonefea(*words_of(files, tmp_path / "walk.csv"))
    assert code == 2
    said = err.strip()
    assert "has no reaction of the joint 'ankle_r'; its columns begin with ankle_l_on_talus_l_in_talus_l" in said
    assert "\n" not in said
    assert not (tmp_path / "walk.csv").exists()
