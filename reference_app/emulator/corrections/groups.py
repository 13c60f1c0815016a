"""What security groups let through: to the load balancer from the internet, and from it to its targets."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_address, ip_network
from typing import Any

from moto.ec2.models import ec2_backends
from moto.elbv2.models import elbv2_backends

_WORLD = ("0.0.0.0/0", "::/0")


def is_open_to_world(account: str, region: str, arn: str, port: int) -> bool:
    """Whether the groups of the load balancer `arn` allow anybody at the port."""
    balancer = elbv2_backends[account][region].load_balancers.get(arn)
    if balancer is None:
        return False
    groups = _groups(account, region, balancer.security_groups or ())
    return any(
        rule.ip_range.get("CidrIp", rule.ip_range.get("CidrIpv6")) in _WORLD
        for group in groups
        for rule in group.ingress_rules
        if _has_port(rule, port)
    )


def reaches(account: str, region: str, arn: str, address: str, port: int) -> bool:
    """Whether the load balancer `arn` reaches a task: both sides' groups have to let it through."""
    balancer = elbv2_backends[account][region].load_balancers.get(arn)
    interfaces = ec2_backends[account][region].enis.values()
    target = next((one for one in interfaces if one.private_ip_address == address), None)
    if balancer is None or target is None:
        return False
    name = arn.split(":loadbalancer/")[1]
    own = [str(one.private_ip_address) for one in interfaces if one.description == f"ELB {name}"]
    front = _groups(account, region, balancer.security_groups or ())
    back = list(target.group_set)
    leaves = any(_allows(rule, port, [address], back) for group in front for rule in group.egress_rules)
    return leaves and any(_allows(rule, port, own, front) for group in back for rule in group.ingress_rules)


def _groups(account: str, region: str, wanted: Iterable[str]) -> list[Any]:
    found = (ec2_backends[account][region].get_security_group_from_id(one) for one in wanted)
    return [group for group in found if group is not None]


def _allows(rule: Any, port: int, addresses: Iterable[str], groups: Iterable[Any]) -> bool:
    """Whether the rule is about the port, and about any of the addresses or groups on the other side."""
    if not _has_port(rule, port):
        return False
    if rule.source_group.get("GroupId") in {group.id for group in groups}:
        return True
    block = rule.ip_range.get("CidrIp")
    return block is not None and any(ip_address(one) in ip_network(block, strict=False) for one in addresses)


def _has_port(rule: Any, port: int) -> bool:
    if rule.ip_protocol == "-1":
        return True
    return rule.ip_protocol == "tcp" and int(rule.from_port) <= port <= int(rule.to_port)
