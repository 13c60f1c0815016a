"""An emulated account refuses as AWS does: by policy, by sandbox, by unknown key."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from reference_app.emulator import emulated_account
from reference_app.emulator.clients import Credentials, client_maker

from .questions import Caller

DENIED = (
    "ec2:*",
    "budgets:ViewBudget",
    "elasticloadbalancing:DescribeTargetHealth",
    "iam:ListUsers",
    "s3:ListAllMyBuckets",
    "s3:GetAccountPublicAccessBlock",
    "s3:GetBucketPublicAccessBlock",
    "s3:GetEncryptionConfiguration",
    "ecr:DescribeImages",
    "cloudwatch:ListMetrics",
)
BUCKET = {"Bucket": "mlops-lab-sentiment-123123123123"}
ACCOUNT = {"AccountId": "123123123123"}


@pytest.fixture(scope="module")
def restricted() -> Iterator[Caller]:
    with emulated_account(application=False, account="123123123123", denied=DENIED) as account:
        yield Caller(account)


def refusal(caller: Caller, service: str, operation: str, **parameters: Any) -> dict[str, Any]:
    with pytest.raises(ClientError) as refused:
        getattr(caller.client(service), operation)(**parameters)
    response: dict[str, Any] = refused.value.response
    return response


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "code", "status", "action"),
    [
        ("ec2", "describe_vpcs", {}, "UnauthorizedOperation", 403, "ec2:DescribeVpcs"),
        ("budgets", "describe_budgets", ACCOUNT, "AccessDeniedException", 400, "budgets:ViewBudget"),
        (
            "elbv2",
            "describe_target_health",
            {"TargetGroupArn": "arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/x/1"},
            "AccessDenied",
            403,
            "elasticloadbalancing:DescribeTargetHealth",
        ),
        ("iam", "list_users", {}, "AccessDenied", 403, "iam:ListUsers"),
        ("s3", "list_buckets", {}, "AccessDenied", 403, "s3:ListAllMyBuckets"),
        ("s3", "get_public_access_block", BUCKET, "AccessDenied", 403, "s3:GetBucketPublicAccessBlock"),
        ("s3", "get_bucket_encryption", BUCKET, "AccessDenied", 403, "s3:GetEncryptionConfiguration"),
        (
            "s3control",
            "get_public_access_block",
            ACCOUNT,
            "AccessDenied",
            403,
            "s3:GetAccountPublicAccessBlock",
        ),
        (
            "ecr",
            "describe_images",
            {"repositoryName": "sentiment-app"},
            "AccessDeniedException",
            400,
            "ecr:DescribeImages",
        ),
        ("cloudwatch", "list_metrics", {}, "AccessDenied", 403, "cloudwatch:ListMetrics"),
    ],
)
def test_a_denied_action_is_refused_with_the_code_of_its_protocol(
    restricted: Caller,
    service: str,
    operation: str,
    parameters: dict[str, Any],
    code: str,
    status: int,
    action: str,
) -> None:
    """Who may not do what, in AWS's words, under the name of the IAM action and not of the operation."""
    response = refusal(restricted, service, operation, **parameters)
    who = "User: arn:aws:iam::123123123123:user/mlops-admin"
    said = f"{who} is not authorized to perform: {action} because no identity-based policy allows the action"
    assert (response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]) == (code, status)
    assert response["Error"]["Message"].endswith(said)


def test_what_is_not_denied_is_answered(restricted: Caller) -> None:
    """A denial reaches no further than its action."""
    assert restricted.client("ecs").list_clusters()["clusterArns"]
    assert restricted.client("s3").list_objects_v2(**BUCKET)["KeyCount"] == 2


def test_a_refused_head_request_has_a_status_and_no_body() -> None:
    """S3's HEAD says only 403."""
    with emulated_account(application=False, account="121212121212", denied=("s3:ListBucket",)) as account:
        caller = Caller(account)
        response = refusal(caller, "s3", "head_bucket", Bucket="mlops-lab-sentiment-121212121212")
        assert response["Error"]["Code"] == "403"


@pytest.mark.parametrize(
    ("service", "operation", "code"),
    [
        ("sts", "get_caller_identity", "InvalidClientTokenId"),
        ("ec2", "describe_vpcs", "AuthFailure"),
        ("ecs", "list_clusters", "UnrecognizedClientException"),
        ("s3", "list_buckets", "InvalidAccessKeyId"),
    ],
)
def test_a_key_that_is_nobodys_is_refused(restricted: Caller, service: str, operation: str, code: str) -> None:
    """A mistyped key gets AWS's words for it, from every service."""
    stranger = Credentials("AKIASTRANGER00000000", "wrong")
    clients = client_maker(restricted.account.endpoint_url, "eu-west-1", stranger)
    with pytest.raises(ClientError) as refused:
        getattr(clients(service), operation)()
    assert refused.value.response["Error"]["Code"] == code


def test_a_role_can_be_assumed_if_it_is_there(restricted: Caller) -> None:
    """The session's key works and says which role it is; a role that is not there is refused."""
    roles = "arn:aws:iam::123123123123:role"
    session = restricted.client("sts").assume_role(RoleArn=f"{roles}/sentimentTaskRole", RoleSessionName="audit")[
        "Credentials"
    ]
    key = Credentials(session["AccessKeyId"], session["SecretAccessKey"])
    clients = client_maker(restricted.account.endpoint_url, "eu-west-1", key)
    assert clients("sts").get_caller_identity()["Arn"].endswith("assumed-role/sentimentTaskRole/audit")
    response = refusal(restricted, "sts", "assume_role", RoleArn=f"{roles}/nobody", RoleSessionName="audit")
    assert response["Error"]["Code"] == "AccessDenied"


def test_an_ended_lab_session_refuses_all_but_who_am_i() -> None:
    """Vocareum's identity still answers; every call is denied by policy voc-cancel-cred."""
    with emulated_account(application=False, account="343434343434", session_ended=True) as account:
        caller = Caller(account)
        arn = caller.client("sts").get_caller_identity()["Arn"]
        assert arn.startswith("arn:aws:sts::343434343434:assumed-role/voclabs/user")
        for service, operation, code in (
            ("ec2", "describe_vpcs", "UnauthorizedOperation"),
            ("iam", "list_users", "AccessDenied"),
            ("ecs", "list_clusters", "AccessDeniedException"),
        ):
            error = refusal(caller, service, operation)["Error"]
            assert error["Code"] == code
            assert "with an explicit deny in an identity-based policy" in error["Message"]
            assert error["Message"].endswith(":policy/voc-cancel-cred")


def test_an_empty_account_has_what_aws_puts_there_and_nothing_else() -> None:
    """A default VPC with its gateway in each region; no user, no bucket, no cluster, no repository."""
    with emulated_account(account="565656565656", empty=True) as account:
        caller = Caller(account)
        assert caller.client("sts").get_caller_identity()["Arn"] == "arn:aws:iam::565656565656:root"
        for region in ("eu-west-1", "us-west-2"):
            ec2 = caller.client("ec2", region)
            assert [one["IsDefault"] for one in ec2.describe_vpcs()["Vpcs"]] == [True]
            assert len(ec2.describe_internet_gateways()["InternetGateways"]) == 1
        assert caller.client("iam").get_account_summary()["SummaryMap"]["AccountMFAEnabled"] == 0
        assert caller.client("iam").list_users()["Users"] == []
        assert caller.client("s3").list_buckets()["Buckets"] == []
        assert caller.client("ecs").list_clusters()["clusterArns"] == []
        assert caller.client("ecr").describe_repositories()["repositories"] == []
        assert "Budgets" not in caller.client("budgets").describe_budgets(AccountId="565656565656")
