# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""A bone whose file wants to run in the page: markup and templates in each text that a page shows."""

from __future__ import annotations

from pathlib import Path

import tomli_w

import fea
from fea.files.library import TomlTable, parsed

SCRIPT = "<img src=x onerror=\"window.taken='yes'\">"
TEMPLATE = "{{7*7}}"
HOSTILE = f'{SCRIPT}{TEMPLATE}</title></script><script>window.taken="yes"</script>'
"""What no page may take for anything but text."""


def hostile_table(name: str = "metatarsal2", words: str = HOSTILE) -> TomlTable:
    """Return the table of a bone of the library whose titles, sites and sources are hostile."""
    table = parsed(Path(fea.__file__).parents[1] / "meshes" / f"{name}.toml", name)
    table["title"] = f"{words} bone"
    sites = table["sites"]
    # Lateral and medial must keep their names; the walls are called as the sectors are.
    named = {key: key if key in ("lateral", "medial") else f"{key} {words}" for key in sites["sectors"]}
    sites["sectors"] = {named[key]: f"{words} surface" for key in named}
    walls = table["sections"]["thickness_mm"]
    table["sections"]["thickness_mm"] = {named.get(key, key): wall for key, wall in walls.items()}
    sites["bands"] = {f"{key} {words}": ends for key, ends in sites["bands"].items()}
    table["sources"] = {**table["sources"], "hostile": f"{words} source"}
    return table


def hostile_file(folder: Path, name: str = "metatarsal2", words: str = HOSTILE) -> Path:
    """Write such a bone and return its file."""
    file = folder / "hostile.toml"
    file.write_text(tomli_w.dumps(hostile_table(name, words)), encoding="utf-8")
    return file
