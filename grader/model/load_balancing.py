"""Load balancers and target groups: who forwards to whom, and who is healthy behind it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from grader.errors import Pending
from grader.evidence import Evidence, Question
from grader.evidence.fields import Fields
from grader.evidence.tracking import remark, tracked_property
from grader.model.findings import Finding, known, label
from grader.model.listeners import Action, Listener, listener
from grader.model.waiting import is_recent, moment

if TYPE_CHECKING:
    from grader.model.security_groups import SecurityGroup

NO = Finding(False, "")


@dataclass(frozen=True, slots=True)
class Target:
    """A registered target and AWS's word for its health, with the reason it gives."""

    id: str
    port: int | None
    state: str
    reason: str
    description: str

    def __repr__(self) -> str:
        note = f" ({self.reason or self.description})" if self.reason or self.description else ""
        return f"target {self.id}:{self.port or ''} is {self.state}{note}"


@dataclass(frozen=True, slots=True, eq=False)
class TargetGroup:
    """A target group."""

    arn: str
    name: str
    vpc_id: str
    region: str
    target_type: str
    protocol: str
    port: int | None
    health_check_path: str
    load_balancer_arns: tuple[str, ...]
    evidence: Evidence = field(repr=False)
    memo: dict[str, Any] = field(default_factory=dict, repr=False)

    def __repr__(self) -> str:
        return f"target group {label(self.name, self.name or self.arn)}"

    @property
    def sources(self) -> tuple[Question, ...]:
        """The answer that it was read from."""
        return (Question("elbv2.DescribeTargetGroups", self.region),)

    def takes_targets(self, target_type: str, protocol: str, port: int) -> Finding:
        """Whether it is of this type, protocol and port."""
        found = f"{self!r} is of type {self.target_type}, {self.protocol}:{self.port}"
        right = (self.target_type, self.protocol, self.port) == (target_type, protocol, port)
        return Finding(right, found, f"type {target_type}, {protocol}:{port}")

    def checks_health_at(self, path: str) -> Finding:
        """Whether its health check asks ``path`` (a slash or a query at the end is the same place)."""
        own = self.health_check_path
        right = bool(own) and own.partition("?")[0].rstrip("/") == path.rstrip("/")
        return Finding(right, f"the health check path of {self!r} is {own or 'not set'}", path)

    @tracked_property
    def targets(self) -> tuple[Target, ...]:
        """What is registered in it."""
        answer = self.evidence.answer("elbv2.DescribeTargetHealth", self.region, TargetGroupArn=self.arn)
        return tuple(_target(each) for each in answer.each("TargetHealthDescriptions"))

    @property
    def has_healthy_target(self) -> Finding:
        """Whether a target is healthy; pending while one is in its first health checks."""
        states = {target.state for target in self.targets}
        if "healthy" in states:
            return Finding(True, f"{self!r} has a healthy target")
        if "initial" in states:
            raise Pending(f"a target of {self!r} is still in its first health checks")
        found = "; ".join(map(repr, self.targets[:3])) or f"{self!r} has no targets"
        return Finding(False, found, "a healthy target")


@dataclass(frozen=True, slots=True, eq=False)
class LoadBalancer:
    """A load balancer; only those of type ``application`` are the lab's."""

    arn: str
    name: str
    region: str
    vpc_id: str
    type: str
    scheme: str
    state: str
    dns_name: str
    subnet_ids: tuple[str, ...]
    security_group_ids: tuple[str, ...]
    evidence: Evidence = field(repr=False)
    ip_address_type: str = ""
    created: datetime | None = None
    memo: dict[str, Any] = field(default_factory=dict, repr=False)

    def __repr__(self) -> str:
        return f"load balancer {label(self.name, self.name or self.arn)}"

    @property
    def sources(self) -> tuple[Question, ...]:
        """The answer that it was read from."""
        return (Question("elbv2.DescribeLoadBalancers", self.region),)

    @property
    def dimension(self) -> str:
        """Its name in CloudWatch: ``app/NAME/ID``."""
        return self.arn.partition(":loadbalancer/")[2]

    @property
    def is_active(self) -> Finding:
        """Whether it is an active application load balancer; ``active_impaired`` still routes."""
        if self.state == "provisioning" and is_recent(self.created, self.evidence.now):
            raise Pending(f"{self!r} is still being provisioned")
        if self.state == "active_impaired":
            remark(f"{self!r} is impaired: it routes traffic, but cannot scale. Its subnets may lack free IP"
                   " addresses.")
        works = self.state in ("active", "active_impaired")
        return Finding(works, f"{self!r} is {self.state or 'in no state'}", "active")

    @property
    def is_internet_facing(self) -> Finding:
        """Whether its scheme is internet-facing."""
        if self.ip_address_type == "dualstack-without-public-ipv4":
            remark(f"{self!r} has no public IPv4 address, so only IPv6 clients can reach it.")
        return Finding(self.scheme == "internet-facing", f"the scheme of {self!r} is {self.scheme}", "internet-facing")

    def uses(self, group: SecurityGroup) -> Finding:
        """Whether it carries a security group."""
        found = f"{self!r} uses {', '.join(self.security_group_ids) or 'no security group'}"
        return Finding(group.id in self.security_group_ids, found, repr(group))

    @tracked_property
    def listeners(self) -> tuple[Listener, ...]:
        """Its listeners, in order of their ports."""
        answer = self.evidence.answer("elbv2.DescribeListeners", self.region, LoadBalancerArn=self.arn)
        found = (listener(each, self.evidence, self.region, self.dns_name) for each in answer.each("Listeners"))
        return tuple(sorted(found, key=lambda one: (one.port, one.arn)))

    @tracked_property
    def forwarded_target_group_arns(self) -> tuple[str, ...]:
        """Every target group that a listener sends traffic to; where its rules are refused, its default action."""
        return tuple(dict.fromkeys(arn for one in self.listeners for arn in one.known_target_group_arns))

    def http_listener(self, port: int) -> Listener | None:
        """Its listener for HTTP on ``port``, if it has one."""
        return next((one for one in self.listeners if (one.protocol, one.port) == ("HTTP", port)), None)

    def forwards_http_to(self, group: TargetGroup, port: int) -> Finding:
        """Whether HTTP on ``port`` forwards to ``group``, or redirects to an own HTTPS listener that does.

        Rules count beside the default action (see ``Listener``). Where they are refused, a default action that leads
        to ``group`` is enough; if it does not, this raises ``Unverified``. A redirect has to name this load
        balancer's host and the HTTPS listener's protocol and port.
        """
        expected = f"a listener HTTP:{port} that forwards to {group!r}"
        plain = self.http_listener(port)
        if plain is None:
            others = ", ".join(map(repr, self.listeners)) or "no listeners"
            return Finding(False, f"{self!r} has {others}", expected)
        refused, actions = plain.rules_refused, plain.known_actions
        if any(group.arn in action.target_group_arns for action in actions):
            return Finding(True, f"{plain!r} forwards to {group!r}")
        for secure in self._redirected_to(actions):
            if group.arn in secure.known_target_group_arns:
                remark(f"HTTP:{port} redirects to HTTPS, which forwards: better than the handout asks.")
                return Finding(True, f"{plain!r} redirects to {secure!r}, which forwards to {group!r}")
            refused = refused or secure.rules_refused
        if refused is not None:
            raise refused
        return Finding(False, self._what_happens(plain, group), expected)

    def _redirected_to(self, actions: Sequence[Action]) -> list[Listener]:
        secure = (one for one in self.listeners if one.protocol == "HTTPS")
        return [one for one in secure if any(map(one.is_reached_by, actions))]

    def _what_happens(self, plain: Listener, group: TargetGroup) -> str:
        done = ", ".join(dict.fromkeys(map(repr, plain.effective_actions))) or "does nothing"
        rule = next((one for one in plain.rules if group.arn in one.target_group_arns), None)
        unmet = f"; no request to the load balancer's own name reaches its rule {rule!r}" if rule else ""
        return f"{plain!r} {done}{unmet}"

    def sends_traffic_to(self, group: TargetGroup) -> bool:
        """Whether traffic reaches ``group``: by its listeners, or, where those are refused, by AWS's own link."""
        linked = self.arn in group.load_balancer_arns
        listeners = known(lambda: self.listeners, None)
        if listeners is None:
            return linked
        if group.arn in self.forwarded_target_group_arns:
            return True
        return linked and any(one.rules_refused for one in listeners)


def serving_group(
    groups: Sequence[TargetGroup], balancers: Sequence[LoadBalancer], front_port: int | None
) -> TargetGroup:
    """Of the target groups of one service (at least one), the one that serves.

    With blue/green deployments a service has two. The one that receives the traffic of the front port is the lab's,
    else one that receives other traffic, else one with a healthy target; of equal ones the first.
    """

    def signs(group: TargetGroup) -> tuple[bool, bool, bool]:
        states = {target.state for target in known(lambda: group.targets, ())}
        return (
            front_port is not None
            and any(known(partial(balancer.forwards_http_to, group, front_port), NO) for balancer in balancers),
            any(balancer.sends_traffic_to(group) for balancer in balancers),
            "healthy" in states,
        )

    return max(groups, key=signs)


def load_balancers(evidence: Evidence, region: str) -> Iterable[LoadBalancer]:
    """Every load balancer of a region."""
    for each in evidence.answer("elbv2.DescribeLoadBalancers", region).each("LoadBalancers"):
        yield LoadBalancer(
            arn=each.text("LoadBalancerArn"),
            name=each.text("LoadBalancerName", ""),
            region=region,
            vpc_id=each.text("VpcId", ""),
            type=each.text("Type", "application"),
            scheme=each.text("Scheme", ""),
            state=each.within("State").text("Code", ""),
            dns_name=each.text("DNSName", ""),
            subnet_ids=tuple(id for one in each.each("AvailabilityZones") if (id := one.text("SubnetId", ""))),
            security_group_ids=each.texts("SecurityGroups"),
            evidence=evidence,
            ip_address_type=each.text("IpAddressType", ""),
            created=moment(each.text("CreatedTime", "")),
        )


def target_groups(evidence: Evidence, region: str) -> Iterable[TargetGroup]:
    """Every target group of a region."""
    for each in evidence.answer("elbv2.DescribeTargetGroups", region).each("TargetGroups"):
        port = each.number("Port", None)
        yield TargetGroup(
            arn=each.text("TargetGroupArn"),
            name=each.text("TargetGroupName", ""),
            vpc_id=each.text("VpcId", ""),
            region=region,
            target_type=each.text("TargetType", "instance"),
            protocol=each.text("Protocol", ""),
            port=None if port is None else int(port),
            health_check_path=each.text("HealthCheckPath", ""),
            load_balancer_arns=each.texts("LoadBalancerArns"),
            evidence=evidence,
        )


def _target(each: Fields) -> Target:
    health, port = each.within("TargetHealth"), each.within("Target").number("Port", None)
    return Target(
        id=each.within("Target").text("Id", ""),
        port=None if port is None else int(port),
        state=health.text("State", ""),
        reason=health.text("Reason", ""),
        description=health.text("Description", ""),
    )
