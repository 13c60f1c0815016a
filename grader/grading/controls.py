"""Controls of standards: which a check decides, and of which resource of the account.

A control says something of a resource that exists. Where the lab's is missing, or AWS would not show it, there is
nothing to say: a missing load balancer neither passes nor fails a control about load balancers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from grader.errors import EvidenceError, Missing, Undecided
from grader.grading.results import CheckResult, Controlled, ItemResult, Outcome, Resource
from grader.model.identity import User
from grader.model.lab import Lab
from grader.rubric import Control, Rubric

TYPES: Mapping[str, str] = {
    "administrator": "AWS::IAM::User",
    "bucket": "AWS::S3::Bucket",
    "cluster": "AWS::ECS::Cluster",
    "load_balancer": "AWS::ElasticLoadBalancingV2::LoadBalancer",
    "load_balancer_group": "AWS::EC2::SecurityGroup",
    "repository": "AWS::ECR::Repository",
    "resource_group": "AWS::EC2::SecurityGroup",
    "service": "AWS::ECS::Service",
    "target_group": "AWS::ElasticLoadBalancingV2::TargetGroup",
    "task_definition": "AWS::ECS::TaskDefinition",
    "vpc": "AWS::EC2::VPC",
}
"""CloudFormation's type of each noun that a control can be about."""


def with_controls(items: Iterable[ItemResult], rubric: Rubric, lab: Lab) -> tuple[ItemResult, ...]:
    """The items with what each of their checks decides of a resource that exists."""
    asked = {row.id: row.controls for item in rubric.items for row in item.checks if row.controls}

    def decided(check: CheckResult) -> CheckResult:
        if check.outcome is Outcome.NOT_APPLICABLE or check.id not in asked:
            return check
        found = (_controlled(control, check.outcome, lab) for control in asked[check.id])
        return replace(check, controls=tuple(control for control in found if control is not None))

    return tuple(replace(item, checks=tuple(map(decided, item.checks))) for item in items)


def _controlled(control: Control, outcome: Outcome, lab: Lab) -> Controlled | None:
    """The control with its outcome; None where there is no resource that it could be about."""
    if not control.of:
        return Controlled(control.standard, control.id, outcome)
    try:
        thing: Any = _thing(lab, control.of)
    except (EvidenceError, Undecided):
        return None
    if thing is None:
        return None
    if control.id in MORE:
        outcome = _outcome(lambda: MORE[control.id](thing))
    return Controlled(control.standard, control.id, outcome, _resource(thing, control.of))


def _outcome(holds: Callable[[], bool]) -> Outcome:
    try:
        return Outcome.PASSED if holds() else Outcome.FAILED
    except Missing:
        return Outcome.FAILED
    except (EvidenceError, Undecided):
        return Outcome.UNVERIFIED


def _has_no_policy_of_its_own(user: User) -> bool:
    inline = user.evidence.answer("iam.ListUserPolicies", UserName=user.name)
    return not user.direct_policies and not inline.texts("PolicyNames")


MORE: Mapping[str, Callable[[Any], bool]] = {
    "IAM.2": _has_no_policy_of_its_own,
    "IAM.19": lambda user: bool(user.has_mfa),
    "EC2.18": lambda group: not group.opened_to_the_world(80, 443),
}
"""Controls that ask something else of the resource than the step does: any policy, any port."""


def _resource(thing: Any, noun: str) -> Resource:
    identifier = getattr(thing, "arn", "") or getattr(thing, "id", "") or thing.name
    return Resource(identifier, TYPES[noun], repr(thing), getattr(thing, "region", ""))


def _thing(lab: Lab, noun: str) -> Any:
    if noun == "administrator":
        return lab.administrator.user
    if noun == "load_balancer_group":
        return lab.security_groups.of_load_balancer
    if noun == "resource_group":
        return lab.security_groups.of_resources
    return getattr(lab, noun)
