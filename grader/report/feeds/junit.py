"""JUnit XML as Jenkins reads it (its ``junit-10.xsd``): a suite for an account, a case for a check.

A lost point is a ``failure``. What is open, and what does not apply, is ``skipped`` with the reason: a build
must not turn red because AWS did not answer.
"""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from collections.abc import Sequence

from grader.foreign_text import plain
from grader.grading.pipeline import Graded
from grader.grading.results import CheckResult, ItemResult, Outcome, Result, points
from grader.report.wording import NOT_COUNTED, advice, labels, not_counted, whose, why_of, worth


def render(graded: Sequence[Graded]) -> str:
    """The document, for any number of accounts."""
    suites = [_suite(each.result, who) for each, who in zip(graded, labels(graded), strict=True)]
    root = ElementTree.Element("testsuites", name=plain(graded[0].result.lab) if graded else "lab")
    for total in ("tests", "failures", "errors"):
        root.set(total, str(sum(int(suite.get(total, "0")) for suite in suites)))
    root.extend(suites)
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _suite(result: Result, who: str) -> ElementTree.Element:
    checks = [(item, check) for item in result.items for check in item.checks]
    outcomes = [check.outcome for _, check in checks]
    suite = ElementTree.Element(
        "testsuite",
        name=f"{plain(result.lab)} ({who})",
        tests=str(len(outcomes)),
        failures=str(outcomes.count(Outcome.FAILED)),
        errors="0",
        skipped=str(sum(outcome in NOT_COUNTED for outcome in outcomes)),
        time="0",
        timestamp=result.graded_at.replace(tzinfo=None).isoformat(),  # UTC; JUnit's times have no offset
    )
    properties = ElementTree.SubElement(suite, "properties")
    for name, value in _properties(result).items():
        ElementTree.SubElement(properties, "property", name=name, value=plain(value))
    suite.extend(_case(who, item, check, why_of(result, check)) for item, check in checks)
    return suite


def _properties(result: Result) -> dict[str, str]:
    low, high = result.score_range
    return {
        **whose(result),
        "collected_at": result.collected_at.isoformat(),
        "score": points(low),
        "score_if_all_open_is_earned": points(high),
        "max_score": points(result.max_score),
        "feed_score": points(result.feed_range[0]) if result.is_judged else "",
        "feed_max_score": points(result.feed_max),
        **{f"bound.{noun}": f"{bound.id}: {bound.why}" for noun, bound in result.bindings.items()},
    }


def _case(who: str, item: ItemResult, check: CheckResult, why: str) -> ElementTree.Element:
    # Jenkins takes what is before the last dot for the package, so the parts themselves have none.
    parts = (who, item.section, f"{item.id.replace('.', '-')} {item.title}")
    case = ElementTree.Element(
        "testcase",
        name=f"{plain(item.id)} {plain(check.title)}",
        classname=".".join(plain(part).replace(".", " ") for part in parts),
        time="0",
    )
    if check.outcome is Outcome.FAILED:
        said = f"{plain(check.message)} ({worth(check.points)} lost)"
        failure = ElementTree.SubElement(case, "failure", type="lost", message=said)
        failure.text = "\n".join(_lines(item, check, why))
    elif check.outcome in NOT_COUNTED:
        reason = not_counted(check)
        if check.message:
            reason = f"{reason}: {plain(check.message)}"
        ElementTree.SubElement(case, "skipped", type=check.outcome.value, message=reason)
    return case


def _lines(item: ItemResult, check: CheckResult, why: str) -> list[str]:
    """What a person needs who opens the failed case."""
    lines = [plain(check.message), *([f"Why: {why}"] if why else []), f"Next: {plain(advice(check))}"]
    if item.link:
        lines.append(f"See {plain(item.link)}")
    operations = dict.fromkeys(question.operation for question in check.evidence)
    return [*lines, *(f"Evidence: {plain(operation)}" for operation in operations)]
