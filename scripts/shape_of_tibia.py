# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Print the shape model of the tibia, ``meshes/shared/llp26.toml``, and the profiles that go with it.

It reads the surfaces of the mean and of the modes of variation of the MAP project's LLP26 (26 lower limbs, CT;
github.com/musculoskeletal/models, MPL-2.0) from a folder: ``tibia_mean_aligned_mm.stl`` and
``tibia_mode1+2SD_aligned_mm.stl`` … in mm, with the origin in the centre of the plafond, y through the centre
of the plateau, x anterior and z lateral of the plateau. Numbers are about the axes of :mod:`fea.bone.shape`.

    python scripts/shape_of_tibia.py FOLDER > meshes/shared/llp26.toml
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.interpolate import PchipInterpolator

Floats = npt.NDArray[np.float64]

LEVELS = (0, 1, 3, 5, 8, 12, 17, 25, 33, 41, 50, 58, 66, 74, 80, 85, 90, 93, 96, 98, 99, 100)
MODE_LEVELS = (0, 4, 12, 25, 38, 50, 66, 80, 90, 96, 100)
HARMONICS, MODE_HARMONICS = 8, 4
DEGREE = 6
BLEND = 0.12
PLATEAU_DEG = -16.5
"""Anterior of the plateau from the plane of progression: toe-out 7 + talocrural axis 6 less torsion 29.8, rounded."""
TORSION = {0: 13.3, 4: 13.3, 14: 14.5, 25: 18.5, 33: 18.5, 38: 19.5, 50: 16.5, 66: 14.5, 78: 13.5, 85: 5.5, 92: -8.5,
           96: -16.5, 100: -16.5}  # fmt: skip
MODES = (
    ("size", -1, "length 4.6 % per SD; larger bones are slightly slenderer for their length"),
    ("distal_girth", 1, "radius 3.5 % per SD in the distal third, 2 % above, length -0.5 %"),
    (
        "robustness",
        1,
        "radius 4 % per SD in the shaft, 5 to 6 % at both ends at equal length, torsion -1.5 to -2.5 deg",
    ),
    ("plateau_width", -1, "radius of the plateau 1.7 % per SD, ankle turned out by 2 to 3 deg, more bow to the front"),
    ("torsion", -1, "ankle turned out by 2.3 deg per SD, radius of the shaft 1 to 1.5 %, more bow to lateral"),
    ("shaft_girth", 1, "radius of the shaft 1 to 1.5 % per SD, of the ends little"),
)
"""Name of each mode by what it does, the sign that makes its name true, and its effect."""
HEAD = """\
# Shape model of the right tibia: mean outline, joint surfaces and the first six modes of variation.
# In shares of a section's mean radius, of the radius of an end, and of the length; about the axes that the profiles
# center_x_mm, center_z_mm and torsion_deg of the bone's file give. Printed by scripts/shape_of_tibia.py.

evidence = "D"
source = "surfaces of the mean and of the modes at -2 and +2 SD of 26 lower limbs of adults (CT; MAP project, LLP26, \
github.com/musculoskeletal/models, MPL-2.0); joint surfaces to 0.4 mm (plafond) and 0.5 mm (plateau) rms"
"""
OUTLINE = """
[outline]
evidence = "D"
source = "mean of 26 lower limbs (LLP26), sections that follow the rim of both ends; waves 1 to 8"

[outline.at]"""
_AZIMUTHS = np.deg2rad(np.arange(0.0, 360.0, 2.0))


def triangles(file: Path) -> Floats:
    """Corners (n, 3, 3) in mm of the triangles of a binary STL file, in the plane of progression."""
    content = file.read_bytes()
    facet = np.dtype([("normal", "<f4", 3), ("corner", "<f4", (3, 3)), ("spare", "<u2")])
    corner = np.frombuffer(content[84:], dtype=facet)["corner"].astype(np.float64)
    c, s = np.cos(np.deg2rad(PLATEAU_DEG)), np.sin(np.deg2rad(PLATEAU_DEG))
    x, z = corner[..., 0], corner[..., 2]
    return _finer(_finer(np.stack([c * x - s * z, corner[..., 1], s * x + c * z], axis=-1)))


def _finer(t: Floats) -> Floats:
    a, b, c = t[:, 0], t[:, 1], t[:, 2]
    ab, bc, ca = (a + b) / 2, (b + c) / 2, (c + a) / 2
    return np.concatenate([np.stack(q, 1) for q in ((a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca))])


def blend(x: npt.ArrayLike) -> Floats:
    """Smooth step between 0 and 1, as sections bend near the ends."""
    t = np.clip(np.asarray(x), 0.0, 1.0)
    return t * t * (3.0 - 2.0 * t)


def turned(points: Floats, degrees: npt.ArrayLike) -> Floats:
    """Points (n, 2) along (x, z) in axes that are turned by ``degrees`` from x towards z."""
    c, s = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
    return np.column_stack([c * points[:, 0] + s * points[:, 1], c * points[:, 1] - s * points[:, 0]])


def series(azimuth: Floats, value: Floats, most: int, weight: Floats | None = None) -> Floats:
    """Coefficients 1, cos, sin, cos 2… of ``value`` at ``azimuth``, least squares."""
    w = np.ones(len(value)) if weight is None else np.sqrt(weight)
    return np.linalg.lstsq(basis(azimuth, most) * w[:, None], value * w, rcond=None)[0]


def basis(azimuth: Floats, most: int) -> Floats:
    """1, cos, sin, cos 2… at azimuths (n,)."""
    columns = [np.ones_like(azimuth)]
    for k in range(1, most + 1):
        columns += [np.cos(k * azimuth), np.sin(k * azimuth)]
    return np.column_stack(columns)


@dataclass(frozen=True)
class End:
    """Rim (harmonics of the radius in mm) and height over the disc inside it (polynomial in mm)."""

    rim: Floats
    surface: Floats

    def height(self, share: Floats, azimuth: Floats) -> Floats:
        """Height in mm at shares of the rim's radius."""
        return powers(share * np.cos(azimuth), share * np.sin(azimuth)) @ self.surface


def powers(x: Floats, z: Floats) -> Floats:
    """Monomials up to DEGREE at points (n,) of the disc."""
    return np.column_stack([x**i * z**j for i in range(DEGREE + 1) for j in range(DEGREE + 1 - i)])


def end_of(t: Floats, sign: int, level: float, torsion: float, steep: float, rim_at: float) -> End:
    """Joint surface of an end; ``level`` in mm, ``sign`` 1 for the proximal end."""
    normal = np.cross(t[:, 2] - t[:, 0], t[:, 1] - t[:, 0])  # the files turn inwards
    area = np.linalg.norm(normal, axis=1)
    centre = t.mean(axis=1)
    near = (sign * normal[:, 1] > steep * area) & (np.abs(centre[:, 1] - level) < 22.0)
    flat, height, area = turned(centre[near][:, [0, 2]], torsion), centre[near][:, 1] - level, area[near]
    azimuth, radius = np.arctan2(flat[:, 1], flat[:, 0]), np.hypot(*flat.T)
    sector = np.round(azimuth / (2 * np.pi) * 72).astype(int) % 72
    edge = np.array([radius[sector == k].max() for k in range(72)])
    rim = rim_at * series(2 * np.pi * np.arange(72) / 72, edge, HARMONICS)
    share = radius / (basis(azimuth, HARMONICS) @ rim)
    x, z = share * np.cos(azimuth), share * np.sin(azimuth)
    w = np.sqrt(area)
    surface = np.linalg.lstsq(powers(x, z) * w[:, None], height * w, rcond=None)[0]
    print(
        f"# rms of the {'plateau' if sign > 0 else 'plafond'} surface: "
        f"{np.sqrt(np.average((powers(x, z) @ surface - height) ** 2, weights=area)):.2f} mm, "
        f"rim {(edge * rim_at - basis(2 * np.pi * np.arange(72) / 72, HARMONICS) @ rim).std():.2f} mm",
        file=sys.stderr,
    )
    return End(rim, surface)


def plateau_height(t: Floats) -> float:
    """Height in mm of the centre of the plateau: the mean of its two condyles."""
    normal = np.cross(t[:, 2] - t[:, 0], t[:, 1] - t[:, 0])
    area, centre = np.linalg.norm(normal, axis=1), t.mean(axis=1)
    flat = turned(centre[:, [0, 2]], PLATEAU_DEG)
    top = (normal[:, 1] > 0.5 * area) & (centre[:, 1] > 280.0)
    half = np.ptp(flat[top, 1]) / 2.0
    found = []
    for side in (-1.0, 1.0):
        inside = top & (np.hypot(flat[:, 0] / (0.3 * half), (flat[:, 1] - side * 0.6 * half) / (0.25 * half)) < 1.0)
        found.append(np.average(centre[inside, 1], weights=area[inside]))
    return float(np.mean(found))


@dataclass(frozen=True)
class Limb:
    """Length, ends and by level the centre (x, z) in mm and the harmonics of the radius in mm."""

    length: float
    distal: End
    proximal: End
    centre: dict[float, Floats]
    radius: dict[float, Floats]


def limb(file: Path, levels: tuple[float, ...], most: int) -> Limb:
    """Limb of a surface, its outlines with ``most`` waves."""
    t = triangles(file)
    length = plateau_height(t)
    turn = PchipInterpolator(list(TORSION), list(TORSION.values()))
    distal = end_of(t, -1, 0.0, TORSION[0], 0.45, 1.0)
    proximal = end_of(t, 1, length, TORSION[100], 0.45, 1.0)
    centre = _centres(t, length, turn)
    level = _bent_levels(t, length, turn, centre, distal, proximal)
    centres, radii = {}, {}
    for percent in levels:
        at = np.array([float(c(percent)) for c in centre])
        ends = {0: distal, 100: proximal}
        if percent in ends:
            radii[percent] = _kept(ends[percent].rim, most)
        else:
            lines = _lines(t, level, percent / 100.0)
            own = turned(lines.reshape(-1, 3)[:, [0, 2]] - at, float(turn(percent)))
            radii[percent] = series(_AZIMUTHS, _outline(own), most)
        centres[percent] = at
    return Limb(length, distal, proximal, centres, radii)


def _kept(coefficients: Floats, most: int) -> Floats:
    return coefficients[: 2 * most + 1]


def _centres(t: Floats, length: float, turn: PchipInterpolator) -> tuple[PchipInterpolator, PchipInterpolator]:
    """Centroids of plane sections by percent level; 0 at both ends."""
    percents = [0, 4, 8, 14, 20, 25, 30, 33, 38, 45, 50, 55, 60, 66, 70, 75, 80, 85, 90, 96, 100]
    rows = []
    for percent in percents:
        if percent in (0, 100):
            rows.append(np.zeros(2))
            continue
        points = _lines(t, t[..., 1] / length, percent / 100.0).reshape(-1, 3)[:, [0, 2]]
        at = points.mean(axis=0)
        for _ in range(3):
            radius = _outline(points - at)
            outline = np.column_stack([radius * np.cos(_AZIMUTHS), radius * np.sin(_AZIMUTHS)])
            at = at + _centroid(outline)
        rows.append(at)
    return tuple(PchipInterpolator(percents, np.array(rows)[:, k]) for k in (0, 1))


def _centroid(p: Floats) -> Floats:
    q = np.roll(p, -1, axis=0)
    cross = p[:, 0] * q[:, 1] - q[:, 0] * p[:, 1]
    return ((p + q) * cross[:, None]).sum(axis=0) / (3.0 * cross.sum())


def _bent_levels(
    t: Floats,
    length: float,
    turn: PchipInterpolator,
    centre: tuple[PchipInterpolator, PchipInterpolator],
    distal: End,
    proximal: End,
) -> Floats:
    """Level of each corner: sections follow the rim of both ends, which fades over BLEND."""
    points, back = np.unique(t.reshape(-1, 3), axis=0, return_inverse=True)
    low, high = np.full(len(points), -0.2), np.full(len(points), 1.2)
    for _ in range(24):
        middle = (low + high) / 2.0
        percent = np.clip(100.0 * middle, 0.0, 100.0)
        at = np.column_stack([c(percent) for c in centre])
        own = turned(points[:, [0, 2]] - at, turn(percent))
        azimuth, one = np.arctan2(own[:, 1], own[:, 0]), np.ones(len(own))
        y = middle * length + distal.height(one, azimuth) * blend(1.0 - middle / BLEND)
        y = y + proximal.height(one, azimuth) * blend((middle - 1.0 + BLEND) / BLEND)
        above = y > points[:, 1]
        high, low = np.where(above, middle, high), np.where(above, low, middle)
    return ((low + high) / 2.0)[back.reshape(t.shape[:2])]


def _lines(t: Floats, value: Floats, level: float) -> Floats:
    """Segments (m, 2, 3) in which the triangles have ``value`` = ``level``."""
    f = value - level
    f = np.where(np.abs(f) < 1e-12, 1e-12, f)
    count = (f > 0).sum(axis=1)
    cut = (count == 1) | (count == 2)
    t, f, count = t[cut], f[cut], count[cut]
    odd = np.where(count == 1, np.argmax(f, axis=1), np.argmin(f, axis=1))
    row, ends = np.arange(len(t)), []
    for step in (1, 2):
        other = (odd + step) % 3
        share = f[row, odd] / (f[row, odd] - f[row, other])
        ends.append(t[row, odd] + (t[row, other] - t[row, odd]) * share[:, None])
    return np.stack(ends, axis=1)


def _outline(points: Floats) -> Floats:
    """Outermost radius at _AZIMUTHS of segments given as 2 n points (x, z)."""
    pairs = points.reshape(-1, 2, 2)
    many = (pairs[:, None, 0] + (pairs[:, None, 1] - pairs[:, None, 0]) * np.linspace(0, 1, 9)[None, :, None]).reshape(
        -1, 2
    )
    azimuth, radius = np.arctan2(many[:, 1], many[:, 0]) % (2 * np.pi), np.hypot(*many.T)
    sector = np.round(azimuth / (2 * np.pi) * len(_AZIMUTHS)).astype(int) % len(_AZIMUTHS)
    found = np.array([radius[sector == k].max() if np.any(sector == k) else np.nan for k in range(len(_AZIMUTHS))])
    gap = np.isnan(found)
    found[gap] = np.interp(_AZIMUTHS[gap], _AZIMUTHS[~gap], found[~gap], period=2 * np.pi)
    return found


def mode_rows(mean: Limb, plus: Limb, minus: Limb) -> tuple[float, dict[float, Floats]]:
    """Change of the length, and by level of radius, centre, turn and waves, for one standard deviation."""
    length = (plus.length - minus.length) / 4.0 / mean.length
    turns = {p: [_turn(mean.radius[p], one.radius[p]) for one in (plus, minus)] for p in MODE_LEVELS}
    rows = {}
    for percent in MODE_LEVELS:
        one, other = plus, minus
        turn = (turns[percent][0] - turns[percent][1]) / 4.0
        radius = [limb.radius[percent][0] / limb.length for limb in (one, other)]
        size = (radius[0] - radius[1]) / 4.0 / (mean.radius[percent][0] / mean.length)
        centre = (one.centre[percent] / one.length - other.centre[percent] / other.length) / 4.0
        waves = [_back(limb.radius[percent], sign * 2.0 * turn) for limb, sign in ((one, 1), (other, -1))]
        rows[percent] = np.concatenate([[size], centre, [turn], (waves[0] - waves[1]) / 4.0])
    return length, rows


def _back(radius: Floats, degrees: float) -> Floats:
    """Waves as shares of the mean radius in axes turned by ``degrees``."""
    share = radius[1:] / radius[0]
    turned_waves = []
    for k in range(1, MODE_HARMONICS + 1):
        c, s = share[2 * k - 2 : 2 * k]
        a = np.deg2rad(k * degrees)
        turned_waves += [c * np.cos(a) + s * np.sin(a), s * np.cos(a) - c * np.sin(a)]
    return np.array(turned_waves)


def _turn(mean: Floats, one: Floats) -> float:
    """Turn in degrees of an outline against the mean, by its second and third waves."""
    want = _back(mean, 0.0)[2:6]
    tried = np.arange(-20.0, 20.05, 0.1)
    off = [np.linalg.norm(_back(one, d)[2:6] - want) for d in tried]
    return float(tried[int(np.argmin(off))])


def _listed(values: npt.ArrayLike, digits: int) -> str:
    return "[" + ", ".join(f"{round(float(v), digits) + 0.0:g}" for v in np.asarray(values)) + "]"


def _disc(end: End) -> str:
    """Rows of the polynomial of an end, in shares of its mean radius."""
    left, rows = list(end.surface / end.rim[0]), []
    for i in range(DEGREE + 1):
        rows.append("    " + _listed([left.pop(0) for _ in range(DEGREE + 1 - i)], 4) + ",")
    return "[\n" + "\n".join(rows) + "\n]"


def main() -> None:
    """Print the shape model, and on the error stream the profiles of a tibia of 370 mm."""
    folder = Path(sys.argv[1])
    mean = limb(folder / "tibia_mean_aligned_mm.stl", LEVELS, HARMONICS)
    print(HEAD)
    print("distal_surface =", _disc(mean.distal))
    print("proximal_surface =", _disc(mean.proximal))
    print(OUTLINE)
    for percent in LEVELS:
        print(f"{percent:g} = {_listed(mean.radius[percent][1:] / mean.radius[percent][0], 4)}")
    # Of its few levels and waves, the mean of a mode is that of its own two surfaces.
    base = limb(folder / "tibia_mean_aligned_mm.stl", MODE_LEVELS, MODE_HARMONICS)
    for number, (name, sign, text) in enumerate(MODES, start=1):
        plus, minus = (
            limb(folder / f"tibia_mode{number}{s}2SD_aligned_mm.stl", MODE_LEVELS, MODE_HARMONICS) for s in "+-"
        )
        length, rows = mode_rows(base, *((plus, minus) if sign > 0 else (minus, plus)))
        print(f'\n[modes.{name}]\nevidence = "D"\nsource = "mode {number} of LLP26, {text}"\nlength = {length:.5f}')
        print(f"\n[modes.{name}.at]")
        for percent, row in rows.items():
            values = [*np.round(row[:1], 4), *np.round(row[1:3], 5), *np.round(row[3:4], 2), *np.round(row[4:], 4)]
            print(f"{percent:g} = {_listed(values, 5)}")
    longer = 370.0 / mean.length
    for name, values in (
        ("radius_mm", {p: mean.radius[p][0] for p in LEVELS}),
        ("center_x_mm", {p: mean.centre[p][0] for p in LEVELS}),
        ("center_z_mm", {p: mean.centre[p][1] for p in LEVELS}),
    ):
        rows = ", ".join(f"{p} = {round(longer * float(v), 2) + 0.0:g}" for p, v in values.items())
        print(f"{name} at = {{ {rows} }}", file=sys.stderr)


if __name__ == "__main__":
    main()
