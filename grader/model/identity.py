"""The root user, the administrator, the account's alias, and access from the command line."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from grader.errors import Unverified
from grader.evidence import Evidence
from grader.evidence.tracking import derived, remark
from grader.model.findings import Finding, both, either, known, label, some
from grader.model.gathering import Gathered, gather
from grader.model.trail import Trail


def is_administrator_access(policy_arn: str) -> bool:
    """Whether an ARN is AWS's own policy AdministratorAccess, in any partition."""
    parts = policy_arn.split(":")
    return len(parts) == 6 and parts[4] == "aws" and parts[5] == "policy/AdministratorAccess"


class RootUser:
    """The root user of the account."""

    def __init__(self, evidence: Evidence) -> None:
        self.evidence = evidence
        self.memo: dict[str, Any] = {}

    def __repr__(self) -> str:
        return "the root user"

    @derived
    def has_mfa(self) -> Finding:
        """Whether MFA is enabled for root, by the live account summary.

        Where the summary is refused, a virtual device of root is proof enough. Unknown where there is no root
        credential to protect, as in an organisation that manages root centrally.
        """
        try:
            summary = self.evidence.answer("iam.GetAccountSummary").within("SummaryMap")
        except Unverified:
            if known(lambda: self._has_virtual_device, False):
                return Finding(True, "the root user has a virtual MFA device")
            raise
        if summary.whole("AccountAccessKeysPresent"):
            remark("The root user has an access key; AWS advises to delete it and to use an IAM user's.")
        if summary.whole("AccountMFAEnabled") == 1:
            return Finding(True, "the root user has MFA")
        no_password = summary.number("AccountPasswordPresent", None) == 0
        if no_password and not summary.whole("AccountAccessKeysPresent"):
            raise Unverified(
                "the root user has neither password nor access key: its organisation manages it centrally, so there is"
                " nothing to protect with MFA; the instructor decides"
            )
        return Finding(False, "the root user has no MFA", "an MFA device")

    @derived
    def _has_virtual_device(self) -> bool:
        answer = self.evidence.answer("iam.ListVirtualMFADevices", AssignmentStatus="Assigned")
        owners = (each.within("User").text("Arn", "") for each in answer.each("VirtualMFADevices"))
        root = [arn for arn in owners if arn.startswith("arn:") and arn.endswith(f"::{self.evidence.account}:root")]
        return bool(root)


@dataclass(frozen=True, slots=True, eq=False)
class User:
    """An IAM user."""

    name: str
    evidence: Evidence = field(repr=False)
    memo: dict[str, Any] = field(default_factory=dict, repr=False)

    def __repr__(self) -> str:
        return f"user {label(self.name, self.name)}"

    def _has_direct_policy(self) -> Finding:
        answer = self.evidence.answer("iam.ListAttachedUserPolicies", UserName=self.name)
        arns = [each.text("PolicyArn", "") for each in answer.each("AttachedPolicies")]
        right = any(map(is_administrator_access, arns))
        return Finding(
            right, f"{self!r} has AdministratorAccess neither directly nor through a group", "AdministratorAccess"
        )

    @derived
    def is_administrator_through_a_group(self) -> Finding:
        """Whether a group of the user has AWS's AdministratorAccess."""
        groups = self.evidence.answer("iam.ListGroupsForUser", UserName=self.name).each("Groups")
        found = some([group.text("GroupName") for group in groups], self._group_grants)
        if found:
            return found
        return Finding(False, f"no group of {self!r} has AdministratorAccess", "a group with AdministratorAccess")

    def _group_grants(self, group: str) -> Finding:
        answer = self.evidence.answer("iam.ListAttachedGroupPolicies", GroupName=group)
        right = any(is_administrator_access(each.text("PolicyArn", "")) for each in answer.each("AttachedPolicies"))
        if right and group != "admin":
            remark(f"The handout calls the group admin; yours is {label(group, group)}.")
        return Finding(right, f"{self!r} is an administrator through group {label(group, group)}")

    @derived
    def is_administrator(self) -> Finding:
        """Whether the user has AWS's AdministratorAccess, through a group or directly."""
        return either(lambda: self.is_administrator_through_a_group, self._has_direct_policy)

    @derived
    def has_mfa(self) -> Finding:
        """Whether the user has an MFA device of any kind."""
        answer = self.evidence.answer("iam.ListMFADevices", UserName=self.name)
        return Finding(bool(answer.each("MFADevices")), f"{self!r} has no MFA device", "an MFA device")

    @derived
    def access_keys(self) -> tuple[AccessKey, ...]:
        """The user's access keys, inactive ones too."""
        answer = self.evidence.answer("iam.ListAccessKeys", UserName=self.name)
        return tuple(AccessKey(each.text("AccessKeyId"), self.evidence) for each in answer.each("AccessKeyMetadata"))


@dataclass(frozen=True, slots=True, eq=False)
class AccessKey:
    """An access key of a user."""

    id: str
    evidence: Evidence = field(repr=False)
    memo: dict[str, Any] = field(default_factory=dict, repr=False)

    @derived
    def was_used(self) -> Finding:
        """Whether it was ever used; a key that never was still has a record, with ``N/A`` in it."""
        answer = self.evidence.answer("iam.GetAccessKeyLastUsed", AccessKeyId=self.id)
        used = answer.within("AccessKeyLastUsed").text("LastUsedDate", "")
        shown = f"{self.id[:4]}…{self.id[-4:]}"
        return Finding(
            bool(used), f"access key {shown} was {'last used ' + used if used else 'never used'}", "used once"
        )


class Users:
    """All IAM users; the best one is taken to be the administrator of step 1.2."""

    def __init__(self, evidence: Evidence) -> None:
        self.evidence = evidence
        self.memo: dict[str, Any] = {}

    @derived
    def all(self) -> Gathered[User]:
        """Every user."""
        return gather(lambda _: self._listed(), [None])

    def _listed(self) -> Iterable[User]:
        for each in self.evidence.answer("iam.ListUsers").each("Users"):
            yield User(each.text("UserName"), self.evidence)

    @derived
    def administrator(self) -> User:
        """The user that best plays the administrator; raises ``Missing`` where there are no users."""
        if not self.all.items:
            raise self.all.nothing("There is no IAM user in the account.")

        def rank(user: User) -> tuple[bool, bool, bool]:
            no = Finding(False, "")
            return (
                bool(known(lambda: user.is_administrator, no)),
                bool(known(lambda: user.is_administrator_through_a_group, no)),
                bool(known(lambda: user.has_mfa, no)),
            )

        return max(sorted(self.all.items, key=lambda user: user.name), key=rank)


class Administrator:
    """The administrator of step 1.2: the best user there is."""

    def __init__(self, users: Users) -> None:
        self.users = users
        self.memo: dict[str, Any] = {}

    def __repr__(self) -> str:
        return "the administrator"

    def _of_best(self, claim: Callable[[User], Finding]) -> Finding:
        best = self.users.administrator
        found = some([best, *self.users.all], claim)
        return found if found else claim(best)

    @derived
    def exists(self) -> Finding:
        """Whether some user is an administrator."""
        return self._of_best(lambda user: user.is_administrator)

    @derived
    def is_so_through_a_group(self) -> Finding:
        """Whether some user is an administrator through a group."""
        return self._of_best(lambda user: user.is_administrator_through_a_group)

    @derived
    def has_mfa(self) -> Finding:
        """Whether the administrator has MFA; a user without the rights is none."""
        return self._of_best(lambda user: both(lambda: user.is_administrator, lambda: user.has_mfa))


class AccountAlias:
    """The account's alias, which makes the sign-in URL readable."""

    def __init__(self, evidence: Evidence) -> None:
        self.evidence = evidence
        self.memo: dict[str, Any] = {}

    @derived
    def exists(self) -> Finding:
        """Whether an alias is set."""
        aliases = self.evidence.answer("iam.ListAccountAliases").texts("AccountAliases")
        return Finding(bool(aliases), "the account has no alias", "an account alias")


class CommandLine:
    """Access from the command line: keys, their use, and what CloudTrail saw."""

    def __init__(self, evidence: Evidence, users: Users, trail: Trail) -> None:
        self.evidence = evidence
        self.users = users
        self.trail = trail
        self.memo: dict[str, Any] = {}

    def __repr__(self) -> str:
        return "the AWS CLI"

    @derived
    def keys(self) -> Gathered[AccessKey]:
        """Every access key of every user."""
        found: Gathered[AccessKey] = gather(lambda user: user.access_keys, self.users.all)
        return Gathered(found.items, (*self.users.all.gaps, *found.gaps))

    @derived
    def was_used(self) -> Finding:
        """Whether a user's key was used, or CloudTrail saw the CLI, or this is a lab session itself."""
        return either(
            self._is_a_lab_session,
            lambda: some(self.keys, lambda key: key.was_used),
            self._no_gap,
            lambda: self.trail.uses_of_the_command_line,
        )

    @derived
    def has_credentials(self) -> Finding:
        """Whether there are credentials for it: a user's key, or any proof that it was used.

        Where use can be neither shown nor ruled out this is open as well: a key alone proves nothing yet.
        """
        if self.was_used:
            return self.was_used
        return Finding(bool(self.keys.items), "no IAM user has an access key", "an access key")

    def _is_a_lab_session(self) -> Finding:
        caller = self.evidence.answer("sts.GetCallerIdentity").text("Arn", "")
        return Finding(":assumed-role/voclabs/" in caller, "this is no Learner Lab session")

    def _no_gap(self) -> Finding:
        self.keys.complete()
        return Finding(False, "no access key was ever used", "a call with the AWS CLI")
