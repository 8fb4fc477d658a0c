# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""No process of a run, a study or the viewer listens where another machine could reach it."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import psutil
import pytest

from tests.solve.test_ranks import mpiexec

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")

STUDY = """
schema = 1
kind = "study"
name = "doors"
title = "Two tissues, two factorisations"
[base]
bone = "metatarsal2"
activity = "running"
size = 2
[cross]
t_score = [0, -1]
mass = [60, 70]
"""
PAUSE_S = 0.1
RUN = ["run", "metatarsal2", "running", "--size", "2"]


@pytest.fixture
def environment(tmp_path) -> dict[str, str]:
    """The environment of processes that must solve, and have not been told by others what MPI may use."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("UCX_")}
    return {**own, "BONEFEA_CACHE": str(tmp_path / "cache")}


def family(process: psutil.Process) -> list[psutil.Process]:
    with contextlib.suppress(psutil.NoSuchProcess):
        return [process, *process.children(recursive=True)]
    return []


def listening(process: psutil.Process) -> Iterator[tuple[str, int]]:
    """Addresses and ports on which a process takes what comes from anybody: TCP that listens, UDP that is bound."""
    with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
        for one in process.net_connections(kind="inet"):
            waits = one.status == psutil.CONN_LISTEN or (one.type == socket.SOCK_DGRAM and not one.raddr)
            if waits and one.laddr:
                yield one.laddr.ip, one.laddr.port


def watched(command: list[str], environment: Mapping[str, str], folder: Path) -> tuple[set[str], set[int], int]:
    """Run a command; return the addresses on which it or its children listened, all of these, and its exit code."""
    addresses: set[str] = set()
    numbers: set[int] = set()
    with subprocess.Popen(command, env=environment, cwd=folder, stdout=subprocess.DEVNULL) as process:
        while process.poll() is None:
            for one in family(psutil.Process(process.pid)):
                numbers.add(one.pid)
                addresses |= {ip for ip, _ in listening(one)}
            time.sleep(PAUSE_S)
    return addresses, numbers, process.returncode


def outer(addresses: set[str]) -> set[str]:
    return {ip for ip in addresses if not ipaddress.ip_address(ip).is_loopback}


def bonefea(*words: str) -> list[str]:
    return [sys.executable, "-m", "fea", *words]


def test_the_watch_sees_a_socket_that_listens_to_all(environment, tmp_path):
    code = "import socket, time; s = socket.create_server(('0.0.0.0', 0)); time.sleep(1)"
    inner = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {code!r}])"
    addresses, numbers, _ = watched([sys.executable, "-c", inner], environment, tmp_path)
    assert outer(addresses) == {"0.0.0.0"}
    assert len(numbers) == 2


def test_a_run_listens_nowhere(environment, tmp_path):
    addresses, _, code = watched(bonefea(*RUN, "--out", "r", "--no-cache"), environment, tmp_path)
    assert code == 0
    assert addresses == set()


def test_a_study_and_its_workers_listen_on_this_machine_only(environment, tmp_path):
    (tmp_path / "doors.toml").write_text(STUDY, encoding="utf-8")
    command = bonefea("study", "doors.toml", "--workers", "2", "--out", "s")
    addresses, numbers, code = watched(command, environment, tmp_path)
    assert code == 0
    assert addresses == {"127.0.0.1"}  # the scheduler and two workers of dask
    assert len(numbers) >= 3


def test_several_ranks_speak_through_shared_memory(environment, tmp_path):
    command = [mpiexec(), "-n", "2", *bonefea(*RUN, "--out", "r", "--no-cache")]
    launcher: set[tuple[str, int]] = set()
    ranks: set[tuple[str, int]] = set()
    numbers: set[int] = set()
    with subprocess.Popen(command, env=environment, cwd=tmp_path, stdout=subprocess.DEVNULL) as process:
        while process.poll() is None:
            launcher |= set(listening(psutil.Process(process.pid)))
            for one in family(psutil.Process(process.pid)):
                if busy(one):
                    numbers.add(one.pid)
                    ranks |= set(listening(one))
            time.sleep(PAUSE_S)
    assert process.returncode == 0
    assert len(numbers) == 2
    assert ranks <= launcher  # the launcher's own port is handed down to what it starts


def test_the_viewer_listens_at_its_own_door_only_and_its_workers_nowhere(environment, tmp_path):
    pytest.importorskip("aiohttp")
    from tests.view.test_gate import DESIGN, FRAME, connected

    command = bonefea("view", "metatarsal2", "--size", "2", "--no-open")
    with subprocess.Popen(command, env=environment, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            address = process.stdout.readline().strip()

            doors: set[tuple[str, int]] = set()
            workers: set[int] = set()

            async def thinner(line):
                # Another tissue: the workers solve as long as a page wants it.
                await line.send_str(
                    json.dumps(
                        {**FRAME, "limits": True, "design": {**DESIGN, "support": "fixed", "t_score": -2, "modes": []}}
                    )
                )
                end, settled = time.monotonic() + 120.0, time.monotonic() + 5.0
                while time.monotonic() < end and (len(workers) < 2 or time.monotonic() < settled):
                    for one in family(psutil.Process(process.pid)):
                        doors.update(listening(one))
                        if one.pid != process.pid and busy(one):
                            workers.add(one.pid)
                    await asyncio.sleep(PAUSE_S)

            connected(address, thinner)
            port = int(address.split(":")[2].split("/")[0])
            assert doors == {("127.0.0.1", port)}
            assert len(workers) >= 2
        finally:
            process.terminate()
            process.wait(30)


def busy(process: psutil.Process) -> bool:
    """Say whether a process has loaded PETSc, and so MPI."""
    with contextlib.suppress(OSError):
        return "libpetsc" in Path(f"/proc/{process.pid}/maps").read_text(encoding="utf-8")
    return False
