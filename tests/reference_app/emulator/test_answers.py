"""The emulated account answers every question of the reference evidence as a correct d"
"eployment in AWS does."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import jmespath
import pytest
from botocore.exceptions import ClientError

from .questions import Caller, Question

GOLDEN = json.loads((Path(__file__).parents[2] / "accounts" / "golden.json").read_text(encoding="utf-8"))

# What decides verdicts, and is the same in every correct deployment of the handout.
DECISIVE: Mapping[str, str] = {
    "sts.GetCallerIdentity": "[Account, Arn]",
    "iam.GetAccountSummary": "SummaryMap.[AccountMFAEnabled, AccountPasswordPresent, "
    "AccountAccessKeysPresent, "
    "MFADevices, MFADevicesInUse, Users, Groups]",
    "iam.ListVirtualMFADevices": "VirtualMFADevices[].User.[Arn, UserName, Path]",
    "iam.ListUsers": "Users[].[UserName, Arn]",
    "iam.ListGroups": "Groups[].[GroupName, Arn]",
    "iam.GetGroup": "[Group.Arn, Users[].Arn]",
    "iam.ListGroupsForUser": "Groups[].Arn",
    "iam.ListAttachedGroupPolicies": "AttachedPolicies",
    "iam.ListGroupPolicies": "PolicyNames",
    "iam.ListAttachedUserPolicies": "AttachedPolicies",
    "iam.ListUserPolicies": "PolicyNames",
    "iam.ListMFADevices": "MFADevices[].[UserName, SerialNumber]",
    "iam.ListAccountAliases": "length(AccountAliases)",
    "iam.ListAccessKeys": "AccessKeyMetadata[].[UserName, Status]",
    "iam.ListEntitiesForPolicy": "[PolicyGroups[].GroupName, PolicyUsers, PolicyRoles]",
    "iam.GetPolicy": "Policy.[Arn, DefaultVersionId, AttachmentCount]",
    "iam.ListAttachedRolePolicies": "AttachedPolicies",
    "budgets.DescribeBudgets": "Budgets[].[BudgetName, BudgetLimit, CostFilters, FilterExpression, TimeUnit, "
    "BudgetType, TimePeriod.End]",
    "budgets.DescribeNotificationsForBudget": "Notifications",
    "budgets.DescribeSubscribersForNotification": "Subscribers",
    "budgets.DescribeBudgetNotificationsForAccount": "BudgetNotificationsForAccount",
    "s3.ListBuckets": "Buckets[].BucketRegion",
    "s3.GetBucketLocation": "LocationConstraint",
    "s3.HeadBucket": "BucketRegion",
    "s3.GetPublicAccessBlock": "PublicAccessBlockConfiguration",
    "s3.GetBucketOwnershipControls": "OwnershipControls",
    "s3.GetBucketAcl": "Grants[].[Grantee.Type, Permission]",
    "s3.GetBucketEncryption": "ServerSideEncryptionConfiguration.Rules[].ApplyServerSideEncryptionByDefault",
    "s3.GetBucketVersioning": "Status",
    "s3.ListObjectsV2": "contains(Contents[].Key, 'classifier.joblib')",
    "ecr.DescribeRepositories": "repositories[].[repositoryName, repositoryUri, encryptionConfiguration]",
    "ecr.DescribeImages": "imageDetails[].[imageTags, imageManifestMediaType, artifactMediaType, imageStatus]",
    "ecr.ListImages": "imageIds[].imageTag",
    "ec2.DescribeVpcs": "sort(Vpcs[].join(' ', [CidrBlock, InstanceTenancy, State, to_string(IsDefault), "
    "BlockPublicAccessStates.InternetGatewayBlockMode]))",
    "ec2.DescribeInternetGateways": "InternetGateways[].Attachments[].State",
    "ec2.DescribeNatGateways": "NatGateways[].[State, ConnectivityType, AvailabilityMode, "
    "NatGatewayAddresses[].[IsPrimary, Status]]",
    "ec2.DescribeAddresses": "Addresses[].[Domain, PublicIpv4Pool, NetworkBorderGroup]",
    "ec2.DescribeVpcBlockPublicAccessOptions": "VpcBlockPublicAccessOptions",
    "ec2.DescribeVpcEndpoints": "VpcEndpoints",
    "elbv2.DescribeLoadBalancers": "LoadBalancers[].[LoadBalancerName, Scheme, State.Code, Type, "
    "sort(AvailabilityZones[].ZoneName), length(SecurityGroups), IpAddressType]",
    "elbv2.DescribeTargetGroups": "TargetGroups[].[TargetGroupName, Protocol, Port, "
    "HealthCheckPath, HealthCheckPort, "
    "HealthCheckProtocol, HealthCheckEnabled, Matcher, TargetType, ProtocolVersion, "
    "length(LoadBalancerArns)]",
    "elbv2.DescribeListeners": "Listeners[].[Port, Protocol, DefaultActions[].[Type, Order, "
    "ForwardConfig.TargetGroups[].Weight]]",
    "elbv2.DescribeRules": "Rules[].[Priority, IsDefault, Conditions, Actions[].[Type, "
    "ForwardConfig.TargetGroups[].Weight]]",
    "elbv2.DescribeTargetHealth": "TargetHealthDescriptions[].[Target.Port, "
    "Target.AvailabilityZone, HealthCheckPort, "
    "TargetHealth.State]",
    "ecs.DescribeClusters": "clusters[].[clusterName, status, runningTasksCount, pendingTasksCount, "
    "activeServicesCount, capacityProviders]",
    "ecs.ListServices": "serviceArns",
    "ecs.DescribeServices": "services[].[serviceName, status, desiredCount, runningCount, "
    "pendingCount, launchType, "
    "platformVersion, createdBy, networkConfiguration.awsvpcConfiguration.assignPublicIp, "
    "loadBalancers[].[containerName, containerPort], deploymentConfiguration, deploymentController, "
    "deployments[].[status, desiredCount, pendingCount, runningCount, failedTasks, "
    "rolloutState, launchType]]",
    "ecs.DescribeTasks": "tasks[].[availabilityZone, connectivity, cpu, memory, desiredStatus, "
    "lastStatus, group, "
    "launchType, platformVersion, attachments[].[type, status], containers[].[name, image, lastStatus]]",
    "ecs.DescribeTaskDefinition": "taskDefinition.[family, taskRoleArn, executionRoleArn, "
    "networkMode, status, "
    "compatibilities, runtimePlatform, requiresCompatibilities, cpu, memory, registeredBy, "
    "containerDefinitions[].[name, image, essential, portMappings, environment[].name, "
    "logConfiguration.logDriver, "
    'logConfiguration.options.["awslogs-group", "awslogs-region", "awslogs-stream-prefix"]]]',
    "ecs.ListTaskDefinitionFamilies": "families",
    "logs.DescribeLogGroups": "logGroups[].[logGroupName, logGroupArn, logGroupClass]",
    "logs.DescribeLogStreams": "logStreams[].storedBytes",
    "cloudwatch.ListMetrics": "contains(Metrics[].MetricName, "
    "'RequestCount') == contains(Metrics[].Namespace, "
    "'AWS/ApplicationELB') && length(Metrics) > `0`",
    "cloudtrail.LookupEvents": "Events[0].[EventName, EventSource, ReadOnly]",
}

# Parts of AWS's answers that the emulated account leaves out. No verdict reads them.
LEFT_OUT = (
    "PasswordLastUsed",
    "IsTruncated",
    "Description",
    "PermissionsBoundaryUsageCount",
    "AccessPointAlias",
    "ChecksumType",
    "BlockedEncryptionTypes",
    "lastRecordedPullTime",
    "max-buffer-size",
    "options.mode",
    "requiresAttributes",
    "Events[].Resources",
    "imageDigest",
    "runtimeId",
    # boto3 parses policy documents, which the reference evidence keeps as text.
    "Document",
    "AssumeRolePolicyDocument",
)


def questions() -> Iterator[Question]:
    for operation, regions in GOLDEN["calls"].items():
        for region, keys in regions.items():
            for key in keys:
                yield Question(operation, region, key)


def expected(question: Question) -> dict[str, Any]:
    answer: dict[str, Any] = GOLDEN["calls"][question.operation][question.region][question.key]
    return answer


def as_evidence(value: Any) -> Any:
    """As an evidence file has it: dates and bytes are text."""

    def as_text(other: Any) -> str:
        return other.decode() if isinstance(other, bytes) else str(other.isoformat())

    return json.loads(json.dumps(value, default=as_text))


def places(value: Any, path: str = "") -> Iterator[str]:
    """Every path of an answer that leads to a value: `Vpcs[].CidrBlock`."""
    if isinstance(value, dict):
        for name, part in value.items():
            yield from places(part, f"{path}.{name}")
    elif isinstance(value, list):
        for part in value:
            yield from places(part, f"{path}[]")
    elif value is not None:
        yield path


@pytest.mark.parametrize("question", tuple(questions()), ids=str)
def test_a_question_is_answered_or_refused_as_aws_does(caller: Caller, question: Question) -> None:
    """Answers are answers, and what is absent in AWS has AWS's code and status."""
    wanted, got = expected(question), caller.ask(question)
    if "error" in wanted:
        wanted["error"].pop("Message", None)
        assert got == {"error": {name: wanted["error"][name] for name in ("Code", "HTTPStatusCode")}}
    else:
        assert "response" in got, got


@pytest.mark.parametrize("question", [one for one in questions() if "response" in expected(one)], ids=str)
def test_an_answer_has_every_field_that_aws_gives(caller: Caller, question: Question) -> None:
    """What AWS says about a resource, the emulated account says too, "
    "apart from a list of what no verdict reads."""
    given = set(places(as_evidence(caller.ask(question)["response"])))
    wanted = set(places(expected(question)["response"]))
    missing = {path for path in wanted - given if not any(part in path for part in LEFT_OUT)}
    assert missing == set()


DECIDED = [one for one in questions() if one.operation in DECISIVE and "response" in expected(one)]


@pytest.mark.parametrize("question", DECIDED, ids=str)
def test_what_decides_a_verdict_has_the_value_of_a_correct_deployment(caller: Caller, question: Question) -> None:
    """The reference evidence and the emulated account say the same where it matters."""
    expression = jmespath.compile(DECISIVE[question.operation])
    got = as_evidence(caller.ask(question)["response"])
    assert expression.search(got) == expression.search(as_evidence(expected(question)["response"]))


def test_private_addresses_lie_in_their_subnets(caller: Caller) -> None:
    """Each network interface has an address of its subnet, no two the same."""
    ec2 = caller.client("ec2")
    ranges = {one["SubnetId"]: one["CidrBlock"] for one in ec2.describe_subnets()["Subnets"]}
    interfaces = ec2.describe_network_interfaces()["NetworkInterfaces"]
    outside = [
        one
        for one in interfaces
        if ipaddress.ip_address(one["PrivateIpAddress"]) not in ipaddress.ip_network(ranges[one["SubnetId"]])
    ]
    assert outside == []
    assert len({one["PrivateIpAddress"] for one in interfaces}) == len(interfaces) == 4


def test_only_regions_that_are_on_are_listed(caller: Caller) -> None:
    """The 17 default regions, and the others only for who asks for all."""
    ec2 = caller.client("ec2")
    on = {one["OptInStatus"] for one in ec2.describe_regions()["Regions"]}
    every = ec2.describe_regions(AllRegions=True)["Regions"]
    assert (len(ec2.describe_regions()["Regions"]), on) == (17, {"opt-in-not-required"})
    assert {one["OptInStatus"] for one in every} == {"opt-in-not-required", "not-opted-in"}
    assert not [one for one in every if one["RegionName"].startswith(("us-gov", "cn-"))]


def test_the_credential_report_begins_with_the_root_user(caller: Caller) -> None:
    """AWS's first row is `<root_account>`, with its MFA."""
    iam = caller.client("iam")
    iam.generate_credential_report()
    rows = iam.get_credential_report()["Content"].decode().splitlines()
    assert rows[1].startswith("<root_account>,arn:aws:iam::123456789012:root,")
    assert rows[1].split(",")[7] == "true"


def test_the_key_was_used_before_the_account_was_handed_over(caller: Caller) -> None:
    """Step 1.3: the CLI's call is in the history, with the CLI's user agent and the user's key."""
    found = caller.client("cloudtrail", "us-east-1").lookup_events(
        LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "ListUsers"}]
    )["Events"]
    details = json.loads(found[0]["CloudTrailEvent"])
    assert details["userAgent"].startswith("aws-cli/")
    assert details["userIdentity"]["accessKeyId"] == caller.account.access_key_id


def test_the_log_is_the_applications_own(caller: Caller) -> None:
    """The lines that the service wrote: its model from S3, its documentation opened, "
    "its predictions asked for."""
    events = caller.client("logs").filter_log_events(logGroupName="/ecs/sentiment-app-task")["events"]
    said = "\n".join(event["message"] for event in events)
    assert "Downloading s3://mlops-lab-sentiment-123456789012/classifier.joblib" in said
    assert '"GET /docs HTTP/1.1" 200' in said
    assert '"POST /predict HTTP/1.1" 200' in said


def test_an_operation_that_is_not_emulated_is_refused_in_its_own_protocol(caller: Caller) -> None:
    """Code NotImplemented and status 501, which clients neither retry nor fail to parse."""
    for service, operation in (("ec2", "describe_fast_launch_images"), ("ecs", "list_service_deployments")):
        parameters = {"service": "x"} if service == "ecs" else {}
        with pytest.raises(ClientError) as refused:
            getattr(caller.client(service), operation)(**parameters)
        assert refused.value.response["Error"]["Code"] == "NotImplemented"
