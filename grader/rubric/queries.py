"""A row of the rubric that is a question instead of a function: an operation, a JMESPath expression, an expectation.

``expect`` is a value that the expression must give, or one of ``{at_least: n}``, ``{at_most: n}``, ``{contains: v}``,
``{not_empty: true}``. The question is put to every answer of the operation (every region, every resource); one
answer that gives what is expected is enough.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from grader.calls.table import OPERATIONS
from grader.rubric.located_yaml import Marked

RELATIONS = ("at_least", "at_most", "contains", "not_empty")
"""How an answer may compare with what is wanted, beside being equal to it."""


@dataclass(frozen=True, slots=True)
class AskedOfAws:
    """A question of a rubric. ``expression`` is the compiled JMESPath."""

    operation: str
    text: str
    relation: str
    wanted: Any
    expression: Any = field(repr=False, compare=False)

    def __repr__(self) -> str:
        return f"{self.operation}: {self.text}"


def checked_question(ask: Marked, expression: Marked, expect: Marked) -> AskedOfAws:
    """A question from a rubric; raises ``RubricError`` for an unknown operation or a broken expression."""
    import jmespath
    from jmespath.exceptions import JMESPathError

    operation, text = ask.text(), expression.text()
    if operation not in OPERATIONS:
        raise ask.wrong(f"the grader does not ask {operation!r}.", "Take an operation that `grader policy` lists.")
    try:
        compiled = jmespath.compile(text)
    except JMESPathError as error:
        raise expression.wrong(f"not a JMESPath expression: {str(error).splitlines()[0]}.") from error
    wanted = expect.plain()
    relation = "equals"
    if isinstance(wanted, dict):
        if len(wanted) != 1 or next(iter(wanted)) not in RELATIONS:
            raise expect.wrong("expect should be a value or one relation.", f"Relations: {', '.join(RELATIONS)}.")
        ((relation, wanted),) = wanted.items()
    return AskedOfAws(operation, text, relation, wanted, compiled)
