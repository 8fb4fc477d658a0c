# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Draw the pictures of the README and the docs.

Usage: python scripts/figures.py [FOLDER] [SIZE_MM]
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from free_body import FreeBody, draw
from PIL import Image

from fea.api import run_cases
from fea.bone import compare_sections, mesh_bone, write_mesh
from fea.case import BoneDescription, Options, checked, read_bone, resolved
from fea.scan import import_bone
from fea.show import draw_imported, draw_sections

WIDTH_PX = 1200


def main(folder: Path, size: float | None) -> None:
    """Run the running tibia and keep small copies of its pictures."""
    case = resolved("tibia", "running", Options(size_mm=size))
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch) / "run"
        (result,) = run_cases([case], [place], pictures=["density"])
        sections = compare_sections(case.bone, result.mesh)
        draw_sections(sections, place / "sections.png", case.bone.title, case.bone.sites.sides)
        draw(FreeBody(result), place / "free_body.png")
        for name in ("map", "strain", "statics", "density", "sections", "free_body"):
            with Image.open(place / f"{name}.png") as picture:
                small = picture.convert("RGB")
                small.thumbnail((WIDTH_PX, WIDTH_PX), Image.Resampling.LANCZOS)
                small.save(folder / f"{name}.png", optimize=True)
            print(f"wrote {folder / name}.png")
        _imported(place, folder / "imported.png")


def _imported(place: Path, file: Path) -> None:
    """Write the shipped tibia as a left surface, import it, and draw the account."""
    surface = place / "my_tibia.stl"
    write_mesh(mesh_bone(read_bone("tibia"), 2.5), surface, "left")
    found = import_bone(surface)
    draw_imported(found, mesh_bone(checked(BoneDescription, found.table, "bone"), 3.0), file)
    with Image.open(file) as picture:
        small = picture.convert("RGB").quantize(96)
    small.save(file, optimize=True)
    print(f"wrote {file}")


if __name__ == "__main__":
    main(
        Path(sys.argv[1]) if len(sys.argv) > 1 else Path("docs/figures"),
        float(sys.argv[2]) if len(sys.argv) > 2 else None,
    )
