"""Whether what a rubric expects holds of a value, in words.

What is absent is null. Quantifiers over lists are false of nothing, and numbers compare as numbers, however AWS writes
them. Nothing here raises but ``Undecided`` (a thing that is referred to is missing, or unknown) and ``TooSlow``.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from grader.errors import Undecided, Unverified
from grader.things.expectations import OVER_LISTS, Expectation, lowered
from grader.things.paths import Path
from grader.things.policies import Demand, allows
from grader.things.texts import filled, member_places, reference
from grader.things.values import COMPARE, moment
from grader.things.words import listed, member_in_words, value_in_words

WAITING = frozenset(
    {
        "pending", "creating", "provisioning", "starting", "initializing", "in_progress", "inprogress", "in-progress",
        "updating", "modifying", "backing-up", "configuring", "deploying", "insufficient-data", "activating",
        "pending_validation", "rebooting", "registering",
    }
)  # fmt: skip
"""States of things that AWS is still making."""


@dataclass(frozen=True, slots=True)
class Told:
    """Whether an expectation holds; what was ``found`` and what was ``expected``, in words."""

    holds: bool
    found: str
    expected: str
    is_waiting: bool = False
    near: int = 0
    """How many parts of it hold: the nearest miss has the most."""


class References(Protocol):
    """Gives the value of ``$thing.path``, and the words for it; raises ``Undecided`` where there is none."""

    def value_of(self, name: str, path: str) -> Any:
        """The value."""
        ...

    def words_for(self, name: str, path: str) -> str:
        """The value in words, with the thing that it is of."""
        ...

    def label_for(self, value: Any) -> str:
        """A value in words; the id of something that was found, with what that is called."""
        ...


class Judge:
    """Says whether expectations hold. ``now`` is when the account was read."""

    def __init__(self, references: References, now: datetime.datetime) -> None:
        self._references = references
        self._now = now

    def told(self, expectation: Expectation, value: Any, subject: str) -> Told:
        """Whether an expectation holds of a value, which is called ``subject`` in the words."""
        if isinstance(value, dict) and value.get("scrubbed") is True:
            raise Unverified(f"{subject} was left out of the evidence because it may be private")
        return _JUDGES.get(expectation.relation, Judge._compared)(self, expectation, value, subject)

    def operand(self, value: Any) -> Any:
        """An operand with the values that it refers to."""
        named = reference(value)
        if named is not None:
            return self._references.value_of(*named)
        if isinstance(value, str) and member_places(value):
            values = {
                f"${place}": self._references.value_of(*place.partition(".")[::2]) for place in member_places(value)
            }
            return filled(value, values) or value
        if isinstance(value, list):
            return [self.operand(each) for each in value]
        return {key: self.operand(each) for key, each in value.items()} if isinstance(value, dict) else value

    def operand_in_words(self, value: Any) -> str:
        """An operand in words: what is referred to is named."""
        named = reference(value)
        if named is not None:
            return self._references.words_for(*named)
        if isinstance(value, str) and member_places(value):
            try:
                return str(self.operand(value))
            except Undecided:
                return value
        return listed(map(self.operand_in_words, value)) if isinstance(value, list) else value_in_words(value)

    def _compared(self, expectation: Expectation, value: Any, subject: str) -> Told:
        relation, wanted = expectation.relation, self.operand(expectation.operand)
        holds = COMPARE[relation](value, wanted)
        shown = value_in_words(value) if holds else self._references.label_for(value)
        is_waiting = relation in ("equal", "one_of") and _is_state(subject) and str(value).lower() in WAITING
        return Told(holds, f"{subject} is {shown}", self.words(expectation), is_waiting and not holds)

    def _members(self, expectation: Expectation, value: Any, subject: str) -> Told:
        if not isinstance(value, dict):
            return Told(False, f"{subject} is {value_in_words(value)}", self.words(expectation))
        told = [
            self.told(each, where.value_in(value), member_in_words(where.text)) for where, each in expectation.members
        ]
        wrong = [each for each in told if not each.holds]
        return Told(
            not wrong,
            listed(each.found for each in (wrong or told)),
            listed(self._member_words(where, each) for (where, each), one in zip(expectation.members, told, strict=True)
                   if wrong == [] or not one.holds),
            bool(wrong) and all(each.is_waiting for each in wrong),
            len(told) - len(wrong),
        )  # fmt: skip

    def _member_words(self, where: Path, expectation: Expectation) -> str:
        return f"{member_in_words(where.text)} {self.words(expectation)}"

    def _not(self, expectation: Expectation, value: Any, subject: str) -> Told:
        inner = self.told(expectation.parts[0], value, subject)
        return Told(not inner.holds, inner.found, self.words(expectation))

    def _all_of(self, expectation: Expectation, value: Any, subject: str) -> Told:
        told = [self.told(part, value, subject) for part in expectation.parts]
        wrong = [each for each in told if not each.holds]
        if not wrong:
            return Told(True, told[0].found, self.words(expectation), near=len(told))
        return Told(
            False,
            listed(each.found for each in wrong),
            listed(each.expected for each in wrong),
            all(each.is_waiting for each in wrong),
            len(told) - len(wrong),
        )

    def _any_of(self, expectation: Expectation, value: Any, subject: str) -> Told:
        told = [self.told(part, value, subject) for part in expectation.parts]
        holding = next((each for each in told if each.holds), None)
        if holding is not None:
            return holding
        best = max(told, key=lambda each: each.near)
        return Told(False, best.found, self.words(expectation), any(each.is_waiting for each in told))

    def _present(self, expectation: Expectation, value: Any, subject: str) -> Told:
        is_there = value is not None and value not in ("", [], {})
        found = f"{subject} is {value_in_words(value) if is_there else 'not set'}"
        return Told(is_there is expectation.operand, found, self.words(expectation))

    def _count(self, expectation: Expectation, value: Any, subject: str) -> Told:
        size = len(value) if isinstance(value, (list, dict)) else 0
        inner = self.told(expectation.parts[0], size, f"the number of {subject}")
        return Told(inner.holds, inner.found, self.words(expectation))

    def _age(self, expectation: Expectation, value: Any, subject: str) -> Told:
        when = moment(value)
        if when is None:
            return Told(False, f"{subject} is {value_in_words(value)}", self.words(expectation))
        inner = self.told(expectation.parts[0], (self._now - when).total_seconds() / 86400, "")
        return Told(inner.holds, f"{subject} is {value_in_words(value)}", self.words(expectation))

    def _ignoring_case(self, expectation: Expectation, value: Any, subject: str) -> Told:
        inner = self.told(expectation.parts[0], lowered(value), subject)
        return Told(inner.holds, f"{subject} is {value_in_words(value)}", self.words(expectation))

    def _contains(self, expectation: Expectation, value: Any, subject: str) -> Told:
        if isinstance(value, list):
            return self._some(expectation, value, subject)
        wanted = self.operand(expectation.operand)
        holds = isinstance(value, str) and isinstance(wanted, (str, int, float)) and str(wanted) in value
        return Told(holds, f"{subject} is {value_in_words(value)}", self.words(expectation))

    def _some(self, expectation: Expectation, value: Any, subject: str) -> Told:
        entries = value if isinstance(value, list) else []
        inner = expectation.parts[0]
        told = [self.told(inner, each, "an entry") for each in entries]
        if any(each.holds for each in told):
            return Told(True, f"{subject} has it", self.words(expectation))
        return Told(False, self._none_of_them(told, entries, subject, inner), self.words(expectation),
                    any(each.is_waiting for each in told))  # fmt: skip

    def _none_of_them(self, told: list[Told], entries: list[Any], subject: str, inner: Expectation) -> str:
        if not told:
            return f"{subject} is {'empty' if isinstance(entries, list) else 'not set'}"
        if inner.relation != "members":
            return f"{subject} is {value_in_words(entries)}"
        nearest = max(told, key=lambda each: each.near)
        if nearest.near:
            return f"{subject}: in the nearest entry {nearest.found}"
        shown = listed((value_in_words(each) for each in entries), word="and", most=2)
        return f"{subject}: {shown}"

    def _every(self, expectation: Expectation, value: Any, subject: str) -> Told:
        entries = value if isinstance(value, list) else []
        told = [self.told(expectation.parts[0], each, "it") for each in entries]
        if not told:
            return Told(False, f"{subject} is empty", self.words(expectation))
        wrong = [value_in_words(entry) for entry, each in zip(entries, told, strict=True) if not each.holds]
        waits = [each.is_waiting for each in told if not each.holds]
        found = f"{subject} include {listed(wrong, most=2)}" if wrong else f"{subject} are so"
        return Told(not wrong, found, self.words(expectation), bool(waits) and all(waits))

    def _none(self, expectation: Expectation, value: Any, subject: str) -> Told:
        entries = value if isinstance(value, list) else []
        held = [each for each in entries if self.told(expectation.parts[0], each, "it").holds]
        if not entries:
            return Told(False, f"{subject} is empty", self.words(expectation))
        found = f"{subject} include {listed(map(value_in_words, held), most=2)}" if held else f"{subject} include none"
        return Told(not held, found, self.words(expectation))

    def _moment(self, expectation: Expectation, value: Any, subject: str) -> Told:
        wanted = self._now if expectation.operand == "now" else moment(self.operand(expectation.operand))
        when = moment(value)
        holds = when is not None and wanted is not None and (
            when < wanted if expectation.relation == "before" else when > wanted
        )  # fmt: skip
        return Told(holds, f"{subject} is {value_in_words(value)}", self.words(expectation))

    def _allows(self, expectation: Expectation, value: Any, subject: str) -> Told:
        asked = self.operand(expectation.operand)
        actions = asked["action"] if isinstance(asked["action"], list) else [asked["action"]]
        missing = [
            action
            for action in actions
            if not allows(value, Demand(str(action), asked.get("resource"), asked.get("principal")))
        ]
        found = f"{subject} does not allow {listed(map(str, missing))}" if missing else f"{subject} allows it"
        return Told(not missing, found, self.words(expectation))

    def words(self, expectation: Expectation) -> str:
        """An expectation in words, to follow the name of what it is expected of."""
        relation = expectation.relation
        if relation == "members":
            return listed(self._member_words(where, each) for where, each in expectation.members)
        inner = [self.words(part) for part in expectation.parts]
        if relation == "all_of":
            return listed(inner)
        if relation == "any_of":
            return listed(inner, word="or")
        if relation in ("not", "count", "age", *OVER_LISTS, "ignoring_case", "contains"):
            verb = "has" if expectation.parts[0].relation == "members" else "is"
            named = relation if relation != "contains" or verb == "is" else "some"
            return _NESTED_WORDS[named].format(inner[0], verb)
        if relation == "present":
            return "any value" if expectation.operand else "no value"
        if relation == "allows":
            asked = expectation.operand
            where = f" on {self.operand_in_words(asked['resource'])}" if "resource" in asked else ""
            who = f" to {self.operand_in_words(asked['principal'])}" if "principal" in asked else ""
            return f"that allows {self.operand_in_words(asked['action'])}{where}{who}"
        said = self.operand_in_words(expectation.operand)
        if relation == "one_of":
            return f"one of {listed(map(self.operand_in_words, expectation.operand), word='or', most=8)}"
        if relation == "between":
            low, high = map(self.operand_in_words, expectation.operand)
            return f"from {low} to {high}"
        return _WORDS.get(relation, "{}").format(said)


_NESTED_WORDS = {
    "not": "other than {}", "count": "in number {}", "age": "{} days ago", "ignoring_case": "{} (in any case)",
    "contains": "with {}", "some": "with an entry that {1} {0}", "every": "of which every entry {1} {0}",
    "none": "of which no entry {1} {0}",
}  # fmt: skip
_WORDS = {
    "at_least": "{} or more", "at_most": "{} or less", "more_than": "more than {}", "less_than": "less than {}",
    "matches": "a text that matches {}", "like": "like {}", "within": "inside {}",
    "same_as": "exactly {}", "before": "before {}", "after": "after {}",
}  # fmt: skip


def _is_state(subject: str) -> bool:
    last = subject.lower().split()
    return bool(last) and (last[-1] in ("state", "status", "name", "code") or "state" in last or "status" in last)


_JUDGES: Mapping[str, Callable[[Judge, Expectation, Any, str], Told]] = {
    "members": Judge._members,
    "not": Judge._not,
    "all_of": Judge._all_of,
    "any_of": Judge._any_of,
    "present": Judge._present,
    "count": Judge._count,
    "age": Judge._age,
    "ignoring_case": Judge._ignoring_case,
    "contains": Judge._contains,
    "some": Judge._some,
    "every": Judge._every,
    "none": Judge._none,
    "before": Judge._moment,
    "after": Judge._moment,
    "allows": Judge._allows,
}
