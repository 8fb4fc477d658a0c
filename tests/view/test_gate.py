# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Through the viewer's socket comes what its own page could send, and nothing else; the viewer stays awake."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import msgpack
import numpy as np
import psutil
import pytest
from aiohttp import WSCloseCode, WSMsgType

from fea.view import gate
from fea.view.controls import taken

MIB = 2**20
ODD = (
    *(None, True, False, 0, -1, 1.5, 10**18, -(2**63), 2**64 - 1, 1e308, float("nan"), float("inf"), float("-inf")),
    *("", "x", "none", "1", "-1", "40", "running", "__class__", "{{7*7}}", "\x1b[2J", "a" * 5000, b"\xff\xfe"),
    *([], [1, 2], [[[]]], {}, {"x": 1}, {"view": "1"}, {"key": "percent"}, {"key": [], "value": 1}),
)
CONTROLS = (
    *("percent", "whole", "hold", "scale", "cut", "cut_percent", "contacts", "compare", "quantity"),
    *(f"{place}_{name}" for place in "ab" for name in ("activity", "mass", "pack", "demand", "t_score")),
)
FIXED = ("a_activities", "b_activities", "cuts", "quantities", "sides", "title", "trame__title", "trame__template_main")
ENTRIES = (*CONTROLS, *FIXED, "playing", "probe", "a_demand_name", "a_hotspots", "legend_style", "unknown", "")
METHODS = (
    *("trame.state.get", "trame.state.update", "trame.trigger", "trame.lifecycle.update", "trame.error.client"),
    *("trame.force.push", "viewport.image.push", "viewport.image.push.observer.add", "viewport.image.push.enabled"),
    *("viewport.image.push.original.size", "viewport.image.push.quality", "viewport.image.animation.start"),
    *("viewport.mouse.interaction", "viewport.mouse.zoom.wheel", "viewport.camera.update", "application.exit", ""),
)
EVENT = {"action": "down", "x": 0.5, "y": 0.5, "buttonLeft": 1, "view": "1", "type": "MouseWheel", "spinY": 1}


class Line:
    """A socket as the page of trame opens it, that notes what comes back."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self._number = 0

    async def send(self, method: Any, args: Any, number: Any = None, **more: Any) -> None:
        self._number += 1
        rpc = {"wslink": "1.0", "id": number or f"rpc:test:{self._number}", "method": method, "args": args, **more}
        body = msgpack.packb(rpc)
        head = self._number.to_bytes(4, "little") + bytes(4) + len(body).to_bytes(4, "little")
        await self.socket.send_bytes(head + body)

    async def answer(self, method: str, args: Any, **more: Any) -> dict[str, Any]:
        """Return the answer to a call; what the viewer publishes meanwhile is passed over."""
        await self.send(method, args, **more)
        number = more.get("number", f"rpc:test:{self._number}")
        parts: dict[bytes, bytearray] = {}
        while True:
            received = await self.socket.receive(timeout=60)
            assert received.type == WSMsgType.BINARY, received
            data = received.data
            whole = parts.setdefault(data[:4], bytearray())
            whole += data[12:]
            if len(whole) < int.from_bytes(data[8:12], "little"):
                continue
            said = msgpack.unpackb(bytes(parts.pop(data[:4])), strict_map_key=False)
            if said.get("id") == number:
                return said


def token_of(address: str) -> str:
    return urlsplit(address).path.split("/")[1]


def connected(address: str, talk: Callable[[Line], Any]) -> Any:
    """Talk over a socket to the viewer at an address and return what came of it."""

    async def run() -> Any:
        socket = f"{address.removesuffix('index.html')}ws"
        async with aiohttp.ClientSession() as session, session.ws_connect(socket, max_msg_size=0) as opened:
            line = Line(opened)
            hello = await line.answer("wslink.hello", [{"secret": token_of(address)}], number="system:c0:0")
            assert "result" in hello, hello
            return await talk(line)

    return asyncio.run(run())


def process_of(address: str) -> psutil.Process:
    """Return the process that listens there."""
    port = urlsplit(address).port
    children = psutil.Process().children(recursive=True)
    return next(p for p in children if any(c.laddr and c.laddr.port == port for c in p.net_connections()))


def answers(address: str) -> bool:
    """Say whether the viewer still tells its state."""

    async def asked(line: Line) -> bool:
        return "percent" in (await line.answer("trame.state.get", []))["result"]["state"]

    return bool(connected(address, asked))


def some(chance: random.Random) -> Any:
    """Return odd arguments, or nearly sound ones, for whatever method."""
    shape = chance.randrange(6)
    if shape == 0:
        return [[{"key": chance.choice(ENTRIES), "value": chance.choice(ODD)} for _ in range(chance.randrange(4))]]
    if shape == 1:
        return [{**EVENT, chance.choice([*EVENT, "scroll"]): chance.choice(ODD)}]
    if shape == 2:
        return [f"trigger__{chance.randrange(5)}", [chance.choice(ODD) for _ in range(chance.randrange(3))], {}]
    if shape == 3:
        return ["1", chance.choice(ODD), chance.choice(ODD)]
    return [chance.choice(ODD) for _ in range(chance.randrange(4))] if shape == 4 else chance.choice(ODD)


def test_whatever_is_sent_the_viewer_answers_and_keeps_sound_values(address):
    chance = random.Random(7)

    async def fuzz(line: Line) -> dict[str, Any]:
        for name in ENTRIES:
            for value in ODD:
                await line.send("trame.state.update", [[{"key": name, "value": value}]])
        for _ in range(1500):
            await line.send(chance.choice(METHODS), some(chance))
        for kwargs in ODD:
            await line.send("trame.trigger", ["trigger__1", [], {}], kwargs=kwargs)
        return await told(line)

    async def told(line: Line) -> dict[str, Any]:
        return (await line.answer("trame.state.get", []))["result"]["state"]

    before = connected(address, told)
    state = connected(address, fuzz)
    assert [name for name in CONTROLS if not taken(name, state[name], state)] == []
    assert {name: state[name] for name in FIXED} == {name: before[name] for name in FIXED}
    assert state.keys() == before.keys()
    assert answers(address)
    put_back = {"quantity": "equivalent strain", "compare": False, "hold": False, "percent": 40, "cut": "none"}
    put_back |= {"whole": False, "scale": 0, "a_t_score": 0, "b_t_score": 0, "a_activity": "running", "a_mass": 70}

    async def restore(line: Line) -> None:
        await line.answer("trame.state.update", [[{"key": key, "value": value} for key, value in put_back.items()]])

    connected(address, restore)


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (b"", WSCloseCode.MESSAGE_TOO_BIG),
        (b"\0" * 11, WSCloseCode.MESSAGE_TOO_BIG),
        (b"\1\0\0\0" + b"\0" * 4 + (2**32 - 1).to_bytes(4, "little") + b"x", WSCloseCode.MESSAGE_TOO_BIG),
        (b"\1\0\0\0" + b"\0" * 4 + (2**16 + 1).to_bytes(4, "little") + b"x", WSCloseCode.MESSAGE_TOO_BIG),
        (b"\1\0\0\0" + b"\0" * 4 + b"\3\0\0\0" + b"xxx", WSCloseCode.POLICY_VIOLATION),
        (b"\1\0\0\0" + b"\xff" * 4 + b"\3\0\0\0" + b"xxx", WSCloseCode.POLICY_VIOLATION),
        (b"\1\0\0\0" + b"\0" * 8, WSCloseCode.POLICY_VIOLATION),
        (b"\1\0\0\0" + b"\0" * 4 + b"\x10\x27\0\0" + b"\x91" * 10000, WSCloseCode.POLICY_VIOLATION),
        ("words", WSCloseCode.UNSUPPORTED_DATA),
    ],
    ids=["empty", "short", "4 GB", "longer", "none", "offset", "nothing", "deep", "text"],
)
def test_a_message_that_is_none_ends_its_socket_alone(address, message, code):
    async def sent(line: Line) -> int | None:
        await (line.socket.send_str(message) if isinstance(message, str) else line.socket.send_bytes(message))
        while (await line.socket.receive(timeout=20)).type == WSMsgType.BINARY:
            pass
        return line.socket.close_code

    before = process_of(address).memory_info().rss
    assert connected(address, sent) == code
    assert process_of(address).memory_info().rss - before < 50 * MIB
    assert answers(address)


def test_many_messages_that_never_end_are_not_kept(address):
    async def sent(line: Line) -> int | None:
        for number in range(100):
            head = number.to_bytes(4, "little") + bytes(4) + gate.LONGEST_BYTES.to_bytes(4, "little")
            with contextlib.suppress(ConnectionResetError):
                await line.socket.send_bytes(head + b"x")
        while (await line.socket.receive(timeout=20)).type == WSMsgType.BINARY:
            pass
        return line.socket.close_code

    assert connected(address, sent) == WSCloseCode.MESSAGE_TOO_BIG
    assert answers(address)


def test_a_frame_that_announces_gigabytes_is_refused_before_it_is_read(address):
    async def announced(line: Line) -> float:
        begin = time.monotonic()
        transport = line.socket._writer.transport  # no client of websockets lies about the length of a frame
        transport.write(b"\x82\xff" + (2**33).to_bytes(8, "big") + b"\0\0\0\0" + b"x" * 1000)
        while (await line.socket.receive(timeout=20)).type == WSMsgType.BINARY:
            pass
        assert line.socket.close_code == WSCloseCode.MESSAGE_TOO_BIG
        return time.monotonic() - begin

    before = process_of(address).memory_info().rss
    assert connected(address, announced) < 10.0
    assert process_of(address).memory_info().rss - before < 50 * MIB


@pytest.mark.parametrize("secret", ["wslink-secret", "", "0" * 32])
def test_the_socket_asks_for_the_token_once_more(address, secret):
    async def run() -> dict[str, Any]:
        socket = f"{address.removesuffix('index.html')}ws"
        async with aiohttp.ClientSession() as session, session.ws_connect(socket) as opened:
            line = Line(opened)
            return await line.answer("wslink.hello", [{"secret": secret}], number="system:c0:0")

    assert asyncio.run(run())["error"]["message"] == "Authentication failed"


# ---------------------------------------------------------------- the gate alone


@pytest.fixture
def asked() -> Callable[[str, Any], list[Any] | None]:
    """A function that shows what goes on of a call, None if it is refused."""
    went: list[Any] = []

    async def further(rpc: dict[str, Any], _: str) -> None:
        went.append(rpc["args"])

    async def refused(*_: Any, **__: Any) -> None:
        went.append(None)

    handler = SimpleNamespace(onCompleteMessage=further, sendWrappedError=refused, unchunkers={}, connections={})
    state = {"a_activities": [{"value": "running"}], "b_activities": []}
    triggers: dict[str, Callable[..., None]] = {"trigger__1": lambda: None, "trigger__2": lambda side: None}
    gate.guard(handler, SimpleNamespace(state=state, controller=SimpleNamespace(trigger_fn=triggers.get)))

    def call(method: str, args: Any) -> list[Any] | None:
        unchunker = SimpleNamespace(
            pending_messages={}, process_chunk=lambda _: {"id": "rpc:1", "method": method, "args": args}
        )
        handler.unchunkers["c"], handler.connections["c"] = unchunker, None
        asyncio.run(handler.onMessage(True, SimpleNamespace(data=bytes(12)), "c"))
        return went.pop()

    return call


def test_only_sound_changes_of_controls_go_on(asked):
    changes = [
        {"key": "percent", "value": 100},
        {"key": "percent", "value": 101},
        {"key": "percent", "value": True},
        {"key": "percent", "value": float("nan")},
        {"key": "percent", "value": 10**400},
        {"key": "percent"},
        {"key": "whole", "value": 1},
        {"key": "whole", "value": True, "more": 1},
        {"key": "a_activity", "value": "running"},
        {"key": "b_activity", "value": "running"},
        {"key": "b_t_score", "value": -4},
        {"key": "c_mass", "value": 70},
        {"key": "mass", "value": 70},
        {"key": "trame__title", "value": "x"},
        {"value": 1},
        None,
    ]
    assert asked("trame.state.update", [changes]) == [
        [
            {"key": "percent", "value": 100},
            {"key": "whole", "value": True},
            {"key": "a_activity", "value": "running"},
            {"key": "b_t_score", "value": -4},
        ]
    ]


@pytest.mark.parametrize(
    ("method", "args", "goes_on"),
    [
        ("trame.trigger", ["trigger__1", [], {}], True),
        ("trame.trigger", ["trigger__1", [1], {}], False),
        ("trame.trigger", ["trigger__2", [1], {}], True),
        ("trame.trigger", ["trigger__2", [[]], {}], False),
        ("trame.trigger", ["trigger__9", [], {}], False),
        ("trame.trigger", ["trigger__1", [], {"a": 1}], False),
        ("trame.lifecycle.update", ["client_connected"], True),
        ("trame.lifecycle.update", ["server_ready"], False),
        ("viewport.image.push.original.size", ["1", 800, 600], True),
        ("viewport.image.push.original.size", ["1", 8000, 8000], False),
        ("viewport.image.push.original.size", ["1", 10**9, 1], False),
        ("viewport.image.push.original.size", ["x", 800, 600], False),
        ("viewport.image.push.quality", ["1", 88, 1], True),
        ("viewport.image.push.quality", ["1", 88, 100], False),
        ("viewport.mouse.interaction", [EVENT], True),
        ("viewport.mouse.interaction", [{**EVENT, "x": float("inf")}], False),
        ("viewport.mouse.interaction", [{**EVENT, "action": "explode"}], False),
        ("viewport.mouse.zoom.wheel", [{**EVENT, "spinY": 1e300}], False),
        ("viewport.image.animation.start", ["1"], False),
        ("trame.force.push", ["percent"], False),
    ],
)
def test_a_call_goes_on_if_the_page_could_make_it(asked, method, args, goes_on):
    assert (asked(method, args) is not None) is goes_on


def test_what_a_page_reports_is_no_command_to_the_terminal(asked):
    assert asked("trame.error.client", ["\x1b[2Jgone\n" + "a" * 1000])[0].startswith("\\x1b[2Jgone\\n")
    assert len(asked("trame.error.client", ["a" * 1000])[0]) == 200


def test_numbers_of_a_slider_are_finite():
    assert not any(taken("scale", value, {}) for value in (np.nan, np.inf, -np.inf, 1e308, "1", None, [], {}))
