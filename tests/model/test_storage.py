"""Buckets: whose they are, whether they are private, what they hold, and what names one."""

from __future__ import annotations

from typing import Any

import pytest

from grader.errors import Unverified
from grader.model.storage import SWITCHES, Bucket, buckets, names_bucket
from tests.model.documents import REFUSALS, Account

KEY = "Bucket=lab"
ON = dict.fromkeys(SWITCHES, True)
ABSENT = {"Code": "NoSuchPublicAccessBlockConfiguration", "Message": "none"}


def bucket(account: Account, name: str = "lab") -> Bucket:
    """A bucket of an account."""
    return Bucket(name, "eu-west-1", account.evidence)


def blocking(own: dict[str, Any] | None, whole: dict[str, Any] | None) -> Account:
    """Block Public Access of the bucket and of the account; an error, switches, or no configuration."""
    account = Account()
    levels = (("s3.GetPublicAccessBlock", KEY, own), ("s3control.GetPublicAccessBlock", "", whole))
    for operation, key, switches in levels:
        if switches is None or "Code" in switches:
            account.refuse(operation, key, **(switches or ABSENT))
        else:
            account.answer(operation, key, PublicAccessBlockConfiguration=switches)
    return account


def private(own: dict[str, Any] | None, whole: dict[str, Any] | None) -> bool | None:
    """Whether the bucket is private; None where AWS did not answer."""
    try:
        return bool(bucket(blocking(own, whole)).blocks_public_access)
    except Unverified:
        return None


@pytest.mark.parametrize(
    ("own", "whole", "expected"),
    [
        (ON, None, True),
        (None, ON, True),
        (ON, ON, True),
        ({**ON, "BlockPublicAcls": False}, {"BlockPublicAcls": True}, True),
        (None, None, False),
        ({}, {}, False),
        (dict.fromkeys(SWITCHES, False), None, False),
    ],
)
def test_each_switch_is_on_for_the_bucket_or_for_the_account(
    own: dict[str, bool] | None, whole: dict[str, bool] | None, expected: bool
) -> None:
    """Both levels add up, and a configuration that does not exist is off."""
    assert private(own, whole) is expected


@pytest.mark.parametrize("switch", SWITCHES)
def test_no_switch_may_be_off(switch: str) -> None:
    """One of four that is off at both levels is too many, and is named."""
    found = bucket(blocking({**ON, switch: False}, None)).blocks_public_access
    assert not found
    assert switch in repr(found)


@pytest.mark.parametrize("kind", sorted(REFUSALS))
def test_a_refused_level_may_be_on(kind: str) -> None:
    """What the other level does not show stays open; what it shows is earned."""
    refused = REFUSALS[kind]
    assert private(ON, refused) is private(refused, ON) is True
    assert private(None, refused) is private(refused, None) is private(refused, refused) is None


def test_a_refused_configuration_is_named() -> None:
    """With the action of IAM, whose name is not that of the operation."""
    with pytest.raises(Unverified, match="s3:GetBucketPublicAccessBlock"):
        _ = bucket(blocking(REFUSALS["identity policy"], None)).blocks_public_access


def holding(*objects: tuple[str, int], more: bool = False) -> Bucket:
    """A bucket with objects, and ``more`` that were not read."""
    contents = [{"Key": key, "Size": size} for key, size in objects]
    return bucket(Account().answer("s3.ListObjectsV2", KEY, Contents=contents, IsTruncated=more))


def test_a_file_is_an_object_with_content() -> None:
    """Also below a prefix, and one archive alone."""
    assert holding(("data/model.tar.gz", 1)).holds_files
    assert holding(("data/", 0), ("readme", 12)).holds_files


@pytest.mark.parametrize("objects", [[], [("data/", 0)], [("data/", 5)], [("empty.txt", 0)]])
def test_a_placeholder_is_no_file(objects: list[tuple[str, int]]) -> None:
    """The console's folders and empty objects hold nothing; nor does an answer without contents."""
    assert not holding(*objects).holds_files
    assert not bucket(Account().answer("s3.ListObjectsV2", KEY)).holds_files


def test_a_list_that_was_not_read_to_its_end_rules_nothing_out() -> None:
    """Behind thousands of placeholders a file may stand: open; a file among those read decides."""
    with pytest.raises(Unverified, match="more objects"):
        _ = holding(("data/", 0), more=True).holds_files
    assert holding(("a", 1), more=True).holds_files


def test_refused_objects_are_not_absent() -> None:
    """The action is named."""
    with pytest.raises(Unverified, match="s3:ListBucket"):
        _ = bucket(Account().refuse("s3.ListObjectsV2", KEY)).holds_files


@pytest.mark.parametrize(
    "name",
    [
        "aws-cloudtrail-logs-123456789012-0a1b2c3d", "cf-templates-1x2y3z4a5b6c-eu-west-1",
        "cf-templates--1x2y3z4a5b6c-us-east-1", "cdk-hnb659fds-assets-123456789012-eu-west-1",
        "elasticbeanstalk-eu-west-1-123456789012", "aws-sam-cli-managed-default-samclisourcebucket-1abc2def3ghi",
        "codepipeline-us-east-1-784512345678", "sagemaker-eu-west-1-123456789012", "sagemaker-studio-123456789012-ab1",
        "amplify-shop-dev-143022-deployment", "aws-logs-123456789012-eu-west-1", "config-bucket-123456789012",
        "aws-athena-query-results-123456789012-us-east-1", "aws-glue-assets-123456789012-eu-west-1",
        "serverless-framework-deployments-us-east-1-0a1b2c3d", "shop-dev-serverlessdeploymentbucket-1abc2def3ghi",
        "stackset-shop-infrastruc-pipelinebuiltartifactbuc-1abc2def3ghi",
        "do-not-delete-gatedgarden-audit-123456789012",
    ],
)  # fmt: skip
def test_a_bucket_that_a_tool_made_for_itself_is_told(name: str) -> None:
    """By the whole name that the tool gives it."""
    assert bucket(Account(), name).is_tool_managed


@pytest.mark.parametrize(
    "name",
    [
        "sentiment-lab", "sagemaker-lab", "sagemaker-ola-kowalska", "amplify-me", "do-not-delete-my-lab",
        "codepipeline-sentiment", "serverless-framework-lab", "elasticbeanstalk-lab", "cdk-assets", "cf-templates",
        "config-bucket-ola", "stackset-lab", "aws-cloudtrail-logs-lab",
        "my-cdk-hnb659fds-assets-123456789012-eu-west-1",
        "cdk-kowalski-assets-lab", "aws-logs-lab", "sam-kowalski",
    ],
)  # fmt: skip
def test_a_student_may_call_a_bucket_nearly_so(name: str) -> None:
    """The beginning of a tool's name alone is anybody's."""
    assert not bucket(Account(), name).is_tool_managed


def test_every_bucket_is_listed_with_its_region() -> None:
    """An older answer leaves the region out."""
    account = Account().answer("s3.ListBuckets", Buckets=[{"Name": "a", "BucketRegion": "eu-west-1"}, {"Name": "b"}])
    assert [(one.name, one.region) for one in buckets(account.evidence)] == [("a", "eu-west-1"), ("b", "")]


@pytest.mark.parametrize(
    "text",
    [
        "lab", " lab ", "lab/models/v1", "s3://lab", "s3://lab/key", "S3://lab/", "s3a://lab/key", "arn:aws:s3:::lab",
        "arn:aws-cn:s3:::lab/models/*", "lab.s3.amazonaws.com", "https://lab.s3.amazonaws.com/key",
        "https://lab.s3.eu-west-1.amazonaws.com/lab2/key", "lab.s3-eu-west-1.amazonaws.com",
        "http://lab.s3-website-eu-west-1.amazonaws.com", "lab.s3.dualstack.eu-west-1.amazonaws.com",
        "lab.s3.cn-north-1.amazonaws.com.cn", "https://s3.eu-west-1.amazonaws.com/lab/key",
        "https://s3.amazonaws.com/lab", "https://s3.eu-west-1.amazonaws.com:443/lab/key", '{"bucket": "lab"}',
        "bucket=lab,prefix=models", "INFO Reading from bucket lab.", "INFO Reading from lab...", "'lab'", "lab\n",
        "Downloading s3://other/lab and s3://lab/model.bin", "(lab)", "line one\nlab",
    ],
)  # fmt: skip
def test_a_text_names_a_bucket(text: str) -> None:
    """As a word, a path, a URI, an ARN, or a URL of S3."""
    assert names_bucket(text, "lab")


@pytest.mark.parametrize(
    "text",
    [
        "", "lab-2", "my-lab", "my.lab", "lab.data", "lab2", "2lab", "lab_2", "my_lab", "Lab", "XXlab", "łlab", "labł",
        "s3://lab-2/key", "s3://my.lab/key", "s3://lab.data/key", "s3://other/lab", "s3://other/lab/key",
        "s3a://other/lab", "arn:aws:s3:::lab-2", "arn:aws:s3:::other/lab", "lab-2.s3.amazonaws.com",
        "my.lab.s3.amazonaws.com", "https://other.s3.eu-west-1.amazonaws.com/lab/key",
        "https://s3.eu-west-1.amazonaws.com/other/lab", "https://s3.eu-west-1.amazonaws.com/lab-2",
        "https://not-s3.amazonaws.com/lab", "https://example.com/lab", "/opt/lab/model.bin", "./lab", "~/lab",
        "C:\\lab", "ola@lab", "ola@lab.example.com", "lab.example.com", "https://lab.example.com/s3.amazonaws.com",
        "123456789012.dkr.ecr.eu-west-1.amazonaws.com/lab:1", "lab.s3.example.com",
        "arn:aws:s3:eu-west-1:1:accesspoint/lab",
    ],
)  # fmt: skip
def test_a_longer_name_or_a_key_names_another_bucket(text: str) -> None:
    """Neither the beginning nor the end of a name is the name, and a key is no bucket."""
    assert not names_bucket(text, "lab")


def test_a_name_is_no_pattern() -> None:
    """A dot in a name is a dot; and no name is named by nothing."""
    assert names_bucket("s3://my.lab/key", "my.lab")
    assert not names_bucket("s3://myxlab/key", "my.lab")
    assert not names_bucket("anything", "")


def test_a_long_line_takes_no_time() -> None:
    """A hostile line that is almost a URL of S3 is read in one pass."""
    assert not names_bucket("lab.s3." + "a-." * 20_000, "lab")
    assert not names_bucket(("s3." + "a" * 50) * 400 + "lab2", "lab")
