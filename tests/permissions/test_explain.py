"""``grader policy --explain``: without each action exactly the items that it names stay open, and nothing is lost."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from grader.grading.permissions import ALWAYS_ALLOWED, permissions
from grader.grading.pipeline import Graded
from grader.rubric import open_rubric
from reference_app.emulator import EmulatedAccount
from tests.cases import grade_one, lost, opened
from tests.collect.servers import Asked, Reply, in_front_of, refusal

from .conftest import action_of
from .reference import REFERENCE, collected

RUBRIC = open_rubric()
EXPLAINED = {one.action: one for one in permissions(RUBRIC, RUBRIC.items, None)}
SAMPLE = ("iam:ListGroupsForUser", "ec2:DescribeVpcs", "s3:ListBucket", "ecs:DescribeServices")
"""One of each kind: global, regional, S3's own protocol, one that others follow from. The rest is exhaustive."""
OTHER = """
format: 1
lab: Another
points: "1"
sections:
  - id: a
    title: A
    items:
      - id: x
        title: Two NAT gateways
        points: "1"
        hint: Make them.
        checks:
          - ask: ec2.DescribeNatGateways
            expression: length(NatGateways)
            expect: {at_least: 20}
            title: There are twenty
            points: "1"
"""


def graded_without(account: EmulatedAccount, action: str) -> tuple[Graded, set[str]]:
    """The account graded by somebody who lacks one action, and every action that was asked for."""
    asked_for: set[str] = set()

    def answer(asked: Asked) -> Reply | None:
        wanted = action_of(asked)
        asked_for.add(wanted)
        if wanted != action:
            return None
        text = f"User is not authorized to perform: {action} because no identity-based policy allows the action"
        return refusal(asked.service, "AccessDeniedException", text)

    with in_front_of(account.endpoint_url, answer) as front:
        return grade_one(collected(front.url, (account.connect_to,))), asked_for


def test_everything_that_is_asked_is_explained(account: EmulatedAccount) -> None:
    """No request needs an action that the policy does not hold, and a correct deployment has all points."""
    graded, asked_for = graded_without(account, "")
    assert asked_for <= EXPLAINED.keys()
    assert (lost(graded), opened(graded)) == ({}, {})


@pytest.mark.parametrize(
    "action",
    [
        action if action in SAMPLE else pytest.param(action, marks=pytest.mark.exhaustive)
        for action in EXPLAINED
        if action not in ALWAYS_ALLOWED
    ],
)
def test_without_an_action_exactly_what_it_is_for_is_open(account: EmulatedAccount, action: str) -> None:
    """Over real sockets: nothing is lost, and what is open names the action."""
    graded, asked_for = graded_without(account, action)
    assert action in asked_for
    assert lost(graded) == {}
    assert tuple(item.id for item in graded.result.items if item.open) == EXPLAINED[action].decides
    refused = {one.action for item in graded.result.items for check in item.checks for one in check.refusals}
    assert bool(EXPLAINED[action].decides) <= (action in refused)


def test_an_item_of_another_lab_is_named_beside_every_action_that_it_reads(tmp_path: Path) -> None:
    """The reference deployment does not earn it, so nothing can be found out by refusing."""
    path = tmp_path / "rubric.yaml"
    path.write_text(OTHER, encoding="utf-8")
    rubric = open_rubric(path)
    found = {one.action: one.decides for one in permissions(rubric, rubric.items, None)}
    assert found["ec2:DescribeNatGateways"] == found["ec2:DescribeRegions"] == ("x",)
    assert found["sts:GetCallerIdentity"] == ()


def test_the_reference_is_what_the_emulated_account_gives(account: EmulatedAccount) -> None:
    """The kept evidence grades as the emulated account does today; python -m tests.permissions.reference renews it."""
    kept = grade_one(json.loads(gzip.decompress(REFERENCE.read_bytes())))
    today = grade_one(collected(account.endpoint_url, (account.connect_to,)))
    assert [(item.id, item.earned) for item in kept.result.items] == [
        (item.id, item.earned) for item in today.result.items
    ]
