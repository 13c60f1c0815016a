"""S3 buckets: which is the lab's, whether it is private, what it holds."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from grader.errors import Missing, Unverified
from grader.evidence import Evidence, Question
from grader.evidence.tracking import tracked_property
from grader.model.findings import Finding, either, every, shorten
from grader.model.gathering import Gathered

_REGION = r"[a-z]{2}(?:-[a-z]+){1,2}-\d"
# Buckets that AWS services and deployment tools make for themselves: whole names as they make them, since a prefix
# alone may be a student's.
_TOOL_BUCKET = re.compile(
    rf"""
      aws-cloudtrail-logs-\d{{12}}.*                            # CloudTrail's console
    | (?:aws-logs|config-bucket)-\d{{12}}.*                     # EMR, AWS Config
    | (?:aws-athena-query-results|aws-glue-[a-z]+|aws-waf-logs|aws-quicksetup|aws-controltower|aws-accelerator)-.+
    | cf-templates-.*{_REGION}(?:-an)?                         # CloudFormation's console
    | cdk-[a-z0-9]{{1,10}}-assets-\d{{12}}.*                      # CDK's bootstrap
    | aws-sam-cli-managed-.+                                   # SAM
    | .+-samclisourcebucket-[a-z0-9]+
    | elasticbeanstalk-{_REGION}-\d{{12}}
    | (?:codepipeline|aws-codestar)-{_REGION}-\d{{6,}}.*
    | sagemaker-(?:{_REGION}|studio)-[a-z0-9-]+
    | amplify-.+-(?:deployment|\d{{5,}})
    | serverless-framework-deployments-{_REGION}-.+            # the Serverless Framework
    | .+-serverlessdeploymentbuck(?:et)?-[a-z0-9]+
    | stackset-[a-z0-9-]+-[a-z0-9]{{10,13}}                     # Copilot's and others' stack sets
    | do-not-delete-(?:gatedgarden|ssm)-.+
    """,
    re.VERBOSE,
)
_S3_HOST = r"s3[a-z0-9.-]*\.amazonaws\.com(?:\.cn)?"
SWITCHES = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")


@dataclass(frozen=True, slots=True)
class StoredObject:
    """A live object; ``size`` in bytes."""

    key: str
    size: int


@dataclass(frozen=True, slots=True, eq=False)
class Bucket:
    """A bucket."""

    name: str
    region: str
    evidence: Evidence = field(repr=False)
    memo: dict[str, Any] = field(default_factory=dict, repr=False)

    def __repr__(self) -> str:
        return f"bucket {shorten(self.name)}"

    @property
    def sources(self) -> tuple[Question, ...]:
        """The answer that it was read from."""
        return (Question("s3.ListBuckets", "global"),)

    @property
    def is_tool_managed(self) -> bool:
        """Whether it is called as AWS services and deployment tools call their own buckets."""
        return _TOOL_BUCKET.fullmatch(self.name) is not None

    @tracked_property
    def blocks_public_access(self) -> Finding:
        """Whether each of the four switches is on, for the bucket or for the account."""
        return every(SWITCHES, self._is_on, of="switches of Block Public Access")

    def _is_on(self, switch: str) -> Finding:
        found, expected = f"off for {self!r} and for the account", "on"

        def on(operation: str, **parameters: str) -> Finding:
            return Finding(switch_is_on(self.evidence, switch, operation, **parameters), found, expected)

        return either(
            lambda: on("s3.GetPublicAccessBlock", Bucket=self.name), lambda: on("s3control.GetPublicAccessBlock")
        )

    @tracked_property
    def objects(self) -> Gathered[StoredObject]:
        """Its live objects, without the placeholders that the console makes for folders.

        With a gap where the bucket holds more than was read.
        """
        answer = self.evidence.answer("s3.ListObjectsV2", Bucket=self.name)
        found = (StoredObject(each.text("Key", ""), each.whole("Size")) for each in answer.each("Contents"))
        gaps = (Unverified(f"{self!r} has more objects than were read"),) if answer.flag("IsTruncated") else ()
        return Gathered(tuple(one for one in found if one.size > 0 and not one.key.endswith("/")), gaps)

    @property
    def holds_files(self) -> Finding:
        """Whether it holds a real object."""
        files = self.objects.items or self.objects.complete()
        return Finding(bool(files), f"{self!r} holds no files", "the files of the lab")


def switch_is_on(evidence: Evidence, switch: str, operation: str, **parameters: str) -> bool:
    """Whether a switch of Block Public Access is on, for a bucket or for the account, as ``operation`` asks."""
    try:
        answer = evidence.answer(operation, **parameters)
    except Missing:  # no configuration means off at that level
        return False
    return answer.within("PublicAccessBlockConfiguration").flag(switch)


def buckets(evidence: Evidence) -> Iterable[Bucket]:
    """Every bucket of the account."""
    for each in evidence.answer("s3.ListBuckets").each("Buckets"):
        yield Bucket(each.text("Name"), each.text("BucketRegion", ""), evidence)


def names_bucket(text: str, name: str) -> bool:
    """Whether ``text`` (the value of a variable, a line of a log) names the bucket ``name``.

    As a word, the start of a path, ``s3://name/key``, ``arn:aws:s3:::name/key``, or a URL of S3 with the bucket in
    its host or first in its path. A longer name that contains it names another bucket, a key with it in its path too.
    """
    return bool(name) and name in text and _naming(name).search(text) is not None


@lru_cache(maxsize=1024)
def _naming(name: str) -> re.Pattern[str]:
    exact = re.escape(name)
    before = rf"(?:^|[^\w.@/\\~%+-]|(?i:s3[an]?://)|(?<![\w.-]){_S3_HOST}(?::\d+)?/)"
    return re.compile(rf"{before}{exact}(?![\w-])(?!\.\w)|(?<![\w.-]){exact}\.{_S3_HOST}(?![\w-])")
