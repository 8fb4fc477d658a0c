# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""How many threads compute: what is asked for, what the process may use, and what else has set."""

from __future__ import annotations

import math
import os

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from fea.errors import InputError
from fea.solve import THREADS_VARIABLE, ElasticBody, pardiso, thread_count, threads, usable_cores
from fea.solve.choice import solving_with
from fea.solve.threads import cgroup_limit, limited_to


@pytest.fixture(autouse=True)
def silent_environment(monkeypatch):
    for name in (THREADS_VARIABLE, "OMP_NUM_THREADS"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def machine(monkeypatch):
    """A function that gives this process so many cores of two logical processors each, all of them allowed."""

    def made(cores):
        monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(2 * cores)), raising=False)
        monkeypatch.setattr(threads, "_siblings", lambda cpu: f"{cpu // 2 * 2}-{cpu // 2 * 2 + 1}")
        monkeypatch.setattr(threads, "cgroup_limit", lambda: math.inf)

    return made


def test_two_logical_processors_of_one_core_count_once(machine):
    machine(8)
    assert usable_cores() == 8
    assert thread_count() == 8


@pytest.mark.parametrize(("limit", "cores"), [(math.inf, 8), (3.0, 3), (2.5, 3), (0.1, 1)])
def test_the_control_group_limits_the_cores(machine, monkeypatch, limit, cores):
    machine(8)
    monkeypatch.setattr(threads, "cgroup_limit", lambda: limit)
    assert usable_cores() == cores


def test_what_is_asked_for_wins_and_openmp_only_bounds(machine, monkeypatch):
    machine(8)
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    assert thread_count() == 3
    monkeypatch.setenv("OMP_NUM_THREADS", "64,2")
    assert thread_count() == 8
    with limited_to(16):
        assert thread_count() == 16
        with limited_to():
            assert os.environ[THREADS_VARIABLE] == "16"
    assert thread_count() == 8


@pytest.mark.parametrize("asked", [0, -1, 1025, "two"])
def test_a_number_of_threads_that_makes_no_sense_is_refused(monkeypatch, asked):
    with pytest.raises(InputError, match=r"number of threads .*1 to 1024"), limited_to(asked):
        pass
    monkeypatch.setenv(THREADS_VARIABLE, str(asked))
    with pytest.raises(InputError, match="1 to 1024"):
        thread_count()


def test_each_control_group_above_limits_too(tmp_path):
    own = tmp_path / "cgroup"
    own.write_text("0::/outer/inner\n")
    inner = tmp_path / "outer" / "inner"
    inner.mkdir(parents=True)
    assert cgroup_limit(tmp_path, own) == math.inf
    (inner / "cpu.max").write_text("max 100000\n")
    assert cgroup_limit(tmp_path, own) == math.inf
    (tmp_path / "outer" / "cpu.max").write_text("250000 100000\n")
    assert cgroup_limit(tmp_path, own) == 2.5


def test_the_first_version_of_control_groups_is_read(tmp_path):
    own = tmp_path / "cgroup"
    own.write_text("5:cpu,cpuacct:/box\n4:memory:/box\n")
    box = tmp_path / "cpu,cpuacct" / "box"
    box.mkdir(parents=True)
    (box / "cpu.cfs_quota_us").write_text("-1\n")
    (box / "cpu.cfs_period_us").write_text("100000\n")
    assert cgroup_limit(tmp_path, own) == math.inf
    (box / "cpu.cfs_quota_us").write_text("400000\n")
    assert cgroup_limit(tmp_path, own) == 4.0


@pytest.mark.parametrize("count", [1, 2])
def test_mkl_uses_the_number_that_is_asked_for_whatever_others_have_set(monkeypatch, block, outer_triangles, count):
    pytest.importorskip("pypardiso", reason="pypardiso is not installed", exc_type=ImportError)
    points, cells = block((2, 2, 2), (1.0, 1.0, 1.0))
    end = outer_triangles(cells)
    end = end[np.all(points[end][..., 0] == 0.0, axis=1)]
    used, call = [], pardiso._Handle.call

    def observed(handle, phase, loads):
        used.extend(x["num_threads"] for x in threadpool_info() if x["internal_api"] == "mkl")
        return call(handle, phase, loads)

    monkeypatch.setattr(pardiso._Handle, "call", observed)
    with solving_with("pardiso", count), threadpool_limits(3 - count):  # as gmsh leaves OpenMP behind
        body = ElasticBody(points, cells, np.full(len(cells), 100.0), 0.3)
        factor = body.factorised(body.fixed_nodes(end))
        factor.solve(np.ones((body.dofs, 1)))
    assert factor.threads == count
    assert set(used) == {count}


def test_mkl_is_in_its_reproducible_mode():
    pypardiso = pytest.importorskip("pypardiso", reason="pypardiso is not installed", exc_type=ImportError)
    pardiso.load()
    # MKL_CBWR_ALL, and the bit MKL_CBWR_STRICT of mkl_types.h. On small meshes every mode repeats itself.
    assert pypardiso.PyPardisoSolver().libmkl.MKL_CBWR_Get(-1) & 0x10000


def test_one_and_two_threads_agree_and_each_repeats_itself_bit_for_bit(block, outer_triangles):
    pytest.importorskip("pypardiso", reason="pypardiso is not installed", exc_type=ImportError)
    points, cells = block((8, 4, 4), (8.0, 4.0, 2.0), jitter=0.2, seed=7)
    end = outer_triangles(cells)
    end = end[np.all(points[end][..., 0] == 0.0, axis=1)]

    def solved(count):
        with solving_with("pardiso", count):
            body = ElasticBody(points, cells, np.full(len(cells), 100.0), 0.3)
            loads = np.random.default_rng(2).normal(size=(body.dofs, 3))
            return body.factorised(body.fixed_nodes(end)).solve(loads)

    one, two = solved(1), solved(2)
    np.testing.assert_array_equal(solved(1), one)
    np.testing.assert_array_equal(solved(2), two)
    np.testing.assert_allclose(two, one, rtol=0, atol=1e-10 * np.abs(one).max())
