"""ECR: what is an image, whose a repository is, and what shows a login of Docker."""

from __future__ import annotations

from typing import Any

import pytest

from grader.errors import Unverified
from grader.model.registry import DockerLogin, Repository, repositories
from grader.model.trail import Trail
from tests.model.documents import REFUSALS, Account, event

REGION = "eu-west-1"
KEY = "repositoryName=app"
DOCKER = "application/vnd.docker.container.image.v1+json"
OCI = "application/vnd.oci.image.config.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
DIGEST = "0a" * 32


def image(*tags: str, kind: str = DOCKER, **more: Any) -> dict[str, Any]:
    """An image as DescribeImages gives it; of type ``kind``, or of none."""
    return {
        "imageDigest": f"sha256:{DIGEST}",
        **({"imageTags": list(tags)} if tags else {}),
        **({"artifactMediaType": kind} if kind else {}),
        **more,
    }


def holding(*images: dict[str, Any]) -> Account:
    """An account whose repository holds these."""
    return Account().answer("ecr.DescribeImages", KEY, region=REGION, imageDetails=list(images))


def repository(account: Account, name: str = "app") -> Repository:
    """A repository of an account."""
    return Repository(name, REGION, "AES256", account.evidence)


def shares(*images: dict[str, Any]) -> tuple[bool, bool]:
    """Whether there is an image, and whether one has a tag."""
    one = repository(holding(*images))
    return bool(one.holds_an_image), bool(one.holds_a_tagged_image)


@pytest.mark.parametrize(
    ("images", "found"),
    [
        ([image("14.01.25")], (True, True)),
        ([image("latest", kind=OCI)], (True, True)),
        ([image("1", kind="")], (True, True)),
        ([image("1", imageStatus="ACTIVE")], (True, True)),
        ([image()], (True, False)),
        # buildx pushes an index with the tag, and the image and its attestation without one.
        ([image("1", kind="", imageManifestMediaType=INDEX), image(kind=OCI), image(kind=OCI)], (True, True)),
        ([image(kind=OCI), image(kind=OCI)], (True, False)),
        ([image(), image("1")], (True, True)),
        ([image("1", f"sha256-{DIGEST}.sig", kind=OCI)], (True, True)),
        ([], (False, False)),
    ],
)
def test_an_image_counts_with_any_tag_or_none(images: list[dict[str, Any]], found: tuple[bool, bool]) -> None:
    """In Docker's and in OCI's form; the tag has a share of its own."""
    assert shares(*images) == found


@pytest.mark.parametrize(
    "other",
    [
        image("1.0", kind="application/vnd.cncf.helm.config.v1+json"),
        image("1.0", kind="application/vnd.dev.sigstore.bundle.v0.3+json"),
        image("1.0", kind="application/vnd.cncf.notary.signature"),
        image("1.0", kind="application/vnd.in-toto+json"),
        image("1.0", kind="application/spdx+json"),
        image("1.0", kind="application/vnd.oci.empty.v1+json"),
        image("cache", kind="application/vnd.buildkit.cacheconfig.v0"),
        image("1.0", kind="application/vnd.wasm.config.v0+json"),
        image(f"sha256-{DIGEST}.sig", kind=OCI),
        image(f"sha256-{DIGEST}.att", f"sha256-{DIGEST}.sbom", kind=OCI),
        image(f"sha256-{DIGEST}", kind=""),
        image("1.0", imageStatus="ARCHIVED"),
    ],
)
def test_what_lies_beside_images_is_none(other: dict[str, Any]) -> None:
    """Charts, signatures, caches, and what was archived: alone they earn nothing, and they hide nothing."""
    assert shares(other) == (False, False)
    assert shares(other, image()) == (True, False)


def test_refused_images_are_not_absent() -> None:
    """Both claims are open and the action is named, even if ListImages would tell the tags."""
    account = Account().refuse("ecr.DescribeImages", KEY, region=REGION)
    account.answer("ecr.ListImages", KEY, region=REGION, imageIds=[{"imageDigest": "sha256:0a", "imageTag": "1"}])
    for claim in ("holds_an_image", "holds_a_tagged_image"):
        with pytest.raises(Unverified, match="ecr:DescribeImages"):
            getattr(repository(account), claim)


@pytest.mark.parametrize(
    ("configuration", "right"),
    [
        ({"encryptionType": "AES256"}, True),
        ({}, True),
        (None, True),
        ({"encryptionType": "KMS"}, False),
        ({"encryptionType": "KMS_DSSE"}, False),
    ],
)
def test_an_encryption_that_is_not_told_is_aes_256(configuration: dict[str, str] | None, right: bool) -> None:
    """Older answers leave it out; keys of KMS are another choice."""
    listed = [{"repositoryName": "app", "encryptionConfiguration": configuration}]
    account = Account().answer("ecr.DescribeRepositories", region=REGION, repositories=listed)
    (one,) = repositories(account.evidence, REGION)
    assert bool(one.uses_aes_256) is right


@pytest.mark.parametrize(
    ("name", "tools"),
    [
        ("cdk-hnb659fds-container-assets-123456789012-eu-west-1", True),
        ("aws-cdk/assets", True),
        ("sentiment1a2b3c4d/helloworldfunction19d43fc4repo", True),
        ("ecr-public/docker/library/nginx", True),
        ("docker-hub/library/python", True),
        ("sam-kowalski-sentiment", False),
        ("sam", False),
        ("samcli-lab", False),
        ("aws-sam-lab", False),
        ("cdk-lab", False),
        ("cdk-kowalski-container-assets-lab", False),
        ("my-cdk-hnb659fds-container-assets-123456789012-eu-west-1", False),
        ("lab/sentiment", False),
        ("lab/myrepo", False),
        ("docker-hub", False),
        ("sentiment-app", False),
    ],
)
def test_a_tools_repository_is_told_by_its_whole_name(name: str, tools: bool) -> None:
    """A student may be called Sam."""
    assert repository(Account(), name).is_tool_managed is tools


def login(account: Account, *, names: tuple[str, ...] = ("app",), gaps: tuple[Unverified, ...] = ()) -> bool | None:
    """Whether Docker was logged in; None where it is open."""
    evidence = account.evidence
    held = tuple(Repository(name, REGION, "AES256", evidence) for name in names)
    try:
        return bool(DockerLogin(held, gaps, Trail(evidence)).left_a_trace)
    except Unverified:
        return None


def with_events(account: Account, *events: dict[str, Any]) -> Account:
    """The account with an answer of CloudTrail about tokens."""
    key = "EventName=GetAuthorizationToken"
    return account.answer("cloudtrail.LookupEvents", key, region=REGION, Events=list(events))


TOKEN = event("GetAuthorizationToken", eventSource="ecr.amazonaws.com")
FOREIGN = event("GetAuthorizationToken", eventSource="codeartifact.amazonaws.com")


def test_a_pushed_image_or_an_event_shows_a_login() -> None:
    """Either is enough; a token of another service is neither."""
    assert login(with_events(holding(image()))) is True
    assert login(with_events(holding(), TOKEN)) is True
    assert login(with_events(holding(), FOREIGN)) is False
    assert login(with_events(holding()), names=()) is False
    assert login(with_events(Account(), TOKEN), names=()) is True


@pytest.mark.parametrize("kind", sorted(REFUSALS))
def test_a_refused_witness_leaves_the_login_open(kind: str) -> None:
    """Images, the list of repositories, or CloudTrail: what one does not show another may have shown."""
    refused = REFUSALS[kind]
    images = Account().refuse("ecr.DescribeImages", KEY, region=REGION, **refused)
    assert login(with_events(images)) is None
    assert login(with_events(images, TOKEN)) is True
    events = holding().refuse("cloudtrail.LookupEvents", "EventName=GetAuthorizationToken", region=REGION, **refused)
    assert login(events) is None
    gap = (Unverified("AWS did not answer ecr:DescribeRepositories"),)
    assert login(with_events(holding()), gaps=gap) is None
    assert login(with_events(holding(image())), gaps=gap) is True


@pytest.mark.parametrize(("number", "words"), [(0, "no image"), (1, "one image"), (3, "3 images")])
def test_it_says_how_many_images_there_are(number: int, words: str) -> None:
    """As a person would."""
    one = repository(holding(*(image("1") for _ in range(number))))
    assert f"holds {words}" in one.holds_an_image.found
    assert f"holds {words}, {number} of them tagged" in one.holds_a_tagged_image.found
    assert [each.digest for each in one.images] == [f"sha256:{DIGEST}"] * number
