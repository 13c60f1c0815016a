"""Refusals that no policy ends: what is to be done about them instead of granting the action."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from grader.evidence import GLOBAL, Question, Refusal, RefusalKind
from grader.model.findings import Finding, known
from grader.model.lab import Lab

_BILLING = ("budgets:", "billing:", "aws-portal:", "ce:", "account:Get")
_BY_POLICY = frozenset({RefusalKind.IDENTITY_POLICY, RefusalKind.OTHER})
_NO = Finding(False, "")


@dataclass(frozen=True, slots=True)
class RefusalCause:
    """One row: how such a refusal is recognised, and what settles it."""

    id: str
    title: str
    shows: str
    remedy: str
    recognise: Callable[[Refusal, Lab], bool]


def caller_of(lab: Lab) -> str:
    """The ARN of whom the account was read as; empty where the evidence does not say."""
    entry = lab.evidence.entry(Question("sts.GetCallerIdentity", GLOBAL)) or {}
    response = entry.get("response")
    arn = response.get("Arn", "") if isinstance(response, dict) else ""
    return arn if isinstance(arn, str) and arn else lab.evidence.meta.text("caller", "")


def is_learner_lab(lab: Lab) -> bool:
    """Whether the account is one of AWS Academy's, in which nobody can change roles and policies."""
    return lab.evidence.environment == "academy" or ":assumed-role/voclabs" in caller_of(lab)


def _in_learner_lab(refusal: Refusal, lab: Lab) -> bool:
    grantable = _BY_POLICY | {RefusalKind.RESOURCE_POLICY, RefusalKind.PERMISSION_BOUNDARY, RefusalKind.SESSION_POLICY}
    return is_learner_lab(lab) and refusal.kind in grantable


def _of_administrator(refusal: Refusal, lab: Lab) -> bool:
    return refusal.action.startswith(_BILLING) and refusal.kind in _BY_POLICY and _is_administrator(lab)


def _is_administrator(lab: Lab) -> bool:
    """Whether the account was read by an administrator: by the role's name, or as a user with AdministratorAccess."""
    caller = caller_of(lab)
    kind, _, name = caller.rpartition(":")[2].partition("/")
    if kind == "assumed-role":
        role = name.partition("/")[0].lower()
        return "administrator" in role or role in ("admin", "organizationaccountaccessrole")
    if kind != "user":
        return False
    users = known(lambda: lab.account.users.all.items, ())
    user = next((one for one in users if one.name == name.rpartition("/")[2]), None)
    return user is not None and bool(known(lambda: user.is_administrator, _NO))


REFUSALS = (
    RefusalCause(
        "refused-by-learner-lab",
        "The Learner Lab denies it to everyone",
        "AWS denied a request from `assumed-role/voclabs`, the role of AWS Academy's Learner Lab.",
        "Nobody can call {actions} in the Learner Lab, and you cannot change that: the instructor decides.",
        _in_learner_lab,
    ),
    RefusalCause(
        "billing-access-off",
        "An administrator has no access to billing",
        "`not authorized to perform: budgets:ViewBudget` for a user who has AdministratorAccess.",
        "No policy is missing: {caller} is an administrator, and IAM access to billing is off for the whole account."
        " Sign in as the root user, open Account, activate IAM user and role access to Billing information, and grade"
        " again.",
        _of_administrator,
    ),
)
"""The rows; the first that fits is taken."""


def refusal_cause(refusal: Refusal, lab: Lab) -> RefusalCause | None:
    """The row that a refusal fits; None where granting the action ends it, or what its kind says."""
    return next((row for row in REFUSALS if row.recognise(refusal, lab)), None)
