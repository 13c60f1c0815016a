"""Which IAM action an operation needs. Mostly ``service:Operation``; the exceptions are AWS's own.

Source: the service authorization reference; for ``budgets:ViewBudget``, what AWS names when it refuses.
"""

from __future__ import annotations

_PREFIXES = {"elbv2": "elasticloadbalancing", "s3control": "s3"}

_ACTIONS = {
    "budgets.DescribeBudgets": "budgets:ViewBudget",
    "budgets.DescribeBudgetNotificationsForAccount": "budgets:ViewBudget",
    "budgets.DescribeNotificationsForBudget": "budgets:ViewBudget",
    "budgets.DescribeSubscribersForNotification": "budgets:ViewBudget",
    "s3.GetBucketEncryption": "s3:GetEncryptionConfiguration",
    "s3.GetPublicAccessBlock": "s3:GetBucketPublicAccessBlock",
    "s3.HeadBucket": "s3:ListBucket",
    "s3.ListBuckets": "s3:ListAllMyBuckets",
    "s3.ListObjectVersions": "s3:ListBucketVersions",
    "s3.ListObjectsV2": "s3:ListBucket",
    "s3control.GetPublicAccessBlock": "s3:GetAccountPublicAccessBlock",
}


def iam_action(operation: str) -> str:
    """The IAM action that allows ``operation`` (``service.Operation``): ``s3:ListAllMyBuckets``."""
    if operation in _ACTIONS:
        return _ACTIONS[operation]
    service, _, name = operation.partition(".")
    return f"{_PREFIXES.get(service, service)}:{name}"
