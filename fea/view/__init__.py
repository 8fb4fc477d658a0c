# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Can I turn and try it? A page in the browser, served from this machine to this machine."""

from fea.view.opened import view
from fea.view.server import Door

__all__ = ["Door", "view"]
