"""What a security group allows, and which two groups are the lab's."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network

from grader.evidence.fields import Fields
from grader.evidence.tracking import remark
from grader.model.addresses import covers, covers_all_of_ipv6, covers_everywhere
from grader.model.findings import Finding, label
from grader.model.traffic_rules import Rule, traffic_rule


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

    def allows_from_anywhere(self, port: int) -> bool:
        """Whether TCP ``port`` is open to all IPv4 addresses, in one block or in several together."""
        return covers_everywhere(_blocks(self.inbound, port))

    def allows_from_world(self, port: int) -> bool:
        """Whether TCP ``port`` is open to 0.0.0.0/0 or ::/0."""
        ipv6 = (block for rule in self.inbound if rule.covers(port) for block in rule.ipv6_blocks)
        return self.allows_from_anywhere(port) or covers_all_of_ipv6(ipv6)

    def allows_from_group(self, port: int, group_id: str) -> bool:
        """Whether TCP ``port`` is open to members of another group."""
        return any(group_id in rule.group_ids for rule in self.inbound if rule.covers(port))

    def allows_anyone(self, port: int) -> bool:
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
        return covers(blocks, _blocks(self.outbound, port))

    def reaches_endpoints(self, port: int, blocks: Iterable[IPv4Network]) -> bool:
        """Whether its members may reach TCP ``port`` of AWS through VPC endpoints.

        Those are a prefix list (the gateway endpoint of S3) and a group or all of ``blocks`` (interface endpoints).
        """
        about = [rule for rule in self.outbound if rule.covers(port)]
        gateway = any(rule.prefix_list_ids for rule in about)
        return gateway and (any(rule.group_ids for rule in about) or covers(blocks, _blocks(about, port)))

    def opened_to_the_world(self, *expected: int) -> tuple[str, ...]:
        """The ports that are open to 0.0.0.0/0 or ::/0, but for these TCP ports, in words: ``TCP 3389``, ``UDP 53``.

        Sources count together: one rule may open the first half of the addresses, and another the second.
        """
        found = []
        for rule in self.inbound:
            as_wide = [other for other in self.inbound if other.spans(rule)]
            worlds = {
                "0.0.0.0/0": covers_everywhere(block for other in as_wide for block in other.blocks),
                "::/0": covers_all_of_ipv6(block for other in as_wide for block in other.ipv6_blocks),
            }
            open_to = [world for world, is_open in worlds.items() if is_open]
            if open_to and not rule.is_only(expected):
                found.append(f"{rule.traffic} to the internet ({' and '.join(open_to)})")
        return tuple(dict.fromkeys(found))


@dataclass(frozen=True, slots=True)
class LabSecurityGroups:
    """The two groups of step 4.6: the load balancer's and the resources', and the blocks of their VPC.

    The two may be the same group, where a student made only one; then what needs two fails. ``task_blocks`` are the
    blocks of the subnets in which the tasks are; without any, those of the VPC.
    """

    of_load_balancer: SecurityGroup
    of_resources: SecurityGroup
    vpc_blocks: tuple[IPv4Network, ...]
    task_blocks: tuple[IPv4Network, ...] = ()

    def __repr__(self) -> str:
        return f"{self.of_load_balancer!r} and {self.of_resources!r}"

    @property
    def are_two(self) -> bool:
        """Whether they are two different groups."""
        return self.of_load_balancer.id != self.of_resources.id

    def allow_the_world_on(self, port: int) -> Finding:
        """Whether the load balancer's group opens TCP ``port`` to all of IPv4."""
        group = self.of_load_balancer
        _remark_on_open_ports(group, port, 443)
        return Finding(
            group.allows_from_anywhere(port),
            f"{group!r} allows on port {port}: {_inbound(group, port)}",
            f"TCP {port} from 0.0.0.0/0",
        )

    def allow_the_load_balancer_on(self, port: int) -> Finding:
        """Whether the resources' group opens TCP ``port`` to the load balancer's group."""
        group, front = self.of_resources, self.of_load_balancer
        if not self.are_two:
            return Finding(False, f"{group!r} serves as both groups", "a group of its own for the resources")
        if any(front.id in rule.group_ids and not rule.is_only([port]) for rule in group.inbound):
            remark(f"{group!r} allows more than port {port} from {front!r}.")
        return Finding(
            group.allows_from_group(port, front.id),
            f"{group!r} allows on port {port}: {_inbound(group, port)}",
            f"TCP {port} from {front!r}",
        )

    def do_not_open_to_the_world(self, port: int) -> Finding:
        """Whether the resources' group opens TCP ``port`` to somebody, and not to everybody."""
        group = self.of_resources
        if not self.are_two:
            return Finding(False, f"{group!r} serves as both groups", "a group of its own for the resources")
        _remark_on_open_ports(group, port)
        if not group.allows_anyone(port):
            return Finding(False, f"{group!r} allows no traffic on TCP port {port}", "the load balancer, and only it")
        return Finding(
            not group.allows_from_world(port),
            f"{group!r} allows on port {port}: {_inbound(group, port)}",
            "only the load balancer",
        )

    def allow_outbound_traffic(self, port: int) -> Finding:
        """Whether the load balancer reaches TCP ``port`` of the resources, and those reach port 443.

        Port 443 of the internet, or, where egress is hardened, of S3's prefix list and of interface endpoints.
        """
        front, back = self.of_load_balancer, self.of_resources
        blocks = self.task_blocks or self.vpc_blocks
        if not front.reaches_group(port, back.id, blocks):
            wanted = f"outbound TCP {port} to {back!r} or to {', '.join(map(str, blocks[:4])) or 'its subnets'}"
            found = f"{front!r} does not allow all outbound traffic to port {port} of {back!r}"
            return Finding(False, f"{found}: it has {_listed(front.outbound)}", wanted)
        if not back.reaches_anywhere(443) and back.reaches_endpoints(443, self.vpc_blocks):
            remark(f"{back!r} allows outbound traffic to VPC endpoints only, so the tasks need an endpoint for each"
                   " service.")
            return Finding(True, f"{back!r} allows outbound port 443 to VPC endpoints")
        return Finding(
            back.reaches_anywhere(443),
            f"{back!r} does not allow all outbound traffic to port 443: it has {_listed(back.outbound)}",
            "outbound TCP 443 to 0.0.0.0/0",
        )


def choose_groups(
    groups: Iterable[SecurityGroup],
    on_load_balancer: frozenset[str],
    on_service: frozenset[str],
    front_port: int | None,
    port: int | None,
) -> tuple[SecurityGroup, SecurityGroup] | None:
    """The pair (load balancer's, resources') that plays the two parts best, or None.

    What is attached plays its part, unless a group that is not attached has two signs more: it opens what the part
    needs, and a rule allows the one to the other on ``port``. So a single wrong rule does not make a leftover look
    like the lab's, and the VPC's default group on a service does not hide the group that was made for it.
    """
    groups = tuple(sorted(groups, key=lambda group: (group.name, group.id)))

    def opens_front(group: SecurityGroup) -> bool:
        return front_port is not None and group.allows_from_anywhere(front_port)

    def opens_back(group: SecurityGroup) -> bool:
        return port is not None and group.allows_anyone(port) and not group.is_default

    fronts = [g for g in groups if g.id in on_load_balancer or opens_front(g)]
    backs = [g for g in groups if g.id in on_service or opens_back(g)]
    named = {
        group_id
        for back in backs
        for rule in back.inbound
        if port is not None and rule.covers(port)
        for group_id in rule.group_ids
        if group_id != back.id
    }
    fronts += [group for group in groups if group.id in named and group not in fronts]

    def of_front(group: SecurityGroup) -> int:
        return 4 * (group.id in on_load_balancer) + 4 * opens_front(group)

    def of_back(group: SecurityGroup) -> int:
        return 4 * (group.id in on_service) + 2 * opens_back(group)

    def strength(pair: tuple[SecurityGroup, SecurityGroup]) -> tuple[int, bool]:
        front, back = pair
        are_two = front.id != back.id
        link = are_two and port is not None and back.allows_from_group(port, front.id)
        return of_front(front) + of_back(back) + 3 * link, are_two

    pairs = [(front, back) for front in fronts for back in backs]
    if not pairs:
        alone = max(fronts, key=of_front, default=None) or max(backs, key=of_back, default=None)
        return (alone, alone) if alone else None
    return max(pairs, key=strength)


def security_group(each: Fields) -> SecurityGroup:
    """A group from an entry of ``DescribeSecurityGroups``."""
    return SecurityGroup(
        id=each.text("GroupId"),
        name=each.text("GroupName", ""),
        vpc_id=each.text("VpcId", ""),
        inbound=tuple(traffic_rule(one) for one in each.each("IpPermissions")),
        outbound=tuple(traffic_rule(one) for one in each.each("IpPermissionsEgress")),
    )


def _blocks(rules: Iterable[Rule], port: int) -> list[IPv4Network]:
    return [block for rule in rules if rule.covers(port) for block in rule.blocks]


def _inbound(group: SecurityGroup, port: int) -> str:
    about = [rule for rule in group.inbound if rule.covers(port)]
    if about:
        return _listed(about)
    return f"nothing, but has {_listed(group.inbound)}" if group.inbound else "nothing"


def _listed(rules: Sequence[Rule]) -> str:
    return "; ".join(map(repr, rules[:3])) or "no rule"


def _remark_on_open_ports(group: SecurityGroup, *expected: int) -> None:
    for what in group.opened_to_the_world(*expected):
        remark(f"{group!r} opens {what}. The lab does not need it.")
