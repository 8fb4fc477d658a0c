# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""`bonefea view`: a bone to turn and try in the browser."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from fea.cli.options import Cache, Size, Solver


def view(
    what: tuple[str, ...],
    /,
    *,
    port: Annotated[int, Parameter(help="Port on this machine; a free one by default.")] = 0,
    open_browser: Annotated[bool, Parameter(name="--open", help="Open the page in the browser.")] = True,
    size: Size = None,
    solver: Solver = None,
    cache: Cache = True,
) -> None:
    """Turn a bone in the browser, move sliders, see strain at once; Ctrl-C ends it.

    The page is served to this machine only.

    Parameters
    ----------
    what
        A bone that `bonefea list` shows, a path to its TOML file, or a run folder; two stand side by side.
    """
    import contextlib
    import logging
    import webbrowser

    from rich.console import Console

    from fea.solve import solving_with
    from fea.view import view as serve_view

    logging.getLogger("wslink").setLevel(logging.CRITICAL)  # it reports each page that is closed
    terminal = Console(stderr=True)

    def told(address: str) -> None:
        status.stop()
        print(f"{address}\nCtrl-C ends it.", flush=True)
        if open_browser:
            webbrowser.open(address)

    stopping = contextlib.suppress(KeyboardInterrupt)
    with terminal.status("loading libraries") as status, stopping, solving_with(solver):
        serve_view(what, port=port, size_mm=size, use_cache=cache, progress=status.update, told=told)
    print("stopped.")
