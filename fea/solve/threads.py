# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Number of threads: what is asked for, or one for each physical core that the process may use.

``$BONEFEA_THREADS`` holds what is asked for, so that worker processes follow. Where it is absent, ``$OMP_NUM_THREADS``
is an upper bound, which schedulers and dask set for their workers. What other libraries have set in this process, as
gmsh does for itself, has no say.
"""

from __future__ import annotations

import functools
import math
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
from threadpoolctl import threadpool_limits

from fea.errors import out_of_range

VARIABLE = "BONEFEA_THREADS"
MOST = 1024

_BOUND = "OMP_NUM_THREADS"
_CGROUPS = Path("/sys/fs/cgroup")
_CPUS = Path("/sys/devices/system/cpu")


@contextmanager
def limited_to(threads: int | None = None) -> Iterator[None]:
    """Context in which linear algebra runs on so many threads; None leaves what is asked for already.

    Raises
    ------
    fea.errors.InputError
        The number is not from 1 to 1024.
    """
    before = os.environ.get(VARIABLE)
    if threads is not None:
        os.environ[VARIABLE] = str(_checked(threads))
    try:
        with threadpool_limits(thread_count()):
            yield
    finally:
        if threads is not None:
            os.environ.pop(VARIABLE)
            if before is not None:
                os.environ[VARIABLE] = before


def thread_count() -> int:
    """Number of threads to work with.

    Raises
    ------
    fea.errors.InputError
        ``$BONEFEA_THREADS`` is not a number from 1 to 1024.
    """
    asked = os.environ.get(VARIABLE)
    if asked:
        return _checked(asked)
    bound = os.environ.get(_BOUND, "").partition(",")[0]
    return min(usable_cores(), int(bound)) if bound.isdecimal() and int(bound) > 0 else usable_cores()


def usable_cores() -> int:
    """Number of physical cores that this process may use: within its affinity and the limit of its cgroup."""
    allowed = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else None
    if allowed is None:
        cores = psutil.cpu_count(logical=False) or os.cpu_count() or 1
    else:
        cores = len({_siblings(cpu) for cpu in allowed})
    return max(1, math.ceil(min(cores, cgroup_limit())))


def cgroup_limit(groups: Path = _CGROUPS, own: Path = Path("/proc/self/cgroup")) -> float:
    """Processor time per time that the control groups of this process allow; infinite without a limit."""
    limit = math.inf
    with suppress(OSError):
        for line in own.read_text().splitlines():
            _, kinds, place = line.split(":", 2)
            if kinds == "":  # version 2: one tree, in which each group limits those below
                root, names = groups, ["cpu.max"]
            elif "cpu" in kinds.split(","):
                root, names = groups / kinds, ["cpu.cfs_quota_us", "cpu.cfs_period_us"]
            else:
                continue
            here = root / place.lstrip("/")
            for group in (here, *here.parents[: len(here.relative_to(root).parts)]):
                limit = min(limit, _limit_of([group / name for name in names]))
    return limit


def _limit_of(files: list[Path]) -> float:
    """Quota over period; infinite where there is none."""
    try:
        quota, period = " ".join(file.read_text() for file in files).split()
        return int(quota) / int(period) if int(quota) > 0 else math.inf
    except (OSError, ValueError):  # "max" stands for no limit
        return math.inf


@functools.cache
def _siblings(cpu: int) -> str:
    """The logical processors of the same core."""
    try:
        return (_CPUS / f"cpu{cpu}" / "topology" / "thread_siblings_list").read_text().strip()
    except OSError:
        return str(cpu)


def _checked(asked: int | str) -> int:
    try:
        number = int(asked)
    except ValueError:
        number = 0
    if not 1 <= number <= MOST:
        raise out_of_range("the number of threads", asked, f"1 to {MOST}")
    return number
