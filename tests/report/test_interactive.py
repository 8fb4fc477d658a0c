# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The page to turn: viewer and scene inside, colours and names beside the canvas."""

from __future__ import annotations

import base64
import importlib.util
import io
import json
import re
import zipfile

import pytest

from fea.errors import MissingDependency
from fea.folders.run import read_run
from fea.report import interactive_page


@pytest.fixture(scope="module")
def html(run_folder):
    return interactive_page(read_run(run_folder))


def without_scripts(html):
    return re.sub(r"<script.*?</script>", "", html, flags=re.S)


def test_nothing_is_fetched_from_elsewhere(html, parsed):
    page = parsed(without_scripts(html))
    assert not [v for _, a in page.tags for k, v in a.items() if k in ("src", "href")]
    assert not re.search(r"<script[^>]* src=", html)
    assert "kitware.github.io" not in html


def test_the_scene_holds_the_bone_and_everything_in_the_legend(html, run_folder):
    result = json.loads((run_folder / "result.json").read_text(encoding="utf-8"))
    packed = re.search(r'base64Str = "([^"]+)"', html).group(1)
    with zipfile.ZipFile(io.BytesIO(base64.b64decode(packed))) as archive:
        scene = json.loads(archive.read("index.json"))["scene"]
    text = json.dumps(scene)
    acting = [load for load in read_run(run_folder).applied if load.size_n > 1.0]
    # The bone in colour and in grey, a dot, a stalk and a number for each hotspot, an arrow for each force.
    assert text.count('"type": "vtkOpenGLActor"') == 2 + 3 * len(result["hotspots"]) + len(acting)


def test_bar_and_legend_stand_beside_the_canvas(html, parsed, run_folder):
    page = parsed(without_scripts(html))
    text = " ".join(page.text)
    result = json.loads((run_folder / "result.json").read_text(encoding="utf-8"))
    assert "largest equivalent strain / µε" in text
    for spot in result["hotspots"]:
        assert spot["site"] in text
        assert spot["strain_ue"] in page.values
    assert "not evaluated" in text
    (canvas,) = [a for _, a in page.tags if a.get("class") == "content"]
    assert canvas["role"] == "img"
    assert result["hotspots"][0]["site"] in canvas["aria-label"]


def test_without_the_viewer_it_says_how_to_get_it(run_folder, monkeypatch):
    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *a: None if name == "trame_vtk" else found(name, *a))
    with pytest.raises(MissingDependency, match=r"bonefea\[interactive\]"):
        interactive_page(read_run(run_folder))
