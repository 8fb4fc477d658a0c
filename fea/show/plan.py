# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Pictures of a training plan: probability over time and by site, calendar, damage maps, plans side by side."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from fea.bone import of_side
from fea.case import DAYS, names_of_sides
from fea.errors import InputError
from fea.evaluate import final_risk
from fea.risk import days_to_failure, in_percent
from fea.show.axes import INK, blank, dress, literal
from fea.show.map import draw_map
from fea.show.scale import crameri
from fea.strain import vertex_geometric_mean

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from fea.comparison import PlanComparison
    from fea.evaluate import BonesTogether, FinalRisk, GrowthLimit, Prediction

Floats = npt.NDArray[np.float64]

# Told apart by lightness too, dark and light in turn.
_COLOURS = ("#11416b", "#d9704c", "#2f7d5b", "#c79a1e", "#6b3a6e", "#6fb1d6", "#7a2b1d", "#7f8a94")
_LEGIBLE_WEEKS = 32
"""Up to here the cells of a calendar hold their amounts."""
_MOST_SITES = 5
_LEAST_SHARE = 0.02
_DARK = 0.55
"""Share of the colours of a calendar on which white letters are read better than black ones."""
_DECADES = 6
_LEAST_SHOWN_PERCENT = 1e-3
_LABEL_LETTERS = 60
_LEAST_PAIRED_PERCENT = 1e-3


def draw_plan(prediction: Prediction, file: Path, title: str) -> None:
    """Write a picture of a plan: contacts a week, expected share of people who break with its band, and by site.

    Parameters
    ----------
    prediction : Prediction
        The plan and what it does.
    file : Path
        The PNG to write.
    title : str
        Line over the picture.
    """
    figure = blank(11.0, 8.6, title)
    panels = figure.subplots(3, 1, sharex=True, height_ratios=(0.8, 1.6, 1.2))
    _draw_contacts(panels[0], prediction)
    _draw_share(panels[1], prediction)
    _draw_sites(panels[2], prediction)
    for axes in panels:
        dress(axes)
    panels[-1].set_xlabel("week", size=9)
    panels[-1].set_xlim(0.0, prediction.plan.weeks)
    _tick_weeks(panels[-1], prediction.plan.weeks)
    literal(figure).savefig(file, format="png", metadata={"Software": None})


def draw_calendar(prediction: Prediction, file: Path, title: str) -> None:
    """Write the plan as a calendar, a row for each weekday, coloured by the day's share of the damage.

    Parameters
    ----------
    prediction : Prediction
        The plan and what it does.
    file : Path
        The PNG to write.
    title : str
        Line over the picture.
    """
    weeks = prediction.plan.weeks
    daily = prediction.daily_damage.reshape(weeks, 7).T
    legible = weeks <= _LEGIBLE_WEEKS
    figure = blank(max(7.0, 2.6 + (0.62 if legible else 0.16) * weeks), 4.4, title)
    axes = figure.subplots()
    high = float(daily.max()) or 1.0
    shown = np.ma.masked_less_equal(100.0 * daily / high, 0.0)
    colours = crameri("lipari")  # as in the maps: dark is little, bright is much
    image = axes.pcolormesh(
        np.arange(weeks + 1),
        np.arange(8),
        shown,
        cmap=colours,
        vmin=0.0,
        vmax=100.0,
        ec="white",
        lw=2 if legible else 0.5,
    )
    for day, label in prediction.calendar().items() if legible else ():
        week, row = divmod(day, 7)
        dark = 0.0 < daily[row, week] < _DARK * high
        axes.text(week + 0.5, row + 0.5, label, size=6.5, ha="center", va="center", color="white" if dark else INK)
    axes.set_yticks(np.arange(7) + 0.5, [day[:3].capitalize() for day in DAYS])
    ticks = np.arange(0, weeks, 1 if legible else 4)
    axes.set_xticks(ticks + 0.5, [str(week + 1) for week in ticks])
    axes.set(xlim=(0, weeks), ylim=(7, 0))
    axes.tick_params(labelsize=8.5, colors=INK, length=0)
    axes.spines[:].set_visible(False)
    axes.set_facecolor("#f4f4f4")
    axes.set_xlabel("week; km, or contacts of one leg (×)" if legible else "week", size=9)
    bar = figure.colorbar(image, ax=axes, pad=0.01)
    bar.set_label("damage of the day / % of the hardest", size=9)
    bar.ax.tick_params(labelsize=8)
    literal(figure).savefig(file, format="png", metadata={"Software": None})


def draw_plans(prediction: Sequence[Prediction | BonesTogether], file: Path, title: str) -> None:
    """Write the expected share over several plans with its band, and each virtual subject under both, into one figure.

    Parameters
    ----------
    prediction : sequence of Prediction or BonesTogether
        Two or more.
    file : Path
        The PNG to write.
    title : str
        Line over the picture.

    Raises
    ------
    fea.errors.InputError
        Fewer than two plans.
    """
    if len(prediction) < 2:
        raise InputError(f"there are {len(prediction)} plans to compare; allowed: two or more.")
    figure = blank(13.0, 6.4, title)
    first, *others = prediction
    paired = [one for one in others if one.subjects is not None] if first.subjects is not None else []
    axes, *right = figure.subplots(1, 2, width_ratios=(1.6, 1.0)) if paired else [figure.subplots()]
    for number, one in enumerate(prediction):
        colour, week = _COLOURS[number % len(_COLOURS)], _weeks(one.curve)
        axes.plot(week, _percent(one.curve, one), color=colour, lw=2.2, label=f"{one.plan.title}: {one.headline}")
        if one.band is not None:
            low, _, high = (_percent(row, one) for row in one.band)
            axes.fill_between(week, low, high, color=colour, alpha=0.12, lw=0)
        if one.share is not None:
            label = f"the average person: {in_percent(one.probability[-1])}"
            axes.plot(week, _percent(one.probability, one), color=colour, lw=1.2, ls="--", label=label)
    longest = max(one.plan.weeks for one in prediction)
    axes.set_ylabel("expected share with a stress fracture / %", size=9)
    axes.set_xlabel("week", size=9)
    axes.set_xlim(0.0, longest)
    axes.set_ylim(bottom=0.0)
    _tick_weeks(axes, longest)
    dress(axes)
    if any(one.band is not None for one in prediction):
        axes.set_title("lines: expected share; bands: 5th to 95th percentile of virtual subjects", size=9, loc="left")
    axes.legend(loc="upper left", bbox_to_anchor=(0.0, -0.12), frameon=False, fontsize=8, labelspacing=0.5)
    if right:
        risks = [final_risk(one) for one in (first, *paired)]
        colours = [_COLOURS[prediction.index(one) % len(_COLOURS)] for one in paired]
        _draw_pairs(right[0], risks[0], risks[1:], colours, first.plan.title)
    literal(figure).savefig(file, format="png", metadata={"Software": None})


def draw_paired_risk(comparison: PlanComparison, file: Path, title: str) -> None:
    """Write the expected share under two plans, and each virtual subject under both.

    Parameters
    ----------
    comparison : PlanComparison
        The plans.
    file : Path
        The PNG to write.
    title : str
        Line over the picture.
    """
    final, designs = (comparison.a.final, comparison.b.final), comparison.designs
    figure = blank(11.0, 5.0, title)
    left, *right = figure.subplots(1, 2) if comparison.subjects else [figure.subplots()]
    for row, (one, colour, name) in enumerate(zip(final, _COLOURS, designs, strict=False)):
        left.barh(row, 100.0 * one.share, 0.5, color=colour)
        left.annotate(f"{name}: {in_percent(one.share)}", (0.0, row + 0.32), size=9)
    left.set(ylim=(1.7, -0.4), yticks=[], xlim=(0.0, 110.0 * max(one.share for one in final) or 1.0))
    left.set_xlabel("expected share with a stress fracture / %", size=9)
    dress(left)
    if right:
        _draw_pairs(right[0], final[0], [final[1]], [_COLOURS[1]], designs[0])
    literal(figure).savefig(file, format="png", metadata={"Software": None})


def _draw_pairs(axes: Axes, first: FinalRisk, others: Sequence[FinalRisk], colours: Sequence[str], name: str) -> None:
    """Draw the probability of each virtual subject under other plans over that under the first, logarithmic."""
    for one, colour in zip(others, colours, strict=True):
        assert first.weight is not None
        assert first.probability is not None
        assert one.probability is not None
        size = 14.0 * np.sqrt(np.minimum(first.weight, 1.0))
        mine, theirs = (np.maximum(100.0 * p, _LEAST_PAIRED_PERCENT) for p in (first.probability, one.probability))
        axes.scatter(mine, theirs, s=size, color=colour, alpha=0.4, lw=0)
    ends = [_LEAST_PAIRED_PERCENT, 100.0]
    axes.plot(ends, ends, color=INK, lw=1.0)
    axes.set(xscale="log", yscale="log", xlim=ends, ylim=ends, aspect="equal")
    axes.xaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_major_formatter("{x:g}")
    axes.set_title("each virtual subject; above the line the first is safer", size=9, loc="left")
    axes.set_xlabel("\n".join(["probability under the first / %", *textwrap.wrap(name, _LABEL_LETTERS)]), size=9)
    axes.set_ylabel("under the other / %", size=9)
    dress(axes)


def draw_bones(together: BonesTogether, file: Path, title: str) -> None:
    """Write the expected share of each bone and of all together over a plan.

    Parameters
    ----------
    together : BonesTogether
        The plan on each bone.
    file : Path
        The PNG to write.
    title : str
        Line over the picture.
    """
    figure = blank(11.0, 5.4, title)
    axes = figure.subplots()
    axes.set_title(f"any of these bones: {together.headline}", size=10, loc="left")
    week = _weeks(together.curve)
    label = f"any of them: {in_percent(together.curve[-1])}"
    axes.plot(week, _percent(together.curve, together), color=INK, lw=1.6, ls="--", label=label, zorder=3)
    for number, one in enumerate(together.bones):
        label = f"{one.question.bone_title}:\n{in_percent(one.curve[-1])}"
        axes.plot(week, _percent(one.curve, one), color=_COLOURS[number % len(_COLOURS)], lw=1.8, label=label)
    axes.set_ylabel("expected share with a stress fracture / %", size=9)
    axes.set_xlabel("week", size=9)
    axes.set_xlim(0.0, together.plan.weeks)
    axes.set_yscale("symlog", linthresh=_linear_below(together))
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.set_ylim(bottom=0.0)
    _tick_weeks(axes, together.plan.weeks)
    dress(axes)
    axes.legend(loc="center left", bbox_to_anchor=(1.01, 0.5), frameon=False, fontsize=8, labelspacing=0.7)
    literal(figure).savefig(file, format="png", metadata={"Software": None})


def _linear_below(together: BonesTogether) -> float:
    """Percentage below which the axis is linear: a tenth of the smallest final share that is not next to nothing."""
    return max(0.1 * min(100.0 * float(one.curve[-1]) for one in together.bones), _LEAST_SHOWN_PERCENT)


def draw_growth(growth_limit: GrowthLimit, file: Path, title: str) -> None:
    """Write the expected share over the weekly growth, with the limit and the largest growth below it.

    Parameters
    ----------
    growth_limit : GrowthLimit
        The curve.
    file : Path
        The PNG to write.
    title : str
        Line over the picture.
    """
    from matplotlib.ticker import LogLocator, NullFormatter

    figure = blank(9.0, 5.0, title)
    axes = figure.subplots()
    growth = [point.growth_percent for point in growth_limit.curve]
    shares = [100.0 * point.expected_share for point in growth_limit.curve]
    axes.plot(growth, shares, color=_COLOURS[0], lw=2.2, marker="o", ms=4)
    axes.axhline(
        100.0 * growth_limit.limit, color=_COLOURS[1], lw=1.4, ls="--", label=f"limit: {100.0 * growth_limit.limit:g} %"
    )
    if growth_limit.largest is not None:
        at = growth_limit.largest
        label = f"{at.growth_percent:+.3g} % a week: {in_percent(at.expected_share)}"
        axes.plot(at.growth_percent, 100.0 * at.expected_share, "o", color=_COLOURS[1], ms=9, label=label)
    axes.set_title(growth_limit.sentence, size=9, loc="left")
    axes.set_xlabel("growth of the first week from week to week / %", size=9)
    axes.set_ylabel("expected share with a stress fracture / %", size=9)
    if min(shares) > 0.0:
        axes.set_yscale("log")
        axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
        axes.yaxis.set_major_formatter("{x:g}")
        axes.yaxis.set_minor_formatter(NullFormatter())
    dress(axes)
    _name(axes)
    literal(figure).savefig(file, format="png", metadata={"Software": None})


def _draw_contacts(axes: Axes, prediction: Prediction) -> None:
    axes.set_title("contacts of one leg a week", size=10, loc="left")
    base = np.zeros(prediction.plan.weeks)
    ranked = np.argsort(-prediction.contacts.sum(axis=1), kind="stable")
    shown = len(ranked) if len(ranked) <= len(_COLOURS) else len(_COLOURS) - 1
    bars = [(prediction.loads[k].case.activity.title, prediction.contacts[k]) for k in ranked[:shown]]
    if shown < len(ranked):
        bars.append((f"{len(ranked) - shown} other loads", prediction.contacts[ranked[shown:]].sum(axis=0)))
    at = np.arange(prediction.plan.weeks) + 0.5
    for (label, contacts), colour in zip(bars, _COLOURS, strict=False):
        weekly = contacts.reshape(-1, 7).sum(axis=1) / 1000.0
        axes.bar(at, weekly, 0.8, base, color=colour, label=label)
        base += weekly
    axes.set_ylabel("thousands", size=9)
    _name(axes)


def _draw_share(axes: Axes, prediction: Prediction) -> None:
    axes.set_title(f"people whose bone has broken: {prediction.headline}", size=10, loc="left")
    week = _weeks(prediction.probability)
    if prediction.band is not None and prediction.share is not None:
        low, _, high = (_percent(row, prediction) for row in prediction.band)
        label = "5th to 95th percentile of virtual subjects"
        axes.fill_between(week, low, high, color=_COLOURS[0], alpha=0.16, lw=0, label=label)
        label = f"expected share: {in_percent(prediction.share[-1])}"
        axes.plot(week, _percent(prediction.share, prediction), color=_COLOURS[0], lw=2.6, label=label)
    label = f"the average person: {in_percent(prediction.probability[-1])}"
    axes.plot(week, _percent(prediction.probability, prediction), color=_COLOURS[0], lw=1.4, ls=":", label=label)
    if prediction.other is not None:
        lagging = "without" if prediction.settings.transient else "with"
        label = f"the same {lagging} remodelling transient\n(resorption before formation): "
        label += in_percent(prediction.other[-1])
        axes.plot(week, _percent(prediction.other, prediction), color=_COLOURS[1], lw=1.4, ls="--", label=label)
    axes.set_ylabel("share / %", size=9)
    axes.set_ylim(bottom=0.0)
    _name(axes)


def _draw_sites(axes: Axes, prediction: Prediction) -> None:
    by_site = prediction.curve_by_site
    axes.set_title("where: by site", size=10, loc="left")
    final = by_site[:, -1]
    first = np.argsort(-final, kind="stable")[:_MOST_SITES]
    for number, k in enumerate(k for k in first if final[k] > _LEAST_SHARE * final.max()):
        label = f"{prediction.sites[k]}: {in_percent(final[k])}"
        axes.plot(_weeks(by_site[k]), _percent(by_site[k], prediction), color=_COLOURS[number], lw=1.8, label=label)
    axes.set_ylabel("share / %", size=9)
    axes.set_ylim(bottom=0.0)
    _name(axes)


def _name(axes: Axes) -> None:
    handles, _ = axes.get_legend_handles_labels()
    if handles:
        axes.legend(loc="center left", bbox_to_anchor=(1.01, 0.5), frameon=False, fontsize=8, labelspacing=0.7)


def _weeks(curve: Floats) -> Floats:
    """Times of the values of days in weeks, 0 before the first."""
    return np.arange(len(curve) + 1) / 7.0


def _percent(curve: Floats, prediction: Prediction | BonesTogether) -> Floats:
    """Curve in percent with what stands at the beginning: nothing, or what usual training alone gives."""
    first = curve[:1] if prediction.plan.accustomed else [0.0]
    return 100.0 * np.concatenate([first, curve])


def _tick_weeks(axes: Axes, weeks: int) -> None:
    step = 1 if weeks <= 16 else 2 if weeks <= 30 else 4
    axes.set_xticks(np.arange(0, weeks + 1, step))


def draw_damage(prediction: Prediction, folder: Path, title: str) -> None:
    """Write maps of damage per day and of days to failure, ``damage.png`` and ``days.png``; none if undamaged."""
    mesh = prediction.solved.mesh
    if prediction.excluded.all():
        return
    side = prediction.question.side
    shown = of_side(mesh, side)
    damage, excluded = vertex_geometric_mean(mesh, prediction.damage_per_day, prediction.excluded)
    law, anatomy = prediction.question.fatigue.law(prediction.settings.law), prediction.solved.anatomy
    caption = [
        "mean of the plan's hardest week; days until the reference volume of "
        f"{prediction.question.fatigue.scatter.reference_volume_mm3:g} mm³ fails with 63 %, without repair",
        *([] if prediction.question.tissue.name == "healthy" else [f"tissue: {prediction.question.tissue.title}"]),
        f"life law: {law.title}; body mass {prediction.question.mass_kg:g} kg; "
        f"{len(mesh.cells):,} quadratic tetrahedra",
    ]
    for name, quantity, unit, value, low in (
        ("damage", "damage per day", "", damage, False),
        ("days", "days to failure without repair", "d", days_to_failure(damage), True),
    ):
        draw_map(
            shown,
            value,
            (),
            quantity=quantity,
            unit=unit,
            caption=caption,
            title=title,
            file=folder / f"{name}.png",
            excluded=excluded,
            sides=names_of_sides(anatomy.sides, side),
            length_mm=anatomy.length,
            decades=_DECADES,
            low_is_worst=low,
        )
