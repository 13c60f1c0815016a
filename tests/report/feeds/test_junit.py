"""JUnit XML, by the schema that Jenkins' xUnit plugin checks and by what its readers make of it."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from pathlib import Path

import pytest
import xmlschema

from grader.grading.pipeline import Graded
from grader.report.feeds.junit import render

SCHEMA = xmlschema.XMLSchema10(str(Path(__file__).parent / "schemas" / "junit-10.xsd"))


def suites(*graded: Graded) -> list[ElementTree.Element]:
    """The suites of the document that these results are written to."""
    return list(ElementTree.fromstring(render(graded).encode("utf-8")))


def test_the_schema_of_jenkins_accepts_it(any_account: Graded) -> None:
    """Every result, hostile ones too, is a document that Jenkins takes."""
    SCHEMA.validate(render([any_account]).encode("utf-8"))


def test_the_schema_would_refuse_something_else() -> None:
    """The schema is a real one: a suite without its counts is refused."""
    with pytest.raises(xmlschema.XMLSchemaValidationError):
        SCHEMA.validate("<testsuites><testsuite name='x'/></testsuites>")


def test_there_is_a_case_for_each_check(any_account: Graded) -> None:
    """The counts of a suite are those of its cases, and its cases are the checks."""
    (suite,) = suites(any_account)
    checks = [check for item in any_account.result.items for check in item.checks]
    cases = suite.findall("testcase")
    assert len(cases) == len(checks) == int(suite.get("tests", "-1"))
    assert len(suite.findall("testcase/failure")) == int(suite.get("failures", "-1"))
    assert len(suite.findall("testcase/skipped")) == int(suite.get("skipped", "-1"))
    assert suite.get("errors") == "0"


def test_no_two_cases_are_the_same(any_account: Graded) -> None:
    """Jenkins tells cases apart by class and name; none hides another."""
    (suite,) = suites(any_account)
    names = [(case.get("classname"), case.get("name")) for case in suite.findall("testcase")]
    assert len(set(names)) == len(names)


def test_a_class_has_the_account_the_section_and_the_item(graded: Callable[[str], Graded]) -> None:
    """Jenkins reads a package from the dots of a class name: exactly the two that are meant."""
    (suite,) = suites(graded("golden"))
    first = suite.findall("testcase")[0]
    expected = "123456789012.Account setup & IAM configuration.1-1 Enable MFA for the root account"
    assert first.get("classname") == expected
    assert all(case.get("classname", "").count(".") == 2 for case in suite.findall("testcase"))


def test_a_lost_point_is_a_failure_with_what_to_do(graded: Callable[[str], Graded]) -> None:
    """A failed case says what was found, what it costs and the next step."""
    (suite,) = suites(graded("M050"))
    (case,) = [case for case in suite.findall("testcase") if case.find("failure") is not None]
    failure = case.find("failure")
    assert failure is not None
    assert case.get("name") == "2.2 The bucket holds files"
    assert "holds no files" in failure.get("message", "")
    assert "(0.25 points lost)" in failure.get("message", "")
    assert "Next: Upload the files" in (failure.text or "")


@pytest.mark.parametrize(
    ("case", "reason"),
    [
        ("U04", "s3:GetBucketPublicAccessBlock"),
        ("academy", "does not apply to this kind of account"),
        ("nothing-said", "the credentials had expired before"),
    ],
)
def test_open_is_skipped_with_the_reason(graded: Callable[[str], Graded], case: str, reason: str) -> None:
    """What AWS did not answer, and what does not apply, never fails a build, and says why."""
    (suite,) = suites(graded(case))
    skipped = suite.findall("testcase/skipped")
    assert skipped
    assert any(reason in each.get("message", "") for each in skipped)
    assert suite.get("failures") == "0"


def test_several_accounts_are_several_suites(graded: Callable[[str], Graded]) -> None:
    """One document holds a class: a suite for each account, counted at the top."""
    document = render([graded("golden"), graded("M050"), graded("empty")])
    SCHEMA.validate(document.encode("utf-8"))
    root = ElementTree.fromstring(document.encode("utf-8"))
    failures = [int(suite.get("failures", "-1")) for suite in root]
    assert failures[:2] == [0, 1]
    assert failures[2] > 20
    assert int(root.get("failures", "-1")) == sum(failures)
