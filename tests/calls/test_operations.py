"""Which operations of botocore a rubric may ask: those that only read, and hand out no secret."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import botocore
import pytest

from grader.calls.closure import operations_named, rows
from grader.calls.iam_actions import iam_action
from grader.calls.operations import may_be_asked, reading_operations, why_not
from grader.calls.policy import policy_document
from grader.calls.refused_reads import REFUSED, refused_because
from grader.calls.spec import Drawn
from grader.calls.written import read_row, row
from grader.errors import UsageError

_SECRETS = [
    "secretsmanager.GetSecretValue",
    "ssm.GetParameter",
    "ssm.GetParametersByPath",
    "ssm.GetParameterHistory",
    "sts.AssumeRole",
    "sts.GetSessionToken",
    "redshift.GetClusterCredentials",
    "ec2.GetPasswordData",
    "kms.Decrypt",
    "lambda.GetFunction",
    "s3.GetObject",
    "ecr.BatchGetImage",
    "ecr.GetAuthorizationToken",
    "apigateway.GetApiKeys",
    "cognito-identity.GetCredentialsForIdentity",
    "sqs.ReceiveMessage",
    "codeartifact.GetAuthorizationToken",
    "lightsail.GetInstanceAccessDetails",
    "eks.CreateCluster",
    "sso.GetRoleCredentials",
]
_WRITES = (
    "Create",
    "Delete",
    "Put",
    "Update",
    "Terminate",
    "Modify",
    "Attach",
    "Detach",
    "Start",
    "Stop",
    "Run",
    "Send",
)


def all_operations() -> dict[str, str]:
    """Every operation of botocore, with the name of its service."""
    found = {}
    for folder in sorted((Path(botocore.__file__).parent / "data").iterdir()):
        versions = sorted(folder.glob("*/service-2.json.gz")) if folder.is_dir() else []
        if versions:
            with gzip.open(versions[-1]) as file:
                found.update({f"{folder.name}.{name}": folder.name for name in json.load(file)["operations"]})
    return found


@pytest.mark.slow
def test_what_is_let_in_by_service() -> None:
    """Each operation that is let in exists, does not begin as one that writes, and has an action; prints them."""
    known = all_operations()
    let_in = [name for name in known if may_be_asked(name)]
    for service in sorted({known[name] for name in let_in}):
        print(f"{service}: {', '.join(name.partition('.')[2] for name in let_in if known[name] == service)}")
    assert len(let_in) > 5000
    assert [name for name in let_in if name.partition(".")[2].startswith(_WRITES)] == []
    assert [name for name in let_in if not iam_action(name).partition(":")[2]] == []
    assert len(set(reading_operations()) - set(known)) < 200  # another version of botocore has some more or less


@pytest.mark.parametrize("operation", _SECRETS)
def test_secrets_are_refused_with_a_reason(operation: str) -> None:
    """What hands out secrets, credentials or content is refused, whatever AWS counts it as."""
    assert not may_be_asked(operation)
    assert why_not(operation)[0]
    with pytest.raises(UsageError):
        read_row(f"{operation} {{}}")


def test_every_refusal_has_a_reason() -> None:
    """No pattern is without one."""
    assert all(why for _, why in REFUSED)
    assert refused_because("ec2.DescribeVpcs") == ""


@pytest.mark.parametrize(
    ("operation", "action"),
    [
        ("s3.GetBucketNotificationConfiguration", "s3:GetBucketNotificationConfiguration"),
        ("s3.ListBuckets", "s3:ListAllMyBuckets"),
        ("s3.GetBucketCors", "s3:GetBucketCORS"),
        ("elbv2.DescribeListeners", "elasticloadbalancing:DescribeListeners"),
        ("stepfunctions.ListStateMachines", "states:ListStateMachines"),
        ("apigateway.GetRestApis", "apigateway:GET"),
        ("efs.DescribeFileSystems", "elasticfilesystem:DescribeFileSystems"),
        ("cloudwatch.DescribeAlarms", "cloudwatch:DescribeAlarms"),
    ],
)
def test_actions_are_those_of_iam(operation: str, action: str) -> None:
    """S3's and ELB's actions are called otherwise than their operations."""
    assert iam_action(operation) == action


def test_a_row_of_a_rubric_is_all_in_its_name() -> None:
    """A row that a rubric adds can be read from its name, and its policy has its action alone."""
    drawn = (Drawn("ec2.DescribeVpcs", "Vpcs[]", {"VpcId": "VpcId"}, {"IsDefault": False}),)
    added = row("ec2.DescribeVpcAttribute", {"Attribute": "enableDnsSupport"}, drawn)
    assert read_row(added.name) == added
    names = frozenset({added.name})
    assert added in rows(names)
    assert "ec2.DescribeVpcAttribute" in operations_named(names)
    actions = policy_document(names)["Statement"][0]["Action"]
    assert actions == ["ec2:DescribeRegions", "ec2:DescribeVpcAttribute", "sts:GetCallerIdentity"]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("ec2.DescribeVPCs", "ec2.DescribeVpcs"),
        ("ec2 describe-vpcs", "ec2.DescribeVpcs"),
        ("ec2.describe_vpcs", "ec2.DescribeVpcs"),
        ("elasticloadbalancing:DescribeLoadBalancers", "elbv2.DescribeLoadBalancers"),
        ("ec2.DeleteVpc", "ec2.DescribeVpcs"),
        ("rds describe-db-instances", "rds.DescribeDBInstances"),
        ("s3:ListAllMyBuckets", "s3.ListBuckets"),
    ],
)
def test_other_spellings_are_understood(written: str, meant: str) -> None:
    """The spelling of the CLI, of boto3 or of IAM leads to the operation that was meant."""
    assert not may_be_asked(written)
    assert meant in why_not(written)[1]
