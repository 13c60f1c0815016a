# ruff: noqa: E501 - a table of mistakes reads best with one in a line
"""Every hostile rubric: linted and graded by within seconds, and what it says is text."""

from __future__ import annotations

import re
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from tests.cases import GOLDEN
from tests.cli.conftest import Ran, run  # noqa: F401 - the fixture

HERE = Path(__file__).parent / "rubric"
FILES = sorted(HERE.iterdir())
REFUSED = {
    "alias_bomb": ":5: aliases repeat too much content.",
    "escape4": ":13: 'xxx",
    "jmes_atleast_str": ":13: at_least needs a number.",
    "jmes_deep": ":13: longer than 2000 characters.",
    "jmes_hang": ":13: it repeats what it is given more than 64 times.",
    "points_inf": ":13: points 'inf' is not a number of points.",
}
HEAD = """\
lab: A lab
points: "1"
sections:
  - id: "1"
    title: T
    items:
      - id: "1.1"
        title: A
        points: "1"
        hint: h
        checks:
"""
GOOD = HEAD + """\
          - {check: "check_2_s3.py::TestBucket::test_the_bucket_is_private", points: "1"}
"""


@pytest.mark.parametrize("command", ["lint", "grade"])
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_it_is_one_message_or_a_grade(run: Any, path: Path, command: str) -> None:  # noqa: F811
    """In seconds, with file and line; nothing that it says moves a terminal."""
    began = monotonic()
    ran: Ran = run("lint", path) if command == "lint" else run("grade", GOLDEN, "--no-html", "--rubric", path)
    assert monotonic() - began < 10
    assert all(line.isprintable() for line in (ran.output + ran.errors).splitlines())
    if path.stem in REFUSED:
        assert (ran.code, ran.output) == (2, "")
        assert f"{path}{REFUSED[path.stem]}" in ran.errors
    else:
        assert (path.stem, ran.code) == ("title_esc", 0 if command == "lint" else 1)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[" * 500_000, "nested deeper than 32 levels"),
        ("- " * 500_000, "nested deeper than 32 levels"),
        ("? " * 400_000, "nested deeper than 32 levels"),
        ("{a: " * 200_000, "nested deeper than 32 levels"),
        ("- x\n" * 60_000, "more than 50,000 values"),
        ("#" * (2**20 + 1), "larger than 1024 KiB"),
        ("lab: &a [*a]", "an alias refers to a value that contains it"),
        (GOOD.replace("A lab", "1" + ":59" * 300_000), "which is not a valid value"),
        (GOOD.replace("A lab", "0x" + "f" * 900_000), "which is not a valid value"),
        (GOOD.replace("A lab", "!!python/object/apply:os.system [x]"), "should be a single value"),
        (GOOD.replace("A lab", "!!python/name:os.system x"), "which is not a valid value"),
        (GOOD.replace("A lab", "!!binary aGk="), "which is not a valid value"),
    ],
    ids=range(12),
)
def test_yaml_is_bounded_before_anything_is_made_of_it(run: Any, tmp_path: Path, text: str, said: str) -> None:  # noqa: F811
    """Depth that overflows the parser's own stack, aliases, huge numbers and tags that make objects."""
    path = tmp_path / "rubric.yaml"
    path.write_text(text, encoding="utf-8")
    began = monotonic()
    ran: Ran = run("lint", path)
    assert monotonic() - began < 10
    assert (ran.code, ran.output) == (2, "")
    assert said in ran.errors


@pytest.mark.parametrize("points", ["1e999999999", "inf", "nan", "1_0", "9" * 400, "-1", "1/1", "\u0661"])
def test_points_are_short_decimals(run: Any, tmp_path: Path, points: str) -> None:  # noqa: F811
    """A number that takes for ever to write down, or that only Python takes for one, is refused."""
    path = tmp_path / "rubric.yaml"
    path.write_text(GOOD.replace('"1"\nsections', f'"{points}"\nsections'), encoding="utf-8")
    began = monotonic()
    ran: Ran = run("lint", path)
    option = run("grade", GOLDEN, "--no-html", "--fail-under", points)
    assert monotonic() - began < 10
    assert (ran.code, "is not a number of points" in ran.errors) == (2, True)
    assert option.code == (0 if points == "-1" else 2)


@pytest.mark.parametrize(
    "name",
    ["../check_x.py::f", "/etc/check_x.py::f", "..\\check_x.py::f", "C:check_x.py::f", "a/b.py::f", ".py::f", "x\x00.py::f",
     "check_x.py::", "check_x::f", f"{'x' * 300}.py::f"],
)  # fmt: skip
def test_a_check_is_named_without_a_way_to_it(run: Any, tmp_path: Path, name: str) -> None:  # noqa: F811
    """A module is a plain file name: no path leads out of the rubric's folder, on any system."""
    path = tmp_path / "rubric.yaml"
    spelled = name.replace("\\", "\\\\").replace("\x00", "\\0")
    path.write_text(f'{HEAD}          - {{check: "{spelled}", points: "1"}}\n', encoding="utf-8")
    ran: Ran = run("lint", path)
    assert ran.code == 2
    assert re.search(r"does not have the form module\.py::Class::function", ran.errors)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("x = " + "-" * 100_000 + "1\n", "the check module is not Python"),
        ("x = " + "(" * 5000 + "\n", "the check module is not Python"),
        ("x = " + "1+" * 50_000 + "1\n", "the check module is not Python"),
        ("\x00", "the check module is not Python"),
        ("#" * (2**20 + 1), "larger than 1024 KiB"),
    ],
)
def test_a_hostile_module_is_one_message(run: Any, tmp_path: Path, source: str, said: str) -> None:  # noqa: F811
    """lint parses modules and runs none; what cannot be parsed is said."""
    (tmp_path / "check_x.py").write_text(source, encoding="utf-8")
    path = tmp_path / "rubric.yaml"
    path.write_text(f'{HEAD}          - {{check: "check_x.py::test_x", points: "1"}}\n', encoding="utf-8")
    ran: Ran = run("lint", path)
    assert (ran.code, said in ran.errors) == (2, True)


@pytest.mark.parametrize("identifier", ["1\\0", "[", "]", "\u202e1", "1\\n2", "\\\\", "ä", "1" * 41])
def test_an_id_is_one_that_can_be_run(run: Any, tmp_path: Path, identifier: str) -> None:  # noqa: F811
    """What lint accepts can be graded: an id that would be lost on the way through pytest is refused with its line."""
    path = tmp_path / "rubric.yaml"
    path.write_text(GOOD.replace('"1.1"', f'"{identifier}"'), encoding="utf-8")
    ran: Ran = run("lint", path)
    assert (ran.code, "rubric.yaml:7: the id" in ran.errors) == (2, True)


def test_titles_are_no_commands_of_a_log(run: Any, tmp_path: Path) -> None:  # noqa: F811
    """A lab, a section or a step that is spelled like a workflow command is not obeyed wherever it is printed."""
    evil = "::error::forged ##[error]x ##vso[task.complete]y " + "w" * 120 + "::add-mask::z"
    path = tmp_path / "rubric.yaml"
    row = f'          - {{ask: ec2.DescribeVpcs, expression: "length(Vpcs)", expect: 99, title: "{evil}", points: "1"}}\n'
    text = HEAD.replace("A lab", f'"{evil}"').replace("title: T", f'title: "{evil}"').replace("title: A", f'title: "{evil}"')
    path.write_text(text.replace("hint: h", f'hint: "{evil}"') + row, encoding="utf-8")
    ran: Ran = run("grade", GOLDEN, "--no-html", "--rubric", path)
    assert ran.code == 1
    lines = (ran.output + ran.errors).splitlines()
    assert not [line for line in lines if re.match(r"\s*::[a-z]", line) or "##[" in line or "##vso[" in line]
