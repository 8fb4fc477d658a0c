# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The folder of a run: question, ``result.json``, tables, fields, pictures and manifest, written and read back."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
import tomli_w

from fea.bone import Anatomy, BoneMesh, BoneShape, of_side, outer_facets, side_cells, with_outside
from fea.case import Case, SideNames, names_of_sides, read_case, side_vectors
from fea.case.history import LOADS, parted
from fea.errors import InputError
from fea.evaluate import Result, acting
from fea.files import Clock, Progress, sha256_of, silent, write_json, write_rows, written_folder
from fea.folders.fields import EXCLUDED_FIELD, STRAIN_FIELDS, CellFields, fields_of, read_fields, write_fields
from fea.folders.figures import RunFigures, hotspot_row, run_figures
from fea.folders.manifest import Manifest, kind_of, manifest_of, owned_by, read_json, read_manifest, read_stored, seal
from fea.loading import AppliedLoad, LoadHistory, applied_loads, region_wrenches, surface_load, unit_section_loads
from fea.show import (
    Draw,
    Drawing,
    Surface,
    drawn_here,
    run_density,
    run_map,
    run_statics,
    run_strain,
    surface_of,
)
from fea.strain import Hotspot, history_rows, history_table, vertex_mean

Floats = npt.NDArray[np.float64]

ExtraPicture = Literal["density"]
"""Pictures that are drawn on demand."""

CASE = "case.toml"
RESULT = "result.json"


def write_run(result: Result, out: Path, progress: Progress = silent, pictures: Collection[ExtraPicture] = ()) -> None:
    """Write the folder of a run, whole or not at all, ``pictures`` beside the usual ones.

    Raises
    ------
    fea.errors.InputError
        The folder cannot be written, or holds what is not a run.
    fea.errors.RunError
        The disk is full.
    """
    with written_folder(out, owned_by("run")) as folder:
        begun_run(result, folder, progress, pictures, drawn_here)()


def begun_run(
    result: Result, folder: Path, progress: Progress, pictures: Collection[ExtraPicture], draw: Draw
) -> Callable[[], None]:
    """Begin to draw, and write the tables of a run into an empty folder; what is returned waits and writes the rest.

    ``draw`` is that of :func:`fea.show.drawing`. The manifest comes last.
    """
    clock = Clock(progress)
    question, loads = question_of(result.case)
    (folder / CASE).write_text(question, encoding="utf-8")
    if loads is not None:
        (folder / LOADS).write_bytes(loads)
    drawn = [draw(picture) for picture in _pictures(result, folder, pictures)]
    with clock.step("write"):
        write_fields(result.side_mesh, *fields_of(result), folder / "fields.vtu")
        spots = [hotspot_row(spot) for spot in result.side_hotspots]
        write_rows(folder / "hotspots.csv", spots, [f.name for f in fields(Hotspot)])
        if result.gauges or result.hotspot_histories:
            series = history_rows(result.gauges, result.hotspot_histories)
            write_rows(folder / "strain.csv", series, list(series[0]))
            write_json(folder / "strain.json", history_table(result.gauges, result.hotspot_histories))

    def finish() -> None:
        with clock.step("render"):
            for waited_for in reversed(drawn):  # the slowest is under way; the others may be drawn here meanwhile
                waited_for()
        result.wall_s.update(clock.wall_s)
        write_json(folder / RESULT, run_figures(result).table())
        seal(folder, manifest_of("run", question, result.case.tissue, result.bone.unit, result.wall_s, {"mesh": 1}))

    return finish


def _pictures(result: Result, folder: Path, more: Collection[ExtraPicture]) -> list[Drawing]:
    """The pictures of a run, the slowest first."""
    return [
        run_map(result, folder / "map.png"),
        *([run_strain(result, folder / "strain.png")] if result.moving else []),
        run_statics(result, folder / "statics.png"),
        *([run_density(result, folder / "density.png")] if "density" in more else []),
    ]


def question_of(case: Case) -> tuple[str, bytes | None]:
    """Text of ``case.toml``: the whole question."""
    table, loads = parted(case.model_dump(mode="json", by_alias=True, exclude_none=True))
    return tomli_w.dumps(table), loads


@dataclass(frozen=True, eq=False)
class RunFolder:
    """A run as its folder holds it; large files are read when needed.

    Attributes
    ----------
    place : Path
        The folder.
    case : Case
        The question.
    figures : RunFigures
        Content of ``result.json``.
    manifest : Manifest
        Origin of its content.
    """

    place: Path
    case: Case
    figures: RunFigures
    manifest: Manifest

    @cached_property
    def anatomy(self) -> Anatomy:
        """Level, sector and site of any point of the bone."""
        return Anatomy(self.case.bone)

    @cached_property
    def tetrahedra(self) -> BoneMesh:
        """The mesh of the right bone without its regions, which take a second to find."""
        read, side = self._fields, self.case.side
        points, cells = side_vectors(read.points, side), side_cells(read.cells, side)
        return BoneMesh(self.case.bone.name, points, cells, read.tissue, outer_facets(cells), {}, {})

    @cached_property
    def mesh(self) -> BoneMesh:
        """The mesh of the right bone with its regions."""
        bare = self.tetrahedra
        return with_outside(self.case.bone, self.case.size_mm, bare.points, bare.cells, bare.tissue)

    @cached_property
    def side_mesh(self) -> BoneMesh:
        """The mesh of the bone of the case's side, as ``fields.vtu`` has it."""
        return of_side(self.mesh, self.case.side)

    @property
    def sides(self) -> SideNames:
        """What the directions x, z, −x, −z of :attr:`side_mesh` are called."""
        return names_of_sides(self.anatomy.sides, self.case.side)

    @cached_property
    def history(self) -> LoadHistory:
        """Frames of the load, with the reaction of a free bone."""
        return acting(self.case, self.mesh)

    @property
    def moving(self) -> bool:
        """Whether the load has more than one frame."""
        return self.figures.frames.count > 1

    @cached_property
    def applied(self) -> list[AppliedLoad]:
        """Force and moment on each region in the peak frame, the largest first, in the frame of :attr:`side_mesh`.

        What muscles and the fibula do to the bone is among them.

        Raises
        ------
        fea.errors.InputError
            The folder has another number of frames than its question.
        """
        frame = self.figures.frames.peak_frame
        if not 0 <= frame < len(self.history.time_s):
            raise InputError(f"the run in {str(self.place)!r} has another number of frames than its {CASE}.")
        found = applied_loads(self.mesh, self.history, frame, self.figures.fibula_n)
        return [load.of_side(self.case.side) for load in found]

    @cached_property
    def wrenches(self) -> dict[str, Floats]:
        """Force in N and moment about its centre in N·mm on each region in each frame, (frames, 6), right bone."""
        sizes = zip(self.history.loads, self.history.coefficients.T, strict=True)
        return region_wrenches(sizes, self.mesh.centers, self.mesh.pulls)

    @cached_property
    def middle_section(self) -> Floats:
        """Force in N and moment in N·mm of all below half the length on the rest, with the fibula, (frames, 6)."""
        center = BoneShape(self.case.bone).centre(np.array([0.5]))
        unit = unit_section_loads([surface_load(self.mesh, load) for load in self.history.loads], center)
        return np.asarray(self.history.coefficients @ unit[:, 0])

    @cached_property
    def fields(self) -> dict[str, Floats]:
        """Values of cells (m,) in µε by the names of :data:`fea.folders.fields.STRAIN_FIELDS`."""
        return {name: self._fields.values[name].astype(np.float64) for name in STRAIN_FIELDS}

    @cached_property
    def excluded(self) -> npt.NDArray[np.bool_]:
        """Cells in the excluded zones of supports and loads, shape (m,)."""
        return np.asarray(self._fields.values[EXCLUDED_FIELD], dtype=np.bool_)

    @cached_property
    def _fields(self) -> CellFields:
        return read_fields(self.place / "fields.vtu", [*STRAIN_FIELDS, EXCLUDED_FIELD])

    def surface(self, field: str) -> Surface:
        """Outer surface with a strain field, means of the cells around each vertex."""
        columns = np.column_stack([self.fields[field], self.excluded])
        at = vertex_mean(self.mesh, np.repeat(columns[:, None], 4, axis=1))
        return surface_of(self.side_mesh, at[:, 0], at[:, 1] > 0.5, field)


def read_run(place: Path) -> RunFolder:
    """The run that a folder holds.

    Raises
    ------
    fea.errors.InputError
        The folder is not that of a run, or a file in it is missing, damaged or of a newer version.
    """
    kind = kind_of(place)
    if kind != "run":
        raise InputError(f"{str(place)!r} holds a {kind}, not a run.")
    figures = read_stored(place / RESULT, RunFigures)
    return RunFolder(place, _case(place, figures), figures, read_manifest(place))


def read_question(place: Path) -> Case:
    """Question of a run folder; errors are those of :func:`read_run`."""
    return read_run(place).case


def verified_case(run: RunFolder) -> Case:
    """Question of a run after a check against the manifest's hash.

    Raises
    ------
    fea.errors.InputError
        ``case.toml`` was changed since the run.
    """
    file = run.place / CASE
    if sha256_of(file) != run.manifest.case_sha256:
        raise InputError(f"{str(file)!r} is not the case that was run: its hash differs from that of the manifest.")
    return run.case


def raw_figures(place: Path) -> dict[str, object]:
    """Content of ``result.json`` as it stands, with the keys that older versions wrote."""
    return read_json(place / RESULT)


def _case(place: Path, figures: RunFigures) -> Case:
    """The question; before version 0.2 the support stood in ``result.json`` alone."""
    case = read_case(place / CASE)
    return case if case.support == figures.support else case.model_copy(update={"support": figures.support})
