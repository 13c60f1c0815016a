"""The root user, the administrator, the account's alias, and access from the command line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from grader.errors import Unverified
from grader.evidence import Evidence
from grader.evidence.fields import Fields
from grader.evidence.tracking import remark, tracked_property
from grader.model.best import Best, best_of
from grader.model.findings import Finding, both, either, known, shorten, some
from grader.model.gathering import Gathered, gather
from grader.model.trail import Trail
from grader.model.waiting import moment

_AWS_POLICY = re.compile(r"arn:aws[a-z-]*:iam::aws:policy/.+")
# AWS records the use of a key by quarters of an hour.
_RUN = timedelta(minutes=15)


def is_administrator_access(policy_arn: str) -> bool:
    """Whether an ARN is AWS's own policy AdministratorAccess, in any partition."""
    return re.fullmatch(r"arn:aws[a-z-]*:iam::aws:policy/AdministratorAccess", policy_arn) is not None


class RootUser:
    """The root user of the account."""

    def __init__(self, evidence: Evidence) -> None:
        self.evidence = evidence
        self.memo: dict[str, Any] = {}

    def __repr__(self) -> str:
        return "the root user"

    @tracked_property
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
            remark("The root user has an access key. AWS recommends that you delete it and use an IAM user's key.")
        enabled = summary.number("AccountMFAEnabled", None)
        if enabled is None:
            raise Unverified("the account summary does not say whether the root user has MFA")
        if enabled == 1:
            return Finding(True, "the root user has MFA")
        no_password = summary.number("AccountPasswordPresent", None) == 0
        if no_password and not summary.whole("AccountAccessKeysPresent"):
            raise Unverified(
                "the root user has neither a password nor an access key: the organization manages it centrally, so"
                " there is nothing to protect with MFA; the instructor decides"
            )
        return Finding(False, "the root user has no MFA", "an MFA device")

    @tracked_property
    def _has_virtual_device(self) -> bool:
        answer = self.evidence.answer("iam.ListVirtualMFADevices", AssignmentStatus="Assigned")
        # The name of a device is free: a user may own one called root-account-mfa-device.
        root = re.compile(rf"arn:aws[a-z-]*:iam::{re.escape(self.evidence.account)}:root")
        owners = (each.within("User").text("Arn", "") for each in answer.each("VirtualMFADevices"))
        return any(root.fullmatch(arn) for arn in owners)


@dataclass(frozen=True, slots=True)
class Policy:
    """A managed policy that a user has: directly, or through the group ``group``."""

    arn: str
    group: str = ""

    def __repr__(self) -> str:
        through = f" through group {shorten(self.group)}" if self.group else ""
        if _AWS_POLICY.fullmatch(self.arn):
            return f"AWS's {shorten(self.name)}{through}"
        return f"{shorten(self.name)}{through} (the account's own policy, not AWS's)"

    @property
    def name(self) -> str:
        """Its name, without path."""
        return self.arn.rpartition("/")[2]

    @property
    def is_administrator_access(self) -> bool:
        """Whether it is AWS's own AdministratorAccess; the account may have a policy with the same name."""
        return is_administrator_access(self.arn)


@dataclass(frozen=True, slots=True, eq=False)
class User:
    """An IAM user."""

    name: str
    evidence: Evidence = field(repr=False)
    memo: dict[str, Any] = field(default_factory=dict, repr=False)

    def __repr__(self) -> str:
        return f"user {shorten(self.name)}"

    @tracked_property
    def direct_policies(self) -> tuple[Policy, ...]:
        """The managed policies that are attached to the user."""
        return tuple(_policies(self.evidence.answer("iam.ListAttachedUserPolicies", UserName=self.name)))

    @tracked_property
    def groups(self) -> tuple[str, ...]:
        """The names of the groups that the user is in."""
        answer = self.evidence.answer("iam.ListGroupsForUser", UserName=self.name)
        return tuple(group.text("GroupName") for group in answer.each("Groups"))

    @tracked_property
    def group_policies(self) -> Gathered[Policy]:
        """The managed policies that the user has through groups."""
        return gather(self._of_group, self.groups)

    def _of_group(self, group: str) -> Iterable[Policy]:
        return _policies(self.evidence.answer("iam.ListAttachedGroupPolicies", GroupName=group), group)

    @property
    def is_named_an_administrator(self) -> bool:
        """Whether the name of a policy of the user says so: the user to talk about where nobody is one."""
        policies = (*known(lambda: self.direct_policies, ()), *known(lambda: self.group_policies.items, ()))
        return any("administrator" in policy.name.lower() for policy in policies)

    @tracked_property
    def administrator_groups(self) -> tuple[str, ...]:
        """The groups that make the user an administrator, by name."""
        return tuple(sorted({policy.group for policy in self.group_policies if policy.is_administrator_access}))

    @tracked_property
    def is_administrator_through_a_group(self) -> Finding:
        """Whether a group of the user has AWS's AdministratorAccess."""
        if self.administrator_groups:
            groups = ", ".join(map(shorten, self.administrator_groups[:3]))
            return Finding(True, f"{self!r} is an administrator through group {groups}")
        found = f"no group of {self!r} has AWS's AdministratorAccess{_but(self.group_policies.complete())}"
        return Finding(False, found, "a group with AdministratorAccess")

    def _is_administrator_directly(self) -> Finding:
        if any(policy.is_administrator_access for policy in self.direct_policies):
            return Finding(True, f"{self!r} is an administrator directly")
        policies = (*self.direct_policies, *known(lambda: self.group_policies.items, ()))
        found = f"{self!r} has AWS's AdministratorAccess neither directly nor through a group{_but(policies)}"
        return Finding(False, found, "AdministratorAccess")

    @tracked_property
    def is_administrator(self) -> Finding:
        """Whether the user has AWS's AdministratorAccess, through a group or directly."""
        return either(lambda: self.is_administrator_through_a_group, self._is_administrator_directly)

    @tracked_property
    def has_mfa(self) -> Finding:
        """Whether the user has an MFA device of any kind."""
        answer = self.evidence.answer("iam.ListMFADevices", UserName=self.name)
        return Finding(bool(answer.each("MFADevices")), f"{self!r} has no MFA device", "an MFA device")

    @tracked_property
    def is_administrator_with_mfa(self) -> Finding:
        """Whether the user is an administrator and has MFA; the MFA of another user protects no administrator."""
        return both(lambda: self.is_administrator, lambda: self.has_mfa)

    @tracked_property
    def access_keys(self) -> tuple[AccessKey, ...]:
        """The user's access keys, inactive ones too."""
        answer = self.evidence.answer("iam.ListAccessKeys", UserName=self.name)
        return tuple(AccessKey(each.text("AccessKeyId"), self, each) for each in answer.each("AccessKeyMetadata"))


def _policies(answer: Fields, group: str = "") -> Iterator[Policy]:
    for each in answer.each("AttachedPolicies"):
        yield Policy(each.text("PolicyArn", ""), group)


def _but(policies: Iterable[Policy]) -> str:
    names = sorted(map(repr, policies))
    return f", but {', '.join(names[:3])}{', ...' if len(names) > 3 else ''}" if names else ""


@dataclass(frozen=True, slots=True, eq=False)
class AccessKey:
    """An access key of a user."""

    id: str
    user: User
    record: Fields = field(repr=False)
    memo: dict[str, Any] = field(default_factory=dict, repr=False)

    def __repr__(self) -> str:
        return f"access key {self.id[:4]}…{self.id[-4:]}"

    @property
    def is_active(self) -> bool:
        """Whether it can be used."""
        return self.record.text("Status", "") == "Active"

    @property
    def created(self) -> datetime | None:
        """When it was made, if AWS says so."""
        return moment(self.record.text("CreateDate", ""))

    @tracked_property
    def last_used(self) -> str:
        """When it was last used; empty for one that never was (which still has a record, with ``N/A`` in it)."""
        answer = self.user.evidence.answer("iam.GetAccessKeyLastUsed", AccessKeyId=self.id)
        return answer.within("AccessKeyLastUsed").text("LastUsedDate", "")

    @tracked_property
    def was_used(self) -> Finding:
        """Whether it was ever used."""
        words = f"last used {self.last_used}" if self.last_used else "never used"
        return Finding(bool(self.last_used), f"{self!r} was {words}", "used once")

    def may_be_the_graders(self, caller: str) -> bool:
        """Whether its last use may be that of the caller (an ARN) who reads the account now: the grader itself."""
        if caller.partition(":user/")[2].rpartition("/")[2] != self.user.name:
            return False
        try:
            moment = datetime.fromisoformat(self.last_used)
        except ValueError:
            return False
        return moment.tzinfo is not None and moment >= self.user.evidence.now - _RUN


class Users:
    """All IAM users of the account."""

    def __init__(self, evidence: Evidence) -> None:
        self.evidence = evidence
        self.memo: dict[str, Any] = {}

    @tracked_property
    def all(self) -> Gathered[User]:
        """Every user."""
        return gather(lambda _: self._listed(), [None])

    def _listed(self) -> Iterable[User]:
        for each in self.evidence.answer("iam.ListUsers").each("Users"):
            yield User(each.text("UserName"), self.evidence)


class Administrator:
    """The administrator of step 1.2: one user, the one that earns most. Others neither help nor hurt.

    ``group`` is what the handout calls the administrators' group, if it does.
    """

    def __init__(self, users: Users, group: str = "") -> None:
        self.users = users
        self.group = group
        self.memo: dict[str, Any] = {}

    def __repr__(self) -> str:
        return "the administrator"

    @tracked_property
    def _best(self) -> Best[User]:
        users = self.users.all
        if not users.items:
            raise users.nothing("There is no IAM user in the account.")
        return best_of(
            sorted(users, key=lambda user: (not user.is_named_an_administrator, user.name)),
            (
                lambda user: user.is_administrator,
                lambda user: user.is_administrator_through_a_group,
                lambda user: user.is_administrator_with_mfa,
            ),
        )

    @property
    def user(self) -> User | None:
        """The user who was taken for the administrator; None where no user has the rights."""
        return self._best.chosen if self._best.share(lambda user: user.is_administrator) else None

    @tracked_property
    def exists(self) -> Finding:
        """Whether some user is an administrator."""
        return self._best.share(lambda user: user.is_administrator)

    @tracked_property
    def is_so_through_a_group(self) -> Finding:
        """Whether this user is an administrator through a group."""
        found = self._best.share(lambda user: user.is_administrator_through_a_group)
        groups = self._best.chosen.administrator_groups
        if found and self.group and self.group not in groups:
            remark(f"The handout calls the group {self.group}; yours is {shorten(groups[0])}.")
        return found

    @tracked_property
    def has_mfa(self) -> Finding:
        """Whether this user has MFA; a user without the rights is no administrator."""
        return self._best.share(lambda user: user.is_administrator_with_mfa)


class AccountAlias:
    """The account's alias, which makes the sign-in URL readable."""

    def __init__(self, evidence: Evidence) -> None:
        self.evidence = evidence
        self.memo: dict[str, Any] = {}

    @tracked_property
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

    @tracked_property
    def keys(self) -> Gathered[AccessKey]:
        """Every access key of every user."""
        found: Gathered[AccessKey] = gather(lambda user: user.access_keys, self.users.all)
        return Gathered(found.items, (*self.users.all.gaps, *found.gaps))

    @tracked_property
    def was_used(self) -> Finding:
        """Whether a user's key was used, or CloudTrail saw the CLI, or this is a lab session itself."""
        found = either(
            self._is_a_lab_session,
            lambda: some(self.keys, lambda key: key.was_used),
            self._no_gap,
            lambda: self.trail.uses_of_the_command_line,
        )
        self._remark_on_own_use()
        return found

    def _remark_on_own_use(self) -> None:
        used = [key for key in self.keys if known(partial(getattr, key, "last_used"), "")]
        caller = known(lambda: self._caller, "")
        if used and all(key.may_be_the_graders(caller) for key in used):
            remark(f"The last use of {used[0]!r} may be this run of the grader; AWS records no earlier one.")

    @tracked_property
    def has_credentials(self) -> Finding:
        """Whether there are credentials for it: a user's key, or any proof that it was used.

        Where use can be neither shown nor ruled out this is open as well: a key alone proves nothing yet.
        """
        if self.was_used:
            return self.was_used
        return Finding(bool(self.keys.items), "no IAM user has an access key", "an access key")

    def _is_a_lab_session(self) -> Finding:
        return Finding(":assumed-role/voclabs/" in self._caller, "this is not a Learner Lab session")

    @tracked_property
    def _caller(self) -> str:
        return self.evidence.answer("sts.GetCallerIdentity").text("Arn", "")

    def _no_gap(self) -> Finding:
        self.keys.complete()
        return Finding(False, "no access key was ever used", "a call with the AWS CLI")
