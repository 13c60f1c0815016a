"""A row of the rubric that is a question instead of a function: an operation, a JMESPath expression, an expectation.

``expect`` is a value that the expression must give, or an expectation as rows about things have it (``at_least``,
``contains``, ``some``, …), or ``{not_empty: true}``. Answers of regions are put together, so that the expression sees
the whole account. Where an operation is asked about each of many resources, every one must give what is expected, but
``contains`` speaks of all of them together; ``over`` says otherwise (``every``, ``some`` or ``together``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from grader.calls.operations import may_be_asked, why_not
from grader.calls.shapes import operation_shape
from grader.calls.table import CALLS
from grader.calls.written import row
from grader.rubric.located_yaml import Marked
from grader.rubric.things import placed
from grader.things.expectations import BadExpectation, Expectation, read
from grader.things.paths import BadPath, Path, path

OVER = ("every", "some", "together")
"""How the answers about many resources count."""


@dataclass(frozen=True, slots=True)
class AskedOfAws:
    """A question of a rubric. ``sources`` are the operations that name what it is asked about."""

    operation: str
    text: str
    expectation: Expectation
    over: str
    sources: tuple[str, ...]
    needs: frozenset[str]
    where: str

    def __repr__(self) -> str:
        return f"{self.operation}: {self.text}"

    @property
    def path(self) -> Path:
        """The expression."""
        return path(self.text)


def checked_question(ask: Marked, expression: Marked, expect: Marked, over: Marked | None = None) -> AskedOfAws:
    """A question from a rubric; raises ``RubricError`` for an unknown operation or a broken expression."""
    operation, text = ask.text(), expression.text()
    if not may_be_asked(operation):
        problem, remedy = why_not(operation)
        raise ask.wrong(problem, remedy)
    try:
        path(text)
    except BadPath as error:
        raise expression.wrong(f"{error}.") from error
    wanted = _expectation(expect)
    own = [call for call in CALLS if call.operation == operation]
    sources = tuple(dict.fromkeys(source.operation for call in own for source in call.sources))
    needs = {operation}
    if not sources:
        shape = operation_shape(operation)
        required = shape.input.required if shape is not None and shape.input is not None else ()
        if required and not own:
            raise ask.wrong(
                f"{operation} needs {required[0]!r}, which a question cannot provide.",
                "Define a thing instead: use things: and of:."
            )
        needs = {row(operation, {}).name} if not any(call.key for call in own) else needs
    said = over.text() if over is not None else "together" if wanted.relation == "contains" or not sources else "every"
    if said not in OVER:
        raise over.wrong(f"over is {said!r}.", f"Use one of: {', '.join(OVER)}.")  # type: ignore[union-attr]
    return AskedOfAws(operation, text, wanted, said, sources, frozenset(needs), ask.where)


def _expectation(expect: Marked) -> Expectation:
    plain: Any = expect.plain()
    if isinstance(plain, dict) and set(plain) == {"not_empty"}:
        if not isinstance(plain["not_empty"], bool):
            raise expect.wrong("not_empty needs true or false.", "Write it without quotation marks.")
        return Expectation("present", plain["not_empty"])
    try:
        wanted = read(plain)
    except BadExpectation as error:
        raise placed(expect, error) from error
    return wanted
