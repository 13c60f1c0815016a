"""Doubt: which refused question may hide a better candidate than the one that was chosen.

What AWS did not answer must never cost a point. A claim that fails of a candidate in doubt is unknown, not wrong. A
candidate with a decisive sign is beyond doubt: the service is in the VPC, it registers in the target group, the load
balancer forwards to that, the task definition names the bucket, the repository holds the image.
"""

from __future__ import annotations

from grader.errors import Undecided, Unverified
from grader.model.findings import Finding, known
from grader.model.gathering import merged
from grader.model.lab import Lab
from grader.model.task_definitions import hides_buckets

_NO = Finding(False, "")
_WITH_VPC = frozenset({"vpc", "security_groups", "load_balancer", "target_group", "service", "application"})
_WITH_SERVICE = frozenset({"service", "application"})
_WITH_BALANCER = frozenset({"load_balancer", "security_groups", "application"})


def doubt(lab: Lab, noun: str) -> Unverified | None:
    """The refusal that may hide a better candidate for a noun; None where what was chosen is beyond doubt."""
    gaps = tuple(dict.fromkeys(_gaps(lab, noun)))
    return merged(gaps) if gaps else None


def _gaps(lab: Lab, noun: str) -> tuple[Unverified, ...]:
    if noun in lab.binds:
        return ()
    if noun == "bucket":
        return _of_bucket(lab)
    if noun == "repository":
        return _of_repository(lab)
    service = known(lambda: lab.service, None)
    if noun in ("cluster", "task_definition"):
        if service is not None:
            return ()
        listed = lab.account.task_definitions.gaps if noun == "task_definition" else lab.account.clusters.gaps
        return (*lab.account.services.gaps, *listed)
    if noun in _WITH_VPC:
        return (*_of_set(lab), *_of_parts(lab, noun))
    return ()


def _of_set(lab: Lab) -> tuple[Unverified, ...]:
    """Refusals that may hide a better set."""
    if "vpc" in lab.binds or (lab.chosen.service is not None and lab.chosen.vpc_id):
        return ()
    return (*lab.account.vpcs.gaps, *(() if lab.is_only else lab.account.services.gaps))


def _of_parts(lab: Lab, noun: str) -> tuple[Unverified, ...]:
    """Refusals that may hide a better part of the set, all of the VPC's region."""
    service = known(lambda: lab.service, None)
    services = lab.account.services.within(lab.chosen.region).gaps
    groups, balancers = lab.target_groups_in_vpc, lab.load_balancers
    found: tuple[Unverified, ...] = ()
    if noun in _WITH_SERVICE and service is not None:
        exist = {group.arn for group in lab.target_groups}
        found = () if exist & set(service.target_group_arns) else services
    if noun in _WITH_BALANCER | {"target_group"} and service is None and (len(groups) > 1 or len(balancers) > 1):
        found = (*found, *services)
    if noun in _WITH_BALANCER and len(balancers) > 1:
        found = (*found, *groups.gaps)
    return found


def _of_bucket(lab: Lab) -> tuple[Unverified, ...]:
    bucket = known(lambda: lab.bucket, None)
    if bucket is None or lab.names_bucket(bucket) or len(lab.account.buckets) < 2:
        return ()
    if known(lambda: hides_buckets(lab.task_definition, lab.evidence), False):
        return (Unverified("the values of environment variables were left out of the evidence"),)
    return _refusal_of_task_definition(lab)


def _of_repository(lab: Lab) -> tuple[Unverified, ...]:
    repository = known(lambda: lab.repository, None)
    if repository is None or (repository.region, repository.name) in lab.images:
        return ()
    if known(lambda: repository.holds_an_image, _NO):
        return ()
    return (*lab.account.repositories.gaps, *_refusal_of_task_definition(lab))


def _refusal_of_task_definition(lab: Lab) -> tuple[Unverified, ...]:
    try:
        lab.task_definition  # noqa: B018 - only whether it is refused matters
    except Unverified as refusal:
        return (refusal,)
    except Undecided:
        return ()
    return ()
