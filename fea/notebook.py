# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""A run in a notebook: one call, and a result that shows its map and hotspots and hands over tables and meshes."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from fea.answer import Run
from fea.case import Options, resolved
from fea.case.library import TissueOptions
from fea.folder import written_folder
from fea.pipeline import solved
from fea.record import draw_run_map, fields_of, hotspot_row, write_run
from fea.report import run_snippet
from fea.show import grid_of
from fea.solve import Carried
from fea.solve.basis import silent
from fea.strain import GaugeHistory, Hotspot

if TYPE_CHECKING:
    import pandas as pd
    import pyvista
    import xarray as xr

_SERIES = ("tension_ue", "compression_ue", "axial_mpa")


@dataclass(frozen=True, repr=False)
class Result:
    """A solved case; in a notebook it shows its map and its hotspots.

    ``answer`` holds everything as arrays in frozen records; what follows hands over the usual in the form that
    other libraries take.
    """

    answer: Run

    @property
    def hotspots(self) -> list[Hotspot]:
        """The hotspots, the largest strain first."""
        return self.answer.hotspots

    @property
    def gauges(self) -> list[GaugeHistory]:
        """What the virtual gauges read over the contact."""
        return self.answer.gauges

    def to_pandas(self) -> pd.DataFrame:
        """Return a row for each hotspot; units stand in the columns."""
        import pandas as pd

        columns = [field.name for field in fields(Hotspot)]
        return pd.DataFrame([hotspot_row(spot) for spot in self.hotspots], columns=columns).set_index("rank")

    def to_xarray(self) -> xr.Dataset:
        """Return strain over time at gauges and hotspots, and the loads; each variable says its unit.

        Variables are ``gauge`` (time_s, gauge_name, quantity), ``hotspot`` (time_s, rank, mode) in µε and
        ``load`` (time_s, component) in N, or N·mm of a moment.
        """
        import xarray as xr

        run, history = self.answer, self.answer.history
        gauge = np.array([[getattr(g, name) for name in _SERIES] for g in run.gauges]).reshape(
            -1, 3, len(history.time_s)
        )
        spots = np.array([[h.tension_ue, h.compression_ue] for h in run.at_hotspots]).reshape(
            -1, 2, len(history.time_s)
        )
        loads = [f"{load.region} {'moment' if load.moment else 'force'} {'xyz'[load.axis]}" for load in history.loads]
        return xr.Dataset(
            {
                "gauge": (("gauge_name", "quantity", "time_s"), gauge, {"units": "µε, µε, MPa by quantity"}),
                "hotspot": (("rank", "mode", "time_s"), spots, {"units": "µε"}),
                "load": (("time_s", "component"), history.coefficients, {"units": "N, or N·mm of a moment"}),
            },
            coords={
                "time_s": ("time_s", history.time_s, {"units": "s"}),
                "gauge_name": [g.name for g in run.gauges],
                "quantity": list(_SERIES),
                "rank": [h.hotspot.rank for h in run.at_hotspots],
                "mode": ["tension", "compression"],
                "component": loads,
            },
            attrs={
                "bone": run.case.bone.name,
                "activity": run.case.activity.title,
                "body_mass_kg": run.case.body_mass_kg,
            },
        )

    @cached_property
    def mesh(self) -> pyvista.UnstructuredGrid:
        """The tetrahedra with the fields of ``fields.vtu``, for PyVista."""
        return grid_of(self.answer.mesh, *fields_of(self.answer))

    def save(self, folder: Path | str) -> Path:
        """Write the run folder that `bonefea run` writes, and return its place.

        Raises
        ------
        fea.errors.InputError
            The folder cannot be written, or holds something else.
        """
        place = Path(folder)
        with written_folder(place) as partial:
            write_run(self.answer, partial, silent)
        return place

    def __repr__(self) -> str:
        case, p95 = self.answer.case, self.answer.summary.p95_ue
        first = f"; {self.hotspots[0].site} {self.hotspots[0].strain_ue:+.0f} µε" if self.hotspots else ""
        return f"<{case.bone.title}: {case.activity.title}; p95 {p95:.0f} µε{first}>"

    @cached_property
    def _html(self) -> str:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "map.png"
            draw_run_map(self.answer, file)
            return run_snippet(self.answer.case, self.hotspots, self.answer.summary.p95_ue, file)

    def _repr_html_(self) -> str:
        return self._html


def run(
    bone: str,
    activity: str,
    *,
    mass_kg: float = 70.0,
    pack_kg: float = 0.0,
    carriage: str = "backpack",
    footwear: str = "conventional",
    speed_m_per_s: float | None = None,
    height_m: float | None = None,
    step_rate_per_min: float | None = None,
    tissue: TissueOptions | str = "healthy",
    changes: Sequence[str] = (),
    size_mm: float | None = None,
    support: Carried | None = None,
    use_cache: bool = True,
) -> Result:
    """Solve an activity on a bone, as `bonefea run` does, without writing a folder.

    Parameters
    ----------
    bone, activity : str
        Names that `bonefea list` shows, or paths.
    mass_kg, pack_kg : float
        Body mass and carried mass in kg.
    carriage, footwear : str
        Names that `bonefea list` shows.
    speed_m_per_s, height_m, step_rate_per_min : float, optional
        As the activity is usually done by default; a rate counts both feet.
    tissue : TissueOptions or str
        What the bone is made of: a state that `bonefea list` shows, a path, or options.
    changes : sequence of str
        Changes of the bone such as ``"length_mm=350"``.
    size_mm : float, optional
        Edge length of the elements; the bone's own by default.
    support : {"held", "foundation", "free"}, optional
        What carries the bone; as its file says by default.
    use_cache : bool
        Whether a bone solved earlier may serve, and this one be kept.

    Returns
    -------
    Result

    Raises
    ------
    fea.errors.InputError
        A mistake in what was asked.
    fea.errors.RunError
        The solution failed or is out of balance.
    """
    options = Options(speed_m_per_s, height_m, step_rate_per_min, pack_kg, carriage, footwear)
    case = resolved(
        bone, activity, body_mass_kg=mass_kg, size_mm=size_mm, changes=changes, options=options, tissue=tissue
    )
    return Result(solved(case, carried=support, use_cache=use_cache))
