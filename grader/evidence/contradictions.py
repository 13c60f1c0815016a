"""What an evidence file says of itself that cannot all be true.

Nothing here costs a point: it is for whoever reads the grade. A file that somebody changed by hand tends to show it,
and so does one that two students hand in.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from grader.evidence.document import Evidence
from grader.evidence.question import GLOBAL, Question
from grader.foreign_text import quoted, shorten

_CALLER = Question("sts.GetCallerIdentity", GLOBAL)
_LEARNER = (":assumed-role/voclabs/", ":assumed-role/LabRole/", ":user/voclabs")
"""Who reads an account of a Learner Lab: its role, or the one that it gives to machines."""
_ARN = re.compile(r"arn:aws[a-z-]*:[a-z0-9-]+:[a-z0-9-]*:([0-9]{12}):")
_OWN = (
    ("iam.ListUsers", "Users", "Arn"),
    ("ecs.ListClusters", "clusterArns", ""),
    ("ecs.DescribeServices", "services", "serviceArn"),
    ("ecr.DescribeRepositories", "repositories", "repositoryArn"),
    ("elbv2.DescribeLoadBalancers", "LoadBalancers", "LoadBalancerArn"),
)
"""Where an answer names the account that was asked: operation, list, field. A VPC may be shared by another account."""
_PAST = frozenset(
    ("CreateDate", "CreateTime", "CreatedTime", "CreationDate", "EventTime", "LaunchTime", "PasswordLastUsed",
     "createdAt", "imagePushedAt", "pushedAt", "registeredAt", "runningAt", "startedAt")
)  # fmt: skip
"""Fields that say when something has happened."""
_SLACK = timedelta(hours=1)
"""How far clocks, and the minutes that collecting takes, may lie apart."""


def contradictions(evidence: Evidence, today: datetime) -> Iterator[str]:
    """A sentence for each contradiction; ``today`` is now, as this machine knows it."""
    yield from _accounts(evidence)
    yield from _environment(evidence)
    yield from _times(evidence, today)
    yield from _probe(evidence)


class SeenVpcs:
    """The VPCs of the accounts of one run: the same one in two files is one deployment, handed in twice."""

    def __init__(self) -> None:
        self._first: dict[str, tuple[str, str]] = {}

    def notices(self, evidence: Evidence) -> tuple[str, ...]:
        """A sentence for each earlier file that holds a VPC of this one; and this one is remembered."""
        others: dict[tuple[str, str], str] = {}
        for vpc_id in sorted(_own_vpcs(evidence)):
            first = self._first.setdefault(vpc_id, (evidence.source, evidence.account))
            if first[0] != evidence.source:
                others.setdefault(first, vpc_id)
        return tuple(
            f"The same VPC ({quoted(vpc_id)}) is in {shorten(Path(source).name)}, of account {quoted(account)}."
            for (source, account), vpc_id in others.items()
        )


def _own_vpcs(evidence: Evidence) -> frozenset[str]:
    """The ids of the VPCs that the account owns; one that is shared with it may be in many accounts."""
    owner = _response(evidence, _CALLER).get("Account", evidence.account)
    return frozenset(
        vpc_id
        for vpc in _objects(evidence, "ec2.DescribeVpcs", "Vpcs")
        if isinstance(vpc_id := vpc.get("VpcId"), str) and vpc.get("OwnerId", owner) == owner
    )


def _accounts(evidence: Evidence) -> Iterator[str]:
    account = evidence.account
    if not re.fullmatch(r"[0-9]{12}", account):
        if account != "unknown":
            yield f"The evidence contradicts itself: {quoted(account)} is not an AWS account id, which has 12 digits."
        return
    caller = _response(evidence, _CALLER).get("Account")
    if isinstance(caller, str) and caller != account:
        yield (
            f"The evidence contradicts itself: it says that it is from account {account}, but AWS answered "
            f"{quoted(caller)} when it was asked whose it is."
        )
        return
    others = {other for value in _owned(evidence) if (other := _account_of(value)) and other != account}
    if others:
        named = ", ".join(sorted(others)[:3])
        yield f"The evidence contradicts itself: it is from account {account}, but its content belongs to {named}."


def _owned(evidence: Evidence) -> Iterator[str]:
    for operation, name, field in _OWN:
        if not field:
            for question in evidence.asked(operation):
                values = _response(evidence, question).get(name)
                yield from (value for value in values if isinstance(value, str)) if isinstance(values, list) else ()
            continue
        for one in _objects(evidence, operation, name):
            if isinstance(one.get(field), str):
                yield one[field]


def _account_of(arn: str) -> str:
    found = _ARN.match(arn)
    return found[1] if found else ""


def _environment(evidence: Evidence) -> Iterator[str]:
    arn = _response(evidence, _CALLER).get("Arn")
    if not isinstance(arn, str):
        return
    learner = any(mark in arn for mark in _LEARNER)
    if evidence.environment == "academy" and not learner:
        yield (
            "The evidence contradicts itself: it says that it is from an AWS Academy account, where some steps do not "
            f"apply, but the caller was {shorten(arn, 120)}."
        )
    elif evidence.environment == "own-account" and _LEARNER[0] in arn:
        yield (
            "The evidence contradicts itself: it says that it is from an account of the student's own, but the caller "
            "was AWS Academy's."
        )


def _times(evidence: Evidence, today: datetime) -> Iterator[str]:
    now = evidence.now
    if now > today + timedelta(days=1):
        yield f"The evidence says that the account was read in the future, at {now:%Y-%m-%d %H:%M} UTC."
    latest = max(_moments(evidence), default=None)
    if latest is not None and latest > now + _SLACK:
        yield (
            f"The evidence contradicts itself: the account was read at {now:%Y-%m-%d %H:%M}, but an answer tells of "
            f"{latest:%Y-%m-%d %H:%M}."
        )


def _moments(evidence: Evidence) -> Iterator[datetime]:
    """The times in the answers at which something has happened."""
    waiting: list[Any] = [(evidence.entry(question) or {}).get("response") for question in evidence]
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting.extend(value)
        elif isinstance(value, dict):
            for key, each in value.items():
                if isinstance(each, (dict, list)):
                    waiting.append(each)
                elif key in _PAST and isinstance(each, str) and (moment := _moment(each)) is not None:
                    yield moment


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if not 1970 <= moment.year <= 2100:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


def _probe(evidence: Evidence) -> Iterator[str]:
    probe = evidence.http_probe
    questions = evidence.asked("elbv2.DescribeLoadBalancers")
    entries = [evidence.entry(question) or {} for question in questions]
    if probe is None or not entries or any("response" not in entry for entry in entries):
        return
    balancers = tuple(_objects(evidence, "elbv2.DescribeLoadBalancers", "LoadBalancers"))
    host = probe.url.partition("://")[2].partition("/")[0].rpartition("@")[2].partition(":")[0].lower()
    if probe.load_balancer:
        known = any(one.get("LoadBalancerArn") == probe.load_balancer for one in balancers)
    else:
        known = not host or any(str(one.get("DNSName", "")).lower() == host for one in balancers)
    if not known:
        asked = shorten(probe.load_balancer or host, 120)
        yield f"The evidence contradicts itself: it holds an answer of {asked}, which is not a load balancer in it."


def _response(evidence: Evidence, question: Question) -> Mapping[str, Any]:
    found = (evidence.entry(question) or {}).get("response")
    return found if isinstance(found, dict) else {}


def _objects(evidence: Evidence, operation: str, name: str) -> Iterator[Mapping[str, Any]]:
    for question in evidence.asked(operation):
        values = _response(evidence, question).get(name)
        for value in values if isinstance(values, list) else ():
            if isinstance(value, dict):
                yield value
