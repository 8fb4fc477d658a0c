# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""A training diary as CSV: columns of watches and of one's own, in English and German."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from fea.case.diary import Entries, Gait
from fea.case.diary_cells import KM, M_PER_S, PER_UNIT, SECONDS, Cell, DateOrder, is_empty
from fea.case.diary_columns import Column, DistanceUnit, entries_of
from fea.errors import InputError
from fea.files import Sheet

_MOST_BYTES = 50_000_000
_COLUMNS: Mapping[str, str] = {
    "date": "date|datum|activity date|aktivitätsdatum|datum der aktivität|day|tag|start date|startdatum"
    "|start date local|starttimelocal|start time|startzeit|start|beginn|begin|timestamp|date/time|workout date",
    "sport": "activity type|aktivitätstyp|aktivitätsart|sport|sportart|sport type|workout type|type"
    "|typ|art|activity|aktivität",
    "distance": "distance|distanz|strecke|entfernung|streckenlänge|dist",
    "moving": "moving time|zeit in bewegung|bewegungszeit|in bewegung",
    "duration": "duration|dauer|time|zeit|activity time|timer time|workout time|trainingszeit|laufzeit",
    "elapsed": "elapsed time|verstrichene zeit|elapsed",
    "pace": "pace|tempo|lauftempo|durchschnittspace|durchschnittstempo",
    "speed": "speed|geschwindigkeit|durchschnittsgeschwindigkeit",
    "cadence": "run cadence|running cadence|cadence|step rate|schrittfrequenz (laufen)|schrittfrequenz|kadenz"
    "|lauffrequenz|steps per minute|schritte pro minute",
    "stride": "stride length|schrittlänge",
    "climb": "ascent|elevation gain|elev gain|climb|höhenmeter|anstieg gesamt|anstieg|positiver höhenunterschied"
    "|höhenzunahme|aufstieg|elevation",
}
"""Names of columns, without their unit and words for the mean or the total, the preferred one first."""
_ALONE = {
    **dict.fromkeys(("km", "kilometer", "kilometers", "kilometre", "kilometres", "mi", "miles", "meilen"), "distance"),
    **dict.fromkeys(("min/km", "min/mi", "min/mile"), "pace"),
    **dict.fromkeys(("km/h", "kmh", "mph"), "speed"),
    **dict.fromkeys(("spm",), "cadence"),
    **dict.fromkeys(("minutes", "minuten"), "duration"),
}
"""Units that stand as the name of a column."""
_MEAN = re.compile(r"^(avg|average|ø|mean|mittlere[rs]?|durchschnittliche[rs]?|durchschn|total|gesamt)[. -]*(?=\w)")
_UNITS = {*KM, *SECONDS, *PER_UNIT, *M_PER_S, "spm", "rpm", "steps/min", "strides/min", "schritte/min", "ft", "cm"}
_UNIT = re.compile(r"^(.*?)[ _]*(?:[(\[]([^()\[\]]+)[)\]]|[ _](\S+))$")
_NO_RUN = re.compile(r"ski|langlauf|eis|ice|schlitt|skat|inline|roll|wheel|rad|bik|cycl|swim|hindernis", re.IGNORECASE)
_RUN = re.compile(r"run|jog|lauf|läufe", re.IGNORECASE)
_WALK = re.compile(r"walk|hik|wander|spazier|\bgeh|march|marsch", re.IGNORECASE)
_TOTAL = {"total", "totals", "summary", "sum", "gesamt", "summe", "zusammenfassung"}


def gait_of(sport: str) -> Gait | None:
    """Gait of a sport by its English or German name; None of one that is neither running nor walking.

    Examples
    --------
    >>> gait_of("Trail Running"), gait_of("Laufband"), gait_of("Wandern"), gait_of("Skilanglauf"), gait_of("Ride")
    ('running', 'running', 'walking', None, None)
    """
    if _NO_RUN.search(sport):
        return None
    return "running" if _RUN.search(sport) else "walking" if _WALK.search(sport) else None


def read_diary_table(file: Path, *, unit: DistanceUnit | None = None, dates: DateOrder | None = None) -> Entries:
    """Entries of a diary as CSV.

    Parameters
    ----------
    file : Path
        A file with a date in each row, and a distance, or a duration and a pace.
    unit : {"km", "mi", "m"}, optional
        Unit of distances whose column does not say it.
    dates : {"d/m/y", "m/d/y"}, optional
        Order of dates that the column leaves open.

    Raises
    ------
    fea.errors.InputError
        Unreadable file, a column that is missing, or a cell that is not what its column holds.
    """
    sheet = Sheet(file, _MOST_BYTES)
    head = sheet.names
    if not head:
        raise InputError(f"{str(file)!r} is empty.")
    quantities = _quantities(head)
    for needed, name in (("date", "date"), ("distance", "distance")):
        if needed not in quantities and not (needed == "distance" and {"duration", "pace"} <= quantities.keys()):
            raise InputError(
                f"{str(file)!r} has no column for the {name}; it has {', '.join(filter(None, head))}; understood: "
                f"{', '.join(_COLUMNS[needed].split('|')[:4])} and others."
            )
    body, passed_over = _body(_rows(sheet), head, quantities, file)
    kept, gaits, others = _of_gaits(body, quantities)
    if not kept:
        return Entries((), (), others, passed_over)
    columns = {what: _chosen(kept, head, places, file) for what, places in quantities.items()}
    return entries_of(
        columns, gaits, Entries((), (), others, passed_over), separator=sheet.separator, unit=unit, dates=dates
    )


def _rows(sheet: Sheet) -> Rows:
    """Each row below the head with its number; the samples of a Polar session follow its summary and are left."""
    until = itertools.takewhile(lambda cells: cells[0].lower() != "sample rate", sheet)
    return [(sheet.row, cells) for cells in until]


def _named(name: str) -> tuple[str, int, str] | None:
    """Quantity of a column by its name, how far down its preferred names it stands, and the unit it has there."""
    plain = " ".join(name.lower().replace("_", " ").split())
    if plain in _ALONE:
        return _ALONE[plain], 0, plain
    found = _UNIT.match(plain)
    unit = "" if found is None else found[2] or found[3]
    if found is None or unit not in _UNITS:
        unit = ""
    else:
        plain = found[1]
    plain = _MEAN.sub("", plain)
    for what, names in _COLUMNS.items():
        known = names.split("|")
        if plain in known:
            return what, known.index(plain), unit
    return None


def _quantities(head: Sequence[str]) -> dict[str, list[tuple[int, str]]]:
    """Places and units of the columns of each quantity, the preferred name first, of equal names the last."""
    found: dict[str, list[tuple[int, int, str]]] = {}
    for place, name in enumerate(head):
        named = _named(name)
        if named is not None:
            what, rank, unit = named
            found.setdefault(what, []).append((rank, -place, unit))
    return {what: [(-place, unit) for _, place, unit in sorted(places)] for what, places in found.items()}


Rows = list[tuple[int, list[str]]]
Quantities = Mapping[str, list[tuple[int, str]]]


def _body(rows: Rows, head: Sequence[str], quantities: Quantities, file: Path) -> tuple[Rows, Counter[str]]:
    """Rows below the head, as long as it; totals and activities that stand twice are passed over."""
    kept: Rows = []
    seen: set[tuple[str, ...]] = set()
    passed_over: Counter[str] = Counter()
    when = quantities["date"][0][0]
    for number, cells in rows:
        if len(cells) > len(head) and any(cells[len(head) :]):
            raise InputError(
                f"{str(file)!r}, row {number} has {len(cells)} cells, the head {len(head)}; a number with a decimal "
                "comma needs quotes, or semicolons between the cells."
            )
        row = [*cells, *[""] * (len(head) - len(cells))][: len(head)]
        if is_empty(row[when]) or row[when].lower() in _TOTAL:
            if any(cell.lower() in _TOTAL for cell in row):
                continue
            raise InputError(f"{str(file)!r}, row {number}, column {head[when]!r}: there is no date.")
        if ":" in row[when] and tuple(row) in seen:  # with the time of day it is the same activity
            passed_over["that stand twice"] += 1
            continue
        seen.add(tuple(row))
        kept.append((number, row))
    return kept, passed_over


def _of_gaits(rows: Rows, quantities: Quantities) -> tuple[Rows, list[Gait], Counter[str]]:
    """Rows of runs and walks, the gait of each, and how many there are of other sports."""
    if "sport" not in quantities:
        return rows, ["running"] * len(rows), Counter()
    place = quantities["sport"][0][0]
    kept, gaits, others = [], list[Gait](), Counter[str]()
    for number, row in rows:
        gait = gait_of(row[place])
        if gait is None:
            others[row[place] or "without a sport"] += 1
        else:
            kept.append((number, row))
            gaits.append(gait)
    return kept, gaits, others


def _chosen(rows: Rows, head: Sequence[str], places: Sequence[tuple[int, str]], file: Path) -> Column:
    """The first column of these that is not empty."""
    columns = [
        Column(head[place], unit, tuple(Cell(row[place], number, head[place], str(file)) for number, row in rows))
        for place, unit in places
    ]
    return next((one for one in columns if not all(is_empty(cell.text) for cell in one.cells)), columns[0])
