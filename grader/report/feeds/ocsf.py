"""OCSF compliance findings (class 2003 of schema 1.5.0, profile ``cloud``), one for each item of the rubric.

The item is the control and its checks are the checks of the finding, so that a control of a standard that
an item carries is judged by the whole item. An item that lost points is ``Fail``. One that is open is
``Warning``, which the schema defines as "did not yield a result due to missing information". What does not
apply is ``Other``.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from grader import __version__
from grader.foreign_text import plain
from grader.grading.pipeline import Graded
from grader.grading.results import CheckResult, ItemResult, Outcome, Result
from grader.report.wording import feedback

SCHEMA_VERSION = "1.5.0"

_STATUS = {
    Outcome.PASSED: (1, "Pass"),
    Outcome.PARTIAL: (3, "Fail"),
    Outcome.FAILED: (3, "Fail"),
    Outcome.UNVERIFIED: (2, "Warning"),
    Outcome.PENDING: (2, "Warning"),
    Outcome.MANUAL: (2, "Warning"),
    Outcome.NOT_APPLICABLE: (99, "Not applicable"),
}


def render(graded: Sequence[Graded]) -> str:
    """A JSON list of findings, of all accounts."""
    findings = [_finding(each.result, item) for each in graded for item in each.result.items]
    return json.dumps(findings, ensure_ascii=False, indent=2) + "\n"


def _finding(result: Result, item: ItemResult) -> dict[str, Any]:
    account = plain(result.account)
    title = f"{plain(item.id)} {plain(item.title)}"
    failed = _STATUS[item.outcome][1] == "Fail"
    finding: dict[str, Any] = {
        "activity_id": 1,
        "activity_name": "Create",
        "category_uid": 2,
        "category_name": "Findings",
        "class_uid": 2003,
        "class_name": "Compliance Finding",
        "type_uid": 200301,
        "type_name": "Compliance Finding: Create",
        "severity_id": 3 if failed else 1,
        "severity": "Medium" if failed else "Informational",
        "status_id": 1,
        "status": "New",
        "time": _milliseconds(result.collected_at),
        "message": f"{title}: {item.outcome.value}",
        "metadata": {
            "version": SCHEMA_VERSION,
            "profiles": ["cloud"],
            "processed_time": _milliseconds(result.graded_at),
            "product": {"name": "aws-lab-grader", "vendor_name": "aws-lab-grader", "version": __version__},
        },
        "cloud": {"provider": "AWS", "account": {"uid": account, "type_id": 10, "type": "AWS Account"}},
        "resources": [{"uid": account, "name": f"AWS account {account}", "type": "AwsAccount"}],
        "finding_info": {
            "uid": f"{account}/{plain(item.id)}",
            "title": title,
            "desc": plain(item.section),
            "types": ["Compliance"],
        },
        "compliance": _compliance(result, item),
        "unmapped": {
            "points": float(item.points),
            "earned": float(item.earned),
            "lost": float(item.lost),
            "open": float(item.open),
            "outcome": item.outcome.value,
            "because_of": item.because_of,
        },
    }
    if item.outcome not in (Outcome.PASSED, Outcome.NOT_APPLICABLE):
        finding["remediation"] = {"desc": plain(item.hint), "references": [item.link] if item.link else []}
    return finding


def _compliance(result: Result, item: ItemResult) -> dict[str, Any]:
    status_id, status = _STATUS[item.outcome]
    standards = list(dict.fromkeys(standard for standard, _ in item.controls))
    compliance: dict[str, Any] = {
        "control": f"{plain(item.id)} {plain(item.title)}",
        "standards": [plain(result.lab), *standards],
        "requirements": [f"{standard}/{identifier}" for standard, identifier in item.controls],
        "status_id": status_id,
        "status": status,
        "status_code": item.outcome.value,
        "status_details": feedback(item),
        "checks": [_check(check) for check in item.checks],
    }
    if not item.controls:
        del compliance["requirements"]
    return compliance


def _check(check: CheckResult) -> dict[str, Any]:
    status_id, status = _STATUS[check.outcome]
    return {
        "uid": check.id,
        "name": plain(check.title),
        "desc": plain(check.message) or plain(check.title),
        "status_id": status_id,
        "status": status,
    }


def _milliseconds(moment: datetime) -> int:
    """OCSF's ``timestamp_t``: milliseconds since 1970 in UTC."""
    return int(moment.timestamp() * 1000)
