"""Shapes in which AWS gives tags and policy documents, read as one."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote


def tags_of(value: object) -> dict[str, Any]:
    """Tags by key: from a list of ``{Key, Value}``, a mapping, or a thing that has either."""
    if isinstance(value, dict):
        for name in ("Tags", "tags", "TagSet", "TagList", "tagList", "tagSet", "TagsList"):
            if isinstance(value.get(name), (list, dict)):
                return tags_of(value[name])
        return {key: each for key, each in value.items() if isinstance(each, str)}
    found: dict[str, Any] = {}
    for each in value if isinstance(value, list) else ():
        if isinstance(each, dict):
            lower = {key.lower(): part for key, part in each.items()}
            key = lower.get("key", lower.get("tagkey"))
            if isinstance(key, str):
                found[key] = lower.get("value", lower.get("tagvalue"))
    return found


def decoded(text: str) -> str:
    """A policy document as it was written: AWS gives those of IAM URL-encoded."""
    return unquote(text) if text.lstrip()[:3].upper() in ("%7B", "%5B", "%0A", "%20") else text
