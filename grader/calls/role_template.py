"""A CloudFormation template of a role that reads what a rubric needs and no more, trusted by one account only."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

ROLE = "lab-grader"
STACK = "lab-grader"


def role_template(policy: dict[str, Any], trusted_account: str, role: str = ROLE) -> dict[str, Any]:
    """The template: ``policy`` is that of the rubric, ``trusted_account`` the TA's. The external id is a parameter."""
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": {"Fn::Sub": f"arn:${{AWS::Partition}}:iam::{trusted_account}:root"}},
                "Action": "sts:AssumeRole",
                "Condition": {"StringEquals": {"sts:ExternalId": {"Ref": "ExternalId"}}},
            }
        ],
    }
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": f"Lets account {trusted_account} read what the lab is graded by. It can change nothing.",
        "Parameters": {
            "ExternalId": {
                "Type": "String",
                "MinLength": 8,
                "MaxLength": 1224,
                "AllowedPattern": r"[\w+=,.@:/-]*",
                "Description": "The external id that your course gave you; it is yours alone.",
            }
        },
        "Resources": {
            "GraderRole": {
                "Type": "AWS::IAM::Role",
                "Properties": {
                    "RoleName": role,
                    "Description": "Read-only, for grading a lab",
                    "MaxSessionDuration": 3600,
                    "AssumeRolePolicyDocument": trust,
                    "Policies": [{"PolicyName": "grader-reads", "PolicyDocument": policy}],
                },
            }
        },
        "Outputs": {"RoleArn": {"Description": "For the roster", "Value": {"Fn::GetAtt": ["GraderRole", "Arn"]}}},
    }


def deploy_command(template: str, external_id: str) -> str:
    """The command that makes the role, for the student to run."""
    return (
        f"aws cloudformation deploy --stack-name {STACK} --template-file {template} "
        f"--capabilities CAPABILITY_NAMED_IAM --parameter-overrides ExternalId={external_id}"
    )


def quick_create_link(template_url: str, external_id: str, region: str) -> str:
    """The console's page that makes the stack, with everything filled in.

    Source: AWS CloudFormation user guide, "Create quick-create links for stacks".
    """
    return (
        f"https://{region}.console.aws.amazon.com/cloudformation/home?region={region}#/stacks/create/review"
        f"?templateURL={quote(template_url, safe='')}&stackName={STACK}&param_ExternalId={quote(external_id, safe='')}"
    )
