"""Load balancers, listeners and target groups: who forwards to whom, and who is healthy behind it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from grader.errors import Pending, Unsettled
from grader.evidence import Evidence, Question
from grader.evidence.fields import Fields
from grader.evidence.tracking import derived, remark
from grader.model.findings import Finding, label, shorten

if TYPE_CHECKING:
    from grader.model.security_groups import SecurityGroup


@dataclass(frozen=True, slots=True)
class Action:
    """What a listener or rule does: ``forwards`` are (target group ARN, weight)."""

    type: str
    forwards: tuple[tuple[str, float], ...]
    redirect_protocol: str = ""
    redirect_port: str = ""
    status_code: str = ""

    @property
    def target_group_arns(self) -> tuple[str, ...]:
        """The target groups that traffic really goes to."""
        return tuple(arn for arn, weight in self.forwards if weight > 0)

    def __repr__(self) -> str:
        if self.type == "forward":
            names = [shorten(arn.split("/")[1] if "/" in arn else arn) for arn in self.target_group_arns]
            return f"forwards to {', '.join(names) or 'nothing'}"
        if self.type == "redirect":
            return f"redirects to {self.redirect_protocol}:{self.redirect_port}"
        return f"answers {self.type} {self.status_code}".strip()


@dataclass(frozen=True, slots=True, eq=False)
class Listener:
    """A listener: ``actions`` are the default ones, those of its rules come with ``all_actions``."""

    arn: str
    protocol: str
    port: int
    actions: tuple[Action, ...]
    evidence: Evidence = field(repr=False)
    region: str
    memo: dict[str, Any] = field(default_factory=dict, repr=False)

    def __repr__(self) -> str:
        return f"listener {self.protocol}:{self.port}"

    @derived
    def all_actions(self) -> tuple[Action, ...]:
        """Default actions and those of every rule."""
        rules = self.evidence.answer("elbv2.DescribeRules", self.region, ListenerArn=self.arn).each("Rules")
        return (*self.actions, *(_action(one) for rule in rules for one in rule.each("Actions")))

    @property
    def target_group_arns(self) -> tuple[str, ...]:
        """The target groups that it forwards to, by default or by a rule; rules are asked only if they matter."""
        by_default = tuple(arn for action in self.actions for arn in action.target_group_arns)
        if by_default:
            return by_default
        return tuple(arn for action in self.all_actions for arn in action.target_group_arns)

    @property
    def redirects_to(self) -> tuple[str, str] | None:
        """Protocol and port that it redirects to, if it does."""
        for action in self.actions:
            if action.type == "redirect":
                return action.redirect_protocol, action.redirect_port
        return None


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

    @property
    def takes_ip_targets_over_http_8000(self) -> Finding:
        """Whether it is of type ip, protocol HTTP and port 8000."""
        found = f"{self!r} is of type {self.target_type}, {self.protocol}:{self.port}"
        right = (self.target_type, self.protocol, self.port) == ("ip", "HTTP", 8000)
        return Finding(right, found, "type ip, HTTP:8000")

    @property
    def checks_health_at_health(self) -> Finding:
        """Whether its health check asks ``/health`` (a slash at the end is the same place)."""
        path = self.health_check_path
        return Finding(
            path.rstrip("/") == "/health", f"the health check path of {self!r} is {path or 'not set'}", "/health"
        )

    @derived
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
        if self.state == "provisioning":
            raise Pending(f"{self!r} is still being provisioned")
        if self.state == "active_impaired":
            remark(f"{self!r} is impaired: it routes, but cannot scale; its subnets may lack free addresses.")
        return Finding(self.state in ("active", "active_impaired"), f"{self!r} is {self.state}", "active")

    @property
    def is_internet_facing(self) -> Finding:
        """Whether its scheme is internet-facing."""
        return Finding(self.scheme == "internet-facing", f"the scheme of {self!r} is {self.scheme}", "internet-facing")

    def uses(self, group: SecurityGroup) -> Finding:
        """Whether it carries a security group."""
        found = f"{self!r} uses {', '.join(self.security_group_ids) or 'no security group'}"
        return Finding(group.id in self.security_group_ids, found, repr(group))

    @derived
    def listeners(self) -> tuple[Listener, ...]:
        """Its listeners, in order of their ports."""
        answer = self.evidence.answer("elbv2.DescribeListeners", self.region, LoadBalancerArn=self.arn)
        found = (_listener(each, self.evidence, self.region) for each in answer.each("Listeners"))
        return tuple(sorted(found, key=lambda listener: (listener.port, listener.arn)))

    @derived
    def forwarded_target_group_arns(self) -> tuple[str, ...]:
        """Every target group that a listener sends traffic to."""
        return tuple(dict.fromkeys(arn for listener in self.listeners for arn in listener.target_group_arns))

    def forwards_http_80_to(self, group: TargetGroup) -> Finding:
        """Whether HTTP:80 forwards to ``group``, or redirects to an HTTPS listener that does."""
        expected = f"a listener HTTP:80 that forwards to {group!r}"
        plain = [one for one in self.listeners if one.protocol == "HTTP" and one.port == 80]
        if not plain:
            others = ", ".join(map(repr, self.listeners)) or "no listeners"
            return Finding(False, f"{self!r} has {others}", expected)
        listener = plain[0]
        if group.arn in listener.target_group_arns:
            return Finding(True, f"{listener!r} forwards to {group!r}")
        redirected = listener.redirects_to
        if redirected is not None and redirected[0] in ("HTTPS", "#{protocol}"):
            for secure in self.listeners:
                if secure.protocol == "HTTPS" and str(secure.port) == redirected[1]:
                    right = group.arn in secure.target_group_arns
                    remark("HTTP:80 redirects to HTTPS, which forwards: better than the handout asks.")
                    return Finding(right, f"{listener!r} redirects to {secure!r}", expected)
        done = ", ".join(map(repr, listener.actions)) or "does nothing"
        return Finding(False, f"{listener!r} {done}", expected)

    def sends_traffic_to(self, group: TargetGroup) -> bool:
        """Whether traffic reaches ``group``: by its listeners, or, where those are refused, by AWS's own link."""
        try:
            return group.arn in self.forwarded_target_group_arns
        except Unsettled:
            return self.arn in group.load_balancer_arns


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
            subnet_ids=tuple(one.text("SubnetId", "") for one in each.each("AvailabilityZones")),
            security_group_ids=each.texts("SecurityGroups"),
            evidence=evidence,
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


def _listener(each: Fields, evidence: Evidence, region: str) -> Listener:
    return Listener(
        arn=each.text("ListenerArn"),
        protocol=each.text("Protocol", ""),
        port=each.whole("Port"),
        actions=tuple(_action(one) for one in each.each("DefaultActions")),
        evidence=evidence,
        region=region,
    )


def _action(each: Fields) -> Action:
    groups = each.within("ForwardConfig").each("TargetGroups")
    forwards = tuple((one.text("TargetGroupArn", ""), one.number("Weight", 1)) for one in groups)
    older = each.text("TargetGroupArn", "")
    if not forwards and older:
        forwards = ((older, 1),)
    redirect = each.within("RedirectConfig")
    return Action(
        type=each.text("Type", ""),
        forwards=forwards if each.text("Type", "") == "forward" else (),
        redirect_protocol=redirect.text("Protocol", ""),
        redirect_port=redirect.text("Port", ""),
        status_code=each.within("FixedResponseConfig").text("StatusCode", ""),
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
