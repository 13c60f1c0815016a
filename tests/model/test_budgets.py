"""Budgets: what a monthly cost budget is, whom its alerts reach, and which one counts."""

from __future__ import annotations

from typing import Any

import pytest

from grader.errors import EvidenceError, Missing, Unverified
from grader.model.budgets import Budgets
from tests.model.documents import REFUSALS, Account

MAIL = [{"SubscriptionType": "EMAIL", "Address": "ola@example.edu"}]


def budget(name: str = "lab", **more: Any) -> dict[str, Any]:
    """A budget as DescribeBudgets gives it."""
    limit = {"Amount": "5.0", "Unit": "USD"}
    return {"BudgetName": name, "BudgetType": "COST", "TimeUnit": "MONTHLY", "BudgetLimit": limit, **more}


def alert(kind: str = "ACTUAL", threshold: float = 80, **more: Any) -> dict[str, Any]:
    """An alert as DescribeNotificationsForBudget gives it."""
    return {"NotificationType": kind, "ComparisonOperator": "GREATER_THAN", "Threshold": threshold, **more}


def account_of(*budgets: dict[str, Any]) -> Account:
    """An account with these budgets, each with an alert on actual cost and a subscriber."""
    account = Account().answer("budgets.DescribeBudgets", Budgets=list(budgets))
    for one in budgets:
        alerts(account, alert(), name=one["BudgetName"])
    return account


def alerts(account: Account, *wanted: dict[str, Any], name: str = "lab") -> Account:
    """The account with these alerts of a budget, each with a subscriber under its short key."""
    account.answer("budgets.DescribeNotificationsForBudget", f"BudgetName={name}", Notifications=list(wanted))
    for one in wanted:
        account.answer("budgets.DescribeSubscribersForNotification", short(one, name), Subscribers=MAIL)
    return account


def short(one: dict[str, Any], name: str = "lab") -> str:
    """The key of golden.json for the subscribers of an alert."""
    return f"BudgetName={name};NotificationType={one['NotificationType']};Threshold={float(one['Threshold'])}"


def long(one: dict[str, Any], name: str = "lab") -> str:
    """The key that tells alerts with one type and one threshold apart."""
    kind = one.get("ThresholdType", "PERCENTAGE")
    comparison = f"ComparisonOperator={one['ComparisonOperator']}"
    return f"BudgetName={name};{comparison};{short(one).partition(';')[2]};ThresholdType={kind}"


def shares(account: Account) -> tuple[bool | None, bool | None]:
    """What the budgets earn: the limit, the alert; None for what is open."""
    budgets = Budgets(account.evidence)

    def told(name: str) -> bool | None:
        try:
            return bool(getattr(budgets, name))
        except Unverified:
            return None
        except Missing:
            return False

    return told("limit_the_monthly_cost"), told("alert_on_actual_cost")


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"BudgetLimit": {"Amount": "0.01", "Unit": "USD"}},
        {"BudgetLimit": {"Amount": "20", "Unit": "EUR"}},
        {"BudgetLimit": None, "PlannedBudgetLimits": {"1": {"Amount": "5", "Unit": "USD"}}},
        {"BudgetLimit": None, "AutoAdjustData": {"AutoAdjustType": "HISTORICAL"}},
        {"CostFilters": {}},
        {"CostFilters": {"Service": []}},
        {"FilterExpression": None},
        {"TimePeriod": {"Start": "2020-01-01T00:00:00+00:00", "End": "2087-06-15T00:00:00+00:00"}},
        {"TimePeriod": {"End": "2026-11-20T10:00:01"}},
    ],
)
def test_a_monthly_cost_budget_for_the_whole_account_counts(more: dict[str, Any]) -> None:
    """Whatever its limit and currency, planned and adjusted ones too."""
    assert shares(account_of(budget(**more))) == (True, True)


@pytest.mark.parametrize(
    "more",
    [
        {"TimeUnit": "QUARTERLY"},
        {"TimeUnit": "DAILY"},
        {"BudgetLimit": {"Amount": "0.0", "Unit": "USD"}},
        {"BudgetLimit": {"Amount": "-5", "Unit": "USD"}},
        {"BudgetLimit": None},
        {"CostFilters": {"Service": ["Amazon EC2"]}},
        {"FilterExpression": {"Dimensions": {"Key": "SERVICE", "Values": ["Amazon EC2"]}}},
        {"TimePeriod": {"End": "2026-11-20T09:59:59+00:00"}},
        {"TimePeriod": {"End": "2026-11-20T11:30:00+02:00"}},
    ],
)
def test_what_is_no_monthly_budget_for_the_account_loses_the_limit_alone(more: dict[str, Any]) -> None:
    """The fault is charged once: the alert on actual cost keeps its share."""
    assert shares(account_of(budget(**more))) == (False, True)


@pytest.mark.parametrize("kind", ["USAGE", "RI_UTILIZATION", "SAVINGS_PLANS_COVERAGE", ""])
def test_a_budget_of_another_type_loses_both(kind: str) -> None:
    """It watches no cost, and its alert is on something else."""
    assert shares(account_of(budget(BudgetType=kind))) == (False, False)


def test_no_budget_at_all_loses_both() -> None:
    """An absent list is an empty one."""
    assert shares(Account().answer("budgets.DescribeBudgets")) == (False, False)


@pytest.mark.parametrize(
    "wanted",
    [[], [alert("FORECASTED")], [alert(ComparisonOperator="LESS_THAN")], [alert(ComparisonOperator="EQUAL_TO")]],
)
def test_only_an_alert_above_an_actual_cost_counts(wanted: list[dict[str, Any]]) -> None:
    """Forecasts and alerts below a cost are none; no alert is none either."""
    assert shares(alerts(account_of(budget()), *wanted)) == (True, False)


def test_the_message_lists_the_alerts_that_there_are() -> None:
    """With sign and unit, so that a student sees what is wrong with them."""
    wanted = [alert("FORECASTED"), alert(ComparisonOperator="LESS_THAN", Threshold=5, ThresholdType="ABSOLUTE_VALUE")]
    found = repr(Budgets(alerts(account_of(budget()), *wanted).evidence).alert_on_actual_cost)
    assert "FORECASTED > 80 %, ACTUAL < 5;" in found
    odd = [alert(ComparisonOperator="EQUAL_TO"), alert(ComparisonOperator="BELOW"), {"ThresholdType": "PERCENTAGE"}]
    account = account_of(budget())
    account.answer("budgets.DescribeNotificationsForBudget", "BudgetName=lab", Notifications=odd)
    found = repr(Budgets(account.evidence).alert_on_actual_cost)
    assert "ACTUAL = 80 %, ACTUAL BELOW 80 %,   0 %;" in found
    many = [alert("FORECASTED", number) for number in range(1, 7)]
    assert "5 %;" in repr(Budgets(alerts(account_of(budget()), *many).evidence).alert_on_actual_cost)


@pytest.mark.parametrize(("kind", "reached"), [("EMAIL", True), ("SNS", True), ("CHATBOT", False), ("", False)])
def test_an_alert_needs_a_subscriber(kind: str, reached: bool) -> None:
    """By e-mail or SNS."""
    account = account_of(budget())
    subscribers = [{"SubscriptionType": kind}] if kind else [{"Address": "ola@example.edu"}]
    account.answer("budgets.DescribeSubscribersForNotification", short(alert()), Subscribers=subscribers)
    assert shares(account) == (True, reached)
    assert reached or "no subscriber" in repr(Budgets(account.evidence).alert_on_actual_cost)


def test_one_alert_with_a_subscriber_is_enough() -> None:
    """Others without one, or refused, cost nothing; thresholds are spelled as AWS spells them."""
    first, second = alert(), alert(threshold=0.01, ThresholdType="ABSOLUTE_VALUE")
    account = alerts(account_of(budget()), first, second)
    account.answer("budgets.DescribeSubscribersForNotification", short(first), Subscribers=[])
    assert shares(account) == (True, True)
    account.refuse("budgets.DescribeSubscribersForNotification", short(first))
    assert shares(account) == (True, True)
    account.answer("budgets.DescribeSubscribersForNotification", short(second), Subscribers=[])
    assert shares(account) == (True, None)


@pytest.mark.parametrize("order", [1, -1])
def test_alerts_with_one_threshold_and_different_types_are_told_apart(order: int) -> None:
    """ACTUAL and FORECASTED at 100: the subscriber of the forecast is not the other's."""
    actual, forecast = alert(threshold=100), alert("FORECASTED", 100)
    account = alerts(account_of(budget()), *[actual, forecast][::order])
    assert shares(account) == (True, True)
    account.answer("budgets.DescribeSubscribersForNotification", short(actual), Subscribers=[])
    assert shares(account) == (True, False)


def test_of_alerts_that_share_a_key_the_second_has_a_longer_one() -> None:
    """5 per cent and 5 dollars: if the first has no subscriber, the second's own answer decides, not the first's."""
    per_cent, dollars = alert(threshold=5), alert(threshold=5, ThresholdType="ABSOLUTE_VALUE")
    account = alerts(account_of(budget()), per_cent, dollars)
    assert shares(account) == (True, True)
    account.answer("budgets.DescribeSubscribersForNotification", short(per_cent), Subscribers=[])
    assert shares(account) == (True, None)
    account.answer("budgets.DescribeSubscribersForNotification", long(dollars), Subscribers=[])
    assert shares(account) == (True, False)
    account.answer("budgets.DescribeSubscribersForNotification", long(dollars), Subscribers=MAIL)
    assert shares(account) == (True, True)


@pytest.mark.parametrize("order", [1, -1])
def test_the_short_key_is_that_of_the_alert_that_counts(order: int) -> None:
    """Beside "less than" the alert "greater than" has the short key, in whichever order AWS lists them."""
    above, below = alert(), alert(ComparisonOperator="LESS_THAN")
    account = alerts(account_of(budget()), *[above, below][::order])
    account.answer("budgets.DescribeSubscribersForNotification", long(below), Subscribers=[])
    assert shares(account) == (True, True)


def test_the_best_budget_counts() -> None:
    """Others neither help nor hurt: the two shares are those of one budget."""
    usage, lab = budget("a", BudgetType="USAGE"), budget("lab")
    assert shares(account_of(usage, lab)) == shares(account_of(lab, usage)) == (True, True)
    silent, filtered = budget("silent"), budget("filtered", CostFilters={"Service": ["x"]})
    account = alerts(account_of(silent, filtered), name="silent")
    assert sorted(map(bool, shares(account))) == [False, True]


@pytest.mark.parametrize("kind", sorted(REFUSALS))
@pytest.mark.parametrize("order", [1, -1])
def test_a_budget_that_is_refused_may_be_the_better_one(kind: str, order: int) -> None:
    """Beside a budget without an alert, one whose alerts or subscribers were refused leaves the share open."""
    account = alerts(account_of(*[budget("a"), budget("z")][::order]), name="z")
    account.refuse("budgets.DescribeNotificationsForBudget", "BudgetName=a", **REFUSALS[kind])
    assert shares(account) == (True, None)
    account = alerts(account_of(*[budget("a"), budget("z")][::order]), name="a")
    account.refuse("budgets.DescribeSubscribersForNotification", short(alert(), "z"), **REFUSALS[kind])
    assert shares(account) == (True, None)


def test_a_budget_that_was_deleted_meanwhile_has_no_alert() -> None:
    """NotFoundException is an answer: it neither opens the share nor hides a whole budget."""
    account = account_of(budget("a"))
    gone = {"Code": "NotFoundException", "Message": "gone"}
    account.refuse("budgets.DescribeNotificationsForBudget", "BudgetName=a", **gone)
    assert shares(account) == (True, False)
    account = account_of(budget("a"), budget("z"))
    account.refuse("budgets.DescribeNotificationsForBudget", "BudgetName=a", **gone)
    assert shares(account) == (True, True)


@pytest.mark.parametrize("kind", sorted(REFUSALS))
def test_refused_budgets_are_not_absent(kind: str) -> None:
    """Both shares are open and the action is named."""
    account = Account().refuse("budgets.DescribeBudgets", **REFUSALS[kind])
    assert shares(account) == (None, None)
    with pytest.raises(Unverified, match="budgets:ViewBudget"):
        _ = Budgets(account.evidence).alert_on_actual_cost


@pytest.mark.parametrize("more", [{"BudgetLimit": {"Amount": "five"}}, {"TimePeriod": {"End": "soon"}}])
def test_a_budget_that_is_not_shaped_as_aws_shapes_it_is_said_so(more: dict[str, Any]) -> None:
    """A broken file is told from a wrong account."""
    with pytest.raises(EvidenceError, match=r"BudgetLimit|TimePeriod"):
        shares(account_of(budget(**more)))


@pytest.mark.parametrize(
    ("organization", "outcome"),
    [
        ({"Id": "o-1", "MasterAccountId": "999999999999"}, Unverified),
        ({"Id": "o-1", "MasterAccountId": "123456789012"}, Missing),
        ({"Id": "o-1"}, Missing),
        (None, Missing),
    ],
    ids=["a member", "the management account", "an answer without it", "not asked"],
)
def test_the_budget_of_a_member_may_be_in_its_management_account(
    organization: dict[str, Any] | None, outcome: type[Exception]
) -> None:
    """So that having none here says nothing; in any other account it is lost."""
    account = account_of()
    if organization is not None:
        account.answer("organizations.DescribeOrganization", Organization=organization)
    with pytest.raises(outcome) as caught:
        Budgets(account.evidence).best  # noqa: B018 - it is what raises
    assert type(caught.value) is outcome


@pytest.mark.parametrize("kind", sorted(REFUSALS))
def test_a_refused_organization_is_none(kind: str) -> None:
    """Only an organization that AWS shows opens the step."""
    account = account_of().refuse("organizations.DescribeOrganization", **REFUSALS[kind])
    with pytest.raises(Missing):
        Budgets(account.evidence).best  # noqa: B018 - it is what raises


def test_a_member_with_a_budget_of_its_own_is_judged_by_it() -> None:
    """A budget that does not do is lost, as in any account."""
    account = account_of(budget(TimeUnit="QUARTERLY"))
    account.answer("organizations.DescribeOrganization", Organization={"MasterAccountId": "999999999999"})
    assert shares(account) == (False, True)
