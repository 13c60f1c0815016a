# ruff: noqa: E501 - a table of sentences reads best with one in a line
"""What both tools are asked, in which states of the account, and why they differ where they do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Question:
    """One question: Prowler's check, what of its findings is about the lab, and the checks of ours that answer it."""

    words: str
    prowler: str
    ours: tuple[str, ...]
    about: str = ""
    """What the finding's text names, where Prowler speaks of other resources as well."""


QUESTIONS = (
    Question("The root user has MFA", "iam_root_mfa_enabled", ("test_the_root_user_has_mfa",)),
    Question("The administrator has MFA", "iam_user_mfa_enabled_console_access", ("test_the_administrator_has_mfa",)),
    Question(
        "Rights come from a group, not from the user",
        "iam_policy_attached_only_to_group_or_roles",
        ("test_the_permissions_come_from_a_group",),
    ),
    Question(
        "The bucket blocks public access",
        "s3_bucket_level_public_access_block",
        ("test_the_bucket_is_private",),
        "mlops-lab-sentiment",
    ),
    Question(
        "The repository is private",
        "ecr_repositories_not_publicly_accessible",
        ("test_there_is_a_private_repository",),
        "sentiment-app",
    ),
    Question(
        "Subnets are in two zones",
        "vpc_subnet_different_az",
        ("test_public_subnets_are_in_two_zones", "test_private_subnets_are_in_two_zones"),
        "sentiment-app-vpc",
    ),
    Question(
        "There are public and private subnets, by their routes",
        "vpc_subnet_separate_private_public",
        (
            "test_public_subnets_route_to_the_internet_gateway",
            "test_private_subnets_have_a_private_route_table",
            "test_private_subnets_are_in_two_zones",
        ),
        "sentiment-app-vpc",
    ),
    Question(
        "The tasks' security group keeps the world out",
        "ec2_securitygroup_allow_ingress_from_internet_to_any_port",
        ("test_the_resource_group_does_not_open_the_port_to_the_world",),
        "resource-sg",
    ),
    Question(
        "The load balancer is internet-facing",
        "elbv2_internet_facing",
        ("test_the_load_balancer_is_internet_facing",),
        "sentiment-app-alb",
    ),
    Question(
        "The load balancer is in two zones",
        "elbv2_is_in_multiple_az",
        ("test_the_load_balancer_is_in_public_subnets_of_two_zones",),
        "sentiment-app-alb",
    ),
    Question(
        "The load balancer has a listener",
        "elbv2_listeners_underneath",
        ("test_the_front_port_is_forwarded_to_the_target_group",),
        "sentiment-app-alb",
    ),
    Question(
        "The tasks have no public address",
        "ecs_service_no_assign_public_ip",
        ("test_the_service_is_in_private_subnets",),
        "sentiment-app-service",
    ),
    Question(
        "The container's log goes to CloudWatch",
        "ecs_task_definitions_logging_enabled",
        ("test_the_container_sends_its_logs_to_cloudwatch",),
        "sentiment-app-task",
    ),
)

STATES: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = (
    ("the lab as the handout has it", (), ()),
    *((fault, (fault,), ()) for fault in (
        "root-without-mfa", "admin-without-mfa", "admin-outside-the-group", "policy-on-the-user",
        "bucket-public-access", "repository-empty", "everything-in-default-vpc", "one-private-subnet",
        "igw-detached", "public-route-missing", "private-table-unassociated", "nat-deleted",
        "security-group-80-closed", "security-group-open-8000", "alb-internal", "listener-missing", "alb-deleted",
        "cluster-deleted", "service-in-public-subnets", "service-with-default-group",
    )),
    *((f"refused: {action}", (), (action,)) for action in (
        "iam:GetAccountSummary", "iam:GetCredentialReport", "iam:ListMFADevices", "iam:ListAttachedUserPolicies",
        "s3:GetBucketPublicAccessBlock", "ecr:DescribeRepositories", "ec2:DescribeSubnets", "ec2:DescribeRouteTables",
        "ec2:DescribeSecurityGroups", "ec2:DescribeNetworkInterfaces", "elasticloadbalancing:DescribeLoadBalancers",
        "elasticloadbalancing:DescribeListeners", "ecs:DescribeServices", "ecs:DescribeTaskDefinition",
    )),
)  # fmt: skip
"""Name, faults and refused actions of each state. Faults of which Prowler has no question are left out."""

_SILENT = "A request was refused, so nobody can know. The grader says so and names the permission; Prowler leaves the line out."
_TEXT = {
    "The root user has MFA": {
        "": "The grader. Prowler speaks of the root user only where the credential report says that it has a password; "
        "AWS may write `not_supported` there. The account summary tells it.",
    },
    "The administrator has MFA": {
        "admin-outside-the-group": "Both, of two things. Prowler means every user with a password; the step means the "
        "user who is an administrator, and nobody is.",
        "refused: iam:GetCredentialReport": "The grader: it asks for the user's devices, and needs no report.",
        "refused: iam:ListMFADevices": "Both. Prowler takes it from the credential report, which is up to four hours "
        "old; the grader does not rest a point on that.",
    },
    "Rights come from a group, not from the user": {
        "admin-outside-the-group": "Both, of two things. No policy is on the user; but no right comes from a group "
        "either, which is what the step asks for.",
    },
    "The bucket blocks public access": {"refused: s3:GetBucketPublicAccessBlock": _SILENT},
    "The repository is private": {"refused: ecr:DescribeRepositories": _SILENT},
    "Subnets are in two zones": {
        "everything-in-default-vpc": "The grader: the subnets are there. Prowler leaves the default VPC out.",
        "one-private-subnet": "The grader. Prowler counts zones over all subnets; the step wants two private ones.",
        "refused: ec2:DescribeRouteTables": "The grader: zones need no routes. Prowler lost the subnets with the routes.",
        "refused: ec2:DescribeSubnets": "The grader: nobody can know. Prowler makes a failure of the refusal.",
        "refused: ec2:DescribeNetworkInterfaces": "The grader: zones need no interfaces. Prowler says nothing of a VPC "
        "in which it sees nothing in use.",
    },
    "There are public and private subnets, by their routes": {
        "everything-in-default-vpc": "The grader: the subnets are there. Prowler leaves the default VPC out.",
        "one-private-subnet": "The grader. One private subnet is enough for Prowler; the step wants two.",
        "refused: ec2:DescribeRouteTables": "The grader: nobody can know. Prowler makes a failure of the refusal.",
        "refused: ec2:DescribeSubnets": "The grader: nobody can know. Prowler makes a failure of the refusal.",
        "refused: ec2:DescribeNetworkInterfaces": "The grader: routes need no interfaces. Prowler says nothing of a VPC "
        "in which it sees nothing in use.",
    },
    "The tasks' security group keeps the world out": {
        "cluster-deleted": "The grader: the group is there, and closed. Prowler leaves out a group that nothing uses.",
        "service-with-default-group": "The grader: the group is there, and closed. Prowler leaves out a group that "
        "nothing uses.",
        "refused: ec2:DescribeSecurityGroups": _SILENT,
        "refused: ec2:DescribeNetworkInterfaces": "The grader: the group's rules need no interfaces. Prowler cannot see "
        "that the group is used.",
    },
    "The load balancer is internet-facing": {
        "alb-internal": "Both, of two things. To Prowler an internal load balancer is as good; the step wants one that "
        "the internet reaches.",
        "alb-deleted": "The grader: what does not exist is not done. Prowler speaks of what exists.",
        "refused: elasticloadbalancing:DescribeLoadBalancers": _SILENT,
    },
    "The load balancer is in two zones": {
        "alb-deleted": "The grader: what does not exist is not done. Prowler speaks of what exists.",
        "refused: ec2:DescribeSubnets": "Both, of two things. The load balancer's own answer names its zones; the step "
        "wants public subnets as well, and those nobody can know.",
        "refused: elasticloadbalancing:DescribeLoadBalancers": _SILENT,
    },
    "The load balancer has a listener": {
        "alb-deleted": "The grader: what does not exist is not done. Prowler speaks of what exists.",
        "refused: elasticloadbalancing:DescribeLoadBalancers": _SILENT,
        "refused: elasticloadbalancing:DescribeListeners": "The grader: nobody can know. Prowler makes a failure of the "
        "refusal.",
    },
    "The tasks have no public address": {
        "cluster-deleted": "The grader: what does not exist is not done. Prowler speaks of what exists.",
        "service-in-public-subnets": "Both, of two things. The service gives no public address; the step wants private "
        "subnets.",
        "refused: ec2:DescribeSubnets": "Both, of two things. The service gives no public address; whether its subnets "
        "are private nobody can know.",
        "refused: ecs:DescribeServices": _SILENT,
    },
    "The container's log goes to CloudWatch": {"refused: ecs:DescribeTaskDefinition": _SILENT},
}
WHY: Mapping[tuple[str, str], str] = {
    (question, state): text for question, states in _TEXT.items() for state, text in states.items()
}
"""Who is right and why, by question and state; with an empty state, in all that have no text of their own."""
