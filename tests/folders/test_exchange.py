# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Unit strains and gauges for others: what they read, superposed with another tool, is what a run says."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from fea.errors import InputError
from fea.evaluate import evaluated, solved_bone
from fea.folders import read_question, write_gauge_storage, write_unit_strains
from fea.loading.opensim.storage import read_storage

pytestmark = pytest.mark.filterwarnings("ignore:Cyclopts application invoked without tokens:UserWarning")


@pytest.fixture(scope="module")
def result(run_folder):
    """Running with 20 kg on a coarse tibia."""
    case = read_question(run_folder)
    return evaluated(case, solved_bone(case))


def test_unit_strains_superpose_to_the_strain_of_the_run(result, tmp_path):
    file = tmp_path / "unit.nc"
    write_unit_strains(result, file)
    with xr.open_dataset(file, engine="scipy") as table:
        strain = (table.coefficient @ table.strain).transpose("frame", "point", "component").to_numpy()
        assert [str(name) for name in table.component.to_numpy()] == ["xx", "yy", "zz", "yz", "xz", "xy"]
        smallest = np.linalg.eigvalsh(strain[..., [[0, 5, 4], [5, 1, 3], [4, 3, 2]]])[..., 0].min(axis=0)
        points, triangles = table.xyz.to_numpy(), table.triangle.to_numpy()
        inside = table.excluded.to_numpy() == 0
        units = dict(zip(table["load"].to_numpy().tolist(), table["unit"].to_numpy().tolist(), strict=True))
    vertices = np.unique(result.mesh.facets)
    np.testing.assert_array_equal(points, result.mesh.points[vertices])
    np.testing.assert_array_equal(vertices[triangles], result.mesh.facets)
    assert units["plafond proximal"] == "N"
    assert units["plafond proximal moment"] == "N m"
    expected = np.full(len(result.mesh.points), np.nan)
    expected[result.surface_vertices] = result.surface.compression
    shown = ~np.isnan(expected[vertices])
    assert (inside & shown).sum() > 500
    # Single precision of the file.
    np.testing.assert_allclose(smallest[shown], expected[vertices][shown], rtol=1e-3, atol=1e-7)


def test_gauges_are_read_back_from_the_storage_file(result, tmp_path):
    file = tmp_path / "gauges.sto"
    write_gauge_storage(result.gauges, file)
    table = read_storage(file)
    assert table.remarks == ()
    gauge = result.gauges[0]
    np.testing.assert_allclose(table.time_s, gauge.time_s, rtol=1e-8)
    np.testing.assert_allclose(table.columns[f"{gauge.name}_compression"], gauge.compression_ue, rtol=1e-8)
    with pytest.raises(InputError, match="the bone has no gauges"):
        write_gauge_storage([], tmp_path / "none.sto")


@pytest.mark.parametrize("ending", ["nc", "sto"])
def test_the_command_writes_both(run_folder, tmp_path, bonefea, ending):
    file = tmp_path / f"out.{ending}"
    code, printed, _ = bonefea("export", str(run_folder), str(file))
    assert code == 0
    assert str(file) in printed
    assert file.stat().st_size > 1000
    code, _, err = bonefea("export", str(run_folder), str(file))
    assert code == 2
    assert "--overwrite" in err


def test_another_ending_is_refused(run_folder, tmp_path, bonefea):
    code, _, err = bonefea("export", str(run_folder), str(tmp_path / "out.mat"))
    assert code == 2
    assert "allowed: .nc for unit strains; .sto for strain at gauges" in err
