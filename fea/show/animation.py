# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""One contact as a moving picture: the bone from four sides, and beside it the force on the ground with a marker."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from fea.errors import MissingDependency, out_of_range
from fea.show.axes import INK, SOFT, dress, literal
from fea.show.scale import Limits, bar_ticks, chosen_limits, colour_map
from fea.show.views import EXCLUDED_GREY, Surface, arranged, picture

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from fea.case import SideNames

Floats = npt.NDArray[np.float64]
Pixels = npt.NDArray[np.uint8]

ENDINGS = (".gif", ".mp4")

# Pixels; sides divisible by 16, as MP4 likes them.
_WIDTH, _HEIGHT, _DPI = 960, 576, 100
_BONE_WIDTH, _BONE_HEIGHT, _MARGIN = 560, 500, 22
_LEFT, _TOP = 8, 64
_MARKER = "#d55e00"


@dataclass(frozen=True)
class Trace:
    """The curve beside the bone.

    Attributes
    ----------
    time_s : ndarray, float64, (k,)
        Times, rising.
    value : ndarray, float64, (k,)
        The values.
    label : str
        Its name with its unit.
    """

    time_s: Floats
    value: Floats
    label: str


def check_ending(file: Path) -> None:
    """Refuse a file that is neither a GIF nor an MP4, and an MP4 without its writer.

    Raises
    ------
    fea.errors.InputError
        Another ending.
    fea.errors.MissingDependency
        imageio-ffmpeg, which writes MP4, is not installed.
    """
    if file.suffix.lower() not in ENDINGS:
        raise out_of_range("the ending of an animation", file.suffix, " or ".join(ENDINGS))
    if file.suffix.lower() == ".mp4" and importlib.util.find_spec("imageio_ffmpeg") is None:
        raise MissingDependency("MP4 needs imageio-ffmpeg: pip install 'bonefea[movie]'; a .gif needs nothing more.")


def draw_stance(
    surface: Surface,
    values: Floats,
    time_s: Floats,
    trace: Trace,
    file: Path,
    *,
    quantity: str,
    unit: str,
    title: str,
    sides: SideNames,
    fps: float,
) -> None:
    """Write a moving picture of a quantity on the surface over time.

    Parameters
    ----------
    surface : Surface
        The outer surface; its own values set the limits of the colours and should be the largest over time.
    values : ndarray, float64, (frames, n)
        The quantity at its vertices, a row for each picture.
    time_s : ndarray, float64, (frames,)
        The times of the pictures.
    trace : Trace
        Drawn beside the bone, a marker runs along.
    file : Path
        The ``.gif`` or ``.mp4`` to write.
    quantity, unit, title : str
        Texts of the colour bar and of the line over the picture.
    sides : tuple of str
        Names of the sides that face x, z, −x, −z of the bone frame.
    fps : float
        Pictures per second.

    Raises
    ------
    fea.errors.InputError
        Another ending, or arrays that don't match.
    fea.errors.MissingDependency
        The writer of MP4 is not installed, or this machine cannot draw without a display.
    """
    check_ending(file)
    if values.shape != (len(time_s), len(surface.points)):
        wanted = f"({len(time_s)}, {len(surface.points)}), a row for each time"
        raise out_of_range(f"the shape of {quantity}", values.shape, wanted)
    frames = _frames(surface, values, time_s, trace, f"{quantity} / {unit}", title, sides)
    if file.suffix.lower() == ".gif":
        _write_gif(list(frames), file, fps)
    else:
        _write_mp4(frames, file, fps)


def _frames(
    surface: Surface, values: Floats, time_s: Floats, trace: Trace, label: str, title: str, sides: SideNames
) -> Iterator[Pixels]:
    limits = chosen_limits(surface)
    layout = arranged(surface.points, sides, _BONE_WIDTH, _BONE_HEIGHT, _MARGIN)
    names = [(_LEFT + (view.left_edge + view.right_edge) / 2.0 * layout.scale, view.name) for view in layout.views]
    page = _AnimationPage(trace, limits, label, title, names)
    for time, value in zip(time_s, values, strict=True):
        bone = picture(replace(surface, value=value), layout, limits, colour_map(limits))
        yield page.with_bone(bone, float(time))


class _AnimationPage:
    """The still part of the pictures, drawn once, and the places of the moving parts on it."""

    def __init__(
        self, trace: Trace, limits: Limits, label: str, title: str, names: Sequence[tuple[float, str]]
    ) -> None:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        figure = Figure(figsize=(_WIDTH / _DPI, _HEIGHT / _DPI), dpi=_DPI, facecolor="white")
        canvas: Any = FigureCanvasAgg(figure)
        figure.text(0.012, 0.955, title, size=12, weight="bold", color=INK)
        for x, name in names:
            figure.text(x / _WIDTH, 1.0 - (_TOP - 6) / _HEIGHT, name, size=9, color=INK, ha="center")
        axes = figure.add_axes((0.68, 0.42, 0.29, 0.42))
        axes.plot(1000.0 * trace.time_s, trace.value, color="#11416b", lw=2.0)
        axes.set_xlim(1000.0 * trace.time_s[0], 1000.0 * trace.time_s[-1])
        axes.set_ylim(min(0.0, 1.1 * float(trace.value.min())), 1.2 * max(float(trace.value.max()), 1e-9))
        axes.set_xlabel("time / ms", size=9)
        axes.set_title(trace.label, size=9.5, loc="left", color=INK)
        dress(axes)
        self._bar(figure.add_axes((0.68, 0.17, 0.29, 0.035)), limits, label)
        figure.text(0.70, 0.055, "not evaluated: loads or supports enter", size=8, color=SOFT)
        figure.text(0.68, 0.053, "■", size=10, color=EXCLUDED_GREY)
        literal(figure)
        canvas.draw()
        self._still = np.asarray(canvas.buffer_rgba())[..., :3].copy()
        self._axes, self._trace = axes, trace

    @staticmethod
    def _bar(axes: Axes, limits: Limits, label: str) -> None:
        from matplotlib.cm import ScalarMappable
        from matplotlib.colors import Normalize

        source = ScalarMappable(norm=Normalize(*limits), cmap=colour_map(limits))
        bar = axes.figure.colorbar(source, cax=axes, orientation="horizontal")
        bar.set_ticks(bar_ticks(limits))
        bar.ax.tick_params(labelsize=8.5, colors=INK)
        axes.set_title(label, size=9.5, loc="left", color=INK)

    def with_bone(self, bone: Pixels, time_s: float) -> Pixels:
        """The page with the bone (h, w, 4) and the marker at a time."""
        from PIL import Image, ImageDraw

        page = Image.fromarray(self._still)
        shot = Image.fromarray(bone)
        page.paste(shot, (_LEFT, _TOP + (_BONE_HEIGHT - bone.shape[0]) // 2), shot)
        x, y = self._place(1000.0 * time_s, float(np.interp(time_s, self._trace.time_s, self._trace.value)))
        _, floor = self._place(0.0, self._axes.get_ylim()[0])
        _, top = self._place(0.0, self._axes.get_ylim()[1])
        draw = ImageDraw.Draw(page)
        draw.line((x, floor, x, top), fill=SOFT, width=1)
        draw.ellipse((x - 6, y - 6, x + 6, y + 6), fill=_MARKER, outline="white", width=2)
        side, away = ("rm", -6) if time_s > float(self._trace.time_s.mean()) else ("lm", 6)
        draw.text((x + away, top + 8), f"{1000.0 * time_s:.0f} ms", fill=INK, anchor=side, font_size=13)
        return np.asarray(page)

    def _place(self, x: float, y: float) -> tuple[float, float]:
        """Pixel, from the upper left, of a point of the curve."""
        across, up = self._axes.transData.transform((x, y))
        return float(across), float(_HEIGHT - up)


def _write_gif(frames: Sequence[Pixels], file: Path, fps: float) -> None:
    from PIL import Image

    # One palette for all, or the colours would flicker.
    sample = Image.fromarray(np.vstack([frames[k] for k in np.linspace(0, len(frames) - 1, 5).round().astype(int)]))
    palette = sample.quantize(255, method=Image.Quantize.MEDIANCUT)
    images = [Image.fromarray(f).quantize(palette=palette, dither=Image.Dither.NONE) for f in frames]
    images[0].save(
        file,
        format="GIF",
        save_all=True,
        append_images=images[1:],
        duration=round(1000.0 / fps),
        loop=0,
        optimize=False,
    )


def _write_mp4(frames: Iterator[Pixels], file: Path, fps: float) -> None:
    import imageio_ffmpeg

    writer: Any = imageio_ffmpeg.write_frames(str(file), (_WIDTH, _HEIGHT), fps=fps, quality=7, output_params=["-an"])
    writer.send(None)
    try:
        for frame in frames:
            writer.send(np.ascontiguousarray(frame))
    finally:
        writer.close()
