# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""One word for one thing, the field's own: invented words stay out of pages, public names and docstrings."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "docs" / "_ext"))

import records  # noqa: E402 - the extension lies beside the pages

PROSE = {
    "fixed": r"\bheld (regions?|nodes?|supports?|bones?|components?|base|plateau|at)\b"
    r"|\b(regions?|plateau|base|bone|nodes|supports?)( is| are| was| were|,)? held\b",
    "support": r"\b(bone|body)( that)? (is|was) carried\b|\b(what|which) carri(es|ed) the bone\b|\bcarried bones?\b",
    "elastic foundation": r"\bon springs\b",
    "result": r"\b(the|an|each|its|known|all) answers?\b|\bwhat was found\b",
    "excluded zone": r"\b(zones?|cells|volumes?)( that)?( is| are| was| were)? left out\b|\bleft-out\b|\bdisturbed\b"
    r"|\bleaves out the zones?\b",
    "quadrature-point strain": r"\binside strain\b|\bstrain inside (a|the|its|each) (cell|element)s?\b",
    "TOML library": r"\bshel(f|ves)\b",
    "progress callback": r"\bannounc\w*",
    "evidence level": r"\b(source|number|input)s? (and|with|by) (its |their |a )?marks?\b|\bby mark\b"
    r"|\bmarks? (and|with) (its |their |a )?sources?\b|\bmarked so\b|\bmarks in the file\b|\bthe marks\b",
    "virtual subjects": r"\b(people|persons)( are| were)? drawn\b|\bdraw(s|ing|n)? (of )?(people|persons)\b"
    r"|\bvirtual people\b|\bband over people\b",
    "remodelling transient": r"\b(the|a|with|without|and) lags?\b|\blag(s|ging)? of formation\b|\bholes?\b",
    "periosteal apposition": r"\b(bones?|shaft) gr(ow|ows|ew|own)\b|\bgrowth (of|around) the (bone|shaft)\b"
    r"|\bbone growth\b|\b(repair|damage),? (and )?growth\b",
    "unrepaired damage": r"\bleft unrepaired\b|\bdamage( that is)? left\b|\bactive damage\b",
    "Sobol sensitivity": r"\bwhat matters\b|\bwhich inputs matter\b",
    "plantar aponeurosis tension": r"\b(tension|pull|ligaments?|compression|force) (of|in|by|from) the sole\b"
    r"|\bthe sole (pulls|relieves|carries|holds)\b|\bsole tension\b",
    "pre-conditioned": r"\baccustomed\b|\bused to it\b|\b(long|who are|are) (been )?used to (their|the first)\b",
    "cortical thinning": r"\b(walls?|cort(ex|ices)|bones?) (is |are )?worn\b|\bworn (walls?|bones?|cort(ex|ices))\b",
    "verification and robustness": r"\[(how far to )?trust\]|\btrust page\b",
    "reproduce": r"\bis it so again\b|\bthe same again\b",
}
"""Invented words by the word to use, so that ordinary English, such as "nothing is left", is not hit."""

CODE = r"--support (held|carried)\b|\bsupport = \"(held|carried)\"|`(held|carried)`|\.answer\b|\btrust\.md\b"
"""What no page may show, code included."""

NAMES = (
    r"(^|_)answers?($|_)|(^|_)found($|_)|(^|_)held($|_)|^carried$|(^|_)left_out($|_)|^left$|^active$"
    r"|(^|_)disturbed($|_)|^inside$|(^|_)inside_|(^|_)shelf($|_)|(^|_)announce($|_)|^tell$|(^|_)(marks|marked)($|_)"
    r"|_mark$|(^|_)people($|_)|^drawn$|(^|_)lag($|_)|(^|_)lagg(ed|ing)($|_)|(^|_)holes?($|_)|^growth$|(^|_)grown($|_)"
    r"|(^|_)matters($|_)|(^|_)sole($|_)|(^|_)accustomed($|_)|(^|_)worn($|_)|^doing$|^made_of$|(^|_)trust($|_)"
)
"""Invented words in names, whose words are joined by underscores in lower case."""

CLASSES = {"Run": "Result", "Mark": "EvidenceLevel"}
"""Names of classes and types that are invented only as such."""

KEYS = {"mark", "published_mark", "lag", "growth", "accustomed"}
"""Keys of files, which stay as they are: they are fields of the records that read the files."""

PAGES = [
    *(p for p in sorted((ROOT / "docs").rglob("*.md")) if not {"_build", "rooms"} & set(p.parts)),
    *sorted((ROOT / "docs" / "tutorials").glob("*.py")),
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "meshes/README.md", "loadcases/README.md")),
]
MODULES = sorted(p for p in (ROOT / "fea").rglob("*.py") if not {"meshes", "loadcases"} & set(p.parts))


def prose(page: Path) -> str:
    """Text of a page without its code: of a lesson, its cells of prose."""
    text = page.read_text("utf-8")
    if page.parent.name == "files":
        text = records.expanded(text)
    if page.suffix == ".py":
        cells = re.split(r"^# %%", text, flags=re.M)
        text = "\n".join(re.sub(r"^# ?", "", cell, flags=re.M) for cell in cells if cell.startswith(" [markdown]"))
    text = re.sub(r"^```.*?^```", "", text, flags=re.M | re.S)
    text = re.sub(r"^ {4}(bonefea|pip|make|conda) .*$", "", text, flags=re.M)
    return re.sub(r"\s+", " ", re.sub(r"`[^`\n]*`", "", text))


def invented(text: str) -> list[str]:
    """Each invented word in a text with the word to use instead."""
    return [
        f"{hit.group()!r}: say {word}" for word, pattern in PROSE.items() for hit in re.finditer(pattern, text, re.I)
    ]


def words_of(name: str) -> str:
    """Words of a name, joined by underscores: ``RunFolder`` is ``run_folder``."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def is_invented(name: str, *, is_key: bool = False, is_class: bool = False) -> bool:
    """Whether a public name holds an invented word."""
    if is_key and name in KEYS:
        return False
    return (is_class and name in CLASSES) or re.search(NAMES, words_of(name)) is not None


def public(tree: ast.Module) -> Iterator[tuple[ast.AST, str, bool, bool]]:
    """Public definitions of a module: node, name, whether it is a field of a class, whether it is a class or type."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            yield node, node.name, False, isinstance(node, ast.ClassDef)
            yield from ((node, a, False, False) for a in arguments(node))
        for name in assigned(node):
            yield node, name, False, name[0].isupper() and not name.isupper()
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            for inner in node.body:
                if isinstance(inner, ast.FunctionDef) and not inner.name.startswith("_"):
                    yield inner, inner.name, False, False
                    yield from ((inner, a, False, False) for a in arguments(inner))
                for name in assigned(inner):
                    yield inner, name, True, False


def assigned(node: ast.AST) -> list[str]:
    """Public names that a statement assigns."""
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return [t.id for t in targets if isinstance(t, ast.Name) and not t.id.startswith("_")]


def arguments(node: ast.AST) -> list[str]:
    """Names of the parameters of a function."""
    if not isinstance(node, ast.FunctionDef):
        return []
    return [a.arg for a in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs) if a.arg[0] != "_"]


def first_lines(tree: ast.Module) -> Iterator[str]:
    """First lines of the docstrings of a module and of its public definitions."""
    nodes = [tree, *(node for node, *_ in public(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef))]
    for node in dict.fromkeys(nodes):
        told = ast.get_docstring(node)
        if told:
            yield told.splitlines()[0]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_pages_say_the_words_of_the_field(page):
    assert not invented(prose(page))


@pytest.mark.parametrize(
    "page", [p for p in PAGES if p.suffix == ".md"], ids=lambda page: page.relative_to(ROOT).as_posix()
)
def test_pages_show_no_invented_words_in_code(page):
    assert not re.findall(CODE, page.read_text("utf-8"))


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.relative_to(ROOT).as_posix())
def test_public_names_are_the_words_of_the_field(module):
    names = [] if module.stem.startswith("_") else [(module.stem, False, False)]
    names += [(name, key, kind) for _, name, key, kind in public(ast.parse(module.read_text("utf-8")))]
    assert not sorted({name for name, key, kind in names if is_invented(name, is_key=key, is_class=kind)})


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.relative_to(ROOT).as_posix())
def test_docstrings_name_the_result_in_the_words_of_the_field(module):
    lines = list(first_lines(ast.parse(module.read_text("utf-8"))))
    assert not [line for line in lines if re.match(r"Returns? (what|how|which|whether)\b", line)]
    assert not [hit for line in lines for hit in invented(re.sub(r"``[^`]*``", "", line))]


@pytest.mark.parametrize(
    "sentence",
    [
        "The plateau is held.",
        "Cells nearer to held regions are coarse.",
        "The bone is carried by its inertia.",
        "Regions lie on springs.",
        "Read the answer.",
        "The zones left out are grey.",
        "Cells that are left out do not count.",
        "The strain inside a cell is linear.",
        "Names on the shelf.",
        "It announces each step.",
        "Every number has a source and a mark.",
        "People drawn for the band.",
        "The lag moves the rise.",
        "New maxima open holes.",
        "Damage, repair and growth.",
        "What is left unrepaired counts.",
        "It shows what matters.",
        "The tension of the sole is calibrated.",
        "Used to it.",
        "A worn wall is softer.",
        "See [trust](x).",
        "Is it so again?",
    ],
)
def test_an_invented_word_is_hit(sentence):
    assert len(invented(sentence)) == 1


@pytest.mark.parametrize(
    "sentence",
    [
        "Nothing is left of it, and the left bone is the mirror image.",
        "No source was found; what is found in the file counts.",
        "Carried mass over body mass; a pack that is carried on the back.",
        "A test holds the shaft to 1 %, and the claim is held to 2 %.",
        "An active adult may grow older; the time grows with the unknowns, and shares grow week by week.",
        "The sole reason is the sole of a shoe.",
        "Look inside the folder; marks of the pencil; a benchmark; tell a friend.",
        "Strain is free of units. A free bone needs inertia relief.",
        "Each run is a run folder; shoes are worn by runners.",
        "They are used to compare shoes, and people differ.",
    ],
)
def test_ordinary_english_is_not_hit(sentence):
    assert not invented(sentence)


@pytest.mark.parametrize("name", ["answer", "left_out", "Matters", "announce", "plantar_sole", "by_mark", "made_of"])
def test_an_invented_name_is_hit(name):
    assert is_invented(name)


@pytest.mark.parametrize(
    "name", ["upper_left", "weekly_growth_percent", "carried_as", "benchmark", "outside_law", "run"]
)
def test_an_ordinary_name_is_not_hit(name):
    assert not is_invented(name)


def test_keys_of_files_stay_and_names_of_classes_do_not():
    assert not is_invented("accustomed", is_key=True)
    assert is_invented("accustomed")
    assert is_invented("Run", is_class=True)
    assert not is_invented("RunFolder", is_class=True)
