# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Work off the sample studies and keep small copies of their pictures for the docs.

Usage: python scripts/studies.py [FOLDER] [SIZE_MM] [SUBJECTS] [STUDY ...]
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from PIL import Image

from fea.api import compare, execute_study
from fea.files import names
from fea.studies import plan_of, read_study

WIDTH_PX = 1100
DESIGNS = {"footwear": ("footwear=conventional", "footwear=minimal"), "pack": ("pack=0", "pack=30")}


def kept(picture: Path, file: Path) -> None:
    """Keep a small copy of a picture."""
    with Image.open(picture) as opened:
        small = opened.convert("RGB")
        small.thumbnail((WIDTH_PX, WIDTH_PX), Image.Resampling.LANCZOS)
        small.save(file, optimize=True)
    print(f"wrote {file}")


def main(folder: Path, size: float | None, subjects: int | None, chosen: list[str]) -> None:
    """Work off each study, compare two of its designs where that says more."""
    with tempfile.TemporaryDirectory() as scratch:
        for name in chosen:
            asked = read_study(name)
            if size is not None:
                asked = asked.model_copy(update={"base": {**asked.base, "size": size}})
            if subjects is not None and asked.subjects is not None:
                fewer = asked.subjects.model_copy(update={"count": subjects})
                asked = asked.model_copy(update={"subjects": fewer})
            place = Path(scratch) / name
            outcome = execute_study(asked, plan_of(asked), place)
            print(f"{name}: {outcome.progress.done} cases, {outcome.wall_s:.0f} s")
            kept(place / "study.png", folder / f"study_{name}.png")
            if name in DESIGNS:
                a, b = (f"{place}@{design}" for design in DESIGNS[name])
                if name == "pack":
                    a, b = f"{a},carriage=backpack", f"{b},carriage=backpack"
                compare(a, b, Path(scratch) / "compared")
                kept(Path(scratch) / "compared" / "comparison.png", folder / f"compare_{name}.png")


if __name__ == "__main__":
    main(
        Path(sys.argv[1]) if len(sys.argv) > 1 else Path("docs/figures"),
        float(sys.argv[2]) if len(sys.argv) > 2 and sys.argv[2] != "-" else None,
        int(sys.argv[3]) if len(sys.argv) > 3 and sys.argv[3] != "-" else None,
        sys.argv[4:] or names("study"),
    )
