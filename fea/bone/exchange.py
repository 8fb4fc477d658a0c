# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""A mesh for other programs: tissues and regions as named sets, or the outer surface alone."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Collection, Iterable, Iterator
from pathlib import Path
from typing import Any, TextIO

import numpy as np
import numpy.typing as npt

from fea.bone.side import of_side
from fea.bone.tetrahedra import TISSUES, BoneMesh, gmsh_model
from fea.case import FRAMES, BodySide
from fea.errors import InputError, RunError
from fea.files import written_file

Ints = npt.NDArray[np.int64]

OUTER = "outer_surface"
"""Name of the set of all outer facets."""

_ONLY_SURFACE = "a surface format: tetrahedra, tissues and the names of regions are not written"
_ABAQUS_FACES = np.array([[0, 1, 2], [0, 1, 3], [1, 2, 3], [0, 2, 3]])
"""Vertices of the faces S1 to S4 of the element C3D4."""
_IN_A_LINE = 8


def check_mesh_file(file: Path) -> None:
    """Refuse a file whose ending names no format.

    Raises
    ------
    fea.errors.InputError
        See above.
    """
    if file.suffix.lower() not in FORMATS:
        had = f"the ending {file.suffix!r}" if file.suffix else "no ending"
        raise InputError(
            f"the mesh cannot be written to {str(file)!r}: it has {had}; known: {', '.join(FORMATS)}, in any case."
        )


def write_mesh(mesh: BoneMesh, file: Path, side: BodySide = "right") -> str:
    """Write a mesh; the ending of ``file``, in capitals or not, names the format. Return what is not written, or "".

    - ``.msh``: gmsh 2.2; tissues and regions are physical groups. A triangle of several regions stands in each.
    - ``.inp``: Abaqus and CalculiX; an ELSET for each tissue, an NSET and a SURFACE for each region and for the whole
      outer surface. The letters of names that these programs do not take become ``_``.
    - ``.med``: tissues, regions and the whole outer surface as groups, for Salome and code_aster.
    - ``.vtu``: tetrahedra with the index of their tissue and a field of 0 and 1 for each tissue, vertices with one for
      each region.
    - ``.stl``, ``.ply``, ``.obj``, ``.off``: the whole outer surface, closed, normals outwards, and no names.

    Parameters
    ----------
    mesh : BoneMesh
        The mesh of the right bone.
    file : Path
        The file.
    side : {"right", "left"}
        Side of the bone to write; a left one is mirrored: see :mod:`fea.case.side`.

    Raises
    ------
    fea.errors.InputError
        Unknown ending, a place that cannot be written, or one that must not be replaced.
    fea.errors.RunError
        The disk is full, or gmsh cannot write the format.
    """
    check_mesh_file(file)
    write, lacking = FORMATS[file.suffix.lower()]
    with written_file(file) as partial:
        write(of_side(mesh, side), partial, side)
    return lacking


def _written_by_meshio(file: Path, kind: str, **content: object) -> None:
    import meshio

    points, cells = content.pop("points"), content.pop("cells")
    keywords = {"binary": kind == "stl"} if kind in ("gmsh22", "stl") else {}
    meshio.Mesh(points, cells, **content).write(file, file_format=kind, **keywords)


def _write_gmsh(mesh: BoneMesh, file: Path, _: BodySide) -> None:
    names = _distinct([*TISSUES, *mesh.regions])
    blocks = [("tetra", mesh.cells), *(("triangle", mesh.facets[rows]) for rows in mesh.regions.values())]
    numbers = [mesh.tissue + 1]
    groups = {name: np.array([k, 3]) for k, name in enumerate(names[: len(TISSUES)], start=1)}
    regions = zip(names[len(TISSUES) :], mesh.regions.values(), strict=True)
    for number, (name, rows) in enumerate(regions, start=len(TISSUES) + 1):
        numbers.append(np.full(len(rows), number))
        groups[name] = np.array([number, 2])
    tags = [n.astype(np.int32) for n in numbers]
    data = {"gmsh:physical": tags, "gmsh:geometrical": tags}
    _written_by_meshio(file, "gmsh22", points=mesh.points, cells=blocks, cell_data=data, field_data=groups)


def _write_vtu(mesh: BoneMesh, file: Path, _: BodySide) -> None:
    tissues: dict[str, list[npt.NDArray[Any]]] = {
        name: [np.asarray(mesh.tissue == k, dtype=np.uint8)] for k, name in enumerate(TISSUES)
    }
    at_vertices: dict[str, npt.NDArray[np.uint8]] = {}
    for name, rows in mesh.regions.items():
        inside = np.zeros(len(mesh.points), dtype=np.uint8)
        inside[mesh.facets[rows]] = 1
        at_vertices[name] = inside
    _written_by_meshio(
        file,
        "vtu",
        points=mesh.points,
        cells=[("tetra", mesh.cells)],
        cell_data=tissues | {"tissue": [mesh.tissue.astype(np.int32)]},
        point_data=at_vertices,
    )


def _surface_writer(kind: str) -> Callable[[BoneMesh, Path, BodySide], None]:
    def write(mesh: BoneMesh, file: Path, _: BodySide) -> None:
        vertices, facets = np.unique(mesh.facets, return_inverse=True)
        # PLY has no integers of 64 bits.
        triangles = [("triangle", facets.reshape(mesh.facets.shape).astype(np.int32))]
        _written_by_meshio(file, kind, points=mesh.points[vertices], cells=triangles)

    return write


# ---------------------------------------------------------------- Abaqus and CalculiX


def _write_abaqus(mesh: BoneMesh, file: Path, side: BodySide) -> None:
    faces = _faces_of(mesh)
    regions = {OUTER: np.arange(len(mesh.facets)), **mesh.regions}
    names = _distinct([re.sub(r"[^A-Za-z0-9_]", "_", name) for name in regions], first=r"[A-Za-z]")
    with file.open("w", encoding="ascii") as stream:
        stream.write(f"*HEADING\n{mesh.name}; mm, N, MPa\n** {FRAMES[side]}\n")
        # These programs read 20 letters of a number.
        stream.write("*NODE, NSET=all_nodes\n")
        np.savetxt(
            stream, np.column_stack([np.arange(1, len(mesh.points) + 1), mesh.points]), "%d, %.12g, %.12g, %.12g"
        )
        stream.write("*ELEMENT, TYPE=C3D4, ELSET=all_elements\n")
        np.savetxt(stream, np.column_stack([np.arange(len(mesh.cells)), mesh.cells]) + 1, "%d, %d, %d, %d, %d")
        for k, tissue in enumerate(TISSUES):
            _write_set(stream, f"*ELSET, ELSET={tissue}", np.flatnonzero(mesh.tissue == k) + 1)
        for name, rows in zip(names, regions.values(), strict=True):
            _write_set(stream, f"*NSET, NSET={name}", np.unique(mesh.facets[rows]) + 1)
        for name, rows in zip(names, regions.values(), strict=True):
            stream.write(f"*SURFACE, NAME={name}, TYPE=ELEMENT\n")
            np.savetxt(stream, faces[rows] + 1, "%d, S%d")


def _write_set(stream: TextIO, head: str, numbers: Ints) -> None:
    if len(numbers) == 0:
        return
    stream.write(f"{head}\n")
    for first in range(0, len(numbers), _IN_A_LINE):
        stream.write(", ".join(map(str, numbers[first : first + _IN_A_LINE].tolist())) + ",\n")


def _faces_of(mesh: BoneMesh) -> Ints:
    """Cell and face, counted from 0 as S1 to S4, of each outer facet, shape (k, 2)."""
    every = np.sort(mesh.cells[:, _ABAQUS_FACES].reshape(-1, 3), axis=1)
    wanted = np.sort(mesh.facets, axis=1)
    count = len(mesh.points)
    known, sought = ((t[:, 0] * count + t[:, 1]) * count + t[:, 2] for t in (every, wanted))
    order = np.argsort(known)
    at = order[np.searchsorted(known[order], sought)]
    return np.column_stack(np.divmod(at, len(_ABAQUS_FACES)))


# ---------------------------------------------------------------- MED


def _write_med(mesh: BoneMesh, file: Path, _: BodySide) -> None:
    """Write through gmsh, which puts an element of several groups into a family of its own."""
    # gmsh takes the format from the ending, and does not know it in capitals.
    with tempfile.TemporaryDirectory() as folder, gmsh_model(mesh.name) as model:
        import gmsh

        if " Med " not in gmsh.option.getString("General.BuildOptions"):
            raise RunError("the gmsh that is installed does not write .med; the one of PyPI does.")
        whole = model.addDiscreteEntity(3)
        model.mesh.addNodes(3, whole, np.arange(1, len(mesh.points) + 1), mesh.points.ravel())
        first = 1
        for k, tissue in enumerate(TISSUES):
            cells = mesh.cells[mesh.tissue == k]
            if len(cells):
                volume = whole if first == 1 else model.addDiscreteEntity(3)
                numbers = np.arange(first, first + len(cells))
                model.mesh.addElementsByType(volume, 4, numbers, (cells + 1).ravel())
                model.addPhysicalGroup(3, [volume], name=tissue)
                first += len(cells)
        surfaces: dict[str, list[int]] = {
            name: [] for name in _distinct([*TISSUES, OUTER, *mesh.regions])[len(TISSUES) :]
        }
        for facets, members in _pieces(mesh):
            surface = model.addDiscreteEntity(2)
            numbers = np.arange(first, first + len(facets))
            model.mesh.addElementsByType(surface, 2, numbers, (facets + 1).ravel())
            for number, tags in enumerate(surfaces.values()):
                if number == 0 or members[number - 1]:
                    tags.append(surface)
            first += len(facets)
        for name, tags in surfaces.items():
            model.addPhysicalGroup(2, tags, name=name)
        inner = Path(folder) / "mesh.med"
        try:
            gmsh.write(str(inner))
        except Exception as error:  # gmsh raises nothing narrower
            raise RunError(f"gmsh cannot write the mesh: {error}.") from None
        file.write_bytes(inner.read_bytes())


def _pieces(mesh: BoneMesh) -> Iterator[tuple[Ints, npt.NDArray[np.bool_]]]:
    """Outer facets (k, 3) that belong to the same regions, and which regions these are."""
    member = np.zeros((len(mesh.facets), len(mesh.regions)), dtype=np.bool_)
    for column, rows in enumerate(mesh.regions.values()):
        member[rows, column] = True
    kinds, kind = np.unique(member, axis=0, return_inverse=True)
    for number, members in enumerate(kinds):
        yield mesh.facets[kind.ravel() == number], members


# ---------------------------------------------------------------- names


def _distinct(names: Iterable[str], first: str = "") -> list[str]:
    """The same names, with a number behind where one stands already, and ``set_`` before an unfit first letter.

    Examples
    --------
    >>> _distinct(["cortical", "ankle", "Cortical", "2nd"], first="[A-Za-z]")
    ['cortical', 'ankle', 'Cortical_2', 'set_2nd']
    """
    found: list[str] = []
    for name in names:
        base = name if re.match(first, name) else f"set_{name}"
        found.append(_unused(base, {one.lower() for one in found}))
    return found


def _unused(name: str, taken: Collection[str]) -> str:
    number, free = 2, name
    while free.lower() in taken:
        free = f"{name}_{number}"
        number += 1
    return free


FORMATS: dict[str, tuple[Callable[[BoneMesh, Path, BodySide], None], str]] = {
    ".msh": (_write_gmsh, ""),
    ".inp": (_write_abaqus, ""),
    ".med": (_write_med, ""),
    ".vtu": (_write_vtu, ""),
    ".stl": (_surface_writer("stl"), _ONLY_SURFACE),
    ".ply": (_surface_writer("ply"), _ONLY_SURFACE),
    ".obj": (_surface_writer("obj"), _ONLY_SURFACE),
    ".off": (_surface_writer("off"), _ONLY_SURFACE),
}
"""Writer of each ending, and what it does not write."""
