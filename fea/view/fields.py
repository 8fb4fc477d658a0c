# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The fields that a bone can be coloured by: their names, units and what they are computed from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Source = Literal["strain", "stress", "energy", "displacement", "risk", "tissue"]
Worst = Literal["largest", "smallest", "size"]


@dataclass(frozen=True)
class Field:
    """A field: its key, title and unit, what it follows from, and what of it counts over a contact.

    Fields of ``decades`` are powers of ten. Excluded zones are not evaluated, unless the field is of the tissue.
    """

    key: str
    title: str
    unit: str
    source: Source
    worst: Worst = "largest"
    decades: bool = False

    @property
    def table(self) -> dict[str, str | bool]:
        """What the page is told of it."""
        return {"key": self.key, "title": self.title, "unit": self.unit, "decades": self.decades, "source": self.source}


_FIELDS = (
    Field("equivalent_strain", "equivalent strain", "µε", "strain"),
    Field("largest_principal_strain", "largest principal strain ε1", "µε", "strain"),
    Field("smallest_principal_strain", "smallest principal strain ε3", "µε", "strain", "smallest"),
    Field("strain_along_bone", "strain along the bone", "µε", "strain", "size"),
    Field("von_mises_stress", "von Mises stress", "MPa", "stress"),
    Field("largest_principal_stress", "largest principal stress σ1", "MPa", "stress"),
    Field("smallest_principal_stress", "smallest principal stress σ3", "MPa", "stress", "smallest"),
    Field("stress_along_bone", "stress along the bone", "MPa", "stress", "size"),
    Field("strain_energy_density", "strain energy density", "kJ/m³", "energy"),
    Field("displacement", "displacement", "mm", "displacement"),
    Field("damage_of_one_contact", "damage of one contact", "", "risk", decades=True),
    Field("days_to_failure", "days to failure", "d", "risk", "smallest", decades=True),
    Field("damage_after_days", "unrepaired damage", "", "risk", decades=True),
    Field("fracture_density", "share of fractures", "%/cm³", "risk"),
    Field("modulus", "Young's modulus", "GPa", "tissue"),
    Field("density", "apparent density", "g/cm³", "tissue"),
)
FIELDS: Mapping[str, Field] = {field.key: field for field in _FIELDS}
READ = ("strain", "stress", "energy", "displacement", "tissue")
"""Sources of the fields that a probe reads."""
