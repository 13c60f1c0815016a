"""IPv4 blocks, as the model compares them."""

from __future__ import annotations

from ipaddress import IPv4Network, ip_network

from grader.errors import EvidenceError

EVERYWHERE = IPv4Network("0.0.0.0/0")
# RFC 1918 and, as the rulings allow, RFC 6598.
PRIVATE_RANGES = tuple(
    IPv4Network(block) for block in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")
)


def ipv4_network(text: str, where: str) -> IPv4Network:
    """A CIDR block of an answer; raises ``EvidenceError`` if it is none."""
    try:
        network = ip_network(text, strict=False)
    except ValueError as error:
        raise EvidenceError(f"{text[:60]!r} is not a CIDR block.", where=where) from error
    if not isinstance(network, IPv4Network):
        raise EvidenceError(f"{text[:60]!r} is not an IPv4 CIDR block.", where=where)
    return network
