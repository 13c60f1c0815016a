"""Security notes: what a student added, each with its control; of the correct deployment only what production asks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from grader.model.security_notes import MOST_IN_PRODUCTION, SecurityNotes
from tests.cases import golden, grade_one, patched

REGION = "eu-west-1"
Document = dict[str, Any]


def notes(document: Document) -> SecurityNotes:
    """The notes of an account."""
    return grade_one(document).result.security_notes


def answer(document: Document, operation: str, region: str = REGION, key: str = "") -> Any:
    """One answer, to be changed."""
    return document["calls"][operation][region][key]["response"]


def group(document: Document, name: str) -> Any:
    """The rules of a security group of the lab's VPC."""
    groups = answer(document, "ec2.DescribeSecurityGroups")["SecurityGroups"]
    return next(one for one in groups if name in one["GroupName"] and one["VpcId"] == "vpc-0a1b2c3d4e5f60718")


def opened(first: int, last: int, protocol: str = "tcp", **world: Any) -> Callable[[Document], None]:
    """A rule for the world in a group that the lab does not need."""

    def change(document: Document) -> None:
        source = world or {"IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
        rule = {"IpProtocol": protocol, "FromPort": first, "ToPort": last, "UserIdGroupPairs": [], "Ipv6Ranges": []}
        answer(document, "ec2.DescribeSecurityGroups")["SecurityGroups"].append({
            "GroupId": "sg-0bad", "GroupName": "mine", "VpcId": "vpc-0a1b2c3d4e5f60718", "Description": "mine",
            "IpPermissions": [{**rule, "IpRanges": [], "PrefixListIds": [], **source}], "IpPermissionsEgress": [],
        })  # fmt: skip

    return change


def root_key(document: Document) -> None:
    answer(document, "iam.GetAccountSummary", "global")["SummaryMap"]["AccountAccessKeysPresent"] = 1


def keys_in_environment(document: Document) -> None:
    (entry,) = document["calls"]["ecs.DescribeTaskDefinition"][REGION].values()
    container = entry["response"]["taskDefinition"]["containerDefinitions"][0]
    container["environment"].append({"name": "AWS_SECRET_ACCESS_KEY", "value": {"scrubbed": True, "length": 40}})


def second_user(document: Document) -> None:
    users = answer(document, "iam.ListUsers", "global")["Users"]
    users.append({**users[0], "UserName": "helper", "Arn": "arn:aws:iam::123456789012:user/helper"})
    for operation, member in {
        "iam.ListMFADevices": "MFADevices", "iam.ListAccessKeys": "AccessKeyMetadata",
        "iam.ListGroupsForUser": "Groups",
    }.items():  # fmt: skip
        document["calls"][operation]["global"]["UserName=helper"] = {"response": {member: []}}
    policy = {"PolicyName": "AmazonS3FullAccess", "PolicyArn": "arn:aws:iam::aws:policy/AmazonS3FullAccess"}
    attached = {"response": {"AttachedPolicies": [policy]}}
    document["calls"]["iam.ListAttachedUserPolicies"]["global"]["UserName=helper"] = attached


def second_key(document: Document) -> None:
    keys = answer(document, "iam.ListAccessKeys", "global", "UserName=mlops-admin")["AccessKeyMetadata"]
    keys.append({**keys[0], "AccessKeyId": "AKIAI44QH8DHBEXAMPLE"})
    never = {"AccessKeyLastUsed": {"ServiceName": "N/A", "Region": "N/A"}}
    document["calls"]["iam.GetAccessKeyLastUsed"]["global"]["AccessKeyId=AKIAI44QH8DHBEXAMPLE"] = {"response": never}


def old_key(document: Document) -> None:
    keys = answer(document, "iam.ListAccessKeys", "global", "UserName=mlops-admin")["AccessKeyMetadata"]
    keys[0]["CreateDate"] = "2026-01-01T00:00:00+00:00"


def another_bucket(document: Document) -> None:
    answer(document, "s3.ListBuckets", "global")["Buckets"].append({"Name": "holiday-pictures"})
    off = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), False)
    entry = {"response": {"PublicAccessBlockConfiguration": off}}
    document["calls"]["s3.GetPublicAccessBlock"]["global"]["Bucket=holiday-pictures"] = entry


def private_subnets_with_addresses(document: Document) -> None:
    for subnet in answer(document, "ec2.DescribeSubnets")["Subnets"]:
        if subnet["VpcId"] == "vpc-0a1b2c3d4e5f60718":
            subnet["MapPublicIpOnLaunch"] = True


def rule_in_default_group(document: Document) -> None:
    rule = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "IpRanges": [{"CidrIp": "10.0.0.0/16"}]}
    group(document, "default")["IpPermissions"].append(rule)


RISKS: dict[str, tuple[Callable[[Document], None], str, str]] = {
    "root key": (root_key, "IAM.4", "root user"),
    "keys in the environment": (keys_in_environment, "ECS.8", "AWS_SECRET_ACCESS_KEY"),
    "SSH": (opened(22, 22), "EC2.13", "SSH"),
    "SSH in a range": (opened(20, 25), "EC2.13", "SSH"),
    "SSH over IPv6": (opened(22, 22, IpRanges=[], Ipv6Ranges=[{"CidrIpv6": "::/0"}]), "EC2.13", "SSH"),
    "Remote Desktop": (opened(3389, 3389), "EC2.14", "Remote Desktop"),
    "a database": (opened(5432, 5432), "EC2.19", "5432"),
    "everything": (opened(-1, -1, "-1"), "EC2.19", "all traffic"),
    "another port": (opened(12345, 12345), "EC2.18", "12345"),
    "a second user without MFA": (second_user, "IAM.19", "helper"),
    "a policy on a user": (second_user, "IAM.2", "AmazonS3FullAccess"),
    "two keys": (second_key, "CIS v3.0.0 1.13", "two active access keys"),
    "a key that was never used": (second_key, "IAM.22", "never used"),
    "an old key": (old_key, "IAM.3", "days old"),
    "another bucket": (another_bucket, "S3.8", "holiday-pictures"),
    "private subnets with public addresses": (private_subnets_with_addresses, "EC2.15", "public IP addresses"),
    "the default group": (rule_in_default_group, "EC2.2", "default"),
}


def test_the_correct_deployment_has_no_risk() -> None:
    """Never against the handout; what production asks as well is three lines at most."""
    found = notes(golden())
    assert found.risks == ()
    assert [note.control for note in found.in_production] == ["S3.1", "ECR.1", "ECR.2"]
    assert len(found.in_production) <= MOST_IN_PRODUCTION


@pytest.mark.parametrize("name", RISKS)
def test_each_risk_is_told_with_its_control(name: str) -> None:
    """It names the resource, costs nothing, and links to its explanation."""
    change, control, words = RISKS[name]
    document = golden()
    change(document)
    graded = grade_one(document).result
    note, *_ = [one for one in graded.security_notes.risks if one.control == control]
    assert words in note.found
    assert note.link.startswith("https://docs.aws.amazon.com/securityhub/latest/userguide/")
    assert graded.score == grade_one(golden()).result.score


@pytest.mark.parametrize(
    "change", [opened(443, 443), opened(80, 80), opened(22, 22, IpRanges=[{"CidrIp": "192.0.2.7/32"}])]
)
def test_what_is_no_risk_is_not_told(change: Callable[[Document], None]) -> None:
    """The web's own ports, and SSH for one address."""
    document = golden()
    change(document)
    assert notes(document).risks == ()


@pytest.mark.parametrize("operation", ["iam.ListUsers", "ec2.DescribeSecurityGroups", "s3control.GetPublicAccessBlock"])
def test_where_aws_refused_there_is_no_note(operation: str) -> None:
    """A refusal proves nothing."""
    document = golden()
    for places in document["calls"][operation].values():
        for key in places:
            places[key] = {"error": {"Code": "AccessDenied", "Message": "no", "HTTPStatusCode": 403}}
    assert notes(document).risks == ()


def test_odd_values_harm_nothing() -> None:
    """A date that is none gives no note and no error."""
    document = patched()
    keys = answer(document, "iam.ListAccessKeys", "global", "UserName=mlops-admin")["AccessKeyMetadata"]
    keys[0]["CreateDate"] = "yesterday"
    assert notes(document).risks == ()
