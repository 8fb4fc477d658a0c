# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""One number for one place: table, files, map, curve, page and Python say the same strain of a hotspot."""

from __future__ import annotations

import csv
import json
import re

import numpy as np
import pytest

import fea
from fea.report import page_of
from fea.show import map as show_map


@pytest.fixture(scope="module")
def result():
    return fea.run("tibia", "running", size_mm=6)


@pytest.fixture(scope="module")
def folder(result, tmp_path_factory):
    return result.save(tmp_path_factory.mktemp("one") / "run")


def test_all_say_the_same_strain_of_the_worst_place(result, folder):
    worst = result.worst
    said = f"{worst.strain_ue:.0f}"
    with (folder / "hotspots.csv").open(newline="", encoding="utf-8") as stream:
        row = next(csv.DictReader(stream))
    assert f"{float(row['strain_ue'].lstrip(chr(39))):.0f}" == said
    figures = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    assert f"{figures['hotspots'][0]['strain_ue']:.0f}" == said
    series = json.loads((folder / "strain.json").read_text(encoding="utf-8"))
    assert said in {f"{value:.0f}" for numbers in _lists(series) for value in (min(numbers), max(numbers))}
    assert f"{result.to_pandas()['strain_ue'].iloc[0]:.0f}" == said
    shown = show_map._entry(worst)[-1].replace("−", "-")
    assert re.search(rf"{said} µε", shown)
    assert said in repr(result)
    page = page_of(folder).replace("−", "-").replace(",", "")
    # Among the key figures, in the table and in the words of the close-up; no other number stands for the place.
    assert len(re.findall(rf"{said}\D", page)) >= 3


def _lists(node):
    """All lists of numbers in JSON."""
    if isinstance(node, dict):
        for value in node.values():
            yield from _lists(value)
    elif isinstance(node, list):
        if node and all(isinstance(value, int | float) for value in node):
            yield node
        else:
            for value in node:
                yield from _lists(value)


def test_the_share_of_bone_left_out_stands_beside_every_percentile(result, folder):
    said = f"({100 * result.summary.excluded_volume_fraction:.0f} % of the bone excluded)"
    assert said in repr(result)
    assert said in result._repr_html_()
    assert said in result.summary.percentiles
    assert page_of(folder).count(said) >= 2


def test_a_point_within_a_hotspot_is_told_its_hotspot(result):
    for history in result.hotspot_histories:
        spot = result.side_hotspots[history.hotspot.rank - 1]
        found = result.hotspot_at(np.array(spot.position))
        assert found is history
        volume = result.mesh.volumes[found.cells].sum()
        assert volume == pytest.approx(spot.volume_mm3)
        assert np.abs(found.leading_ue).max() == pytest.approx(abs(spot.strain_ue))
    assert result.hotspot_at(np.array([0.0, 0.5 * result.bone.anatomy.length, 0.0])) is None
