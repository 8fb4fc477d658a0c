# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Pictures drawn in a process of their own, while this one goes on to compute and write."""

from __future__ import annotations

import importlib
import os
import pickle
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

Drawing = Callable[[], object]
"""Draws a picture; it can be pickled."""
Draw = Callable[[Drawing], Callable[[], object]]
"""Begins to draw; what it returns waits until the picture is written, or raises the error of drawing it. A picture that
has not been begun when it is waited for is drawn by who waits."""


@contextmanager
def drawing(*, beside: bool) -> Iterator[Draw]:
    """Context with a function that has pictures drawn, one after the other, in a process ``beside`` this one or here.

    Where no process can be started, or it ends before its time, pictures are drawn here.
    """
    if not beside:
        yield drawn_here
        return
    stopped = threading.Event()
    with ThreadPoolExecutor(1, initializer=_without_broken_pipes) as thread:
        process = thread.submit(_started)
        try:

            def draw(picture: Drawing) -> Callable[[], object]:
                begun = thread.submit(_drawn_by, process.result(), stopped, picture)
                return lambda: picture() if begun.cancel() else begun.result()

            yield draw
        except BaseException:
            stopped.set()
            raise
        finally:
            thread.submit(_end, process.result())


def drawn_here(picture: Drawing) -> Drawing:
    """The picture itself, drawn in this process when it is waited for."""
    return picture


def _started() -> subprocess.Popen[bytes] | None:
    """A process that waits for pictures; it finds this package where this process has it."""
    path = os.pathsep.join([str(Path(__file__).parents[2]), *filter(None, [os.environ.get("PYTHONPATH")])])
    command = [sys.executable, "-c", "from fea.show.process import main; main()"]
    try:
        return subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": path},
            start_new_session=True,  # Ctrl-C is for the process that computes, from the first moment on
        )
    except OSError:
        return None


def _without_broken_pipes() -> None:
    """Keep the signal of a broken pipe from this thread: PETSc lets it end the process, Python expects an error."""
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGPIPE})


def _drawn_by(process: subprocess.Popen[bytes] | None, stopped: threading.Event, picture: Drawing) -> None:
    if stopped.is_set():
        return
    error: Exception | None
    try:
        if process is None or process.stdin is None or process.stdout is None:
            raise EOFError
        pickle.dump(picture, process.stdin)
        process.stdin.flush()
        error = pickle.load(process.stdout)
    except (EOFError, OSError, pickle.UnpicklingError):
        picture()
        return
    if error is not None:
        raise error


def _end(process: subprocess.Popen[bytes] | None) -> None:
    if process is not None:
        with process, suppress(OSError):  # which waits for its end
            assert process.stdin is not None
            process.stdin.close()


def main() -> None:
    """Draw what comes through standard input until that ends; answer with None or the error."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that computes
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    for library in ("matplotlib.figure", "pyvista.plotting", "fea.show"):  # ready when the first picture comes
        importlib.import_module(library)
    with suppress(EOFError):
        while True:
            picture: Drawing = pickle.load(sys.stdin.buffer)
            error: Exception | None = None
            try:
                picture()
            except Exception as raised:
                error = raised
            pickle.dump(error, answers)
            answers.flush()
