# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""A page of the viewer in a browser: opening it, waiting for it, reading its numbers."""

from __future__ import annotations

import io
import shutil
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from PIL import Image

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
PATIENCE_S = 60.0

Browser = Any
"""Of playwright, which not everybody has."""


class Page:
    """A page of the viewer, and what went wrong on it so far.

    The policy of the page forbids to evaluate text as script, so waiting asks again and again.
    """

    def __init__(self, browser: Browser, address: str, width: int = 1200, height: int = 800) -> None:
        self.wrong: list[str] = []
        self.requests: list[str] = []
        self.tab = browser.new_page(viewport={"width": width, "height": height})
        self.tab.set_default_timeout(1000 * PATIENCE_S)
        self.tab.on("console", lambda said: self.wrong.append(said.text) if said.type in ("error", "warning") else None)
        self.tab.on("pageerror", lambda error: self.wrong.append(f"{error}\n{error.stack}"))
        self.tab.on("request", lambda request: self.requests.append(request.url))
        self.tab.goto(address)

    def __call__(self, script: str, given: Any = None) -> Any:
        """Return the value of an expression or a function of the page."""
        return self.tab.evaluate(script, given)

    def wait(self, script: str, given: Any = None) -> None:
        """Wait until an expression is true."""
        begin = time.monotonic()
        while not self(script, given):
            assert time.monotonic() - begin < PATIENCE_S, (script, self.wrong)
            self.tab.wait_for_timeout(30)

    def rest(self, *places: str) -> Page:
        """Wait until pictures show what the controls say, hotspots and all."""
        for place in places or ("a",):
            self.wait(f"Boolean(window.page?.slots.{place}.picture?.head)")
            self.wait(
                f"(() => {{ const s = page.slots.{place}; return !s.asking && !s.oldSpots && !s.picture.moving; }})()"
            )
        self.tab.wait_for_timeout(120)  # the picture itself comes with the next frame of the browser
        return self

    def values(self, picture: str = "page.slots.a.picture") -> np.ndarray:
        """Return the values of all vertices of a picture."""
        return np.array(self(f"Array.from({picture}.values, (v) => Number.isNaN(v) ? null : v)"), dtype=float)

    def read(self, place: str = "a") -> dict[str, float]:
        """Return what the probe says, by field."""
        cells = f"Array.from(document.querySelectorAll('#probe-{place} td[data-field]'))"
        return dict(self(f"{cells}.map((c) => [c.dataset.field, +c.dataset.value])"))

    def slide(self, label: str, value: float, number: int = 0) -> None:
        """Move a slider as a hand does and let it go."""
        move = "(e, v) => { e.value = v; e.dispatchEvent(new Event('input')); e.dispatchEvent(new Event('change')); }"
        self.tab.get_by_label(label).nth(number).evaluate(move, value)

    def shot(self, place: str = "#picture-a") -> np.ndarray:
        """Return what the browser shows of a picture, (height, width, 3)."""
        png = self.tab.locator(place).screenshot()
        return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"), dtype=np.int16)

    def change_after(self, act: Callable[[], object]) -> float:
        """Return the share of pixels that an action changes clearly."""
        before = self.shot()
        act()
        self.rest()
        return float((np.abs(self.shot() - before).max(axis=2) > 12).mean())

    def close(self) -> None:
        """Close the page."""
        self.tab.close()
