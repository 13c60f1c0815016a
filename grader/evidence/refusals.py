"""Questions that AWS did not answer, and of which kind each refusal is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from grader.errors import Unverified
from grader.evidence.question import GLOBAL, Question
from grader.foreign_text import shorten


class RefusalKind(StrEnum):
    """Why AWS did not answer."""

    IDENTITY_POLICY = "identity policy"
    RESOURCE_POLICY = "resource policy"
    SERVICE_CONTROL_POLICY = "service control policy"
    PERMISSION_BOUNDARY = "permission boundary"
    SESSION_POLICY = "session policy"
    LAB_SANDBOX = "lab sandbox"
    SESSION_ENDED = "lab session ended"
    REGION_OFF = "region off"
    EXPIRED = "expired credentials"
    THROTTLED = "throttled"
    NO_ANSWER = "no answer"
    NOT_ASKED = "not asked"
    OTHER = "refused"


_REASONS = {
    RefusalKind.THROTTLED: "AWS throttled {asked}",
    RefusalKind.NO_ANSWER: "AWS did not answer {asked}",
    RefusalKind.EXPIRED: "the credentials had expired before {asked}",
    RefusalKind.SESSION_ENDED: "the lab session had ended before {asked}",
    RefusalKind.REGION_OFF: "the region is disabled: {asked}",
    RefusalKind.OTHER: "AWS returned an error for {asked} ({code})",
}
"""How to say what is no denial."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A question that AWS did not answer. ``action`` is the IAM action to grant, where one would help."""

    question: Question
    kind: RefusalKind
    action: str
    code: str
    message: str

    def __str__(self) -> str:
        return f"{self._asked} ({self.kind})"

    @property
    def _asked(self) -> str:
        place = "" if self.question.region == GLOBAL else f" in {self.question.region}"
        return f"{self.action}{place}"

    @property
    def reason(self) -> str:
        """Why there is no answer, in words: ``AWS denied s3:GetBucketPolicy in eu-west-1 (identity policy)``."""
        said = _REASONS.get(self.kind)
        return said.format(asked=self._asked, code=shorten(self.code)) if said is not None else f"AWS denied {self}"


_THROTTLE_CODES = {
    "RequestLimitExceeded", "Throttling", "ThrottlingException", "ThrottledException", "TooManyRequestsException",
    "RequestThrottled", "RequestThrottledException", "SlowDown", "BandwidthLimitExceeded", "LimitExceededException",
    "PriorRequestNotComplete", "TransactionInProgressException", "EC2ThrottledException",
    "ProvisionedThroughputExceededException", "503",
}  # fmt: skip
_EXPIRED_CODES = {"ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"}
_REGION_OFF_CODES = {
    "OptInRequired", "AuthFailure", "InvalidClientTokenId", "UnrecognizedClientException", "RegionDisabledException",
}  # fmt: skip
_NO_ANSWER_CODES = {"NoAnswer", "InternalError", "InternalFailure", "ServiceUnavailable", "RequestTimeout", "500"}


def refusal_kind(code: str, message: str) -> RefusalKind:
    """Which kind of refusal an error is, from AWS's code and the wording of its message.

    The wordings are those of "Troubleshooting access denied error messages" in the IAM user guide.
    """
    text = message.lower()
    if "voc-cancel-cred" in text:
        return RefusalKind.SESSION_ENDED
    if code in _THROTTLE_CODES:
        return RefusalKind.THROTTLED
    if code in _EXPIRED_CODES:
        return RefusalKind.EXPIRED
    if code in _REGION_OFF_CODES:
        return RefusalKind.REGION_OFF
    if code in _NO_ANSWER_CODES:
        return RefusalKind.NO_ANSWER
    if "service control policy" in text or "resource control policy" in text:
        return RefusalKind.SERVICE_CONTROL_POLICY
    if "voclabs" in text:  # the role, or one of its policies Pvoclabs1 and Pvoclabs2
        return RefusalKind.LAB_SANDBOX
    if "permissions boundary" in text:
        return RefusalKind.PERMISSION_BOUNDARY
    if "session policy" in text:
        return RefusalKind.SESSION_POLICY
    if "resource-based policy" in text:
        return RefusalKind.RESOURCE_POLICY
    if any(word in code for word in ("AccessDenied", "Unauthorized", "NotAuthorized", "Forbidden")) or code == "403":
        return RefusalKind.IDENTITY_POLICY
    return RefusalKind.OTHER


def says_absent(code: str) -> bool:
    """Whether an error is an answer: the thing asked about does not exist (``NoSuchBucketPolicy``)."""
    return (
        code.startswith("NoSuch")
        or code.endswith(("NotFound", "NotFoundException", "NotFoundError", "NotFoundFault"))
        or code in {"AWSOrganizationsNotInUseException", "404"}
    )


def refusals_of(error: Unverified) -> tuple[Refusal, ...]:
    """The refusals behind an error; none where the question was answered, but not with what a claim needs."""
    return tuple(one for one in error.refusals if isinstance(one, Refusal))
