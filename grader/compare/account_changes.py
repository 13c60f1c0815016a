"""The changes in an account that lie behind a verdict: the answers that it rests on, old against new."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from grader.compare.differences import Difference, differences, written
from grader.evidence import Evidence, Question
from grader.evidence.private import without_private

# What changes by itself from one minute to the next; it comes last among the changes of an item.
_RESTLESS = re.compile(
    r"(Time|Date|[a-z]At|[Tt]imestamp|LastUsed|Bytes|Token|Datapoints)(\[[^\]]*\])?$|\b[Ee]vents\[|\bdeployments\["
)
_PROBE = Question("http_probe", "meta")


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field of an answer that differs.

    ``old`` and ``new`` are JSON text, None where there is no such field.
    """

    question: Question
    path: str
    old: str | None
    new: str | None


class AccountChanges:
    """The differences between two accounts' answers, found when they are asked for."""

    def __init__(self, old: Evidence | None, new: Evidence | None) -> None:
        self.both = (old, new) if old is not None and new is not None else None
        self.found: dict[Question, tuple[FieldChange, ...]] = {}
        self.told: set[Question] = set()
        self.private: dict[str, int] = {}

    @property
    def changed(self) -> frozenset[Question]:
        """The questions whose answers differ."""
        return frozenset(question for question in self._all() if self.of(question))

    def behind(self, read: Sequence[Question], messages: Sequence[str]) -> tuple[list[FieldChange], bool]:
        """The changes in what was read, the most telling first.

        Where nothing in it differs, those of all the account; the second value tells whether that was so.
        """
        if self.both is None:
            return [], False
        elsewhere = False
        changes = [change for question in dict.fromkeys(read) for change in self.of(question)]
        if any("answered" in message for message in messages):
            changes += self._of_probe()
        if not changes:
            changes = [change for question in self._all() for change in self.of(question)] + self._of_probe()
            elsewhere = bool(changes)
        self.told |= {change.question for change in changes}
        said = " ".join(messages)
        return sorted(dict.fromkeys(changes), key=lambda change: _telling(change, said)), elsewhere

    def of(self, question: Question) -> tuple[FieldChange, ...]:
        """The differences between both answers to one question."""
        if question not in self.found:
            self.found[question] = tuple(self._compared(question))
        return self.found[question]

    def _all(self) -> list[Question]:
        if self.both is None:
            return []
        return list(dict.fromkeys((*self.both[0], *self.both[1])))

    def _compared(self, question: Question) -> Iterator[FieldChange]:
        assert self.both is not None, "asked only where both sides are evidence"
        old, new = (self._shown(side.entry(question)) for side in self.both)
        if old is not None and new is not None and ("error" in old) == ("error" in new):
            kind = "error" if "error" in old else "response"
            for each in differences(old[kind], new[kind]):
                yield _change(question, each)
        elif old != new:
            yield FieldChange(question, "", _entry(old), _entry(new))

    def _shown(self, entry: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
        """An entry in which each private value is a number instead: equal values have the same one."""
        if entry is None or "response" not in entry:
            return entry
        found: Mapping[str, Any] = self._without_private(entry)
        return found

    def _without_private(self, value: Any) -> Any:
        numbers = self.private
        return without_private(
            value, lambda text: f"[redacted value {numbers.setdefault(text, len(numbers) + 1)}]", free_text=True
        )

    def _of_probe(self) -> list[FieldChange]:
        assert self.both is not None, "asked only where both sides are evidence"
        old, new = (self._without_private(side.meta.raw.get("http_probe")) for side in self.both)
        return [_change(_PROBE, each) for each in differences(old, new)]


def _change(question: Question, each: Difference) -> FieldChange:
    return FieldChange(question, each.path, each.old, each.new)


def _entry(entry: Mapping[str, Any] | None) -> str | None:
    """An answer or a refusal as a whole; None where the question was not asked."""
    if entry is None:
        return None
    if "error" in entry:
        error = entry["error"]
        return written(f"{error.get('Code', '')}: {error.get('Message', '')}")
    return written(entry["response"])


def _telling(change: FieldChange, said: str) -> tuple[bool, bool, bool]:
    """Sorts what a message names first, then fields, then whole answers; what changes by itself comes last."""
    values = {(value or "").strip('"') for value in (change.old, change.new)}
    named = any(len(value) > 2 and value in said for value in values) or any(
        len(part) > 3 and part in said for part in re.findall(r"\[([^\] ]+)", change.path)
    )
    return bool(_RESTLESS.search(change.path)), not named, not change.path
