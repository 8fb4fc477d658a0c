# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Solved bases kept on disk, so that the next activity on the same bone starts at the superposition."""

from __future__ import annotations

import functools
import hashlib
import json
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from fea.bone import BoneMesh, Pull
from fea.case import BoneDescription, TissueState, healthy
from fea.files import Progress, code_version, silent
from fea.loading import Load, PathLoad, UnitLoad, surface_load
from fea.solve.backend import ONE_AT_A_TIME
from fea.solve.basis import STEPS, Basis, MeshedBone, basis_loads, solved_basis, with_fibula
from fea.solve.entry import FORMAT, Arrays, Header, alone, keep_entry, read_entry, trusted_folder
from fea.solve.support import Support
from fea.solve.unit import UnitStrains
from fea.tissue import Anisotropy, Elasticity, check_laws

_MEANT = {"name", "title", "sources", "t_score", "age_years", "sex", "fatigue_strength_factor"}
"""Fields of a tissue that describe the person, without effect on stiffness."""

_OF_MESH = ("points", "cells", "tissue", "facets")
_OF_SOLUTION = ("dofs", "solver", "threads")
_SOURCES = (
    ("fea.bone", None),
    ("fea.case", "description.py"),
    ("fea.case", "tissue.py"),
    ("fea.tissue", None),
    ("fea.loading", "traction.py"),
    ("fea.solve", None),
)


def cached_basis(
    description: BoneDescription,
    size_mm: float,
    support: Support,
    *,
    tissue: TissueState | None = None,
    degree: int = 2,
    more: Collection[UnitLoad] = (),
    use_cache: bool = True,
    progress: Progress = silent,
) -> Basis:
    """Basis of a bone, from the cache if it is there, else solved and put there.

    A damaged or foreign entry is solved anew and replaced; where the cache cannot be written the basis is
    returned all the same. Both are logged.

    Parameters
    ----------
    description, size_mm, support, tissue, degree, more, progress
        As for :func:`fea.solve.solved_basis`.
    use_cache : bool
        False neither reads nor writes.

    Raises
    ------
    fea.errors.InputError, fea.errors.RunError
        As for :func:`fea.solve.solved_basis`.
    """
    state = healthy() if tissue is None else tissue
    if not use_cache:
        return solved_basis(description, size_mm, support, degree, progress, state, more)
    return _looked_up(
        basis_key(description, size_mm, support, degree, state, more),
        lambda: solved_basis(description, size_mm, support, degree, progress, state, more),
        progress,
    )


def cached_bases(
    description: BoneDescription,
    size_mm: float,
    support: Support,
    tissues: Sequence[TissueState],
    *,
    degree: int = 2,
    more: Collection[UnitLoad] = (),
    use_cache: bool = True,
    progress: Progress = silent,
) -> Iterator[Basis]:
    """Yield the basis of one bone for one tissue after another, on one mesh and in one order of elimination.

    Parameters and errors are those of :func:`cached_basis`. The bone is meshed once, or not at all where the
    cache holds it with its whole wall; the factor stays in memory until the last basis is yielded.
    """
    for tissue in tissues:
        check_laws(tissue)
    meshed: MeshedBone | None = None
    mesh: BoneMesh | None = None

    def solved(tissue: TissueState) -> Basis:
        nonlocal meshed
        with ONE_AT_A_TIME:
            if meshed is None:
                keep = len(tissues) > 1
                meshed = MeshedBone(description, size_mm, support, degree, progress, keep=keep, mesh=mesh, more=more)
            return meshed.basis(tissue)

    for tissue in tissues:
        if use_cache:
            key = basis_key(description, size_mm, support, degree, tissue, more)
            basis = _looked_up(key, functools.partial(solved, tissue), progress)
        else:
            basis = solved(tissue)
        if not tissue.is_thinned:
            mesh = basis.mesh
        yield basis


def _looked_up(key: str, solve: Callable[[], Basis], progress: Progress) -> Basis:
    """The entry of that key, or what ``solve`` makes, which is kept under it."""
    begin = time.perf_counter()
    progress("cache")
    folder = trusted_folder()
    if folder is None:
        return solve()
    file = folder / f"{key}.npz"
    cached = _read(file, key)
    if cached is None:
        with alone(file):
            cached = _read(file, key) if file.exists() else None
            if cached is None:
                solved = solve()
                begin = time.perf_counter()
                _keep(file, key, solved)
                return _with_seconds(solved, begin)
    return _with_seconds(cached, begin)


def basis_key(
    description: BoneDescription,
    size_mm: float,
    support: Support,
    degree: int,
    tissue: TissueState | None = None,
    more: Collection[UnitLoad] = (),
) -> str:
    """Hash, 64 hexadecimal digits, of all that a basis depends on; the tissue is healthy by default.

    The linear solver is not part of it: solvers agree to 1e-7 or better, which tests hold them to, and the entry says
    which one made it.
    """
    loads = basis_loads(description, support.regions, more)
    question = {
        "format": FORMAT,
        "bone": description.model_dump(mode="json", by_alias=True),
        "size_mm": float(size_mm),
        "tissue": (tissue or healthy()).model_dump(mode="json", by_alias=True, exclude=_MEANT),
        "support": repr(support),
        "loads": _as_lists(loads),
        "degree": degree,
        "code": code_version(_SOURCES),
    }
    return hashlib.sha256(json.dumps(question, sort_keys=True).encode()).hexdigest()


def _with_seconds(basis: Basis, begin: float) -> Basis:
    return replace(basis, wall_s={**basis.wall_s, "cache": time.perf_counter() - begin})


def _read(file: Path, key: str) -> Basis | None:
    return read_entry(file, key, _unpacked)


def _keep(file: Path, key: str, basis: Basis) -> None:
    keep_entry(file, key, *_packed(basis))


def _unpacked(header: Header, arrays: Arrays) -> Basis:
    mesh, elasticity, loads = unpacked_bone(header, arrays)
    unit = UnitStrains(
        strain=np.moveaxis(arrays["strain"], -1, 0),
        displacement=arrays["displacement"],
        reaction=arrays["reaction"],
        dofs=header["dofs"],
        wall_s=header["wall_s"],
        pins=arrays["pins"],
        solver=header["solver"],
        threads=header["threads"],
        fibula=arrays["fibula"],
    )
    own = [surface_load(mesh, load) for load in loads]
    return Basis(
        mesh=mesh,
        elasticity=elasticity,
        loads=loads,
        tractions=with_fibula(mesh, own, unit.fibula),
        unit=unit,
        wall_s=dict.fromkeys(STEPS, 0.0),
    )


def _packed(basis: Basis) -> tuple[Header, Arrays]:
    unit = basis.unit
    header, arrays = packed_bone(basis.mesh, basis.elasticity, basis.loads)
    response = {name: getattr(unit, name) for name in ("displacement", "reaction", "pins", "fibula")}
    response["strain"] = np.ascontiguousarray(np.moveaxis(unit.strain, 0, -1))
    solution = {name: getattr(unit, name) for name in _OF_SOLUTION}
    return {**header, **solution, "wall_s": dict(unit.wall_s)}, {**arrays, **response}


def packed_bone(mesh: BoneMesh, elasticity: Elasticity, loads: tuple[Load, ...]) -> tuple[Header, Arrays]:
    """A bone and its unit loads as part of an entry."""
    directed = elasticity.anisotropy
    arrays = {
        **{name: getattr(mesh, name) for name in _OF_MESH},
        **{f"region {k}": facets for k, facets in enumerate(mesh.regions.values())},
        "centers": np.array([mesh.centers[name] for name in mesh.regions]),
        "density": elasticity.density,
        "modulus": elasticity.modulus,
        **({} if directed is None else {f.name: getattr(directed, f.name) for f in fields(Anisotropy)}),
    }
    poisson, regions = elasticity.poisson, list(mesh.regions)
    pulls = {
        name: [[p.region, p.force.tolist(), p.point.tolist()] for p in parts] for name, parts in mesh.pulls.items()
    }
    header = {"bone": mesh.name, "size_mm": mesh.size_mm, "regions": regions, "pulls": pulls}
    return {**header, "loads": _as_lists(loads), "poisson": poisson}, arrays


def unpacked_bone(header: Header, arrays: Arrays) -> tuple[BoneMesh, Elasticity, tuple[Load, ...]]:
    """Bone and the unit loads of an entry."""
    regions = {name: arrays[f"region {k}"] for k, name in enumerate(header["regions"])}
    centers = dict(zip(header["regions"], arrays["centers"], strict=True))
    pulls = {
        name: tuple(Pull(region, np.array(force), np.array(point)) for region, force, point in parts)
        for name, parts in header["pulls"].items()
    }
    made = {"name": header["bone"], "size_mm": header["size_mm"], **{name: arrays[name] for name in _OF_MESH}}
    mesh = BoneMesh(regions=regions, centers=centers, pulls=pulls, **made)
    own = [arrays[f.name] for f in fields(Anisotropy) if f.name in arrays]
    directed = Anisotropy(*own) if own else None
    loads = tuple(PathLoad(*load) if len(load) == 1 else UnitLoad(*load) for load in header["loads"])
    return mesh, Elasticity(arrays["density"], arrays["modulus"], header["poisson"], directed), loads


def _as_lists(loads: tuple[Load, ...]) -> list[list[Any]]:
    return [[x.path] if isinstance(x, PathLoad) else [x.region, x.moment, x.axis] for x in loads]
