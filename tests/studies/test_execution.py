# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Working a study off: one factorisation a bone, failures apart, kills survived, memory respected."""

from __future__ import annotations

import functools
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import Executor, Future
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from distributed import KilledWorker, get_worker

from fea import api
from fea.errors import InputError, RunError
from fea.evaluate import Result, solved_bone
from fea.folders.study import load, run_study
from fea.studies import execution, plan_of
from fea.studies.plan import CaseGroup
from fea.studies.store import opened_store
from fea.studies.work import Batch, Done, work

TABLES = ("results.csv", "results.parquet", "histories.nc", "cases.json.gz")

TRIAL = """
schema = 1
kind = "study"
name = "trial"
title = "A trial"
[base]
bone = "tibia"
activity = "running"
size = 6.0
[cross]
mass = [60, 80]
speed = [3.0, 4.0]
footwear = ["minimal", "conventional", "maximal"]
"""


def test_a_study_reads_what_a_run_reads(finished):
    _, plan, folder, outcome = finished
    assert (outcome.progress.done, outcome.progress.failed, outcome.failed) == (12, 0, [])
    result = load(folder)
    case = plan.cases[4].study_case.case
    expected = Result(case, solved_bone(case))
    rows = result.table[result.table["case"] == 5].set_index(["metric", "place"])["value"]
    s = expected.summary
    wanted = {
        "p50": s.p50_ue,
        "p95": s.p95_ue,
        "peak tension": s.peak_tension_ue,
        "peak compression": s.peak_compression_ue,
    }
    for metric, value in wanted.items():
        assert rows[metric, ""] == pytest.approx(value, rel=1e-9)
    assert rows["volume above 4000 µε", ""] == pytest.approx(s.strained_volume_mm3[4000], rel=1e-9)
    assert rows["excluded volume fraction", ""] == pytest.approx(s.excluded_volume_fraction, rel=1e-9)
    for gauge in expected.gauges:
        assert rows["gauge tension", gauge.name] == pytest.approx(gauge.reading.tension_ue, rel=1e-9)
        series = result.histories["gauge"].sel(case=5, gauge_name=gauge.name, quantity="compression_ue")
        np.testing.assert_allclose(series, gauge.compression_ue, rtol=1e-9, atol=1e-9)


def test_forces_in_proportion_to_body_mass_give_strain_in_proportion(finished):
    result = load(finished[2])
    p95 = result.table[result.table["metric"] == "p95"]
    light, heavy = (p95[p95["mass"] == mass]["value"].to_numpy() for mass in (60, 80))
    np.testing.assert_allclose(heavy, light * 80.0 / 60.0, rtol=1e-6)


def test_loads_on_one_bone_cost_one_factorisation_and_two_bones_two(study_of, tmp_path, monkeypatch):
    monkeypatch.setenv("BONEFEA_CACHE", str(tmp_path / "cache"))
    # Twenty loads a bone are two batches, of which the second has to wait for the first.
    loads = ("mass = [60, 65, 70, 75]", "speed = [3.0, 3.25, 3.5, 3.75, 4.0]")
    lines = ("[cross]", '"bone.thickness_scale" = [1.0, 0.95]', *loads)
    study = study_of(*lines, base={"bone": "metatarsal2", "activity": "running", "size": 2.0})
    plan = plan_of(study)
    assert (len(plan.cases), len(plan.groups), plan.meshes) == (40, 2, 2)
    outcome = run_study(study, plan, tmp_path / "s", workers=2)
    assert outcome.progress.factorised == 2
    # The same question to the same cache costs none.
    assert run_study(study, plan, tmp_path / "again", workers=2).progress.factorised == 0


def test_tissues_share_a_mesh_and_have_a_factorisation_each(study_of, tmp_path, monkeypatch):
    monkeypatch.setenv("BONEFEA_CACHE", str(tmp_path / "cache"))
    lines = ("[cross]", 'tissue = ["healthy", "osteoporotic"]', "mass = [60, 70]")
    study = study_of(*lines, base={"bone": "metatarsal2", "activity": "running", "size": 2.0})
    plan = plan_of(study)
    assert (len(plan.cases), len(plan.groups), plan.meshes) == (4, 2, 1)
    meshed = []
    monkeypatch.setattr("fea.solve.basis.mesh_bone", counted(meshed))
    done = [work(tuple(Batch(g.key, tuple((c.key, c.study_case.case) for c in g.cases)) for g in plan.groups))]
    assert len(meshed) == 1
    assert (done[0].factorised, len(done[0].finished), done[0].failed) == (2, 4, {})
    p95 = {c.study_case.label: done[0].finished[c.key].metrics[2].value for c in plan.cases}
    assert p95["tissue=osteoporotic, mass=60"] > 1.1 * p95["tissue=healthy, mass=60"]


def counted(calls):
    from fea.bone import mesh_bone

    def mesh(*arguments):
        calls.append(arguments)
        return mesh_bone(*arguments)

    return mesh


def test_a_finished_study_is_not_done_again_and_a_larger_one_only_what_is_new(study_of, tmp_path):
    first = study_of("[cross]", "mass = [60, 70]")
    run_study(first, plan_of(first), tmp_path / "s", workers=1)
    before = {f.name: f.stat().st_mtime_ns for f in (tmp_path / "s/store/cases").iterdir()}
    assert run_study(first, plan_of(first), tmp_path / "s", workers=1).progress.total == 0
    larger = study_of("[cross]", "mass = [60, 70, 80]")
    assert run_study(larger, plan_of(larger), tmp_path / "s", workers=1).progress.done == 1
    after = {f.name: f.stat().st_mtime_ns for f in (tmp_path / "s/store/cases").iterdir()}
    assert len(after) == 3
    assert before.items() <= after.items()


def test_a_failing_case_is_reported_and_does_not_stop_the_others(study_of, tmp_path):
    study = study_of("[cross]", '"bone.thickness_scale" = [1.0, 3.0]')
    plan = plan_of(study)
    outcome = run_study(study, plan, tmp_path / "s", workers=1)
    ((number, reason),) = outcome.failed
    assert number == 2
    assert "cortical thickness" in reason
    assert load(tmp_path / "s").table["case"].unique().tolist() == [1]
    # It is not tried again unless that is asked for.
    assert run_study(study, plan, tmp_path / "s", workers=1).progress.total == 0
    assert run_study(study, plan, tmp_path / "s", workers=1, retry_failed=True).progress.failed == 1


def test_a_study_in_which_everything_fails_says_why(study_of, tmp_path):
    study = study_of("[cross]", '"bone.thickness_scale" = [3.0]')
    with pytest.raises(RunError, match=r"all 1 cases failed; the first: .*cortical thickness"):
        run_study(study, plan_of(study), tmp_path / "s", workers=1)


def test_a_worker_that_is_killed_costs_its_cases_only(study_of, tmp_path, monkeypatch):
    # The batch of the thicker bone kills its worker, as the kernel does when memory ends.
    study = study_of("[cross]", '"bone.thickness_scale" = [1.0, 1.01]', "mass = [60, 70]")
    plan = plan_of(study)
    monkeypatch.syspath_prepend(Path(__file__).parents[2])  # where the worker finds this module
    monkeypatch.setattr(execution, "work", deadly)
    outcome = run_study(study, plan, tmp_path / "s", workers=1)
    assert [number for number, _ in outcome.failed] == [3, 4]
    assert all("killed" in reason for _, reason in outcome.failed)
    assert outcome.progress.done == 2


def deadly(task):
    if task[0].cases[0][1].bone.thickness_scale > 1.0:
        os.kill(os.getpid(), signal.SIGKILL)
    return work(task)


def test_a_case_that_kills_its_worker_takes_no_other_of_its_batch_along(study_of, tmp_path, monkeypatch):
    study = study_of("[cross]", "mass = [60, 70, 80, 90]")
    monkeypatch.syspath_prepend(Path(__file__).parents[2])
    monkeypatch.setattr(execution, "work", deadly_to_70_kg)
    outcome = run_study(study, plan_of(study), tmp_path / "s", workers=1)
    assert [number for number, _ in outcome.failed] == [2]
    assert "killed" in outcome.failed[0][1]
    assert outcome.progress.done == 3


def deadly_to_70_kg(task):
    if any(case.body_mass_kg == 70 for _, case in task[0].cases):
        os.kill(os.getpid(), signal.SIGKILL)
    return work(task)


def test_work_that_was_with_a_worker_when_it_was_killed_is_done_again_alone(study_of, tmp_path, monkeypatch):
    plan = plan_of(study_of("[cross]", "mass = [60, 70, 80, 90]"))
    monkeypatch.setattr(execution, "LARGEST_BATCH", 1)
    given = []

    class Crew(Executor):
        """Loses the second and the fourth piece of work."""

        def submit(self, call, *arguments):
            given.append(self)
            future = Future()
            if len(given) in (2, 4):
                future.set_exception(KilledWorker("key", "tcp://127.0.0.1:1", 0))
            else:
                future.set_result(call(*arguments))
            return future

    with opened_store(tmp_path / "s") as store:
        done = execution.execute(plan, store, lambda _: nullcontext((Crew(), 1)), lambda _: None)
        assert (done.done, done.failed) == (4, 0)
        assert all(store.has(case.key) for case in plan.cases)
    # 60 kg; 70 kg, which is lost, and 80 kg; a new crew for 90 kg, which is lost; a third one for 70 and 90 kg.
    crews = list(dict.fromkeys(given))
    assert [crews.index(crew) for crew in given] == [0, 0, 0, 1, 2, 2]


def test_no_more_bones_are_begun_than_can_be_in_work(study_of, tmp_path, monkeypatch):
    plan = plan_of(study_of("[cross]", '"bone.thickness_scale" = [0.9, 0.95, 1.0, 1.05]', "mass = [60, 70, 80]"))
    monkeypatch.setattr(execution, "LARGEST_BATCH", 1)
    given = []

    class Crew(Executor):
        """Fails all cases at once."""

        def submit(self, call, task):
            given.append(task[0].basis)
            future = Future()
            future.set_result(Done({}, {key: "failed" for batch in task for key, _ in batch.cases}, 0, (0.0, 0.0)))
            return future

    with opened_store(tmp_path / "s") as store:
        execution.execute(plan, store, lambda _: nullcontext((Crew(), 1)), lambda _: None)
    assert len(given) == 12
    # One worker, and one task that waits for it: a cache that keeps two bones is enough.
    for k in range(len(given)):
        assert len({bone for bone in given[: k + 1] if bone in given[k + 1 :]}) <= 2


def test_workers_listen_on_loopback_keep_to_one_thread_and_leave_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(Path(__file__).parents[2])
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    before, heard = dict(os.environ), listening([psutil.Process()])
    with execution.local_crew(2, 5) as (executor, count):
        assert count == 2
        workers = [psutil.Process(pid) for pid in executor._client.run(os.getpid).values()]
        assert len(workers) == 2
        assert {ip for ip, _ in listening([psutil.Process(), *workers]) - heard} == {"127.0.0.1"}
        assert executor.submit(os.getenv, "OMP_NUM_THREADS").result() == "1"
        limit, folder = executor.submit(limit_and_folder).result()
        assert limit is None
        assert Path(folder).is_relative_to(tempfile.gettempdir())
    assert psutil.wait_procs(workers, timeout=5)[1] == []
    assert dict(os.environ) == before
    assert list(tmp_path.iterdir()) == []


def listening(processes):
    return {tuple(c.laddr) for p in processes for c in p.net_connections("inet") if c.status == psutil.CONN_LISTEN}


def limit_and_folder():
    return get_worker().memory_manager.memory_limit, get_worker().local_directory


def test_no_more_workers_begin_than_can_be_busy():
    with execution.local_crew(8, 1) as (_, count):
        assert count == 1


@pytest.mark.parametrize("when", ["workers begin", "a bone is meshed and solved"])
def test_ctrl_c_leaves_no_process_and_no_noise(tmp_path, when):
    """To the whole group of processes, as a terminal sends it."""
    file = tmp_path / "study.toml"
    file.write_text(TRIAL, encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, "-m", "fea", "study", str(file), "--workers", "2", "--out", str(tmp_path / "s")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "BONEFEA_CACHE": str(tmp_path / "cache")},
        start_new_session=True,
        # A shell that runs the tests in the background lets them ignore SIGINT; the study must hear it.
        preexec_fn=functools.partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
    )
    parent = psutil.Process(process.pid)
    log = tmp_path / "s/study.log"
    while len(parent.children()) < 3 or (when != "workers begin" and not log.exists()):
        assert process.poll() is None
        time.sleep(0.05)
    family = parent.children(recursive=True)
    assert len(family) == 3  # two workers and what keeps track of their semaphores
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err.strip()) == (130, "", "bonefea: stopped.")
    assert psutil.wait_procs(family, timeout=5)[1] == []


def test_ctrl_c_is_heard_after_workers_have_begun_not_before():
    """Another thread takes the signal where this one does not, as that of a progress bar."""
    others, reached = threading.Event(), []
    threading.Thread(target=others.wait).start()
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may start us deaf to it

    def begin():
        with execution._keyboard_held():
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(0.2)
            reached.append("the end")

    try:
        with pytest.raises(KeyboardInterrupt):
            begin()
    finally:
        others.set()
        signal.signal(signal.SIGINT, before)
    assert reached == ["the end"]


def test_a_study_killed_again_and_again_ends_as_an_undisturbed_one(finished, tmp_path):
    """SIGKILL of the parent at growing delays; its workers must go with it, finished cases must stay."""
    undisturbed = finished[2]
    file = tmp_path / "study.toml"
    file.write_text(TRIAL, encoding="utf-8")
    command = [sys.executable, "-m", "fea", "study", str(file), "--workers", "2", "--out", str(tmp_path / "s")]
    where: dict[str, Any] = {"cwd": tmp_path, "env": os.environ | {"BONEFEA_CACHE": str(tmp_path / "cache")}}
    kept: dict[str, int] = {}
    for delay in (1.0, 3.0, 4.0, 5.0, 6.0):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **where)
        time.sleep(delay)
        family = psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
        process.kill()
        process.wait()
        _, alive = psutil.wait_procs(family, timeout=20)
        assert alive == []
        entries = tmp_path / "s/store/cases"
        now = {f.name: f.stat().st_mtime_ns for f in entries.glob("*.json")} if entries.exists() else {}
        assert kept.items() <= now.items()
        kept = now
    ran = subprocess.run(command, capture_output=True, text=True, check=False, **where)
    assert ran.returncode == 0, ran.stderr
    for name in TABLES:
        assert (tmp_path / "s" / name).read_bytes() == (undisturbed / name).read_bytes(), name


def test_a_picture_of_a_study_is_whole_or_the_older_one(study_of, tmp_path, monkeypatch):
    def broken(_, file):
        file.write_bytes(b"half")
        raise OSError("killed here, so to say")

    study = study_of("[cross]", "mass = [60, 70]")
    api.execute_study(study, plan_of(study), tmp_path / "s", workers=1)
    before = (tmp_path / "s/study.png").read_bytes()
    monkeypatch.setattr(api, "draw_study", broken)
    with pytest.raises(RunError, match="killed here"):
        api.execute_study(study, plan_of(study), tmp_path / "s", workers=1)
    assert (tmp_path / "s/study.png").read_bytes() == before


def test_training_gives_a_probability_that_grows_with_its_amount(study_of, tmp_path):
    base = {"bone": "metatarsal2", "activity": "running", "size": 2.0}
    last = []
    for km in (2.0, 8.0):
        study = study_of("[cross]", "mass = [60, 80]", "[training]", f"km_per_day = {km}", "days = 60", base=base)
        run_study(study, plan_of(study), tmp_path / f"{km:g}", workers=1)
        table = load(tmp_path / f"{km:g}").wide()
        last.append(table["probability after 60 d [1]"])
        assert 0.0 <= last[-1].iloc[0] <= last[-1].iloc[1] <= 1.0
        assert table["damage of a day [1]"].iloc[0] < table["damage of a day [1]"].iloc[1]
    assert (last[0] <= last[1]).all()


def test_training_of_the_wrong_kind_is_a_failed_case(study_of, tmp_path):
    study = study_of("[training]", "repetitions_per_day = 10", "days = 60")
    with pytest.raises(RunError, match="gives no km_per_day"):
        run_study(study, plan_of(study), tmp_path / "s", workers=1)


def test_workers_are_as_many_as_memory_allows(finished, monkeypatch):
    plan = finished[1]
    need = plan.groups[0].memory_bytes
    memory = lambda size: lambda: type("Memory", (), {"available": size})  # noqa: E731
    monkeypatch.setattr(psutil, "virtual_memory", memory(2.5 * need))
    assert execution.most_workers(plan, 8) == 2
    monkeypatch.setattr(psutil, "virtual_memory", memory(0.5 * need))
    with pytest.raises(InputError, match="GiB are free; take a larger size"):
        execution.most_workers(plan, None)


@pytest.mark.parametrize("count", [0, -1, 5000])
def test_an_impossible_number_of_workers_is_refused(finished, count):
    with pytest.raises(InputError, match="1 to 1024"):
        execution.most_workers(finished[1], count)


def test_a_finer_mesh_is_expected_to_need_more(finished):
    group = finished[1].groups[0]
    finer = CaseGroup("b" * 64, 1, group.cases, 8 * group.cells)
    assert finer.memory_bytes > 2.0 * group.memory_bytes
    assert finer.seconds(10) > group.seconds(10) > 0.0
    assert finer.seconds(0) == 0.0


def test_a_damaged_result_is_refused(finished, tmp_path):
    import shutil

    copy = tmp_path / "copy"
    shutil.copytree(finished[2], copy)
    table = copy / "results.parquet"
    table.write_bytes(table.read_bytes()[:-1])
    with pytest.raises(InputError, match="not what the study wrote"):
        load(copy)
    with pytest.raises(InputError, match=r"manifest.json is missing"):
        load(tmp_path)
