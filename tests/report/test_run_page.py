# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The report of a run: complete in itself, legible without pictures, and true to the numbers of the folder."""

from __future__ import annotations

import base64
import json
import re
import shutil
from pathlib import Path

import pytest

from fea.cli import report as command
from fea.errors import InputError
from fea.report import page_of


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
    # Loads at the peak and over contact, map, strain over contact, sections, and a close-up of each hotspot.
    assert len(pictures) == 5 + len(result["hotspots"])
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
    wanted += [
        result["fibula_n"],
        *result["loads"].values(),
        result["equilibrium"]["force_residual"],
        result["mesh"]["cells"],
    ]
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
    heads = [r for r in parsed(html).rows if r and r[0] in ("no.", "gauge", "load", "tissue")]
    units = ("N", "BW", "%", "µε", "mm³", "ms", "MPa", "µε/s", "g", "N·m", "°", "least", "mean", "largest")
    words = {"no.", "region", "from", "site", "mode", "gauge", "kind", "load", "tissue"}
    assert len(heads) >= 5
    for head in heads:
        assert all(name in words or name.endswith(units) for name in head), head


# ---------------------------------------------------------------- folders that are not as they should be


def copied(folder: Path, where: Path) -> Path:
    return Path(shutil.copytree(folder, where / "copy"))


@pytest.mark.parametrize("name", ["case.toml", "result.json", "fields.vtu", "map.png", "statics.png", "strain.png"])
def test_a_damaged_file_is_named(run_folder, tmp_path, name):
    place = copied(run_folder, tmp_path)
    (place / name).write_bytes(b"\x00 not this")
    with pytest.raises(InputError, match=name.replace(".", r"\.")) as caught:
        page_of(place)
    assert len(str(caught.value).splitlines()) == 1


def test_a_missing_file_is_named(run_folder, tmp_path):
    place = copied(run_folder, tmp_path)
    for name in ("map.png", "fields.vtu", "case.toml", "result.json"):
        (place / name).unlink()
        with pytest.raises(InputError, match=name.replace(".", r"\.")):
            page_of(place)


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
