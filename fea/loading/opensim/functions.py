# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Functions of a coordinate as a model of OpenSim writes them: how joints glide and path points move."""

from __future__ import annotations

from collections.abc import Callable
from xml.etree.ElementTree import Element

import numpy as np
import numpy.typing as npt

from fea.errors import InputError

Floats = npt.NDArray[np.float64]
Function = Callable[[Floats], Floats]

_FEWEST_FOR_ENDS = 4
_MOST_POINTS = 1000
_LARGEST = 1e9
_LEAST_STEP = 1e-12


def constant(value: float) -> Function:
    """The function that has one value."""
    return lambda q: np.full_like(q, value)


def function_of(element: Element, where: str) -> Function:
    """Function that an element describes.

    Raises
    ------
    fea.errors.InputError
        A kind of function that is not read, or numbers that are none.
    """
    kind = element.tag
    if kind == "Constant":
        return constant(numbers(element.findtext("value", "0"), where)[0])
    if kind == "LinearFunction":
        slope, at_zero = numbers(element.findtext("coefficients", "1 0"), where, 2)
        return lambda q: slope * q + at_zero
    if kind == "PolynomialFunction":
        coefficients = numbers(element.findtext("coefficients", "0"), where)
        return lambda q: np.asarray(np.polyval(coefficients, q), dtype=np.float64)
    if kind == "MultiplierFunction":
        scale = numbers(element.findtext("scale", "1"), where)[0]
        inner = element.find("function")
        if inner is None or not len(inner):
            raise InputError(f"{where}: a MultiplierFunction has no function.")
        scaled = function_of(inner[0], where)
        return lambda q: scale * scaled(q)
    if kind in ("SimmSpline", "NaturalCubicSpline", "PiecewiseLinearFunction"):
        x, y = numbers(element.findtext("x", ""), where), numbers(element.findtext("y", ""), where)
        if len(x) != len(y) or len(x) > _MOST_POINTS or (np.diff(x) <= _LEAST_STEP).any():
            raise InputError(f"{where}: a {kind} needs rising x and as many y, up to {_MOST_POINTS}.")
        return _line(x, y) if kind == "PiecewiseLinearFunction" or len(x) < 3 else simm_spline(x, y)
    raise InputError(
        f"{where}: a function of the kind {kind!r} is not read; read are Constant, LinearFunction, "
        "PolynomialFunction, "
        "PiecewiseLinearFunction, SimmSpline, NaturalCubicSpline and MultiplierFunction."
    )


def numbers(text: str, where: str, count: int | None = None) -> Floats:
    """Numbers of a text, apart by blanks; so many if a count is given.

    Raises
    ------
    fea.errors.InputError
        There are none, or another number of them, or one is not finite or larger than 1e9.
    """
    try:
        found = np.array([float(part) for part in text.split()])
    except ValueError:
        raise InputError(f"{where}: {text.strip()[:60]!r} are not numbers.") from None
    if not len(found) or len(found) != (count or len(found)) or not (np.abs(found) <= _LARGEST).all():
        wanted = "" if count is None else f"{count} "
        raise InputError(f"{where}: {text.strip()[:60]!r}; needed: {wanted}numbers up to {_LARGEST:g}.")
    return found


def simm_spline(x: Floats, y: Floats) -> Function:
    """Cubic spline through points (n,), n ≥ 3, with the ends of SIMM and OpenSim; straight beyond them.

    The third derivative at each end is that of the cubic through the four points there (Forsythe, Malcolm & Moler
    1977, Computer Methods for Mathematical Computations, chapter 4.4).
    """
    n, h, slope = len(x), np.diff(x), np.diff(y) / np.diff(x)
    # Unknown are σ = y″/6 at the points.
    matrix, right = np.zeros((n, n)), np.zeros(n)
    for k in range(1, n - 1):
        matrix[k, k - 1 : k + 2] = h[k - 1], 2.0 * (h[k - 1] + h[k]), h[k]
        right[k] = slope[k] - slope[k - 1]
    matrix[0, :2], matrix[-1, -2:] = (-h[0], h[0]), (h[-1], -h[-1])
    if n >= _FEWEST_FOR_ENDS:
        second = np.diff(slope) / (x[2:] - x[:-2])
        third = np.diff(second) / (x[3:] - x[:-3])
        right[0], right[-1] = h[0] ** 2 * third[0], -(h[-1] ** 2) * third[-1]
    sigma = np.linalg.solve(matrix, right)
    first = slope - h * (sigma[1:] + 2.0 * sigma[:-1])
    last = slope[-1] + h[-1] * (2.0 * sigma[-1] + sigma[-2])

    def value(q: Floats) -> Floats:
        k = np.clip(np.searchsorted(x, q, side="right") - 1, 0, n - 2)
        t = np.clip(q, x[0], x[-1]) - x[k]
        cubic = y[k] + t * (first[k] + t * (3.0 * sigma[k] + t * (sigma[k + 1] - sigma[k]) / h[k]))
        return np.asarray(cubic + np.minimum(q - x[0], 0.0) * first[0] + np.maximum(q - x[-1], 0.0) * last)

    return value


def _line(x: Floats, y: Floats) -> Function:
    return lambda q: np.interp(q, x, y)
