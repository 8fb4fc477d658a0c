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
finite-element library.
"""

__version__ = "0.1.0"
