# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""A run as one file that shows its bone without a server: the viewer's page with some fields and frames."""

from __future__ import annotations

import base64
import re
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from fea.evaluate import solved_bone
from fea.files import Progress, silent
from fea.folders import read_question
from fea.show.scene import coded, one_script, packed, page_file
from fea.view.bone import viewed
from fea.view.design import Design, at_frame, colour_limits, designed, over_contact
from fea.view.design_controls import Offered
from fea.view.desk import anatomy_of, cells_of, colours_of, loads_at, moved_steps, shape_of, summary_of, welcome
from fea.view.variants import OpenedBone

FIELDS_KEPT = (
    "equivalent_strain",
    "largest_principal_strain",
    "smallest_principal_strain",
    "von_mises_stress",
)
_FRAMES = 21
_POLICY = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:"


def offline_page(folder: Path, *, use_cache: bool = True, progress: Progress = silent) -> str:
    """HTML page with the bone of a run folder, its fields over the contact; nothing in it is fetched from elsewhere.

    The case of the folder is evaluated again, from the cache where it can be.

    Raises
    ------
    fea.errors.InputError
        The folder is not that of a run.
    fea.errors.RunError
        The solution failed or is out of balance.
    """
    case = read_question(folder)
    bone = viewed(solved_bone(case, use_cache=use_cache, progress=progress))
    progress("pack")
    opened = OpenedBone(case.bone_title, bone, case, Offered({case.activity.name: case}))
    stored = base64.b64encode(zlib.compress(_stored(opened, designed(bone, case)), 9)).decode()
    page = page_file("page.html")
    page = page.replace("<title>", f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n<title>')
    style, script = page_file("style.css"), one_script()
    page = page.replace('<link rel="stylesheet" href="style.css">', f"<style>\n{style}</style>")
    data = f'<script type="application/octet-stream" id="stored">{stored}</script>'
    data += f'\n<script type="module">\n{script}</script>'
    return re.sub('<script type="module" src="viewer.js"></script>', lambda _: data, page)


def _stored(opened: OpenedBone, design: Design) -> bytes:
    """All that the page may ask of a design, in one packet."""
    frames = np.unique(np.linspace(0, len(design.coefficients) - 1, _FRAMES).round().astype(int)).tolist()
    arrays: dict[str, Any] = cells_of(design.bone, design.case.side) | shape_of(design)
    ends: dict[str, list[tuple[float, float]]] = {}
    limits: dict[str, Any] = {}
    for name in FIELDS_KEPT:
        values = [*(at_frame(design, name, k) for k in frames), over_contact(design, name)]
        codes = [coded(value) for value in values]
        arrays[f"values_{name}"] = np.concatenate([code for code, _ in codes])
        ends[name] = [pair for _, pair in codes]
        own = colour_limits(design, name)
        limits[name] = {"limits": own, "colours": colours_of(name, own)}
    moved = [moved_steps(design, k) for k in frames]
    arrays["moved"] = np.concatenate([steps.ravel() for steps, _ in moved])
    head = {
        "welcome": welcome([opened], FIELDS_KEPT),
        "title": design.case.activity.title,
        **anatomy_of(design),
        "largest_n": design.largest_n,
        "largest_nm": design.largest_nm,
        "summary": summary_of(design),
        "ends": ends,
        "limits": limits,
        "moved_steps": [step for _, step in moved],
        "frames": [
            {
                "percent": float(design.percent[k]),
                "time_s": float(design.history.time_s[k]),
                "loads": loads_at(design, k),
            }
            for k in frames
        ],
    }
    return packed(head, arrays)
