# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Extreme principal values of millions of symmetric tensors, in closed form and without new arrays."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Reals = npt.NDArray[np.float32 | np.float64]

PLANES = np.array(
    [
        [1 / 3, 1 / 3, 1 / 3, 0, 0, 0],
        [1 / 2, -1 / 2, 0, 0, 0, 0],
        [-1 / 3, -1 / 3, 2 / 3, 0, 0, 0],
        [0, 0, 0, 1, 0, 0],
        [0, 0, 0, 0, 1, 0],
        [0, 0, 0, 0, 0, 1],
    ]
)
"""Rows that take components xx, yy, zz, yz, xz, xy to mean, half difference xx − yy, deviator zz, yz, xz, xy."""

WORK_PLANES = 6
"""Planes of the size of one argument that :func:`extremes` needs as room to work in."""

_LEAST = 1e-30


def extremes(planes: Reals, work: Reals) -> tuple[Reals, Reals, Reals]:
    """Largest principal values, smallest ones with opposite sign, and J₂, of tensors given as planes.

    With the deviator s, R = √(J₂/3) and cos 3φ = det s / (2R³), the values are m + 2R cos φ and
    m − 2R cos(π/3 − φ) (Smith 1961, doi 10.1145/355578.366316). The error is a few units in the last
    place of ‖ε‖; where two values nearly agree it grows for these two to the root of that: measured, at most
    1e-8 ‖ε‖ in float64 and 4e-4 ‖ε‖ in float32, ‖ε‖ the largest principal value by size.

    Parameters
    ----------
    planes : ndarray, float32 or float64, (6, …)
        :data:`PLANES` times the components; the last plane is overwritten. In float32 sizes between 1e-5 and
        1e10 are safe: strain in µε, stress in MPa.
    work : ndarray, as planes
        Overwritten; the results are views of it.

    Returns
    -------
    tuple of ndarray, (…)
        ε1, −ε3 and J₂.
    """
    mean, half, zz, yz, xz, xy = planes
    a, b, c, d, e, j2 = work
    np.multiply(xz, xz, out=a)
    np.multiply(yz, yz, out=b)
    np.multiply(zz, zz, out=c)
    np.multiply(half, half, out=d)
    np.multiply(xy, xy, out=e)
    d += e
    np.add(a, b, out=e)
    a -= b
    # J₂ = ¾ zz² + (half² + xy²) + (xz² + yz²)
    np.multiply(c, 0.75, out=j2)
    j2 += d
    j2 += e
    # det s = zz (¼ zz² − half² − xy² + ½ (xz² + yz²)) + half (xz² − yz²) + 2 xy xz yz
    c *= 0.25
    c -= d
    e *= 0.5
    c += e
    c *= zz
    a *= half
    c += a
    xy *= xz
    xy *= yz
    xy *= 2.0
    c += xy
    radius = np.multiply(j2, 1.0 / 3.0, out=a)
    np.sqrt(radius, out=radius)
    np.multiply(radius, radius, out=b)
    b *= radius
    b *= 2.0
    np.maximum(b, _LEAST, out=b)
    c /= b
    np.clip(c, -1.0, 1.0, out=c)
    angle = np.arccos(c, out=c)
    angle *= 1.0 / 3.0
    radius *= 2.0
    high = np.cos(angle, out=b)
    high *= radius
    high += mean
    low = np.subtract(np.pi / 3.0, angle, out=angle)
    np.cos(low, out=low)
    low *= radius
    low -= mean
    return high, low, j2
