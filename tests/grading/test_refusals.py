"""Unknown is not wrong, and nothing is not everything."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from grader.calls.closure import ALWAYS
from grader.evidence import Evidence, Question, RefusalKind, refusal_kind
from grader.grading.pipeline import Graded
from grader.grading.results import Outcome
from grader.rubric import open_rubric
from grader.rubric.needs import operations_of
from tests.cases import LAB, case, cases, golden, grade, grade_one, lost, patched

OPERATIONS = sorted(golden()["calls"])
SERVICES = sorted({operation.partition(".")[0] for operation in OPERATIONS})
REFUSALS = {
    "denied": ("AccessDenied", "no identity-based policy allows the action"),
    "scp": ("UnauthorizedOperation", "with an explicit deny in a service control policy"),
    "throttled": ("ThrottlingException", "Rate exceeded"),
    "expired": ("ExpiredToken", "The security token included in the request is expired"),
    "no answer": ("NoAnswer", "Connection timed out"),
}


def refused(wanted: str, code: str, message: str, document: dict[str, Any] | None = None) -> dict[str, Any]:
    """The golden evidence with an operation, a service or a region refused."""
    document = document or golden()
    for operation, regions in document["calls"].items():
        for region, keys in regions.items():
            if wanted in (operation, operation.partition(".")[0], region, "everything"):
                for key in keys:
                    keys[key] = {"error": {"Code": code, "Message": message, "HTTPStatusCode": 403}}
    return document


@pytest.fixture(scope="module")
def graded() -> dict[str, Graded]:
    """The golden evidence with each operation, service and region refused, once in each way."""
    documents = {
        f"{wanted} {name}": refused(wanted, *error)
        for wanted in (*OPERATIONS, *SERVICES, "eu-west-1", "us-east-1", "everything")
        for name, error in REFUSALS.items()
        if name == "denied" or wanted not in OPERATIONS
    }
    return grade(documents)


def test_no_refusal_ever_costs_a_point(graded: dict[str, Graded]) -> None:
    """Whatever AWS refuses, and however, nothing is lost: earned and open points are all there is."""
    assert {name: lost(result) for name, result in graded.items() if lost(result)} == {}


@pytest.mark.parametrize(
    "first", [0, *(pytest.param(first, marks=pytest.mark.exhaustive) for first in range(40, len(cases()), 40))]
)
def test_no_refusal_ever_earns_a_point(first: int) -> None:
    """A refusal on top of a fault earns no item more than the fault alone.

    Except 2.3: its credit is provisional and rests on what speaks for it, so logs that are refused cannot speak
    against it.
    """
    some = cases()[first : first + 40]
    bare = grade({one.id: one.document for one in some})
    denied = grade(
        {
            f"{one.id} {service}": refused(service, *REFUSALS["denied"], document=one.document)
            for one in some
            for service in ("ec2", "iam", "ecr", "elbv2", "logs")
        }
    )
    richer = {
        (name, item.id)
        for name, result in denied.items()
        for item, before in zip(result.result.items, bare[name.split()[0]].result.items, strict=True)
        if item.earned > before.earned and item.id != "2.3"
    }
    assert richer == set()


def test_when_everything_is_refused_nothing_is_earned_or_lost(graded: dict[str, Graded]) -> None:
    """The score is 0, up to 10."""
    result = graded["everything denied"].result
    assert [float(end) for end in result.score_range] == [0, 10]


def test_a_question_that_was_not_asked_is_not_a_zero() -> None:
    """Evidence without an answer leaves open what needs it, and says that it was not asked."""
    document = golden()
    del document["calls"]["budgets.DescribeBudgets"]
    item = next(item for item in grade_one(document).result.items if item.id == "1.4")
    assert item.outcome is Outcome.UNVERIFIED
    assert item.lost == 0
    assert "was not asked" in item.checks[0].message


def test_an_open_check_names_what_to_grant() -> None:
    """The IAM action and the kind of refusal stand with an unverified check."""
    item = next(item for item in grade_one(patched("U02")).result.items if item.id == "1.4")
    refusal = item.checks[0].refusals[0]
    assert (refusal.action, refusal.kind) == ("budgets:ViewBudget", RefusalKind.IDENTITY_POLICY)


def test_a_region_without_the_lab_may_be_refused() -> None:
    """What another region hides is not there once the lab was found."""
    result = grade_one(refused("us-west-2", *REFUSALS["scp"])).result
    assert result.score == 10
    assert result.open == 0


def test_a_learner_lab_that_ended_is_said_so() -> None:
    """Evidence of an ended session is told apart from a grade."""
    result = grade_one(patched("U20")).result
    assert any("not a grade" in notice for notice in result.notices)


def test_the_academy_is_graded_out_of_what_applies() -> None:
    """1.1, 1.2 and 1.4 do not apply: 9.25 of 9.25, and 10 of 10 beside it."""
    result = grade_one(patched("V119")).result
    assert (result.variant, float(result.score), float(result.max_score)) == ("academy", 9.25, 9.25)
    assert result.converted == 10
    assert {item.id for item in result.items if item.outcome is Outcome.NOT_APPLICABLE} == case("V119").not_applicable


def test_an_empty_account_earns_exactly_nothing() -> None:
    """An account in which nothing was done earns 0, and only what AWS cannot show is open."""
    result = grade_one(empty()).result
    assert result.score == 0
    assert {item.id: item.outcome for item in result.items if item.open} == {"2.3": "manual", "6.2": "manual"}


def test_an_account_with_the_default_vpcs_alone_earns_nothing() -> None:
    """What AWS makes in every account - default VPC, subnets, gateway, group - is nobody's work."""
    document = empty()
    for region in ("us-east-1", "us-west-2"):
        for operation, regions in golden()["calls"].items():
            if operation.startswith("ec2.") and region in regions:
                document["calls"][operation][region] = regions[region]
    assert grade_one(document).result.score == 0


def empty() -> dict[str, Any]:
    """The golden evidence with every list empty and every dependent question gone."""
    document = golden()
    calls: dict[str, Any] = {}
    for operation, regions in document["calls"].items():
        for region, keys in regions.items():
            if "" in keys and "response" in keys[""]:
                response: dict[str, Any] = {
                    name: [] for name, value in keys[""]["response"].items() if isinstance(value, list)
                }
                calls.setdefault(operation, {}).setdefault(region, {})[""] = {"response": response}
    calls["sts.GetCallerIdentity"] = document["calls"]["sts.GetCallerIdentity"]
    calls["iam.GetAccountSummary"] = {"global": {"": {"response": {"SummaryMap": {"AccountMFAEnabled": 0}}}}}
    none: dict[str, Any] = {"response": {"Events": []}}
    calls["cloudtrail.LookupEvents"] = {
        "us-east-1": {"EventName=ListUsers": none},
        "eu-west-1": {"EventName=GetAuthorizationToken": none, "EventName=PutImage": none},
    }
    for namespace in ("AWS/ECS", "AWS/ApplicationELB"):
        calls.setdefault("cloudwatch.ListMetrics", {}).setdefault("eu-west-1", {})[f"Namespace={namespace}"] = {
            "response": {"Metrics": []}
        }
    return {"meta": document["meta"], "calls": calls}


def test_checks_read_only_what_is_declared_for_them() -> None:
    """needs.py says of every check what it reads, so that collecting asks for it: no more is ever read."""
    from grader.grading.plan import Plan
    from grader.grading.runner import Job, run_checks
    from grader.model.lab import candidates

    watched: dict[str, set[str]] = {}
    rows = [row for item in open_rubric().items for row in item.checks]
    documents = [golden(), patched("M187"), patched("M201"), patched("M046"), patched("M260"), patched("U01"), empty()]

    class Watching(Evidence):
        """Evidence that notes what is read for one check, once the candidate sets are known."""

        def __init__(self, document: dict[str, Any], row: str) -> None:
            super().__init__(document)
            self.row = row
            self.is_watched = False

        def answer_to(self, question: Question) -> Any:
            if self.is_watched:
                watched.setdefault(self.row, set()).add(question.operation)
            return super().answer_to(question)

    def jobs() -> Iterator[Job]:
        for document in documents:
            for row in rows:
                evidence = Watching(document, row.id)
                found = candidates(evidence, LAB)
                evidence.is_watched = True
                yield Job(found.labs, frozenset({row.id}))

    def noted(job: Job, judged: object) -> None:
        assert isinstance(judged, list)
        for verdicts in judged:
            for identifier, verdict in verdicts.items():
                watched.setdefault(identifier, set()).update(question.operation for question in verdict.read)

    run_checks(Plan(tuple(rows)), jobs(), noted)
    undeclared = {row.id: sorted(watched.get(row.id, set()) - operations_of(row) - ALWAYS) for row in rows}
    assert {name: operations for name, operations in undeclared.items() if operations} == {}
    assert len(watched) == len(rows)


@pytest.mark.parametrize(
    ("code", "message", "kind"),
    [
        ("AccessDenied", "because no identity-based policy allows the s3:ListBucket action", "identity policy"),
        ("AccessDenied", "with an explicit deny in a resource-based policy", "resource policy"),
        ("UnauthorizedOperation", "with an explicit deny in a service control policy", "service control policy"),
        ("AccessDenied", "because no permissions boundary allows the iam:ListUsers action", "permission boundary"),
        ("AccessDenied", "because no session policy allows the iam:ListUsers action", "session policy"),
        (
            "AccessDenied",
            "with an explicit deny in an identity-based policy: …policy/voc-cancel-cred",
            "lab session ended",
        ),
        ("AccessDenied", "assumed-role/voclabs/user1 is not authorized to perform: iam:ListUsers", "lab sandbox"),
        ("OptInRequired", "You are not subscribed to this service", "region off"),
        ("ExpiredTokenException", "The security token is expired", "expired credentials"),
        ("RequestLimitExceeded", "Request limit exceeded.", "throttled"),
        ("NoAnswer", "timed out", "no answer"),
        ("Teapot", "", "refused"),
    ],
)
def test_every_kind_of_refusal_is_told_apart(code: str, message: str, kind: str) -> None:
    """AWS's codes and wordings are sorted into the kinds that a student can act on."""
    assert refusal_kind(code, message) == kind
