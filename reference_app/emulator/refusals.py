"""What the caller may not do: denied actions, and a Learner Lab whose session has ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from moto.iam.models import iam_backends
from moto.sts.models import sts_backends

from .errors import AwsError
from .gateway import Answer, Call

# Where the IAM action is not `service:Operation` by botocore's names (Service Authorization Reference).
ACTION_PREFIXES = {
    "elbv2": "elasticloadbalancing",
    "resourcegroupstaggingapi": "tag",
    "s3control": "s3",
    "service-quotas": "servicequotas",
}
ACTIONS = {
    "budgets:DescribeBudget": "budgets:ViewBudget",
    "budgets:DescribeBudgets": "budgets:ViewBudget",
    "budgets:DescribeNotificationsForBudget": "budgets:ViewBudget",
    "budgets:DescribeSubscribersForNotification": "budgets:ViewBudget",
    "budgets:DescribeBudgetNotificationsForAccount": "budgets:ViewBudget",
    "s3:ListBuckets": "s3:ListAllMyBuckets",
    "s3:ListObjects": "s3:ListBucket",
    "s3:ListObjectsV2": "s3:ListBucket",
    "s3:ListObjectVersions": "s3:ListBucketVersions",
    "s3:HeadBucket": "s3:ListBucket",
    "s3:HeadObject": "s3:GetObject",
    "s3:GetPublicAccessBlock": "s3:GetBucketPublicAccessBlock",
    "s3:GetBucketEncryption": "s3:GetEncryptionConfiguration",
    "s3control:GetPublicAccessBlock": "s3:GetAccountPublicAccessBlock",
}
# sts:GetCallerIdentity needs no permission and cannot be denied.
ALWAYS_ALLOWED = "sts:GetCallerIdentity"


def action_of(service: str, operation: str) -> str:
    """The IAM action that an operation needs: `s3`, `ListBuckets` gives `s3:ListAllMyBuckets`."""
    asked = f"{service}:{operation}"
    return ACTIONS.get(asked, f"{ACTION_PREFIXES.get(service, service)}:{operation}")


class Refusals:
    """The policy of one emulated account; everything is allowed until `start`."""

    def __init__(self, account: str) -> None:
        self._account = account
        self._caller = ""
        self._denied: tuple[str, ...] = ()
        self._session_ended = False

    def start(self, caller: str, denied: Sequence[str], *, session_ended: bool) -> None:
        """Refuse `denied`, IAM actions in which `*` stands for anything, to the access key `caller`."""
        self._denied = tuple(denied)
        self._session_ended = session_ended
        self._caller = caller

    def __call__(self, call: Call) -> None:
        if not self._caller:
            return
        if not self._knows(call.access_key_id):
            raise _stranger(call)
        self._may_assume(call)
        if call.access_key_id != self._caller:
            return
        action = action_of(call.service, call.operation)
        if action == ALWAYS_ALLOWED:
            return
        if self._session_ended:
            policy = f"arn:aws:iam::{self._account}:policy/voc-cancel-cred"
            raise _refusal(
                call,
                f"{self._who(call)} is not authorized to perform: {action} "
                f"with an explicit deny in an identity-based policy: {policy}",
            )
        if any(fnmatchcase(action.lower(), pattern.lower()) for pattern in self._denied):
            raise _refusal(
                call,
                f"{self._who(call)} is not authorized to perform: {action} "
                "because no identity-based policy allows the action",
            )

    def _knows(self, access_key_id: str) -> bool:
        """Whether a key is anybody's: moto lets every key in."""
        if access_key_id == self._caller:
            return True
        user = iam_backends[self._account]["aws"].get_user_from_access_key_id(access_key_id)
        return user is not None or self._session(access_key_id) is not None

    def _session(self, access_key_id: str) -> Any:
        return sts_backends[self._account]["aws"].get_assumed_role_from_access_key(access_key_id)

    def _may_assume(self, call: Call) -> None:
        """Moto gives a session of any role, also of one that is not there."""
        if (call.service, call.operation) != ("sts", "AssumeRole"):
            return
        arn = call.parameters()["RoleArn"]
        if arn not in [role.arn for role in iam_backends[self._account]["aws"].roles.values()]:
            message = f"{self._who(call)} is not authorized to perform: sts:AssumeRole on resource: {arn}"
            raise AwsError("AccessDenied", message, 403)

    @property
    def answers(self) -> Mapping[tuple[str, str], Answer]:
        return {("sts", "GetCallerIdentity"): self._identity}

    def _identity(self, call: Call) -> dict[str, Any]:
        """Moto knows users and roles, but neither the root user nor Vocareum's session."""
        if self._session_ended and call.access_key_id == self._caller:
            return {
                "UserId": f"AROAEMULATEDVOCLABS00:{SESSION}",
                "Account": self._account,
                "Arn": self._voclabs,
            }
        session = self._session(call.access_key_id)
        if session is not None:
            return {"UserId": session.user_id, "Account": session.account_id, "Arn": session.arn}
        user = iam_backends[self._account]["aws"].get_user_from_access_key_id(call.access_key_id)
        if user is None:
            return {
                "UserId": self._account,
                "Account": self._account,
                "Arn": f"arn:aws:iam::{self._account}:root",
            }
        return {"UserId": user.id, "Account": self._account, "Arn": user.arn}

    @property
    def _voclabs(self) -> str:
        return f"arn:aws:sts::{self._account}:assumed-role/voclabs/{SESSION}"

    def _who(self, call: Call) -> str:
        return f"User: {self._identity(call)['Arn']}"


SESSION = "user123=student@example.edu"


def _refusal(call: Call, message: str) -> AwsError:
    """The code that this service's protocol has for it; S3's HEAD has only a status."""
    protocol = str(call.model.service_model.protocol)
    if call.service == "ec2":
        # EC2 alone says "You".
        return AwsError("UnauthorizedOperation", f"You are not authorized to perform this operation. {message}", 403)
    if protocol in ("json", "rest-json") and call.service != "cloudwatch":
        return AwsError("AccessDeniedException", message, 400 if protocol == "json" else 403)
    return AwsError("AccessDenied", message, 403)


def _stranger(call: Call) -> AwsError:
    """What each protocol says to a key that AWS does not know."""
    unknown = "The security token included in the request is invalid."
    if call.service == "ec2":
        return AwsError("AuthFailure", "AWS was not able to validate the provided access credentials", 401)
    if call.service in ("s3", "s3control"):
        told = "The AWS Access Key Id you provided does not exist in our records."
        return AwsError("InvalidAccessKeyId", told, 403)
    if str(call.model.service_model.protocol) in ("json", "rest-json"):
        return AwsError("UnrecognizedClientException", unknown, 400)
    return AwsError("InvalidClientTokenId", unknown, 403)
