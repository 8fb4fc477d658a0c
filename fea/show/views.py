# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The outer surface seen from four sides, side by side at one scale."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from fea.show import offscreen

if TYPE_CHECKING:
    from matplotlib.colors import Colormap

    from fea.case import SideNames

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]

UP = np.array([0.0, 1.0, 0.0])
"""The shaft stands upright in every view: proximal above."""

TOWARDS = ((1.0, 0.0, 0.0), (0.0, 0.0, 1.0), (-1.0, 0.0, 0.0), (0.0, 0.0, -1.0))
"""From the bone towards the viewer, in the bone frame of a right limb: x, z, −x, −z."""

_ORDER = (0, 3, 2, 1)

EXCLUDED_GREY = "#b4b4b4"
"""Colour of zones that are not evaluated."""

_LEAST_FACING = 0.25
_OCCLUSION = 0.005
"""Share of the bone's length by which a surface in front hides a point; less is the error of flat facets."""

_OVERSAMPLING = 2


@dataclass(frozen=True)
class View:
    """One side of the bone and its place in the picture.

    Attributes
    ----------
    name : str
        The side of the bone that faces the viewer.
    axes : ndarray, float64, (3, 3)
        Rows: the bone's directions that point right, up and towards the viewer.
    shift : ndarray, float64, (2,)
        Added to (right, up) in mm to get the place in the picture, in mm.
    left_edge, right_edge : float
        Edges of the bone in the picture, mm.
    """

    name: str
    axes: Floats
    shift: Floats
    left_edge: float
    right_edge: float

    def place(self, points: Floats) -> Floats:
        """Places in the picture, (n, 2), mm from its lower left, of points (n, 3) of the bone."""
        return np.asarray(points @ self.axes[:2].T + self.shift)


@dataclass(frozen=True)
class Layout:
    """Four views at one scale.

    Attributes
    ----------
    views : tuple of View
    width, height : float
        Size of the picture in mm.
    scale : float
        Pixels per mm.
    """

    views: tuple[View, ...]
    width: float
    height: float
    scale: float


@dataclass(frozen=True)
class Surface:
    """The outer surface with its values.

    Attributes
    ----------
    points : ndarray, float64, (n, 3)
        Vertices in mm, only those of the surface.
    facets : ndarray, int64, (k, 3)
        Triangles, normals outwards.
    value : ndarray, float64, (n,)
        Values of the vertices.
    excluded : ndarray, bool, (n,)
        Vertices that are drawn in grey.
    """

    points: Floats
    facets: Ints
    value: Floats
    excluded: Bools

    @property
    def facet_vectors(self) -> Floats:
        """Area of each facet times its outward normal, mm², shape (k, 3)."""
        a, b, c = np.moveaxis(self.points[self.facets], 1, 0)
        return np.asarray(np.cross(b - a, c - a) / 2.0)

    @property
    def normals(self) -> Floats:
        """Outward unit normal at each vertex, shape (n, 3)."""
        total = np.zeros_like(self.points)
        for corner in self.facets.T:
            np.add.at(total, corner, self.facet_vectors)
        return np.asarray(total / np.linalg.norm(total, axis=1, keepdims=True))

    @property
    def weights(self) -> Floats:
        """Area in mm² that each vertex stands for, shape (n,): a third of its facets."""
        area = np.linalg.norm(self.facet_vectors, axis=1) / 3.0
        return np.bincount(self.facets.ravel(), np.repeat(area, 3), minlength=len(self.points))


def arranged(points: Floats, sides: SideNames, width_px: float, height_px: float, margin_px: float) -> Layout:
    """Four views as large as they fit, the bone turned by a quarter from one to the next.

    Parameters
    ----------
    points : ndarray, (n, 3)
        Vertices of the surface in mm.
    sides : tuple of str
        Names of the sides that face x, z, −x, −z.
    width_px, height_px : float
        Space for all views, pixels.
    margin_px : float
        Space to the left and to the right of each view, pixels.
    """
    frames = {sides[k]: _axes(np.array(TOWARDS[k])) for k in _ORDER}
    low = {name: (points @ axes.T).min(axis=0) for name, axes in frames.items()}
    size = {name: np.ptp(points @ axes.T, axis=0) for name, axes in frames.items()}
    free = width_px - 2.0 * margin_px * len(frames)
    height = float(np.ptp(points @ UP))
    scale = min(height_px / height, free / sum(float(s[0]) for s in size.values()))
    margin, edge, views = margin_px / scale, 0.0, []
    for name, axes in frames.items():
        left_edge, right_edge = edge + margin, edge + margin + float(size[name][0])
        shift = np.array([left_edge, 0.0]) - low[name][:2]
        views.append(View(name, axes, shift, left_edge, right_edge))
        edge = right_edge + margin
    return Layout(tuple(views), edge, height, scale)


def _axes(towards: Floats) -> Floats:
    return np.stack([np.cross(UP, towards), UP, towards])


def visible(surface: Surface, view: View, point: Floats) -> bool:
    """Whether the surface nearest to ``point`` (3,), mm, faces the viewer and is not hidden."""
    nearest = int(np.argmin(np.linalg.norm(surface.points - point, axis=1)))
    if float(surface.normals[nearest] @ view.axes[2]) < _LEAST_FACING:
        return False
    corners = (surface.points[surface.facets] - surface.points[nearest]) @ view.axes.T
    # Barycentric weights of the line of sight through each facet, as if it were endless.
    a, b, c = np.moveaxis(corners, 1, 0)
    weights = np.stack([_cross(b, c), _cross(c, a), _cross(a, b)], axis=1)
    total = weights.sum(axis=1)
    crossed = (np.abs(total) > 1e-12) & ((weights * np.sign(total)[:, None]) >= 0.0).all(axis=1)
    depth = (weights[crossed] * corners[crossed, :, 2]).sum(axis=1) / total[crossed]
    return not bool((depth > _OCCLUSION * np.ptp(surface.points @ UP)).any())


def _cross(a: Floats, b: Floats) -> Floats:
    return np.asarray(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0])


def picture(surface: Surface, layout: Layout, limits: tuple[float, float], colours: Colormap) -> npt.NDArray[np.uint8]:
    """Draw the four views.

    Returns
    -------
    ndarray, uint8, (height, width, 4)
        Red, green, blue and opacity; transparent where no bone is.
    """
    width, height = (round(_OVERSAMPLING * layout.scale * mm) for mm in (layout.width, layout.height))
    with offscreen.canvas(width, height) as plotter:
        lit(plotter)
        for part, look in parts(surface, limits, colours):
            for view in layout.views:
                plotter.add_mesh(part, user_matrix=_placing(view), **look, **MATERIAL)
        _look_at(plotter, layout)
        shot = np.asarray(plotter.screenshot(return_img=True, transparent_background=True))
    return _shrunk(shot)


_Look = dict[str, Any]  # keywords of pyvista.Plotter.add_mesh, whose values are of many kinds

# What is grey darkens by up to a third towards its silhouette; where colour is a number no light changes it.
MATERIAL: _Look = {
    "ambient": 0.62,
    "diffuse": 0.38,
    "specular": 0.0,
    "smooth_shading": True,
    "show_scalar_bar": False,
    "copy_mesh": False,
}


def parts(surface: Surface, limits: tuple[float, float], colours: Colormap) -> list[tuple[Any, dict[str, Any]]]:
    """Evaluated and excluded part of the surface with the colours of each."""
    import pyvista

    triangles = np.column_stack([np.full(len(surface.facets), 3), surface.facets]).ravel()
    whole = pyvista.PolyData(surface.points, triangles)
    whole["value"] = surface.value
    whole["excluded"] = _softened(surface)
    whole = whole.compute_normals(feature_angle=50.0, split_vertices=True, auto_orient_normals=False)
    coloured: _Look = {"scalars": "value", "cmap": colours, "clim": limits, "n_colors": 256, "lighting": False}
    if not surface.excluded.any():
        return [(whole, coloured)]
    evaluated = whole.clip_scalar(scalars="excluded", value=0.5, invert=True)
    left_out = whole.clip_scalar(scalars="excluded", value=0.5, invert=False)
    grey: _Look = {"scalars": None, "color": EXCLUDED_GREY}
    parts = [(evaluated, coloured), (left_out, grey)]
    return [(part, look) for part, look in parts if part.n_points > 0]


def _softened(surface: Surface) -> Floats:
    """1 for excluded vertices, averaged with their neighbours so that the border is not jagged."""
    mark = surface.excluded.astype(np.float64)
    pairs = np.vstack([surface.facets[:, [0, 1]], surface.facets[:, [1, 2]], surface.facets[:, [2, 0]]])
    total = np.bincount(pairs.ravel(), mark[pairs[:, ::-1].ravel()], minlength=len(mark))
    count = np.bincount(pairs.ravel(), minlength=len(mark))
    return np.asarray((mark + total / np.maximum(count, 1)) / 2.0)


def _placing(view: View) -> Floats:
    """Matrix (4, 4) that turns the bone towards the viewer and moves it to its place."""
    matrix = np.eye(4)
    matrix[:3, :3] = view.axes
    matrix[:2, 3] = view.shift
    return matrix


def lit(plotter: Any) -> None:
    """Give a plotter the light of all pictures of bones: one lamp at the viewer's head."""
    import pyvista

    plotter.remove_all_lights()
    plotter.add_light(pyvista.Light(light_type="headlight", intensity=1.0))


def _look_at(plotter: Any, layout: Layout) -> None:
    centre = (layout.width / 2.0, layout.height / 2.0)
    far = 10.0 * (layout.width + layout.height)
    plotter.camera.position = (*centre, far)
    plotter.camera.focal_point = (*centre, 0.0)
    plotter.camera.up = (0.0, 1.0, 0.0)
    plotter.camera.parallel_projection = True
    plotter.camera.parallel_scale = layout.height / 2.0
    plotter.reset_camera_clipping_range()


def _shrunk(shot: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Average blocks of pixels, colours weighted by their opacity so that no edge turns dark."""
    rows, columns = (n // _OVERSAMPLING * _OVERSAMPLING for n in shot.shape[:2])
    opacity = shot[:rows, :columns, 3:].astype(np.float32)
    weighted = _block_sum(shot[:rows, :columns, :3] * opacity) / np.maximum(_block_sum(opacity), 1.0)
    blended = np.concatenate([weighted, _block_sum(opacity) / _OVERSAMPLING**2], axis=2)
    return blended.round().astype(np.uint8)


def _block_sum(pixels: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    n = _OVERSAMPLING
    return np.asarray(sum(pixels[i::n, j::n] for i in range(n) for j in range(n)))
