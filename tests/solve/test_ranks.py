# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Two MPI ranks solve as one does; only the first writes and prints; all leave with one exit code."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import pyvista


def mpiexec():
    """Return the launcher that belongs to the MPI of mpi4py."""
    import mpi4py

    prefix = Path(mpi4py.__file__).parents[4] / "bin"
    found = shutil.which("mpiexec", path=f"{Path(sys.executable).parent}:{prefix}") or shutil.which("mpiexec")
    if found is None:
        pytest.skip("there is no mpiexec")
    return found


def bonefea(folder, *words, ranks):
    launcher = [mpiexec(), "-n", str(ranks)] if ranks > 1 else []
    command = [*launcher, sys.executable, "-m", "fea", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_two_ranks_give_the_numbers_of_one(tmp_path):
    words = ("run", "metatarsal2", "running", "--size", "2", "--no-cache", "--json")
    alone = bonefea(tmp_path, *words, "--out", "alone", ranks=1)
    both = bonefea(tmp_path, *words, "--out", "both", ranks=2)
    assert (alone.returncode, both.returncode) == (0, 0), both.stderr
    one, two = (json.loads(ran.stdout) for ran in (alone, both))
    assert one["mesh"] == two["mesh"]
    for part in ("strain", "stress", "strained_volume_mm3"):
        assert two[part] == pytest.approx(one[part], rel=1e-8)
    for a, b in zip(one["gauges"], two["gauges"], strict=True):
        assert b["tension_ue"] == pytest.approx(a["tension_ue"], rel=1e-8)
    fields = [pyvista.read(tmp_path / name / "fields.vtu") for name in ("alone", "both")]
    for name in ("displacement_mm", "strain_tensor_ue"):
        a, b = (np.asarray(f.point_data[name] if name in f.point_data else f.cell_data[name]) for f in fields)
        np.testing.assert_allclose(b, a, rtol=0, atol=1e-8 * np.abs(a).max())


SHARED = """
import json, sys
import numpy as np, scipy.sparse as sp
from fea.solve import backend
backend.load()
from mpi4py import MPI
from petsc4py import PETSc
from fea.solve.mumps import RankShare
comm, n = MPI.COMM_WORLD, 20
d, e = sp.diags_array([-np.ones(n - 1), 2 * np.ones(n), -np.ones(n - 1)], offsets=[-1, 0, 1]), sp.eye_array(n)
K = sp.csr_array(sp.kron(sp.kron(d, e), e) + sp.kron(sp.kron(e, d), e) + sp.kron(sp.kron(e, e), d))
if comm.rank == 0:
    csr = (K.indptr.astype("i4"), K.indices.astype("i4"), K.data)
    share = RankShare.of_leader(comm, PETSc.Mat().createAIJ(K.shape, csr=csr, comm=MPI.COMM_SELF))
else:
    share = RankShare.of_helper(comm, n**3)
share.factorise()
u = np.random.default_rng(0).normal(size=(n**3, 5))
found = share.solved(K @ u if comm.rank == 0 else None, 5)
entries = comm.gather(share._solver.getPC().getFactorMatrix().getMumpsInfo(27))
if comm.rank == 0:
    print(json.dumps({"entries": entries, "off": float(np.abs(found - u).max())}))
"""


def test_two_ranks_share_the_factor_of_a_laplacian_and_solve_it(tmp_path):
    command = [mpiexec(), "-n", "2", sys.executable, "-c", SHARED]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    told = json.loads(ran.stdout)
    # The last separator of a cube is split between the ranks, and each has one half of the cube below it.
    assert min(told["entries"]) > sum(told["entries"]) / 3
    # Condition (2 n / pi)^2 = 160, times the round-off of some hundred operations.
    assert told["off"] < 1e-12


def test_a_mistake_is_said_once_and_ends_all_ranks(tmp_path):
    ran = bonefea(tmp_path, "run", "tibea", "running", ranks=2)
    assert ran.returncode == 2
    assert ran.stderr.count("there is no bone 'tibea'") == 1
    assert ran.stdout == ""


def test_a_study_under_mpiexec_is_refused(tmp_path):
    ran = bonefea(tmp_path, "study", "footwear", ranks=2)
    assert ran.returncode == 2
    assert "run it without mpiexec" in ran.stderr
