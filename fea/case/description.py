# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""A bone as data: profiles of its cross-sections along the length, features, regions, names of sites."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Literal, Self

import numpy as np
import numpy.typing as npt
from pydantic import BeforeValidator, Field, field_validator, model_validator

from fea.case.record import DensityMeasure, Name, Percent, Record, Sourced
from fea.case.scanned import DensityField, OwnLaw
from fea.case.side import BodySide

if TYPE_CHECKING:
    from scipy.interpolate import PchipInterpolator

Tissue = Literal["cortical", "cancellous", "marrow"]
Level = Annotated[float, Field(ge=0.0, le=1.0)]
Factor = Annotated[float, Field(gt=0.0, le=5.0)]
Around = tuple[Factor, Factor, Factor, Factor, Factor, Factor, Factor, Factor]
"""A factor for each of the eight sectors, in the order of turning, from x (anterior or dorsal) towards lateral."""
_MOST_DENSE_G_PER_CM3 = 2.2
Near = Annotated[float, Field(ge=-200.0, le=200.0)]
Angle = Annotated[float, Field(ge=-360.0, le=360.0)]
Share = Annotated[float, Field(ge=0.0, le=1.0)]
Direction = tuple[float, float, float]
FIBULA = "fibula"
"""Name of the fibula among the loads of a bone."""


def _spelt_today(kind: object) -> object:
    return "fixed" if kind == "held" else kind  # as files before version 0.2 spell it


SupportKind = Annotated[Literal["fixed", "foundation", "free"], BeforeValidator(_spelt_today)]
"""Regions fixed (Dirichlet), on an elastic foundation, or a free bone whose inertia balances the loads."""
SideNames = tuple[str, str, str, str]
"""Names of the directions x, z, −x, −z of a right bone, such as anterior, lateral, posterior, medial."""


class Profile(Sourced):
    """A quantity along the bone: values at percent levels from the distal end, joined monotonically."""

    at: dict[Percent, float] = Field(min_length=2)
    """Values by level, in percent of the length from the distal end; the unit is that of the profile's key."""

    @field_validator("at", mode="before")
    @classmethod
    def _each_level_once(cls, at: object) -> object:
        if isinstance(at, dict):
            numbers = [float(k) for k in at if _is_number(k)]
            twice = [k for k in numbers if numbers.count(k) > 1]
            if twice:
                raise ValueError(f"{twice[0]:g} % stands twice; each level may stand once")
        return at

    def value(self, level: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Quantity at ``level`` (fraction of the length, any shape), in the profile's unit.

        Between the given levels the curve is a monotone cubic (Fritsch & Carlson 1980,
        doi 10.1137/0717021), which never overshoots them; beyond them the end value holds.

        Examples
        --------
        >>> p = Profile(evidence="working value", source="example", at={0: 1.0, 100: 3.0})
        >>> float(p.value(0.5))
        2.0
        """
        inside = np.clip(np.asarray(level, dtype=np.float64) * 100.0, min(self.at), max(self.at))
        return np.asarray(self._curve(inside), dtype=np.float64)

    @cached_property
    def _curve(self) -> PchipInterpolator:
        from scipy.interpolate import PchipInterpolator

        knots = sorted(self.at)
        return PchipInterpolator(knots, [self.at[k] for k in knots])


def _is_number(key: object) -> bool:
    try:
        float(str(key))
    except ValueError:
        return False
    return True


class Bounded(Profile):
    """A profile whose values must be positive."""

    @model_validator(mode="after")
    def _positive(self) -> Self:
        for percent, value in self.at.items():
            if value <= 0.0:
                raise ValueError(f"{value} at {percent:g} % of the length must be positive")
        return self


class Sections(Record):
    """Cross-sections of the periosteal surface and the cortical wall, as profiles along the bone.

    Widths, radii, centres and thicknesses in mm, angles in degrees from x towards z. The outline is of one of two
    kinds. With widths it is r(θ) = 1 + triangularity·cos 3(θ − crest) − squareness·cos 4θ, stretched to the two
    widths. With a radius it is that of the bone's ``shape_model``, whose mean radius it gives.
    ``thickness_mm`` has a profile for each side by the name that ``sites.sectors`` gives it.
    """

    radius_mm: Bounded | None = None
    """Mean outer radius about the centre, 1 to 100 mm; the outline is that of the shape model."""
    width_z_mm: Bounded | None = None
    """Outer width from medial to lateral, 2 to 200 mm."""
    width_x_mm: Bounded | None = None
    """Outer width from back to front, 2 to 200 mm."""
    triangularity: Profile | None = None
    """Triangularity of the outline, 0 (ellipse) to 0.12."""
    squareness: Profile | None = None
    """Squareness of the outline, 0 to 0.06."""
    crest_deg: Profile | None = None
    """Direction of the triangle's apex, −180° to 180°."""
    torsion_deg: Profile
    """Turn of the section about the bone's axis, −90° to 90°."""
    center_x_mm: Profile
    """Centre of the section in front of the axis, −100 to 100 mm."""
    center_z_mm: Profile
    """Centre of the section lateral of the axis, −100 to 100 mm."""
    thickness_mm: dict[str, Bounded]
    """Cortical thickness, 0.1 to 60 mm: one profile for each of the four sides."""

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        given = [name for name in _OF_WIDTHS if getattr(self, name) is not None]
        if self.radius_mm is not None and given:
            raise ValueError(f"sections have radius_mm and {given[0]}; an outline is given by one or by the other")
        if self.radius_mm is None and len(given) < len(_OF_WIDTHS):
            lacking = ", ".join(name for name in _OF_WIDTHS if name not in given)
            raise ValueError(f"sections lack {lacking}; they need either radius_mm or all of {', '.join(_OF_WIDTHS)}")
        return self

    @model_validator(mode="after")
    def _in_range(self) -> Self:
        for name, (low, high) in _SECTION_RANGES.items():
            profile = getattr(self, name)
            if profile is not None:
                _check_range(profile, name, low, high)
        for side, thickness in self.thickness_mm.items():
            _check_range(thickness, f"thickness_mm.{side}", 0.1, 60.0)
        return self


_OF_WIDTHS = ("width_z_mm", "width_x_mm", "triangularity", "squareness", "crest_deg")
_SECTION_RANGES = {
    "radius_mm": (1.0, 100.0),
    "triangularity": (0.0, 0.12),
    "squareness": (0.0, 0.06),
    "width_z_mm": (2.0, 200.0),
    "width_x_mm": (2.0, 200.0),
    "torsion_deg": (-90.0, 90.0),
    "crest_deg": (-180.0, 180.0),
    "center_x_mm": (-100.0, 100.0),
    "center_z_mm": (-100.0, 100.0),
}


def _check_range(profile: Profile, name: str, low: float, high: float) -> None:
    for percent, value in profile.at.items():
        if not low <= value <= high:
            raise ValueError(f"{name} is {value:g} at {percent:g} %; allowed: {low:g} to {high:g}")


LengthChange = Annotated[float, Field(ge=-1.0, le=1.0)]
"""A change of a length, a share of it."""
Row = Annotated[tuple[float, ...], Field(min_length=1, max_length=40)]
Disc = Annotated[tuple[Annotated[tuple[float, ...], Field(max_length=13)], ...], Field(max_length=13)]
"""Polynomial over the unit disc: the coefficient of ξⁱ ζʲ stands in row i, column j."""
MOST_SD = 3.0
"""Farthest that a mode of variation may be from the mean, in standard deviations."""


class Rows(Sourced):
    """Several quantities along the bone: a row of numbers at each percent level, all of the same length."""

    at: dict[Percent, Row] = Field(min_length=2)
    """Rows by level, in percent of the length from the distal end."""

    @model_validator(mode="after")
    def _equal(self) -> Self:
        lengths = {percent: len(row) for percent, row in self.at.items()}
        first = next(iter(lengths.values()))
        for percent, length in lengths.items():
            if length != first or length % 2:
                raise ValueError(f"{length} numbers at {percent:g} %; allowed: an even number, the same at every level")
        return self

    def value(self, level: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Row at ``level`` (fraction of the length, any shape), each number joined as in a :class:`Profile`."""
        inside = np.clip(np.asarray(level, dtype=np.float64) * 100.0, min(self.at), max(self.at))
        return np.asarray(self._curve(inside), dtype=np.float64)

    @cached_property
    def _curve(self) -> PchipInterpolator:
        from scipy.interpolate import PchipInterpolator

        knots = sorted(self.at)
        return PchipInterpolator(knots, [self.at[k] for k in knots])


class Mode(Rows):
    """A mode of variation of a shape model: what one standard deviation adds, by level.

    Each row holds the change of the mean radius (share of it), of the centre along x and z (shares of the length),
    and of the turn in degrees, then the waves of the radius around the section: cos θ, sin θ, cos 2θ …, as shares
    of its mean.
    """

    length: LengthChange
    """Change of the length, a share of it."""


class ShapeModel(Sourced):
    """Mean shape and modes of variation of a bone, in shares of its radius and its length.

    The radius of a section is that of ``sections.radius_mm`` times 1 + c₁ cos θ + s₁ sin θ + c₂ cos 2θ + …, θ from
    the section's own x towards its z. A joint surface lies h R above the end of the length: R is the mean radius
    of the end's section and h a polynomial of (ξ, ζ) = ϱ (cos θ, sin θ), ϱ from 0 in the middle to 1 on the rim.
    """

    outline: Rows
    """Waves of the radius around the section, c₁, s₁, c₂, s₂ …, by level."""
    distal_surface: Disc
    """Height of the distal joint surface."""
    proximal_surface: Disc
    """Height of the proximal joint surface."""
    modes: dict[Name, Mode]
    """Modes of variation, by name."""


class Bump(Sourced):
    """A local feature of the sections: a ridge (height > 0) or a groove (height < 0) of the outer surface."""

    level: Level
    """Level of its middle."""
    half_length: Annotated[float, Field(gt=0.005, le=0.5)]
    """Half of its extent along the bone, as a fraction of the length."""
    direction_deg: Angle
    """Direction of its middle."""
    half_angle_deg: Annotated[float, Field(ge=10.0, le=120.0)]
    """Half of its extent around the bone."""
    height_mm: Annotated[float, Field(ge=-10.0, le=15.0)]
    """Height of a ridge; negative for a groove."""


class Process(Sourced):
    """A process that reaches beyond an end, such as the medial malleolus or the tuberosity of the fifth metatarsal."""

    end: Literal["distal", "proximal"]
    """The end that it reaches beyond."""
    direction_deg: Angle
    """Direction of its middle."""
    length_mm: Annotated[float, Field(ge=0.0, le=20.0)]
    """Length beyond the end."""
    width_mm: Annotated[float, Field(gt=3.0, le=40.0)]
    """Its thickness along the radius."""
    depth_mm: Annotated[float, Field(gt=3.0, le=40.0)]
    """Its extent along the border of the end."""
    blend_level: Annotated[float, Field(gt=0.0, le=0.3)]
    """Fraction of the length over which it rises from the shaft."""


class Ends(Sourced):
    """Slope of the proximal joint surface, dome of both, and thickness of the bone plate under each.

    A dome lowers the rim of the joint surface below its middle, which stays at the end of the length; both it
    and the slope fade over ``blend_level``.
    """

    proximal_slope_deg: Annotated[float, Field(ge=-5.0, le=20.0)]
    """Slope of the proximal joint surface towards the back."""
    distal_dome_mm: Annotated[float, Field(ge=0.0, le=15.0)] = 0.0
    """Dome of the distal joint surface: depth of its rim below its middle."""
    proximal_dome_mm: Annotated[float, Field(ge=0.0, le=15.0)] = 0.0
    """Dome of the proximal joint surface: depth of its rim below its middle."""
    blend_level: Annotated[float, Field(gt=0.0, le=0.3)]
    """Fraction of the length over which slope and dome fade."""
    plate_thickness_mm: Annotated[float, Field(gt=0.2, le=10.0)]
    """Thickness of the bone plate under both joint surfaces."""


class Cavity(Sourced):
    """Medullary cavity: marrow between two levels, cancellous bone beyond."""

    distal_level: Level
    """Distal end of the marrow cavity."""
    proximal_level: Level
    """Proximal end of the marrow cavity."""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not 0.05 <= self.distal_level <= self.proximal_level - 0.05 <= 0.90:
            raise ValueError("the cavity must run from a distal to a more proximal level, both in 0.05 to 0.95")
        return self


class Region(Sourced):
    """A named area of the outer surface.

    On the shaft it is a band of levels and a sector (degrees from x towards z, the second angle is reached
    by turning positively from the first). On an end it is an ellipse in the plane of the joint surface,
    centre and semi-axes in mm along (x, z).
    """

    on: Literal["shaft", "proximal end", "distal end"]
    """Part of the surface on which the region lies."""
    levels: tuple[Level, Level] | None = None
    """On the shaft: from and to level."""
    sector_deg: tuple[Angle, Angle] | None = None
    """On the shaft: from and to direction."""
    centre_mm: tuple[Near, Near] | None = None
    """On an end: centre along x and z."""
    semi_axes_mm: tuple[Near, Near] | None = None
    """On an end: semi-axes of the ellipse along x and z."""

    saint_venant: bool = False
    """Whether loads here disturb the strain around so much that the surroundings are excluded from percentiles."""

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.on == "shaft":
            if self.levels is None or self.sector_deg is None:
                raise ValueError("a region on the shaft needs levels and sector_deg")
            if self.levels[0] >= self.levels[1] or self.sector_deg[0] >= self.sector_deg[1]:
                raise ValueError("levels and sector_deg must each rise")
        elif self.centre_mm is None or self.semi_axes_mm is None or min(self.semi_axes_mm) <= 0.0:
            raise ValueError("a region on an end needs centre_mm and positive semi_axes_mm")
        return self


class Sites(Record):
    """Clinical names of places: the sectors of the shaft with their names, and bands of levels.

    The eight sectors of 45° stand in the order of turning, from x towards z: of a right bone the third is
    lateral and the seventh medial.
    """

    sectors: dict[str, str]
    """Clinical names of the eight sectors, in the order of turning from x towards lateral."""
    bands: dict[str, tuple[Level, Level]] = Field(min_length=1)
    """Clinical names of the bands of levels, which cover 0 to 1."""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        order = list(self.sectors)
        if len(order) != 8 or (order[2], order[6]) != ("lateral", "medial"):
            raise ValueError(
                "sites.sectors must name all eight sectors in the order of turning, the third lateral, "
                f"the seventh medial; it names {', '.join(order) or 'none'}"
            )
        edges = sorted(self.bands.values())
        joined = edges[0][0] == 0.0 and edges[-1][1] == 1.0
        if not joined or any(a[1] != b[0] for a, b in itertools.pairwise(edges)):
            raise ValueError("sites.bands must cover 0 to 1 without gap or overlap")
        return self

    @property
    def sides(self) -> SideNames:
        """The names of the directions x, z, −x, −z."""
        front, lateral, back, medial = list(self.sectors)[::2]
        return front, lateral, back, medial


class SectionTargets(Sourced):
    """Section properties that the shape was fitted to, compared with those measured on its mesh.

    ``at`` maps percent levels to the widths along the section's own z and x (mm), cortical area (mm²) and the two
    principal second moments of area (mm⁴), in either order.
    """

    at: dict[Percent, tuple[float, float, float, float, float]] = Field(min_length=1)
    """By level in %: width z, width x in mm, cortical area in mm², both principal second moments in mm⁴."""


class Gauge(Sourced):
    """A virtual strain gauge: a square of the outer surface, its centre at a level and direction.

    A rosette reads principal strains, a staple the strain along its length. ``orientation_deg`` turns the
    square, and with it a staple, from the bone's axis towards rising ``direction_deg``.
    """

    level: Level
    """Level of its centre."""
    direction_deg: Angle
    """Direction of its centre."""
    length_mm: Annotated[float, Field(gt=0.0, le=50.0)]
    """Side of the square that it covers."""
    kind: Literal["rosette", "staple"] = "rosette"
    """A rosette reads principal strains, a staple the strain along its length."""
    orientation_deg: Annotated[float, Field(ge=-90.0, le=90.0)] = 0.0
    """Turn from the bone's axis towards rising direction."""


class DensityProfile(Bounded):
    """A density in g/cm³ along the bone and, where ``sector_factor`` is given, around it.

    ``sector_factor`` maps percent levels to a factor for each of the eight sectors; between levels and between
    the middles of sectors it is linear, beyond the outermost levels it stays.
    """

    sector_factor: dict[Percent, Around] = Field(default_factory=dict)
    """Factors on the density for the eight sectors, by level in %."""

    def around(self, level: npt.NDArray[np.float64], direction_deg: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Density at points given by level and direction in degrees (anterior 0, lateral 90), each (n,)."""
        value = self.value(level)
        if not self.sector_factor:
            return value
        percents = sorted(self.sector_factor)
        rows = np.array([around_factor(self.sector_factor[p], direction_deg) for p in percents])
        place = np.interp(level * 100.0, percents, np.arange(len(percents)))
        below = np.minimum(place.astype(np.int64), max(len(percents) - 2, 0))
        share = place - below
        column = np.arange(len(level))
        above = np.minimum(below + 1, len(percents) - 1)
        return np.asarray(value * ((1.0 - share) * rows[below, column] + share * rows[above, column]))

    @model_validator(mode="after")
    def _dense(self) -> Self:
        factors = [f for around in self.sector_factor.values() for f in around]
        top = max(self.at.values()) * max([1.0, *factors])
        if top > _MOST_DENSE_G_PER_CM3:
            raise ValueError(f"the density reaches {top:g} g/cm³; allowed: above 0 to {_MOST_DENSE_G_PER_CM3:g} g/cm³")
        return self


def around_factor(factors: Sequence[float], direction_deg: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Factor at directions in degrees, linear between the middles of the eight sectors.

    Examples
    --------
    >>> around_factor([1.0, 1.0, 0.8, 1.0, 1.0, 1.0, 1.0, 1.0], [90.0, 67.5, -90.0])
    array([0.8, 0.9, 1. ])
    """
    return np.asarray(np.interp(np.asarray(direction_deg), 45.0 * np.arange(8), factors, period=360.0))


class Density(Record):
    """Density along and around the bone, one profile for each mineralised tissue, all in the same ``measure``."""

    measure: DensityMeasure = "apparent"
    """Measure of all densities: wet apparent, ash, or the equivalent of a CT phantom."""
    cortical_g_per_cm3: DensityProfile
    """Density of cortical bone."""
    cancellous_g_per_cm3: DensityProfile
    """Density of cancellous bone."""
    field: DensityField | None = None
    """Density of a scan place by place, which stands instead of the profiles where it reaches."""
    law: OwnLaw | None = None
    """Law of the modulus of this bone, instead of those of the tissue."""


class Mineral(Record):
    """pQCT readings at one level: bone mineral content in mg/mm, mineral density in mg/cm³."""

    bmc_mg_per_mm: Annotated[float, Field(gt=0.0)] | None = None
    """Bone mineral content of the section."""
    cortical_mg_per_cm3: Annotated[float, Field(gt=0.0)] | None = None
    """Mineral density of cortical bone."""
    cancellous_mg_per_cm3: Annotated[float, Field(gt=0.0)] | None = None
    """Mineral density of cancellous bone."""


class MineralTargets(Sourced):
    """pQCT readings at percent levels, compared with the density of the cells."""

    at: dict[Percent, Mineral] = Field(min_length=1)
    """Readings by level in %."""


class SupportData(Sourced):
    """Support of the bone where it meets its neighbours, unless a case asks for another.

    Regions are fixed, or lie on an elastic foundation with a traction −k u, k = ``stiffness_n_per_mm3``: a layer of
    thickness h and modulus E has about E / h. The stiffness of a fixed bone is that of the foundation one may
    ask for instead. On a free bone the regions bear the reaction to all other loads.
    """

    kind: SupportKind
    """Kind of support: fixed regions (Dirichlet condition), or regions on an elastic foundation."""
    regions: tuple[str, ...] = Field(min_length=1)
    """Regions at which the bone is supported."""
    stiffness_n_per_mm3: Annotated[float, Field(gt=0.0, le=1e9)]
    """Stiffness of the elastic foundation."""


class Pulley(Record):
    """A point where a tendon bends round the bone and presses on it.

    The point lies at a level, ``x_mm`` and ``z_mm`` from the y axis; the pressure is spread over a region.
    """

    region: str
    """Region that the tendon presses on."""
    level: Level
    """Level of the point."""
    x_mm: Near
    """Distance of the point from the y axis, along x."""
    z_mm: Near
    """Distance of the point from the y axis, along z."""


class PathEnd(Record):
    """A point beyond the bone to which a tendon runs, such as the heel."""

    level: Annotated[float, Field(ge=-0.5, le=1.5)]
    """Level of the point; below 0 or above 1 beyond an end."""
    x_mm: Near
    """Distance of the point from the y axis, along x."""
    z_mm: Near
    """Distance of the point from the y axis, along z."""


class MusclePath(Sourced):
    """A muscle that pulls on the bone at its origin or insertion, and presses on it wherever its tendon turns.

    From the bone the muscle runs over the pulleys, if any, and leaves them along ``towards`` or to its ``end``. With a
    tension T each point bears T (u₋ + u₊), u₋ and u₊ the unit vectors to its neighbours. What pulls on the fibula
    reaches the tibia through both tibiofibular joints, by the lever.
    """

    region: str | None = None
    """Region of the bone to which the muscle attaches; none for a muscle of the fibula alone."""
    fibular_share: Share = 0.0
    """Share of the tension that attaches to the fibula."""
    fibular_level: Level | None = None
    """Level of the attachment to the fibula."""
    pulleys: tuple[Pulley, ...] = ()
    """Points where the tendon turns, in the order from the attachment."""
    towards: Direction | None = None
    """Direction in which the tendon leaves the last point: x, y, z, of any length."""
    end: PathEnd | None = None
    """Instead of a direction: the point to which it runs from there."""

    @property
    def regions(self) -> tuple[str, ...]:
        """Regions of the bone that the path acts on directly."""
        own = () if self.region is None else (self.region,)
        return (*own, *(pulley.region for pulley in self.pulleys))

    @model_validator(mode="after")
    def _attached(self) -> Self:
        if (self.towards is None) == (self.end is None):
            raise ValueError("a path needs either towards or end")
        if self.towards is not None and not any(self.towards):
            raise ValueError("towards must not be zero")
        if (self.fibular_share < 1.0) == (self.region is None):
            raise ValueError("a path needs a region, unless its fibular_share is 1")
        if (self.fibular_share > 0.0) == (self.fibular_level is None):
            raise ValueError("a path needs fibular_level exactly where its fibular_share is above 0")
        return self


class FibularEnd(Record):
    """Where the fibula meets the tibia: a point, and the region that it acts on."""

    region: str
    """Region of the tibiofibular joint."""
    level: Level
    """Level of the point."""
    x_mm: Near
    """Distance of the point from the y axis, along x."""
    z_mm: Near
    """Distance of the point from the y axis, along z."""


class Fibula(Sourced):
    """The fibula as a bar between both tibiofibular joints: its force follows from the approach of its ends."""

    stiffness_n_per_mm: Annotated[float, Field(ge=0.0, le=1e5)]
    """Force for a millimetre of approach, bar and both joints in series; 0 for none."""
    distal: FibularEnd
    """Distal tibiofibular joint."""
    proximal: FibularEnd
    """Proximal tibiofibular joint."""

    @model_validator(mode="after")
    def _upright(self) -> Self:
        if not self.distal.level < self.proximal.level:
            raise ValueError("the distal end of the fibula must lie below the proximal one")
        return self


class ScanOrigin(Record):
    """The CT scan of which wall and density of an imported bone were read."""

    file: str
    """Name of the file or folder of the scan."""
    sha256: str
    """Hash of it."""
    measure: DensityMeasure
    """Measure of the densities."""
    intercept_g_per_cm3: float
    """Density at 0 HU."""
    slope_g_per_cm3_per_hu: float
    """Density for 1 HU."""
    remarks: tuple[str, ...]
    """What has to be known about them."""


class Origin(Record):
    """Where an imported bone comes from, and what was done to its surface; the bone itself is in the other tables."""

    file: str
    """Name of the file of the surface."""
    sha256: str
    """Hash of that file."""
    inner_file: str | None = None
    """Name of the file of the inner surface of the cortex."""
    inner_sha256: str | None = None
    """Hash of that file."""
    unit: Literal["m", "cm", "mm"]
    """Unit of its coordinates."""
    side: BodySide
    """Side of the body; this file describes the right bone, of which a left one is the mirror image."""
    frame: str
    """What the frame was found from: the shape, or landmarks."""
    origin_mm: Direction
    """Centre of the distal joint surface in mm of the file."""
    axes: tuple[Direction, Direction, Direction]
    """Directions x (anterior or dorsal), y (proximal) and z (to the right of the body) in the file."""
    landmarks_mm: dict[str, Direction]
    """Landmarks in the frame of this bone."""
    volume_before_mm3: float
    """Volume inside the surface before it was repaired."""
    volume_mm3: float
    """Volume inside the repaired surface."""
    repairs: tuple[str, ...]
    """What was changed in the surface."""
    scan: ScanOrigin | None = None
    """The CT scan of wall and density."""

    @property
    def account(self) -> tuple[str, ...]:
        """What was read and changed, in sentences."""
        changed = 100.0 * (self.volume_mm3 / self.volume_before_mm3 - 1.0) if self.volume_before_mm3 > 0.0 else 0.0
        repairs = "; ".join(self.repairs) or "none"
        return (
            f"{self.file}: coordinates in {self.unit}, a {self.side} bone, frame found from "
            f"{'the shape' if self.frame == 'shape' else self.frame}",
            f"volume {1e-3 * self.volume_mm3:.1f} cm³, changed by {changed:.2f} % by repairs: {repairs}",
            *(self.scan.remarks if self.scan is not None else ()),
        )


class BoneDescription(Record):
    """All that describes one bone, as read from ``meshes/*.toml``.

    ``bone`` says which bone it is, ``name`` whose. Lengths are in mm before scaling; the whole is multiplied
    by ``scale · stature_m / reference_stature_m`` when it is shaped. ``inclination_deg`` is the angle between
    the bone's axis and the ground in standing, where it matters.
    """

    schema_version: Literal[1] = Field(alias="schema")
    bone: Name
    """Which bone it is; activities ask for it."""
    name: Name
    """Name of this description, used in folders."""
    title: str
    length_mm: Annotated[float, Field(ge=20.0, le=600.0)]
    """Length between the middles of the joint surfaces, before scaling."""
    stature_m: Annotated[float, Field(ge=0.5, le=2.5)]
    """Stature of the person; resizes the whole bone."""
    reference_stature_m: Annotated[float, Field(ge=0.5, le=2.5)]
    """Stature that the lengths of the file belong to."""
    scale: Annotated[float, Field(ge=0.3, le=3.0)]
    """Factor on every length."""
    thickness_scale: Annotated[float, Field(ge=0.2, le=3.0)]
    """Factor on the cortical thickness alone, from the inside."""
    size_mm: Annotated[float, Field(ge=0.2, le=20.0)]
    """Default edge length of the elements."""
    inclination_deg: Annotated[float, Field(ge=-90.0, le=90.0)] | None = None
    """Angle between the bone's axis and the ground in standing; stances need it for a metatarsal."""
    sources: dict[str, str]
    support: SupportData
    """Support of the bone: kind and regions."""
    sections: Sections
    """Cross-sections along the length."""
    shape_model: ShapeModel | None = None
    """Outline of the sections, joint surfaces and modes of variation, for sections with a radius."""
    shape: dict[Name, float] = Field(default_factory=dict)
    """Distance from the mean along each mode of variation of the shape model, −3 to 3 standard deviations."""
    bumps: dict[str, Bump]
    """Ridges and grooves, by name."""
    processes: dict[str, Process]
    """Processes beyond an end, by name."""
    ends: Ends
    """Joint surfaces."""
    cavity: Cavity
    """Marrow cavity."""
    density: Density
    """Density along and around the bone."""
    regions: dict[Name, Region]
    """Named areas for supports and loads."""
    paths: dict[Name, MusclePath] = Field(default_factory=dict)
    """Muscles along the bone, by name; a load for each."""
    fibula: Fibula | None = None
    """The fibula beside a tibia."""
    gauges: dict[Name, Gauge]
    """Virtual strain gauges, by name."""
    section_targets: SectionTargets | None = None
    """Section properties that the bone was made for."""
    mineral_targets: MineralTargets | None = None
    """Readings of pQCT to compare with."""
    sites: Sites
    """Names of places."""
    origin: Origin | None = None
    """Where the bone comes from, if it was imported."""

    @property
    def side(self) -> BodySide:
        """Side of the body of an imported bone, of which this is the right one; else right."""
        return "right" if self.origin is None else self.origin.side

    @property
    def magnification(self) -> float:
        """Factor by which every length of the file is multiplied (dimensionless)."""
        longer = sum(sd * self.shape_model.modes[mode].length for mode, sd in self.shape.items() if self.shape_model)
        return self.scale * self.stature_m / self.reference_stature_m * (1.0 + longer)

    @property
    def path_regions(self) -> frozenset[str]:
        """Regions of the shaft that muscle paths and the fibula act on."""
        used = {name for path in self.paths.values() for name in path.regions}
        used |= set() if self.fibula is None else {self.fibula.distal.region, self.fibula.proximal.region}
        return frozenset(name for name in used if self.regions[name].on == "shaft")

    @property
    def excluded_regions(self) -> tuple[str, ...]:
        """Regions besides the supports around which strain is excluded."""
        return tuple(name for name, patch in self.regions.items() if patch.saint_venant)

    @model_validator(mode="after")
    def _shaped(self) -> Self:
        if (self.shape_model is None) != (self.sections.radius_mm is None):
            raise ValueError("sections.radius_mm and shape_model belong together; one of them is missing")
        known = self.shape_model.modes if self.shape_model is not None else {}
        for mode, sd in self.shape.items():
            if mode not in known:
                raise ValueError(f"shape names the mode {mode!r}; known: {', '.join(known) or 'none'}")
            if not -MOST_SD <= sd <= MOST_SD:
                raise ValueError(f"shape.{mode} is {sd:g}; allowed: {-MOST_SD:g} to {MOST_SD:g} standard deviations")
        return self

    @model_validator(mode="after")
    def _names_exist(self) -> Self:
        for name in self.support.regions:
            if name not in self.regions:
                raise ValueError(f"support names the region {name!r}, which is not among regions")
        if set(self.sections.thickness_mm) != set(self.sites.sides):
            raise ValueError(f"sections.thickness_mm must have the sides {', '.join(self.sites.sides)}")
        return self

    @model_validator(mode="after")
    def _paths_fit(self) -> Self:
        if FIBULA in self.paths:
            raise ValueError(f"no muscle path may be called {FIBULA!r}")
        ends = () if self.fibula is None else (self.fibula.distal.region, self.fibula.proximal.region)
        used = [(f"path {name!r}", region) for name, path in self.paths.items() for region in path.regions]
        for what, region in [*used, *(("the fibula", region) for region in ends)]:
            if region not in self.regions:
                raise ValueError(f"{what} names the region {region!r}, which is not among regions")
        beside = [name for name, path in self.paths.items() if path.fibular_share > 0.0]
        if beside and self.fibula is None:
            raise ValueError(f"path {beside[0]!r} pulls on the fibula, and the bone has none")
        return self
