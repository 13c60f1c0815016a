"""What a rubric expects of a value, and whether it holds. Reading it is here too: from plain data, as YAML gives it.

What is absent is null. Quantifiers over lists are false of nothing, and numbers compare as numbers, however AWS writes
them. Nothing here raises but ``Undecided`` (a thing that is referred to is missing, or unknown) and ``TooSlow``.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from fnmatch import fnmatchcase
from ipaddress import ip_network
from typing import Any, Protocol

from grader.errors import Undecided
from grader.things.paths import BadPath, Path, path
from grader.things.policies import Demand, allows
from grader.things.texts import filled, member_places, reference
from grader.things.words import listed, member_in_words, value_in_words

MATCH_SECONDS = 0.5
MATCH_CHARACTERS = 200_000
MAX_PATTERN = 1000

NUMBERS = ("at_least", "at_most", "more_than", "less_than")
NESTED = ("not", "count", "age")
OVER_LISTS = ("some", "every", "none")
RELATIONS = (
    "equal", "not", "one_of", "between", *NUMBERS, "matches", "like", "ignoring_case", "contains", "within", "same_as",
    "present", "count", *OVER_LISTS, "any_of", "all_of", "before", "after", "age", "allows",
)  # fmt: skip
"""Everything that can stand in an expectation beside members of what is expected of."""

WAITING = frozenset(
    {
        "pending", "creating", "provisioning", "starting", "initializing", "in_progress", "inprogress", "in-progress",
        "updating", "modifying", "backing-up", "configuring", "deploying", "insufficient-data", "activating",
        "pending_validation", "rebooting", "registering",
    }
)  # fmt: skip
"""States of things that AWS is still making."""


class BadExpectation(Exception):
    """What is wrong with an expectation; ``keys`` lead to the place, ``remedy`` says what to do."""

    def __init__(self, problem: str, remedy: str = "", keys: tuple[Any, ...] = ()) -> None:
        super().__init__(problem)
        self.problem, self.remedy, self.keys = problem, remedy, keys

    def below(self, key: Any) -> BadExpectation:
        """The same, seen from one level up."""
        return BadExpectation(self.problem, self.remedy, (key, *self.keys))


class TooSlow(Exception):
    """A regular expression that does not end in time; the text is the expression."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """One relation (``equal``, ``some``, …) with its operand, or ``members``: paths with what is expected of each."""

    relation: str
    operand: Any = None
    parts: tuple[Expectation, ...] = ()
    members: tuple[tuple[Path, Expectation], ...] = ()


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


# --- reading ----------------------------------------------------------------------------------------------------------


def read(plain: Any) -> Expectation:
    """The expectation that plain data says; raises ``BadExpectation``."""
    if isinstance(plain, dict):
        parts = [_relation(name, value) for name, value in plain.items() if name in RELATIONS]
        members = [_member(name, value) for name, value in plain.items() if name not in RELATIONS]
        if not plain:
            raise BadExpectation("nothing is expected here.", "Write a value, or a relation such as at_least.")
        if members:
            parts.append(Expectation("members", members=tuple(members)))
        return parts[0] if len(parts) == 1 else Expectation("all_of", parts=tuple(parts))
    return Expectation("equal", _scalar(plain))


def members(plain: Mapping[str, Any]) -> tuple[tuple[Path, Expectation], ...]:
    """The members of a mapping with what is expected of each; a relation here is a mistake."""
    return tuple(_member(name, value) for name, value in plain.items())


def _member(name: str, value: Any) -> tuple[Path, Expectation]:
    near = get_close_matches(name, RELATIONS, n=1, cutoff=0.8) or {"min": ["at_least"], "max": ["at_most"]}.get(name)
    if near and name.islower():
        raise BadExpectation(f"there is no relation {name!r}.", f"Did you mean {near[0]!r}?", (name,))
    try:
        found = path(name)
    except BadPath as error:
        raise BadExpectation(f"{error}.", keys=(name,)) from error
    try:
        return found, read(value)
    except BadExpectation as error:
        raise error.below(name) from error


def _scalar(value: Any) -> Any:
    if isinstance(value, (datetime.date, datetime.datetime)):
        raise BadExpectation(f"{value} is read as a date, not as text.", f'Quote it: "{value}".')
    if isinstance(value, list):
        return [_scalar(each) for each in value]
    if isinstance(value, dict):
        raise BadExpectation("a list of values holds values only.", "Use some: with the members of an entry.")
    return value


def _relation(name: str, value: Any) -> Expectation:
    try:
        return _READERS[name](name, value)
    except BadExpectation as error:
        raise error.below(name) from error


def _read_number(name: str, value: Any) -> Expectation:
    if reference(value) is None and number(value) is None:
        raise BadExpectation(f"{name} needs a number.", "Write it without quotation marks.")
    return Expectation(name, value)


def _read_between(name: str, value: Any) -> Expectation:
    if (
        not isinstance(value, list)
        or len(value) != 2
        or any(number(one) is None and not reference(one) for one in value)
    ):
        raise BadExpectation("between needs two numbers.", "Write between: [1, 10].")
    return Expectation(name, value)


def _read_texts(name: str, value: Any) -> Expectation:
    if not isinstance(value, str) or not value:
        raise BadExpectation(f"{name} needs a text.", "Quote it.")
    if name == "matches":
        if len(value) > MAX_PATTERN:
            raise BadExpectation(f"the pattern is longer than {MAX_PATTERN} characters.")
        import regex

        try:
            regex.compile(value)
        except regex.error as error:
            raise BadExpectation(f"{value!r} is not a regular expression: {error}.") from error
    return Expectation(name, value)


def _read_list(name: str, value: Any) -> Expectation:
    if not isinstance(value, list) or not value:
        raise BadExpectation(f"{name} needs a list.", f"Write {name}: [a, b].")
    return Expectation(name, _scalar(value))


def _read_block(name: str, value: Any) -> Expectation:
    for each in value if isinstance(value, list) else [value]:
        if reference(each) is None:
            try:
                ip_network(str(each))
            except ValueError as error:
                raise BadExpectation(f"{each!r} is no block of addresses.", "Write it as 10.0.0.0/16.") from error
    return Expectation(name, value)


def _read_flag(name: str, value: Any) -> Expectation:
    if not isinstance(value, bool):
        raise BadExpectation(f"{name} needs true or false.", "Write it without quotation marks.")
    return Expectation(name, value)


def _read_nested(name: str, value: Any) -> Expectation:
    if name == "count" and not isinstance(value, dict) and number(value) is None:
        raise BadExpectation("count needs a number, or a relation such as at_least.")
    if name == "age" and not isinstance(value, dict):
        raise BadExpectation("age needs a relation: days since then.", "Write age: {at_most: 7}.")
    return Expectation(name, value, (read(value),))


def _read_case(name: str, value: Any) -> Expectation:
    return Expectation(name, value, (read(_lower(value)),))


def _read_any(name: str, value: Any) -> Expectation:
    if not isinstance(value, list) or not value:
        raise BadExpectation(f"{name} needs a list of expectations.")
    parts = []
    for number_, each in enumerate(value):
        try:
            parts.append(read(each))
        except BadExpectation as error:
            raise error.below(number_) from error
    return Expectation(name, value, tuple(parts))


def _read_contains(name: str, value: Any) -> Expectation:
    if isinstance(value, list):
        return Expectation("all_of", parts=tuple(_read_contains(name, each) for each in value))
    return Expectation(name, value, (read(value),))


def _read_moment(name: str, value: Any) -> Expectation:
    if isinstance(value, datetime.date):
        value = value.isoformat()
    if reference(value) is None and value != "now" and moment(value) is None:
        raise BadExpectation(f"{name} needs a time.", 'Write it as "2026-11-20" or "2026-11-20T10:00:00Z".')
    return Expectation(name, value)


def _read_allows(name: str, value: Any) -> Expectation:
    known = ("action", "resource", "principal")
    if isinstance(value, (str, list)):
        value = {"action": value}
    if not isinstance(value, dict) or "action" not in value or set(value) - set(known):
        raise BadExpectation("allows needs an action.", "Write allows: {action: s3:GetObject, resource: arn:…}.")
    return Expectation(name, value)


def _lower(value: Any) -> Any:
    if isinstance(value, str):
        return value if reference(value) else value.lower()
    if isinstance(value, list):
        return [_lower(each) for each in value]
    return {key: _lower(each) for key, each in value.items()} if isinstance(value, dict) else value


_READERS: Mapping[str, Callable[[str, Any], Expectation]] = {
    **dict.fromkeys(NUMBERS, _read_number),
    **dict.fromkeys(("not", "count", "age", *OVER_LISTS), _read_nested),
    **dict.fromkeys(("matches", "like"), _read_texts),
    **dict.fromkeys(("one_of", "same_as"), _read_list),
    **dict.fromkeys(("any_of", "all_of"), _read_any),
    **dict.fromkeys(("before", "after"), _read_moment),
    "equal": lambda name, value: Expectation(name, _scalar(value)),
    "between": _read_between,
    "within": _read_block,
    "present": _read_flag,
    "ignoring_case": _read_case,
    "contains": _read_contains,
    "allows": _read_allows,
}


def references_in(expectation: Expectation) -> frozenset[str]:
    """The names of the things that an expectation refers to."""
    texts = _texts(expectation.operand)
    found = {name for each in texts if (name := (reference(each) or ("", ""))[0])}
    found |= {place.partition(".")[0] for each in texts for place in member_places(each)}
    for part in expectation.parts:
        found |= references_in(part)
    for _, part in expectation.members:
        found |= references_in(part)
    return frozenset(found)


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, list):
        return [text for each in value for text in _texts(each)]
    return [text for each in value.values() for text in _texts(each)] if isinstance(value, dict) else []


# --- values -----------------------------------------------------------------------------------------------------------


def number(value: Any) -> float | None:
    """A number, or a text that is one."""
    if isinstance(value, bool):
        return None
    if isinstance(value, (int, float)):
        return value
    if isinstance(value, str) and re.fullmatch(r"\s*[-+]?\d{1,30}(\.\d{1,30})?\s*", value):
        return float(value) if "." in value else int(value)
    return None


def moment(value: Any) -> datetime.datetime | None:
    """A time: of ISO 8601, with UTC where no offset is said, or in seconds or milliseconds since 1970."""
    if isinstance(value, str) and number(value) is None:
        try:
            found = datetime.datetime.fromisoformat(value)
        except ValueError:
            return None
        return found if found.tzinfo else found.replace(tzinfo=datetime.UTC)
    seconds = number(value)
    if seconds is None or not 1e8 < seconds < 1e13:
        return None
    return datetime.datetime.fromtimestamp(seconds / (1000 if seconds > 1e11 else 1), datetime.UTC)


def same(found: Any, wanted: Any) -> bool:
    """Whether two values are the same: numbers as numbers, and true as "true", however AWS writes them."""
    if isinstance(found, bool) or isinstance(wanted, bool):
        as_text = {True: "true", False: "false"}
        one, other = (as_text[each] if isinstance(each, bool) else each for each in (found, wanted))
        return isinstance(one, str) and isinstance(other, str) and one.lower() == other.lower()
    if isinstance(found, list) and isinstance(wanted, list):
        return len(found) == len(wanted) and all(same(*pair) for pair in zip(found, wanted, strict=True))
    if isinstance(found, str) and isinstance(wanted, str):
        return found == wanted
    one, other = number(found), number(wanted)
    if one is not None and other is not None:
        return one == other
    return type(found) is type(wanted) and bool(found == wanted)


# --- judging ----------------------------------------------------------------------------------------------------------


class Judge:
    """Says whether expectations hold. ``now`` is when the account was read."""

    def __init__(self, references: References, now: datetime.datetime) -> None:
        self._references = references
        self._now = now

    def told(self, expectation: Expectation, value: Any, subject: str) -> Told:
        """Whether an expectation holds of a value, which is called ``subject`` in the words."""
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
        holds = _COMPARE[relation](value, wanted)
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
        inner = self.told(expectation.parts[0], _lower(value), subject)
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
        """An expectation in words, to stand behind the name of what it is expected of."""
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


def _one_of(value: Any, wanted: Any) -> bool:
    return any(same(value, each) for each in wanted)


def _same_as(value: Any, wanted: Any) -> bool:
    entries = value if isinstance(value, list) else [] if value is None else [value]
    return (
        bool(entries)
        and all(_one_of(each, wanted) for each in entries)
        and all(_one_of(each, entries) for each in wanted)
    )


def _within(value: Any, wanted: Any) -> bool:
    entries = value if isinstance(value, list) else [value]
    blocks = wanted if isinstance(wanted, list) else [wanted]
    return bool(entries) and all(any(_is_inside(each, block) for block in blocks) for each in entries)


def _is_inside(value: Any, block: Any) -> bool:
    if not isinstance(value, str) or not isinstance(block, str):
        return False
    try:
        one, other = ip_network(value, strict=False), ip_network(block, strict=False)
    except (ValueError, TypeError):
        return False
    return one.version == other.version and one.subnet_of(other)  # type: ignore[arg-type]


def _matches(value: Any, wanted: str) -> bool:
    if not isinstance(value, str):
        return False
    import regex

    try:
        return regex.search(wanted, value[:MATCH_CHARACTERS], regex.MULTILINE, timeout=MATCH_SECONDS) is not None
    except TimeoutError as error:
        raise TooSlow(wanted) from error


def _like(value: Any, wanted: str) -> bool:
    return isinstance(value, str) and fnmatchcase(value, wanted.replace("[", "[[]"))


def _by_number(compare: Callable[[float, float], bool]) -> Callable[[Any, Any], bool]:
    def holds(value: Any, wanted: Any) -> bool:
        one, other = number(value), number(wanted)
        return one is not None and other is not None and compare(one, other)

    return holds


_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "equal": same,
    "one_of": _one_of,
    "between": lambda value, wanted: (
        _by_number(lambda one, other: one >= other)(value, wanted[0])
        and _by_number(lambda one, other: one <= other)(value, wanted[1])
    ),
    "at_least": _by_number(lambda one, other: one >= other),
    "at_most": _by_number(lambda one, other: one <= other),
    "more_than": _by_number(lambda one, other: one > other),
    "less_than": _by_number(lambda one, other: one < other),
    "matches": _matches,
    "like": _like,
    "within": _within,
    "same_as": _same_as,
}

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
