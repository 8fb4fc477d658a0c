# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The command line: one function per command, messages for people, exit codes for scripts."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from cyclopts import App, CycloptsError

from fea import __version__
from fea.errors import BonefeaError, InputError, MissingDependency, RunError, on_one_line

EXIT_INPUT = 2
EXIT_FAILURE = 1
EXIT_STOPPED = 130
_LONGEST_MESSAGE = 300

app = App(
    name="bonefea",
    help="Strain maps and named hotspots from a bone, its tissue and its loads.",
    version=__version__,
    help_format="plaintext",  # what reads Markdown takes a third of the time of `bonefea --help`
    suppress_keyboard_interrupt=False,
)
# Each is imported when it is called: `bonefea --help` needs none of them.
_COMMANDS = {
    "list": ("library:list_library", "Show what the library holds: bones, tissues, activities, plans, studies."),
    "mesh": ("mesh:mesh", "Mesh a bone, report its quality, and write it with named regions."),
    "bone": ("bone:bone", "Bring in a bone of your own."),
    "fit": ("bone:fit", "Find the parametric bone nearest to a segmented one."),
    "run": ("run:run", "Solve activities on one bone; write a run folder for each and print the hotspots."),
    "plan": ("plan:plan", "Follow a training plan: probability of a stress fracture by day and site."),
    "diary": ("diary:diary", "Read a training diary, say what was read, and write it as a plan."),
    "study": ("study:study", "Run a study: many cases into one table."),
    "compare": ("compare:compare", "Compare two runs, two designs within a study, or two studies."),
    "loads": ("loads:app", "Write the forces of an activity as a load history that you can change and run."),
    "report": ("report:report", "Write a folder as one HTML file that opens without a network."),
    "export": ("export:export", "Write unit strains as netCDF, strain at gauges as .sto, or the contact for ParaView."),
    "animate": ("report:animate", "Write one contact of a run as a moving picture."),
    "validate": ("validate:validate", "Print published values beside the model's, one row each."),
    "converge": ("converge:converge", "Refine the mesh, extrapolate, and state the discretisation error."),
    "rerun": ("rerun:rerun", "Reproduce a run folder and report the largest difference."),
    "view": ("view:view", "Turn a bone in the browser, move sliders, see strain at once."),
    "doctor": ("library:doctor", "Check what is installed and whether it works."),
}
_GROUPS = ("bone", "loads")
"""Have commands of their own, and say how their help is written."""
for _name, (_where, _help) in _COMMANDS.items():
    _how = {} if _name in _GROUPS else {"help_format": "markdown"}
    app.command(f"fea.cli.{_where}", name=_name, help=_help, **_how)

_OF_WRITING = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF)
_OF_NAMES = (errno.ENAMETOOLONG, errno.ELOOP, errno.ENOTDIR, errno.EACCES)
_RANKS = ("PMI_SIZE", "OMPI_COMM_WORLD_SIZE")
"""Variables in which MPI launchers state the number of ranks."""


def main() -> None:
    """Run the command line; exit 0 when done, 2 for a mistake in the input, 1 for a failed run."""
    _open_closed_streams()
    if any(os.environ.get(name, "1") != "1" for name in _RANKS):
        from fea.solve.ranks import lead

        sys.exit(lead(_code))
    sys.exit(_code())


def _code() -> int:
    """Exit code of the command line."""
    code = _answered()
    failure = _output_failure()
    if failure is None or isinstance(failure, BrokenPipeError):
        # Who closed a pipe, such as `head`, has seen enough.
        return code if failure is None else code or EXIT_FAILURE
    return code or _failed(_unprinted(failure), EXIT_FAILURE)


def _command() -> None:
    """Run the command; pydantic wraps a Ctrl-C while it builds the validator of a record, which is one again here."""
    try:
        app(exit_on_error=False, print_error=False, result_action="return_value")
    except Exception as error:
        if type(error).__name__ == "SchemaError" and KeyboardInterrupt.__name__ in str(error):
            raise KeyboardInterrupt from None
        raise


def _answered() -> int:
    try:
        if sys.stdout is None:
            sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - it stays open
            return _failed("the output is closed; send it to /dev/null to have none.", EXIT_FAILURE)
        _check_encoding(sys.argv)
        _command()
    except BrokenPipeError:
        return EXIT_FAILURE
    except InputError as error:
        return _failed(str(error), EXIT_INPUT)
    except CycloptsError as error:
        from fea.cli.unparsed import unparsed

        return _failed(on_one_line(_shortened(unparsed(error, app))), EXIT_INPUT)
    except (MissingDependency, RunError, BonefeaError) as error:
        return _failed(str(error), EXIT_FAILURE)
    except MemoryError:
        return _failed("the memory is not enough; larger elements (--size) need less.", EXIT_FAILURE)
    except OSError as error:
        # What is written to files under a name ends in a RunError; what has no name was printed.
        unnamed = error.filename is None and error.errno in _OF_WRITING
        where = "" if error.filename is None else f"{error.filename!r}: "
        code = EXIT_INPUT if where and error.errno in _OF_NAMES else EXIT_FAILURE
        return _failed(_unprinted(error) if unnamed else f"{where}{error.strerror or error}.", code)
    except KeyboardInterrupt:
        return _failed("stopped.", EXIT_STOPPED)
    return 0


def _check_encoding(words: Sequence[str]) -> None:
    """Refuse bytes that are no text, which the libraries cannot take as a path either."""
    for word in words:
        try:
            word.encode()
        except UnicodeEncodeError:
            raise InputError(
                f"the argument {os.fsencode(word)!r} is not UTF-8; rename the file, or name another."
            ) from None


def _shortened(message: str) -> str:
    """A message that quotes what was typed, without the middle of what is too long to read."""
    half = _LONGEST_MESSAGE // 2
    return message if len(message) <= _LONGEST_MESSAGE else f"{message[:half]} … {message[-half:]}"


def _open_closed_streams() -> None:
    """Lead standard streams that are closed nowhere, or the next file that is opened would be taken for one of them."""
    for number, stream in enumerate((sys.stdin, sys.stdout, sys.stderr)):
        if stream is None:
            nowhere = os.open(os.devnull, os.O_RDWR)
            os.dup2(nowhere, number)
            if nowhere != number:
                os.close(nowhere)
            else:
                os.set_inheritable(number, True)
    if sys.stderr is None:
        sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - it stays open


def _output_failure() -> OSError | None:
    """Why what was printed cannot leave this process, if so; it then goes nowhere, or it would be tried again."""
    try:
        sys.stdout.flush()
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return error
    return None


def _unprinted(error: OSError) -> str:
    return f"the output cannot be written: {error.strerror or error}."


def _failed(message: str, code: int) -> int:
    with suppress(OSError):
        print(f"bonefea: {message}", file=sys.stderr, flush=True)
    return code
