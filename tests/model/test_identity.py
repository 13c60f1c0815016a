"""Root, the administrator and the command line: what proves each, and what only looks like it."""

from __future__ import annotations

import re
from typing import Any

import pytest

from grader.errors import Missing, Unverified
from grader.evidence.tracking import Remark, reading
from grader.model.identity import Administrator, CommandLine, RootUser, Users, is_administrator_access
from grader.model.trail import Trail
from tests.model.documents import ACCOUNT, REFUSALS, Account, event

AWS_ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
OWN_ADMINISTRATOR = f"arn:aws:iam::{ACCOUNT}:policy/AdministratorAccess"
READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"
QUESTIONS = ("iam.ListGroupsForUser", "iam.ListAttachedUserPolicies", "iam.ListMFADevices")
SHARES = ("exists", "is_so_through_a_group", "has_mfa")


def account_of(*users: tuple[str, str, str, bool]) -> Account:
    """Users as (name, group, direct policy, whether with MFA); group ``admin`` and those like it are administrators."""
    account = Account().answer("iam.ListUsers", Users=[{"UserName": name} for name, *_ in users])
    for name, group, policy, mfa in users:
        key = f"UserName={name}"
        account.answer("iam.ListGroupsForUser", key, Groups=[{"GroupName": group}] if group else [])
        account.answer("iam.ListAttachedUserPolicies", key, AttachedPolicies=attached(policy) if policy else [])
        account.answer("iam.ListMFADevices", key, MFADevices=[{"SerialNumber": "x"}] if mfa else [])
        if group:
            granted = AWS_ADMINISTRATOR if group.lower().startswith("admin") else READ_ONLY
            account.answer("iam.ListAttachedGroupPolicies", f"GroupName={group}", AttachedPolicies=attached(granted))
    return account


def attached(arn: str) -> list[dict[str, str]]:
    """A list of one attached policy."""
    return [{"PolicyName": arn.rpartition("/")[2], "PolicyArn": arn}]


def shares(account: Account) -> tuple[bool | None, ...]:
    """What the administrator earns: administrator, through a group, MFA; None for what is open."""
    administrator = Administrator(Users(account.evidence), "admin")
    return tuple(told(administrator, name) for name in SHARES)


def told(thing: Any, name: str) -> bool | None:
    """A claim as true, false, or None where AWS did not answer."""
    try:
        return bool(getattr(thing, name))
    except Unverified:
        return None
    except Missing:
        return False


def summary(**numbers: int) -> RootUser:
    """The root user of an account with this summary."""
    return RootUser(Account().answer("iam.GetAccountSummary", SummaryMap=numbers).evidence)


class TestRootUser:
    def test_root_has_mfa_if_the_summary_says_so(self) -> None:
        """AccountMFAEnabled decides, with a password or without."""
        assert summary(AccountMFAEnabled=1).has_mfa
        assert not summary(AccountMFAEnabled=0, AccountPasswordPresent=1).has_mfa

    def test_a_password_that_is_not_told_of_is_not_absent(self) -> None:
        """Older answers leave AccountPasswordPresent out: root is not taken to be managed centrally."""
        assert not summary(AccountMFAEnabled=0).has_mfa

    @pytest.mark.parametrize("keys", [{}, {"AccountAccessKeysPresent": 0}])
    def test_root_without_credentials_is_left_to_the_instructor(self, keys: dict[str, int]) -> None:
        """Without password and keys there is nothing to protect; a key alone is something."""
        assert told(summary(AccountMFAEnabled=0, AccountPasswordPresent=0, **keys), "has_mfa") is None
        assert not summary(AccountMFAEnabled=0, AccountPasswordPresent=0, AccountAccessKeysPresent=1).has_mfa

    def test_a_summary_without_the_number_says_nothing(self) -> None:
        """An absent AccountMFAEnabled is not a zero."""
        assert told(summary(AccountPasswordPresent=1), "has_mfa") is None

    def test_a_root_key_is_remarked(self) -> None:
        """It costs nothing here, but the student is told."""
        with reading() as read:
            assert summary(AccountMFAEnabled=1, AccountAccessKeysPresent=1).has_mfa
        assert any("access key" in one.text for one in read if isinstance(one, Remark))

    @pytest.mark.parametrize(
        ("owner", "serial", "proves"),
        [
            (f"arn:aws:iam::{ACCOUNT}:root", "mfa/test_mfa_device2", True),
            (f"arn:aws-cn:iam::{ACCOUNT}:root", "mfa/phone", True),
            (f"arn:aws:iam::{ACCOUNT}:user/root", "mfa/root-account-mfa-device", False),
            (f"arn:aws:iam::{ACCOUNT}:user/team/root-backup", "mfa/root-account-mfa-device", False),
            ("arn:aws:iam::999999999999:root", "mfa/phone", False),
            ("", "mfa/root-account-mfa-device", False),
        ],
    )
    def test_behind_a_refused_summary_only_a_device_of_root_is_proof(
        self, owner: str, serial: str, proves: bool
    ) -> None:
        """A device counts by its owner, never by its name, and its absence proves nothing: passkeys are not listed."""
        device = {"SerialNumber": f"arn:aws:iam::{ACCOUNT}:{serial}", **({"User": {"Arn": owner}} if owner else {})}
        account = Account().refuse("iam.GetAccountSummary")
        account.answer("iam.ListVirtualMFADevices", "AssignmentStatus=Assigned", VirtualMFADevices=[device])
        assert told(RootUser(account.evidence), "has_mfa") is (True if proves else None)

    def test_a_refused_summary_is_named(self) -> None:
        """What is open says which action to grant, whatever else was refused."""
        account = Account().refuse("iam.GetAccountSummary")
        account.refuse("iam.ListVirtualMFADevices", "AssignmentStatus=Assigned")
        with pytest.raises(Unverified, match="iam:GetAccountSummary"):
            _ = RootUser(account.evidence).has_mfa

    def test_the_summary_decides_against_a_device(self) -> None:
        """A device that is still listed does not help where the summary says 0."""
        account = Account().answer("iam.GetAccountSummary", SummaryMap={"AccountMFAEnabled": 0})
        device = {"User": {"Arn": f"arn:aws:iam::{ACCOUNT}:root"}}
        account.answer("iam.ListVirtualMFADevices", "AssignmentStatus=Assigned", VirtualMFADevices=[device])
        assert not RootUser(account.evidence).has_mfa


class TestAdministrator:
    @pytest.mark.parametrize(
        ("arn", "right"),
        [
            (AWS_ADMINISTRATOR, True),
            ("arn:aws-cn:iam::aws:policy/AdministratorAccess", True),
            ("arn:aws-us-gov:iam::aws:policy/AdministratorAccess", True),
            (OWN_ADMINISTRATOR, False),
            (f"arn:aws:iam::{ACCOUNT}:policy/aws:policy/AdministratorAccess", False),
            ("arn:aws:iam::aws:policy/AdministratorAccess-Amplify", False),
            ("arn:aws:iam::aws:policy/AdministratorAccess-AWSElasticBeanstalk", False),
            ("arn:aws:iam::aws:policy/job-function/AdministratorAccess", False),
            ("arn:aws:iam::aws:policy/PowerUserAccess", False),
            ("AdministratorAccess", False),
        ],
    )
    def test_only_aws_own_policy_makes_an_administrator(self, arn: str, right: bool) -> None:
        """It is told by its whole ARN, never by its name."""
        assert is_administrator_access(arn) is right
        assert shares(account_of(("ola", "", arn, True)))[0] is right

    @pytest.mark.parametrize(
        ("users", "earned"),
        [
            ([("ola", "admin", "", True)], (True, True, True)),
            ([("ola", "Administrators", "", True)], (True, True, True)),
            ([("ola", "", AWS_ADMINISTRATOR, True)], (True, False, True)),
            ([("ola", "admin", "", False)], (True, True, False)),
            ([("ola", "readers", "", True)], (False, False, False)),
            # The shares are those of one user (F24), so these two do not make one whole administrator.
            ([("ewa", "", AWS_ADMINISTRATOR, True), ("ola", "admin", "", False)], (True, True, False)),
            ([("ewa", "admin", "", False), ("ola", "readers", "", True)], (True, True, False)),
            # The best user counts, whatever its name and however many others there are.
            ([("audit", "readers", "", False), ("zoe", "admin", "", True)], (True, True, True)),
            ([("zoe", "admin", "", True), ("audit", "", AWS_ADMINISTRATOR, False)], (True, True, True)),
            ([("a", "", AWS_ADMINISTRATOR, False), ("b", "", AWS_ADMINISTRATOR, True)], (True, False, True)),
            ([], (False, False, False)),
        ],
    )  # fmt: skip
    def test_the_shares_are_those_of_one_user_the_best(
        self, users: list[tuple[str, str, str, bool]], earned: tuple[bool, ...]
    ) -> None:
        """Neither are two users added up, nor does another user hurt."""
        assert shares(account_of(*users)) == earned
        assert shares(account_of(*reversed(users))) == earned

    @pytest.mark.parametrize("kind", sorted(REFUSALS))
    @pytest.mark.parametrize("operation", QUESTIONS)
    def test_a_user_that_is_refused_may_be_the_better_one(self, operation: str, kind: str) -> None:
        """What a worse user lost is open while an answer about the lab's own is missing; what it earned stays."""
        account = account_of(("ewa", "", AWS_ADMINISTRATOR, False), ("ola", "admin", "", True))
        account.refuse(operation, "UserName=ola", **REFUSALS[kind])
        assert False not in shares(account)
        assert shares(account)[0] is True

    @pytest.mark.parametrize("operation", QUESTIONS)
    def test_a_refused_user_that_cannot_be_better_changes_nothing(self, operation: str) -> None:
        """A user who is no administrator for certain hides nobody, and a whole one cannot be surpassed."""
        whole = account_of(("ewa", "readers", "", False), ("ola", "admin", "", True))
        assert shares(whole.refuse(operation, "UserName=ewa")) == (True, True, True)

    def test_a_refused_user_that_can_only_be_as_good_opens_nothing(self) -> None:
        """Direct rights and MFA are worth no more than a group without MFA: the share that is lost stays lost."""
        account = account_of(("ewa", "", AWS_ADMINISTRATOR, True), ("ola", "admin", "", False))
        assert shares(account.refuse("iam.ListMFADevices", "UserName=ewa")) == (True, True, False)

    def test_mfa_of_a_user_without_rights_hides_no_better_one(self) -> None:
        """The refused device of a user who is no administrator opens nothing."""
        account = account_of(("ewa", "readers", "", False), ("ola", "admin", "", False))
        assert shares(account.refuse("iam.ListMFADevices", "UserName=ewa")) == (True, True, False)

    @pytest.mark.parametrize("kind", sorted(REFUSALS))
    def test_refused_users_are_not_absent(self, kind: str) -> None:
        """Where AWS will not list users all is open, and the action is named."""
        account = Account().refuse("iam.ListUsers", **REFUSALS[kind])
        assert shares(account) == (None, None, None)
        with pytest.raises(Unverified, match="iam:ListUsers"):
            _ = Administrator(Users(account.evidence), "admin").exists

    def test_a_refused_group_leaves_the_rights_open(self) -> None:
        """Another group without the rights does not decide; the action is named."""
        account = account_of(("ola", "admin", "", True))
        groups = [{"GroupName": "readers"}, {"GroupName": "admin"}]
        account.answer("iam.ListGroupsForUser", "UserName=ola", Groups=groups)
        account.answer("iam.ListAttachedGroupPolicies", "GroupName=readers", AttachedPolicies=[])
        assert shares(account) == (True, True, True)
        account.refuse("iam.ListAttachedGroupPolicies", "GroupName=admin")
        assert shares(account) == (None, None, None)
        with pytest.raises(Unverified, match="iam:ListAttachedGroupPolicies"):
            _ = Administrator(Users(account.evidence), "admin").is_so_through_a_group

    def test_a_user_that_was_deleted_meanwhile_is_no_administrator(self) -> None:
        """NoSuchEntity is an answer: it neither opens points nor earns them."""
        account = account_of(("ewa", "", "", False), ("ola", "admin", "", True))
        for operation in QUESTIONS:
            account.refuse(operation, "UserName=ewa", Code="NoSuchEntity", Message="gone")
        assert shares(account) == (True, True, True)
        for operation in QUESTIONS:
            account.refuse(operation, "UserName=ola", Code="NoSuchEntity", Message="gone")
        assert shares(account) == (False, False, False)

    @pytest.mark.parametrize(
        ("arn", "words"),
        [
            (OWN_ADMINISTRATOR, "AdministratorAccess.*the account's own policy, not AWS's"),
            ("arn:aws:iam::aws:policy/PowerUserAccess", "but AWS's PowerUserAccess"),
            ("arn:aws:iam::aws:policy/AdministratorAccess-Amplify", "but AWS's AdministratorAccess-Amplify"),
        ],
    )
    def test_the_message_says_what_the_user_has_instead(self, arn: str, words: str) -> None:
        """A policy that only looks right is named, directly attached and through a group."""
        direct = Administrator(Users(account_of(("ola", "", arn, True)).evidence))
        account = account_of(("ola", "admin", "", True))
        account.answer("iam.ListAttachedGroupPolicies", "GroupName=admin", AttachedPolicies=attached(arn))
        grouped = Administrator(Users(account.evidence), "admin")
        for found in (direct.exists, grouped.exists, grouped.is_so_through_a_group, grouped.has_mfa):
            assert not found
            assert re.search(words, repr(found))
        assert "through group admin" in repr(grouped.exists)
        assert "through group " not in repr(direct.exists)

    @pytest.mark.parametrize(
        ("names", "words"),
        [
            ((), "AdministratorAccess"),
            (("B", "A"), "AdministratorAccess, but AWS's A through group admin, AWS's B through group admin"),
            (("A", "B", "C"), "AWS's C through group admin"),
            (("A", "B", "C", "D"), "AWS's C through group admin, ..."),
        ],
    )
    def test_the_message_names_three_policies(self, names: tuple[str, ...], words: str) -> None:
        """In order, and says that there are more."""
        account = account_of(("ola", "admin", "", True))
        policies = [one for name in names for one in attached(f"arn:aws:iam::aws:policy/job-function/{name}")]
        account.answer("iam.ListAttachedGroupPolicies", "GroupName=admin", AttachedPolicies=policies)
        assert Administrator(Users(account.evidence)).is_so_through_a_group.found.endswith(words)

    def test_the_message_names_the_groups_of_an_administrator(self) -> None:
        """Each that makes one."""
        account = account_of(("ola", "admin", "", True))
        policies, groups = attached(AWS_ADMINISTRATOR), [{"GroupName": "admins"}, {"GroupName": "admin"}]
        account.answer("iam.ListAttachedGroupPolicies", "GroupName=admins", AttachedPolicies=policies)
        account.answer("iam.ListGroupsForUser", "UserName=ola", Groups=groups)
        found = Administrator(Users(account.evidence)).is_so_through_a_group
        assert found.found == "user ola is an administrator through group admin, admins"

    def test_the_user_is_the_administrator_or_nobody(self) -> None:
        """What is said of the administrator is said of nobody where there is none."""
        (user, nobody) = (
            Administrator(Users(account_of(("ola", group, "", True)).evidence)).user for group in ("admin", "readers")
        )
        assert user is not None
        assert (user.name, nobody) == ("ola", None)

    def test_the_message_is_about_who_comes_nearest(self) -> None:
        """Where nobody is an administrator, the user with a policy that is called so is talked about."""
        account = account_of(("audit", "readers", "", False), ("ola", "", OWN_ADMINISTRATOR, True))
        assert "ola" in repr(Administrator(Users(account.evidence), "admin").exists)

    def test_another_name_of_the_group_is_remarked_of_the_best_user_alone(self) -> None:
        """A renamed group costs nothing; a second group, of the same user or another, is no news."""
        def remarks(*users: tuple[str, str, str, bool]) -> list[str]:
            with reading() as read:
                assert Administrator(Users(account_of(*users).evidence), "admin").is_so_through_a_group
            return [one.text for one in read if isinstance(one, Remark)]

        assert remarks(("ola", "admin", "", True), ("ewa", "administrators", "", False)) == []
        both = account_of(("ola", "admin", "", True), ("ewa", "administrators", "", False))
        groups = [{"GroupName": "administrators"}, {"GroupName": "admin"}]
        both.answer("iam.ListGroupsForUser", "UserName=ola", Groups=groups)
        with reading() as read:
            assert Administrator(Users(both.evidence), "admin").is_so_through_a_group
        assert not [one for one in read if isinstance(one, Remark)]
        assert "administrators" in remarks(("ola", "administrators", "", True))[0]


def command_line(account: Account) -> CommandLine:
    """The command line of an account."""
    evidence = account.evidence
    return CommandLine(evidence, Users(evidence), Trail(evidence))


def with_key(used: str = "", *, events: list[dict[str, Any]] | None = None, caller: str = "user/ola") -> Account:
    """An account with one user and one key."""
    account = Account().answer("sts.GetCallerIdentity", Arn=f"arn:aws:iam::{ACCOUNT}:{caller}")
    account.answer("iam.ListUsers", Users=[{"UserName": "ola"}])
    account.answer("iam.ListAccessKeys", "UserName=ola", AccessKeyMetadata=[{"AccessKeyId": "AKIAOLA12345678"}])
    record = {"ServiceName": "N/A", "Region": "N/A", **({"LastUsedDate": used} if used else {})}
    account.answer("iam.GetAccessKeyLastUsed", "AccessKeyId=AKIAOLA12345678", AccessKeyLastUsed=record)
    return account.answer("cloudtrail.LookupEvents", "EventName=ListUsers", region="us-east-1", Events=events or [])


class TestCommandLine:
    def test_a_key_that_was_used_is_enough(self) -> None:
        """Both shares; a record with N/A and no date is a key that never was."""
        assert command_line(with_key("2026-11-19T18:22:00+00:00")).was_used
        unused = command_line(with_key())
        assert (bool(unused.was_used), bool(unused.has_credentials)) == (False, True)

    def test_a_key_shows_its_ends_and_its_last_use(self) -> None:
        """Enough to find it in the console; a state and a date that AWS leaves out are none."""
        used, unused = (command_line(with_key(when)).keys.items[0] for when in ("2026-11-19T18:22:00+00:00", ""))
        assert used.was_used.found == "access key AKIA…5678 was last used 2026-11-19T18:22:00+00:00"
        assert unused.was_used.found == "access key AKIA…5678 was never used"
        assert (used.is_active, used.created) == (False, None)

    def test_an_event_of_the_cli_needs_no_key(self) -> None:
        """A session of aws login or of single sign-on leaves no key: both shares by CloudTrail."""
        account = with_key(events=[event()]).answer("iam.ListAccessKeys", "UserName=ola", AccessKeyMetadata=[])
        assert command_line(account).was_used
        assert command_line(account).has_credentials

    def test_neither_key_nor_event_is_nothing(self) -> None:
        """Both shares are lost."""
        account = with_key().answer("iam.ListAccessKeys", "UserName=ola", AccessKeyMetadata=[])
        assert not command_line(account).was_used
        assert not command_line(account).has_credentials

    @pytest.mark.parametrize("kind", sorted(REFUSALS))
    @pytest.mark.parametrize(
        ("operation", "key", "region"),
        [
            ("iam.ListUsers", "", "global"),
            ("iam.ListAccessKeys", "UserName=ola", "global"),
            ("iam.GetAccessKeyLastUsed", "AccessKeyId=AKIAOLA12345678", "global"),
            ("cloudtrail.LookupEvents", "EventName=ListUsers", "us-east-1"),
            ("sts.GetCallerIdentity", "", "global"),
        ],
    )
    def test_what_may_have_shown_the_use_leaves_it_open(
        self, operation: str, key: str, region: str, kind: str
    ) -> None:
        """Neither share is lost while one witness was refused, and none is earned by it."""
        account = with_key().refuse(operation, key, region=region, **REFUSALS[kind])
        assert told(command_line(account), "was_used") is None
        assert told(command_line(account), "has_credentials") is None

    def test_the_session_of_a_learner_lab_is_proof_itself(self) -> None:
        """voclabs is a session from the lab's credentials; another role, or a user called so, is not."""
        account = with_key().answer("sts.GetCallerIdentity", Arn=f"arn:aws:sts::{ACCOUNT}:assumed-role/voclabs/user1=a")
        assert command_line(account).was_used
        assert not command_line(with_key(caller="user/voclabs")).was_used

    @pytest.mark.parametrize(
        ("used", "caller", "remarked"),
        [
            ("2026-11-20T09:55:00+00:00", "user/ola", True),
            ("2026-11-20T10:00:30+00:00", "user/students/ola", True),
            ("2026-11-20T09:30:00+00:00", "user/ola", False),
            ("2026-11-20T09:55:00+00:00", "user/ewa", False),
            ("2026-11-20T09:55:00+00:00", "assumed-role/grader/ola", False),
            ("yesterday", "user/ola", False),
            ("2026-11-20T09:55:00", "user/ola", False),
        ],
    )
    def test_a_use_that_may_be_the_graders_is_remarked(self, used: str, caller: str, remarked: bool) -> None:
        """A run with the student's own key makes its last use true by itself: it counts, with a word."""
        with reading() as read:
            assert command_line(with_key(used, caller=caller)).was_used
        assert bool([one for one in read if isinstance(one, Remark)]) is remarked
