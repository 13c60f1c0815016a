"""A row of the table of causes: how a cause is recognised, what is said of it, and what repairs it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from grader.model.diagnosis.hops import Hop
from grader.model.diagnosis.quoting import quoted
from grader.model.findings import shorten

if TYPE_CHECKING:
    from grader.model.diagnosis.witnesses import Witnesses

_PLACE = re.compile(r"\{(\w+)\}")


class Kind(StrEnum):
    """What a cause keeps from working."""

    PULL = "The image cannot be pulled"
    START = "The task cannot start"
    STOP = "The task starts and stops"
    HEALTH = "The task runs but is unhealthy"
    DEPLOYMENT = "The deployment does not succeed"
    WAY_IN = "Requests do not arrive"


class Claim(StrEnum):
    """What a diagnosis explains."""

    RUNNING = "a task runs"
    HEALTHY = "a target is healthy"
    LOGS = "logs reach CloudWatch"
    ACCESS = "the application can be reached"


NEVER_STARTED = frozenset({Claim.RUNNING, Claim.HEALTHY, Claim.LOGS, Claim.ACCESS})
"""What never started has no log of its own either."""
STOPPED = frozenset({Claim.RUNNING, Claim.HEALTHY, Claim.ACCESS})
UNHEALTHY = frozenset({Claim.RUNNING, Claim.HEALTHY, Claim.ACCESS})
"""A task that fails its health checks is stopped by the service, so in between none runs."""


@dataclass(frozen=True, slots=True)
class Repair:
    """What to do: in words, with the console page, the command, and the line of a file that is to be changed.

    Words in braces are values: the lab's own numbers, else of the cause, else of the account, as the guides have them.
    """

    words: str
    page: str = ""
    command: str = ""
    line: str = ""
    in_learner_lab: str = ""
    """What to do instead in the Learner Lab, where nobody can change roles; empty where it is the same."""


@dataclass(frozen=True, slots=True)
class Found:
    """A cause that was recognised: the values of its sentence, the part that shows it, and the broken hop.

    ``checks`` are parts of the ids of the checks that it is because of, if they are lost.
    """

    values: tuple[tuple[str, str], ...] = ()
    quote: str = ""
    source: str = ""
    checks: tuple[str, ...] = ()
    hop: Hop | None = None


@dataclass(frozen=True, slots=True)
class Cause:
    """One row. ``shows`` is what AWS says of it, for the page of documentation; ``sentence`` has places in braces."""

    id: str
    kind: Kind
    title: str
    shows: str
    sentence: str
    repairs: tuple[Repair, ...]
    recognise: Callable[[Witnesses], Found | None]
    explains: frozenset[Claim]
    checks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Said:
    """A witness's words that a row recognises: what matched, whose words they are."""

    match: re.Match[str]
    source: str

    @property
    def quote(self) -> str:
        """What matched (of it the group ``q``, where the pattern has one), as it may be shown."""
        return quoted(self.match.groupdict().get("q") or self.match[0])

    def group(self, name: str) -> str:
        """A named group, empty where this wording has none."""
        return self.match.groupdict().get(name) or ""

    def found(self, *checks: str, **values: str) -> Found:
        """A cause recognised by these words."""
        return Found(tuple(values.items()), self.quote, self.source, checks)

    def stopped_at(self, hop: Hop) -> Found:
        """A cause recognised by these words and by the hop that is broken; ``where`` says which."""
        return Found((("where", shorten(hop.said, 240)),), self.quote, self.source, hop.checks, hop)


@dataclass(frozen=True, slots=True)
class Wordings:
    """Several wordings of the same thing, the one that tells most first."""

    patterns: tuple[re.Pattern[str], ...]

    def search(self, text: str) -> re.Match[str] | None:
        """The match of the first wording that a text has."""
        return next((match for one in self.patterns if (match := one.search(text)) is not None), None)


def pattern(*wordings: str) -> Wordings:
    """Several wordings, in any case; a space in them is any white space."""
    return Wordings(tuple(re.compile(one.replace(" ", r"\s+"), re.IGNORECASE) for one in wordings))


def of_tasks(witnesses: Witnesses, wording: Wordings) -> Said | None:
    """What the newest stopped task that says it says of why it stopped."""
    for task in witnesses.stopped:
        for text in task.texts:
            match = wording.search(text)
            if match is not None:
                return Said(match, "the stopped task")
    return None


def of_service(witnesses: Witnesses, wording: Wordings) -> Said | None:
    """What the newest event that says it, or the rollout of the newest deployment, says."""
    texts = [(event.text, "an event of the service") for event in witnesses.events]
    texts += [(one.reason, "the deployment") for one in witnesses.deployments if one.is_primary]
    for text, source in texts:
        match = wording.search(text)
        if match is not None:
            return Said(match, source)
    return None


def of_log(witnesses: Witnesses, wording: Wordings) -> Said | None:
    """What the newest line of the log that says it says."""
    for line in witnesses.lines:
        match = wording.search(line.text)
        if match is not None:
            return Said(match, "the log")
    return None


def said(witnesses: Witnesses, wording: Wordings) -> Said | None:
    """What a stopped task says, else an event, newest first."""
    return of_tasks(witnesses, wording) or of_service(witnesses, wording)


def by_words(wording: Wordings, *checks: str) -> Callable[[Witnesses], Found | None]:
    """A recogniser: a stopped task or an event says it; named groups of the pattern are the values."""

    def recognise(witnesses: Witnesses) -> Found | None:
        words = said(witnesses, wording)
        return None if words is None else words.found(*checks, **groups_of_match(words.match))

    return recognise


def groups_of_match(match: re.Match[str]) -> Mapping[str, str]:
    """The named groups of a match, each as a value of a sentence."""
    return {name: value(text) for name, text in match.groupdict().items() if text and name != "q"}


def value(text: str) -> str:
    """A value in a sentence: short, on one line, masked as a quotation is."""
    return shorten(quoted(text), 120)


def shown(text: str) -> str:
    """A name from the account in a sentence: short, on one line."""
    return shorten(text, 120)


def filled(text: str, values: Mapping[str, str]) -> str:
    """A text with the places whose values are known; the rest stays as it is."""
    return _PLACE.sub(lambda found: values.get(found[1], found[0]), text)


