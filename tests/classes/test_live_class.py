"""``grader class`` over accounts: what happens to one touches no other, and a run that was stopped goes on."""

from __future__ import annotations

import gzip
import json
import os
import re
import signal
import sqlite3
from pathlib import Path
from random import Random
from time import monotonic, sleep

import pytest

from tests.classes.command import environment
from tests.classes.conftest import scores
from tests.classes.live import LiveClass, kill, results
from tests.classes.many_accounts import FIRST

pytestmark = pytest.mark.slow
TROUBLES = (901, 902, 903, 905)


def test_five_kinds_of_trouble_cost_nobody_else_anything(live: LiveClass, tmp_path: Path) -> None:
    """Wrong keys, a token that expires midway, a suspended account and garbage stand between eight good accounts."""
    accounts = live.roster(tmp_path, 8, TROUBLES)
    ran = live.run(tmp_path)
    assert ran.returncode == 4, ran.stderr
    found = scores(tmp_path / "reports/roster")
    for account in accounts[:8]:
        assert float(found[f"s{account % 1000:03}"]["score"]) == live.score(account)
    assert "does not accept these credentials" in found["s901"]["error"]
    assert "did not return an AWS response" in found["s905"]["error"]
    for student in ("s902", "s903"):
        assert (found[student]["up_to"], found[student]["error"]) == ("10", "")
        # How much was read before depends on what was under way at that moment.
        assert float(found[student]["open"]) > 0


def test_every_answer_is_of_its_own_account(live: LiveClass, tmp_path: Path) -> None:
    """No evidence holds the number of another account, nor the evidence of the secret that signed for it."""
    accounts = live.roster(tmp_path, 12)
    live.run(tmp_path)
    for account in accounts:
        text = gzip.decompress((tmp_path / f"reports/roster/evidence/s{account % 1000:03}.json.gz").read_bytes())
        assert set(re.findall(rb"7000000\d{5}", text)) == {str(account).encode()}
        assert b"not-a-secret" not in text
    kept = [path for path in (tmp_path / "reports").rglob("*") if path.is_file()]
    assert [path for path in kept if b"not-a-secret" in path.read_bytes()] == []


def test_regrading_asks_aws_nothing(live: LiveClass, tmp_path: Path) -> None:
    """Not even where an account was never read; that student has no grade."""
    live.roster(tmp_path, 2, (901,))
    live.run(tmp_path)
    before = live.served.count()["requests"]
    ran = live.run(tmp_path, "--regrade")
    assert live.served.count()["requests"] == before
    assert "0 accounts read, 2 graded" in ran.stdout
    assert ran.returncode == 4


def test_an_interruption_says_how_to_continue_and_continuing_asks_nobody_again(live: LiveClass, tmp_path: Path) -> None:
    """Ctrl-C: exit code 130 and one line; the same command does the rest."""
    accounts = live.roster(tmp_path, 16)
    process = live.start(tmp_path, "--at-once", "2")
    _wait_for(tmp_path, 4)
    os.kill(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 130, errors
    assert re.search(r"stopped\. \d+ of 16 students are graded\. Run the same command to continue\.\n$", errors)
    done = _complete(tmp_path)
    ran = live.run(tmp_path)
    asked = int(re.search(r"(\d+) accounts read", ran.stdout)[1])  # type: ignore[index]
    assert asked == 16 - done
    assert results(tmp_path) == {f"s{one % 1000:03}": live.score(one) for one in accounts}


def test_a_killed_run_leaves_no_process_behind_and_continues(live: LiveClass, tmp_path: Path) -> None:
    """kill -9, twice; then the grades are those of an undisturbed run."""
    accounts = live.roster(tmp_path, 10)
    for complete in (2, 5):
        process = live.start(tmp_path, "--at-once", "2")
        _wait_for(tmp_path, complete)
        kill(process)
        _nobody_is_left(tmp_path)
    ran = live.run(tmp_path)
    assert ran.returncode == 1, ran.stderr
    assert results(tmp_path) == {f"s{one % 1000:03}": live.score(one) for one in accounts}


def test_open_points_are_asked_for_again(live: LiveClass, tmp_path: Path) -> None:
    """--retry open asks whoever has open points, and nobody else; what asking again does not give stays."""
    live.roster(tmp_path, 2, (1902, 901))  # the server has counted the requests of 902
    live.run(tmp_path)
    before = scores(tmp_path / "reports/roster")
    ran = live.run(tmp_path, "--retry", "open")
    # s902 has open points, s901 has no evidence at all.
    assert "2 accounts read" in ran.stdout
    assert scores(tmp_path / "reports/roster")["s000"] == before["s000"]
    keys = tmp_path / f"keys/{FIRST + 1902}.txt"
    keys.write_text(keys.read_text("utf-8").replace(str(FIRST + 1902), str(FIRST + 901)), "utf-8")
    live.run(tmp_path, "--retry", "open")
    after = scores(tmp_path / "reports/roster")["s902"]
    assert after["up_to"] == "10"
    assert "does not accept these credentials" in after["error"]


def test_a_full_disk_stops_the_run_with_a_sentence(live: LiveClass, tmp_path: Path) -> None:
    """No file is cut; with room again, the same command continues."""
    import resource
    import subprocess

    from tests.classes.command import grader

    live.roster(tmp_path, 3)
    limited = subprocess.run(
        grader(tmp_path, "class", "roster.csv", *live.options), cwd=tmp_path, env=environment(tmp_path),
        capture_output=True, text=True, check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000)),
    )  # fmt: skip
    assert limited.returncode == 4, limited.stderr
    assert "Free disk space, then run the same command again." in limited.stderr
    assert live.run(tmp_path).returncode == 1
    assert len(results(tmp_path)) == 3


@pytest.mark.exhaustive
def test_a_run_killed_at_twenty_moments_ends_with_the_grades_of_an_undisturbed_one(
    live: LiveClass, tmp_path: Path
) -> None:
    """40 accounts; after each kill -9 the same command continues, and no complete account is asked again."""
    accounts = live.roster(tmp_path, 40)
    random = Random(12)
    for _ in range(20):
        process = live.start(tmp_path, "--at-once", "4")
        sleep(random.uniform(0.3, 3.0))
        before = _complete(tmp_path)
        kill(process)
        _nobody_is_left(tmp_path)
        assert _complete(tmp_path) >= before
    done = _complete(tmp_path)
    ran = live.run(tmp_path)
    assert int(re.search(r"(\d+) accounts read", ran.stdout)[1]) == 40 - done  # type: ignore[index]
    assert results(tmp_path) == {f"s{one % 1000:03}": live.score(one) for one in accounts}


@pytest.mark.exhaustive
def test_two_hundred_accounts_in_one_run(live: LiveClass, tmp_path: Path) -> None:
    """Five of them broken in five ways; every score right, every answer its account's, memory flat."""
    accounts = live.roster(tmp_path, 195, (*TROUBLES, 904))
    process = live.start(tmp_path)
    peaks: list[tuple[int, int]] = []
    while process.poll() is None:
        peaks.append((_complete(tmp_path), _memory(process.pid)))
        sleep(1)
        if len(peaks) > 900:
            process.kill()
    _, errors = process.communicate()
    assert process.returncode == 4, errors
    found = scores(tmp_path / "reports/roster")
    assert len(found) == 200
    for account in (*accounts[:195], FIRST + 904):
        assert float(found[f"s{account % 1000:03}"]["score"]) == live.score(account)
    for account in accounts[:195]:
        text = gzip.decompress((tmp_path / f"reports/roster/evidence/s{account % 1000:03}.json.gz").read_bytes())
        assert set(re.findall(rb"7000000\d{5}", text)) == {str(account).encode()}
    half = max(size for done, size in peaks if done <= 100)
    whole = max(size for _, size in peaks)
    assert whole < 1.25 * half, peaks


def _complete(folder: Path) -> int:
    """How many accounts are complete on disk."""
    place = folder / "reports/roster/evidence"
    return len([*place.glob("*.json.gz")]) if place.exists() else 0


def _wait_for(folder: Path, complete: int) -> None:
    end = monotonic() + 60
    while _complete(folder) < complete:
        assert monotonic() < end
        sleep(0.02)


def _nobody_is_left(folder: Path) -> None:
    """The processes that the run started work in its folder, and end when the run has."""
    end = monotonic() + 20
    while any(_folder_of(process) == folder for process in _processes()):
        assert monotonic() < end
        sleep(0.05)


def _folder_of(process: int) -> Path | None:
    try:
        return Path(f"/proc/{process}/cwd").readlink()
    except OSError:
        return None


def _processes() -> list[int]:
    return [int(path.name) for path in Path("/proc").iterdir() if path.name.isdecimal()]


def _parent(process: int) -> int:
    try:
        return int(Path(f"/proc/{process}/stat").read_text("utf-8").rpartition(")")[2].split()[1])
    except (OSError, ValueError):
        return 0


def _memory(process: int) -> int:
    """KiB of a process and its children, each by what it shares with nobody or in proportion."""
    total = 0
    for one in (process, *(child for child in _processes() if _parent(child) == process)):
        try:
            lines = Path(f"/proc/{one}/smaps_rollup").read_text("utf-8").splitlines()
        except OSError:
            continue
        total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total


def test_the_state_can_be_read_while_a_run_is_at_work(live: LiveClass, tmp_path: Path) -> None:
    """Somebody who wants to know how far it is does not disturb it."""
    live.roster(tmp_path, 6)
    process = live.start(tmp_path, "--at-once", "1")
    _wait_for(tmp_path, 2)
    with sqlite3.connect(tmp_path / "reports/roster/state.sqlite") as state:
        (count,) = state.execute("SELECT count(*) FROM students").fetchone()
    state.close()
    assert count == 6
    process.communicate(timeout=120)
    assert process.returncode == 1
    assert json.loads((tmp_path / "reports/roster/results/s000.json").read_text("utf-8"))["score"] == live.score(FIRST)
