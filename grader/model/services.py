"""ECS clusters and services, whatever deploys them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from grader.errors import Pending, Unverified
from grader.evidence import Evidence, Question
from grader.evidence.fields import Fields
from grader.model.findings import Finding, label, shorten
from grader.model.rollouts import Event, Rollout, events_of, rollout_of
from grader.model.waiting import LONGEST

if TYPE_CHECKING:
    from grader.model.gathering import Gathered
    from grader.model.load_balancing import TargetGroup
    from grader.model.security_groups import SecurityGroup


@dataclass(frozen=True, slots=True)
class Cluster:
    """An ECS cluster. ``refusal`` is set where AWS listed it but would not describe it; ``status`` is empty then."""

    arn: str
    name: str
    region: str
    status: str
    refusal: Unverified | None = None

    @property
    def sources(self) -> tuple[Question, ...]:
        """The answer that it was read from."""
        return (Question("ecs.DescribeClusters", self.region),)

    def __repr__(self) -> str:
        return f"cluster {shorten(self.name)}"

    @property
    def is_active(self) -> Finding:
        """Whether it is active; pending while its capacity providers are being created."""
        if self.refusal is not None:
            raise self.refusal
        if self.status == "PROVISIONING":
            raise Pending(f"{self!r} is still being created")
        return Finding(self.status == "ACTIVE", f"{self!r} is {self.status or 'of unknown status'}", "ACTIVE")


@dataclass(frozen=True, slots=True, eq=False)
class Service:
    """An ECS service, whatever deploys it.

    With CodeDeploy and external controllers the details are those of its primary task set, with Express Mode those of
    its primary deployment. ``now`` is when it was described, ``rollout`` its newest deployment.
    """

    arn: str
    name: str
    region: str
    cluster_arn: str
    status: str
    launch_type: str
    capacity_providers: tuple[str, ...]
    desired_count: int
    running_count: int
    pending_count: int
    task_definition_arn: str
    subnet_ids: tuple[str, ...]
    security_group_ids: tuple[str, ...]
    target_group_arns: tuple[str, ...]
    container_name: str
    rollout: Rollout
    events: tuple[Event, ...]
    now: datetime
    assigns_public_ip: bool = False
    memo: dict[str, Any] = field(default_factory=dict, repr=False)

    def __repr__(self) -> str:
        return f"service {label(self.name, self.name)}"

    @property
    def sources(self) -> tuple[Question, ...]:
        """The answer that it was read from."""
        return (Question("ecs.DescribeServices", self.region, f"cluster={self.cluster_arn}"),)

    @property
    def is_active(self) -> Finding:
        """Whether it is active."""
        return Finding(self.status == "ACTIVE", f"{self!r} is {self.status}", "ACTIVE")

    @property
    def runs_on_fargate(self) -> Finding:
        """Whether it is launched on Fargate, by launch type or by capacity providers alone of Fargate."""
        if self.launch_type:
            return Finding(self.launch_type == "FARGATE", f"the launch type is {self.launch_type}", "FARGATE")
        providers = ", ".join(self.capacity_providers) or "none"
        right = bool(self.capacity_providers) and set(self.capacity_providers) <= {"FARGATE", "FARGATE_SPOT"}
        return Finding(right, f"the capacity providers are {providers}", "FARGATE")

    def uses(self, group: SecurityGroup) -> Finding:
        """Whether its tasks carry a security group."""
        found = f"{self!r} uses {', '.join(self.security_group_ids) or 'no security group'}"
        return Finding(group.id in self.security_group_ids, found, repr(group))

    def registers_in_one_of(self, groups: Gathered[TargetGroup]) -> Finding:
        """Whether it registers its tasks in a target group that exists; unknown where its region's are refused."""
        exist = {group.arn for group in groups}
        if any(arn in exist for arn in self.target_group_arns):
            return Finding(True, f"{self!r} registers in a target group")
        groups.complete_in(self.region)
        named = ", ".join(arn.rpartition(":")[2] for arn in self.target_group_arns)
        found = f"{self!r} registers in {named + ', which does not exist' if named else 'no target group'}"
        return Finding(False, found, "a target group that exists")

    @property
    def wants_a_task(self) -> Finding:
        """Whether one task or more is desired."""
        return Finding(self.desired_count >= 1, f"the desired count of {self!r} is {self.desired_count}", "at least 1")

    @property
    def _is_in_progress(self) -> bool:
        wanted = self.status == "ACTIVE" and self.desired_count >= 1
        return wanted and self.rollout.is_in_progress(is_short_of_tasks=self.running_count < self.desired_count)

    @property
    def waiting(self) -> str:
        """What is waited for, in words: its newest deployment, while that is young and nothing of it has failed.

        Empty where nothing is: the service is settled, or its deployment has failed or has taken too long.
        """
        if not self._is_in_progress or self.rollout.trouble or not self.rollout.is_recent(self.now):
            return ""
        started = f", which began {self.rollout.age(self.now)} ago," if self.rollout.created is not None else ""
        return f"the deployment of {self!r}{started} is still in progress"

    @property
    def trouble(self) -> str:
        """Why its newest deployment is not waited for, in words; empty where nothing speaks against it."""
        if self.rollout.trouble:
            return self.rollout.trouble
        if self._is_in_progress and not self.rollout.is_recent(self.now):
            return f"its deployment has been in progress for {self.rollout.age(self.now)}"
        return ""

    @property
    def may_have_a_new_target(self) -> bool:
        """Whether a target may be in its first health checks: one was registered lately, and nothing has failed."""
        if self.waiting:
            return True
        lately = [event for event in self.events if event.is_since(self.now - LONGEST)]
        if self.trouble or any(event.is_failure for event in lately):
            return False
        return any(event.is_registration for event in lately)

    @property
    def has_a_running_task(self) -> Finding:
        """Whether a task runs; pending while the newest deployment is waited for."""
        if self.running_count < 1 and self.waiting:
            raise Pending(self.waiting)
        last = f"its last event: {shorten(self.events[0].message, 160)}" if self.events else ""
        why = self.trouble or last
        found = f"{self!r} runs {self.running_count} of {self.desired_count} tasks{f'; {why}' if why else ''}"
        return Finding(self.running_count >= 1, found, "at least 1 running")


def clusters(evidence: Evidence, region: str) -> Iterable[Cluster]:
    """The clusters of a region, inactive ones too; those that AWS listed, where it would not describe them."""
    listed = evidence.answer("ecs.ListClusters", region).texts("clusterArns")
    if not listed:
        return
    try:
        described = evidence.answer("ecs.DescribeClusters", region).each("clusters")
    except Unverified as refusal:
        for arn in listed:
            yield Cluster(arn, arn.rpartition("/")[2], region, "", refusal)
        return
    for each in described:
        arn = each.text("clusterArn")
        yield Cluster(arn, each.text("clusterName", arn.rpartition("/")[2]), region, each.text("status", ""))


def services(evidence: Evidence, cluster: Cluster) -> Iterable[Service]:
    """The services of a cluster that AWS lists; it still describes those that were deleted."""
    try:
        listed: tuple[str, ...] | None = evidence.answer("ecs.ListServices", cluster.region, cluster=cluster.arn).texts(
            "serviceArns"
        )
    except Unverified:
        listed = None
    if listed == ():
        return
    for each in evidence.answer("ecs.DescribeServices", cluster.region, cluster=cluster.arn).each("services"):
        if (listed is None or each.text("serviceArn") in listed) and each.text("status", "") != "INACTIVE":
            yield _service(each, cluster, evidence.now)


_TASK_SET_CONTROLLERS = ("CODE_DEPLOY", "EXTERNAL")


def _sources(each: Fields) -> tuple[Fields, ...]:
    """Where the details of a service are, the first that has one decides.

    With CODE_DEPLOY and EXTERNAL controllers they are in task sets, with Express Mode in the primary deployment, else
    in the service itself.
    """
    sets = [one for one in each.each("taskSets") if one.text("status", "") == "PRIMARY"]
    deployments = [one for one in each.each("deployments") if one.text("status", "") == "PRIMARY"]
    if each.within("deploymentController").text("type", "ECS") in _TASK_SET_CONTROLLERS:
        return (*sets, each, *deployments)
    return (each, *sets, *deployments)


def _first(sources: Iterable[Fields], *names: str) -> Fields:
    """The first source that has one of these fields, with a value."""
    sources = tuple(sources)
    return next((one for one in sources if any(one.raw.get(name) for name in names)), sources[0])


def _service(each: Fields, cluster: Cluster, now: datetime) -> Service:
    sources = _sources(each)
    network = _first(sources, "networkConfiguration").within("networkConfiguration").within("awsvpcConfiguration")
    balancers = _first(sources, "loadBalancers").each("loadBalancers")
    arns = [one.text("targetGroupArn", "") for one in balancers]
    arns += [one.within("advancedConfiguration").text("alternateTargetGroupArn", "") for one in balancers]
    launch = _first(sources, "capacityProviderStrategy", "launchType")
    providers = launch.each("capacityProviderStrategy")
    events = events_of(each)
    return Service(
        arn=each.text("serviceArn"),
        name=each.text("serviceName", each.text("serviceArn").rpartition("/")[2]),
        region=cluster.region,
        cluster_arn=cluster.arn,
        status=each.text("status", ""),
        launch_type="" if providers else launch.text("launchType", ""),
        capacity_providers=tuple(
            one.text("capacityProvider", "") for one in providers if one.number("weight", 1) or one.number("base", 0)
        )
        or tuple(one.text("capacityProvider", "") for one in providers),
        desired_count=each.whole("desiredCount"),
        running_count=each.whole("runningCount"),
        pending_count=each.whole("pendingCount"),
        task_definition_arn=_first(sources, "taskDefinition").text("taskDefinition", ""),
        subnet_ids=network.texts("subnets"),
        security_group_ids=network.texts("securityGroups"),
        target_group_arns=tuple(dict.fromkeys(arn for arn in arns if arn)),
        container_name=next((one.text("containerName", "") for one in balancers), ""),
        rollout=rollout_of(each, events),
        events=events,
        now=now,
        assigns_public_ip=network.text("assignPublicIp", "DISABLED") == "ENABLED",
    )
