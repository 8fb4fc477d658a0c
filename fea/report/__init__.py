# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Pages that open anywhere, from the folders of runs, plans, comparisons and studies."""

from fea.report.pages import page_of
from fea.report.run_page import run_snippet

__all__ = ["page_of", "run_snippet"]
