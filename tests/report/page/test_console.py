"""The console pages and commands that are offered: the right resource, and a command that would work."""

from __future__ import annotations

import shlex

import botocore.session
import pytest
from botocore import xform_name
from botocore.model import ServiceModel

from grader.grading.results import Outcome
from grader.report.page.console import Console
from grader.report.page.guides import GUIDES, Guide
from tests.cases import grade_one, patched

SERVICES = {"s3api": "s3"}
"""The AWS CLI's names of services where they are not botocore's."""


def offered(case: str) -> list[str]:
    """The commands that mend what failed in a case."""
    graded = grade_one(patched(case))
    console = Console(graded)
    failed = [check for item in graded.result.items for check in item.checks if check.outcome is Outcome.FAILED]
    return [console.help(check).fix for check in failed]


@pytest.mark.parametrize(
    ("case", "words"),
    [
        ("M182", "aws elbv2 modify-listener --region eu-west-1 --listener-arn"),
        ("M179", "aws elbv2 create-listener --region eu-west-1 --load-balancer-arn"),
        ("M100", "aws ec2 create-route --region eu-west-1 --route-table-id rtb-0c1111111111111c1"),
        ("M101", "aws ec2 replace-route --region eu-west-1 --route-table-id rtb-0c1111111111111c1"),
        ("M102", "aws ec2 associate-route-table --region eu-west-1 --route-table-id rtb-0c1111111111111c1"
                 " --subnet-id subnet-0a2222222222222a2"),
        ("M112", "aws ec2 associate-route-table --region eu-west-1 --route-table-id rtb-0c2222222222222c2"),
        ("M125", "aws ec2 create-route --region eu-west-1 --route-table-id rtb-0c2222222222222c2"),
        ("M127", "aws ec2 replace-route --region eu-west-1 --route-table-id rtb-0c2222222222222c2"),
        ("M087", "aws ec2 attach-internet-gateway --region eu-west-1 --vpc-id vpc-0a1b2c3d4e5f60718"
                 " --internet-gateway-id igw-0d1111111111111d1"),
        ("M141", "aws ec2 authorize-security-group-ingress --region eu-west-1 --group-id sg-0f1111111111111f1"),
        ("M155", "aws ec2 revoke-security-group-ingress --region eu-west-1 --group-id sg-0f2222222222222f2"),
        ("M174", "aws elbv2 modify-target-group --region eu-west-1 --target-group-arn arn:aws:elasticloadbalancing"),
        ("M235", "aws ecs update-service --region eu-west-1 --cluster sentiment-app-cluster"
                 " --service sentiment-app-service --desired-count 1"),
        ("M042", "aws s3api put-public-access-block --bucket mlops-lab-sentiment-7f3a"),
    ],
)  # fmt: skip
def test_the_command_mends_what_is_there_and_makes_what_is_not(case: str, words: str) -> None:
    """What exists is changed, what does not is created, each by its own id in its own region."""
    assert any(command.startswith(words) for command in offered(case)), offered(case)


@pytest.mark.parametrize("case", ["M060", "M080", "M128", "M187", "M201", "M241"])
def test_every_command_is_words_for_a_shell(case: str) -> None:
    """Whatever is missing, a command has no empty places, and a shell can read it."""
    for command in offered(case):
        assert "{" not in command.replace("[{", "").replace("{Key=", "").replace("{CidrIp=", "")
        assert all(shlex.split(command.partition("|")[0])) or not command


GLOBAL_OPTIONS = {"--region", "--query", "--output"}
OF_THE_CLI_ALONE = {"--protocol", "--port", "--cidr", "--source-group"}
"""Shorthand of the security group commands, which the AWS CLI adds to the API's parameters."""


@pytest.mark.parametrize("guide", GUIDES, ids=[guide.of for guide in GUIDES])
def test_commands_are_operations_and_options_that_aws_has(guide: Guide) -> None:
    """Against botocore's service models: no command is invented, and no option of one is."""
    loader = botocore.session.get_session().get_component("data_loader")
    for command in (guide.show, *guide.fixes):
        words = command.partition("|")[0].split()
        if words[0] != "aws" or words[1] == "s3" or words[2] == "get-login-password":
            continue
        model = ServiceModel(loader.load_service_model(SERVICES.get(words[1], words[1]), "service-2"))
        operations = {xform_name(name, "-"): name for name in model.operation_names}
        assert words[2] in operations, command
        shape = model.operation_model(operations[words[2]]).input_shape
        members = {f"--{xform_name(name, '-')}" for name in (shape.members if shape else ())}
        options = {word for word in words if word.startswith("--")} - GLOBAL_OPTIONS - OF_THE_CLI_ALONE
        assert options <= members, command
