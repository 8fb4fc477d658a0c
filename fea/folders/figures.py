# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""``result.json`` of a run, schema 1: one model that writes and reads it; keys are added, never renamed."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from pydantic import Field, PlainSerializer

from fea.case import BodySide, Mineral, SupportKind
from fea.evaluate import Result, SectionPeaks, SolvedBone
from fea.folders.manifest import SCHEMA, Stored
from fea.loading import Cycles, SectionLoads
from fea.solve import Equilibrium
from fea.strain import GaugeReading, Hotspot
from fea.tissue import TissueFigures

RoundedHotspot = Annotated[Hotspot, PlainSerializer(lambda spot: hotspot_row(spot))]


def hotspot_row(hotspot: Hotspot) -> dict[str, Any]:
    """A hotspot as JSON and CSV hold it, its position to a hundredth of a millimetre."""
    return {**asdict(hotspot), "position": [round(x, 2) for x in hotspot.position]}


class MeshFigures(Stored):
    """The mesh in numbers."""

    cells: int
    vertices: int
    dofs: int
    volume_mm3: float
    min_quality: float
    size_mm: float | None = None


class FrameFigures(Stored):
    """The frames of the load history; the peak frame has the largest mean square of equivalent strain."""

    count: int
    contact_s: float
    peak_frame: int
    peak_time_s: float


class StrainFigures(Stored):
    """Strain of the whole bone outside the excluded zones over all frames; µε and µε/s."""

    p50_ue: float
    p90_ue: float
    p95_ue: float
    peak_tension_ue: float
    peak_compression_ue: float
    peak_range_ue: float
    peak_rate_ue_per_s: float
    excluded_volume_fraction: float


class StressFigures(Stored):
    """Stress of the whole bone outside the excluded zones over all frames."""

    peak_tension_mpa: float
    peak_compression_mpa: float


class SectionTable(Stored):
    """Section loads of the peak frame, about the centres of the sections; axial force is negative in compression."""

    level: list[float]
    axial_n: list[float]
    shear_ap_n: list[float] = Field(default_factory=list)
    shear_ml_n: list[float] = Field(default_factory=list)
    bending_sagittal_nm: list[float]
    bending_frontal_nm: list[float]
    torsion_nm: list[float] = Field(default_factory=list)


class SectionMineralRow(Stored):
    """Mineral that pQCT would read at a level, beside published readings."""

    level: float
    bmc_mg_per_mm: float
    cortical_mg_per_cm3: float
    cancellous_mg_per_cm3: float
    published: Mineral | None = None


class MaterialFigures(Stored):
    """Material of the bone; ``published_mark`` is the evidence level of the published mineral."""

    state: dict[str, Any] = Field(default_factory=dict)
    cortical_density_factor: float = 1.0
    tissues: dict[str, TissueFigures]
    sections: list[SectionMineralRow] = Field(default_factory=list)
    published_mark: str | None = None
    published_source: str | None = None


class RunFigures(Stored):
    """Content of ``result.json`` of a run: the question in a few words, then every number of the result.

    Positions are those of the bone of its ``side``, in mm; section loads are signed as on the right bone, whose z is
    lateral, so that left and right compare.
    """

    schema_version: Annotated[int, Field(alias="schema", ge=1)] = SCHEMA
    bone: str
    activity: str
    tissue: str
    body_mass_kg: float
    pack_mass_kg: float
    support: SupportKind
    side: BodySide = "right"
    mesh: MeshFigures
    equilibrium: Equilibrium
    frames: FrameFigures
    cycles: Cycles | None = None
    loads: dict[str, float] | None
    fibula_n: float = 0.0
    strain: StrainFigures
    stress: StressFigures
    strained_volume_mm3: dict[str, float]
    gauges: list[GaugeReading]
    hotspots: list[RoundedHotspot]
    statics: SectionTable
    integrated: SectionTable
    statics_peaks: SectionPeaks | None = None
    material: MaterialFigures | None = None
    remarks: list[str] = Field(default_factory=list)
    wall_s: dict[str, float] = Field(default_factory=dict)


def run_figures(result: Result) -> RunFigures:
    """Content of ``result.json`` for a result."""
    case, s, times = result.case, result.summary, result.history.time_s
    return RunFigures(
        bone=case.bone.name,
        activity=case.activity.name,
        tissue=case.tissue.name,
        body_mass_kg=case.body_mass_kg,
        pack_mass_kg=case.pack_mass_kg,
        support=case.support,
        side=case.side,
        mesh=mesh_figures(result.bone),
        equilibrium=result.equilibrium,
        frames=FrameFigures(
            count=len(times),
            contact_s=float(times[-1] - times[0]),
            peak_frame=result.peak_frame,
            peak_time_s=float(times[result.peak_frame]),
        ),
        cycles=result.history.cycles,
        loads=result.load_peaks,
        fibula_n=float(result.fibula_n[result.peak_frame]),
        strain=StrainFigures(
            p50_ue=s.p50_ue,
            p90_ue=s.p90_ue,
            p95_ue=s.p95_ue,
            peak_tension_ue=s.peak_tension_ue,
            peak_compression_ue=s.peak_compression_ue,
            peak_range_ue=result.peak_range_ue,
            peak_rate_ue_per_s=result.peak_rate_ue_per_s,
            excluded_volume_fraction=s.excluded_volume_fraction,
        ),
        stress=StressFigures(**asdict(result.stress)),
        strained_volume_mm3={str(threshold): volume for threshold, volume in s.strained_volume_mm3.items()},
        gauges=[gauge.reading for gauge in result.gauges],
        hotspots=result.side_hotspots,
        statics=section_table(result.statics),
        integrated=section_table(result.integrated),
        statics_peaks=result.section_peaks,
        material=_material(result),
        remarks=result.remarks,
        wall_s=result.wall_s,
    )


def mesh_figures(bone: SolvedBone) -> MeshFigures:
    """The mesh of a solved bone in numbers."""
    mesh = bone.mesh
    return MeshFigures(
        cells=len(mesh.cells),
        vertices=len(mesh.points),
        dofs=bone.unit.dofs,
        volume_mm3=float(mesh.volumes.sum()),
        min_quality=float(mesh.quality.min()),
        size_mm=mesh.size_mm,
    )


def section_table(loads: SectionLoads) -> SectionTable:
    """Section loads as columns in N and N·m."""
    force, moment = loads.force, loads.moment / 1000.0
    return SectionTable(
        level=loads.level.round(4).tolist(),
        axial_n=(-force[:, 1]).tolist(),
        shear_ap_n=force[:, 0].tolist(),
        shear_ml_n=force[:, 2].tolist(),
        bending_sagittal_nm=moment[:, 2].tolist(),
        bending_frontal_nm=moment[:, 0].tolist(),
        torsion_nm=moment[:, 1].tolist(),
    )


def _material(result: Result) -> MaterialFigures:
    made, state = result.material, result.case.tissue
    return MaterialFigures(
        state=state.model_dump(mode="json", exclude={"schema_version", "kind", "sources"}),
        cortical_density_factor=state.density_factor,
        tissues=made.tissues,
        sections=[SectionMineralRow(**vars(section)) for section in made.sections],
        published_mark=None if made.targets is None else made.targets.evidence,
        published_source=None if made.targets is None else made.targets.source,
    )
