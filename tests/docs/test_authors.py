"""docs/authors.md, run as it stands, over an emulated account with the lab of examples/queue-workers in it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from grader.cli.commands import cli
from grader.errors import GraderError
from tests.labs.conftest import Emulator, credentials, emulator

__all__ = ["credentials", "emulator"]

TEXT = (Path(__file__).parents[2] / "docs" / "authors.md").read_text(encoding="utf-8")


def steps() -> Iterator[tuple[str, str]]:
    """The page in order: ``file`` with its YAML, and ``run`` with each command."""
    for fence in re.finditer(r"^```(sh|yaml)\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL):
        kind, body = fence.groups()
        if kind == "yaml":
            yield "file", body
        else:
            yield from (("run", line) for line in body.splitlines())


@pytest.mark.usefixtures("credentials")
def test_the_page_runs_as_it_stands(emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every command of the page ends well, in its order, and the rubric earns all that a machine can give."""
    emulator.build("queue-workers", "right")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AWS_ENDPOINT_URL", emulator.url)
    said: dict[str, str] = {}
    for kind, text in steps():
        if kind == "file":
            name = text.splitlines()[0].removeprefix("# ")
            Path(name).write_text(text, encoding="utf-8")
            continue
        command, _, target = text.partition(" > ")
        words = shlex.split(command)
        assert words[0] == "grader"
        try:
            done = CliRunner().invoke(cli, words[1:], prog_name="grader", standalone_mode=False, catch_exceptions=False)
        except GraderError as error:
            pytest.fail(f"{text}: {error}")
        assert done.return_value in (0, 3), f"{text}\n{done.output}"
        said[text] = done.stdout
        if target:
            Path(target).write_text(done.stdout, encoding="utf-8")
    (graded,) = (output for line, output in said.items() if line.startswith("grader check"))
    assert "Score: 4.00 of 5.00 (up to 5.00)" in graded


def test_every_relation_and_every_key_of_a_thing_is_explained() -> None:
    """The page names each expectation, and each key that a thing can have."""
    from grader.rubric.things import KEYS
    from grader.things.expectations import RELATIONS
    from grader.things.paths import FUNCTIONS

    assert [name for name in (*RELATIONS, *KEYS, *FUNCTIONS) if not re.search(rf"\b{name}\b", TEXT)] == []
