# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""From what a page asks to what it is sent; pages share solved bones and nothing else."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import numpy.typing as npt

from fea.bone import TISSUES, outer_facets
from fea.case import BodySide, names_of_sides, side_site, side_vectors
from fea.errors import BonefeaError, out_of_range
from fea.show import EXCLUDED_GREY, Limits, acts
from fea.show.scene import coded, colour_tables, packed
from fea.strain import Hotspot
from fea.view.bone import ViewedBone
from fea.view.design import (
    Design,
    Place,
    applied,
    at_frame,
    colour_limits,
    contact_summary,
    designed,
    displaced,
    history_at,
    over_contact,
    place_of,
    principal_directions,
    probed,
)
from fea.view.design_controls import case_of, controls_of
from fea.view.fields import FIELDS
from fea.view.gate import Ask, DesignAsk, FrameAsk, HistoryAsk, MatchAsk, RiskAsk, SummaryAsk
from fea.view.match import Match, matched
from fea.view.risk import MOST_DAYS, fractures, risk_field
from fea.view.shapes import compared, shape_table
from fea.view.variants import OpenedBone, Variant, VariantAsked, Variants, Waiting

_KEPT_DESIGNS = 24
_KEPT_MATCHES = 6
_STRAINS = ("equivalent_strain", "largest_principal_strain", "smallest_principal_strain")
_WORKERS = 2


class Desk:
    """Answers to pages.

    Parameters
    ----------
    opened : sequence of OpenedBone
        One or two bones to begin with.
    variants : Variants
        The same bones with other tissue and support.
    """

    def __init__(self, opened: Sequence[OpenedBone], variants: Variants) -> None:
        self._opened, self.variants = opened, variants
        self._designs: OrderedDict[tuple[Any, ...], Design] = OrderedDict()
        self._matches: OrderedDict[tuple[str, str], Match] = OrderedDict()
        self._worker = ThreadPoolExecutor(_WORKERS)

    @property
    def welcome(self) -> bytes:
        """What a page is told first: bones, activities, options, fields, colours."""
        return packed(welcome(self._opened), {})

    def begin(self, on_ready: Callable[[], None]) -> None:
        """Prepare bones for other tissue in the background; tell ``on_ready`` when there is more to be shown."""
        self.variants.begin(on_ready)
        for one in self._opened:
            self.variants.prepare_early(one)

    def page_closed(self, page: Hashable) -> None:
        """Forget what a page that was closed still waits for."""
        self.variants.page_closed(page)

    async def answer(self, ask: Ask, page: Hashable = None) -> bytes:
        """Answer to what a page asks; a mistake is told in one sentence, and so is what it must wait for."""
        try:
            if isinstance(ask, MatchAsk):
                return await self._match(ask)
            one = self._opened[ask.design.bone] if ask.design.bone < len(self._opened) else None
            if one is None:
                raise out_of_range("number of the bone", ask.design.bone, f"0 to {len(self._opened) - 1}")
            asked = VariantAsked(compared(one.case.bone, ask.design.shape), ask.design.support, ask.design.t_score)
            rests = isinstance(ask, FrameAsk) and ask.limits
            asker = (page, ask.place) if isinstance(ask, FrameAsk) else None
            variant = await self.variants.of(one, asked, self._worked, rests, asker)
            return await self._worked(self._answered, one, variant, ask)
        except Waiting as waiting:
            return packed({"id": ask.id, "kind": "waiting", "why": str(waiting)}, {})
        except (BonefeaError, ValueError) as mistake:
            return packed({"id": ask.id, "kind": "mistake", "why": str(mistake)}, {})

    async def _match(self, ask: MatchAsk) -> bytes:
        key = (ask.one, ask.other)
        if key not in self._matches:
            one, other = self.variants.named(ask.one), self.variants.named(ask.other)
            self._matches[key] = await self._worked(matched, one.bone, other.bone, (one.tissue, other.tissue))
        self._matches.move_to_end(key)
        found = self._matches[key]
        while len(self._matches) > _KEPT_MATCHES:
            self._matches.popitem(last=False)
        arrays = {"vertices": found.vertices.astype(np.uint32), "weights": found.weights.astype(np.float32)}
        return packed({"id": ask.id, "kind": "match"}, arrays)

    async def _worked[T](self, work: Callable[..., T], *given: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._worker, work, *given)

    def _answered(self, one: OpenedBone, variant: Variant, ask: FrameAsk | SummaryAsk | HistoryAsk | RiskAsk) -> bytes:
        design = self._design(one, variant, ask.design)
        if isinstance(ask, FrameAsk) and ask.has[0] not in ("", variant.cells):
            ask = ask.model_copy(update={"probe": None, "between": None})  # it is a vertex of another mesh
        place = _asked_place(ask)
        if place is not None and place.vertices.max() >= len(variant.bone.points):
            raise out_of_range("vertex", int(place.vertices.max()), f"0 to {len(variant.bone.points) - 1}")
        if isinstance(ask, SummaryAsk):
            # So that a first probe or field of stress need not wait.
            self._worker.submit(getattr, variant.bone, "stress_planes")
            return _summary(design, ask)
        if isinstance(ask, RiskAsk):
            return _risk(design, ask)
        return _history(design, ask) if isinstance(ask, HistoryAsk) else _frame(design, variant, ask)

    def _design(self, one: OpenedBone, variant: Variant, asked: DesignAsk) -> Design:
        key = (variant.shape, asked)
        found = self._designs.get(key)
        if found is None:
            case = case_of(one.offered, asked.controls)
            own = {"bone": variant.bone.description, "tissue": variant.tissue, "support": asked.support}
            found = designed(variant.bone, case.model_copy(update=own))
            self._designs[key] = found
            for other in tuple(self._designs):
                if not self.variants.keeps(other[0]):
                    self._designs.pop(other, None)
        if key in self._designs:
            self._designs.move_to_end(key)
        while len(self._designs) > _KEPT_DESIGNS:
            self._designs.popitem(last=False)
        return found


def _asked_place(ask: FrameAsk | SummaryAsk | HistoryAsk | RiskAsk) -> Place | None:
    """The place that a page asks about: between vertices if it says so, else a vertex."""
    vertex = ask.probe if isinstance(ask, FrameAsk) else ask.vertex if isinstance(ask, HistoryAsk) else None
    if isinstance(ask, SummaryAsk | RiskAsk) or vertex is None:
        return None
    return (
        place_of(vertex) if ask.between is None else Place(np.array(ask.between.corners), np.array(ask.between.weights))
    )


# ---------------------------------------------------------------- packets


def welcome(opened: Sequence[OpenedBone], fields: Sequence[str] = tuple(FIELDS)) -> dict[str, Any]:
    """What a page is told first: bones as they lie in the body, activities, options, fields, colours."""
    bones = [
        {
            "title": one.title,
            "sides": list(names_of_sides(one.bone.anatomy.sides, one.case.side)),
            "support": one.case.support,
            "t_score": one.case.tissue.t_score,
            "sectors": list(one.bone.anatomy.sectors),
            "mirrored": one.case.side == "left",
            **shape_table(one.case.bone),
            **vars(controls_of(one.case)),
            **one.offered.table,
        }
        for one in opened
    ]
    tables = [FIELDS[name].table for name in fields]
    return {
        "kind": "welcome",
        "bones": bones,
        "fields": tables,
        "colours": colour_tables(),
        "grey": EXCLUDED_GREY,
        "most_days": MOST_DAYS,
    }


def _frame(design: Design, variant: Variant, ask: FrameAsk) -> bytes:
    """One picture, with what the page lacks of the mesh."""
    what, bone = FIELDS[ask.field], design.bone
    frame = None if ask.percent is None else design.frame(ask.percent)
    place = _asked_place(ask)
    if what.source == "risk":
        values = risk_field(design, ask.field, ask.contacts, ask.days)
    elif frame is None:
        values = over_contact(design, ask.field)
    else:
        values = at_frame(design, ask.field, frame)
    shown = np.log10(values) if what.decades else values
    codes, ends = coded(shown)
    arrays: dict[str, Any] = {"values": codes}
    head: dict[str, Any] = {
        "id": ask.id,
        "kind": "frame",
        "cells": variant.cells,
        "shape": variant.shape,
        "coarse": variant.coarse_mm is not None,
        "words": variant.words,
        "note": variant.note(design.coefficients),
        "field": ask.field,
        "ends": ends,
        "percent": None if frame is None else float(design.percent[frame]),
        "time_s": None if frame is None else float(design.history.time_s[frame]),
        "frames": len(design.history.time_s),
        "percents": [round(float(p), 3) for p in design.percent],
        "title": design.case.activity.title,
        "probe": None if place is None else _reading(design, place, frame),
        "regions": [region.replace("_", " ") for region in design.wrenches],
        "largest_n": design.largest_n,
        "largest_nm": design.largest_nm,
        "loads": [] if frame is None else loads_at(design, frame),
    }
    if ask.limits:
        head["limits"] = colour_limits(design, ask.field, values)
        head["colours"] = colours_of(ask.field, head["limits"])
    if ask.moved and frame is not None:
        arrays["moved"], head["moved_step"] = moved_steps(design, frame)
    if ask.directions and frame is not None:
        more, head["principal_ends"] = directions_of(design, ask.field, frame)
        arrays |= more
    if ask.has[0] != variant.cells:
        arrays |= cells_of(bone, design.case.side)
    if ask.has[1] != variant.shape:
        arrays |= shape_of(design)
        head |= anatomy_of(design)
    return packed(head, arrays)


def moved_steps(design: Design, frame: int) -> tuple[npt.NDArray[np.int16], float]:
    """Displacement (n, 3) at a frame in steps, and their size in mm."""
    moved = side_vectors(displaced(design, frame), design.case.side)
    step = float(np.abs(moved).max()) / 32767 or 1.0
    return np.round(moved / step).astype(np.int16), step


def directions_of(design: Design, name: str, frame: int) -> tuple[dict[str, Any], tuple[float, float]]:
    """Principal directions at a frame as whole numbers, 32767 for 1, with coded values, and the ends of their codes."""
    values, axes = principal_directions(design, name, frame)
    codes, ends = coded(values.ravel())
    turned = side_vectors(axes, design.case.side)
    return {"directions": np.round(32767 * turned).astype(np.int16), "principal": codes}, ends


def anatomy_of(design: Design) -> dict[str, Any]:
    """Names of the sites, in the order of the numbers of :func:`shape_of`, length and centres of the sections."""
    bone, side = design.bone, design.case.side
    return {
        "sites": [side_site(site, side) for site in sorted(set(bone.site))],
        "length_mm": bone.anatomy.length,
        "centres": _centres(bone, side),
    }


def colours_of(name: str, limits: Limits) -> str:
    """Name of the colours of a field between limits, of :func:`fea.show.scene.colour_tables`."""
    what, (low, high) = FIELDS[name], limits
    if what.decades:
        return "falling" if what.worst == "smallest" else "rising"
    return "signed" if low < 0.0 < high else "falling" if high <= 0.0 else "rising"


def cells_of(bone: ViewedBone, side: BodySide) -> dict[str, Any]:
    """Tetrahedra with their tissue, and triangles of the whole bone and of each tissue alone."""
    cortical = bone.tissue == TISSUES.index("cortical")
    surfaces = {
        "all": bone.facets,
        "cortical": outer_facets(bone.cells[cortical]),
        "cancellous": outer_facets(bone.cells[~cortical]) if (~cortical).any() else np.zeros((0, 3), np.int64),
        "outside": bone.outside,
    }
    turn = slice(None, None, -1 if side == "left" else 1)  # so that normals of a mirror image point outwards
    arrays = {f"surface_{name}": facets[:, turn].astype(np.uint32) for name, facets in surfaces.items()}
    return arrays | {"tetrahedra": bone.cells.astype(np.uint32), "cortical": cortical.astype(np.uint8)}


def shape_of(design: Design) -> dict[str, Any]:
    """Vertices in mm at rest, whether each is excluded, its level and the number of its site."""
    bone = design.bone
    number = {site: k for k, site in enumerate(sorted(set(bone.site)))}
    return {
        "points": side_vectors(bone.points, design.case.side).astype(np.float32),
        "excluded": design.excluded.astype(np.uint8),
        "level": bone.anatomy.level(bone.points).astype(np.float32),
        "site": np.array([number[site] for site in bone.site], dtype=np.uint16),
    }


def _centres(bone: ViewedBone, side: BodySide) -> list[list[float]]:
    """Sections at 101 levels, distal to proximal: x and z of the centre in mm, direction of their 0° from x in degrees.

    The direction is that of the right bone: from x towards lateral.
    """
    levels = np.linspace(0.0, 1.0, 101)
    centres = side_vectors(np.array([bone.anatomy.section_center(float(level)) for level in levels]), side)
    rays = np.array([bone.anatomy.ray(float(level), 0.0) for level in levels])
    turned = np.degrees(np.arctan2(rays[:, 1], rays[:, 0]))
    rows = zip(centres[:, 0].tolist(), centres[:, 2].tolist(), turned.tolist(), strict=True)
    return [[round(x, 3), round(z, 3), round(turn, 4)] for x, z, turn in rows]


def _reading(design: Design, place: Place, frame: int | None) -> dict[str, Any]:
    anatomy, point = design.bone.anatomy, place.of(design.bone.points)[None]
    return {
        "site": side_site(anatomy.site(point)[0], design.case.side),
        "excluded": bool(design.excluded[place.vertices].any()),
        "values": probed(design, place, frame),
    }


def loads_at(design: Design, frame: int) -> list[dict[str, Any]]:
    """Forces and moments on the bone at a frame, as the page draws them, numbered by their largest force."""
    numbers = {region: k for k, region in enumerate(design.wrenches)}
    return [
        {
            "number": numbers[load.region],
            "region": load.region.replace("_", " "),
            "center": load.center.tolist(),
            "force_n": load.force_n.tolist(),
            "moment_nm": load.moment_nm.tolist(),
            "pulls": load.pulls,
        }
        for load in (load.of_side(design.case.side) for load in applied(design, frame))
        if acts(load)
    ]


def _summary(design: Design, ask: SummaryAsk) -> bytes:
    return packed({"id": ask.id, "kind": "summary", **summary_of(design)}, {})


def summary_of(design: Design) -> dict[str, Any]:
    """Hotspots and percentiles, as the page tells them."""
    found = contact_summary(design)
    each = zip(found.hotspots, found.vertices, found.within, strict=True)
    return {"hotspots": [_spot(design, *one) for one in each], "percentiles": found.strain.percentiles}


def _spot(design: Design, spot: Hotspot, vertex: int, within: npt.NDArray[np.int64]) -> dict[str, Any]:
    times = design.history.time_s
    span = float(times[-1] - times[0])
    return {
        "rank": spot.rank,
        "site": spot.site,
        "level": spot.level,
        "mode": spot.mode,
        "strain_ue": spot.strain_ue,
        "volume_mm3": spot.volume_mm3,
        "vertex": vertex,
        "within": within.tolist(),
        "percent": 100.0 * (spot.time_s - float(times[0])) / span if span > 0.0 else 0.0,
    }


def _risk(design: Design, ask: RiskAsk) -> bytes:
    """Fractures by the end of each day: expected share, its band over virtual subjects, and as a plan says it."""
    daily = fractures(design, ask.contacts)
    with design.lock:
        people, sentences = daily.subjects, daily.headlines
    per_km = daily.model.exposures[0].cycles_per_km
    head = {
        "id": ask.id,
        "kind": "risk",
        "contacts": ask.contacts,
        "km_per_day": None if per_km is None else ask.contacts / per_km,
        "share": people.share.tolist(),
        "band": people.band.tolist(),
        "average": daily.course.probability.tolist(),
        "sentences": sentences,
    }
    return packed(head, {})


def _history(design: Design, ask: HistoryAsk) -> bytes:
    more = () if FIELDS[ask.field].source == "risk" else (ask.field,)
    names = dict.fromkeys((*_STRAINS, *more))
    place = _asked_place(ask)
    assert place is not None
    found = history_at(design, list(names), place)
    head = {
        "id": ask.id,
        "kind": "history",
        "percent": design.percent.tolist(),
        "values": {name: value.tolist() for name, value in found.items()},
    }
    return packed(head, {})
