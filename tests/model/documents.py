"""Small evidence documents: only the answers that a test is about."""

from __future__ import annotations

import json
from typing import Any

from grader.evidence import Evidence

ACCOUNT = "123456789012"
DENIED = {"Code": "AccessDenied", "Message": "no identity-based policy allows the action"}
REFUSALS = {
    "identity policy": DENIED,
    "scp": {"Code": "AccessDenied", "Message": "with an explicit deny in a service control policy"},
    "sandbox": {"Code": "AccessDenied", "Message": "assumed-role/voclabs/user1 is not authorized to perform: this"},
    "throttled": {"Code": "ThrottlingException", "Message": "Rate exceeded"},
    "no answer": {"Code": "NoAnswer", "Message": "Connection timed out"},
}


class Account:
    """An evidence document that is written question by question."""

    def __init__(self) -> None:
        self.calls: dict[str, dict[str, dict[str, Any]]] = {}

    def answer(self, operation: str, key: str = "", *, region: str = "global", **response: Any) -> Account:
        """AWS answers a question."""
        self.calls.setdefault(operation, {}).setdefault(region, {})[key] = {"response": response}
        return self

    def refuse(self, operation: str, key: str = "", *, region: str = "global", **error: str) -> Account:
        """AWS refuses a question."""
        self.calls.setdefault(operation, {}).setdefault(region, {})[key] = {"error": error or DENIED}
        return self

    @property
    def evidence(self) -> Evidence:
        """What was written so far."""
        meta = {"account": ACCOUNT, "home_region": "eu-west-1", "regions": ["eu-west-1"]}
        return Evidence({"meta": {**meta, "now": "2026-11-20T10:00:00+00:00"}, "calls": self.calls})


def event(name: str = "ListUsers", agent: str = "aws-cli/2.31.4 md/awscrt#0.27.6", **more: Any) -> dict[str, Any]:
    """An event of CloudTrail; ``more`` are members of its record."""
    source = more.setdefault("eventSource", "iam.amazonaws.com")
    identity = {"type": "IAMUser", "arn": f"arn:aws:iam::{ACCOUNT}:user/ola"}
    record = {"eventName": name, "userAgent": agent, "userIdentity": identity, **more}
    return {
        "EventId": "1", "EventName": name, "EventSource": source, "EventTime": "2026-11-19T10:00:00+00:00",
        "CloudTrailEvent": json.dumps(record),
    }  # fmt: skip
