"""Two answers of AWS compared field by field."""

from __future__ import annotations

from typing import Any

import pytest

from grader.compare.differences import Difference, differences


def found(old: Any, new: Any) -> list[tuple[str, str | None, str | None]]:
    """The differences as plain tuples."""
    return [(each.path, each.old, each.new) for each in differences(old, new)]


def subnet(number: int, **fields: object) -> dict[str, object]:
    """A subnet as DescribeSubnets gives it, with some of its fields."""
    return {"SubnetId": f"subnet-{number}", "VpcId": "vpc-1", "OwnerId": "123456789012", **fields}


def test_a_changed_field_has_its_path_and_both_values() -> None:
    """The path leads through the elements by what identifies them."""
    old = {"Subnets": [subnet(1, Public=True), subnet(2, Public=True)]}
    new = {"Subnets": [subnet(1, Public=True), subnet(2, Public=False)]}
    assert found(old, new) == [("Subnets[subnet-2].Public", "true", "false")]


def test_the_order_of_a_list_is_no_difference() -> None:
    """AWS returns lists in any order, of records and of plain values."""
    old = {"Subnets": [subnet(1), subnet(2)], "Groups": ["a", "b"]}
    assert found(old, {"Subnets": [subnet(2), subnet(1)], "Groups": ["b", "a"]}) == []


def test_how_often_an_element_occurs_is_a_difference() -> None:
    """A list is no set."""
    assert found(["a", "a"], ["a"]) == [("[]", '"a"', None)]


def test_an_element_that_came_or_went_is_named() -> None:
    """A new resource has no old value, a deleted one no new value."""
    changes = found({"Subnets": [subnet(1)]}, {"Subnets": [subnet(2)]})
    assert [(path, old is None, new is None) for path, old, new in changes] == [
        ("Subnets[subnet-1]", False, True),
        ("Subnets[subnet-2]", True, False),
    ]


def test_a_resource_made_anew_under_its_name_is_compared_with_its_predecessor() -> None:
    """Deleted and built again, it has another id; what else differs is what matters."""
    tags = [{"Key": "Name", "Value": "private-1"}]
    old, new = subnet(1, Tags=tags, Zone="a"), subnet(7, Tags=tags, Zone="b")
    assert found({"Subnets": [old]}, {"Subnets": [new]}) == [
        ("Subnets[private-1].SubnetId", '"subnet-1"', '"subnet-7"'),
        ("Subnets[private-1].Zone", '"a"', '"b"'),
    ]


def test_the_owners_account_identifies_nothing() -> None:
    """A single record is known by its own id, not by the account that it shares with all others."""
    old = [{"UserId": "123456789012", "GroupId": "sg-1"}]
    new = [{"UserId": "123456789012", "GroupId": "sg-2"}]
    assert found(old, new)[0][0] == "[sg-1]"


def test_a_route_is_known_by_its_destination() -> None:
    """What it leads to is what changes."""
    old = {"Routes": [{"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-1"}]}
    new = {"Routes": [{"DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": "nat-1"}]}
    assert found(old, new) == [
        ("Routes[0.0.0.0/0].GatewayId", '"igw-1"', None),
        ("Routes[0.0.0.0/0].NatGatewayId", None, '"nat-1"'),
    ]


def test_records_without_identity_are_paired_by_likeness() -> None:
    """A rule that changed one of its fields is one change, not a rule gone and a rule come."""
    old = [{"Type": "a", "Limit": 1, "Unit": "x"}, {"Type": "a", "Limit": 1, "Unit": "y"}]
    new = [{"Type": "a", "Limit": 2, "Unit": "x"}, {"Type": "a", "Limit": 1, "Unit": "y"}]
    assert found(old, new) == [("[].Limit", "1", "2")]


def test_json_within_a_text_is_compared_as_json() -> None:
    """A policy document is a text; the changed statement is what counts."""
    assert found({"Policy": '{"Effect": "Allow", "A": 1}'}, {"Policy": '{"A": 1, "Effect": "Deny"}'}) == [
        ("Policy.Effect", '"Allow"', '"Deny"')
    ]


def test_a_long_text_is_shown_where_it_differs() -> None:
    """The start that both share is left out."""
    old, new = "x" * 5000 + "one", "x" * 5000 + "two"
    ((_, before, after),) = found(old, new)
    assert before is not None
    assert after is not None
    assert before.endswith('one"')
    assert after.endswith('two"')
    assert max(len(before), len(after)) < 130


def test_many_elements_are_told_together() -> None:
    """A log that was replaced is two changes, not two hundred."""
    old = [{"eventId": str(number), "message": f"old {number}"} for number in range(100)]
    new = [{"eventId": str(number), "message": f"new {number}"} for number in range(200, 300)]
    changes = found({"events": old}, {"events": new})
    assert [path for path, _, _ in changes] == ["events[]", "events[]"]
    assert "old 0" in str(changes[0][1])


@pytest.mark.parametrize(
    ("old", "new"),
    [(None, 0), ("1", 1), ({}, []), ([], None), ({"a": 1}, {"a": {"b": 1}}), ([{"a": 1}], ["a"]), ([1], ["1"])],
)
def test_values_of_different_types_differ(old: object, new: object) -> None:
    """A number is no text and nothing is no zero; no mixture stops the comparison."""
    assert all(isinstance(each, Difference) for each in differences(old, new))
    assert found({"x": old}, {"x": new})


def test_hostile_depth_and_width_end_in_time() -> None:
    """Lists of thousands of alike elements are compared in bounded time."""
    old = [{"Kind": "a", "Number": number % 7} for number in range(3000)]
    new = [{"Kind": "b", "Number": number % 5} for number in range(3000)]
    assert found(old, new)


def test_a_text_that_only_looks_like_json_is_a_text() -> None:
    """A log line that starts with a brace is compared as it is."""
    assert found({"a": "{one"}, {"a": "{two"}) == [("a", '"{one"', '"{two"')]
