# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The rooms: what one imports from another comes from its face, and the import contracts refuse what they say."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import fea

ROOT = Path(fea.__file__).resolve().parent
PAST_THE_FACE = {
    ("api", "case.options"),
    ("api", "folders.fields"),
    ("checks.reproduction", "folders.run"),
    ("cli", "solve.ranks"),
    ("cli.converge", "checks.convergence"),
    ("cli.view", "view.browser"),
    ("evaluate.remarks", "case.plausible"),
    ("folders.run", "case.history"),
    ("loading.exchange", "case.history"),
    ("report.page", "show.scale"),
    ("report.run_page", "folders.fields"),
    ("report.run_page", "show.axes"),
    ("report.run_page", "show.closeup"),
    ("report.run_page", "show.loads"),
    ("report.run_page", "show.run"),
    ("solve.material", "tissue.elasticity"),
    ("view.bone", "strain.invariants"),
    ("view.design", "show.scale"),
    ("view.design", "show.views"),
    ("view.design", "strain.invariants"),
    ("view.design_controls", "case.stance"),
    ("view.desk", "show.scene"),
    ("view.offline", "show.scene"),
    ("view.opened", "case.library"),
    ("view.server", "show.scene"),
    ("view.tissues", "solve.cache"),
    ("view.tissues", "solve.entry"),
    ("view.tissues", "solve.kinematics"),
}
"""Who imports a module of another room: for names that nobody else needs, or that would only widen a face."""


def modules():
    """Yield each module of the package, by its name without ``fea.``, and its file."""
    for file in sorted(ROOT.rglob("*.py")):
        parts = file.relative_to(ROOT).with_suffix("").parts
        if parts[0] not in ("loadcases", "meshes"):
            yield ".".join(parts).removesuffix(".__init__"), file


def imported(file):
    """Yield the modules of the package that a file imports, by their names without ``fea.``."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        yield from (name.removeprefix("fea.") for name in names if name.startswith("fea."))


def test_imports_past_the_face_of_a_room_are_these():
    found = {
        (module, name)
        for module, file in modules()
        for name in imported(file)
        if "." in name and name.partition(".")[0] != module.partition(".")[0]
    }
    assert found - PAST_THE_FACE == set(), "import it from the room, whose __init__ exports it"
    assert PAST_THE_FACE - found == set(), "nobody imports it any more"


@pytest.fixture
def linted(tmp_path):
    """A function that judges a copy of the package in which a line is added to a module; returns code and output."""
    shutil.copytree(ROOT, tmp_path / "fea", ignore=shutil.ignore_patterns("__pycache__", "loadcases", "meshes"))
    shutil.copyfile(ROOT.parent / "pyproject.toml", tmp_path / "pyproject.toml")

    def lint(module, line):
        file = tmp_path / "fea" / module
        file.parent.mkdir(exist_ok=True)
        before = file.read_text(encoding="utf-8") if file.exists() else None
        file.write_text(f"{before or ''}\n{line}\n", encoding="utf-8")
        command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"]
        environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
        done = subprocess.run(
            [*command, "--no-cache"], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        if before is None:
            file.unlink()
        else:
            file.write_text(before, encoding="utf-8")
        return done.returncode, done.stdout + done.stderr

    return lint


def test_the_import_contracts_refuse_what_they_say(linted):
    pytest.importorskip("importlinter")
    code, said = linted("report/page.py", "")
    assert code == 0, said
    for module, line, broken in (
        ("report/page.py", "import gmsh", "fea.report.page -> gmsh"),
        ("evaluate/result.py", "from dolfinx import fem", "fea.evaluate.result -> dolfinx"),
        ("cli/run.py", "import petsc4py.PETSc", "fea.cli.run -> petsc4py"),
        ("solve/basis.py", "from fea.risk import Damage", "fea.solve.basis -> fea.risk"),
        ("evaluate/solved.py", "def f():\n    from fea.report import page_of", "fea.evaluate.solved -> fea.report"),
        ("attic/__init__.py", "", "fea.attic"),
    ):
        code, said = linted(module, line)
        assert code == 1, (module, line)
        assert broken in said, said
