"""Which questions a computation read, and what it remarked: how a check's evidence is known without declaring it.

``tracked_property`` is computed once per object and remembers, beside its value, the questions that it
read, so that a later reader is credited with them as well. A claim that raised ``Undecided`` is remembered too.
``chosen_property`` does so for a choice among candidates: choosing reads half the account, but what was chosen rests
on its own sources alone. A remark is a word to the student that costs nothing: right, but worth knowing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Generic, Self, TypeVar, overload

from grader.errors import Undecided
from grader.evidence.question import Question

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Remark:
    """A sentence about something that is accepted, but that a student should know."""

    text: str


_open: ContextVar[set[Question | Remark] | None] = ContextVar("questions_read", default=None)


def note_read(question: Question) -> None:
    """Credit whoever is computing now with having read ``question``."""
    reader = _open.get()
    if reader is not None:
        reader.add(question)


def remark(text: str) -> None:
    """Say something about what is being computed now, without a point depending on it."""
    reader = _open.get()
    if reader is not None:
        reader.add(Remark(text))


@contextmanager
def reading() -> Iterator[set[Question | Remark]]:
    """Collect the questions that the body reads, and its remarks."""
    questions: set[Question | Remark] = set()
    token = _open.set(questions)
    try:
        yield questions
    finally:
        _open.reset(token)


class _Kept:
    __slots__ = ("error", "read", "value")

    def __init__(self) -> None:
        self.value: Any = None
        self.error: Undecided | None = None
        self.read: frozenset[Question | Remark] = frozenset()


class tracked_property(Generic[T]):  # noqa: N801 - a property, named as properties are
    """A property computed once per object; the object needs a ``memo`` dict."""

    def __init__(self, compute: Callable[[Any], T]) -> None:
        self.compute = compute
        self.name = compute.__name__
        self.__doc__ = compute.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, instance: None, owner: type) -> Self: ...
    @overload
    def __get__(self, instance: object, owner: type) -> T: ...
    def __get__(self, instance: Any, owner: type) -> Self | T:
        if instance is None:
            return self
        kept = instance.memo.get(self.name)
        if kept is None:
            kept = instance.memo[self.name] = self._computed(instance)
        reader = _open.get()
        if reader is not None:
            reader |= kept.read
        if kept.error is not None:
            raise kept.error.with_traceback(None)
        value: T = kept.value
        return value

    def _computed(self, instance: Any) -> _Kept:
        kept = _Kept()
        questions: set[Question | Remark] = set()
        token = _open.set(questions)
        try:
            kept.value = self.compute(instance)
        except Undecided as error:
            kept.error = error
        finally:
            _open.reset(token)
        kept.read = self._credited(kept, questions)
        return kept

    def _credited(self, kept: _Kept, questions: set[Question | Remark]) -> frozenset[Question | Remark]:
        return frozenset(questions)


class chosen_property(tracked_property[T]):  # noqa: N801 - a property, named as properties are
    """A choice among candidates: credits its reader with the ``sources`` of what was chosen."""

    def _credited(self, kept: _Kept, questions: set[Question | Remark]) -> frozenset[Question | Remark]:
        if kept.error is not None:
            return frozenset(questions)
        return frozenset(getattr(kept.value, "sources", ()))
