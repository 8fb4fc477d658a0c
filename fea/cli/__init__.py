# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The command line: one function per command, messages for people, exit codes for scripts."""

from __future__ import annotations

import sys

from cyclopts import App, CycloptsError

from fea import __version__
from fea.cli import library, loads, mesh, plan, run, validate, view
from fea.errors import BonefeaError, InputError, MissingDependency, RunError

EXIT_INPUT = 2
EXIT_FAILURE = 1

app = App(
    name="bonefea",
    help="Where is a bone strained most? Strain maps and named hotspots from a bone, its tissue and its loads.",
    version=__version__,
    suppress_keyboard_interrupt=False,
)
app.command(library.list_library, name="list")
for command in (mesh.mesh, run.run, plan.plan, loads.loads, validate.validate, view.view, library.doctor):
    app.command(command)


def main() -> None:
    """Run the command line; exit 0 when done, 2 for a mistake in the input, 1 for a failed run."""
    try:
        app(exit_on_error=False, print_error=False)
    except InputError as error:
        _leave(str(error), EXIT_INPUT)
    except CycloptsError as error:
        _leave(" ".join(str(error).split()), EXIT_INPUT)
    except (MissingDependency, RunError, BonefeaError) as error:
        _leave(str(error), EXIT_FAILURE)
    except KeyboardInterrupt:
        _leave("stopped.", 130)


def _leave(message: str, code: int) -> None:
    print(f"bonefea: {message}", file=sys.stderr)
    sys.exit(code)
