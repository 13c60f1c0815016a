"""Blocks of IP addresses, as the model compares them."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network, collapse_addresses, ip_network

from grader.errors import EvidenceError

EVERYWHERE = IPv4Network("0.0.0.0/0")
EVERYWHERE_IPV6 = IPv6Network("::/0")
# RFC 1918 and, as the rulings allow, RFC 6598.
PRIVATE_RANGES = tuple(
    IPv4Network(block) for block in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")
)
_UNIQUE_LOCAL = IPv6Network("fc00::/7")
Block = IPv4Network | IPv6Network


def ip_block(text: str, where: str) -> Block:
    """A CIDR block of an answer, IPv4 or IPv6; raises ``EvidenceError`` if it is none."""
    try:
        return ip_network(text, strict=False)
    except ValueError as error:
        raise EvidenceError(f"{text[:60]!r} is not a CIDR block.", where=where) from error


def ipv4_network(text: str, where: str) -> IPv4Network:
    """An IPv4 CIDR block of an answer; raises ``EvidenceError`` if it is none."""
    network = ip_block(text, where)
    if not isinstance(network, IPv4Network):
        raise EvidenceError(f"{text[:60]!r} is not an IPv4 CIDR block.", where=where)
    return network


def ipv6_network(text: str, where: str) -> IPv6Network:
    """An IPv6 CIDR block of an answer; raises ``EvidenceError`` if it is none."""
    network = ip_block(text, where)
    if not isinstance(network, IPv6Network):
        raise EvidenceError(f"{text[:60]!r} is not an IPv6 CIDR block.", where=where)
    return network


def covers_everywhere(blocks: Iterable[Block]) -> bool:
    """Whether blocks together are all of IPv4."""
    return covers([EVERYWHERE], blocks)


def covers_all_of_ipv6(blocks: Iterable[Block]) -> bool:
    """Whether blocks together are all of IPv6."""
    return EVERYWHERE_IPV6 in collapse_addresses(block for block in blocks if isinstance(block, IPv6Network))


def covers(wanted: Iterable[IPv4Network], blocks: Iterable[Block]) -> bool:
    """Whether blocks together hold every wanted one; false where nothing is wanted."""
    together = tuple(collapse_addresses(block for block in blocks if isinstance(block, IPv4Network)))
    wanted = tuple(wanted)
    return bool(wanted) and all(any(one.subnet_of(block) for block in together) for one in wanted)


def is_private(block: Block) -> bool:
    """Whether a block holds private addresses alone."""
    if isinstance(block, IPv6Network):
        return block.subnet_of(_UNIQUE_LOCAL)
    return any(block.subnet_of(private) for private in PRIVATE_RANGES)
