"""What a shell offers when somebody presses Tab: files, folders, steps, faults, profiles, regions, nouns.

click prints the script of each shell (docs/students.md). A list that cannot be had offers nothing: completion never
shows an error.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

from grader.errors import GraderError

Offer = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]


class FileName(click.types.StringParamType):
    """The name of a file, or of a folder: as it was given, and completed by the shell."""

    name = "file"

    def __init__(self, kind: str = "file") -> None:
        self._kind = kind

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        return [CompletionItem(incomplete, type=self._kind)]


FILE = FileName()
FOLDER = FileName("dir")


def _offer(listed: Callable[[click.Context], Iterable[tuple[str, str]]]) -> Offer:
    """Names, with a help text each, of which those that begin as typed are offered."""

    def offer(context: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
        try:
            found = list(listed(context))
        except (GraderError, ImportError, OSError):
            return []
        return [CompletionItem(name, help=text) for name, text in found if name.startswith(incomplete)]

    return offer


def _items(context: click.Context) -> Iterable[tuple[str, str]]:
    from grader.rubric import open_rubric

    named = context.params.get("rubric")
    return [(item.id, item.title) for item in open_rubric(Path(named) if named else None).items]


def _faults(_: click.Context) -> Iterable[tuple[str, str]]:
    from grader.cli.demo import known_faults

    return [(name, fault.title) for name, fault in known_faults().items()]


def _profiles(_: click.Context) -> Iterable[tuple[str, str]]:
    from grader.collect.session import profile_names

    return [(name, "") for name in profile_names()]


def _regions(_: click.Context) -> Iterable[tuple[str, str]]:
    from grader.collect.session import region_names

    return [(name, "") for name in region_names()]


def _nouns(_: click.Context) -> Iterable[tuple[str, str]]:
    from grader.calls.nouns import BOUND

    return [(f"{noun}=", "") for noun in BOUND]


items = _offer(_items)
faults = _offer(_faults)
profiles = _offer(_profiles)
regions = _offer(_regions)
nouns = _offer(_nouns)


def item_then_file(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """For ``[ITEM] FILE``: a step, or a file."""
    given: Any = context.params.get(parameter.name or "") or ()
    offered = [] if given else items(context, parameter, incomplete)
    return [*offered, CompletionItem(incomplete, type="file")]
