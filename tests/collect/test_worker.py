"""The process that collects: what it is told, what it tells, and how it ends."""

from __future__ import annotations

import json
import os
import pickle
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from grader.collect import Access
from grader.collect.background import Reading
from grader.errors import CannotGrade, GraderError, UsageError
from reference_app.emulator import EmulatedAccount

WHOSE = frozenset({"sts.GetCallerIdentity"})


def _read(*accesses: Access) -> list[str]:
    """What became of each account: its number, or the sentence of its error."""
    with Reading(accesses) as reading:
        reading.ask(WHOSE)
        return [str(one) if isinstance(one, GraderError) else one["meta"]["account"] for one in reading]


def _access(student: EmulatedAccount, **more: str) -> Access:
    return Access(endpoint_url=student.endpoint_url, regions=(student.region,), probe=False, **more)  # type: ignore[arg-type]


def test_accounts_come_in_their_order_with_their_errors_between(student: EmulatedAccount) -> None:
    """An account that cannot be read takes none of the others with it."""
    fine = _access(student)
    first, second, third = _read(fine, _access(student, profile="nobody"), fine)
    assert first == third == student.account
    assert "there is no profile 'nobody'" in second


def test_an_error_keeps_what_it_says_and_its_exit_code() -> None:
    """What the other process raised is what this one says: problem, place, remedy."""
    raised = UsageError("it is wrong.", where="--region", remedy="Write another.")
    came = pickle.loads(pickle.dumps(raised))
    assert (str(came), came.where, came.remedy, came.exit_code) == (str(raised), "--region", "Write another.", 2)


def test_what_stands_in_the_folder_is_not_loaded(
    student: EmulatedAccount, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A student's own queue.py or grader.py is none of our modules."""
    monkeypatch.chdir(tmp_path)
    for name in ("queue", "grader", "botocore", "signal"):
        Path(f"{name}.py").write_text("raise SystemExit('loaded from the folder')", encoding="utf-8")
    assert _read(_access(student)) == [student.account]


def test_a_process_that_ends_early_is_said_so(student: EmulatedAccount) -> None:
    """One sentence and exit code 4, not a wait for ever."""
    with Reading((_access(student), _access(student))) as reading:
        reading._process.kill()
        reading._process.wait()
        reading.ask(WHOSE)
        (error,) = reading
    assert isinstance(error, CannotGrade)
    assert "ended early" in str(error)


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interruption_ends_both_processes(
    sent: signal.Signals, code: int, student: EmulatedAccount, tmp_path: Path
) -> None:
    """Ctrl-C or TERM while an endpoint keeps silent: one word, the shell's code for it, nobody left behind."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        command = [sys.executable, "-m", "grader", "check", "--region", student.region]
        endpoint = f"http://127.0.0.1:{silent.getsockname()[1]}"
        process = subprocess.Popen(
            [*command, "--endpoint-url", endpoint],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
            cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        )  # fmt: skip
        silent.settimeout(60)  # should it end before it asks, the test must not wait for ever
        connection, _ = silent.accept()
        if sent is signal.SIGINT:
            os.killpg(process.pid, sent)  # a terminal sends it to all
        else:
            os.kill(process.pid, sent)
        connection.close()
        output, errors = process.communicate(timeout=20)
    # CPython ends by the signal itself where it came while a string was executed; a shell calls both so.
    assert process.returncode in (code, -sent, -signal.SIGINT)
    assert (output, errors.strip()) == ("", "stopped.")
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)


def test_nobody_who_listens_is_no_error(student: EmulatedAccount) -> None:
    """Whoever started it is gone: it ends without a word."""
    reading, writing = os.pipe()
    os.close(reading)
    code = "from grader.collect.worker import serve; serve()"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=writing, stderr=subprocess.PIPE
    ) as process:
        os.close(writing)
        told = pickle.dumps((_access(student),)) + pickle.dumps(WHOSE)
        _, errors = process.communicate(told, timeout=20)
    assert (process.returncode, errors) == (0, b"")


def test_reading_needs_no_standard_error(student: EmulatedAccount, tmp_path: Path) -> None:
    """Where a job closes it, evidence still comes out whole."""
    command = [sys.executable, "-m", "grader", "collect", "--evidence", "-", "--no-probe", "--region", student.region]
    ran = subprocess.run(
        ["sh", "-c", 'exec "$@" 2>&-', "sh", *command, "--endpoint-url", student.endpoint_url],
        capture_output=True, text=True, check=True,
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )  # fmt: skip
    assert json.loads(ran.stdout)["meta"]["account"] == student.account
