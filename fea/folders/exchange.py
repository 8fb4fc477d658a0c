# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""What others can go on with: unit strains as netCDF to superpose, and strain over time at gauges as ``.sto``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from fea import __version__
from fea.errors import InputError
from fea.evaluate import Result, SolvedBone
from fea.files import written_file
from fea.loading import Load, UnitLoad
from fea.solve import COMPONENTS
from fea.strain import GaugeHistory

if TYPE_CHECKING:
    import xarray as xr

Floats = npt.NDArray[np.float64]

_NMM_PER_NM = 1000.0
_HOW = (
    "Strain at a point is the sum over load of coefficient(load) * strain(load, point, "
    "component); coefficients in N for "
    "forces and tensions, N m for moments. With them linear elasticity is complete: any force or moment on the named "
    "regions, at any instant, is such a sum."
)
_FRAME = "right bone: x anterior or dorsal, y proximal, z lateral; a left bone is its mirror image"


def unit_strain_table(
    bone: SolvedBone, coefficients: tuple[Sequence[Load], Floats, Floats] | None = None
) -> xr.Dataset:
    """Strain at the outer surface of a bone for each unit load, with coordinates and the meaning of both.

    Parameters
    ----------
    bone : SolvedBone
        The bone.
    coefficients : tuple of loads, times (frames,) in s and sizes (frames, loads) in N and N·mm, optional
        A load history to stand beside them.
    """
    import xarray as xr

    facets = bone.mesh.facets
    vertices, corners = np.unique(facets, return_inverse=True)
    strain, _ = bone.at_vertices
    names = [load.title for load in bone.loads]
    moments = [isinstance(load, UnitLoad) and load.moment for load in bone.loads]
    size = np.where(moments, _NMM_PER_NM, 1.0)
    table = xr.Dataset(
        {
            "strain": (
                ("load", "point", "component"),
                (size[:, None, None] * strain[:, vertices]).astype(np.float32),
                {"long_name": "strain of one unit load; shear as tensor components", "units": "1/N or 1/(N m)"},
            ),
            "xyz": (("point", "axis"), bone.mesh.points[vertices], {"units": "mm"}),
            "triangle": (("facet", "corner"), corners.reshape(facets.shape).astype(np.int32)),
            "excluded": (
                ("point",),
                bone.excluded_vertices[vertices].astype(np.int8),
                {"long_name": "1 in the excluded (Saint-Venant) zones of supports and loads"},
            ),
            "fibula": (
                ("load",),
                size * bone.unit.fibula,
                {"long_name": "compression of the fibula", "units": "N per unit"},
            ),
            "unit": (("load",), ["N m" if moment else "N" for moment in moments]),
        },
        coords={
            "load": names,
            "component": ["".join("xyz"[k] for k in pair) for pair in COMPONENTS],
            "axis": ["x", "y", "z"],
        },
        attrs={
            "title": f"Unit strains of {bone.description.title}",
            "source": f"bonefea {__version__}",
            "bone": bone.description.name,
            "support": bone.support,
            "length_mm": bone.anatomy.length,
            "frame": _FRAME,
            "comment": _HOW,
            "Conventions": "CF-1.8",
        },
    )
    if coefficients is None:
        return table
    loads, time_s, sizes = coefficients
    full = np.zeros((len(time_s), len(bone.loads)))
    full[:, [bone.loads.index(load) for load in loads]] = sizes
    return table.assign(
        time=(("frame",), time_s, {"units": "s"}),
        coefficient=(("frame", "load"), full / size, {"long_name": "sizes of the unit loads in this run"}),
    )


def write_unit_strains(result: Result, file: Path, *, replaces: bool = True) -> None:
    """Write unit strains of the bone of a result and its load history as netCDF (classic format).

    Raises
    ------
    fea.errors.InputError
        The file cannot be written.
    fea.errors.RunError
        The disk is full.
    """
    history = result.history
    table = unit_strain_table(result.bone, (history.loads, history.time_s, history.coefficients))
    with written_file(file, replaces=replaces) as partial:
        table.to_netcdf(partial, engine="scipy", format="NETCDF3_64BIT")


def write_gauge_storage(gauges: Sequence[GaugeHistory], file: Path, *, replaces: bool = True) -> None:
    """Write strain over time at gauges as a table of OpenSim, ``.sto``: µε by gauge, tension and compression.

    Raises
    ------
    fea.errors.InputError
        There is no gauge, or the file cannot be written.
    """
    if not gauges:
        raise InputError("the bone has no gauges; its file names them under [gauges].")
    columns = {"time": gauges[0].time_s}
    for gauge in gauges:
        columns[f"{gauge.name}_tension"] = gauge.tension_ue
        columns[f"{gauge.name}_compression"] = gauge.compression_ue
        columns[f"{gauge.name}_axial"] = gauge.axial_ue
    rows = np.column_stack(list(columns.values()))
    head = (
        "Strain at gauges",
        "version=1",
        f"nRows={len(rows)}",
        f"nColumns={len(columns)}",
        "inDegrees=no",
        f"Microstrain by bonefea {__version__}: largest and smallest in the plane of the surface, and along the bone.",
        "endheader",
        "\t".join(columns),
    )
    with written_file(file, replaces=replaces) as partial:
        body = "\n".join("\t".join(f"{value:.9g}" for value in row) for row in rows)
        partial.write_text("\n".join(head) + "\n" + body + "\n", encoding="utf-8")
