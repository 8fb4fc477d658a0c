# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""What the parser of the command line does not understand, in a sentence."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator

from cyclopts import App, CycloptsError
from cyclopts.exceptions import MissingArgumentError, RepeatArgumentError, UnknownOptionError, UnusedCliTokensError

_NEAR = 0.8
"""Likeness, 0 to 1, from which a name is offered for another one; two dashes in front of both would add to it."""


def unparsed(error: CycloptsError, app: App) -> str:
    """Sentence on a mistake in the words of a command line."""
    if isinstance(error, RepeatArgumentError):
        from fea.cli.pace import repeated

        return repeated(error.token.keyword or "")
    command = " ".join(("bonefea", *(error.command_chain or ())))
    if isinstance(error, UnusedCliTokensError):
        return f"{command} takes no further argument {(error.unused_tokens or [''])[0]!r}; see {command} --help."
    if isinstance(error, MissingArgumentError) and error.argument is not None:
        lacks = (
            f"{command} needs {error.argument.name}"
            if error.argument.required
            else f"{error.argument.name} needs a value"
        )
        return f"{lacks}; see {command} --help."
    if isinstance(error, UnknownOptionError):
        return _unknown_option((error.token.keyword or error.token.value).partition("=")[0], command, app, error)
    return " ".join(str(error).split())


def _unknown_option(option: str, command: str, app: App, error: UnknownOptionError) -> str:
    """What is said of an option that the command lacks: near ones, and the commands that have it."""
    near = _near(option, _names(error.argument_collection))
    having = [where for where, names in _options(app) if option in names]
    hints = [f"nearest: {', '.join(near)}"] * bool(near) + [f"an option of: {', '.join(having)}"] * bool(having)
    return f"{command} has no option {option!r}; {'; '.join((*hints, f'see {command} --help'))}."


def _near(option: str, known: Iterable[str]) -> list[str]:
    asked = option.lstrip("-")
    bare = {name.lstrip("-"): name for name in known if name.startswith("--")}
    begun = [name for name in bare if asked and name.startswith(asked)]
    alike = difflib.get_close_matches(asked, bare, n=2, cutoff=_NEAR)
    return [bare[name] for name in dict.fromkeys((*begun, *alike))][:2]


def _names(arguments: Iterable[object]) -> list[str]:
    return [name for argument in arguments for name in getattr(argument, "names", ())]


def _options(app: App, chain: tuple[str, ...] = ("bonefea",)) -> Iterator[tuple[str, list[str]]]:
    """Yield each command with the names of its options."""
    for name in app:
        if name.startswith("-"):
            continue
        command, own = app[name], (*chain, name)
        yield from _options(command, own)
        if command.default_command is not None:
            yield " ".join(own), _names(command.assemble_argument_collection(parse_docstring=False))
