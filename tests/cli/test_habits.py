"""What people expect of any command: standard input, quiet, colours, full disks, closed pipes, no file overwritten."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cases import patched

GRADER = (sys.executable, "-m", "grader")
unix = pytest.mark.skipif(not Path("/dev/full").exists(), reason="/dev/full is Linux's")


@pytest.fixture
def evidence(tmp_path: Path) -> Path:
    """The evidence of the correct deployment."""
    path = tmp_path / "lab.json"
    path.write_text(json.dumps(patched()), "utf-8")
    return path


def run(*arguments: str | Path, **given: object) -> subprocess.CompletedProcess[str]:
    """``grader``, in the folder of the first file."""
    settings = {"capture_output": True, "text": True, "check": False, "timeout": 120, **given}
    return subprocess.run([*GRADER, *map(str, arguments)], **settings)  # type: ignore[call-overload, no-any-return]


def test_evidence_comes_from_standard_input(evidence: Path) -> None:
    """``grade -``, and what is wrong with it is said of standard input."""
    ran = run("grade", "-", "--no-html", input=evidence.read_text("utf-8"))
    assert ran.returncode == 0, ran.stderr
    assert "10.00 of 10.00" in ran.stdout
    ran = run("grade", "-", "--no-html", input="no JSON")
    assert ran.returncode == 2
    assert ran.stderr.startswith("error: standard input:1: not JSON")


def test_quiet_shows_nothing_and_writes_everything(evidence: Path, tmp_path: Path) -> None:
    """Files and exit code are as without it."""
    ran = run("grade", evidence, "-q", "--html", tmp_path / "page.html", "--json", tmp_path / "result.json")
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")
    assert (tmp_path / "page.html").stat().st_size > 1000
    assert json.loads((tmp_path / "result.json").read_text("utf-8"))["score"] == 10


def test_colours_are_a_choice(evidence: Path) -> None:
    """``--color`` before the command; a file or a pipe has none."""
    assert "\x1b[" in run("--color", "always", "grade", evidence, "--no-html").stdout
    assert "\x1b[" not in run("--color", "never", "grade", evidence, "--no-html").stdout
    assert "\x1b[" not in run("grade", evidence, "--no-html").stdout


@unix
@pytest.mark.parametrize(("variable", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_a_terminal_without_colours_gets_none(evidence: Path, variable: str, value: str) -> None:
    """On a real pseudo-terminal, which has colours otherwise."""
    import pty

    def shown(environment: dict[str, str]) -> bytes:
        ours, theirs = pty.openpty()
        child = subprocess.Popen([*GRADER, "grade", str(evidence), "--no-html"], stdout=theirs, env=environment)
        os.close(theirs)
        read = b""
        try:
            while block := os.read(ours, 65536):
                read += block
        except OSError:
            pass  # Linux ends a pseudo-terminal with an error
        child.wait(timeout=60)
        os.close(ours)
        return read

    plain = {name: text for name, text in os.environ.items() if name not in ("NO_COLOR", "TERM")}
    assert b"\x1b[" in shown({**plain, "TERM": "xterm"})
    assert b"\x1b[" not in shown({**plain, "TERM": "xterm", variable: value})


@unix
def test_a_full_disk_is_one_sentence(evidence: Path) -> None:
    """No traceback, and an exit code that is no grade; also where the sentence cannot be written either."""
    with Path("/dev/full").open("w") as full:
        ran = run("grade", evidence, "--no-html", capture_output=False, stdout=full, stderr=subprocess.PIPE)
        assert ran.returncode == 2
        assert ran.stderr.startswith("error: the output cannot be written: No space left on device.")
        assert len(ran.stderr.splitlines()) == 1
        ran = run("grade", evidence, "--no-html", capture_output=False, stdout=full, stderr=full)
        assert ran.returncode == 2


@unix
def test_a_page_that_cannot_be_written_does_not_swallow_the_score(evidence: Path) -> None:
    """The score is there; the exit code says that something went wrong."""
    ran = run("grade", evidence, "--html", "/dev/full")
    assert "10.00 of 10.00" in ran.stdout
    assert "/dev/full: cannot be written" in ran.stderr
    assert ran.returncode == 2


def test_nothing_is_overwritten_that_is_read_or_written(evidence: Path, tmp_path: Path) -> None:
    """By its name, by another spelling of it, by a link of either kind; an input as well as another output."""
    before = evidence.read_bytes()
    (tmp_path / "linked.json").symlink_to(evidence)
    (tmp_path / "hard.json").hardlink_to(evidence)
    for name in (evidence, tmp_path / "." / "x" / ".." / "lab.json", tmp_path / "linked.json", tmp_path / "hard.json"):
        ran = run("grade", evidence, "--no-html", "--json", name)
        assert ran.returncode == 2, name
        assert "this would overwrite the input" in ran.stderr
    assert evidence.read_bytes() == before
    ran = run("grade", evidence, "--no-html", "--json", tmp_path / "one", "--junit", tmp_path / "one")
    assert ran.returncode == 2
    assert "this would overwrite the file of --json" in ran.stderr
    assert not (tmp_path / "one").exists()
    (tmp_path / "old.json").write_text("{}", "utf-8")
    ran = run("grade", evidence, "--no-html", "--baseline", tmp_path / "old.json", "--json", tmp_path / "old.json")
    assert "this would overwrite the file of --baseline" in ran.stderr


@unix
def test_devices_take_any_number_of_outputs(evidence: Path) -> None:
    """/dev/null is no file that could be lost."""
    ran = run("grade", evidence, "--no-html", "--json", "/dev/null", "--junit", "/dev/null")
    assert ran.returncode == 0, ran.stderr


@unix
def test_a_closed_pipe_ends_quietly(evidence: Path) -> None:
    """``| head -0``: no traceback, and an exit code that is no grade."""
    ours, theirs = os.pipe()
    os.close(ours)
    ran = run("grade", evidence, "--no-html", capture_output=False, stdout=theirs, stderr=subprocess.PIPE)
    os.close(theirs)
    assert (ran.returncode, ran.stderr) == (141, "")
