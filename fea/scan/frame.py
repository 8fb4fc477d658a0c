# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The frame of a bone: found from the shape of a tibia, or from landmarks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt

from fea.errors import InputError
from fea.scan.distance import contour, heights, outline, plane_section
from fea.scan.surface import Surface
from fea.scan.template import AZIMUTHS, Template

Floats = npt.NDArray[np.float64]

Side = Literal["right", "left"]

_PLATEAU_BELOW_TOP = 0.045
"""Share of the extent along the shaft: the section whose longest axis is that of the plateau."""
_PLAFOND_ABOVE_TIP = 0.075
_CENTRE_OF_PLAFOND = 0.03
_CONDYLE = 0.25
"""Of the width of the plateau: from its middle to the middle of a condyle."""
_ROUNDS = 8
_COMPARED = (3.0, 5.0, 8.0, 12.0, 25.0, 33.0, 41.0, 50.0, 58.0, 66.0, 74.0, 80.0, 85.0, 90.0, 93.0)
_CLEARLY = 1.15
"""How many times worse the other side has to fit."""
_LARGEST_MISFIT = 0.12
_ROUND = 1.2
"""Elongation of the plateau below which its axis says nothing about the turn."""
_PLAFOND = (-0.007, 0.008)
"""Where the centre of the plafond lies from the origin, the centre of the bone just above: shares of the length along
x and laterally. Mean of seven tibias (LLP26), on which it was set by hand."""


@dataclass(frozen=True, eq=False)
class Frame:
    """Where a bone lies in its file.

    Attributes
    ----------
    origin : ndarray, (3,)
        Centre of the distal joint surface, mm of the file.
    axes : ndarray, (3, 3)
        Rows x (anterior or dorsal), y (proximal), z (towards the right of the body).
    side : {"right", "left"}
        Side of the body.
    length : float
        From the centre of the distal to that of the proximal joint surface, mm.
    how : str
        What it was found from.
    misfit : dict of str to float
        Of each side that was tried, the distance of its outlines from the parametric bone's, share of the radius.
    """

    origin: Floats
    axes: Floats
    side: Side
    length: float
    how: str
    misfit: Mapping[str, float]

    def to_bone(self, points: Floats) -> Floats:
        """Points (n, 3) of the file in the frame of the right bone; a left bone is mirrored."""
        own = (points - self.origin) @ self.axes.T
        return own if self.side == "right" else own * np.array([1.0, 1.0, -1.0])

    def to_file(self, points: Floats) -> Floats:
        """Points (…, 3) of the right bone in mm of the file."""
        own = points if self.side == "right" else points * np.array([1.0, 1.0, -1.0])
        return np.asarray(own @ self.axes + self.origin)

    def placed(self, surface: Surface) -> Surface:
        """Surface in the frame of the right bone, normals outwards."""
        triangles = surface.triangles if self.side == "right" else surface.triangles[:, ::-1]
        return Surface(self.to_bone(surface.points), triangles)


def frame_of_tibia(surface: Surface, template: Template, side: Side | None = None) -> Frame:
    """Frame of a tibia from its shape.

    y joins the centres of plafond and plateau. The plateau's longest axis lies across; its anterior stands at the
    template's direction of the plateau from x, which is the plane of progression. Which end of that axis is medial,
    and which side the bone is of, is that of four ways in which the outlines are nearest to the template's. Where the
    plateau is too round to have an axis, the outlines of the shaft give the turn as well.

    Parameters
    ----------
    surface : Surface
        Closed outer surface in mm.
    template : Template
        The parametric tibia.
    side : {"right", "left"}, optional
        Side of the body; found by default.

    Raises
    ------
    fea.errors.InputError
        The side cannot be told from the shape.
    """
    middle = surface.points.mean(axis=0)
    corners = surface.corners - middle
    y, across = _long_axis(corners), None
    for _ in range(_ROUNDS):
        axes = _axes(y, across)
        plateau, plafond, (major, elongation) = _ends(corners @ axes.T)
        across = axes.T @ np.array([major[0], 0.0, major[1]])
        y = axes.T @ (plateau - plafond)
        y /= np.linalg.norm(y)
    assert across is not None
    direction = float(template.torsion(100.0))
    tried: list[tuple[float, Frame]] = []
    for own in ("right", "left") if side is None else (side,):
        sign = 1.0 if own == "right" else -1.0
        frame = Frame(middle, _turned(_axes(y, across), sign * direction), own, 0.0, "", {})
        placed = frame.placed(surface)
        plateau, plafond, _ = _ends(placed.corners)
        off = _misfits(placed, float(plafond[1]), float(plateau[1] - plafond[1]), template)
        allowed = np.arange(len(off)) if elongation < _ROUND else np.array([0, len(off) // 2])
        best = int(allowed[np.argmin(off[allowed])])
        axes = _turned(frame.axes, -sign * np.rad2deg(AZIMUTHS[best]))
        plateau, plafond, _ = _ends((surface.corners - middle) @ axes.T)
        how = "shape" if elongation >= _ROUND else "shape, turned by its outlines since the plateau is round"
        length = float(plateau[1] - plafond[1])
        tried.append((float(off[best]), Frame(axes.T @ plafond + middle, axes, own, length, how, {})))
    tried.sort(key=lambda pair: pair[0])
    worst: dict[str, float] = {frame.side: off for off, frame in tried}
    if side is None and max(worst.values()) < _CLEARLY * tried[0][0]:
        raise InputError(
            f"the side of the bone cannot be told from its shape (outlines differ from the template's by "
            f"{100 * worst['right']:.1f} % as a right, {100 * worst['left']:.1f} % as a left bone); give the side."
        )
    if tried[0][0] > _LARGEST_MISFIT:
        raise InputError(
            f"the outlines differ from a tibia's by {100 * tried[0][0]:.0f} % of their radius; allowed: "
            f"{100 * _LARGEST_MISFIT:.0f} %. If this is a tibia, give landmarks."
        )
    return replace(tried[0][1], misfit=worst)


def frame_of_landmarks(landmarks: Mapping[str, Floats], plateau_deg: float, side: Side) -> Frame:
    """Frame from the landmarks ``plafond``, ``plateau_medial`` and ``plateau_lateral``, centres of joint surfaces.

    Of other bones ``distal``, ``proximal`` and ``front``: a point in front of (dorsal of) the axis.

    Raises
    ------
    fea.errors.InputError
        A landmark is missing, or they lie in one line.
    """
    distal = landmarks["plafond"] if "plafond" in landmarks else landmarks.get("distal")
    if {"plateau_medial", "plateau_lateral"} <= landmarks.keys() and distal is not None:
        medial, lateral = landmarks["plateau_medial"], landmarks["plateau_lateral"]
        proximal = (medial + lateral) / 2.0
        sign = 1.0 if side == "right" else -1.0
        across, turn = (lateral - medial) * sign, plateau_deg * sign
        beside = np.array([_PLAFOND[0], 0.0, sign * _PLAFOND[1]])
    elif {"proximal", "front"} <= landmarks.keys() and distal is not None:
        proximal, turn, beside = landmarks["proximal"], 0.0, np.zeros(3)
        across = np.cross(landmarks["front"] - distal, proximal - distal)
    else:
        raise InputError(
            f"the landmarks are {', '.join(sorted(landmarks)) or 'none'}; needed: plafond, plateau_medial and "
            "plateau_lateral, or distal, proximal and front."
        )
    y, length = proximal - distal, float(np.linalg.norm(proximal - distal))
    if length < 1e-6 or np.linalg.norm(np.cross(across, y)) < 1e-3 * length**2:
        raise InputError("the landmarks lie in one line; they give no frame.")
    origin = distal - length * beside @ _turned(_axes(y / length, across), turn)
    y, length = proximal - origin, float(np.linalg.norm(proximal - origin))
    return Frame(np.asarray(origin), _turned(_axes(y / length, across), turn), side, length, "landmarks", {})


def _axes(y: Floats, across: Floats | None) -> Floats:
    """Rows x, y, z with z as near to ``across`` as y allows."""
    if across is None:
        across = np.eye(3)[int(np.argmin(np.abs(y)))]
    z = across - y * (across @ y)
    z = z / np.linalg.norm(z)
    return np.array([np.cross(y, z), y, z])


def _turned(axes: Floats, degrees: float) -> Floats:
    """Axes in which the x of ``axes`` stands at ``degrees`` from x towards z."""
    c, s = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
    return np.array([c * axes[0] - s * axes[2], axes[1], s * axes[0] + c * axes[2]])


def _long_axis(corners: Floats) -> Floats:
    """Direction of the longest extent, towards the thicker end."""
    centre = corners.mean(axis=1)
    area = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
    off = centre - np.average(centre, axis=0, weights=area)
    y = np.linalg.eigh((off * area[:, None]).T @ off)[1][:, 2]
    own = corners @ _axes(y, None).T
    low, high = own[..., 1].min(), own[..., 1].max()
    ends = [plane_section(own, low + share * (high - low)).area for share in (0.06, 0.94)]
    return np.asarray(y if ends[1] > ends[0] else -y)


def _ends(own: Floats) -> tuple[Floats, Floats, tuple[Floats, float]]:
    """Centres (3,) of plateau and plafond; longest axis (x, z) of the plateau and its elongation; triangles along y."""
    low, high = float(own[..., 1].min()), float(own[..., 1].max())
    top = plane_section(own, high - _PLATEAU_BELOW_TOP * (high - low))
    spread, directions = np.linalg.eigh(top.second)
    major, elongation = directions[:, 1], float(np.sqrt(spread[1] / max(spread[0], 1e-9)))
    across = own[..., [0, 2]] @ major
    near = np.abs(own[..., 1] - high) < _PLATEAU_BELOW_TOP * (high - low)
    width = float(np.ptp(across[near]))
    up = []
    for sign in (-1.0, 1.0):
        met = heights(own, *(top.centre + sign * _CONDYLE * width * major))
        up.append(met[-1] if len(met) else high)
    plateau = np.array([top.centre[0], np.mean(up), top.centre[1]])
    ankle = plane_section(own, low + _PLAFOND_ABOVE_TIP * (high - low))
    met = heights(own, *ankle.centre)
    floor = float(met[0]) if len(met) else low
    above = plane_section(own, floor + _CENTRE_OF_PLAFOND * (plateau[1] - floor))
    return plateau, np.array([above.centre[0], floor, above.centre[1]]), (major, elongation)


def _misfits(placed: Surface, floor: float, length: float, template: Template) -> Floats:
    """Distance of outlines from the template's, root mean square in shares of the radius, of a turn by each azimuth."""
    corners, total = placed.corners, np.zeros(len(AZIMUTHS))
    for percent in _COMPARED:
        y = floor + percent / 100.0 * length
        centre = plane_section(corners, y).centre
        segments = contour(corners, corners[..., 1], y)[..., [0, 2]] - centre
        radius = outline(segments, AZIMUTHS + np.deg2rad(float(template.torsion(percent))))
        share, wanted = radius / max(float(radius.mean()), 1e-9), template.outline(percent)
        total += [np.mean((np.roll(share, -k) - wanted) ** 2) for k in range(len(AZIMUTHS))]
    return np.sqrt(total / len(_COMPARED))
