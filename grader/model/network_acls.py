"""Network ACLs: what may enter and leave a subnet, whatever security groups say."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Network

from grader.evidence.fields import Fields
from grader.model.addresses import EVERYWHERE, ipv4_network
from grader.model.findings import label

REPLIES = 40000
"""A port from the range that connections are answered on (32768 to 60999 in Fargate; load balancers use more)."""
_TCP = ("6", "tcp", "-1")


@dataclass(frozen=True, slots=True)
class AclEntry:
    """One entry. ``first`` to ``last`` are ports, None for all of them; an entry for IPv6 alone has no ``block``."""

    number: int
    is_outbound: bool
    allows: bool
    protocol: str
    block: IPv4Network | None
    first: int | None
    last: int | None

    def decides(self, port: int, block: IPv4Network) -> bool:
        """Whether it is about TCP ``port`` of all of ``block``."""
        if self.protocol not in _TCP or self.block is None or not block.subnet_of(self.block):
            return False
        return self.protocol == "-1" or self.first is None or self.last is None or self.first <= port <= self.last


@dataclass(frozen=True, slots=True)
class NetworkAcl:
    """A network ACL and the subnets that it guards."""

    id: str
    name: str
    vpc_id: str
    subnet_ids: tuple[str, ...]
    entries: tuple[AclEntry, ...]

    def __repr__(self) -> str:
        return f"network ACL {label(self.name, self.id)}"

    def allows(self, port: int, block: IPv4Network = EVERYWHERE) -> bool:
        """Whether TCP ``port`` may be reached from ``block``."""
        return self._lets(port, block, outbound=False)

    def releases(self, port: int, block: IPv4Network = EVERYWHERE) -> bool:
        """Whether TCP ``port`` of ``block`` may be reached from the subnets."""
        return self._lets(port, block, outbound=True)

    def _lets(self, port: int, block: IPv4Network, *, outbound: bool) -> bool:
        about = (one for one in self.entries if one.is_outbound is outbound and one.decides(port, block))
        first = next(about, None)
        return first is not None and first.allows


def network_acl(each: Fields) -> NetworkAcl:
    """An ACL from an entry of ``DescribeNetworkAcls``."""
    return NetworkAcl(
        id=each.text("NetworkAclId", ""),
        name=each.tag("Name"),
        vpc_id=each.text("VpcId", ""),
        subnet_ids=tuple(one.text("SubnetId", "") for one in each.each("Associations")),
        entries=tuple(sorted((_entry(one) for one in each.each("Entries")), key=lambda one: one.number)),
    )


def _entry(each: Fields) -> AclEntry:
    ports = each.within("PortRange")
    first, last = ports.number("From", None), ports.number("To", None)
    cidr = each.text("CidrBlock", "")
    return AclEntry(
        number=each.whole("RuleNumber"),
        is_outbound=each.flag("Egress"),
        allows=each.text("RuleAction", "deny") == "allow",
        protocol=each.text("Protocol", "-1"),
        block=ipv4_network(cidr, each.where) if cidr else None,
        first=None if first is None else int(first),
        last=None if last is None else int(last),
    )
