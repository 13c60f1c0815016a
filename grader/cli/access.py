"""``grader access``: how students let a TA read their accounts, and nothing else."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import click

from grader.cli.completion import FILE
from grader.cli.options import RubricOptions, rubric_options
from grader.errors import UsageError

_STUDENT = "<external id of the student>"


@click.command(
    "access",
    epilog="\b\nExample:\n  grader access --account 123456789012 --secret-file course.secret --student ada > role.json",
)
@rubric_options
@click.option("--account", required=True, metavar="ID", help="Your own account: the only one that may assume the role.")
@click.option("--secret-file", metavar="FILE", type=FILE, help="The course's secret, for deriving external ids.")
@click.option("--student", "students", metavar="ID", multiple=True, help="Print this student's command; repeatable.")
@click.option("--roster", metavar="FILE", type=FILE, help="Print command and link for each student in a roster.")
@click.option("--template-url", metavar="URL", help="Where you uploaded the template (S3): print console links.")
@click.option("--region", default="us-east-1", show_default=True, help="The region that the links open in.")
@click.option("--role-name", default="lab-grader", show_default=True, help="The name of the role.")
def access_command(
    rubric: RubricOptions, account: str, secret_file: str | None, students: tuple[str, ...], roster: str | None,
    template_url: str | None, region: str, role_name: str,
) -> int:  # fmt: skip
    """Print a CloudFormation template for a role that can read exactly what the rubric needs.

    The role trusts only your account and requires an external id that differs for each student. The template
    goes to standard output. The command that deploys it for each student goes to standard error.
    """
    from grader.calls.role_template import deploy_command, quick_create_link, role_template
    from grader.classes.external_ids import external_id, read_secret
    from grader.collect import policy_document
    from grader.rubric.needs import operations_for

    account = account.replace("-", "")
    if not re.fullmatch(r"\d{12}", account):
        raise UsageError(f"{account!r} is not a 12-digit account id.", where="--account")
    if not re.fullmatch(r"[\w+=,.@-]{1,64}", role_name):
        raise UsageError(f"{role_name!r} is not a valid role name.", where="--role-name")
    if template_url is not None and not re.fullmatch(r"https://\S+", template_url):
        raise UsageError(f"{template_url!r} is not an https URL.", where="--template-url")
    named = [*students, *_of_roster(roster)]
    if named and secret_file is None:
        raise UsageError("external ids are derived from a secret.", where="--secret-file", remedy="Name its file.")
    read = rubric.read()
    operations = operations_for(read.applicable(read.variant(rubric.variant)))
    if read.late is not None:
        from grader.class_run.plan import CHANGES

        operations |= {CHANGES}
    template: dict[str, Any] = role_template(policy_document(operations), account, role_name)
    click.echo(json.dumps(template, indent=2))
    secret = read_secret(Path(secret_file)) if secret_file else b""
    for student in named or [_STUDENT]:
        identifier = external_id(secret, student) if named else _STUDENT
        head = f"{student}: " if named else ""
        click.echo(f"{head}{deploy_command('role.json', identifier)}", err=True)
        if template_url is not None:
            click.echo(f"{head}{quick_create_link(template_url, identifier, region)}", err=True)
    role = f"'arn:aws:iam::{{account}}:role/{role_name}'"
    click.echo(f"Then: grader class ROSTER --role-arn {role} --secret-file FILE", err=True)
    return 0


def _of_roster(roster: str | None) -> list[str]:
    if roster is None:
        return []
    from grader.classes.roster import Pattern, read_roster

    return [student.id for student in read_roster(Path(roster), Pattern(may_lack=True)).students]
