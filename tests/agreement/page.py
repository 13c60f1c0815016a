"""docs/agreement.md, made from what both tools said."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from .questions import QUESTIONS, WHY
from .run import Verdicts

WORDS = {"passed": "passed", "failed": "failed", "open": "open", "nothing": "says nothing"}
_MOST_NAMED = 5
"""States that a row names; of more it says how many."""


class NoReason(Exception):
    """The tools differ where nobody has written who is right."""


def page(said: Mapping[str, Verdicts], version: str) -> str:
    """The page. Raises ``NoReason`` for a difference that ``questions.WHY`` does not explain."""
    rows = list(_rows(said))
    unexplained = [f"{row[0]}, {row[1]}: {row[2]} beside {row[3]}" for row in rows if not row[4]]
    if unexplained:
        raise NoReason("Write in tests/agreement/questions.py who is right:\n" + "\n".join(unexplained))
    asked = len(said) * len(QUESTIONS)
    same = sum(
        one.ours[question.words] == one.prowler[question.words] for one in said.values() for question in QUESTIONS
    )
    head = _HEAD.format(states=len(said), version=version, questions=len(QUESTIONS), asked=asked, same=same)
    return "\n".join((head, *(f"| {' | '.join(row)} |" for row in rows), ""))


def _rows(said: Mapping[str, Verdicts]) -> Iterator[tuple[str, str, str, str, str]]:
    """Question, states, our verdict, Prowler's, and why; states with one reason stand together."""
    for question in QUESTIONS:
        together: dict[tuple[str, str, str], list[str]] = {}
        for state, verdicts in said.items():
            ours, theirs = verdicts.ours[question.words], verdicts.prowler[question.words]
            if ours != theirs:
                why = WHY.get((question.words, state), WHY.get((question.words, ""), ""))
                together.setdefault((ours, theirs, why), []).append(state)
        for (ours, theirs, why), states in together.items():
            where = ", ".join(states) if len(states) <= _MOST_NAMED else f"{len(states)} of {len(said)} states"
            yield question.words, where, WORDS[ours], WORDS[theirs], why


_HEAD = """\
# Beside Prowler

<!-- Written by `make agreement`. -->
[Prowler](https://github.com/prowler-cloud/prowler) is a posture scanner: it knows good practice, not this lab. Some of
its checks ask what a step of the lab asks too. `make agreement` builds the lab in {states} states with the emulator of
the demo (faults, and requests that AWS refuses), runs both tools on each, and compares.

With {version}, {questions} questions were asked in each state, {asked} in all. Both said the same {same} times. Below
is every other time.

| question | state | the grader | Prowler | who is right, and why |
| --- | --- | --- | --- | --- |"""
