# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Draw a picture for each word of the students' glossary; fields on the bone are those of a run at 6 mm.

Usage: python scripts/words.py [FOLDER]
"""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.patches import Polygon, Rectangle
from PIL import Image

import fea
from fea.api import PlanResult, RunResult
from fea.bone import cut
from fea.loading import applied_loads
from fea.loading.stance import ground_of
from fea.risk import RiskSettings
from fea.show import EXCLUDED_GREY, colour_map

Floats = npt.NDArray[np.float64]

INK, SOFT, BONE, BLUE, RED, GREEN = "#1a1a1a", "#6a6a6a", "#eadfc8", "#0072b2", "#b2182b", "#00735a"
SIZE_IN, DPI, COLOURS = (3.3, 2.7), 150, 64
LIMIT_UE = 6000.0
VIEWS = {"medial": (0, 1, 2, -1.0), "posterior": (2, 1, 0, -1.0), "anterior": (2, 1, 0, 1.0)}
"""Axis to the right, axis up, axis of sight of the bone's frame, and its sign towards the viewer."""


@dataclass(frozen=True)
class Material:
    """What the pictures are drawn from, computed when it is needed."""

    @cached_property
    def run(self) -> RunResult:
        """Running at 4 m/s."""
        return fea.run("tibia", "running", size_mm=6)

    @cached_property
    def thin(self) -> RunResult:
        """The same in osteoporosis."""
        return fea.run("tibia", "running", size_mm=6, tissue="osteoporotic")

    @cached_property
    def plan(self) -> PlanResult:
        """Ten weeks of a recruit."""
        return fea.plan("tibia", "recruit", size_mm=6, settings=RiskSettings(samples=200, sensitivity=0))


Draw = Callable[[Axes, Material], None]
PICTURES: dict[str, Draw] = {}


def picture(draw: Draw) -> Draw:
    """Decorator that puts a picture into the list by the name of its function."""
    PICTURES[draw.__name__] = draw
    return draw


# ---------------------------------------------------------------- helpers


def bone(axes: Axes, run: RunResult, colours: object = BONE, view: str = "medial", centre: float = 0.0) -> None:
    """The bone from one side, each facet in its colour; level in percent upwards, mm to the right."""
    right, up, sight, towards = VIEWS[view]
    corner = run.side_mesh.points[run.side_mesh.facets]
    normal = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])[:, sight] * towards
    seen = np.flatnonzero(normal > 0.0)
    order = seen[np.argsort(towards * corner[seen].mean(axis=1)[:, sight])]
    mirror = towards if right == 2 else -towards
    flat = np.stack([mirror * corner[order][..., right] + centre, corner[order][..., up]], axis=-1)
    flat[..., 1] *= 100.0 / run.bone.anatomy.length
    face = np.asarray(colours)[order] if not isinstance(colours, str) else colours
    axes.add_collection(PolyCollection(list(flat), facecolors=face, edgecolors="face", linewidths=0.4))
    axes.set(xlim=(-150, 150), ylim=(-6, 106))
    axes.axis("off")


def coloured(run: RunResult, value: Floats, high: float = LIMIT_UE) -> Floats:
    """Colours (k, 4) of the facets by values (n,) at the vertices; excluded ones are grey."""
    shade = colour_map((0.0, 1.0))(np.clip(value[run.mesh.facets].mean(axis=1) / high, 0.0, 1.0))
    shade[run.excluded_vertices[run.mesh.facets].any(axis=1)] = to_rgba(EXCLUDED_GREY)
    return shade


def strain_at_vertices(run: RunResult) -> Floats:
    """Largest equivalent strain at all vertices in µε."""
    return 1e6 * run.vertices.equivalent


def note(axes: Axes, at: tuple[float, float], to: tuple[float, float], text: str, colour: str = INK) -> None:
    """A word beside a place, with a line to it."""
    axes.annotate(
        text,
        to,
        at,
        size=9,
        color=colour,
        ha="center",
        va="center",
        arrowprops={"arrowstyle": "-", "color": colour, "lw": 0.8},
    )


def plain(axes: Axes, x: str, y: str) -> None:
    """Axes with their words and without a box."""
    axes.set_xlabel(x, size=9)
    axes.set_ylabel(y, size=9)
    axes.tick_params(labelsize=8)
    axes.spines[["top", "right"]].set_visible(False)


def section(
    axes: Axes, run: RunResult, level: float, colours: Callable[[npt.NDArray[np.int64]], object], x: float = 0.0
) -> None:
    """The cut bone at a level, x mm to the right: medial left, anterior up."""
    found = cut(run.mesh, level * run.bone.anatomy.length)
    corner = found.points + np.roll(found.points, 1, axis=1) - np.roll(found.points, -1, axis=1)
    middle = run.bone.anatomy.section_center(level)
    flat = np.stack([corner[..., 2] - middle[2] + x, corner[..., 0] - middle[0]], axis=-1)
    axes.add_collection(PolyCollection(list(flat), facecolors=colours(found.cell), edgecolors="face", linewidths=0.3))
    axes.set_aspect("equal")
    axes.axis("off")


def bar_of(axes: Axes, low: str, high: str) -> None:
    """A colour bar with words at its ends, below."""
    axes.imshow(np.linspace(0, 1, 64)[None], extent=(-60, 60, -17, -13), aspect="auto", cmap=colour_map((0.0, 1.0)))
    axes.text(-63, -15, low, size=8, ha="right", va="center")
    axes.text(63, -15, high, size=8, ha="left", va="center")
    axes.set(xlim=(-150, 150), ylim=(-20, 106))
    axes.set_aspect("auto")


# ---------------------------------------------------------------- the bone and its places


@picture
def level(axes: Axes, given: Material) -> None:
    """Draw the word level."""
    bone(axes, given.run)
    for at in (0, 25, 50, 75, 100):
        axes.plot([-70, 45], [at, at], color=SOFT, lw=0.6)
        axes.text(-75, at, f"{at} %", size=9, ha="right", va="center")
    axes.text(52, 100, "knee", size=9, va="center")
    axes.text(52, 0, "ankle", size=9, va="center")


@picture
def sector(axes: Axes, given: Material) -> None:
    """Draw the word sector."""
    run = given.run
    section(axes, run, 0.5, lambda cells: [BONE if t != 2 else "#fff8ec" for t in run.mesh.tissue[cells]])
    for name, degrees in run.bone.anatomy.sectors.items():
        turn = run.bone.anatomy.ray(0.5, degrees)
        axes.text(
            27 * turn[1],
            25 * turn[0],
            name.replace("ero", "ero-\n") if len(name) > 9 else name,
            size=7.5,
            ha="center",
            va="center",
        )
        edge = run.bone.anatomy.ray(0.5, degrees + 22.5)
        axes.plot([0, 20 * edge[1]], [0, 20 * edge[0]], color=SOFT, lw=0.6)
    axes.set(xlim=(-38, 38), ylim=(-31, 31))


@picture
def site(axes: Axes, given: Material) -> None:
    """Draw the word site."""
    run = given.run
    corner = run.mesh.points[run.mesh.facets].mean(axis=1)
    here = np.array(run.bone.anatomy.site(corner)) == run.worst.site
    bone(axes, run, np.where(here, RED, BONE))
    note(axes, (-95, 40), (-8, 28), "posteromedial\nborder,\ndistal third", RED)


@picture
def tissue(axes: Axes, given: Material) -> None:
    """Draw the word tissue."""
    run, shades = given.run, ("#c9a86a", "#f3ddb0", "#fbeeee")
    for x, at in ((-42, 0.05), (0, 0.38), (48, 0.95)):
        section(axes, run, at, lambda cells: [shades[t] for t in run.mesh.tissue[cells]], x)
        axes.text(x, -36, f"{100 * at:.0f} %", size=9, ha="center")
    for k, name in enumerate(("cortical", "cancellous", "marrow")):
        axes.add_patch(Rectangle((-62 + 46 * k, -52), 6, 6, facecolor=shades[k], edgecolor=SOFT, lw=0.5))
        axes.text(-53 + 46 * k, -49, name, size=8.5, va="center")
    axes.set(xlim=(-70, 95), ylim=(-56, 34))


@picture
def mesh(axes: Axes, given: Material) -> None:
    """Draw the word mesh."""
    run = given.run
    bone(axes, run)
    axes.collections[0].set_edgecolor(SOFT)
    axes.set(xlim=(-34, 34), ylim=(-4, 22))
    axes.text(0, -3.4, "tetrahedra of 6 mm at the ankle", size=9, ha="center")


@picture
def region(axes: Axes, given: Material) -> None:
    """Draw the word region."""
    run = given.run
    shade = np.full(len(run.mesh.facets), BONE, dtype=object)
    for name, colour in (("plafond", BLUE), ("soleus", RED), ("patellar_tendon", GREEN), ("plateau_medial", "#b07aa1")):
        shade[run.mesh.regions[name]] = colour
    bone(axes, run, shade)
    for text, at, to, colour in (
        ("ankle joint", (85, 4), (0, 0), BLUE), ("soleus", (-85, 66), (-14, 66), RED),
        ("patellar\ntendon", (85, 84), (22, 90), GREEN), ("knee joint", (-85, 99), (-8, 98), "#7d5577"),
    ):  # fmt: skip
        note(axes, at, to, text, colour)


# ---------------------------------------------------------------- loads


@picture
def ground_reaction_force(axes: Axes, given: Material) -> None:
    """Draw the word ground reaction force."""
    ground = ground_of(given.run.case, given.run.case.activity)
    axes.plot(1000 * ground.time_s, ground.vertical_bw, color=BLUE, lw=2)
    axes.axhline(1, color=SOFT, lw=0.7, ls="--")
    axes.text(232, 1.05, "standing", size=8, color=SOFT, ha="right")
    axes.text(36, 2.0, "impact", size=8, ha="center")
    axes.text(112, 2.68, "active peak", size=8, ha="center")
    axes.set(ylim=(0, 2.95))
    plain(axes, "time of contact / ms", "vertical force / BW")


@picture
def free_body(axes: Axes, given: Material) -> None:
    """Draw the word free body."""
    run = given.run
    bone(axes, run)
    loads = applied_loads(run.mesh, run.history, run.peak_frame, float(run.fibula_n[run.peak_frame]))
    for load in [one for one in loads if one.size_n > 900][:7]:
        x, y = load.center[0], 100 * load.center[1] / run.bone.anatomy.length
        fx, fy = load.force_n[0] / 60, load.force_n[1] / 60 * 100 / run.bone.anatomy.length
        axes.annotate(
            "", (x, y), (x - fx, y - fy), arrowprops={"arrowstyle": "-|>", "color": BLUE if fy > 0 else RED, "lw": 1.6}
        )
    axes.set(xlim=(-130, 130), ylim=(-52, 150))
    axes.text(34, -30, "ankle pushes up", size=8.5, color=BLUE)
    axes.text(-30, 50, "muscles\npull down", size=8.5, color=RED, ha="right")
    axes.text(36, 128, "knee pushes\ndown", size=8.5, color=RED)


@picture
def section_loads(axes: Axes, given: Material) -> None:
    """Draw the word section loads."""
    statics = given.run.statics
    axes.plot(statics.moment[:, 2] / 1000, 100 * statics.level, color=RED, lw=2, label="sagittal bending")
    axes.plot(statics.moment[:, 0] / 1000, 100 * statics.level, color=BLUE, lw=2, label="frontal bending")
    axes.plot(statics.moment[:, 1] / 1000, 100 * statics.level, color=GREEN, lw=2, label="torsion")
    axes.axvline(0, color=SOFT, lw=0.7)
    axes.legend(frameon=False, fontsize=7.5, loc="lower left")
    plain(axes, "moment / N·m", "level / %")


@picture
def support(axes: Axes, given: Material) -> None:
    """Draw the word support."""
    for x, name in ((0, "fixed"), (1, "elastic\nfoundation"), (2, "free")):
        axes.add_patch(Rectangle((x + 0.38, 0.25), 0.24, 1.2, facecolor=BONE, edgecolor=INK, lw=0.8))
        axes.annotate("", (x + 0.5, 0.25), (x + 0.5, -0.12), arrowprops={"arrowstyle": "-|>", "color": BLUE, "lw": 1.8})
        axes.text(x + 0.5, -0.5, name, size=9, ha="center", va="center")
    axes.add_patch(Rectangle((0.2, 1.45), 0.6, 0.14, facecolor=SOFT, hatch="////", edgecolor="white", lw=0))
    axes.add_patch(Rectangle((1.2, 1.75), 0.6, 0.12, facecolor=SOFT, hatch="////", edgecolor="white", lw=0))
    for x in (1.4, 1.5, 1.6):
        axes.plot(x + 0.03 * np.sin(np.linspace(0, 18, 60)), np.linspace(1.45, 1.75, 60), color=INK, lw=0.8)
    axes.annotate("", (2.5, 1.45), (2.5, 1.85), arrowprops={"arrowstyle": "-|>", "color": RED, "lw": 1.8})
    axes.text(2.5, 1.95, "reaction", size=8, color=RED, ha="center")
    axes.set(xlim=(0, 3), ylim=(-0.75, 2.15))
    axes.axis("off")


# ---------------------------------------------------------------- strain


@picture
def strain(axes: Axes, given: Material) -> None:
    """Draw the word strain."""
    axes.add_patch(Rectangle((0.5, 1.3), 4, 0.5, facecolor=BONE, edgecolor=INK, lw=0.8))
    axes.add_patch(Rectangle((0.5, 0.3), 4.6, 0.44, facecolor=BONE, edgecolor=INK, lw=0.8))
    axes.annotate("", (0.5, 2.05), (4.5, 2.05), arrowprops={"arrowstyle": "<->", "color": INK})
    axes.text(2.5, 2.2, "length $L$", size=9, ha="center")
    axes.annotate("", (4.5, 0.98), (5.1, 0.98), arrowprops={"arrowstyle": "<->", "color": RED})
    axes.text(4.8, 1.1, r"$\Delta L$", size=10, ha="center", color=RED)
    axes.annotate("", (5.9, 0.52), (5.15, 0.52), arrowprops={"arrowstyle": "-|>", "color": BLUE, "lw": 1.8})
    axes.annotate("", (-0.3, 0.52), (0.45, 0.52), arrowprops={"arrowstyle": "-|>", "color": BLUE, "lw": 1.8})
    axes.text(2.8, -0.3, r"strain $= \Delta L / L$;  0.001 = 1000 µε", size=9, ha="center")
    axes.set(xlim=(-0.5, 6.1), ylim=(-0.6, 2.6))
    axes.axis("off")


@picture
def stress(axes: Axes, given: Material) -> None:
    """Draw the word stress."""
    axes.add_patch(Rectangle((0, 0.6), 2.6, 0.9, facecolor=BONE, edgecolor=INK, lw=0.8))
    axes.add_patch(
        Polygon([(2.6, 0.6), (2.9, 0.75), (2.9, 1.65), (2.6, 1.5)], facecolor="#d9c08a", edgecolor=INK, lw=0.8)
    )
    for y in np.linspace(0.8, 1.5, 5):
        axes.annotate("", (3.6, y + 0.03), (2.8, y + 0.03), arrowprops={"arrowstyle": "-|>", "color": RED, "lw": 1.2})
    axes.annotate("", (-0.9, 1.05), (0, 1.05), arrowprops={"arrowstyle": "-|>", "color": BLUE, "lw": 2})
    axes.text(-0.5, 1.25, "$F$", size=11, color=BLUE, ha="center")
    axes.text(2.75, 1.85, "area $A$", size=9, ha="center")
    axes.text(1.4, 0.15, "stress $= F / A$;  1 MPa = 1 N on each mm²", size=9, ha="center")
    axes.set(xlim=(-1.1, 3.8), ylim=(-0.1, 2.15))
    axes.axis("off")


@picture
def principal_strain(axes: Axes, given: Material) -> None:
    """Draw the word principal strain."""
    square = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]], dtype=float)
    shear = np.array([[1.0, 0.22], [0.22, 1.0]])
    turn = np.array([[1.0, -1.0], [1.0, 1.0]]) / np.sqrt(2.0)
    for x, first in ((-2.0, square), (2.0, 0.72 * square @ turn.T)):
        axes.add_patch(Polygon(np.array([x, 0.0]) + first, fill=False, edgecolor=SOFT, ls="--", lw=0.9))
        axes.add_patch(Polygon(np.array([x, 0.0]) + first @ shear, facecolor=BONE, edgecolor=INK, lw=0.9, alpha=0.8))
    d = 1.75 / np.sqrt(2.0)
    for a, colour, word in ((1.0, RED, "ε1"), (-1.0, BLUE, "ε3")):
        for end in (1.0, -1.0):
            far, near = (2 + end * d, end * a * d), (2 + 0.45 * end * d, 0.45 * end * a * d)
            ends = (far, near) if a > 0 else (near, far)
            axes.annotate("", *ends, arrowprops={"arrowstyle": "-|>", "color": colour, "lw": 1.4})
        axes.text(2 + 1.15 * d, 1.2 * a * d, word, size=10, color=colour, ha="center", va="center")
    axes.text(-2, -1.95, "sheared square", size=8.5, ha="center")
    axes.text(2, -1.95, "turned by 45°: only\nstretched and pressed", size=8.5, ha="center", va="center")
    axes.set(xlim=(-3.9, 4.2), ylim=(-2.5, 1.9), aspect="equal")
    axes.axis("off")


@picture
def equivalent_strain(axes: Axes, given: Material) -> None:
    """Draw the word equivalent strain."""
    run = given.run
    shade = coloured(run, strain_at_vertices(run))
    bone(axes, run, shade, "medial", -55)
    bone(axes, run, shade, "posterior", 55)
    bar_of(axes, "0", "6000 µε")


@picture
def bending(axes: Axes, given: Material) -> None:
    """Draw the word bending."""
    ring = given.run.around(0.5)
    axes.plot(ring.index, ring["stress_along_bone_mpa"], color=INK, lw=1.2)
    for sign, colour, word in ((1.0, RED, "stretched"), (-1.0, BLUE, "pressed")):
        part = np.maximum(sign * ring["stress_along_bone_mpa"], 0.0)
        axes.fill_between(ring.index, sign * part, color=colour, alpha=0.35, lw=0, label=word)
    axes.axhline(0, color=SOFT, lw=0.7)
    axes.set_xticks([-180, -90, 0, 90], ["back", "medial", "front", "lateral"])
    axes.legend(frameon=False, fontsize=8)
    plain(axes, "around the mid-shaft", "stress along the bone / MPa")


@picture
def principal_direction(axes: Axes, given: Material) -> None:
    """Draw the word principal direction."""
    run = given.run
    bone(axes, run)
    place, data = np.asarray(run.grid.points), run.grid.point_data
    seen = [k for k in run.surface_vertices[::3] if place[k, 2] < -1.0 and 60 < place[k, 1] < 150]
    for name, colour in (("3", BLUE), ("1", RED)):
        reach = (
            np.asarray(data[f"strain_principal_{name}_direction"])[seen]
            * np.abs(np.asarray(data[f"strain_principal_{name}_ue"])[seen])[:, None]
            / 900
        )
        for at, line in zip(place[seen], reach, strict=True):
            x, y = np.array([at[0], at[0]]) + line[0] * np.array([-1, 1]), at[1] + line[1] * np.array([-1, 1])
            axes.plot(x, 100 * y / run.bone.anatomy.length, color=colour, lw=1.2)
    axes.set(xlim=(-28, 42), ylim=(15, 42))
    axes.text(22, 39, "ε1, tension", size=9, color=RED)
    axes.text(22, 36.5, "ε3, compression", size=9, color=BLUE)


@picture
def envelope(axes: Axes, given: Material) -> None:
    """Draw the word envelope."""
    run = given.run
    for word, place, colour in (("front", "anterior", RED), ("back", "posterior", BLUE)):
        curve = run.over_time(0.5, place)["strain_von_mises_ue"]
        axes.plot(1000 * curve.index, curve, color=colour, lw=1.8, label=word)
        axes.plot(1000 * curve.idxmax(), curve.max(), "o", color=colour, ms=7)
    axes.legend(frameon=False, fontsize=8, title="mid-shaft, largest marked", title_fontsize=8, loc="upper left")
    axes.set_ylim(0, 7400)
    plain(axes, "time of contact / ms", "equivalent strain / µε")


@picture
def hotspot(axes: Axes, given: Material) -> None:
    """Draw the word hotspot."""
    run = given.run
    inside = np.zeros(len(run.mesh.points), dtype=bool)
    inside[run.mesh.cells[run.hotspot_histories[0].cells]] = True
    bone(axes, run, np.where(inside[run.mesh.facets].all(axis=1), RED, BONE))
    note(axes, (-88, 45), (-8, 28), f"hotspot 1\n{run.worst.strain_ue:.0f} µε".replace("-", "−"), RED)


@picture
def percentile(axes: Axes, given: Material) -> None:
    """Draw the word percentile."""
    run = given.run
    kept = run.evaluated
    value, volume = strain_of_cells(run)[kept], run.mesh.volumes[kept]
    order = np.argsort(value)
    axes.plot(value[order], 100 * np.cumsum(volume[order]) / volume.sum(), color=INK, lw=1.8)
    p95 = run.summary.p95_ue
    axes.plot([0, p95, p95], [95, 95, 0], color=RED, lw=1, ls="--")
    axes.text(p95 - 60, 6, f"p95: {p95:.0f} µε", size=9, color=RED, ha="right")
    axes.set(xlim=(0, 6500), ylim=(0, 102))
    plain(axes, "equivalent strain / µε", "bone strained less / %")


@picture
def strained_volume(axes: Axes, given: Material) -> None:
    """Draw the word strained volume."""
    run = given.run
    value = strain_of_cells(run)
    for x, at in ((-32, 0.25), (10, 0.5), (52, 0.75)):
        section(
            axes,
            run,
            at,
            lambda cells: [RED if value[k] > 4000 else BONE if run.mesh.tissue[k] != 2 else "#fff8ec" for k in cells],
            x,
        )
        axes.text(x, -26, f"{100 * at:.0f} %", size=9, ha="center")
    axes.text(10, 27, "red: above 4000 µε, back at the bottom", size=9, ha="center")
    axes.set(xlim=(-60, 82), ylim=(-32, 34))


def strain_of_cells(run: RunResult) -> Floats:
    """Largest equivalent strain of the cells in µε."""
    return 1e6 * run.envelope.equivalent


@picture
def excluded_zone(axes: Axes, given: Material) -> None:
    """Draw the word excluded zone."""
    run = given.run
    bone(axes, run, coloured(run, strain_at_vertices(run)))
    note(axes, (-92, 92), (-12, 97), "not evaluated:\nthe knee's\nforces enter", SOFT)
    note(axes, (92, 82), (26, 89), "patellar\ntendon", SOFT)
    note(axes, (92, 6), (12, 0), "ankle", SOFT)


@picture
def gauge(axes: Axes, given: Material) -> None:
    """Draw the word gauge."""
    run = given.run
    axes.add_patch(Rectangle((-5, -5), 10, 10, facecolor=BONE, edgecolor=INK, lw=0.8))
    for degrees in (0, 45, 90):
        along = np.array([np.sin(np.deg2rad(degrees)), np.cos(np.deg2rad(degrees))])
        for shift in np.linspace(-0.5, 0.5, 4):
            side = shift * np.array([along[1], -along[0]])
            axes.plot(
                *np.transpose([side - 2.4 * along + 1.2 * along, side + 2.4 * along + 1.2 * along]),
                color="#a5670a",
                lw=1.1,
            )
    reading = next(g.reading for g in run.gauges if g.name == "posterior_midshaft")
    axes.annotate("", (-7.5, 5), (-7.5, -5), arrowprops={"arrowstyle": "-|>", "color": SOFT})
    axes.text(-8.2, 0, "along the bone", size=8.5, rotation=90, va="center", ha="right", color=SOFT)
    axes.text(
        0, -8, f"back of mid-shaft: {reading.tension_ue:+.0f} / −{-reading.compression_ue:.0f} µε", size=9, ha="center"
    )
    axes.set(xlim=(-12, 12), ylim=(-10, 8), aspect="equal")
    axes.axis("off")


# ---------------------------------------------------------------- tissue and risk


@picture
def apparent_density(axes: Axes, given: Material) -> None:
    """Draw the word apparent density."""
    run = given.run
    density = run.bone.elasticity.density
    colours = colour_map((0.0, 1.0))
    for x, at in ((-42, 0.05), (0, 0.38), (48, 0.95)):
        section(axes, run, at, lambda cells: colours(density[cells] / 2.0), x)
        axes.text(x, -36, f"{100 * at:.0f} %", size=9, ha="center")
    axes.imshow(np.linspace(0, 1, 64)[None], extent=(-30, 40, -52, -47), aspect="auto", cmap=colours)
    axes.text(-33, -49.5, "0", size=8.5, ha="right", va="center")
    axes.text(43, -49.5, "2 g/cm³", size=8.5, va="center")
    axes.set(xlim=(-70, 95), ylim=(-56, 34))
    axes.set_aspect("equal")


@picture
def cortical_thinning(axes: Axes, given: Material) -> None:
    """Draw the word cortical thinning."""
    for x, run, word in ((-22, given.run, "healthy"), (22, given.thin, "osteoporotic")):
        section(
            axes,
            run,
            0.5,
            lambda cells, run=run: ["#c9a86a" if t == 0 else "#fbeeee" for t in run.mesh.tissue[cells]],
            x,
        )
        axes.text(x, -24, word, size=9, ha="center")
    axes.set(xlim=(-45, 45), ylim=(-30, 27))


@picture
def strain_range(axes: Axes, given: Material) -> None:
    """Draw the word strain range."""
    curve = given.run.over_time(0.3, "posterior")["strain_along_bone_ue"]
    time = np.concatenate([1000 * curve.index, 343 + 1000 * curve.index])
    axes.plot(time, np.tile(curve, 2), color=BLUE, lw=1.8)
    axes.annotate("", (430, curve.min()), (430, curve.max()), arrowprops={"arrowstyle": "<->", "color": RED})
    axes.text(420, curve.min() / 3, "range Δε", size=9, color=RED, ha="right")
    axes.set_ylim(1.1 * curve.min(), 900)
    plain(axes, "time / ms, two steps of one leg", "strain along the bone / µε")


@picture
def life(axes: Axes, given: Material) -> None:
    """Draw the word life."""
    law = given.plan.question.fatigue.law(given.plan.settings.law)
    ranges = np.array([1000.0, 10_000.0])
    for curve, colour, word in ((law.tension, RED, "tension"), (law.compression, BLUE, "compression")):
        measured = np.array(law.range_ue)
        axes.loglog(ranges, curve.cycles(ranges), color=colour, lw=0.9, ls=":")
        axes.loglog(measured, curve.cycles(measured), color=colour, lw=2, label=word)
    axes.legend(frameon=False, fontsize=8, title="solid: measured", title_fontsize=8)
    plain(axes, "strain range / µε", "cycles to failure")


@picture
def damage(axes: Axes, given: Material) -> None:
    """Draw the word damage."""
    daily, repair = given.plan.daily_damage, given.plan.question.fatigue.repair
    days = np.arange(len(daily))
    left = np.convolve(daily, np.exp(-((days / repair.time_d) ** repair.exponent)))[: len(daily)]
    axes.bar(days / 7, daily / daily.max(), 1 / 7, color=SOFT, label="of the day")
    axes.plot(days / 7, left / left.max(), color=RED, lw=2, label="not yet repaired")
    axes.legend(frameon=False, fontsize=8, loc="upper left")
    axes.set(ylim=(0, 1.35), yticks=[])
    plain(axes, "week", "damage")


@picture
def expected_share(axes: Axes, given: Material) -> None:
    """Draw the word expected share."""
    plan = given.plan
    week = np.arange(1, len(plan.share) + 1) / 7
    low, _, high = plan.band
    axes.fill_between(week, 100 * low, 100 * high, color=BLUE, alpha=0.18, lw=0, label="5 to 95 % of people")
    axes.plot(week, 100 * plan.share, color=BLUE, lw=2.2, label="mean: expected share")
    axes.legend(frameon=False, fontsize=8, loc="upper left")
    plain(axes, "week", "stress fracture / %")


# ---------------------------------------------------------------- writing


def write(name: str, draw: Draw, given: Material, file: Path) -> None:
    """Draw one picture into a small PNG."""
    figure = Figure(figsize=SIZE_IN, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    draw(axes, given)
    stream = io.BytesIO()
    figure.savefig(stream, format="png", dpi=DPI)
    with Image.open(stream) as shot:
        shot.convert("RGB").quantize(COLOURS).save(file, optimize=True)
    print(f"wrote {file}")


def main(folder: Path) -> None:
    """Draw all pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    given = Material()
    for name, draw in PICTURES.items():
        write(name, draw, given, folder / f"{name}.png")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path("docs/figures/words"))
