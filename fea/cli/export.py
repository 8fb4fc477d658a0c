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


def export(
    folder: Annotated[Path, Parameter(name="DIR")],
    file: Annotated[Path, Parameter(name="FILE")],
    /,
    *,
    overwrite: Overwrite = False,
    solver: SolverOption = None,
    threads: ThreadsOption = None,
    cache: CacheOption = True,
) -> None:
    """Write unit strains of a run as netCDF, or strain over time at its gauges as .sto.

    Parameters
    ----------
    folder
        A folder that `bonefea run` wrote.
    file
        A name ending in .nc or .sto.
    """
    ending = file.suffix.lower()
    if ending not in (".nc", ".sto"):
        raise InputError(f"{str(file)!r} ends in {ending!r}; allowed: .nc for unit strains, .sto for strain at gauges.")
    check_file_to_write(file, folder=folder, overwrite=overwrite)
    with shown_progress(quiet=False) as progress:
        from fea.evaluate import evaluated, solved_bone
        from fea.folders import read_question, write_gauge_storage, write_unit_strains
        from fea.solve import solving_with

        case = read_question(folder)
        with solving_with(solver, threads):
            result = evaluated(case, solved_bone(case, use_cache=cache, progress=progress))
        if ending == ".nc":
            write_unit_strains(result, file, replaces=overwrite)
        else:
            write_gauge_storage(result.gauges, file, replaces=overwrite)
    print(f"{'unit strains' if ending == '.nc' else 'strain at gauges'}: {file}")
