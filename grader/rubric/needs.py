"""Which questions a check needs: by the nouns that it takes as arguments.

Collecting asks only these. A test runs every check over every kept case and compares what it read with what stands
here. A check that takes something which is not ours (a fixture of a course) may read anything, so everything is
asked for it.
"""

from __future__ import annotations

from collections.abc import Iterable

from grader.calls.table import CALLS
from grader.rubric.scheme import CheckRow, Item

_IDENTITY = (
    "sts.GetCallerIdentity", "iam.ListUsers", "iam.ListAccessKeys", "iam.GetAccessKeyLastUsed",
    "cloudtrail.LookupEvents",
)  # fmt: skip
_ADMINISTRATOR = (
    "iam.ListUsers", "iam.ListGroupsForUser", "iam.ListAttachedGroupPolicies", "iam.ListAttachedUserPolicies",
    "iam.ListMFADevices",
)  # fmt: skip
_BUDGETS = (
    "budgets.DescribeBudgets", "budgets.DescribeNotificationsForBudget", "budgets.DescribeSubscribersForNotification",
)  # fmt: skip
_BUCKETS = ("s3.ListBuckets", "s3.GetPublicAccessBlock", "s3control.GetPublicAccessBlock", "s3.ListObjectsV2")
_SERVICES = ("ecs.ListClusters", "ecs.DescribeClusters", "ecs.ListServices", "ecs.DescribeServices")
_TASKS = ("ecs.ListTaskDefinitions", "ecs.DescribeTaskDefinition")
_BALANCING = (
    "elbv2.DescribeLoadBalancers", "elbv2.DescribeTargetGroups", "elbv2.DescribeListeners", "elbv2.DescribeRules",
)  # fmt: skip
_NETWORK = (
    "ec2.DescribeVpcs", "ec2.DescribeSubnets", "ec2.DescribeRouteTables", "ec2.DescribeInternetGateways",
    "ec2.DescribeNatGateways", "ec2.DescribeSecurityGroups",
)  # fmt: skip
# Choosing the VPC, the service or the load balancer looks at how they fit together.
_LAB = (*_NETWORK, *_BALANCING, *_SERVICES)
_LOGS = ("logs.DescribeLogGroups", "logs.DescribeLogStreams", "logs.FilterLogEvents")
_METRICS = ("cloudwatch.ListMetrics", "cloudwatch.GetMetricStatistics")
_IMAGES = ("ecr.DescribeRepositories", "ecr.DescribeImages")

NEEDS: dict[str, tuple[str, ...]] = {
    "root_user": ("iam.GetAccountSummary", "iam.ListVirtualMFADevices"),
    "administrator": _ADMINISTRATOR,
    "account_alias": ("iam.ListAccountAliases",),
    "command_line": _IDENTITY,
    "budgets": _BUDGETS,
    "bucket": (*_BUCKETS, *_LAB, *_TASKS),
    "repository": (*_IMAGES, *_LAB, *_TASKS),
    "docker_login": (*_IMAGES, "cloudtrail.LookupEvents"),
    "vpc": _LAB,
    "security_groups": _LAB,
    "load_balancer": _LAB,
    "target_group": (*_LAB, "elbv2.DescribeTargetHealth"),
    "target_groups": ("elbv2.DescribeTargetGroups",),
    "cluster": _LAB,
    "service": _LAB,
    "task_definition": (*_LAB, *_TASKS),
    "application": (*_LAB, *_TASKS, "elbv2.DescribeTargetHealth", *_LOGS, *_METRICS, "s3.ListBuckets"),
}  # fmt: skip


def operations_of(row: CheckRow) -> frozenset[str]:
    """The operations (``service.Operation``) whose answers a row of the rubric rests on."""
    if row.operation:
        return frozenset({row.operation})
    given = {name for name, _ in row.parameters}
    nouns = [name for name in row.function.arguments if name not in given]
    if not all(name in NEEDS for name in nouns):
        return frozenset(call.operation for call in CALLS)
    return frozenset(operation for name in nouns for operation in NEEDS[name])


def operations_for(items: Iterable[Item]) -> frozenset[str]:
    """The operations that some items need."""
    return frozenset(operation for item in items for row in item.checks for operation in operations_of(row))
