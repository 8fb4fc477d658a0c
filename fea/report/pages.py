# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The page of each kind of folder, and of several folders together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from fea.folders import FolderKind, kind_of, read_run
from fea.report.comparison_page import comparison_page
from fea.report.page import Cover, Part, whole
from fea.report.plan_page import plan_page
from fea.report.run_page import run_page
from fea.report.study_page import study_page

PAGES: Mapping[FolderKind, Callable[[Path], Part]] = {
    "run": lambda place: run_page(read_run(place)),
    "plan": plan_page,
    "comparison": comparison_page,
    "study": study_page,
}


def page_of(*places: Path, cover: Cover | None = None) -> str:
    """Content of a folder, or of several one after the other, as one HTML page.

    Parameters
    ----------
    *places : Path
        The folders, at least one.
    cover : Cover, optional
        Title, author and conclusion that stand first.

    Raises
    ------
    fea.errors.InputError
        A folder is not one of bonefea's, or a file in it is missing or damaged.
    fea.errors.MissingDependency
        This machine cannot draw without a display.
    """
    return whole([PAGES[kind_of(place)](place) for place in places], cover or Cover())
