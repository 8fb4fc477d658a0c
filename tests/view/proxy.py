# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""A reverse proxy as JupyterHub has one: it serves something else below a path of its own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import aiohttp
from aiohttp import WSMsgType, web

PATH = "/user/Anna/proxy/8123/"


@contextmanager
def proxied(socket, target: str) -> Iterator[None]:
    """Pass what comes to a socket below :data:`PATH` on to a target, ``http://host:port/``, until the end."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    runner = asyncio.run_coroutine_threadsafe(_started(socket, target), loop).result(20)
    try:
        yield
    finally:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(60)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(20)
        loop.close()


async def _started(socket, target: str) -> web.AppRunner:
    async def passed_on(request: web.Request) -> web.StreamResponse:
        place = target + request.raw_path.removeprefix(PATH)
        headers = {name: value for name, value in request.headers.items() if name in ("Host", "Origin", "User-Agent")}
        async with aiohttp.ClientSession() as session:
            if request.headers.get("Upgrade", "").lower() == "websocket":
                async with session.ws_connect(place, headers=headers, max_msg_size=0) as inner:
                    outer = web.WebSocketResponse(max_msg_size=0)
                    await outer.prepare(request)
                    ways = [asyncio.ensure_future(_copied(*way)) for way in ((outer, inner), (inner, outer))]
                    await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
                    for way in ways:
                        way.cancel()
                    await outer.close()
                    return outer
            body = await request.read()
            async with session.request(
                request.method, place, headers=headers, data=body, allow_redirects=False
            ) as answer:
                kept = {name: answer.headers[name] for name in _KEPT if name in answer.headers}
                return web.Response(status=answer.status, body=await answer.read(), headers=kept)

    app = web.Application()
    app.router.add_route("*", PATH + "{rest:.*}", passed_on)
    runner = web.AppRunner(app, shutdown_timeout=1.0)
    await runner.setup()
    await web.SockSite(runner, socket).start()
    return runner


_KEPT = ("Content-Type", "Location", "Content-Security-Policy")


async def _copied(source, sink) -> None:
    async for message in source:
        if message.type == WSMsgType.BINARY:
            await sink.send_bytes(message.data)
        elif message.type == WSMsgType.TEXT:
            await sink.send_str(message.data)
