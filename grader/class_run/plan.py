"""What a run is asked to do: whom to grade, by what, where, and how hard to press AWS."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from grader.class_run.tasks import Scheme
from grader.classes.credentials import read_credentials
from grader.classes.roster import COLUMNS, plain_column
from grader.classes.students import Student
from grader.collect import Access
from grader.rubric import CheckRow, Rubric, default_rubric

CHANGES = "cloudtrail.LookupEvents[ReadOnly=false]"
"""What a late policy needs to know: the student's own last change."""


@dataclass(frozen=True, slots=True)
class Reach:
    """What is the same for all accounts: how AWS and the application are reached, and how many are asked at once.

    ``at_once`` bounds the accounts that are read at the same time, ``rate`` the requests a second to each service of
    each account.
    """

    at_once: int
    rate: float
    regions: tuple[str, ...] = ()
    endpoint_url: str | None = None
    connect_to: tuple[str, ...] = ()
    probe: bool = True


@dataclass(frozen=True, slots=True)
class Wanted:
    """What this run is for. ``regrade`` asks AWS nothing, ``retry_open`` asks again where points are open."""

    regrade: bool = False
    retry_open: bool = False
    pages: bool = True
    share: bool = False


def scheme_of(
    rubric: Rubric,
    named: Path | None,
    variant: str | None,
    binds: Iterable[tuple[str, str]],
    values: Iterable[tuple[str, str]] = (),
) -> Scheme:
    """How to grade, with a digest of the rubric, its values and all its check modules: when it changes, grades do."""
    given = tuple(sorted(values))
    digest = hashlib.sha256()
    modules = sorted({row.function.path for row in _rows(rubric)})
    for path in (named or default_rubric(), *modules):
        digest.update(path.read_bytes() + b"\0")
    if given or rubric.only_items:
        digest.update(repr((given, rubric.only_items)).encode())
    return Scheme(named, digest.hexdigest()[:32], variant, tuple(sorted(binds)), given, rubric.only_items)


_OWN = ("id", "name", "email", "section", "account")
"""Columns that the grader knows and that a rubric may ask for as well."""


def values_of(student: Student, names: Iterable[str]) -> dict[str, str]:
    """What a row of the roster gives the parameters of a rubric: columns of the same name, however they are written."""
    cells = {alias: getattr(student, meaning) for meaning in _OWN for alias in COLUMNS[meaning]}
    cells |= {plain_column(column): value for column, value in student.extra}
    found = {name: cells.get(plain_column(name), "") for name in names}
    return {name: value for name, value in found.items() if value}


def _rows(rubric: Rubric) -> Iterable[CheckRow]:
    return (row for item in rubric.items for row in item.checks)


def access_of(student: Student, reach: Reach) -> Access:
    """How one account is reached; raises ``UsageError`` for credentials that cannot be used."""
    way = student.way
    return Access(
        profile=way.profile or None,
        role_arn=way.role_arn or None,
        external_id=way.external_id or None,
        endpoint_url=reach.endpoint_url,
        regions=reach.regions,
        connect_to=reach.connect_to,
        probe=reach.probe,
        keys=read_credentials(way.credentials) if way.credentials else None,
    )


def source_of(student: Student) -> str:
    """What a student's evidence is taken from: a file with its state, so that another one is noticed; else the way."""
    way = student.way
    if way.evidence is None:
        return "aws"
    try:
        state = way.evidence.stat()
    except OSError:
        return f"{way.evidence}: none"
    return f"{way.evidence}: {state.st_size} {state.st_mtime_ns}"
