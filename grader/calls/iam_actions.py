"""Which IAM action an operation needs. Mostly ``service:Operation``; the exceptions are AWS's own.

Source: the service authorization reference; for ``budgets:ViewBudget``, what AWS names when it refuses.
"""

from __future__ import annotations

_PREFIXES = {"elbv2": "elasticloadbalancing", "s3control": "s3"}

EXCEPTIONS = {
    "budgets.DescribeBudget": "budgets:ViewBudget",
    "budgets.DescribeBudgetPerformanceHistory": "budgets:ViewBudget",
    "budgets.DescribeBudgets": "budgets:ViewBudget",
    "budgets.DescribeBudgetNotificationsForAccount": "budgets:ViewBudget",
    "budgets.DescribeNotificationsForBudget": "budgets:ViewBudget",
    "budgets.DescribeSubscribersForNotification": "budgets:ViewBudget",
    "s3.GetBucketEncryption": "s3:GetEncryptionConfiguration",
    "s3.GetPublicAccessBlock": "s3:GetBucketPublicAccessBlock",
    "s3.HeadBucket": "s3:ListBucket",
    "s3.ListBucketAnalyticsConfigurations": "s3:GetAnalyticsConfiguration",
    "s3.ListBucketIntelligentTieringConfigurations": "s3:GetIntelligentTieringConfiguration",
    "s3.ListBucketInventoryConfigurations": "s3:GetInventoryConfiguration",
    "s3.ListBucketMetricsConfigurations": "s3:GetMetricsConfiguration",
    "s3.ListBuckets": "s3:ListAllMyBuckets",
    "s3.ListObjects": "s3:ListBucket",
    "s3.ListObjectVersions": "s3:ListBucketVersions",
    "s3.ListObjectsV2": "s3:ListBucket",
    "s3control.GetPublicAccessBlock": "s3:GetAccountPublicAccessBlock",
}
"""Operations whose action is called otherwise."""

_OF_THE_LAB = frozenset(
    {
        "account", "budgets", "cloudtrail", "cloudwatch", "ec2", "ecr", "ecs", "elbv2", "iam", "logs", "organizations",
        "sts",
    }
)  # fmt: skip
"""Services whose actions are called as their operations, but for the exceptions above."""


def iam_action(operation: str) -> str:
    """The IAM action that allows ``operation`` (``service.Operation``): ``s3:ListAllMyBuckets``."""
    if operation in EXCEPTIONS:
        return EXCEPTIONS[operation]
    service, _, name = operation.partition(".")
    if service not in _OF_THE_LAB:
        # Only another lab's rubric asks these: the file of all operations is not read for ours.
        from grader.calls.operations import reading_operations

        known = reading_operations().get(operation)
        if known:
            return known
    return f"{_PREFIXES.get(service, service)}:{name}"
