# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""What a case makes of a solved basis: superposition, and all that is read from it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fea.bone import TISSUES, Anatomy, BoneMesh
from fea.case import Case
from fea.loading import (
    LoadHistory,
    SectionLoads,
    Traction,
    internal_loads,
    load_history,
    mean_tractions,
    unit_section_loads,
    with_reaction,
)
from fea.solve import Basis, Carried, Equilibrium, Solver, UnitStrains, balance
from fea.solve.basis import Announce, silent
from fea.strain import (
    Envelope,
    GaugeHistory,
    Hotspot,
    HotspotHistory,
    StrainField,
    Summary,
    chosen_strain,
    components,
    envelope,
    excluded,
    gauge_history,
    hotspot_history,
    hotspots,
    inside,
    integrated_loads,
    principal,
    rms_equivalent,
    summarised,
    superposed,
    tensors,
    unit_at_cells,
    unit_at_points,
    unit_at_vertices,
)
from fea.tissue import Elasticity

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

THRESHOLDS_UE = (3000, 4000)
STATICS_LEVELS = np.arange(0.06, 0.961, 0.02)
CUT_LEVELS = np.array([0.14, 0.25, 0.38, 0.50, 0.66, 0.80])


@dataclass(frozen=True)
class Run:
    """All that is known of a solved case; the fields' own records say shapes and units.

    ``envelope`` holds the extremes over the frames of each cell, ``surface`` those of each vertex;
    ``peak_frame`` is the frame with the largest root mean square, by volume, of the equivalent strain, and
    ``field``, ``statics`` (from the applied loads) and ``integrated`` (from the stress) belong to it.
    ``section_loads`` (frames, levels, 6) are the internal forces in N and moments in N·mm of all frames at
    the levels of ``statics``. ``excluded`` (m,) marks the cells that supports and loads disturb,
    ``pressures`` are the largest mean tractions in MPa on the loaded regions.
    """

    case: Case
    carried: Carried
    mesh: BoneMesh
    elasticity: Elasticity
    history: LoadHistory
    envelope: Envelope
    surface: Envelope
    peak_frame: int
    field: StrainField
    excluded: Mask
    pressures: dict[str, float]
    summary: Summary
    hotspots: list[Hotspot]
    at_hotspots: list[HotspotHistory]
    gauges: list[GaugeHistory]
    statics: SectionLoads
    integrated: SectionLoads
    section_loads: Floats
    equilibrium: Equilibrium
    dofs: int
    solver: Solver
    wall_s: dict[str, float]


class Clock:
    """Wall time of each step, announced as it begins."""

    def __init__(self, announce: Announce) -> None:
        self._announce = announce
        self.wall_s: dict[str, float] = {}

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time the body of a ``with`` statement under ``name``."""
        self._announce(name)
        begin = time.perf_counter()
        yield
        self.wall_s[name] = self.wall_s.get(name, 0.0) + time.perf_counter() - begin


def read(case: Case, basis: Basis, carried: Carried | None = None, announce: Announce = silent) -> Run:
    """Return what a case makes of a solved basis: superposition and all that is read from it.

    Raises
    ------
    fea.errors.InputError
        A load that the basis lacks, or times that don't rise.
    fea.errors.RunError
        A frame is out of balance.
    """
    clock = Clock(announce)
    mesh, tissue = basis.mesh, basis.elasticity
    with clock.step("superpose"):
        history = load_history(case)
        if carried == "free":
            history = with_reaction(mesh, history, case.bone.support.regions)
        own = basis.chosen(history.loads)
        unit, tractions, frames = own.unit, own.tractions, history.coefficients
        at_cells = unit_at_cells(unit)
        cells = envelope(at_cells, history, tissue.poisson)
        outer = np.unique(mesh.facets)
        strain, stress = unit_at_vertices(mesh, tissue, unit)
        surface = envelope(strain[:, outer], history, tissue.poisson)
    with clock.step("read"):
        bone = mesh.tissue != TISSUES.index("marrow")
        pressures = mean_tractions(tractions, frames)
        left_out = excluded(mesh, mesh.centroids, case.bone.support.regions, pressures)
        kept = bone & ~left_out
        peak = int(rms_equivalent(at_cells[:, kept], mesh.volumes[kept], frames, tissue.poisson).argmax())
        field = superposed(unit, frames[peak])
        anatomy = Anatomy(case.bone)
        spots = hotspots(mesh, anatomy, kept, cells.extremes, peak_times=cells.peak_times(history.time_s))
        statics, integrated, sections = _section_loads(anatomy, own, frames, peak, field)
        return Run(
            case=case,
            carried=case.bone.support.kind if carried is None else carried,
            mesh=mesh,
            elasticity=tissue,
            history=history,
            envelope=cells,
            surface=surface,
            peak_frame=peak,
            field=field,
            excluded=left_out,
            pressures=pressures,
            summary=_summary(mesh, bone, left_out, tissue, unit, history, cells),
            hotspots=spots,
            at_hotspots=hotspot_history(mesh, spots, at_cells, history),
            gauges=gauge_history(case.bone, mesh, case.bone.gauges, strain, stress, history),
            statics=statics,
            integrated=integrated,
            section_loads=sections,
            equilibrium=balance(unit, tractions, frames[peak]),
            dofs=unit.dofs,
            solver=unit.solver,
            wall_s=clock.wall_s,
        )


def _summary(
    mesh: BoneMesh,
    bone: Mask,
    left_out: Mask,
    tissue: Elasticity,
    unit: UnitStrains,
    history: LoadHistory,
    cells: Envelope,
) -> Summary:
    """Return the summary of the envelope, from the strain at four points of each cell that is looked at."""
    kept = bone & ~left_out
    points = unit_at_points(unit, np.flatnonzero(kept))
    strain = inside(points, history.coefficients, cells.of(kept), tissue.poisson)
    pressed = components(tissue.stress(tensors(points.mean(axis=2)), kept)).swapaxes(0, 1)
    frames = envelope(pressed, history, tissue.poisson)
    low, high = (
        principal(tissue.stress(chosen_strain(points, history.coefficients[frame]), kept))
        for frame in (frames.compression_frame, frames.tension_frame)
    )
    stress = np.stack([low[..., 0], high[..., 2]], axis=-1)
    return summarised(mesh, bone, left_out, strain.extremes, stress, strain.equivalent, THRESHOLDS_UE)


def _section_loads(
    anatomy: Anatomy, basis: Basis, frames: Floats, peak: int, field: StrainField
) -> tuple[SectionLoads, SectionLoads, Floats]:
    """Return internal loads of the peak frame by statics and by stress, and those of all frames by statics."""
    tractions: Sequence[Traction] = basis.tractions
    centers, cuts = (
        np.array([anatomy.section_center(float(level)) for level in levels]) for levels in (STATICS_LEVELS, CUT_LEVELS)
    )
    every = np.tensordot(frames, unit_section_loads(tractions, centers), axes=1)
    return (
        internal_loads(tractions, frames[peak], STATICS_LEVELS, centers),
        integrated_loads(basis.mesh, basis.elasticity, field, CUT_LEVELS, cuts),
        every,
    )
