"""OCSF compliance findings (class 2003 of schema 1.5.0, profile ``cloud``), one for each item of the rubric.

The item is the control and its checks are the checks of the finding. A control of a standard is a finding of its own,
about the resource that it is decided of. An item that lost points is ``Fail``. One that is open is
``Warning``, which the schema defines as "did not yield a result due to missing information". What does not
apply is ``Other``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from grader import __version__
from grader.foreign_text import plain
from grader.grading.pipeline import Graded
from grader.grading.results import CheckResult, Controlled, ItemResult, Outcome, Result
from grader.report.wording import feedback, labels, whose, why_of

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
    findings = [
        finding
        for each, who in zip(graded, labels(graded), strict=True)
        for item in each.result.items
        for finding in (_finding(each.result, who, item), *_controls(each.result, who, item))
    ]
    return json.dumps(findings, ensure_ascii=False, indent=2) + "\n"


def _finding(result: Result, who: str, item: ItemResult) -> dict[str, Any]:
    account = plain(result.account)
    title = f"{plain(item.id)} {plain(item.title)}"
    finding = {
        **_common(result, item.outcome),
        "message": f"{title}: {item.outcome.value}",
        "resources": [{"uid": account, "name": f"AWS account {account}", "type": "AwsAccount"}],
        "finding_info": {
            "uid": f"{who}/{plain(item.id)}",
            "title": title,
            "desc": plain(item.section),
            "types": ["Compliance"],
        },
        "compliance": _compliance(result, item),
        "unmapped": {
            **whose(result),
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


def _controls(result: Result, who: str, item: ItemResult) -> Iterator[dict[str, Any]]:
    """A finding for each control and resource."""
    for check in item.checks:
        for one in check.controls:
            yield _control(result, who, item, check, one)


def _control(result: Result, who: str, item: ItemResult, check: CheckResult, one: Controlled) -> dict[str, Any]:
    status_id, status = _STATUS[one.outcome]
    title = f"{plain(one.standard)}: {plain(one.id)}"
    account = plain(result.account)
    resource: dict[str, Any] = {"uid": account, "name": f"AWS account {account}", "type": "AwsAccount"}
    if one.resource is not None:
        resource = {"uid": plain(one.resource.id), "name": plain(one.resource.name), "type": one.resource.type}
        if one.resource.region:
            resource["region"] = plain(one.resource.region)
    return {
        **_common(result, one.outcome),
        "message": f"{title}: {status}",
        "resources": [resource],
        "finding_info": {
            "uid": f"{who}/{title}/{resource['uid']}",
            "title": title,
            "desc": f"Step {plain(item.id)}: {plain(check.title)}",
            "types": ["Compliance"],
        },
        "compliance": {
            "control": plain(one.id),
            "standards": [plain(one.standard)],
            "requirements": [f"{plain(one.standard)}/{plain(one.id)}"],
            "status_id": status_id,
            "status": status,
            "status_code": one.outcome.value,
            "status_details": [plain(check.message)] if check.message and one.outcome is check.outcome else [],
        },
        "unmapped": {**whose(result), "step": plain(item.id), "check": check.id},
    }


def _common(result: Result, outcome: Outcome) -> dict[str, Any]:
    failed = _STATUS[outcome][1] == "Fail"
    return {
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
        "metadata": {
            "version": SCHEMA_VERSION,
            "profiles": ["cloud"],
            "processed_time": _milliseconds(result.graded_at),
            "product": {"name": "aws-lab-grader", "vendor_name": "aws-lab-grader", "version": __version__},
        },
        "cloud": {
            "provider": "AWS",
            "account": {"uid": plain(result.account), "type_id": 10, "type": "AWS Account"},
        },
    }


def _compliance(result: Result, item: ItemResult) -> dict[str, Any]:
    status_id, status = _STATUS[item.outcome]
    return {
        "control": f"{plain(item.id)} {plain(item.title)}",
        "standards": [plain(result.lab)],
        "status_id": status_id,
        "status": status,
        "status_code": item.outcome.value,
        "status_details": [*feedback(item), *_why(result, item)],
        "checks": [_check(check) for check in item.checks],
    }


def _why(result: Result, item: ItemResult) -> list[str]:
    said = [f"Why: {why}" for check in item.checks if (why := why_of(result, check))]
    return said[:1]


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
