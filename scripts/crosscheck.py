# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Solve the very model of a run with CalculiX, a solver that shares no code with ours, and compare.

Mesh, elastic constants, tractions and supports of the peak frame are written as a CalculiX deck: ten-node
tetrahedra, constants of each cell, nodal forces that do the work of the tractions, fixed nodes. Displacements and
the strains at CalculiX' own integration points are read back. Writes crosscheck.csv and ends with exit code 1 if the
displacement differs by more than 0.1 % or the p95 strain by more than 0.5 %. Needs `ccx` (Debian: calculix-ccx).
Usage: python scripts/crosscheck.py [FOLDER] [COARSER] [BONE ...]
"""

from __future__ import annotations

import csv
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TextIO

import numpy as np
import numpy.typing as npt

from fea.case import Case, Options, resolved
from fea.case.tissue import Symmetry
from fea.errors import RunError
from fea.evaluate import Result, solved_bone
from fea.strain import MICROSTRAIN, equivalent, volume_percentile

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

BONES = ("tibia", "metatarsal2")
ACTIVITY = "running"
SYMMETRIES: tuple[Symmetry, ...] = ("isotropic", "orthotropic")
ALLOWED = {"displacement": 1e-3, "p95": 5e-3}
EDGES = ((0, 1), (1, 2), (2, 0), (0, 3), (1, 3), (2, 3))
"""Edges of a tetrahedron in the order in which CalculiX counts its mid-side nodes."""
COLUMNS = (
    "bone",
    "activity",
    "tissue",
    "cells",
    "dofs",
    "largest displacement / mm",
    "CalculiX / mm",
    "largest difference / %",
    "p95 / ue",
    "CalculiX / ue",
    "difference / %",
    "CalculiX / s",
)


def main(folder: Path, coarser: float, bones: list[str]) -> int:
    """Compare the bones, write a row for each, and return the exit code."""
    if shutil.which("ccx") is None:
        raise SystemExit("crosscheck: ccx is not installed; on Debian: apt-get install calculix-ccx.")
    worst = 0.0
    with (folder / "crosscheck.csv").open("w", newline="", encoding="utf-8") as stream:
        table = csv.writer(stream)
        table.writerow(COLUMNS)
        for case, tissue in cases(bones, coarser):
            row, excess = compared(case, tissue)
            worst = max(worst, excess)
            table.writerow(row)
            stream.flush()
            print(", ".join(f"{name} {value}" for name, value in zip(COLUMNS, row, strict=True)))
    return int(not worst <= 1.0)


def cases(bones: list[str], coarser: float) -> Iterator[tuple[Case, Symmetry]]:
    """Yield what is compared: each bone isotropic, then orthotropic."""
    for bone in bones:
        for symmetry in SYMMETRIES:
            case = resolved(bone, ACTIVITY, Options(symmetry=symmetry, support="fixed"))
            yield case.model_copy(update={"size_mm": coarser * case.size_mm}), symmetry


def compared(case: Case, tissue: str) -> tuple[list[object], float]:
    """Return the row of a case, and the worst difference over what is allowed."""
    result = Result(case, solved_bone(case))
    nodes, cells, between = quadratic(result.mesh.points, result.mesh.cells)
    begin = time.perf_counter()
    displacement, strain = calculix(result, nodes, cells, between)
    seconds = time.perf_counter() - begin
    ours, theirs = result.field.displacement, displacement[: len(result.mesh.points)]
    largest = float(np.linalg.norm(ours, axis=1).max())
    off = float(np.linalg.norm(ours - theirs, axis=1).max()) / largest
    p95, theirs_p95 = (percentile(result, s) for s in (result.field.cell, strain))
    off_p95 = abs(theirs_p95 / p95 - 1.0)
    row = [case.bone.name, case.activity.name, tissue, len(cells), result.bone.unit.dofs, f"{largest:.4f}"]
    row += [f"{np.linalg.norm(theirs, axis=1).max():.4f}", f"{100 * off:.1e}"]
    row += [f"{p95:.2f}", f"{theirs_p95:.2f}", f"{100 * off_p95:.1e}", f"{seconds:.0f}"]
    return row, max(off / ALLOWED["displacement"], off_p95 / ALLOWED["p95"])


def percentile(result: Result, strain: Floats) -> float:
    """Return p95 over cells of the equivalent strain of their means (m, 3, 3) in millionths, excluded zones apart."""
    kept = result.evaluated
    value = equivalent(strain[kept], result.bone.elasticity.poisson)
    return float(volume_percentile(value, result.mesh.volumes[kept], [95])[0]) * MICROSTRAIN


# ---------------------------------------------------------------- the model


def quadratic(points: Floats, tetrahedra: Ints) -> tuple[Floats, Ints, dict[tuple[int, int], int]]:
    """Return nodes (n, 3), cells (m, 10) and the node between each pair of vertices; vertices come first."""
    pairs = np.sort(tetrahedra[:, EDGES], axis=2)
    edges, number = np.unique(pairs.reshape(-1, 2), axis=0, return_inverse=True)
    nodes = np.vstack([points, points[edges].mean(axis=1)])
    cells = np.hstack([tetrahedra, len(points) + number.reshape(-1, len(EDGES))])
    between = {(int(a), int(b)): len(points) + k for k, (a, b) in enumerate(edges)}
    return nodes, cells, between


def six_nodes(triangles: Ints, between: dict[tuple[int, int], int]) -> Ints:
    """Return triangles (k, 6): corners, then the nodes opposite to each."""
    pairs = np.sort(triangles[:, [(1, 2), (2, 0), (0, 1)]], axis=2)
    middle = [[between[int(a), int(b)] for a, b in row] for row in pairs]
    return np.hstack([triangles, np.array(middle, dtype=np.int64)])


def nodal_forces(result: Result, nodes: Floats, between: dict[tuple[int, int], int]) -> Floats:
    """Return the forces (n, 3) in N that do the same work as the tractions of the peak frame."""
    forces = np.zeros_like(nodes)
    for load, size in zip(result.bone.tractions, result.coefficients[result.peak_frame], strict=True):
        for traction in load.parts:
            triangles = six_nodes(result.mesh.facets[traction.loaded_area.facets], between)
            corner = nodes[triangles[:, :3]]
            forces += size * forces_on(nodes, triangles, traction.a + np.cross(traction.b, corner - traction.c))
    return forces


def forces_on(nodes: Floats, triangles: Ints, traction: Floats) -> Floats:
    """Return the forces (n, 3) of an affine traction (k, 3, 3), given at the corners of triangles (k, 6).

    On a straight triangle of area A, with t_k the traction at its corners and N the quadratic shape
    functions, ∫ N t dA is A (t_i / 30 − (t_j + t_k) / 60) at corner i, and A (t_i + 2 t_j + 2 t_k) / 15
    at the node opposite to it.
    """
    forces = np.zeros_like(nodes)
    corner = nodes[triangles[:, :3]]
    area = np.linalg.norm(np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0]), axis=1) / 2.0
    t = traction * area[:, None, None]
    total = t.sum(axis=1, keepdims=True)
    np.add.at(forces, triangles[:, :3], t / 30.0 - (total - t) / 60.0)
    np.add.at(forces, triangles[:, 3:], (2.0 * total - t) / 15.0)
    return forces


def stiffness(result: Result) -> Floats:
    """Return the stiffness (m, 6, 6) of each cell in the bone frame, components xx, yy, zz, xy, xz, yz."""
    order = np.array([(0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2)])
    columns = []
    for i, j in order:
        strain = np.zeros((len(result.mesh.cells), 3, 3))
        strain[:, i, j] += 0.5
        strain[:, j, i] += 0.5
        columns.append(result.bone.elasticity.stress(strain)[:, order[:, 0], order[:, 1]])
    return np.stack(columns, axis=2)


# ---------------------------------------------------------------- the deck


def calculix(result: Result, nodes: Floats, cells: Ints, between: dict[tuple[int, int], int]) -> tuple[Floats, Floats]:
    """Return CalculiX' displacement (n, 3) in mm of the nodes and mean strain (m, 3, 3) of the cells.

    Raises
    ------
    fea.errors.RunError
        The bone is not fixed, or CalculiX gives no full answer.
    """
    case, mesh = result.case, result.mesh
    if case.support != "fixed":
        raise RunError(f"the support of {case.bone.name} is {case.support!r}; the comparison knows fixed regions only.")
    fixed = six_nodes(np.vstack([mesh.facets[mesh.regions[name]] for name in case.bone.support.regions]), between)
    with tempfile.TemporaryDirectory() as place:
        with (Path(place) / "model.inp").open("w", encoding="ascii") as deck:
            write_model(deck, materials(result), nodes, cells)
            write_support(deck, np.unique(fixed))
            write_step(deck, nodal_forces(result, nodes, between))
        ran = subprocess.run(["ccx", "-i", "model"], cwd=place, capture_output=True, text=True, check=False)
        answer = Path(place) / "model.dat"
        if ran.returncode != 0 or not answer.is_file():
            raise RunError(f"ccx ended with exit code {ran.returncode}: {ran.stdout[-300:]}")
        (found,) = read_back(answer, len(nodes), len(cells))
        return found


def write_model(deck: TextIO, constants: Iterable[str], nodes: Floats, cells: Ints) -> None:
    """Write nodes, and for each cell an element with a material of its own."""
    deck.write("*NODE, NSET=NALL\n")
    deck.writelines(f"{k},{x:.11e},{y:.11e},{z:.11e}\n" for k, (x, y, z) in enumerate(nodes, start=1))
    for number, (cell, material) in enumerate(zip(cells + 1, constants, strict=True), start=1):
        deck.write(f"*ELEMENT, TYPE=C3D10, ELSET=E{number}\n{number}," + ",".join(map(str, cell)) + "\n")
        deck.write(f"*MATERIAL, NAME=M{number}\n{material}*SOLID SECTION, ELSET=E{number}, MATERIAL=M{number}\n")
    deck.write(f"*ELSET, ELSET=EALL, GENERATE\n1,{len(cells)}\n")


def materials(result: Result) -> Iterator[str]:
    """Yield the elastic constants of each cell: E and ν, or 21 constants in the bone frame if it has directions."""
    tissue = result.bone.elasticity
    if tissue.anisotropy is None:
        yield from (f"*ELASTIC\n{E:.11e},{tissue.poisson:.11e}\n" for E in tissue.modulus)
        return
    rows, columns = np.array([(i, j) for j in range(6) for i in range(j + 1)]).T
    for constants in stiffness(result)[:, rows, columns]:
        yield "*ELASTIC, TYPE=ANISO\n" + _in_eights(constants)


def _in_eights(values: Floats) -> str:
    """Return 21 constants as CalculiX reads them: eight to a line."""
    words = [f"{v:.11e}" for v in values]
    return "".join(",".join(words[k : k + 8]) + "\n" for k in range(0, len(words), 8))


def write_support(deck: TextIO, fixed: Ints) -> None:
    """Write the fixed nodes."""
    deck.write("*BOUNDARY\n")
    deck.writelines(f"{k + 1},1,3\n" for k in fixed)


def write_step(deck: TextIO, forces: Floats) -> None:
    """Write nodal forces (n, 3), instead of those of the step before, and what is to be printed."""
    deck.write("*STEP\n*STATIC\n*CLOAD, OP=NEW\n")
    for node in np.flatnonzero(np.any(forces != 0.0, axis=1)):
        deck.writelines(f"{node + 1},{axis + 1},{forces[node, axis]:.11e}\n" for axis in range(3))
    deck.write("*NODE PRINT, NSET=NALL\nU\n*EL PRINT, ELSET=EALL\nE\n*END STEP\n")


def read_back(file: Path, nodes: int, cells: int, steps: int = 1) -> list[tuple[Floats, Floats]]:
    """Return displacement (n, 3) and mean strain (m, 3, 3), over the four integration points, of each step."""
    displacement, strain = np.full((steps, nodes, 3), np.nan), np.zeros((steps, cells, 6))
    points, step = np.zeros((steps, cells), dtype=np.int64), -1
    with file.open(encoding="ascii") as stream:
        for line in stream:
            words = line.split()
            if words[:1] == ["displacements"]:
                step += 1
            elif len(words) == 4 and words[0].isdigit():
                displacement[step, int(words[0]) - 1] = [float(w) for w in words[1:]]
            elif len(words) == 8 and words[0].isdigit():
                strain[step, int(words[0]) - 1] += [float(w) for w in words[2:]]
                points[step, int(words[0]) - 1] += 1
    if np.isnan(displacement).any() or np.any(points != 4):
        raise RunError("ccx did not print all displacements and strains.")
    xx, yy, zz, xy, xz, yz = np.moveaxis(strain, 2, 0) / 4.0
    full = np.moveaxis(np.array([[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]]), (0, 1), (2, 3))
    return list(zip(displacement, full, strict=True))


if __name__ == "__main__":
    sys.exit(
        main(
            Path(sys.argv[1]) if len(sys.argv) > 1 else Path("docs/tables"),
            float(sys.argv[2]) if len(sys.argv) > 2 else 1.0,
            sys.argv[3:] or list(BONES),
        )
    )
