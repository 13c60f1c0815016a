"""The options that commands share, in one place, so that they read alike everywhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import click

from grader.errors import UsageError

if TYPE_CHECKING:
    from fractions import Fraction


class Points(click.ParamType["Fraction"]):
    """A number of points, exact: 9.9 is 99/10."""

    name = "points"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Fraction:
        """The number, or click's own complaint."""
        from fractions import Fraction

        try:
            return Fraction(value)
        except (ValueError, ZeroDivisionError):
            self.fail(f"{value!r} is not a number of points.", param, ctx)


Command = TypeVar("Command", bound=Callable[..., Any])


def _stack(*options: Callable[[Any], Any]) -> Callable[[Command], Command]:
    def decorate(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


rubric_options = _stack(
    click.option("--rubric", metavar="FILE", help="Rubric to grade by (default: the lab's)."),
    click.option(
        "--variant", metavar="NAME", help="Variant of the rubric, such as academy (default: what the evidence says)."
    ),
)

access_options = _stack(
    click.option(
        "--profile", "profiles", metavar="NAME", multiple=True, help="AWS profile; repeatable, one for each account."
    ),
    click.option(
        "--region", "regions", metavar="REGION", multiple=True, help="Region to search; repeatable (default: all)."
    ),
    click.option("--role-arn", metavar="ARN", help="Role to assume, narrowed to reading by a session policy."),
    click.option("--external-id", metavar="ID", help="External id for the role."),
    click.option("--endpoint-url", metavar="URL", help="Send every call here instead of to AWS."),
    click.option(
        "--connect-to",
        metavar="HOST:PORT:TO_HOST:TO_PORT",
        multiple=True,
        help="Reach the application elsewhere, as in curl; repeatable.",
    ),
    click.option("--no-probe", is_flag=True, help="Send no request to the application itself."),
)


def output_options(command: Command) -> Command:
    """``--json FILE`` and the like, one for each format; ``-`` is standard output."""
    from grader.report.formats import FORMATS

    for form in reversed(tuple(FORMATS.values())):
        command = click.option(form.option, form.name, metavar="FILE", help=form.help)(command)
    return _stack(
        click.option("--html", metavar="FILE", help="Write the page here (default: reports/ACCOUNT.html)."),
        click.option("--no-html", is_flag=True, help="Write no page."),
        click.option("--pytest-html", metavar="FILE", help="Write pytest-html's report of the raw run."),
        click.option(
            "--bind", "binds", metavar="NOUN=ID", multiple=True, help="Grade this resource, such as vpc=vpc-0abc."
        ),
        click.option(
            "--fail-under", metavar="POINTS", type=Points(), help="Exit with 0 if the score is at least this."
        ),
    )(command)


def parsed_binds(binds: tuple[str, ...]) -> Mapping[str, str]:
    """``NOUN=ID`` options as a mapping; raises ``UsageError`` for another shape."""
    found = {}
    for bind in binds:
        noun, equals, identifier = bind.partition("=")
        if not equals or not noun or not identifier:
            raise UsageError(
                f"{bind!r} is not of the form NOUN=ID.", where="--bind", remedy="Write --bind vpc=vpc-0abc."
            )
        found[noun.replace("-", "_")] = identifier
    return found
