# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Every module of fea is imported where the modules of one platform only are missing."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import fea

PACKAGE = Path(fea.__file__).parent
OF_ONE_PLATFORM = (
    *("curses", "fcntl", "grp", "posix", "pty", "pwd", "readline", "resource", "syslog", "termios", "tty"),
    *("msvcrt", "winreg", "winsound"),
)
# Only what fea itself imports is kept from it: other libraries choose by platform.
IMPORT_ALL = """
import builtins, importlib, json, sys
modules, missing = json.loads(sys.argv[1])
real = builtins.__import__

def limited(name, globals=None, *more):
    importer = str((globals or {}).get("__name__"))
    if name.partition(".")[0] in missing and importer.partition(".")[0] == "fea":
        raise ModuleNotFoundError(f"{importer} imports {name}")
    return real(name, globals, *more)

builtins.__import__ = limited
failures = set()
for module in modules:
    try:
        importlib.import_module(module)
    except Exception as error:
        failures.add(str(error))
print(json.dumps(sorted(failures)))
"""


def modules() -> list[str]:
    """Names of all modules of fea; ``__main__`` would start the command line."""
    files = [file.relative_to(PACKAGE.parent).with_suffix("") for file in sorted(PACKAGE.rglob("*.py"))]
    return [".".join(file.parts).removesuffix(".__init__") for file in files if file.name != "__main__"]


def test_no_module_needs_at_import_what_only_one_platform_has():
    asked = json.dumps([modules(), OF_ONE_PLATFORM])
    ran = subprocess.run([sys.executable, "-c", IMPORT_ALL, asked], capture_output=True, text=True, check=True)
    assert json.loads(ran.stdout) == []
    assert len(modules()) > 50
