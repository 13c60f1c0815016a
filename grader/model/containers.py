"""ECS: clusters, services and the task definition that really runs."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from grader.errors import Missing, Pending, Unverified
from grader.evidence import Evidence, Question
from grader.fields import Fields
from grader.model.findings import Finding, known, label, shorten
from grader.reading import derived, remark

if TYPE_CHECKING:
    from grader.model.gathering import Gathered
    from grader.model.load_balancing import TargetGroup
    from grader.model.security_groups import SecurityGroup

# <account>.dkr.ecr[-fips].<region>.amazonaws.com[.cn] and the dual-stack <account>.dkr-ecr.<region>.on.aws
_ECR_IMAGE = re.compile(
    r"^(?P<account>\d{12})\.dkr[.-]ecr(-fips)?\.(?P<region>[a-z0-9-]+)"
    r"\.(amazonaws\.com(\.cn)?|on\.aws|on\.amazonwebservices\.com\.cn)"
    r"/(?P<repository>[^:@]+)(:(?P<tag>[^@]+))?(@(?P<digest>sha256:[0-9a-f]{64}))?$"
)
_SIZE = re.compile(r"^\s*(?P<number>\d+(\.\d+)?)\s*(?P<unit>vcpu|gb|gib|mb|mib)?\s*$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class EcrImage:
    """An image name that leads into a private ECR registry."""

    region: str
    repository: str
    tag: str


def ecr_image(name: str) -> EcrImage | None:
    """What an image name says of ECR, or None for an image from elsewhere."""
    match = _ECR_IMAGE.match(name)
    return match and EcrImage(match["region"], match["repository"], match["tag"] or "")


def in_units(text: str) -> float:
    """A task size in CPU units or MiB: ``1024``, ``1 vCPU``, ``3 GB``; 0 where it says nothing."""
    match = _SIZE.match(text)
    if match is None:
        return 0
    big = (match["unit"] or "").lower() in ("vcpu", "gb", "gib")
    return float(match["number"]) * (1024 if big else 1)


@dataclass(frozen=True, slots=True)
class Container:
    """A container of a task definition; ``environment`` are (name, value)."""

    name: str
    image: str
    is_essential: bool
    tcp_ports: tuple[int, ...]
    environment: tuple[tuple[str, str], ...]
    log_driver: str
    log_group: str
    log_region: str


@dataclass(frozen=True, slots=True, eq=False)
class TaskDefinition:
    """A revision of a task definition. ``app_name`` is the container that the load balancer talks to, if known."""

    arn: str
    family: str
    revision: int
    region: str
    status: str
    requires: tuple[str, ...]
    compatibilities: tuple[str, ...]
    operating_system: str
    architecture: str
    cpu: str
    memory: str
    task_role: str
    execution_role: str
    network_mode: str
    containers: tuple[Container, ...]
    app_name: str = ""
    memo: dict[str, Any] = field(default_factory=dict, repr=False)

    def __repr__(self) -> str:
        return f"task definition {shorten(self.family)}:{self.revision}"

    @property
    def sources(self) -> tuple[Question, ...]:
        """The answer that it was read from."""
        return (Question("ecs.DescribeTaskDefinition", self.region, f"taskDefinition={self.arn}"),)

    @derived
    def app(self) -> Container:
        """The application's container: the load balancer's, else the essential one on port 8000, else the first."""
        essential = [one for one in self.containers if one.is_essential]
        named = [one for one in self.containers if one.name == self.app_name]
        on_port = [one for one in essential if 8000 in one.tcp_ports]
        found = [*named, *on_port, *essential]
        if not found:
            raise Missing(f"{self!r} has no essential container.")
        return found[0]

    @property
    def requires_fargate(self) -> Finding:
        """Whether it requires Fargate, or, where it requires nothing, is compatible with it."""
        wanted = self.requires or self.compatibilities
        return Finding("FARGATE" in wanted, f"{self!r} requires {', '.join(wanted) or 'nothing'}", "FARGATE")

    @property
    def is_linux_x86_64(self) -> Finding:
        """Whether it is for Linux on X86_64, which is what an absent platform means."""
        system, processor = self.operating_system.upper(), self.architecture.upper()
        right = system == "LINUX" and processor == "X86_64"
        return Finding(right, f"the platform of {self!r} is {system}/{processor}", "LINUX/X86_64")

    @property
    def has_1_vcpu_and_3_gb(self) -> Finding:
        """Whether the task (not a container) has 1 vCPU and 3 GB."""
        right = in_units(self.cpu) == 1024 and in_units(self.memory) == 3072
        found = f"the task size of {self!r} is cpu {self.cpu or 'not set'}, memory {self.memory or 'not set'}"
        return Finding(right, found, "cpu 1024 (1 vCPU), memory 3072 (3 GB)")

    @property
    def has_both_roles(self) -> Finding:
        """Whether it names a task role and an execution role."""
        absent = [
            name
            for name, role in (("task role", self.task_role), ("task execution role", self.execution_role))
            if not role
        ]
        return Finding(not absent, f"{self!r} has no {' and no '.join(absent)}", "both roles")

    @property
    def uses_an_image_from_ecr(self) -> Finding:
        """Whether the application's image comes from a private ECR registry, by tag or digest, of any region."""
        image = self.app.image
        found = ecr_image(image)
        if found is not None and found.region != self.region:
            remark(f"The image is pulled from ECR in {found.region}, which costs traffic between regions.")
        return Finding(ecr_image(image) is not None, f"the image is {shorten(image, 120)}", "an image URL from ECR")

    @property
    def exposes_port_8000(self) -> Finding:
        """Whether the application's container maps TCP 8000."""
        ports = ", ".join(map(str, self.app.tcp_ports)) or "no port"
        return Finding(8000 in self.app.tcp_ports, f"container {shorten(self.app.name)} exposes {ports}", "8000")

    @property
    def uses_awsvpc(self) -> Finding:
        """Whether each task gets a network interface of its own."""
        mode = self.network_mode or "not set"
        return Finding(self.network_mode == "awsvpc", f"the network mode of {self!r} is {mode}", "awsvpc")

    @property
    def collects_logs(self) -> Finding:
        """Whether the application's container logs to CloudWatch."""
        driver = self.app.log_driver or "not set"
        return Finding(
            self.app.log_driver == "awslogs",
            f"the log driver of container {shorten(self.app.name)} is {driver}",
            "awslogs",
        )

    @property
    def log_groups(self) -> tuple[tuple[str, str], ...]:
        """(region, name) of the CloudWatch groups it logs to, the application's first."""
        first = sorted(self.containers, key=lambda one: one.name != known(lambda: self.app.name, ""))
        named = ((one.log_region or self.region, one.log_group) for one in first if one.log_group)
        return tuple(dict.fromkeys(named))


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


def task_definition(evidence: Evidence, region: str, arn: str, app_name: str = "") -> TaskDefinition:
    """One revision by its ARN."""
    each = evidence.answer("ecs.DescribeTaskDefinition", region, taskDefinition=arn).within("taskDefinition")
    platform = each.within("runtimePlatform")
    return TaskDefinition(
        arn=each.text("taskDefinitionArn", arn),
        family=each.text("family", ""),
        revision=each.whole("revision"),
        region=region,
        status=each.text("status", ""),
        requires=each.texts("requiresCompatibilities"),
        compatibilities=each.texts("compatibilities"),
        operating_system=platform.text("operatingSystemFamily", "LINUX"),
        architecture=platform.text("cpuArchitecture", "X86_64"),
        cpu=each.text("cpu", ""),
        memory=each.text("memory", ""),
        task_role=each.text("taskRoleArn", ""),
        execution_role=each.text("executionRoleArn", ""),
        network_mode=each.text("networkMode", ""),
        containers=tuple(_container(one) for one in each.each("containerDefinitions")),
        app_name=app_name,
    )


def _container(each: Fields) -> Container:
    log = each.within("logConfiguration")
    options = log.within("options")
    return Container(
        name=each.text("name", ""),
        image=each.text("image", ""),
        is_essential=each.flag("essential", True),
        tcp_ports=tuple(
            one.whole("containerPort") for one in each.each("portMappings") if one.text("protocol", "tcp") == "tcp"
        ),
        environment=tuple((one.text("name", ""), one.text("value", "")) for one in each.each("environment")),
        log_driver=log.text("logDriver", ""),
        log_group=options.text("awslogs-group", ""),
        log_region=options.text("awslogs-region", ""),
    )
