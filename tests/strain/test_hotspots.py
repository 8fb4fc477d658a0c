# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Hotspots of fields made by hand: what is put in is found, named, ranked and measured; noise is dropped."""

from __future__ import annotations

import numpy as np
import pytest

from fea.bone import Anatomy
from fea.loading import LoadHistory
from fea.strain import components, hotspots

TENSION, COMPRESSION = (-0.3, -0.3, 1.0), (-1.0, 0.3, 0.3)
"""Principal strains, rising, of uniaxial stress of size 1."""


@pytest.fixture(scope="module")
def anatomy(tibia):
    return Anatomy(tibia)


def blob(mesh, anatomy, level, direction, radius=16.0):
    """Return the cortical cells around the surface point in a direction (anterior, lateral) at a level."""
    centre = anatomy.section_center(level)
    outside = mesh.points[np.unique(mesh.facets)]
    near = outside[np.abs(outside[:, 1] - centre[1]) < 6.0]
    way = np.array([direction[0], 0.0, direction[1]]) / np.hypot(*direction)
    spot = near[np.argmax((near - centre) @ way)]
    return (np.linalg.norm(mesh.centroids - spot, axis=1) < radius) & (mesh.tissue == 0)


def field(mesh, *parts):
    """Return principal strains (m, 3): zero, with (cells, mode, size in µε) put in."""
    principal = np.zeros((len(mesh.cells), 3))
    for cells, mode, size in parts:
        principal[cells] = np.sort(np.array(mode) * size * 1e-6)
    return principal


@pytest.fixture(scope="module")
def blobs(tibia_mesh, anatomy):
    back, front = blob(tibia_mesh, anatomy, 0.30, (-1.0, 0.0)), blob(tibia_mesh, anatomy, 0.50, (1.0, 0.0))
    assert not np.any(back & front)
    assert min(tibia_mesh.volumes[back].sum(), tibia_mesh.volumes[front].sum()) > 500.0
    return back, front


def found(mesh, anatomy, principal, kept=None, most=6):
    """Return the hotspots of one frame whose strain is ``principal`` in the axes of the bone."""
    kept = np.ones(len(mesh.cells), dtype=bool) if kept is None else kept
    unit = components(np.einsum("mi,ij->mij", principal, np.eye(3)))[None]
    still = LoadHistory("test", (), np.ones((1, 1)), np.zeros(1))
    return [h.hotspot for h in hotspots(mesh, anatomy, kept, principal[:, [0, 2]], unit, still, most)]


def test_two_blobs_are_found_named_ranked_and_measured(tibia_mesh, anatomy, blobs):
    back, front = blobs
    first, second = found(tibia_mesh, anatomy, field(tibia_mesh, (back, COMPRESSION, 4200), (front, TENSION, 2500)))
    assert (first.rank, first.mode, first.site) == (1, "compression", "posterior surface, distal third")
    assert (second.rank, second.mode, second.site) == (2, "tension", "anterior crest, mid-shaft")
    assert (first.strain_ue, second.strain_ue) == pytest.approx((-4200.0, 2500.0), rel=1e-9)
    assert first.volume_mm3 == pytest.approx(tibia_mesh.volumes[back].sum(), rel=1e-12)
    assert second.volume_mm3 == pytest.approx(tibia_mesh.volumes[front].sum(), rel=1e-12)
    assert (first.level, second.level) == pytest.approx((0.30, 0.50), abs=0.02)
    assert (first.sector, second.sector) == ("posterior", "anterior")


def test_position_is_that_of_a_cell_of_the_hotspot(tibia_mesh, anatomy, blobs):
    back, _ = blobs
    (only,) = found(tibia_mesh, anatomy, field(tibia_mesh, (back, COMPRESSION, 4200)))
    distance = np.linalg.norm(tibia_mesh.centroids[back] - np.array(only.position), axis=1)
    assert distance.min() < 1e-9
    middle = np.average(tibia_mesh.centroids[back], axis=0, weights=tibia_mesh.volumes[back])
    assert np.linalg.norm(np.array(only.position) - middle) < 8.0


def test_rank_goes_by_size_of_strain_not_by_sign(tibia_mesh, anatomy, blobs):
    back, front = blobs
    first, second = found(tibia_mesh, anatomy, field(tibia_mesh, (back, COMPRESSION, 2500), (front, TENSION, 4200)))
    assert (first.mode, second.mode) == ("tension", "compression")
    assert first.strain_ue > 0.0 > second.strain_ue


def test_two_blobs_of_one_mode_stay_two_hotspots(tibia_mesh, anatomy, blobs):
    back, front = blobs
    rows = found(tibia_mesh, anatomy, field(tibia_mesh, (back, TENSION, 3000), (front, TENSION, 2900)))
    assert [(h.mode, h.site) for h in rows] == [
        ("tension", "posterior surface, distal third"),
        ("tension", "anterior crest, mid-shaft"),
    ]


def test_strain_below_85_percent_of_the_peak_does_not_count(tibia_mesh, anatomy, blobs):
    # A halo at 84 % is left out, one at 86 % belongs to the hotspot. The core of 2 cm³ holds far more than the
    # half per cent of the volume by which the peak is below the largest strain.
    back, _ = blobs
    wide = blob(tibia_mesh, anatomy, 0.30, (-1.0, 0.0), radius=22.0)
    core, halo = tibia_mesh.volumes[back].sum(), tibia_mesh.volumes[wide & ~back].sum()
    assert halo > 100.0
    for size, volume in ((3360.0, core), (3440.0, core + halo)):
        parts = ((wide, COMPRESSION, size), (back, COMPRESSION, 4000.0))
        (only,) = found(tibia_mesh, anatomy, field(tibia_mesh, *parts))
        assert only.volume_mm3 == pytest.approx(volume, rel=1e-12)


def test_strain_of_a_hotspot_is_the_mean_of_its_hotter_half(tibia_mesh, anatomy, blobs):
    # Cells of the lower 60 % of the volume at 4000, the others at 3600 µε: the hotter half is all at 4000.
    back, _ = blobs
    order = np.flatnonzero(back)[np.argsort(tibia_mesh.centroids[back][:, 1])]
    share = np.cumsum(tibia_mesh.volumes[order]) / tibia_mesh.volumes[order].sum()
    parts = ((order[share <= 0.6], COMPRESSION, 4000.0), (order[share > 0.6], COMPRESSION, 3600.0))
    (only,) = found(tibia_mesh, anatomy, field(tibia_mesh, *parts))
    assert only.strain_ue == pytest.approx(-4000.0, rel=1e-9)
    assert only.volume_mm3 == pytest.approx(tibia_mesh.volumes[back].sum(), rel=1e-12)


def test_noise_below_a_7000th_of_the_bone_is_dropped(tibia_mesh, anatomy, blobs):
    back, _ = blobs
    shaft = np.flatnonzero(
        (tibia_mesh.centroids[:, 1] > 230.0) & (tibia_mesh.volumes < 45.0) & (tibia_mesh.tissue == 0)
    )
    lone = shaft[[0]]
    rows = found(tibia_mesh, anatomy, field(tibia_mesh, (back, COMPRESSION, 4000), (lone, COMPRESSION, 4000)))
    assert [h.site for h in rows] == ["posterior surface, distal third"]


def test_a_blob_just_above_a_7000th_of_the_bone_is_kept(tibia_mesh, anatomy, blobs):
    # Cells around one vertex touch each other: as many of them as it takes to pass a
    # 7000th of the volume (50 mm³), then one fewer.
    back, _ = blobs
    vertex = int(np.argmin(np.linalg.norm(tibia_mesh.points - [15.0, 230.0, 0.0], axis=1)))
    around = np.flatnonzero((tibia_mesh.cells == vertex).any(axis=1))
    total = np.cumsum(tibia_mesh.volumes[around])
    enough = int(np.searchsorted(total, tibia_mesh.volumes.sum() / 7000.0)) + 1
    assert 1 < enough <= len(around)
    for count, hits in ((enough, 2), (enough - 1, 1)):
        parts = ((back, COMPRESSION, 4000), (around[:count], COMPRESSION, 4000))
        assert len(found(tibia_mesh, anatomy, field(tibia_mesh, *parts))) == hits


def test_cells_that_are_not_kept_are_not_looked_at(tibia_mesh, anatomy, blobs):
    back, front = blobs
    strains = field(tibia_mesh, (back, COMPRESSION, 4200), (front, TENSION, 2500))
    (only,) = found(tibia_mesh, anatomy, strains, kept=~back)
    assert (only.rank, only.mode) == (1, "tension")


def test_at_most_so_many_are_returned(tibia_mesh, anatomy, blobs):
    back, front = blobs
    strains = field(tibia_mesh, (back, COMPRESSION, 4200), (front, TENSION, 2500))
    (only,) = found(tibia_mesh, anatomy, strains, most=1)
    assert only.mode == "compression"


def test_a_bone_without_strain_has_no_hotspot(tibia_mesh, anatomy):
    assert found(tibia_mesh, anatomy, field(tibia_mesh)) == []
    assert found(tibia_mesh, anatomy, field(tibia_mesh), kept=np.zeros(len(tibia_mesh.cells), dtype=bool)) == []
