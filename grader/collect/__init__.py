"""Collecting: the only part that speaks with accounts. It knows AWS and HTTP, and nothing of points.

Importing it is cheap; botocore and httpx are loaded when an account is first collected.
"""

from grader.collect.access import Access
from grader.collect.collector import Collector, Progress
from grader.collect.policy import policy_document, session_policy
from grader.collect.table import CALLS, OPERATIONS, Call, closure

__all__ = [
    "CALLS",
    "OPERATIONS",
    "Access",
    "Call",
    "Collector",
    "Progress",
    "closure",
    "policy_document",
    "session_policy",
]
