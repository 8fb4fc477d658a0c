# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Training diaries: exports of watches and tables of one's own become plans, or are refused in a sentence."""

from __future__ import annotations

import gzip
import struct
import tomllib
from contextlib import suppress
from datetime import date
from pathlib import Path

import numpy as np
import pytest

import fea
from fea.case import Plan, read_diary, read_plan
from fea.errors import InputError

EXPORTS = Path(__file__).resolve().parents[1] / "fixtures" / "diaries"
# Heads and rows as the services write them: Garmin Connect in English and German, Strava's bulk export, Polar Flow.
GARMIN = (EXPORTS / "garmin.csv").read_text("utf-8")
GARMIN_GERMAN = (EXPORTS / "garmin_german.csv").read_text("utf-8")
STRAVA = (EXPORTS / "strava.csv").read_text("utf-8")
POLAR = (EXPORTS / "polar.csv").read_text("utf-8")


def diary(tmp_path: Path, text: str, **options):
    file = tmp_path / "diary.csv"
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_diary(file, **options)


def refused(tmp_path: Path, text: str, **options) -> str:
    with pytest.raises(InputError) as error:
        diary(tmp_path, text, **options)
    return str(error.value).replace(f"{tmp_path}/", "")


def runs(found):
    return [(str(run.day), round(run.distance_km, 3), round(run.speed_m_per_s or 0.0, 3)) for run in found.runs]


def test_garmin_export_gives_its_runs_with_moving_speed_and_step_rate(tmp_path):
    found = diary(tmp_path, GARMIN)
    assert runs(found) == [
        ("2026-09-28", 5.02, round(5020 / 1900, 3)),
        ("2026-09-29", 4.5, 3.75),
        ("2026-10-18", 10.1, 2.5),
    ]
    assert [run.step_rate_per_min for run in found.runs] == [164.0, 170.0, 162.0]
    said = "\n".join(found.account)
    assert "3 runs from 2026-09-28 to 2026-10-18, 19.62 km in 3 weeks, 1 of them rest" in said
    assert "left out: other sports (Cycling 1)" in said
    assert "1,032 m of climb are ignored" in said


def test_german_export_with_decimal_commas_is_read_as_the_english_one(tmp_path):
    found = diary(tmp_path, GARMIN_GERMAN)
    assert runs(found) == [("2026-05-12", 5.81, round(5810 / 1988, 3))]
    assert found.runs[0].step_rate_per_min == 175.0


def test_strava_export_has_metres_strides_of_one_foot_and_a_name_of_two_lines(tmp_path):
    found = diary(tmp_path, STRAVA)
    assert runs(found) == [("2026-09-10", 10.0, 4.0), ("2026-09-12", 9.8, 1.4)]
    assert [run.gait for run in found.runs] == ["running", "walking"]
    assert [run.step_rate_per_min for run in found.runs] == [169.0, None]


def test_polar_session_is_read_to_its_samples(tmp_path):
    found = diary(tmp_path, POLAR)
    assert runs(found) == [("2018-06-20", 6.0, round(6000 / 1800, 3))]
    assert found.runs[0].step_rate_per_min == 172.0
    assert not any("other sports" in said for said in found.account)


def test_encodings_separators_and_line_ends_do_not_change_a_diary(tmp_path):
    text = "Datum;Sportart;Strecke (km);Dauer;Höhenmeter\n03.08.2026;Laufen;8,5;0:47:10;40\n"
    text += "06.08.26;Läufe;12;1:08:00;1.040\nGesamt;;20,5;;\n"
    first = diary(tmp_path, text)
    assert runs(first) == [("2026-08-03", 8.5, round(8500 / 2830, 3)), ("2026-08-06", 12.0, round(12000 / 4080, 3))]
    assert sum(run.climb_m for run in first.runs) == 1080.0
    crlf = text.replace("\n", "\r\n")
    for content in (
        b"\xef\xbb\xbf" + crlf.encode(),
        crlf.encode("cp1252"),
        crlf.encode("utf-16"),
        ("sep=;\r\n" + crlf).encode(),
        text.replace(";", "\t").encode(),
    ):
        assert diary(tmp_path, content).runs == first.runs


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2026-03-31", (2026, 3, 31)),
        ("2026/03/31T06:00:00Z", (2026, 3, 31)),
        ("31.3.2026", (2026, 3, 31)),
        ("31.03.26 18:00", (2026, 3, 31)),
        ("31-03-2026", (2026, 3, 31)),
        ("3/31/2026 7:15 PM", (2026, 3, 31)),
        ("31/3/2026", (2026, 3, 31)),
        ("Mar 31, 2026, 6:30:00 AM", (2026, 3, 31)),
        ("31. März 2026", (2026, 3, 31)),
        ("Tuesday, 31 March 2026", (2026, 3, 31)),
        ("Di, 31. Dez. 2024", (2024, 12, 31)),
    ],
)
def test_a_date_is_understood_as_it_is_written(tmp_path, written, read):
    assert diary(tmp_path, f'date,km\n"{written}",5\n').runs[0].day == date(*read)


def test_the_whole_column_decides_the_order_of_day_and_month(tmp_path):
    months = [run.day.month for run in diary(tmp_path, "date,km\n3/4/2026,5\n3/28/2026,5\n").runs]
    days = [run.day.month for run in diary(tmp_path, "date,km\n3/4/2026,5\n13/4/2026,5\n").runs]
    assert (months, days) == ([3, 3], [4, 4])
    open_one = "date,km\n3/4/2026,5\n3/5/2026,5\n"
    assert "row 2, column 'date': '3/4/2026' may be d/m/y or m/d/y" in refused(tmp_path, open_one)
    assert [run.day.month for run in diary(tmp_path, open_one, dates="d/m/y").runs] == [4, 5]
    assert "row 3" in refused(tmp_path, "date,km\n3/28/2026,5\n28/3/2026,5\n")


@pytest.mark.parametrize(
    ("head", "row", "km", "speed"),
    [
        ("distance,duration", "10,50:00", 10.0, 10 / 3),
        ("distance,duration", "10,0:50", 10.0, 10 / 3),  # hours and minutes: 50 s would be 200 m/s
        ("distance,duration", "10,50:00:00", 10.0, 10 / 3),  # as a spreadsheet turns 50:00
        ("distance,duration", "10,50", 10.0, 10 / 3),
        ("distance,duration", "10,3000", 10.0, 10 / 3),
        ("distance,duration (min)", "10,50.0", 10.0, 10 / 3),
        ("distance,duration", "10,50 min", 10.0, 10 / 3),
        ("distance,duration", "10,1h 2m 3s", 10.0, 10000 / 3723),
        ("distance,duration", "10000,3000", 10.0, 10 / 3),
        ("distance_m,moving_time", "10000,3000", 10.0, 10 / 3),
        ("distance,pace", "10 km,5:00", 10.0, 10 / 3),
        ("distance,pace", "10,5'00\"", 10.0, 10 / 3),
        ("distance,pace", "10,5.0", 10.0, 10 / 3),
        ("distance,avg pace (min/mi)", "5,8:20", 8.04672, 1609.344 / 500),
        ("distance,pace", "5 mi,5:00 /km", 8.04672, 10 / 3),
        ("miles,pace", "5,8:20", 8.04672, 1609.344 / 500),
        ("distance,speed (km/h)", "10,12", 10.0, 10 / 3),
        ("distance,avg speed", "10,12", 10.0, 10 / 3),
        ("distance,avg speed", "10,3.3", 10.0, 3.3),
        ("duration,pace", "50:00,5:00", 10.0, 10 / 3),
        ("km", "10", 10.0, None),
    ],
)
def test_distance_and_speed_are_read_in_the_unit_that_they_can_only_be_in(tmp_path, head, row, km, speed):
    (run,) = diary(tmp_path, f"date,{head}\n2026-03-01,{row}\n").runs
    assert run.distance_km == pytest.approx(km, rel=1e-9)
    assert run.speed_m_per_s == (None if speed is None else pytest.approx(speed, rel=1e-9))


def test_miles_without_a_name_are_told_by_the_stride_length_or_asked_for(tmp_path):
    # 5 miles in 50 min at 160 steps a minute are 8046.72 m / 8000 steps = 1.01 m a step.
    head = "Date,Distance,Time,Avg Run Cadence,Avg Stride Length\n"
    assert diary(tmp_path, head + "2026-03-01,5,50:00,160,1.01\n").runs[0].distance_km == pytest.approx(8.04672)
    assert diary(tmp_path, head + "2026-03-01,8,50:00,160,1.00\n").runs[0].distance_km == 8.0
    unsaid = "date,distance,time\n2026-03-01,5,50:00\n"
    assert "names no unit" in "".join(diary(tmp_path, unsaid).account)
    assert diary(tmp_path, unsaid, unit="mi").runs[0].distance_km == pytest.approx(8.04672)


def test_missing_weeks_are_rest_and_runs_of_a_day_are_summed(tmp_path):
    # 1 March 2026 is a Sunday, so that it ends the first week; 17 March is the Tuesday of the fourth.
    found = diary(
        tmp_path, "date,km,pace\n2026-03-17,6,5:00\n2026-03-01,4,5:00\n2026-03-01,2.5,5:02\n2026-03-17,1,4:00\n"
    )
    weeks = [(block.weeks, len(block.sessions)) for block in found.plan.blocks]
    assert weeks == [((1, 1), 1), ((2, 3), 0), ((4, 4), 2)]
    by_day: dict[int, float] = {}
    for entry in found.plan.dated_sessions():
        by_day[entry.day] = by_day.get(entry.day, 0.0) + entry.amount
    assert by_day == pytest.approx({6: 6.5, 22: 7.0})


def test_a_plan_holds_as_many_kilometres_as_its_diary_and_few_distinct_loads(tmp_path):
    rows = [
        f"2026-{1 + k % 9:02}-{1 + k % 28:02},{4 + k % 7}.3,{24 + k % 11}:{k % 60:02},{160 + k % 15}"
        for k in range(120)
    ]
    found = diary(tmp_path, "date,distance,time,cadence\n" + "\n".join(rows))
    assert len(found.runs) == 120
    total = sum(entry.amount for entry in found.plan.dated_sessions())
    assert total == pytest.approx(sum(run.distance_km for run in found.runs), rel=1e-9)
    options = {entry.session.options for entry in found.plan.dated_sessions()}
    speeds = {one.speed_m_per_s for one in options}
    assert len(options) == len(speeds) <= 26  # 2.5 to 5 m/s in steps of 0.1, one step rate each
    assert min(speeds) >= 2.5
    assert max(speeds) <= 5.0


def test_a_step_rate_is_the_mean_by_distance_of_the_runs_of_its_speed(tmp_path):
    text = "date,km,pace,cadence\n2026-03-02,10,5:33,160\n2026-03-03,5,5:33,172\n2026-03-04,5,5:33,260\n"
    found = diary(tmp_path, text)
    # (10 · 160 + 5 · 172) / 15 = 164; 260 is no step rate of anyone who runs at 3 m/s.
    assert {entry.session.step_rate_per_min for entry in found.plan.dated_sessions()} == {164.0}
    assert "1 step rates outside 70 to 130 % of the usual passed over" in found.account


def test_a_speed_outside_the_range_of_the_activity_is_taken_at_its_end_and_said(tmp_path):
    found = diary(tmp_path, "date,km,pace\n2026-03-02,10,8:00\n2026-03-03,5,3:00\n2026-03-04,5,6:40\n")
    assert [entry.session.speed_m_per_s for entry in found.plan.dated_sessions()] == [2.5, 5.0, 2.5]
    assert "1 run slower than 2.5 m/s taken at 2.5 m/s" in found.account
    assert "1 run faster than 5 m/s taken at 5 m/s" in found.account


def test_sports_other_than_running_and_walking_never_count(tmp_path):
    sports = "Run,Trail Run,Virtual Run,Laufband,Nordic Ski,Skilanglauf,Eislauf,Inline Skating,Ride,Rudern,"
    sports += "Walk,Wandern,Swim,"
    rows = "".join(f"2026-03-{k + 1:02},{sport},5\n" for k, sport in enumerate(sports.split(",")))
    found = diary(tmp_path, "date,sport,km\n" + rows)
    assert [(run.gait, run.day.day) for run in found.runs] == [
        *(("running", day) for day in (1, 2, 3, 4)),
        *(("walking", day) for day in (11, 12)),
    ]


def test_an_activity_that_stands_twice_counts_once_but_two_runs_of_a_day_count_twice(tmp_path):
    found = diary(tmp_path, "date,km\n2026-03-01 08:00,5\n2026-03-01 08:00,5\n2026-03-02,5\n2026-03-02,5\n")
    assert sum(run.distance_km for run in found.runs) == 15.0
    assert "left out: 1 that stand twice" in found.account


def test_runs_before_the_longest_plan_are_left_out_and_said(tmp_path):
    found = diary(tmp_path, "date,km\n2020-01-05,5\n2024-06-03,5\n2026-03-01,5\n")
    assert found.plan.weeks == 91  # Monday 3 June 2024 to Sunday 1 March 2026
    assert any("1 before 2024-03-04, since a plan holds 104 weeks" in said for said in found.account)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("date,distance\n2026-01-01,5\n2026-01-02,x\n", "'diary.csv', row 3, column 'distance': 'x' is not a number."),
        ("date,distance\n\n2026-01-01,-5\n", "'diary.csv', row 3, column 'distance': -5 is below 0."),
        ("date,km\n2026-02-30,5\n", "'2026-02-30' is no date of the calendar"),
        ("date,km\nyesterday,5\n", "row 2, column 'date': 'yesterday' is not a date; understood: 2026-03-31"),
        ("date,km\n,5\n", "row 2, column 'date': there is no date"),
        ("date,km\n1926-03-01,5\n", "the year is 1926; allowed: 1970 to 2100"),
        ("date,km\n2026-03-01,5,2\n", "row 2 has 3 cells, the head 2; a number with a decimal comma needs quotes"),
        ("date;km\n2026-03-01;5,2\n2026-03-02;5.25\n", "row 3, column 'km': '5.25' has a decimal point, but row 2"),
        ("date,km,time\n2026-03-01,5,31:80\n", "row 2, column 'time': '31:80' has 60 or more"),
        ("date,km,pace\n2026-03-01,5,5:00 /furlong\n", "has the unit '/furlong'; understood: min/km, min/mi, min/mile"),
        ("date,distance\n2026-03-01,5 leagues\n", "has the unit 'leagues'; understood: km"),
        (
            "date,km,time\n2026-03-01,42,30:00\n2026-03-02,5,30:00\n2026-03-03,5,30:00\n",
            "row 2, column 'km': 42 km at 23.3",
        ),
        ("date,km,time\n2026-03-01,5,0:00:05\n", "no unit of it makes the middle run of the column 1 to 6.5 m/s"),
        ("date,km\n2026-03-01,160\n", "row 2, column 'km': 160 km; a session may have up to 100 km"),
        ("when,km\n2026-03-01,5\n", "has no column for the date; it has when, km; understood: date, datum"),
        ("date,time\n2026-03-01,5\n", "has no column for the distance; it has date, time; understood: distance"),
        ("date,sport,km\n2026-03-01,Ride,5\n", "holds no run or walk: 1 Ride."),
        ("date,km\n2026-03-01,0\n", "holds no run or walk: 1 without a distance."),
        ("date,km\n", "holds no run or walk."),
        ("", "is empty."),
        (b"\x7fELF\0\0", "is not a text but binary; needed: CSV."),
        ('"date,km\n2026-03-01,5\n', "line 1: cannot be read as CSV: unexpected end of data"),
    ],
)
def test_a_mistake_is_one_sentence_with_row_and_column(tmp_path, text, said):
    sentence = refused(tmp_path, text)
    assert said in sentence
    assert sentence.count(". ") == 0


@pytest.mark.parametrize("seed", range(8))
def test_a_damaged_file_is_read_or_refused_in_a_sentence(tmp_path, seed):
    random = np.random.default_rng(seed)
    tokens = [
        b",",
        b";",
        b'"',
        b":",
        b"--",
        b"nan",
        b"1e400",
        b"\xff",
        b"\n",
        b"km",
        b"\xc2\xb2",
        b"..",
        b"'",
        b"99999999999",
    ]
    files = {"a.csv": GARMIN, "b.csv": GARMIN_GERMAN, "c.csv": STRAVA, "d.gpx": gpx(), "e.fit": fit()}
    for name, whole in files.items():
        for _ in range(8):
            content = bytearray(whole if isinstance(whole, bytes) else whole.encode())
            for place in random.integers(len(content), size=random.integers(1, 5)):
                content[place : place + random.integers(3)] = tokens[random.integers(len(tokens))]
            (tmp_path / name).write_bytes(content)
            with suppress(InputError):
                read_diary(tmp_path / name)


def test_a_plan_written_from_a_diary_is_read_back_to_the_same_plan(tmp_path):
    found = diary(tmp_path, GARMIN)
    (tmp_path / "plan.toml").write_text(found.plan.toml(), encoding="utf-8")
    assert read_plan(str(tmp_path / "plan.toml")) == found.plan == read_plan(str(tmp_path / "diary.csv"))
    assert tomllib.loads(found.plan.toml())["sources"]["diary"] == "; ".join(found.account)
    assert "weeks = [1, 1]\n" in found.plan.toml()


def test_python_reads_a_diary_and_names_its_own_arguments(tmp_path):
    (tmp_path / "diary.csv").write_text("date,km\n3/4/2026,5\n", encoding="utf-8")
    assert isinstance(fea.read_diary(tmp_path / "diary.csv", dates="m/d/y", pre_conditioned=True).plan, Plan)
    with pytest.raises(InputError, match=r"dates is 'y/d/m'; allowed: d/m/y, m/d/y"):
        fea.read_diary(tmp_path / "diary.csv", dates="y/d/m")


# ---------------------------------------------------------------- GPX and FIT

# A degree of latitude is 111.2 km, so that 0.0018° are 200 m, here in a minute each: 3.3 m/s.
POINT = (
    '<trkpt lat="{lat:.4f}" lon="139.7"><ele>{ele}</ele><time>2026-03-01T{hour:02}:{minute:02}:00Z</time>'
    '<extensions><t:TrackPointExtension xmlns:t="urn:t"><t:cad>{cad}</t:cad></t:TrackPointExtension></extensions>'
    "</trkpt>"
)


def gpx(sport: str | None = None) -> str:
    kind = "" if sport is None else f"<type>{sport}</type>"
    points = "".join(
        POINT.format(lat=35.0 + 0.0018 * k, ele=10, hour=22, minute=k, cad=0 if k == 0 else 84) for k in range(31)
    )
    head = '<gpx version="1.1" creator="watch" xmlns="http://www.topografix.com/GPX/1/1"><trk>'
    return f"{head}{kind}<trkseg>{points}</trkseg></trk></gpx>"


def fit(sport: int = 1, distance_m: float = 8000.0, seconds: float = 2400.0, cadence: int = 85) -> bytes:
    """A FIT file of one session: start 2026-03-01 22:00 UTC, on a watch nine hours ahead."""
    start = 1_141_336_800  # seconds since the FIT epoch, 31 December 1989
    session = struct.pack("<IIIIBB", start + 2400, start, int(seconds * 1000), int(distance_m * 100), sport, cadence)
    activity = struct.pack("<II", start + 2400, start + 2400 + 9 * 3600)
    body = b"".join(
        (
            # Definition of a session (18): timestamp, start_time, total_timer_time, total_distance, sport, avg_cadence.
            bytes([0x40, 0, 0, 18, 0, 6, 253, 4, 134, 2, 4, 134, 8, 4, 134, 9, 4, 134, 5, 1, 0, 18, 1, 2]),
            bytes([0]) + session,
            # Definition of an activity (34): timestamp, local_timestamp.
            bytes([0x41, 0, 0, 34, 0, 2, 253, 4, 134, 5, 4, 134]),
            bytes([1]) + activity,
        )
    )
    head = struct.pack("<BBHI4s", 12, 0x10, 2195, len(body), b".FIT")
    return head + body + struct.pack("<H", crc(head + body))


def crc(content: bytes) -> int:
    """Checksum of the FIT protocol, CRC-16/ARC."""
    value = 0
    for byte in content:
        value ^= byte
        for _ in range(8):
            value = (value >> 1) ^ (0xA001 if value & 1 else 0)
    return value


def test_gpx_track_gives_distance_moving_speed_and_the_date_where_it_was_run(tmp_path):
    (tmp_path / "run.gpx").write_text(gpx("running"), encoding="utf-8")
    (run,) = read_diary(tmp_path / "run.gpx").runs
    assert run.distance_km == pytest.approx(6.0, rel=0.01)
    assert run.speed_m_per_s == pytest.approx(10 / 3, rel=0.01)
    assert run.step_rate_per_min == 168.0
    assert run.day == date(2026, 3, 2)  # 22:00 UTC is the morning of the next day in Tokyo


def test_fit_session_gives_distance_speed_steps_and_the_date_of_the_watch(tmp_path):
    (tmp_path / "run.fit").write_bytes(fit())
    (run,) = read_diary(tmp_path / "run.fit").runs
    assert (run.distance_km, run.speed_m_per_s, run.step_rate_per_min) == (8.0, pytest.approx(10 / 3), 170.0)
    assert run.day == date(2026, 3, 2)


def test_a_folder_of_tracks_is_one_diary(tmp_path):
    (tmp_path / "a.gpx").write_text(gpx(), encoding="utf-8")
    (tmp_path / "b.gpx").write_text(gpx("cycling"), encoding="utf-8")
    (tmp_path / "c.fit.gz").write_bytes(gzip.compress(fit()))
    (tmp_path / "d.FIT").write_bytes(fit(sport=2))
    (tmp_path / "notes.txt").write_text("tired")
    found = read_diary(tmp_path)
    assert [round(run.distance_km) for run in found.runs] == [6, 8]
    assert "left out: other sports (cycling 2)" in found.account
    assert read_plan(str(tmp_path)) == found.plan
    (tmp_path / "all.csv").write_text("date,km\n2026-03-01,5\n")
    with pytest.raises(InputError, match="1 CSV files and 4 GPX or FIT files, which may be the same runs"):
        read_diary(tmp_path)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.gpx", b"<gpx", "cannot be read as GPX"),
        ("a.gpx", b'<!DOCTYPE a [<!ENTITY b "b">]><gpx/>', "declares entities"),
        ("a.gpx", b"<gpx/>", "holds no run or walk"),
        ("a.gpx", gpx().replace("<time>", "<x>").replace("</time>", "</x>").encode(), "has no times"),
        ("a.fit", b"FIT", "cannot be read as FIT"),
        ("a.fit", fit()[:-20], "cannot be read as FIT"),
        ("a.fit", fit()[:-1] + b"\0", "cannot be read as FIT"),
        ("a.fit", fit(distance_m=0.0), "1 without a distance"),
        ("a.fit", fit(seconds=24.0), "8 km at 333.3 m/s"),
        ("a.fit.gz", b"no gzip", "cannot be read"),
    ],
)
def test_a_track_that_is_none_is_refused_in_a_sentence(tmp_path, name, content, said):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=said):
        read_diary(tmp_path / name)


def test_an_empty_folder_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"holds none of \.csv, \.gpx, \.fit, \.gz"):
        read_diary(tmp_path)
