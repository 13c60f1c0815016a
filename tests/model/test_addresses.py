"""Blocks of addresses: what they cover together, which are private, and what is none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from grader.errors import EvidenceError
from grader.model.addresses import (
    covers,
    covers_all_of_ipv6,
    covers_everywhere,
    ip_block,
    ipv4_network,
    ipv6_network,
    is_private,
)  # fmt: skip


def blocks(*texts: str) -> list[Any]:
    """Blocks of either kind."""
    return [ip_block(text, "here") for text in texts]


def test_blocks_cover_what_they_hold_together() -> None:
    """Two halves are a whole; IPv6 says nothing of IPv4, and the other way round."""
    assert covers_everywhere(blocks("0.0.0.0/0"))
    assert covers_everywhere(blocks("0.0.0.0/1", "128.0.0.0/1", "::/0"))
    assert not covers_everywhere(blocks("0.0.0.0/1", "::/0"))
    assert covers_all_of_ipv6(blocks("::/1", "8000::/1", "0.0.0.0/0"))
    assert not covers_all_of_ipv6(blocks("0.0.0.0/0", "::/1"))


def test_every_wanted_block_has_to_be_covered() -> None:
    """And where nothing is wanted nothing is."""
    first, second = ipv4_network("10.0.1.0/24", "here"), ipv4_network("10.0.2.0/24", "here")
    assert covers([first, second], blocks("10.0.1.0/24", "10.0.2.0/25", "10.0.2.128/25"))
    assert not covers([first, second], blocks("10.0.1.0/24", "::/0"))
    assert not covers([], blocks("0.0.0.0/0"))


@pytest.mark.parametrize(
    ("text", "private"),
    [
        ("10.1.0.0/16", True), ("172.31.0.0/16", True), ("192.168.1.0/24", True), ("100.64.0.0/10", True),
        ("fd00::/8", True), ("8.8.8.0/24", False), ("172.0.0.0/8", False), ("2600::/16", False), ("0.0.0.0/0", False),
    ],
)  # fmt: skip
def test_a_block_is_private_with_all_of_its_addresses(text: str, private: bool) -> None:
    """RFC 1918 and 6598, and unique local addresses of IPv6."""
    assert is_private(ip_block(text, "here")) is private


@pytest.mark.parametrize(
    ("read", "text"),
    [
        (ip_block, "10.0.0.0/33"), (ip_block, "sg-1"), (ipv4_network, "::/0"), (ipv4_network, "x" * 500),
        (ipv6_network, "10.0.0.0/8"), (ipv6_network, ""),
    ],
)  # fmt: skip
def test_what_is_no_block_is_said_with_its_place(read: Callable[[str, str], object], text: str) -> None:
    """Cut to a readable length."""
    with pytest.raises(EvidenceError, match=r"^the rule: ") as error:
        read(text, "the rule")
    assert error.value.where == "the rule"
    assert len(str(error.value)) < 120


def test_bits_of_a_host_are_no_fault() -> None:
    """AWS keeps what was typed."""
    assert str(ipv4_network("10.0.0.7/16", "here")) == "10.0.0.0/16"
    assert str(ipv6_network("2600::7/16", "here")) == "2600::/16"
