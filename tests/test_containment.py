# ruff: noqa: E501 - a table of changes reads best with one in a line
"""A fault of the grader, or work without end, concerns one account: it is said, and the others are graded."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from textwrap import dedent
from time import monotonic
from typing import Any

import pytest

from grader.containment import InternalError, contained
from grader.errors import EvidenceError
from grader.evidence import Evidence
from tests.cases import GOLDEN, golden, patched
from tests.cli.conftest import Ran, run  # noqa: F401 - the fixture


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Three hand-ins in the current folder, of 10, 10 and 9.9 points."""
    monkeypatch.chdir(tmp_path)
    for name, document in (("first", golden()), ("second", golden()), ("third", patched("M212"))):
        Path(f"{name}.json").write_text(json.dumps(document), encoding="utf-8")
    return [Path(f"{name}.json") for name in ("first", "second", "third")]


def test_an_error_that_nobody_foresaw_names_the_file_and_the_place() -> None:
    """It says what was being worked on, where in the grader it broke, the version, and how to report it."""
    with pytest.raises(InternalError) as caught, contained("lab.json"):
        Evidence({"meta": {}, "calls": {}}).entry(5)  # type: ignore[arg-type]
    text = str(caught.value)
    assert text.startswith("lab.json: the grader itself failed: AttributeError: ")
    assert "grader/evidence/document.py:" in text
    assert "Report it" in text
    assert caught.value.exit_code not in (0, 1, 2, 3, 4)


@pytest.mark.parametrize("error", [EvidenceError("no"), KeyboardInterrupt(), SystemExit(3)])
def test_what_is_said_on_purpose_passes(error: BaseException) -> None:
    """Our own errors, an interruption and an exit are no faults."""
    with pytest.raises(type(error)) as caught, contained("lab.json"):
        raise error
    assert caught.value is error


def alone(script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a script in a process of its own.

    An alarm ends whatever runs. What measures coverage here, and what hypothesis hangs into the garbage collector, would
    not survive that.
    """
    return subprocess.run(
        [sys.executable, "-c", dedent(script), *arguments], capture_output=True, text=True, timeout=120, check=False
    )


IN_A_THREAD = """
    import random, signal, sys, threading, time
    from collections import Counter
    from grader.containment import contained

    def run(work):
        if sys.argv[1] == "main":
            return work()
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
"""


@pytest.mark.parametrize("where", ["main", "other"])
def test_work_without_end_is_ended(where: str) -> None:
    """After its seconds, in the main thread and in any other; even where the body catches errors."""
    script = """
    def endless():
        try:
            with contained("lab.json", seconds=0.2):
                while True:
                    try:
                        sum(range(1000))
                    except Exception:  # what a careless library does
                        continue
        except Exception as error:
            print(type(error).__name__, error)

    run(endless)
    """
    began = monotonic()
    ran = alone(IN_A_THREAD + script, where)
    assert monotonic() - began < 15
    assert ran.stdout.startswith("TookTooLong lab.json: it took more than 0.2 seconds"), ran.stderr


def test_no_alarm_comes_after_the_end() -> None:
    """A body that is done in time leaves no clock behind."""
    with contained("lab.json", seconds=0.1):
        pass
    ends = monotonic() + 0.3
    while monotonic() < ends:
        sum(range(1000))


@pytest.mark.parametrize("where", ["main", "other"])
def test_an_alarm_at_any_moment_is_said_and_leaves_no_clock(where: str) -> None:
    """Also while the clock is started or stopped, where it would ring for ever, in whatever comes after."""
    script = """
    times, slower = (10_000, 1) if sys.argv[1] == "main" else (500, 50)
    said, chance = Counter(), random.Random(1)

    def often():
        for _ in range(times):
            try:
                with contained("lab.json", seconds=chance.uniform(1e-6, 3e-4 * slower)):
                    for _ in range(chance.randrange(20 * slower)):
                        sum(range(100))
                        time.sleep(0)  # lets the other thread in
                said["in time"] += 1
            except BaseException as error:  # an alarm that escapes is what this looks for
                said[type(error).__name__] += 1

    run(often)
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)
    assert signal.getsignal(signal.SIGALRM) == signal.SIG_DFL
    print(sorted(said))
    """
    ran = alone(IN_A_THREAD + script, where)
    assert ran.stdout.strip() == "['TookTooLong', 'in time']", ran.stderr


def plant(monkeypatch: pytest.MonkeyPatch, target: str) -> None:
    """Plant a fault in a function of ours: it breaks for whatever belongs to second.json, and works for the rest."""
    module, _, name = target.rpartition(".")
    owner: Any = __import__(module, fromlist=["x"]) if module != "Evidence" else Evidence
    works = getattr(owner, name)

    def breaks(*arguments: Any, **more: Any) -> Any:
        if any("second.json" in str(getattr(one, "source", getattr(one, "evidence", one))) for one in arguments) or any(
            "second.json" in one.evidence.source for one in arguments if hasattr(one, "result")
        ):
            raise ZeroDivisionError("a planted fault")
        return works(*arguments, **more)

    monkeypatch.setattr(owner, name, breaks)


@pytest.mark.parametrize("target", ["Evidence.answer_to", "grader.grading.pipeline.candidates", "grader.cli.commands.limited"])
def test_a_fault_in_one_account_leaves_the_others(
    run: Any, files: list[Path], monkeypatch: pytest.MonkeyPatch, target: str  # noqa: F811
) -> None:
    """Wherever it breaks: one message for that file, exit code 5, results and pages of the others written."""
    if target == "grader.cli.commands.limited":
        Path("second.json").write_bytes(b"\x1f\x8b")
    else:
        plant(monkeypatch, target)
    ran: Ran = run("grade", *files, "--json", "results.json", "--junit", "results.xml", "--html", "page-{account}.html")
    assert "Traceback" not in ran.errors
    assert ran.errors.count("second.json") == ran.errors.count("\n") == 1
    assert ran.code == (2 if target == "grader.cli.commands.limited" else 5)
    assert [one["score"] for one in json.loads(Path("results.json").read_text("utf-8"))] == [10.0, 9.9]
    assert len(list(Path().glob("page-*.html"))) == 2
    assert Path("results.xml").stat().st_size > 1000


def test_a_fault_of_a_report_leaves_the_others(
    run: Any, files: list[Path], monkeypatch: pytest.MonkeyPatch  # noqa: F811
) -> None:
    """A page and a feed that cannot be made of one account are made of the rest."""
    plant(monkeypatch, "grader.report.page.page.render_page")
    ran: Ran = run("grade", *files, "--json", "results.json", "--html", "page-{account}.html")
    assert (ran.code, ran.errors.count("second.json: the grader itself failed")) == (5, 1)
    assert len(list(Path().glob("page-*.html"))) == 2


def test_an_account_that_would_take_for_ever_is_cut_off(files: list[Path]) -> None:
    """50,000 users keep the grader busy for most of a minute; beyond its seconds the file is refused."""
    document = golden()
    (keys,) = document["calls"]["iam.ListUsers"].values()
    users = keys[""]["response"]["Users"]
    users += [{**users[0], "UserName": f"user-{number}"} for number in range(50_000)]
    files[1].write_text(json.dumps(document), encoding="utf-8")
    script = """
    from grader import containment
    containment.MAX_SECONDS = 4.0
    from grader.cli.commands import main
    main()
    """
    ran = alone(script, "grade", *map(str, files), "--no-html")
    assert ran.returncode == 2
    assert "second.json: it took more than 4 seconds, which no account needs." in ran.stderr
    assert ["10.00 of 10.00" in ran.stdout, "9.90 of 10.00" in ran.stdout] == [True, True]


def test_the_command_itself_never_shows_a_traceback(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    """A fault outside of any account is one sentence too."""

    def breaks(*_: object) -> None:
        raise ZeroDivisionError("a planted fault")

    monkeypatch.setattr("grader.cli.options.RubricOptions.read", breaks)
    ran: Ran = run("grade", GOLDEN, "--no-html")
    assert (ran.code, ran.output, ran.errors.count("\n")) == (5, "", 1)
    assert "ZeroDivisionError: a planted fault" in ran.errors
