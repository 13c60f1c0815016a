"""The parameters of a lab in its rubric (``with:``): which there are, what they may be, and texts that name them.

A value is of the type that checks and the model get: a whole number, a text, or a tuple of texts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from ipaddress import IPv4Network
from typing import Any

from grader.rubric.located_yaml import Marked

_PLACE = re.compile(r"\{\{|\}\}|\{([a-z][a-z0-9_]*)\}")
_SIZE = re.compile(r"(\d*\.?\d+)\s*(vCPU|GB|MB)?", re.IGNORECASE)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+=,@/-]*")
_TARGET_TYPES = ("ip", "instance", "lambda", "alb")
_PROTOCOLS = ("HTTP", "HTTPS")
_ARCHITECTURES = ("X86_64", "ARM64")


def _port(entry: Marked) -> int:
    value = entry.plain()
    if type(value) is not int or not 1 <= value <= 65535:
        raise entry.wrong(f"{entry.name} should be a port.", "Write a whole number from 1 to 65535, without quotes.")
    return value


def _text(entry: Marked) -> str:
    value = entry.plain()
    if not isinstance(value, str) or not value.strip():
        raise entry.wrong(f"{entry.name} should be a text.", "Quote it.")
    return value


def _path(entry: Marked) -> str:
    value = entry.plain()
    if not isinstance(value, str) or not re.fullmatch(r"/[!-~]*", value):
        raise entry.wrong(f"{entry.name} should be a path.", "Start it with a slash, such as /health.")
    return value


def _name(entry: Marked) -> str:
    value = _text(entry)
    if not _NAME.fullmatch(value):
        raise entry.wrong(f"{entry.name} should be one word.", "It is used in resource names and in commands.")
    return value


def _block(entry: Marked) -> str:
    value = entry.plain()
    try:
        return str(IPv4Network(value if isinstance(value, str) else ""))
    except ValueError as error:
        raise entry.wrong(f"{entry.name} should be an IPv4 block: {error}.", "Write it as 10.0.0.0/16.") from error


def _one_of(*allowed: str) -> Callable[[Marked], str]:
    def read(entry: Marked) -> str:
        value = entry.plain()
        found = next((one for one in allowed if isinstance(value, str) and one.lower() == value.lower()), None)
        if found is None:
            raise entry.wrong(f"{entry.name} is not known.", f"Write one of {', '.join(allowed)}.")
        return found

    return read


def _list(read: Callable[[Marked], str]) -> Callable[[Marked], tuple[str, ...]]:
    return lambda entry: tuple(read(one) for one in entry.sequence())


def _size(unit: str, small: str) -> Callable[[Marked], int]:
    """A size in ``small`` units, or in ``unit``, of which one is 1024 of those."""

    def read(entry: Marked) -> int:
        value = entry.plain()
        match = _SIZE.fullmatch(value.strip()) if isinstance(value, str) else None
        if match is not None and (match[2] or small).lower() in (unit.lower(), small.lower()):
            value = float(match[1]) * (1024 if (match[2] or "").lower() == unit.lower() else 1)
        whole = int(value) if type(value) in (int, float) else 0
        if whole <= 0 or whole != value:
            raise entry.wrong(f"{entry.name} should be a size.", f"Write it as 1024 or as 1 {unit}.")
        return whole

    return read


KNOWN: Mapping[str, Callable[[Marked], Any]] = {
    "front_port": _port,
    "port": _port,
    "target_type": _one_of(*_TARGET_TYPES),
    "protocol": _one_of(*_PROTOCOLS),
    "health_path": _path,
    "cpu": _size("vCPU", ""),
    "memory": _size("GB", "MB"),
    "operating_system": _name,
    "architecture": _one_of(*_ARCHITECTURES),
    "vpc_block": _block,
    "private_ranges": _list(_block),
    "group": _name,
    "app": _name,
    "image_tag": _name,
    "names": _list(_text),
    "bucket_names": _list(_text),
}
"""The parameters that the model and our checks take, each with what reads it."""


def parameter(entry: Marked) -> Any:
    """The value of one parameter, by its name; raises the place's own error for one that it cannot be."""
    read = KNOWN.get(entry.name)
    return read(entry) if read is not None else entry.plain()


def _in_units(unit: str) -> Callable[[int], str]:
    return lambda value: f"{value / 1024:g} {unit}"


_WORDS: Mapping[str, Callable[[Any], str]] = {"cpu": _in_units("vCPU"), "memory": _in_units("GB")}


def named_in(text: str) -> tuple[str, ...]:
    """The parameters that a text names, as ``{port}``."""
    return tuple(dict.fromkeys(name for name in _PLACE.findall(text) if name))


def filled(text: str, values: Mapping[str, Any]) -> str:
    """The text with values for the parameters that it names; ``{{`` and ``}}`` are braces. What is not known stays."""

    def value(match: re.Match[str]) -> str:
        name = match[1]
        if name is None:
            return match[0][0]
        return _in_words(name, values[name]) if name in values else match[0]

    return _PLACE.sub(value, text)


def _in_words(name: str, value: Any) -> str:
    if name in _WORDS and isinstance(value, (int, float)):
        return _WORDS[name](value)
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
