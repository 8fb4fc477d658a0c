# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""A mesh for other programs: tissues and regions as named physical groups."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import numpy as np
import numpy.typing as npt

from fea.bone.tetrahedra import TISSUES, BoneMesh
from fea.errors import InputError


def write_mesh(mesh: BoneMesh, file: Path) -> None:
    """Write a mesh through meshio; the suffix of ``file`` names the format.

    In ``.msh`` (format 2.2) tissues and regions are physical groups with their names; a triangle that
    belongs to several regions is written once for each.

    Raises
    ------
    fea.errors.InputError
        Unknown suffix, or a file that cannot be written.
    """
    import meshio

    blocks = [("tetra", mesh.cells), *(("triangle", mesh.facets[rows]) for rows in mesh.regions.values())]
    numbers = [mesh.tissue + 1]
    groups: dict[str, npt.NDArray[np.int64]] = {name: np.array([k, 3]) for k, name in enumerate(TISSUES, start=1)}
    for number, (region, rows) in enumerate(mesh.regions.items(), start=len(TISSUES) + 1):
        numbers.append(np.full(len(rows), number))
        groups[region] = np.array([number, 2])
    tags = [n.astype(np.int32) for n in numbers]
    body = meshio.Mesh(
        mesh.points, blocks, cell_data={"gmsh:physical": tags, "gmsh:geometrical": tags}, field_data=groups
    )
    if not file.name:
        raise InputError(f"the mesh cannot be written to {str(file)!r}: it names no file.")
    partial = file.with_name(f".{file.stem[:40]}.partial{file.suffix}")
    try:
        if file.suffix == ".msh":
            body.write(partial, file_format="gmsh22", binary=False)
        else:
            body.write(partial)
        partial.replace(file)
    except (meshio.ReadError, meshio.WriteError, OSError, KeyError, ValueError) as error:
        why = str(error) or f"no format is known for the suffix {file.suffix!r}"
        raise InputError(f"the mesh cannot be written to {str(file)!r}: {why}.") from None
    except SystemExit:  # meshio leaves the program on a suffix it half knows
        raise InputError(f"the mesh cannot be written to {str(file)!r}: unknown suffix {file.suffix!r}.") from None
    finally:
        with suppress(OSError):
            partial.unlink()
