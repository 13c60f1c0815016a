"""How answers are cut, and asked again with the AWS CLI."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from grader.evidence import Evidence, Question
from grader.report.page.answers import ROOM, Answers
from grader.report.page.console import command_for
from tests.cases import golden, grade_one

NAMES = Question("ec2.DescribeVpcs", "eu-west-1")


def answered(response: dict[str, object]) -> str:
    """The text of one answer."""
    answers = Answers(Evidence({"meta": {}, "calls": {NAMES.operation: {NAMES.region: {"": {"response": response}}}}}))
    answers.numbers([NAMES])
    return answers.all()[0].text


def test_an_uncut_answer_is_the_answer_as_yaml() -> None:
    """Read back as YAML, every answer of the golden account that was not cut is what AWS said."""
    evidence = Evidence(golden())
    answers = Answers(evidence)
    questions = [
        question for question in evidence if not question.operation.startswith(("logs.", "iam.GetCredentialReport"))
    ]
    answers.numbers(questions)
    whole = 0
    for answer in answers.all():
        question = next(
            q
            for q in questions
            if (q.operation, q.key) == (answer.operation, answer.key)
            and q.region in (answer.places.split(", ")[0] or "global")
        )
        entry = evidence.entry(question) or {}
        if "…" in answer.text:
            continue
        whole += 1
        assert yaml.load(answer.text, yaml.BaseLoader) == written(entry.get("response", entry)), question
    assert whole > 40


def written(value: object) -> object:
    """A value with every scalar as the text that YAML's base reader gives."""
    if isinstance(value, dict):
        return {name: written(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [written(inner) for inner in value]
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return str(value)


@pytest.mark.parametrize(
    "response",
    [
        {"Things": [{"Name": f"thing-{n}", "Inner": {"Value": list(range(50))}} for n in range(10_000)]},
        {f"Name{n}": "x" * 1000 for n in range(5000)},
        {"Text": "y" * 1_000_000},
    ],
    ids=["many", "wide", "long"],
)
def test_an_answer_of_any_size_has_a_short_text_that_says_that_it_was_cut(response: dict[str, object]) -> None:
    """What is left out is said to be."""
    text = answered(response)
    assert len(text) < 6000
    assert "…" in text


def test_answers_of_any_number_keep_within_their_room() -> None:
    """A thousand questions with long answers: the first are shown, the rest is counted."""
    asked = {f"Name={n}": {"response": {"Text": [{"Inner": "z" * 150, "Number": n}] * 100}} for n in range(1000)}
    answers = Answers(Evidence({"meta": {}, "calls": {"ec2.Describe": {"eu-west-1": asked}}}))
    for key in asked:
        answers.numbers([Question("ec2.Describe", "eu-west-1", key)])
    shown_answers = answers.all()
    assert sum(len(answer.text) for answer in shown_answers) < 2 * ROOM
    assert len(shown_answers) + answers.left_out == 1000


def test_regions_that_answered_alike_are_one_answer() -> None:
    """Seventeen regions without a repository are one line, which names how many."""
    calls: dict[str, Any] = {
        "ecr.DescribeRepositories": {f"region-{n}": {"": {"response": {"repositories": []}}} for n in range(17)}
    }
    answers = Answers(Evidence({"meta": {}, "calls": calls}))
    numbers = answers.numbers([Question("ecr.DescribeRepositories", f"region-{n}") for n in range(17)])
    assert numbers == (1,)
    assert answers.all()[0].places == "region-0, region-1, region-2 and 14 more regions"


@pytest.mark.parametrize(
    ("question", "command"),
    [
        (Question("ec2.DescribeVpcs", "eu-west-1"), "aws ec2 describe-vpcs --region eu-west-1"),
        (Question("s3.ListObjectsV2", "global", "Bucket=b"), "aws s3api list-objects-v2 --bucket b"),
        (
            Question("ecs.DescribeServices", "eu-west-1", "cluster=my cluster"),
            "aws ecs describe-services --region eu-west-1 --cluster 'my cluster'",
        ),
        (
            Question("elbv2.DescribeLoadBalancerAttributes", "eu-west-1", "LoadBalancerArn=arn:aws:x"),
            "aws elbv2 describe-load-balancer-attributes --region eu-west-1 --load-balancer-arn arn:aws:x",
        ),
    ],
)
def test_a_question_is_asked_again_with_the_aws_cli(question: Question, command: str) -> None:
    """For checks of a course's own the command follows from the question alone."""
    assert command_for(question) == command


def test_every_check_of_ours_has_a_guide() -> None:
    """No check of the lab leaves a student without a page to open and a command to type."""
    from grader.report.page.guides import GUIDES

    checks = [check for item in grade_one(golden()).result.items for check in item.checks]
    assert [check.id for check in checks if not any(guide.of in check.id for guide in GUIDES)] == []
    assert [guide.of for guide in GUIDES if not any(guide.of in check.id for check in checks)] == []
