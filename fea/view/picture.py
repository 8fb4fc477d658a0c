# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The window behind the page: one or two coloured bones under linked cameras, cut, deformed, with marked places."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from fea.show import EXCLUDED_GREY
from fea.strain import Hotspot
from fea.view.bone import ViewedBone
from fea.view.design import ColourBar

Floats = npt.NDArray[np.float64]
Axis = Literal["x", "y", "z"]

_BACKGROUND = "white"
_UP = np.array([0.0, 1.0, 0.0])
_CLOSE = 0.16
"""Half the height, as a share of the bone's length, that the camera sees at a hotspot."""
_BESIDE = 0.02
"""Distance of the number of a hotspot from the surface, as a share of the bone's length."""
_FEATURE_DEG = 50.0

# As on the map: facing the viewer a colour is the one of the bar, towards the silhouette it darkens.
_MATERIAL: dict[str, Any] = {"ambient": 0.62, "diffuse": 0.38, "specular": 0.0, "show_scalar_bar": False}


@dataclass(frozen=True)
class CameraPose:
    """Pose of the camera: at ``focus`` (3,) in mm from the direction ``towards`` (3,), ``half`` mm up and down."""

    focus: Floats
    towards: Floats
    half: float


@dataclass(frozen=True)
class CutPlane:
    """A plane across an axis of the bone frame at a share of the bone's extent along it; the far side is kept."""

    axis: Axis
    share: float


@dataclass
class _Shown:
    """VTK's objects of one bone.

    The surface as drawn with the bone's vertex behind each of its points, the grid to cut, actors of the surface
    and of the cut face; of each mark its place on the bone at rest, the nearest vertex and the label.
    """

    bone: ViewedBone
    surface: Any
    vertex: npt.NDArray[np.int64]
    grid: Any
    actor: Any
    cap: Any
    marks: list[tuple[Floats, int, Any]] = field(default_factory=list)


class Scene:
    """One or two bones in a window without a screen.

    Parameters
    ----------
    plotter : pyvista.Plotter
        With two scenes, as :func:`fea.show.offscreen.canvas` opens it; the caller closes it.
    """

    def __init__(self, plotter: Any) -> None:
        self.plotter = plotter
        self._shown: dict[int, _Shown] = {}
        # Eight samples for each pixel cost four times the time when no graphics card draws.
        plotter.render_window.SetMultiSamples(0)
        plotter.set_background(_BACKGROUND)
        plotter.link_views()
        plotter.enable_parallel_projection()
        self.place(False)

    def place(self, both: bool) -> None:
        """Show the first bone alone, or both side by side."""
        first, second = self.plotter.renderers[0], self.plotter.renderers[1]
        first.SetViewport(0.0, 0.0, 0.5 if both else 1.0, 1.0)
        second.SetViewport(0.5, 0.0, 1.0, 1.0)
        second.SetDraw(both)

    def set_bone(self, place: int, bone: ViewedBone) -> None:
        """Put a bone into a scene instead of the one that was there."""
        import pyvista

        if place in self._shown and self._shown[place].bone.cells is bone.cells:
            self._shown[place].bone = bone
            return
        self.plotter.subplot(0, place)
        self.plotter.renderers[place].clear_actors()
        triangles = np.column_stack([np.full(len(bone.facets), 3), bone.facets]).ravel()
        whole = pyvista.PolyData(bone.points, triangles)
        whole["vertex"] = np.arange(len(bone.points))
        surface = whole.compute_normals(feature_angle=_FEATURE_DEG, split_vertices=True, auto_orient_normals=False)
        surface["value"] = np.zeros(surface.n_points)
        grid = pyvista.UnstructuredGrid({pyvista.CellType.TETRA: bone.cells}, bone.points)
        grid["value"] = np.zeros(len(bone.points))
        vertex = np.asarray(surface["vertex"])
        self._shown[place] = _Shown(bone, surface, vertex, grid, self._added(surface), self._added(surface.copy()))

    def colour(self, place: int, value: Floats, displacement: Floats, scale: ColourBar, cut: CutPlane | None) -> None:
        """Colour a bone by a value (n,) at its vertices, NaN in grey; move them by ``displacement`` (n, 3) in mm."""
        shown = self._shown[place]
        moved = shown.bone.points + displacement
        shown.surface.points = moved[shown.vertex]
        shown.surface["value"] = value[shown.vertex]
        shown.grid.points = moved
        shown.grid["value"] = value
        for at, vertex, label in shown.marks:
            label.SetPosition(*(at + displacement[vertex]))
        self._cut(shown, cut)
        for actor in (shown.actor, shown.cap):
            actor.mapper.lookup_table.cmap = scale.colours
            actor.mapper.lookup_table.nan_color = EXCLUDED_GREY
            actor.mapper.scalar_range = scale.limits

    def mark(self, place: int, hotspots: Sequence[Hotspot]) -> None:
        """Put the numbers of hotspots beside a bone; a bone in front hides them."""
        from vtkmodules.vtkRenderingCore import vtkBillboardTextActor3D

        shown, renderer = self._shown[place], self.plotter.renderers[place]
        for _, _, label in shown.marks:
            renderer.RemoveActor(label)
        shown.marks = []
        for hotspot in hotspots:
            at = outside(shown.bone, np.array(hotspot.position))
            label = vtkBillboardTextActor3D()
            label.SetInput(f" {hotspot.rank} ")
            label.SetPosition(*at)
            style = label.GetTextProperty()
            style.SetFontSize(20)
            style.SetBold(True)
            style.SetColor(1.0, 1.0, 1.0)
            style.SetBackgroundColor(0.07, 0.07, 0.07)
            style.SetBackgroundOpacity(0.9)
            style.SetJustificationToCentered()
            style.SetVerticalJustificationToCentered()
            renderer.AddActor(label)
            shown.marks.append((at, int(np.linalg.norm(shown.bone.points - at, axis=1).argmin()), label))

    def whole(self, towards: Floats) -> CameraPose:
        """Pose that shows the whole first bone from a direction (3,)."""
        points = self._shown[0].bone.points
        low, high = points.min(axis=0), points.max(axis=0)
        return CameraPose((low + high) / 2.0, towards, 0.53 * float(high[1] - low[1]))

    def close(self, place: int, hotspot: Hotspot) -> CameraPose:
        """Pose that shows a hotspot from straight outside."""
        bone, at = self._shown[place].bone, np.array(hotspot.position)
        return CameraPose(at, outward(bone, at), _CLOSE * bone.anatomy.length)

    @property
    def look(self) -> CameraPose:
        """The pose of the camera now."""
        camera = self.plotter.renderers[0].camera
        focus, position = np.array(camera.focal_point), np.array(camera.position)
        return CameraPose(focus, (position - focus) / np.linalg.norm(position - focus), float(camera.parallel_scale))

    @look.setter
    def look(self, look: CameraPose) -> None:
        camera = self.plotter.renderers[0].camera
        camera.focal_point = tuple(look.focus)
        camera.position = tuple(look.focus + 10.0 * self._shown[0].bone.anatomy.length * look.towards)
        camera.up = tuple(_UP)
        camera.parallel_scale = look.half
        for renderer in self.plotter.renderers:
            renderer.ResetCameraClippingRange()

    def picked(self, x: int, y: int) -> tuple[int, Floats] | None:
        """Number of the bone at a place in pixels from the lower left, and the point (3,) in mm; or None."""
        from vtkmodules.vtkRenderingCore import vtkCellPicker

        for place, shown in self._shown.items():
            renderer = self.plotter.renderers[place]
            if not (renderer.GetDraw() and renderer.IsInViewport(x, y)):
                continue
            picker = vtkCellPicker()
            picker.SetTolerance(1e-4)
            picker.InitializePickList()
            picker.PickFromListOn()
            picker.AddPickList(shown.actor)
            picker.AddPickList(shown.cap)
            if picker.Pick(x, y, 0.0, renderer):
                return place, np.array(picker.GetPickPosition())
        return None

    def _cut(self, shown: _Shown, cut: CutPlane | None) -> None:
        from vtkmodules.vtkCommonDataModel import vtkPlane

        shown.actor.mapper.RemoveAllClippingPlanes()
        shown.cap.visibility = cut is not None
        if cut is None:
            return
        axis = "xyz".index(cut.axis)
        low, high = shown.grid.points[:, axis].min(), shown.grid.points[:, axis].max()
        origin = np.array(shown.grid.center)
        origin[axis] = low + cut.share * (high - low)
        plane = vtkPlane()
        plane.SetOrigin(*origin)
        plane.SetNormal(*-np.eye(3)[axis])
        shown.actor.mapper.AddClippingPlane(plane)
        section = shown.grid.slice(normal=cut.axis, origin=origin)
        section.set_active_scalars("value")
        shown.cap.mapper.dataset = section

    def _added(self, dataset: Any) -> Any:
        return self.plotter.add_mesh(
            dataset,
            scalars="value",
            interpolate_before_map=True,
            smooth_shading=False,
            reset_camera=False,
            render=False,
            copy_mesh=False,
            **_MATERIAL,
        )


def outward(bone: ViewedBone, point: Floats) -> Floats:
    """Unit vector (3,) across the shaft that points from the middle of the section to ``point`` (3,)."""
    away = point - bone.anatomy.section_center(float(bone.anatomy.level(point[None])[0]))
    away[1] = 0.0
    size = float(np.linalg.norm(away))
    return away / size if size > 0.0 else np.array([1.0, 0.0, 0.0])


def outside(bone: ViewedBone, point: Floats) -> Floats:
    """A place (3,) in mm just outside the surface beside a point within the wall."""
    direction = outward(bone, point)
    near = np.linalg.norm(bone.points - point, axis=1) < 0.05 * bone.anatomy.length
    reach = float(((bone.points[near] - point) @ direction).max()) if near.any() else 0.0
    return np.asarray(point + (reach + _BESIDE * bone.anatomy.length) * direction)


def camera_path(start: CameraPose, end: CameraPose, steps: int) -> list[CameraPose]:
    """Poses on the way from one to another: evenly turned, moved and zoomed; the last is ``end``."""
    cosine = float(np.clip(start.towards @ end.towards, -1.0, 1.0))
    # From the opposite side the way leads around, over a direction across both and the shaft.
    across = end.towards - cosine * start.towards
    if np.linalg.norm(across) < 1e-6:
        across = np.cross(_UP, start.towards)
    across = across / max(float(np.linalg.norm(across)), 1e-12)
    looks = []
    for share in np.linspace(0.0, 1.0, steps + 1)[1:-1]:
        angle = share * np.arccos(cosine)
        towards = np.cos(angle) * start.towards + np.sin(angle) * across
        focus = (1.0 - share) * start.focus + share * end.focus
        looks.append(CameraPose(focus, towards, start.half ** (1.0 - share) * end.half**share))
    return [*looks, end]
