"""Candidate sets: what in an account may be the lab, which of it is judged, and what --bind fixes."""

from __future__ import annotations

from typing import Any

import pytest

from grader.errors import UsageError
from grader.evidence import Evidence
from grader.model.account import Account
from grader.model.candidates import MOST_SETS, candidate_sets
from grader.model.findings import known
from grader.model.lab import Candidates, Lab, candidates
from tests.cases import LAB, golden, grade_one
from tests.grading import leftovers

LAB_VPC = "vpc-0a1b2c3d4e5f60718"


def sets(document: dict[str, Any]) -> list[tuple[str, str]]:
    """(VPC id, service name) of every candidate set."""
    found = candidate_sets(Account(Evidence(document), LAB))
    return [(one.vpc_id, one.service.name if one.service else "") for one in found]


def found(document: dict[str, Any], **binds: str) -> Candidates:
    """What is judged."""
    return candidates(Evidence(document), LAB, binds)


def parts(lab: Lab) -> dict[str, str]:
    """What was chosen for each noun, by name or id."""
    chosen = {noun: binding.chosen for noun, binding in lab.bindings().items()}
    return {noun: getattr(one, "family", "") or getattr(one, "name", "") or one.id for noun, one in chosen.items()}


def without_service(document: dict[str, Any]) -> dict[str, Any]:
    """The lab before its service was created."""
    for answers in document["calls"]["ecs.ListServices"]["eu-west-1"].values():
        answers["response"]["serviceArns"] = []
    for answers in document["calls"]["ecs.DescribeServices"]["eu-west-1"].values():
        answers["response"]["services"] = []
    return document


def test_there_is_one_set_for_each_service_and_one_for_each_vpc_without_any() -> None:
    """Default VPCs in which nothing was built are none."""
    document = golden()
    vpc = leftovers.network(document, "us-east-1", 1)
    leftovers.containers(document, "us-west-2", 2)
    assert sorted(sets(document)) == sorted(
        [(LAB_VPC, "sentiment-app-service"), (vpc, ""), ("vpc-00000002aaaaaaaaa", "old-2")]
    )


def test_an_account_without_vpc_and_service_has_one_empty_set() -> None:
    """So that every claim is judged all the same."""
    document = golden()
    for operation in list(document["calls"]):
        if operation.startswith(("ec2.", "ecs.", "elbv2.")):
            for region in document["calls"][operation]:
                document["calls"][operation][region] = {"": {"response": {}}}
    assert sets(document) == [("", "")]


@pytest.mark.parametrize(
    "built",
    [
        lambda document: leftovers.add(
            document, "ec2.DescribeSubnets", "us-east-1", "",
            Subnets=[{"SubnetId": "subnet-own", "VpcId": "vpc-0de5a017c0ffee002", "AvailabilityZone": "us-east-1a"}],
        ),
        lambda document: leftovers.add(
            document, "ec2.DescribeSecurityGroups", "us-east-1", "",
            SecurityGroups=[{"GroupId": "sg-own", "GroupName": "lab", "VpcId": "vpc-0de5a017c0ffee002"}],
        ),
        lambda document: leftovers.add(
            document, "ec2.DescribeNatGateways", "us-east-1", "",
            NatGateways=[{"NatGatewayId": "nat-1", "VpcId": "vpc-0de5a017c0ffee002", "State": "available"}],
        ),
        lambda document: leftovers.add(
            document, "elbv2.DescribeTargetGroups", "us-east-1", "",
            TargetGroups=[{"TargetGroupArn": "arn:t", "TargetGroupName": "t", "VpcId": "vpc-0de5a017c0ffee002"}],
        ),
    ],
)  # fmt: skip
def test_a_default_vpc_counts_where_something_was_built_in_it(built: Any) -> None:
    """A subnet, a group, a NAT gateway or a target group of the student's own."""
    document = golden()
    built(document)
    assert ("vpc-0de5a017c0ffee002", "") in sets(document)


def test_a_service_without_subnets_is_in_the_vpc_of_its_target_group() -> None:
    """Another network mode hides no service."""
    document = golden()
    for answers in document["calls"]["ecs.DescribeServices"]["eu-west-1"].values():
        del answers["response"]["services"][0]["networkConfiguration"]
    assert sets(document) == [(LAB_VPC, "sentiment-app-service")]


def test_vpcs_that_aws_did_not_list_are_known_from_what_is_in_them() -> None:
    """Without DescribeVpcs, subnets and load balancers tell the ids."""
    document = golden()
    document["calls"]["ec2.DescribeVpcs"]["eu-west-1"][""] = {"error": {"Code": "UnauthorizedOperation"}}
    assert sets(document) == [(LAB_VPC, "sentiment-app-service")]
    assert sets(without_service(document)) == [(LAB_VPC, "")]


def test_nothing_of_one_set_is_mixed_into_another() -> None:
    """The set of a leftover has the leftover's cluster, definition and balancer; the lab's keeps its own."""
    document = golden()
    leftovers.containers(document, "us-east-1", 1)
    leftovers.balancing(document, "us-west-2", 2)
    by_vpc = {lab.chosen.vpc_id: parts(lab) for lab in found(document).labs}
    assert by_vpc[LAB_VPC]["service"] == "sentiment-app-service"
    assert by_vpc[LAB_VPC]["load_balancer"] == "sentiment-app-alb"
    old = by_vpc["vpc-00000001aaaaaaaaa"]
    assert (old["service"], old["cluster"], old["task_definition"]) == ("old-1", "old-1", "old-1")
    assert "load_balancer" not in old
    assert "load_balancer" in by_vpc["vpc-00000002aaaaaaaaa"]
    assert "cluster" not in by_vpc["vpc-00000002aaaaaaaaa"]


def test_without_a_service_the_free_cluster_and_revision_are_taken() -> None:
    """Not those that a leftover service uses."""
    document = without_service(golden())
    leftovers.containers(document, "us-west-2", 1)
    lab = next(lab for lab in found(document).labs if lab.chosen.vpc_id == LAB_VPC)
    assert parts(lab)["cluster"] == "sentiment-app-cluster"
    assert parts(lab)["task_definition"] == "sentiment-app-task"


def test_of_many_sets_the_best_of_each_vpc_is_judged_first() -> None:
    """Twenty services elsewhere do not hide a VPC without a service, and the others are counted."""
    document = without_service(golden())
    for number in range(1, 2 * MOST_SETS):
        leftovers.containers(document, "us-east-1", 1)
        service = document["calls"]["ecs.DescribeServices"]["us-east-1"]
        answer = next(iter(service.values()))["response"]["services"]
        answer[-1] = {**answer[-1], "serviceArn": f"arn:{number}", "serviceName": f"worker-{number}"}
        listed = next(iter(document["calls"]["ecs.ListServices"]["us-east-1"].values()))["response"]
        listed["serviceArns"][-1] = f"arn:{number}"
    judged = found(document)
    assert len(judged.labs) == MOST_SETS
    assert judged.left_out > 0
    assert LAB_VPC in {lab.chosen.vpc_id for lab in judged.labs}
    assert grade_one(document).lab.chosen.vpc_id == LAB_VPC


def test_the_set_that_earns_most_is_graded_and_the_second_is_named() -> None:
    """With its score and the binding that selects it."""
    document = golden()
    vpc = leftovers.network(document, "us-east-1", 1)
    result = grade_one(document).result
    assert result.score == 10
    assert result.graded_set is not None
    assert LAB_VPC in result.graded_set.name
    assert result.second_set is not None
    assert result.second_set.bind == f"vpc={vpc}"
    bound = grade_one(document, binds={"vpc": vpc}).result
    assert bound.score == result.second_set.score
    assert bound.second_set is None


def test_an_empty_vpc_beside_the_lab_never_costs_a_point() -> None:
    """Following the advice to create a VPC is safe."""
    document = golden()
    leftovers.network(document, "eu-west-1", 1)
    assert grade_one(document).result.score == 10


@pytest.mark.parametrize(
    ("noun", "name"),
    [
        ("vpc", LAB_VPC), ("vpc", "sentiment-app-vpc"), ("service", "sentiment-app-service"),
        ("cluster", "sentiment-app-cluster"), ("task_definition", "sentiment-app-task"),
        ("task_definition", "sentiment-app-task:3"), ("target_group", "sentiment-app-tg"),
        ("load_balancer", "sentiment-app-alb"), ("bucket", "mlops-lab-sentiment-7f3a"),
        ("repository", "sentiment-app"),
    ],
)  # fmt: skip
def test_every_noun_can_be_bound_and_the_rest_follows(noun: str, name: str) -> None:
    """By id, ARN or name; nothing of the leftover is taken."""
    document = golden()
    leftovers.containers(document, "us-east-1", 1)
    leftovers.balancing(document, "us-east-1", 2)
    leftovers.repository(document, "us-east-1", 1)
    result = grade_one(document, binds={noun: name}).result
    assert result.score == 10
    assert f"--bind {noun}" in result.bindings[noun].why


@pytest.mark.parametrize(
    ("noun", "name", "also"),
    [
        ("service", "old-1", {"cluster": "old-1", "task_definition": "old-1"}),
        ("cluster", "old-1", {"service": "old-1", "task_definition": "old-1"}),
        ("task_definition", "old-1:1", {"service": "old-1", "cluster": "old-1"}),
        ("target_group", "old-2", {"load_balancer": "old-2"}),
        ("load_balancer", "old-2", {"target_group": "old-2"}),
        ("repository", "old-3", {"service": "sentiment-app-service"}),
    ],
)
def test_what_depends_on_a_bound_noun_follows_from_it(noun: str, name: str, also: dict[str, str]) -> None:
    """Binding a part of a leftover grades the leftover's other parts as well."""
    document = golden()
    leftovers.containers(document, "us-east-1", 1)
    leftovers.balancing(document, "us-east-1", 2)
    leftovers.repository(document, "us-east-1", 3)
    lab = found(document, **{noun: name}).labs[0]
    chosen = parts(lab)
    assert chosen[noun] == name.partition(":")[0]
    assert {one: chosen.get(one) for one in also} == also


@pytest.mark.parametrize(
    "noun",
    ["vpc", "service", "cluster", "task_definition", "target_group", "load_balancer", "bucket", "repository"],
)
def test_an_unknown_name_is_wrong_usage(noun: str) -> None:
    """Nothing else is graded in its place, and what there is is named."""
    with pytest.raises(UsageError, match="nobody"):
        found(golden(), **{noun: "nobody"})


def test_names_that_do_not_go_together_are_wrong_usage() -> None:
    """A service outside the bound VPC."""
    document = golden()
    leftovers.containers(document, "us-east-1", 1)
    with pytest.raises(UsageError, match="does not belong"):
        found(document, vpc=LAB_VPC, service="old-1")


def test_a_noun_that_cannot_be_bound_is_wrong_usage() -> None:
    """With those that can."""
    with pytest.raises(UsageError, match="task_definition"):
        found(golden(), subnet="subnet-1")


def test_what_the_task_names_is_the_labs_whatever_its_prefix() -> None:
    """A bucket and a repository with a tool's name count once the deployed task names them."""
    text = golden()
    document = leftovers_renamed(text)
    lab = found(document).labs[0]
    assert known(lambda: lab.bucket.name, "") == "cdk-hnb659fds-assets-123456789012-eu-west-1"
    assert grade_one(document).result.score == 10


def leftovers_renamed(document: dict[str, Any]) -> dict[str, Any]:
    """The lab with a bucket that is called like one of the CDK."""
    import json

    text = json.dumps(document).replace("mlops-lab-sentiment-7f3a", "cdk-hnb659fds-assets-123456789012-eu-west-1")
    renamed: dict[str, Any] = json.loads(text)
    return renamed
