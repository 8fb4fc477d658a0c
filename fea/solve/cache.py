# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Solved bases kept on disk, so that the next activity on the same bone starts at the superposition.

An entry is one file, ``<key>.npz``: uncompressed arrays, each with its CRC-32, and a JSON header. The key is
the hash of all that the basis depends on, the code among it. Entries are written under another name and
renamed when whole, so several processes may write the same one; the last wins, readers see one or the other.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.metadata
import importlib.resources
import json
import logging
import os
import re
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import platformdirs

from fea import __version__
from fea.bone import BoneMesh
from fea.case import BoneDescription, TissueState, healthy
from fea.loading import UnitLoad, unit_traction
from fea.solve.basis import STEPS, Announce, Basis, MeshedBone, basis_loads, silent, solved_basis
from fea.solve.support import Support
from fea.solve.unit import UnitStrains
from fea.tissue import Anisotropy, Elasticity, check_laws

Arrays = Mapping[str, npt.NDArray[Any]]

FORMAT = 1
MOST_BYTES = 8 * 2**30
"""Entries are removed, least recently used first, until this is not exceeded."""

_MEANT = {"name", "title", "sources", "t_score", "age_years", "sex", "fatigue_strength_factor"}
"""What a tissue says of whom it is meant for, without effect on stiffness."""

_ABANDONED_S = 3600.0
_OURS = re.compile(r"[0-9a-f]{64}\.(npz|\w+\.partial)")
_SOURCES = (
    ("fea.bone", None),
    ("fea.case", "description.py"),
    ("fea.case", "tissue.py"),
    ("fea.tissue", None),
    ("fea.loading", "traction.py"),
    ("fea.solve", None),
)
_LIBRARIES = ("dolfinx-solver-real", "fenics-dolfinx", "gmsh", "numpy", "scipy")

_log = logging.getLogger(__name__)


def cached_basis(
    description: BoneDescription,
    size_mm: float,
    support: Support,
    *,
    tissue: TissueState | None = None,
    degree: int = 2,
    use_cache: bool = True,
    announce: Announce = silent,
) -> Basis:
    """Return the basis of a bone, from the cache if it is there, else solved and put there.

    A damaged or foreign entry is solved anew and replaced; where the cache cannot be written the basis is
    returned all the same. Both are logged.

    Parameters
    ----------
    description : BoneDescription
        The bone.
    size_mm : float
        Edge length of the elements in mm.
    support : Support
        What carries it.
    tissue : TissueState, optional
        What it is made of; by default that of a healthy adult.
    degree : {1, 2}
        Degree of the displacement.
    use_cache : bool
        False neither reads nor writes.
    announce : callable, optional
        Is told each step as it begins.

    Raises
    ------
    fea.errors.InputError
        The bone does not close to a sound solid, lacks a region of the support, or has a density outside
        its law.
    fea.errors.RunError
        The solution failed.
    """
    state = healthy() if tissue is None else tissue
    if not use_cache:
        return solved_basis(description, size_mm, support, degree, announce, state)
    return _looked_up(
        basis_key(description, size_mm, support, degree, state),
        lambda: solved_basis(description, size_mm, support, degree, announce, state),
        announce,
    )


def cached_bases(
    description: BoneDescription,
    size_mm: float,
    support: Support,
    tissues: Sequence[TissueState],
    *,
    degree: int = 2,
    use_cache: bool = True,
    announce: Announce = silent,
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
        if meshed is None:
            keep = len(tissues) > 1
            meshed = MeshedBone(description, size_mm, support, degree, announce, keep=keep, mesh=mesh)
        return meshed.basis(tissue)

    for tissue in tissues:
        if use_cache:
            key = basis_key(description, size_mm, support, degree, tissue)
            basis = _looked_up(key, functools.partial(solved, tissue), announce)
        else:
            basis = solved(tissue)
        if not tissue.is_thinned:
            mesh = basis.mesh
        yield basis


def _looked_up(key: str, solve: Callable[[], Basis], announce: Announce) -> Basis:
    """Return the entry of that key, or what ``solve`` makes, which is kept under it."""
    begin = time.perf_counter()
    file = cache_folder() / f"{key}.npz"
    announce("cache")
    found = _read(file, key)
    if found is not None:
        return _with_seconds(found, begin)
    solved = solve()
    begin = time.perf_counter()
    _keep(file, key, solved)
    return _with_seconds(solved, begin)


def cache_folder() -> Path:
    """Return the folder of the cache: ``$BONEFEA_CACHE``, or the user's cache folder of the platform."""
    chosen = os.environ.get("BONEFEA_CACHE")
    return Path(chosen).expanduser() if chosen else Path(platformdirs.user_cache_dir("bonefea"))


def basis_key(
    description: BoneDescription, size_mm: float, support: Support, degree: int, tissue: TissueState | None = None
) -> str:
    """Return the hash, 64 hexadecimal digits, of all that a basis depends on; the tissue is healthy by default.

    The linear solver is not part of it: solvers agree to 1e-7 or better, which tests hold them to, and the entry says
    which one made it.
    """
    loads = basis_loads(description.regions, support.regions)
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


@functools.cache
def code_version(sources: tuple[tuple[str, str | None], ...]) -> str:
    """Return a hash of the library versions, and of the source files of packages, that decide about numbers.

    Each source is a package and one of its files, or None for all of them.
    """
    digest = hashlib.sha256(__version__.encode())
    for name in _LIBRARIES:
        with suppress(importlib.metadata.PackageNotFoundError):
            digest.update(f"{name} {importlib.metadata.version(name)}\n".encode())
    for package, only in sources:
        folder = importlib.resources.files(package)
        for file in sorted(folder.iterdir(), key=lambda f: f.name):
            if file.name.endswith(".py") and only in (None, file.name):
                digest.update(f"{package} {file.name}\n".encode() + file.read_bytes())
    return digest.hexdigest()


def _with_seconds(basis: Basis, begin: float) -> Basis:
    return replace(basis, wall_s={**basis.wall_s, "cache": time.perf_counter() - begin})


# ---------------------------------------------------------------- reading


def _read(file: Path, key: str) -> Basis | None:
    """Return what an entry holds, or None if it is not whole."""
    try:
        with zipfile.ZipFile(file) as entry:
            header = json.loads(_member(entry, "header").tobytes())
            if (header["format"], header["key"]) != (FORMAT, key):
                raise ValueError("it answers another question")
            arrays = {name: _member(entry, name) for name in header["arrays"]}
        for name, (dtype, shape) in header["arrays"].items():
            if (arrays[name].dtype.str, list(arrays[name].shape)) != (dtype, shape):
                raise ValueError(f"{name} has another shape")
        basis = _unpacked(header, arrays)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except Exception as error:  # damaged bytes raise whatever zip, JSON and numpy stumble over
        _log.warning("the cache entry %s is not used, and solved anew: %s: %s", file, type(error).__name__, error)
        return None
    with suppress(OSError):
        os.utime(file)
    return basis


def _member(entry: zipfile.ZipFile, name: str) -> npt.NDArray[Any]:
    """Return an array of the file; reading to the end lets zipfile compare the CRC-32."""
    with entry.open(f"{name}.npy") as stream:
        array = np.lib.format.read_array(stream, allow_pickle=False)
        if stream.read(1):
            raise ValueError(f"{name} is longer than it says")
    return np.asarray(array)


def _unpacked(header: Mapping[str, Any], arrays: Arrays) -> Basis:
    regions = {name: arrays[f"region {k}"] for k, name in enumerate(header["regions"])}
    of_mesh = {name: arrays[name] for name in ("points", "cells", "tissue", "facets", "quality")}
    mesh = BoneMesh(name=header["bone"], regions=regions, **of_mesh)
    loads = tuple(UnitLoad(region, moment, axis) for region, moment, axis in header["loads"])
    unit = UnitStrains(
        strain=arrays["strain"],
        displacement=arrays["displacement"],
        reaction=arrays["reaction"],
        dofs=header["dofs"],
        wall_s=header["wall_s"],
        pins=arrays["pins"],
        solver=header["solver"],
    )
    return Basis(
        mesh=mesh,
        elasticity=Elasticity(arrays["density"], arrays["modulus"], header["poisson"], _directed(arrays)),
        loads=loads,
        tractions=tuple(unit_traction(mesh, load) for load in loads),
        unit=unit,
        wall_s=dict.fromkeys(STEPS, 0.0),
    )


def _directed(arrays: Arrays) -> Anisotropy | None:
    own = [arrays[f.name] for f in fields(Anisotropy) if f.name in arrays]
    return Anisotropy(*own) if own else None


# ---------------------------------------------------------------- writing


def _keep(file: Path, key: str, basis: Basis) -> None:
    """Write an entry, or log why it cannot be written."""
    temporary: Path | None = None
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(prefix=f"{key}.", suffix=".partial", dir=file.parent)
        temporary = Path(name)
        with os.fdopen(descriptor, "wb") as stream:
            np.savez(stream, allow_pickle=False, **_packed(key, basis))
        temporary.replace(file)
        _trim(file)
    except OSError as error:
        _log.warning("the basis is not kept in the cache: %s", error)
    finally:
        if temporary is not None:
            with suppress(OSError):
                temporary.unlink()


def _packed(key: str, basis: Basis) -> dict[str, Any]:
    mesh, unit, directed = basis.mesh, basis.unit, basis.elasticity.anisotropy
    arrays: dict[str, npt.NDArray[Any]] = {
        "points": mesh.points,
        "cells": mesh.cells,
        "tissue": mesh.tissue,
        "facets": mesh.facets,
        "quality": mesh.quality,
        **{f"region {k}": facets for k, facets in enumerate(mesh.regions.values())},
        "density": basis.elasticity.density,
        "modulus": basis.elasticity.modulus,
        **({} if directed is None else {f.name: getattr(directed, f.name) for f in fields(Anisotropy)}),
        "strain": unit.strain,
        "displacement": unit.displacement,
        "reaction": unit.reaction,
        "pins": unit.pins,
    }
    header = {
        "format": FORMAT,
        "key": key,
        "bonefea": __version__,
        "bone": mesh.name,
        "regions": list(mesh.regions),
        "loads": _as_lists(basis.loads),
        "poisson": basis.elasticity.poisson,
        "dofs": unit.dofs,
        "solver": unit.solver,
        "wall_s": dict(unit.wall_s),
        "arrays": {name: [a.dtype.str, list(a.shape)] for name, a in arrays.items()},
    }
    return {"header": np.frombuffer(json.dumps(header).encode(), dtype=np.uint8), **arrays}


def _trim(kept: Path) -> None:
    """Remove what killed processes left behind, and the least recently used entries beyond the limit.

    The entry ``kept`` stays, and so does every file that is not named like an entry.
    """
    found = []
    for file in kept.parent.iterdir():
        with suppress(OSError):  # another process may have removed it
            status = file.stat()
            if not _OURS.fullmatch(file.name):
                continue
            if file.suffix == ".partial" and time.time() - status.st_mtime > _ABANDONED_S:
                file.unlink()
            elif file.suffix == ".npz" and file != kept:
                found.append((status.st_mtime, status.st_size, file))
    total = kept.stat().st_size
    for _, size, file in sorted(found, reverse=True):
        total += size
        if total > MOST_BYTES:
            with suppress(OSError):
                file.unlink()


def _as_lists(loads: tuple[UnitLoad, ...]) -> list[list[Any]]:
    return [[load.region, load.moment, load.axis] for load in loads]
