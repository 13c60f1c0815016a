"""Doubt: which refusal may hide a better candidate, and which sign puts a candidate beyond doubt."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from grader.evidence import Evidence
from grader.model.doubt import doubt
from grader.model.lab import Lab, candidates
from tests.cases import LAB, golden
from tests.grading import leftovers
from tests.model.small import DENIED, HOME, answer, container, without_service

ELSEWHERE = "us-east-1"
OF_VPC = ("vpc", "security_groups", "load_balancer", "target_group", "service", "application")
NOUNS = (*OF_VPC, "cluster", "task_definition", "bucket", "repository")
Document = dict[str, Any]


def refuse(document: Document, operation: str, region: str = ELSEWHERE) -> Document:
    """The document with all questions of an operation refused in a region; one at least."""
    answers = document["calls"].setdefault(operation, {}).setdefault(region, {})
    for key in list(answers) or [""]:
        answers[key] = DENIED
    return document


def lab(document: Document, binds: Mapping[str, str] | None = None) -> Lab:
    """The graded set: the one in the home region."""
    found = candidates(Evidence(document), LAB, binds or {}).labs
    return next(one for one in found if one.chosen.region == HOME)


def doubted(document: Document, noun: str, binds: Mapping[str, str] | None = None) -> set[str]:
    """The actions that are refused and may hide a better candidate for a noun."""
    refusal = doubt(lab(document, binds), noun)
    return {one.action for one in refusal.refusals} if refusal is not None else set()  # type: ignore[attr-defined]


@pytest.mark.parametrize("noun", NOUNS)
def test_without_a_refusal_nothing_is_in_doubt(noun: str) -> None:
    """Neither of the lab nor of one without a service, whatever else is in the account."""
    document = golden()
    leftovers.network(document, ELSEWHERE)
    leftovers.repository(document, ELSEWHERE)
    assert doubted(document, noun) == set()
    assert doubted(without_service(document), noun) == set()


@pytest.mark.parametrize("operation", ["ec2.DescribeVpcs", "ecs.ListClusters", "ecs.ListTaskDefinitions"])
@pytest.mark.parametrize("noun", NOUNS)
def test_a_service_in_the_vpc_is_a_decisive_sign(noun: str, operation: str) -> None:
    """What another region hides cannot be the lab then, and it decides cluster and task definition as well."""
    assert doubted(refuse(golden(), operation), noun) == set()


@pytest.mark.parametrize("noun", OF_VPC)
def test_a_vpc_without_a_service_may_not_be_the_lab(noun: str) -> None:
    """Another VPC, or a service in one, may be hidden; with a bound VPC nothing is."""
    document = refuse(without_service(golden()), "ec2.DescribeVpcs")
    assert doubted(document, noun) == {"ec2:DescribeVpcs"}
    bound = {"vpc": lab(document).chosen.vpc_id}
    assert doubted(document, noun, bound) == set()


@pytest.mark.parametrize("noun", OF_VPC)
def test_a_hidden_service_is_a_doubt_where_there_are_several_sets(noun: str) -> None:
    """The only set that there can be is not in doubt for it."""
    several = without_service(golden())
    leftovers.network(several, "us-west-2")
    assert doubted(refuse(several, "ecs.ListClusters"), noun) == {"ecs:ListClusters"}


def test_without_a_service_cluster_and_task_definition_are_in_doubt() -> None:
    """For what hides services, and for what hides others of their own kind."""
    document = without_service(golden())
    assert doubted(refuse(document, "ecs.ListTaskDefinitions"), "task_definition") == {"ecs:ListTaskDefinitions"}
    assert doubted(document, "cluster") == set()
    refuse(document, "ecs.ListClusters", "us-west-2")
    assert doubted(document, "cluster") == {"ecs:ListClusters"}
    assert doubted(document, "task_definition") == {"ecs:ListTaskDefinitions", "ecs:ListClusters"}


@pytest.mark.parametrize("noun", NOUNS)
def test_what_is_bound_is_never_in_doubt(noun: str) -> None:
    """Whoever names it knows."""
    if noun in ("security_groups", "application"):
        return
    one = lab(golden()).bindings()
    name = {key: getattr(binding.chosen, "arn", "") or getattr(binding.chosen, "id", "") or binding.chosen.name
            for key, binding in one.items()}[noun]  # fmt: skip
    document = golden()
    for operation in ("ec2.DescribeVpcs", "ecs.ListClusters", "ecr.DescribeRepositories", "ecs.ListTaskDefinitions"):
        refuse(document, operation)
    assert doubted(document, noun, {noun: name}) == set()


class TestBuckets:
    def two(self) -> Document:
        """The lab with another bucket."""
        document = golden()
        buckets = document["calls"]["s3.ListBuckets"]["global"][""]["response"]["Buckets"]
        buckets.append({"Name": "another-bucket", "BucketRegion": HOME})
        return document

    def test_one_that_the_task_definition_names_is_the_labs(self) -> None:
        """A refused task definition may have named another."""
        assert doubted(self.two(), "bucket") == set()
        refused = refuse(self.two(), "ecs.DescribeTaskDefinition", HOME)
        assert doubted(refused, "bucket") == {"ecs:DescribeTaskDefinition"}

    def test_the_only_one_is_the_labs(self) -> None:
        """Whatever is refused; where none is, none is in doubt."""
        assert doubted(refuse(golden(), "ecs.DescribeTaskDefinition", HOME), "bucket") == set()
        document = refuse(golden(), "ecs.DescribeTaskDefinition", HOME)
        document["calls"]["s3.ListBuckets"]["global"][""]["response"]["Buckets"] = []
        assert doubted(document, "bucket") == set()

    def test_a_task_definition_that_names_none_leaves_no_doubt(self) -> None:
        """It was read."""
        document = self.two()
        container(document)["environment"] = []
        assert doubted(document, "bucket") == set()


class TestRepositories:
    def emptied(self) -> Document:
        """The lab whose repository holds no image."""
        document = golden()
        for entry in document["calls"]["ecr.DescribeImages"][HOME].values():
            entry["response"]["imageDetails"] = []
        return document

    def test_one_that_holds_the_image_is_the_labs(self) -> None:
        """Whatever other regions hide."""
        assert doubted(refuse(golden(), "ecr.DescribeRepositories"), "repository") == set()
        assert doubted(refuse(self.emptied(), "ecr.DescribeRepositories"), "repository") == set()

    def test_an_empty_one_that_nothing_names_may_not_be(self) -> None:
        """Another may be hidden, or named by a refused task definition; one that holds an image is good enough."""
        document = self.emptied()
        container(document)["image"] = "public.ecr.aws/x/y:1"
        assert doubted(document, "repository") == set()
        assert doubted(refuse(document, "ecr.DescribeRepositories"), "repository") == {"ecr:DescribeRepositories"}
        refused = refuse(self.emptied(), "ecs.DescribeTaskDefinition", HOME)
        assert doubted(refused, "repository") == {"ecs:DescribeTaskDefinition"}
        full = golden()
        container(full)["image"] = "public.ecr.aws/x/y:1"
        assert doubted(refuse(full, "ecr.DescribeRepositories"), "repository") == set()


class TestParts:
    def two_balancers(self) -> Document:
        """The lab without its service, and with a second load balancer in its VPC."""
        document = without_service(golden())
        balancers = answer(document, "elbv2.DescribeLoadBalancers")["LoadBalancers"]
        arn = balancers[0]["LoadBalancerArn"].replace("sentiment", "second")
        balancers.append({**balancers[0], "LoadBalancerArn": arn, "LoadBalancerName": "second"})
        return document

    @pytest.mark.parametrize("noun", ["load_balancer", "security_groups", "application", "target_group"])
    def test_of_several_load_balancers_a_hidden_service_may_tell_the_labs(self, noun: str) -> None:
        """In the VPC's own region; what another region hides registers nowhere here."""
        refused = refuse(refuse(self.two_balancers(), "ecs.ListServices", HOME), "ecs.DescribeServices", HOME)
        assert "ecs:DescribeServices" in doubted(refused, noun)
        assert doubted(refuse(self.two_balancers(), "ecs.ListClusters"), noun) == set()

    @pytest.mark.parametrize("noun", ["load_balancer", "security_groups", "application"])
    def test_of_several_load_balancers_hidden_groups_may_tell_the_labs(self, noun: str) -> None:
        """The only one needs no telling."""
        refused = refuse(self.two_balancers(), "elbv2.DescribeTargetGroups", HOME)
        assert doubted(refused, noun) == {"elasticloadbalancing:DescribeTargetGroups"}
        alone = refuse(without_service(golden()), "elbv2.DescribeTargetGroups", HOME)
        assert doubted(alone, noun) == set()

    @pytest.mark.parametrize("noun", ["service", "application"])
    def test_a_service_that_registers_nowhere_may_hide_the_labs(self, noun: str) -> None:
        """Of its own region; one that registers in a group that exists is the lab's."""
        document = golden()
        answer(document, "ecs.DescribeServices")["services"][0]["loadBalancers"] = []
        listed = answer(document, "ecs.ListClusters")["clusterArns"]
        listed.append(listed[0].replace("sentiment", "hidden"))
        described = answer(document, "ecs.DescribeClusters")["clusters"]
        described.append({"clusterArn": listed[1], "clusterName": "hidden", "status": "ACTIVE"})
        assert doubted(document, noun) == {"ecs:DescribeServices"}
        assert doubted(document, "vpc") == set()
        answer(document, "ecs.DescribeServices")["services"][0]["loadBalancers"] = [
            {"targetGroupArn": answer(document, "elbv2.DescribeTargetGroups")["TargetGroups"][0]["TargetGroupArn"]}
        ]
        assert doubted(document, noun) == set()

    def hidden(self, document: Document) -> Document:
        """The document with the services of the lab's cluster refused."""
        return refuse(refuse(document, "ecs.ListServices", HOME), "ecs.DescribeServices", HOME)

    def with_second_group(self, document: Document) -> Document:
        """The document with another target group in the lab's VPC."""
        groups = answer(document, "elbv2.DescribeTargetGroups")["TargetGroups"]
        groups.append({**groups[0], "TargetGroupArn": f"{groups[0]['TargetGroupArn']}2", "TargetGroupName": "second"})
        return document

    @pytest.mark.parametrize("noun", ["load_balancer", "security_groups", "application", "target_group"])
    def test_the_only_ones_of_a_vpc_are_not_in_doubt(self, noun: str) -> None:
        """Of two target groups a hidden service may tell which is the lab's."""
        document = without_service(golden())
        assert doubted(self.hidden(document), noun) == set()
        two = self.hidden(self.with_second_group(without_service(golden())))
        assert doubted(two, noun) == {"ecs:DescribeServices"}
        assert doubted(two, "vpc") == set()

    @pytest.mark.parametrize("noun", OF_VPC)
    def test_a_known_service_tells_which_group_is_the_labs(self, noun: str) -> None:
        """Whatever other services of the region are hidden."""
        document = self.with_second_group(golden())
        listed = answer(document, "ecs.ListClusters")["clusterArns"]
        listed.append(listed[0].replace("sentiment", "hidden"))
        described = answer(document, "ecs.DescribeClusters")["clusters"]
        described.append({"clusterArn": listed[1], "clusterName": "hidden", "status": "ACTIVE"})
        assert doubted(document, noun) == set()
