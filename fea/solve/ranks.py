# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Several MPI ranks for one solve: the first does everything and is helped with the factorisation.

Under ``mpiexec -n N`` the first rank reads, meshes, assembles, writes and prints as it would alone. The others
wait; they take their part in MUMPS whenever the first factorises or solves, and leave when it does.
"""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable
from typing import Any, Literal

from fea.errors import RunError

_TAG = 71
_NAP_S = 0.002

Order = Literal["factorise", "solve", "release", "leave"]

_led: list[Any] = []


def lead(command: Callable[[], int]) -> int:
    """Run a command on the first rank with the help of the others; return its exit code on all of them.

    An error that the command lets through ends all ranks.
    """
    from fea.solve import backend

    backend.load()
    from mpi4py import MPI

    comm = MPI.COMM_WORLD
    if comm.rank > 0:
        return _help(comm)
    _led.append(comm)
    try:
        code = command()
        call("leave", code, 0)
        _led.clear()
    except BaseException:
        traceback.print_exc()
        comm.Abort(1)
        raise
    return code


def leader() -> Any:
    """Communicator of the ranks that this process leads, or None."""
    return _led[0] if _led and _led[0].size > 1 else None


def call(order: Order, number: int, size: int) -> None:
    """Tell the helpers, if there are any, what comes next for the factor with a number.

    ``size`` counts rows or columns; with "leave" the number is the exit code.
    """
    comm = leader()
    for rank in range(1, comm.size if comm is not None else 1):
        comm.send((order, number, size), dest=rank, tag=_TAG)


def _help(comm: Any) -> int:
    """Take part in what the first rank does until it leaves; return its exit code."""
    from fea.solve.mumps import RankShare

    shares: dict[int, RankShare] = {}
    while True:
        # A blocking receive would keep a core busy while the first rank works alone.
        while not comm.Iprobe(source=0, tag=_TAG):
            time.sleep(_NAP_S)
        order, number, size = comm.recv(source=0, tag=_TAG)
        if order == "leave":
            return int(number)
        try:
            if order == "factorise":
                shares[number] = RankShare.of_helper(comm, size)
                shares[number].factorise()
            elif order == "solve":
                shares[number].solved(None, size)
            else:
                shares.pop(number).release()
        except RunError:  # the first rank meets the same error and says so
            continue
