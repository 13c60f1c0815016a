"""Each named fault costs exactly what it says, graded by the grader itself over real clients and HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest

from grader.calls.table import OPERATIONS
from grader.collect.access import Access
from grader.collect.collector import Collector
from grader.errors import GraderError
from grader.evidence import Evidence, load_evidence
from grader.grading.pipeline import Graded, grade_all
from grader.grading.results import Result
from grader.rubric import open_rubric
from reference_app.emulator import FAULTS, EmulatedAccount, emulated_account
from reference_app.emulator.fault_injection import AFTERWARDS, WHILE_BUILDING
from reference_app.emulator.troubles import TROUBLES

SECTIONS = {"1", "2", "3", "4", "5", "6"}


def touched(name: str) -> set[str]:
    """What a fault bears on. Without a log, 6.2 wants an application that answers; an internal one is not asked."""
    also = {"log-group-deleted": {"4.7", "5.5"}, "alb-internal": {"5.5", "6.1"}}
    return set(FAULTS[name].loses) | also.get(name, set())


def groups() -> Iterator[tuple[str, ...]]:
    """All faults, in as few accounts as can be: those together lose points in different items."""
    left = [name for name in FAULTS if name not in TROUBLES]
    while left:
        items: set[str] = set()
        together = []
        for name in tuple(left):
            if items.isdisjoint(touched(name)):
                items |= touched(name)
                together.append(name)
                left.remove(name)
        yield tuple(together)


def graded(account: EmulatedAccount, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Result:
    """What `check` would say of the account, in its own region."""
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", account.access_key_id)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", account.secret_access_key)
    access = Access(endpoint_url=account.endpoint_url, regions=(account.region,), connect_to=(account.connect_to,))
    with Collector(OPERATIONS) as collector:
        document = collector.collect(access)
    kept = folder / "evidence.json"
    kept.write_text(json.dumps(document), encoding="utf-8")
    results: list[Graded | GraderError] = []

    def deliver(evidence: Evidence, outcome: Graded | GraderError) -> None:
        results.append(outcome)

    grade_all(open_rubric(), [load_evidence(kept)], deliver)
    (outcome,) = results
    assert isinstance(outcome, Graded), outcome
    return outcome.result


def test_the_lab_as_deployed_earns_every_point(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """10 of 10, nothing open."""
    with emulated_account(account="101010101010") as account:
        result = graded(account, tmp_path, monkeypatch)
    assert {item.id for item in result.items if item.lost or item.open} == set()


@pytest.mark.parametrize("together", list(groups()), ids=" ".join)
def test_faults_lose_exactly_what_they_say(
    together: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every fault is charged where it was made and nowhere else, also beside others."""
    expected = {item: Fraction(points) for name in together for item, points in FAULTS[name].loses.items()}
    with emulated_account(*together, account="101010101010") as account:
        result = graded(account, tmp_path, monkeypatch)
    assert {item.id: item.lost for item in result.items if item.lost} == expected
    assert {item.id for item in result.items if item.open} == set()


@pytest.mark.parametrize("name", TROUBLES)
def test_the_cause_of_a_task_that_fails_is_named(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What AWS shows of the failure, read over real clients, leads to the cause that the fault is."""
    with emulated_account(name, account="101010101010", application=False) as account:
        result = graded(account, tmp_path, monkeypatch)
    assert result.why is not None
    assert result.why.cause == TROUBLES[name].cause
    lost = {item.id: item.lost for item in result.items}
    assert {item: lost[item] for item in FAULTS[name].loses if item != "5.5"} == {
        item: Fraction(points) for item, points in FAULTS[name].loses.items() if item != "5.5"
    }


@pytest.mark.parametrize(
    "name",
    [
        "task-without-route", "image-built-on-mac", "tasks-closed", "health-not-found", "acl-closed",
        "application-on-loopback", "application-on-port-80", "zone-not-enabled",
    ],
)  # fmt: skip
def test_a_task_that_fails_loses_what_its_fault_says(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the application that was visited before it failed."""
    with emulated_account(name, account="101010101010") as account:
        result = graded(account, tmp_path, monkeypatch)
    assert {item.id: item.lost for item in result.items if item.lost} == {
        item: Fraction(points) for item, points in FAULTS[name].loses.items()
    }


def test_an_account_in_which_nothing_was_done_earns_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exactly 0, whatever AWS itself put there."""
    with emulated_account(account="101010101010", empty=True) as account:
        result = graded(account, tmp_path, monkeypatch)
    assert {item.id for item in result.items if item.earned} == set()


def test_every_fault_has_its_change_and_every_section_its_fault() -> None:
    """No name without a change of the account, no section that cannot go wrong."""
    assert set(FAULTS) == set(WHILE_BUILDING) | set(AFTERWARDS)
    assert {item.partition(".")[0] for fault in FAULTS.values() for item in fault.loses} == SECTIONS


def test_all_faults_can_be_made_at_once() -> None:
    """No fault is in the way of another, in whatever order they are named."""
    with emulated_account(*tuple(FAULTS)[::-1], application=False, account="101010101010") as account:
        assert account.account == "101010101010"
