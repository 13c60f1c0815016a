"""Budgets: states of notifications, their subscribers, filters in both forms."""

from __future__ import annotations

from typing import Any

from moto.budgets import models
from moto.budgets.models import budgets_backends

from ..errors import AwsError
from ..gateway import Answer, Call
from .patches import Patches


def apply(patches: Patches) -> None:
    # Moto leaves out what AWS fills in: the state, and the unit of the threshold.
    patches.wrap(models.Notification, "__init__", _with_state)
    # Moto leaves out the empty mapping of filters.
    patches.wrap(models.Budget, "to_dict", _with_filters)
    # Moto fails where the budget is not there.
    patches.replace(models.BudgetsBackend, "describe_notifications_for_budget", _notifications)


def _with_state(original: Any) -> Any:
    def initialize(notification: Any, details: dict[str, Any], subscribers: list[dict[str, str]]) -> None:
        original(notification, {"ThresholdType": "PERCENTAGE", "NotificationState": "OK", **details}, subscribers)

    return initialize


def _with_filters(original: Any) -> Any:
    def to_dict(budget: Any) -> dict[str, Any]:
        described: dict[str, Any] = original(budget)
        described.setdefault("CostFilters", {})
        return described

    return to_dict


def _listed(call: Call) -> dict[str, Any]:
    """AWS shows a FilterExpression only to who asks for it, and leaves `Budgets` out where there is none."""
    wants_filters = bool(call.parameters().get("ShowFilterExpression"))
    listed = []
    for budget in budgets_backends[call.account]["aws"].budgets[call.account].values():
        described = budget.to_dict()
        if not wants_filters:
            described.pop("FilterExpression", None)
        listed.append(described)
    return {"Budgets": listed} if listed else {}


def _budget(account: str, name: str) -> Any:
    budgets = budgets_backends[account]["aws"].budgets[account]
    if name not in budgets:
        raise AwsError("NotFoundException", f"Unable to get budget: {name} - the budget doesn't exist.")
    return budgets[name]


def _notifications(backend: Any, account_id: str, budget_name: str) -> list[dict[str, Any]]:
    return list(_budget(account_id, budget_name).get_notifications())


def _subscribers(call: Call) -> dict[str, Any]:
    """Moto keeps the subscribers and has no way to read them."""
    asked = call.parameters()
    wanted = asked["Notification"]
    for notification in _budget(call.account, asked["BudgetName"]).notifications:
        details = notification.details
        if (
            details["NotificationType"] == wanted["NotificationType"]
            and details["ComparisonOperator"] == wanted["ComparisonOperator"]
            and float(details["Threshold"]) == float(wanted["Threshold"])
            and details["ThresholdType"] == wanted.get("ThresholdType", "PERCENTAGE")
        ):
            return {"Subscribers": notification.subscribers}
    raise AwsError("NotFoundException", "Unable to get subscribers - the notification doesn't exist.")


def _all_notifications(call: Call) -> dict[str, Any]:
    budgets = budgets_backends[call.account]["aws"].budgets[call.account]
    return {
        "BudgetNotificationsForAccount": [
            {"BudgetName": name, "Notifications": list(budget.get_notifications())}
            for name, budget in budgets.items()
            if budget.notifications
        ]
    }


ANSWERS: dict[tuple[str, str], Answer] = {
    ("budgets", "DescribeBudgets"): _listed,
    ("budgets", "DescribeSubscribersForNotification"): _subscribers,
    ("budgets", "DescribeBudgetNotificationsForAccount"): _all_notifications,
}
