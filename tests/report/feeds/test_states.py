"""States that a reader must not misread: nothing judged, manual, the Academy, two files of one account, a class."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from junitparser import JUnitXml
from py_ocsf_models.events.findings.compliance_finding import ComplianceFinding
from sarif.loader import load_sarif_file

from grader.grading.pipeline import Graded
from grader.report.feeds import autolab, gradescope, junit, markdown, ocsf, prairielearn, result_json, sarif
from grader.report.feeds.annotations import render as annotate
from grader.report.formats import FORMATS


@pytest.mark.parametrize("case", ["nothing-said", "nothing-asked"])
def test_where_nothing_could_be_judged_there_is_no_grade(graded: Callable[[str], Graded], case: str) -> None:
    """No format has a zero that could be taken for a grade; each that is read by people says so."""
    one = graded(case)
    scope = gradescope.document(one.result)
    assert not {"score", "tests"} & scope.keys()
    assert scope["output"].startswith("Nothing could be judged: this is not a grade.")
    assert scope["extra_data"]["outcome"] == "not_graded"
    assert json.loads(autolab.render([one]).splitlines()[-1]) == {"scores": {}}
    lines = prairielearn.document(one.result)
    assert (lines["gradable"], "score" in lines) == (False, False)
    assert json.loads(result_json.render([one]))["feeds"]["score"] is None
    assert "nothing could be judged, this is not a grade" in markdown.render([one])


def test_what_a_person_decides_is_not_overwritten(graded: Callable[[str], Graded]) -> None:
    """A manual item has no score of ours in Autolab and Gradescope, and is open in PrairieLearn."""
    one = graded("empty")
    manual = [item.id for item in one.result.items if item.outcome == "manual"]
    assert manual
    assert not set(manual) & json.loads(autolab.render([one]).splitlines()[-1])["scores"].keys()
    tests = {test["number"]: test for test in gradescope.document(one.result)["tests"]}
    assert all("score" not in tests[number] for number in manual)


def test_full_marks_in_the_academy_arrive_as_full_marks(graded: Callable[[str], Graded]) -> None:
    """10 of 10 in each feed that has a score, because the rubric says ``feeds: converted``."""
    one = graded("academy")
    assert gradescope.document(one.result)["score"] == 10.0
    assert prairielearn.document(one.result)["score"] == 1.0
    scores = json.loads(autolab.render([one]).splitlines()[-1])["scores"]
    assert sum(scores.values()) == pytest.approx(10)
    feeds = json.loads(result_json.render([one]))["feeds"]
    assert feeds == {"score": 10.0, "max_score": 10.0, "score_range": [10.0, 10.0]}


def test_every_format_says_whose_result_it_is(graded: Callable[[str], Graded]) -> None:
    """Account, file, profile, student, version and digest of the rubric, in each format."""
    result = replace(
        graded("M050").result,
        source="folder/monday.json",
        profile="lab",
        student="ada",
        grader="9.8.7",
        rubric="my.yaml",
    )
    one = replace(graded("M050"), result=result)
    for name, each in FORMATS.items():
        text = each.render([one])
        for said in ("123456789012", "monday.json", "lab", "ada", "9.8.7", "my.yaml", result.rubric_digest[:12]):
            assert said in text, (name, said)
        assert "folder" not in text, name


def twice(graded: Callable[[str], Graded]) -> list[Graded]:
    """Two files of one account."""
    return [
        replace(graded(case), result=replace(graded(case).result, source=f"in/{name}"))
        for case, name in (("M050", "monday.json"), ("golden", "today.json"))
    ]


def test_two_files_of_one_account_stay_apart(graded: Callable[[str], Graded]) -> None:
    """JUnit's names, SARIF's categories, OCSF's ids and the list of results tell them apart by file."""
    both = twice(graded)
    suites = list(ElementTree.fromstring(junit.render(both)))
    cases = [(case.get("classname"), case.get("name")) for suite in suites for case in suite.findall("testcase")]
    assert len(set(cases)) == len(cases)
    assert len({suite.get("name") for suite in suites}) == 2
    runs = json.loads(sarif.render(both))["runs"]
    categories = [run["automationDetails"]["id"] for run in runs]
    assert categories == ["aws-lab-grader/123456789012/monday.json/", "aws-lab-grader/123456789012/today.json/"]
    uids = [finding["finding_info"]["uid"] for finding in json.loads(ocsf.render(both))]
    assert len(set(uids)) == len(uids)
    assert [one["source"] for one in json.loads(result_json.render(both))] == ["monday.json", "today.json"]
    assert "monday.json" in annotate(both)


@pytest.fixture
def class_of_25(graded: Callable[[str], Graded]) -> list[Graded]:
    """25 accounts; the last is the one that lost most."""
    cases = [*["M050"] * 12, "golden", *["U04"] * 11, "empty"]
    return [
        replace(graded(case), result=replace(graded(case).result, account=f"1000000000{number:02}"))
        for number, case in enumerate(cases)
    ]


def test_a_class_fits_githubs_limits(class_of_25: list[Graded]) -> None:
    """20 runs of SARIF and 10 annotations of a kind: the most important first, the rest counted."""
    log = json.loads(sarif.render(class_of_25))
    assert len(log["runs"]) == 20
    assert log["runs"][0]["automationDetails"]["id"] == "aws-lab-grader/100000000024/"
    assert log["properties"]["resultsLeftOut"] == 5
    kinds: dict[str, list[str]] = {}
    for line in annotate(class_of_25).splitlines():
        kinds.setdefault(line[2:].partition(" ")[0], []).append(line)
    assert {kind: len(lines) for kind, lines in kinds.items()} == {"error": 9, "warning": 10, "notice": 10}
    assert "16 more accounts" in kinds["notice"][-1]
    said = [int(re.findall(r"::(\d+) more", lines[-1])[0]) + len(lines) - 1 for lines in kinds.values()]
    items = [item for one in class_of_25 for item in one.result.items]
    assert sum(said) == sum(bool(item.lost) + bool(item.open) for item in items) + 25


def test_a_summary_of_a_class_begins_with_a_table(class_of_25: list[Graded]) -> None:
    """A row for each account before any detail, those that lost most first."""
    text = markdown.render(class_of_25)
    rows = re.findall(r"^\| (1000000000\d\d) ", text, re.MULTILINE)
    assert len(rows) == 25
    assert rows[0] == "100000000024"
    assert text.index("| 100000000000 ") < text.index("## Introduction")


def test_another_reader_of_junit_reads_the_same(any_account: Graded) -> None:
    """junitparser finds the same cases, failures and skips."""
    read = JUnitXml.fromstring(junit.render([any_account]).encode())
    read.update_statistics()  # type: ignore[no-untyped-call]
    checks = [check for item in any_account.result.items for check in item.checks]
    assert read.tests == len(checks)
    assert read.failures == sum(check.outcome == "failed" for check in checks)
    assert read.tests - read.failures - read.skipped == sum(check.outcome == "passed" for check in checks)


def test_another_reader_of_sarif_reads_the_same(graded: Callable[[str], Graded], tmp_path: Any) -> None:
    """sarif-tools counts the lost checks as errors, and nothing else."""
    file = tmp_path / "results.sarif"
    for case in ("golden", "M050", "faults", "empty", "U04"):
        file.write_text(sarif.render([graded(case)]), encoding="utf-8")
        log = load_sarif_file(str(file))
        lost = sum(check.outcome == "failed" for item in graded(case).result.items for check in item.checks)
        counts = log.get_report().get_issue_count_for_severity
        assert counts("error") == lost
        assert counts("warning") == 0


def test_another_reader_of_ocsf_reads_the_same(any_account: Graded) -> None:
    """py-ocsf-models parses every finding, and writes the same status and resources."""
    for finding in json.loads(ocsf.render([any_account])):
        read = ComplianceFinding(**finding)
        assert read.compliance is not None
        assert read.compliance.status_id is not None
        assert int(read.compliance.status_id) == finding["compliance"]["status_id"]
        assert [one.uid for one in read.resources] == [one["uid"] for one in finding["resources"]]
