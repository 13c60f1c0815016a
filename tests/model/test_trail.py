"""CloudTrail's events: whose call it was, with what, and what is no proof."""

from __future__ import annotations

from typing import Any

import pytest

from grader.errors import Unverified
from grader.model.trail import Trail, changes
from tests.model.documents import ACCOUNT, REFUSALS, Account, event

BOTOCORE = "Botocore/1.40.0 md/awscrt ua/2.1 os/linux lang/python#3.12 aws-lab-grader"
ROLE = {"type": "AssumedRole", "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/ecsTaskExecutionRole/{'0a' * 16}"}
BUILD = {"type": "AssumedRole", "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/build/AWSCodeBuild-7f3a"}
PERSON = {"type": "AssumedRole", "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/AWSReservedSSO_Admin_0a1b/kowalska"}
SERVICE = {"type": "AWSService"}


def trail(*events: dict[str, Any], name: str = "ListUsers", more: bool = False) -> Trail:
    """A trail with one answer; ``more`` where it was not read to the end."""
    token = {"NextToken": "t"} if more else {}
    key = f"EventName={name}"
    return Trail(
        Account().answer("cloudtrail.LookupEvents", key, region="us-east-1", Events=list(events), **token).evidence
    )


def login(name: str = "GetAuthorizationToken", **more: Any) -> Trail:
    """A trail with one event of a login to ECR."""
    return trail(event(name, **{"eventSource": "ecr.amazonaws.com", **more}), name=name)


@pytest.mark.parametrize(
    ("agent", "used"),
    [
        ("aws-cli/2.31.4 md/awscrt#0.27.6 ua/2.1 md/command#iam.list-users", True),
        ("aws-cli/1.18.69 Python/3.8.10 Linux/5.4 botocore/1.16.19", True),
        ("[aws-cli/2.31.4 md/awscrt#0.27.6 md/command#s3.mb]", True),
        ("aws-cli/2.31.4 exec-env/CloudShell", True),
        ("Boto3/1.40 md/Botocore#1.40", False),
        (BOTOCORE, False),
        ("[Boto3/1.40 md/Botocore#1.40]", False),
        ("APN/1.0 HashiCorp/1.0 Terraform/1.9 aws-sdk-go-v2", False),
        ("Mozilla/5.0 (X11; Linux) aws-cli/2.31.4", False),
        ("my-aws-cli/2", False),
        ("aws-client/2", False),
        ("", False),
    ],
)
def test_the_cli_is_told_by_how_its_agent_begins(agent: str, used: bool) -> None:
    """S3 puts the agent in brackets; SDKs, Terraform, the console and this program are not the CLI."""
    assert bool(trail(event(agent=agent)).uses_of_the_command_line) is used


def test_a_command_that_was_refused_was_a_command() -> None:
    """In the Learner Lab aws iam list-users fails, and was run all the same."""
    assert trail(event(errorCode="AccessDenied")).uses_of_the_command_line


@pytest.mark.parametrize(("identity", "person"), [(PERSON, True), (ROLE, False), (BUILD, False), (SERVICE, False)])
def test_a_cli_in_a_container_or_a_build_is_nobodys_terminal(identity: dict[str, str], person: bool) -> None:
    """The session of a service that works in a role proves neither the CLI nor a login."""
    assert bool(trail(event(userIdentity=identity)).uses_of_the_command_line) is person
    assert bool(login(userIdentity=identity).shows_a_login) is person


def test_any_event_counts_for_the_cli() -> None:
    """What else was asked of CloudTrail shows the CLI as well, S3's bucket in another region for one."""
    account = Account().answer("cloudtrail.LookupEvents", "EventName=ListUsers", region="us-east-1", Events=[])
    made = [event("CreateBucket", "[aws-cli/2.31.4 md/command#s3.mb]", eventSource="s3.amazonaws.com")]
    account.answer("cloudtrail.LookupEvents", "EventName=CreateBucket", region="eu-west-1", Events=made)
    assert Trail(account.evidence).uses_of_the_command_line
    del account.calls["cloudtrail.LookupEvents"]["eu-west-1"]
    assert not Trail(account.evidence).uses_of_the_command_line


@pytest.mark.parametrize("name", ["GetAuthorizationToken", "PutImage"])
def test_a_login_is_a_token_or_a_push_of_the_private_registry(name: str) -> None:
    """Both are proof, whatever client made them."""
    assert login(name).shows_a_login
    assert login(name, agent="docker/28.4.0 go/go1.24.7").shows_a_login


@pytest.mark.parametrize(
    "more",
    [
        {"eventSource": "codeartifact.amazonaws.com"},
        {"eventSource": "ecr-public.amazonaws.com"},
        {"eventSource": ""},
        {"errorCode": "AccessDenied"},
        {"agent": "ecs.amazonaws.com"},
        {"agent": "[pullthroughcache.ecr.amazonaws.com]"},
        {"userIdentity": {"type": "AssumedRole", "invokedBy": "ecs-tasks.amazonaws.com"}},
    ],
)
def test_what_only_looks_like_a_login_is_none(more: dict[str, Any]) -> None:
    """Tokens of other services, refused calls, and what AWS itself fetched."""
    assert not login(**more).shows_a_login


def test_the_source_may_stand_beside_the_record_or_in_it() -> None:
    """A record without eventSource is read with the one that CloudTrail put beside it, and the other way round."""
    seen = event("GetAuthorizationToken", eventSource="ecr.amazonaws.com")
    seen["CloudTrailEvent"] = "{}"
    assert trail(seen, name="GetAuthorizationToken").shows_a_login
    inside = event("GetAuthorizationToken", eventSource="ecr.amazonaws.com")
    del inside["EventSource"]
    assert trail(inside, name="GetAuthorizationToken").shows_a_login


def test_other_events_of_ecr_are_no_login() -> None:
    """The console creates a repository without Docker."""
    created = event("CreateRepository", eventSource="ecr.amazonaws.com")
    assert not trail(created, name="GetAuthorizationToken").shows_a_login


@pytest.mark.parametrize("record", ["", "not json", "[]", "[" * 100_000])
def test_a_record_that_cannot_be_read_proves_nothing(record: str) -> None:
    """A broken record ends no run."""
    assert not trail({**event(), "CloudTrailEvent": record}).uses_of_the_command_line


def test_an_answer_that_was_not_read_to_its_end_rules_nothing_out() -> None:
    """Behind a hundred events of other programs the student's may stand: open, not lost; a find decides."""
    with pytest.raises(Unverified, match="more events"):
        _ = trail(event(agent=BOTOCORE), more=True).uses_of_the_command_line
    assert trail(event(), more=True).uses_of_the_command_line


@pytest.mark.parametrize("kind", sorted(REFUSALS))
def test_a_refused_answer_rules_nothing_out(kind: str) -> None:
    """One refused region leaves open what no other shows, and is named."""
    account = Account().answer("cloudtrail.LookupEvents", "EventName=ListUsers", region="us-east-1", Events=[])
    account.answer("cloudtrail.LookupEvents", "EventName=GetAuthorizationToken", region="us-east-1", Events=[])
    account.refuse("cloudtrail.LookupEvents", "EventName=PutImage", region="eu-west-1", **REFUSALS[kind])
    for claim in ("uses_of_the_command_line", "shows_a_login"):
        with pytest.raises(Unverified, match="cloudtrail:LookupEvents in eu-west-1"):
            getattr(Trail(account.evidence), claim)


def test_what_cloudtrail_was_not_asked_is_open() -> None:
    """An answer about images alone rules out neither a token nor the CLI; asked and empty it does."""
    account = Account().answer("cloudtrail.LookupEvents", "EventName=PutImage", region="eu-west-1", Events=[])
    for claim in ("uses_of_the_command_line", "shows_a_login"):
        with pytest.raises(Unverified, match="was not asked"):
            getattr(Trail(account.evidence), claim)
    assert not trail().uses_of_the_command_line
    assert not trail(name="GetAuthorizationToken").shows_a_login


def test_what_another_region_shows_decides_beside_a_refusal() -> None:
    """Whichever was asked first; the event that shows it is named."""
    for refused, told in (("eu-west-1", "us-east-1"), ("us-east-1", "eu-west-1")):
        account = Account().refuse("cloudtrail.LookupEvents", "EventName=ListUsers", region=refused)
        account.answer("cloudtrail.LookupEvents", "EventName=ListUsers", region=told, Events=[event()])
        found = Trail(account.evidence).uses_of_the_command_line
        assert found
        assert found.found == "CloudTrail shows ListUsers at 2026-11-19T10:00:00+00:00"


def test_the_home_region_is_the_one_that_has_to_be_asked() -> None:
    """Where nothing was asked about users there, that is what is missing."""
    account = Account().answer("cloudtrail.LookupEvents", "EventName=PutImage", region="us-east-1", Events=[])
    with pytest.raises(Unverified, match="in eu-west-1"):
        _ = Trail(account.evidence).uses_of_the_command_line


def change(name: str, **more: Any) -> dict[str, Any]:
    """An event as LookupEvents gives it that changed something, with changes; None leaves a member out."""
    described = {**event(name), "ReadOnly": "false", "EventTime": "2026-11-20T09:00:00+00:00", **more}
    return {name: value for name, value in described.items() if value is not None}


def changed(account: Account) -> list[tuple[str, str]]:
    """Name and time of every change."""
    return sorted((one.event.name, one.at.isoformat()) for one in changes(account.evidence))


def test_changes_are_gathered_over_all_answers() -> None:
    """Of every region and lookup; a refused one, an absent one and other operations are passed over."""
    lookup = "cloudtrail.LookupEvents"
    account = (
        Account()
        .refuse(lookup, "EventName=A", region="eu-north-1", **REFUSALS["identity policy"])
        .answer(lookup, "EventName=A", region="eu-west-1", Events=[change("CreateVpc")])
        .answer(lookup, "EventName=B", region="us-east-1", Events=[change("PutObject"), change("CreateTable")])
        .answer("ec2.DescribeVpcs", region="eu-west-1", Events=[change("NoLookup")])
    )
    at = "2026-11-20T09:00:00+00:00"
    assert changed(account) == [("CreateTable", at), ("CreateVpc", at), ("PutObject", at)]


@pytest.mark.parametrize(
    "more",
    [
        {"ReadOnly": "true"},
        {"ReadOnly": None},
        {"EventTime": "yesterday"},
        {"EventTime": None},
        {"CloudTrailEvent": '{"errorCode": "AccessDenied"}'},
    ],
    ids=["a read", "unknown", "no time", "without a time", "an attempt"],
)
def test_what_changed_nothing_is_no_change(more: dict[str, Any]) -> None:
    """Reads, attempts that were refused, and events whose time nobody knows."""
    events = [change("CreateVpc", **more)]
    account = Account().answer("cloudtrail.LookupEvents", "EventName=A", region="eu-west-1", Events=events)
    assert changed(account) == []


@pytest.mark.parametrize("detail", [None, "", "[]", "{broken"])
def test_an_event_without_readable_details_has_its_name_alone(detail: str | None) -> None:
    """It changed something all the same; who did it is not known."""
    described = change("CreateVpc", CloudTrailEvent=detail, EventSource="ec2.amazonaws.com")
    account = Account().answer("cloudtrail.LookupEvents", "EventName=A", region="eu-west-1", Events=[described])
    (found,) = changes(account.evidence)
    assert (found.event.name, found.event.source, found.event.caller) == ("CreateVpc", "ec2.amazonaws.com", "")
    described.pop("EventSource")
    described.pop("EventName")
    (found,) = changes(account.evidence)
    assert (found.event.name, found.event.source, found.event.error_code) == ("", "", "")
