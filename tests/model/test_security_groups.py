"""Security groups: what each opens, and which two are the lab's."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv4Network
from typing import Any

import pytest

from grader.errors import EvidenceError
from grader.evidence.fields import Fields
from grader.evidence.tracking import Remark, reading
from grader.model.security_groups import LabSecurityGroups, SecurityGroup, choose_groups, security_group

Json = dict[str, Any]
VPC = (IPv4Network("10.0.0.0/16"),)
TASKS = (IPv4Network("10.0.3.0/24"), IPv4Network("10.0.4.0/24"))
NOBODY: frozenset[str] = frozenset()


def opens(protocol: str, first: int | None, last: int | None, *ends: str) -> Json:
    """A rule for traffic with these ends: CIDR blocks, ``sg-`` or ``pl-`` ids."""
    rule: Json = {
        "IpProtocol": protocol,
        "IpRanges": [{"CidrIp": end} for end in ends if "." in end],
        "Ipv6Ranges": [{"CidrIpv6": end} for end in ends if ":" in end],
        "UserIdGroupPairs": [{"GroupId": end, "UserId": "1"} for end in ends if end.startswith("sg-")],
        "PrefixListIds": [{"PrefixListId": end} for end in ends if end.startswith("pl-")],
    }
    return rule if first is None else {**rule, "FromPort": first, "ToPort": last}


def tcp(port: int, *ends: str) -> Json:
    """A rule for one port of TCP."""
    return opens("tcp", port, port, *ends)


def everything(*ends: str) -> Json:
    """A rule for all traffic."""
    return opens("-1", None, None, *ends)


def made(name: str, *inbound: Json, out: list[Json] | None = None) -> SecurityGroup:
    """A group ``sg-NAME``; it lets everything out where nothing else is said."""
    outbound = [everything("0.0.0.0/0")] if out is None else out
    described = {"GroupId": f"sg-{name}", "GroupName": name, "VpcId": "vpc-1"}
    rules = {"IpPermissions": list(inbound), "IpPermissionsEgress": outbound}
    return security_group(Fields({**described, **rules}, "DescribeSecurityGroups"))


def front(*inbound: Json, out: list[Json] | None = None) -> SecurityGroup:
    """The load balancer's group, open on port 80 where nothing else is said."""
    return made("alb", *(inbound or (tcp(80, "0.0.0.0/0"),)), out=out)


def back(*inbound: Json, out: list[Json] | None = None) -> SecurityGroup:
    """The resources' group, open to the load balancer's where nothing else is said."""
    return made("app", *(inbound or (tcp(8000, "sg-alb"),)), out=out)


def lab(first: SecurityGroup | None = None, second: SecurityGroup | None = None, **more: Any) -> LabSecurityGroups:
    """The two groups in a VPC 10.0.0.0/16 with tasks in two of its subnets."""
    blocks = {"vpc_blocks": VPC, "task_blocks": TASKS, **more}
    return LabSecurityGroups(first or front(), second or back(), **blocks)


def remarks(claim: Callable[[], object]) -> list[str]:
    """What a claim remarks."""
    with reading() as read:
        claim()
    return sorted(one.text for one in read if isinstance(one, Remark))


@pytest.mark.parametrize(
    ("rules", "right"),
    [
        ([tcp(80, "0.0.0.0/0")], True),
        ([tcp(80, "0.0.0.0/1", "128.0.0.0/1")], True),
        ([tcp(80, "0.0.0.0/1"), everything("128.0.0.0/1")], True),
        ([opens("6", 80, 80, "0.0.0.0/0")], True),
        ([opens("tcp", 79, 81, "0.0.0.0/0")], True),
        ([opens("tcp", 0, 65535, "0.0.0.0/0")], True),
        ([opens("tcp", None, None, "0.0.0.0/0")], True),
        ([opens("tcp", -1, -1, "0.0.0.0/0")], True),
        ([opens("tcp", 443, None, "0.0.0.0/0")], True),
        ([opens("TCP", 80, 80, "0.0.0.0/0")], True),
        ([everything("0.0.0.0/0")], True),
        ([opens("tcp", 80, 80, "0.0.0.0/0", "::/0")], True),
        ([opens("tcp", 81, 90, "0.0.0.0/0")], False),
        ([opens("tcp", 70, 79, "0.0.0.0/0")], False),
        ([opens("udp", 80, 80, "0.0.0.0/0")], False),
        ([opens("icmp", 80, -1, "0.0.0.0/0")], False),
        ([opens("1", -1, -1, "0.0.0.0/0")], False),
        ([tcp(80, "0.0.0.0/1")], False),
        ([tcp(80, "0.0.0.0/1"), tcp(81, "128.0.0.0/1")], False),
        ([tcp(80, "::/0")], False),
        ([tcp(80, "pl-1")], False),
        ([tcp(80, "sg-app")], False),
        ([tcp(80, "203.0.113.7/32")], False),
        ([tcp(443, "0.0.0.0/0")], False),
    ],
)
def test_port_80_is_open_to_all_of_ipv4(rules: list[Json], right: bool) -> None:
    """In one rule or several together, by name or number of the protocol, in a range or with all traffic."""
    assert bool(lab(front(*rules)).allow_the_world_on(80)) is right


@pytest.mark.parametrize(
    ("rules", "right"),
    [
        ([tcp(8000, "sg-alb")], True),
        ([opens("tcp", 8000, 8010, "sg-alb")], True),
        ([everything("sg-alb")], True),
        ([tcp(8000, "sg-other", "sg-alb")], True),
        ([tcp(8000, "sg-other")], False),
        ([tcp(8000, "sg-app")], False),
        ([tcp(8000, "10.0.0.0/16")], False),
        ([tcp(8000, "0.0.0.0/0")], False),
        ([opens("udp", 8000, 8000, "sg-alb")], False),
        ([tcp(80, "sg-alb")], False),
    ],
)
def test_port_8000_is_open_to_the_balancers_group(rules: list[Json], right: bool) -> None:
    """By its id: neither its addresses nor another group are as good."""
    assert bool(lab(second=back(*rules)).allow_the_load_balancer_on(8000)) is right


@pytest.mark.parametrize(
    ("rules", "right"),
    [
        ([tcp(8000, "sg-alb")], True),
        ([tcp(8000, "10.0.0.0/16")], True),
        ([tcp(8000, "pl-1")], True),
        ([tcp(8000, "fd00::/8")], True),
        ([tcp(8000, "sg-alb"), tcp(9000, "0.0.0.0/0")], True),
        ([tcp(8000, "sg-alb"), tcp(9000, "::/0")], True),
        ([tcp(8000, "sg-alb"), opens("udp", 8000, 8000, "0.0.0.0/0")], True),
        ([tcp(8000, "sg-alb"), tcp(8000, "0.0.0.0/0")], False),
        ([tcp(8000, "sg-alb", "::/0")], False),
        ([tcp(8000, "sg-alb", "::/1", "8000::/1")], False),
        ([tcp(8000, "sg-alb", "0.0.0.0/1"), opens("tcp", 1, 9000, "128.0.0.0/1")], False),
        ([everything("0.0.0.0/0")], False),
        ([tcp(80, "sg-alb")], False),
        ([tcp(8000)], False),
        ([opens("udp", 8000, 8000, "sg-alb")], False),
    ],
)
def test_port_8000_is_open_to_somebody_and_not_to_the_world(rules: list[Json], right: bool) -> None:
    """The world is all of IPv4 or all of IPv6, in one rule or several together."""
    assert bool(lab(second=back(*rules)).do_not_open_to_the_world(8000)) is right


@pytest.mark.parametrize(
    ("rules", "right"),
    [
        ([everything("0.0.0.0/0")], True),
        ([tcp(8000, "sg-app")], True),
        ([tcp(8000, "10.0.3.0/24", "10.0.4.0/24")], True),
        ([tcp(8000, "10.0.3.0/24"), tcp(8000, "10.0.4.0/24")], True),
        ([tcp(8000, "10.0.3.0/25", "10.0.3.128/25", "10.0.4.0/22")], True),
        ([tcp(8000, "10.0.0.0/16")], True),
        ([tcp(8000, "0.0.0.0/1", "128.0.0.0/1")], True),
        ([tcp(8000, "10.0.3.0/24")], False),
        ([tcp(8000, "10.0.3.0/25", "10.0.4.0/24")], False),
        ([tcp(8000, "10.0.1.0/24", "10.0.2.0/24")], False),
        ([tcp(8000, "::/0")], False),
        ([tcp(8000, "sg-alb")], False),
        ([tcp(80, "sg-app")], False),
        ([tcp(8000, "pl-1")], False),
        ([tcp(80, "0.0.0.0/0")], False),
        ([opens("udp", 8000, 8000, "0.0.0.0/0")], False),
        ([], False),
    ],
)
def test_the_balancer_reaches_every_subnet_of_the_tasks(rules: list[Json], right: bool) -> None:
    """Hardened egress passes if it covers those subnets, in one block or in several together."""
    assert bool(lab(front(out=rules)).allow_outbound_traffic(8000)) is right


def test_without_subnets_the_blocks_of_the_vpc_count() -> None:
    """And where not even those are known, only a rule that names the group is enough."""
    some, all_of_it = front(out=[tcp(8000, "10.0.3.0/24")]), front(out=[tcp(8000, "10.0.0.0/16")])
    assert not lab(some, task_blocks=()).allow_outbound_traffic(8000)
    assert lab(all_of_it, task_blocks=()).allow_outbound_traffic(8000)
    assert not lab(all_of_it, task_blocks=(), vpc_blocks=()).allow_outbound_traffic(8000)
    assert lab(front(out=[tcp(8000, "sg-app")]), task_blocks=(), vpc_blocks=()).allow_outbound_traffic(8000)


@pytest.mark.parametrize(
    ("rules", "right"),
    [
        ([everything("0.0.0.0/0")], True),
        ([tcp(443, "0.0.0.0/0")], True),
        ([tcp(443, "0.0.0.0/1"), opens("tcp", 0, 1000, "128.0.0.0/1")], True),
        ([tcp(443, "pl-s3"), tcp(443, "sg-endpoints")], True),
        ([tcp(443, "pl-s3", "10.0.0.0/16")], True),
        ([tcp(443, "pl-s3")], False),
        ([tcp(443, "10.0.0.0/16")], False),
        ([tcp(443, "sg-endpoints")], False),
        ([tcp(443, "pl-s3", "10.0.3.0/24")], False),
        ([tcp(443, "pl-s3"), tcp(80, "10.0.0.0/16")], False),
        ([tcp(443, "pl-s3"), tcp(80, "sg-endpoints")], False),
        ([tcp(80, "pl-s3"), tcp(443, "sg-endpoints")], False),
        ([tcp(443, "::/0")], False),
        ([tcp(443, "0.0.0.0/1")], False),
        ([tcp(80, "0.0.0.0/0")], False),
        ([], False),
    ],
)
def test_the_tasks_reach_port_443(rules: list[Json], right: bool) -> None:
    """Of the internet, or of S3's prefix list and of interface endpoints."""
    assert bool(lab(second=back(out=rules)).allow_outbound_traffic(8000)) is right


def test_egress_to_endpoints_alone_is_remarked() -> None:
    """It works only where there is an endpoint for each service."""
    hardened = lab(second=back(out=[tcp(443, "pl-s3", "10.0.0.0/16")]))
    assert "VPC endpoints" in remarks(lambda: hardened.allow_outbound_traffic(8000))[0]
    open_too = lab(second=back(out=[everything("0.0.0.0/0"), tcp(443, "pl-s3", "sg-endpoints")]))
    assert remarks(lambda: (lab().allow_outbound_traffic(8000), open_too.allow_outbound_traffic(8000))) == []


def test_one_group_for_both_parts_loses_what_needs_two() -> None:
    """Its port 80 and its egress count; port 8000 has nobody to be opened to."""
    both = made("alb", tcp(80, "0.0.0.0/0"), tcp(8000, "sg-alb"))
    groups = lab(both, both)
    assert groups.allow_the_world_on(80)
    assert groups.allow_outbound_traffic(8000)
    assert not groups.allow_the_load_balancer_on(8000)
    assert not groups.do_not_open_to_the_world(8000)


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (tcp(3389, "0.0.0.0/0"), "TCP 3389 to the internet (0.0.0.0/0)"),
        (tcp(22, "::/0"), "TCP 22 to the internet (::/0)"),
        (tcp(22, "0.0.0.0/0", "::/0"), "TCP 22 to the internet (0.0.0.0/0 and ::/0)"),
        (tcp(22, "0.0.0.0/1", "128.0.0.0/1"), "TCP 22 to the internet (0.0.0.0/0)"),
        (opens("udp", 53, 53, "0.0.0.0/0"), "UDP 53 to the internet (0.0.0.0/0)"),
        (opens("17", 53, 53, "0.0.0.0/0"), "UDP 53 to the internet (0.0.0.0/0)"),
        (opens("udp", 443, 443, "0.0.0.0/0"), "UDP 443 to the internet (0.0.0.0/0)"),
        (opens("tcp", 80, 443, "0.0.0.0/0"), "TCP 80-443 to the internet (0.0.0.0/0)"),
        (opens("tcp", 0, 65535, "0.0.0.0/0"), "all TCP ports to the internet (0.0.0.0/0)"),
        (opens("50", None, None, "0.0.0.0/0"), "protocol 50 to the internet (0.0.0.0/0)"),
        (everything("0.0.0.0/0"), "all traffic to the internet (0.0.0.0/0)"),
    ],
)
def test_a_port_that_the_lab_does_not_need_is_named_where_it_is_open_to_the_world(rule: Json, words: str) -> None:
    """On both groups, and at no cost."""
    first, second = front(tcp(80, "0.0.0.0/0"), rule), back(tcp(8000, "sg-alb"), rule)
    groups = lab(first, second)
    assert groups.allow_the_world_on(80)
    for group, claim in (
        (first, lambda: groups.allow_the_world_on(80)),
        (second, lambda: groups.do_not_open_to_the_world(8000)),
    ):
        assert remarks(claim) == [f"{group!r} opens {words}. The lab does not need it."]


@pytest.mark.parametrize(
    ("first", "second", "found"),
    [
        (tcp(22, "0.0.0.0/1"), opens("tcp", 20, 25, "128.0.0.0/1"), ("TCP 22",)),
        (tcp(22, "0.0.0.0/1"), everything("128.0.0.0/1"), ("TCP 22",)),
        (tcp(22, "::/1"), tcp(22, "8000::/1"), ("TCP 22",)),
        (opens("tcp", 22, 30, "0.0.0.0/1"), opens("tcp", 22, 25, "128.0.0.0/1"), ("TCP 22-25",)),
        (opens("tcp", 20, 25, "0.0.0.0/1"), opens("tcp", 21, 25, "128.0.0.0/1"), ("TCP 21-25",)),
        (tcp(22, "0.0.0.0/1"), opens("udp", 22, 22, "128.0.0.0/1"), ()),
        (tcp(22, "0.0.0.0/1"), tcp(22, "8000::/1"), ()),
    ],
)
def test_halves_of_the_world_in_two_rules_are_the_world(first: Json, second: Json, found: tuple[str, ...]) -> None:
    """Where one is as wide as the other: the same protocol, or all, and at least the same ports."""
    for rules in ((first, second), (second, first)):
        assert tuple(words.split(" to ")[0] for words in front(*rules).opened_to_the_world(80)) == found


@pytest.mark.parametrize(
    "rule",
    [
        tcp(443, "0.0.0.0/0"),
        tcp(22, "203.0.113.7/32"),
        tcp(22, "0.0.0.0/1"),
        tcp(22, "sg-bastion"),
        opens("icmp", 8, -1, "0.0.0.0/0"),
        opens("1", -1, -1, "0.0.0.0/0"),
        opens("58", -1, -1, "::/0"),
    ],
)
def test_what_is_not_open_to_the_world_or_harmless_is_not_remarked(rule: Json) -> None:
    """Port 443 of the load balancer, a person's own address, ping."""
    groups = lab(front(tcp(80, "0.0.0.0/0"), rule))
    assert remarks(lambda: groups.allow_the_world_on(80)) == []


def test_the_resources_need_no_port_of_the_world() -> None:
    """There 80 and 443 are noted as well; an open 8000 is lost, not noted."""
    groups = lab(second=back(tcp(443, "0.0.0.0/0"), tcp(80, "::/0"), tcp(8000, "sg-alb", "0.0.0.0/0")))
    assert [text.split(" opens ")[1][:7] for text in remarks(lambda: groups.do_not_open_to_the_world(8000))] == [
        "TCP 443",
        "TCP 80 ",
    ]


@pytest.mark.parametrize(
    ("rule", "noted"),
    [
        (opens("tcp", 8000, 8001, "sg-alb"), True),
        (everything("sg-alb"), True),
        (tcp(22, "sg-alb"), True),
        (tcp(8000, "sg-alb"), False),
        (tcp(22, "sg-bastion"), False),
    ],
)
def test_more_than_port_8000_from_the_balancer_is_remarked(rule: Json, noted: bool) -> None:
    """It is accepted, and named."""
    groups = lab(second=back(tcp(8000, "sg-alb"), rule))
    assert bool(remarks(lambda: groups.allow_the_load_balancer_on(8000))) is noted


def test_messages_show_the_rules_that_matter() -> None:
    """Those about the port; where there are none, what there is."""
    refused = lab(front(tcp(443, "0.0.0.0/0")), back(tcp(22, "sg-alb")))
    assert "on port 80: nothing, but has TCP 443 ↔ 0.0.0.0/0" in repr(refused.allow_the_world_on(80))
    mixed = lab(front(tcp(443, "0.0.0.0/0"), tcp(80, "203.0.113.7/32")))
    assert "on port 80: TCP 80 ↔ 203.0.113.7/32;" in repr(mixed.allow_the_world_on(80))
    hardened = lab(front(out=[tcp(8000, "10.0.3.0/24")]))
    assert "it has TCP 8000 ↔ 10.0.3.0/24; expected" in repr(hardened.allow_outbound_traffic(8000))
    assert "10.0.3.0/24, 10.0.4.0/24" in hardened.allow_outbound_traffic(8000).expected
    assert repr(lab(made("alb")).allow_the_world_on(80)).endswith(
        "allows on port 80: nothing; expected: TCP 80 from 0.0.0.0/0"
    )
    open_to_all = lab(second=back(tcp(8000, "0.0.0.0/0"))).do_not_open_to_the_world(8000)
    assert "on port 8000: TCP 8000 ↔ 0.0.0.0/0; expected: only the load balancer" in repr(open_to_all)
    assert "it has no rule" in repr(lab(second=back(out=[])).allow_outbound_traffic(8000))


def test_a_block_that_is_none_is_a_fault_of_the_evidence() -> None:
    """IPv4 and IPv6 alike."""
    for rule in ({"IpRanges": [{"CidrIp": "::/0"}]}, {"Ipv6Ranges": [{"CidrIpv6": "0.0.0.0/0"}]}):
        with pytest.raises(EvidenceError, match="is not an IPv"):
            front(rule)


class TestChoosing:
    """Which two of a VPC's groups are the load balancer's and the resources'."""

    default = made("default", everything("sg-default"))

    def chosen(self, *groups: SecurityGroup, on: str = "", at: str = "") -> tuple[str, str]:
        """The names of the pair; ``on`` the load balancer and ``at`` the service are these groups."""
        pair, turned = (choose_groups(order, _ids(on), _ids(at), 80, 8000) for order in (groups, groups[::-1]))
        assert pair is not None
        assert pair == turned, "AWS's order must not matter"
        return pair[0].name, pair[1].name

    def test_the_pair_is_found_without_anything_attached(self) -> None:
        """By port 80, and by the rule that allows the one to the other, whatever the names."""
        web, api = made("b", tcp(80, "0.0.0.0/0")), made("a", tcp(8000, "sg-b"))
        other = made("c", tcp(80, "0.0.0.0/0"))
        assert self.chosen(self.default, other, web, api) == ("b", "a")

    def test_attached_groups_outrank_a_perfect_pair_beside_them(self) -> None:
        """Two of everything: what the load balancer and the service carry is the lab's, with its faults."""
        first, second = front(tcp(443, "0.0.0.0/0")), back(tcp(8000, "sg-alb"))
        others = (made("alb2", tcp(80, "0.0.0.0/0")), made("app2", tcp(8000, "sg-alb2")))
        assert self.chosen(*others, first, second, on="alb", at="app") == ("alb", "app")
        assert self.chosen(*others, front(), back(tcp(8000, "10.0.0.0/16")), on="alb", at="app") == ("alb", "app")

    def test_a_leftover_that_the_rule_names_does_not_outrank_the_attached_group(self) -> None:
        """On either side: the attached group with one wrong rule stays the lab's."""
        old_front = made("old", tcp(80, "0.0.0.0/0"))
        assert self.chosen(old_front, front(), back(tcp(8000, "sg-old")), on="alb", at="app") == ("alb", "app")
        old_back = made("old", tcp(8000, "sg-alb"))
        assert self.chosen(old_back, front(), back(tcp(8000, "10.0.0.0/16")), on="alb", at="app") == ("alb", "app")

    def test_the_default_group_on_a_service_or_balancer_does_not_hide_the_lab_s(self) -> None:
        """Then the service or the load balancer uses the wrong group; the groups are right."""
        groups = (self.default, front(), back())
        assert self.chosen(*groups, on="alb", at="default") == ("alb", "app")
        later = made("resources", tcp(8000, "sg-alb"))
        assert self.chosen(self.default, front(), later, on="alb", at="default") == ("alb", "resources")
        assert self.chosen(*groups, on="default", at="app") == ("alb", "app")
        assert self.chosen(*groups, on="default", at="default") == ("alb", "app")

    def test_of_several_attached_groups_those_that_play_the_parts_are_taken(self) -> None:
        """A further group on both, as a monitoring agent needs it."""
        extra = made("aaa", everything("10.0.0.0/16"))
        assert self.chosen(extra, front(), back(), on="alb aaa", at="app aaa") == ("alb", "app")

    def test_a_group_that_a_rule_names_is_a_candidate_though_closed(self) -> None:
        """The load balancer's group without its rule for port 80."""
        closed = made("alb", tcp(443, "203.0.113.7/32"))
        assert self.chosen(self.default, closed, back()) == ("alb", "app")

    def test_what_is_attached_is_a_candidate_though_its_rules_are_wrong(self) -> None:
        """On the load balancer without port 80, on the service without port 8000."""
        closed = made("alb", tcp(443, "203.0.113.7/32"))
        assert self.chosen(self.default, closed, back(tcp(8000, "10.0.0.0/16")), on="alb", at="app") == ("alb", "app")
        assert self.chosen(self.default, front(), back(tcp(22, "sg-alb")), on="alb", at="app") == ("alb", "app")

    def test_of_equal_ones_the_first_by_name_is_taken(self) -> None:
        """Ids are random, and so is AWS's order."""
        assert self.chosen(made("b", tcp(80, "0.0.0.0/0")), made("a", tcp(80, "0.0.0.0/0"))) == ("a", "a")

    def test_a_deleted_group_that_a_rule_names_is_none(self) -> None:
        """A rule keeps the id of a deleted group, or one of another VPC; its name helps nobody."""
        gone = back(tcp(8000, "sg-gone"))
        assert self.chosen(made("gone-alb", tcp(80, "0.0.0.0/0")), gone) == ("gone-alb", "app")
        assert self.chosen(gone, at="app") == ("app", "app")

    def test_one_group_plays_both_parts_where_there_is_no_other(self) -> None:
        """Also if the one that exists plays neither well."""
        only = made("all", tcp(80, "0.0.0.0/0"), tcp(8000, "sg-all"))
        assert self.chosen(self.default, only, on="all", at="all") == ("all", "all")
        assert self.chosen(self.default, front()) == ("alb", "alb")
        assert self.chosen(self.default, on="default", at="default") == ("default", "default")

    def test_of_groups_for_one_part_alone_the_attached_one_is_taken(self) -> None:
        """A leftover with port 80 open comes after the one that the load balancer carries."""
        assert self.chosen(made("a", tcp(80, "0.0.0.0/0")), front(), on="alb") == ("alb", "alb")

    def test_the_default_group_alone_is_no_pair(self) -> None:
        """AWS made it; it allows itself on every port."""
        assert choose_groups([self.default], NOBODY, NOBODY, 80, 8000) is None
        assert choose_groups([], NOBODY, NOBODY, 80, 8000) is None


def _ids(names: str) -> frozenset[str]:
    return frozenset(f"sg-{name}" for name in names.split())
