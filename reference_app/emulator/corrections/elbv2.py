"""Elastic Load Balancing: interfaces, forward configurations, and the health that targets really have."""

from __future__ import annotations

from typing import Any

from moto.ec2.models import ec2_backends
from moto.elbv2 import models
from moto.elbv2.models import elbv2_backends

from ..gateway import Answer
from .containers import container_of
from .ec2 import interface_in
from .groups import reaches
from .patches import Patches


def apply(patches: Patches) -> None:
    # Moto's load balancers have no network interfaces, and internal ones no name that says so.
    patches.wrap(models.ELBv2Backend, "create_load_balancer", _with_interfaces)
    patches.wrap(models.ELBv2Backend, "delete_load_balancer", _without_interfaces)
    # Moto forgets to take a load balancer from a target group, and adds one twice.
    patches.replace(models.FakeTargetGroup, "load_balancer_arns", property(balancers_of, lambda group, value: None))
    # Moto answers a plain forward action as it was sent; AWS adds its ForwardConfig and its order.
    patches.wrap(models.FakeAction, "__init__", _spelled_out)
    # Moto's targets are always healthy.
    patches.replace(models.FakeTargetGroup, "health_for", health_for)
    patches.wrap(models.FakeHealthStatus, "target", _with_zone)


def _with_interfaces(original: Any) -> Any:
    def create_load_balancer(backend: Any, *args: Any, **kwargs: Any) -> Any:
        balancer = original(backend, *args, **kwargs)
        if balancer.scheme == "internal":
            balancer.dns_name = f"internal-{balancer.dns_name}"
        balancer.canonical_hosted_zone_id = "Z32O12XQLNTSW2"
        name = balancer.arn.split(":loadbalancer/")[1]
        for subnet in balancer.subnets:
            interface_in(
                subnet,
                description=f"ELB {name}",
                groups=balancer.security_groups or [],
                requester="amazon-elb",
            )
        return balancer

    return create_load_balancer


def _without_interfaces(original: Any) -> Any:
    def delete_load_balancer(backend: Any, arn: str) -> None:
        original(backend, arn)
        interfaces = ec2_backends[backend.account_id][backend.region_name].enis
        for interface in list(interfaces.values()):
            if interface.description == f"ELB {arn.split(':loadbalancer/')[1]}":
                del interfaces[interface.id]

    return delete_load_balancer


def _spelled_out(original: Any) -> Any:
    def initialize(action: Any, data: dict[str, Any]) -> None:  # it replaces one
        arn = data.get("TargetGroupArn")
        if data.get("Type") == "forward" and arn and not data.get("ForwardConfig"):
            data["ForwardConfig"] = {"TargetGroups": [{"TargetGroupArn": arn, "Weight": 1}]}
        data.setdefault("Order", 1)
        original(action, data)

    return initialize


def forwarded_groups(listener: Any) -> set[str]:
    """The target groups that the listener's rules send anything to."""
    groups = set()
    for rule in listener.rules.values():
        for action in rule.actions:
            for group in (action.data.get("ForwardConfig") or {}).get("TargetGroups", ()):
                if int(group.get("Weight", 1)) > 0:
                    groups.add(group["TargetGroupArn"])
    return groups


def balancers_of(group: Any) -> list[str]:
    """The load balancers whose listeners name the group."""
    backend = elbv2_backends[group.account_id][group.region_name]
    return [
        balancer.arn
        for balancer in backend.load_balancers.values()
        if any(group.arn in _named_groups(listener) for listener in balancer.listeners.values())
    ]


def _named_groups(listener: Any) -> set[str]:
    return {
        group["TargetGroupArn"]
        for rule in listener.rules.values()
        for action in rule.actions
        for group in (action.data.get("ForwardConfig") or {}).get("TargetGroups", ())
    }


def health_for(group: Any, target: dict[str, Any], ec2_backend: Any) -> Any:
    """What the load balancer sees: unused without a listener, else what the health check really answers."""
    registered = group.targets.get(target["Id"])
    port = (registered or target).get("Port", group.port)
    # AWS answers with the port that is checked, not with the word for it.
    check_port = str(port) if group.health_check_port == "traffic-port" else group.health_check_port

    def status(state: str, reason: str | None = None, description: str | None = None) -> Any:
        found: Any = models.FakeHealthStatus(target["Id"], port, check_port, state, reason, description)
        found.zone = zone_of(group, target["Id"])
        found.administrative_override = {
            "State": "no_override",
            "Reason": "AdministrativeOverride.NoOverride",
            "Description": "No override is currently active on target",
        }
        return found

    if registered is None:
        return status("unused", "Target.NotRegistered", "Target is not registered to the target group")
    if not balancers_of(group):
        return status(
            "unused",
            "Target.NotInUse",
            "Target group is not configured to receive traffic from the load balancer",
        )
    trouble = container_of(group.account_id).trouble
    if trouble is not None and trouble.health is not None:
        return status(*trouble.health)
    place = (group.account_id, group.region_name)
    is_reached = any(reaches(*place, arn, target["Id"], int(check_port)) for arn in balancers_of(group))
    answered = container_of(group.account_id).answers(group.health_check_path or "/") if is_reached else None
    if answered is None:
        return status("unhealthy", "Target.Timeout", "Request timed out")
    if not _matches(group, answered):
        return status(
            "unhealthy", "Target.ResponseCodeMismatch", f"Health checks failed with these codes: [{answered}]"
        )
    return status("healthy")


def _matches(group: Any, status: int) -> bool:
    for part in str(group.matcher.get("HttpCode", "200")).split(","):
        low, _, high = part.partition("-")
        if int(low) <= status <= int(high or low):
            return True
    return False


def zone_of(group: Any, address: str) -> str | None:
    """The Availability Zone of the interface that has the address."""
    for interface in ec2_backends[group.account_id][group.region_name].enis.values():
        if interface.private_ip_address == address and interface.vpc_id == group.vpc_id:
            return str(interface.subnet.availability_zone)
    return None


def _with_zone(original: Any) -> Any:
    def target(status: Any) -> dict[str, Any]:
        described: dict[str, Any] = original.fget(status)
        zone = getattr(status, "zone", None)
        return {**described, "AvailabilityZone": zone} if zone else described

    return property(target)


def has_listener(account: str, region: str, arn: str, port: int) -> bool:
    balancer = elbv2_backends[account][region].load_balancers.get(arn)
    return balancer is not None and any(int(one.port) == port for one in balancer.listeners.values())


def targets(account: str, region: str, arn: str, port: int) -> list[tuple[str, int]]:
    """Address and port of what is registered in the groups that a listener on `port` forwards to.

    Their health does not matter: a load balancer of which every target is unhealthy sends requests to all of
    them.
    """
    backend = elbv2_backends[account][region]
    balancer = backend.load_balancers.get(arn)
    listeners = balancer.listeners.values() if balancer is not None else ()
    return [
        (str(address), int(target.get("Port") or backend.target_groups[group].port))
        for listener in listeners
        if int(listener.port) == port
        for group in forwarded_groups(listener)
        if group in backend.target_groups
        for address, target in backend.target_groups[group].targets.items()
    ]


def address_of(account: str, region: str, arn: str) -> str:
    """An address of the load balancer in one of its subnets."""
    name = arn.split(":loadbalancer/")[1]
    for interface in ec2_backends[account][region].enis.values():
        if interface.description == f"ELB {name}":
            return str(interface.private_ip_address)
    return "0.0.0.0"


ANSWERS: dict[tuple[str, str], Answer] = {}
