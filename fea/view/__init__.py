# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The browser viewer: an interactive page, served from this machine to this machine."""

from fea.view.offline import offline_page
from fea.view.opened import OwnFiles, view
from fea.view.server import Door

__all__ = ["Door", "OwnFiles", "offline_page", "view"]
