"""YAML in which every value knows its line, so that a mistake can be shown where it stands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import yaml

from grader.errors import UnusableInput

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Marked:
    """A value of a YAML file with its place. ``error`` is the class of what goes wrong with it."""

    node: Any
    file: str
    error: type[UnusableInput]
    name: str = "the file"

    @property
    def where(self) -> str:
        """``file:line``."""
        return f"{self.file}:{self.node.start_mark.line + 1}"

    def wrong(self, problem: str, remedy: str = "") -> UnusableInput:
        """The error to raise about this value."""
        error = self.error(problem, where=self.where, remedy=remedy)
        error.place = self.node
        return error

    def mapping(self, *, needs: tuple[str, ...] = (), may: tuple[str, ...] = ()) -> dict[str, Marked]:
        """The entries of a mapping; raises for a duplicate, an unknown or a missing key."""
        if not isinstance(self.node, yaml.MappingNode):
            raise self.wrong(f"{self.name} should be a mapping of keys to values.")
        found: dict[str, Marked] = {}
        for key_node, value_node in self.node.value:
            key = Marked(key_node, self.file, self.error, self.name)
            name = str(key_node.value) if isinstance(key_node, yaml.ScalarNode) else ""
            if not name:
                raise key.wrong(f"a key of {self.name} is not text.")
            if name in found:
                raise key.wrong(f"{name!r} stands twice in {self.name}.", "Remove one of them.")
            if (needs or may) and name not in needs and name not in may:
                known = ", ".join((*needs, *may))
                raise key.wrong(f"{self.name} has no key {name!r}.", f"It may have: {known}.")
            found[name] = Marked(value_node, self.file, self.error, name)
        for name in needs:
            if name not in found:
                raise self.wrong(f"{self.name} needs {name!r}.")
        return found

    def sequence(self) -> Iterator[Marked]:
        """The entries of a list."""
        if not isinstance(self.node, yaml.SequenceNode):
            raise self.wrong(f"{self.name} should be a list.")
        for node in self.node.value:
            yield Marked(node, self.file, self.error, f"an entry of {self.name}")

    def text(self) -> str:
        """A text; a number or date that was not quoted is refused, since YAML changes it (4.10 becomes 4.1)."""
        value = self._scalar()
        if not isinstance(value, str):
            raise self.wrong(
                f"{self.name} is {self.node.value}, which YAML does not read as text.",
                f'Quote it: "{self.node.value}".',
            )
        if not value.strip():
            raise self.wrong(f"{self.name} is empty.")
        return value

    def decimal(self) -> Fraction:
        """A decimal written as a quoted text, exactly; not negative."""
        text = self.text()
        try:
            value = Fraction(text)
        except (ValueError, ZeroDivisionError):
            value = None
        if value is None or value < 0 or "/" in text or "e" in text.lower():
            raise self.wrong(f"{self.name} {text!r} is not a number of points.", 'Write it as "0.25".')
        return value

    def plain(self) -> Any:
        """Whatever stands there, as plain data."""
        if isinstance(self.node, yaml.MappingNode):
            return {name: value.plain() for name, value in self.mapping().items()}
        if isinstance(self.node, yaml.SequenceNode):
            return [value.plain() for value in self.sequence()]
        return self._scalar()

    def _scalar(self) -> Any:
        if not isinstance(self.node, yaml.ScalarNode):
            raise self.wrong(f"{self.name} should be a single value.")
        try:
            return self.node.value if self.node.tag == _TEXT else yaml.safe_load(self.node.value)
        except (yaml.YAMLError, ValueError) as error:
            raise self.wrong(f"{self.name} is {self.node.value!r}, which is no value.") from error


_TEXT = "tag:yaml.org,2002:str"


def read_marked(text: str, file: str, error: type[UnusableInput]) -> Marked:
    """Parse YAML text; raises ``error`` with file and line where it is broken, empty, or uses anchors as loops."""
    loader = _LOADER(text)
    try:
        node = loader.get_single_node()
    except yaml.MarkedYAMLError as broken:
        mark = broken.problem_mark or broken.context_mark
        line = f"{file}:{mark.line + 1}" if mark else file
        raise error(f"not YAML: {broken.problem or broken.context}.", where=line) from broken
    except (yaml.YAMLError, ValueError, RecursionError) as broken:
        raise error(f"not YAML: {broken}.", where=file) from broken
    finally:
        loader.dispose()
    if node is None:
        raise error("the file is empty.", where=file)
    if _loops(node, set(), 0):
        raise error("an alias refers to a value that contains it.", where=file)
    return Marked(node, file, error)


def _loops(node: Any, above: set[int], depth: int) -> bool:
    if id(node) in above or depth > 40:
        return True
    if isinstance(node, yaml.ScalarNode):
        return False
    children = [part for pair in node.value for part in pair] if isinstance(node, yaml.MappingNode) else node.value
    return any(_loops(child, above | {id(node)}, depth + 1) for child in children)
