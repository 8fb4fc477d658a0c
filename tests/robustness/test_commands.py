# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Random command lines are done or refused in one sentence, and touch nothing of others."""

from __future__ import annotations

import random
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.robustness.command_lines import COMMANDS, drawn
from tests.robustness.commands import Ended, difference, faults_of, kind_of, state_of, tree_of

ROOT = Path(__file__).resolve().parents[2]
CASES = 100
ERROR = 'Traceback (most recent call last):\n  File "/x/fea/cli/run.py", line 3, in run\nValueError: no\n'


def test_random_command_lines_are_done_or_refused_in_one_sentence_and_touch_nothing_of_others():
    # In a process of its own: the harness forks, which one with the threads of other tests should not.
    command = [sys.executable, "-W", "ignore::DeprecationWarning", "-m", "tests.robustness.commands", str(CASES), "1"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert f"{CASES} command lines" in ran.stdout, ran.stderr
    assert re.findall(r"^FAIL .*\n.*$", ran.stdout, re.MULTILINE) == []


def test_every_option_of_every_command_is_drawn():
    lines = [drawn(random.Random(number)) for number in range(4000)]
    had = {(line.command, option) for line in lines for option in line.options}
    assert had == {(command, option.name) for command, options in COMMANDS.items() for option in options}


@pytest.mark.parametrize(
    ("words", "ended", "says"),
    [
        (["run"], Ended(70, "", "", ERROR, 0.1), "traceback: ValueError in fea/cli/run.py:run"),
        (["run"], Ended(0, "", "", ERROR, 0.1), "traceback: ValueError in fea/cli/run.py:run"),
        (["run"], Ended(-11, "", "", "", 0.1), "exit code -11"),
        (["run"], Ended(130, "", "", "bonefea: stopped.\n", 0.1), "exit code 130"),
        (["run"], Ended(-9, "too long", "", "", 61.0), "too long"),
        (["run"], Ended(2, "", "", "", 0.1), "not one line: ''"),
        (["run"], Ended(2, "", "", "bonefea: no.\nbonefea: no.\n", 0.1), "not one line"),
        (["run"], Ended(2, "", "", "bonefea: no.\nAborted\n", 0.1), "not one line"),
        (["run"], Ended(2, "", "", "bonefea: \x1b[31m\n", 0.1), "control characters"),
        (["list", "--json"], Ended(0, "", "bones:\n", "", 0.1), "no JSON"),
    ],
)
def test_what_a_command_line_must_not_do_is_seen(words, ended, says):
    (found,) = faults_of(words, ended)
    assert says in found


@pytest.mark.parametrize(
    ("words", "ended"),
    [
        (["run"], Ended(0, "", "done\n", "", 0.1)),
        (["run"], Ended(2, "", "", "mesh\nbonefea: there is no bone 'x'.\n", 0.1)),
        (["list", "--json"], Ended(0, "", "{}", "", 0.1)),
        (["list", "--json", "--help"], Ended(0, "", "Usage", "", 0.1)),
    ],
)
def test_what_a_command_line_may_do_is_no_fault(words, ended):
    assert faults_of(words, ended) == []


@pytest.mark.parametrize("harm", ["changed", "gone", "new", "link", "mode"])
def test_a_change_of_a_folder_is_seen(harm, tmp_path):
    (tmp_path / "thesis.txt").write_text("ten years", encoding="utf-8")
    (tmp_path / "link").symlink_to("thesis.txt")
    before = tree_of(tmp_path), state_of(tmp_path)
    if harm == "changed":
        (tmp_path / "thesis.txt").write_text("ten fears", encoding="utf-8")
    elif harm == "gone":
        (tmp_path / "thesis.txt").unlink()
    elif harm == "new":
        (tmp_path / "other").mkdir()
    elif harm == "link":
        (tmp_path / "link").unlink()
        (tmp_path / "link").write_text("ten years", encoding="utf-8")
    else:
        (tmp_path / "thesis.txt").chmod(0o600)
    after = tree_of(tmp_path), state_of(tmp_path)
    assert before[0] != after[0]
    assert before[1] != after[1]
    word = {"gone": "thesis.txt gone", "new": "other new", "link": "link changed"}.get(harm, "thesis.txt changed")
    assert difference(before[0], after[0]) == word


def test_faults_of_one_cause_are_told_once():
    one, other = (kind_of(["run", out], f"guard: {out} changed, {out}/x gone") for out in ("a", "b"))
    assert one == other == "run: guard changed gone"
    assert kind_of(["mesh"], "guard: a changed, a/x gone") != one
    assert kind_of(["run"], "foreign: a changed, a/x gone") != one
    assert kind_of(["run"], "guard: a changed") != one
    raised = "traceback: OSError in fea/folders/sides.py:read_side"
    assert kind_of(["run"], raised) == kind_of(["mesh"], raised) == raised
