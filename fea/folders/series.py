# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The contact of a result as a time series for ParaView: a ``.pvd`` that names a ``.vtu`` for each instant."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import numpy.typing as npt

from fea.case import side_vectors
from fea.errors import InputError, out_of_range
from fea.evaluate import Result
from fea.files import check_replaceable, write_whole, written_folder
from fea.folders.fields import EXCLUDED_FIELD, region_fields, strain_fields, write_fields
from fea.strain import superposed, tensors

SERIES_FRAMES = 21
"""Instants of a series by default."""
_MOST_FRAMES = 1000


def write_series(result: Result, file: Path, frames: int = SERIES_FRAMES, *, replaces: bool = True) -> None:
    """Write instants of the contact, evenly spread over its frames, as ``.pvd``, with a folder of the same name beside.

    Each instant has the displacement and the strain at the vertices, and the strain of the cells.

    Parameters
    ----------
    result : Result
        The result.
    file : Path
        The file to write, ending in ``.pvd``.
    frames : int
        Number of instants; no more than the history has.
    replaces : bool
        Whether a file that stands there is replaced.

    Raises
    ------
    fea.errors.InputError
        Another ending or number, a place that cannot be written, or a folder beside with files of somebody else.
    fea.errors.RunError
        The disk is full.
    """
    if file.suffix.lower() != ".pvd":
        raise out_of_range("the ending of the time series", file.suffix, ".pvd")
    if not 1 <= frames <= _MOST_FRAMES:
        raise out_of_range("frames of a time series", frames, f"1 to {_MOST_FRAMES}")
    check_replaceable(file, replaces=replaces)
    history = result.history
    chosen = np.unique(np.linspace(0, len(history.time_s) - 1, frames).round().astype(np.int64))
    folder = file.with_suffix("")
    with written_folder(folder, _instants) as place:
        for number, frame in enumerate(chosen):
            _write_instant(result, int(frame), place / _name(number))
    rows = (
        f'    <DataSet timestep="{history.time_s[frame]:.6g}" group="" part="0" file="{folder.name}/{_name(number)}"/>'
        for number, frame in enumerate(chosen)
    )
    head = '<?xml version="1.0"?>\n<VTKFile type="Collection" version="0.1" byte_order="LittleEndian">\n  <Collection>'
    text = "\n".join([head, *rows, "  </Collection>\n</VTKFile>\n"])
    write_whole(file, text.encode("utf-8"))


def _name(number: int) -> str:
    return f"frame_{number:03d}.vtu"


def _instants(place: Path) -> frozenset[str]:
    """Files of an earlier series in a folder that holds nothing else."""
    names = [file.name for file in place.iterdir()]
    for name in names:
        if not re.fullmatch(r"frame_\d{3}\.vtu", name):
            raise InputError(
                f"the folder {str(place)!r} holds {name!r}, which is no instant of a series; name another file."
            )
    return frozenset(names)


def _write_instant(result: Result, frame: int, file: Path) -> None:
    side, poisson = result.case.side, result.bone.elasticity.poisson
    strain = superposed(result.bone.unit, result.coefficients[frame])
    at_vertices, _ = result.bone.at_vertices
    own = tensors(np.tensordot(result.coefficients[frame], at_vertices, axes=1))
    point_fields = {
        "displacement_mm": side_vectors(strain.displacement, side),
        **strain_fields(own, poisson, side),
        EXCLUDED_FIELD: result.excluded_vertices.astype(np.uint8),
        **region_fields(result.mesh),
    }
    cell_fields = {**strain_fields(strain.cell, poisson, side), EXCLUDED_FIELD: result.excluded.astype(np.uint8)}
    write_fields(result.side_mesh, _single(cell_fields), _single(point_fields), file)


def _single(fields: dict[str, npt.NDArray[np.generic]]) -> dict[str, npt.NDArray[np.generic]]:
    """The same fields, in single precision where they are in double: half the size."""
    return {name: field.astype(np.float32) if field.dtype == np.float64 else field for name, field in fields.items()}
