# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Loading DOLFINx, and what is said where it is missing."""

from __future__ import annotations

import importlib

import pytest

from fea.errors import MissingDependency
from fea.solve import backend


def test_loading_twice_does_no_harm():
    backend.load()
    backend.load()
    import dolfinx
    import petsc4py.PETSc

    assert dolfinx.__version__.startswith("0.11")
    assert petsc4py.PETSc.ScalarType is not None


def test_missing_dolfinx_says_how_to_install_it(monkeypatch):
    original = importlib.import_module

    def without_dolfinx(name, package=None):
        if name == "dolfinx":
            raise ImportError("No module named 'dolfinx'")
        return original(name, package)

    monkeypatch.setattr(importlib, "import_module", without_dolfinx)
    with pytest.raises(MissingDependency, match=r"pip install 'bonefea\[dolfinx\]'.*conda env create"):
        backend.load.__wrapped__()
