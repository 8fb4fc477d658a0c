# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""What the README shows works: its Python runs, its commands are understood, its links lead somewhere."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import numpy as np
import pytest

from fea import cli
from fea.evaluate.result import STATICS_LEVELS, Run

README = Path(__file__).resolve().parents[1] / "README.md"
TEXT = README.read_text(encoding="utf-8")
PYTHON = re.findall(r"^```python\n(.*?)^```", TEXT, flags=re.DOTALL | re.MULTILINE)
COMMANDS = re.findall(r"^ {4}bonefea (.*)$", TEXT, flags=re.MULTILINE)
LINKS = re.findall(r"\]\(([^)#:]+)\)", TEXT)


@pytest.mark.parametrize("source", PYTHON)
def test_python_of_the_readme_runs_and_prints(source, capsys):
    names: dict[str, object] = {}
    exec(compile(source, str(README), "exec"), names)
    printed = capsys.readouterr().out
    assert "µε" in printed
    assert "nan" not in printed
    answer = names["answer"]
    assert isinstance(answer, Run)
    # What the block calls posterior and mid-shaft is that.
    assert answer.gauges[1].name == "posterior_midshaft"
    assert np.isclose(STATICS_LEVELS[22], 0.5)


def test_readme_shows_ten_lines_of_python_early():
    lines = TEXT.splitlines()
    assert len(PYTHON) >= 1
    assert lines.index("```python") < 40
    assert len(PYTHON[0].strip().splitlines()) >= 10


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_of_the_readme_are_understood(command):
    function, bound, _ = cli.app.parse_args(shlex.split(command), exit_on_error=False, print_error=False)
    assert function.__name__.removesuffix("_library") == command.split()[0]
    assert bound.kwargs or bound.args or len(command.split()) == 1


def test_readme_shows_every_command():
    shown = {
        "animate",
        "converge",
        "rerun",
        "report",
        "list",
        "mesh",
        "run",
        "plan",
        "loads",
        "study",
        "compare",
        "validate",
        "doctor",
        "view",
    }
    assert {command.split()[0] for command in COMMANDS} == shown


@pytest.mark.parametrize("target", sorted(set(LINKS)))
def test_links_of_the_readme_lead_to_files(target):
    assert (README.parent / target).exists()


def test_readme_speaks_of_no_machine():
    assert not re.search(r"/(root|work|home)/", TEXT)
