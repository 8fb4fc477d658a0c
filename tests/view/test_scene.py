# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""What a page is sent, and the modules that draw it."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest

from fea.show import scene
from fea.show.loads import LOAD_COLOURS


def unpacked(packet: bytes) -> tuple[dict, dict[str, np.ndarray]]:
    """Return head and arrays of a packet, as the page reads them."""
    length = int.from_bytes(packet[:4], "little")
    head = json.loads(packet[4 : 4 + length])
    arrays = {
        name: np.frombuffer(packet, kind, count, 4 + length + at) for name, (kind, at, count) in head["arrays"].items()
    }
    return head, arrays


def test_a_packet_says_what_was_put_in_and_arrays_begin_at_four_bytes():
    given = {"codes": np.arange(5, dtype=np.uint16), "bits": np.array([1], np.uint8), "points": np.eye(3, dtype="f4")}
    head, arrays = unpacked(scene.packed({"kind": "frame", "why": "µε"}, given))
    assert (head["kind"], head["why"]) == ("frame", "µε")
    assert all(at % 4 == 0 for _, at, _ in head["arrays"].values())
    for name, array in given.items():
        np.testing.assert_array_equal(arrays[name], array.ravel())


def test_an_array_of_a_kind_that_the_page_has_not_is_refused():
    with pytest.raises(ValueError, match="points is float64"):
        scene.packed({}, {"points": np.eye(3)})


def test_a_coded_value_is_told_to_half_a_step():
    values = np.random.default_rng(0).normal(size=1000) * 4000.0
    codes, (low, high) = scene.coded(values)
    step = (high - low) / 65534
    assert np.abs(low + codes * step - values).max() <= 0.5 * step * (1 + 1e-9)
    assert scene.coded(np.full(3, np.nan))[0].tolist() == [scene.UNDEFINED] * 3
    assert scene.coded(np.full(3, 7.0))[1] == (7.0, 7.0)


def test_the_modules_as_one_script_import_nothing_and_name_nothing_twice():
    script = scene.one_script()
    assert re.search(r"^(import|export) ", script, re.MULTILINE) is None
    names = re.findall(r"^(?:async )?(?:function|class|const|let) ([A-Za-z_$][\w$]*)", script, re.MULTILINE)
    assert sorted(names) == sorted(set(names))


def test_each_module_needs_only_those_before_it():
    for k, name in enumerate(scene.MODULES):
        needed = re.findall(r'from "\./(\w+)\.js"', scene.page_file(f"{name}.js"))
        assert set(needed) <= set(scene.MODULES[:k])


def test_loads_have_the_colours_of_the_pictures_of_a_run():
    listed = re.search(r"const FORCE_COLOURS = (\[.*?\]);", scene.page_file("loads.js"))
    assert listed is not None
    assert json.loads(listed[1]) == list(LOAD_COLOURS)
