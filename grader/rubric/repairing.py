"""All mistakes of a rubric at once: each is told, put right as far as that goes, and the rest is read on."""

from __future__ import annotations

import re
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import yaml

from grader.errors import RubricError
from grader.rubric.located_yaml import Marked
from grader.rubric.reader import read_rubric
from grader.rubric.scheme import Rubric

MOST = 60
"""How many mistakes are told at most."""

_TEXT = "tag:yaml.org,2002:str"
_DEFAULTS = {
    "ask": "sts.GetCallerIdentity", "list": "sts.GetCallerIdentity", "get": "sts.GetCallerIdentity",
    "http": "http://localhost/", "expression": "@", "title": "x", "hint": "x", "lab": "x", "points": "1",
    "manual": "x", "note": "x",
}  # fmt: skip
_WITHOUT = (
    "where", "with", "prefer", "each", "for", "label", "region", "over", "say", "fix", "runs_through", "builds_on",
    "controls", "link", "variants", "bonus", "method", "body", "headers", "tries", "noun",
)  # fmt: skip
_SUMS = re.compile(r"the shares of item|but the items sum to")


class Repairing:
    """Reads a rubric whatever is wrong with it. ``mistakes`` are in the order in which they were found."""

    def __init__(self, path: Path, search: tuple[Path, ...], root: Marked, digest: str) -> None:
        self.mistakes: list[RubricError] = []
        self.doubtful: set[int] = set()
        """Lines of things whose operation was put right: what is said of them after that is not theirs."""
        self._path = path
        self._search = search
        self._root = root
        self._digest = digest
        self._sums_are_ours = False
        self._number = 0

    def read(self) -> Rubric | None:
        """The rubric after the repairs; None where one could not be made."""
        for _ in range(MOST):
            try:
                return read_rubric(self._path, self._search, self._root, self._digest)
            except RubricError as error:
                known = any(str(error) == str(each) for each in self.mistakes)
                if not (self._sums_are_ours and _SUMS.search(error.problem)) and not known:
                    self.mistakes.append(error)
                if not self._repair(error):
                    return None
        return None

    def _repair(self, error: RubricError) -> bool:
        if error.place is None:
            return self._without_references(error)
        chain = _chain(self._root.node, error.place)
        if chain is None:
            return False
        thing = re.search(r"there is no thing '(\w+)'", error.problem)
        if thing:
            return self._without_thing(chain, thing[1])
        parameter = re.search(r"has no parameter '(\w+)'", error.problem)
        if parameter:
            near = re.search(r"Did you mean '(\w+)'", error.remedy)
            return self._renamed(chain, parameter[1], near[1] if near else "")
        key = next((pair for node, pair in reversed(chain) if pair is not None and pair[0] is error.place), None)
        if key is not None:
            return self._repair_key(chain, key)
        missing = re.search(r"needs '(\w+)'\.", error.problem)
        if missing and isinstance(error.place, yaml.MappingNode):
            name = missing[1]
            value = _scalar(_DEFAULTS.get(name, self._fresh()), error.place) if name != "checks" else None
            if value is None:
                return self._drop(chain)
            error.place.value.append((_scalar(name, error.place), value))
            self._sums_are_ours |= name == "points"
            return True
        if isinstance(error.place, yaml.ScalarNode) and "does not read as text" in error.problem:
            error.place.tag = _TEXT
            return True
        return self._repair_value(chain, error)

    def _repair_key(self, chain: Any, key: Any) -> bool:
        owner = next(node for node, pair in chain if pair is key)
        names = {each.value for each, _ in owner.value}
        needed = [name for name in ("id", "title", "points", "hint", "checks", "items", "lab", "sections") if
                  name not in names]  # fmt: skip
        near = get_close_matches(str(key[0].value), needed, n=1, cutoff=0.6)
        if near:
            key[0].value = near[0]
        else:
            owner.value.remove(key)
        return True

    def _without_thing(self, chain: Any, name: str) -> bool:
        """Leave out what refers to a thing that there is not."""
        last: Any = next((one for one in reversed(chain) if one[1] is not None), None)
        if last is None:
            return False
        owner, pair = last
        if pair[0].value == "of":
            things = next((value for key, value in self._root.node.value if key.value == "things"), None)
            known = things.value[0][0].value if things is not None and things.value else ""
            self._doubt_question(owner)
            owner.value[:] = [each for each in owner.value if each[0].value not in ("of", "expect", "say")]
            owner.value.append((_scalar("of", owner), _scalar(known, owner)))
            return bool(known)
        done = False
        for node in _mappings(pair[1]):
            kept = [each for each in node.value if not _refers(each[1], name)]
            done |= len(kept) < len(node.value)
            node.value[:] = kept
        self.doubtful.add(pair[1].start_mark.line + 1)
        if pair[0].value == "expect" and (not pair[1].value or not done):
            owner.value.remove(pair)
            return True
        return done

    def _renamed(self, chain: Any, name: str, new: str) -> bool:
        for node, pair in reversed(chain):
            if pair is not None and pair[0].value == name:
                if new:
                    pair[0].value = new
                else:
                    node.value.remove(pair)
                return True
        return False

    def _repair_value(self, chain: Any, error: RubricError) -> bool:
        for node, pair in reversed(chain):
            if pair is None:
                continue
            name = str(pair[0].value)
            if name in _WITHOUT:
                node.value.remove(pair)
                return True
            if name == "points" and _SUMS.search(error.problem):
                shares = [value for key_, value in node.value if key_.value == "checks"]
                if shares:
                    self._share_out(shares[0], str(pair[1].value))
                    return True
                total = re.search(r"sum to ([\d.]*\d)", error.problem)
                node.value[node.value.index(pair)] = (pair[0], _scalar(total[1] if total else "1", node))
                return True
            if name in _DEFAULTS or name == "id":
                if name in ("ask", "expression"):
                    self._doubt_question(node)
                if name in ("list", "get"):
                    self.doubtful.add(node.start_mark.line + 1)
                    node.value[:] = [each for each in node.value if each[0].value in ("list", "get", "noun", "label")]
                self._sums_are_ours |= name == "points"
                value = _scalar(_DEFAULTS.get(name) or self._fresh(), node)
                node.value[node.value.index(pair)] = (pair[0], value)
                return True
            if name == "expect":
                here = pair[1].start_mark
                self._doubt_question(node)
                present = yaml.MappingNode("", [(_scalar("present", node), _flag(node))], here, here)
                node.value[node.value.index(pair)] = (pair[0], present)
                return True
            if name in ("check", "of"):
                break
        return self._drop(chain)

    def _doubt_question(self, row: Any) -> None:
        """What is said of a row that was put right is not its author's."""
        self.doubtful.add(row.start_mark.line + 1)
        self.doubtful.update(value.start_mark.line + 1 for key, value in row.value if key.value == "ask")

    def _share_out(self, checks: Any, points: str) -> None:
        """Let the first row of an item have all its points."""
        for number, row in enumerate(checks.value):
            row.value[:] = [
                (key, _scalar("0" if number else points, row)) if key.value == "points" else (key, value)
                for key, value in row.value
            ]

    def _drop(self, chain: Any) -> bool:
        """Leave out the entry of a list, or of the things, that a mistake is in."""
        self._sums_are_ours = True
        for (node, pair), (below, _) in zip(reversed(chain[:-1]), reversed(chain[1:]), strict=True):
            if isinstance(node, yaml.SequenceNode) and len(node.value) > 1:
                node.value.remove(below)
                return True
            if pair is not None and pair[0].value in ("list", "get", "http"):
                continue
        return False

    def _without_references(self, error: RubricError) -> bool:
        """Leave out what refers to other items, in the item where one of those is wrong."""
        line = int(error.where.rpartition(":")[2]) if error.where.rpartition(":")[2].isdigit() else 0
        for node in _mappings(self._root.node):
            if node.start_mark.line + 1 == line:
                kept = [pair for pair in node.value if pair[0].value not in ("builds_on", "runs_through")]
                if len(kept) < len(node.value):
                    node.value[:] = kept
                    return True
        return False

    def _fresh(self) -> str:
        self._number += 1
        return f"x{self._number}"


def _scalar(value: str, near: Any) -> Any:
    return yaml.ScalarNode(_TEXT, value, near.start_mark, near.start_mark)


def _refers(node: Any, name: str) -> bool:
    return isinstance(node, yaml.ScalarNode) and bool(re.search(rf"[${{]{name}\b", node.value))


def _flag(near: Any) -> Any:
    return yaml.ScalarNode("tag:yaml.org,2002:bool", "true", near.start_mark, near.start_mark)


def _chain(node: Any, wanted: Any) -> list[tuple[Any, Any]] | None:
    """The way to a node: each collection on it, with the pair of a mapping that leads on."""
    if node is wanted:
        return [(node, None)]
    if isinstance(node, yaml.MappingNode):
        for pair in node.value:
            if pair[0] is wanted:
                return [(node, pair)]
            below = _chain(pair[1], wanted)
            if below is not None:
                return [(node, pair), *below]
    if isinstance(node, yaml.SequenceNode):
        for each in node.value:
            below = _chain(each, wanted)
            if below is not None:
                return [(node, None), *below]
    return None


def _mappings(node: Any) -> list[Any]:
    if isinstance(node, yaml.MappingNode):
        return [node, *(one for _, value in node.value for one in _mappings(value))]
    return [one for each in node.value for one in _mappings(each)] if isinstance(node, yaml.SequenceNode) else []
