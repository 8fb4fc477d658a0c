# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Measure the memory of one `bonefea view` with many pages open, each with a load of its own.

Usage: python scripts/viewers.py [--bone NAME] [--pages N] [--size MM] [--t-scores]

Every page asks for what a page asks at rest: the picture with mesh and limits, stress, hotspots, fractures by day.
Needs psutil and aiohttp, which the tests bring.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import time
from typing import Any

import aiohttp
import psutil

MIB = 2**20
USUAL = {
    "pack_mass_kg": 0.0,
    "demand": None,
    "step_rate_per_min": None,
    "footwear": "conventional",
    "carriage": "backpack",
    "length_percent": 100.0,
    "thickness_percent": 100.0,
}
FRAME = {
    "ask": "frame",
    "place": "a",
    "percent": 40.0,
    "moved": True,
    "limits": True,
    "directions": False,
    "probe": 7,
    "between": None,
}
"""What a page asks first, with displacement and a probe."""


def memory(process: psutil.Process) -> dict[str, float]:
    """Return the resident memory of a process and of its children, MiB."""
    each = [process, *process.children(recursive=True)]
    own = [one.memory_info().rss / MIB for one in each]
    shared = [one.memory_full_info().pss / MIB for one in each]
    return {"server": own[0], "children": sum(own[1:]), "all, shared pages once": sum(shared)}


def head_of(packet: bytes) -> dict[str, Any]:
    """Return the head of a packet."""
    return json.loads(packet[4 : 4 + int.from_bytes(packet[:4], "little")])


async def asked(line: aiohttp.ClientWebSocketResponse, question: dict[str, Any]) -> dict[str, Any]:
    """Ask, wait and ask again while the bone is being solved; return the head of the result."""
    while True:
        await line.send_str(json.dumps(question))
        while (head := head_of(await line.receive_bytes()))["kind"] in ("ready", "welcome"):
            pass
        if head["kind"] == "mistake":
            raise SystemExit(head["why"])
        if head["kind"] != "waiting":
            return head
        await asyncio.sleep(2.0)


async def page(session: aiohttp.ClientSession, address: str, number: int, t_scores: bool) -> Any:
    """Open a page, ask what it asks at rest for a body mass and a speed of its own, and return its socket."""
    line = await session.ws_connect(address.replace("http", "ws").replace("index.html", "ws"), max_msg_size=2**26)
    own = head_of(await line.receive_bytes())["bones"][0]
    mass, demand = 45.0 + 0.5 * number, own["demand"]
    t_score = -0.1 * (number % 21) if t_scores else own["t_score"]
    load = {**USUAL, "activity": own["activity"], "body_mass_kg": mass, "demand": demand}
    tissue = {"t_score": round(t_score, 1), "support": own["support"], "modes": own["modes"]}
    design = {"bone": 0, **load, **tissue}
    for field in ("equivalent_strain", "von_mises_stress", "damage_after_days"):
        more = {"field": field, "has": ["", ""], "contacts": 2000.0, "days": 100}
        await asked(line, {"id": 1, "design": design, **FRAME, **more})
    await asked(line, {"id": 2, "ask": "summary", "design": design})
    await asked(line, {"id": 3, "ask": "risk", "design": design, "contacts": 2000.0})
    return line


async def measured(address: str, process: psutil.Process, pages: int, t_scores: bool) -> None:
    """Open one page after the other and print the memory on the way."""
    async with aiohttp.ClientSession() as session:
        lines = []
        for number in range(pages):
            begin = time.monotonic()
            lines.append(await page(session, address, number, t_scores))
            if number + 1 in (1, 2, 5, 10, 25, 50, 75, pages):
                told = ", ".join(f"{name} {size:.0f} MiB" for name, size in memory(process).items())
                print(f"{number + 1} pages: {told}; the last page {time.monotonic() - begin:.1f} s", flush=True)
        for line in lines:
            await line.close()


def main() -> None:
    """Start a viewer, measure it, stop it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bone", default="tibia")
    parser.add_argument("--pages", type=int, default=100)
    parser.add_argument("--size", type=float)
    parser.add_argument("--t-scores", action="store_true", help="a T-score of its own too, from 0 to -2")
    given = parser.parse_args()
    size = [] if given.size is None else ["--size", f"{given.size:g}"]
    command = [sys.executable, "-m", "fea", "view", given.bone, "--no-open", *size]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as viewer:
        try:
            assert viewer.stdout is not None
            address = viewer.stdout.readline().strip()
            asyncio.run(measured(address, psutil.Process(viewer.pid), given.pages, given.t_scores))
        finally:
            viewer.terminate()


if __name__ == "__main__":
    main()
