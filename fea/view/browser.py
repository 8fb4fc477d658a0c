# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Opening a page in a browser that has windows; one in the terminal would take it from the viewer and wait."""

from __future__ import annotations

import shutil
import subprocess
import webbrowser
from collections.abc import Callable
from functools import partial
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
    if Path(str(getattr(browser, "name", ""))).name in _IN_TERMINAL:
        return False
    if type(browser) is webbrowser.GenericBrowser:
        words = [browser.name, *(str(option).replace("%s", address) for option in browser.args)]
        if shutil.which(words[0]) is None:
            return False
        away = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.DEVNULL)
        opening: Callable[[], object] = partial(subprocess.run, words, start_new_session=True, check=False, **away)
    else:
        opening = partial(browser.open, address)
    Thread(target=opening, daemon=True).start()
    return True
