# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""A bone imported from a surface: the shipped tibia comes back as itself, real tibias come in without a hand."""

from __future__ import annotations

import json

import numpy as np
import pytest
import pyvista as pv
from scipy.spatial.transform import Rotation

import fea
from fea.bone import BoneShape, centers_of, mesh_bone
from fea.bone.surface import bone_surfaces
from fea.case import BoneDescription, Options, checked, read_bone, resolved
from fea.errors import InputError
from fea.files import read_table
from fea.scan import Template, fitted, import_bone, read_surface
from fea.scan.frame import frame_of_landmarks, frame_of_tibia
from fea.scan.repair import clean
from fea.scan.surface import Surface

ROTATION = Rotation.from_euler("xyz", [70.0, 20.0, 110.0], degrees=True).as_matrix()
SHIFT = np.array([100.0, -50.0, 800.0])
MIRROR = np.array([-1.0, 1.0, 1.0])


def skin(description, size=2.5):
    surfaces = bone_surfaces(BoneShape(description), size)
    outside = [surfaces.surfaces[name] for name in ("periosteum", "distal end", "proximal end")]
    used, facets = np.unique(np.vstack(outside), return_inverse=True)
    return surfaces.points[used], facets.reshape(-1, 3)


def saved(points, facets, file):
    pv.PolyData.from_regular_faces(points, facets).save(file)
    return file


def described(found):
    return checked(BoneDescription, found.table, "bone")


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("scan")


@pytest.fixture(scope="module")
def own_file(place):
    """The shipped tibia as a surface, somewhere in space."""
    points, facets = skin(read_bone("tibia"))
    return saved(points @ ROTATION.T + SHIFT, facets, place / "own.stl")


@pytest.fixture(scope="module")
def own(own_file):
    return import_bone(own_file)


def turned_by(axes, true):
    """Angle in degrees between two frames about y, and between their y."""
    inner = axes @ true.T
    return np.rad2deg(np.arctan2(inner[0, 2], inner[0, 0])), np.rad2deg(np.arccos(min(1.0, inner[1, 1])))


def test_the_frame_of_the_shipped_tibia_is_found_wherever_it_lies(own):
    torsion, tilt = turned_by(own.frame.axes, ROTATION.T)
    assert own.frame.side == "right"
    assert abs(torsion) < 1.0
    assert tilt < 0.2
    assert np.linalg.norm(own.frame.origin - SHIFT) < 1.0
    assert own.frame.length == pytest.approx(370.0, abs=1.0)
    assert own.torsion_deg == pytest.approx(29.8, abs=2.0)


def test_a_left_bone_is_found_to_be_left_and_described_as_the_right_one(own, own_file, place):
    mesh = pv.read(own_file)
    left = import_bone(saved(mesh.points * MIRROR, mesh.regular_faces[:, ::-1], place / "mirrored.ply"))
    assert left.frame.side == "left"
    assert left.frame.misfit["left"] < 0.5 * left.frame.misfit["right"]
    for level in (0.1, 0.5, 0.9):
        assert BoneShape(described(left)).outer(level) == pytest.approx(
            BoneShape(described(own)).outer(level), abs=0.05
        )
    case = resolved(str(place / "mirrored.ply"), "running")
    assert case.side == "left"
    assert case.bone_title == "Left tibia, mirrored"
    assert resolved(str(place / "mirrored.ply"), "running", Options(side="right")).side == "right"


def test_the_shipped_tibia_comes_back_as_itself(own):
    was, now = BoneShape(read_bone("tibia")), BoneShape(described(own))
    assert now.volume() == pytest.approx(was.volume(), rel=0.005)
    for level in (0.06, 0.14, 0.25, 0.38, 0.5, 0.66, 0.8, 0.93):
        a, b = (shape.axes(level).to_bone(shape.outer(level)) for shape in (was, now))
        gap = np.linalg.norm(a[:, None] - b[None], axis=2).min(axis=1)
        # In the flares a section 0.3 mm higher is wider by as much.
        assert np.quantile(gap, 0.95) < (0.4 if 0.1 < level < 0.9 else 1.0), level
        azimuth = np.linspace(0.0, 2.0 * np.pi, 8, endpoint=False)
        assert now.thickness(level, azimuth) == pytest.approx(was.thickness(level, azimuth), abs=0.3)


def test_regions_paths_and_fibula_are_carried_over(own):
    was, now = centers_of(read_bone("tibia")), centers_of(described(own))
    off = {name: np.linalg.norm(now[name] - was[name]) for name in was}
    # A region that ends on the ragged rim of the malleolus moves by as much as the rim is smoothed.
    assert max(off.values()) < 2.5
    assert np.median(list(off.values())) < 0.6
    before, after = read_bone("tibia").fibula, described(own).fibula
    for end in ("distal", "proximal"):
        a, b = getattr(before, end), getattr(after, end)
        assert np.hypot(a.x_mm - b.x_mm, a.z_mm - b.z_mm) < 1.0


def test_strain_of_the_shipped_tibia_comes_back(own_file):
    was, now = (fea.run(bone, "running", size_mm=6.0) for bone in ("tibia", str(own_file)))
    assert now.summary.p95_ue == pytest.approx(was.summary.p95_ue, rel=0.02)
    assert now.hotspots[0].site == was.hotspots[0].site
    assert now.hotspots[0].level == pytest.approx(was.hotspots[0].level, abs=0.02)


def test_an_inner_surface_gives_the_wall(own_file, place):
    description = read_bone("tibia")
    shape = BoneShape(description)
    levels = np.linspace(0.02, 0.97, 120)
    rings = np.array([shape.placed(s, shape.inner(s), with_processes=False)[::4] for s in levels])
    count = rings.shape[1]
    a = np.arange(len(levels) - 1)[:, None] * count + np.arange(count)
    b = np.arange(len(levels) - 1)[:, None] * count + (np.arange(count) + 1) % count
    sides = np.concatenate([np.stack([a, a + count, b], -1), np.stack([b, a + count, b + count], -1)]).reshape(-1, 3)
    ends = [rings[0].mean(axis=0), rings[-1].mean(axis=0)]
    last = (len(levels) - 1) * count
    k, following = np.arange(count), (np.arange(count) + 1) % count
    caps = [np.column_stack([k, following, np.full(count, last + count)]),
            np.column_stack([last + following, last + k, np.full(count, last + count + 1)])]  # fmt: skip
    points = np.vstack([rings.reshape(-1, 3), ends]) @ ROTATION.T + SHIFT
    inner = saved(points, np.vstack([sides, *caps]), place / "canal.stl")
    found = described(import_bone(own_file, inner=inner))
    assert found.origin.inner_file == "canal.stl"
    for level in (0.14, 0.25, 0.38, 0.5, 0.66, 0.78):
        outer, canal = (np.hypot(*shape.outer(level).T), np.hypot(*shape.inner(level).T))
        again = BoneShape(found)
        wall = np.hypot(*again.outer(level).T) - np.hypot(*again.inner(level).T)
        assert np.mean(wall) == pytest.approx(np.mean(outer - canal), abs=0.3)


LANDMARKS = {"plafond": (0.0, 0.0, 0.0), "plateau_medial": None, "plateau_lateral": None}


def landmarks():
    """Centres of the joint surfaces in the file: the plateau's condyles lie across its anterior, at -16.5 degrees."""
    turn = np.deg2rad(-16.5)
    across = 22.0 * np.array([-np.sin(turn), 0.0, np.cos(turn)])
    top = np.array([0.0, 370.0, 0.0])
    # By hand the centre of the plafond is set 0.7 % of the length behind the origin and 0.8 % lateral of it.
    own = {
        "plafond": 370.0 * np.array([-0.007, 0.0, 0.008]),
        "plateau_medial": top - across,
        "plateau_lateral": top + across,
    }
    return {name: ROTATION @ point + SHIFT for name, point in own.items()}


def written(kind, folder, turned):
    sign = np.array([-1.0, -1.0, 1.0]) if turned else np.ones(3)
    points = {name: (sign * p).tolist() for name, p in landmarks().items()}
    if kind == "toml":
        file, text = folder / "marks.toml", "\n".join(f"{name} = {p}" for name, p in points.items())
    elif kind == "json":
        file = folder / "marks.mrk.json"
        controls = [{"label": name, "position": p} for name, p in points.items()]
        text = json.dumps({"markups": [{"type": "Fiducial", "coordinateSystem": "LPS", "controlPoints": controls}]})
    else:
        file = folder / "marks.fcsv"
        head = "# Markups fiducial file version = 4.11\n# CoordinateSystem = RAS\n"
        head += "# columns = id,x,y,z,ow,ox,oy,oz,vis,sel,lock,label,desc,associatedNodeID\n"
        rows = [f"n{k},{p[0]},{p[1]},{p[2]},0,0,0,1,1,1,0,{name},," for k, (name, p) in enumerate(points.items())]
        text = head + "\n".join(rows)
    file.write_text(text, encoding="utf-8")
    return file


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("kind", ["toml", "json", "fcsv"])
def test_landmarks_give_the_frame_in_either_coordinate_system(own_file, tmp_path, kind, turned):
    found = import_bone(own_file, landmarks=written(kind, tmp_path, turned))
    torsion, tilt = turned_by(found.frame.axes, ROTATION.T)
    assert (abs(torsion) < 0.1, tilt < 0.1) == (True, True)
    assert np.linalg.norm(found.frame.origin - SHIFT) < 0.1
    assert any("landmarks turned" in line for line in found.table["origin"]["repairs"]) is turned


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("plafond = [1, 2]", "needs three numbers"),
        ("knee = [1, 2, 3]", "unknown landmark|landmark 'knee'"),
        ("plafond = [0, 0, 0]\nplateau_medial = [0, 0, 5]\nplateau_lateral = [1, 0, 5]", "mm from the surface"),
        ("plafond = [100, -50, 800]", "needed: plafond, plateau_medial and plateau_lateral"),
    ],
)
def test_landmarks_that_give_no_frame_are_refused(own_file, tmp_path, text, said):
    file = tmp_path / "marks.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=said):
        import_bone(own_file, landmarks=file)


def test_what_is_no_tibia_is_refused(place):
    rod = pv.Cylinder(direction=(0, 1, 0), height=370.0, radius=15.0, resolution=60).triangulate().clean().subdivide(2)
    file = place / "rod.stl"
    rod.save(file)
    with pytest.raises(InputError, match=r"side of the bone cannot be told|differ from a tibia's"):
        import_bone(file)


# ---------------------------------------------------------------- real surfaces

SINGLE = [f"llp26/tibia_LLP{number:02d}_aligned_mm.stl" for number in (0, 5, 10, 15, 20, 25)]


MODES = [f"llp26/tibia_mode{number}{sd}_aligned_mm.stl" for number in range(1, 7) for sd in ("+2SD", "-2SD")]


@pytest.mark.parametrize("name", [*SINGLE, *MODES, "llp26/tibia_mean_aligned_mm.stl"])
def test_a_real_tibia_is_found_in_any_pose_with_its_side(real_files, name):
    surface = clean(read_surface(real_files / name), (230.0, 520.0)).outer
    posed = Surface((surface.points * MIRROR) @ ROTATION.T + SHIFT, surface.triangles[:, ::-1])
    template = Template(read_table("bone", "tibia"))
    frame = frame_of_tibia(posed, template)
    # The files stand in the plateau's own frame, origin in the plafond; ours is turned by the plateau's direction.
    turn = np.deg2rad(-16.5)
    plateau = np.array([[np.cos(turn), 0.0, -np.sin(turn)], [0.0, 1.0, 0.0], [np.sin(turn), 0.0, np.cos(turn)]])
    wanted = surface.points @ plateau.T
    assert frame.side == "left"
    got = frame.placed(posed).points
    rotation, _ = Rotation.align_vectors(got - got.mean(axis=0), wanted - wanted.mean(axis=0))
    assert np.rad2deg(rotation.magnitude()) < 3.0
    assert np.linalg.norm((got - rotation.apply(wanted)).mean(axis=0)) < 2.0


# Set by eye on pictures of both ends, each turned at random by up to 5°, in mm of the files.
BY_HAND = {
    0: {"plafond": (-4.2, 0.1, 2.6), "plateau_medial": (-2.9, 363.5, -23.4), "plateau_lateral": (-3.3, 367.9, 24.6)},
    5: {"plafond": (-3.2, 0.1, 0.9), "plateau_medial": (-4.0, 315.3, -25.1), "plateau_lateral": (-2.5, 318.1, 24.9)},
    10: {"plafond": (-2.9, 0.1, 2.0), "plateau_medial": (-1.6, 338.7, -22.9), "plateau_lateral": (-2.8, 338.3, 20.1)},
    15: {"plafond": (-2.7, -0.1, 2.9), "plateau_medial": (-1.3, 356.4, -25.1), "plateau_lateral": (-2.8, 357.4, 23.9)},
    20: {"plafond": (-3.3, 0.3, 1.8), "plateau_medial": (-4.1, 382.0, -25.2), "plateau_lateral": (-2.7, 385.8, 26.8)},
    25: {"plafond": (-3.1, 0.4, 2.6), "plateau_medial": (-2.0, 334.5, -22.4), "plateau_lateral": (-3.6, 335.7, 20.6)},
}


@pytest.mark.parametrize("limb", BY_HAND)
def test_the_frame_from_the_shape_is_that_of_landmarks_set_by_hand(real_files, limb):
    surface = clean(read_surface(real_files / f"llp26/tibia_LLP{limb:02d}_aligned_mm.stl"), (230.0, 520.0)).outer
    template = Template(read_table("bone", "tibia"))
    marks = {name: np.array(point) for name, point in BY_HAND[limb].items()}
    found, wanted = frame_of_tibia(surface, template), frame_of_landmarks(marks, -16.5, "right")
    torsion, tilt = turned_by(found.axes, wanted.axes)
    assert abs(torsion) < 3.0
    assert tilt < 1.0
    assert np.linalg.norm(found.origin - wanted.origin) < 2.0
    assert found.length == pytest.approx(wanted.length, abs=2.0)


@pytest.mark.parametrize("name", [SINGLE[0], SINGLE[4], "gias3/2008_1741_tibia_fibula.wrl"])
def test_a_real_tibia_is_described_to_half_a_millimetre_and_meshed(real_files, name):
    found = import_bone(real_files / name)
    description = described(found)
    shape = BoneShape(description)
    assert shape.volume() == pytest.approx(found.placed.volume, rel=0.005)
    points, facets = skin(description)
    away = pv.PolyData(found.placed.points).compute_implicit_distance(pv.PolyData.from_regular_faces(points, facets))
    assert np.sqrt(np.mean(away["implicit_distance"] ** 2)) < 0.5
    mesh = mesh_bone(description, 4.0)
    assert mesh.quality.min() > 0.04


def test_tibia_and_fibula_in_one_file_are_told_apart(real_files):
    found = import_bone(real_files / "gias3/2008_1741_tibia_fibula.wrl")
    assert found.frame.side == "left"
    assert any(line.startswith("1 further pieces left out (347 mm long") for line in found.clean.repairs)
    assert found.frame.length == pytest.approx(335.0, abs=3.0)


def test_a_bone_in_metres_with_holes_comes_in(real_files):
    found = import_bone(real_files / "opensim/geometry/r_tibia.vtp")
    assert found.clean.unit == "m"
    assert any("gaps of the surface closed" in line for line in found.clean.repairs)
    assert found.frame.side == "right"


# ---------------------------------------------------------------- metatarsals


@pytest.fixture(scope="module")
def metatarsal_files(place):
    """The shipped second metatarsal as a surface, and its landmarks."""
    points, facets = skin(read_bone("metatarsal2"), 1.0)
    marks = place / "metatarsal.toml"
    named = {"distal": (0.0, 0.0, 0.0), "proximal": (0.0, 75.0, 0.0), "front": (8.0, 37.0, 0.0)}
    lines = [f"{name} = {(ROTATION @ np.array(p) + SHIFT).tolist()}" for name, p in named.items()]
    marks.write_text("\n".join(lines), encoding="utf-8")
    return saved(points @ ROTATION.T + SHIFT, facets, place / "metatarsal.stl"), marks


def test_a_metatarsal_comes_back_as_itself_by_landmarks(metatarsal_files):
    file, marks = metatarsal_files
    found = described(import_bone(file, like="metatarsal2", side="right", landmarks=marks))
    assert BoneShape(found).volume() == pytest.approx(BoneShape(read_bone("metatarsal2")).volume(), rel=0.005)
    was, now = centers_of(read_bone("metatarsal2")), centers_of(found)
    assert max(np.linalg.norm(now[name] - was[name]) for name in was) < 1.5
    assert mesh_bone(found, 2.0).quality.min() > 0.1


def test_a_metatarsal_without_landmarks_or_side_is_refused(metatarsal_files):
    file, marks = metatarsal_files
    with pytest.raises(InputError, match="give landmarks distal, proximal and front"):
        import_bone(file, like="metatarsal2")
    with pytest.raises(InputError, match="side of a metatarsal2 is not found"):
        import_bone(file, like="metatarsal2", landmarks=marks)


# ---------------------------------------------------------------- the nearest parametric bone


@pytest.mark.parametrize(
    "changes", [{}, {"scale": 0.95, "shape.robustness": -2.0, "shape.torsion": 1.0}], ids=["mean", "slender"]
)
def test_the_parametric_bone_of_known_modes_is_found_again(place, changes):
    points, facets = skin(read_bone("tibia", changes))
    found = import_bone(saved(points, facets, place / "known.stl"))
    nearest = fitted(found.outlines, found.frame.length, Template(read_table("bone", "tibia")))
    for name, sd in nearest.shape.items():
        assert sd == pytest.approx(changes.get(f"shape.{name}", 0.0), abs=0.6), name
    # Modes that do nearly the same stand for each other; the bone that they make is the same.
    near, _ = skin(read_bone("tibia", nearest.changes))
    away = pv.PolyData(near).compute_implicit_distance(pv.PolyData.from_regular_faces(points, facets))
    assert np.sqrt(np.mean(away["implicit_distance"] ** 2)) < 0.6


def test_a_bone_without_modes_cannot_be_fitted(own):
    with pytest.raises(InputError, match="'metatarsal2' has no modes of variation"):
        fitted(own.outlines, own.frame.length, Template(read_table("bone", "metatarsal2")))
