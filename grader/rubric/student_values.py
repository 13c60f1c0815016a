"""Values that differ from student to student (``parameters:``), put into a rubric before it is read.

``parameters: {team: {default: "7", about: number of the team}}``: ``$team`` and ``{team}`` in things and items are
then the value that ``--set team=12`` gives, else the default.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import yaml

from grader.errors import UsageError
from grader.rubric.located_yaml import Marked
from grader.things.things import ACCOUNT

_TEXT = "tag:yaml.org,2002:str"


def put_values(root: Marked, values: Mapping[str, str], *, invent: bool = False) -> None:
    """Put the values in, and the parameters out. ``invent`` makes up what nobody gives, for those who only check.

    Raises ``UsageError`` for a value that no parameter takes, and the rubric's own error for a parameter without one.
    """
    if not isinstance(root.node, yaml.MappingNode):
        return
    pair = _pair(root, "parameters")
    given = dict(values)
    if pair is None:
        _check_taken(given, ())
        return
    things = next((each[1] for each in root.node.value if getattr(each[0], "value", None) == "things"), None)
    taken = {key.value for key, _ in things.value} if isinstance(things, yaml.MappingNode) else set()
    entries = Marked(pair[1], root.file, root.error, "parameters").mapping()
    _check_taken(given, tuple(entries))
    known: dict[str, str] = {}
    for name, entry in entries.items():
        if not name.isidentifier() or name == ACCOUNT or name in taken:
            raise entry.wrong(f"{name!r} cannot be the name of a parameter.", "Choose another name.")
        default = _default(entry)
        if name in given:
            known[name] = given[name]
        elif default is not None:
            known[name] = default
        elif invent:
            known[name] = "1"
        else:
            raise entry.wrong(f"parameter {name!r} has no value.", f"Use --set {name}=VALUE, or give it a default.")
    root.node.value.remove(pair)
    _put(root.node, known)


def names_in(root: Marked) -> tuple[str, ...]:
    """The names of a rubric's parameters."""
    pair = _pair(root, "parameters")
    return () if pair is None else tuple(Marked(pair[1], root.file, root.error, "parameters").mapping())


def _pair(root: Marked, key: str) -> Any:
    """A key of a rubric and what it has, as YAML nodes; None where it has none."""
    pairs = root.node.value if isinstance(root.node, yaml.MappingNode) else ()
    return next((each for each in pairs if getattr(each[0], "value", None) == key), None)


def _default(entry: Marked) -> str | None:
    if isinstance(entry.node, yaml.ScalarNode):
        return None if entry.node.value in ("", "null", "~") else str(entry.node.value)
    keys = entry.mapping(may=("default", "about"))
    return str(keys["default"].node.value) if "default" in keys else None


def _check_taken(given: Mapping[str, str], known: tuple[str, ...]) -> None:
    for name in given:
        if name not in known:
            raise UsageError(
                f"the rubric has no parameter {name!r}.",
                where="--set",
                remedy=f"Parameters: {', '.join(known) or 'none'}.",
            )


def _put(node: Any, known: Mapping[str, str]) -> None:
    if isinstance(node, yaml.MappingNode):
        for _, value in node.value:
            _put(value, known)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            _put(value, known)
    elif isinstance(node, yaml.ScalarNode):
        names = "|".join(map(re.escape, known))
        whole = re.fullmatch(rf"\$({names})", node.value) if names else None
        if whole:
            value = known[whole[1]]
            is_number = value.isdecimal() and str(int(value)) == value
            node.value, node.tag = value, "tag:yaml.org,2002:int" if is_number else _TEXT
        elif names:
            node.value = re.sub(rf"\{{({names})\}}", lambda place: known[place[1]], node.value)
