"""The table of calls: complete, read-only, and closed under what its rows need."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from botocore.loaders import create_loader
from botocore.model import ServiceModel

from grader.collect import CALLS, OPERATIONS, closure
from grader.errors import UsageError

GOLDEN = Path(__file__).parents[1] / "accounts" / "golden.json"
READING = ("BatchGet", "Describe", "Filter", "Get", "Head", "List", "Lookup")
"""How the name of an operation that only reads begins."""


def test_every_question_of_the_reference_evidence_is_a_row_but_those_that_leave_traces() -> None:
    """What golden.json holds can be asked, except what makes AWS write a report, and what it counts as a pull."""
    asked = set(json.loads(GOLDEN.read_text(encoding="utf-8"))["calls"])
    assert asked - OPERATIONS == {"iam.GenerateCredentialReport", "ecr.BatchGetImage"}


@pytest.mark.parametrize("operation", sorted(OPERATIONS))
def test_a_row_only_reads(operation: str) -> None:
    """No row's operation has the name of one that changes anything."""
    assert operation.partition(".")[2].startswith(READING)


@pytest.mark.parametrize("operation", sorted(OPERATIONS))
def test_a_row_exists_in_aws(operation: str) -> None:
    """Each row is an operation that botocore knows, with parameters that it has."""
    service, _, name = operation.partition(".")
    model = ServiceModel(create_loader().load_service_model(service, "service-2"), service)
    members = set(getattr(model.operation_model(name).input_shape, "members", {}))
    for call in (call for call in CALLS if call.operation == operation):
        assert set(call.shaped) | {name for variant in call.variants for name in variant} <= members


def test_the_closure_holds_where_parameters_come_from() -> None:
    """Subscribers need notifications, these budgets, and these the account's number."""
    assert closure(frozenset({"budgets.DescribeSubscribersForNotification"})) == {
        "budgets.DescribeSubscribersForNotification",
        "budgets.DescribeNotificationsForBudget",
        "budgets.DescribeBudgets",
        "sts.GetCallerIdentity",
        "ec2.DescribeRegions",
    }


def test_the_closure_holds_what_tells_a_region_in_use() -> None:
    """A row asked only in regions in use needs the four questions that show which these are."""
    assert closure(frozenset({"cloudwatch.DescribeAlarms"})) >= {
        "ec2.DescribeVpcs", "ecr.DescribeRepositories", "ecs.ListClusters", "elbv2.DescribeLoadBalancers",
    }  # fmt: skip


def test_a_row_with_a_label_is_only_asked_by_name() -> None:
    """Needing CloudTrail does not mean needing every event that it could be asked for."""
    assert "cloudtrail.LookupEvents[EventName=CreateVpc]" not in closure(OPERATIONS)
    assert "cloudtrail.LookupEvents[EventName=CreateVpc]" in closure(
        frozenset({"cloudtrail.LookupEvents[EventName=CreateVpc]"})
    )


def test_a_name_that_is_no_row_is_refused() -> None:
    """A rubric that needs what cannot be asked is told so."""
    with pytest.raises(UsageError, match=r"ec2\.RunInstances is not in the table"):
        closure(frozenset({"ec2.RunInstances"}))


@pytest.mark.parametrize("module", ["grader.collect", "grader.calls.table", "grader.calls.policy"])
def test_importing_is_cheap(module: str) -> None:
    """Neither botocore nor httpx is loaded before an account is collected."""
    code = f"import sys, {module}; print([m for m in ('botocore', 'boto3', 'httpx', 'urllib3') if m in sys.modules])"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert loaded.strip() == "[]"
