"""The way in and the way out: the first hop that is broken, and nothing that is not known."""

from __future__ import annotations

from grader.model.diagnosis.diagnosis import walks
from grader.model.diagnosis.hops import Hop
from grader.model.topology.deployment import topology
from grader.model.topology.marking import marked
from grader.model.topology.parts import State
from tests.model.diagnosis.scenes import Change, acl, endpoint, group, no_nat_route, refuse, scene

TASKS, FRONT = "sg-0f2222222222222f2", "sg-0f1111111111111f1"
PRIVATE = ("subnet-0b1111111111111b1", "subnet-0b2222222222222b2")


def broken(*changes: Change) -> list[str]:
    """What the broken hops say, inward then outward."""
    return [hop.said for hop in walks(scene(*changes).lab).broken]


def test_every_hop_of_the_correct_deployment_lets_traffic_pass() -> None:
    """Nothing is broken and nothing is unknown."""
    found = walks(scene().lab)
    assert {hop.state for hop in (*found.inward, *found.outward)} == {State.FINE}
    assert found.broken == ()


def test_a_missing_route_is_named_by_its_table() -> None:
    """The hop is the private subnet's route."""
    assert broken(no_nat_route) == [
        "route table private-route-table (rtb-0c2222222222222c2) has no route to 0.0.0.0/0",
    ]


def test_endpoints_replace_the_route() -> None:
    """A VPC without a NAT gateway works by endpoints with private DNS, and a gateway endpoint for S3."""
    ways = [endpoint(name, [TASKS]) for name in ("ecr.api", "ecr.dkr", "logs")]
    for_s3 = endpoint("s3", VpcEndpointType="Gateway", PrivateDnsEnabled=False, RouteTableIds=["rtb-0c2222222222222c2"])
    allows = group(
        TASKS, IpPermissions=[{"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": TASKS}, {"GroupId": FRONT}]}]
    )
    assert broken(no_nat_route, allows, *ways, for_s3) == []


def test_one_missing_endpoint_is_a_missing_way() -> None:
    """The layers of an image come from S3: without a way there, the endpoints of ECR do not help."""
    allows = group(
        TASKS, IpPermissions=[{"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": TASKS}, {"GroupId": FRONT}]}]
    )
    assert (
        "no route to 0.0.0.0/0"
        in broken(no_nat_route, allows, endpoint("ecr.api", [TASKS]), endpoint("ecr.dkr", [TASKS]))[0]
    )


def test_an_endpoint_stops_even_with_a_nat_gateway() -> None:
    """With private DNS all requests go through the endpoint, whatever the route table says."""
    assert "does not allow TCP 443" in broken(endpoint("ecr.dkr", [FRONT]))[0]


def test_an_endpoint_that_allows_the_vpc_is_fine() -> None:
    """By the block of the VPC as well as by the tasks' group."""
    rule = [{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "10.0.0.0/16"}]}]
    own = group(
        "sg-0f2222222222222f2", IpPermissions=[*rule, {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": FRONT}]}]
    )
    assert broken(own, endpoint("ecr.dkr", [TASKS])) == []


def test_an_acl_must_let_answers_back() -> None:
    """Network ACLs keep no state: the answer needs an entry of its own."""
    out_only = acl(PRIVATE, (True, "0.0.0.0/0", 0, 65535), (False, "10.0.0.0/16", 0, 65535))
    assert "does not allow responses" in broken(out_only)[0]


def test_an_acl_as_tight_as_can_be_is_fine() -> None:
    """Port 8000 in from the VPC, answers both ways, 443 out."""
    tight = acl(
        PRIVATE,
        (False, "10.0.0.0/16", 8000, 8000),
        (False, "0.0.0.0/0", 1024, 65535),
        (True, "0.0.0.0/0", 443, 443),
        (True, "10.0.0.0/16", 1024, 65535),
    )
    assert broken(tight) == []


def test_what_aws_would_not_say_is_not_known_and_breaks_nothing() -> None:
    """A refused network ACL is a question mark, not a fault."""
    found = walks(scene(refuse("ec2.DescribeNetworkAcls")).lab)
    assert found.broken == ()
    assert State.UNKNOWN in {hop.state for hop in found.inward}


def test_a_narrow_rule_of_the_load_balancer_is_enough() -> None:
    """By the blocks of the load balancer's subnets instead of its group."""
    blocks = [{"CidrIp": "10.0.1.0/24"}, {"CidrIp": "10.0.2.0/24"}]
    narrow = group(TASKS, IpPermissions=[{"IpProtocol": "tcp", "FromPort": 8000, "ToPort": 8000, "IpRanges": blocks}])
    assert broken(narrow) == []


def test_the_broken_hop_is_red_in_the_picture() -> None:
    """Also where no claim of the lab is about it, as with a network ACL; a part that is red keeps its own words."""
    lab = scene(acl(PRIVATE, (True, "0.0.0.0/0", 0, 65535))).lab
    hop: Hop = walks(lab).broken[0]
    drawn = marked(topology(lab), [hop])
    part = getattr(drawn, hop.place.value)
    assert part.state is State.FAULTY
    assert part.note == hop.said
    assert topology(lab).private.state is State.FINE
