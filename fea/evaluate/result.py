# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The result of a case on its solved bone: the one evaluation, from which all else selects; computed when needed."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from fea.bone import BoneMesh, of_side
from fea.case import Case, SideNames, names_of_sides, side_site, side_vectors
from fea.errors import RunError
from fea.evaluate.exposure import exposure_of
from fea.evaluate.figures import MaterialSummary, SectionPeaks, load_peaks, material_of
from fea.evaluate.history import acting
from fea.evaluate.places import percentile_by_place
from fea.evaluate.remarks import remarks_on
from fea.evaluate.solved import SolvedBone
from fea.files import Clock, Progress, silent
from fea.loading import LoadHistory, SectionLoads, unit_section_loads
from fea.risk import Exposure
from fea.solve import Equilibrium, balance
from fea.strain import (
    MICROSTRAIN,
    PEAK_PERCENTILE,
    Envelope,
    GaugeHistory,
    Hotspot,
    HotspotHistory,
    QuadratureExtremes,
    StrainField,
    StressPeaks,
    Summary,
    at_quadrature,
    chosen_strain,
    envelope,
    equivalent,
    hotspots,
    integrated_loads,
    loads_first,
    loads_last,
    principal,
    quadrature_extremes,
    rms_equivalent,
    stress_peaks,
    summarised,
    superposed,
    volume_percentile,
)

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

THRESHOLDS_UE = (3000, 4000)
STATICS_LEVELS = np.arange(0.06, 0.961, 0.02)
CUT_LEVELS = np.array([0.14, 0.25, 0.38, 0.50, 0.66, 0.80])
LARGEST_SECTION_GAP = 0.1
"""Of stress integrated over sections against statics; the coarsest meshes of the library stay below 0.04."""
_TINY = np.finfo(np.float64).tiny


@dataclass(frozen=True, eq=False)
class Result:
    """Result of a case; the records of its fields state shapes and units.

    Attributes
    ----------
    case : Case
        The question.
    bone : SolvedBone
        Its bone, solved.
    wall_s : dict of str to float
        Seconds of each step of the computation, as far as somebody has measured them.
    """

    case: Case
    bone: SolvedBone
    wall_s: dict[str, float] = field(default_factory=dict)

    # ---------------------------------------------------------------- loads

    @property
    def mesh(self) -> BoneMesh:
        """The mesh of the bone."""
        return self.bone.mesh

    @cached_property
    def history(self) -> LoadHistory:
        """Frames of the load, with the reaction of a free bone."""
        return acting(self.case, self.mesh)

    @cached_property
    def coefficients(self) -> Floats:
        """Size of every unit load of the bone in each frame, N or N·mm, shape (frames, loads)."""
        columns, _ = self.bone.columns(self.history.loads)
        every = np.zeros((len(self.history.coefficients), len(self.bone.loads)))
        every[:, columns] = self.history.coefficients
        return every

    @property
    def moving(self) -> bool:
        """Whether the load has more than one frame."""
        return len(self.history.time_s) > 1

    @cached_property
    def equilibrium(self) -> Equilibrium:
        """Residual force and moment of the peak frame.

        Raises
        ------
        fea.errors.RunError
            The frame is out of balance.
        """
        return balance(self.bone.unit, self.bone.tractions, self.coefficients[self.peak_frame])

    # ---------------------------------------------------------------- where strain is evaluated

    @property
    def excluded(self) -> Mask:
        """Cells in the Saint-Venant zones of supports and loads, shape (m,)."""
        return self.bone.excluded

    @property
    def excluded_vertices(self) -> Mask:
        """Vertices in the Saint-Venant zones of supports and loads, shape (n,)."""
        return self.bone.excluded_vertices

    @cached_property
    def evaluated(self) -> Mask:
        """Mineralised cells outside the excluded zones, shape (m,)."""
        return self.bone.mineralised & ~self.excluded

    # ---------------------------------------------------------------- strain

    @cached_property
    def envelope(self) -> Envelope:
        """Extremes over the frames of the mean strain of each cell, (m,)."""
        _, unit = self.bone.columns(self.history.loads)
        return envelope(unit, self.history, self.bone.elasticity.poisson)

    @cached_property
    def surface(self) -> Envelope:
        """Extremes over the frames at each vertex of the outer surface, in the order of :attr:`surface_vertices`."""
        columns, _ = self.bone.columns(self.history.loads)
        strain, _ = self.bone.at_vertices
        own = loads_last(strain)[self.surface_vertices][..., columns]
        return envelope(loads_first(own), self.history, self.bone.elasticity.poisson)

    @cached_property
    def vertices(self) -> Envelope:
        """Extremes over the frames at all vertices, (n,)."""
        columns, _ = self.bone.columns(self.history.loads)
        strain, _ = self.bone.at_vertices
        own = loads_first(loads_last(strain)[..., columns])
        return envelope(own, self.history, self.bone.elasticity.poisson)

    @cached_property
    def surface_vertices(self) -> npt.NDArray[np.int64]:
        """Numbers of the vertices of the outer surface, rising."""
        return np.unique(self.mesh.facets)

    @cached_property
    def quadrature(self) -> QuadratureExtremes:
        """Extremes at the quadrature points of the mineralised cells, (p, 4)."""
        found = self.envelope.at_points(self.bone.mineralised)
        return quadrature_extremes(self.bone.at_quadrature, self.coefficients, found, self.bone.elasticity.poisson)

    @cached_property
    def peak_frame(self) -> int:
        """Frame with the largest root mean square, by volume, of the equivalent strain of the evaluated cells."""
        _, unit = self.bone.columns(self.history.loads)
        kept = self.evaluated
        rms = rms_equivalent(
            unit[:, kept], self.mesh.volumes[kept], self.history.coefficients, self.bone.elasticity.poisson
        )
        return int(rms.argmax())

    @cached_property
    def field(self) -> StrainField:
        """Strain and displacement of the peak frame."""
        return superposed(self.bone.unit, self.coefficients[self.peak_frame])

    @cached_property
    def summary(self) -> Summary:
        """Percentiles, peaks and strained volumes of the envelope at the quadrature points of the evaluated cells."""
        kept = self.evaluated[self.bone.cells]
        points = self.quadrature
        return summarised(
            self.mesh.volumes[self.bone.cells], kept, points.extremes[kept], points.equivalent[kept], THRESHOLDS_UE
        )

    @cached_property
    def summary_at_peak(self) -> Summary:
        """Percentiles, peaks and strained volumes of the peak frame alone, as published for one instant."""
        kept = self.evaluated[self.bone.cells]
        strain = at_quadrature(self.field.corner[self.evaluated])
        size = equivalent(strain, self.bone.elasticity.poisson)
        return summarised(self.mesh.volumes[self.bone.cells], kept, principal(strain), size, THRESHOLDS_UE)

    @cached_property
    def stress(self) -> StressPeaks:
        """Peaks of the principal stresses over the frames, at the quadrature points of the evaluated cells."""
        tissue, kept = self.bone.elasticity, self.evaluated
        points = self.bone.at_quadrature.of_cells(np.flatnonzero(kept[self.bone.cells]))
        _, unit = self.bone.columns(self.history.loads)
        pressed = tissue.matrices(kept) @ loads_last(unit)[kept]
        frames = envelope(loads_first(pressed), self.history, tissue.poisson)
        size = self.coefficients
        strains = chosen_strain(points, size[frames.compression_frame], size[frames.tension_frame])
        low, high = (principal(tissue.stress(strain, kept)) for strain in strains)
        return stress_peaks(self.mesh.volumes[kept], np.stack([low[..., 0], high[..., 2]], axis=-1))

    @cached_property
    def peak_range_ue(self) -> float:
        """99th percentile by volume of the strain range of the evaluated cells, in µε."""
        return self._peak(self.envelope.strain_range)

    @cached_property
    def peak_rate_ue_per_s(self) -> float:
        """99th percentile by volume of the strain rate of the evaluated cells, in µε/s."""
        return self._peak(self.envelope.rate)

    def _peak(self, value: Floats) -> float:
        kept = self.evaluated
        return float(volume_percentile(value[kept], self.mesh.volumes[kept], [PEAK_PERCENTILE])[0] * MICROSTRAIN)

    @property
    def hotspots(self) -> list[Hotspot]:
        """Connected volumes of the largest strains, the largest first."""
        return [found.hotspot for found in self.hotspot_histories]

    @property
    def worst(self) -> Hotspot | None:
        """The hotspot of the largest strain; its ``strain_ue`` is the worst strain of the result. None without one."""
        return next(iter(self.hotspots), None)

    def hotspot_at(self, point: Floats) -> HotspotHistory | None:
        """The hotspot to which the cell nearest to a point (3,) of :attr:`side_mesh` belongs; None where it is in none.

        What is shown at a point within a hotspot can name it with its strain, which is that of all tables.
        """
        away = self.mesh.centroids - side_vectors(np.asarray(point, dtype=np.float64), self.case.side)
        nearest = int(np.argmin(np.einsum("mi,mi->m", away, away)))
        return next((found for found in self.hotspot_histories if nearest in found.cells), None)

    @cached_property
    def hotspot_histories(self) -> list[HotspotHistory]:
        """The hotspots with their principal strains over time."""
        _, unit = self.bone.columns(self.history.loads)
        spots = hotspots(self.mesh, self.bone.anatomy, self.evaluated, self.envelope.extremes, unit, self.history)
        side = self.case.side
        return [replace(s, hotspot=replace(s.hotspot, site=side_site(s.hotspot.site, side))) for s in spots]

    @cached_property
    def gauges(self) -> list[GaugeHistory]:
        """Readings of the virtual gauges over time."""
        columns, _ = self.bone.columns(self.history.loads)
        return [gauge.history(columns, self.history) for gauge in self.bone.gauges]

    @cached_property
    def places(self) -> Floats:
        """95th percentile by volume of the largest equivalent strain by level and sector, µε, (20, 8); NaN if none."""
        cells, kept = self.bone.cells, self.evaluated[self.bone.cells]
        size = self.envelope.equivalent[cells] * MICROSTRAIN
        return percentile_by_place(size, self.mesh.volumes[cells], self.bone.places, kept)

    # ---------------------------------------------------------------- as the bone lies in the body

    @cached_property
    def side_mesh(self) -> BoneMesh:
        """The mesh as the bone of the case's side lies in the body, in whose frame files and pictures are."""
        return of_side(self.mesh, self.case.side)

    @property
    def side_hotspots(self) -> list[Hotspot]:
        """The hotspots with their positions on :attr:`side_mesh`."""
        return [
            replace(spot, position=tuple(side_vectors(np.array(spot.position), self.case.side).tolist()))
            for spot in self.hotspots
        ]

    @property
    def sides(self) -> SideNames:
        """What the directions x, z, −x, −z of :attr:`side_mesh` are called."""
        return names_of_sides(self.bone.anatomy.sides, self.case.side)

    # ---------------------------------------------------------------- sections

    @cached_property
    def section_loads(self) -> Floats:
        """Section loads of all frames at :data:`STATICS_LEVELS` by statics, (frames, levels, 6) in N and N·mm."""
        unit = unit_section_loads(self.bone.tractions, self._centers(STATICS_LEVELS))
        return np.asarray(np.tensordot(self.coefficients, unit, axes=1))

    @cached_property
    def statics(self) -> SectionLoads:
        """Section loads of the peak frame by statics."""
        table = self.section_loads[self.peak_frame]
        return SectionLoads(STATICS_LEVELS, self._centers(STATICS_LEVELS), table[:, :3], table[:, 3:])

    @cached_property
    def integrated(self) -> SectionLoads:
        """Section loads of the peak frame from the stress, at :data:`CUT_LEVELS`."""
        centers = self._centers(CUT_LEVELS)
        return integrated_loads(self.mesh, self.bone.elasticity, self.field, CUT_LEVELS, centers)

    @cached_property
    def section_gap(self) -> float:
        """Largest difference of bending or axial force by stress and by statics in the peak frame, over the largest."""
        found = self.integrated
        expected = self.coefficients[self.peak_frame] @ unit_section_loads(self.bone.tractions, found.center).transpose(
            1, 0, 2
        )
        moment = np.abs(found.moment - expected[:, 3:]).max() / max(np.abs(expected[:, 3:]).max(), _TINY)
        axial = np.abs(found.force[:, 1] - expected[:, 1]).max() / max(np.abs(expected[:, 1]).max(), _TINY)
        return float(max(moment, axial))

    @cached_property
    def section_peaks(self) -> SectionPeaks:
        """Extremes of the section loads over frames and levels below the proximal end, in BW and BW·mm."""
        below = self.bone.anatomy.proximal_end > STATICS_LEVELS
        loads = self.section_loads[:, below] / self.case.body_weight_n
        return SectionPeaks(
            axial_compression_bw=float(loads[:, :, 1].max()),
            bending_sagittal_bw_mm=float(np.abs(loads[:, :, 5]).max()),
            bending_frontal_bw_mm=float(np.abs(loads[:, :, 3]).max()),
        )

    @cached_property
    def fibula_n(self) -> Floats:
        """Compression of the fibula in N in each frame, (frames,); 0 without one."""
        return np.asarray(self.coefficients @ self.bone.unit.fibula)

    @cached_property
    def deformation_deg(self) -> Floats:
        """Bending and torsion of the bone from 20 to 80 % of its length in each frame, degrees, (frames, 3).

        The proximal part against the distal one: bent to posterior, bent to medial, turned externally.
        """
        about_x, about_y, about_z = np.rad2deg(self.coefficients @ self.bone.rotations).T
        return np.column_stack([about_z, -about_x, -about_y])

    def _centers(self, levels: Floats) -> Floats:
        return np.array([self.bone.anatomy.section_center(float(level)) for level in levels])

    # ---------------------------------------------------------------- what else is stated of a case

    @cached_property
    def load_peaks(self) -> dict[str, float] | None:
        """Peaks of the forces as applied, in BW of the body without pack; None for given forces."""
        return load_peaks(self.case)

    @cached_property
    def material(self) -> MaterialSummary:
        """Density, modulus and mineral of the bone: figures of each tissue, mineral of sections."""
        return material_of(self.case, self.mesh, self.bone.elasticity)

    @cached_property
    def remarks(self) -> list[str]:
        """Remarks in sentences on numbers that are hard to believe; none on an ordinary result."""
        return remarks_on(self)

    @cached_property
    def exposure(self) -> Exposure:
        """Exposure of the cortical cells to one contact, by the normal strain."""
        return exposure_of(self)


def evaluated(case: Case, bone: SolvedBone, progress: Progress = silent) -> Result:
    """Result of a case with all numbers of a run folder computed, its steps timed.

    Raises
    ------
    fea.errors.InputError
        A load that the bone was not solved for, or times that don't rise.
    fea.errors.RunError
        A frame is out of balance, or the stress does not carry the loads.
    """
    clock = Clock(progress)
    result = Result(case, bone, clock.wall_s)
    with clock.step("superpose"):
        for name in ("envelope", "surface"):
            getattr(result, name)
    with clock.step("read"):
        for name in _OF_A_RUN:
            getattr(result, name)
    if not result.section_gap <= LARGEST_SECTION_GAP:
        raise RunError(
            f"the stress over sections differs from statics by {100.0 * result.section_gap:.0f} %; allowed: "
            f"{100.0 * LARGEST_SECTION_GAP:.0f} %. If the solved bone came from the cache, run it without."
        )
    return result


_OF_A_RUN = ("equilibrium", "summary", "stress", "hotspot_histories", "gauges", "statics", "integrated")
