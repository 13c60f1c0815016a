"""Task definitions: what a task is made of."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from grader.errors import Missing
from grader.evidence import Evidence, Question
from grader.evidence.fields import Fields
from grader.evidence.tracking import remark, tracked_property
from grader.model.findings import Finding, known, shorten

# The names of a private registry: IPv4 and dual-stack, FIPS, China and the European Sovereign Cloud.
_ECR_IMAGE = re.compile(
    r"(?P<account>\d{12})\.dkr[.-]ecr(-fips)?\.(?P<region>[a-z0-9-]+)"
    r"\.(amazonaws\.(com(\.cn)?|eu)|on\.aws|on\.amazonwebservices\.(com\.cn|eu))"
    r"/(?P<repository>[^:@\s]+)(:(?P<tag>[^:@/\s]+))?(@(?P<digest>sha\d+:[0-9a-f]+))?"
)
_SIZE = re.compile(r"\s*(?P<number>\d+(\.\d*)?|\.\d+)\s*(?P<unit>vcpu|gb|gib|mb|mib)?\s*", re.IGNORECASE)
_BIG = 2**10
"""CPU units of a vCPU, and MiB of a GB."""
_PORT_RANGE = re.compile(r"(\d{1,5})-(\d{1,5})")


@dataclass(frozen=True, slots=True)
class EcrImage:
    """An image name that leads into a private ECR registry."""

    region: str
    repository: str
    tag: str


def ecr_image(name: str) -> EcrImage | None:
    """What an image name says of ECR, or None for an image from elsewhere."""
    match = _ECR_IMAGE.fullmatch(name)
    return match and EcrImage(match["region"], match["repository"], match["tag"] or "")


def in_units(text: str) -> float:
    """A task size in CPU units or MiB: ``512``, ``.5 vCPU``, ``2 GB``; 0 where it says nothing."""
    match = _SIZE.fullmatch(text)
    if match is None:
        return 0
    big = (match["unit"] or "").lower() in ("vcpu", "gb", "gib")
    return float(match["number"]) * (_BIG if big else 1)


@dataclass(frozen=True, slots=True)
class Container:
    """A container of a task definition; ``environment`` are (name, value), ``tcp_ports`` ranges of ports.

    A value that the evidence does not hold is None.
    """

    name: str
    image: str
    is_essential: bool
    tcp_ports: tuple[range, ...]
    environment: tuple[tuple[str, str | None], ...]
    log_driver: str
    log_group: str
    log_region: str

    def exposes(self, port: int) -> bool:
        """Whether it maps TCP ``port``, alone or in a range."""
        return any(port in ports for ports in self.tcp_ports)


@dataclass(frozen=True, slots=True, eq=False)
class TaskDefinition:
    """A revision of a task definition.

    ``app_name`` is the container that the load balancer talks to, ``app_port`` the port of the lab's application, each
    if known.
    """

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
    app_port: int | None = None
    memo: dict[str, Any] = field(default_factory=dict, repr=False)

    def __repr__(self) -> str:
        return f"task definition {shorten(self.family)}:{self.revision}"

    @property
    def sources(self) -> tuple[Question, ...]:
        """The answer that it was read from."""
        return (Question("ecs.DescribeTaskDefinition", self.region, f"taskDefinition={self.arn}"),)

    @tracked_property
    def app(self) -> Container:
        """The application's container: the load balancer's, else the essential one on its port, else the first."""
        essential = [one for one in self.containers if one.is_essential]
        named = [one for one in self.containers if one.name == self.app_name]
        on_port = [one for one in essential if self.app_port is not None and one.exposes(self.app_port)]
        found = [*named, *on_port, *essential]
        if not found:
            raise Missing(f"{self!r} has no essential container.")
        return found[0]

    @property
    def requires_fargate(self) -> Finding:
        """Whether it requires Fargate, or, where it requires nothing, is compatible with it."""
        wanted = self.requires or self.compatibilities
        return Finding("FARGATE" in wanted, f"{self!r} requires {', '.join(wanted) or 'nothing'}", "FARGATE")

    def is_for(self, operating_system: str, architecture: str) -> Finding:
        """Whether it is for a platform; an absent one means Linux on X86_64."""
        platform = f"{self.operating_system}/{self.architecture}".upper()
        wanted = f"{operating_system}/{architecture}".upper()
        return Finding(platform == wanted, f"the platform of {self!r} is {platform}", wanted)

    def has_size(self, cpu: int, memory: int) -> Finding:
        """Whether the task (not a container) has ``cpu`` CPU units and ``memory`` MiB."""
        right = in_units(self.cpu) == cpu and in_units(self.memory) == memory
        found = f"the task size of {self!r} is cpu {self.cpu or 'not set'}, memory {self.memory or 'not set'}"
        wanted = f"cpu {cpu} ({cpu / _BIG:g} vCPU), memory {memory} ({memory / _BIG:g} GB)"
        return Finding(right, found, wanted)

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
            remark(f"The image is pulled from ECR in {found.region}, which costs data transfer between regions.")
        return Finding(ecr_image(image) is not None, f"the image is {shorten(image, 120)}", "an image URL from ECR")

    def exposes(self, port: int) -> Finding:
        """Whether the application's container maps TCP ``port``."""
        ports = ", ".join(map(_spelled, self.app.tcp_ports)) or "no port"
        return Finding(self.app.exposes(port), f"container {shorten(self.app.name)} exposes {ports}", f"TCP {port}")

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


def hides_buckets(definition: TaskDefinition, evidence: Evidence) -> bool:
    """Whether values were scrubbed that may name a bucket: where the evidence keeps those that do, none may."""
    if "buckets" in evidence.meta.within("scrubbed").texts("kept"):
        return False
    return any(value is None for one in definition.containers for _, value in one.environment)


def task_definition(
    evidence: Evidence, region: str, arn: str, app_name: str = "", app_port: int | None = None
) -> TaskDefinition:
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
        app_port=app_port,
    )


def _container(each: Fields) -> Container:
    log = each.within("logConfiguration")
    options = log.within("options")
    return Container(
        name=each.text("name", ""),
        image=each.text("image", ""),
        is_essential=each.flag("essential", True),
        tcp_ports=tuple(ports for one in each.each("portMappings") for ports in _tcp_ports(one)),
        environment=tuple(
            (one.text("name", ""), None if one.is_scrubbed("value") else one.text("value", ""))
            for one in each.each("environment")
        ),
        log_driver=log.text("logDriver", ""),
        log_group=options.text("awslogs-group", ""),
        log_region=options.text("awslogs-region", ""),
    )


def _tcp_ports(mapping: Fields) -> Iterator[range]:
    """The ports of a mapping: ``containerPort``, or ``containerPortRange`` as ``9000-9010``."""
    if mapping.text("protocol", "tcp").lower() != "tcp":
        return
    port = mapping.number("containerPort", None)
    if port:
        yield range(int(port), int(port) + 1)
    span = _PORT_RANGE.fullmatch(mapping.text("containerPortRange", ""))
    if span:
        yield range(int(span[1]), int(span[2]) + 1)


def _spelled(ports: range) -> str:
    return str(ports.start) if len(ports) == 1 else f"{ports.start}-{ports.stop - 1}"
