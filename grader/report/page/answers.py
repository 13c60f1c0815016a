"""Answers of AWS as readers see them: in YAML's shape, as ``aws --output yaml`` prints them, but cut where they are
long and without what is private. The evidence file holds the whole answers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from grader.evidence import GLOBAL, Evidence, Question
from grader.evidence.private import without_private
from grader.evidence.scrubbing import is_scrubbed
from grader.foreign_text import shorten

ROOM = 46_000
"""Bytes of all answers on one page: the page stays below 150 kB, and an account of any size fits."""

MOST_ANSWERS = 120
MOST_ENTRIES = 12
MOST_CHARACTERS = 160
HIDDEN = "[redacted]"
_LOG_OPERATIONS = ("logs.FilterLogEvents", "logs.GetLogEvents", "logs.GetQueryResults")
# What YAML would read as something else than the text it is.
_PLAIN = re.compile(
    r"(?![-?:,\[\]{}#&*!|>'\"%@`\s=~])(?!(?:true|false|null|yes|no|on|off)$)[^\n\r\t\\#]*[^\s:#\\]", re.IGNORECASE
)
_NUMBER = re.compile(r"[-+.\d][\d_.,:eE+-]*$")


@dataclass(frozen=True, slots=True)
class ShownAnswer:
    """What AWS said to one question, or to the same question in several regions that it answered alike."""

    number: int
    operation: str
    places: str
    key: str
    refused: bool
    text: str


class Answers:
    """The answers that a page shows, each once, in the order in which checks first refer to them."""

    def __init__(self, evidence: Evidence) -> None:
        self._evidence = evidence
        self._numbers: dict[Question, int] = {}
        self._alike: dict[tuple[str, str], int] = {}
        self._found: list[tuple[Question, list[str], str]] = []
        self._room = ROOM
        self.left_out = 0

    def numbers(self, questions: Sequence[Question]) -> tuple[int, ...]:
        """The numbers of the answers to ``questions``; those for which there is no room have none."""
        found = (self._number(question) for question in questions)
        return tuple(dict.fromkeys(number for number in found if number))

    def _number(self, question: Question) -> int:
        known = self._numbers.get(question)
        if known is not None:
            return known
        entry = self._evidence.entry(question)
        text = self._text(question.operation, entry) if entry is not None else "not asked"
        alike = (question.operation, text)
        number = self._alike.get(alike, 0) if len(text) < 400 and not question.key else 0
        if number:
            self._found[number - 1][1].append(question.region)
        elif len(self._found) >= MOST_ANSWERS:
            self.left_out += 1
        else:
            self._found.append((question, [question.region], text))
            number = len(self._found)
            self._alike.setdefault(alike, number)
            self._room -= _cost(text) + 260
        self._numbers[question] = number
        return number

    def _text(self, operation: str, entry: Mapping[str, Any]) -> str:
        # What is short takes what it needs; what is long takes a share, so that the last answers have room too.
        room = max(300, min(self._room // 8, 3600))
        return _Writer(room).text(_shown(entry))

    def all(self) -> tuple[ShownAnswer, ...]:
        """Every answer that was given a number."""
        return tuple(
            ShownAnswer(
                number,
                question.operation,
                _places(regions),
                shorten(question.key, 200),
                "error" in (self._evidence.entry(question) or {}),
                text,
            )
            for number, (question, regions, text) in enumerate(self._found, 1)
        )


def _places(regions: Iterable[str]) -> str:
    named = [shorten(region, 30) for region in regions if region != GLOBAL]
    return ", ".join(named[:3]) + (f" and {len(named) - 3} more regions" if len(named) > 3 else "")


def _cost(text: str) -> int:
    """About the bytes of a text on the page."""
    return len(text) if text.isascii() else 3 * len(text)


@dataclass(slots=True)
class _Writer:
    room: int
    lines: list[str] = field(default_factory=list)

    def text(self, entry: Mapping[str, Any]) -> str:
        self._value(entry.get("response", entry), "", "")
        if self.room < 0:
            self.lines.append("… the rest is in the evidence file")
        return "\n".join(self.lines) or "nothing"

    def _line(self, text: str) -> None:
        self.lines.append(text)
        self.room -= _cost(text) + 1

    def _value(self, value: object, lead: str, indent: str) -> None:
        """A value after ``lead`` (its indent and name); what it holds is on lines of their own, by ``indent``."""
        if self.room < 0:
            return
        flow = self._flow(value)
        if flow is not None:
            self._line(f"{lead}{flow}")
        elif isinstance(value, dict):
            self._members(value, lead, indent)
        elif isinstance(value, list):
            self._entries(value, lead, indent)

    def _members(self, value: Mapping[str, Any], lead: str, indent: str) -> None:
        if lead and not lead.endswith("- "):
            self._line(lead.rstrip())
            lead = indent
        for number, (name, inner) in enumerate(value.items()):
            if number >= 4 * MOST_ENTRIES:
                self._line(f"{indent}… {len(value) - number} more")
                break
            self._value(inner, f"{lead if not number else indent}{_name(name)}: ", f"{indent}  ")

    def _entries(self, value: Sequence[Any], lead: str, indent: str) -> None:
        outer = indent[:-2]
        if lead:
            self._line(lead.rstrip())
        for number, inner in enumerate(value):
            if number >= MOST_ENTRIES:
                self._line(f"{outer}… {len(value) - number} more")
                break
            self._value(inner, f"{outer}- ", f"{outer}  ")

    def _flow(self, value: object) -> str | None:
        """A plain value, or a small container of plain values, on one line; else None."""
        if isinstance(value, dict):
            if len(value) > 4 or any(isinstance(one, (dict, list)) and one for one in value.values()):
                return None
            parts = [f"{_name(name)}: {_scalar(one, True)}" for name, one in value.items()]
            text = f"{{{', '.join(parts)}}}"
        elif isinstance(value, list):
            if len(value) > 4 or any(isinstance(one, (dict, list)) for one in value):
                return None
            text = f"[{', '.join(_scalar(one, True) for one in value)}]"
        else:
            return _scalar(value)
        return text if len(text) <= 96 else None


def _shown(entry: Mapping[str, Any]) -> Any:
    """An entry without what is private by its position, and without free text of an application."""
    if "response" not in entry:
        return entry
    return _scrubbed_as_hidden(without_private(entry, lambda text: HIDDEN, free_text=True))


def _scrubbed_as_hidden(value: Any) -> Any:
    """What the evidence does not hold reads as what the page does not show."""
    if isinstance(value, Mapping):
        return HIDDEN if is_scrubbed(value) else {name: _scrubbed_as_hidden(inner) for name, inner in value.items()}
    return [_scrubbed_as_hidden(inner) for inner in value] if isinstance(value, list) else value


def _scalar(value: object, inside: bool = False) -> str:
    """A plain value as YAML writes it; ``inside`` a flow, where commas and brackets end it."""
    if isinstance(value, str):
        if len(value) > MOST_CHARACTERS:
            value = value[:MOST_CHARACTERS] + "…"
        plain = _PLAIN.fullmatch(value) and ": " not in value and not _NUMBER.match(value)
        if plain and not (inside and any(mark in value for mark in ",[]{}")):
            return value
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r") + '"'
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return "{}" if value == {} else "[]" if value == [] else str(value)[:40]


@lru_cache(maxsize=2048)
def _name(name: str) -> str:
    """A member's name: AWS's own few words, on every page again."""
    return _scalar(name, True)


def log_lines(evidence: Evidence, questions: Iterable[Question]) -> tuple[str, ...]:
    """The texts of log lines among the answers to ``questions``: a page must not repeat them."""
    entries = (evidence.entry(one) or {} for one in questions if one.operation in _LOG_OPERATIONS)
    events = (event for entry in entries for event in (entry.get("response") or {}).get("events") or [])
    return tuple(str(event["message"]) for event in events if isinstance(event, dict) and event.get("message"))
