# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Wall and density from CT: a synthetic scan of the shipped tibia gives them back; what is no scan is refused."""

from __future__ import annotations

import numpy as np
import pytest
import pyvista as pv
import tomli_w

import fea
from fea.bone import Anatomy, BoneShape, mesh_bone
from fea.bone.surface import bone_surfaces
from fea.case import BoneDescription, checked, healthy, read_bone
from fea.errors import InputError
from fea.scan import import_bone
from fea.tissue import composition

sitk = pytest.importorskip("SimpleITK")

SPACING = (0.6, 0.6, 1.5)
"""Voxels in mm: sagittal and frontal 0.6, slices 1.5 mm apart."""
INTERCEPT, SLOPE = 0.1, 0.0012
"""Of the synthetic scanner, wet apparent density in g/cm³."""
CALIBRATION = f'measure = "apparent"\nintercept_g_per_cm3 = {INTERCEPT}\nslope_g_per_cm3_per_hu = {SLOPE}\n'
TO_FILE = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])
"""The bone's y is the scan's z, its z the scan's -y: turned, not mirrored."""


def hounsfield(shape, x, y, z):
    """HU of the shipped tibia in muscle in air at the places of one slice, sections taken as plane."""
    description, level = shape.description, y / shape.length
    out = np.where(np.hypot(x, z) < 45.0, 50.0, -1000.0)
    if not 0.0 <= level <= 1.0:
        return out
    own = shape.axes(level).to_local(np.column_stack([x.ravel(), z.ravel()]))
    azimuth, radius = np.arctan2(own[:, 1], own[:, 0]), np.hypot(*own.T)
    edges = []
    for line in (shape.outer(level), shape.inner(level)):
        angle = np.arctan2(line[:, 1], line[:, 0])
        order = np.argsort(angle)
        edges.append(np.interp(azimuth, angle[order], np.hypot(*line.T)[order], period=2.0 * np.pi))
    cortical, cancellous = description.density.cortical_g_per_cm3, description.density.cancellous_g_per_cm3
    marrow = description.cavity.distal_level <= level <= description.cavity.proximal_level
    core = 0.02 if marrow else float(cancellous.value(level))
    density = np.where(radius < edges[1], core, float(cortical.value(level)))
    return np.where((radius < edges[0]).reshape(x.shape), ((density - INTERCEPT) / SLOPE).reshape(x.shape), out)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with the shipped tibia as a surface and as a scan, blurred and noisy, and the calibration."""
    folder = tmp_path_factory.mktemp("ct")
    shape = BoneShape(read_bone("tibia"))
    surfaces = bone_surfaces(shape, 2.5)
    outside = np.vstack([surfaces.surfaces[name] for name in ("periosteum", "distal end", "proximal end")])
    used, facets = np.unique(outside, return_inverse=True)
    pv.PolyData.from_regular_faces(surfaces.points[used] @ TO_FILE.T, facets.reshape(-1, 3)).save(folder / "own.stl")
    side, along = np.arange(-50.0, 50.0, SPACING[0]), np.arange(-20.0, 390.0, SPACING[2])
    x, z = np.meshgrid(side, -side, indexing="ij")  # the scan's x and y
    hu = np.stack([hounsfield(shape, x, y, z) for y in along], axis=-1)
    image = sitk.GetImageFromArray(hu.transpose(2, 1, 0).astype(np.float32))
    image.SetSpacing(SPACING)
    image.SetOrigin((float(side[0]), float(side[0]), float(along[0])))
    image = sitk.SmoothingRecursiveGaussian(image, [0.4, 0.4, 0.5])
    noise = np.random.default_rng(1).normal(0.0, 25.0, sitk.GetArrayFromImage(image).shape).astype(np.float32)
    noisy = sitk.GetImageFromArray(sitk.GetArrayFromImage(image) + noise)
    noisy.CopyInformation(image)
    sitk.WriteImage(sitk.Cast(noisy, sitk.sitkInt16), str(folder / "own.nii.gz"))
    (folder / "calibration.toml").write_text(CALIBRATION, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def own(place):
    return import_bone(place / "own.stl", ct=place / "own.nii.gz", calibration=place / "calibration.toml")


@pytest.fixture(scope="module")
def bone(own):
    return checked(BoneDescription, own.table, "own")


def test_the_wall_of_the_shipped_tibia_comes_back(bone):
    was, now = BoneShape(read_bone("tibia")), BoneShape(bone)
    for level in (0.25, 0.33, 0.5, 0.66, 0.75):
        wall = [np.hypot(*shape.outer(level).T) - np.hypot(*shape.inner(level).T) for shape in (was, now)]
        assert wall[1].mean() == pytest.approx(wall[0].mean(), abs=0.3), level
        assert np.abs(wall[1] - wall[0]).mean() < 0.6, level


def test_the_density_of_the_shipped_tibia_comes_back(bone):
    was = read_bone("tibia").density
    for level in (0.25, 0.33, 0.5, 0.66, 0.75):
        # The modulus of the cortex goes with a power of the density below 2: 1.5 % of density are 3 % of modulus.
        there, wanted = (d.cortical_g_per_cm3.value(level) for d in (bone.density, was))
        assert there == pytest.approx(wanted, rel=0.015), level
    for level in (0.1, 0.16, 0.8, 0.88):
        there, wanted = (d.cancellous_g_per_cm3.value(level) for d in (bone.density, was))
        assert there == pytest.approx(wanted, abs=0.05), level


def test_the_bone_keeps_where_its_density_comes_from(bone):
    scan = bone.origin.scan
    assert (scan.file, scan.measure) == ("own.nii.gz", "apparent")
    assert len(scan.sha256) == 64
    assert "CT own.nii.gz" in bone.density.cortical_g_per_cm3.source


def test_a_surface_in_the_other_axes_is_turned_and_told(place):
    poly = pv.read(place / "own.stl")
    poly.points = poly.points * np.array([-1.0, -1.0, 1.0], dtype=np.float32)
    poly.save(place / "ras.stl")
    found = import_bone(place / "ras.stl", ct=place / "own.nii.gz", calibration=place / "calibration.toml")
    assert found.table["origin"]["scan"]["remarks"][0] == (
        "scan and surface differ as RAS and LPS; the surface was turned"
    )


def test_a_folder_of_dicom_files_is_read_as_the_scan(place, own, tmp_path):
    image = sitk.ReadImage(str(place / "own.nii.gz"))
    writer = sitk.ImageFileWriter()
    writer.KeepOriginalImageUIDOn()
    for k in range(image.GetDepth()):
        slice_, spot = image[:, :, k], image.TransformIndexToPhysicalPoint((0, 0, k))
        tags = {
            "0008|0060": "CT", "0020|000e": "1.2.3.4", "0020|000d": "1.2.3", "0008|0018": f"1.2.3.4.{k + 1}",
            "0020|0032": "\\".join(f"{v:.4f}" for v in spot), "0020|0037": "1\\0\\0\\0\\1\\0", "0020|0013": str(k + 1),
            "0018|0050": f"{SPACING[2]}", "0028|1052": "0", "0028|1053": "1",
        }  # fmt: skip
        for tag, value in tags.items():
            slice_.SetMetaData(tag, value)
        writer.SetFileName(str(tmp_path / f"slice{image.GetDepth() - k:04d}.dcm"))
        writer.Execute(slice_)
    found = import_bone(place / "own.stl", ct=tmp_path, calibration=place / "calibration.toml")
    there, was = (t.table["density"]["cortical_g_per_cm3"]["at"] for t in (found, own))
    assert there == was


def test_a_law_of_the_calibration_makes_the_modulus(place, own, tmp_path):
    # The form of Bonemat: rho_QCT = a + b HU, rho_ash = a + b rho_QCT, E = a + b rho_ash^c in ranges.
    file = tmp_path / "law.toml"
    file.write_text(
        CALIBRATION + "ash = [0.0, 0.6]\nmodulus_measure = 'ash'\n"
        "modulus = [{coefficient_mpa = 10000.0, exponent = 1.0, up_to_g_per_cm3 = 0.6}, "
        "{constant_mpa = -6000.0, coefficient_mpa = 20000.0, exponent = 1.0}]\n",
        encoding="utf-8",
    )
    found = import_bone(place / "own.stl", ct=place / "own.nii.gz", calibration=file)
    description = checked(BoneDescription, found.table, "law")
    mesh = mesh_bone(description, 6.0)
    made = composition(description, mesh, healthy())
    shaft = (mesh.tissue == 0) & (np.abs(Anatomy(description).level(mesh.centroids) - 0.5) < 0.2)
    ash = 0.6 * made.density[shaft]
    assert made.modulus[shaft] == pytest.approx(np.where(ash < 0.6, 10000.0 * ash, 20000.0 * ash - 6000.0), rel=1e-6)
    assert ash.min() > 0.6


def test_two_rods_of_a_phantom_and_ash_are_a_calibration(place, own):
    # ρ = 0.1 + 0.0012 HU through two points; ash 0.6 ρ.
    file = place / "rods.toml"
    file.write_text('measure = "K2HPO4"\npoints = [[0, 0.1], [1000, 1.3]]\nash = [0.0, 0.6]\n', encoding="utf-8")
    found = import_bone(place / "own.stl", ct=place / "own.nii.gz", calibration=file).table["density"]
    assert found["measure"] == "ash"
    there, was = (t["cortical_g_per_cm3"]["at"]["50"] for t in (found, own.table["density"]))
    assert there == pytest.approx(0.6 * was, rel=1e-3)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('measure = "calcium"', "measure of the calibration is 'calcium'; allowed: HA"),
        ('measure = "HA"', "needs points, two or more pairs"),
        ('measure = "HA"\npoints = [[0, 0], [100, 5.0]]', r"slope of the calibration is 0.05"),
        ('measure = "HA"\nslpe = 1', "has the key 'slpe'"),
        (CALIBRATION + "valid_g_per_cm3 = [0.1, 1.0]\n", "has valid_g_per_cm3 but no modulus"),
        (CALIBRATION + "air_hu = 24\n", r"lowest values of the scan are -10\d\d; air reads 24"),
    ],
)
def test_what_is_no_calibration_is_refused(place, tmp_path, text, said):
    file = tmp_path / "odd.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=said):
        import_bone(place / "own.stl", ct=place / "own.nii.gz", calibration=file)


def test_a_scan_elsewhere_or_without_calibration_is_refused(place, tmp_path):
    with pytest.raises(InputError, match="needs a calibration"):
        import_bone(place / "own.stl", ct=place / "own.nii.gz")
    image = sitk.ReadImage(str(place / "own.nii.gz"))
    image.SetOrigin((500.0, 500.0, 500.0))
    sitk.WriteImage(image, str(tmp_path / "away.nii.gz"))
    with pytest.raises(InputError, match="does not lie on the bone of the scan"):
        import_bone(place / "own.stl", ct=tmp_path / "away.nii.gz", calibration=place / "calibration.toml")
    half = sitk.ReadImage(str(place / "own.nii.gz"))[:, :, :200]
    sitk.WriteImage(half, str(tmp_path / "half.mha"))
    with pytest.raises(InputError, match=r"scan does not cover the bone at .* %"):
        import_bone(place / "own.stl", ct=tmp_path / "half.mha", calibration=place / "calibration.toml")


def test_strain_of_the_shipped_tibia_comes_back_from_surface_and_scan(own, tmp_path):
    file = tmp_path / "own.toml"
    file.write_text(tomli_w.dumps(own.table), encoding="utf-8")
    was, now = (fea.run(bone, "running", size_mm=6.0) for bone in ("tibia", str(file)))
    assert now.summary.p95_ue == pytest.approx(was.summary.p95_ue, rel=0.05)
    assert now.hotspots[0].site == was.hotspots[0].site
    assert now.hotspots[0].level == pytest.approx(was.hotspots[0].level, abs=0.02)


def test_the_modulus_of_the_shaft_comes_back_cell_by_cell(bone):
    moduli = []
    for description in (read_bone("tibia"), bone):
        mesh = mesh_bone(description, 6.0)
        made = composition(description, mesh, healthy())
        shaft = (mesh.tissue == 0) & (np.abs(Anatomy(description).level(mesh.centroids) - 0.5) < 0.25)
        assert not made.outside[shaft].any()
        moduli.append(np.average(made.modulus[shaft], weights=mesh.volumes[shaft]))
    assert moduli[1] == pytest.approx(moduli[0], rel=0.03)


def test_a_lesion_smaller_than_a_sector_stays_where_it_is(place, bone, tmp_path):
    # Cells half way along the shaft within 12 mm of the anterior surface's middle lose half of their density.
    image = sitk.ReadImage(str(place / "own.nii.gz"))
    hu = sitk.GetArrayFromImage(image)
    z, y, x = (index.astype(float) for index in np.indices(hu.shape))
    spacing, origin = image.GetSpacing(), image.GetOrigin()
    shape = BoneShape(bone)
    front = shape.placed(0.5, shape.outer(0.5))
    spot = TO_FILE @ front[np.argmax(front[:, 0])]
    away = [o + s * k - c for o, s, k, c in zip(origin, spacing, (x, y, z), spot, strict=True)]
    dense = (np.linalg.norm(away, axis=0) < 8.0) & (hu > 600)
    hu[dense] = ((INTERCEPT + SLOPE * hu[dense]) / 2.0 - INTERCEPT) / SLOPE
    changed = sitk.GetImageFromArray(hu)
    changed.CopyInformation(image)
    sitk.WriteImage(changed, str(tmp_path / "lesion.nii.gz"))
    found = import_bone(place / "own.stl", ct=tmp_path / "lesion.nii.gz", calibration=place / "calibration.toml")
    lesion = checked(BoneDescription, found.table, "lesion")
    mesh = mesh_bone(bone, 3.0)
    cortical = mesh.tissue == 0
    there, was = (composition(b, mesh, healthy()).density[cortical] for b in (lesion, bone))
    ratio, off = there / was, np.linalg.norm(mesh.centroids[cortical] - TO_FILE.T @ spot, axis=1)
    assert ratio[off < 4.0].mean() == pytest.approx(0.5, abs=0.12)
    assert ratio[off > 20.0] == pytest.approx(1.0, abs=0.05)


# ---------------------------------------------------------------- the surface from the scan itself


def test_by_a_threshold_the_surface_is_that_of_the_bone(place, own):
    found = import_bone(place / "own.nii.gz", threshold_hu=400.0, calibration=place / "calibration.toml")
    # Slices lie 1.5 mm apart, and half of the step from muscle to bone is near 700 HU in the cortex, 400 at the ends.
    assert found.placed.volume == pytest.approx(own.placed.volume, rel=0.03)
    assert np.linalg.norm(found.frame.origin - own.frame.origin) < 2.0
    assert found.table["origin"]["scan"]["file"] == "own.nii.gz"
    there, was = (t.table["density"]["cortical_g_per_cm3"]["at"]["50"] for t in (found, own))
    assert there == pytest.approx(was, rel=0.01)


def test_a_mask_is_a_surface_and_a_scan_is_no_mask(place, tmp_path, own):
    image = sitk.ReadImage(str(place / "own.nii.gz"))
    mask = sitk.Cast(image > 400, sitk.sitkUInt8)
    sitk.WriteImage(mask, str(tmp_path / "mask.nrrd"))
    found = import_bone(tmp_path / "mask.nrrd", ct=place / "own.nii.gz", calibration=place / "calibration.toml")
    assert found.placed.volume == pytest.approx(own.placed.volume, rel=0.03)
    with pytest.raises(InputError, match="is a scan, not a mask; give the threshold"):
        import_bone(place / "own.nii.gz")
    with pytest.raises(InputError, match=r"threshold in HU is 5000.*allowed: -200 to 2000"):
        import_bone(place / "own.nii.gz", threshold_hu=5000.0)
    with pytest.raises(InputError, match=r"no piece of 1000 voxels or more above 2000"):
        import_bone(place / "own.nii.gz", threshold_hu=2000.0)
    with pytest.raises(InputError, match=r"'own\.stl' is a surface; one is for scans"):
        import_bone(place / "own.stl", threshold_hu=300.0)
