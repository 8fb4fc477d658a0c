# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""A VTK window without a screen, opened and closed in one place."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from fea.errors import MissingDependency


@contextmanager
def canvas(width: int, height: int, columns: int = 1) -> Iterator[Any]:
    """Context of a PyVista plotter that needs no display.

    Parameters
    ----------
    width, height : int
        Size of the picture in pixels.
    columns : int
        Number of scenes side by side.

    Yields
    ------
    pyvista.Plotter

    Raises
    ------
    fea.errors.MissingDependency
        EGL, through which VTK draws without a display, is not on this machine.
    """
    # VTK ends the whole process when it finds no EGL.
    if not _has_egl():
        raise MissingDependency("pictures need libEGL.so.1: apt-get install libegl1 (Fedora: libglvnd-egl).")
    import pyvista
    from vtkmodules.vtkCommonCore import vtkLogger

    verbosity = vtkLogger.GetCurrentVerbosityCutoff()
    # VTK tries an X server first and warns when there is none, before it turns to EGL.
    vtkLogger.SetStderrVerbosity(vtkLogger.VERBOSITY_ERROR)
    plotter = pyvista.Plotter(shape=(1, columns), border=False, off_screen=True, window_size=[width, height])
    try:
        yield plotter
    finally:
        plotter.close()
        vtkLogger.SetStderrVerbosity(verbosity)


def _has_egl() -> bool:
    if sys.platform != "linux":
        return True
    try:
        ctypes.CDLL("libEGL.so.1")
    except OSError:
        return False
    return True
