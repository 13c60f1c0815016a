"""What a security group admits, and which two groups are the lab's."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Network, collapse_addresses

from grader.evidence.fields import Fields
from grader.evidence.tracking import remark
from grader.model.addresses import EVERYWHERE, ipv4_network
from grader.model.findings import Finding, label

# IANA protocol numbers that EC2 may return instead of a name.
_PROTOCOLS = {"6": "tcp", "17": "udp", "1": "icmp", "58": "icmpv6"}
ALL_PROTOCOLS = "-1"


@dataclass(frozen=True, slots=True)
class Rule:
    """One permission: ``protocol`` by name or ``-1``; ``first`` to ``last`` are ports, None for all of them."""

    protocol: str
    first: int | None
    last: int | None
    blocks: tuple[IPv4Network, ...]
    ipv6_blocks: tuple[str, ...]
    group_ids: tuple[str, ...]
    prefix_list_ids: tuple[str, ...]

    def covers(self, port: int) -> bool:
        """Whether the rule is about TCP traffic on ``port``."""
        if self.protocol == ALL_PROTOCOLS:
            return True
        if self.protocol != "tcp":
            return False
        return self.first in (None, -1) or self.last is None or self.first <= port <= self.last

    def __repr__(self) -> str:
        ports = "all traffic" if self.protocol == ALL_PROTOCOLS else f"{self.protocol} {_ports(self.first, self.last)}"
        ends = (*map(str, self.blocks), *self.ipv6_blocks, *self.group_ids, *self.prefix_list_ids)
        return f"{ports} ↔ {', '.join(ends[:3]) or 'nobody'}"


@dataclass(frozen=True, slots=True)
class SecurityGroup:
    """A security group with its inbound and outbound rules."""

    id: str
    name: str
    vpc_id: str
    inbound: tuple[Rule, ...]
    outbound: tuple[Rule, ...]

    def __repr__(self) -> str:
        return f"security group {label(self.name, self.id)}"

    @property
    def is_default(self) -> bool:
        """Whether AWS made it together with its VPC."""
        return self.name == "default"

    def admits_from_anywhere(self, port: int) -> bool:
        """Whether TCP ``port`` is open to all IPv4 addresses, in one block or in several together."""
        return covers_everywhere(_blocks(self.inbound, port))

    def admits_from_world(self, port: int) -> bool:
        """Whether TCP ``port`` is open to 0.0.0.0/0 or ::/0."""
        ipv6 = (block for rule in self.inbound if rule.covers(port) for block in rule.ipv6_blocks)
        return self.admits_from_anywhere(port) or any(block in ("::/0", "0::0/0") for block in ipv6)

    def admits_from_group(self, port: int, group_id: str) -> bool:
        """Whether TCP ``port`` is open to members of another group."""
        return any(group_id in rule.group_ids for rule in self.inbound if rule.covers(port))

    def admits_anyone(self, port: int) -> bool:
        """Whether TCP ``port`` is open to somebody."""
        return any(
            rule.blocks or rule.ipv6_blocks or rule.group_ids or rule.prefix_list_ids
            for rule in self.inbound
            if rule.covers(port)
        )

    def reaches_anywhere(self, port: int) -> bool:
        """Whether its members may open connections to TCP ``port`` of all IPv4 addresses."""
        return covers_everywhere(_blocks(self.outbound, port))

    def reaches_group(self, port: int, group_id: str, blocks: Iterable[IPv4Network]) -> bool:
        """Whether its members may reach TCP ``port`` of a group whose members live in ``blocks``."""
        if any(group_id in rule.group_ids for rule in self.outbound if rule.covers(port)):
            return True
        allowed = _blocks(self.outbound, port)
        blocks = tuple(blocks)
        return bool(blocks) and all(any(block.subnet_of(wide) for wide in allowed) for block in blocks)


@dataclass(frozen=True, slots=True)
class LabSecurityGroups:
    """The two groups of step 4.6: the load balancer's and the resources', and the blocks of their VPC.

    The two may be the same group, where a student made only one; then what needs two fails.
    """

    of_load_balancer: SecurityGroup
    of_resources: SecurityGroup
    vpc_blocks: tuple[IPv4Network, ...]

    def __repr__(self) -> str:
        return f"{self.of_load_balancer!r} and {self.of_resources!r}"

    @property
    def are_two(self) -> bool:
        """Whether they are two different groups."""
        return self.of_load_balancer.id != self.of_resources.id

    @property
    def admit_the_world_on_port_80(self) -> Finding:
        """Whether the load balancer's group opens TCP 80 to all of IPv4."""
        group = self.of_load_balancer
        if group.admits_from_anywhere(22):
            remark(f"{group!r} admits more than HTTP from anywhere; port 80 is all that it needs.")
        return Finding(
            group.admits_from_anywhere(80),
            f"{group!r} admits on port 80: {_inbound(group, 80)}",
            "TCP 80 from 0.0.0.0/0",
        )

    @property
    def admit_the_load_balancer_on_port_8000(self) -> Finding:
        """Whether the resources' group opens TCP 8000 to the load balancer's group."""
        group, front = self.of_resources, self.of_load_balancer
        if not self.are_two:
            return Finding(False, f"{group!r} serves as both groups", "a group of its own for the resources")
        if group.admits_from_group(22, front.id):
            remark(f"{group!r} admits more than port 8000 from {front!r}.")
        return Finding(
            group.admits_from_group(8000, front.id),
            f"{group!r} admits on port 8000: {_inbound(group, 8000)}",
            f"TCP 8000 from {front!r}",
        )

    @property
    def keep_port_8000_from_the_world(self) -> Finding:
        """Whether the resources' group opens TCP 8000 to somebody, and not to everybody."""
        group = self.of_resources
        if not self.are_two:
            return Finding(False, f"{group!r} serves as both groups", "a group of its own for the resources")
        if not group.admits_anyone(8000):
            return Finding(False, f"{group!r} admits nobody on TCP port 8000", "the load balancer, and only it")
        return Finding(
            not group.admits_from_world(8000),
            f"{group!r} admits on port 8000: {_inbound(group, 8000)}",
            "nobody but the load balancer",
        )

    @property
    def let_traffic_out(self) -> Finding:
        """Whether the load balancer reaches port 8000 of the resources, and those reach port 443 of the internet."""
        front, back = self.of_load_balancer, self.of_resources
        if not front.reaches_group(8000, back.id, self.vpc_blocks):
            return Finding(False, f"{front!r} lets nothing out to port 8000 of {back!r}", "outbound TCP 8000")
        return Finding(
            back.reaches_anywhere(443), f"{back!r} lets nothing out to port 443", "outbound TCP 443 to 0.0.0.0/0"
        )


def choose_groups(
    groups: Iterable[SecurityGroup],
    on_load_balancer: frozenset[str],
    on_service: frozenset[str],
) -> tuple[SecurityGroup, SecurityGroup] | None:
    """The pair (load balancer's, resources') that plays the two parts best, or None.

    A rule that admits the one to the other on port 8000 is the strongest sign, being attached the next; one sign
    alone must not outweigh two, so that a single wrong rule does not make another group look like the lab's.
    """
    groups = tuple(groups)
    fronts = [g for g in groups if g.id in on_load_balancer or g.admits_from_anywhere(80)]
    backs = [g for g in groups if g.id in on_service or (g.admits_anyone(8000) and not g.is_default)]
    named = {
        group_id
        for back in backs
        for rule in back.inbound
        if rule.covers(8000)
        for group_id in rule.group_ids
        if group_id != back.id
    }
    fronts += [group for group in groups if group.id in named and group not in fronts]

    def strength(pair: tuple[SecurityGroup, SecurityGroup]) -> tuple[int, bool]:
        front, back = pair
        link = front.id != back.id and back.admits_from_group(8000, front.id)
        signs = 3 * link + 2 * (front.id in on_load_balancer) + 2 * (back.id in on_service)
        return signs + 2 * front.admits_from_anywhere(80), front.id != back.id

    pairs = [(front, back) for front in fronts for back in backs]
    if not pairs:
        alone = fronts or backs
        return (alone[0], alone[0]) if alone else None
    return max(pairs, key=strength)


def security_group(each: Fields) -> SecurityGroup:
    """A group from an entry of ``DescribeSecurityGroups``."""
    return SecurityGroup(
        id=each.text("GroupId"),
        name=each.text("GroupName", ""),
        vpc_id=each.text("VpcId", ""),
        inbound=tuple(_rule(one) for one in each.each("IpPermissions")),
        outbound=tuple(_rule(one) for one in each.each("IpPermissionsEgress")),
    )


def _rule(each: Fields) -> Rule:
    protocol = each.text("IpProtocol", ALL_PROTOCOLS).lower()
    first, last = each.number("FromPort", None), each.number("ToPort", None)
    return Rule(
        protocol=_PROTOCOLS.get(protocol, protocol),
        first=None if first is None else int(first),
        last=None if last is None else int(last),
        blocks=tuple(ipv4_network(one.text("CidrIp"), one.where) for one in each.each("IpRanges")),
        ipv6_blocks=tuple(one.text("CidrIpv6", "") for one in each.each("Ipv6Ranges")),
        group_ids=tuple(one.text("GroupId", "") for one in each.each("UserIdGroupPairs")),
        prefix_list_ids=tuple(one.text("PrefixListId", "") for one in each.each("PrefixListIds")),
    )


def covers_everywhere(blocks: Iterable[IPv4Network]) -> bool:
    """Whether blocks together are all of IPv4."""
    return EVERYWHERE in collapse_addresses(blocks)


def _blocks(rules: Iterable[Rule], port: int) -> list[IPv4Network]:
    return [block for rule in rules if rule.covers(port) for block in rule.blocks]


def _inbound(group: SecurityGroup, port: int) -> str:
    about = [rule for rule in group.inbound if rule.covers(port)]
    shown = about or group.inbound
    return ("" if about else "nothing, but has ") * bool(shown) + ("; ".join(map(repr, shown[:3])) or "nothing")


def _ports(first: int | None, last: int | None) -> str:
    if first is None or last is None:
        return "all ports"
    return str(first) if first == last else f"{first}-{last}"
