"""What an account holds, gathered over its regions: nothing is chosen, and each refused question is a gap."""

from __future__ import annotations

from typing import Any

import pytest

from grader.errors import Unverified
from grader.evidence import Evidence
from grader.model.account import Account
from tests.cases import LAB

HOME, OTHER = "eu-west-1", "us-east-1"
DENIED = {"error": {"Code": "AccessDenied", "Message": "no identity-based policy allows the action"}}
SCP = {"error": {"Code": "AccessDenied", "Message": "with an explicit deny in a service control policy"}}
Answers = dict[str, dict[str, Any]]


def account(*regions: str, calls: dict[str, dict[str, Answers]] | None = None, **meta: Any) -> Account:
    """An account that answers each question of each region as given: by operation, region and key."""
    regions = regions or (HOME, OTHER)
    told = {
        operation: {
            region: {key: one if "error" in one else {"response": one} for key, one in answers.items()}
            for region, answers in by_region.items()
        }
        for operation, by_region in (calls or {}).items()
    }
    return Account(Evidence({"meta": {"regions": list(regions), **meta}, "calls": told}), LAB)


def cluster(name: str, status: str = "ACTIVE", region: str = HOME) -> dict[str, str]:
    """A cluster as AWS describes it."""
    return {"clusterArn": f"arn:aws:ecs:{region}:1:cluster/{name}", "clusterName": name, "status": status}


def containers(*clusters: dict[str, str], region: str = HOME) -> dict[str, dict[str, Answers]]:
    """Clusters with one service each, called as its cluster."""
    arns = {one["clusterName"]: one["clusterArn"] for one in clusters}
    service = {name: f"arn:aws:ecs:{region}:1:service/{name}/{name}" for name in arns}
    return {
        "ecs.ListClusters": {region: {"": {"clusterArns": list(arns.values())}}},
        "ecs.DescribeClusters": {region: {"": {"clusters": list(clusters)}}},
        "ecs.ListServices": {
            region: {f"cluster={arn}": {"serviceArns": [service[name]]} for name, arn in arns.items()}
        },
        "ecs.DescribeServices": {
            region: {
                f"cluster={arn}": {"services": [{"serviceArn": service[name], "serviceName": name, "status": "ACTIVE"}]}
                for name, arn in arns.items()
            }
        },
    }


def balancer(name: str, kind: str = "application", scheme: str = "internet-facing") -> dict[str, Any]:
    """A load balancer in one subnet of its own."""
    return {
        "LoadBalancerArn": f"arn:aws:elasticloadbalancing:x:1:loadbalancer/app/{name}/1", "LoadBalancerName": name,
        "Type": kind, "Scheme": scheme, "AvailabilityZones": [{"SubnetId": f"subnet-{name}", "ZoneName": "a"}],
    }  # fmt: skip


class TestClustersAndServices:
    def test_services_of_inactive_clusters_are_not_asked_for(self) -> None:
        """AWS still tells of a deleted cluster, and nothing in it runs."""
        clusters = (cluster("lab"), cluster("old", "INACTIVE"), cluster("new", "PROVISIONING"))
        one = account(HOME, calls=containers(*clusters))
        assert [each.name for each in one.clusters] == ["lab", "old", "new"]
        assert [each.name for each in one.services] == ["lab", "new"]
        assert one.services.gaps == ()

    def test_a_refused_list_of_clusters_may_hide_services(self) -> None:
        """In its region; and a refused service in its cluster."""
        calls = containers(cluster("lab"))
        calls["ecs.ListClusters"][OTHER] = {"": DENIED}
        one = account(calls=calls)
        assert [each.name for each in one.services] == ["lab"]
        assert len(one.services.gaps) == 1
        one.services.complete_in(HOME)
        with pytest.raises(Unverified, match=OTHER):
            one.services.complete_in(OTHER)
        calls["ecs.ListClusters"][OTHER] = {"": {"clusterArns": []}}
        (key,) = calls["ecs.DescribeServices"][HOME]
        calls["ecs.DescribeServices"][HOME][key] = DENIED
        with pytest.raises(Unverified, match="ecs:DescribeServices"):
            account(calls=calls).services.complete()


class TestBalancing:
    def test_only_application_load_balancers_are_gathered(self) -> None:
        """From every region; a gap where one was refused."""
        calls: dict[str, Any] = {
            "elbv2.DescribeLoadBalancers": {
                HOME: {"": {"LoadBalancers": [balancer("lab"), balancer("net", "network")]}},
                OTHER: {"": {"LoadBalancers": [balancer("other")]}},
            }
        }
        assert [one.name for one in account(calls=calls).load_balancers] == ["lab", "other"]
        calls["elbv2.DescribeLoadBalancers"][OTHER] = {"": DENIED}
        refused = account(calls=calls).load_balancers
        assert ([one.name for one in refused], len(refused.gaps)) == (["lab"], 1)


class TestTaskDefinitions:
    def listed(self, **described: Any) -> Account:
        """An account with the revisions ``app:1`` to ``app:3``, of which some were described."""
        arns = [f"app:{number}" for number in (3, 2, 1)]
        told = {
            f"taskDefinition=app:{name[1:]}": one if "error" in one else {"taskDefinition": {"family": "app", **one}}
            for name, one in described.items()
        }
        return account(
            HOME,
            calls={
                "ecs.ListTaskDefinitions": {HOME: {"": {"taskDefinitionArns": arns}}},
                "ecs.DescribeTaskDefinition": {HOME: told},
            },
        )

    def test_those_that_were_described_and_are_active_count(self) -> None:
        """A deregistered revision, which a service may still use, is not one to choose."""
        revision = {"taskDefinitionArn": "app:3", "revision": 3}
        one = self.listed(
            n3={**revision, "status": "ACTIVE"},
            n2={**revision, "taskDefinitionArn": "app:2", "revision": 2, "status": "INACTIVE"},
            n1={**revision, "taskDefinitionArn": "app:1", "revision": 1},
        )
        assert [each.arn for each in one.task_definitions] == ["app:3", "app:1"]
        assert one.task_definitions.gaps == ()

    def test_without_any_description_that_is_a_gap(self) -> None:
        """A revision that was listed exists."""
        assert len(self.listed().task_definitions.gaps) == 1
        assert len(self.listed(n2=DENIED).task_definitions.gaps) == 1


class TestNetworks:
    def test_what_is_in_subnets_is_told_by_balancers_and_services_of_their_region(self) -> None:
        """Internal load balancers say nothing of a subnet's role; public addresses of tasks do."""
        calls = containers(cluster("lab"), cluster("open"))
        for name, public in (("lab", "DISABLED"), ("open", "ENABLED")):
            network = {"awsvpcConfiguration": {"subnets": [f"subnet-{name}"], "assignPublicIp": public}}
            key = f"cluster=arn:aws:ecs:{HOME}:1:cluster/{name}"
            calls["ecs.DescribeServices"][HOME][key]["services"][0]["networkConfiguration"] = network
        balancers = [balancer("front"), balancer("inner", scheme="internal")]
        calls["elbv2.DescribeLoadBalancers"] = {HOME: {"": {"LoadBalancers": balancers}}}
        regions = account(calls=calls).vpcs_by_region
        assert list(regions) == [HOME, OTHER]
        tenants = regions[HOME].network.tenants
        assert tenants.load_balancers == {"subnet-front", "subnet-inner"}
        assert tenants.internet_facing == {"subnet-front"}
        assert tenants.services == {"subnet-lab", "subnet-open"}
        assert tenants.exposed == {"subnet-open"}
        there = regions[OTHER].network.tenants
        assert (there.load_balancers, there.services, there.exposed) == (frozenset(), frozenset(), frozenset())

    def test_vpcs_are_gathered_from_all_regions(self) -> None:
        """A refused region is a gap."""
        calls: dict[str, Any] = {
            "ec2.DescribeVpcs": {
                HOME: {"": {"Vpcs": [{"VpcId": "vpc-1", "CidrBlock": "10.0.0.0/16"}]}},
                OTHER: {"": DENIED},
            }
        }
        found = account(calls=calls).vpcs
        assert ([one.id for one in found], len(found.gaps)) == (["vpc-1"], 1)
        assert [one.region for one in found] == [HOME]


class TestRegions:
    def test_a_region_that_this_caller_may_not_read_is_a_gap(self) -> None:
        """One that nobody may use is none."""
        for refusal, gaps in ((DENIED, 1), (SCP, 0)):
            calls: dict[str, Any] = {"ec2.DescribeVpcs": {HOME: {"": {"Vpcs": []}}, OTHER: {"": refusal}}}
            one = account(HOME, calls=calls, regions_refused=[OTHER])
            assert len(one.vpcs.gaps) == gaps
            assert (OTHER in one.vpcs_by_region) is bool(gaps)

    def test_a_list_of_regions_that_may_be_incomplete_is_a_gap_of_everything(self) -> None:
        """The lab may be in a region that nobody knows of; buckets are known all the same."""
        calls: dict[str, Any] = {
            "ec2.DescribeRegions": {"global": {"": DENIED}},
            "ec2.DescribeVpcs": {HOME: {"": {"Vpcs": []}}},
            "ecr.DescribeRepositories": {HOME: {"": {"repositories": [{"repositoryName": "app"}]}}},
            "s3.ListBuckets": {"global": {"": {"Buckets": [{"Name": "files"}]}}},
        }
        one = account(HOME, calls=calls)
        assert [str(gap) for gap in one.unlisted_regions] == [str(gap) for gap in one.vpcs.gaps]
        assert len(one.repositories.gaps) == 1
        assert [each.name for each in one.repositories] == ["app"]
        assert one.buckets.complete()[0].name == "files"
        calls["ec2.DescribeRegions"] = {"global": {"": {"Regions": []}}}
        assert account(HOME, calls=calls).unlisted_regions == ()
        assert account(HOME, calls=calls).repositories.gaps == ()

    def test_those_that_were_searched_are_named_while_they_are_few(self) -> None:
        """More are counted."""
        names = ["ap-east-1", "eu-north-1", "eu-west-1", "us-east-1", "us-west-2"]
        assert account(*names[:4]).searched == "ap-east-1, eu-north-1, eu-west-1, us-east-1"
        assert account(*names).searched == "any of the 5 regions searched"


def test_section_1_is_read_from_one_account() -> None:
    """Its parts share users and events."""
    one = account()
    assert one.administrator.users is one.users
    assert one.command_line.users is one.users
    assert one.command_line.trail is one.trail
    assert one.trail.evidence is one.evidence
    assert one.root_user.evidence is one.evidence
    assert one.account_alias.evidence is one.evidence
    assert one.budgets.evidence is one.evidence
    assert one.users.evidence is one.evidence


def test_a_login_is_shown_by_the_repositories_and_events_of_the_account() -> None:
    """And left open by what was refused of them."""
    calls: dict[str, Any] = {
        "ecr.DescribeRepositories": {HOME: {"": {"repositories": [{"repositoryName": "app"}]}}, OTHER: {"": DENIED}}
    }
    one = account(calls=calls)
    assert [each.name for each in one.docker_login.repositories] == ["app"]
    assert len(one.docker_login.gaps) == 1
    assert one.docker_login.events is one.trail
