# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""`bonefea mesh`: a bone's mesh, its quality, a file of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from fea.case import FRAMES, BodySide, side_title
from fea.cli.options import ChangesOption, JsonOption, SizeOption
from fea.cli.places import Overwrite, check_file_to_write


def mesh(
    bone: str,
    *,
    size: SizeOption = None,
    changes: ChangesOption = (),
    side: Annotated[BodySide, Parameter(help="Side of the body; a left bone is the mirror image of the right one.")] = (
        "right"
    ),
    out: Annotated[
        Path | None,
        Parameter(help="File to write: .msh, .inp, .med, .vtu with named sets; .stl, .ply, .obj, .off the surface."),
    ] = None,
    overwrite: Overwrite = False,
    as_json: JsonOption = False,
) -> None:
    """Mesh a bone, report its quality, and write it with named regions.

    Parameters
    ----------
    bone
        A name that `bonefea list` shows, or a path to a TOML file.
    """
    from fea.bone import TISSUES, check_mesh_file, mesh_bone, write_mesh
    from fea.case import read_bone

    if out is not None:
        check_file_to_write(out, (bone,), overwrite=overwrite)
        check_mesh_file(out)
    description = read_bone(bone, changes)
    made = mesh_bone(description, size)
    lacking = "" if out is None else write_mesh(made, out, side)
    volumes = {t: float(made.volumes[made.tissue == k].sum()) for k, t in enumerate(TISSUES)}
    areas = {name: made.region_area(name) for name in made.regions}
    finer = size is not None and made.size_mm < size
    if as_json:
        report = {
            "size_mm": made.size_mm,
            "cells": len(made.cells),
            "vertices": len(made.points),
            "volume_mm3": volumes,
            "min_quality": float(made.quality.min()),
            "region_area_mm2": areas,
            **({"not_written": lacking} if lacking else {}),
        }
        print(json.dumps(report, indent=2))
        return
    print(f"{side_title(description.title, side)}: {len(made.cells)} tetrahedra, {len(made.points)} vertices")
    if finer:
        print(f"elements of {made.size_mm:.3g} mm: the shape does not bear the {size:g} mm asked for")
    print(f"quality (1 is regular): least {made.quality.min():.2f}, mean {made.quality.mean():.2f}")
    for tissue, volume in volumes.items():
        print(f"  {tissue:20} {volume:10.0f} mm³")
    for region, area in areas.items():
        print(f"  {region:20} {area:10.0f} mm²")
    if out is not None:
        axes = f"; {FRAMES[side]}" if side == "left" else ""
        print(f"{out}: {lacking or 'tissues and regions as named sets'}{axes}")
