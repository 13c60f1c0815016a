"""The names of files that are written for each account: what is in braces, and no name twice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from grader.cli.options import STANDARD_OUTPUT

PARTS = ("{account}", "{source}", "{profile}")
"""What a name can have in it."""
LONGEST = 100
"""Characters of one part."""


def tells_apart(template: str) -> bool:
    """Whether a name differs from account to account."""
    return template == STANDARD_OUTPUT or any(part in template for part in PARTS)


@dataclass(slots=True)
class FileNames:
    """Names that were given away. Two names that differ in case alone are one file on some systems."""

    used: set[str] = field(default_factory=set)

    def take(self, template: str, values: Mapping[str, str]) -> str:
        """A name that nobody has yet: ``values`` by ``account``, ``source`` (a path) and ``profile`` filled in.

        A number goes before all of the suffix: ``a-2.json.gz``.
        """
        if template == STANDARD_OUTPUT:
            return template
        filled = template
        for part in PARTS:
            filled = filled.replace(part, _safe(values.get(part[1:-1], ""), part))
        path = Path(filled)
        stem, suffix = split_suffix(path.name)
        number, free = 1, path
        while str(free).casefold() in self.used:
            number += 1
            free = path.with_name(f"{stem}-{number}{suffix}")
        self.used.add(str(free).casefold())
        return str(free)


def split_suffix(name: str) -> tuple[str, str]:
    """A file's name without its suffix, and that: ``.json.gz`` is one."""
    path = Path(name)
    if path.suffix.lower() == ".gz" and Path(path.stem).suffix:
        return Path(path.stem).stem, Path(path.stem).suffix + path.suffix
    return path.stem, path.suffix


def _safe(value: str, part: str) -> str:
    text = split_suffix(Path(value).name)[0] if part == "{source}" and not value.startswith("account ") else value
    safe = "".join(one if one.isascii() and (one.isalnum() or one in "-_") else "_" for one in text[:LONGEST])
    return safe or {"{profile}": "default"}.get(part, "unknown")
