"""A row of the rubric that is a question instead of a function: an operation, a JMESPath expression, an expectation.

``expect`` is a value that the expression must give, or one of ``{at_least: n}``, ``{at_most: n}``, ``{contains: v}``,
``{not_empty: true}``. The question is put to every answer of the operation (every region, every resource); one
answer that gives what is expected is enough.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from grader.errors import Missing, Unverified
from grader.evidence import Evidence
from grader.model.findings import Finding, shorten
from grader.model.gathering import merged
from grader.rubric.located_yaml import Marked

_RELATIONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "at_least": lambda found, wanted: isinstance(found, (int, float)) and found >= wanted,
    "at_most": lambda found, wanted: isinstance(found, (int, float)) and found <= wanted,
    "contains": lambda found, wanted: isinstance(found, (list, str)) and wanted in found,
    "not_empty": lambda found, wanted: bool(found) is bool(wanted),
}


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

    def put_to(self, evidence: Evidence) -> Finding:
        """Ask every answer; raises ``Unverified`` where none does and one was refused."""
        asked = evidence.asked(self.operation)
        if not asked:
            evidence.answer(self.operation, evidence.meta.text("home_region", "us-east-1"))
        gaps: list[Unverified] = []
        values: list[str] = []
        for question in asked:
            try:
                value = self.expression.search(dict(evidence.answer_to(question).raw))
            except Unverified as error:
                gaps.append(error)
                continue
            except Missing:
                continue
            if self._holds(value):
                return Finding(True, f"{self.text} is {shorten(repr(value))}")
            values.append(shorten(repr(value)))
        if gaps:
            raise merged(gaps)
        return Finding(False, f"{self.text} is {', '.join(values[:3]) or 'nowhere to be found'}", self._expected)

    def _holds(self, value: Any) -> bool:
        if self.relation == "equals":
            return type(value) is type(self.wanted) and value == self.wanted
        return _RELATIONS[self.relation](value, self.wanted)

    @property
    def _expected(self) -> str:
        return repr(self.wanted) if self.relation == "equals" else f"{self.relation.replace('_', ' ')} {self.wanted!r}"


def checked_question(ask: Marked, expression: Marked, expect: Marked) -> AskedOfAws:
    """A question from a rubric; raises ``RubricError`` for an unknown operation or a broken expression."""
    import jmespath
    from jmespath.exceptions import JMESPathError

    from grader.calls.table import CALLS

    operation, text = ask.text(), expression.text()
    if operation not in {call.operation for call in CALLS}:
        raise ask.wrong(f"the grader does not ask {operation!r}.", "Take an operation that `grader policy` lists.")
    try:
        compiled = jmespath.compile(text)
    except JMESPathError as error:
        raise expression.wrong(f"not a JMESPath expression: {str(error).splitlines()[0]}.") from error
    wanted = expect.plain()
    relation = "equals"
    if isinstance(wanted, dict):
        if len(wanted) != 1 or next(iter(wanted)) not in _RELATIONS:
            raise expect.wrong("expect should be a value or one relation.", f"Relations: {', '.join(_RELATIONS)}.")
        ((relation, wanted),) = wanted.items()
    return AskedOfAws(operation, text, relation, wanted, compiled)
