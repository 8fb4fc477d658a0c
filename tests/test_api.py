# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""fea.run: one call, a result that shows itself and hands over what other libraries take."""

from __future__ import annotations

import importlib.resources
import inspect
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

import fea
from fea.case import Options, read_plan, resolved
from fea.errors import InputError, MissingDependency
from fea.loading import PathLoad, UnitLoad
from fea.risk import RiskSettings


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


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"mass": 70}, "no argument 'mass'; it is called mass_kg"),
        ({"mass_kg": 10}, "mass_kg is 10.0; allowed: 20 to 250 kg"),
        ({"mass_kg": "heavy"}, "mass_kg is 'heavy'; a number is needed"),
        ({"speed_m_per_s": "4"}, "speed_m_per_s is '4'; a number is needed"),
        ({"pack_kg": True}, "pack_kg is True; a number is needed"),
        ({"footwear": 3}, "footwear is 3; a text is needed"),
        ({"accept_implausible": "yes"}, "accept_implausible is 'yes'; allowed: True or False"),
        ({"changes": ["length_mm"]}, "the change 'length_mm' is not of the form"),
        ({"changes": {"length": 350}}, "nearest: length_mm"),
        ({"changes": {"length_mm": [1, 2]}}, "length_mm"),
        ({"bone": 3}, "bone is 3; a name or a path is needed"),
        ({"bone": Path("tibia")}, "no bone file './tibia'"),
        ({"activity": None}, "activity is None; a name or a path is needed"),
        ({"activity": []}, "activity is empty"),
        ({"activity": ["running", 4]}, "activity is 4"),
        ({"activity": "reversed.csv"}, "accept_implausible=True runs it all the same"),
        ({"activity": "trial.c3d"}, "is a .c3d file"),
    ],
    ids=lambda value: str(value)[:60],
)
def test_a_mistake_names_the_argument_and_no_option_of_the_shell(asked, says, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    head = "time_s,region,fx_bw,fy_bw,fz_bw\n"
    Path("reversed.csv").write_text(f"{head}0,plafond,0,0,0\n0.1,plafond,0,-8,0\n", encoding="utf-8")
    with pytest.raises(InputError, match=re.escape(says)) as caught:
        fea.run(**{"bone": "tibia", "activity": "running", **asked})
    assert "--" not in str(caught.value)


def test_a_study_that_is_too_large_by_mistake_names_the_argument(tmp_path, monkeypatch):
    monkeypatch.setattr("fea.api.execute_study", lambda *_, **__: pytest.fail("it must not begin"))
    file = tmp_path / "many.toml"
    levels = [60 + 0.001 * k for k in range(5001)]
    base = 'bone = "tibia"\nactivity = "running"\nsize = 6.0'
    head = 'schema = 1\nkind = "study"\nname = "many"\ntitle = "Many"'
    file.write_text(f"{head}\n[base]\n{base}\n[cross]\nmass = {levels}\n", encoding="utf-8")
    with pytest.raises(InputError, match="many=True"):
        fea.study(file, tmp_path / "out")


def test_paths_lists_dicts_and_numbers_of_numpy_are_taken(result, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    head = "time_s,region,fx_bw,fy_bw,fz_bw\n"
    Path("x.csv").write_text(f"{head}0,plafond,0,1,0\n0.1,plafond,0,8,0\n", encoding="utf-8")
    Path("state.toml").write_bytes((importlib.resources.files("fea.meshes") / "tissue" / "healthy.toml").read_bytes())
    both = fea.run(
        "tibia",
        ["running", Path("x.csv")],
        changes={"length_mm": np.float64(370.0)},
        size_mm=np.int64(6),
        tissue=Path("state.toml"),
    )
    assert [one.case.activity.name for one in both] == ["running", "x"]
    assert both[0].bone is both[1].bone
    assert both[1].case == resolved("tibia", "x.csv", Options(size_mm=6.0, tissue="state.toml"))
    assert both[0].case.bone == result.case.bone


def test_a_plan_made_in_python_is_the_plan_of_its_file():
    own = read_plan("sudden_doubling")
    other_start = own.model_copy(update={"accustomed": not own.accustomed})
    settings = RiskSettings(samples=0, sensitivity=0)
    named, same, other = fea.plan("tibia", ["sudden_doubling", own, other_start], size_mm=6, settings=settings)
    np.testing.assert_array_equal(same.probability, named.probability)
    assert other.probability[-1] != named.probability[-1]
    with pytest.raises(InputError, match=r"plan is 3; a name or a path is needed"):
        fea.plan("tibia", 3)


def test_the_signature_shows_the_options():
    shown = inspect.signature(fea.run).parameters
    assert list(shown)[:3] == ["bone", "activity", "changes"]
    assert (shown["footwear"].default, shown["mass_kg"].default) == ("conventional", None)


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
    # A load is named by its region and axis, y along the bone, or by its muscle.
    loads = list(result.history.loads)
    for name, load in (
        ("plafond proximal", UnitLoad("plafond", moment=False, axis=1)),
        ("soleus tension", PathLoad("soleus")),
    ):
        expected = result.history.coefficients[:, loads.index(load)]
        np.testing.assert_array_equal(data["load"].sel(component=name), expected)
    assert all("units" in data[name].attrs for name in (*data.data_vars, "time_s"))
    assert result.grid.n_cells == len(result.mesh.cells)
    highest = result.grid.cell_data["strain_von_mises_max_ue"]
    np.testing.assert_allclose(highest, 1e6 * result.envelope.equivalent)


def test_it_saves_the_folder_that_the_command_writes(result, tmp_path):
    place = result.save(tmp_path / "run")
    assert {"case.toml", "result.json", "fields.vtu", "map.png", "manifest.json"} <= {p.name for p in place.iterdir()}


def test_the_scene_stands_upright_with_quantity_and_unit(result):
    scene = result.scene(off_screen=True)
    right, up = np.array(scene.camera.direction), np.array(scene.camera.up)
    assert up @ (0.0, 1.0, 0.0) > 0.9
    assert abs(right @ (0.0, 1.0, 0.0)) < 0.2
    (bar,) = scene.scalar_bars.values()
    assert bar.GetTitle().split() == ["largest", "equivalent", "strain", "of", "the", "contact", "[µε]"]
    # The colours are those of the bar: no light changes them.
    drawn = [actor for actor in scene.actors.values() if actor.IsA("vtkOpenGLActor")]
    coloured = [actor for actor in drawn if actor.GetMapper().GetScalarVisibility()]
    assert len(coloured) == 1
    assert not coloured[0].GetProperty().GetLighting()
    picture = scene.screenshot(return_img=True)
    bone = (picture < 240).any(axis=2)[:, :600]
    rows, columns = np.flatnonzero(bone.any(axis=1)), np.flatnonzero(bone.any(axis=0))
    assert np.ptp(rows) > 1.5 * np.ptp(columns)


def test_another_field_is_drawn_with_its_name(result, tmp_path):
    assert result.plot(tmp_path / "stress.png", field="stress_principal_3_mpa").is_file()
    with pytest.raises(InputError, match="there is no field 'stress'"):
        result.plot(tmp_path / "x.png", field="stress")


def test_without_a_display_it_says_what_works(result, monkeypatch):
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.delitem(sys.modules, "ipykernel", raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    with pytest.raises(MissingDependency, match=r"plot\('map.png'\)"):
        result.plot()


def test_two_results_compare_as_their_folders_do(result, tmp_path):
    lighter = fea.run("tibia", "running", size_mm=6)
    folders = [lighter.save(tmp_path / "a"), result.save(tmp_path / "b")]
    wanted = fea.compare(*folders)
    for found in (lighter.compare(result), lighter.compare(folders[1])):
        for part in ("metrics", "places"):
            for one, two in zip(getattr(found, part), getattr(wanted, part), strict=True):
                assert (one.metric, one.place, one.unit) == (two.metric, two.place, two.unit)
                assert (one.a, one.b, one.difference) == pytest.approx((two.a, two.b, two.difference), rel=1e-9)
        np.testing.assert_allclose(found.on_mesh.difference_ue, wanted.on_mesh.difference_ue, atol=1e-6)
