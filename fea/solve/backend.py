# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The one place that knows where DOLFINx comes from: the wheel, or conda-forge."""

from __future__ import annotations

import importlib
import importlib.util

from fea.errors import MissingDependency


def load() -> None:
    """Make ``dolfinx`` and ``petsc4py`` importable.

    The wheel ``dolfinx-solver-real`` brings its own PETSc, which must be loaded before both.

    Raises
    ------
    fea.errors.MissingDependency
        DOLFINx is not installed or does not load.
    """
    try:
        if importlib.util.find_spec("dolfinx_solver") is not None:
            importlib.import_module("dolfinx_solver")
        importlib.import_module("dolfinx")
        importlib.import_module("petsc4py.PETSc")
    except ImportError as error:
        raise MissingDependency(
            f"DOLFINx does not load ({error}); on Linux x86-64: pip install 'bonefea[dolfinx]', elsewhere: "
            "conda env create -f environment.yml."
        ) from None
