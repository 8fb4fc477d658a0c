# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""A coarse tibia ready to be looked at."""

from __future__ import annotations

import pytest

from fea.case import resolved
from fea.pipeline import basis_of
from fea.view.bone import ViewedBone, viewed
from fea.view.design import Design, designed

COARSE_MM = 6.0


@pytest.fixture(scope="session")
def running() -> Design:
    """Running on a coarse tibia."""
    case = resolved("tibia", "running", size_mm=COARSE_MM)
    return designed(viewed(case.bone, basis_of(case)), case)


@pytest.fixture(scope="session")
def bone(running: Design) -> ViewedBone:
    """The bone of it."""
    return running.bone
