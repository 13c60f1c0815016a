"""Candidate sets: what in an account may be the lab. One VPC with the service, cluster and balancer that belong to it.

There is one set for each service, in the VPC of its subnets, and one for each VPC without any. A default VPC counts
where something was built in it. Nothing of one set is mixed into another.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from grader.calls.nouns import BOUND
from grader.errors import UsageError
from grader.model.account import Account
from grader.model.asked import checks_health, takes_targets
from grader.model.choosing import Sign, identity, is_called, ranking
from grader.model.findings import known, shorten
from grader.model.load_balancing import LoadBalancer, TargetGroup
from grader.model.parameters import Parameters
from grader.model.services import Service
from grader.model.task_definitions import TaskDefinition
from grader.model.vpcs import Vpc

T = TypeVar("T")

MOST_SETS = 12
"""How many sets are judged; of more, those with the strongest signs."""


@dataclass(frozen=True, slots=True, eq=False)
class CandidateSet:
    """What may be the lab. ``vpc`` is None where there is none, or where AWS did not describe it.

    ``vpc_id`` is known from subnets, load balancers and target groups even then; it is empty where there is no VPC.
    """

    region: str
    vpc_id: str
    vpc: Vpc | None
    service: Service | None

    def __repr__(self) -> str:
        place = repr(self.vpc) if self.vpc is not None else f"VPC {self.vpc_id}" if self.vpc_id else "no VPC"
        return f"{place} with {self.service!r}" if self.service is not None else place

    @property
    def name(self) -> str:
        """The names of its parts, by which sets are put in order."""
        return f"{self.vpc.name if self.vpc else ''} {self.service.name if self.service else ''}".strip()

    @property
    def arn(self) -> str:
        """What tells it from every other one."""
        return f"{self.region} {self.vpc_id} {self.service.arn if self.service else ''}"


NOTHING = CandidateSet("", "", None, None)
"""The set of an account in which there is neither a VPC of the student's own nor a service."""


def candidate_sets(account: Account) -> tuple[CandidateSet, ...]:
    """Every candidate set; the empty one where there is nothing."""
    found = [*_of_services(account), *_of_vpcs(account)]
    taken: dict[str, CandidateSet] = {}
    for one in found:
        taken.setdefault(one.arn, one)
    return tuple(taken.values()) or (NOTHING,)


def _of_services(account: Account) -> Iterator[CandidateSet]:
    vpcs = {vpc.id: vpc for vpc in account.vpcs}
    for service in account.services:
        places = vpc_ids_of(account, service) or free_vpc_ids(account, service.region)
        for vpc_id in places or ("",):
            yield CandidateSet(service.region, vpc_id, vpcs.get(vpc_id), service)


def _of_vpcs(account: Account) -> Iterator[CandidateSet]:
    served = {vpc_id for service in account.services for vpc_id in vpc_ids_of(account, service)}
    for vpc in account.vpcs:
        if vpc.id not in served and (not vpc.is_default or _is_built_in(account, vpc)):
            yield CandidateSet(vpc.region, vpc.id, vpc, None)
    described = {vpc.id for vpc in account.vpcs} | served
    for region, vpc_id in sorted(_vpc_ids_of_balancing(account)):
        if vpc_id not in described:
            yield CandidateSet(region, vpc_id, None, None)


def vpc_ids_of(account: Account, service: Service) -> tuple[str, ...]:
    """The VPC of a service: that of its subnets, else (in other network modes) that of its target groups."""
    region = account.vpcs_by_region.get(service.region)
    subnets = known(lambda: region.subnets.by_id, {}) if region is not None else {}
    found = [subnets[one].vpc_id for one in service.subnet_ids if one in subnets]
    if not found:
        found = [group.vpc_id for group in account.target_groups if group.arn in service.target_group_arns]
    return tuple(dict.fromkeys(one for one in found if one))[:1]


def free_vpc_ids(account: Account, region: str) -> tuple[str, ...]:
    """The VPCs of a region, of the student's own, without any service: a service without subnets may be in each."""
    served = {one for service in account.services for one in vpc_ids_of(account, service)}
    return tuple(vpc.id for vpc in account.vpcs if vpc.region == region and not vpc.is_default and vpc.id not in served)


def _vpc_ids_of_balancing(account: Account) -> set[tuple[str, str]]:
    """(region, id) of the VPCs that only load balancers and target groups tell of, as AWS did not list the VPCs."""
    things: tuple[LoadBalancer | TargetGroup, ...] = (*account.load_balancers, *account.target_groups)
    return {(one.region, one.vpc_id) for one in things if one.vpc_id}


def _is_built_in(account: Account, vpc: Vpc) -> bool:
    """Whether a person put something into a default VPC: AWS made the rest."""
    return (
        any(not subnet.is_default for subnet in known(lambda: vpc.subnets, ()))
        or any(not group.is_default for group in known(lambda: vpc.security_groups, ()))
        or any(gateway.is_live for gateway in known(lambda: vpc.nat_gateways, ()))
        or any(vpc_id == vpc.id for _, vpc_id in _vpc_ids_of_balancing(account))
    )


@dataclass(frozen=True, slots=True)
class Selection:
    """The sets that are judged, the one with the strongest signs first; ``left_out`` counts the others."""

    sets: tuple[CandidateSet, ...]
    left_out: int


def select_sets(account: Account, binds: Mapping[str, str]) -> Selection:
    """The sets to judge: those that ``binds`` allow, of many those with the strongest signs.

    Raises ``UsageError`` for a name that nothing in the account has, and for names that do not go together.
    """
    sets = candidate_sets(account)
    for noun in BOUND:
        if noun in binds:
            sets = _bound(account, sets, noun, binds[noun])
    ranked = ranking(sets, lambda one: signs_of_set(account, one))
    # Of each VPC the best, before a second one of any.
    first = list({one.vpc_id: one for one in reversed(ranked)}.values())[::-1]
    ordered = [*first, *(one for one in ranked if one not in first)]
    return Selection(tuple(ordered[:MOST_SETS]), max(len(ordered) - MOST_SETS, 0))


def signs_of_set(account: Account, one: CandidateSet) -> Iterable[Sign]:
    """What speaks for a set being the lab, before it is judged."""
    vpc, service = one.vpc, one.service
    balancers = [balancer for balancer in account.load_balancers if balancer.vpc_id == one.vpc_id]
    groups = [group for group in account.target_groups if group.vpc_id == one.vpc_id]
    if service is not None:
        groups = [group for group in groups if group.arn in service.target_group_arns]
    subnets = known(lambda: [s for s in vpc.subnets if not s.is_default] if vpc else [], [])
    own_groups = known(lambda: [g for g in vpc.security_groups if not g.is_default] if vpc else [], [])
    gateways = known(lambda: vpc.nat_gateways if vpc else (), ())
    yield 8, "the service is in it", service is not None and bool(one.vpc_id)
    yield 8, "the service registers in a target group", service is not None and bool(groups)
    yield 4, "the service runs tasks", service is not None and service.running_count > 0
    yield 6, "a load balancer", bool(balancers)
    yield 6, "a target group as the lab asks", any(_fits(group, account.parameters) for group in groups)
    yield 4, "a NAT gateway", any(gateway.is_live for gateway in gateways)
    attached = known(lambda: vpc.network.attached_vpc_ids if vpc else set(), set())
    yield 2, "an internet gateway", vpc is not None and not vpc.is_default and vpc.id in attached
    yield min(len(subnets), 4), f"{len(subnets)} subnets", bool(subnets)
    yield min(len(own_groups), 2), f"{len(own_groups)} security groups", bool(own_groups)
    called = account.parameters.has_the_labs_name
    yield 5, "the lab's name", one.vpc is not None and called(one.vpc.name)
    yield 5, "the service has the lab's name", service is not None and called(service.name)


def _fits(group: TargetGroup, asked: Parameters) -> bool:
    """Whether a target group is as the lab asks, as far as its rubric says how; False where it says nothing."""
    claims = [one for one in (takes_targets(group, asked), checks_health(group, asked)) if one is not None]
    return bool(claims) and all(claims)


def _bound(account: Account, sets: tuple[CandidateSet, ...], noun: str, name: str) -> tuple[CandidateSet, ...]:
    """The sets that go with one ``--bind``; what depends on the bound noun follows from it."""
    if noun == "vpc":
        found = [one for one in sets if one.vpc_id == name or (one.vpc is not None and is_called(one.vpc, name))]
        if found:
            return tuple(found)
        vpc = named(noun, name, account.vpcs)
        return (CandidateSet(vpc.region, vpc.id, vpc, None),)
    if noun == "service":
        service = named(noun, name, account.services)
        found = [one for one in sets if one.service is service]
    elif noun == "cluster":
        cluster = named(noun, name, account.clusters)
        found = [one for one in sets if one.service and one.service.cluster_arn == cluster.arn] or _free(sets)
    elif noun == "task_definition":
        found = [one for one in sets if one.service and is_task_definition(one.service.task_definition_arn, name)]
        if not found:
            named(noun, name, account.task_definitions)
            found = _free(sets)
    elif noun == "target_group":
        group = named(noun, name, account.target_groups)
        found = _behind(sets, group.vpc_id, {group.arn})
    elif noun == "load_balancer":
        balancer = named(noun, name, account.load_balancers)
        found = _behind(sets, balancer.vpc_id, set(known(lambda: balancer.forwarded_target_group_arns, ())))
    else:
        found = list(sets)
    if not found:
        raise UsageError(
            f"{noun.replace('_', ' ')} {name!r} does not belong with the other bound resources.",
            where="--bind",
        )
    return tuple(found)


def _behind(sets: Iterable[CandidateSet], vpc_id: str, groups: set[str]) -> list[CandidateSet]:
    """The sets of a VPC whose service registers in one of these groups; of the VPC alone, if there is none."""
    inside = [one for one in sets if one.vpc_id == vpc_id]
    serving = [one for one in inside if one.service and groups & set(one.service.target_group_arns)]
    return serving or _free(inside)


def _free(sets: Iterable[CandidateSet]) -> list[CandidateSet]:
    """The sets without a service; else the same VPCs without what runs in them, as it belongs to something else."""
    sets = tuple(sets)
    found = {(s.region, s.vpc_id): CandidateSet(s.region, s.vpc_id, s.vpc, None) for s in sets}
    return [one for one in sets if one.service is None] or list(found.values())


def is_task_definition(arn: str, name: str) -> bool:
    """Whether a revision is called so: by its ARN, by family and revision, or by its family alone."""
    family_and_revision = arn.rpartition("/")[2]
    return name in (arn, family_and_revision, family_and_revision.rpartition(":")[0])


def named(noun: str, name: str, candidates: Iterable[T]) -> T:
    """The candidate that ``--bind`` names. Raises ``UsageError`` where nothing in the account is called so."""
    candidates = tuple(candidates)
    for one in candidates:
        if is_called(one, name) or (isinstance(one, TaskDefinition) and is_task_definition(one.arn, name)):
            return one
    shown = ", ".join(shorten(identity(one)[0] or identity(one)[1], 60) for one in candidates[:5])
    more = f" and {len(candidates) - 5} more" if len(candidates) > 5 else ""
    raise UsageError(
        f"there is no {noun.replace('_', ' ')} {name!r} in this account.",
        where=f"--bind {noun}",
        remedy=f"Available: {shown}{more}." if shown else "The account has none.",
    )
