# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""What a file calls a thing is drawn as it stands."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import fea.show
from fea.show.axes import blank, literal


def test_a_name_between_dollars_is_no_formula(tmp_path):
    figure = blank(3.0, 2.0, r"$\foo$")
    figure.subplots().set_yticks([0.0, 1.0], [r"\$5", r"$\frac$"])
    with pytest.raises(ValueError, match=r"frac|foo"):
        figure.savefig(tmp_path / "formula.png")
    literal(figure).savefig(tmp_path / "name.png")


def test_every_picture_is_drawn_so():
    saved = [
        line.strip()
        for file in Path(fea.show.__file__).parent.glob("*.py")
        for line in file.read_text(encoding="utf-8").splitlines()
        if "savefig(" in line
    ]
    assert len(saved) > 8
    assert [line for line in saved if not re.match(r"literal\(.+\)\.savefig\(", line)] == []
