# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Provenance of a result: versions of the libraries that numbers and pictures depend on, platform, hashes of files."""

from __future__ import annotations

import functools
import hashlib
import importlib.metadata
import importlib.resources
import platform
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from fea import __version__

LIBRARIES = (
    "dolfinx-solver-real",
    "fenics-basix",
    "fenics-dolfinx",
    "gmsh",
    "numpy",
    "pandas",
    "pyarrow",
    "pyvista",
    "rainflow",
    "salib",
    "scipy",
    "vtk",
    "xarray",
)
"""Libraries whose version a manifest records."""

PackageSource = tuple[str, str | None]
"""A package, and one of its files or None for all of them."""


def current_versions() -> dict[str, str]:
    """Versions of Python, of bonefea and of :data:`LIBRARIES` that are installed, by name."""
    found = {"python": platform.python_version(), "bonefea": __version__}
    for name in LIBRARIES:
        with suppress(importlib.metadata.PackageNotFoundError):
            found[name] = importlib.metadata.version(name)
    return found


def platform_name() -> str:
    """Operating system and processor in one line."""
    return platform.platform()


def sha256_of(content: bytes | Path) -> str:
    """SHA-256 of bytes, or of the content of a file, as 64 hexadecimal digits."""
    if isinstance(content, bytes):
        return hashlib.sha256(content).hexdigest()
    with content.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@functools.cache
def code_version(sources: tuple[PackageSource, ...], libraries: Sequence[str] = LIBRARIES) -> str:
    """Hash of library versions and of source files, for the key of what is kept on disk.

    Parameters
    ----------
    sources : tuple of (str, str or None)
        Packages, each with one of its files or None for all of them.
    libraries : sequence of str
        Distributions whose version counts.
    """
    digest = hashlib.sha256(__version__.encode())
    for name in libraries:
        with suppress(importlib.metadata.PackageNotFoundError):
            digest.update(f"{name} {importlib.metadata.version(name)}\n".encode())
    for package, only in sources:
        for name, content in _sources_of(package, only):
            digest.update(f"{package} {name}\n".encode() + content)
    return digest.hexdigest()


def _sources_of(package: str, only: str | None) -> Iterable[tuple[str, bytes]]:
    for file in sorted(importlib.resources.files(package).iterdir(), key=lambda f: f.name):
        if file.name.endswith(".py") and only in (None, file.name):
            yield file.name, file.read_bytes()
