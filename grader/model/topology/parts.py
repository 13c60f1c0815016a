"""A part of a picture, and how it is judged: by the model's own findings, never by points."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from grader.errors import Missing, Pending, Unsettled
from grader.model.findings import Finding, shorten


class State(StrEnum):
    """How a part of the deployment is."""

    FINE = "fine"
    FAULTY = "faulty"
    MISSING = "missing"
    PENDING = "pending"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Part:
    """A thing, or a way between two. ``detail`` is what it is or does, ``note`` what is wrong with it or not known,
    ``expected`` what would be right.
    """

    kind: str
    name: str
    detail: str
    state: State
    note: str = ""
    expected: str = ""


def settled(kind: str, read: Callable[[], Part]) -> Part:
    """What ``read`` finds; where there is nothing, or AWS did not answer, a part that says so."""
    try:
        return read()
    except Missing as error:
        return Part(kind, "", "", State.MISSING, str(error))
    except Pending as error:
        return Part(kind, "", "", State.PENDING, str(error))
    except Unsettled as error:
        return Part(kind, "", "", State.UNKNOWN, str(error))


def judged(kind: str, name: str, detail: str, *claims: Callable[[], Finding | None]) -> Part:
    """A part that exists: faulty by its first false claim, else pending or unknown by one that cannot be told.

    A claim that gives None is not asked of the lab.
    """
    unsettled: Unsettled | None = None
    for claim in claims:
        try:
            found = claim()
        except Unsettled as error:
            unsettled = unsettled or error
            continue
        except Missing as error:
            found = Finding(False, str(error))
        if found is not None and not found:
            return Part(kind, name, detail, State.FAULTY, found.found, found.expected)
    if unsettled is not None:
        state = State.PENDING if isinstance(unsettled, Pending) else State.UNKNOWN
        return Part(kind, name, detail, state, str(unsettled))
    return Part(kind, name, detail, State.FINE)


def called(name: str, identifier: str) -> str:
    """A resource by its name, or by its id where it has none."""
    return shorten(name or identifier)
