# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""One contact as a moving picture: the strain of the surface frame by frame, the ground reaction force beside it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from fea.case import Stance
from fea.errors import InputError, out_of_range
from fea.evaluate import Result
from fea.loading import LoadHistory, UnitLoad, ground_of
from fea.show.animation import Trace, draw_stance
from fea.show.scale import surface_of
from fea.strain import MICROSTRAIN, equivalent, tensors

Floats = npt.NDArray[np.float64]

_FRAMES, _FPS = (2, 400), (1.0, 60.0)


def check_pace(frames: int, fps: float) -> None:
    """Refuse a number of pictures, or of pictures per second, outside its range.

    Raises
    ------
    fea.errors.InputError
        See above.
    """
    if not _FRAMES[0] <= frames <= _FRAMES[1]:
        raise out_of_range("the number of pictures", frames, f"{_FRAMES[0]} to {_FRAMES[1]}")
    if not _FPS[0] <= fps <= _FPS[1]:
        raise out_of_range("pictures per second", fps, f"{_FPS[0]:g} to {_FPS[1]:g} 1/s")


def write_motion(result: Result, file: Path, *, frames: int, fps: float) -> None:
    """Write the equivalent strain over one contact as GIF or MP4.

    Parameters
    ----------
    result : Result
        The result of the case.
    file : Path
        The file to write.
    frames : int
        Pictures, evenly spaced over the contact; loads between frames of the history are interpolated.
    fps : float
        Pictures per second.

    Raises
    ------
    fea.errors.InputError
        The activity is a single instant, or a number outside its range.
    fea.errors.MissingDependency
        The writer of MP4 is not installed, or this machine cannot draw without a display.
    """
    check_pace(frames, fps)
    case, mesh, bone = result.case, result.side_mesh, result.bone
    if not result.moving:
        raise InputError(f"{case.activity.name!r} is a single instant, in which nothing moves.")
    times = result.history.time_s
    shown = at_times(result.history, np.linspace(times[0], times[-1], frames))
    outer = result.surface_vertices
    columns, _ = bone.columns(result.history.loads)
    at_surface = bone.at_vertices[0][columns][:, outer]
    values = np.array(
        [
            MICROSTRAIN * equivalent(tensors(np.tensordot(size, at_surface, axes=1)), bone.elasticity.poisson)
            for size in shown.coefficients
        ]
    )
    largest = np.full(len(mesh.points), np.nan)
    largest[outer] = MICROSTRAIN * result.surface.equivalent
    draw_stance(
        surface_of(mesh, largest, result.excluded_vertices, "equivalent strain"),
        values,
        shown.time_s,
        trace_of(result),
        file,
        quantity="equivalent strain",
        unit="µε",
        title=f"{case.bone_title}: {case.activity.title}",
        sides=result.sides,
        fps=fps,
    )


def at_times(history: LoadHistory, time_s: Floats) -> LoadHistory:
    """History at other times, (k,) in s, linear between its frames."""
    columns = [np.interp(time_s, history.time_s, column) for column in history.coefficients.T]
    return replace(history, time_s=time_s, coefficients=np.column_stack(columns))


def trace_of(result: Result) -> Trace:
    """Vertical ground reaction force of a stance; of given forces the size of their largest."""
    case, history = result.case, result.history
    if isinstance(case.activity, Stance):
        ground = ground_of(case, case.activity)
        without = "\nof the body without the pack" if case.pack_mass_kg > 0.0 else ""
        return Trace(ground.time_s, ground.vertical_bw, f"vertical ground reaction force / BW{without}")
    forces: dict[str, list[Floats]] = {}
    for load, column in zip(history.loads, history.coefficients.T, strict=True):
        if isinstance(load, UnitLoad) and not load.moment:
            forces.setdefault(load.region, []).append(column)
    sizes = {name: np.linalg.norm(columns, axis=0) for name, columns in forces.items()}
    name = max(sorted(sizes), key=lambda name: float(sizes[name].max()))
    return Trace(history.time_s, sizes[name], f"force on {name.replace('_', ' ')} / N")
