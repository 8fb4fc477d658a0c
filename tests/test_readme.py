# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""What the README shows works: its Python runs, its commands are understood, its links lead somewhere."""

from __future__ import annotations

import re
import shlex
import sys
from collections import Counter
from pathlib import Path

import pytest
import pyvista

from fea import cli

README = Path(__file__).resolve().parents[1] / "README.md"
sys.path.insert(0, str(README.parent / "docs" / "_ext"))

import evidence  # noqa: E402 - the extension of the documentation counts the inputs

TEXT = README.read_text(encoding="utf-8")
PYTHON = re.findall(r"^```python\n(.*?)^```", TEXT, flags=re.DOTALL | re.MULTILINE)
COMMANDS = re.findall(r"^ {4}bonefea (.*)$", TEXT, flags=re.MULTILINE)
LINKS = re.findall(r"\]\(([^)#:]+)\)", TEXT)
MOST_LINES = 90


@pytest.mark.parametrize("source", PYTHON)
def test_python_of_the_readme_runs_prints_and_shows(source, capsys, monkeypatch):
    names: dict[str, object] = {}
    shown: list[tuple[int, int]] = []
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setattr(pyvista.Plotter, "show", lambda scene: shown.append(tuple(scene.window_size)))  # else a window
    exec(compile(source, str(README), "exec"), names)
    printed = capsys.readouterr().out
    assert "µε" in printed
    assert "nan" not in printed
    result, table = names["result"], names["table"]
    # The block calls this gauge posterior mid-shaft.
    assert result.gauges[1].name == "posterior_midshaft"
    assert len(table) == len(result.hotspots) > 0
    assert len(shown) == 1
    assert min(shown[0]) > 400


def test_readme_is_short_and_shows_ten_lines_of_python_early():
    lines = TEXT.splitlines()
    assert len(lines) <= MOST_LINES
    assert len(PYTHON) == 1
    assert lines.index("```python") < 40
    assert len(PYTHON[0].strip().splitlines()) == 10


def test_readme_counts_the_inputs_without_a_source():
    counted = {**evidence.levels(README.parent / "meshes"), **evidence.levels(README.parent / "loadcases")}
    total = sum(counted.values(), Counter())
    working, read = total["working value"], total["V"]
    assert f"{working} of {total.total()} ({100 * working / total.total():.0f} %)" in TEXT
    assert f"only {read} ({100 * read / total.total():.0f} %)" in TEXT


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_of_the_readme_are_understood(command):
    function, bound, _ = cli.app.parse_args(shlex.split(command), exit_on_error=False, print_error=False)
    assert function.__name__.removesuffix("_library") == command.split()[0]
    assert bound.kwargs or bound.args or len(command.split()) == 1


def test_readme_shows_six_commands():
    assert len({command.split()[0] for command in COMMANDS}) == len(COMMANDS) == 6


@pytest.mark.parametrize("target", sorted(set(LINKS)))
def test_links_of_the_readme_lead_to_files(target):
    assert (README.parent / target).exists()


def test_readme_speaks_of_no_machine():
    assert not re.search(r"/(root|work|home)/", TEXT)
