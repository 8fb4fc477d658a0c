# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""A surface as segmentation leaves it, taken apart, closed and made sound, with an account of what was changed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from fea.errors import InputError, MissingDependency, out_of_range
from fea.scan.surface import MM, Surface, Unit

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_SHARE_OF_A_PIECE = 0.001
"""Of the volume of the largest piece: what is smaller is debris of the segmentation."""
_WIDEST_GAP = 0.06
"""Of the length: a wider gap is a missing part, not a flaw."""
_MOST_CHANGED = 0.05
"""Of the volume: a larger change by the repair of a surface that cuts itself is no repair."""
_LARGE = 4.0
"""Of the median reach of a triangle from its centre."""
_MOST_PAIRS = 30_000_000
"""Of neighbouring triangles that are looked at for cuts."""
_MANY_TRIANGLES = 60_000
"""More are made fewer: outlines are not read finer than by tenths of a millimetre."""


@dataclass(frozen=True, eq=False)
class CleanSurface:
    """A closed surface in mm, and what was done to it.

    Attributes
    ----------
    outer : Surface
        The outer surface.
    inner : Surface or None
        A shell inside it, the endosteal surface.
    unit : {"m", "cm", "mm"}
        Unit of the file.
    unit_by_size : bool
        Whether the unit was found by the size.
    volume_before_mm3 : float
        Volume of the piece before it was repaired.
    others : tuple of Surface
        Further pieces, such as the fibula, in mm.
    repairs : tuple of str
        What was changed, a sentence each.
    """

    outer: Surface
    inner: Surface | None
    unit: Unit
    unit_by_size: bool
    volume_before_mm3: float
    others: tuple[Surface, ...]
    repairs: tuple[str, ...]


def clean(
    surface: Surface, lengths_mm: tuple[float, float], unit: Unit | None = None, inner: Surface | None = None
) -> CleanSurface:
    """Closed surface of the largest bone of a file, in mm.

    Parameters
    ----------
    surface : Surface
        As read.
    lengths_mm : tuple of float
        Shortest and longest extent that the bone may have.
    unit : {"m", "cm", "mm"}, optional
        Unit of the coordinates; by default the one in which the size is that of the bone.
    inner : Surface, optional
        The endosteal surface, of a file of its own in the same unit and frame.

    Raises
    ------
    fea.errors.InputError
        The size is not that of the bone in any unit, a part is missing, or the surface cannot be closed.
    """
    repairs: list[str] = []
    merged = _merged(surface, repairs)
    pieces = _pieces(merged)
    found = unit or _unit(pieces[0].extent, lengths_mm)
    factor = MM[found]
    pieces = [piece.moved(piece.points * factor) for piece in pieces]
    if not lengths_mm[0] <= pieces[0].extent <= lengths_mm[1]:
        raise out_of_range(
            f"extent of the bone in mm, read in {found},", round(pieces[0].extent, 1),
            f"{lengths_mm[0]:g} to {lengths_mm[1]:g} mm",
        )  # fmt: skip
    outer, before = _closed(_fewer(pieces[0], repairs), repairs)
    shells = [p for p in pieces[1:] if p.extent > 0.2 * outer.extent and _is_inside(p, outer)]
    others = tuple(p for p in pieces[1:] if not any(p is shell for shell in shells))
    _tell_others(others, outer, repairs)
    own = _merged(inner, []) if inner is not None else None
    canal = _pieces(own)[0] if own is not None else shells[0] if shells else None
    if canal is not None:
        canal = canal if inner is None else canal.moved(canal.points * factor)
        canal, _ = _closed(_fewer(canal, []), repairs, what="inner surface")
    return CleanSurface(outer, canal, found, unit is None, before, others, tuple(repairs))


def _merged(surface: Surface, repairs: list[str]) -> Surface:
    """Surface whose triangles share their points, without those that are twice there or without area."""
    size = np.ptp(surface.points, axis=0).max()
    places, number = np.unique(np.round(surface.points / (1e-6 * size)), axis=0, return_inverse=True)
    points = np.zeros((len(places), 3))
    points[number.ravel()] = surface.points
    triangles = number.ravel()[surface.triangles]
    a, b, c = triangles.T
    kept = triangles[(a != b) & (b != c) & (c != a)]
    _, first = np.unique(np.sort(kept, axis=1), axis=0, return_index=True)
    if (flat := len(triangles) - len(kept)) > 0:
        repairs.append(f"{flat} triangles without area taken out")
    if (twice := len(kept) - len(first)) > 0:
        repairs.append(f"{twice} triangles that stood twice taken out")
    return Surface(points, kept[np.sort(first)])


def _pieces(surface: Surface) -> list[Surface]:
    """Connected pieces, the largest in extent first."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    edges = np.vstack([surface.triangles[:, [0, 1]], surface.triangles[:, [1, 2]]])
    shape = (len(surface.points), len(surface.points))
    _, label = connected_components(coo_matrix((np.ones(len(edges)), edges.T), shape=shape), directed=False)
    of = label[surface.triangles[:, 0]]
    found = []
    for k in np.unique(of):
        used, number = np.unique(surface.triangles[of == k], return_inverse=True)
        found.append(Surface(surface.points[used], number.reshape(-1, 3)))
    return sorted(found, key=lambda piece: (-piece.extent * abs(piece.volume) ** (1 / 3), -len(piece.triangles)))


def _fewer(piece: Surface, repairs: list[str]) -> Surface:
    """Piece of at most :data:`_MANY_TRIANGLES`, reduced by quadrics (Garland & Heckbert 1997)."""
    if len(piece.triangles) <= _MANY_TRIANGLES:
        return piece
    import pyvista as pv

    poly: Any = pv.PolyData(piece.points, np.insert(piece.triangles, 0, 3, axis=1).ravel())
    made = poly.decimate(1.0 - _MANY_TRIANGLES / len(piece.triangles))
    found = Surface(np.asarray(made.points, dtype=np.float64), np.asarray(made.regular_faces, dtype=np.int64))
    repairs.append(
        f"{len(piece.triangles)} triangles made {len(found.triangles)}, volume "
        f"{100.0 * (abs(found.volume / piece.volume) - 1.0):+.2f} %"
    )
    return found


def _unit(extent: float, lengths_mm: tuple[float, float]) -> Unit:
    """Unit in which an extent lies between two lengths."""
    fits: list[Unit] = [unit for unit, mm in MM.items() if lengths_mm[0] <= extent * mm <= lengths_mm[1]]
    if len(fits) != 1:
        raise InputError(
            f"the bone extends over {extent:g} in the file, which is no length of this bone in m, cm or mm; "
            f"allowed: {lengths_mm[0]:g} to {lengths_mm[1]:g} mm."
        )
    return fits[0]


def _closed(piece: Surface, repairs: list[str], what: str = "surface") -> tuple[Surface, float]:
    """Piece that is closed, sound and turned outwards; and its volume before in mm³."""
    before = abs(piece.volume)
    gaps = _gaps(piece)
    for where, width in gaps:
        if width > _WIDEST_GAP * piece.extent:
            x, y, z = where
            raise InputError(
                f"the {what} of the bone is open over {width:.0f} mm at ({x:.0f}, {y:.0f}, {z:.0f}) mm of the file; "
                f"allowed: gaps up to {_WIDEST_GAP * piece.extent:.0f} mm. A part of the bone seems to be missing."
            )
    uneven = _uneven_edges(piece)
    if not gaps and not uneven and _is_sound(piece):
        if piece.volume < 0.0:
            repairs.append(f"all normals of the {what} turned outwards")
            piece = _outwards(piece)
        return _untangled(piece, repairs, what), before
    even = _consistent(piece) if uneven else piece
    fixed = even if not gaps and not _uneven_edges(even) and _is_sound(even) else _fixed(even)
    if gaps:
        repairs.append(f"{len(gaps)} gaps of the {what} closed, the widest {max(w for _, w in gaps):.1f} mm")
    if uneven:
        repairs.append(f"triangles of the {what} turned round or taken out along {uneven} edges")
    repairs.append(f"{what} mended: {len(piece.triangles)} triangles before, {len(fixed.triangles)} after")
    return _untangled(fixed, repairs, what), before


def _untangled(piece: Surface, repairs: list[str], what: str) -> Surface:
    """Closed piece without triangles that cut others, as far as MeshFix gets: outlines take the outermost anyway."""
    cutting = _cutting(piece)
    if not len(cutting):
        return piece
    x, y, z = piece.corners[cutting].mean(axis=(0, 1))
    fix = _meshfix()(piece.points, piece.triangles.astype(np.int32))
    fix.intersection_removal()
    found = _result(fix)
    changed = abs(found.volume) / piece.volume - 1.0
    if not len(found.triangles) or not _is_sound(found) or abs(changed) > _MOST_CHANGED:
        raise InputError(
            f"the {what} of the bone cuts itself around ({x:.0f}, {y:.0f}, {z:.0f}) mm of the file and cannot be "
            "mended; repair it in the program that made it."
        )
    left = len(_cutting(found))
    repairs.append(
        f"the {what} cuts itself around ({x:.0f}, {y:.0f}, {z:.0f}) mm: {len(cutting)} triangles taken out, gaps "
        f"closed, volume {100.0 * changed:+.1f} %" + (f"; {left} triangles still cut others" if left else "")
    )
    return _outwards(found)


def _cutting(piece: Surface) -> Ints:
    """Rows of the triangles that cut others or are cut; none if triangles are so uneven that the search is endless."""
    corners, rows = piece.corners, piece.triangles
    pairs = _near_pairs(corners)
    joined = (rows[pairs[:, 0]][:, :, None] == rows[pairs[:, 1]][:, None, :]).any(axis=(1, 2))
    pairs = np.vstack([pairs[~joined], pairs[~joined][:, ::-1]])
    return np.unique(pairs[_is_cut(corners[pairs[:, 0]], corners[pairs[:, 1]])])


def _near_pairs(corners: Floats) -> Ints:
    """Pairs (n, 2) of triangles (m, 3, 3) whose balls meet; large triangles are looked up one by one."""
    from scipy.spatial import cKDTree

    centre = corners.mean(axis=1)
    reach = np.linalg.norm(corners - centre[:, None], axis=2).max(axis=1)
    large = reach > _LARGE * np.median(reach)
    small = np.flatnonzero(~large)
    tree, whole, most = cKDTree(centre[small]), cKDTree(centre), 2.0 * reach[small].max()
    around = whole.query_ball_point(centre[large], reach[large] + reach.max(), return_length=True)
    if tree.count_neighbors(tree, most) + around.sum() > _MOST_PAIRS:
        return np.empty((0, 2), dtype=np.int64)
    found = [small[tree.query_pairs(most, output_type="ndarray")]]
    for k in np.flatnonzero(large):
        others = np.array(whole.query_ball_point(centre[k], reach[k] + reach.max()), dtype=np.int64)
        found.append(np.column_stack([np.full(len(others), k), others]))
    pairs = np.vstack(found)
    near = np.linalg.norm(centre[pairs[:, 0]] - centre[pairs[:, 1]], axis=1) <= reach[pairs].sum(axis=1)
    return np.asarray(pairs[near])


def _is_cut(edged: Floats, flat: Floats) -> npt.NDArray[np.bool_]:
    """Whether an edge of triangles (n, 3, 3) passes through the inside of others (n, 3, 3), pair by pair."""
    normal = np.cross(flat[:, 1] - flat[:, 0], flat[:, 2] - flat[:, 0])
    height = np.einsum("nij,nj->ni", edged - flat[:, :1], normal)
    found = np.zeros(len(edged), dtype=np.bool_)
    for k in range(3):
        here = np.flatnonzero(height[:, k] * height[:, (k + 1) % 3] < 0.0)
        start, end = edged[here, k], edged[here, (k + 1) % 3]
        share = height[here, k] / (height[here, k] - height[here, (k + 1) % 3])
        place, own = start + (end - start) * share[:, None], flat[here]
        sides = [np.cross(own[:, (e + 1) % 3] - own[:, e], place - own[:, e]) for e in range(3)]
        found[here] |= np.all([np.einsum("nj,nj->n", side, normal[here]) > 0.0 for side in sides], axis=0)
    return found


def _outwards(piece: Surface) -> Surface:
    return piece if piece.volume > 0.0 else replace(piece, triangles=piece.triangles[:, ::-1])


def _edges(piece: Surface) -> tuple[Ints, Ints]:
    """Directed edges (3 m, 2) of the triangles, and the number of the undirected edge of each."""
    t = piece.triangles
    directed = np.vstack([t[:, [0, 1]], t[:, [1, 2]], t[:, [2, 0]]])
    _, number = np.unique(np.sort(directed, axis=1), axis=0, return_inverse=True)
    return directed, number.ravel()


def _gaps(piece: Surface) -> list[tuple[Floats, float]]:
    """Centre of each gap, a loop of edges of one triangle only, and the width of a disc of its area."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    directed, number = _edges(piece)
    rim = directed[np.bincount(number)[number] == 1]
    if not len(rim):
        return []
    used, ends = np.unique(rim, return_inverse=True)
    ends = ends.reshape(-1, 2)
    _, label = connected_components(coo_matrix((np.ones(len(ends)), ends.T), shape=(len(used),) * 2), directed=False)
    found = []
    for k in range(label.max() + 1):
        a, b = np.moveaxis(piece.points[rim[label[ends[:, 0]] == k]], 1, 0)
        centre = a.mean(axis=0)
        area = np.linalg.norm(np.cross(a - centre, b - centre).sum(axis=0)) / 2.0
        found.append((centre, float(2.0 * np.sqrt(area / np.pi))))
    return found


def _uneven_edges(piece: Surface) -> int:
    """Number of edges whose two triangles face opposite ways, or that belong to more than two."""
    directed, number = _edges(piece)
    count = np.bincount(number)
    forward = np.bincount(number, weights=np.where(directed[:, 0] < directed[:, 1], 1, -1))
    return int((((count == 2) & (forward != 0)) | (count > 2)).sum())


def _consistent(piece: Surface) -> Surface:
    """Piece whose triangles all face outwards, as far as each edge belongs to two."""
    import pyvista as pv

    poly: Any = pv.PolyData(piece.points, np.insert(piece.triangles, 0, 3, axis=1).ravel())
    turned = poly.compute_normals(
        point_normals=False, split_vertices=False, consistent_normals=True, auto_orient_normals=True
    )
    return Surface(piece.points, np.asarray(turned.regular_faces, dtype=np.int64))


def _is_sound(piece: Surface) -> bool:
    """Whether each edge belongs to two triangles."""
    _, number = _edges(piece)
    return bool((np.bincount(number) == 2).all())


def _fixed(piece: Surface) -> Surface:
    """Piece closed, all triangles facing one way (MeshFix: Attene 2010, doi 10.1007/s00371-010-0416-3)."""
    fix = _meshfix()(piece.points, piece.triangles.astype(np.int32))
    fix.fill_holes()  # alone it takes milliseconds, and the whole repair minutes where triangles are slivers
    found = _result(fix)
    if not len(found.triangles) or not _is_sound(found):
        fix.repair()
        found = _result(fix)
    if not len(found.triangles) or not _is_sound(found) or abs(found.volume) < 0.5 * abs(piece.volume):
        raise InputError("the surface of the bone cannot be closed; repair it in the program that made it.")
    return _outwards(found)


def _meshfix() -> Any:
    try:
        from pymeshfix import MeshFix
    except ImportError:
        raise MissingDependency("repair of a surface needs pymeshfix: pip install pymeshfix.") from None
    return MeshFix


def _result(fix: Any) -> Surface:
    return Surface(np.asarray(fix.points, dtype=np.float64), np.asarray(fix.faces, dtype=np.int64))


def _is_inside(piece: Surface, outer: Surface) -> bool:
    """Whether a piece lies within the outer surface, by its points, which may touch it."""
    from fea.scan.distance import signed_distance

    some = piece.points[:: max(1, len(piece.points) // 200)]
    return bool(np.mean(signed_distance(some, outer) < 0.0) > 0.95)


def _tell_others(others: tuple[Surface, ...], outer: Surface, repairs: list[str]) -> None:
    bones = [p for p in others if abs(p.volume) > _SHARE_OF_A_PIECE * outer.volume]
    if bones:
        sizes = ", ".join(f"{p.extent:.0f} mm long, {abs(p.volume):.0f} mm³" for p in bones[:3])
        repairs.append(f"{len(bones)} further pieces left out ({sizes})")
    if len(others) > len(bones):
        repairs.append(f"{len(others) - len(bones)} pieces of debris left out")
