# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""`bonefea export`: what other programs can go on with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from fea.cli.options import CacheOption, SolverOption, ThreadsOption
from fea.cli.places import Overwrite, check_file_to_write
from fea.cli.steps import shown_progress
from fea.errors import InputError

_WRITTEN = {".nc": "unit strains", ".sto": "strain at gauges", ".pvd": "strain over the contact"}


def export(
    folder: Annotated[Path, Parameter(name="DIR")],
    file: Annotated[Path, Parameter(name="FILE")],
    /,
    *,
    frames: int | None = None,
    overwrite: Overwrite = False,
    solver: SolverOption = None,
    threads: ThreadsOption = None,
    cache: CacheOption = True,
) -> None:
    """Write unit strains of a run as netCDF, strain at its gauges as .sto, or its contact as .pvd for ParaView.

    Parameters
    ----------
    folder
        A folder that `bonefea run` wrote.
    file
        A name ending in .nc, .sto or .pvd.
    frames
        Instants of a .pvd, evenly spread over the contact.
    """
    ending = file.suffix.lower()
    if ending not in _WRITTEN:
        known = "; ".join(f"{name} for {what}" for name, what in _WRITTEN.items())
        raise InputError(f"{str(file)!r} ends in {ending!r}; allowed: {known}.")
    if frames is not None and ending != ".pvd":
        raise InputError(f"--frames is for the instants of a .pvd; {str(file)!r} has none.")
    check_file_to_write(file, folder=folder, overwrite=overwrite)
    with shown_progress(quiet=False) as progress:
        from fea.evaluate import evaluated, solved_bone
        from fea.folders import (
            SERIES_FRAMES,
            read_question,
            write_gauge_storage,
            write_series,
            write_unit_strains,
        )
        from fea.solve import solving_with

        case = read_question(folder)
        with solving_with(solver, threads):
            result = evaluated(case, solved_bone(case, use_cache=cache, progress=progress))
        if ending == ".nc":
            write_unit_strains(result, file, replaces=overwrite)
        elif ending == ".pvd":
            write_series(result, file, SERIES_FRAMES if frames is None else frames, replaces=overwrite)
        else:
            write_gauge_storage(result.gauges, file, replaces=overwrite)
    print(f"{_WRITTEN[ending]}: {file}")
