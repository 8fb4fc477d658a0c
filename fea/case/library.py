# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Records from the shipped TOML files or from the user's own, with overrides by dotted path."""

from __future__ import annotations

import copy
import functools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from fea.case.activity import Activity
from fea.case.description import BoneDescription
from fea.case.diary import GAITS, Diary, Entries, Gait, diary_of
from fea.case.diary_cells import DateOrder
from fea.case.diary_columns import DistanceUnit
from fea.case.diary_table import read_diary_table
from fea.case.diary_tracks import read_track
from fea.case.fatigue import Fatigue
from fea.case.history import History, joined, read_history
from fea.case.options import USUAL_MASS_KG, ActivityOptions, Options, TissueOptions
from fea.case.plan import Plan, Session
from fea.case.request import Case
from fea.case.stance import (
    Carriage,
    Effect,
    FootModel,
    Footwear,
    LegModel,
    OwnCarriage,
    OwnShoe,
    Packs,
    Shoe,
    StanceActivity,
)
from fea.case.tables import checked
from fea.case.tissue import AgeLaws, Symmetries, TissueState, aged, at_t_score, healthy
from fea.case.trial import TRIALS, Trial
from fea.errors import InputError, out_of_range, unknown
from fea.files import (
    DesignKind,
    TomlTable,
    beside,
    changed,
    check_file,
    folder_of,
    is_folder,
    is_path,
    names,
    parsed,
    parted,
    read_design,
    read_table,
    shared,
)
from fea.scan import ENDINGS, imported_table, is_surface

Changes = Sequence[str] | Mapping[str, Any]
"""Changes of a bone: ``"key=value"`` texts, or values by key."""


def read_bone(name: str, changes: Changes = ()) -> BoneDescription:
    """Bone of the library, or of the user's own file, with ``key=value`` changes applied.

    Parameters
    ----------
    name : str
        A name that :func:`names` lists, a path ending in ``.toml``, or that of a segmented surface of a tibia.
    changes : sequence of str, or mapping of str to value
        Such as ``"length_mm=350"`` or ``"sections.radius_mm.at.50=13.5"``; or ``{"length_mm": 350}``.

    Raises
    ------
    fea.errors.InputError
        Unknown name or key, unreadable file, or a value outside its range.
    """
    table = bone_table(name)
    for path, value in _parted(changes):
        changed(table, path, value)
    return checked(BoneDescription, table, f"bone {name!r}")


def bone_table(name: str) -> TomlTable:
    """Table of a bone before it is checked, which the caller may change; errors are those of :func:`read_bone`."""
    if is_surface(name):
        return copy.deepcopy(imported_table(name))
    ending = Path(name).suffix.lower()
    if is_path(name) and ending not in (".toml", "") and not is_folder(Path(name)):
        raise InputError(
            f"{name!r} is a {ending} file; a bone is read from .toml, or from a surface: {', '.join(ENDINGS)}."
        )
    return read_table("bone", name)


def _parted(changes: Changes) -> list[tuple[str, Any]]:
    """Path and value of each change; arrays and numbers of numpy become plain ones."""
    if isinstance(changes, Mapping):
        return [(str(path), value.tolist() if hasattr(value, "tolist") else value) for path, value in changes.items()]
    if isinstance(changes, str):
        changes = (changes,)
    for change in changes:
        if not isinstance(change, str):
            raise InputError(f"the change {change!r} is not a text of the form 'key=value'.")
    return [parted(change) for change in changes]


def read_activity(name: str) -> Activity | StanceActivity | History:
    """Activity of the library, or of the user's own file: an instant, a stance, or a load history.

    A path ending in ``.csv`` is a load history with the columns of :data:`fea.case.history.COLUMNS`.

    Raises
    ------
    fea.errors.InputError
        Unknown name, unreadable file, or a value outside its range.
    """
    if is_path(name):
        check_file("activity", name, (".toml", ".csv"))
    table = read_history(Path(name)) if name.lower().endswith(".csv") else read_table("activity", name)
    what = f"activity {name!r}"
    if table.get("kind") == "instant":
        return checked(Activity, table, what)
    if table.get("kind") == "stance":
        return checked(StanceActivity, table, what)
    if table.get("kind") == "history":
        return checked(History, table, what)
    if table.get("kind") in TRIALS:
        raise InputError(f"{what} is a trial, whose loads depend on the bone; it cannot be used here.")
    allowed = ", ".join(("instant", "stance", "history", *TRIALS))
    raise InputError(f"{what}: kind is {table.get('kind')!r}; allowed: {allowed}.")


def read_trial(name: str) -> Trial | None:
    """Trial that a file of the user's own describes, with whole paths; None for any other activity.

    Raises
    ------
    fea.errors.InputError
        Unknown name, unreadable file, or a value outside its range.
    """
    if name.lower().endswith(".csv"):
        return None
    table = read_table("activity", name)
    kind = TRIALS.get(str(table.get("kind")))
    if kind is None:
        return None
    folder = Path(name).parent
    for key in kind.FILES:
        if isinstance(table.get(key), str):
            table[key] = str(folder / table[key])
    return trial_of(table, f"activity {name!r}")


def trial_of(table: Mapping[str, Any], what: str = "the trial") -> Trial:
    """Trial of a table of its keys, whose ``kind`` is one of those of trials; ``what`` names it in errors.

    Raises
    ------
    fea.errors.InputError
        A key that is unknown or missing, or a value outside its range.
    """
    return checked(TRIALS[table["kind"]], dict(table), what)


@functools.cache
def read_leg() -> LegModel:
    """Muscles around the tibia that every stance activity uses."""
    return checked(LegModel, parsed(shared("leg"), "leg.toml"), "leg model")


@functools.cache
def read_foot() -> FootModel:
    """Foot in front of the ankle that every stance activity uses."""
    return checked(FootModel, parsed(shared("foot"), "foot.toml"), "foot model")


def read_carriages() -> dict[str, Carriage]:
    """Ways of carrying a load that bonefea knows, by name."""
    return checked(Packs, parsed(shared("packs"), "packs.toml"), "packs").carriages


def read_carriage(name: str) -> tuple[str, Carriage]:
    """Name and effects of a way of carrying of the library, or of the user's own TOML file.

    Raises
    ------
    fea.errors.InputError
        Unknown name, unreadable file, or a factor outside its range.
    """
    known = read_carriages()
    return _design(name, known, "carriage", OwnCarriage, known[ActivityOptions().carriage])


def read_shoes() -> dict[str, Shoe]:
    """Shoes that bonefea knows, by name."""
    return checked(Footwear, parsed(shared("footwear"), "footwear.toml"), "footwear").shoes


def read_shoe(name: str) -> tuple[str, Shoe]:
    """Name and effects of a shoe of the library, or of the user's own TOML file.

    Raises
    ------
    fea.errors.InputError
        Unknown name, unreadable file, or a factor outside its range.
    """
    known = read_shoes()
    return _design(name, known, "shoe", OwnShoe, known[ActivityOptions().footwear])


def _design[D: (Shoe, Carriage)](
    name: str, known: Mapping[str, D], kind: DesignKind, own: type[OwnShoe] | type[OwnCarriage], usual: D
) -> tuple[str, D]:
    """Name and effects of a design; what an own file leaves out is that of the ``usual`` one."""
    if not is_path(name):
        if name not in known:
            raise unknown("shoe" if kind == "shoe" else "way of carrying", name, known)
        return name, known[name]
    table = read_design(kind, name)
    for effect in table.values():
        if isinstance(effect, dict):
            effect.update({"evidence": "working value", "source": "not stated"} | effect)
    given = checked(own, table, f"{kind} {name!r}")
    effects = {key: value for key in usual.__class__.model_fields if (value := getattr(given, key)) is not None}
    own_design = usual.model_copy(update=_not_given(usual) | effects)
    return Path(name).name, own_design


def _not_given(usual: Shoe | Carriage) -> dict[str, Effect]:
    """Effects of the usual design for a file that does not state them."""
    stated = {"evidence": "working value", "source": f"not given; as {usual.title.lower()}"}
    return {key: value.model_copy(update=stated) for key, value in usual if isinstance(value, Effect)}


def read_plan(name: str) -> Plan:
    """Training plan of the library, of the user's own TOML file, or of a training diary (:func:`read_diary`).

    Raises
    ------
    fea.errors.InputError
        Unknown name, unreadable file, weeks with a gap or overlap, or an amount outside its range.
    """
    if is_path(name) and (is_folder(Path(name)) or name.lower().endswith(_DIARIES)):
        return read_diary(Path(name)).plan
    if is_path(name):
        check_file("plan", name, (".toml", *_DIARIES))
    plan = checked(Plan, read_table("plan", name), f"plan {name!r}")
    return _with_files_beside(plan, Path(name).parent) if is_path(name) else plan


def _with_files_beside(plan: Plan, folder: Path) -> Plan:
    """Plan whose sessions name activities, shoes and ways of carrying by paths from the folder of its file."""

    def placed(session: Session) -> Session:
        named = ("activity", "carriage", "footwear")
        return session.model_copy(update={key: beside(folder, getattr(session, key)) for key in named})

    blocks = [
        block.model_copy(update={"sessions": tuple(placed(session) for session in block.sessions)})
        for block in plan.blocks
    ]
    return plan.model_copy(update={"blocks": tuple(blocks)})


_DIARIES = (".csv", ".gpx", ".fit", ".gz")
"""Endings of training diaries."""


def read_diary(
    place: Path | str,
    *,
    unit: DistanceUnit | None = None,
    dates: DateOrder | None = None,
    pre_conditioned: bool = False,
) -> Diary:
    """Training diary of a CSV, GPX or FIT file, or of a folder of them, with the plan that it makes.

    Parameters
    ----------
    place : path
        A CSV file with a row for each run, a GPX or FIT file, or a folder of such files.
    unit : {"km", "mi", "m"}, optional
        Unit of distances in a CSV file that does not say it.
    dates : {"d/m/y", "m/d/y"}, optional
        Order of dates in a CSV file that leaves it open.
    pre_conditioned : bool
        Whether the bone is pre-conditioned to the first week; otherwise it comes from rest.

    Raises
    ------
    fea.errors.InputError
        Nothing to read, a cell that is not what its column holds, an order or unit that nothing tells, no run.
    """
    place = Path(place)
    for value, name, allowed in ((unit, "unit", ("km", "mi", "m")), (dates, "dates", ("d/m/y", "m/d/y"))):
        if value is not None and value not in allowed:
            raise out_of_range(name, value, ", ".join(allowed))
    found = [
        read_diary_table(file, unit=unit, dates=dates) if file.suffix.lower() == ".csv" else read_track(file)
        for file in _diary_files(place)
    ]
    activities: dict[Gait, StanceActivity] = {}
    for gait in GAITS:
        activity = read_activity(gait)
        assert isinstance(activity, StanceActivity)
        activities[gait] = activity
    return diary_of(Entries.of(found), place, activities, pre_conditioned=pre_conditioned)


def _diary_files(place: Path) -> list[Path]:
    """Files of a diary; those of a folder in the order of their names."""
    if not is_folder(place):
        check_file("diary", str(place), _DIARIES)
        return [place]
    files = sorted(file for file in place.iterdir() if file.name.lower().endswith(_DIARIES))
    tables = [file for file in files if file.suffix.lower() == ".csv"]
    if not files:
        raise InputError(f"the folder {str(place)!r} holds none of {', '.join(_DIARIES)}.")
    if tables and len(tables) < len(files):
        raise InputError(
            f"the folder {str(place)!r} holds {len(tables)} CSV files and {len(files) - len(tables)} GPX or FIT files, "
            "which may be the same runs; name a CSV file, or put the others apart."
        )
    return files


def read_fatigue(file: Path | None = None) -> Fatigue:
    """Life laws, scatter, repair and calibration as shipped, or from the user's own file.

    Raises
    ------
    fea.errors.InputError
        Unreadable file or a value outside its range.
    """
    table = parsed(shared("fatigue"), "fatigue.toml") if file is None else parsed(file, str(file))
    return checked(Fatigue, table, "fatigue data" if file is None else f"fatigue data {str(file)!r}")


def read_case(file: Path) -> Case:
    """Resolved case that a run folder keeps in ``case.toml``.

    Raises
    ------
    fea.errors.InputError
        Unreadable file, a value outside its range, or a stance of an older version, whose leg was plane.
    """
    table = joined(parsed(file, str(file)), file)
    activity = table.get("activity")
    leg = activity.get("leg") if isinstance(activity, Mapping) else None
    if isinstance(leg, Mapping) and "deep_flexors" in leg:
        raise InputError(
            f"case {str(file)!r} is of an older version of bonefea, whose leg model was plane; it cannot be evaluated "
            "again. Run its activity anew."
        )
    return checked(Case, table, f"case {str(file)!r}")


def read_tissue(options: TissueOptions | str = "healthy") -> TissueState:
    """State of the tissue, by name or path, with the options filled in.

    Raises
    ------
    fea.errors.InputError
        Unknown name, unreadable file, options that contradict each other, or a value outside its range.
    """
    if isinstance(options, str):
        options = TissueOptions(options)
    table = _tissue_table(options.tissue)
    if options.t_score is not None and options.tissue != "healthy":
        raise InputError(f"T-score is {options.t_score:g} and the state is {options.tissue!r}; give one of them.")
    if (options.age is None) != (options.sex is None):
        raise InputError("a law of age needs both age and sex.")
    if options.age is not None and (options.tissue != "healthy" or options.t_score is not None):
        raise InputError(f"age is {options.age:g} years; it ages the healthy state only, without a T-score.")
    laws = {
        "cortical_law": options.law,
        "cancellous_law": options.cancellous_law,
        "symmetry": options.symmetry,
        "outside_law": options.outside_law,
    }
    if options.symmetry not in (None, table.get("symmetry")):
        table.pop("ratios", None)
    table |= {name: value for name, value in laws.items() if value is not None}
    if table.get("symmetry") in ("transverse", "orthotropic") and "ratios" not in table:
        shared = checked(Symmetries, parsed(folder_of("tissue") / "shared" / "ratios.toml", "ratios.toml"), "ratios")
        table["ratios"] = getattr(shared, table["symmetry"])
    state = checked(TissueState, table, f"tissue {options.tissue!r}")
    if options.t_score is not None:
        states = [checked(TissueState, read_table("tissue", n), f"tissue {n!r}") for n in names("tissue")]
        own = {name: getattr(state, name) for name in (*laws, "ratios")}
        return at_t_score([s.model_copy(update=own) for s in states], options.t_score)
    if options.age is not None and options.sex is not None:
        ageing = checked(AgeLaws, parsed(folder_of("tissue") / "shared" / "age.toml", "age.toml"), "laws of age")
        return aged(state, ageing.laws, options.age, options.sex)
    return state


def _tissue_table(name: str) -> TomlTable:
    """Table of a state of the tissue; what a user's own file leaves out is as in healthy tissue."""
    own = read_table("tissue", name)
    if not is_path(name):
        return own
    taken = {key: value for key, value in read_table("tissue", "healthy").items() if key not in ("title", "sources")}
    return {**taken, "name": Path(name).stem, "sources": {}, **own}


def resolved(bone: str, activity: str, options: Options | None = None, *, changes: Changes = ()) -> Case:
    """Case of a bone and an activity, by names of the library or paths.

    Parameters
    ----------
    bone, activity : str
        Names or paths, as for :func:`read_bone` and :func:`read_activity`.
    options : Options, optional
        Body, mesh, support, how the activity is done, tissue; the usual ones by default.
    changes : sequence of str, or mapping of str to value
        Changes of the bone, as :func:`read_bone` takes them.

    Raises
    ------
    fea.errors.InputError
        Anything unknown, out of range, or a load on a region that the bone lacks.
    """
    chosen = options or Options()
    return composed(read_bone(bone, changes), read_activity(activity), read_tissue(chosen.material), chosen)


def composed(
    description: BoneDescription,
    asked: Activity | StanceActivity | History,
    tissue: TissueState | None = None,
    options: Options | None = None,
) -> Case:
    """Case of records that are read already; a tissue given here takes the place of that of the options.

    Raises
    ------
    fea.errors.InputError
        As for :func:`resolved`.
    """
    chosen = options or Options()
    size = description.size_mm * description.magnification if chosen.size_mm is None else chosen.size_mm
    table: dict[str, object] = {
        "bone": description,
        "support": chosen.support,
        "tissue": tissue or healthy(),
        "body_mass_kg": _body_mass(asked, chosen),
        "size_mm": size,
        "accept_implausible": chosen.accept_implausible,
        "side": chosen.side or description.side,
    }
    if isinstance(asked, StanceActivity):
        table["activity"] = _stance(asked, chosen.activity)
    elif chosen.activity == ActivityOptions():
        table["activity"] = asked
    else:
        raise InputError(f"activity {asked.name!r} has its forces given; speed, step rate, pack and shoe do not apply.")
    return checked(Case, table, "")


def _body_mass(asked: Activity | StanceActivity | History, options: Options) -> float:
    """Body mass asked for; where none is, that of the person in whom a history was measured."""
    measured = asked.body_mass_kg if isinstance(asked, History) else None
    if options.mass_kg is None:
        return USUAL_MASS_KG if measured is None else measured
    if isinstance(asked, History) and asked.unit == "N" and measured is None:
        raise InputError(
            f"body mass is {options.mass_kg:g} kg, but the forces of {asked.name!r} are in N of a person whose mass is "
            "not said; put a line such as '# body_mass_kg: 72.6' in the head of the file (body_mass_kg in TOML), or "
            "give forces in body weights."
        )
    return options.mass_kg


def _stance(activity: StanceActivity, options: ActivityOptions) -> TomlTable:
    """Table of a stance with the options filled in."""
    asked = {"speed": options.speed_m_per_s, "height": options.height_m}
    own = activity.demand
    for name, value in asked.items():
        if value is not None and (own is None or own.name != name):
            has = "neither speed nor height" if own is None else f"a {own.name}"
            raise InputError(f"{name} is {value:g}; the activity {activity.name!r} has {has}.")
        if value is not None and own is not None and not own.lowest <= value <= own.highest:
            allowed = f"{own.lowest:g} to {own.highest:g} {own.unit} for {activity.name}"
            raise out_of_range(f"{name} in {own.unit}", value, allowed)
    demand = 0.0 if own is None else own.default if asked[own.name] is None else asked[own.name]
    if activity.step_rate_per_min is None and options.step_rate_per_min is not None:
        raise InputError(f"step rate is {options.step_rate_per_min:g}; the activity {activity.name!r} does not step.")
    usual = 0.0
    if activity.step_rate_per_min is not None:
        assert demand is not None
        usual = activity.step_rate_per_min.value(demand)
    footwear, shoe = read_shoe(options.footwear)
    carried_as, carriage = read_carriage(options.carriage)
    if options.carriage != ActivityOptions().carriage and options.pack_kg == 0.0:
        raise InputError(f"carriage is {options.carriage!r} and pack 0 kg; give the carried mass, or leave it out.")
    return {
        "kind": "stance",
        "what": activity,
        "leg": read_leg(),
        "foot": read_foot(),
        "demand": demand,
        "step_rate_per_min": usual if options.step_rate_per_min is None else options.step_rate_per_min,
        "pack_mass_kg": options.pack_kg,
        "carried_as": carried_as,
        "carriage": carriage,
        "footwear": footwear,
        "shoe": shoe,
    }
