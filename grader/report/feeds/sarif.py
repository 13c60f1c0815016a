"""SARIF 2.1.0 (OASIS), for those who collect findings.

A rule is a check. ``results`` hold what asks for attention: a lost point as ``fail``, what AWS did not
answer or is still building as ``open``, what a person decides as ``review``, these three with level ``none``.
Passed checks are counted in the run's properties and are no results, because code scanning services show
every result as an alert, whatever its kind.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from grader import __version__
from grader.foreign_text import plain
from grader.grading.pipeline import Graded
from grader.grading.results import CheckResult, ItemResult, Outcome, Result, points
from grader.report.wording import labels, not_counted, whose, why_of

_KINDS = {
    Outcome.FAILED: "fail",
    Outcome.UNVERIFIED: "open",
    Outcome.PENDING: "open",
    Outcome.MANUAL: "review",
}


MOST_RUNS = 20
"""GitHub refuses a file with more."""


def render(graded: Sequence[Graded]) -> str:
    """One log with a run for each account, those that lost most first; beyond ``MOST_RUNS`` they are counted."""
    named = list(zip(labels(graded), (each.result for each in graded), strict=True))
    ordered = sorted(named, key=lambda each: -each[1].lost) if len(named) > MOST_RUNS else named
    left_out = [who for who, _ in ordered[MOST_RUNS:]]
    log: dict[str, Any] = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [_run(result, who) for who, result in ordered[:MOST_RUNS]],
    }
    if left_out:
        log["properties"] = {"results": len(named), "resultsLeftOut": len(left_out), "leftOut": left_out}
        said = f"{len(left_out)} more results, those that lost least, were left out: a file can have {MOST_RUNS} runs."
        notifications = log["runs"][0]["invocations"][0]["toolExecutionNotifications"]
        notifications.append({"level": "warning", "message": {"text": said}})
    return json.dumps(log, ensure_ascii=False, indent=2) + "\n"


def _run(result: Result, who: str) -> dict[str, Any]:
    checks = list(_checks(result))
    ruled = list({check.id: (item, check) for item, check in checks}.values())
    index = {check.id: number for number, (_, check) in enumerate(ruled)}
    return {
        "tool": {
            "driver": {
                "name": "aws-lab-grader",
                "semanticVersion": __version__,
                "rules": [_rule(item, check) for item, check in ruled],
            }
        },
        "automationDetails": {"id": f"aws-lab-grader/{who}/"},
        "invocations": [
            {
                "executionSuccessful": True,
                "toolExecutionNotifications": [
                    {"level": "warning", "message": {"text": plain(notice)}} for notice in result.notices
                ],
            }
        ],
        "results": [_result(result, item, check, index) for item, check in checks if check.outcome in _KINDS],
        "properties": {
            "lab": plain(result.lab),
            **whose(result),
            "score": float(result.score),
            "maxScore": float(result.max_score),
            "feedScore": float(result.feed_range[0]) if result.is_judged else None,
            "feedMaxScore": float(result.feed_max),
            "scoreRange": [float(limit) for limit in result.score_range],
            "passedChecks": sum(check.outcome is Outcome.PASSED for _, check in checks),
            "notApplicableChecks": sum(check.outcome is Outcome.NOT_APPLICABLE for _, check in checks),
        },
    }


def _checks(result: Result) -> Iterator[tuple[ItemResult, CheckResult]]:
    for item in result.items:
        for check in item.checks:
            yield item, check


def _rule(item: ItemResult, check: CheckResult) -> dict[str, Any]:
    rule: dict[str, Any] = {
        "id": check.id,
        "name": "".join(word.capitalize() for word in plain(check.title).split()),
        "shortDescription": {"text": plain(check.title)},
        "fullDescription": {"text": f"{plain(item.id)} {plain(item.title)}: {plain(check.title)}"},
        "help": {"text": plain(check.hint)},
        "defaultConfiguration": {"level": "error"},
        "properties": {"tags": ["aws", f"step/{plain(item.id)}"]},
    }
    if item.link:
        rule["helpUri"] = item.link
    return rule


def _result(result: Result, item: ItemResult, check: CheckResult, index: Mapping[str, int]) -> dict[str, Any]:
    failed = check.outcome is Outcome.FAILED
    said, why = plain(check.message) or plain(check.title), why_of(result, check)
    if not failed:
        said = f"{said} ({not_counted(check)})"
    return {
        "ruleId": check.id,
        "ruleIndex": index[check.id],
        "kind": _KINDS[check.outcome],
        "level": "error" if failed else "none",
        "message": {"text": f"{said}. {f'Why: {why} ' if why else ''}Next: {plain(check.hint)}" if failed else said},
        "locations": [_location(result, region) for region in _regions(check)],
        "partialFingerprints": {"accountAndCheck/v1": f"{plain(result.account)}/{plain(item.id)}/{check.id}"},
        "properties": {
            "step": plain(item.id),
            "points": float(check.points),
            "pointsText": points(check.points),
            "outcome": check.outcome.value,
            "becauseOf": item.because_of,
            "evidence": list(dict.fromkeys(plain(question.operation) for question in check.evidence)),
            **_controls(check),
        },
    }


def _controls(check: CheckResult) -> dict[str, Any]:
    """The controls that the resource of this result fails, as tags too; nothing where it passes them or is missing."""
    failed = [one for one in check.controls if one.outcome is Outcome.FAILED]
    if not failed:
        return {}
    names = list(dict.fromkeys(f"{plain(one.standard)}/{plain(one.id)}" for one in failed))
    resources = dict.fromkeys(plain(one.resource.id) for one in failed if one.resource is not None)
    return {"tags": names, "controls": names, "resources": list(resources)}


def _regions(check: CheckResult) -> list[str]:
    return list(dict.fromkeys(question.region for question in check.evidence)) or ["global"]


def _location(result: Result, region: str) -> dict[str, Any]:
    """Where it was found: the evidence file as artifact, the account and region as logical place."""
    # Of a path only the name: a report tells nothing about the machine it was made on.
    name = PurePath(plain(result.source)).name or plain(result.account)
    return {
        "physicalLocation": {"artifactLocation": {"uri": quote(name)}, "region": {"startLine": 1}},
        "logicalLocations": [
            {
                "name": plain(region),
                "fullyQualifiedName": f"aws/{plain(result.account)}/{plain(region)}",
                "kind": "resource",
            }
        ],
    }
