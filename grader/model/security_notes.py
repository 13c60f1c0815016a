"""What is risky in an account beyond the lab, from answers that are there already. No point depends on it.

Only what the student added is a risk; what a lab may leave as it is belongs under "in production". What a check of the
lab judges already is not said again, and where AWS refused or the evidence is odd there is no note.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from grader.errors import GraderError
from grader.model.findings import Finding, known, shorten
from grader.model.identity import AccessKey, Policy, User
from grader.model.lab import Lab
from grader.model.security_groups import SecurityGroup
from grader.model.storage import SWITCHES, switch_is_on
from grader.model.traffic_rules import ALL_PORTS, Rule
from grader.model.waiting import moment

MOST_RISKS = 12
MOST_IN_PRODUCTION = 3
_CIS = "https://docs.aws.amazon.com/securityhub/latest/userguide/cis-aws-foundations-benchmark.html"
_OLD = timedelta(days=90)
_UNUSED = timedelta(days=45)
_WEB = frozenset({80, 443})
# The list of AWS's control EC2.19, without 22 and 3389, which have controls of their own.
_HIGH_RISK = frozenset({
    20, 21, 23, 25, 110, 135, 143, 445, 1433, 1434, 3000, 3306, 4333, 5000, 5432, 5500, 5601, 8080, 8088, 8888, 9200,
    9300,
})  # fmt: skip
_KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "ECS_ENGINE_AUTH_DATA")


@dataclass(frozen=True, slots=True)
class SecurityNote:
    """One risk: ``control`` is AWS's id of it (``EC2.13``), ``found`` what is so, ``advice`` what to do."""

    control: str
    found: str
    advice: str

    @property
    def link(self) -> str:
        """Where AWS or CIS explains the control."""
        service, _, number = self.control.lower().partition(".")
        if not number.isdigit():
            return _CIS
        return f"https://docs.aws.amazon.com/securityhub/latest/userguide/{service}-controls.html#{service}-{number}"


@dataclass(frozen=True, slots=True)
class SecurityNotes:
    """The risks that the student added, and what one would do as well in production."""

    risks: tuple[SecurityNote, ...] = ()
    in_production: tuple[SecurityNote, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.risks or self.in_production)


def security_notes(lab: Lab) -> SecurityNotes:
    """The notes of the account whose graded set is ``lab``."""
    return SecurityNotes(
        tuple(_told(_RISKS, lab))[:MOST_RISKS], tuple(_told(_IN_PRODUCTION, lab))[:MOST_IN_PRODUCTION]
    )


def _told(rules: Iterable[Callable[[Lab], Iterable[SecurityNote]]], lab: Lab) -> Iterator[SecurityNote]:
    seen = set()
    for rule in rules:
        try:
            notes = tuple(rule(lab))
        except GraderError:
            continue
        for note in notes:
            if note not in seen:
                seen.add(note)
                yield note


# --- what the student added


def _root_key(lab: Lab) -> Iterator[SecurityNote]:
    summary = lab.evidence.answer("iam.GetAccountSummary").within("SummaryMap")
    if summary.whole("AccountAccessKeysPresent"):
        yield SecurityNote("IAM.4", "The root user has an access key.", "Delete it and use an IAM user's key.")


def _keys_in_environment(lab: Lab) -> Iterator[SecurityNote]:
    definition = lab.task_definition
    answer = lab.evidence.answer_to(definition.sources[0]).within("taskDefinition")
    names = {
        one.text("name", "")
        for container in answer.each("containerDefinitions")
        for one in container.each("environment")
    }
    found = [name for name in _KEYS if name in names]
    if found:
        yield SecurityNote(
            "ECS.8",
            f"The environment of {definition!r} contains {', '.join(found)}. Anyone who can view it can read that.",
            "Delete the key and use a task role instead.",
        )  # fmt: skip


def _open_ports(lab: Lab) -> Iterator[SecurityNote]:
    ports = (lab.parameters.front_port, lab.parameters.port)
    judged = _WEB.union(port for port in ports if port is not None)
    for vpc in lab.account.vpcs:
        for group in vpc.security_groups:
            yield from _open_ports_of(group, judged)


def _open_ports_of(group: SecurityGroup, judged: frozenset[int]) -> Iterator[SecurityNote]:
    rules = [rule for rule in group.inbound if _is_from_world(rule) and not rule.is_only(judged)]
    everything = next((rule for rule in rules if rule.ports == ALL_PORTS), None)
    if everything is not None:
        yield SecurityNote(
            "EC2.19", f"{_said(group)} allows {everything.traffic} from anywhere.",
            "Delete the rule, or allow only what is needed.",
        )  # fmt: skip
        return
    for port, control, what in ((22, "EC2.13", "SSH"), (3389, "EC2.14", "Remote Desktop")):
        if any(rule.covers(port) for rule in rules):
            yield SecurityNote(
                control, f"{_said(group)} allows {what} (port {port}) from anywhere.",
                "Delete the rule, or allow only your own IP address.",
            )  # fmt: skip
    risky = sorted(port for port in _HIGH_RISK - judged if any(rule.covers(port) for rule in rules))
    if risky:
        yield SecurityNote(
            "EC2.19", f"{_said(group)} allows port {', '.join(map(str, risky[:5]))} from anywhere.",
            "Delete the rule, or allow only the group that needs it.",
        )  # fmt: skip
    named = {22, 3389, *risky, *judged}
    others = [rule.traffic for rule in rules if not named.intersection(rule.ports)]
    if others:
        yield SecurityNote(
            "EC2.18", f"{_said(group)} allows {', '.join(sorted(set(others))[:3])} from anywhere.",
            "Open only ports 80 and 443 to the world.",
        )  # fmt: skip


def _is_from_world(rule: Rule) -> bool:
    return any(one.prefixlen == 0 for one in rule.blocks) or any(one.prefixlen == 0 for one in rule.ipv6_blocks)


def _said(thing: object) -> str:
    """A thing at the start of a sentence."""
    words = repr(thing)
    return words[:1].upper() + words[1:]


def _public_tasks(lab: Lab) -> Iterator[SecurityNote]:
    service = lab.service
    subnets = [subnet for subnet in lab.vpc.subnets if subnet.id in service.subnet_ids]
    if service.assigns_public_ip and any(subnet.routes_out_through_internet_gateway for subnet in subnets):
        yield SecurityNote(
            "ECS.2", f"The tasks of {service!r} have public addresses and a route to the internet gateway.",
            "Run them in private subnets and turn off public IP addresses.",
        )  # fmt: skip


def _open_buckets(lab: Lab) -> Iterator[SecurityNote]:
    own = known(lambda: lab.bucket.name, "")
    for bucket in lab.account.buckets:
        if bucket.name == own or bucket.is_tool_managed:
            continue
        if _is_false(partial(getattr, bucket, "blocks_public_access")):
            yield SecurityNote(
                "S3.8", f"Block Public Access is off for {bucket!r}.", "Turn on all four settings for the bucket."
            )


def _users_without_mfa(lab: Lab) -> Iterator[SecurityNote]:
    users = tuple(lab.account.users.all)
    without = [user for user in users if _is_false(partial(getattr, user, "has_mfa"))]
    # One of them is the administrator that step 1.2 judges.
    for user in without[1:] if len(without) == len(users) else without:
        yield SecurityNote("IAM.19", f"{_said(user)} has no MFA device.", "Assign one, or delete the user.")


def _policies_on_users(lab: Lab) -> Iterator[SecurityNote]:
    for user in lab.account.users.all:
        policies: tuple[Policy, ...] = known(partial(getattr, user, "direct_policies"), ())
        # An administrator who is one directly is what step 1.2 judges.
        others = [policy for policy in policies if not policy.is_administrator_access]
        if others:
            names = ", ".join(shorten(policy.name) for policy in others[:3])
            yield SecurityNote(
                "IAM.2", f"{_said(user)} has directly attached policies: {names}.", "Attach them to one of its groups."
            )


def _access_keys(lab: Lab) -> Iterator[SecurityNote]:
    keys = [(user, key) for user in lab.account.users.all for key in _keys_of(user)]
    active = [(user, key) for user, key in keys if key.is_active]
    for user, number in Counter(user for user, _ in active).items():
        if number > 1:
            yield SecurityNote("CIS v3.0.0 1.13", f"{_said(user)} has two active access keys.", "Delete one of them.")
    for user, key in active:
        age = lab.evidence.now - (key.created or lab.evidence.now)
        last: str | None = known(partial(getattr, key, "last_used"), None)
        used = moment(last or "")
        if last == "" and (len(active) > 1 or age > _UNUSED):
            yield SecurityNote("IAM.22", f"{_said(key)} of {user!r} was never used.", "Delete it.")
        elif used is not None and lab.evidence.now - used > _UNUSED:
            days = (lab.evidence.now - used).days
            yield SecurityNote("IAM.22", f"{_said(key)} of {user!r} was last used {days} days ago.", "Delete it.")
        elif age > _OLD:
            yield SecurityNote(
                "IAM.3", f"{_said(key)} of {user!r} is {age.days} days old.", "Create a new key and delete this one."
            )


def _keys_of(user: User) -> tuple[AccessKey, ...]:
    return known(lambda: user.access_keys, ())


def _is_false(claim: Callable[[], Finding]) -> bool:
    """Whether a claim is known not to hold."""
    return known(lambda: not claim(), False)


def _public_addresses_in_private_subnets(lab: Lab) -> Iterator[SecurityNote]:
    for subnet in lab.vpc.private_subnets:
        if subnet.maps_public_ip:
            yield SecurityNote(
                "EC2.15", f"{_said(subnet)} is private but assigns public IP addresses.",
                "Turn off auto-assign public IPv4 address.",
            )  # fmt: skip


def _default_group(lab: Lab) -> Iterator[SecurityNote]:
    for group in lab.vpc.security_groups:
        if group.is_default and any(rule.blocks or rule.ipv6_blocks for rule in group.inbound):
            yield SecurityNote(
                "EC2.2", f"Rules were added to the default {group!r}.",
                "Delete them: every resource without its own security group gets this one.",
            )  # fmt: skip


# --- what a course may leave as it is


def _account_block(lab: Lab) -> Iterator[SecurityNote]:
    if known(lambda: _blocks_account(lab), True) is False:
        yield SecurityNote(
            "S3.1", "Block Public Access is off for the account.", "Turn it on for all of its buckets at once."
        )


def _blocks_account(lab: Lab) -> bool:
    return all(switch_is_on(lab.evidence, switch, "s3control.GetPublicAccessBlock") for switch in SWITCHES)


def _images(lab: Lab) -> Iterator[SecurityNote]:
    repository = lab.repository
    answer = lab.evidence.answer_to(repository.sources[0])
    for each in answer.each("repositories"):
        if each.text("repositoryName", "") != repository.name:
            continue
        if not each.within("imageScanningConfiguration").flag("scanOnPush"):
            yield SecurityNote(
                "ECR.1", f"Images in {repository!r} are not scanned when pushed.", "Turn on scan on push."
            )
        if each.text("imageTagMutability", "MUTABLE") == "MUTABLE":
            yield SecurityNote(
                "ECR.2", f"Tags in {repository!r} can be moved to another image.", "Make tags immutable."
            )


_RISKS = (
    _root_key, _keys_in_environment, _open_ports, _public_tasks, _open_buckets, _users_without_mfa, _policies_on_users,
    _access_keys, _public_addresses_in_private_subnets, _default_group,
)  # fmt: skip
_IN_PRODUCTION = (_account_block, _images)
