"""What ``make mutants`` changes, and what it leaves alone; as a script, mutmut with these rules, in pytest their order.

mutmut passes over whatever is decorated, and here most rules are properties. So modules are prepared: ``@property``
becomes ``name = property(name)`` behind its function. And it changes every text, three times. Left alone are:

* texts for readers: a literal with a blank that nothing is compared with, what ``Finding``, ``remark`` and the errors
  say, the noun after ``of=``, and what joins names;
* the empty text for an absent field, and ``None`` instead of ``False``;
* a second and third change of one text: those in the case of its letters.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from pathlib import PurePath
from typing import Any

import libcst as cst
import pytest
from libcst.metadata import MetadataWrapper, ParentNodeProvider

Change = Callable[[Any], Iterable[cst.CSTNode]]
KEPT = ("staticmethod", "classmethod", "overload")
WORDS = {
    "Finding": (1, 2), "Unverified": (0,), "Missing": (0,), "Pending": (0,), "Manual": (0,), "remark": (0,),
    "shorten": (1,),
}  # fmt: skip
"""Which arguments of a call are texts for readers, or the length of one."""


def prepared(code: str) -> str:
    """A module in which mutmut finds the bodies of properties, and no texts for readers."""
    return MetadataWrapper(cst.parse_module(code)).visit(_Prepared()).code


class _Prepared(cst.CSTTransformer):
    METADATA_DEPENDENCIES = (ParentNodeProvider,)

    def leave_FunctionDef(  # noqa: N802 - the name is libcst's
        self, original_node: cst.FunctionDef, updated_node: cst.FunctionDef
    ) -> cst.FunctionDef | cst.FlattenSentinel[cst.BaseStatement]:
        """The function without decorators, and behind it what they make of it."""
        decorators = [one.decorator for one in updated_node.decorators]
        if not decorators or any(isinstance(one, cst.Name) and one.value in KEPT for one in decorators):
            return updated_node
        made: cst.BaseExpression = updated_node.name
        for decorator in reversed(decorators):
            made = cst.Call(decorator, [cst.Arg(made)])
        assignment = cst.Assign([cst.AssignTarget(updated_node.name)], made)
        return cst.FlattenSentinel([updated_node.with_changes(decorators=[]), cst.SimpleStatementLine([assignment])])

    def leave_SimpleString(  # noqa: N802 - the name is libcst's
        self, original_node: cst.SimpleString, updated_node: cst.SimpleString
    ) -> cst.BaseExpression:
        """A text for readers as an f-string, which mutmut leaves alone."""
        parent = self.get_metadata(ParentNodeProvider, original_node)
        call = self.get_metadata(ParentNodeProvider, parent)
        if _is_for_readers(original_node, parent) or (isinstance(call, cst.Call) and _is_word_of(call, parent)):
            return cst.parse_expression("f" + updated_node.value.replace("{", "{{").replace("}", "}}"))
        return updated_node


def _is_for_readers(text: cst.SimpleString, parent: cst.CSTNode) -> bool:
    """Whether a literal is a text for readers; regular expressions (raw strings) and docstrings are none."""
    if text.prefix or len(text.quote) != 1 or isinstance(parent, cst.Comparison | cst.ComparisonTarget | cst.Expr):
        return False
    if isinstance(parent, cst.Attribute):
        return parent.attr.value == "join" and " " in text.raw_value
    named = isinstance(parent, cst.Arg) and parent.keyword is not None and parent.keyword.value == "of"
    absent = isinstance(parent, cst.Arg) and not text.raw_value
    return named or absent or " " in text.raw_value.strip()


def _is_word_of(call: cst.Call, argument: cst.CSTNode) -> bool:
    """Whether an argument of a call is a text for readers by its place."""
    return any(call.args[number] is argument for number in WORDS.get(_name(call.func), ()) if number < len(call.args))


def narrowed(change: Change) -> Change:
    """An operator of mutmut that leaves alone what cannot matter."""

    def some(node: cst.CSTNode) -> Iterable[cst.CSTNode]:
        if isinstance(node, cst.SimpleString):
            yield from list(change(node))[:1]
        elif not (isinstance(node, cst.Assign) and isinstance(node.value, cst.FormattedString)):
            yield from (new for new in change(node) if not (isinstance(node, cst.Call) and _only_words(node, new)))

    return some


def _only_words(node: cst.Call, new: cst.CSTNode) -> bool:
    """Whether a change of a call replaces or drops an argument that cannot matter."""
    if not isinstance(new, cst.Call) or new.func is not node.func:
        return False
    is_dropped = len(new.args) < len(node.args)
    number = next((n for n, (old, one) in enumerate(zip(node.args, new.args, strict=False)) if old is not one), -1)
    argument = node.args[number]
    if number % len(node.args) in WORDS.get(_name(node.func), ()):
        return True
    if argument.keyword is not None and argument.keyword.value == "of":
        return True
    value = argument.value
    text = isinstance(value, cst.FormattedString) and all(
        isinstance(part, cst.FormattedStringText) for part in value.parts
    )
    return not is_dropped and (text or (isinstance(value, cst.Name) and value.value == "False"))


def _name(function: cst.BaseExpression) -> str:
    return function.value if isinstance(function, cst.Name) else ""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the tests of the changed module first: most mutants end there. mutmut's order, the fastest first, is kept.

    What a function remembers is of the run without the change, so it is forgotten.
    """
    for name, module in tuple(sys.modules.items()):
        for one in vars(module).values() if name.startswith("grader.") else ():
            if hasattr(one, "cache_clear"):
                one.cache_clear()
    changed = os.environ.get("MUTANT_UNDER_TEST", "").rpartition(".")[0].rpartition(".")[2]
    items.sort(key=lambda item: PurePath(item.path).name != f"test_{changed}.py")


def main() -> None:
    """Run mutmut with these rules."""
    from mutmut.__main__ import cli
    from mutmut.mutation.mutators import mutation_operators

    operators: list[tuple[type, Change]] = mutation_operators  # type: ignore[assignment]
    operators[:] = [(kind, narrowed(change)) for kind, change in operators]
    cli()


if __name__ == "__main__":
    main()
