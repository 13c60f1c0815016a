"""The nouns that checks take as arguments: each once, with the operations that it rests on and whether it is chosen.

Collecting asks only what the nouns of a rubric's checks need. A test runs every check over every kept case and
compares what it read with what is listed here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Noun:
    """One argument of checks.

    ``is_bound``: it is chosen among candidates, and ``--bind`` overrides the choice. ``is_of_set``: it differs with
    the candidate set that is graded.
    """

    name: str
    operations: tuple[str, ...]
    is_bound: bool = False
    is_of_set: bool = False


_COMMAND_LINE = (
    "sts.GetCallerIdentity", "iam.ListUsers", "iam.ListAccessKeys", "iam.GetAccessKeyLastUsed",
    "cloudtrail.LookupEvents",
)  # fmt: skip
_ADMINISTRATOR = (
    "iam.ListUsers", "iam.ListGroupsForUser", "iam.ListAttachedGroupPolicies", "iam.ListAttachedUserPolicies",
    "iam.ListMFADevices",
)  # fmt: skip
_BUDGETS = (
    "budgets.DescribeBudgets", "budgets.DescribeNotificationsForBudget", "budgets.DescribeSubscribersForNotification",
    "organizations.DescribeOrganization",
)  # fmt: skip
_BUCKETS = ("s3.ListBuckets", "s3.GetPublicAccessBlock", "s3control.GetPublicAccessBlock", "s3.ListObjectsV2")
_SERVICES = ("ecs.ListClusters", "ecs.DescribeClusters", "ecs.ListServices", "ecs.DescribeServices")
_TASKS = ("ecs.ListTaskDefinitions", "ecs.DescribeTaskDefinition")
_BALANCING = (
    "elbv2.DescribeLoadBalancers", "elbv2.DescribeTargetGroups", "elbv2.DescribeListeners", "elbv2.DescribeRules",
)  # fmt: skip
_HEALTH = "elbv2.DescribeTargetHealth"
_NETWORK = (
    "ec2.DescribeVpcs", "ec2.DescribeSubnets", "ec2.DescribeRouteTables", "ec2.DescribeInternetGateways",
    "ec2.DescribeNatGateways", "ec2.DescribeSecurityGroups",
)  # fmt: skip
# A candidate set is a VPC with what is in it: whoever takes a part of it rests on how the set was found.
_SET = (*_NETWORK, *_BALANCING, *_SERVICES, _HEALTH)
_LOGS = ("logs.DescribeLogGroups", "logs.DescribeLogStreams", "logs.FilterLogEvents")
_METRICS = ("cloudwatch.ListMetrics", "cloudwatch.GetMetricStatistics")
_IMAGES = ("ecr.DescribeRepositories", "ecr.DescribeImages")

NOUNS: Mapping[str, Noun] = {
    noun.name: noun
    for noun in (
        Noun("root_user", ("iam.GetAccountSummary", "iam.ListVirtualMFADevices")),
        Noun("administrator", _ADMINISTRATOR),
        Noun("account_alias", ("iam.ListAccountAliases",)),
        Noun("command_line", _COMMAND_LINE),
        Noun("budgets", _BUDGETS),
        Noun("bucket", (*_BUCKETS, *_SET, *_TASKS), is_bound=True, is_of_set=True),
        Noun("repository", (*_IMAGES, *_SET, *_TASKS), is_bound=True, is_of_set=True),
        Noun("docker_login", (*_IMAGES, "cloudtrail.LookupEvents")),
        Noun("vpc", _SET, is_bound=True, is_of_set=True),
        Noun("security_groups", _SET, is_of_set=True),
        Noun("load_balancer", _SET, is_bound=True, is_of_set=True),
        Noun("target_group", _SET, is_bound=True, is_of_set=True),
        Noun("target_groups", ("elbv2.DescribeTargetGroups",)),
        Noun("cluster", _SET, is_bound=True, is_of_set=True),
        Noun("task_definition", (*_SET, *_TASKS), is_bound=True, is_of_set=True),
        Noun("service", _SET, is_bound=True, is_of_set=True),
        Noun(
            "application",
            (*_SET, *_TASKS, *_LOGS, *_METRICS, "s3.ListBuckets"),
            is_of_set=True,
        ),
    )
}
"""Every noun by name, in the order of the handout."""

BOUND: tuple[str, ...] = tuple(noun.name for noun in NOUNS.values() if noun.is_bound)
"""The nouns that ``--bind`` takes."""


def same_for_every_set(arguments: Iterable[str]) -> bool:
    """Whether a check with these arguments says the same of every candidate set of an account."""
    return all(name in NOUNS and not NOUNS[name].is_of_set for name in arguments)
