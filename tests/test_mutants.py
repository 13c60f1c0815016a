"""``make mutants``: properties are changed like functions, and what only people read is left alone."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import libcst as cst
import pytest
from mutmut.mutation.mutators import mutation_operators

from tests.mutant_rules import narrowed, prepared
from tests.mutants import ROOT, RULES

PROPERTY = '''
class Thing:
    """A thing."""

    @property
    def size(self) -> int:
        """Its size."""
        return 1

    @staticmethod
    def made() -> int:
        return 2
'''


def changes(expression: str) -> set[str]:
    """What becomes of an expression in a function, one change at a time; the texts for readers as mutmut sees them."""
    module = cst.parse_module(prepared(f"def f(a, b):\n    {expression}\n"))
    return {one.code.strip() for one in _changed(module)} - {module.code.strip()}


def _changed(module: cst.Module) -> Iterator[cst.Module]:
    nodes: list[cst.CSTNode] = [module]
    while nodes:
        node = nodes.pop()
        nodes.extend(node.children)
        for kind, change in mutation_operators:
            if isinstance(node, kind):
                for new in narrowed(change)(node):
                    yield module.deep_replace(node, new)  # type: ignore[arg-type]


def after(expression: str, *, original: str = "") -> set[str]:
    """The changed lines of an expression."""
    return {one.splitlines()[-1].strip() for one in changes(expression)}


def test_a_property_is_a_function_with_an_assignment_behind_it() -> None:
    """mutmut passes over what is decorated; the prepared module does the same as before."""
    code = prepared(PROPERTY)
    assert "@property" not in code
    assert "    size = property(size)" in code
    assert "@staticmethod" in code
    names: dict[str, type] = {}
    exec(compile(ast.parse(code), "prepared", "exec"), names)
    thing = names["Thing"]()
    assert (thing.size, thing.made(), type(thing).size.__doc__) == (1, 2, "Its size.")


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ('return "there is no VPC"', set()),
        ('raise Missing("there is none")', set()),
        ('return every(a, b, of="subnets")', {"every(None, b", "every(a, None", "every(b, of", "every(a, of"}),
        ("return Finding(a, b)", {"Finding(None, b)", "Finding(b)"}),
        ('return Finding(a, b, "ACTIVE")', {"Finding(None, b", "Finding(b, "}),
        ('return ", ".join(a)', {"join(None)"}),
        ('return a.text("State", "")', {'"XXStateXX"', "text(None", 'text(f"")', 'text("State", )'}),
        ('return a == "an explicit deny"', {"a !=", '"XXan explicit denyXX"'}),
        ('return "ACTIVE"', {'"XXACTIVEXX"'}),
        ("return r'a b'", {"r'XXa bXX'"}),
        ("return f(a, False)", {"f(None, False)", "f(False)", "f(a, )", "f(a, True)"}),
        ('a = "some words"', set()),
        ("a = b", {"a = None"}),
    ],
)  # fmt: skip
def test_what_only_people_read_is_left_alone(expression: str, expected: set[str]) -> None:
    """Nothing else is: what is compared, looked up or handed on is changed."""
    found = after(expression)
    assert len(found) == len(expected)
    assert all(any(part in line for line in found) for part in expected)


def test_the_modules_that_hold_rules_are_there() -> None:
    """And none of the model's modules is forgotten."""
    assert all((ROOT / name).is_file() for name in RULES)
    modules = {f"grader/model/{path.name}" for path in (ROOT / "grader" / "model").glob("[a-z]*.py")}
    earns_nothing = {"grader/model/security_notes.py"}
    assert modules - earns_nothing <= set(RULES)
