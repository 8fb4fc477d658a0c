# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Import of DOLFINx from the wheel or from conda-forge."""

from __future__ import annotations

import atexit
import functools
import importlib
import importlib.util
import os
import shutil
import tempfile
import threading
from pathlib import Path

from fea.errors import MissingDependency
from fea.solve.entry import trusted_folder

ONE_AT_A_TIME = threading.RLock()
"""Held while gmsh meshes or PETSc solves: neither may be used by two threads."""


@functools.cache
def load() -> None:
    """Make ``dolfinx`` and ``petsc4py`` importable.

    The wheel ``dolfinx-solver-real`` brings its own PETSc, which must be loaded before both. MPI may use shared memory
    alone unless the user says otherwise, so that no process listens on the network. Compiled forms are kept with the
    cache of solved bones, or in a temporary folder where that cannot be written.

    Raises
    ------
    fea.errors.MissingDependency
        DOLFINx is not installed or does not load.
    """
    os.environ.setdefault("UCX_TLS", "self,sm")
    # A process that is told to end just ends: PETSc would print a page about an error of its own.
    os.environ["PETSC_OPTIONS"] = f"-no_signal_handler {os.environ.get('PETSC_OPTIONS', '')}".strip()
    try:
        if importlib.util.find_spec("dolfinx_solver") is not None:
            importlib.import_module("dolfinx_solver")
        importlib.import_module("dolfinx")
        importlib.import_module("petsc4py.PETSc")
        jit = importlib.import_module("dolfinx.jit")
    except ImportError as error:
        raise MissingDependency(
            f"DOLFINx does not load ({error}); on Linux x86-64: pip install 'bonefea[dolfinx]', elsewhere: "
            "conda env create -f environment.yml."
        ) from None
    _, meaning = jit.DOLFINX_DEFAULT_JIT_OPTIONS["cache_dir"]
    jit.DOLFINX_DEFAULT_JIT_OPTIONS["cache_dir"] = (_forms_folder(), meaning)


def _forms_folder() -> Path:
    """Folder of compiled forms."""
    folder = trusted_folder()
    if folder is not None and os.access(folder, os.W_OK):
        return folder / "forms"
    passing = Path(tempfile.mkdtemp(prefix="bonefea-forms-"))
    atexit.register(shutil.rmtree, passing, ignore_errors=True)
    return passing
