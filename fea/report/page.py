# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""From a folder to one page that opens anywhere: text and tables from templates, pictures as data in the page."""

from __future__ import annotations

import base64
import functools
import io
import math
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from markupsafe import Markup

from fea import __version__
from fea.errors import InputError
from fea.report.inputs import by_evidence
from fea.show import Limits, colour_map
from fea.show.scale import bar_ticks

if TYPE_CHECKING:
    from jinja2 import Environment

_STOPS = 24


@dataclass(frozen=True)
class Image:
    """A picture in a page.

    ``uri`` holds all of it; ``alt`` says what it shows to those who don't see it, ``label`` names it in a few
    words; ``width`` and ``height`` are in pixels.
    """

    uri: str
    alt: str
    label: str
    caption: str
    width: int
    height: int


def image(source: Path | npt.NDArray[np.uint8], label: str, alt: str, caption: str = "") -> Image:
    """A picture from a PNG file or from pixels (height, width, 3).

    Raises
    ------
    fea.errors.InputError
        The file is missing or holds no picture.
    """
    from PIL import Image as Pixels

    try:
        if isinstance(source, Path):
            content = source.read_bytes()
        else:
            stream = io.BytesIO()
            Pixels.fromarray(source).save(stream, format="PNG", optimize=True)
            content = stream.getvalue()
        with Pixels.open(io.BytesIO(content), formats=["PNG"]) as opened:
            width, height = opened.size
    except (OSError, SyntaxError, ValueError, Pixels.DecompressionBombError, Pixels.DecompressionBombWarning) as error:
        why = getattr(error, "strerror", None) or "no picture"
        raise InputError(f"the picture {str(source)!r} cannot be read: {why}.") from None
    uri = f"data:image/png;base64,{base64.b64encode(content).decode()}"
    return Image(uri, alt, label, caption, width, height)


def shown(value: float, shape: str) -> str:
    """A number as people read it: rounded, with a real minus sign; a dash for one that is not known.

    Examples
    --------
    >>> shown(-5001.3, "+,.0f"), shown(0.25, ".2f"), shown(float("nan"), ".2f")
    ('−5,001', '0.25', '–')
    """
    return "–" if math.isnan(value) else format(value, shape).replace("-", "−")


def brief(value: float) -> str:
    """A number of a table with its significant digits.

    Examples
    --------
    >>> brief(16470.3), brief(-0.123456), brief(12)
    ('16,470', '−0.1235', '12')
    """
    return shown(value, ",.0f" if abs(value) >= 1000.0 else ".4g")


def words(name: str) -> str:
    """A name of the code as words.

    Examples
    --------
    >>> words("tibialis_posterior")
    'tibialis posterior'
    """
    return name.replace("_", " ")


def bar_words(limits: Limits) -> list[str]:
    """Numbers under a colour bar."""
    return [f"{tick:g}" for tick in bar_ticks(limits)]


def bar_stops(limits: Limits) -> str:
    """Colours of a map as the stops of a gradient in CSS."""
    colours = colour_map(limits)(np.linspace(0.0, 1.0, _STOPS))[:, :3]
    return ", ".join("#" + "".join(f"{round(255 * c):02x}" for c in colour) for colour in colours)


@dataclass(frozen=True)
class Part:
    """What is said of one folder: a title, what comes first and the rest, as HTML, and the folder."""

    title: str
    lead: Markup
    content: Markup
    folder: str


@dataclass(frozen=True)
class Cover:
    """Who writes a report, and what it says first; what is empty is left out."""

    title: str = ""
    author: str = ""
    organisation: str = ""
    date: str = ""
    conclusion: str = ""

    @property
    def byline(self) -> str:
        """Author, organisation and date."""
        return ", ".join(part for part in (self.author, self.organisation, self.date) if part)


def part_of(template: str, folder: Path, *, title: str, **content: Any) -> Part:
    """What a template of this room says of a folder."""
    separator = secrets.token_hex(16)
    both = rendered(template, folder, title=title, separator=separator, **content)
    lead, rest = both.split(separator)
    return Part(title, Markup(lead), Markup(rest), str(folder))


def whole(parts: Sequence[Part], cover: Cover) -> str:
    """One page of what is said of one folder, or of several."""
    if len(parts) > 1:
        parts = [_numbered(part, number) for number, part in enumerate(parts, start=1)]
    title = cover.title or " and ".join(dict.fromkeys(part.title for part in parts))
    return rendered("base.html", Path(), title=title, parts=parts, byline=cover.byline, conclusion=cover.conclusion)


def _numbered(part: Part, number: int) -> Part:
    """A part whose anchors are its own."""
    lead, content = (
        Markup(re.sub(r' (id="|href="#)', rf" \1part-{number}-", text)) for text in (part.lead, part.content)
    )
    return replace(part, lead=lead, content=content)


def rendered(template: str, folder: Path, **content: Any) -> str:
    """Text from a template of this room."""
    style = Path(__file__).with_name("style.css").read_text(encoding="utf-8")
    # What people name is never markup, so everything is escaped but the style of this room.
    return (
        _environment()
        .get_template(template)
        .render(version=__version__, style=Markup(style), folder=str(folder), **content)
    )


@functools.cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    loader = FileSystemLoader(Path(__file__).parent)
    environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    environment.filters |= {"words": words, "by_evidence": by_evidence}
    environment.globals |= {"shown": shown, "brief": brief}
    return environment
