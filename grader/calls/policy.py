"""The IAM policy that a rubric needs, exactly: made from the table, so it cannot differ from what is asked."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from grader.calls.closure import closure, operations_named, with_explaining
from grader.calls.iam_actions import iam_action
from grader.errors import UsageError

SESSION_POLICY_CHARACTERS = 2048
"""What STS takes at most as the plain text of a session policy."""

# Beginnings of actions that may stand for all that share them: they show settings, never content or secrets,
# as s3:Get* (objects), ecr:Get* (layers) or logs:Get* (queries) would.
_SAFE = ("iam:Get", "s3:GetBucket")
_SAFE_VERBS = ("Describe", "List")


def _actions(operations: frozenset[str], *, explaining: bool) -> list[str]:
    needed = closure(operations)
    asked = operations_named(with_explaining(needed) if explaining else needed)
    return sorted({iam_action(operation) for operation in asked})


def policy_document(operations: frozenset[str], *, explaining: bool = True) -> dict[str, Any]:
    """The policy that lets exactly these rows, and those that they need, be asked.

    With ``explaining`` also those that are asked only where something failed, for its reason; no point needs them.
    ``sts:GetCallerIdentity`` is listed although AWS always allows it, so that the list is the whole of what
    is asked.
    """
    actions = _actions(operations, explaining=explaining)
    return {
        "Version": "2012-10-17",
        "Statement": [{"Sid": "GraderReads", "Effect": "Allow", "Action": actions, "Resource": "*"}],
    }


def session_policy(operations: frozenset[str]) -> str:
    """The same as compact JSON, to narrow an assumed role with; at most ``SESSION_POLICY_CHARACTERS`` long.

    Where the exact list is longer, the actions of the services with the most to gain are named by what they
    share (``ec2:Describe*``, ``iam:List*``, ``s3:GetBucket*``): still reading, and nothing but settings. The
    role's own policies still apply, and so does the guard.
    """
    groups: dict[str, list[str]] = defaultdict(list)
    for action in _actions(operations, explaining=True):
        groups[action.partition(":")[0]].append(action)
    while len(text := _compact(groups.values())) > SESSION_POLICY_CHARACTERS:
        service = max(groups, key=lambda name: _length(groups[name]) - _length(_by_verb(groups[name])))
        shorter = _by_verb(groups[service])
        if shorter == groups[service]:
            raise UsageError(
                f"the session policy would have {len(text)} characters; AWS takes {SESSION_POLICY_CHARACTERS}.",
                where="--role-arn",
                remedy="Ask fewer services, or use the role's credentials without assuming it.",
            )
        groups[service] = shorter
    return text


def _compact(groups: Iterable[list[str]]) -> str:
    actions = sorted(action for group in groups for action in group)
    statement = {"Effect": "Allow", "Action": actions, "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]}, separators=(",", ":"))


def _length(actions: list[str]) -> int:
    return sum(len(action) + 3 for action in actions)


def _by_verb(actions: list[str]) -> list[str]:
    return sorted({_widened(action) for action in actions})


def _widened(action: str) -> str:
    service = action.partition(":")[0]
    beginnings = (*_SAFE, *(f"{service}:{verb}" for verb in _SAFE_VERBS))
    return next((f"{beginning}*" for beginning in beginnings if action.startswith(beginning)), action)
