# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The command line: one function per command, messages for people, exit codes for scripts."""

from __future__ import annotations

import os
import sys

from cyclopts import App, CycloptsError
from cyclopts.exceptions import RepeatArgumentError

from fea import __version__
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
# Each is imported when it is called: `bonefea --help` needs none of them.
_COMMANDS = {
    "list": ("library:list_library", "Show what the library holds: bones, tissues, activities, plans, studies."),
    "mesh": ("mesh:mesh", "Mesh a bone, report its quality, and write it with named regions."),
    "run": ("run:run", "Solve activities on one bone; write a run folder for each and print the hotspots."),
    "plan": ("plan:plan", "Follow a training plan: probability of a stress fracture by day and site."),
    "study": ("study:study", "Work off a study: many cases into one table."),
    "compare": ("compare:compare", "Compare two runs, two designs within a study, or two studies."),
    "loads": ("loads:loads", "Write the forces of an activity as a load history that you can change and run."),
    "report": ("report:report", "Write a folder as one HTML file that opens without a network."),
    "animate": ("report:animate", "Write one contact of a run as a moving picture."),
    "validate": ("validate:validate", "Print published values beside the model's, one row each."),
    "converge": ("converge:converge", "Refine the mesh, extrapolate, and state the discretisation error."),
    "rerun": ("rerun:rerun", "Reproduce a run folder and report the largest difference."),
    "view": ("view:view", "Turn a bone in the browser, move sliders, see strain at once."),
    "doctor": ("library:doctor", "Check what is installed and whether it works."),
}
for _name, (_where, _help) in _COMMANDS.items():
    app.command(f"fea.cli.{_where}", name=_name, help=_help)

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
    except RepeatArgumentError as error:
        from fea.cli.pace import repeated

        return _failed(repeated(error.token.keyword or ""), EXIT_INPUT)
    except CycloptsError as error:
        return _failed(on_one_line(" ".join(str(error).split())), EXIT_INPUT)
    except (MissingDependency, RunError, BonefeaError) as error:
        return _failed(str(error), EXIT_FAILURE)
    except MemoryError:
        return _failed("the memory is not enough; larger elements (--size) need less.", EXIT_FAILURE)
    except OSError as error:
        where = f"{error.filename!r}: " if error.filename else ""
        return _failed(f"{where}{error.strerror or error}.", EXIT_FAILURE)
    except KeyboardInterrupt:
        return _failed("stopped.", EXIT_STOPPED)
    return 0


def _failed(message: str, code: int) -> int:
    print(f"bonefea: {message}", file=sys.stderr)
    return code
