"""Questions to the TA: what two hand-ins have in common, and what does not fit the roster. Facts, never verdicts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class QuestionToTa:
    """Something that a person should look at: whom it is about, and the fact in words."""

    students: tuple[str, ...]
    words: str


@dataclass(frozen=True, slots=True)
class HandIn:
    """What questions rest on: the student, the account of the roster, and the summary of the grade."""

    student: str
    expected_account: str
    summary: Mapping[str, Any]


def questions_about(hand_ins: Iterable[HandIn]) -> tuple[QuestionToTa, ...]:
    """All questions about some hand-ins: checks of the rubric that broke, then what concerns several students."""
    accounts: dict[str, list[str]] = defaultdict(list)
    resources: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
    hosts: dict[str, list[str]] = defaultdict(list)
    asked: list[tuple[str, str, bool]] = []
    alone: list[QuestionToTa] = []
    broken: dict[str, list[str]] = defaultdict(list)
    for one in hand_ins:
        facts, account = one.summary["facts"], one.summary["account"]
        accounts[account].append(one.student)
        for kind, name in (("VPC", "vpcs"), ("load balancer", "balancers")):
            for identifier in facts[name]:
                resources[kind, identifier].append((one.student, account))
        for host in facts["hosts"]:
            hosts[host].append(one.student)
        if facts["asked"]:
            asked.append((one.student, facts["asked"], facts["asked"] in facts["hosts"]))
        if one.expected_account and one.expected_account != account:
            words = f"The evidence is from account {account}, but the roster says {one.expected_account}."
            alone.append(QuestionToTa((one.student,), words))
        for check in one.summary.get("broken", ()):
            broken[check].append(one.student)
        if one.summary["late"]["question"]:
            alone.append(QuestionToTa((one.student,), one.summary["late"]["question"]))
    shared = [
        QuestionToTa(tuple(students), f"They handed in the same account, {account}.")
        for account, students in accounts.items()
        if len(students) > 1 and account != "unknown"
    ]
    for (kind, identifier), owners in resources.items():
        if len({account for _, account in owners}) > 1:
            students = tuple(dict.fromkeys(student for student, _ in owners))
            words = f"The same {kind}, {identifier}, appears in the evidence of different accounts."
            shared.append(QuestionToTa(students, words))
    for student, host, is_own in asked:
        others = [other for other in hosts.get(host, ()) if other != student]
        if others and not is_own:
            owned = f"a load balancer of {', '.join(others)}"
            words = f"The application that was tested for {student}, {host}, belongs to {owned}."
            shared.append(QuestionToTa((student, *others), words))
        elif not is_own and host.endswith((".amazonaws.com", ".amazonaws.com.cn")):
            words = f"The application that was tested, {host}, does not belong to a load balancer of the account."
            alone.append(QuestionToTa((student,), words))
    wrong = [
        QuestionToTa(tuple(students), f"Step {check}. Its points are open. Fix the check and use --regrade.")
        for check, students in broken.items()
    ]
    return (*wrong, *shared, *alone)
