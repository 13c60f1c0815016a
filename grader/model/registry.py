"""ECR: repositories, images, and whether Docker ever logged in."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from grader.errors import Unverified
from grader.evidence import Evidence, Question
from grader.evidence.fields import Fields
from grader.evidence.tracking import tracked_property
from grader.model.findings import Finding, either, shorten, some
from grader.model.gathering import merged
from grader.model.trail import Trail

# Repositories that tools make for themselves, by whole names since a prefix alone may be a student's: CDK's
# bootstrap, SAM's companion stacks (stack and function, each with a hash), and what a pull-through cache copies.
_TOOL_REPOSITORY = re.compile(
    r"cdk-[a-z0-9]{1,10}-container-assets-\d{12}.*|aws-cdk/assets|"
    r"[a-z0-9]+[0-9a-f]{8}/[a-z0-9]+[0-9a-f]{8}repo|"
    r"(?:ecr-public|docker-hub|quay|kubernetes)/.+"
)
# The configuration that Docker and OCI images have. Charts, signatures, attestations, SBOMs and build caches may lie
# beside them with types of their own; an index of images, as buildx pushes it, has none.
_IMAGE = re.compile(r"container\.image|image\.config")
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
    def is_tool_managed(self) -> bool:
        """Whether it is called as tools call their own repositories."""
        return _TOOL_REPOSITORY.fullmatch(self.name) is not None

    @property
    def uses_aes_256(self) -> Finding:
        """Whether it is encrypted with AES-256 (older answers leave that out)."""
        return Finding(self.encryption == "AES256", f"the encryption of {self!r} is {self.encryption}", "AES256")

    @tracked_property
    def images(self) -> tuple[Image, ...]:
        """Its live container images, without charts, signatures and archived ones."""
        answer = self.evidence.answer("ecr.DescribeImages", self.region, repositoryName=self.name)
        return tuple(
            Image(each.text("imageDigest", ""), each.texts("imageTags"))
            for each in answer.each("imageDetails")
            if _is_a_live_image(each)
        )

    @property
    def holds_an_image(self) -> Finding:
        """Whether an image was pushed to it."""
        return Finding(bool(self.images), f"{self!r} holds {_images(len(self.images))}", "at least one image")

    @property
    def holds_a_tagged_image(self) -> Finding:
        """Whether one of its images has a tag, whichever."""
        tagged = [image for image in self.images if image.tags]
        found = f"{self!r} holds {_images(len(self.images))}, {len(tagged)} of them tagged"
        return Finding(bool(tagged), found, "an image with a tag")


def _images(number: int) -> str:
    return {0: "no image", 1: "one image"}.get(number, f"{number} images")


def _is_a_live_image(each: Fields) -> bool:
    if each.text("imageStatus", "ACTIVE") == "ARCHIVED":
        return False
    kind, tags = each.text("artifactMediaType", "").lower(), each.texts("imageTags")
    # Signatures of older tools have an image's type, and tell what they are by their tag.
    return (not kind or bool(_IMAGE.search(kind))) and not (tags and all(map(_SIDE_TAG.match, tags)))


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
            raise merged(self.gaps)
        return Finding(False, "no repository holds an image")
