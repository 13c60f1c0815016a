"""What can be known without an account: help for every command, quickly."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.cli.conftest import Run

COMMANDS = ("check", "collect", "grade", "diff", "policy", "lint", "demo", "class", "access")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(run: Run, command: str) -> None:
    """--help shows an example, and ends well."""
    ran = run(command, "--help")
    assert ran.code == 0
    assert f"grader {command}" in ran.output.partition("Example")[2]


def test_help_names_every_command_and_exit_code(run: Run) -> None:
    """The first thing that anybody sees names all commands and what their exit codes mean."""
    ran = run("--help")
    assert all(command in ran.output for command in COMMANDS)
    assert all(f"  {code}  " in ran.output for code in range(5))


def test_help_loads_nothing_that_it_does_not_need() -> None:
    """Neither botocore nor pytest nor Jinja2 is imported to print help."""
    code = (
        "import sys\nfrom grader.cli.commands import main\nsys.argv = ['grader', '--help']\n"
        "try:\n    main(['--help'])\nexcept SystemExit:\n    pass\n"
        "heavy = {'botocore', 'boto3', 'pytest', 'jinja2', 'httpx', 'jmespath', 'yaml'} & set(sys.modules)\n"
        "sys.exit(f'loaded {heavy}' if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
