# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Reading and writing: the TOML library, files that appear whole or not at all, provenance, progress."""

from fea.files.library import (
    DesignKind,
    TomlTable,
    beside,
    changed,
    check_file,
    folder_of,
    is_folder,
    is_path,
    names,
    parsed,
    parted,
    read_design,
    read_table,
    shared,
    titles,
)
from fea.files.progress import Clock, Progress, silent
from fea.files.provenance import code_version, current_versions, platform_name, sha256_of
from fea.files.sheet import Sheet
from fea.files.tables import spreadsheet_safe, write_json, write_rows
from fea.files.whole import Owned, check_replaceable, locked, write_whole, written_file, written_folder

__all__ = [
    "Clock",
    "DesignKind",
    "Owned",
    "Progress",
    "Sheet",
    "TomlTable",
    "beside",
    "changed",
    "check_file",
    "check_replaceable",
    "code_version",
    "current_versions",
    "folder_of",
    "is_folder",
    "is_path",
    "locked",
    "names",
    "parsed",
    "parted",
    "platform_name",
    "read_design",
    "read_table",
    "sha256_of",
    "shared",
    "silent",
    "spreadsheet_safe",
    "titles",
    "write_json",
    "write_rows",
    "write_whole",
    "written_file",
    "written_folder",
]
