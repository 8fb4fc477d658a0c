# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""A run to turn in the browser: the scene and vtk.js inside one page, colour bar and legend beside the canvas."""

from __future__ import annotations

import importlib.util
import io
import json
import re
import zipfile
from typing import Any

import numpy as np
import numpy.typing as npt

from fea.errors import MissingDependency
from fea.folders import RunFolder
from fea.folders.fields import EQUIVALENT_FIELD, STRAIN_FIELDS
from fea.report.page import bar_stops, bar_words, rendered
from fea.show import EXCLUDED_GREY, Surface, chosen_limits, colour_map, offscreen
from fea.show.closeup import outwards
from fea.show.loads import load_colour
from fea.show.views import MATERIAL, UP, lit, parts
from fea.strain import excluded_in_words

Floats = npt.NDArray[np.float64]

_INK = "#1a1a1a"
_NEARER = 1.2
_LONGEST, _THICK = 0.2, 0.006
_LEAST_N = 1.0
# The one address that the viewer would fetch is its own icon's.
_ICON = re.compile(r"https://kitware\.github\.io/[^\s\"'`<>)\\]+")


def interactive_page(run: RunFolder) -> str:
    """HTML page in which the strained bone of a run can be turned; nothing in it is fetched from elsewhere.

    Raises
    ------
    fea.errors.MissingDependency
        trame-vtk, whose viewer goes into the page, is not installed, or this machine cannot draw.
    """
    if importlib.util.find_spec("trame_vtk") is None:
        raise MissingDependency("pages to turn the bone in need trame-vtk: pip install 'bonefea[interactive]'.")
    surface = run.surface(EQUIVALENT_FIELD)
    limits = chosen_limits(surface)
    with offscreen.canvas(600, 800) as plotter:
        _fill(plotter, run, surface, limits)
        scene = _packed(plotter.render_window)
    title = f"{run.case.bone_title}: {run.case.activity.title}"
    spots = "; ".join(f"{s.rank}: {s.site}, {s.mode} {s.strain_ue:+.0f} µε" for s in run.figures.hotspots)
    beside = rendered(
        "interactive.html",
        run.place,
        title=title,
        run=run,
        result=run.figures,
        quantity=STRAIN_FIELDS[EQUIVALENT_FIELD],
        ticks=bar_words(limits),
        stops=bar_stops(limits),
        grey=EXCLUDED_GREY,
        excluded=excluded_in_words(run.figures.strain.excluded_volume_fraction),
        loads=[(load_colour(k), load) for k, load in enumerate(run.applied) if load.size_n > _LEAST_N],
        alt=f"The bone, coloured by its strain, to be turned. Hotspots: {spots or 'none'}.",
    )
    return _page(scene, beside, title)


def _fill(plotter: Any, run: RunFolder, surface: Surface, limits: tuple[float, float]) -> None:
    """Put bone, hotspots and forces into the scene and look at the front."""
    import pyvista

    length = float(np.ptp(surface.points @ UP))
    lit(plotter)
    plotter.set_background("white")
    for part, look in parts(surface, limits, colour_map(limits)):
        plotter.add_mesh(part.extract_surface(algorithm="dataset_surface"), **look, **MATERIAL)
    for spot in run.figures.hotspots:
        nearest = int(np.argmin(np.linalg.norm(surface.points - np.array(spot.position), axis=1)))
        _mark(plotter, str(spot.rank), surface.points[nearest], outwards(surface, np.array(spot.position)), length)
    largest = max((load.size_n for load in run.applied), default=0.0)
    for number, load in enumerate(run.applied):
        if load.size_n <= _LEAST_N:
            continue
        size = _LONGEST * length * load.size_n / largest
        along = load.force_n / load.size_n
        start = load.center if load.pulls else load.center - size * along
        thick = _THICK * length / size
        look = {"tip_length": min(0.4, 4.0 * thick), "tip_radius": 1.8 * thick, "shaft_radius": thick * 0.7}
        arrow = pyvista.Arrow(start=start, direction=along, scale=size, **look)
        plotter.add_mesh(arrow, color=load_colour(number))
    plotter.camera.up = tuple(UP)
    middle = surface.points.mean(axis=0)
    plotter.camera.focal_point = tuple(middle)
    first = run.figures.hotspots[0].position if run.figures.hotspots else surface.points[0]
    facing = outwards(surface, np.array(first))
    plotter.camera.position = tuple(middle + length * (2.0 * facing + 0.6 * np.cross(UP, facing) + 0.2 * UP))
    plotter.reset_camera()
    plotter.camera.Dolly(_NEARER)
    plotter.reset_camera_clipping_range()
    plotter.render()


def _mark(plotter: Any, text: str, foot: Floats, facing: Floats, length: float) -> None:
    """Put an upright number on a stalk that stands on the surface at ``foot`` (3,)."""
    import pyvista

    plotter.add_mesh(pyvista.Sphere(radius=0.007 * length, center=foot), color=_INK)
    plotter.add_mesh(pyvista.Line(foot, foot + 0.06 * length * facing), color=_INK, line_width=2)
    matrix = np.eye(4)
    matrix[:3, :3] = np.column_stack([np.cross(UP, facing), UP, facing])
    matrix[:3, 3] = foot + 0.06 * length * facing + 0.025 * length * UP
    # It is flat and has no back, so that nobody reads it mirrored from behind the bone.
    number = pyvista.Text3D(text, depth=0.0, height=0.05 * length)
    plotter.add_mesh(number.triangulate().transform(matrix, inplace=False), color=_INK, culling="back")


def _packed(window: Any) -> bytes:
    """The scene of a render window as the archive that vtk.js opens."""
    from trame_vtk.modules.vtk import serializers

    serializers.initialize_serializers()
    context = serializers.SynchronizationContext()
    scene = serializers.serialize(None, window, serializers.reference_id(window), context, 0)
    hashes = {
        entry["hash"]: {**entry, "content": context.get_cached_data_array(entry["hash"], False)}
        for entry in serializers.extract_array_hash(scene)
    }
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as content:
        content.writestr("index.json", json.dumps({"hashes": hashes, "scene": scene}))
    return archive.getvalue()


def _page(scene: bytes, beside: str, title: str) -> str:
    """The viewer of trame-vtk with the scene and what stands beside it."""
    from trame_vtk.tools.vtksz2html import write_html

    stream = io.StringIO()
    write_html(scene, stream)
    viewer = _ICON.sub("data:,", stream.getvalue())
    head, body = viewer.split("<body>", 1)
    head = re.sub(r"<title>.*?</title>", "<title>@</title>", head, count=1)
    return head.replace("@", title.replace("&", "&amp;").replace("<", "&lt;"), 1) + "<body>\n" + beside + body
