# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The page of each kind of folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from fea.folders import FolderKind, kind_of, read_run
from fea.report.comparison_page import comparison_page
from fea.report.plan_page import plan_page
from fea.report.run_page import run_page
from fea.report.study_page import study_page

PAGES: Mapping[FolderKind, Callable[[Path], str]] = {
    "run": lambda place: run_page(read_run(place)),
    "plan": plan_page,
    "comparison": comparison_page,
    "study": study_page,
}


def page_of(place: Path) -> str:
    """Content of a folder as one HTML page.

    Raises
    ------
    fea.errors.InputError
        The folder is not one of bonefea's, or a file in it is missing or damaged.
    fea.errors.MissingDependency
        This machine cannot draw without a display.
    """
    return PAGES[kind_of(place)](place)
