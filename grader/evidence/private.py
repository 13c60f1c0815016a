"""Where an answer of AWS holds what is nobody's business: told by position, never by guessing at names.

The values of environment variables, commands, labels, log options, tags and references to secrets are private
wherever they are, in the parameters that CloudTrail recorded too. ``without_private`` takes them out of an
answer; what takes their place is up to the caller.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Replace = Callable[[str], Any]

_TAGS = frozenset({"tags", "tagSet", "tagList"})
_ALWAYS = _TAGS | frozenset({
    "environment", "environmentVariables", "environmentFiles", "secrets", "secretOptions", "repositoryCredentials",
    "command", "entryPoint", "dockerLabels", "labels", "driverOpts",
})  # fmt: skip
_UNDER = {
    "logConfiguration": "options", "firelensConfiguration": "options", "proxyConfiguration": "properties",
}  # fmt: skip
_PAIR = frozenset({"name", "key"})
_NAMES = _PAIR | {"type"}
_FREE_TEXT = frozenset({"message", "stoppedReason", "reason", "statusReason", "cut"})
LOG_GROUP_OPTIONS = frozenset({"awslogs-group", "awslogs-region"})
"""Log options that name a resource of AWS: they lead to the log group, and are part of the questions about it."""
RECORDED = "CloudTrailEvent"
"""The member in which CloudTrail puts a whole request, as JSON in a text."""

_URL = re.compile(r"\b([a-zA-Z][a-zA-Z0-9+.-]{0,20}://)(?:[^\s/?#\"'<>\\@]*@)?([^\s?#\"'<>\\]*)(?:\?[^\s#\"'<>\\]*)?")


def without_private(value: Any, replace: Replace, *, names: bool = True, free_text: bool = False) -> Any:
    """A copy of an answer in which ``replace`` has taken the place of every private text; other URLs are bare.

    ``names`` leaves the tag ``Name`` as it is: it is what a resource is called, in the console too. ``free_text``
    takes out what an application may have written as well: log lines, reasons of failures, bodies of its answers.
    """
    return _copied(value, _Private(replace, names, free_text), "")


def bare_urls(text: str) -> str:
    """A text whose URLs have lost user name, password and query."""
    return _URL.sub(r"\1\2", text) if "://" in text else text


@dataclass(frozen=True, slots=True)
class _Private:
    replace: Replace
    names: bool
    free_text: bool


def _copied(value: Any, private: _Private, parent: str) -> Any:
    if isinstance(value, Mapping):
        return {name: _member(str(name), inner, private, parent) for name, inner in value.items()}
    if isinstance(value, list):
        return [_copied(inner, private, parent) for inner in value]
    return bare_urls(value) if isinstance(value, str) else value


def _member(name: str, inner: Any, private: _Private, parent: str) -> Any:
    position = name[:1].lower() + name[1:]
    if isinstance(inner, (Mapping, list)):
        if position in _ALWAYS or _UNDER.get(parent) == position:
            return _hidden(inner, private, position)
    elif isinstance(inner, str):
        if position in ("command", "entryPoint") or (private.free_text and name in _FREE_TEXT):
            return private.replace(inner)
        if name == RECORDED:
            return _recorded(inner, private)
    return _copied(inner, private, position)


def _hidden(value: Any, private: _Private, position: str) -> Any:
    """Every text in a private position, but the names that pairs give their values."""
    if isinstance(value, str):
        return private.replace(value)
    if isinstance(value, list):
        return [_hidden(inner, private, position) for inner in value]
    if not isinstance(value, Mapping):
        return value
    lower = {name: str(name).lower() for name in value}
    is_pair = bool(_PAIR & set(lower.values()))
    if private.names and position in _TAGS and "Name" in (value.get("Key"), value.get("key")):
        return dict(value)
    return {
        name: inner
        if (is_pair and lower[name] in _NAMES and isinstance(inner, str)) or name in LOG_GROUP_OPTIONS
        else _hidden(inner, private, position)
        for name, inner in value.items()
    }


def _recorded(text: str, private: _Private) -> Any:
    try:
        event = json.loads(text)
    except (ValueError, RecursionError):
        return private.replace(text)
    found = _copied(event, private, "")
    return text if found == event else json.dumps(found, separators=(",", ":"))
