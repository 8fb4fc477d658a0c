# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""What the documentation shows is true of the program; `make docs` runs its lessons and follows its links."""

from __future__ import annotations

import ast
import re
import shlex
import sys
import textwrap
import tomllib
from pathlib import Path

import pytest

from fea import cli
from fea.case import Options, names, resolved
from fea.solve import support_of
from fea.tissue import check_laws

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
sys.path.insert(0, str(DOCS / "_ext"))

import records  # noqa: E402 - the extension lies beside the pages

OPEN = {"risk"}
"""Sections of results with keys beside those of their record, whose names depend on the question."""
LESSONS = sorted((DOCS / "tutorials").glob("*.py"))
PAGES = [page for page in sorted(DOCS.rglob("*.md")) if not {"_build", "rooms"} & set(page.parts)]
# What stands behind three spaces tells what the command does.
COMMAND = re.compile(r"^ {4}bonefea ([^|\n]*?)(?: {3,}.*)?$", re.MULTILINE)
COMMANDS = sorted({line.strip() for page in PAGES for line in COMMAND.findall(page.read_text("utf-8"))})
BLOCKS = [
    pytest.param(block, id=f"{page.stem}-{number}")
    for page in PAGES
    for number, block in enumerate(re.findall(r"^```python\n(.*?)^```", page.read_text("utf-8"), re.M | re.S))
]


COMPARE = (DOCS / "how-to" / "compare.md").read_text("utf-8")


def cells(lesson):
    """Return the cells of a lesson as pairs of head and body."""
    parts = re.split(r"^(# %%.*)\n", lesson.read_text("utf-8"), flags=re.M)
    return list(zip(parts[1::2], parts[2::2], strict=True))


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_of_the_docs_are_understood(command):
    function, bound, _ = cli.app.parse_args(shlex.split(command), exit_on_error=False, print_error=False)
    words = command.split()
    assert function.__name__.removesuffix("_library") in (words[0], "_".join(reversed(words[:2])))
    assert bound.kwargs or bound.args or len(command.split()) == 1


@pytest.mark.parametrize("command", [command for command in COMMANDS if command.startswith("run ")])
def test_runs_of_the_docs_are_sound_cases(command, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shoe = re.search(r'(?:^    .*\n|^\n)*^    kind = "shoe"\n(?:^    (?!bonefea).*\n|^\n)*', COMPARE, re.MULTILINE)
    Path("prototype.toml").write_text(textwrap.dedent(shoe[0]), encoding="utf-8")
    _, bound, _ = cli.app.parse_args(shlex.split(command), exit_on_error=False, print_error=False)
    bound.apply_defaults()
    given = bound.arguments
    bone = given["bone"] if given["bone"] in names("bone") else "tibia"
    for activity in given["activities"]:
        known = activity if activity in names("activity") else "running"
        how = vars(given["how"]) if activity == known else {}
        options = Options(**vars(given["body"]), **how, **vars(given["material"]))
        case = resolved(bone, known, options, changes=given["changes"])
        check_laws(case.tissue)
        support_of(case.bone, case.support)


@pytest.mark.parametrize("source", BLOCKS)
def test_python_of_the_docs_imports_what_exists(source):
    imports = [node for node in ast.parse(source).body if isinstance(node, ast.Import | ast.ImportFrom)]
    assert imports
    exec(compile(ast.Module(imports, []), "docs", "exec"), {})


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.stem)
def test_a_lesson_begins_with_a_question_and_ends_with_something_to_try(lesson):
    prose = [body for head, body in cells(lesson) if "[markdown]" in head]
    opening = prose[0].split("#\n")[1]
    assert opening.startswith("# **")
    assert opening.rstrip().endswith("?**")
    assert "## Try it\n" in prose[-1]


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.stem)
def test_a_lesson_holds_its_claims_and_names_its_pictures(lesson):
    code = [(head, body) for head, body in cells(lesson) if "[markdown]" not in head]
    assert any("assert " in body for _, body in code)
    assert all('"alt": "' in head for head, body in code if "plt.show" in body or "display(" in body)


def test_every_lesson_is_listed():
    listing = (DOCS / "tutorials" / "index.md").read_text("utf-8")
    for lesson in LESSONS:
        assert f"({lesson.name})" in listing
        assert f"\n{lesson.stem}\n" in listing


def test_the_pages_show_every_command():
    shown = {command.split()[0] for command in COMMANDS}
    assert {name for name in cli.app if not name.startswith("-")} <= shown


@pytest.mark.parametrize("page", records.RESULTS)
def test_a_key_of_results_that_is_told_is_one_of_their_record(page):
    kinds = dict(records._paths(records.found(records.RESULTS[page]), page))
    told = tomllib.loads((DOCS / "reference" / "results.toml").read_text("utf-8"))[page]
    closed = {s: keys for s, keys in told.items() if ", by name" not in kinds.get(s, "") and s not in OPEN}
    paths = {key if section == "top level" else f"{section}.{key}" for section, keys in closed.items() for key in keys}
    assert paths
    assert not paths - kinds.keys()
    assert not told.keys() - kinds.keys() - {"top level"}


def test_every_table_is_listed_with_what_makes_it():
    listing = (DOCS / "evidence" / "tables.md").read_text("utf-8")
    for table in (DOCS / "tables").glob("*.csv"):
        assert f"`{table.name}`" in listing
    for script in re.findall(r"`(scripts/\w+\.py)`", listing):
        assert (ROOT / script).is_file()


def test_the_share_of_agreement_is_that_of_the_validation_page():
    summary = (DOCS / "evidence" / "validation.md").read_text("utf-8")
    rows = {verdict: int(n) for n, verdict in re.findall(r"(\d+) ([a-zA-Z0-9 ]+)[,.]", summary.splitlines()[4])}
    inside = sum(rows[verdict] for verdict in ("within range", "within 1 SD", "within 2 SD"))
    outside = rows["outside range"] + rows["outside"]
    index = " ".join((DOCS / "evidence" / "index.md").read_text("utf-8").split())
    assert f"of the {inside + outside} published values" in index
    assert f"{inside} lie within it or within two standard deviations, {outside} outside" in index
    assert f"The other {rows['no spread']} have neither" in index
    readme = " ".join((ROOT / "README.md").read_text("utf-8").split())
    assert f"Of the {inside + outside} published values" in readme
    assert f"{outside} lie outside" in readme


def test_each_word_has_its_picture_and_each_picture_its_word():
    page = (DOCS / "tutorials" / "words.md").read_text("utf-8")
    shown = re.findall(r"!\[[^\]]{20,}\]\(\.\./figures/words/(\w+\.png)\)", page)
    assert sorted(shown) == sorted(file.name for file in (DOCS / "figures" / "words").iterdir())
    assert len(set(shown)) == len(shown)
    # A word in bold stands beside each picture.
    rows = [line for line in page.splitlines() if line.startswith("| ![")]
    assert all(re.search(r"\) \| \*\*|\) \| .*\*\*", row) for row in rows)
