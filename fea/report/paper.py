# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""A page on paper: a browser of this machine prints it as PDF."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from fea.errors import MissingDependency, RunError

_BROWSERS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "microsoft-edge",
    "msedge",
)
_ON_MACOS = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
)
_PATIENCE_S = 120.0


def browser() -> str:
    """Path of a browser that prints without a window.

    Raises
    ------
    fea.errors.MissingDependency
        There is none.
    """
    found = next(filter(None, map(shutil.which, (*_BROWSERS, *_ON_MACOS))), None)
    if found is None:
        raise MissingDependency(
            "a PDF is printed by Chromium, Chrome or Edge, and none is installed; print the page from any browser."
        )
    return found


def print_page(page: str, file: Path) -> None:
    """Print an HTML page to a PDF file.

    Raises
    ------
    fea.errors.MissingDependency
        No browser is installed that can do it.
    fea.errors.RunError
        The browser failed.
    """
    program = browser()
    with tempfile.TemporaryDirectory(prefix="bonefea-", ignore_cleanup_errors=True) as scratch:
        source, printed = Path(scratch) / "page.html", Path(scratch) / "page.pdf"
        source.write_text(page, encoding="utf-8")
        options = ["--headless", "--disable-gpu", "--disable-background-networking", "--no-pdf-header-footer"]
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            options.append("--no-sandbox")  # its sandbox refuses to work for root
        options += [f"--user-data-dir={scratch}/profile", f"--print-to-pdf={printed}", source.as_uri()]
        try:
            subprocess.run(
                [program, *options], check=True, timeout=_PATIENCE_S, capture_output=True, stdin=subprocess.DEVNULL
            )
            file.write_bytes(printed.read_bytes())
        except (OSError, subprocess.SubprocessError) as error:
            raise RunError(f"{Path(program).name} did not print the page: {error}.") from None
