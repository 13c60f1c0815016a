"""Paths into what AWS answered: JMESPath with some functions, bounded, and without exceptions.

What is absent is null, and so is what a function cannot take. ``tag:Name`` is the value of a tag, in every shape that
AWS gives tags. Paths come from anybody, so what one may do is bounded when it is read, and again while it runs.
"""

from __future__ import annotations

import re
from functools import lru_cache
from math import prod
from typing import Any

from grader.bounds import MAX_EXPRESSION, MAX_EXPRESSION_DEPTH, MAX_GROWTH
from grader.things.documents import decoded

FUNCTIONS = ("json", "base64", "list", "lower", "upper", "tags", "after")
"""What paths have beside JMESPath's own functions."""

_TAG = re.compile(r'(?<![\w"\'`])tag:(?:"([^"\\]{1,128})"|([\w+\-=@/]{1,128}))')


class BadPath(Exception):
    """What is wrong with a path, as the end of a sentence."""


class Path:
    """A path. Raises ``BadPath`` for a text that is none, or that goes beyond a bound."""

    __slots__ = ("text", "tree")

    def __init__(self, text: str) -> None:
        self.text = text
        if len(text) > MAX_EXPRESSION:
            raise BadPath(f"longer than {MAX_EXPRESSION} characters")
        from grader.things.path_functions import NoPath, compiled, function_problem

        self.tree: Any
        """The syntax tree, for those who read what a path says."""
        try:
            self.tree = compiled(_TAG.sub(lambda tag: f'tags(@)."{tag[1] or tag[2]}"', text))
        except NoPath as error:
            raise BadPath(f"{text!r} is not a JMESPath expression: {error}") from error
        except RecursionError as error:
            raise BadPath(f"nested deeper than {MAX_EXPRESSION_DEPTH} levels") from error
        selects = []
        level, depth = [self.tree], 0
        while level:
            depth += 1
            if depth > MAX_EXPRESSION_DEPTH:
                raise BadPath(f"nested deeper than {MAX_EXPRESSION_DEPTH} levels")
            for node in level:
                if node["type"].startswith("multi_select"):
                    selects.append(sum(child["type"] != "literal" for child in node["children"]))
                problem = function_problem(node) if node["type"] == "function_expression" else ""
                if problem:
                    raise BadPath(problem)
            level = [child for node in level for child in node["children"] if isinstance(child, dict)]
        if prod(max(1, each) for each in selects) > MAX_GROWTH:
            raise BadPath(f"it repeats what it is given more than {MAX_GROWTH} times")

    def __repr__(self) -> str:
        return self.text

    def value_in(self, thing: object) -> Any:
        """What the path leads to; None where there is nothing."""
        from grader.things.path_functions import evaluated

        value = evaluated(self.tree, thing)
        return decoded(value) if isinstance(value, str) else value


@lru_cache(maxsize=4096)
def path(text: str) -> Path:
    """The path that a text is; raises as ``Path`` does."""
    return Path(text)
