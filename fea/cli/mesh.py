# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""`bonefea mesh`: a bone's mesh, its quality, a file of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from fea.cli.options import ChangesOption, JsonOption, SizeOption
from fea.cli.places import Overwrite, check_file_to_write


def mesh(
    bone: str,
    *,
    size: SizeOption = None,
    changes: ChangesOption = (),
    out: Annotated[Path | None, Parameter(help="File to write; .msh, .vtu or what meshio knows by its suffix.")] = None,
    overwrite: Overwrite = False,
    as_json: JsonOption = False,
) -> None:
    """Mesh a bone, report its quality, and write it with named regions.

    Parameters
    ----------
    bone
        A name that `bonefea list` shows, or a path to a TOML file.
    """
    from fea.bone import TISSUES, mesh_bone, write_mesh
    from fea.case import read_bone

    if out is not None:
        check_file_to_write(out, (bone,), overwrite=overwrite)
    description = read_bone(bone, changes)
    made = mesh_bone(description, size)
    if out is not None:
        write_mesh(made, out)
    volumes = {t: float(made.volumes[made.tissue == k].sum()) for k, t in enumerate(TISSUES)}
    areas = {name: made.region_area(name) for name in made.regions}
    if as_json:
        report = {
            "cells": len(made.cells),
            "vertices": len(made.points),
            "volume_mm3": volumes,
            "min_quality": float(made.quality.min()),
            "region_area_mm2": areas,
        }
        print(json.dumps(report, indent=2))
        return
    print(f"{description.title}: {len(made.cells)} tetrahedra, {len(made.points)} vertices")
    print(f"quality (1 is regular): least {made.quality.min():.2f}, mean {made.quality.mean():.2f}")
    for tissue, volume in volumes.items():
        print(f"  {tissue:20} {volume:10.0f} mm³")
    for region, area in areas.items():
        print(f"  {region:20} {area:10.0f} mm²")
