"""A course that checks the types of its own checks gets those of the package, as somebody has it who installed it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.packaging.conftest import TOP, Installation

EXAMPLE = re.compile(r"^```python\n# (\w+\.py)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
SHOWN = dict(EXAMPLE.findall((TOP / "docs" / "rubrics.md").read_text("utf-8")))
"""The check modules that docs/rubrics.md shows, by their names."""

COURSE = '''
from grader.evidence import Evidence, Question, Refusal, RefusalKind, load_evidence
from grader.model.findings import Finding, every
from grader.model.vpcs import Vpc
from grader.rubric import Item, Rubric, load_rubric, open_rubric


def test_every_public_subnet_is_named(vpc: Vpc) -> None:
    assert every(vpc.public_subnets, lambda subnet: Finding(bool(subnet.name), f"{subnet!r}", "a name"))


def test_the_account_was_asked(evidence: Evidence) -> None:
    region: str = evidence.answer("ec2.DescribeVpcs", "eu-west-1").each("Vpcs")[0].text("VpcId")
    assert Finding(Question("ec2.DescribeVpcs", "eu-west-1") in set(evidence), region)
'''


def mypy(installation: Installation, folder: Path, name: str, text: str) -> str:
    """What ``mypy --strict`` says about a module away from the tree."""
    (folder / name).write_text(text, "utf-8")
    python = str(installation.programs / "python")
    command = [sys.executable, "-m", "mypy", "--strict", "--python-executable", python, name]
    return subprocess.run(command, cwd=folder, capture_output=True, encoding="utf-8", check=False).stdout


@pytest.mark.slow
class TestACourseWithTypes:
    """Its checks beside its rubric, and the wheel in its environment."""

    def test_the_examples_of_the_readme_are_clean(self, installed_with_demo: Installation, tmp_path: Path) -> None:
        """What we tell a course to write passes the strictest settings."""
        assert SHOWN
        for name, text in SHOWN.items():
            assert mypy(installed_with_demo, tmp_path, name, text) == "Success: no issues found in 1 source file\n"

    def test_what_courses_import_has_types(self, installed_with_demo: Installation, tmp_path: Path) -> None:
        """Model, evidence and rubric are imported from where they have always been, with their types."""
        assert mypy(installed_with_demo, tmp_path, "check_own.py", COURSE).startswith("Success")

    def test_a_mistake_is_found(self, installed_with_demo: Installation, tmp_path: Path) -> None:
        """The package is not taken to be without types: a word that the model does not have is an error."""
        wrong = COURSE.replace("vpc.public_subnets", "vpc.subnet_list").replace("region: str", "region: int")
        said = mypy(installed_with_demo, tmp_path, "check_wrong.py", wrong)
        assert '"Vpc" has no attribute "subnet_list"' in said
        assert 'expression has type "str", variable has type "int"' in said
