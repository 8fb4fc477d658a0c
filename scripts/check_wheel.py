# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Builds the wheel, by way of the sdist, and compares its contents with the repository."""

import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DATA_FOLDERS = ("meshes", "loadcases")


def expected() -> set[str]:
    """Return the paths that the wheel has to contain: modules of ``fea``, its pages, all data, its mark of types."""
    modules = {path.relative_to(ROOT).as_posix() for path in ROOT.glob("fea/**/*.py")}
    pages = {path.relative_to(ROOT).as_posix() for end in ("html", "css") for path in ROOT.glob(f"fea/report/*.{end}")}
    data = {
        f"fea/{path.relative_to(ROOT).as_posix()}"
        for folder in DATA_FOLDERS
        for pattern in ("*.py", "*.toml", "*.md")
        for path in ROOT.joinpath(folder).rglob(pattern)
    }
    return modules | pages | data | {"fea/py.typed"}


def built(out: Path) -> Path:
    """Build the wheel into ``out`` and return its path."""
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out), str(ROOT)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    if run.returncode:
        sys.exit(f"the wheel cannot be built:\n{run.stdout}{run.stderr}")
    (wheel,) = out.glob("*.whl")
    return wheel


def contents_of(wheel: Path) -> set[str]:
    """Return the paths in a wheel, without its metadata."""
    with zipfile.ZipFile(wheel) as archive:
        return {name for name in archive.namelist() if ".dist-info/" not in name}


def main() -> None:
    """Fail when the wheel lacks a file, or claims another name than ``fea``."""
    with tempfile.TemporaryDirectory() as folder:
        contents = contents_of(built(Path(folder)))
    absent = sorted(expected() - contents)
    foreign = sorted(name for name in contents if not name.startswith("fea/"))
    if absent or foreign:
        sys.exit(f"wheel: absent {absent}, outside of fea {foreign} (see [tool.setuptools])")
    print(f"wheel: {len(contents)} files, all under fea/, data folders included")


if __name__ == "__main__":
    main()
