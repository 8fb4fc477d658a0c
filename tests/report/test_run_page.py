# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The report of a run: complete in itself, legible without pictures, and true to the numbers of the folder."""

from __future__ import annotations

import base64
import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest

from fea.cli import report as command
from fea.errors import InputError
from fea.report import kind_of, page_of, read_run


@pytest.fixture
def html(run_html):
    return run_html


@pytest.fixture(scope="module")
def result(run_folder):
    return json.loads((run_folder / "result.json").read_text(encoding="utf-8"))


def test_a_page_holds_all_it_shows(html, parsed):
    page = parsed(html)
    links = [
        v for _, a in page.tags for k, v in a.items() if k in ("src", "href", "srcset", "action", "data", "poster")
    ]
    assert links
    assert all(link.startswith(("data:image/png;base64,", "#")) for link in links)
    assert not {"script", "link", "iframe", "object", "base"} & {tag for tag, _ in page.tags}
    assert not re.search(r"url\(|@import", html)


def test_links_lead_to_places_in_the_page(html, parsed):
    page = parsed(html)
    ids = [a["id"] for _, a in page.tags if "id" in a]
    assert len(ids) == len(set(ids))
    assert {a["href"][1:] for tag, a in page.tags if tag == "a"} <= set(ids)


def test_every_picture_says_what_it_shows(html, parsed, result):
    pictures = [a for tag, a in parsed(html).tags if tag == "img"]
    # Loads, map, strain over contact, sections, and a close-up of each hotspot.
    assert len(pictures) == 4 + len(result["hotspots"])
    assert all(len(a["alt"]) > 30 for a in pictures)
    for a in pictures:
        assert base64.b64decode(a["src"].split(",")[1])[:8] == b"\x89PNG\r\n\x1a\n"


def test_a_screen_reader_is_told_language_title_and_what_scrolls(html, parsed):
    page = parsed(html)
    tags = dict(reversed(page.tags))
    assert tags["html"]["lang"] == "en"
    assert "width=device-width" in next(
        a["content"] for t, a in page.tags if t == "meta" and a.get("name") == "viewport"
    )
    scrolling = [a for _, a in page.tags if a.get("class") == "scroll"]
    assert scrolling
    assert all(a["tabindex"] == "0" and a["aria-label"] for a in scrolling)


def test_numbers_are_those_of_the_result(html, parsed, result):
    page = parsed(html)
    strain, stress = result["strain"], result["strained_volume_mm3"]
    wanted = [strain["p95_ue"], strain["peak_tension_ue"], strain["peak_compression_ue"], *stress.values()]
    for spot in result["hotspots"]:
        wanted += [spot["strain_ue"], spot["volume_mm3"], 100 * spot["level"], 1000 * spot["time_s"]]
    for gauge in result["gauges"]:
        wanted += [gauge[k] for k in ("tension_ue", "compression_ue", "axial_mpa", "rate_ue_per_s")]
    wanted += [*result["loads"].values(), result["equilibrium"]["force_residual"], result["mesh"]["cells"]]
    for tissue in result["material"]["tissues"].values():
        wanted += [tissue["volume_mm3"], tissue["mean_modulus_mpa"]]
    assert set(wanted) <= set(page.values)


def test_what_is_read_is_the_rounded_number(html, parsed, result):
    rows = parsed(html).rows
    for spot in result["hotspots"]:
        (row,) = [r for r in rows if len(r) == 7 and r[0] == str(spot["rank"]) and r[3] == spot["mode"]]
        assert row[1] == spot["site"]
        assert float(row[4].replace("−", "-").replace(",", "")) == round(spot["strain_ue"])


def test_each_column_of_numbers_names_its_unit(html, parsed):
    heads = [r for r in parsed(html).rows if r and r[0] in ("no.", "gauge", "force", "tissue")]
    units = ("N", "BW", "%", "µε", "mm³", "ms", "MPa", "µε/s", "g", "N·m", "least", "mean", "largest")
    words = {"no.", "region", "from", "site", "mode", "gauge", "kind", "force", "tissue"}
    assert len(heads) >= 5
    for head in heads:
        assert all(name in words or name.endswith(units) for name in head), head


def test_arrows_are_the_forces_that_statics_counts(run_folder, result):
    # Fixed at the plateau, the bone carries at its lowest section what acts below it: the ankle contact alone.
    run = read_run(run_folder)
    (plafond,) = [load for load in run.applied if load.region == "plafond"]
    assert plafond.force_n[1] == pytest.approx(-result["statics"]["axial_n"][0], rel=1e-9)
    assert not plafond.pulls
    assert all(load.pulls for load in run.applied if load.region in ("soleus", "patellar_tendon"))
    assert [load.size_n for load in run.applied] == sorted((load.size_n for load in run.applied), reverse=True)


def test_a_free_bone_shows_forces_in_balance(run_folder, tmp_path):
    place = copied(run_folder, tmp_path)
    edit(place / "result.json", support="free")
    run = read_run(place)
    total = np.sum([load.force_n for load in run.applied], axis=0)
    moment = np.sum([1000 * load.moment_nm + np.cross(load.center, load.force_n) for load in run.applied], axis=0)
    largest = run.applied[0].size_n
    assert np.abs(total).max() < 1e-9 * largest
    assert np.abs(moment).max() < 1e-9 * largest * 400.0


def test_the_surface_is_that_of_the_bone(run_folder, tibia_mesh):
    run = read_run(run_folder)
    np.testing.assert_array_equal(run.mesh.facets, tibia_mesh.facets)
    assert {k: list(v) for k, v in run.mesh.regions.items()} == {k: list(v) for k, v in tibia_mesh.regions.items()}


# ---------------------------------------------------------------- folders that are not as they should be


def copied(folder: Path, where: Path) -> Path:
    return Path(shutil.copytree(folder, where / "copy"))


def edit(file: Path, **changes: object) -> None:
    table = json.loads(file.read_text(encoding="utf-8"))
    file.write_text(json.dumps(table | changes), encoding="utf-8")


def test_no_folder_and_foreign_folders_are_said_in_one_sentence(tmp_path):
    with pytest.raises(InputError, match="there is no folder"):
        page_of(tmp_path / "none")
    with pytest.raises(InputError, match=r"not written by bonefea: it holds no manifest\.json"):
        page_of(tmp_path)
    (tmp_path / "manifest.json").write_text('{"name": "an app"}', encoding="utf-8")
    with pytest.raises(InputError, match="not what bonefea writes: schema"):
        page_of(tmp_path)
    (tmp_path / "manifest.json").write_text('{"schema": 1, "kind": "zoo", "versions": {}}', encoding="utf-8")
    with pytest.raises(InputError, match="holds a 'zoo'; known: run, plan, comparison, study"):
        kind_of(tmp_path)
    (tmp_path / "manifest.json").write_text('{"schema": 99, "versions": {}}', encoding="utf-8")
    with pytest.raises(InputError, match="newer bonefea"):
        kind_of(tmp_path)


@pytest.mark.parametrize("name", ["case.toml", "result.json", "fields.vtu", "map.png", "statics.png", "strain.png"])
def test_a_damaged_file_is_named(run_folder, tmp_path, name):
    place = copied(run_folder, tmp_path)
    (place / name).write_bytes(b"\x00 not this")
    with pytest.raises(InputError, match=name.replace(".", r"\.")) as caught:
        page_of(place)
    assert len(str(caught.value).splitlines()) == 1


def test_a_missing_file_is_named(run_folder, tmp_path):
    place = copied(run_folder, tmp_path)
    for name in ("map.png", "fields.vtu", "result.json", "case.toml"):
        (place / name).unlink()
        with pytest.raises(InputError, match=name.replace(".", r"\.")):
            page_of(place)


def test_the_mesh_of_another_bone_is_refused(run_folder, tmp_path):
    place = copied(run_folder, tmp_path)
    text = (place / "case.toml").read_text(encoding="utf-8")
    (place / "case.toml").write_text(re.sub(r"(?m)^size_mm = 6.0$", "size_mm = 5.0", text), encoding="utf-8")
    with pytest.raises(InputError, match="is not that of 'tibia'"):
        read_run(place)


def test_what_people_name_is_never_markup(run_folder, tmp_path):
    place = copied(run_folder, tmp_path)
    text = (place / "case.toml").read_text(encoding="utf-8")
    (place / "case.toml").write_text(
        text.replace('title = "Right tibia, average man"', 'title = "<script>alert(1)</script>"'), encoding="utf-8"
    )
    html = page_of(place)
    assert "<script>" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html


def test_the_command_writes_beside_the_run_or_where_told(run_folder, tmp_path, capsys):
    place = copied(run_folder, tmp_path)
    command.report(place)
    assert (place / "report.html").stat().st_size > 100_000
    assert "report.html" in capsys.readouterr().out
    assert not list(place.glob(".*"))
    with pytest.raises(InputError, match="cannot be written"):
        command.report(place, out=tmp_path / "no" / "where.html")
    assert not (tmp_path / "no").exists()
