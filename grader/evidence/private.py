"""Where an answer of AWS holds what is nobody's business: told by position, never by guessing at names.

The values of environment variables, commands, labels, log options, tags and references to secrets are private
wherever they stand, in the parameters that CloudTrail recorded too. ``without_private`` takes them out of an
answer; what stands in their place is up to the caller.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

Replace = Callable[[str], Any]

_ALWAYS = frozenset({
    "environment", "environmentVariables", "environmentFiles", "secrets", "secretOptions", "repositoryCredentials",
    "command", "entryPoint", "dockerLabels", "labels", "driverOpts", "tags", "tagSet", "tagList",
})  # fmt: skip
_UNDER = {
    "logConfiguration": "options", "firelensConfiguration": "options", "proxyConfiguration": "properties",
}  # fmt: skip
_NAMES = frozenset({"name", "key", "type"})
LOG_GROUP_OPTIONS = frozenset({"awslogs-group", "awslogs-region"})
"""Log options that name a resource of AWS: they lead to the log group, and are part of the questions about it."""
RECORDED = "CloudTrailEvent"
"""The member in which CloudTrail puts a whole request, as JSON in a text."""

_URL = re.compile(r"\b([a-zA-Z][a-zA-Z0-9+.-]{0,20}://)(?:[^\s/?#\"'<>\\@]*@)?([^\s?#\"'<>\\]*)(?:\?[^\s#\"'<>\\]*)?")


def without_private(value: Any, replace: Replace) -> Any:
    """A copy of an answer in which ``replace`` has taken the place of every private text; other URLs are bare."""
    return _copied(value, replace, "")


def bare_urls(text: str) -> str:
    """A text whose URLs have lost user name, password and query."""
    return _URL.sub(r"\1\2", text) if "://" in text else text


def _copied(value: Any, replace: Replace, parent: str) -> Any:
    if isinstance(value, Mapping):
        return {name: _member(str(name), inner, replace, parent) for name, inner in value.items()}
    if isinstance(value, list):
        return [_copied(inner, replace, parent) for inner in value]
    return bare_urls(value) if isinstance(value, str) else value


def _member(name: str, inner: Any, replace: Replace, parent: str) -> Any:
    lower = name[:1].lower() + name[1:]
    if lower in _ALWAYS and isinstance(inner, (Mapping, list)):
        return _hidden(inner, replace)
    if lower in ("command", "entryPoint") and isinstance(inner, str):
        return replace(inner)
    if _UNDER.get(parent) == lower and isinstance(inner, (Mapping, list)):
        return _hidden(inner, replace)
    if name == RECORDED and isinstance(inner, str):
        return _recorded(inner, replace)
    return _copied(inner, replace, lower)


def _hidden(value: Any, replace: Replace) -> Any:
    """Every text in a private position, but the names that pairs give their values."""
    if isinstance(value, str):
        return replace(value)
    if isinstance(value, list):
        return [_hidden(inner, replace) for inner in value]
    if not isinstance(value, Mapping):
        return value
    lower = {name: str(name).lower() for name in value}
    is_pair = {"name", "key"} & set(lower.values())
    return {
        name: inner
        if (is_pair and lower[name] in _NAMES and isinstance(inner, str)) or name in LOG_GROUP_OPTIONS
        else _hidden(inner, replace)
        for name, inner in value.items()
    }


def _recorded(text: str, replace: Replace) -> Any:
    try:
        event = json.loads(text)
    except (ValueError, RecursionError):
        return replace(text)
    found = _copied(event, replace, "")
    return text if found == event else json.dumps(found, separators=(",", ":"))
