# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""A run folder read back: question, numbers, mesh with its strain, and the loads, made again from the question."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from fea.bone import Anatomy, BoneMesh, with_outside
from fea.case import Case, read_case
from fea.errors import InputError
from fea.folder import EQUIVALENT_FIELD, EXCLUDED_FIELD, read_fields
from fea.loading import AppliedLoad, LoadHistory, applied_loads, load_history, with_reaction
from fea.report.folder import Manifest, Read, kind_of, read_manifest, read_record
from fea.show.scale import surface_of
from fea.show.views import Surface
from fea.solve import Carried
from fea.strain import GaugeReading, Hotspot, vertex_mean

Floats = npt.NDArray[np.float64]

STRAIN_FIELDS = {
    EQUIVALENT_FIELD: "largest equivalent strain",
    "largest principal strain 1 [µε]": "largest principal strain ε1",
    "smallest principal strain 3 [µε]": "smallest principal strain ε3",
}
"""Fields of cells that are shown, and what they are called; in µε."""


class MeshFigures(Read):
    """The mesh in numbers."""

    cells: int
    vertices: int
    dofs: int
    volume_mm3: float
    min_quality: float
    size_mm: float


class Balance(Read):
    """Residuals relative to the load."""

    force_residual: float
    moment_residual: float
    pin_residual: float = 0.0


class Frames(Read):
    """The frames of the load history."""

    count: int
    contact_s: float
    peak_frame: int
    peak_time_s: float


class StrainFigures(Read):
    """Strain of the whole bone outside the excluded zones; µε and µε/s."""

    p50_ue: float
    p90_ue: float
    p95_ue: float
    peak_tension_ue: float
    peak_compression_ue: float
    peak_range_ue: float
    peak_rate_ue_per_s: float
    excluded_volume_fraction: float


class StressFigures(Read):
    """Stress of the whole bone outside the excluded zones."""

    peak_tension_mpa: float
    peak_compression_mpa: float


class Sections(Read):
    """Internal loads at sections along the bone."""

    level: list[float]
    axial_n: list[float]
    bending_sagittal_nm: list[float]
    bending_frontal_nm: list[float]


class TissueFigures(Read):
    """What one tissue amounts to."""

    volume_mm3: float
    mass_g: float
    min_modulus_mpa: float
    mean_modulus_mpa: float
    max_modulus_mpa: float
    outside_law_fraction: float


class Material(Read):
    """What the bone is made of."""

    tissues: dict[str, TissueFigures]


class RunResult(Read):
    """What ``result.json`` of a run holds, as far as it is shown."""

    bone: str
    activity: str
    tissue: str
    body_mass_kg: float
    pack_mass_kg: float
    support: Carried
    mesh: MeshFigures
    equilibrium: Balance
    frames: Frames
    loads: dict[str, float] | None
    strain: StrainFigures
    stress: StressFigures
    strained_volume_mm3: dict[str, float]
    gauges: list[GaugeReading]
    hotspots: list[Hotspot]
    statics: Sections
    integrated: Sections
    material: Material | None = None


@dataclass(frozen=True)
class RunFolder:
    """A run as its folder holds it.

    ``applied`` acts in the frame of the peak, the largest force first; ``fields`` holds values of cells (m,) in
    µε by the names of :data:`STRAIN_FIELDS`; ``excluded`` (m,) marks cells that supports and loads disturb.
    """

    place: Path
    case: Case
    result: RunResult
    manifest: Manifest
    mesh: BoneMesh
    history: LoadHistory
    applied: list[AppliedLoad]
    fields: dict[str, Floats]
    excluded: npt.NDArray[np.bool_]

    @property
    def anatomy(self) -> Anatomy:
        """Names of places on the bone."""
        return Anatomy(self.case.bone)

    @property
    def moving(self) -> bool:
        """Whether the load has more than one frame."""
        return len(self.history.time_s) > 1

    def surface(self, field: str) -> Surface:
        """Return the outer surface with a field of :data:`STRAIN_FIELDS`, means of the cells around each vertex."""
        columns = np.column_stack([self.fields[field], self.excluded])
        at = vertex_mean(self.mesh, np.repeat(columns[:, None], 4, axis=1))
        return surface_of(self.mesh, at[:, 0], at[:, 1] > 0.5, field)


def read_question(place: Path) -> tuple[Case, Carried]:
    """Return what a run folder was asked, and what carried the bone.

    Raises
    ------
    fea.errors.InputError
        The folder is not that of a run, or a file in it is missing or damaged.
    """
    kind = kind_of(place)
    if kind != "run":
        raise InputError(f"{str(place)!r} holds a {kind}, not a run.")
    return read_case(place / "case.toml"), read_record(place / "result.json", RunResult).support


def read_run(place: Path) -> RunFolder:
    """Return the run that a folder holds.

    Raises
    ------
    fea.errors.InputError
        The folder is not that of a run, or a file in it is missing or damaged.
    """
    case, carried = read_question(place)
    result = read_record(place / "result.json", RunResult)
    fields = read_fields(place / "fields.vtu", [*STRAIN_FIELDS, EXCLUDED_FIELD])
    mesh = with_outside(case.bone, case.size_mm, fields.points, fields.cells, fields.tissue)
    history = load_history(case)
    if carried == "free":
        history = with_reaction(mesh, history, case.bone.support.regions)
    if not 0 <= result.frames.peak_frame < len(history.time_s):
        raise InputError(f"the run in {str(place)!r} has another number of frames than its case.toml.")
    return RunFolder(
        place=place,
        case=case,
        result=result,
        manifest=read_manifest(place),
        mesh=mesh,
        history=history,
        applied=applied_loads(mesh, history, result.frames.peak_frame),
        fields={name: fields.values[name].astype(np.float64) for name in STRAIN_FIELDS},
        excluded=fields.values[EXCLUDED_FIELD].astype(np.bool_),
    )
