"""A course's own rubric and checks: beside ours, without touching them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from grader.errors import CheckError, GraderError
from grader.evidence import Evidence
from grader.grading.pipeline import Graded, grade_all
from grader.grading.selftest import self_test
from grader.rubric import open_rubric
from tests.cases import GOLDEN, golden
from tests.cli.conftest import run  # noqa: F401 - the fixture

RUBRIC = """\
lab: Our own lab
points: "4"
sections:
  - id: "A"
    title: Ours
    items:
      - id: "A.1"
        title: The block
        points: "2"
        hint: Take the block of the sheet.
        with: {cidr: 10.0.0.0/16}
        checks:
          - check: check_ours.py::TestBlock::test_the_vpc_has_the_block_of_the_sheet
            points: "1"
          - check: check_ours.py::TestBlock::test_the_vpc_has_the_block_of_the_sheet
            points: "1"
            with: {cidr: 10.9.0.0/16}
      - id: "A.2"
        title: Questions
        points: "2"
        hint: Look.
        checks:
          - ask: ec2.DescribeVpcs
            expression: length(Vpcs[?!IsDefault])
            expect: {at_least: 1}
            title: There is a VPC of your own
            points: "1"
          - ask: ecr.DescribeRepositories
            expression: repositories[].repositoryName
            expect: {contains: weather-app}
            title: There is a repository weather-app
            points: "1"
"""
CHECKS = '''\
from grader.model.vpcs import Vpc


class TestBlock:
    def test_the_vpc_has_the_block_of_the_sheet(self, vpc: Vpc, cidr: str) -> None:
        """The VPC has the block of your sheet."""
        assert cidr in vpc.cidrs
'''


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """A folder with a rubric and a module of checks."""
    (tmp_path / "rubric.yaml").write_text(RUBRIC, encoding="utf-8")
    (tmp_path / "check_ours.py").write_text(CHECKS, encoding="utf-8")
    return tmp_path


def grade(folder: Path, document: dict[str, Any] | None = None) -> Graded | GraderError:
    """Grade the golden evidence by the rubric of a folder."""
    found: list[Graded | GraderError] = []
    grade_all(
        open_rubric(folder / "rubric.yaml"), [Evidence(document or golden())], lambda _, graded: found.append(graded)
    )
    return found[0]


def outcomes(graded: Graded | GraderError) -> list[str]:
    """The outcomes of all checks in order."""
    assert isinstance(graded, Graded)
    return [str(check.outcome) for item in graded.result.items for check in item.checks]


def test_own_checks_with_parameters_and_questions(course: Path) -> None:
    """One function twice with different parameters, and two questions, each give their own verdict."""
    graded = grade(course)
    assert outcomes(graded) == ["passed", "failed", "passed", "failed"]
    assert isinstance(graded, Graded)
    assert graded.result.items[0].checks[0].title == "The VPC has the block of your sheet"
    assert "10.9.0.0/16" in graded.result.items[0].checks[1].message
    assert "weather-app" in graded.result.items[1].checks[1].message


def test_a_question_that_was_refused_is_open(course: Path) -> None:
    """A refusal of the answer that a question is about leaves it open."""
    document = golden()
    for regions in (document["calls"]["ecr.DescribeRepositories"],):
        for keys in regions.values():
            keys[""] = {"error": {"Code": "AccessDeniedException", "Message": "no", "HTTPStatusCode": 400}}
    assert outcomes(grade(course, document))[3] == "unverified"


@pytest.mark.parametrize(
    ("expect", "expression", "outcome"),
    [
        ("4", "length(Vpcs)", "passed"),  # in all regions together
        ("{at_most: 0}", "length(Vpcs)", "failed"),
        ("{not_empty: true}", "Vpcs", "passed"),
        ("true", "length(Vpcs)", "failed"),
        ("{at_least: 1}", "Vpcs", "failed"),
    ],
)
def test_what_a_question_may_expect(course: Path, expect: str, expression: str, outcome: str) -> None:
    """A value, or one relation; a value of another type is not equal."""
    text = RUBRIC.replace("{at_least: 1}", expect).replace("length(Vpcs[?!IsDefault])", expression)
    (course / "rubric.yaml").write_text(text, encoding="utf-8")
    assert outcomes(grade(course))[2] == outcome


def test_a_question_that_was_not_asked_is_open(course: Path) -> None:
    """Evidence without the answer leaves the question open."""
    document = golden()
    del document["calls"]["ecr.DescribeRepositories"]
    assert outcomes(grade(course, document))[3] == "unverified"


RAISES = "import pytest\n\n@pytest.fixture\ndef wanted() -> str:\n    return {}['x']\n"
RAISES_LATE = "import pytest\n\n@pytest.fixture\ndef wanted():\n    yield True\n    raise OSError('late')\n"


@pytest.mark.parametrize(
    ("check", "fixtures", "said"),
    [
        ("assert vpc.nonsense", "", "AttributeError: 'Vpc' object has no attribute 'nonsense' (check_ours.py:9)"),
        ("assert [][0]", "", "IndexError: list index out of range (check_ours.py:9)"),
        ("__import__('pytest').skip('not today')", "", "Skipped: not today (check_ours.py:9)"),
        ("raise SystemExit(0)", "", "SystemExit: 0 (check_ours.py:9)"),
        ("assert wanted", RAISES, "KeyError: 'x' (conftest.py:5)"),
        ("assert wanted", RAISES_LATE, "OSError: late (conftest.py:6)"),
    ],
    ids=["attribute", "index", "skipped", "exit", "fixture", "end of a fixture"],
)
def test_a_check_that_breaks_leaves_its_own_row_open(course: Path, check: str, fixtures: str, said: str) -> None:
    """It neither earns nor costs, names the check, the error and the line, and all other rows count as ever."""
    text = CHECKS.replace("assert cidr in vpc.cidrs", f"if cidr == '10.9.0.0/16':\n            return\n        {check}")
    if fixtures:
        (course / "conftest.py").write_text(fixtures, encoding="utf-8")
        text = text.replace("cidr: str", "cidr: str, wanted: str")
    (course / "check_ours.py").write_text(text, encoding="utf-8")
    graded = grade(course)
    assert outcomes(graded) == ["unverified", "unverified" if fixtures else "passed", "passed", "failed"]
    assert isinstance(graded, Graded)
    broken = graded.result.items[0].checks[0]
    assert broken.is_broken
    assert broken.found.startswith("the check check_ours.py::TestBlock::test_the_vpc_has_the_block_of_the_sheet")
    assert broken.found.endswith("of this lab stopped with " + said)
    assert float(graded.result.score) == (1 if fixtures else 2)
    assert float(graded.result.lost) == 1


def test_whoever_grades_is_told_of_a_broken_check(course: Path, run: Any) -> None:  # noqa: F811
    """File, account, row, error and what to do on standard error; the page says whose fault it is."""
    (course / "check_ours.py").write_text(CHECKS.replace("cidr in vpc.cidrs", "vpc.nonsense"), encoding="utf-8")
    page = course / "page.html"
    ran = run("grade", "--trust-checks", "--rubric", course / "rubric.yaml", GOLDEN, "--html", page)
    assert ran.code == 3
    assert "golden.json, account 123456789012: A.1 The VPC has the block of your sheet: the check " in ran.errors
    assert "stopped with AttributeError: 'Vpc' object has no attribute 'nonsense' (check_ours.py:7)" in ran.errors
    assert "Its points are open, not lost. Fix the check." in ran.errors
    assert "1.00 of 4.00" in ran.output
    assert "A check of this lab is broken" in page.read_text("utf-8")


def test_the_self_test_names_a_check_that_breaks(course: Path) -> None:
    """Also one that breaks on a changed account only."""
    text = CHECKS.replace("cidr in vpc.cidrs", "list(vpc.subnets)[0] and cidr in vpc.cidrs")
    (course / "check_ours.py").write_text(text, encoding="utf-8")
    found = self_test(open_rubric(course / "rubric.yaml"), golden())
    assert not found.is_fine
    assert [said.partition(" of this lab ")[2] for said in found.broken[:1]] == [
        "stopped with IndexError: list index out of range (check_ours.py:7)"
    ]


def test_a_module_that_cannot_be_imported_is_named(course: Path) -> None:
    """An import error of a module of checks is one sentence."""
    (course / "check_ours.py").write_text("import nowhere_to_be_found\n" + CHECKS, encoding="utf-8")
    with pytest.raises(CheckError, match="nowhere_to_be_found"):
        grade(course)


def test_fixtures_of_a_course_are_found(course: Path) -> None:
    """A conftest.py beside the rubric may add fixtures of its own."""
    (course / "conftest.py").write_text(
        "import pytest\n\n@pytest.fixture\ndef wanted() -> str:\n    return '10.0.0.0/16'\n", encoding="utf-8"
    )
    text = CHECKS.replace("cidr: str", "cidr: str, wanted: str").replace("cidr in", "wanted in")
    (course / "check_ours.py").write_text(text, encoding="utf-8")
    assert outcomes(grade(course))[:2] == ["passed", "passed"]


def test_everything_is_asked_for_a_check_that_takes_what_is_not_ours(course: Path) -> None:
    """A fixture that we do not know may read anything, so every row of the table is needed."""
    from grader.calls.table import CALLS
    from grader.rubric.needs import operations_of

    text = CHECKS.replace("cidr: str", "cidr: str, weather: str")
    (course / "check_ours.py").write_text(text, encoding="utf-8")
    row = open_rubric(course / "rubric.yaml").items[0].checks[0]
    assert operations_of(row) == {call.operation for call in CALLS}
