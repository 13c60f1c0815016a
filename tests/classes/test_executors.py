"""The run takes any executor: a thread pool, our own processes, a Dask cluster; a worker that dies costs only time."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from time import monotonic, sleep
from typing import Any

import pytest

from grader.class_run.crew import Crew
from grader.class_run.folder import Folder
from grader.class_run.plan import Reach, Wanted, scheme_of
from grader.class_run.run import ClassRun, Event, Tally
from grader.class_run.state import State
from grader.class_run.tasks import WorkerLost
from grader.classes.roster import students_of_folder
from grader.errors import GraderError
from grader.rubric import open_rubric
from tests.classes.command import environment
from tests.classes.conftest import write_evidence
from tests.classes.live import LiveClass, results

COUNT = 12


def hand_ins(folder: Path) -> Path:
    """Evidence of twelve students."""
    for number in range(COUNT):
        write_evidence(folder / f"evidence/s{number:02}.json", *(("M125",) if number % 2 else ()))
    return folder / "evidence"


def graded_by(executor: Executor, folder: Path, evidence: Path, **more: Any) -> tuple[Tally, dict[str, float]]:
    """Grade a folder of evidence by an executor; the scores by student."""
    place = Folder(folder)
    place.prepare()
    rubric = open_rubric()
    state = State(place.state)
    try:
        run = ClassRun(
            place, state, rubric, scheme_of(rubric, None, None, ()), students_of_folder(evidence).students, {},
            Reach(4, 50), Wanted(pages=False), executor, **more,
        )  # fmt: skip
        tally = run.run()
        found = {name: summary["raw"] for name, _, summary, _ in state.summaries() if summary}
    finally:
        state.close()
    return tally, found


EXPECTED = {f"s{number:02}": 9.875 if number % 2 else 10.0 for number in range(COUNT)}


@pytest.mark.parametrize("remote", [False, True])
def test_a_thread_pool_is_enough(tmp_path: Path, remote: bool) -> None:
    """Whoever has an executor of Python's own can use it; evidence goes as a file or as bytes."""
    with ThreadPoolExecutor(2) as executor:
        tally, found = graded_by(executor, tmp_path / "run", hand_ins(tmp_path), remote=remote)
    assert found == EXPECTED
    assert tally.graded == COUNT


def test_a_process_that_dies_costs_only_time(tmp_path: Path) -> None:
    """What it was at work on is done by another one."""
    crew = Crew(2, 4)
    killed: list[int] = []

    def heard(event: Event) -> None:
        if event.kind == "graded" and not killed:
            member = crew._members[0]
            killed.append(member.process.pid)
            member.process.kill()

    try:
        tally, found = graded_by(crew, tmp_path / "run", hand_ins(tmp_path), heard=heard)
    finally:
        crew.shutdown()
    assert killed
    assert (found, tally.failed) == (EXPECTED, 0)


def test_an_error_of_a_task_is_its_own(tmp_path: Path) -> None:
    """What nobody foresaw comes back as one error, a dead process as another; the crew goes on."""
    crew = Crew(1, 2)
    try:
        wrong = crew.submit(int, "x").exception()
        assert isinstance(wrong, GraderError)
        assert "ValueError: invalid literal" in str(wrong)
        assert isinstance(crew.submit(os._exit, 7).exception(), WorkerLost)
        assert crew.submit(int, "5").result() == 5
        waiting = [crew.submit(sleep, 30) for _ in range(6)]
        crew.shutdown(wait=False, cancel_futures=True)
        assert any(one.cancelled() for one in waiting)
        assert isinstance(next(one for one in waiting if not one.cancelled()).exception(), WorkerLost)
    finally:
        crew.shutdown(wait=False, cancel_futures=True)


@contextmanager
def dask(folder: Path) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """A real scheduler and two worker processes: its address, and the workers."""
    (folder / "dask").mkdir()
    found = folder / "scheduler.json"
    settings = environment(folder) | {"DASK_DISTRIBUTED__WORKER__USE_FILE_LOCKING": "False"}

    def started(*arguments: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", *arguments], cwd=folder / "dask", env=settings,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    scheduler = started(
        "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file",
        str(found),
    )  # fmt: skip
    processes = [scheduler]
    try:
        end = monotonic() + 60
        while not found.exists():
            assert monotonic() < end
            assert scheduler.poll() is None
            sleep(0.1)
        import json

        address = json.loads(found.read_text("utf-8"))["address"]
        workers = [
            started(
                "distributed.cli.dask_worker", address, "--host", "127.0.0.1", "--nthreads", "4", "--no-nanny",
                "--no-dashboard", "--name", f"w{number}",
            )
            for number in range(2)
        ]  # fmt: skip
        processes += workers
        yield address, workers
    finally:
        for process in processes:
            process.kill()
            process.wait()


@pytest.mark.slow
def test_a_dask_cluster_loses_a_worker_and_nothing_else(live: LiveClass, tmp_path: Path) -> None:
    """A real scheduler and two real worker processes, one killed in the middle: every score is right."""
    accounts = live.roster(tmp_path, 16)
    with dask(tmp_path) as (address, workers):
        place = tmp_path / "reports/roster/evidence"

        def kill_one() -> None:
            end = monotonic() + 120
            while len([*place.glob("*.json.gz")]) < 3 and monotonic() < end:
                sleep(0.05)
            workers[0].send_signal(signal.SIGKILL)

        killer = Thread(target=kill_one)
        killer.start()
        ran = live.run(tmp_path, "--scheduler", address, "--at-once", "6")
        killer.join()
        assert workers[0].poll() == -signal.SIGKILL
        assert workers[1].poll() is None
    assert ran.returncode == 1, ran.stderr
    assert results(tmp_path) == {f"s{one % 1000:03}": live.score(one) for one in accounts}
    assert len([*place.glob("*.json.gz")]) == 16


def test_no_scheduler_is_one_sentence(tmp_path: Path) -> None:
    """Exit code 4, what was tried, and how to start one."""
    write_evidence(tmp_path / "evidence/ada.json")
    ran = subprocess.run(
        [sys.executable, "-m", "grader", "class", "evidence/", "--scheduler", "tcp://127.0.0.1:9"], cwd=tmp_path,
        env=environment(tmp_path), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 4
    assert "no scheduler responds at tcp://127.0.0.1:9" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_nothing_is_imported_while_pytest_is_at_work(live: LiveClass, tmp_path: Path) -> None:
    """Its hook would rewrite whatever another thread imports, and CPython 3.11 cannot parse in two threads at once."""
    code = (
        "import sys\n"
        "from grader.class_run import tasks\n"
        "from grader.collect import Access\n"
        "from grader.collect.access import Keys\n"
        "from grader.rubric import open_rubric\n"
        "from grader.rubric.needs import operations_for\n"
        "from pathlib import Path\n"
        "scheme = tasks.Scheme(None, '1')\n"
        "tasks.grade(tasks.Grade('s', scheme, Path(sys.argv[1]), 's.json', '', None, ()))\n"
        "before = set(sys.modules)\n"
        "connect = (sys.argv[3],)\n"
        "keys = Keys('AKIA700000000000', 'secret', None, 'eu-west-1')\n"
        "access = Access(endpoint_url=sys.argv[2], connect_to=connect, keys=keys)\n"
        "tasks.collect(tasks.Collect('s', scheme, access, operations_for(open_rubric().items), 50))\n"
        "print(sorted(set(sys.modules) - before))\n"
    )
    file = write_evidence(tmp_path / "ada.json")
    ran = subprocess.run(
        [sys.executable, "-c", code, str(file), live.options[1], live.options[3]], cwd=tmp_path,
        env=environment(tmp_path), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.stdout == "[]\n", ran.stderr
