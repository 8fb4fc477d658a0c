# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""What many tests share: a coarse tibia and a coarse metatarsal, each solved once, and small meshes to build."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from fea import cli
from fea.bone import BoneMesh, mesh_bone, outer_facets
from fea.case import BoneDescription, Case, Options, read_activity, read_bone, resolved
from fea.loading import LoadHistory, Traction, load_history, unit_traction
from fea.solve import UnitStrains, support_of, unit_strains
from fea.strain import StrainField, superposed
from fea.tissue import Elasticity, elasticity

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Tetrahedra = tuple[Floats, Ints]

COARSE_MM = 6.0
"""Twice the default edge length: a tibia in about ten seconds, meshing and all unit loads together."""

COARSE_METATARSAL_MM = 1.5
"""One and a half times the default edge length: a metatarsal in about three seconds."""

PUSH_OFF = Path(__file__).resolve().parent / "fixtures" / "push_off.csv"


@dataclass(frozen=True)
class SolvedRun:
    """A case on a coarse bone, from the case to the strain of one frame.

    ``mesh`` and ``case`` are what was asked, ``history``, ``tractions`` and ``elasticity`` what acts
    on what, ``unit`` the response to each unit load, ``field`` the strain of the frame.
    """

    case: Case
    mesh: BoneMesh
    elasticity: Elasticity
    history: LoadHistory
    tractions: tuple[Traction, ...]
    unit: UnitStrains
    field: StrainField
    frame: int = 0

    @property
    def coefficients(self) -> Floats:
        """Sizes of the unit loads in the frame, N or N·mm, shape (loads,)."""
        return self.history.coefficients[self.frame]


@pytest.fixture(scope="session", autouse=True)
def cache_of_its_own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The tests, and all processes that run them, share a cache among themselves and leave the user's alone."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BONEFEA_CACHE", str(shared / "cache"))
        yield


@pytest.fixture(scope="session")
def real_files() -> Path:
    """The folder of public files of others, in ``BONEFEA_REAL_FILES``; tests on them are skipped without it."""
    folder = os.environ.get("BONEFEA_REAL_FILES", "")
    if not folder:
        pytest.skip("the folder of real files is not given in BONEFEA_REAL_FILES")
    if not Path(folder).is_dir():
        # Named and not there is a mistake, which skipping would hide.
        pytest.fail(f"BONEFEA_REAL_FILES names {folder!r}, which is no folder")
    return Path(folder)


@pytest.fixture(scope="session")
def tibia() -> BoneDescription:
    """The shipped tibia."""
    return read_bone("tibia")


@pytest.fixture(scope="session")
def tibia_mesh(tibia: BoneDescription) -> BoneMesh:
    """Its coarse mesh (6 mm edges, about 13 000 cells)."""
    return _meshed(tibia.bone, COARSE_MM)


@pytest.fixture(scope="session")
def tibia_case(tibia: BoneDescription) -> Case:
    """Running, 70 kg, as shipped."""
    return Case(bone=tibia, activity=read_activity("running_peak"), size_mm=COARSE_MM)


@pytest.fixture(scope="session")
def tibia_run(tibia_case: Case, tibia_mesh: BoneMesh) -> SolvedRun:
    """The case solved on the coarse mesh; treat every array as read-only."""
    return _solved(tibia_case, tibia_mesh, 0)


@pytest.fixture(scope="session")
def metatarsal() -> BoneDescription:
    """The shipped second metatarsal."""
    return read_bone("metatarsal2")


@pytest.fixture(scope="session")
def metatarsal_mesh(metatarsal: BoneDescription) -> BoneMesh:
    """Its coarse mesh (1.5 mm edges, about 11 000 cells)."""
    return _meshed(metatarsal.bone, COARSE_METATARSAL_MM)


@pytest.fixture(scope="session")
def metatarsal_run(metatarsal: BoneDescription, metatarsal_mesh: BoneMesh) -> SolvedRun:
    """The second metatarsal at the peak of a push-off; treat every array as read-only."""
    case = Case(bone=metatarsal, activity=read_activity(str(PUSH_OFF)), size_mm=COARSE_METATARSAL_MM)
    return _solved(case, metatarsal_mesh, 1)


@functools.cache
def _meshed(name: str, size_mm: float) -> BoneMesh:
    """Kept by the process and not by the session: mutants are tested in forks of one that has it (make mutate)."""
    return mesh_bone(read_bone(name), size_mm)


def _solved(case: Case, mesh: BoneMesh, frame: int) -> SolvedRun:
    history = load_history(case)
    tractions = tuple(unit_traction(mesh, load) for load in history.loads)
    constants = elasticity(case.bone, mesh)
    unit = unit_strains(mesh, constants, support_of(case.bone), tractions)
    field = superposed(unit, history.coefficients[frame])
    return SolvedRun(case, mesh, constants, history, tractions, unit, field, frame)


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of running with 20 kg on a tibia of 6 mm elements; copy it before you change it."""
    from fea.api import run_cases

    place = tmp_path_factory.mktemp("runs") / "running"
    run_cases([resolved("tibia", "running", Options(size_mm=6.0, pack_kg=20.0))], [place])
    return place


@pytest.fixture
def bonefea(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Callable[..., tuple[int, str, str]]:
    """A function that runs the command in an empty folder; returns exit code, stdout, stderr."""
    monkeypatch.chdir(tmp_path)

    def run(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["bonefea", *words])
        capsys.readouterr()
        with pytest.raises(SystemExit) as leaving:
            cli.main()
        said = capsys.readouterr()
        return leaving.value.code, said.out, said.err

    return run


@pytest.fixture(scope="session")
def block() -> Callable[..., Tetrahedra]:
    """A function that meshes a box: ``block((4, 3, 2), (2.0, 1.0, 1.0), jitter=0.2, seed=1)``."""
    return _block


@pytest.fixture(scope="session")
def outer_triangles() -> Callable[[Ints], Ints]:
    """A function that returns the outer triangles (k, 3) of cells (m, 4), normals outwards."""
    return outer_facets


def _block(
    counts: tuple[int, int, int], lengths: Floats | tuple[float, ...], jitter: float = 0.0, seed: int = 0
) -> Tetrahedra:
    """Return a box of tetrahedra, six to each brick, positively oriented.

    ``jitter`` moves inner vertices by up to that share of a brick; a ``seed`` other than 0 also shuffles
    the numbers of vertices and cells, so that nothing can rely on their order.
    """
    random = np.random.default_rng(seed)
    steps = [np.linspace(0.0, 1.0, n + 1) for n in counts]
    points = np.stack(np.meshgrid(*steps, indexing="ij"), axis=-1).reshape(-1, 3)
    inner = np.all((points > 0.0) & (points < 1.0), axis=1)
    points[inner] += random.uniform(-jitter, jitter, (int(inner.sum()), 3)) / np.array(counts)
    number = np.arange(len(points)).reshape([n + 1 for n in counts])
    cells = np.vstack([_kuhn(number, order) for order in _ORDERS])
    points = points * np.asarray(lengths)
    if seed:
        place = random.permutation(len(points))
        shuffled = np.empty_like(points)
        shuffled[place] = points
        points, cells = shuffled, random.permutation(place[cells])
    return points, _oriented(points, cells)


_ORDERS = ((0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0))


def _kuhn(number: Ints, order: tuple[int, ...]) -> Ints:
    """Return one tetrahedron of each brick: the path along its edges that takes the axes in ``order``."""
    corner = np.zeros(3, dtype=np.int64)
    path = [corner.copy()]
    for axis in order:
        corner[axis] = 1
        path.append(corner.copy())
    size = np.array(number.shape) - 1
    return np.column_stack([number[tuple(slice(c, c + s) for c, s in zip(p, size, strict=True))].ravel() for p in path])


def _oriented(points: Floats, cells: Ints) -> Ints:
    corner = points[cells]
    turned = np.linalg.det(corner[:, 1:] - corner[:, :1]) < 0.0
    result = cells.copy()
    result[turned] = cells[turned][:, [0, 1, 3, 2]]
    return result
