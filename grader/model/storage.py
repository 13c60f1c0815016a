"""S3 buckets: which is the lab's, whether it is private, what it holds."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from grader.errors import Missing
from grader.evidence import Evidence, Question
from grader.evidence.tracking import derived
from grader.model.findings import Finding, either, every, shorten

# Buckets that AWS services and deployment tools make for themselves.
_TOOL_BUCKET = re.compile(
    r"^(aws-cloudtrail-logs-|cf-templates-|cdk-[a-z0-9]+-assets-|elasticbeanstalk-|aws-sam-cli-managed-|amplify-|"
    r"aws-glue-|aws-athena-query-results-|aws-waf-logs-|aws-quicksetup-|config-bucket-|codepipeline-|sagemaker-|"
    r"serverless-framework-|do-not-delete-|aws-logs-|stackset-)"
)
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
    def is_a_tools(self) -> bool:
        """Whether an AWS service or a deployment tool made it."""
        return _TOOL_BUCKET.match(self.name) is not None

    @derived
    def blocks_public_access(self) -> Finding:
        """Whether each of the four switches is on, for the bucket or for the account."""
        return every(SWITCHES, self._is_on, of="switches of Block Public Access")

    def _is_on(self, switch: str) -> Finding:
        off = Finding(False, f"off for {self!r} and for the account", "on")

        def on(operation: str, **parameters: str) -> Finding:
            try:
                answer = self.evidence.answer(operation, **parameters)
            except Missing:  # no configuration means off at that level
                return off
            return Finding(answer.within("PublicAccessBlockConfiguration").flag(switch), off.found, off.expected)

        return either(
            lambda: on("s3.GetPublicAccessBlock", Bucket=self.name), lambda: on("s3control.GetPublicAccessBlock")
        )

    @derived
    def objects(self) -> tuple[StoredObject, ...]:
        """Its live objects, without the placeholders that the console makes for folders."""
        contents = self.evidence.answer("s3.ListObjectsV2", Bucket=self.name).each("Contents")
        found = (StoredObject(each.text("Key", ""), each.whole("Size")) for each in contents)
        return tuple(one for one in found if one.size > 0 and not one.key.endswith("/"))

    @property
    def holds_files(self) -> Finding:
        """Whether it holds a real object."""
        return Finding(bool(self.objects), f"{self!r} holds no files", "the files of the lab")


def buckets(evidence: Evidence) -> Iterable[Bucket]:
    """Every bucket of the account."""
    for each in evidence.answer("s3.ListBuckets").each("Buckets"):
        yield Bucket(each.text("Name"), each.text("BucketRegion", ""), evidence)


def mentions(text: str, name: str) -> bool:
    """Whether a text names a bucket: whole, not as a part of another name."""
    return re.search(rf"(?<![a-z0-9.-]){re.escape(name)}(?![a-z0-9-])", text) is not None
