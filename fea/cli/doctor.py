# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The doctor: versions of the installed libraries, and a small trial of each."""

import ctypes
import importlib
import os
import platform
import shlex
import shutil
import sys
import sysconfig
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

DOLFINX_SERIES = "0.11"
"""The interface of DOLFINx changes between minor versions; this is the one the code is written for."""

_PATCH_TOLERANCE = 1e-10
"""Relative error of a linear field on linear elements: exact but for round-off."""


@dataclass(frozen=True)
class Check:
    """Outcome of one check: a line of the report.

    Attributes
    ----------
    name : str
        The library, or the step of the flow that was tried.
    ok : bool
        Whether it is there and works.
    version : str
        Its version; empty if it is absent.
    detail : str
        Details if it works; the reason and the remedy if not.
    """

    name: str
    ok: bool
    version: str
    detail: str


@dataclass(frozen=True)
class _Lack:
    """A system package that is missing: who needs it, what it is, and its names."""

    user: str
    what: str
    debian: str
    fedora: str


_LIBRARIES = (
    _Lack("gmsh", "libGLU.so.1", "libglu1-mesa", "mesa-libGLU"),
    _Lack("gmsh", "libGL.so.1", "libgl1", "libglvnd-glx"),
    _Lack("gmsh", "libX11.so.6", "libx11-6", "libX11"),
    _Lack("gmsh", "libXcursor.so.1", "libxcursor1", "libXcursor"),
    _Lack("gmsh", "libXext.so.6", "libxext6", "libXext"),
    _Lack("gmsh", "libXfixes.so.3", "libxfixes3", "libXfixes"),
    _Lack("gmsh", "libXft.so.2", "libxft2", "libXft"),
    _Lack("gmsh", "libXinerama.so.1", "libxinerama1", "libXinerama"),
    _Lack("gmsh", "libXrender.so.1", "libxrender1", "libXrender"),
    _Lack("gmsh", "libfontconfig.so.1", "libfontconfig1", "fontconfig"),
    _Lack("gmsh", "libgomp.so.1", "libgomp1", "libgomp"),
    _Lack("PyVista", "libEGL.so.1", "libegl1", "libglvnd-egl"),
)


def examine() -> list[Check]:
    """Checks of every library, and one trial each of meshing, solving, MPI and rendering.

    Returns
    -------
    list of Check
        Libraries first, then the trials. A failure is a finding, never an exception.
    """
    return [_found(name, trial) for name, trial in _TRIALS]


def missing_from_system() -> str | None:
    """One line on what the machine lacks besides Python packages.

    Returns
    -------
    str or None
        The missing parts and the command that installs them; None if nothing is missing.
    """
    lacks = _lacks()
    if not lacks:
        return None
    users = " and ".join(sorted({lack.user for lack in lacks}))
    need = "need" if " and " in users else "needs"
    things = ", ".join(lack.what for lack in lacks)
    return f"{users} {need} {things}: {_installer()} {' '.join(missing_packages())}"


def missing_packages() -> tuple[str, ...]:
    """Names of the missing system packages.

    Returns
    -------
    tuple of str
        Names for ``apt-get`` (or ``dnf``, if only that is there), sorted, each once.
    """
    fedora = _installer().startswith("dnf")
    names = (lack.fedora if fedora else lack.debian for lack in _lacks())
    return tuple(sorted({word for name in names for word in name.split()}))


def _installer() -> str:
    return "dnf install" if shutil.which("dnf") and not shutil.which("apt-get") else "apt-get install"


def _lacks() -> list[_Lack]:
    """Missing system packages; libraries only if something fails to load, as conda keeps its own elsewhere."""
    lacks = list(_compiler_lacks())
    failures = " ".join(_load_failures())
    if failures:
        lacks += [lib for lib in _LIBRARIES if lib.what in failures or not _loads(lib.what)]
    return lacks


def _load_failures() -> Iterator[str]:
    for module in ("gmsh", "vtkmodules.vtkRenderingOpenGL2"):
        try:
            importlib.import_module(module)
        except OSError as error:
            yield str(error)
        except ImportError as error:
            if ".so" in str(error):
                yield str(error)
    # VTK opens EGL at the first picture, not on import.
    if not _has_egl():
        yield "libEGL.so.1"


def _has_egl() -> bool:
    return sys.platform != "linux" or _loads("libEGL.so.1")


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _compiler_lacks() -> Iterator[_Lack]:
    """Missing parts of a C compiler, with which DOLFINx compiles a weak form as an extension of Python."""
    command = os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc"
    compiler = shlex.split(command)[0]
    if shutil.which(compiler) is None:
        package = "clang" if "clang" in compiler else "gcc"
        yield _Lack("DOLFINx", f"the C compiler {compiler}", f"{package} libc6-dev", package)
    if not Path(sysconfig.get_path("include"), "Python.h").exists():
        version = f"python{sys.version_info.major}.{sys.version_info.minor}"
        yield _Lack("DOLFINx", "Python.h", f"{version}-dev", f"{version}-devel")


def _found(name: str, trial: Callable[[], tuple[str, str]]) -> Check:
    try:
        version, detail = trial()
    except Exception as error:  # whatever a broken installation raises is what is asked for
        return Check(name, ok=False, version="", detail=_reason(error))
    return Check(name, ok=True, version=version, detail=detail)


def _reason(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    reason = lines[0] if lines else type(error).__name__
    if isinstance(error, ModuleNotFoundError) and error.name and error.name.split(".")[0] != "fea":
        return f"{reason}: pip install bonefea"
    lacking = missing_from_system()
    return f"{reason}; {lacking}" if lacking else reason


def _python() -> tuple[str, str]:
    return platform.python_version(), f"{sys.executable}, {platform.system()} {platform.machine()}"


def _gmsh() -> tuple[str, str]:
    import gmsh

    return gmsh.__version__, ""


def _dolfinx() -> tuple[str, str]:
    from fea.solve import backend

    backend.load()
    import dolfinx

    if not dolfinx.__version__.startswith(f"{DOLFINX_SERIES}."):
        raise RuntimeError(f"DOLFINx {dolfinx.__version__} is installed; bonefea needs {DOLFINX_SERIES}")
    return dolfinx.__version__, ""


def _petsc() -> tuple[str, str]:
    from fea.solve import backend

    backend.load()
    import numpy as np
    from petsc4py import PETSc

    scalar = np.dtype(PETSc.ScalarType)
    if scalar.kind != "f":
        raise RuntimeError(f"PETSc computes with {scalar}; bonefea needs a build with real scalars")
    version = ".".join(str(part) for part in PETSc.Sys.getVersion())
    return version, f"scalars {scalar}, indices {np.dtype(PETSc.IntType)}"


def _mpi() -> tuple[str, str]:
    from fea.solve import backend

    backend.load()
    from mpi4py import MPI

    ranks = MPI.COMM_WORLD
    if ranks.allreduce(1) != ranks.size:
        raise RuntimeError(f"MPI counts {ranks.allreduce(1)} of {ranks.size} ranks")
    vendor, version = MPI.get_vendor()
    return ".".join(str(part) for part in version), f"{vendor}, rank {ranks.rank} of {ranks.size}"


def _meshio() -> tuple[str, str]:
    import meshio

    return meshio.__version__, ""


def _pyvista() -> tuple[str, str]:
    import pyvista

    return pyvista.__version__, ""


def _vtk() -> tuple[str, str]:
    from vtkmodules.vtkCommonCore import vtkVersion

    return vtkVersion.GetVTKVersion(), ""


def _meshing() -> tuple[str, str]:
    """Fill the unit cube with tetrahedra; their volumes have to add up to one."""
    import gmsh

    gmsh.initialize(readConfigFiles=False, interruptible=False)
    try:
        gmsh.option.setNumber("General.Terminal", 0)
        gmsh.model.add("unit cube")
        gmsh.model.occ.addBox(0.0, 0.0, 0.0, 1.0, 1.0, 1.0)
        gmsh.model.occ.synchronize()
        gmsh.model.mesh.generate(3)
        _, (tetrahedra,), _ = gmsh.model.mesh.getElements(3)
        volume = float(sum(gmsh.model.mesh.getElementQualities(tetrahedra, "volume")))
    finally:
        gmsh.finalize()
    if not abs(volume - 1.0) <= _PATCH_TOLERANCE:
        raise RuntimeError(f"the mesh of the unit cube has the volume {volume}")
    return "", f"unit cube in {len(tetrahedra)} tetrahedra"


def _solving() -> tuple[str, str]:
    """Solve Laplace's equation with a linear field on the boundary; inside, it has to be the same field."""
    from fea.solve import backend

    backend.load()
    import numpy as np
    import ufl
    from dolfinx import fem, mesh
    from dolfinx.fem.petsc import LinearProblem
    from mpi4py import MPI

    domain = mesh.create_unit_cube(MPI.COMM_SELF, 3, 3, 3)
    V = fem.functionspace(domain, ("Lagrange", 1))
    solution, linear = fem.Function(V), fem.Function(V)
    linear.interpolate(lambda x: 1.0 + x[0] + 2.0 * x[1] + 3.0 * x[2])
    boundary = mesh.locate_entities_boundary(domain, 2, lambda x: np.full(x.shape[1], True))
    fixed = fem.dirichletbc(linear, fem.locate_dofs_topological(V, 2, boundary))
    u, v = ufl.TrialFunction(V), ufl.TestFunction(V)
    a = ufl.inner(ufl.grad(u), ufl.grad(v)) * ufl.dx
    L = fem.Constant(domain, 0.0) * v * ufl.dx
    direct = {"ksp_type": "preonly", "pc_type": "cholesky", "pc_factor_mat_solver_type": "mumps"}
    problem = LinearProblem(a, L, bcs=[fixed], u=solution, petsc_options_prefix="doctor_", petsc_options=direct)
    problem.solve()
    error = np.linalg.norm(solution.x.array - linear.x.array) / np.linalg.norm(linear.x.array)
    if not error <= _PATCH_TOLERANCE:
        raise RuntimeError(f"a linear field on the unit cube is off by {error:.1e}")
    return "", f"linear field on the unit cube, MUMPS, relative error {error:.0e}"


def _rendering() -> tuple[str, str]:
    """Draw a sphere without a screen; the picture must not be of one colour."""
    import numpy as np
    import pyvista
    from vtkmodules.vtkCommonCore import vtkLogger

    # VTK ends the whole process when it finds no EGL.
    if not _has_egl():
        raise OSError("libEGL.so.1 cannot be loaded")
    verbosity = vtkLogger.GetCurrentVerbosityCutoff()
    # VTK tries an X server first and warns when there is none, before it turns to EGL.
    vtkLogger.SetStderrVerbosity(vtkLogger.VERBOSITY_ERROR)
    plotter = pyvista.Plotter(off_screen=True, window_size=[64, 64])
    try:
        plotter.add_mesh(pyvista.Sphere())
        picture = np.asarray(plotter.screenshot(return_img=True))
        window = type(plotter.render_window).__name__
    finally:
        plotter.close()
        vtkLogger.SetStderrVerbosity(verbosity)
    if picture.min() == picture.max():
        raise RuntimeError("the picture drawn without a screen is blank")
    return "", f"off-screen picture by {window}"


_TRIALS: tuple[tuple[str, Callable[[], tuple[str, str]]], ...] = (
    ("python", _python),
    ("gmsh", _gmsh),
    ("dolfinx", _dolfinx),
    ("petsc", _petsc),
    ("mpi", _mpi),
    ("meshio", _meshio),
    ("pyvista", _pyvista),
    ("vtk", _vtk),
    ("meshing", _meshing),
    ("solving", _solving),
    ("rendering", _rendering),
)
