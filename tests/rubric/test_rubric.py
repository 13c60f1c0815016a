# ruff: noqa: E501 - a table of mistakes reads best with one in a line
"""The rubric: what ours holds, and one clear sentence with file and line for every mistake in one."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from pathlib import Path

import pytest

from grader.errors import RubricError
from grader.rubric import load_rubric, open_rubric

SMALL = """\
lab: A small lab
points: "1.0"
sections:
  - id: "1"
    title: Storage
    items:
      - id: "1.1"
        title: A bucket
        points: "1.0"
        hint: Create one.
        checks:
          - check: check_2_s3.py::TestBucket::test_there_is_a_bucket_of_your_own
            points: "0.5"
          - check: check_2_s3.py::TestBucket::test_the_bucket_is_private
            points: "0.5"
"""


def read(folder: Path, text: str) -> None:
    """Read a rubric from text."""
    path = folder / "rubric.yaml"
    path.write_text(text, encoding="utf-8")
    open_rubric(path)


def test_ours_has_the_26_steps_and_the_printed_points() -> None:
    """26 items, 10.0 points, the sections as the handout prints them, an empty bonus pool of 1.0."""
    rubric = open_rubric()
    sections = {section.id: sum(item.points for item in section.items) for section in rubric.sections}
    assert len(rubric.items) == 26
    assert rubric.max_score == 10
    assert sections == {
        "1": 1, "2": Fraction("1.5"), "3": Fraction("1.5"), "4": 3, "5": 2, "6": 1,
    }  # fmt: skip
    assert rubric.bonus.points == 1
    assert rubric.bonus.awards == ()


def test_every_item_helps_a_student() -> None:
    """Each has a hint and a link to documentation; each title of a check is its own."""
    rubric = open_rubric()
    titles = defaultdict(set)
    for item in rubric.items:
        assert item.hint
        assert item.link.startswith("https://")
        for row in item.checks:
            titles[row.title].add(row.function.id)
    assert {title: names for title, names in titles.items() if len(names) > 1} == {}


def test_a_small_rubric_beside_nothing_uses_our_checks(tmp_path: Path) -> None:
    """A rubric of a course finds our check modules without having them."""
    read(tmp_path, SMALL)


@pytest.mark.parametrize(
    ("old", "new", "line", "sentence"),
    [
        ('points: "0.5"\n          - check: check_2_s3.py::TestBucket::test_the_bucket', 'points: "0.4"\n          - check: check_2_s3.py::TestBucket::test_the_bucket', 9, "the shares of item 1.1 sum to 0.9, but its points are 1"),
        ("test_the_bucket_is_private", "test_the_bucket_is_privat", 14, "Did you mean 'TestBucket::test_the_bucket_is_private'"),
        ("check_2_s3.py::TestBucket::test_the", "check_9.py::TestBucket::test_the", 12, "there is no module 'check_9.py'"),
        ("check_2_s3.py::TestBucket::test_the", "../check_2_s3.py::TestBucket::test_the", 12, "does not have the form"),
        ('id: "1.1"', "id: 1.1", 7, 'Quote it: "1.1"'),
        ('points: "1.0"\nsections', "points: 1.0\nsections", 2, 'Quote it: "1.0"'),
        ('points: "1.0"\nsections', 'points: "2.0"\nsections', 2, "the items sum to 1"),
        ('points: "1.0"\nsections', 'points: "1/1"\nsections', 2, "is not a number of points"),
        ('points: "1.0"\nsections', 'points: "-1"\nsections', 2, "is not a number of points"),
        ("hint: Create one.", "hnit: Create one.", 10, "has no key 'hnit'"),
        ("        hint: Create one.\n", "", 7, "needs 'hint'"),
        ("hint: Create one.", "hint: ''", 10, "hint is empty"),
        ("lab: A small lab", "lab: A small lab\nlab: Another", 2, "'lab' appears twice"),
        ("lab: A small lab", "format: 2\nlab: A small lab", 1, "format should be 1"),
        ("title: A bucket", "title: [A, bucket]", 8, "should be a single value"),
        ("title: A bucket", "title: A bucket\n        link: http://example.org", 9, "not an https URL"),
        ("title: A bucket", 'title: A bucket\n        builds_on: ["7.7"]', 7, "'7.7' names no other item"),
        ("title: A bucket", "title: A bucket\n        with: 5", 9, "should be a mapping"),
        ("lab: A small lab", "lab: A small lab\nvariants:\n  x: {title: y, not_applicable: ['9']}", 3, "there is no item '9'"),
        ("lab: A small lab", "lab: A small lab\nbonus: {points: '1', note: n, awards: [{points: '2', reason: r}]}", 2, "the awards exceed the pool of 1"),
        ("            points: \"0.5\"\n          - check", "            points: \"0.5\"\n            with: {size: 3}\n          - check", 14, "has no argument 'size'"),
        ("sections:", "sections: []\nother:", 4, "has no key 'other'"),
        ("lab: A small lab", "lab: *nobody", 1, "not YAML"),
        ("lab: A small lab", "lab: A: small", 1, "not YAML"),
        ("          - check: check_2_s3.py::TestBucket::test_there_is_a_bucket_of_your_own\n", "          - title: x\n", 12, "needs 'of' (a thing), 'check' (a function)"),
        ("check: check_2_s3.py::TestBucket::test_there_is_a_bucket_of_your_own\n", "check: check_2_s3.py::TestBucket::test_there_is_a_bucket_of_your_own\n            expect: 3\n", 13, "can be used with 'ask'"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_line(tmp_path: Path, old: str, new: str, line: int, sentence: str) -> None:
    """A broken rubric gets one sentence that says what, where and what to do."""
    assert old in SMALL
    with pytest.raises(RubricError) as caught:
        read(tmp_path, SMALL.replace(old, new, 1))
    assert sentence in str(caught.value)
    assert str(caught.value).startswith(f"{tmp_path / 'rubric.yaml'}:{line}: ")


@pytest.mark.parametrize(
    ("ask", "sentence"),
    [
        ("ask: ec2.TerminateInstances", "no operation 'ec2.TerminateInstances'"),
        ("expression: Vpcs[", "not a JMESPath expression"),
        ("expect: {at_leest: 1}", "no relation"),
        ("title: ''", "title is empty"),
    ],
)
def test_a_broken_question_is_named(tmp_path: Path, ask: str, sentence: str) -> None:
    """A row that asks AWS directly is checked before anything is asked."""
    row = {
        "ask": "ask: ec2.DescribeVpcs", "expression": "expression: length(Vpcs)", "expect": "expect: {at_least: 1}",
        "title": "title: There is a VPC",
    }  # fmt: skip
    row[ask.partition(":")[0]] = ask
    rows = '          - points: "0.5"\n' + "".join(f"            {line}\n" for line in row.values())
    first = (
        '          - check: check_2_s3.py::TestBucket::test_there_is_a_bucket_of_your_own\n            points: "0.5"\n'
    )
    with pytest.raises(RubricError, match=r"rubric\.yaml:1[0-9]") as caught:
        read(tmp_path, SMALL.replace(first, rows, 1))
    assert sentence in str(caught.value)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "the file is empty"),
        (b"\xff\xfe\x00", "not UTF-8"),
        (b"- a\n- b\n", "should be a mapping"),
        (b"lab: x\npoints: '0'\nsections: []\n", "has no items"),
        (b"a: &a [*a]\n", "refers to a value that contains it"),
        (b"? [1, 2]\n: 3\n", "a key of the file is not text"),
    ],
)
def test_what_is_no_rubric_at_all(tmp_path: Path, content: bytes, sentence: str) -> None:
    """Files that are something else are refused in one sentence."""
    path = tmp_path / "rubric.yaml"
    path.write_bytes(content)
    with pytest.raises(RubricError) as caught:
        open_rubric(path)
    assert sentence in str(caught.value)


def test_a_rubric_that_is_not_there(tmp_path: Path) -> None:
    """A missing file is named with what to do."""
    with pytest.raises(RubricError, match="Name one with --rubric FILE"):
        open_rubric(tmp_path / "none.yaml")


def test_a_check_module_that_is_not_python(tmp_path: Path) -> None:
    """A syntax error of a course's module is shown with its line."""
    (tmp_path / "check_2_s3.py").write_text("def test_(:\n", encoding="utf-8")
    with pytest.raises(RubricError, match=r"check_2_s3.py:1: the check module is not Python"):
        read(tmp_path, SMALL)


def test_an_unknown_variant_is_named() -> None:
    """Asking for a variant that the rubric does not have says which it has."""
    with pytest.raises(RubricError, match=r"Variants: academy\."):
        open_rubric().variant("accademy")


def test_awards_of_the_bonus_are_points_with_a_reason(tmp_path: Path) -> None:
    """An instructor's award is kept with its reason."""
    path = tmp_path / "rubric.yaml"
    path.write_text(
        SMALL.replace("lab: A", 'bonus: {points: "1", note: n, awards: [{points: "0.5", reason: neat}]}\nlab: A'),
        encoding="utf-8",
    )
    assert load_rubric(path, search=(open_rubric().items[0].checks[0].function.path.parent,)).bonus.awards == (
        (Fraction("0.5"), "neat"),
    )
