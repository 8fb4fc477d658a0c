# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""`bonefea view`: a bone to turn and try in the browser."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from fea.cli.options import CacheOption, SizeOption, SolverOption, ThreadsOption


def view(
    what: str,
    beside: str | None = None,
    /,
    *,
    port: Annotated[int, Parameter(help="Port on this machine; a free one by default.")] = 0,
    host: Annotated[
        str, Parameter(help="Address of this machine to listen on; all others but 127.0.0.1 let other machines in.")
    ] = ("127.0.0.1"),
    allow_host: Annotated[
        tuple[str, ...],
        Parameter(
            help="NAME or NAME:PORT by which a browser calls it, behind a proxy or a tunnel; repeatable.", negative=()
        ),
    ] = (),
    activity: Annotated[
        tuple[str, ...],
        Parameter(help="Further activity to offer: a TOML or CSV file, a trial too; repeatable.", negative=()),
    ] = (),
    footwear: Annotated[tuple[str, ...], Parameter(help="Further shoe: a TOML file; repeatable.", negative=())] = (),
    carriage: Annotated[
        tuple[str, ...], Parameter(help="Further way of carrying: a TOML file; repeatable.", negative=())
    ] = (),
    open_browser: Annotated[bool, Parameter(name="--open", help="Open the page in the browser.")] = True,
    size: SizeOption = None,
    solver: SolverOption = None,
    threads: ThreadsOption = None,
    cache: CacheOption = True,
) -> None:
    """Turn a bone in the browser, move sliders, see strain at once; Ctrl-C ends it.

    The page is served to this machine, and to whoever has its address: the token in it is new each time.

    Parameters
    ----------
    what
        A bone that `bonefea list` shows, a path to its TOML file, or a run folder; a left bone is shown as its mirror
        image.
    beside
        Another one, to stand beside it.
    """
    import sys

    from rich.console import Console

    from fea.solve import solving_with
    from fea.view import Door, OwnFiles
    from fea.view import view as serve_view
    from fea.view.browser import browse

    terminal = Console(stderr=True)

    door = Door(port, host, allow_host)

    told: list[str] = []

    def on_address(address: str) -> None:
        told.append(address)
        status.stop()
        print(f"{address}\nCtrl-C ends it.", flush=True)
        if not door.local:
            print("Others reach it too: the address is the key, and nothing is encrypted.", file=sys.stderr)
        if open_browser and not browse(address):
            print("No browser with windows was found here; open the address in yours.", file=sys.stderr)

    try:
        with terminal.status("loading libraries") as status, solving_with(solver, threads):
            serve_view(
                [what] if beside is None else [what, beside],
                own=OwnFiles(activity, footwear, carriage),
                door=door,
                size_mm=size,
                use_cache=cache,
                progress=status.update,
                on_address=on_address,
            )
    except KeyboardInterrupt:
        if not told:
            raise
    print("stopped.")
