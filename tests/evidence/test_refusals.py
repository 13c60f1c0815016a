"""Refusals: of which kind each is, what counts as an answer, and how it is named."""

from __future__ import annotations

from dataclasses import replace

import pytest

from grader.errors import Unverified
from grader.evidence.question import Question
from grader.evidence.refusals import Refusal, RefusalKind, refusal_kind, refusals_of, says_absent

KIND = RefusalKind


@pytest.mark.parametrize(
    ("code", "message", "kind"),
    [
        ("AccessDenied", "with an explicit deny in a service control policy", KIND.SERVICE_CONTROL_POLICY),
        ("AccessDenied", "with an explicit deny in a resource control policy", KIND.SERVICE_CONTROL_POLICY),
        ("AccessDenied", "no permissions boundary allows the action", KIND.PERMISSION_BOUNDARY),
        ("AccessDenied", "no session policy allows the action", KIND.SESSION_POLICY),
        ("AccessDenied", "with an explicit deny in a resource-based policy", KIND.RESOURCE_POLICY),
        ("AccessDenied", "no identity-based policy allows the action", KIND.IDENTITY_POLICY),
        ("AccessDenied", "assumed-role/voclabs/user1 is not authorized", KIND.LAB_SANDBOX),
        ("AccessDenied", "explicit deny in Pvoclabs2", KIND.LAB_SANDBOX),
        ("AccessDenied", "assumed-role/voclabs/user1: in a Service Control Policy", KIND.SERVICE_CONTROL_POLICY),
        ("AccessDenied", "voclabs: with an explicit deny in voc-cancel-cred", KIND.SESSION_ENDED),
        ("UnauthorizedOperation", "You are not authorized to perform this operation.", KIND.IDENTITY_POLICY),
        ("AuthorizationError/NotAuthorized", "", KIND.IDENTITY_POLICY),
        ("Forbidden", "", KIND.IDENTITY_POLICY),
        ("403", "", KIND.IDENTITY_POLICY),
        ("ThrottlingException", "Rate exceeded in a service control policy", KIND.THROTTLED),
        ("SlowDown", "", KIND.THROTTLED),
        ("503", "", KIND.THROTTLED),
        ("ExpiredToken", "", KIND.EXPIRED),
        ("RequestExpired", "", KIND.EXPIRED),
        ("OptInRequired", "", KIND.REGION_OFF),
        ("AuthFailure", "", KIND.REGION_OFF),
        ("UnrecognizedClientException", "", KIND.REGION_OFF),
        ("NoAnswer", "Connection timed out", KIND.NO_ANSWER),
        ("500", "", KIND.NO_ANSWER),
        ("ValidationError", "1 validation error", KIND.OTHER),
        ("", "", KIND.OTHER),
    ],
)
def test_the_kind_is_told_from_code_and_wording(code: str, message: str, kind: RefusalKind) -> None:
    """In AWS's own words, in any case; an ended session goes before all, the code before the wording."""
    assert refusal_kind(code, message) is kind


@pytest.mark.parametrize(
    ("code", "absent"),
    [
        ("NoSuchBucketPolicy", True), ("ServerSideEncryptionConfigurationNotFoundError", True),
        ("ResourceNotFoundException", True), ("LoadBalancerNotFound", True), ("InvalidFunctionNotFoundFault", True),
        ("AWSOrganizationsNotInUseException", True), ("404", True), ("AccessDenied", False), ("NotFoundOut", False),
        ("MyNoSuch", False), ("", False),
    ],
)  # fmt: skip
def test_what_says_that_there_is_none_is_an_answer(code: str, absent: bool) -> None:
    """And no refusal."""
    assert says_absent(code) is absent


def refusal(region: str) -> Refusal:
    """A refused question of a region."""
    return Refusal(Question("ec2.DescribeVpcs", region), KIND.THROTTLED, "ec2:DescribeVpcs", "Throttling", "")


def test_a_refusal_names_its_action_its_region_and_its_kind() -> None:
    """The region only where there is one."""
    assert str(refusal("eu-west-1")) == "ec2:DescribeVpcs in eu-west-1 (throttled)"
    assert str(refusal("global")) == "ec2:DescribeVpcs (throttled)"


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        (KIND.IDENTITY_POLICY, "AWS denied ec2:DescribeVpcs in eu-west-1 (identity policy)"),
        (KIND.LAB_SANDBOX, "AWS denied ec2:DescribeVpcs in eu-west-1 (lab sandbox)"),
        (KIND.THROTTLED, "AWS throttled ec2:DescribeVpcs in eu-west-1"),
        (KIND.NO_ANSWER, "AWS did not answer ec2:DescribeVpcs in eu-west-1"),
        (KIND.EXPIRED, "the credentials had expired before ec2:DescribeVpcs in eu-west-1"),
        (KIND.SESSION_ENDED, "the lab session had ended before ec2:DescribeVpcs in eu-west-1"),
        (KIND.REGION_OFF, "the region is disabled: ec2:DescribeVpcs in eu-west-1"),
        (KIND.OTHER, "AWS returned an error for ec2:DescribeVpcs in eu-west-1 (Throttling)"),
    ],
)
def test_a_denial_is_told_from_silence(kind: RefusalKind, reason: str) -> None:
    """What was denied, throttled, not answered or lost with the credentials has words of its own."""
    assert replace(refusal("eu-west-1"), kind=kind).reason == reason


def test_the_refusals_behind_an_error_are_told() -> None:
    """An answer that lacks something has none."""
    assert refusals_of(Unverified("refused", (refusal("a"), refusal("b")))) == (refusal("a"), refusal("b"))
    assert refusals_of(Unverified("more events than were read")) == ()
