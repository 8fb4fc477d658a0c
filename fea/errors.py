# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Errors: each is also a builtin and carries one clear sentence."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class BonefeaError(Exception):
    """Any error that bonefea raises on purpose; its text is one line, whatever names and values stand in it."""

    def __init__(self, sentence: str = "") -> None:
        super().__init__(on_one_line(sentence))


class InputError(BonefeaError, ValueError):
    """A mistake in the input; the command line ends with exit code 2."""


class GeometryError(InputError):
    """A bone description that does not close to a sound solid."""


class RunError(BonefeaError, RuntimeError):
    """A run that failed although its input was sound; exit code 1."""


class MissingDependency(BonefeaError, ImportError):
    """A library that this step needs is not installed."""


def on_one_line(text: str) -> str:
    r"""A text on one line: what would break it, or change a terminal, is written as Python would.

    Examples
    --------
    >>> on_one_line("a name\nof two lines")
    'a name\\nof two lines'
    """
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def out_of_range(name: str, value: object, allowed: str) -> InputError:
    """Error for a value outside its range.

    Parameters
    ----------
    name : str
        Name of the value, with its unit.
    value : object
        The value that was given.
    allowed : str
        The allowed range with its unit, as prose.

    Returns
    -------
    InputError
        To be raised by the caller.

    Examples
    --------
    >>> str(out_of_range("body mass", -3.0, "20 to 250 kg"))
    'body mass is -3.0; allowed: 20 to 250 kg.'
    """
    return InputError(f"{name} is {value!r}; allowed: {allowed}.")


def unknown(kind: str, name: str, known: Iterable[str]) -> InputError:
    """Error for a name that does not exist, offering the nearest ones.

    Parameters
    ----------
    kind : str
        Kind of thing that was named: ``"bone"``, ``"region"`` and so on.
    name : str
        The name that was given.
    known : iterable of str
        The names that exist.

    Returns
    -------
    InputError
        To be raised by the caller.

    Examples
    --------
    >>> str(unknown("bone", "tibea", ["tibia", "tibia_female"]))
    "there is no bone 'tibea'; nearest: tibia; known: tibia, tibia_female."
    """
    names = sorted(known)
    near = difflib.get_close_matches(name, names, n=2, cutoff=0.6)
    hint = f"nearest: {', '.join(near)}; " if near else ""
    return InputError(f"there is no {kind} {name!r}; {hint}known: {', '.join(names)}.")
