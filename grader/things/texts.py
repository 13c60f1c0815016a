"""Texts in which values of things are put: ``http://{web.PublicDnsName}/``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_PLACE = re.compile(r"\{([A-Za-z_]\w*(?:\.[^{}]+)?)\}")
_REFERENCE = re.compile(r"\$([A-Za-z_]\w*)(?:\.(.+))?", re.DOTALL)
_MEMBER_PLACE = re.compile(r"\{([A-Za-z_]\w*\.[^{}]+)\}")


def reference(value: object) -> tuple[str, str] | None:
    """The thing and the path that ``$thing.path`` names; None for anything else."""
    found = _REFERENCE.fullmatch(value) if isinstance(value, str) else None
    return (found[1], found[2] or "") if found else None


def places(text: str) -> tuple[str, ...]:
    """What is in braces in a text, in order."""
    return tuple(dict.fromkeys(_PLACE.findall(text)))


def member_places(text: str) -> tuple[str, ...]:
    """What is in braces in an expectation: only ``{thing.Member}``, since patterns have braces of their own."""
    return tuple(dict.fromkeys(_MEMBER_PLACE.findall(text)))


def literal(value: Any) -> Any:
    """A value as it is sent: ``$$Latest`` is the text ``$Latest``."""
    if isinstance(value, str) and value.startswith("$$"):
        return value[1:]
    return [literal(each) for each in value] if isinstance(value, list) else value


def filled(text: str, given: Mapping[str, Any]) -> str | None:
    """The text with its values, which are under ``$`` and what is in the braces; None where one is absent."""
    values = {name: given.get(f"${name}") for name in places(text)}
    if any(value is None or isinstance(value, (list, dict)) for value in values.values()):
        return None
    return _PLACE.sub(lambda place: str(values[place[1]]), text)


def labelled(text: str, value_in: Any) -> str:
    """A label: what is in braces is a path, which ``value_in`` follows; what is absent leaves no braces."""
    written = re.sub(r"\{([^{}]+)\}", lambda place: str(value_in(place[1]) or ""), text)
    return " ".join(re.sub(r"\(\s*\)", "", written).split())
