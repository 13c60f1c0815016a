"""Small evidence documents for tests of one noun: only the answers that the test is about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from grader.evidence import Evidence

REGION = "eu-central-1"
DENIED = {"error": {"Code": "AccessDenied", "Message": "no identity-based policy allows the action"}}


def evidence(calls: Mapping[str, Mapping[str, Any]]) -> Evidence:
    """Evidence of one region: for each operation its answers by key; ``DENIED`` is a refusal."""
    return Evidence(
        {
            "format": 1,
            "meta": {"regions": [REGION]},
            "calls": {
                operation: {REGION: {key: one if one is DENIED else {"response": one} for key, one in answers.items()}}
                for operation, answers in calls.items()
            },
        }
    )
