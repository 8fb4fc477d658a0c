# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The door of the viewer: one address on this machine, for its own page and nobody else's."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

from fea.errors import InputError, RunError, out_of_range

LOOPBACK = "127.0.0.1"
_NAMES = (LOOPBACK, "localhost")

Told = Callable[[str], None]


def serve(server: Any, port: int, told: Told) -> None:
    """Serve a page until Ctrl-C, on the loopback address only.

    Parameters
    ----------
    server : trame_server.core.Server
        With the page in place.
    port : int
        The port, or 0 for a free one.
    told : callable
        Is told the address when the page can be opened.

    Raises
    ------
    fea.errors.InputError
        The port is outside its range or taken.
    """
    if not 0 <= port <= 65535:
        raise out_of_range("port", port, "0 to 65535, 0 for a free one")
    _check_free(port)
    # trame reads this variable, and else the command line, for host, port and folders to serve; here both are ours.
    # Pictures are compressed already.
    os.environ["TRAME_ARGS"] = "--no-ws-compress"
    asyncio.run(_served(server, port, told))


async def _served(server: Any, port: int, told: Told) -> None:
    from aiohttp import web

    @web.middleware
    async def guarded(request: Any, handler: Callable[[Any], Awaitable[Any]]) -> Any:
        if not own(request.headers.get("Host", ""), request.headers.get("Origin"), server.port):
            raise web.HTTPForbidden(text="This viewer answers its own page only.")
        with contextlib.suppress(ConnectionResetError):  # the page was closed
            return await handler(request)
        return web.Response()

    async def session(_: Any) -> Any:
        # The page of trame first asks a launcher of sessions where to connect; there is one session, here.
        return web.json_response({"sessionURL": f"ws://{LOOPBACK}:{server.port}/ws"})

    def bound(site: Any) -> None:
        if site.host != LOOPBACK:
            raise RunError(f"the viewer was to listen on {site.host}; it may listen on {LOOPBACK} only.")
        site.app.middlewares.append(guarded)
        site.app.router.add_post("/paraview/", session)

    def ready(**_: Any) -> None:
        told(f"http://{LOOPBACK}:{server.port}/index.html")

    server.controller.on_server_bind.add(bound)
    server.controller.on_server_ready.add(ready)
    start = server.start(
        port=port,
        host=LOOPBACK,
        exec_mode="coroutine",
        backend="aiohttp",
        thread=True,  # so that Ctrl-C ends asyncio.run, as everywhere in Python
        open_browser=False,
        show_connection_info=False,
        disable_logging=True,
        follow_symlinks=False,
        timeout=0,
    )
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(_without_closed_pages)
    running = loop.create_task(start)
    try:
        await asyncio.shield(running)
    except asyncio.CancelledError:
        await server.stop()
        await running
        raise


def _without_closed_pages(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    if not isinstance(context.get("exception"), ConnectionResetError):
        loop.default_exception_handler(context)


def own(host: str, origin: str | None, port: int) -> bool:
    """Say whether a request was addressed to this viewer by this machine's name, and not sent by a foreign page.

    A page of another site can send requests to 127.0.0.1; by a name that it lets point there (DNS rebinding)
    even read the answers. The first shows in ``Origin``, the second in ``Host``.
    """
    addresses = {f"{name}:{port}" for name in _NAMES}
    if host not in addresses:
        return False
    if origin is None:
        return True
    parts = urlsplit(origin)
    return parts.scheme == "http" and parts.netloc in addresses


def _check_free(port: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError as error:
            raise InputError(
                f"port {port} cannot be used: {error.strerror}; leave --port out for a free one."
            ) from None
