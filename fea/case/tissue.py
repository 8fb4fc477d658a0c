# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""A state of the tissue as data: cortical thickness, porosity, cancellous density, laws, symmetry."""

from __future__ import annotations

import functools
import importlib.resources
import tomllib
from collections.abc import Mapping, Sequence
from typing import Annotated, Literal, Self

import numpy as np
import numpy.typing as npt
from pydantic import BeforeValidator, Field, model_validator

from fea.case.description import Around
from fea.case.record import Name, Record, Sourced
from fea.errors import InputError, out_of_range

Floats = npt.NDArray[np.float64]
Sex = Literal["female", "male"]
Symmetry = Literal["isotropic", "transverse", "orthotropic"]
Ratio = Annotated[float, Field(gt=0.0, le=10.0)]
Poisson = Annotated[float, Field(ge=-1.0, le=2.0)]
Modulus = Annotated[float, Field(ge=1.0, le=1e6)]
Porosity = Annotated[float, Field(ge=0.0, le=0.6)]

FATIGUE_EXPONENT = 2.0
"""Strength follows the square of density (Carter & Hayes 1977, doi 10.2106/00004623-197759070-00021) [K]; that
fatigue strength does so too is a working value."""

_ALIKE = 2e-3


def _everywhere(given: object) -> object:
    """A single number as that of all eight sectors."""
    return [given] * 8 if isinstance(given, int | float) else given


def _of_cortex(given: object) -> object:
    """A single number as that of cortical bone."""
    return {"cortical": given} if isinstance(given, int | float) else given


class Moduli(Record):
    """Young's modulus in MPa of a material whose modulus follows no density; the law holds where none is given."""

    cortical: Modulus | None = None
    """Of cortical bone."""
    cancellous: Modulus | None = None
    """Of cancellous bone."""


class ElasticRatios(Sourced):
    """Elastic constants over the Young's modulus along the bone: 1 radial, 2 around, 3 along the bone.

    ``nu12`` is the contraction along 2 under a pull along 1, so that ν12 / E1 = ν21 / E2.
    """

    e1: Ratio
    """Modulus along the radius."""
    e2: Ratio
    """Modulus around the bone."""
    g12: Ratio
    """Shear modulus in the plane of radius and circumference."""
    g23: Ratio
    """Shear modulus in the plane of circumference and axis."""
    g31: Ratio
    """Shear modulus in the plane of axis and radius."""
    nu12: Poisson
    """Poisson's ratio, contraction around under a pull along the radius."""
    nu23: Poisson
    """Poisson's ratio, contraction along under a pull around."""
    nu31: Poisson
    """Poisson's ratio, contraction along the radius under a pull along the bone."""

    def compliance(self) -> Floats:
        """Compliance (6, 6) for a modulus of 1 along the bone; order 11, 22, 33, 23, 13, 12, shear angles γ."""
        s = np.diag([1.0 / self.e1, 1.0 / self.e2, 1.0, 1.0 / self.g23, 1.0 / self.g31, 1.0 / self.g12])
        s[0, 1] = s[1, 0] = -self.nu12 / self.e1
        s[1, 2] = s[2, 1] = -self.nu23 / self.e2
        s[0, 2] = s[2, 0] = -self.nu31
        return s

    @model_validator(mode="after")
    def _stable(self) -> Self:
        least = float(np.linalg.eigvalsh(self.compliance()).min())
        if least <= 1e-9:
            raise ValueError(
                f"these elastic constants are not positive definite (least eigenvalue of the compliance {least:.3g}): "
                "some strain would set energy free"
            )
        return self

    @property
    def is_transverse(self) -> bool:
        """Whether all directions across the bone are alike."""
        shear = self.e1 / (2.0 * (1.0 + self.nu12))
        pairs = ((self.e1, self.e2), (self.g23, self.g31), (self.nu23 / self.e2, self.nu31), (self.g12, shear))
        return all(abs(a - b) <= _ALIKE * abs(b) for a, b in pairs)


class TissueState(Record):
    """Tissue of a bone relative to the bone that its file describes; read from ``meshes/tissue/*.toml``.

    The wall keeps ``thickness_factor`` of its thickness, sector by sector, and loses the rest from the inside.
    Pores take ``porosity`` of the cortex where the bone's file stands for ``reference_porosity``: cortical
    density falls with (1 − p) / (1 − p₀), and the modulus with that to the ``modulus_exponent``, or by the
    density–modulus law itself if that is ``"law"``. Cancellous density is multiplied by ``cancellous_factor``.
    ``fatigue_strength_factor`` acts on cycles to failure alone. ``outside_law`` is the treatment
    of a density outside the range of its law. ``t_score``, ``age_years`` and ``sex`` say who is meant.
    """

    schema_version: Literal[1] = Field(alias="schema")
    kind: Literal["tissue"]
    name: Name
    title: str
    sources: dict[str, str]
    t_score: Annotated[float, Field(ge=-4.0, le=0.0)]
    """T-score that it stands for."""
    age_years: Annotated[float, Field(ge=20.0, le=85.0)] | None = None
    """Age that it stands for."""
    sex: Sex | None = None
    """Sex that it stands for."""
    thickness_factor: Annotated[Around, BeforeValidator(_everywhere)]
    """Cortical thickness that remains, 0.2 to 1: one number, or eight around the bone."""
    porosity: Porosity
    """Intracortical porosity."""
    reference_porosity: Porosity
    """Porosity that the density of the bone's file belongs to."""
    cancellous_factor: Annotated[float, Field(gt=0.0, le=2.0)]
    """Factor on cancellous density."""
    modulus_exponent: Annotated[float, Field(ge=0.0, le=20.0)] | Literal["law"]
    """Exponent n of cortical modulus over cortical density, or ``law`` to follow the density–modulus law."""
    fatigue_strength_factor: Annotated[float, Field(gt=0.0, le=2.0)]
    """Factor on fatigue strength."""
    cortical_law: Name
    """Density–modulus law of cortical bone."""
    cancellous_law: Name
    """Density–modulus law of cancellous bone."""
    symmetry: Symmetry
    """Directions of cortical bone."""
    ratios: ElasticRatios | None = None
    """Elastic ratios, for transverse and orthotropic bone."""
    outside_law: Literal["refuse", "clamp"]
    """Treatment of a density outside the range of its law."""
    modulus_mpa: Annotated[Moduli, BeforeValidator(_of_cortex)] = Moduli()
    """Young's moduli in place of the laws, the same in every cell, whatever the porosity; one number is that of
    cortical bone."""

    @property
    def density_factor(self) -> float:
        """Cortical density over that of the bone's file."""
        return (1.0 - self.porosity) / (1.0 - self.reference_porosity)

    @property
    def is_thinned(self) -> bool:
        """Whether any wall is lost."""
        return min(self.thickness_factor) < 1.0

    @model_validator(mode="after")
    def _whole(self) -> Self:
        for factor in self.thickness_factor:
            if not 0.2 <= factor <= 1.0:
                raise ValueError(f"thickness_factor is {factor:g}; allowed: 0.2 to 1")
        if (self.ratios is None) != (self.symmetry == "isotropic"):
            raise ValueError(f"symmetry is {self.symmetry!r}; ratios go with transverse and orthotropic tissue only")
        if self.symmetry == "transverse" and self.ratios is not None and not self.ratios.is_transverse:
            raise ValueError(
                "ratios of transverse tissue need e1 = e2, g23 = g31, nu23 / e2 = nu31 and g12 = e1 / 2 / (1 + nu12)"
            )
        return self


class Ageing(Sourced):
    """Change between two ages: wall thickness as a share, porosity as a multiple of ``base_porosity``."""

    from_years: float
    """Age at which the law begins."""
    to_years: float
    """Age at which the law ends."""
    thickness_change: float
    """Change of cortical thickness, as a share."""
    porosity_change: float
    """Change of porosity, as a multiple of ``base_porosity``."""
    base_porosity: Porosity
    """Porosity of the source at the first age."""


class AgeLaws(Record):
    """The laws of age by sex, ``meshes/tissue/shared/age.toml``."""

    schema_version: Literal[1] = Field(alias="schema")
    kind: Literal["ageing"]
    laws: dict[Sex, Ageing]
    """Law of age by sex."""


class Symmetries(Record):
    """The elastic ratios that go with a symmetry, ``meshes/tissue/shared/ratios.toml``."""

    schema_version: Literal[1] = Field(alias="schema")
    kind: Literal["elastic ratios"]
    transverse: ElasticRatios
    """Ratios of transversely isotropic bone."""
    orthotropic: ElasticRatios
    """Ratios of orthotropic bone."""


@functools.cache
def healthy() -> TissueState:
    """State of a healthy young adult: the bone as its file describes it."""
    file = importlib.resources.files("fea.meshes") / "tissue" / "healthy.toml"
    return TissueState.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))


def at_t_score(states: Sequence[TissueState], t_score: float) -> TissueState:
    """State between the given ones at a T-score; below the lowest the last stretch goes on.

    Raises
    ------
    fea.errors.InputError
        A T-score outside −4 to 0.
    """
    if not -4.0 <= t_score <= 0.0:
        raise out_of_range("T-score", t_score, "-4 to 0")
    rising = sorted(states, key=lambda state: state.t_score)
    above = next((k for k, s in enumerate(rising) if s.t_score >= t_score), len(rising) - 1)
    low, high = rising[max(above, 1) - 1], rising[max(above, 1)]
    share = (t_score - low.t_score) / (high.t_score - low.t_score)

    def between(a: float, b: float) -> float:
        return a + share * (b - a)

    numbers = {
        key: between(getattr(low, key), getattr(high, key))
        for key in ("porosity", "cancellous_factor", "fatigue_strength_factor")
    }
    walls = [between(a, b) for a, b in zip(low.thickness_factor, high.thickness_factor, strict=True)]
    title = f"T-score {t_score:g}, between or beyond {high.name} and {low.name}"
    changed = {"name": f"t{t_score:g}", "title": title, "t_score": t_score, "thickness_factor": walls, **numbers}
    return checked_copy(high, changed)


def aged(state: TissueState, laws: Mapping[Sex, Ageing], age_years: float, sex: Sex) -> TissueState:
    """State of a person of that age, linear in the years between the two ages of the law.

    Raises
    ------
    fea.errors.InputError
        No law for that sex, or an age outside its law.
    """
    if sex not in laws:
        raise InputError(f"no law of age is published for the sex {sex!r}; known: {', '.join(laws)}.")
    law = laws[sex]
    if not law.from_years <= age_years <= law.to_years:
        raise out_of_range("age in years", age_years, f"{law.from_years:g} to {law.to_years:g} years")
    share = (age_years - law.from_years) / (law.to_years - law.from_years)
    wall = 1.0 + share * law.thickness_change
    porosity = state.porosity + share * law.porosity_change * law.base_porosity
    weaker = ((1.0 - porosity) / (1.0 - state.porosity)) ** FATIGUE_EXPONENT
    return checked_copy(
        state,
        {
            "name": f"{state.name}-{sex}-{age_years:g}y",
            "title": f"{state.title}, {sex}, aged to {age_years:g} years",
            "age_years": age_years,
            "sex": sex,
            "thickness_factor": [factor * wall for factor in state.thickness_factor],
            "porosity": porosity,
            "fatigue_strength_factor": state.fatigue_strength_factor * weaker,
        },
    )


def checked_copy(state: TissueState, changes: Mapping[str, object]) -> TissueState:
    """A copy with some fields changed, checked like the original."""
    return TissueState.model_validate({**state.model_dump(by_alias=True), **changes})
