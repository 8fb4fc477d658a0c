# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Speed and step rate as runners write them: km/h, minutes for a kilometre, steps of one foot."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress

from cyclopts import Token

_M_PER_S = {"m/s": 1.0, "km/h": 1.0 / 3.6, "kmh": 1.0 / 3.6, "kph": 1.0 / 3.6}
_NUMBER = re.compile(r"([0-9]+(?:\.[0-9]*)?|\.[0-9]+) *([a-z/]*)")
_PACE = re.compile(r"([0-9]{1,2})(?::([0-5][0-9]))? *(?:(?:min)?/km)?")
_CADENCE = (20.0, 130.0)

SPEED, STEP_RATE = ("--speed", "--pace"), ("--step-rate", "--cadence")
"""Options that say the same."""


def repeated(option: str) -> str:
    """Sentence on an option that is given again, or beside another that says the same.

    Examples
    --------
    >>> repeated("--pace"), repeated("--mass")
    ('--speed and --pace say the same; give one of them, once.', '--mass is given twice; give it once.')
    """
    same = next((names for names in (SPEED, STEP_RATE) if option in names), None)
    return (
        f"{option} is given twice; give it once."
        if same is None
        else f"{' and '.join(same)} say the same; give one of them, once."
    )


def speed(_: object, tokens: Sequence[Token]) -> float:
    """Speed in m/s of what stands behind ``--speed`` or ``--pace``.

    Raises
    ------
    ValueError
        Not a speed; the sentence says what is.
    """
    token = tokens[0]
    text = token.value.strip().lower()
    if token.keyword == "--pace" or text.endswith("/km"):
        return _of_pace(token.value, text)
    with suppress(ValueError):
        return float(text)
    found = _NUMBER.fullmatch(text)
    if found is None or found[2] not in _M_PER_S:
        raise ValueError(f"speed is {token.value!r}; allowed: a number in m/s, such as 3.3, 3.3m/s or 12km/h.")
    return float(found[1]) * _M_PER_S[found[2]]


def step_rate(_: object, tokens: Sequence[Token]) -> float:
    """Steps of both feet per minute of what stands behind ``--step-rate``, or behind ``--cadence`` of one foot.

    Raises
    ------
    ValueError
        Not a number, or a cadence that is not that of one foot.
    """
    token = tokens[0]
    one_foot = token.keyword == "--cadence"
    try:
        rate = float(token.value)
    except ValueError:
        name = "cadence" if one_foot else "step rate"
        raise ValueError(f"{name} is {token.value!r}; allowed: a number of steps per minute.") from None
    if not one_foot:
        return rate
    if not _CADENCE[0] <= rate <= _CADENCE[1]:
        low, high = _CADENCE
        raise ValueError(
            f"cadence is {rate:g}; allowed: {low:g} to {high:g} steps of one foot per minute; --step-rate counts both."
        )
    return 2.0 * rate


def _of_pace(given: str, text: str) -> float:
    """Speed in m/s of minutes and seconds for a kilometre."""
    found = _PACE.fullmatch(text)
    seconds = 0 if found is None else 60 * int(found[1]) + int(found[2] or 0)
    if seconds == 0:
        raise ValueError(f"pace is {given!r}; allowed: minutes and seconds for a kilometre, such as 5:30.")
    return 1000.0 / seconds
