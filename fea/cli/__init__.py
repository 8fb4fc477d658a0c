# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The command line: one function per command, messages for people, exit codes for scripts."""

from __future__ import annotations

import os
import sys

from cyclopts import App, CycloptsError

from fea import __version__
from fea.cli import converge, library, loads, mesh, plan, report, rerun, run, study, validate, view
from fea.errors import BonefeaError, InputError, MissingDependency, RunError, on_one_line

EXIT_INPUT = 2
EXIT_FAILURE = 1
EXIT_STOPPED = 130

app = App(
    name="bonefea",
    help="Where is a bone strained most? Strain maps and named hotspots from a bone, its tissue and its loads.",
    version=__version__,
    suppress_keyboard_interrupt=False,
)
app.command(library.list_library, name="list")
for command in (
    mesh.mesh,
    run.run,
    plan.plan,
    study.study,
    study.compare,
    loads.loads,
    report.report,
    report.animate,
    validate.validate,
    converge.converge,
    rerun.rerun,
    view.view,
    library.doctor,
):
    app.command(command)


_RANKS = ("PMI_SIZE", "OMPI_COMM_WORLD_SIZE")
"""Where MPI launchers say how many ranks they started."""


def main() -> None:
    """Run the command line; exit 0 when done, 2 for a mistake in the input, 1 for a failed run."""
    if any(os.environ.get(name, "1") != "1" for name in _RANKS):
        from fea.solve.ranks import lead

        sys.exit(lead(_code))
    sys.exit(_code())


def _code() -> int:
    """Run the command line and return its exit code."""
    try:
        app(exit_on_error=False, print_error=False, result_action="return_value")
        sys.stdout.flush()
    except BrokenPipeError:
        # Who read the output, such as `head`, has seen enough; nothing is left to flush at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_FAILURE
    except InputError as error:
        return _failed(str(error), EXIT_INPUT)
    except CycloptsError as error:
        return _failed(on_one_line(" ".join(str(error).split())), EXIT_INPUT)
    except (MissingDependency, RunError, BonefeaError) as error:
        return _failed(str(error), EXIT_FAILURE)
    except MemoryError:
        return _failed("the memory is not enough; larger elements (--size) need less.", EXIT_FAILURE)
    except KeyboardInterrupt:
        return _failed("stopped.", EXIT_STOPPED)
    return 0


def _failed(message: str, code: int) -> int:
    print(f"bonefea: {message}", file=sys.stderr)
    return code
