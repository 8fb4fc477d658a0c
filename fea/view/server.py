# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The server of the viewer: one address on this machine, for its own page only."""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import ipaddress
import re
import secrets
import signal
import socket
import threading
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from fea.errors import InputError, out_of_range
from fea.show.scene import MODULES, packed, page_file
from fea.view.desk import Desk
from fea.view.gate import LONGEST_BYTES, Ask, read_ask

LOOPBACK = "127.0.0.1"
_NAMES = (LOOPBACK, "localhost", "[::1]")
_PLACE = re.compile(r"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::([0-9]{1,5}))?")
_TOKEN_BYTES = 16
_MOST_PENDING = 16
_HEARTBEAT_S = 30.0
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


def serve(desk: Desk, door: Door, on_address: AddressCallback) -> None:
    """Serve pages until Ctrl-C or SIGTERM, to whoever has their address, which holds a token that is new each time.

    Parameters
    ----------
    desk : Desk
        What answers the pages.
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
    asyncio.run(_served(desk, door, on_address))


async def _served(desk: Desk, door: Door, on_address: AddressCallback) -> None:
    from aiohttp import web

    token = secrets.token_hex(_TOKEN_BYTES)
    sockets = Sockets(desk)
    desk.begin(sockets.tell_ready)
    family, kind, _, _, place = socket.getaddrinfo(door.host, door.port, type=socket.SOCK_STREAM)[0]
    listening = socket.socket(family, kind)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind(place)
    port = listening.getsockname()[1]
    runner = web.AppRunner(_application(sockets, door, token, port), access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        await web.SockSite(runner, listening).start()
        on_address(f"http://{door.called}:{port}/{token}/index.html")
        await _terminated()
    finally:
        await runner.cleanup()


async def _terminated() -> None:
    """Wait for SIGTERM, which only the main thread can hear."""
    heard = asyncio.Event()
    if threading.current_thread() is threading.main_thread():
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, heard.set)
    await heard.wait()


def _application(sockets: Sockets, door: Door, token: str, port: int) -> Any:
    """Application whose page, modules and socket are reached below the token only."""
    from aiohttp import web

    @web.middleware
    async def guarded(request: Any, handler: Callable[[Any], Awaitable[Any]]) -> Any:
        given = request.path.split("/")[1].encode()
        admitted = door.admits(request.headers.get("Host", ""), request.headers.get("Origin"), port)
        if not (hmac.compare_digest(given, token.encode()) and admitted):
            raise web.HTTPForbidden(text=_REFUSAL)
        with contextlib.suppress(ConnectionResetError):  # the page was closed
            return await handler(request)
        return web.Response()

    async def dressed(_: Any, response: Any) -> None:
        response.headers.update(_HEADERS)

    async def file(request: Any) -> Any:
        name = request.path.rpartition("/")[2]
        ending = name.rpartition(".")[2]
        return web.Response(text=page_file(_PAGES.get(name, name)), content_type=_KINDS[ending], charset="utf-8")

    application = web.Application(middlewares=[guarded])
    application.on_response_prepare.append(dressed)
    for name in (*_PAGES, "style.css", *(f"{module}.js" for module in MODULES)):
        application.router.add_get(f"/{token}/{name}", file)
    application.router.add_get(f"/{token}/ws", sockets.opened, allow_head=False)
    return application


class Sockets:
    """Sockets of the open pages.

    Parameters
    ----------
    desk : Desk
        What answers them.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._open: set[Any] = set()
        self._telling: set[asyncio.Task[None]] = set()

    async def opened(self, request: Any) -> Any:
        """Serve the socket of a page until it closes; what the page could not have sent closes it."""
        from aiohttp import WSCloseCode, WSMsgType, web

        line = web.WebSocketResponse(max_msg_size=LONGEST_BYTES, compress=False, heartbeat=_HEARTBEAT_S)
        await line.prepare(request)
        self._open.add(line)
        answering: set[asyncio.Task[None]] = set()
        try:
            await line.send_bytes(self._desk.welcome)
            async for message in line:
                if message.type != WSMsgType.TEXT:
                    await line.close(code=WSCloseCode.UNSUPPORTED_DATA)
                    break
                ask = read_ask(message.data)
                if ask is None or len(answering) >= _MOST_PENDING:
                    await line.close(code=WSCloseCode.POLICY_VIOLATION)
                    break
                task = asyncio.get_running_loop().create_task(self._answered(line, ask))
                answering.add(task)
                task.add_done_callback(answering.discard)
        finally:
            self._open.discard(line)
            self._desk.page_closed(id(line))
            for task in answering:
                task.cancel()
        return line

    async def _answered(self, line: Any, ask: Ask) -> None:
        answer = await self._desk.answer(ask, id(line))
        with contextlib.suppress(ConnectionResetError):  # the page was closed
            await line.send_bytes(answer)

    def tell_ready(self) -> None:
        """Tell all pages that what they wait for may be there."""
        for line in self._open:
            task = asyncio.get_running_loop().create_task(_told(line, packed({"kind": "ready"}, {})))
            self._telling.add(task)
            task.add_done_callback(self._telling.discard)


async def _told(line: Any, message: bytes) -> None:
    with contextlib.suppress(ConnectionResetError):
        await line.send_bytes(message)


_PAGES = {"": "page.html", "index.html": "page.html"}
_KINDS = {"": "text/html", "html": "text/html", "css": "text/css", "js": "text/javascript"}
_POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data: blob:",
    "connect-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'self'",
}
_HEADERS = {
    "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in _POLICY.items()),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
"""What keeps a browser from scripts and pages of others, and from telling the address, token and all."""
