# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The gate of the viewer's socket: messages of bounded size, calls that the page makes, values that its controls have.

wslink sets aside as many bytes as a message announces, up to 4 GB, and calls whatever method is named with whatever
is sent. Here a message is measured before it is read, and only what the page itself could send goes on.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from fea.errors import on_one_line
from fea.view.controls import taken

LONGEST_BYTES = 2**16
"""The longest message that is taken; the page's own have a few hundred bytes."""

_HEADER_BYTES = 12
"""wslink's own: number of the message, offset and size of the whole, four bytes each."""
_MOST_PENDING = 4
_REFUSED = -32602  # "invalid params" of JSON-RPC
_NOT_SUPPORTED, _VIOLATED, _TOO_BIG = 1003, 1008, 1009
_MOST_PX, _MOST_PIXELS = 8192, 2**25
_STAGES = ("client_connected", "client_mounted", "client_unmounted", "client_exited", "client_reloaded")
_ACTIONS = ("down", "up", "move", "dblclick", "scroll", "hover", "click", "enter", "leave")
_KEYS = ("buttonLeft", "buttonMiddle", "buttonRight", "shiftKey", "ctrlKey", "altKey", "metaKey")
_WHEEL = ("StartMouseWheel", "MouseWheel", "EndMouseWheel")

Check = Callable[[list[Any]], list[Any] | None]


class _Refused(Exception):
    """What came in is not what the page sends."""


def guard(handler: Any, server: Any) -> None:
    """Put the gate before a socket.

    Parameters
    ----------
    handler : wslink.protocol.WslinkHandler
        Of the socket.
    server : trame_server.core.Server
        Of the page.
    """
    checks = _checks(server)
    further = handler.onCompleteMessage

    async def complete(rpc: Any, client: str) -> None:
        if not (isinstance(rpc, dict) and isinstance(rpc.get("id"), str) and isinstance(rpc.get("method"), str)):
            raise _Refused
        given = rpc.get("args", [])
        check = _hello if rpc["id"].partition(":")[0] == "system" else checks.get(rpc["method"])
        args = check(given) if check is not None and isinstance(given, list) and not rpc.get("kwargs") else None
        if args is None:
            await handler.sendWrappedError(rpc["id"], _REFUSED, "This is not what the page sends.", client_id=client)
            return
        await further({"wslink": "1.0", "id": rpc["id"], "method": rpc["method"], "args": args, "kwargs": {}}, client)

    async def message(is_binary: bool, message: Any, client: str) -> None:
        unchunker, connection = handler.unchunkers[client], handler.connections[client]
        if not is_binary:
            await connection.close(code=_NOT_SUPPORTED)
            return
        if not _bounded(message.data, len(unchunker.pending_messages)):
            await connection.close(code=_TOO_BIG)
            return
        try:
            rpc = _read(unchunker, message.data)
            if rpc is not None:
                await complete(rpc, client)
        except _Refused:
            await connection.close(code=_VIOLATED)

    handler.onMessage = message


def _bounded(data: bytes, pending: int) -> bool:
    """Whether a message is as long as one may be; it is judged by what it announces."""
    announced = int.from_bytes(data[8:_HEADER_BYTES], "little")
    return len(data) >= _HEADER_BYTES and max(len(data), announced) <= LONGEST_BYTES and pending <= _MOST_PENDING


def _read(unchunker: Any, data: bytes) -> Any:
    """Message once it is whole, else None."""
    try:
        return unchunker.process_chunk(data)
    except Exception:  # msgpack and wslink raise what they please at bytes that are no message
        raise _Refused from None


# ---------------------------------------------------------------- what is sent to each method


def _checks(server: Any) -> Mapping[str, Check]:
    """For each method that the page calls what its arguments are reduced to, or None if they are odd."""
    view = partial(_of, _is_view)
    return {
        "trame.state.get": _of(),
        "trame.state.update": lambda args: _changes(args, server.state),
        "trame.trigger": lambda args: _trigger(args, server.controller),
        "trame.lifecycle.update": _of(lambda name: isinstance(name, str) and name in _STAGES),
        "trame.error.client": lambda args: [on_one_line(" ".join(str(one) for one in args)[:200])],
        "viewport.image.push": lambda args: _picture(args),
        "viewport.image.push.observer.add": view(),
        "viewport.image.push.observer.remove": view(),
        "viewport.image.push.enabled": view(lambda value: isinstance(value, bool)),
        "viewport.image.push.invalidate.cache": view(),
        "viewport.image.push.original.size": lambda args: _size(args),
        "viewport.image.push.quality": view(partial(_within, 0, 100), partial(_within, 0.01, 1)),
        "viewport.image.push.quality.get": view(),
        "viewport.mouse.interaction": lambda args: _event(args, "action", _ACTIONS),
        "viewport.mouse.zoom.wheel": lambda args: _event(args, "type", _WHEEL),
    }


def _of(*kinds: Callable[[Any], bool]) -> Check:
    """Check of arguments of these kinds, one each."""

    def check(args: list[Any]) -> list[Any] | None:
        sound = len(args) == len(kinds) and all(kind(one) for kind, one in zip(kinds, args, strict=True))
        return list(args) if sound else None

    return check


def _hello(args: list[Any]) -> list[Any] | None:
    secret = args[0].get("secret") if len(args) == 1 and isinstance(args[0], dict) else None
    return [{"secret": secret}] if isinstance(secret, str) else None


def _within(low: float, high: float, value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high


def _is_view(value: Any) -> bool:
    return isinstance(value, str) and re.fullmatch("[0-9]{1,6}", value) is not None


def _changes(args: list[Any], state: Any) -> list[Any] | None:
    """Changes of the state that are values of controls; the others are left out."""
    if len(args) != 1 or not isinstance(args[0], list):
        return None
    changes = [one for one in args[0] if isinstance(one, dict) and taken(one.get("key"), one.get("value"), state)]
    return [[{"key": one["key"], "value": one["value"]} for one in changes]]


def _trigger(args: list[Any], controller: Any) -> list[Any] | None:
    if len(args) != 3 or not isinstance(args[0], str) or not isinstance(args[1], list) or args[2] != {}:
        return None
    called = controller.trigger_fn(args[0])
    if called is None or any(not isinstance(one, int | str) for one in args[1]):
        return None
    try:
        inspect.signature(called).bind(*args[1])
    except TypeError:
        return None
    return [args[0], args[1], {}]


def _picture(args: list[Any]) -> list[Any] | None:
    view = args[0].get("view") if len(args) == 1 and isinstance(args[0], dict) else None
    return [{"view": view}] if _is_view(view) else None


def _size(args: list[Any]) -> list[Any] | None:
    if len(args) != 3 or not _is_view(args[0]) or not all(_within(0, _MOST_PX, length) for length in args[1:]):
        return None
    return list(args) if args[1] * args[2] <= _MOST_PIXELS else None


def _event(args: list[Any], name: str, known: tuple[str, ...]) -> list[Any] | None:
    """Event of the mouse with the entries that are read, each of its kind."""
    given = args[0] if len(args) == 1 and isinstance(args[0], dict) else {}
    if not (isinstance(given.get(name), str) and given[name] in known and _is_view(given.get("view"))):
        return None
    event = {name: given[name], "view": given["view"]}
    for key in _KEYS:
        event[key] = 1 if given.get(key) in (1, True) else 0
    for key, most in (("x", 10), ("y", 10), ("scroll", 100), ("spinY", 100)):
        if key in given:
            if not _within(-most, most, given[key]):
                return None
            event[key] = given[key]
    return [event]
