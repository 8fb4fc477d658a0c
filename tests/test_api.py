# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""fea.run: one call, a result that shows itself and hands over what other libraries take."""

from __future__ import annotations

import subprocess
import sys
from html.parser import HTMLParser

import numpy as np
import pytest

import fea
from fea.errors import InputError


@pytest.fixture(scope="module")
def result():
    return fea.run("tibia", "running", pack_kg=20, size_mm=6)


def test_importing_fea_imports_nothing_heavy():
    heavy = ("numpy", "pydantic", "pyvista", "matplotlib", "pandas", "xarray", "dolfinx", "jinja2")
    code = f"import sys, fea; print(sorted(set({heavy!r}) & set(sys.modules)))"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said.strip() == "[]"


def test_an_unknown_name_is_still_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'walk'"):
        _ = fea.walk


def test_a_mistake_is_the_sentence_of_the_command_line():
    with pytest.raises(InputError, match="nearest: running"):
        fea.run("tibia", "runing")


def test_it_shows_map_and_hotspots(result):
    html = result._repr_html_()
    seen = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag, attrs):
            seen.append((tag, dict(attrs)))

    Reader().feed(html)
    (picture,) = [a for tag, a in seen if tag == "img"]
    assert picture["src"].startswith("data:image/png;base64,")
    assert result.hotspots[0].site in picture["alt"]
    values = [float(a["value"]) for tag, a in seen if tag == "data"]
    for spot in result.hotspots:
        assert spot.strain_ue in values
    assert html == result._repr_html_()
    assert "tibia" in repr(result)


def test_tables_and_mesh_hold_the_same_numbers(result):
    table = result.to_pandas()
    assert list(table["strain_ue"]) == [spot.strain_ue for spot in result.hotspots]
    data = result.to_xarray()
    for gauge in result.gauges:
        for quantity in ("tension_ue", "compression_ue", "axial_mpa"):
            one = data["gauge"].sel(gauge_name=gauge.name, quantity=quantity)
            np.testing.assert_array_equal(one.to_numpy(), getattr(gauge, quantity))
        assert float(data["gauge"].sel(gauge_name=gauge.name, quantity="tension_ue").max()) == pytest.approx(
            gauge.reading.tension_ue, rel=1e-12
        )
    for spot in result.hotspot_histories:
        for mode in ("tension", "compression"):
            one = data["hotspot"].sel(rank=spot.hotspot.rank, mode=mode)
            np.testing.assert_array_equal(one.to_numpy(), getattr(spot, f"{mode}_ue"))
    # The component of a load is named by its region and axis: y is along the bone.
    names = [f"{load.region} force y" for load in result.history.loads if load.axis == 1 and not load.moment]
    columns = [k for k, load in enumerate(result.history.loads) if load.axis == 1 and not load.moment]
    np.testing.assert_array_equal(data["load"].sel(component=names), result.history.coefficients[:, columns])
    assert all("units" in data[name].attrs for name in (*data.data_vars, "time_s"))
    assert result.grid.n_cells == len(result.mesh.cells)
    highest = result.grid.cell_data["largest equivalent strain [µε]"]
    np.testing.assert_allclose(highest, 1e6 * result.envelope.equivalent)


def test_it_saves_the_folder_that_the_command_writes(result, tmp_path):
    place = result.save(tmp_path / "run")
    assert {"case.toml", "result.json", "fields.vtu", "map.png", "manifest.json"} <= {p.name for p in place.iterdir()}
