# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Opening a page in a browser that has windows; one in the terminal would take it from the viewer and wait."""

from __future__ import annotations

import shlex
import subprocess
import webbrowser
from pathlib import Path
from threading import Thread

_IN_TERMINAL = ("www-browser", "browsh", "elinks", "links", "links2", "lynx", "w3m")


def browse(address: str) -> bool:
    """Open a page and return at once; return whether there is a browser to open it.

    A browser that is told by ``BROWSER`` is started away from the terminal, since Python would wait for it.
    """
    try:
        browser = webbrowser.get()
    except webbrowser.Error:
        return False
    command = getattr(browser, "name", None) or ""
    words = [Path(word).name for word in shlex.split(str(command))]
    if any(word in _IN_TERMINAL for word in words):
        return False
    if type(browser) is webbrowser.GenericBrowser:
        options = [str(option).replace("%s", address) for option in browser.args]
        quiet = subprocess.DEVNULL
        try:
            subprocess.Popen(
                [browser.name, *options],
                stdin=quiet,
                stdout=quiet,
                stderr=quiet,
                close_fds=True,
                start_new_session=True,
            )
        except OSError:
            return False
        return True
    Thread(target=browser.open, args=(address,), daemon=True).start()
    return True
