# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""A dask scheduler and two workers, each a process of its own, give the tables of one machine."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time

import pytest

from fea.errors import InputError
from fea.folders.study import run_study
from fea.solve import THREADS_VARIABLE, thread_count
from fea.studies import plan_of

TABLES = ("results.csv", "results.parquet", "histories.nc")


def started(folder, threads):
    """Start a scheduler and two workers, who solve on as many threads as two workers of this machine."""
    file = folder / "scheduler.json"
    own = {"BONEFEA_CACHE": str(folder / "cache"), THREADS_VARIABLE: str(max(1, thread_count() // 2))}
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": folder, "env": os.environ | own}
    dask = [sys.executable, "-m", "dask"]
    common = ["--scheduler-file", str(file), "--no-dashboard"]
    processes = [subprocess.Popen([*dask, "scheduler", *common, "--port", "0", "--host", "127.0.0.1"], **quiet)]
    for _ in range(300):
        if file.exists():
            break
        time.sleep(0.1)
    worker = [*dask, "worker", *common, "--nthreads", str(threads), "--no-nanny"]
    processes += [subprocess.Popen(worker, **quiet) for _ in range(2)]
    return processes, json.loads(file.read_text())["address"]


def ended(processes):
    for process in reversed(processes):
        process.kill()
        process.wait()


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
def test_a_cluster_gives_the_tables_of_one_machine(finished, tmp_path):
    study, plan, folder, _ = finished
    processes, address = started(tmp_path, 1)
    try:
        wait_for_workers(address, 2)
        outcome = run_study(study, plan, tmp_path / "s", scheduler=address)
    finally:
        ended(processes)
    assert (outcome.progress.done, outcome.failed) == (12, [])
    for name in TABLES:
        assert (tmp_path / "s" / name).read_bytes() == (folder / name).read_bytes(), name


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
def test_workers_with_several_threads_are_refused(finished, tmp_path):
    study, plan, _, _ = finished
    processes, address = started(tmp_path, 2)
    try:
        wait_for_workers(address, 2)
        with pytest.raises(InputError, match="--nthreads 1"):
            run_study(study, plan, tmp_path / "s", scheduler=address)
    finally:
        ended(processes)


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
def test_an_address_where_nothing_answers_is_refused(study_of, tmp_path, monkeypatch):
    from fea.studies import execution

    monkeypatch.setattr(execution, "PATIENCE_S", 1)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{taken.getsockname()[1]}"
        study = study_of("[cross]", "mass = [60]")
        for wrong in (address, "tcp://", "nonsense://x:1"):
            with pytest.raises(InputError, match="no dask scheduler answers"):
                run_study(study, plan_of(study), tmp_path / "s", scheduler=wrong)


def wait_for_workers(address, count):
    from distributed import Client

    with Client(address, timeout=30) as client:
        client.wait_for_workers(count, timeout=60)
