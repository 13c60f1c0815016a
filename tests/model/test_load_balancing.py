"""Load balancers and target groups: who receives traffic, and what is healthy behind it."""

from __future__ import annotations

import pytest

from grader.errors import Pending
from grader.model.load_balancing import LoadBalancer, Target, serving_group, target_groups
from grader.model.security_groups import SecurityGroup
from tests.model.balancing import Json, account, arn, fixed, forward, group, listening, path, remarks, rule
from tests.model.evidence import REGION, evidence


def test_traffic_is_told_by_listeners_and_where_they_are_refused_by_awss_own_link() -> None:
    """A link alone is no traffic: AWS keeps it for a group with weight 0."""
    groups = (group("app"), group("apart", linked=False))

    def sends(listeners: list[Json] | None, name: str) -> bool:
        balancer, found = account(listeners, groups)
        return balancer.sends_traffic_to(found[name])

    assert sends([listening(forward("app"))], "app")
    assert sends([listening(forward("old")), listening(forward("app"), port=8080)], "app")
    assert sends([listening(fixed(), rule(forward("app"), path("/a")))], "app")
    assert not sends([listening(forward("old"))], "app")
    assert not sends([], "app")
    assert sends(None, "app")
    assert not sends(None, "apart")
    assert sends([listening(forward("old"), refused=True)], "app")
    assert not sends([listening(forward("old"), refused=True)], "apart")
    assert sends([listening(forward("apart"), refused=True)], "apart")


def test_what_a_balancer_forwards_to_is_known_as_far_as_aws_says() -> None:
    """Every group once, by rules and by default; of refused rules the default action alone."""
    both = listening(forward("old"), rule(forward("app", "old"), path("/a")))
    balancer, _ = account([both, listening(forward("old"), port=8080, refused=True)])
    assert set(balancer.forwarded_target_group_arns) == {arn("app"), arn("old")}
    assert len(balancer.forwarded_target_group_arns) == 2


class TestServingGroup:
    """Two target groups of one service: blue/green deployments."""

    @staticmethod
    def chosen(listeners: list[Json], *groups: Json) -> str:
        balancer, found = account(listeners, groups)
        return serving_group(list(found.values()), [balancer], 80).name

    def test_the_one_that_receives_http_80_serves(self) -> None:
        """Even if the other one alone is healthy, or receives the test traffic of another port."""
        listeners = [listening(forward(blue=0, green=1)), listening(forward("blue"), port=8080)]
        assert self.chosen(listeners, group("blue", "healthy"), group("green", "unhealthy")) == "green"

    def test_of_two_that_receive_it_the_healthy_one_serves(self) -> None:
        """While traffic is shifted both do."""
        listeners = [listening(forward("blue", "green"))]
        assert self.chosen(listeners, group("blue", "draining"), group("green", "initial", "healthy")) == "green"

    def test_other_traffic_outranks_none(self) -> None:
        """Where HTTP:80 leads to neither."""
        listeners = [listening(forward("green"), port=8080)]
        assert self.chosen(listeners, group("blue", "healthy"), group("green")) == "green"

    def test_refused_rules_leave_the_choice_to_health(self) -> None:
        """Both are linked to the load balancer then."""
        listeners = [listening(fixed(), refused=True)]
        assert self.chosen(listeners, group("blue"), group("green", "healthy")) == "green"

    def test_what_was_refused_is_no_sign(self) -> None:
        """A default action that is known outranks a rule that may be there."""
        listeners = [listening(forward("green"), refused=True)]
        assert self.chosen(listeners, group("blue", "healthy"), group("green")) == "green"

    def test_of_equal_ones_the_first_serves(self) -> None:
        """The service's own order decides."""
        assert self.chosen([], group("green"), group("blue")) == "green"


@pytest.mark.parametrize(
    ("states", "healthy"),
    [
        (["healthy"], True),
        (["draining", "healthy"], True),
        (["initial", "healthy"], True),
        (["draining"], False),
        (["unhealthy"], False),
        (["unhealthy.draining"], False),
        (["unused"], False),
        (["unavailable"], False),
        ([], False),
    ],
)
def test_one_healthy_target_is_enough_and_nothing_else_is(states: list[str], healthy: bool) -> None:
    """AWS's whole list of states."""
    _, groups = account([], [group("app", *states)])
    found = groups["app"].has_healthy_target
    assert bool(found) is healthy
    assert healthy or (states or ["no targets"])[0] in repr(found)


def test_a_target_in_its_first_health_checks_is_waited_for() -> None:
    """``initial`` is neither healthy nor a fault."""
    _, groups = account([], [group("app", "initial", "draining")])
    with pytest.raises(Pending):
        _ = groups["app"].has_healthy_target


@pytest.mark.parametrize(
    ("changed", "right"),
    [({}, True), ({"TargetType": "instance"}, False), ({"Protocol": "HTTPS"}, False), ({"Port": 80}, False)],
)
def test_a_target_group_takes_ip_targets_over_http_8000(changed: Json, right: bool) -> None:
    """Type, protocol and port each matter."""
    _, groups = account([], [group("app", **changed)])
    assert bool(groups["app"].takes_targets("ip", "HTTP", 8000)) is right


@pytest.mark.parametrize(
    ("asked", "right"),
    [("/health", True), ("/health/", True), ("/health?x=y", True), ("/healthz", False), ("/api/health", False),
     ("/", False), ("", False)],
)  # fmt: skip
def test_the_health_check_asks_health(asked: str, right: bool) -> None:
    """A slash or a query at the end is the same place."""
    _, groups = account([], [group("app", HealthCheckPath=asked)])
    assert bool(groups["app"].checks_health_at("/health")) is right


@pytest.mark.parametrize(
    ("state", "works"), [("active", True), ("active_impaired", True), ("failed", False), ("", False)]
)
def test_an_active_balancer_works(state: str, works: bool) -> None:
    """An impaired one routes, and is remarked; a failed one does not."""
    balancer, _ = account([], State={"Code": state})
    assert bool(balancer.is_active) is works
    assert bool(remarks(lambda: balancer.is_active)) is (state == "active_impaired")


def test_a_balancer_that_is_being_built_is_waited_for() -> None:
    """``provisioning`` is no fault: without a time of creation, and for fifteen minutes after it."""
    for created in (None, "2026-11-20T09:50:00+00:00"):
        with pytest.raises(Pending):
            _ = provisioning(created).is_active
    assert not provisioning("2026-11-20T09:40:00+00:00").is_active


def provisioning(created: str | None) -> LoadBalancer:
    """A load balancer that is being built, at ten o'clock."""
    balancer, _ = account([], State={"Code": "provisioning"}, CreatedTime=created)
    balancer.evidence.document["meta"]["now"] = "2026-11-20T10:00:00+00:00"
    return balancer


def test_a_balancer_without_public_ipv4_is_remarked() -> None:
    """Its scheme is right, but most clients do not reach it."""
    balancer, _ = account([], IpAddressType="dualstack-without-public-ipv4")
    assert balancer.is_internet_facing
    assert "IPv6" in remarks(lambda: balancer.is_internet_facing)[0]
    plain, _ = account([], Scheme="internal", IpAddressType="ipv4")
    assert not plain.is_internet_facing
    assert remarks(lambda: plain.is_internet_facing) == []


def test_a_balancer_carries_its_security_groups_alone() -> None:
    """By id; the message names those that it has."""
    balancer, _ = account([], SecurityGroups=["sg-1", "sg-2"])
    assert balancer.uses(_security_group("sg-2"))
    assert repr(balancer.uses(_security_group("sg-3"))).endswith("uses sg-1, sg-2; expected: security group sg-3")
    assert "no security group" in repr(account([])[0].uses(_security_group("sg-3")))


def _security_group(identifier: str) -> SecurityGroup:
    return SecurityGroup(identifier, identifier, "vpc-1", (), ())


def test_a_zone_without_a_subnet_is_left_out() -> None:
    """An Outpost names none."""
    balancer, _ = account([], AvailabilityZones=[{"ZoneName": "a"}, {"ZoneName": "b", "SubnetId": "subnet-1"}])
    assert balancer.subnet_ids == ("subnet-1",)


def test_a_target_says_who_it_is_and_why_it_is_not_healthy() -> None:
    """Its address, its port where it has one, AWS's reason, else AWS's description."""
    assert repr(Target("10.0.3.9", 8000, "healthy", "", "")) == "target 10.0.3.9:8000 is healthy"
    assert repr(Target("fn", None, "unused", "Target.NotInUse", "x")) == "target fn: is unused (Target.NotInUse)"
    assert repr(Target("i", 1, "draining", "", "in progress")) == "target i:1 is draining (in progress)"
    _, groups = account([], [group("app", "unhealthy", "unhealthy", "unhealthy", "unused")])
    found = groups["app"].has_healthy_target.found
    assert found == "; ".join(["target 10.0.3.9:8000 is unhealthy"] * 3)
    assert groups["app"].targets[0] == Target("10.0.3.9", 8000, "unhealthy", "", "")


def test_a_target_is_read_as_far_as_aws_tells_of_it() -> None:
    """A Lambda function has no port; a target without state and id is one that nothing is known of."""
    document = evidence(
        {
            "elbv2.DescribeTargetGroups": {"": {"TargetGroups": [group("app")]}},
            "elbv2.DescribeTargetHealth": {
                f"TargetGroupArn={arn('app')}": {
                    "TargetHealthDescriptions": [
                        {"Target": {"Id": "fn"}, "TargetHealth": {"State": "unused", "Reason": "Target.NotInUse"}}, {},
                    ]
                }
            },
        }
    )  # fmt: skip
    (only,) = target_groups(document, REGION)
    assert only.targets == (Target("fn", None, "unused", "Target.NotInUse", ""), Target("", None, "", "", ""))


def test_what_aws_leaves_out_has_its_usual_value() -> None:
    """An old answer without a type is of an application load balancer, and of targets by instance."""
    balancer, groups = account([], [{**group("app"), "TargetType": None, "TargetGroupName": None}], Type=None)
    assert balancer.type == "application"
    assert [(one.target_type, one.name) for one in groups.values()] == [("instance", "")]
    assert arn("app") in repr(next(iter(groups.values())))
