# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""`bonefea report`: a folder as one page; `bonefea animate`: one contact as a moving picture."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from fea.cli.options import CacheOption
from fea.cli.places import Overwrite, check_file_to_write


def report(
    folder: Annotated[Path, Parameter(name="DIR")],
    /,
    *more: Annotated[Path, Parameter(name="DIR")],
    html: Annotated[
        bool, Parameter(name="--html", negative="", help="Write a page in which the bone can be turned instead.")
    ] = False,
    pdf: Annotated[
        bool, Parameter(name="--pdf", negative="", help="Print the page as PDF instead, by Chromium, Chrome or Edge.")
    ] = False,
    title: Annotated[str, Parameter(help="Title of the page.")] = "",
    author: Annotated[str, Parameter(help="Who writes it.")] = "",
    organisation: Annotated[str, Parameter(help="For whom, or where.")] = "",
    date: Annotated[str, Parameter(help="Date of the page; today's beside an author or an organisation.")] = "",
    conclusion: Annotated[str, Parameter(help="What the reader shall know first, in a sentence or two.")] = "",
    out: Annotated[
        Path | None,
        Parameter(
            help="File to write; DIR/report.html, report.pdf or interactive.html by default, needed for several."
        ),
    ] = None,
    overwrite: Overwrite = False,
    cache: CacheOption = True,
) -> None:
    """Write the content of a folder, or of several, as one HTML file that opens without a network.

    Parameters
    ----------
    folder
        A folder that `bonefea run`, `plan`, `compare` or `study` wrote. With `--html` its question is answered again,
        from the cache where it can be.
    more
        Further folders, which follow in the same page.
    """
    import datetime

    from fea.errors import InputError
    from fea.files import written_file
    from fea.report import Cover, browser, page_of, print_page

    if html and (pdf or more or title or author or organisation or date or conclusion):
        raise InputError("a page in which the bone can be turned is of one run, without a cover; leave out --html.")
    if more and out is None:
        raise InputError("a page of several folders belongs to none of them; say where to write it with --out FILE.")
    if pdf:
        browser()
    usual = folder / ("interactive.html" if html else "report.pdf" if pdf else "report.html")
    file = usual if out is None else out
    replaces = overwrite or file == usual
    if out is not None:
        for place in (folder, *more):
            check_file_to_write(file, folder=place, overwrite=replaces)
    today = f"{datetime.date.today():%-d %B %Y}" if author or organisation else ""
    cover = Cover(title, author, organisation, date or today, conclusion)
    page = _turned(folder, cache) if html else page_of(folder, *more, cover=cover)
    with written_file(file, replaces=replaces) as partial:
        if pdf:
            print_page(page, partial)
        else:
            partial.write_text(page, encoding="utf-8")
    print(f"{'interactive page' if html else 'report'}: {file}")


def _turned(folder: Path, cache: bool) -> str:
    """Page in which the bone of a run can be turned."""
    from rich.console import Console

    with Console(stderr=True).status("loading libraries") as status:
        from fea.view import offline_page

        return offline_page(folder, use_cache=cache, progress=status.update)


def animate(
    folder: Annotated[Path, Parameter(name="DIR")],
    /,
    *,
    out: Annotated[Path | None, Parameter(help="GIF or MP4 to write; DIR/stance.gif by default.")] = None,
    overwrite: Overwrite = False,
    frames: Annotated[int, Parameter(help="Pictures, evenly spaced over the contact, 2 to 400.")] = 40,
    fps: Annotated[float, Parameter(help="Pictures per second, 1 to 60.")] = 12.5,
    cache: CacheOption = True,
) -> None:
    """Write one contact of a run as a moving picture, the ground reaction force beside it.

    Parameters
    ----------
    folder
        A folder that `bonefea run` wrote; its question is answered again, from the cache where it can be.
    """
    from rich.console import Console

    terminal = Console(stderr=True)
    file = folder / "stance.gif" if out is None else out
    replaces = overwrite or file == folder / "stance.gif"
    if out is not None:
        check_file_to_write(file, folder=folder, overwrite=replaces)
    with terminal.status("loading libraries") as status:
        from fea.api import animate as run_animation

        run_animation(folder, file, frames=frames, fps=fps, replaces=replaces, use_cache=cache, progress=status.update)
    print(f"animation: {file}")
