"""Candidate sets: what in an account may be the lab, which of it is judged, and what --bind fixes."""

from __future__ import annotations

from typing import Any

import pytest

from grader.errors import UsageError
from grader.evidence import Evidence
from grader.model.account import Account
from grader.model.candidates import (
    MOST_SETS,
    NOTHING,
    CandidateSet,
    candidate_sets,
    is_task_definition,
    named,
    signs_of_set,
)
from grader.model.findings import known
from grader.model.lab import Candidates, Lab, candidates
from tests.cases import LAB, golden, grade_one
from tests.grading import leftovers
from tests.model.small import answer, without_service

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


DEFAULT_VPC = "vpc-0de5a017c0ffee002"
PARTS = {
    "Subnets": ("ec2.DescribeSubnets", {"SubnetId": "subnet-1", "AvailabilityZone": "us-east-1a"}),
    "SecurityGroups": ("ec2.DescribeSecurityGroups", {"GroupId": "sg-1"}),
    "NatGateways": ("ec2.DescribeNatGateways", {"NatGatewayId": "nat-1"}),
    "TargetGroups": ("elbv2.DescribeTargetGroups", {"TargetGroupArn": "arn:t", "TargetGroupName": "t"}),
}
"""What may stand in a VPC: the operation that describes it, and the least that it says."""


def with_part(kind: str, **more: Any) -> dict[str, Any]:
    """The lab, beside a default VPC with one part."""
    document = golden()
    operation, least = PARTS[kind]
    leftovers.add(document, operation, "us-east-1", "", **{kind: [{**least, "VpcId": DEFAULT_VPC, **more}]})
    return document


@pytest.mark.parametrize(
    ("kind", "more"),
    [("Subnets", {}), ("SecurityGroups", {"GroupName": "lab"}), ("NatGateways", {"State": "available"}),
     ("TargetGroups", {})],
)  # fmt: skip
def test_a_default_vpc_counts_where_something_was_built_in_it(kind: str, more: dict[str, Any]) -> None:
    """A subnet, a group, a NAT gateway or a target group of the student's own."""
    assert (DEFAULT_VPC, "") in sets(with_part(kind, **more))


def without_subnets(document: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The lab with a service of another network mode; ``more`` are members of the service."""
    service = answer(document, "ecs.DescribeServices")["services"][0]
    for one in (service, *service["deployments"]):
        del one["networkConfiguration"]
    service.update(more)
    return document


def test_a_service_without_subnets_is_in_the_vpc_of_its_target_group() -> None:
    """Another network mode hides no service."""
    assert sets(without_subnets(golden())) == [(LAB_VPC, "sentiment-app-service")]


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
    with pytest.raises(UsageError, match="service 'old-1' does not belong") as error:
        found(document, vpc=LAB_VPC, service="old-1")
    assert error.value.where == "--bind"


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


def test_a_service_without_subnets_and_target_group_may_be_in_each_free_vpc_of_its_region() -> None:
    """Not in a default VPC, not in another region, not where another service is."""
    document = without_subnets(golden(), loadBalancers=[])
    second = leftovers.network(document, "eu-west-1", 1)
    elsewhere = leftovers.network(document, "us-east-1", 2)
    leftovers.containers(document, "eu-west-1", 3)
    assert set(sets(document)) == {
        (LAB_VPC, "sentiment-app-service"), (second, "sentiment-app-service"), ("vpc-00000003aaaaaaaaa", "old-3"),
        (LAB_VPC, ""), (second, ""), (elsewhere, ""),
    }  # fmt: skip


def test_a_service_where_there_is_no_vpc_is_a_set_of_its_own() -> None:
    """Nothing hides it."""
    document = without_subnets(golden(), loadBalancers=[])
    document["calls"]["ec2.DescribeVpcs"]["eu-west-1"][""]["response"]["Vpcs"] = []
    for operation in ("elbv2.DescribeLoadBalancers", "elbv2.DescribeTargetGroups"):
        document["calls"][operation]["eu-west-1"] = {"": {"response": {}}}
    assert sets(document) == [("", "sentiment-app-service")]


def test_the_first_known_subnet_places_a_service() -> None:
    """A subnet that is gone says nothing, and a service is never in two VPCs."""
    document = golden()
    other = leftovers.network(document, "eu-west-1", 1)
    placed = answer(document, "ecs.DescribeServices")["services"][0]["networkConfiguration"]["awsvpcConfiguration"]
    placed["subnets"] = ["subnet-gone", *placed["subnets"], "subnet-00000001aaaaaaaaa"]
    assert set(sets(document)) == {(LAB_VPC, "sentiment-app-service"), (other, "")}


@pytest.mark.parametrize(
    ("kind", "more"),
    [("Subnets", {"DefaultForAz": True}), ("SecurityGroups", {"GroupName": "default"}),
     ("NatGateways", {"State": "deleted"}), ("TargetGroups", {"VpcId": None, "TargetType": "lambda"})],
)  # fmt: skip
def test_what_aws_made_in_a_default_vpc_and_what_is_gone_makes_no_set(kind: str, more: dict[str, Any]) -> None:
    """Its own subnets and group, a deleted NAT gateway, a target group without VPC."""
    assert sets(with_part(kind, **more)) == [(LAB_VPC, "sentiment-app-service")]


def signs(document: dict[str, Any], vpc_id: str) -> list[str]:
    """The signs of the first set in a VPC, in words."""
    account = Account(Evidence(document), LAB)
    chosen = next(one for one in candidate_sets(account) if one.vpc_id == vpc_id)
    return [words for _, words, shown in signs_of_set(account, chosen) if shown]


def test_the_correct_deployment_shows_every_sign() -> None:
    """From its service down to its names."""
    assert signs(golden(), LAB_VPC) == [
        "the service is in it", "the service registers in a target group", "the service runs tasks",
        "a load balancer", "a target group as the lab asks", "a NAT gateway", "an internet gateway", "4 subnets",
        "2 security groups", "the lab's name", "the service has the lab's name",
    ]  # fmt: skip


def test_a_leftover_shows_what_it_has() -> None:
    """A deleted NAT gateway, a gateway that is not attached and a service without tasks are no signs."""
    document = golden()
    leftovers.containers(document, "us-east-1", 1)
    assert signs(document, "vpc-00000001aaaaaaaaa") == ["the service is in it", "2 subnets", "1 security groups"]
    leftovers.balancing(document, "us-east-1", 2)
    assert signs(document, "vpc-00000002aaaaaaaaa") == ["a load balancer", "2 subnets", "1 security groups"]


def test_a_set_is_named_by_its_vpc_and_its_service() -> None:
    """So that equal ones have an order, and a report can say which one it is."""
    document = golden()
    other = leftovers.network(document, "us-east-1", 1)
    lab, rest = sorted(candidate_sets(Account(Evidence(document), LAB)), key=lambda one: one.vpc_id, reverse=True)
    assert lab.name == "sentiment-app-vpc sentiment-app-service"
    assert lab.arn.split() == ["eu-west-1", LAB_VPC, lab.service.arn]  # type: ignore[union-attr]
    assert (rest.name, rest.arn.split()) == ("", ["us-east-1", other])
    assert " with " in repr(lab)
    assert " with " not in repr(rest)
    assert repr(CandidateSet("r", "vpc-9", None, None)) == "VPC vpc-9"
    assert repr(NOTHING) == "no VPC"


def test_any_vpc_can_be_bound_the_untouched_default_one_too() -> None:
    """It is then the only set, without what runs elsewhere."""
    judged = found(golden(), vpc=DEFAULT_VPC).labs
    found_sets = [(lab.chosen.vpc_id, lab.chosen.region, lab.chosen.service) for lab in judged]
    assert found_sets == [(DEFAULT_VPC, "us-east-1", None)]


def test_a_vpc_that_only_its_balancers_tell_of_can_be_bound() -> None:
    """By its id; AWS did not list the VPCs."""
    document = golden()
    document["calls"]["ec2.DescribeVpcs"]["eu-west-1"][""] = {"error": {"Code": "UnauthorizedOperation"}}
    assert [lab.chosen.vpc_id for lab in found(document, vpc=LAB_VPC).labs] == [LAB_VPC]


@pytest.mark.parametrize("noun", ["cluster", "task_definition", "target_group", "load_balancer"])
def test_binding_what_no_service_uses_grades_no_service(noun: str) -> None:
    """The service of the lab runs in another cluster, of another revision, behind another group."""
    document = golden()
    region = "eu-west-1"
    arns = {
        "cluster": f"arn:aws:ecs:{region}:123456789012:cluster/free",
        "task_definition": f"arn:aws:ecs:{region}:123456789012:task-definition/free:1",
        "target_group": f"arn:aws:elasticloadbalancing:{region}:123456789012:targetgroup/free/1",
        "load_balancer": f"arn:aws:elasticloadbalancing:{region}:123456789012:loadbalancer/app/free/1",
    }
    leftovers.add(document, "ecs.ListClusters", region, "", clusterArns=[arns["cluster"]])
    cluster = {"clusterArn": arns["cluster"], "clusterName": "free", "status": "ACTIVE"}
    leftovers.add(document, "ecs.DescribeClusters", region, "", clusters=[cluster])
    leftovers.add(document, "ecs.ListTaskDefinitions", region, "", taskDefinitionArns=[arns["task_definition"]])
    definition = {
        "taskDefinitionArn": arns["task_definition"], "family": "free", "revision": 1, "status": "ACTIVE",
        "containerDefinitions": [],
    }  # fmt: skip
    key = f"taskDefinition={arns['task_definition']}"
    document["calls"]["ecs.DescribeTaskDefinition"][region][key] = {"response": {"taskDefinition": definition}}
    group = {"TargetGroupArn": arns["target_group"], "TargetGroupName": "free", "VpcId": LAB_VPC}
    leftovers.add(document, "elbv2.DescribeTargetGroups", region, "", TargetGroups=[group])
    balancer = {
        "LoadBalancerArn": arns["load_balancer"], "LoadBalancerName": "free", "VpcId": LAB_VPC, "Type": "application",
        "State": {"Code": "active"},
    }  # fmt: skip
    leftovers.add(document, "elbv2.DescribeLoadBalancers", region, "", LoadBalancers=[balancer])
    leftovers.add(document, "elbv2.DescribeListeners", region, f"LoadBalancerArn={arns['load_balancer']}", Listeners=[])
    for name in ("free", arns[noun]):
        judged = found(document, **{noun: name}).labs
        assert judged
        assert {lab.chosen.service for lab in judged} == {None}
        assert {parts(lab)[noun] for lab in judged} == {"free"}
        assert LAB_VPC in {lab.chosen.vpc_id for lab in judged}


def test_an_unknown_name_is_answered_with_the_names_that_there_are() -> None:
    """Five of them, and how many more; or that there is none."""
    document = golden()
    with pytest.raises(UsageError) as error:
        found(document, cluster="nobody")
    assert "there is no cluster 'nobody' in this account" in str(error.value)
    assert error.value.where == "--bind cluster"
    assert error.value.remedy == "Available: sentiment-app-cluster."
    for number in range(1, 7):
        leftovers.repository(document, "us-east-1", number)
    with pytest.raises(UsageError) as many:
        found(document, repository="nobody")
    assert str(many.value.remedy).endswith(" and 2 more.")
    assert str(many.value.remedy).count(",") == 4
    with pytest.raises(UsageError) as none:
        named("task_definition", "nobody", ())
    assert none.value.remedy == "The account has none."
    assert "task definition 'nobody'" in str(none.value)


@pytest.mark.parametrize(("number", "more"), [(4, "."), (5, " and 1 more.")])
def test_five_names_are_given(number: int, more: str) -> None:
    """With the lab's own repository, and how many more there are."""
    document = golden()
    for one in range(number):
        leftovers.repository(document, "us-east-1", one)
    with pytest.raises(UsageError) as error:
        found(document, repository="nobody")
    remedy = str(error.value.remedy)
    assert (remedy.count(","), remedy.endswith(more)) == (4, True)
    assert remedy.endswith("more.") is (number > 4)


def test_a_thing_without_a_name_is_named_by_its_id() -> None:
    """So that the answer to an unknown name can be used."""
    document = golden()
    vpc = leftovers.network(document, "us-east-1", 1)
    with pytest.raises(UsageError) as error:
        found(document, vpc="nobody")
    assert vpc in str(error.value.remedy)


@pytest.mark.parametrize(
    ("name", "called"),
    [("web:3", True), ("web", True), ("arn:aws:ecs:r:1:task-definition/web:3", True),
     ("web:2", False), ("we", False), ("", False), ("3", False)],
)  # fmt: skip
def test_a_revision_is_called_by_arn_by_revision_and_by_family(name: str, called: bool) -> None:
    """Whole, never by a part."""
    assert is_task_definition("arn:aws:ecs:r:1:task-definition/web:3", name) is called


def test_of_sets_with_equal_signs_the_lab_does_not_depend_on_the_order_of_aws() -> None:
    """Names, then ids decide."""
    document = golden()
    leftovers.network(document, "us-east-1", 1)
    leftovers.network(document, "us-east-1", 2)
    order = [lab.chosen.vpc_id for lab in found(document).labs]
    document["calls"]["ec2.DescribeVpcs"]["us-east-1"][""]["response"]["Vpcs"].reverse()
    assert [lab.chosen.vpc_id for lab in found(document).labs] == order
    assert order == [LAB_VPC, "vpc-00000001aaaaaaaaa", "vpc-00000002aaaaaaaaa"]
    assert found(document).left_out == 0
    assert all(not lab.is_only for lab in found(document).labs)
    assert found(document, vpc=LAB_VPC).labs[0].is_only
