"""Security groups of the emulated account stop what they stop in AWS: the health check, and requests."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from reference_app.emulator import emulated_account

from .questions import CLUSTER, SERVICE, Caller


@pytest.fixture(scope="module")
def account() -> Iterator[Caller]:
    """One account, which the tests change and mend."""
    with emulated_account(account="313131313131") as account:
        yield Caller(account)


def health(account: Caller) -> list[tuple[str, str]]:
    """State and reason of every target."""
    elbv2 = account.client("elbv2")
    group = elbv2.describe_target_groups()["TargetGroups"][0]["TargetGroupArn"]
    told = elbv2.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
    return [(one["TargetHealth"]["State"], one["TargetHealth"].get("Reason", "")) for one in told]


def answered(account: Caller) -> int | None:
    """The status of GET /health through the load balancer, None where no answer comes."""
    name, _, _, port = account.account.connect_to.rsplit(":", 3)
    connection = http.client.HTTPConnection("127.0.0.1", int(port), timeout=10)
    try:
        connection.request("GET", "/health", headers={"Host": name})
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def group(account: Caller, name: str) -> dict[str, Any]:
    """A security group by its name."""
    wanted = [{"Name": "group-name", "Values": [name]}]
    found: dict[str, Any] = account.client("ec2").describe_security_groups(Filters=wanted)["SecurityGroups"][0]
    return found


def test_as_deployed_a_request_arrives(account: Caller) -> None:
    """The target is healthy, and the application answers."""
    assert (health(account), answered(account)) == ([("healthy", "")], 200)


@pytest.mark.parametrize(
    ("name", "state", "status"),
    [("alb-sg", ("healthy", ""), None), ("resource-sg", ("unhealthy", "Target.Timeout"), 504)],
)
def test_a_closed_group_stops_it(
    account: Caller, name: str, state: tuple[str, str], status: int | None
) -> None:
    """Nobody gets in at the front; at the tasks, neither the health check nor a request does."""
    ec2, rules = account.client("ec2"), group(account, name)
    ec2.revoke_security_group_ingress(GroupId=rules["GroupId"], IpPermissions=rules["IpPermissions"])
    try:
        assert (health(account), answered(account)) == ([state], status)
    finally:
        ec2.authorize_security_group_ingress(GroupId=rules["GroupId"], IpPermissions=rules["IpPermissions"])
    assert (health(account), answered(account)) == ([("healthy", "")], 200)


@pytest.mark.parametrize(
    "rule",
    [
        {"FromPort": 8000, "ToPort": 8000, "IpRanges": [{"CidrIp": "10.0.0.0/16"}]},
        {"FromPort": 0, "ToPort": 65535, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]},
    ],
    ids=["the VPC", "everything"],
)
def test_addresses_allow_the_load_balancer_as_its_group_does(account: Caller, rule: dict[str, Any]) -> None:
    """Its interfaces are in the VPC."""
    ec2, rules = account.client("ec2"), group(account, "resource-sg")
    ec2.revoke_security_group_ingress(GroupId=rules["GroupId"], IpPermissions=rules["IpPermissions"])
    mine = [{"IpProtocol": "tcp", **rule}]
    ec2.authorize_security_group_ingress(GroupId=rules["GroupId"], IpPermissions=mine)
    try:
        assert (health(account), answered(account)) == ([("healthy", "")], 200)
    finally:
        ec2.revoke_security_group_ingress(GroupId=rules["GroupId"], IpPermissions=mine)
        ec2.authorize_security_group_ingress(GroupId=rules["GroupId"], IpPermissions=rules["IpPermissions"])


def test_interfaces_are_attached_to_what_aws_runs(account: Caller) -> None:
    """Those of the load balancer, the NAT gateway and the task carry an attachment, to no instance of the account."""
    interfaces = account.client("ec2").describe_network_interfaces()["NetworkInterfaces"]
    owners = sorted(one["Attachment"]["InstanceOwnerId"] for one in interfaces)
    assert owners == ["amazon-aws", "amazon-ecs", "amazon-elb", "amazon-elb"]
    assert {one["Attachment"]["Status"] for one in interfaces} == {"attached"}
    assert not any(one["Attachment"].get("InstanceId") for one in interfaces)


SPOT = [{"capacityProvider": "FARGATE_SPOT", "weight": 1}]
BOTH = [{"capacityProvider": "FARGATE", "base": 1, "weight": 1}, {"capacityProvider": "FARGATE_SPOT", "weight": 4}]


@pytest.mark.parametrize(
    ("asked", "launch_type", "strategy", "provider"),
    [
        ({"launchType": "FARGATE"}, "FARGATE", None, None),
        ({"capacityProviderStrategy": BOTH}, None, BOTH, "FARGATE"),
        ({}, None, SPOT, "FARGATE_SPOT"),
    ],
    ids=["launch type", "strategy", "default of the cluster"],
)
def test_capacity_providers_are_kept(
    account: Caller,
    asked: dict[str, Any],
    launch_type: str | None,
    strategy: list[dict[str, Any]] | None,
    provider: str | None,
) -> None:
    """Of the service, its deployment and its task; a cluster's default strategy counts where nothing was asked."""
    ecs = account.client("ecs")
    ecs.put_cluster_capacity_providers(
        cluster=CLUSTER, capacityProviders=["FARGATE", "FARGATE_SPOT"], defaultCapacityProviderStrategy=SPOT
    )
    assert ecs.describe_clusters(clusters=[CLUSTER])["clusters"][0]["defaultCapacityProviderStrategy"] == SPOT
    like = ecs.describe_services(cluster=CLUSTER, services=[SERVICE])["services"][0]
    ecs.create_service(
        cluster=CLUSTER,
        serviceName="second",
        taskDefinition=like["taskDefinition"],
        desiredCount=1,
        networkConfiguration=like["networkConfiguration"],
        **asked,
    )
    try:
        made = ecs.describe_services(cluster=CLUSTER, services=["second"])["services"][0]
        for one in (made, made["deployments"][0]):
            assert (one.get("launchType"), one.get("capacityProviderStrategy")) == (launch_type, strategy)
        tasks = ecs.list_tasks(cluster=CLUSTER, serviceName="second")["taskArns"]
        task = ecs.describe_tasks(cluster=CLUSTER, tasks=tasks)["tasks"][0]
        assert (task["launchType"], task.get("capacityProviderName")) == ("FARGATE", provider)
    finally:
        ecs.delete_service(cluster=CLUSTER, service="second", force=True)


@pytest.mark.parametrize(
    ("service", "operation"),
    [
        ("accessanalyzer", "list_analyzers"),
        ("account", "get_contact_information"),
        ("codeartifact", "list_domains"),
        ("support", "describe_services"),
        ("wellarchitected", "list_workloads"),
    ],
)
def test_what_is_not_emulated_is_an_error(
    account: Caller, service: str, operation: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """One error with a name, at once, without a traceback and without a word on the terminal."""
    asked = boto3.client(
        service,  # one that tries again, as those of other tools do
        region_name=account.account.region,
        endpoint_url=account.account.endpoint_url,
        aws_access_key_id=account.account.access_key_id,
        aws_secret_access_key=account.account.secret_access_key,
    )
    with pytest.raises(asked.exceptions.ClientError) as caught:
        getattr(asked, operation)()
    assert caught.value.response["Error"]["Code"] == "NotImplemented"
    assert caught.value.response["Error"]["Message"].endswith(" is not emulated.")
    assert caught.value.response["ResponseMetadata"]["RetryAttempts"] == 0
    assert capfd.readouterr() == ("", "")


def test_services_with_another_name_in_signatures_answer(account: Caller) -> None:
    """Step Functions, EFS, and classic load balancers, which share their name with the newer ones."""
    assert account.client("stepfunctions").list_state_machines()["stateMachines"] == []
    assert account.client("efs").describe_file_systems()["FileSystems"] == []
    assert account.client("elb").describe_load_balancers()["LoadBalancerDescriptions"] == []
    assert len(account.client("elbv2").describe_load_balancers()["LoadBalancers"]) == 1
