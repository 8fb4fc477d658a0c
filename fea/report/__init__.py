# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Can I read it? Folders back into records, and from them pages that open anywhere."""

from fea.report.folder import FolderKind, kind_of, written_file
from fea.report.interactive import interactive_page
from fea.report.pages import page_of
from fea.report.run_folder import RunFolder, read_question, read_run
from fea.report.run_page import run_snippet

__all__ = [
    "FolderKind",
    "RunFolder",
    "interactive_page",
    "kind_of",
    "page_of",
    "read_question",
    "read_run",
    "run_snippet",
    "written_file",
]
