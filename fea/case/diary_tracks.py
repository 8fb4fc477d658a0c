# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Activities as GPX and FIT: one file of a watch for each run, or a folder of them."""

from __future__ import annotations

import gzip
import statistics
import struct
import warnings
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from fea.case.diary import DiaryRun, Entries, Gait, check_run
from fea.case.diary_table import gait_of
from fea.errors import InputError, MissingDependency

if TYPE_CHECKING:
    from gpxpy.gpx import GPXTrack

_MOST_BYTES = 100_000_000
_ONE_FOOT = 110.0
"""Below it a cadence of running counts one foot."""


def read_track(file: Path) -> Entries:
    """Entries of a GPX or FIT file, which may be compressed with gzip; its sport is running unless it says otherwise.

    The date is that of the clock where it was recorded: of FIT as the watch says, of GPX by the longitude.

    Raises
    ------
    fea.errors.InputError
        Unreadable file, or one without times.
    fea.errors.MissingDependency
        The reader of these files is not installed.
    """
    content = _content_of(file)
    try:
        if file.name.lower().removesuffix(".gz").endswith(".gpx"):
            return _of_gpx(content, file)
        return _of_fit(content, file)
    except ImportError as error:
        raise MissingDependency(f"{str(file)!r} needs {error.name}; pip install {error.name} adds it.") from None


def _content_of(file: Path) -> bytes:
    try:
        with gzip.open(file) if file.suffix.lower() == ".gz" else file.open("rb") as stream:
            content = stream.read(_MOST_BYTES + 1)
    except (OSError, EOFError) as error:
        raise InputError(f"{str(file)!r} cannot be read: {error}.") from None
    if len(content) > _MOST_BYTES:
        raise InputError(f"{str(file)!r} is too long; allowed: up to {_MOST_BYTES} bytes.")
    return content


def _of_gpx(content: bytes, file: Path) -> Entries:
    import gpxpy
    from gpxpy.gpx import GPXException

    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise InputError(f"{str(file)!r} declares entities, which no watch writes; it is not read.")
    try:
        tracks = gpxpy.parse(content.decode("utf-8-sig", errors="replace")).tracks
    except (GPXException, ValueError) as error:
        raise InputError(f"{str(file)!r} cannot be read as GPX: {error}.") from None
    runs, others, passed_over = [], Counter[str](), Counter[str]()
    for track in tracks:
        gait: Gait | None = "running"
        if track.type and not track.type.isdigit():
            gait = gait_of(track.type)
        if gait is None:
            others[track.type or ""] += 1
            continue
        try:
            run = _run_of(track, gait, file)
        except (TypeError, ValueError, OverflowError) as error:  # such as times of which some have no zone
            if isinstance(error, InputError):
                raise
            raise InputError(f"{str(file)!r} cannot be read as GPX: {error}.") from None
        if run is None:
            passed_over["without a distance"] += 1
        else:
            runs.append(run)
    return Entries(tuple(runs), (), others, passed_over)


def _run_of(track: GPXTrack, gait: Gait, file: Path) -> DiaryRun | None:
    """What a track says of a run; None where nobody moved."""
    start = track.get_time_bounds().start_time
    if start is None:
        raise InputError(f"{str(file)!r} has no times; a route without times is no run.")
    points = [point for segment in track.segments for point in segment.points]
    local = start.astimezone(UTC) + timedelta(hours=round(points[0].longitude / 15.0))
    moving = track.get_moving_data(stopped_speed_threshold=1.0)
    km = track.length_2d() / 1000.0
    if km == 0.0:
        return None
    moved = None if moving is None or moving.moving_time == 0.0 else moving.moving_distance / moving.moving_time
    cadences = [
        float(element.text)
        for point in points
        for extension in point.extensions
        for element in extension.iter()
        if str(element.tag).endswith("}cad") and element.text and element.text.strip().isdigit()
    ]
    rate = _both_feet(statistics.fmean([c for c in cadences if c > 0.0] or [0.0]))
    check_run(km, moved, lambda what: InputError(f"{str(file)!r}: {what}."))
    return DiaryRun(local.date(), gait, km, moved, rate, track.get_uphill_downhill().uphill or None)


def _both_feet(cadence: float) -> float | None:
    if cadence == 0.0:
        return None
    return 2.0 * cadence if cadence < _ONE_FOOT else cadence


def _of_fit(content: bytes, file: Path) -> Entries:
    import fitdecode

    runs, others, passed_over, offset = [], Counter[str](), Counter[str](), timedelta()
    sessions = []
    try:
        # What a reader warns of, fields that a watch does not describe, is not read here.
        with (
            warnings.catch_warnings(action="ignore"),
            fitdecode.FitReader(content, check_crc=fitdecode.CrcCheck.RAISE) as reader,
        ):
            for frame in reader:
                if not isinstance(frame, fitdecode.FitDataMessage) or frame.name not in ("session", "activity"):
                    continue
                if frame.name == "session":
                    sessions.append({one.name: one.value for one in frame.fields})
                else:
                    offset = _offset(frame.get_value("local_timestamp", fallback=None), frame.get_value("timestamp"))
    except (fitdecode.FitError, ValueError, KeyError, TypeError, AssertionError, struct.error) as error:
        raise InputError(f"{str(file)!r} cannot be read as FIT: {error or 'it is damaged'}.") from None
    for values in sessions:
        sport = str(values.get("sport"))
        gait = gait_of(sport)
        km = _number(values, "total_distance") / 1000.0
        start = values.get("start_time")
        if gait is None:
            others[sport] += 1
        elif km == 0.0 or not isinstance(start, datetime):
            passed_over["without a distance"] += 1
        else:
            seconds = _number(values, "total_moving_time", "total_timer_time")
            speed = 1000.0 * km / seconds if seconds > 0.0 else None
            check_run(km, speed, lambda what: InputError(f"{str(file)!r}: {what}."))
            rate = 2.0 * _number(values, "avg_running_cadence", "avg_cadence") or None  # FIT counts one foot
            climb = _number(values, "total_ascent") or None
            runs.append(DiaryRun((start + offset).date(), gait, km, speed, rate, climb))
    return Entries(tuple(runs), (), others, passed_over)


def _number(values: Mapping[str, object], *names: str) -> float:
    """The first of the fields of a message that holds a number above 0; otherwise 0."""
    numbers = (value for name in names if isinstance(value := values.get(name), int | float) and value > 0.0)
    return float(next(numbers, 0.0))


def _offset(local: object, universal: object) -> timedelta:
    """How far the watch's clock is ahead of universal time; none where the file does not say it."""
    if isinstance(local, datetime) and isinstance(universal, datetime):
        return local.replace(tzinfo=None) - universal.replace(tzinfo=None)
    return timedelta()
