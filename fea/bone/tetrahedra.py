# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""From closed surfaces to tetrahedra by gmsh, with tissues and named regions."""

from __future__ import annotations

import functools
import os
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, get_args

import numpy as np
import numpy.typing as npt

from fea.bone.pulls import Pull, unit_pulls
from fea.bone.regions import OUTSIDE, region_centers, region_facets
from fea.bone.shape import BoneShape
from fea.bone.surface import BoneSurfaces, bone_surfaces
from fea.case import BoneDescription, Tissue
from fea.errors import GeometryError, InputError, out_of_range

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

TISSUES: tuple[Tissue, ...] = get_args(Tissue)
"""Names that the integers of :attr:`BoneMesh.tissue` stand for."""

LEAST_QUALITY = 0.02
_FINER = 0.85
"""Step between edge lengths that are tried where a shape does not bear the one asked for."""
_VOLUME_TOLERANCE = 0.02
_CORE_COARSENING = 1.6
_MOST_CELLS = 3_000_000

_FACES = np.array([[1, 2, 3], [0, 3, 2], [0, 1, 3], [0, 2, 1]])
_VOLUMES: Mapping[Tissue, tuple[tuple[tuple[str, ...], ...], ...]] = {
    "cortical": (
        (
            ("periosteum", "distal end", "proximal end"),
            ("core distal", "core shaft", "core proximal", "core distal end", "core proximal end"),
        ),
    ),
    "cancellous": (
        (("core distal", "core distal end", "core distal floor"),),
        (("core proximal", "core proximal floor", "core proximal end"),),
    ),
    "marrow": ((("core shaft", "core distal floor", "core proximal floor"),),),
}


@dataclass(frozen=True, eq=False)
class BoneMesh:
    """A bone as tetrahedra.

    Attributes
    ----------
    name : str
        Name of the bone.
    points : ndarray, float64, (n, 3)
        Vertices in mm, bone frame: x anterior or dorsal, y proximal, z lateral.
    cells : ndarray, int64, (m, 4)
        Tetrahedra as vertex numbers, positively oriented.
    tissue : ndarray, int64, (m,)
        Index into :data:`TISSUES` for each cell.
    facets : ndarray, int64, (k, 3)
        Triangles of the outer surface, normals outwards.
    regions : mapping of str to ndarray, int64
        For each named region the numbers of its rows in ``facets``.
    centers : mapping of str to ndarray, float64, (3,)
        Centroid of each named region on the smooth surface in mm, where a force on it acts: the same in every mesh
        of a bone.
    pulls : mapping of str to tuple of Pull
        What each muscle path, and the fibula, put on the bone for 1 N.
    size_mm : float
        Edge length on the surfaces; NaN where it is not known.
    """

    name: str
    points: Floats
    cells: Ints
    tissue: Ints
    facets: Ints
    regions: Mapping[str, Ints]
    centers: Mapping[str, Floats]
    pulls: Mapping[str, tuple[Pull, ...]] = field(default_factory=dict)
    size_mm: float = np.nan

    @functools.cached_property
    def quality(self) -> Floats:
        """Inscribed over circumscribed radius of each cell times three, shape (m,): 1 regular, 0 flat."""
        return quality(self.points, self.cells)

    @functools.cached_property
    def volumes(self) -> Floats:
        """Volume of each cell in mm³, shape (m,); not to be written to."""
        edges = self.points[self.cells[:, 1:]] - self.points[self.cells[:, :1]]
        volumes = np.asarray(np.linalg.det(edges) / 6.0)
        volumes.flags.writeable = False
        return volumes

    @property
    def centroids(self) -> Floats:
        """Centroid of each cell in mm, shape (m, 3)."""
        return np.asarray(self.points[self.cells].mean(axis=1))

    def region_area(self, region: str) -> float:
        """Area of a named region in mm²."""
        return float(facet_areas(self.points, self.facets[self.regions[region]]).sum())


def facet_areas(points: Floats, facets: Ints) -> Floats:
    """Area in mm² of each triangle, shape (k,)."""
    corner = points[facets]
    cross = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
    return np.asarray(np.linalg.norm(cross, axis=1) / 2.0)


def quality(points: Floats, cells: Ints) -> Floats:
    """Three times the inscribed over the circumscribed radius of each tetrahedron, shape (m,).

    Examples
    --------
    >>> regular = np.array([[1.0, 1.0, 1.0], [1.0, -1.0, -1.0], [-1.0, 1.0, -1.0], [-1.0, -1.0, 1.0]])
    >>> quality(regular, np.array([[0, 1, 2, 3]])).round(9)
    array([1.])
    """
    corner = points[cells]
    volume = np.abs(np.linalg.det(corner[:, 1:] - corner[:, :1])) / 6.0
    face = corner[:, _FACES]
    area = (
        np.linalg.norm(np.cross(face[:, :, 1] - face[:, :, 0], face[:, :, 2] - face[:, :, 0]), axis=2).sum(axis=1) / 2
    )
    pairs = (((0, 1), (2, 3)), ((0, 2), (1, 3)), ((0, 3), (1, 2)))
    p, q, r = (
        np.prod([np.linalg.norm(corner[:, a] - corner[:, b], axis=1) for a, b in pair], axis=0) for pair in pairs
    )
    # 24 V R = √((p+q+r)(p+q−r)(p−q+r)(−p+q+r)) with the products p, q, r of opposite edges; r_in = 3 V / A.
    root = np.sqrt(np.maximum((p + q + r) * (p + q - r) * (p - q + r) * (-p + q + r), 0.0))
    return np.asarray(9.0 * volume / area * 24.0 * volume / np.maximum(root, 1e-300))


def mesh_bone(description: BoneDescription, size_mm: float | None = None) -> BoneMesh:
    """Tetrahedra of a bone.

    Parameters
    ----------
    description : BoneDescription
        The bone.
    size_mm : float, optional
        Edge length on all surfaces, in mm; the file's own by default. Along the shaft edges are up to 1.5 times,
        inside the cores up to 1.6 times that. Where the shape does not bear a length beyond the file's own, as thin
        walls at the ends may not, the longest one that it bears of those in steps of 15 % down to the own is taken.

    Returns
    -------
    BoneMesh

    Raises
    ------
    fea.errors.InputError
        The element size is outside 0.2 to 20 mm or not a number.
    fea.errors.GeometryError
        The sections do not close to a sound solid, the solid's volume differs from the integral of the
        sections by more than 2 %, or elements are too flat.
    """
    shape = BoneShape(description)
    own = description.size_mm * shape.magnification
    size = own if size_mm is None else size_mm
    if not 0.2 <= size <= 20.0:
        raise out_of_range("element size", size, "0.2 to 20 mm")
    expected = shape.volume()
    if expected / (size**3 / 8.5) > _MOST_CELLS:
        raise GeometryError(f"element size is {size:g} mm, which needs more than {_MOST_CELLS} elements.")
    *coarser, last = _sizes(size, own)
    for tried in coarser:
        with suppress(GeometryError):
            return _meshed(shape, tried, expected)
    return _meshed(shape, last, expected)


def _sizes(asked: float, own: float) -> list[float]:
    """The edge length asked for, then shorter ones down to the bone's own."""
    sizes = [asked]
    while sizes[-1] > own:
        sizes.append(max(own, _FINER * sizes[-1]))
    return sizes


def _meshed(shape: BoneShape, size: float, expected: float) -> BoneMesh:
    name, surfaces = shape.description.name, bone_surfaces(shape, size)
    with gmsh_model(name) as model:
        points, cells, tissue = _filled(model, surfaces, size)
    mesh = BoneMesh(name, points, cells, tissue, *_outside(shape, surfaces), size)
    _check(mesh, expected)
    return mesh


def outer_facets(cells: Ints) -> Ints:
    """Triangles (k, 3) that belong to one tetrahedron of ``cells`` (m, 4) only, normals outwards."""
    faces = cells[:, _FACES].reshape(-1, 3)
    _, first, count = np.unique(np.sort(faces, axis=1), axis=0, return_index=True, return_counts=True)
    return np.asarray(faces[first[count == 1]])


def with_outside(description: BoneDescription, size_mm: float, points: Floats, cells: Ints, tissue: Ints) -> BoneMesh:
    """Mesh of a bone from stored tetrahedra; its outer facets and regions are made again.

    Parameters
    ----------
    description : BoneDescription
        The bone, as it was when it was meshed.
    size_mm : float
        The edge length that was asked for.
    points, cells, tissue : ndarray, (n, 3), (m, 4), (m,)
        As in :class:`BoneMesh`; qualities are not known, and NaN.

    Raises
    ------
    fea.errors.InputError
        The points are not those of this bone at this size.
    """
    shape = BoneShape(description)
    for size in _sizes(size_mm, description.size_mm * shape.magnification):
        surfaces = bone_surfaces(shape, size)
        count = len(surfaces.points)
        if len(points) >= count and np.allclose(points[:count], surfaces.points, atol=1e-6 * shape.length):
            return BoneMesh(description.name, points, cells, tissue, *_outside(shape, surfaces), size)
    raise InputError(f"the mesh is not that of {description.name!r} with elements of {size_mm:g} mm.")


def _outside(
    shape: BoneShape, surfaces: BoneSurfaces
) -> tuple[Ints, dict[str, Ints], dict[str, Floats], dict[str, tuple[Pull, ...]]]:
    """Outer facets, for each region the numbers of its rows in them, centres of the regions, pulls of muscles."""
    outer = np.vstack([surfaces.surfaces[name] for name in OUTSIDE])
    regions = {name: region_facets(region, shape, surfaces) for name, region in shape.description.regions.items()}
    centers = region_centers(shape)
    return outer, regions, centers, unit_pulls(shape, centers)


_ONE_AT_A_TIME = threading.RLock()
"""gmsh has one model for all threads of a process."""


@contextmanager
def gmsh_model(name: str) -> Iterator[Any]:
    """Context of gmsh with fixed algorithm, seed and one thread, so that a mesh is reproducible."""
    import gmsh

    with _ONE_AT_A_TIME:
        yield from _opened(gmsh, name)


def _opened(gmsh: Any, name: str) -> Iterator[Any]:
    gmsh.initialize(interruptible=False)
    try:
        for option, value in {
            "General.Terminal": 0,
            "General.NumThreads": 1,
            "Mesh.Algorithm3D": 10,
            "Mesh.RandomSeed": 1,
            "Mesh.Optimize": 1,
            "Mesh.OptimizeThreshold": 0.35,
            "Mesh.MeshSizeExtendFromBoundary": 0,
            "Mesh.MeshSizeFromPoints": 0,
        }.items():
            gmsh.option.setNumber(option, value)
        gmsh.model.add(name)
        yield gmsh.model
    finally:
        gmsh.finalize()


@contextmanager
def _quiet() -> Iterator[None]:
    """Context that keeps what gmsh's meshers print off standard output, which belongs to the caller."""
    sys.stdout.flush()
    kept = os.dup(1)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 1)
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nowhere)


def _filled(model: Any, surfaces: BoneSurfaces, size: float) -> tuple[Floats, Ints, Ints]:
    """Points, cells and tissue of cells of the volumes between the surfaces."""
    tags = {name: number for number, name in enumerate(surfaces.surfaces, start=1)}
    for tag in tags.values():
        model.addDiscreteEntity(2, tag)
    numbers = np.arange(1, len(surfaces.points) + 1)
    model.mesh.addNodes(2, 1, numbers, surfaces.points.ravel())
    for name, tag in tags.items():
        model.mesh.addElementsByType(tag, 2, [], (surfaces.surfaces[name] + 1).ravel())
    volumes: dict[int, Tissue] = {}
    for tissue, parts in _VOLUMES.items():
        for loops in parts:
            loop_tags = [model.geo.addSurfaceLoop([tags[name] for name in loop]) for loop in loops]
            volumes[model.geo.addVolume(loop_tags)] = tissue
    model.geo.synchronize()
    _size_field(model, [v for v, tissue in volumes.items() if tissue != "cortical"], size)
    try:
        with _quiet():
            model.mesh.generate(3)
            model.mesh.optimize("Netgen")
            model.mesh.optimize("")
    except Exception as error:  # gmsh raises nothing narrower
        raise GeometryError(f"the sections do not close to a sound solid: {error}.") from None
    return _tetrahedra(model, volumes)


def _size_field(model: Any, cores: list[int], size: float) -> None:
    field = model.mesh.field.add("Constant")
    model.mesh.field.setNumbers(field, "VolumesList", cores)
    model.mesh.field.setNumber(field, "VIn", _CORE_COARSENING * size)
    model.mesh.field.setNumber(field, "VOut", size)
    model.mesh.field.setNumber(field, "IncludeBoundary", 0)
    model.mesh.field.setAsBackgroundMesh(field)


def _tetrahedra(model: Any, volumes: Mapping[int, Tissue]) -> tuple[Floats, Ints, Ints]:
    node_tags, coordinates, _ = model.mesh.getNodes()
    order = np.argsort(node_tags)
    points = np.asarray(coordinates).reshape(-1, 3)[order]
    cells, tissue = [], []
    for volume, name in volumes.items():
        _, nodes = model.mesh.getElementsByType(4, volume)
        corner = np.searchsorted(node_tags[order], np.asarray(nodes, dtype=np.int64)).reshape(-1, 4)
        cells.append(corner)
        tissue.append(np.full(len(corner), TISSUES.index(name)))
    return points, np.vstack(cells), np.concatenate(tissue)


def _check(mesh: BoneMesh, expected: float) -> None:
    volume = float(mesh.volumes.sum())
    if abs(volume / expected - 1.0) > _VOLUME_TOLERANCE:
        raise GeometryError(
            f"the solid of {mesh.name} has {volume:.0f} mm³ but its sections enclose {expected:.0f} mm³; "
            f"allowed: a difference of {100 * _VOLUME_TOLERANCE:g} %."
        )
    if float(mesh.volumes.min()) <= 0.0 or float(mesh.quality.min()) < LEAST_QUALITY:
        raise GeometryError(
            f"the flattest element of {mesh.name} has quality {mesh.quality.min():.3f}; allowed: at least "
            f"{LEAST_QUALITY:g} of 1. A smaller element size or a thicker wall may help."
        )
    for region, facets in mesh.regions.items():
        if len(facets) == 0:
            raise GeometryError(f"the region {region!r} of {mesh.name} holds no element; enlarge it or refine.")
