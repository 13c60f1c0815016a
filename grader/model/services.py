"""ECS clusters and services, whatever deploys them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from grader.errors import Pending, Unverified
from grader.evidence import Evidence, Question
from grader.evidence.fields import Fields
from grader.evidence.tracking import remark
from grader.model.findings import Finding, label, shorten

if TYPE_CHECKING:
    from grader.model.gathering import Gathered
    from grader.model.load_balancing import TargetGroup
    from grader.model.security_groups import SecurityGroup


@dataclass(frozen=True, slots=True)
class Cluster:
    """An ECS cluster."""

    arn: str
    name: str
    region: str
    status: str

    @property
    def sources(self) -> tuple[Question, ...]:
        """The answer that it was read from."""
        return (Question("ecs.DescribeClusters", self.region),)

    def __repr__(self) -> str:
        return f"cluster {shorten(self.name)}"

    @property
    def is_active(self) -> Finding:
        """Whether it is active."""
        return Finding(self.status == "ACTIVE", f"{self!r} is {self.status}", "ACTIVE")


@dataclass(frozen=True, slots=True, eq=False)
class Service:
    """An ECS service, whatever deploys it: with CodeDeploy the details are those of its primary task set."""

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
    rollout_state: str
    failed_tasks: int
    last_event: str
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
        if self.assigns_public_ip:
            remark("The service assigns public IP addresses, which have no effect behind a NAT gateway.")
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
    def is_starting(self) -> bool:
        """Whether a deployment is under way and nothing has failed yet."""
        return (
            self.running_count == 0
            and self.pending_count > 0
            and self.rollout_state in ("IN_PROGRESS", "")
            and self.failed_tasks == 0
        )

    @property
    def has_a_running_task(self) -> Finding:
        """Whether a task runs; pending while the first deployment is in progress without failures."""
        if self.is_starting:
            raise Pending(f"{self!r} is still starting its first task")
        event = f"; its last event: {shorten(self.last_event, 160)}" if self.last_event else ""
        found = f"{self!r} runs {self.running_count} of {self.desired_count} tasks{event}"
        return Finding(self.running_count >= 1, found, "at least 1 running")


def clusters(evidence: Evidence, region: str) -> Iterable[Cluster]:
    """The clusters of a region, inactive ones too."""
    listed = evidence.answer("ecs.ListClusters", region).texts("clusterArns")
    if not listed:
        return
    for each in evidence.answer("ecs.DescribeClusters", region).each("clusters"):
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
            yield _service(each, cluster)


def _service(each: Fields, cluster: Cluster) -> Service:
    primary = [one for one in each.each("taskSets") if one.text("status", "") == "PRIMARY"]
    deployments = sorted(each.each("deployments"), key=lambda one: one.text("status", "") != "PRIMARY")
    # With CODE_DEPLOY and EXTERNAL controllers these fields live in task sets; else in the service itself.
    source = primary[0] if primary and not each.text("taskDefinition", "") else each
    network = source.within("networkConfiguration").within("awsvpcConfiguration")
    balancers = source.each("loadBalancers") or each.each("loadBalancers")
    arns = [one.text("targetGroupArn", "") for one in balancers]
    arns += [one.within("advancedConfiguration").text("alternateTargetGroupArn", "") for one in balancers]
    providers = source.each("capacityProviderStrategy")
    first = deployments[0] if deployments else None
    events = each.each("events")
    return Service(
        arn=each.text("serviceArn"),
        name=each.text("serviceName", each.text("serviceArn").rpartition("/")[2]),
        region=cluster.region,
        cluster_arn=cluster.arn,
        status=each.text("status", ""),
        launch_type="" if providers else source.text("launchType", each.text("launchType", "")),
        capacity_providers=tuple(
            one.text("capacityProvider", "") for one in providers if one.number("weight", 1) or one.number("base", 0)
        )
        or tuple(one.text("capacityProvider", "") for one in providers),
        desired_count=each.whole("desiredCount"),
        running_count=each.whole("runningCount"),
        pending_count=each.whole("pendingCount"),
        task_definition_arn=source.text("taskDefinition", ""),
        subnet_ids=network.texts("subnets"),
        security_group_ids=network.texts("securityGroups"),
        target_group_arns=tuple(dict.fromkeys(arn for arn in arns if arn)),
        container_name=next((one.text("containerName", "") for one in balancers), ""),
        rollout_state=first.text("rolloutState", "") if first else "",
        failed_tasks=first.whole("failedTasks") if first else 0,
        last_event=events[0].text("message", "") if events else "",
        assigns_public_ip=network.text("assignPublicIp", "DISABLED") == "ENABLED",
    )
