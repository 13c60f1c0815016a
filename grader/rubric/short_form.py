"""The short form of rubrics with things: what follows from the rest need not be written.

``items`` may be without sections, an item's ``of`` and ``expect`` without ``checks``, and ``points`` and ``hint`` may
be left out: an item is worth the sum of its rows, or one point; the rubric is worth the sum of its items.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import yaml

from grader.rubric.located_yaml import Marked

_TEXT = "tag:yaml.org,2002:str"
_OF_ROW = ("of", "expect", "say", "fix", "manual")
_HINT = "Compare what was found with the instructions for this step."


def expand(root: Marked) -> None:
    """Write out what a rubric with things leaves out. Another rubric stays as it is, and so does what is wrong."""
    top = _entries(root.node)
    if "things" not in top:
        return
    if "items" in top and "sections" not in top:
        title = top["lab"].value if "lab" in top and isinstance(top["lab"], yaml.ScalarNode) else "Lab"
        section = _mapping(top["items"], id=_text("1", root.node), title=_text(title, root.node), items=top["items"])
        _rename(root.node, "items", "sections", _sequence(top["items"], [section]))
        top = _entries(root.node)
    total = Fraction(0)
    for section in _list(top.get("sections")):
        for item in _list(_entries(section).get("items")):
            total += _expand_item(item)
    if "points" not in top:
        _add(root.node, "points", _decimal(total))


def _expand_item(item: Any) -> Fraction:
    keys = _entries(item)
    if not keys:
        return Fraction(0)
    if "checks" not in keys and ("of" in keys or "manual" in keys):
        moved = [(key, value) for key, value in item.value if key.value in _OF_ROW]
        item.value = [(key, value) for key, value in item.value if key.value not in _OF_ROW]
        row = yaml.MappingNode("tag:yaml.org,2002:map", moved, item.start_mark, item.end_mark)
        item.value.append((_text("checks", item), _sequence(item, [row])))
        keys = _entries(item)
    rows = [row for row in _list(keys.get("checks")) if isinstance(row, yaml.MappingNode)]
    shares = [_number(_entries(row).get("points")) for row in rows]
    whole = _number(keys.get("points"))
    if whole is None and "points" not in keys:
        known = [share for share in shares if share is not None]
        whole = sum(known, Fraction(0)) if len(known) == len(rows) and rows else Fraction(1)
        _add(item, "points", _decimal(whole))
    missing = [row for row in rows if "points" not in _entries(row)]
    if missing and whole is not None:
        rest = whole - sum((share for share in shares if share is not None), Fraction(0))
        share = rest / len(missing)
        if share > 0 and _is_decimal(share):
            for row in missing:
                _add(row, "points", _decimal(share))
    if "hint" not in keys:
        _add(item, "hint", _HINT)
    return whole or Fraction(0)


def _entries(node: Any) -> dict[str, Any]:
    pairs = node.value if isinstance(node, yaml.MappingNode) else ()
    return {key.value: value for key, value in pairs if isinstance(key, yaml.ScalarNode)}


def _list(node: Any) -> list[Any]:
    return list(node.value) if isinstance(node, yaml.SequenceNode) else []


def _number(node: Any) -> Fraction | None:
    try:
        return Fraction(node.value) if isinstance(node, yaml.ScalarNode) else None
    except (ValueError, ZeroDivisionError):
        return None


def _is_decimal(value: Fraction) -> bool:
    rest = value.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    return rest == 1


def _decimal(value: Fraction) -> str:
    return f"{float(value):.10f}".rstrip("0").rstrip(".")


def _text(value: str, near: Any) -> Any:
    return yaml.ScalarNode(_TEXT, value, near.start_mark, near.start_mark)


def _add(node: Any, key: str, value: str) -> None:
    node.value.append((_text(key, node), _text(value, node)))


def _rename(node: Any, old: str, new: str, value: Any) -> None:
    node.value = [(_text(new, key), value) if key.value == old else (key, each) for key, each in node.value]


def _mapping(near: Any, **entries: Any) -> Any:
    pairs = [(_text(key, near), value) for key, value in entries.items()]
    return yaml.MappingNode("tag:yaml.org,2002:map", pairs, near.start_mark, near.end_mark)


def _sequence(near: Any, entries: list[Any]) -> Any:
    return yaml.SequenceNode("tag:yaml.org,2002:seq", entries, near.start_mark, near.end_mark)
