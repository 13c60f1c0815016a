"""Collecting: the only part that speaks with accounts. It knows AWS and HTTP, and nothing of points.

Importing it is cheap; botocore and httpx are loaded when an account is first collected.
"""

from grader.calls.closure import closure
from grader.calls.policy import policy_document, session_policy
from grader.calls.spec import Call
from grader.calls.table import CALLS, OPERATIONS
from grader.collect.access import Access
from grader.collect.collector import Collector, OnProgress

__all__ = [
    "CALLS",
    "OPERATIONS",
    "Access",
    "Call",
    "Collector",
    "OnProgress",
    "closure",
    "policy_document",
    "session_policy",
]
