"""The tools for authors: a first draft, trying a row, testing a rubric, and what can be asked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from grader.cli.commands import cli
from grader.grading.selftest import self_test
from grader.rubric import open_rubric
from grader.rubric.bundled import lint_rubric
from tests.labs.conftest import EXAMPLES, Emulator, graded, rubric_of
from tests.things.lab import ITEMS, THINGS, account, rubric, vpc, web

RIGHT = account({"us-east-1": ([vpc(1)], [web(1, 1)])})


def run(*arguments: str) -> tuple[Any, str]:
    """What a command gives and prints."""
    done = CliRunner().invoke(cli, list(arguments), standalone_mode=False, catch_exceptions=False)
    return done.return_value, done.stdout


@pytest.fixture
def right(tmp_path: Path) -> str:
    """A file with the evidence of a correct account."""
    file = tmp_path / "right.json"
    file.write_text(json.dumps(RIGHT), encoding="utf-8")
    return str(file)


def test_a_good_rubric_passes(tmp_path: Path) -> None:
    """Every row is lost by some change, none by a refusal, and none is earned by an empty account."""
    result = self_test(rubric(tmp_path), RIGHT)
    assert result.is_fine
    assert result.tried > 30
    assert "ec2.DescribeInstances: Reservations[].Instances[].State.Name" in result.unnoticed
    assert "ec2.DescribeInstances: Reservations[].Instances[].InstanceType" not in result.unnoticed


def test_a_row_that_nothing_can_lose_is_told(tmp_path: Path) -> None:
    """A row that holds of everything is deaf, and one that does not hold of the correct account is told too."""
    items = '\n  - {id: "1", title: t, of: vpc, expect: {CidrBlock: {not: 10.9.0.0/16}}}\n'
    loose = "\n  vpc: {get: ec2.DescribeVpcs}\n"
    result = self_test(rubric(tmp_path, loose, items), RIGHT)
    assert (result.deaf, result.free) == (["1 t"], ["1 t"])
    wrong = self_test(rubric(tmp_path, items=ITEMS.replace("10.0.0.0/16", "10.9.0.0/16")), RIGHT)
    assert wrong.not_passed == ["1 a VPC"]


def test_selftest_says_what_is_wrong(tmp_path: Path, right: str) -> None:
    """The command ends with 0 for a rubric that is fine, and with 1 for another."""
    rubric(tmp_path)
    code, said = run("selftest", str(tmp_path / "rubric.yaml"), right)
    assert code == 0, said
    rubric(
        tmp_path, "\n  vpc: {get: ec2.DescribeVpcs}\n", '\n  - {id: "1", title: t, of: vpc, expect: {A: {not: 1}}}\n'
    )
    code, said = run("selftest", str(tmp_path / "rubric.yaml"), right)
    assert code == 1
    assert "Rows that pass on an empty account:\n  1 t" in said


def test_try_shows_each_step(tmp_path: Path, right: str) -> None:
    """Each thing that was found, each condition of it, and the value at each step of a path are shown."""
    rubric(tmp_path, THINGS, ITEMS.replace("t3.micro", "t3.nano"))
    code, said = run("try", str(tmp_path / "rubric.yaml"), "2", right)
    assert code == 0
    for part in (
        "vpc: ec2.DescribeVpcs, Vpcs[?!IsDefault]",
        '+ tag:Name is "web"',
        "taken: instance web (i-1)",
        'InstanceType = "t3.micro"',
        "- t3.nano",
        "2 a server: failed",
    ):
        assert part in said
    assert "UserData = " in run("try", str(tmp_path / "rubric.yaml"), "3", right)[1]


@pytest.mark.parametrize("lab", ["web-server", "file-processing", "queue-workers", "private-database", "static-site"])
def test_a_draft_is_passed_by_its_own_account_and_not_by_a_wrong_one(
    emulator: Emulator, lab: str, tmp_path: Path
) -> None:
    """A draft has no mistakes, its account earns all of it, and one with mistakes does not."""
    emulator.build(lab, "right")
    own = rubric_of(lab)
    kept = tmp_path / "right.json"
    kept.write_text(json.dumps(emulator.collect(own, probe=False)), encoding="utf-8")
    code, text = run("new", "--from", str(kept))
    assert code == 0
    file = tmp_path / "draft.yaml"
    file.write_text(text, encoding="utf-8")
    assert [str(mistake) for mistake in lint_rubric(file)[0]] == []
    draft = open_rubric(file)
    result = graded(draft, json.loads(kept.read_text(encoding="utf-8"))).result
    assert [item.id for item in result.items if item.lost] == []
    assert result.score > 0
    emulator.build(lab, "wrong")
    assert graded(draft, emulator.collect(draft)).result.lost > 0


def test_a_draft_of_services_can_be_collected(tmp_path: Path) -> None:
    """Each service that a draft knows gives things without a mistake."""
    from grader.rubric.starters import STARTERS

    code, text = run("new", "--services", ",".join(STARTERS))
    assert code == 0
    (tmp_path / "draft.yaml").write_text(text, encoding="utf-8")
    assert [str(mistake) for mistake in lint_rubric(tmp_path / "draft.yaml")[0]] == []


def test_operations_lists_what_can_be_asked() -> None:
    """Services, operations with what they need, and the members of an answer as paths; and why others are refused."""
    assert "ec2 " in run("operations")[1]
    said = run("operations", "sqs")[1]
    assert "sqs.GetQueueAttributes(QueueUrl)" in said
    assert "sqs.ReceiveMessage: it takes messages out of the queue" in said
    said = run("operations", "ec2.DescribeVpcs")[1]
    assert "Vpcs[].CidrBlock: text" in said
    assert "allowed by ec2:DescribeVpcs" in said


@pytest.mark.slow
@pytest.mark.parametrize("lab", sorted(folder.name for folder in EXAMPLES.iterdir() if folder.is_dir()))
def test_the_examples_pass_their_own_test(emulator: Emulator, lab: str) -> None:
    """No row of an example is free, deaf, or charged for a refusal."""
    emulator.build(lab, "right")
    own = rubric_of(lab)
    document = emulator.collect(own, probe=False)
    for operation in [name for name in document["calls"] if name.startswith("http.")]:
        page = {"status": 200, "headers": {"content-type": "text/html"}, "body": "Hello", "ms": 1}
        document["calls"][operation] = {
            region: {key: {"response": page} for key in keys} for region, keys in document["calls"][operation].items()
        }
    result = self_test(own, document)
    assert result.is_fine, (result.not_passed, result.free, result.deaf, result.charged, result.broken)
