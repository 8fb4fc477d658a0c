# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""What there is: the library's bones, activities, shoes and plans; the installation."""

from __future__ import annotations

import json

from fea.cli.options import Json
from fea.errors import RunError


def list_library(*, as_json: Json = False) -> None:
    """Show what bonefea knows: bones, tissues, activities, ways of carrying, shoes, plans, studies, cohorts."""
    from fea.case import names, read_activity, read_bone, read_carriages, read_plan, read_shoes, read_tissue
    from fea.case.study import names as study_names
    from fea.case.study import read_cohort, read_study

    titles = {
        "bones": {name: read_bone(name).title for name in names("bone")},
        "activities": {name: read_activity(name).title for name in names("activity")},
        "carriage": {name: carriage.title for name, carriage in read_carriages().items()},
        "tissue": {name: read_tissue(name).title for name in names("tissue")},
        "footwear": {name: shoe.title for name, shoe in read_shoes().items()},
        "plans": {name: read_plan(name).title for name in names("plan")},
        "studies": {name: read_study(name).title for name in study_names("studies")},
        "cohorts": {name: read_cohort(name).title for name in study_names("cohorts")},
    }
    if as_json:
        print(json.dumps(titles, indent=2))
        return
    for kind, entries in titles.items():
        print(f"{kind}:")
        for name, title in entries.items():
            print(f"  {name:24} {title}")


def doctor(*, as_json: Json = False) -> None:
    """Say what is installed and whether meshing, solving, MPI and off-screen rendering work."""
    from fea.doctor import examine

    findings = examine()
    if as_json:
        print(json.dumps([vars(f) for f in findings], indent=2))
    else:
        for f in findings:
            print(f"{'ok  ' if f.ok else 'FAIL'} {f.name:12} {f.version:14} {f.detail}")
    if not all(f.ok for f in findings):
        raise RunError("something does not work, see above.")
