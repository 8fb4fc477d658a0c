# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
import pytest

from fea.bone import BoneMesh, mesh_bone
from fea.case import read_bone


@pytest.fixture(scope="session")
def tibia() -> BoneMesh:
    return mesh_bone(read_bone("tibia"), 6.0)
