# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The server of the viewer: one address on this machine, for its own page only."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import hmac
import ipaddress
import os
import re
import secrets
import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from fea.errors import InputError, RunError, out_of_range
from fea.view.gate import LONGEST_BYTES, guard

LOOPBACK = "127.0.0.1"
_NAMES = (LOOPBACK, "localhost", "[::1]")
_PLACE = re.compile(r"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::([0-9]{1,5}))?")
_TOKEN_BYTES = 16
_REFUSAL = "This viewer answers its own page only. Open the address that bonefea view has printed."

AddressCallback = Callable[[str], None]


@dataclass(frozen=True)
class Door:
    """Where the viewer listens and by which names it may be called.

    Attributes
    ----------
    port : int
        The port, or 0 for a free one.
    host : str
        Address or name of the interface that it listens on.
    allowed : sequence of str
        Further names by which browsers call it, as behind a proxy or an SSH tunnel: ``NAME`` or ``NAME:PORT``.
    """

    port: int = 0
    host: str = LOOPBACK
    allowed: Sequence[str] = ()

    def check(self) -> None:
        """Check names and port.

        Raises
        ------
        fea.errors.InputError
            The port is outside its range or taken, the host is none of this machine, or a name is no name.
        """
        if not 0 <= self.port <= 65535:
            raise out_of_range("port", self.port, "0 to 65535, 0 for a free one")
        for name in self.allowed:
            if _PLACE.fullmatch(name) is None:
                raise InputError(f"the allowed host {name!r} is no name; write NAME or NAME:PORT, without http://.")
        try:
            family, kind, _, _, place = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)[0]
        except (OSError, UnicodeError):
            raise InputError(f"the host {self.host!r} is no address or name of this machine.") from None
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(place)
            except OSError as error:
                what = f"port {self.port}" if self.local else f"{self.host!r} with port {self.port}"
                hint = "leave --port out for a free one" if self.port else "--host takes an address of this machine"
                raise InputError(f"{what} cannot be used: {error.strerror}; {hint}.") from None

    @property
    def local(self) -> bool:
        """Whether only this machine can reach it."""
        return self.host == "localhost" or (_is_address(self.host) and ipaddress.ip_address(self.host).is_loopback)

    @property
    def called(self) -> str:
        """What stands for the host in the address of the page."""
        if not _is_address(self.host):
            return self.host
        address = ipaddress.ip_address(self.host)
        if address.is_unspecified:
            return socket.gethostname()
        return f"[{self.host}]" if address.version == 6 else self.host

    def admits(self, host: str, origin: str | None, port: int) -> bool:
        """Whether a request was addressed to this viewer by a name of its own, and not sent by a foreign page.

        A page of another site can send requests to this machine; by a name that it lets point there (DNS rebinding)
        even read the responses. The first shows in ``Origin``, the second in ``Host``.
        """
        if not (self._own(host, port) or self._allows(host)):
            return False
        if origin is None:
            return True
        parts = urlsplit(origin)
        if parts.scheme == "http" and self._own(parts.netloc, port):
            return True
        return parts.scheme in ("http", "https") and self._allows(parts.netloc)

    def _own(self, place: str, port: int) -> bool:
        name, given = _parted(place)
        if given not in (port, None) or (given is None and port != 80):
            return False
        if name in (*_NAMES, self.called.lower()):
            return True
        # Rebinding needs a name: whoever calls this machine by a bare address means it.
        return not self.local and (name == socket.gethostname().lower() or _is_address(name.strip("[]")))

    def _allows(self, place: str) -> bool:
        name, given = _parted(place)
        return any(name == own and port in (given, None) for own, port in map(_parted, self.allowed))


def _parted(place: str) -> tuple[str, int | None]:
    """Name and port of ``NAME:PORT``; an empty name if it is none."""
    found = _PLACE.fullmatch(place)
    return ("", None) if found is None else (found[1].lower(), None if found[2] is None else int(found[2]))


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def serve(server: Any, door: Door, on_address: AddressCallback) -> None:
    """Serve a page until Ctrl-C, to whoever has its address, which holds a token that is new each time.

    Parameters
    ----------
    server : trame_server.core.Server
        With the page in place.
    door : Door
        Where it listens.
    on_address : callable
        Called with the address when the page can be opened.

    Raises
    ------
    fea.errors.InputError
        The door cannot be used.
    """
    door.check()
    token = secrets.token_hex(_TOKEN_BYTES)
    # trame reads this variable, and else the command line, for host, port and folders to serve; here both are ours.
    # Pictures are compressed already. The socket asks for the token once more, instead of a word that all know.
    os.environ["TRAME_ARGS"] = f"--no-ws-compress --authKey={token}"
    server.options["ws_max_msg_size"] = LONGEST_BYTES
    asyncio.run(_served(server, door, token, on_address))


async def _served(server: Any, door: Door, token: str, on_address: AddressCallback) -> None:
    def bound(site: Any) -> None:
        if site.host != door.host:
            raise RunError(f"the viewer was to listen on {site.host}; it may listen on {door.host} only.")
        _lock(site, server, door, token)

    def ready(**_: Any) -> None:
        del os.environ["TRAME_ARGS"]  # what is started from now on need not know the token
        on_address(f"http://{door.called}:{server.port}/{token}/index.html")

    server.controller.on_server_bind.add(bound)
    server.controller.on_server_ready.add(ready)
    start = server.start(
        port=door.port,
        host=door.host,
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


def _lock(site: Any, server: Any, door: Door, token: str) -> None:
    """Let page, files and socket be reached below the token only, with the gate before the socket."""
    from aiohttp import web
    from wslink.protocol import WslinkHandler

    @web.middleware
    async def guarded(request: Any, handler: Callable[[Any], Awaitable[Any]]) -> Any:
        given = request.path.split("/")[1].encode()
        admitted = door.admits(request.headers.get("Host", ""), request.headers.get("Origin"), server.port)
        if not (hmac.compare_digest(given, token.encode()) and admitted):
            raise web.HTTPForbidden(text=_REFUSAL)
        with contextlib.suppress(ConnectionResetError):  # the page was closed
            return await handler(request)
        return web.Response()

    async def index(request: Any) -> Any:
        # The page takes the word for the socket from its address, from which it then removes it.
        if request.query.get("secret") != token:
            raise web.HTTPFound(f"index.html?secret={token}")
        return web.FileResponse(folders["/"] / "index.html")

    async def session(_: Any) -> Any:
        # The page first asks a launcher of sessions where to connect. Told nothing, it connects beside itself,
        # whatever proxy and path it has come through.
        return web.json_response(None)

    async def dressed(_: Any, response: Any) -> None:
        response.headers.update(headers)

    bound = (route.handler for route in site.app.router.routes() if hasattr(route.handler, "__self__"))
    connect = next(method for method in bound if isinstance(method.__self__, WslinkHandler))
    guard(connect.__self__, server)
    folders = {route if route.startswith("/") else f"/{route}": Path(at) for route, at in site.config["static"].items()}
    headers = _headers(folders["/"] / "index.html")
    site.app.middlewares.append(guarded)
    site.app.on_response_prepare.append(dressed)
    router, below = site.app.router, f"/{token}"
    router.add_get(f"{below}/", index)
    router.add_get(f"{below}/index.html", index)
    router.add_get(f"{below}/ws", connect, allow_head=False)
    router.add_post(f"{below}/paraview/", session)
    for route in sorted(folders, reverse=True):  # the longer first, as the router takes the first that fits
        router.add_static(f"{below}{route}", folders[route])


def _headers(page: Path) -> dict[str, str]:
    """Return what keeps a browser from scripts and pages of others, and from telling the address, token and all."""
    inline = re.findall(r"<script>(.*?)</script>", page.read_text("utf-8"), re.DOTALL)
    own = " ".join(f"'sha256-{base64.b64encode(hashlib.sha256(s.encode()).digest()).decode()}'" for s in inline)
    policy = {
        "default-src": "'self'",
        "script-src": f"'self' 'unsafe-eval' {own}",  # Vue compiles the template of the page in the browser
        "style-src": "'self' 'unsafe-inline'",
        "img-src": "'self' data: blob:",
        "font-src": "'self' data:",
        "object-src": "'none'",
        "base-uri": "'self'",
        "form-action": "'none'",
        "frame-ancestors": "'self'",
    }
    return {
        "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
    }


def _without_closed_pages(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    if not isinstance(context.get("exception"), ConnectionResetError):
        loop.default_exception_handler(context)
