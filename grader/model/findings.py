"""What a claim found, in words: the values that checks assert.

A ``Finding`` is true or false and says why; pytest's assertion rewriting prints it. Quantifiers over resources name
the offenders and are false when there are no resources. What AWS did not answer (``Unsettled``) stays unknown unless
the rest decides: one passing candidate proves "some", one failing disproves "every".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from grader.errors import Missing, Unsettled
from grader.foreign_text import shorten as shorten

T = TypeVar("T")
D = TypeVar("D")
Claim = Callable[[], "Finding | bool"]


@dataclass(frozen=True, slots=True, repr=False)
class Finding:
    """Whether a claim ``holds``, what was ``found`` and, where it does not hold, what was ``expected``."""

    holds: bool
    found: str
    expected: str = ""

    def __bool__(self) -> bool:
        if not self.holds:
            _last_denied.set(self)
        return self.holds

    def __repr__(self) -> str:
        return self.found if self.holds else sentence(self.found, self.expected)


_last_denied: ContextVar[Finding | None] = ContextVar("last_denied", default=None)


@contextmanager
def denials() -> Iterator[Callable[[], Finding | None]]:
    """Note which findings are taken as false while the body runs; the value tells the last one.

    An assertion that fails has just taken its finding as false. So whoever runs checks gets at the finding itself,
    with what was found and what was expected, and needs not read them out of the text of the assertion.
    """
    token = _last_denied.set(None)
    try:
        yield _last_denied.get
    finally:
        _last_denied.reset(token)


def sentence(found: str, expected: str) -> str:
    """What was found and what was expected as one sentence; the latter is left out where it is empty."""
    return f"{found}; expected: {expected}" if expected else found


def finding(value: Finding | bool) -> Finding:
    """A plain truth value as a finding."""
    return value if isinstance(value, Finding) else Finding(value, "holds" if value else "does not hold")


@dataclass(frozen=True, slots=True)
class _Judged:
    """What a claim said of each of several things; ``unknown`` is the first that could not be told."""

    held: int
    offenders: list[str]
    expected: str
    unknown: Unsettled | None


def _judged(things: Iterable[T], claim: Callable[[T], Finding | bool]) -> _Judged:
    held, expected = 0, ""
    offenders: list[str] = []
    unknown: Unsettled | None = None
    for thing in things:
        try:
            verdict = finding(claim(thing))
        except Unsettled as error:
            unknown = unknown or error
            continue
        except Missing as error:
            verdict = Finding(False, str(error))
        if verdict:
            held += 1
        else:
            offenders.append(f"{_named(thing)}: {verdict.found}")
            expected = expected or verdict.expected
    return _Judged(held, offenders, expected, unknown)


def every(things: Iterable[T], claim: Callable[[T], Finding | bool], *, of: str = "resources") -> Finding:
    """True if there is at least one thing and ``claim`` holds of each; names those of which it does not."""
    judged = _judged(things, claim)
    if judged.offenders:
        return Finding(False, _some_of(judged.offenders), judged.expected)
    if judged.unknown is not None:
        raise judged.unknown
    if not judged.held:
        return Finding(False, f"there are no {of}", f"{of}, each as the handout asks")
    return Finding(True, f"all {judged.held} {of}")


def at_least(
    needed: int, things: Iterable[T], claim: Callable[[T], Finding | bool], *, of: str = "resources"
) -> Finding:
    """True if ``claim`` holds of ``needed`` things or more; names those of which it does not."""
    judged = _judged(things, claim)
    if judged.held >= needed and judged.held > 0:
        return Finding(True, f"{judged.held} {of}")
    if judged.unknown is not None:
        raise judged.unknown
    if not judged.offenders and not judged.held:
        return Finding(False, f"there are no {of}", f"at least {max(needed, 1)}")
    return Finding(False, _some_of(judged.offenders), judged.expected or f"at least {needed} {of}")


def either(*claims: Claim) -> Finding:
    """True if one claim holds; unknown if none does and one is unknown; otherwise the last one's words."""
    unknown: Unsettled | None = None
    last = Finding(False, "nothing was found")
    for claim in claims:
        try:
            verdict = finding(claim())
        except Unsettled as error:
            unknown = unknown or error
            continue
        except Missing as error:
            last = Finding(False, str(error))
            continue
        if verdict:
            return verdict
        last = verdict
    if unknown is not None:
        raise unknown
    return last


def some(things: Iterable[T], claim: Callable[[T], Finding | bool]) -> Finding:
    """True if ``claim`` holds of one thing; otherwise as ``either``."""
    return either(*(partial(claim, thing) for thing in things))


def both(*claims: Claim) -> Finding:
    """True if all claims hold; false as soon as one is false, even if another is unknown."""
    unknown: Unsettled | None = None
    last = Finding(True, "holds")
    for claim in claims:
        try:
            last = finding(claim())
        except Unsettled as error:
            unknown = unknown or error
            continue
        if not last:
            return last
    if unknown is not None:
        raise unknown
    return last


def known(claim: Callable[[], T], otherwise: D) -> T | D:
    """The value of ``claim``, or ``otherwise`` where it cannot be told or there is none: for ranking candidates."""
    try:
        return claim()
    except (Unsettled, Missing):
        return otherwise


def _named(thing: object) -> str:
    return shorten(thing) if isinstance(thing, str) else repr(thing)


def _some_of(offenders: list[str], most: int = 3) -> str:
    shown = "; ".join(offenders[:most])
    return shown if len(offenders) <= most else f"{shown}; and {len(offenders) - most} more"


def label(name: str, identifier: str) -> str:
    """How a resource is called in messages: its name and its id, each cut to a readable length."""
    name, identifier = shorten(name), shorten(identifier)
    return f"{name} ({identifier})" if name and name != identifier else identifier
