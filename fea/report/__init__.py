# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Pages that open anywhere, from the folders of runs, plans, comparisons and studies."""

from fea.report.page import Cover
from fea.report.pages import page_of
from fea.report.paper import browser, print_page
from fea.report.run_page import run_snippet

__all__ = ["Cover", "browser", "page_of", "print_page", "run_snippet"]
