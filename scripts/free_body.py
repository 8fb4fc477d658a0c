# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Draw the leg as a free body at the instant of largest strain, from its side and its front.

figures.py draws it for the docs; `draw(FreeBody(fea.run("tibia", "walking")), Path("free_body.png"))` for others.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, Polygon
from matplotlib.patheffects import withStroke

from fea.bone import Pull
from fea.bone.pulls import fibular_ends
from fea.evaluate import Result
from fea.loading import applied_loads
from fea.loading.leg import tibial_axes
from fea.loading.stance import ankle_and_knee_factors, ground_of, leg_of, placement_of

Floats = npt.NDArray[np.float64]

INK, SOFT, BONE, FOOT, FIBULA = "#1a1a1a", "#5a5a5a", "#eadfc8", "#efefef", "#8c7a4f"
COLOURS = {
    "ground": "#0072b2", "ankle": "#d55e00", "knee": "#6b3a6e", "muscle": "#b2182b", "moment": "#00735a",
    "fibula": FIBULA,
}  # fmt: skip
MM_PER_BW, LEAST_BW, LEAST_NM, BEYOND_MM, APART_MM = 10.0, 0.15, 1.0, 45.0, 27.0
HEEL_MM = np.array([-42.0, -22.0, -4.0])
SOLE_MM = 85.0
"""The ankle of a flat foot over the ground."""
PROFILE = np.array([[-52, -85], [-58, -45], [-28, 12], [24, 14], [62, -18], [128, -58], [180, -68], [186, -85]])
"""Outline of a foot from the side around the ankle, forwards and up, mm; that of an average man."""
NOTES = (
    "○ pulley: the tendon turns, presses on the bone",
    "moments: about the tibia's axis, + counterclockwise",
    "seen from above; all forces to one scale",
)
WIDTHS = ((-45.0, 26.0), (0.0, 30.0), (120.0, 46.0), (180.0, 30.0))
"""Half widths of the sole, by distance in front of the ankle, mm."""


@dataclass(frozen=True)
class Shown:
    """One thing in the picture: its number, colour, name, and value in words."""

    colour: str
    name: str
    value: str


@dataclass(frozen=True)
class Arrow:
    """A force in BW at a point (mm), on which it presses."""

    at: Floats
    force: Floats
    number: int
    kind: str


@dataclass(frozen=True)
class Line:
    """A muscle from point to point, (k, 3) in mm, with its tension in BW and its pulleys."""

    points: Floats
    tension: float
    number: int
    pulleys: int = 0
    passes: bool = False


@dataclass(frozen=True)
class Turn:
    """A moment about an axis of the tibia at a point (mm), in N·m."""

    at: Floats
    axis: int
    size: float
    number: int


class FreeBody:
    """All that the picture shows of a result at its peak frame, in the frame of the tibia."""

    def __init__(self, result: Result) -> None:
        stance = result.case.activity
        self.result, self.frame = result, result.peak_frame
        self.weight = result.case.body_weight_n
        self.shown: list[Shown] = []
        self.arrows: list[Arrow] = []
        self.lines: list[Line] = []
        self.turns: list[Turn] = []
        self._ground(stance)
        self._ankle(stance)
        self._muscles(stance)
        self._knee()
        self._fibula()

    def _number(self, kind: str, name: str, value: str) -> int:
        self.shown.append(Shown(COLOURS[kind], name, value))
        return len(self.shown)

    def _ground(self, stance: Any) -> None:
        ground, placed, f = ground_of(self.result.case, stance), placement_of(self.result.case, stance), self.frame
        self.axes = tibial_axes(placed)[f]
        self.height = float(placed.height_mm[f])
        arm = np.array([placed.ahead_mm[f], -placed.height_mm[f], placed.lateral_mm[f]])
        self.pressure = self.axes @ arm
        force = np.array([ground.forward_bw[f], ground.vertical_bw[f], ground.lateral_bw[f]])
        number = self._number("ground", "ground reaction force", _bw(np.linalg.norm(force), self.weight))
        self.arrows.append(Arrow(self.pressure, self.axes @ force, number, "ground"))
        free = ground.free_moment_bw_mm[f] * self.weight / 1000.0
        number = self._number("moment", "free moment of the ground", f"{_signed(free)} N·m")
        self.turns.append(Turn(self.pressure, 1, free, number))

    def _ankle(self, stance: Any) -> None:
        leg, f = leg_of(self.result.case, stance), self.frame
        factor, _ = ankle_and_knee_factors(self.result.case, stance)
        contact = factor * leg.ankle_contact[f]
        moment = factor * leg.ankle_moment_bw_mm[f] * self.weight / 1000.0
        offset = f"{leg.contact_lateral_mm[f]:.1f} mm to lateral"
        number = self._number("ankle", f"ankle contact, {offset}", _bw(np.linalg.norm(contact), self.weight))
        self.arrows.append(Arrow(np.array([0.0, 0.0, leg.contact_lateral_mm[f]]), contact, number, "ankle"))
        number = self._number("moment", "axial moment of the ankle", f"{_signed(moment[1])} N·m")
        self.turns.append(Turn(np.array([0.0, 12.0, 0.0]), 1, moment[1], number))

    def _muscles(self, stance: Any) -> None:
        bone, leg, f = self.result.case.bone, leg_of(self.result.case, stance), self.frame
        ankle, knee = ankle_and_knee_factors(self.result.case, stance)
        at_ankle = {muscle.path for muscle in stance.leg.ankle_muscles.values()}
        for name, path in bone.paths.items():
            tension = float((ankle if name in at_ankle else knee) * leg.tensions[name][f])
            if tension < LEAST_BW:
                continue
            number = self._number("muscle", name.replace("_", " "), _bw(tension, self.weight))
            for points in _path(path, bone, self.result.mesh.centers, self.result.mesh.pulls[name]):
                self.lines.append(Line(points, tension, number, len(path.pulleys)))
        for name, muscle in stance.leg.triceps.muscles.items():
            if muscle.path is None:
                tension = float(ankle * muscle.share * leg.achilles[f])
                number = self._number("muscle", f"{name}, past the tibia", _bw(tension, self.weight))
                knee_back = np.array([-34.0, bone.length_mm + 22.0, -4.0])
                self.lines.append(Line(np.stack([knee_back, HEEL_MM]), tension, number, passes=True))

    def _knee(self) -> None:
        fibula = float(self.result.fibula_n[self.frame])
        for load in applied_loads(self.result.mesh, self.result.history, self.frame, fibula):
            if load.region in self.result.case.bone.support.regions:
                name = load.region.replace("plateau_", "") + " condyle"
                number = self._number("knee", name, _bw(load.size_n / self.weight, self.weight))
                self.arrows.append(Arrow(load.center, load.force_n / self.weight, number, "knee"))

    def _fibula(self) -> None:
        if self.result.case.bone.fibula is None:
            return
        force = float(self.result.fibula_n[self.frame])
        number = self._number("fibula", "fibula, compression", _bw(force / self.weight, self.weight))
        self.fibula = np.stack(fibular_ends(self.result.case.bone)), number


def _path(path: Any, bone: Any, centers: Any, pulls: tuple[Pull, ...]) -> list[Floats]:
    """Points of a muscle from each of its attachments to where it leaves the bone."""
    size, length = bone.magnification, bone.length_mm
    pulleys = [size * np.array([p.x_mm, p.level * length, p.z_mm]) for p in path.pulleys]
    begins = []
    if path.region is not None:
        begins.append(centers[path.region])
    if path.fibular_level is not None:
        low, high = fibular_ends(bone)
        height = path.fibular_level * length * size
        begins.append(low + (height - low[1]) / (high[1] - low[1]) * (high - low))
    found = []
    for begin in begins:
        last = pulleys[-1] if pulleys else begin
        if path.end is None:
            onwards = last + BEYOND_MM * np.array(path.towards) / np.linalg.norm(path.towards)
        else:
            onwards = HEEL_MM
        found.append(np.array([begin, *pulleys, onwards]))
    return found


def _bw(size: float, weight: float) -> str:
    return f"{size:.2f} BW = {size * weight / 1000.0:.2f} kN"


def _signed(value: float) -> str:
    return f"{value:+.1f}".replace("-", "−")


def draw(body: FreeBody, file: Path) -> None:
    """Write the picture."""
    figure = Figure(figsize=(11.0, 8.2), dpi=150, facecolor="white")
    FigureCanvasAgg(figure)
    case, seconds = body.result.case, body.result.history.time_s
    percent = 100.0 * seconds[body.frame] / seconds[-1]
    figure.text(0.02, 0.965, f"The leg as a free body: {case.activity.title}", size=14, weight="bold", color=INK)
    said = f"{percent:.0f} % of contact, {case.body_mass_kg:g} kg; along the axes of the tibia, so the ground leans"
    figure.text(0.02, 0.937, said, size=10, color=SOFT)
    side = figure.add_axes((0.0, 0.02, 0.40, 0.88))
    front = figure.add_axes((0.39, 0.02, 0.30, 0.88))
    _draw_side(side, body, np.eye(3), "from the lateral side", ("posterior", "anterior"), (-110.0, 205.0))
    towards = np.array([[0, 0, -1.0], [0, 1.0, 0], [1.0, 0, 0]])
    _draw_side(front, body, towards, "from the front", ("lateral", "medial"), (-120.0, 120.0))
    _draw_legend(figure.add_axes((0.70, 0.02, 0.30, 0.88)), body)
    figure.savefig(file, metadata={"Software": None})


def _draw_side(
    axes: Any, body: FreeBody, frame: Floats, title: str, ends: tuple[str, str], wide: tuple[float, float]
) -> None:
    """The leg from one side; the rows of ``frame`` are the axes to the right, up, and towards the viewer."""
    axes.set_xlim(*wide)
    axes.set_ylim(-165.0, 480.0)
    axes.set_aspect("equal")
    axes.axis("off")
    axes.set_title(title, size=11, color=INK)
    for word, at, align in ((f"← {ends[0]}", wide[0] + 8.0, "left"), (f"{ends[1]} →", wide[1] - 8.0, "right")):
        axes.text(at, -158.0, word, size=9, color=SOFT, ha=align)
    _draw_foot(axes, body, frame)
    _draw_bone(axes, body, frame)
    for line in body.lines:
        _draw_line(axes, line, frame)
    _name_lines(axes, body, frame, wide)
    for turn in body.turns:
        _draw_turn(axes, turn, frame)
    for arrow in body.arrows:
        _draw_arrow(axes, arrow, frame)


def _draw_foot(axes: Any, body: FreeBody, frame: Floats) -> None:
    """The foot and the ground, which lean against the tibia."""
    from scipy.spatial import ConvexHull

    scale = body.height / SOLE_MM
    if frame[0, 0] == 1.0:
        foot = np.column_stack([PROFILE[:, 0], scale * PROFILE[:, 1], np.zeros(len(PROFILE))])
        placed = (foot @ body.axes.T @ frame.T)[:, :2]
    else:
        sole = np.array([[x, -body.height, side * half] for x, half in WIDTHS for side in (-1.0, 1.0)])
        ankle = np.array([[x, scale * 12.0, z] for x in (-28.0, 24.0) for z in (-30.0, 30.0)])
        placed = (np.vstack([sole, ankle]) @ body.axes.T @ frame.T)[:, :2]
        placed = placed[ConvexHull(placed).vertices]
    axes.add_patch(Polygon(placed, closed=True, fc=FOOT, ec="#c9c9c9", lw=1.0, zorder=0, joinstyle="round"))
    if frame[0, 0] == 1.0:
        ends = np.array([[-85.0, -body.height, 0.0], [205.0, -body.height, 0.0]])
        line = ends @ body.axes.T @ frame.T
        axes.plot(line[:, 0], line[:, 1], color="#8a8a8a", lw=1.6, zorder=0)


def _draw_bone(axes: Any, body: FreeBody, frame: Floats) -> None:
    """The facets of the tibia that face the viewer, far ones first, and the fibula before or behind it."""
    mesh = body.result.mesh
    fibula = body.fibula[0] @ frame.T
    behind = 1 if fibula[:, 2].mean() < 0.0 else 3
    axes.plot(fibula[:, 0], fibula[:, 1], zorder=behind, color="#c9b78d", lw=6.0, solid_capstyle="round")
    corner = mesh.points[mesh.facets] @ frame.T
    vector = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
    facing = vector[:, 2] / np.maximum(np.linalg.norm(vector, axis=1), 1e-12)
    seen = np.flatnonzero(facing > 0.0)
    seen = seen[np.argsort(corner[seen, :, 2].mean(axis=1))]
    shade = (0.68 + 0.32 * facing[seen])[:, None] * np.array(to_rgb(BONE))
    axes.add_collection(PolyCollection(list(corner[seen][:, :, :2]), fc=shade, ec=shade, lw=0.4, zorder=2))


def _draw_line(axes: Any, line: Line, frame: Floats) -> None:
    points = (line.points @ frame.T)[:, :2]
    look: dict[str, Any] = {"color": COLOURS["muscle"], "lw": 1.0 + 0.5 * line.tension, "zorder": 4}
    if line.passes:
        look |= {"ls": (0, (3, 2)), "alpha": 0.75}
    white = [withStroke(linewidth=look["lw"] + 1.6, foreground="w")]
    axes.plot(points[:, 0], points[:, 1], path_effects=white, **look)
    for point in points[1 : 1 + line.pulleys]:
        axes.plot(*point, "o", ms=6.5, mfc="white", mec=COLOURS["muscle"], mew=1.8, zorder=6)


def _name_lines(axes: Any, body: FreeBody, frame: Floats, wide: tuple[float, float]) -> None:
    """Numbers of muscles and fibula in a column on either side, each with a thin line to what it names."""
    named = {line.number: (line.points @ frame.T)[:2, :2] for line in reversed(body.lines)}
    named[body.fibula[1]] = (body.fibula[0][::-1] @ frame.T)[:, :2]
    columns: dict[float, list[tuple[float, int]]] = {}
    for number, (begin, end) in named.items():
        middle = 0.5 * (begin + end)
        left = frame[0, 0] == 1.0 if middle[0] < 25.0 else False
        side = wide[0] + 12.0 if left or middle[0] < -4.0 else wide[1] - (110.0 if frame[0, 0] == 1.0 else 60.0)
        columns.setdefault(side, []).append((float(middle[1]), number))
    for side, entries in columns.items():
        height = -np.inf
        for wanted, number in sorted(entries):
            height = max(wanted, height + APART_MM)
            begin, end = named[number]
            share = np.clip((height - begin[1]) / (end[1] - begin[1]), 0.02, 0.98)
            at = begin + share * (end - begin)
            colour = body.shown[number - 1].colour
            axes.plot([side, at[0]], [height, at[1]], color=colour, lw=0.8, zorder=7)
            _badge(axes, np.array([side, height]), number, colour)


def _draw_arrow(axes: Any, arrow: Arrow, frame: Floats) -> None:
    at, along = (frame @ arrow.at)[:2], MM_PER_BW * (frame @ arrow.force)[:2]
    look = {"arrowstyle": "-|>,head_width=0.42,head_length=0.85", "shrinkA": 0, "shrinkB": 0, "lw": 3.0}
    look |= {"color": COLOURS[arrow.kind], "path_effects": [withStroke(linewidth=5.0, foreground="w")]}
    axes.annotate("", tuple(at), tuple(at - along), arrowprops=look, zorder=5)
    _badge(axes, at - along * (1.0 + 9.0 / float(np.linalg.norm(along))), arrow.number, COLOURS[arrow.kind])


def _draw_turn(axes: Any, turn: Turn, frame: Floats) -> None:
    """A moment about the axis of the tibia as an arc before it: it shows which way the near side goes."""
    if abs(turn.size) < LEAST_NM:
        return
    # About +y the near side moves to the right, whichever way the viewer looks.
    at, wide = (frame @ turn.at)[:2], np.array([np.sign(turn.size) * 27.0, 0.0])
    axes.add_patch(FancyArrowPatch(
        at - wide, at + wide, connectionstyle=f"arc3,rad={0.45 * np.sign(turn.size)}",
        arrowstyle="-|>,head_width=4,head_length=7", lw=2.2, color=COLOURS["moment"], shrinkA=0, shrinkB=0, zorder=6,
        path_effects=[withStroke(linewidth=4.0, foreground="w")],
    ))  # fmt: skip
    _badge(axes, at - wide, turn.number, COLOURS["moment"])


def _badge(axes: Any, at: Floats, number: int, colour: str) -> None:
    axes.plot(*at, "o", ms=14, color=colour, mec="white", mew=1.0, zorder=8, clip_on=False)
    axes.annotate(
        str(number), (float(at[0]), float(at[1])), size=8.5, weight="bold", color="white", ha="center",
        va="center_baseline", zorder=9, annotation_clip=False,
    )  # fmt: skip


def _draw_legend(axes: Any, body: FreeBody) -> None:
    axes.axis("off")
    axes.set_xlim(0.0, 1.0)
    axes.set_ylim(0.0, 1.0)
    row, step = 0.95, 0.068
    for number, shown in enumerate(body.shown, start=1):
        _badge(axes, np.array([0.05, row]), number, shown.colour)
        axes.text(0.12, row + 0.013, shown.name, size=10, color=INK, va="center")
        axes.text(0.12, row - 0.015, shown.value, size=9.5, color=SOFT, va="center")
        row -= step
    for line in NOTES:
        axes.text(0.02, row - 0.01, line, size=8.5, color=SOFT)
        row -= 0.026
