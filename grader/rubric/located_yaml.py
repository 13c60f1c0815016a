"""YAML in which every value knows its line, so that a mistake can be shown where it is.

The text may come from anybody: it is bounded (``grader.bounds``) before anything is built from it, an alias counts as
often as it repeats something, and no tag makes anything but plain data.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import yaml

from grader.bounds import MAX_RUBRIC_DEPTH, MAX_RUBRIC_VALUES, MAX_SCALAR
from grader.errors import UnusableInput
from grader.foreign_text import shorten

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
                raise key.wrong(f"{name!r} appears twice in {self.name}.", "Remove one of them.")
            if (needs or may) and name not in needs and name not in may:
                known = ", ".join((*needs, *may))
                raise key.wrong(f"{self.name} has no key {name!r}.", f"Possible keys: {known}.")
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
                f"{self.name} is {shorten(self.node.value)}, which YAML does not read as text.",
                f'Quote it: "{shorten(self.node.value)}".',
            )
        if not value.strip():
            raise self.wrong(f"{self.name} is empty.")
        return value

    def decimal(self) -> Fraction:
        """A decimal written as a quoted text, exactly; not negative."""
        text = self.text()
        if not _DECIMAL.fullmatch(text):
            raise self.wrong(f"{self.name} {shorten(text, 40)!r} is not a number of points.", 'Write it as "0.25".')
        return Fraction(text)

    def plain(self) -> Any:
        """Whatever is there, as plain data."""
        if isinstance(self.node, yaml.MappingNode):
            return {name: value.plain() for name, value in self.mapping().items()}
        if isinstance(self.node, yaml.SequenceNode):
            return [value.plain() for value in self.sequence()]
        return self._scalar()

    def _scalar(self) -> Any:
        if not isinstance(self.node, yaml.ScalarNode):
            raise self.wrong(f"{self.name} should be a single value.")
        text = self.node.value
        if self.node.tag == _TEXT:
            return text
        if self.node.tag not in _PLAIN or len(text) > MAX_SCALAR:
            raise self.wrong(f"{self.name} is {shorten(text, 40)!r}, which is not a valid value.")
        try:
            return yaml.safe_load(text)
        except (yaml.YAMLError, ValueError, OverflowError) as error:
            raise self.wrong(f"{self.name} is {shorten(text, 40)!r}, which is not a valid value.") from error


_TEXT = "tag:yaml.org,2002:str"
_PLAIN = frozenset(f"tag:yaml.org,2002:{kind}" for kind in ("int", "float", "bool", "null", "timestamp"))
# No exponent: "1e999999999" is a number, too, but takes for ever to write down.
_DECIMAL = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?")


def read_marked(text: str, file: str, error: type[UnusableInput]) -> Marked:
    """Parse YAML text; raises ``error`` with file and line where it is broken, empty, too large or a loop."""
    try:
        _check_bounds(text, file, error)
        loader = _LOADER(text)
        try:
            node = loader.get_single_node()
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as broken:
        mark = broken.problem_mark or broken.context_mark
        line = f"{file}:{mark.line + 1}" if mark else file
        raise error(f"not YAML: {broken.problem or broken.context}.", where=line) from broken
    except (yaml.YAMLError, ValueError, RecursionError) as broken:
        raise error(f"not YAML: {broken}.", where=file) from broken
    if node is None:
        raise error("the file is empty.", where=file)
    _check_aliases(node, file, error)
    return Marked(node, file, error)


def _check_bounds(text: str, file: str, error: type[UnusableInput]) -> None:
    """Raise for text that is nested too deep or holds too much, without building anything: libyaml itself recurses."""
    depth = 0
    for count, event in enumerate(yaml.parse(text, Loader=_LOADER)):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_RUBRIC_DEPTH:
            line = f":{event.start_mark.line + 1}" if event.start_mark else ""
            raise error(f"nested deeper than {MAX_RUBRIC_DEPTH} levels.", where=f"{file}{line}")
        if count > MAX_RUBRIC_VALUES:
            raise error(f"more than {MAX_RUBRIC_VALUES:,} values.", where=file)


def _check_aliases(root: Any, file: str, error: type[UnusableInput]) -> None:
    """Raise where an alias refers to a value that contains it, or where aliases repeat too much, or too deep.

    Each value is visited once, however often it is repeated.
    """
    sizes: dict[int, tuple[int, int]] = {}
    above: set[int] = set()

    def measure(node: Any) -> tuple[int, int]:
        if id(node) in sizes:
            return sizes[id(node)]
        line = f"{file}:{node.start_mark.line + 1}"
        if id(node) in above:
            raise error("an alias refers to a value that contains it.", where=line)
        above.add(id(node))
        size, depth = 1, 0
        for child in _children(node):
            more, deeper = measure(child)
            size, depth = size + more, max(depth, deeper + 1)
        above.remove(id(node))
        if size > MAX_RUBRIC_VALUES or depth > MAX_RUBRIC_DEPTH:
            raise error("aliases repeat too much content.", where=line, remedy="Write the file without aliases.")
        sizes[id(node)] = (size, depth)
        return size, depth

    measure(root)


def _children(node: Any) -> Iterator[Any]:
    if isinstance(node, yaml.MappingNode):
        for pair in node.value:
            yield from pair
    elif isinstance(node, yaml.SequenceNode):
        yield from node.value
