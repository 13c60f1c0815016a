"""Section 1: account setup and IAM configuration."""

from grader.model.budgets import Budgets
from grader.model.identity import AccountAlias, Administrator, CommandLine, RootUser


class TestRootUser:
    def test_the_root_user_has_mfa(self, root_user: RootUser) -> None:
        assert root_user.has_mfa


class TestAdministrator:
    def test_a_user_is_administrator(self, administrator: Administrator) -> None:
        assert administrator.exists

    def test_the_permissions_come_from_a_group(self, administrator: Administrator) -> None:
        assert administrator.is_so_through_a_group

    def test_the_administrator_has_mfa(self, administrator: Administrator) -> None:
        assert administrator.has_mfa

    def test_the_account_has_an_alias(self, account_alias: AccountAlias) -> None:
        assert account_alias.exists


class TestCommandLine:
    def test_there_are_credentials_for_the_command_line(self, command_line: CommandLine) -> None:
        assert command_line.has_credentials

    def test_the_command_line_was_used(self, command_line: CommandLine) -> None:
        assert command_line.was_used


class TestBudget:
    def test_a_budget_limits_the_monthly_cost(self, budgets: Budgets) -> None:
        assert budgets.limit_the_monthly_cost

    def test_an_alert_on_actual_cost_has_a_recipient(self, budgets: Budgets) -> None:
        assert budgets.alert_on_actual_cost
