"""One rule of a security group: which traffic it is about, and who is at its other end."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network

from grader.evidence.fields import Fields
from grader.model.addresses import ipv4_network, ipv6_network

# IANA protocol numbers that EC2 may return instead of a name.
_PROTOCOLS = {"6": "tcp", "17": "udp", "1": "icmp", "58": "icmpv6"}
_WITH_PORTS = ("tcp", "udp")
_WITHOUT_HARM = ("icmp", "icmpv6")
ALL_PROTOCOLS = "-1"
ALL_PORTS = range(65536)


@dataclass(frozen=True, slots=True)
class Rule:
    """One permission: ``protocol`` by name or ``-1``; ``first`` to ``last`` are ports, None for all of them."""

    protocol: str
    first: int | None
    last: int | None
    blocks: tuple[IPv4Network, ...]
    ipv6_blocks: tuple[IPv6Network, ...]
    group_ids: tuple[str, ...]
    prefix_list_ids: tuple[str, ...]

    @property
    def ports(self) -> range:
        """The ports that it is about; AWS leaves them out, or says -1, where it means all."""
        if self.protocol not in _WITH_PORTS or self.first in (None, -1) or self.last is None:
            return ALL_PORTS
        return range(self.first or 0, self.last + 1)

    @property
    def traffic(self) -> str:
        """The traffic that it is about: ``TCP 80``, ``UDP 1000-2000``, ``all traffic``."""
        if self.protocol == ALL_PROTOCOLS:
            return "all traffic"
        if self.protocol not in _WITH_PORTS:
            return f"{'' if self.protocol in _WITHOUT_HARM else 'protocol '}{self.protocol.upper()}"
        if self.ports == ALL_PORTS:
            return f"all {self.protocol.upper()} ports"
        first, last = self.ports.start, self.ports.stop - 1
        return f"{self.protocol.upper()} {first}" if first == last else f"{self.protocol.upper()} {first}-{last}"

    def covers(self, port: int) -> bool:
        """Whether the rule is about TCP traffic on ``port``."""
        return self.protocol == ALL_PROTOCOLS or (self.protocol == "tcp" and port in self.ports)

    def spans(self, other: Rule) -> bool:
        """Whether the rule is about all the traffic that ``other`` is about."""
        inside = self.ports.start <= other.ports.start and other.ports.stop <= self.ports.stop
        return self.protocol == ALL_PROTOCOLS or (self.protocol == other.protocol and inside)

    def is_only(self, ports: Collection[int]) -> bool:
        """Whether it opens no port but these of TCP. ICMP has no ports and opens nothing."""
        if self.protocol in _WITHOUT_HARM:
            return True
        return self.protocol == "tcp" and all(port in ports for port in self.ports)

    def __repr__(self) -> str:
        ends = (*map(str, self.blocks), *map(str, self.ipv6_blocks), *self.group_ids, *self.prefix_list_ids)
        return f"{self.traffic} ↔ {', '.join(ends[:3]) or 'nobody'}"


def traffic_rule(each: Fields) -> Rule:
    """A rule from an entry of ``IpPermissions`` or ``IpPermissionsEgress``."""
    protocol = each.text("IpProtocol", ALL_PROTOCOLS).lower()
    first, last = each.number("FromPort", None), each.number("ToPort", None)
    pairs, lists = each.each("UserIdGroupPairs"), each.each("PrefixListIds")
    return Rule(
        protocol=_PROTOCOLS.get(protocol, protocol),
        first=None if first is None else int(first),
        last=None if last is None else int(last),
        blocks=tuple(ipv4_network(one.text("CidrIp"), one.where) for one in each.each("IpRanges")),
        ipv6_blocks=tuple(ipv6_network(one.text("CidrIpv6"), one.where) for one in each.each("Ipv6Ranges")),
        group_ids=tuple(group_id for one in pairs if (group_id := one.text("GroupId", ""))),
        prefix_list_ids=tuple(list_id for one in lists if (list_id := one.text("PrefixListId", ""))),
    )
