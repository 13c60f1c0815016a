"""Budgets and their alerts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from grader.errors import EvidenceError, Undecided, Unverified
from grader.evidence import GLOBAL, Evidence, Question, identify
from grader.evidence.fields import Fields
from grader.evidence.tracking import tracked_property
from grader.model.best import Best, best_of
from grader.model.findings import Finding, shorten, some
from grader.model.gathering import Gathered, gather


@dataclass(frozen=True, slots=True)
class Notification:
    """An alert of a budget; ``threshold`` is in per cent, or in the budget's unit."""

    type: str
    comparison: str
    threshold: float
    threshold_type: str

    def __str__(self) -> str:
        sign = {"GREATER_THAN": ">", "LESS_THAN": "<", "EQUAL_TO": "="}.get(self.comparison, shorten(self.comparison))
        unit = " %" if self.threshold_type == "PERCENTAGE" else ""
        return f"{shorten(self.type)} {sign} {self.threshold:g}{unit}"


@dataclass(frozen=True, slots=True, eq=False)
class Budget:
    """A budget. ``limit`` is in its unit, 0 where none is set; ``ends`` is None where it never does."""

    name: str
    type: str
    time_unit: str
    limit: float
    is_planned: bool
    is_filtered: bool
    ends: datetime | None
    evidence: Evidence = field(repr=False)
    memo: dict[str, Any] = field(default_factory=dict, repr=False)

    def __repr__(self) -> str:
        return f"budget {shorten(self.name)}"

    @property
    def is_a_monthly_cost_budget(self) -> Finding:
        """Whether it limits the monthly cost of the whole account and has not expired."""
        expected = "a monthly cost budget for the whole account, with a limit"
        if self.type != "COST":
            return Finding(False, f"{self!r} is of type {self.type}", expected)
        if self.time_unit != "MONTHLY":
            return Finding(False, f"{self!r} is {self.time_unit}", expected)
        if self.is_filtered:
            return Finding(False, f"{self!r} has a filter, so it does not cover the whole account", expected)
        if self.limit <= 0 and not self.is_planned:
            return Finding(False, f"{self!r} has no limit", expected)
        if self.ends is not None and self.ends < self.evidence.now:
            return Finding(False, f"{self!r} ended on {self.ends:%Y-%m-%d}", expected)
        return Finding(True, f"{self!r}")

    @tracked_property
    def notifications(self) -> tuple[Notification, ...]:
        """Its alerts."""
        answer = self.evidence.answer("budgets.DescribeNotificationsForBudget", BudgetName=self.name)
        return tuple(
            Notification(
                each.text("NotificationType", ""),
                each.text("ComparisonOperator", ""),
                each.number("Threshold", 0),
                each.text("ThresholdType", "PERCENTAGE"),
            )
            for each in answer.each("Notifications")
        )

    @tracked_property
    def alerts_on_actual_cost(self) -> Finding:
        """Whether an alert on actual costs reaches somebody."""
        expected = "an alert on ACTUAL cost with an e-mail subscriber"
        if self.type != "COST":
            return Finding(False, f"{self!r} is of type {self.type}", expected)
        actual = [one for one in self.notifications if one.type == "ACTUAL" and one.comparison == "GREATER_THAN"]
        if not actual:
            alerts = ", ".join(map(str, self.notifications[:5]))
            return Finding(False, f"{self!r} has {alerts or 'no alert'}", expected)
        found = some(actual, self._has_subscriber)
        return found if found else Finding(False, f"the alerts of {self!r} have no subscriber", expected)

    def _has_subscriber(self, notification: Notification) -> Finding:
        answer = self.evidence.answer_to(self._subscribers_of(notification))
        kinds = {each.text("SubscriptionType", "") for each in answer.each("Subscribers")}
        return Finding(bool(kinds & {"EMAIL", "SNS"}), f"an alert of {self!r} has a subscriber")

    def _subscribers_of(self, notification: Notification) -> Question:
        """The question for its subscribers.

        Of alerts with one type and one threshold the first that asks "greater than" (or else the first) has the short
        key; the others are told apart by all that makes them different.
        """
        parts = {
            "BudgetName": self.name,
            "NotificationType": notification.type,
            "Threshold": float(notification.threshold),
        }
        alike = [
            one
            for one in self.notifications
            if (one.type, float(one.threshold)) == (notification.type, parts["Threshold"])
        ]
        first = min(alike, key=lambda one: one.comparison != "GREATER_THAN")
        if notification != first:
            parts |= {"ComparisonOperator": notification.comparison, "ThresholdType": notification.threshold_type}
        return Question("budgets.DescribeSubscribersForNotification", GLOBAL, identify(parts))


class Budgets:
    """All budgets of the account; the best one counts."""

    def __init__(self, evidence: Evidence) -> None:
        self.evidence = evidence
        self.memo: dict[str, Any] = {}

    def __repr__(self) -> str:
        return "the budgets"

    @tracked_property
    def all(self) -> Gathered[Budget]:
        """Every budget."""
        return gather(lambda _: self._listed(), [None])

    def _listed(self) -> Iterable[Budget]:
        for each in self.evidence.answer("budgets.DescribeBudgets").each("Budgets"):
            yield _budget(each, self.evidence)

    @tracked_property
    def best(self) -> Best[Budget]:
        """The budget that comes nearest to what step 1.4 asks."""
        if not self.all.items:
            if not self.all.gaps and (manager := self._management_account):
                raise Unverified(
                    "There is no budget in this account. The account belongs to an organization. The budgets may be in"
                    f" the management account {shorten(manager)}, which cannot be read from here."
                )
            raise self.all.nothing("There is no budget.")
        return best_of(
            sorted(self.all, key=lambda budget: budget.name),
            (lambda budget: budget.is_a_monthly_cost_budget, lambda budget: budget.alerts_on_actual_cost),
        )

    @tracked_property
    def _management_account(self) -> str:
        """The management account of the organization that this account is a member of; empty where none is known."""
        try:
            organization = self.evidence.answer("organizations.DescribeOrganization").within("Organization")
        except Undecided:
            return ""
        manager = organization.text("MasterAccountId", "")
        return "" if manager == self.evidence.account else manager

    @property
    def limit_the_monthly_cost(self) -> Finding:
        """Whether the best budget is a monthly cost budget."""
        return self.best.share(lambda budget: budget.is_a_monthly_cost_budget)

    @property
    def alert_on_actual_cost(self) -> Finding:
        """Whether the best budget alerts on actual cost."""
        return self.best.share(lambda budget: budget.alerts_on_actual_cost)


def _budget(each: Fields, evidence: Evidence) -> Budget:
    amount = each.within("BudgetLimit").text("Amount", "0")
    try:
        limit = float(amount)
    except ValueError as error:
        raise EvidenceError(f"BudgetLimit.Amount {amount[:20]!r} is not a number.", where=each.where) from error
    return Budget(
        name=each.text("BudgetName"),
        type=each.text("BudgetType", ""),
        time_unit=each.text("TimeUnit", ""),
        limit=limit,
        is_planned=bool(each.within("PlannedBudgetLimits").raw or each.within("AutoAdjustData").raw),
        is_filtered=any(each.within("CostFilters").raw.values()) or bool(each.within("FilterExpression").raw),
        ends=_moment(each.within("TimePeriod").text("End", ""), each),
        evidence=evidence,
    )


def _moment(text: str, each: Fields) -> datetime | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise EvidenceError(f"TimePeriod.End {text[:40]!r} is not an ISO 8601 time.", where=each.where) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
