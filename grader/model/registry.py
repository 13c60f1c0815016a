"""ECR: repositories, images, and whether Docker ever logged in."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from grader.errors import Unverified
from grader.evidence import Evidence, Question
from grader.evidence.tracking import derived
from grader.model.findings import Finding, either, shorten, some
from grader.model.trail import Trail

# Repositories that tools make for themselves: CDK's bootstrap, SAM's companion stacks.
_TOOL_REPOSITORY = re.compile(r"^(cdk-[a-z0-9]+-container-assets-|aws-sam|sam-|samcli|aws-cdk/)")
# What may lie beside images in a repository: Helm charts, signatures, attestations, SBOMs.
_NOT_AN_IMAGE = re.compile(r"helm|cosign|sigstore|notary|signature|attestation|in-toto|spdx|cyclonedx|sbom|wasm")
_SIDE_TAG = re.compile(r"^sha256-[0-9a-f]{64}(\.(sig|att|sbom))?$")


@dataclass(frozen=True, slots=True)
class Image:
    """A container image in a repository."""

    digest: str
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Repository:
    """A private ECR repository."""

    name: str
    region: str
    encryption: str
    evidence: Evidence = field(repr=False)
    memo: dict[str, Any] = field(default_factory=dict, repr=False)

    def __repr__(self) -> str:
        return f"repository {shorten(self.name)}"

    @property
    def sources(self) -> tuple[Question, ...]:
        """The answer that it was read from."""
        return (Question("ecr.DescribeRepositories", self.region),)

    @property
    def is_a_tools(self) -> bool:
        """Whether a deployment tool made it for itself."""
        return _TOOL_REPOSITORY.match(self.name) is not None

    @property
    def uses_aes_256(self) -> Finding:
        """Whether it is encrypted with AES-256 (older answers leave that out)."""
        return Finding(self.encryption == "AES256", f"the encryption of {self!r} is {self.encryption}", "AES256")

    @derived
    def images(self) -> tuple[Image, ...]:
        """Its live container images, without charts, signatures and archived ones."""
        answer = self.evidence.answer("ecr.DescribeImages", self.region, repositoryName=self.name)
        return tuple(
            Image(each.text("imageDigest", ""), each.texts("imageTags"))
            for each in answer.each("imageDetails")
            if each.text("imageStatus", "ACTIVE") != "ARCHIVED"
            and not _NOT_AN_IMAGE.search(each.text("artifactMediaType", "").lower())
            and not (each.texts("imageTags") and all(_SIDE_TAG.match(tag) for tag in each.texts("imageTags")))
        )

    @property
    def holds_an_image(self) -> Finding:
        """Whether an image was pushed to it."""
        return Finding(bool(self.images), f"{self!r} holds {len(self.images)} images", "at least one image")

    @property
    def holds_a_tagged_image(self) -> Finding:
        """Whether one of its images has a tag, whichever."""
        tagged = [image for image in self.images if image.tags]
        found = f"{self!r} holds {len(self.images)} images, {len(tagged)} of them tagged"
        return Finding(bool(tagged), found, "an image with a tag")


def repositories(evidence: Evidence, region: str) -> Iterable[Repository]:
    """Every private repository of a region."""
    for each in evidence.answer("ecr.DescribeRepositories", region).each("repositories"):
        encryption = each.within("encryptionConfiguration").text("encryptionType", "AES256")
        yield Repository(each.text("repositoryName"), region, encryption, evidence)


@dataclass(frozen=True, slots=True, eq=False)
class DockerLogin:
    """Whether Docker was ever logged in to the registry; a login leaves only traces."""

    repositories: tuple[Repository, ...]
    gaps: tuple[Unverified, ...]
    events: Trail
    memo: dict[str, Any] = field(default_factory=dict, repr=False)

    def __repr__(self) -> str:
        return "docker login"

    @property
    def left_a_trace(self) -> Finding:
        """Whether an image was pushed, or CloudTrail shows a login or a push by a person."""
        return either(
            lambda: some(self.repositories, lambda repository: repository.holds_an_image),
            self._gap,
            lambda: self.events.shows_a_login,
        )

    def _gap(self) -> Finding:
        if self.gaps:
            raise self.gaps[0]
        return Finding(False, "no repository holds an image")
