"""What a shell offers when Tab is pressed, asked as the script of bash asks it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest


def offered(line: str, folder: Path, **more: str) -> tuple[int, list[str]]:
    """Exit code, and what is offered for the last word of a line."""
    asked = {"_GRADER_COMPLETE": "bash_complete", "COMP_WORDS": line, "COMP_CWORD": str(len(line.split(" ")) - 1)}
    command = [sys.executable, "-m", "grader"]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), **asked, **more}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.stderr == ""
    return done.returncode, [line for line in done.stdout.splitlines() if line]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("grader cl", "plain,class"),
        ("grader demo --fault nat-in", "plain,nat-in-private-subnet"),
        ("grader check --region eu-west-1", "plain,eu-west-1"),
        ("grader check --item 4.1", "plain,4.1"),
        ("grader grade --bind vp", "plain,vpc="),
        ("grader grade lab", "file,lab"),
        ("grader grade lab.json --json out", "file,out"),
        ("grader class ro", "file,ro"),
        ("grader class roster.csv --out rep", "dir,rep"),
        ("grader why 5.4 lab", "file,lab"),
    ],
)
def test_the_word_is_completed(line: str, expected: str, tmp_path: Path) -> None:
    """Commands, faults, regions, steps, nouns, files and folders."""
    assert offered(line, tmp_path) == (0, [expected])


def test_a_step_or_a_file_comes_first(tmp_path: Path) -> None:
    """``why`` takes a step or, without one, the file."""
    _, words = offered("grader why 5.", tmp_path)
    assert {"plain,5.4", "file,5."} <= set(words)


def test_profiles_are_those_of_the_aws_cli(tmp_path: Path) -> None:
    """From its configuration file."""
    config = tmp_path / "config"
    config.write_text("[profile lab]\nregion=eu-west-1\n[profile other]\nregion=eu-west-1\n", "utf-8")
    none = str(tmp_path / "none")
    given = {"AWS_CONFIG_FILE": str(config), "AWS_SHARED_CREDENTIALS_FILE": none}
    assert offered("grader check --profile l", tmp_path, **given) == (0, ["plain,lab"])


def test_steps_are_those_of_the_rubric_that_is_named(tmp_path: Path) -> None:
    """One that cannot be read offers nothing, and says nothing."""
    (tmp_path / "broken.yaml").write_text("sections: [", "utf-8")
    assert offered("grader grade --rubric broken.yaml --item 4", tmp_path) == (0, [])


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_of_each_shell_is_printed(shell: str, tmp_path: Path) -> None:
    """It ends well, so that a shell's start-up file can evaluate it."""
    code, lines = offered("", tmp_path, _GRADER_COMPLETE=f"{shell}_source")
    assert code == 0
    assert any("grader" in line for line in lines)
