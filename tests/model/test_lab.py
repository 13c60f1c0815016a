"""The lab's nouns: which resource of a candidate set each is, by which signs, and what is said where there is none."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import pytest

from grader.errors import Missing, Unverified, UsageError
from grader.evidence import Evidence
from grader.model.account import Account
from grader.model.findings import known
from grader.model.lab import Lab, candidates, without_candidates
from tests.cases import LAB, golden
from tests.grading import leftovers
from tests.model.small import ABSENT, HOME, Document, answer, container, entries, lab, refused, without_service

ECS = f"arn:aws:ecs:{HOME}:123456789012"
ELB = f"arn:aws:elasticloadbalancing:{HOME}:123456789012"
LAB_VPC = "vpc-0a1b2c3d4e5f60718"
TASK = f"{ECS}:task-definition/sentiment-app-task"


def why(found: Lab, noun: str) -> str:
    """Why a resource was chosen."""
    return found.bindings()[noun].why


def no_networks(document: Document) -> Document:
    """An account in which no VPC was built."""
    for operation in [one for one in document["calls"] if one.startswith(("ec2.", "elbv2."))]:
        for region in document["calls"][operation]:
            document["calls"][operation][region] = {"": {"response": {}}}
    return document


# --- the VPC


def test_without_a_vpc_each_of_its_parts_says_where_it_was_looked_for() -> None:
    """A student reads the regions, not a name of ours."""
    document = no_networks(golden())
    for operation in ("ecs.ListClusters", "ecs.ListTaskDefinitions"):
        answer(document, operation).clear()
    found = lab(document)
    regions = "eu-west-1, us-east-1, us-west-2"
    for noun, sentence in {
        "vpc": f"There is no VPC of your own in {regions}.",
        "service": f"There is no ECS service in {regions}.",
        "cluster": f"There is no ECS cluster in {regions}.",
        "task_definition": f"There is no task definition in {regions}.",
        "target_group": f"There is no target group in {regions}.",
        "load_balancer": f"There is no Application Load Balancer in {regions}.",
    }.items():
        with pytest.raises(Missing, match=sentence):
            getattr(found, noun)
    assert set(found.bindings()) == {"bucket", "repository"}


def test_what_a_vpc_lacks_is_said_of_that_vpc() -> None:
    """There may be others, which are not meant."""
    document = without_service(golden())
    answer(document, "elbv2.DescribeTargetGroups")["TargetGroups"] = []
    answer(document, "elbv2.DescribeLoadBalancers")["LoadBalancers"] = []
    found = lab(document)
    for noun, thing in {
        "service": "ECS service in the subnets of",
        "target_group": "target group in",
        "load_balancer": "Application Load Balancer in",
    }.items():
        with pytest.raises(Missing, match=f"There is no {thing} .*{LAB_VPC}"):
            getattr(found, noun)


def test_a_refused_region_of_another_vpc_does_not_hide_parts_of_this_one() -> None:
    """What us-east-1 hides cannot be in eu-west-1; what eu-west-1 hides can."""
    for region, expected in {"us-east-1": Missing, HOME: Unverified}.items():
        document = without_service(golden())
        answer(document, "elbv2.DescribeTargetGroups")["TargetGroups"] = []
        refused(document, "elbv2.DescribeTargetGroups", region=region)
        with pytest.raises(expected):
            _ = lab(document).target_group


def test_a_refused_service_list_leaves_the_service_open() -> None:
    """It may run in a subnet of the VPC."""
    document = refused(without_service(golden()), "ecs.ListServices")
    del document["calls"]["ecs.DescribeServices"]
    with pytest.raises(Unverified, match="ecs:ListServices"):
        _ = lab(document).service


def test_the_vpc_is_explained_by_what_is_in_it() -> None:
    """By its service where there is one; a bound one by the option; else it is the only one."""
    assert "service" in why(lab(golden()), "vpc")
    bound = candidates(Evidence(golden()), LAB, {"vpc": LAB_VPC}).labs[0]
    assert why(bound, "vpc") == "named by --bind vpc"
    assert why(lab(golden()), "service") == f"its subnets are in VPC {LAB_VPC}"


# --- security groups


def test_without_own_groups_there_is_no_pair() -> None:
    """AWS's default group is none of the student's."""
    document = golden()
    groups = answer(document, "ec2.DescribeSecurityGroups")["SecurityGroups"]
    groups[:] = [one for one in groups if one["GroupName"] == "default"]
    with pytest.raises(Missing, match=r"VPC .* has no security group other than the default one from AWS"):
        _ = lab(document).security_groups


def test_without_a_chosen_balancer_the_groups_on_all_of_them_count() -> None:
    """Load balancers are refused, so which one is the lab's is unknown; the front group is known by its rules."""
    document = golden()
    pair = lab(document).security_groups
    unknown = lab(refused(golden(), "elbv2.DescribeLoadBalancers")).security_groups
    assert (unknown.of_load_balancer.id, unknown.of_resources.id) == (
        pair.of_load_balancer.id, pair.of_resources.id,
    )  # fmt: skip


def security_group(document: Document, name: str, port: int, **source: Any) -> str:
    """One more group of the lab's VPC, that opens a port."""
    rule = {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, **source}
    out = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
    one = {"GroupId": f"sg-{name}", "GroupName": name, "VpcId": LAB_VPC, "IpPermissions": [rule]}
    answer(document, "ec2.DescribeSecurityGroups")["SecurityGroups"].insert(0, {**one, "IpPermissionsEgress": out})
    return f"sg-{name}"


def linked_groups(document: Document, name: str, front_port: int, port: int) -> str:
    """One more pair: a front group open to the world, and a back group open to that. Gives the front group's id."""
    front = security_group(document, f"{name}-front", front_port, IpRanges=[{"CidrIp": "0.0.0.0/0"}])
    security_group(document, f"{name}-back", port, UserIdGroupPairs=[{"GroupId": front}])
    return front


def test_the_groups_of_the_chosen_balancer_and_service_are_the_labs() -> None:
    """Another pair that is as good, and one on another load balancer, are not."""
    document = golden()
    balancer(document, "z-other", SecurityGroups=[linked_groups(document, "a", 80, 8000)])
    pair, own = lab(document).security_groups, lab(golden()).security_groups
    assert (pair.of_load_balancer.id, pair.of_resources.id) == (own.of_load_balancer.id, own.of_resources.id)
    assert (own.of_load_balancer.name, own.of_resources.name) == ("alb-sg", "resource-sg")
    assert lab(without_service(document)).security_groups.of_load_balancer.name == "alb-sg"


def test_the_groups_of_the_service_are_the_labs_without_a_load_balancer() -> None:
    """Though another pair is linked as well."""
    document = golden()
    answer(document, "elbv2.DescribeLoadBalancers")["LoadBalancers"] = []
    linked_groups(document, "a", 80, 8000)
    assert lab(document).security_groups.of_resources.name == "resource-sg"


def test_without_balancer_and_service_the_pair_is_known_by_the_ports_of_the_lab() -> None:
    """Those of its parameters."""
    document = without_service(golden())
    answer(document, "elbv2.DescribeLoadBalancers")["LoadBalancers"] = []
    linked_groups(document, "z", 8080, 3000)
    by_default = lab(document).security_groups
    other = candidates(Evidence(document), replace(LAB, front_port=8080, port=3000)).labs[0].security_groups
    assert (by_default.of_load_balancer.name, by_default.of_resources.name) == ("alb-sg", "resource-sg")
    assert (other.of_load_balancer.name, other.of_resources.name) == ("z-front", "z-back")


def test_what_the_groups_are_judged_by_is_of_the_vpc() -> None:
    """Its blocks; where its subnets are refused, nothing is known of those of the tasks."""
    found = lab(golden())
    assert found.security_groups.vpc_blocks == found.vpc.network_blocks != ()
    assert lab(refused(without_service(golden()), "ec2.DescribeSubnets")).security_groups.task_blocks == ()


def test_egress_is_asked_for_the_subnets_of_the_tasks() -> None:
    """Without a service: for the private subnets."""
    with_service, before = lab(golden()), lab(without_service(golden()))
    tasks = {str(one) for one in with_service.security_groups.task_blocks}
    private = {subnet.cidr for subnet in before.vpc.private_subnets}
    assert tasks == {s.cidr for s in with_service.vpc.subnets if s.id in with_service.service.subnet_ids}
    assert {str(one) for one in before.security_groups.task_blocks} == private
    document = golden()
    service = answer(document, "ecs.DescribeServices")["services"][0]
    for one in (service, *service["deployments"]):
        del one["networkConfiguration"]["awsvpcConfiguration"]["subnets"][1:]
    assert len(lab(document).security_groups.task_blocks) == 1


# --- the cluster


def cluster(document: Document, name: str, region: str = HOME, status: str = "ACTIVE") -> None:
    """One more cluster, without services."""
    arn = f"arn:aws:ecs:{region}:123456789012:cluster/{name}"
    leftovers.add(document, "ecs.ListClusters", region, "", clusterArns=[arn])
    one = {"clusterArn": arn, "clusterName": name, "status": status}
    leftovers.add(document, "ecs.DescribeClusters", region, "", clusters=[one])
    if status == "ACTIVE":
        leftovers.add(document, "ecs.ListServices", region, f"cluster={arn}", serviceArns=[])


def no_clusters(document: Document) -> Document:
    """The lab without service and cluster."""
    answer(document, "ecs.ListClusters")["clusterArns"] = []
    answer(document, "ecs.DescribeClusters")["clusters"] = []
    return document


@pytest.mark.parametrize(
    ("better", "worse", "sign"),
    [
        ({"name": "z"}, {"name": "a", "status": "INACTIVE"}, "it is active"),
        ({"name": "z"}, {"name": "a", "region": "us-east-1"}, "it is in the region of the VPC"),
        ({"name": "z-sentiment"}, {"name": "a"}, "it has the lab's name"),
        ({"name": "z", "region": "us-east-1"}, {"name": "sentiment", "status": "INACTIVE"}, "it is active"),
        ({"name": "z"}, {"name": "sentiment", "region": "us-east-1"}, "it is in the region of the VPC"),
    ],
)  # fmt: skip
def test_without_a_service_a_free_cluster_is_chosen_by_its_signs(
    better: dict[str, Any], worse: dict[str, Any], sign: str
) -> None:
    """An active one before an inactive one, the VPC's region before another, then by name."""
    document = no_clusters(without_service(golden()))
    cluster(document, **worse)
    cluster(document, **better)
    found = lab(document)
    assert found.cluster.name == better["name"]
    assert sign in why(found, "cluster")


def test_a_cluster_of_another_service_is_not_the_labs() -> None:
    """Neither where it is the only one; and an unknown list is no proof."""
    document = no_clusters(without_service(golden()))
    leftovers.containers(document, "us-west-2", 2)
    (set_of_lab,) = [one for one in candidates(Evidence(document), LAB).labs if one.chosen.vpc_id == LAB_VPC]
    with pytest.raises(Missing, match="Every ECS cluster belongs to a service outside the lab"):
        _ = set_of_lab.cluster
    refused(document, "ecs.ListClusters")
    (set_of_lab,) = [one for one in candidates(Evidence(document), LAB).labs if one.chosen.vpc_id == LAB_VPC]
    with pytest.raises(Unverified):
        _ = set_of_lab.cluster


def test_an_inactive_cluster_is_not_taken_while_clusters_are_refused() -> None:
    """The active one may be among those; without a refusal the inactive one is all there is."""
    document = no_clusters(without_service(golden()))
    cluster(document, "old", status="INACTIVE")
    assert lab(document).cluster.name == "old"
    with pytest.raises(Unverified, match="ecs:ListClusters"):
        _ = lab(refused(document, "ecs.ListClusters", region="us-east-1")).cluster


def test_an_active_cluster_is_taken_whatever_is_refused_elsewhere() -> None:
    """It answers the step."""
    document = no_clusters(without_service(golden()))
    cluster(document, "mine")
    assert lab(refused(document, "ecs.ListClusters", region="us-east-1")).cluster.name == "mine"


def test_the_services_cluster_is_the_labs() -> None:
    """Whatever others are called."""
    document = golden()
    cluster(document, "a-sentiment")
    found = lab(document)
    assert found.cluster.name == "sentiment-app-cluster"
    assert why(found, "cluster") == "service sentiment-app-service runs in it"


# --- the task definition


def definition(document: Document, name: str, number: int, **changes: Any) -> str:
    """One more revision: the lab's own with changes."""
    arn = f"{ECS}:task-definition/{name}:{number}"
    asked = entries(document, "ecs.DescribeTaskDefinition")
    (own,) = [copy.deepcopy(one) for key, one in asked.items() if key.endswith("sentiment-app-task:3")]
    one = own["response"]["taskDefinition"]
    one.update(taskDefinitionArn=arn, family=name, revision=number, **changes)
    asked[f"taskDefinition={arn}"] = own
    answer(document, "ecs.ListTaskDefinitions")["taskDefinitionArns"].append(arn)
    return arn


def test_a_service_runs_its_own_revision() -> None:
    """Newer ones that nobody deployed are not graded."""
    document = golden()
    definition(document, "sentiment-app-task", 4)
    found = lab(document)
    assert found.task_definition.revision == 3
    assert why(found, "task_definition") == "service sentiment-app-service runs it"


@pytest.mark.parametrize(
    "worse",
    [
        {"requiresCompatibilities": ["EC2"]},
        {"runtimePlatform": {"cpuArchitecture": "ARM64", "operatingSystemFamily": "LINUX"}},
        {"cpu": "256"},
        {"taskRoleArn": ""},
        {"networkMode": "bridge"},
        {"containerDefinitions": [{"name": "a", "image": "nginx", "essential": True}]},
    ],
    ids=lambda change: next(iter(change)),
)
def test_without_a_service_the_revision_that_does_more_is_chosen(worse: dict[str, Any]) -> None:
    """Of eight things that step 5.2 asks, each counts; a newer revision is only better where these are equal."""
    document = without_service(golden())
    definition(document, "sentiment-app-task", 9, **worse)
    found = lab(document)
    assert found.task_definition.revision == 3
    assert why(found, "task_definition") == "it does 8 of the 8 things asked"


def test_a_revision_without_containers_does_none_of_what_they_do() -> None:
    """Image, port and log are asked all the same."""
    document = without_service(golden())
    answer(document, "ecs.DescribeTaskDefinition")["taskDefinition"]["containerDefinitions"] = []
    assert why(lab(document), "task_definition") == "it does 5 of the 8 things asked"


def test_of_equal_revisions_the_newest_is_chosen() -> None:
    """Up to the thousandth, since a number must not outweigh what a revision does."""
    document = without_service(golden())
    definition(document, "sentiment-app-task", 4)
    assert lab(document).task_definition.revision == 4
    definition(document, "sentiment-app-task", 5000, networkMode="bridge", requiresCompatibilities=["EC2"])
    assert lab(document).task_definition.revision == 4


def test_a_revision_of_another_service_is_not_the_labs() -> None:
    """What somebody else's service runs was not made for this lab."""
    document = without_service(golden())
    answer(document, "ecs.ListTaskDefinitions")["taskDefinitionArns"] = []
    leftovers.containers(document, "us-west-2", 2)
    (found,) = [one for one in candidates(Evidence(document), LAB).labs if one.chosen.vpc_id == LAB_VPC]
    with pytest.raises(Missing, match="Every task definition belongs to a service outside the lab"):
        _ = found.task_definition


@pytest.mark.parametrize("name", ["sentiment-app-task:3", f"{TASK}:3", "sentiment-app-task"])
def test_the_deployed_revision_can_be_named(name: str) -> None:
    """By family, by family and revision, by ARN."""
    found = candidates(Evidence(golden()), LAB, {"task_definition": name}).labs[0]
    assert found.task_definition.arn == f"{TASK}:3"
    assert why(found, "task_definition") == "named by --bind task_definition"


def test_a_family_that_is_named_means_its_newest_revision() -> None:
    """As in the AWS CLI."""
    document = without_service(golden())
    definition(document, "sentiment-app-task", 4, cpu="256")
    found = candidates(Evidence(document), LAB, {"task_definition": "sentiment-app-task"}).labs[0]
    assert found.task_definition.revision == 4


# --- target groups and load balancers


def group(document: Document, name: str, **changes: Any) -> str:
    """One more target group of the lab's VPC: the lab's own with changes."""
    groups = answer(document, "elbv2.DescribeTargetGroups")["TargetGroups"]
    arn = f"{ELB}:targetgroup/{name}/1"
    groups.insert(0, {**copy.deepcopy(groups[-1]), "TargetGroupArn": arn, "TargetGroupName": name, **changes})
    return arn


def balancer(document: Document, name: str, target_group: str = "", **changes: Any) -> str:
    """One more load balancer of the lab's VPC, whose HTTP:80 forwards to a target group."""
    balancers = answer(document, "elbv2.DescribeLoadBalancers")["LoadBalancers"]
    arn, listener = f"{ELB}:loadbalancer/app/{name}/1", f"{ELB}:listener/app/{name}/1/1"
    port = changes.pop("port", 80)
    balancers.insert(0, {**copy.deepcopy(balancers[-1]), "LoadBalancerArn": arn, "LoadBalancerName": name, **changes})
    actions = [{"Type": "forward", "TargetGroupArn": target_group}]
    own = {"ListenerArn": listener, "LoadBalancerArn": arn, "Port": port, "Protocol": "HTTP", "DefaultActions": actions}
    entries(document, "elbv2.DescribeListeners")[f"LoadBalancerArn={arn}"] = {
        "response": {"Listeners": [own] if target_group else []}
    }
    entries(document, "elbv2.DescribeRules")[f"ListenerArn={listener}"] = {"response": {"Rules": []}}
    return arn


def test_of_two_target_groups_of_the_service_that_of_the_front_port_is_the_labs() -> None:
    """Blue and green: the other one receives test traffic on another port."""
    document = golden()
    green = group(document, "a-green")
    balancer(document, "a-test", green, port=8443)
    loads = answer(document, "ecs.DescribeServices")["services"][0]["loadBalancers"]
    loads.insert(0, {**loads[0], "targetGroupArn": green})
    assert lab(document).target_group.name == "sentiment-app-tg"


def test_the_services_target_group_is_the_labs() -> None:
    """Whatever others say."""
    document = golden()
    balancer(document, "a-sentiment", group(document, "a-sentiment"))
    found = lab(document)
    assert found.target_group.name == "sentiment-app-tg"
    assert why(found, "target_group") == "service sentiment-app-service registers in it"


@pytest.mark.parametrize(
    ("changes", "sign"),
    [
        ({"Port": 80}, "it is for ip targets on HTTP:8000"),
        ({"TargetType": "instance"}, "it is for ip targets on HTTP:8000"),
        ({"HealthCheckPath": "/"}, "it checks /health"),
    ],
)
def test_without_a_service_a_target_group_is_chosen_by_its_signs(changes: dict[str, Any], sign: str) -> None:
    """Neither is forwarded to; the one that is as the handout asks is taken, whatever its name."""
    document = without_service(golden())
    answer(document, "elbv2.DescribeLoadBalancers")["LoadBalancers"] = []
    answer(document, "elbv2.DescribeTargetGroups")["TargetGroups"][0]["TargetGroupName"] = "z"
    group(document, "a-sentiment", **changes)
    found = lab(document)
    assert found.target_group.name == "z"
    assert sign in why(found, "target_group")


def test_the_target_group_that_is_forwarded_to_is_the_labs() -> None:
    """Before one that is as the handout asks in every other way; the lab's name decides between equals."""
    document = without_service(golden())
    groups = answer(document, "elbv2.DescribeTargetGroups")["TargetGroups"]
    groups[0].update(Port=80, HealthCheckPath="/", TargetGroupName="z")
    group(document, "a")
    found = lab(document)
    assert found.target_group.name == "z"
    assert "a load balancer forwards to it" in why(found, "target_group")
    answer(document, "elbv2.DescribeLoadBalancers")["LoadBalancers"] = []
    group(document, "b-sentiment")
    assert lab(document).target_group.name == "b-sentiment"


def test_a_target_group_of_another_service_is_no_better_than_a_free_one() -> None:
    """Two VPCs do not share one; two services in one VPC can."""
    document = without_service(golden())
    used = group(document, "a-sentiment")
    leftovers.containers(document, HOME, 2)
    other = next(one for key, one in entries(document, "ecs.DescribeServices").items() if "old-2" in key)
    registered = [{"targetGroupArn": used, "containerName": "w", "containerPort": 1}]
    other["response"]["services"][0]["loadBalancers"] = registered
    entries(document, "elbv2.DescribeLoadBalancers")[""]["response"]["LoadBalancers"] = []
    (found,) = [one for one in candidates(Evidence(document), LAB).labs if one.chosen.vpc_id == LAB_VPC]
    assert found.target_group.name == "sentiment-app-tg"
    assert "no other service registers in it" in why(found, "target_group")


@pytest.mark.parametrize(
    ("changes", "sign"),
    [
        ({"port": 8080}, "HTTP:80 leads to it"),
        ({"Scheme": "internal"}, "it is internet-facing"),
        ({"State": {"Code": "provisioning"}}, "it is active"),
    ],
)
def test_of_two_load_balancers_the_better_one_is_chosen(changes: dict[str, Any], sign: str) -> None:
    """Both lead to the target group; the other one comes first by its name."""
    document = golden()
    own = answer(document, "elbv2.DescribeTargetGroups")["TargetGroups"][0]["TargetGroupArn"]
    answer(document, "elbv2.DescribeLoadBalancers")["LoadBalancers"][0]["LoadBalancerName"] = "z"
    balancer(document, "a-sentiment", own, **changes)
    found = lab(document)
    assert found.load_balancer.name == "z"
    assert sign in why(found, "load_balancer")


def test_the_load_balancer_that_leads_to_the_target_group_is_the_labs() -> None:
    """An internal one on another port before an active, internet-facing one that leads elsewhere."""
    document = golden()
    own = answer(document, "elbv2.DescribeTargetGroups")["TargetGroups"][0]["TargetGroupArn"]
    mine = answer(document, "elbv2.DescribeLoadBalancers")["LoadBalancers"][0]
    mine.update(Scheme="internal", State={"Code": "provisioning"}, LoadBalancerName="z")
    balancer(document, "a-sentiment", group(document, "other"))
    found = lab(document)
    assert (found.load_balancer.name, found.target_group.arn) == ("z", own)
    assert "it leads to the target group" in why(found, "load_balancer")


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        ({"name": "z"}, {"name": "sentiment", "Scheme": "internal", "target_group": "arn:x"}),
        ({"name": "z", "target_group": "arn:x", "State": {"Code": "failed"}}, {"name": "sentiment"}),
        ({"name": "z"}, {"name": "sentiment", "State": {"Code": "failed"}}),
        ({"name": "z-sentiment"}, {"name": "a"}),
        ({"name": "z", "State": {"Code": "active_impaired"}}, {"name": "a", "State": {"Code": "failed"}}),
    ],
)
def test_without_a_target_group_a_load_balancer_is_chosen_by_its_signs(
    better: dict[str, Any], worse: dict[str, Any]
) -> None:
    """Internet-facing before forwarding, forwarding before active, active before the lab's name."""
    document = without_service(golden())
    answer(document, "elbv2.DescribeTargetGroups")["TargetGroups"] = []
    for one in (worse, better):
        balancer(document, **one)
    answer(document, "elbv2.DescribeLoadBalancers")["LoadBalancers"].pop()
    assert lab(document).load_balancer.name == better["name"]


NOUNS = {
    "vpc": LAB_VPC, "service": "sentiment-app-service", "cluster": "sentiment-app-cluster",
    "task_definition": "sentiment-app-task:3", "target_group": "sentiment-app-tg",
    "load_balancer": "sentiment-app-alb", "repository": "sentiment-app", "bucket": "mlops-lab-sentiment-7f3a",
}  # fmt: skip


@pytest.mark.parametrize("noun", NOUNS)
def test_a_choice_says_what_it_rests_on(noun: str) -> None:
    """The answer that tells of the resource; bound by name or by what belongs to it, nothing came second."""
    for binds in ({}, {noun: NOUNS[noun]}):
        binding = candidates(Evidence(golden()), LAB, binds).labs[0].bindings()[noun]
        assert binding.sources == binding.chosen.sources != ()
        assert binding.runner_up is None
        assert (binding.why == f"named by --bind {noun}") is bool(binds)


@pytest.mark.parametrize("noun", sorted(set(NOUNS) - {"vpc", "service"}))
def test_a_name_in_another_set_is_no_name_of_this_one(noun: str) -> None:
    """Sets are judged by themselves: what is bound has to be there."""
    found = Lab(Account(Evidence(golden()), LAB), lab(golden()).chosen, {noun: "nobody"}, is_only=True)
    with pytest.raises(UsageError, match=f"there is no {noun.replace('_', ' ')} 'nobody'"):
        getattr(found, noun)


def test_the_application_is_the_container_that_the_service_registers() -> None:
    """A sidecar may come first, with the same port."""
    document = golden()
    defined = answer(document, "ecs.DescribeTaskDefinition")["taskDefinition"]["containerDefinitions"]
    defined.insert(0, {**copy.deepcopy(defined[0]), "name": "sidecar"})
    assert lab(document).task_definition.app.name == "sentiment-app"


# --- the registry and the bucket


def repository(
    document: Document, name: str, region: str = HOME, *, tags: list[str] | None = None, encryption: str = "AES256"
) -> None:
    """One more repository: without an image, or with one that has these tags."""
    one = {"repositoryName": name, "encryptionConfiguration": {"encryptionType": encryption}}
    leftovers.add(document, "ecr.DescribeRepositories", region, "", repositories=[one])
    images = [{"repositoryName": name, "imageDigest": "sha256:1", "imageTags": tags}] if tags is not None else []
    entries(document, "ecr.DescribeImages", region)[f"repositoryName={name}"] = {"response": {"imageDetails": images}}


@pytest.mark.parametrize(
    ("better", "worse", "sign"),
    [
        ({"name": "z", "tags": ["1"]}, {"name": "a-sentiment", "tags": []}, "it holds a tagged image"),
        ({"name": "z", "tags": []}, {"name": "a-sentiment"}, "it holds an image"),
        ({"name": "z"}, {"name": "a-sentiment", "encryption": "KMS"}, "it uses AES-256"),
        ({"name": "z-sentiment"}, {"name": "a"}, "it has the lab's name"),
    ],
)
def test_without_a_task_a_repository_is_chosen_by_its_signs(
    better: dict[str, Any], worse: dict[str, Any], sign: str
) -> None:
    """A tagged image before any image, then the encryption, then the name."""
    document = without_service(golden())
    answer(document, "ecs.ListTaskDefinitions")["taskDefinitionArns"] = []
    answer(document, "ecr.DescribeRepositories")["repositories"] = []
    for one in (worse, better):
        repository(document, **one)
    found = lab(document)
    assert found.repository.name == better["name"]
    assert sign in why(found, "repository")


def test_the_repository_that_the_task_uses_is_the_labs_in_its_region_only() -> None:
    """Before one with a tagged image; the same name in another region is another repository."""
    document = golden()
    entries(document, "ecr.DescribeImages")["repositoryName=sentiment-app"] = {"response": {"imageDetails": []}}
    repository(document, "a-sentiment", tags=["1"])
    repository(document, "sentiment-app", "us-east-1", tags=["1"])
    found = lab(document)
    assert (found.repository.name, found.repository.region) == ("sentiment-app", HOME)
    assert "the task definition uses it" in why(found, "repository")


def bucket(document: Document, name: str, *, files: bool = False, blocks: bool = False) -> None:
    """One more bucket."""
    listed = document["calls"]["s3.ListBuckets"]["global"][""]["response"]["Buckets"]
    listed.insert(0, {"Name": name, "BucketRegion": HOME})
    held = {"Contents": [{"Key": "x", "Size": 1}], "KeyCount": 1} if files else {"KeyCount": 0}
    entries(document, "s3.ListObjectsV2", "global")[f"Bucket={name}"] = {"response": {"IsTruncated": False, **held}}
    names = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    entries(document, "s3.GetPublicAccessBlock", "global")[f"Bucket={name}"] = (
        {"response": {"PublicAccessBlockConfiguration": dict.fromkeys(names, True)}} if blocks else ABSENT
    )


def only_buckets(document: Document) -> Document:
    """The lab without its bucket; its task names none."""
    document["calls"]["s3.ListBuckets"]["global"][""]["response"]["Buckets"] = []
    container(document)["environment"] = []
    return document


@pytest.mark.parametrize(
    ("better", "worse", "sign"),
    [
        ({"name": "zz1", "files": True}, {"name": "mlops-a", "blocks": True}, "it holds files"),
        ({"name": "zz1", "blocks": True}, {"name": "mlops-a"}, "it blocks public access"),
        ({"name": "zz-mlops"}, {"name": "aaa"}, "it has the lab's name"),
    ],
)
def test_a_bucket_that_no_task_names_is_chosen_by_its_signs(
    better: dict[str, Any], worse: dict[str, Any], sign: str
) -> None:
    """Files before Block Public Access, that before the name."""
    document = only_buckets(golden())
    for one in (worse, better):
        bucket(document, **one)
    found = lab(document)
    assert found.bucket.name == better["name"]
    assert sign in why(found, "bucket")


def test_the_bucket_that_the_task_names_is_the_labs() -> None:
    """An empty, open one before a full one with the lab's name."""
    document = only_buckets(golden())
    container(document)["environment"] = [{"name": "DATA", "value": "zzz"}]
    bucket(document, "zzz")
    bucket(document, "mlops-sentiment", files=True, blocks=True)
    found = lab(document)
    assert found.bucket.name == "zzz"
    assert "the task definition names it" in why(found, "bucket")
    assert found.own_bucket_names == ("mlops-sentiment", "zzz")


@pytest.mark.parametrize("noun", ["bucket", "repository"])
def test_what_a_tool_made_is_named_where_there_is_nothing_else(noun: str) -> None:
    """At most three of them; while the task definition is refused it may name one, so it is open."""
    document = only_buckets(golden())
    answer(document, "ecr.DescribeRepositories")["repositories"] = []
    for number in range(4):
        bucket(document, f"cdk-hnb659fds-assets-123456789012-eu-west-{number}")
        repository(document, f"cdk-hnb659fds-container-assets-123456789012-eu-west-{number}")
    with pytest.raises(Missing, match=r"not counted because a tool created it: ([^,]+, ){2}[^,]+\)"):
        getattr(lab(document), noun)
    with pytest.raises(Unverified, match="ecs:DescribeTaskDefinition"):
        getattr(lab(refused(document, "ecs.DescribeTaskDefinition")), noun)


@pytest.mark.parametrize("noun", ["bucket", "repository"])
def test_without_any_a_refused_task_definition_does_not_matter(noun: str) -> None:
    """It could only name what there is."""
    document = refused(only_buckets(golden()), "ecs.DescribeTaskDefinition")
    answer(document, "ecr.DescribeRepositories")["repositories"] = []
    with pytest.raises(Missing, match=r"of your own( in eu-west-1, us-east-1, us-west-2)?\.$"):
        getattr(lab(document), noun)


def test_a_refused_list_of_buckets_leaves_their_names_open() -> None:
    """So that nothing is said of a bucket that a log names."""
    document = refused(golden(), "s3.ListBuckets", region="global")
    found = lab(document)
    with pytest.raises(Unverified, match="s3:ListAllMyBuckets"):
        _ = found.own_bucket_names
    with pytest.raises(Unverified):
        _ = found.bucket


# --- a rubric of things


def test_a_rubric_of_things_takes_nothing_for_the_lab() -> None:
    """Its names are its own; what --bind names is kept for them."""
    found = without_candidates(Evidence(golden()), LAB, {"site": "web"})
    (only,) = found.labs
    assert (only.thing_binds, only.binds, only.is_only, found.left_out) == ({"site": "web"}, {}, True, 0)
    assert only.parameters == LAB
    assert known(lambda: only.vpc, None) is None
    assert known(lambda: only.service, None) is None


def test_a_lab_knows_whether_it_is_the_only_one() -> None:
    """With one candidate set nothing has to be said about another."""
    document = golden()
    assert lab(document).is_only
    leftovers.network(document, "us-east-1", 1)
    assert not lab(document).is_only
