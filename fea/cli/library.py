# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The content of bones, activities, shoes and plans; the installation."""

from __future__ import annotations

import json

from fea.cli.options import JsonOption
from fea.errors import RunError


def list_library(*, as_json: JsonOption = False) -> None:
    """Show what bonefea knows: bones, tissues, activities, ways of carrying, shoes, plans, studies, cohorts."""
    from fea.files import titles

    listed = {
        "bones": titles("bone"),
        "activities": titles("activity"),
        "carriage": titles("carriage"),
        "tissue": titles("tissue"),
        "footwear": titles("shoe"),
        "plans": titles("plan"),
        "studies": titles("study"),
        "cohorts": titles("cohort"),
    }
    if as_json:
        print(json.dumps(listed, indent=2))
        return
    for kind, entries in listed.items():
        print(f"{kind}:")
        for name, title in entries.items():
            print(f"  {name:24} {title}")


def doctor(*, as_json: JsonOption = False) -> None:
    """Say what is installed and whether meshing, solving, MPI and off-screen rendering work."""
    from fea.cli.doctor import examine

    findings = examine()
    if as_json:
        print(json.dumps([vars(f) for f in findings], indent=2))
    else:
        for f in findings:
            print(f"{'ok  ' if f.ok else 'FAIL'} {f.name:12} {f.version:14} {f.detail}")
    if not all(f.ok for f in findings):
        raise RunError("something does not work, see above.")
