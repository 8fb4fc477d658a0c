# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Finite-element analysis of stress fractures in long bones: strain, hotspots, damage and fracture probability.

A question goes in at one end (bone, tissue, loads, support); strain, hotspots, damage and fracture probability come out
at the other, and nothing flows back::

     bone ────┐                         ║
              ├─→ solve ─→ unit strains ║ ─→ evaluate ─→ study ─→ show · report · view
     tissue ──┤   (DOLFINx)             ║      │  ▲
     loading ─┘                         ║      ▼  │
     meshes/*.toml  loadcases/*.toml    ║   strain  risk        (arrays in, arrays out)

``solve`` hands over plain arrays in frozen records; right of the double bar nothing needs a finite-element library.
``fea.run("tibia", "running")`` takes the whole way and shows itself in a notebook.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fea.api import animate as animate
    from fea.api import compare as compare
    from fea.api import plan as plan
    from fea.api import read_diary as read_diary
    from fea.api import run as run
    from fea.api import study as study
    from fea.api import validate as validate

__version__ = "0.2.0.dev0"

_OFFERED = ("animate", "compare", "plan", "read_diary", "run", "study", "validate")


def __getattr__(name: str) -> Any:
    """Import the Python interface only when it is asked for, so that ``import fea`` stays light."""
    if name in _OFFERED:
        from fea import api

        return getattr(api, name)
    raise AttributeError(f"module 'fea' has no attribute {name!r}")
