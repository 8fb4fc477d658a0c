# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Finite-element bone stress toolkit: where and when a stress fracture strikes.

Parameters of a bone, its tissue and its loads go in at one end; strain, hotspots and section
forces come out at the other, and nothing flows back::

     bone ──┐
            ├─→ solve ─→ strain ─→ risk ─→ show
     tissue ┤      (DOLFINx)  ║  (arrays)
     loading┘                 ║
     meshes/*.toml  loadcases/*.toml   ← what people edit

``solve`` hands over plain arrays in frozen records; right of the double bar nothing needs a
finite-element library. ``fea.run("tibia", "running")`` takes the whole way and shows itself in a notebook.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fea.notebook import run as run

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """Import what runs a case only when it is asked for, so that ``import fea`` stays light."""
    if name == "run":
        from fea.notebook import run

        return run
    raise AttributeError(f"module 'fea' has no attribute {name!r}")
