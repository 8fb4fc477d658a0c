# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Whatever comes through the socket: the viewer answers what its page could ask, and outlives the rest."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import psutil
import pytest
from aiohttp import WSCloseCode, WSMsgType

from fea.view.gate import LONGEST_BYTES, read_ask
from tests.view.test_scene import unpacked

MIB = 2**20
DESIGN = {
    "bone": 0,
    "activity": "running",
    "body_mass_kg": 70,
    "pack_mass_kg": 0,
    "demand": 4.0,
    "step_rate_per_min": None,
    "footwear": "conventional",
    "carriage": "backpack",
    "t_score": 0,
    "support": "free",
    "length_percent": 100,
    "thickness_percent": 100,
    "modes": [0, 0, 0, 0, 0, 0],
}
FRAME = {
    "id": 1,
    "ask": "frame",
    "place": "a",
    "design": DESIGN,
    "field": "equivalent_strain",
    "percent": 40,
    "moved": False,
    "limits": False,
    "directions": False,
    "probe": None,
    "between": None,
    "has": ["", ""],
    "contacts": 5000,
    "days": 100,
}
SUMMARY = {"id": 2, "ask": "summary", "design": DESIGN}
HISTORY = {"id": 3, "ask": "history", "design": DESIGN, "field": "equivalent_strain", "vertex": 7, "between": None}
RISK = {"id": 4, "ask": "risk", "design": DESIGN, "contacts": 2000}
MATCH = {"id": 5, "ask": "match", "one": "no shape", "other": "no shape"}
ODD = (
    *(None, True, -1, 1.5, 10**18, -(2**63), 1e308, float("nan"), float("inf")),
    *("", "none", "1", "/etc/passwd", "__class__", "{{7*7}}", "\x1b[2J", "a" * 5000),
    *([], [1, 2], [[[]]], {}, {"x": 1}),
)


def with_changed(ask: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    """Return an ask with one odd value, of its own or of its design."""
    changed = json.loads(json.dumps(ask))
    at = changed["design"] if "design" in changed and chance.random() < 0.5 else changed
    at[chance.choice([*at, "more"])] = chance.choice(ODD)
    return changed


def connected(address: str, talk: Callable[[aiohttp.ClientWebSocketResponse], Any]) -> Any:
    """Talk over a socket to the viewer at an address, after its welcome, and return what came of it."""

    async def run() -> Any:
        place = f"{address.removesuffix('index.html')}ws"
        async with aiohttp.ClientSession() as session, session.ws_connect(place, max_msg_size=0) as line:
            head, _ = unpacked((await line.receive(timeout=60)).data)
            assert head["kind"] == "welcome"
            return await talk(line)

    return asyncio.run(run())


async def answer(line: aiohttp.ClientWebSocketResponse, ask: dict[str, Any]) -> dict[str, Any]:
    """Return the head of the answer to an ask."""
    await line.send_str(json.dumps(ask))
    received = await line.receive(timeout=60)
    assert received.type == WSMsgType.BINARY, received
    return unpacked(received.data)[0]


async def closed(line: aiohttp.ClientWebSocketResponse) -> int | None:
    """Return the code with which the socket is closed."""
    while (await line.receive(timeout=20)).type == WSMsgType.BINARY:
        pass
    return line.close_code


def answers(address: str) -> bool:
    """Say whether the viewer still draws."""

    async def asked(line: aiohttp.ClientWebSocketResponse) -> bool:
        return (await answer(line, FRAME))["kind"] == "frame"

    return bool(connected(address, asked))


def process_of(address: str) -> psutil.Process:
    """Return the process that listens there."""
    port = urlsplit(address).port
    children = psutil.Process().children(recursive=True)
    return next(p for p in children if any(c.laddr and c.laddr.port == port for c in p.net_connections()))


@pytest.mark.parametrize("ask", [FRAME, SUMMARY, HISTORY], ids=["frame", "summary", "history"])
def test_what_the_page_asks_is_answered_under_its_number(address, ask):
    async def asked(line: aiohttp.ClientWebSocketResponse) -> dict[str, Any]:
        return await answer(line, ask)

    head = connected(address, asked)
    assert (head["id"], head["kind"]) == (ask["id"], ask["ask"])


def test_shapes_that_are_not_kept_are_a_mistake_and_those_shown_are_matched(address):
    async def asked(line: aiohttp.ClientWebSocketResponse) -> list[dict[str, Any]]:
        shape = (await answer(line, FRAME))["shape"]
        pairs = ({"one": "no shape", "other": shape}, {"one": shape, "other": shape}, {"one": 7, "other": shape})
        heads = [await answer(line, {**MATCH, **pair}) for pair in pairs[:2]]
        await line.send_str(json.dumps({**MATCH, **pairs[2]}))
        return [*heads, {"kind": await closed(line)}]

    unknown, own, odd = connected(address, asked)
    assert unknown["kind"] == "mistake"
    assert "one of the two bones had to make room" in unknown["why"]
    assert own["kind"] == "match"
    assert own["arrays"]["vertices"][2] == own["arrays"]["weights"][2] > 1000
    assert odd["kind"] == WSCloseCode.POLICY_VIOLATION


def test_odd_values_are_refused_and_the_viewer_goes_on(address):
    chance = random.Random(7)

    async def fuzz(line: aiohttp.ClientWebSocketResponse) -> int | None:
        await line.send_str(json.dumps(with_changed(chance.choice([FRAME, SUMMARY, HISTORY, RISK, MATCH]), chance)))
        received = await line.receive(timeout=60)
        if received.type == WSMsgType.BINARY:  # an odd value that is none, such as a mass of -1
            head, _ = unpacked(received.data)
            assert head["kind"] in ("mistake", "frame", "summary", "history", "risk", "waiting")
            if head["kind"] == "mistake":
                assert head["why"]
            return None
        return line.close_code

    codes = {connected(address, fuzz) for _ in range(120)}
    assert codes <= {None, WSCloseCode.POLICY_VIOLATION}
    assert answers(address)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"body_mass_kg": 1e9}, "body_mass_kg"),
        ({"activity": "/etc/passwd"}, "no activity '/etc/passwd'"),
        ({"footwear": "../shoe.toml"}, "no shoe"),
        ({"demand": 99.0}, "allowed for running: 2.5 to 5 m/s"),
        ({"bone": 1}, "number of the bone is 1"),
    ],
)
def test_a_mistake_is_told_in_one_sentence(address, changes, said):
    async def asked(line: aiohttp.ClientWebSocketResponse) -> dict[str, Any]:
        return await answer(line, {**FRAME, "design": {**DESIGN, **changes}})

    head = connected(address, asked)
    assert head["kind"] == "mistake"
    assert said in head["why"]


@pytest.mark.parametrize("vertex", [10**6, 2**31 - 1])
def test_a_vertex_that_the_bone_lacks_is_refused(address, vertex):
    async def asked(line: aiohttp.ClientWebSocketResponse) -> dict[str, Any]:
        return await answer(line, {**FRAME, "probe": vertex})

    assert connected(address, asked)["why"].startswith(f"vertex is {vertex}; allowed: 0 to")


def test_a_place_between_vertices_is_read_and_one_that_the_bone_lacks_refused(address):
    inside = {"corners": [0, 1, 2], "weights": [0.2, 0.3, 0.5]}
    beyond = {**inside, "corners": [0, 1, 10**6]}

    async def asked(line: aiohttp.ClientWebSocketResponse) -> list[dict[str, Any]]:
        return [await answer(line, {**FRAME, "probe": 0, "between": place}) for place in (inside, beyond)]

    read, refused = connected(address, asked)
    assert read["probe"]["values"]["equivalent_strain"] > 0.0
    assert refused["why"].startswith("vertex is 1000000; allowed: 0 to")


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("", WSCloseCode.POLICY_VIOLATION),
        ("words", WSCloseCode.POLICY_VIOLATION),
        ("null", WSCloseCode.POLICY_VIOLATION),
        ("[" * 30000, WSCloseCode.POLICY_VIOLATION),
        ('{"id": 1, "ask": "exec", "design": {}}', WSCloseCode.POLICY_VIOLATION),
        ("x" * (LONGEST_BYTES + 1), WSCloseCode.MESSAGE_TOO_BIG),
        (b"\0" * 20, WSCloseCode.UNSUPPORTED_DATA),
    ],
    ids=["empty", "words", "null", "deep", "unknown", "long", "binary"],
)
def test_a_message_that_is_none_ends_its_socket_alone(address, message, code):
    async def sent(line: aiohttp.ClientWebSocketResponse) -> int | None:
        await (line.send_str(message) if isinstance(message, str) else line.send_bytes(message))
        return await closed(line)

    before = process_of(address).memory_info().rss
    assert connected(address, sent) == code
    assert process_of(address).memory_info().rss - before < 50 * MIB
    assert answers(address)


def test_who_asks_without_waiting_is_cut_off(address):
    async def sent(line: aiohttp.ClientWebSocketResponse) -> int | None:
        for number in range(200):
            with contextlib.suppress(ConnectionResetError):
                await line.send_str(json.dumps({**FRAME, "id": number, "limits": True}))
        return await closed(line)

    assert connected(address, sent) == WSCloseCode.POLICY_VIOLATION
    assert answers(address)


def test_a_frame_that_announces_gigabytes_is_refused_before_it_is_read(address):
    async def announced(line: aiohttp.ClientWebSocketResponse) -> float:
        begin = time.monotonic()
        transport = line._writer.transport  # no client of websockets lies about the length of a frame
        transport.write(b"\x81\xff" + (2**33).to_bytes(8, "big") + b"\0\0\0\0" + b"x" * 1000)
        assert await closed(line) == WSCloseCode.MESSAGE_TOO_BIG
        return time.monotonic() - begin

    before = process_of(address).memory_info().rss
    assert connected(address, announced) < 10.0
    assert process_of(address).memory_info().rss - before < 50 * MIB


def test_pages_that_come_and_go_leave_nothing_behind(address):
    async def asked(line: aiohttp.ClientWebSocketResponse) -> str:
        return (await answer(line, FRAME))["kind"]

    connected(address, asked)
    before = process_of(address).memory_info().rss
    assert {connected(address, asked) for _ in range(60)} == {"frame"}
    assert process_of(address).memory_info().rss - before < 30 * MIB


@pytest.mark.parametrize(
    "changes",
    [
        {"percent": 101},
        {"percent": float("nan")},
        {"percent": "40"},
        {"probe": -1},
        {"probe": 1.5},
        {"field": "password"},
        {"has": ["", "", ""]},
        {"has": ["a" * 500, ""]},
        {"more": 1},
        {"contacts": 0},
        {"days": 0},
        {"days": 183},
        {"days": 1.5},
        {"directions": 1},
        {"between": {"corners": [0, 1], "weights": [0.5, 0.5]}},
        {"between": {"corners": [0, 1, -2], "weights": [0.2, 0.3, 0.5]}},
        {"between": {"corners": [0, 1, 2], "weights": [0.5, 0.5, 0.5]}},
        {"between": {"corners": [0, 1, 2], "weights": [2.0, -1.0, 0.0]}},
        {"between": {"corners": [0, 1, 2], "weights": [float("nan"), 0.0, 1.0]}},
        {"id": True},
        {"design": {**DESIGN, "t_score": -9}},
        {"design": {**DESIGN, "support": "glued"}},
        {"design": {**DESIGN, "bone": 2}},
    ],
)
def test_the_gate_lets_through_only_what_the_page_has(changes):
    assert read_ask(json.dumps(FRAME)) is not None
    assert read_ask(json.dumps({**FRAME, **changes})) is None


@pytest.mark.parametrize("changes", [{"contacts": 0}, {"contacts": 1e7}, {"contacts": "many"}, {"days": 10}])
def test_risk_is_asked_for_contacts_that_the_page_has(changes):
    assert read_ask(json.dumps(RISK)) is not None
    assert read_ask(json.dumps({**RISK, **changes})) is None
