"""A row of the rubric that is a question instead of a function: an operation, a JMESPath expression, an expectation.

``expect`` is a value that the expression must give, or one of ``{at_least: n}``, ``{at_most: n}``, ``{contains: v}``,
``{not_empty: true}``. The question is put to every answer of the operation (every region, every resource); one
answer that gives what is expected is enough.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from grader.calls.table import OPERATIONS
from grader.rubric.located_yaml import Marked

if TYPE_CHECKING:
    from grader.rubric.expressions import Expression

RELATIONS = ("at_least", "at_most", "contains", "not_empty")
"""How an answer may compare with what is wanted, beside being equal to it."""


@dataclass(frozen=True, slots=True)
class AskedOfAws:
    """A question of a rubric, with its compiled expression."""

    operation: str
    text: str
    relation: str
    wanted: Any
    expression: Expression = field(repr=False, compare=False)

    def __repr__(self) -> str:
        return f"{self.operation}: {self.text}"


def checked_question(ask: Marked, expression: Marked, expect: Marked) -> AskedOfAws:
    """A question from a rubric; raises ``RubricError`` for an unknown operation or a broken expression."""
    from grader.rubric.expressions import BadExpression, Expression

    operation, text = ask.text(), expression.text()
    if operation not in OPERATIONS:
        raise ask.wrong(f"the grader does not ask {operation!r}.", "Take an operation that `grader policy` lists.")
    try:
        compiled = Expression(text)
    except BadExpression as error:
        raise expression.wrong(f"{error}.") from error
    wanted = expect.plain()
    relation = "equals"
    if isinstance(wanted, dict):
        if len(wanted) != 1 or next(iter(wanted)) not in RELATIONS:
            raise expect.wrong("expect should be a value or one relation.", f"Relations: {', '.join(RELATIONS)}.")
        ((relation, wanted),) = wanted.items()
    if relation in ("at_least", "at_most") and (not isinstance(wanted, (int, float)) or isinstance(wanted, bool)):
        raise expect.wrong(f"{relation} needs a number.", "Write it without quotation marks.")
    if relation == "not_empty" and not isinstance(wanted, bool):
        raise expect.wrong("not_empty needs true or false.")
    return AskedOfAws(operation, text, relation, wanted, compiled)
