"""What each permission is for: which items nobody could decide without it, were the lab deployed as it should be."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from grader.calls.closure import closure, operations_named
from grader.calls.iam_actions import iam_action
from grader.calls.table import CALLS
from grader.errors import GraderError
from grader.evidence import Evidence
from grader.grading.pipeline import Graded, grade_all
from grader.rubric import Rubric
from grader.rubric.bundled import bundle
from grader.rubric.needs import operations_of
from grader.rubric.scheme import Item

ALWAYS_ALLOWED = frozenset({"sts:GetCallerIdentity"})
"""What AWS answers whatever a policy says."""


@dataclass(frozen=True, slots=True)
class Permission:
    """One action of a policy: the items that stay open without it, and those for which it is read beside others."""

    action: str
    decides: tuple[str, ...]
    read_for: tuple[str, ...]


def permissions(rubric: Rubric, items: Sequence[Item], variant: str | None) -> tuple[Permission, ...]:
    """What each action of the rubric's policy is for, found out by refusing it to a correct deployment of the lab.

    An item of another lab, which that deployment does not earn, is named by what its checks read.
    """
    reads = {item.id: _actions(frozenset().union(*(operations_of(row) for row in item.checks))) for item in items}
    direct = {item.id: _direct(item) for item in items}
    actions = sorted(frozenset().union(*reads.values()))
    asked = operations_named(closure(_operations(items)))
    whole = _reference()
    documents = {"": whole, **{action: _refused(whole, action, asked) for action in actions}}
    opened = dict(_opened(rubric, documents, variant))
    here = {item.id for item in items if opened[""].get(item.id, Fraction(1)) == 0}

    def decides(action: str, item: str) -> bool:
        if action in ALWAYS_ALLOWED:
            return False
        return opened[action].get(item, Fraction(0)) > 0 if item in here else action in reads[item]

    found = []
    for action in actions:
        alone = tuple(item.id for item in items if decides(action, item.id))
        beside = tuple(item.id for item in items if action in direct[item.id] and item.id not in alone)
        found.append(Permission(action, alone, beside))
    return tuple(found)


def _operations(items: Sequence[Item]) -> frozenset[str]:
    return frozenset(operation for item in items for row in item.checks for operation in operations_of(row))


def _direct(item: Item) -> frozenset[str]:
    return frozenset(map(iam_action, operations_named(name for row in item.checks for name in operations_of(row))))


def _actions(operations: frozenset[str]) -> frozenset[str]:
    return frozenset(map(iam_action, operations_named(closure(operations))))


def _reference() -> dict[str, Any]:
    """The evidence of the lab as it should be, from the emulated account."""
    path = bundle("reference_app") / "evidence.json.gz"
    document: dict[str, Any] = json.loads(gzip.decompress(path.read_bytes()))
    return document


def _refused(document: Mapping[str, Any], action: str, asked: frozenset[str]) -> dict[str, Any]:
    """The evidence without one action: its questions refused, and what only their answers lead to not asked."""
    refused = {name for name in asked if iam_action(name) == action}
    silent = set(refused)
    while more := {name for name in asked - silent if _follows_only(name, silent)}:
        silent |= more
    message = f"User is not authorized to perform: {action} because no identity-based policy allows the action"
    entry = {"error": {"Code": "AccessDeniedException", "Message": message, "HTTPStatusCode": 403}}
    calls = {
        operation: {region: dict.fromkeys(keys, entry) for region, keys in regions.items()}
        if operation in refused
        else regions
        for operation, regions in document["calls"].items()
        if operation in refused or operation not in silent
    }
    # Without load balancers there is nothing that a probe could be sent to.
    probed = {} if "elbv2.DescribeLoadBalancers" not in silent else {"http_probe": None}
    return {**document, "meta": {**document["meta"], **probed}, "calls": calls}


def _follows_only(operation: str, silent: set[str]) -> bool:
    """Whether every question of an operation comes from answers that there are not."""
    sources = [{source.operation for source in call.sources} for call in CALLS if call.operation == operation]
    return all(each and each <= silent for each in sources)


def _opened(
    rubric: Rubric, documents: Mapping[str, Mapping[str, Any]], variant: str | None
) -> Iterator[tuple[str, dict[str, Fraction]]]:
    """By name of the document the points of each item that are open or lost."""
    found: list[tuple[str, dict[str, Fraction]]] = []

    def deliver(evidence: Evidence, graded: Graded | GraderError) -> None:
        if isinstance(graded, GraderError):
            raise graded
        found.append((evidence.source, {item.id: item.open + item.lost for item in graded.result.items}))

    grade_all(rubric, (Evidence(one, source=name) for name, one in documents.items()), deliver, variant=variant)
    yield from found
