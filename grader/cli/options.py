"""The options that commands share, in one place, so that they read alike everywhere.

Each group of options is a decorator that declares them and hands them to the command as one frozen value.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from grader.cli import completion
from grader.cli.completion import FILE
from grader.errors import UsageError

if TYPE_CHECKING:
    from fractions import Fraction

    from grader.collect import Access
    from grader.rubric import Rubric

STANDARD_OUTPUT = "-"
"""The name that means standard output instead of a file."""


class Points(click.ParamType["Fraction"]):
    """A number of points, exact: 9.9 is 99/10."""

    name = "points"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Fraction:
        """The number, or click's own complaint."""
        from fractions import Fraction

        if isinstance(value, Fraction):
            return value
        # No exponent: Fraction("1e999999999") takes for ever.
        if not re.fullmatch(r"-?[0-9]{0,9}\.?[0-9]{1,9}", str(value)):
            self.fail(f"{value!r} is not a number of points.", param, ctx)
        return Fraction(str(value))


@dataclass(frozen=True, slots=True)
class RubricOptions:
    """Which rubric applies, and which variant of it; None is the lab's rubric, and what the evidence says."""

    rubric: str | None
    variant: str | None
    sets: tuple[str, ...]

    def read(self) -> Rubric:
        """The rubric; raises ``UsageError`` where it has no such variant."""
        from grader.rubric import open_rubric

        rubric = open_rubric(Path(self.rubric) if self.rubric else None, parsed_sets(self.sets))
        rubric.variant(self.variant)
        return rubric


@dataclass(frozen=True, slots=True)
class RunningOptions(RubricOptions):
    """Which rubric is to be run, and whether the user agrees to run code that did not come with the grader."""

    trust_checks: bool

    def read(self) -> Rubric:
        """The rubric; raises ``UsageError`` where it needs code that the user has not agreed to run."""
        from grader.cli.trust import check_trust

        rubric = RubricOptions.read(self)
        check_trust(rubric, self.trust_checks)
        return rubric


@dataclass(frozen=True, slots=True)
class GradingOptions(RunningOptions):
    """How to grade: by which rubric, which resources are named beforehand (ids by noun), which steps if not all."""

    binds: Mapping[str, str]
    items: tuple[str, ...] = ()

    def read(self) -> Rubric:
        """The rubric, or the named steps of it; raises ``UsageError`` for a step or variant that it has not."""
        rubric = RunningOptions.read(self)
        return rubric.only(self.items) if self.items else rubric


@dataclass(frozen=True, slots=True)
class AccessOptions:
    """Which accounts to read, and how to reach them."""

    profiles: tuple[str, ...]
    regions: tuple[str, ...]
    role_arn: str | None
    external_id: str | None
    endpoint_url: str | None
    connect_to: tuple[str, ...]
    no_probe: bool

    def accesses(self) -> tuple[Access, ...]:
        """One for each profile, or one for the credentials that the AWS CLI uses."""
        from grader.collect import Access

        return tuple(
            Access(
                profile=profile,
                role_arn=self.role_arn,
                external_id=self.external_id,
                endpoint_url=self.endpoint_url,
                regions=self.regions,
                connect_to=self.connect_to,
                probe=not self.no_probe,
            )
            for profile in self.profiles or (None,)
        )


@dataclass(frozen=True, slots=True)
class OutputOptions:
    """What to write and where. ``formats`` are targets by format name; ``html`` None is the default place."""

    formats: Mapping[str, str]
    html: str | None = None
    no_html: bool = False
    evidence: str | None = None
    pytest_html: str | None = None
    quiet: bool = False
    keep_all: bool = False
    redact: bool = False
    fail_under: Fraction | None = None
    baseline: str | None = None

    def __post_init__(self) -> None:
        to_output = [name for name, target in self._targets() if target == STANDARD_OUTPUT]
        if len(to_output) > 1:
            raise UsageError(f"only one of {', '.join(to_output)} can go to standard output.", remedy="Name a file.")
        if self.pytest_html == STANDARD_OUTPUT:
            raise UsageError("pytest-html writes a file, not standard output.", where="--pytest-html")
        self.spare(())

    def spare(self, inputs: Iterable[str]) -> None:
        """Raise ``UsageError`` where an output would overwrite one of these files or another output, by any name."""
        taken = [(f"the input {name}", name) for name in inputs]
        if self.baseline is not None:
            taken.append(("the file of --baseline", self.baseline))
        for option, target in (*self._targets(), ("--pytest-html", self.pytest_html)):
            if target is None or target == STANDARD_OUTPUT:
                continue
            for words, other in taken:
                if _same_file(target, other):
                    raise UsageError(f"this would overwrite {words}.", where=option, remedy="Name another file.")
            taken.append((f"the file of {option}", target))

    def _targets(self) -> list[tuple[str, str | None]]:
        return [
            *((f"--{name}", target) for name, target in self.formats.items()),
            ("--html", self.html),
            ("--evidence", self.evidence),
        ]

    @property
    def table(self) -> bool:
        """Whether the table is wanted, and standard output is free for it."""
        return not self.quiet and all(target != STANDARD_OUTPUT for _, target in self._targets())


def _same_file(one: str, other: str) -> bool:
    """Whether two names lead to one ordinary file; a device such as /dev/null takes any number of outputs."""
    if os.path.exists(one) and not os.path.isfile(one):
        return False
    with suppress(OSError):
        return os.path.samefile(one, other)
    return os.path.realpath(one) == os.path.realpath(other)


Command = TypeVar("Command", bound=Callable[..., int])
Option = Callable[[Any], Any]


def _group(name: str, build: Callable[..., object], taken: Sequence[str], *options: Option) -> Option:
    """A decorator that declares ``options`` and hands those ``taken`` to the command as one value, ``name``."""

    def decorate(command: Callable[..., int]) -> Callable[..., int]:
        @wraps(command)
        def grouped(**given: Any) -> int:
            own = {option: given.pop(option) for option in taken}
            return command(**given, **{name: build(**own)})

        for option in reversed(options):
            grouped = option(grouped)
        return grouped

    return decorate


_SET = click.option(
    "--set", "sets", metavar="NAME=VALUE", multiple=True, help="Value for a rubric parameter; repeatable."
)
_RUBRIC = (
    click.option("--rubric", metavar="FILE", type=FILE, help="Rubric to grade with (default: the lab's)."),
    click.option(
        "--variant", metavar="NAME", help="Variant of the rubric, such as academy (default: from the evidence)."
    ),
    _SET,
)
_BIND = click.option(
    "--bind", "binds", metavar="NOUN=ID", multiple=True, shell_complete=completion.nouns,
    help="Grade this resource, such as vpc=vpc-0abc.",
)
_TRUST = click.option(
    "--trust-checks", is_flag=True, help="Allow check modules that did not come with the grader; remembered."
)
_ITEM = click.option(
    "--item", "items", metavar="ID", multiple=True, shell_complete=completion.items,
    help="Read and grade only this step, such as 4.5; repeatable.",
)
_ACCESS = (
    click.option(
        "--profile", "profiles", metavar="NAME", multiple=True, shell_complete=completion.profiles,
        help="AWS profile; repeatable, one per account.",
    ),
    click.option(
        "--region", "regions", metavar="REGION", multiple=True, shell_complete=completion.regions,
        help="Region to search; repeatable (default: all).",
    ),
    click.option("--role-arn", metavar="ARN", help="Role to assume, limited to reading by a session policy."),
    click.option("--external-id", metavar="ID", help="External id for the role."),
    click.option("--endpoint-url", metavar="URL", help="Send every call to this URL instead of AWS."),
    click.option(
        "--connect-to",
        metavar="HOST:PORT:TO_HOST:TO_PORT",
        multiple=True,
        help="Reach the application at another address, as in curl; repeatable.",
    ),
    click.option("--no-probe", is_flag=True, help="Send no requests to the application itself."),
)
_OUTPUT = (
    click.option("--html", metavar="FILE", type=FILE, help="Write the page here (default: reports/ACCOUNT.html)."),
    click.option("--no-html", is_flag=True, help="Do not write a page."),
    click.option(
        "--pytest-html", metavar="FILE", type=FILE,
        help="Write pytest-html's report of the raw run, one per account.",
    ),
    click.option("--quiet", "-q", is_flag=True, help="Do not print the score; use the exit code and the files."),
    click.option("--fail-under", metavar="POINTS", type=Points(), help="Exit with 0 if the score is at least this."),
    click.option(
        "--baseline", metavar="FILE", type=FILE, help="Exit with 0 unless something is worse than in this result."
    ),
)


_KEEP_ALL = click.option(
    "--keep-all", is_flag=True, help="Also keep private values (environment variables, commands, labels, tags)."
)
_REDACT = click.option(
    "--redact", is_flag=True, help="Mask e-mail addresses, key ids, account ids and source addresses, for sharing."
)


def evidence_options(command: Command) -> Command:
    """``--keep-all`` and ``--redact``, what the evidence of an account may hold."""
    decorated: Command = _KEEP_ALL(_REDACT(command))
    return decorated


def redact_option(command: Command) -> Command:
    """``--redact`` alone, for evidence that is there already."""
    decorated: Command = _REDACT(command)
    return decorated


def rubric_options(command: Command) -> Command:
    """``--rubric`` and ``--variant``, as ``rubric: RubricOptions``."""
    decorated: Command = _group("rubric", RubricOptions, _names(RubricOptions), *_RUBRIC)(command)
    return decorated


def running_options(command: Command) -> Command:
    """``--rubric``, ``--variant`` and ``--trust-checks``, as ``running: RunningOptions``."""
    decorated: Command = _group("running", RunningOptions, _names(RunningOptions), *_RUBRIC, _TRUST)(command)
    return decorated


def running_argument(command: Command) -> Command:
    """The rubric as an argument, ``--set`` and ``--trust-checks``, as ``running: RunningOptions``."""

    def build(rubric: str, sets: tuple[str, ...], trust_checks: bool) -> RunningOptions:
        return RunningOptions(rubric, None, sets, trust_checks)

    argument = click.argument("rubric", metavar="RUBRIC", type=FILE)
    decorated: Command = _group("running", build, ("rubric", "sets", "trust_checks"), argument, _SET, _TRUST)(command)
    return decorated


def grading_options(command: Command) -> Command:
    """``--rubric``, ``--variant``, ``--bind``, ``--item`` and ``--trust-checks``, as ``grading: GradingOptions``."""

    def build(
        rubric: str | None,
        variant: str | None,
        sets: tuple[str, ...],
        trust_checks: bool,
        binds: tuple[str, ...],
        items: tuple[str, ...],
    ) -> GradingOptions:
        return GradingOptions(rubric, variant, sets, trust_checks, _parsed_binds(binds), items)

    decorated: Command = _group("grading", build, _names(GradingOptions), *_RUBRIC, _BIND, _ITEM, _TRUST)(command)
    return decorated


def access_options(command: Command) -> Command:
    """Accounts and how to reach them, as ``access: AccessOptions``."""
    decorated: Command = _group("access", AccessOptions, _names(AccessOptions), *_ACCESS)(command)
    return decorated


def output_options(command: Command) -> Command:
    """``--html`` and the like, and ``--json FILE`` and one for each other format, as ``output: OutputOptions``."""
    from grader.report.formats import FORMATS

    own = ("html", "no_html", "pytest_html", "quiet", "fail_under", "baseline")

    def build(**given: Any) -> OutputOptions:
        formats = {name: given[name] for name in FORMATS if given[name]}
        return OutputOptions(formats, **{name: given[name] for name in own})

    formats = (
        click.option(each.option, each.name, metavar="FILE", type=FILE, help=each.help) for each in FORMATS.values()
    )
    decorated: Command = _group("output", build, (*own, *FORMATS), *_OUTPUT, *formats)(command)
    return decorated


def _names(group: type[RubricOptions | AccessOptions]) -> tuple[str, ...]:
    return tuple(each.name for each in fields(group))


def parsed_sets(sets: tuple[str, ...]) -> Mapping[str, str]:
    """``NAME=VALUE`` options as a mapping; raises ``UsageError`` for another shape."""
    found = {}
    for one in sets:
        name, equals, value = one.partition("=")
        if not equals or not name:
            raise UsageError(f"{one!r} does not have the form NAME=VALUE.", where="--set", remedy="Write --set team=7.")
        found[name] = value
    return found


def _parsed_binds(binds: tuple[str, ...]) -> Mapping[str, str]:
    """``NOUN=ID`` options as a mapping; raises ``UsageError`` for another shape."""
    found = {}
    for bind in binds:
        noun, equals, identifier = bind.partition("=")
        if not equals or not noun or not identifier:
            raise UsageError(
                f"{bind!r} does not have the form NOUN=ID.", where="--bind", remedy="Write --bind vpc=vpc-0abc."
            )
        found[noun.replace("-", "_")] = identifier
    return found
