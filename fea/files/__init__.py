# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Reading and writing: the TOML library, files that appear whole or not at all, provenance, progress."""

from fea.files.library import names, read_table, titles
from fea.files.progress import Clock, Progress, silent
from fea.files.provenance import current_versions, platform_name, sha256_of
from fea.files.tables import spreadsheet_safe, write_json, write_rows
from fea.files.whole import locked, write_whole, written_file, written_folder

__all__ = [
    "Clock",
    "Progress",
    "current_versions",
    "locked",
    "names",
    "platform_name",
    "read_table",
    "sha256_of",
    "silent",
    "spreadsheet_safe",
    "titles",
    "write_json",
    "write_rows",
    "write_whole",
    "written_file",
    "written_folder",
]
