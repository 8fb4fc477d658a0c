# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The disk cache: a hit is what was solved, anything else is solved anew, and nothing of it is an error."""

from __future__ import annotations

import functools
import io
import json
import logging
import os
import threading
import zipfile
from collections import Counter
from dataclasses import fields
from pathlib import Path

import numpy as np
import platformdirs
import pytest

import fea.solve.basis
import fea.solve.entry as entry_module
from fea.bone import BoneMesh
from fea.case import read_bone
from fea.files import provenance
from fea.loading import UnitLoad, load_history, surface_load
from fea.solve import Basis, ElasticBody, Fixed, Foundation, Free, cache, cached_basis, unit_strains
from fea.strain import superposed
from fea.tissue import Elasticity

HELD = Fixed(("plateau_medial", "plateau_lateral"))


@pytest.fixture(scope="module")
def small(block, outer_triangles) -> Basis:
    """A basis of a few kilobytes that stands for that of a bone."""
    points, cells = block((2, 2, 1), (2.0, 3.0, 1.0), jitter=0.1, seed=4)
    facets = outer_triangles(cells)
    corner = points[facets]
    regions = {
        "tip": np.flatnonzero(np.all(corner[..., 1] == 0.0, axis=1)),
        "root": np.flatnonzero(np.all(np.isclose(corner[..., 1], 3.0), axis=1)),
    }
    centers = {"tip": np.array([1.0, 0.0, 0.5]), "root": np.array([1.0, 3.0, 0.5])}
    none = np.zeros(len(cells), dtype=np.int64)
    mesh = BoneMesh("box", points, cells, none, facets, regions, centers, size_mm=1.0)
    constants = Elasticity(np.full(len(cells), 1.8), np.linspace(90.0, 110.0, len(cells)), 0.3)
    loads = tuple(UnitLoad("tip", moment, axis) for moment in (False, True) for axis in range(3))
    tractions = tuple(surface_load(mesh, load) for load in loads)
    unit = unit_strains(mesh, constants, Fixed(("root",)), tractions)
    return Basis(mesh, constants, loads, tractions, unit, {"cache": 0.0, "mesh": 0.0, **unit.wall_s})


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """An empty cache."""
    monkeypatch.setenv("BONEFEA_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def solved(folder, small, monkeypatch) -> Counter[str]:
    """Count the solutions, each of which is the small basis."""
    count: Counter[str] = Counter()

    def counted(*_: object) -> Basis:
        count["solved"] += 1
        return small

    monkeypatch.setattr(cache, "solved_basis", counted)
    return count


def entries(folder: Path) -> list[Path]:
    """All files of a cache but its locks."""
    return [file for file in folder.rglob("*") if file.is_file() and file.parent.name != ".locks"]


def same(a: object, b: object) -> bool:
    """Return whether two records have the same arrays, bit by bit, and the same values."""
    if isinstance(a, np.ndarray):
        return isinstance(b, np.ndarray) and a.dtype == b.dtype and np.array_equal(a, b)
    if hasattr(a, "__dataclass_fields__"):
        return type(a) is type(b) and all(same(getattr(a, f.name), getattr(b, f.name)) for f in fields(a))
    if isinstance(a, dict):
        return isinstance(b, dict) and list(a) == list(b) and all(same(a[k], b[k]) for k in a)
    if isinstance(a, tuple):
        return isinstance(b, tuple) and len(a) == len(b) and all(map(same, a, b))
    return a == b


def same_basis(a: Basis, b: Basis) -> bool:
    """Return whether two bases are the same but for the seconds they took."""
    return all(same(getattr(a, f.name), getattr(b, f.name)) for f in fields(Basis) if f.name != "wall_s")


# ------------------------------------------------------------------ hits


def test_second_activity_neither_meshes_nor_factorises(tibia, tibia_case, tibia_mesh, tibia_run, folder, monkeypatch):
    count: Counter[str] = Counter()
    factorised = ElasticBody.factorised

    def meshed(*_):
        count["mesh"] += 1
        return tibia_mesh

    def counted(*arguments, **named):
        count["factor"] += 1
        return factorised(*arguments, **named)

    monkeypatch.setattr(fea.solve.basis, "mesh_bone", meshed)
    monkeypatch.setattr(ElasticBody, "factorised", counted)
    bare = {"paths": {}, "fibula": None}  # as the fixture is solved
    first = cached_basis(tibia.model_copy(update=bare), 6.0, Fixed(tibia.support.regions))
    assert count == {"mesh": 1, "factor": 1}
    second = cached_basis(read_bone("tibia").model_copy(update=bare), 6.0, Fixed(tibia.support.regions))
    assert count == {"mesh": 1, "factor": 1}
    assert same_basis(first, second)
    assert second.wall_s["cache"] > 0.0
    assert all(second.wall_s[step] == 0.0 for step in ("mesh", "assemble", "factorise", "solve", "strain"))

    history = load_history(tibia_case)
    field = superposed(second.chosen(history.loads).unit, history.coefficients[0])
    largest = np.abs(tibia_run.field.corner).max()
    np.testing.assert_allclose(field.corner, tibia_run.field.corner, rtol=0, atol=1e-9 * largest)


def test_hit_returns_what_was_kept(tibia, small, solved, folder):
    for _ in range(3):
        assert same_basis(cached_basis(tibia, 6.0, HELD), small)
    assert solved["solved"] == 1
    assert [f.suffix for f in entries(folder)] == [".npz"]


def test_steps_are_announced(tibia, folder, tibia_mesh, monkeypatch):
    monkeypatch.setattr(fea.solve.basis, "mesh_bone", lambda *_: tibia_mesh)
    said: list[str] = []
    cached_basis(tibia, 6.0, HELD, degree=1, progress=said.append)
    assert said == ["cache", "mesh", "solve"]
    cached_basis(tibia, 6.0, HELD, degree=1, progress=said.append)
    assert said == ["cache", "mesh", "solve", "cache"]


def test_without_cache_nothing_is_read_or_written(tibia, solved, folder):
    cached_basis(tibia, 6.0, HELD, use_cache=False)
    assert not folder.exists()
    cached_basis(tibia, 6.0, HELD)
    cached_basis(tibia, 6.0, HELD, use_cache=False)
    assert solved["solved"] == 3


# ------------------------------------------------------------------ keys


def test_whatever_changes_the_basis_changes_the_key(tibia):
    keys = [
        cache.basis_key(bone, size, support, degree)
        for bone, size, support, degree in (
            (tibia, 6.0, HELD, 2),
            (read_bone("tibia", ["length_mm=371"]), 6.0, HELD, 2),
            (read_bone("tibia", ["density.cortical_g_per_cm3.at.25=1.8"]), 6.0, HELD, 2),
            (tibia, 6.5, HELD, 2),
            (tibia, 6.0, Fixed(("plateau_medial",)), 2),
            (tibia, 6.0, Foundation(HELD.regions, 1.0), 2),
            (tibia, 6.0, Foundation(HELD.regions, 1.0 + 1e-12), 2),
            (tibia, 6.0, Free(), 2),
            (tibia, 6.0, HELD, 1),
        )
    ]
    assert len(set(keys)) == len(keys)
    assert cache.basis_key(read_bone("tibia"), 6, Fixed(tuple(HELD.regions)), 2) == keys[0]


def test_change_of_code_changes_the_key(tmp_path, monkeypatch):
    for package in ("fea.bone", "fea.case", "fea.tissue", "fea.loading", "fea.solve"):
        (tmp_path / package).mkdir()
        for name in ("description.py", "frames.py", "traction.py", "other.py", "notes.txt"):
            (tmp_path / package / name).write_text(f"{package} {name}\n")
    monkeypatch.setattr(provenance.importlib.resources, "files", lambda package: tmp_path / package)
    version = functools.partial(provenance.code_version.__wrapped__, cache._SOURCES)
    seen = {version()}
    for file in ("fea.bone/other.py", "fea.tissue/other.py", "fea.solve/other.py"):
        (tmp_path / file).write_text("x = 1\n")
        seen.add(version())
    for file in ("fea.case/description.py", "fea.loading/traction.py"):
        (tmp_path / file).write_text("x = 1\n")
        seen.add(version())
    (tmp_path / "fea.solve/new.py").write_text("")
    seen.add(version())
    assert len(seen) == 7
    for file in ("fea.bone/notes.txt", "fea.loading/other.py", "fea.case/other.py"):
        (tmp_path / file).write_text("x = 1\n")
        assert version() in seen


def test_folder_is_the_users_unless_named(monkeypatch):
    monkeypatch.delenv("BONEFEA_CACHE", raising=False)
    assert entry_module.cache_folder() == Path(platformdirs.user_cache_dir("bonefea"))
    monkeypatch.setenv("BONEFEA_CACHE", "")
    assert entry_module.cache_folder() == Path(platformdirs.user_cache_dir("bonefea"))
    monkeypatch.setenv("BONEFEA_CACHE", "~/kept")
    assert entry_module.cache_folder() == Path.home() / "kept"


# ------------------------------------------------------------------ damage


@pytest.fixture
def entry(tibia, solved, folder) -> Path:
    """The file of the small basis, just written."""
    cached_basis(tibia, 6.0, HELD)
    (file,) = entries(folder)
    return file


def truncated(content: bytes) -> bytes:
    return content[: len(content) // 2]


def flipped(content: bytes) -> bytes:
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 4]) + content[middle + 1 :]


def changed_header(**changes: object):
    """Return a function that rewrites an entry, sound in itself, with another header."""

    def rewritten(content: bytes) -> bytes:
        arrays = dict(np.load(io.BytesIO(content), allow_pickle=False))
        header = json.loads(arrays["header"].tobytes()) | changes
        arrays["header"] = np.frombuffer(json.dumps(header).encode(), dtype=np.uint8)
        stream = io.BytesIO()
        np.savez(stream, **arrays)
        return stream.getvalue()

    return rewritten


@pytest.mark.parametrize(
    "damage",
    [
        truncated,
        flipped,
        lambda content: b"",
        lambda content: content[:-1],
        lambda content: b"not a basis\n" * 100,
        lambda content: content + content,
        changed_header(key="0" * 64),
        changed_header(format=0),
        changed_header(arrays={}),
    ],
    ids=["half", "bit", "empty", "last byte", "text", "twice", "foreign", "older", "no arrays"],
)
def test_damaged_or_foreign_entry_is_solved_anew_and_replaced(tibia, small, solved, entry, damage, caplog):
    before = entry.read_bytes()
    entry.write_bytes(damage(before))
    with caplog.at_level(logging.WARNING, logger="fea.solve.entry"):
        found = cached_basis(tibia, 6.0, HELD)
    assert same_basis(found, small)
    if damage(before)[-len(before) :] != before:  # a zip file is read from its end
        assert solved["solved"] == 2
        assert f"{entry} is not used, and solved anew" in caplog.text
    caplog.clear()
    assert same_basis(cached_basis(tibia, 6.0, HELD), small)
    assert solved["solved"] <= 2
    assert not caplog.records


def test_no_single_flipped_bit_gives_another_basis(tibia, small, solved, entry):
    # Everywhere in the index at the end and in the first headers, and in 300 places between.
    content = entry.read_bytes()
    random = np.random.default_rng(7)
    with zipfile.ZipFile(entry) as whole:
        index = whole.start_dir
    places = [*range(400), *random.integers(400, index, 300), *range(index, len(content), 3)]
    used = 0
    for place in places:
        bit = 1 << int(random.integers(8))
        entry.write_bytes(content[:place] + bytes([content[place] ^ bit]) + content[place + 1 :])
        solved.clear()
        assert same_basis(cached_basis(tibia, 6.0, HELD), small), f"byte {place}, bit {bit}"
        used += 1 - solved["solved"]
    # Bits without meaning, such as time stamps, may pass; data do not.
    assert used < len(places) // 2


class Mine:
    """Once unpickled, leaves a file."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def __reduce__(self) -> tuple[object, ...]:
        return Path.touch, (self.file,)


def test_code_in_an_entry_is_never_run(tibia, small, solved, entry, tmp_path):
    with entry.open("wb") as stream:
        np.savez(stream, header=np.array([Mine(tmp_path / "ran")], dtype=object), allow_pickle=True)
    assert same_basis(cached_basis(tibia, 6.0, HELD), small)
    assert solved["solved"] == 2
    assert not (tmp_path / "ran").exists()


# ------------------------------------------------------------------ writing


def test_cache_that_cannot_be_written_is_done_without(tibia, small, solved, tmp_path, monkeypatch, caplog):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("BONEFEA_CACHE", str(tmp_path / "file" / "cache"))
    with caplog.at_level(logging.WARNING, logger="fea.solve.entry"):
        assert same_basis(cached_basis(tibia, 6.0, HELD), small)
    assert "the cache is not used" in caplog.text


def test_full_disk_leaves_nothing_behind(tibia, small, solved, folder, monkeypatch, caplog):
    class Full(io.FileIO):
        def write(self, content):
            if self.tell() + len(content) > 10_000:
                raise OSError(28, "No space left on device")
            return super().write(content)

    write = entry_module._write
    full = functools.partial(Full, mode="w", closefd=False)
    monkeypatch.setattr(entry_module, "_write", lambda stream, arrays: write(full(stream.fileno()), arrays))
    with caplog.at_level(logging.WARNING, logger="fea.solve.entry"):
        assert same_basis(cached_basis(tibia, 6.0, HELD), small)
    assert "No space left on device" in caplog.text
    assert entries(folder) == []


def test_readers_never_see_a_half_written_entry(tibia, small, entry, caplog):
    key = cache.basis_key(tibia, 6.0, HELD, 2)
    stop = threading.Event()

    def write() -> None:
        while not stop.is_set():
            cache._keep(entry, key, small)

    writers = [threading.Thread(target=write) for _ in range(2)]
    with caplog.at_level(logging.WARNING, logger="fea.solve.entry"):
        for writer in writers:
            writer.start()
        try:
            found = [cache._read(entry, key) for _ in range(100)]
        finally:
            stop.set()
            for writer in writers:
                writer.join()
    assert all(basis is not None and same_basis(basis, small) for basis in found)
    assert not caplog.records
    assert entries(entry.parent) == [entry]


def test_least_recently_used_entries_go_first(tibia, solved, entry, folder, monkeypatch):
    # Room for three and a half; the first is used again before the fourth comes.
    monkeypatch.setattr(entry_module, "MOST_BYTES", int(3.5 * entry.stat().st_size))
    for age, size in ((300, 6.0), (200, 6.1), (100, 6.2)):
        cached_basis(tibia, size, HELD)
        file = folder / f"{cache.basis_key(tibia, size, HELD, 2)}.npz"
        moment = file.stat().st_mtime - age
        os.utime(file, (moment, moment))
    cached_basis(tibia, 6.0, HELD)
    cached_basis(tibia, 6.3, HELD)
    assert {f.stem for f in entries(folder)} == {cache.basis_key(tibia, size, HELD, 2) for size in (6.0, 6.2, 6.3)}


def test_entry_above_the_limit_is_kept_until_the_next(tibia, solved, folder, monkeypatch):
    monkeypatch.setattr(entry_module, "MOST_BYTES", 10)
    cached_basis(tibia, 6.0, HELD)
    cached_basis(tibia, 6.1, HELD)
    assert [f.stem for f in entries(folder)] == [cache.basis_key(tibia, 6.1, HELD, 2)]


def test_remains_of_killed_processes_are_removed_and_other_files_left(tibia, solved, folder, monkeypatch):
    monkeypatch.setattr(entry_module, "MOST_BYTES", 10)
    folder.mkdir()
    key = cache.basis_key(tibia, 6.0, HELD, 2)[:40]
    old, new = (f".{key}.{digit * 16}.partial.npz" for digit in "0f")
    others = ("notes.txt", "scan.npz", "download.partial")
    for name in (old, new, *others):
        (folder / name).write_text("x")
    for name in (old, *others):
        os.utime(folder / name, (1e9, 1e9))
    cached_basis(tibia, 6.0, HELD)
    cached_basis(tibia, 6.1, HELD)
    entry = f"{cache.basis_key(tibia, 6.1, HELD, 2)}.npz"
    assert {f.name for f in entries(folder)} == {new, entry, *others}


def test_an_entry_that_would_grow_when_it_is_read_is_not_read(tibia, small, solved, entry, caplog):
    # Four gigabytes of zeros compress to four megabytes; entries are not compressed.
    with zipfile.ZipFile(entry) as whole:
        members = {name: whole.read(name) for name in whole.namelist()}
    with zipfile.ZipFile(entry, "w", zipfile.ZIP_DEFLATED) as grown:
        for name, content in members.items():
            grown.writestr(name, content)
    with caplog.at_level(logging.WARNING, logger="fea.solve.entry"):
        assert same_basis(cached_basis(tibia, 6.0, HELD), small)
    assert "it is compressed" in caplog.text
    assert solved["solved"] == 2


def test_a_new_cache_belongs_to_the_user_alone(tibia, solved, folder):
    cached_basis(tibia, 6.0, HELD)
    assert folder.stat().st_mode & 0o777 == 0o700


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="users are numbered on POSIX only")
def test_a_cache_of_another_user_is_not_believed(tibia, small, solved, entry, monkeypatch, caplog):
    monkeypatch.setattr(entry_module.os, "getuid", lambda: entry.stat().st_uid + 1)
    with caplog.at_level(logging.WARNING, logger="fea.solve.entry"):
        assert same_basis(cached_basis(tibia, 6.0, HELD), small)
    assert "belongs to another user" in caplog.text
    assert solved["solved"] == 2
