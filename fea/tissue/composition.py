# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Composition of a bone in a state of its tissue: a thinner wall, density and modulus of each cell."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fea.bone import TISSUES, Anatomy, BoneMesh, depth, thinned
from fea.case import BoneDescription, DensityField, DensityProfile, Tissue, TissueState, around_factor
from fea.tissue.laws import DensityLaw, law, own_law
from fea.tissue.measures import converted

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

MARROW_MODULUS_MPA = 2.0
"""Soft filling of the cavity, three to four orders below bone; working value without mechanical effect."""
_QUADRATURE = np.full((4, 4), 0.1381966011250105) + np.eye(4) * (0.5854101966249685 - 0.1381966011250105)
"""Barycentric coordinates of the four points whose mean is exact for quadratics over a tetrahedron."""


@dataclass(frozen=True)
class Composition:
    """Density and modulus of each cell.

    Attributes
    ----------
    density : ndarray, float64, (m,)
        Wet apparent density in g/cm³; 0 in marrow.
    modulus : ndarray, float64, (m,)
        Young's modulus in MPa, along the bone.
    outside : ndarray, bool, (m,)
        Cells whose density lay outside the range of its law and was clamped to it.
    """

    density: Floats
    modulus: Floats
    outside: Mask


def check_laws(state: TissueState) -> None:
    """Refuse a state that names unknown laws, or laws of another tissue.

    Raises
    ------
    fea.errors.InputError
        See above.
    """
    law(state.cortical_law, "cortical")
    law(state.cancellous_law, "cancellous")


def thinned_wall(description: BoneDescription, mesh: BoneMesh, state: TissueState) -> BoneMesh:
    """Mesh with the cortical wall of the state; the same mesh if the wall is whole.

    Raises
    ------
    fea.errors.GeometryError
        The wall becomes so thin that its elements are too flat.
    """
    if not state.is_thinned:
        return mesh
    return thinned(
        description, mesh, around_factor(state.thickness_factor, Anatomy(description).direction(mesh.points))
    )


def composition(description: BoneDescription, mesh: BoneMesh, state: TissueState) -> Composition:
    """Density and modulus of each cell of a mesh.

    Raises
    ------
    fea.errors.InputError
        Unknown laws, or a density outside the range of its law while the state does not say to clamp it.
    """
    check_laws(state)
    anatomy = Anatomy(description)
    level, direction = anatomy.level(mesh.centroids), anatomy.direction(mesh.centroids)
    count = len(mesh.cells)
    found = Composition(np.zeros(count), np.full(count, MARROW_MODULUS_MPA), np.zeros(count, dtype=np.bool_))
    given, exponent = description.density, state.modulus_exponent
    # A scan has a cell beyond any law's range somewhere; their share is among the figures of the tissue.
    clamp = state.outside_law == "clamp" or given.field is not None
    scanned = np.full(count, np.nan) if given.field is None else _scanned(given.field, description, mesh)
    mineralised: tuple[tuple[Tissue, DensityProfile, str, float], ...] = (
        ("cortical", given.cortical_g_per_cm3, state.cortical_law, state.density_factor),
        ("cancellous", given.cancellous_g_per_cm3, state.cancellous_law, state.cancellous_factor),
    )
    for tissue, profile, name, factor in mineralised:
        here = mesh.tissue == TISSUES.index(tissue)
        by = law(name) if given.law is None else own_law(given.law)
        dense = profile.around(level[here], direction[here])
        dense = np.where(np.isnan(scanned[here]), dense, scanned[here])
        own = converted(dense, given.measure, "apparent")
        found.density[here] = own * factor
        plain = getattr(state.modulus_mpa, tissue)
        if plain is not None:
            modulus, outside = np.full(len(own), plain), np.zeros(len(own), dtype=np.bool_)
        elif tissue == "cortical" and exponent != "law":
            modulus, outside = _modulus(by, own, clamp)
            modulus = modulus * state.density_factor**exponent
        else:
            modulus, outside = _modulus(by, own * factor, clamp)
        found.modulus[here], found.outside[here] = modulus, outside
    return found


def _scanned(field: DensityField, description: BoneDescription, mesh: BoneMesh) -> Floats:
    """Density of the cells by a density field, its mean over each cell; NaN where the field does not reach."""
    place = depth(description, (_QUADRATURE @ mesh.points[mesh.cells]).reshape(-1, 3))
    cortical = np.repeat(mesh.tissue == TISSUES.index("cortical"), len(_QUADRATURE))
    found = np.empty(len(cortical))
    for part, here, own in (("wall", cortical, place.wall), ("core", ~cortical, place.core)):
        found[here] = field.at(part, place.level[here], place.direction_deg[here], own[here])
    return np.asarray(found.reshape(-1, len(_QUADRATURE)).mean(axis=1))


def _modulus(found: DensityLaw, apparent: Floats, clamp: bool) -> tuple[Floats, Mask]:
    """Moduli by a law, and a mask of the densities outside its range."""
    density = converted(apparent, "apparent", found.measure)
    if clamp:
        return found.clamped(density), ~found.in_range(density)
    return found.modulus(density, found.measure), np.zeros(len(density), dtype=np.bool_)
