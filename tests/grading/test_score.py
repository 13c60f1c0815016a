"""Points and causes of a small rubric: shares are exact, and each cause is followed to its root."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from grader.evidence.question import Question
from grader.evidence.refusals import Refusal, RefusalKind
from grader.grading.causes import in_order, names_check, roots
from grader.grading.results import ItemResult, Outcome, Verdict
from grader.grading.score import score_items
from grader.rubric import CheckFunction, Item, Rubric
from grader.rubric.scheme import Bonus, CheckRow, Section, Variant

PASSED, FAILED, PENDING = Outcome.PASSED, Outcome.FAILED, Outcome.PENDING
UNVERIFIED, MANUAL = Outcome.UNVERIFIED, Outcome.MANUAL


def row(identifier: str, points: str, *runs_through: str) -> CheckRow:
    """A check with its share."""
    module, _, name = identifier.partition("::")
    function = CheckFunction(Path(module), name, (), name)
    return CheckRow(
        identifier, function, f"Does {name}", Fraction(points), f"Make {name}.", (), "", "", runs_through
    )


def item(identifier: str, *rows: CheckRow, builds_on: tuple[str, ...] = (), runs_through: tuple[str, ...] = ()) -> Item:
    """A step of one point."""
    return Item(
        identifier, f"Step {identifier}", Fraction(1), f"Do {identifier}.", f"https://{identifier}/", builds_on,
        runs_through, rows, "A", "",
    )  # fmt: skip


# The net carries the task, the task the site, the site the log; the task is also built on the net and the disk.
ITEMS = (
    item("net", row("net.py::Net::exists", "0.5"), row("net.py::Net::routes", "0.25"), row("net.py::name", "0.25")),
    item("disk", row("disk.py::exists", "1")),
    item(
        "task", row("task.py::runs", "0.75"), row("task.py::heals", "0.25"),
        builds_on=("net", "disk"), runs_through=("net::routes",),
    ),
    item("site", row("site.py::answers", "1"), runs_through=("task",)),
    item("log", row("log.py::lines", "0.5"), row("log.py::metrics", "0.5", "disk"), runs_through=("site",)),
)  # fmt: skip
SMALL = Variant("small", "Small", frozenset({"disk"}), None, "")


def rubric_of(*items: Item) -> Rubric:
    """A rubric of some items."""
    sections = (Section("A", "All", items),)
    return Rubric(Path("rubric.yaml"), "", "lab", sections, {"small": SMALL}, Bonus(Fraction(0), ""), {})


RUBRIC = rubric_of(*ITEMS)


def verdicts(**outcomes: Outcome | Verdict) -> dict[str, Verdict]:
    """A verdict for each check: passed, or as given by ``item_function``."""
    found: dict[str, Verdict] = {}
    for each in ITEMS:
        for check in each.checks:
            given = outcomes.get(f"{each.id}_{check.id.rpartition('::')[2]}", PASSED)
            found[check.id] = given if isinstance(given, Verdict) else Verdict(given)
    return found


def scored(**outcomes: Outcome | Verdict) -> dict[str, ItemResult]:
    """The items by id."""
    return {one.id: one for one in score_items(RUBRIC, None, verdicts(**outcomes))}


def causes(**outcomes: Outcome | Verdict) -> dict[str, Any]:
    """The cause of each troubled check."""
    return {
        check.id.partition(".")[0] + "_" + check.id.rpartition("::")[2]: check.because_of
        for one in scored(**outcomes).values()
        for check in one.checks
        if check.outcome in (FAILED, PENDING)
    }


MISSING = Verdict(FAILED, is_missing=True)


class TestPoints:
    def test_each_check_earns_loses_or_leaves_open_its_share(self) -> None:
        """Exactly, and the three sum to the item's points."""
        net = scored(net_exists=PASSED, net_routes=FAILED, net_name=UNVERIFIED)["net"]
        assert (net.earned, net.lost, net.open) == (Fraction("0.5"), Fraction("0.25"), Fraction("0.25"))
        assert net.points == 1

    @pytest.mark.parametrize(
        ("outcomes", "expected"),
        [
            ((PASSED, PASSED, PASSED), PASSED),
            ((FAILED, FAILED, FAILED), FAILED),
            ((FAILED, PASSED, PASSED), Outcome.PARTIAL),
            ((FAILED, UNVERIFIED, PENDING), Outcome.PARTIAL),
            ((PASSED, UNVERIFIED, MANUAL), UNVERIFIED),
            ((PASSED, UNVERIFIED, PENDING), PENDING),
            ((PASSED, PASSED, MANUAL), MANUAL),
        ],
    )
    def test_an_item_is_what_its_checks_are_together(self, outcomes: tuple[Outcome, ...], expected: Outcome) -> None:
        """A loss beside anything else is partial; of open ones, what time settles goes before what a person does."""
        exists, routes, name = outcomes
        assert scored(net_exists=exists, net_routes=routes, net_name=name)["net"].outcome is expected

    def test_what_does_not_apply_has_no_points(self) -> None:
        """It needs no verdict either, and is neither earned nor lost."""
        given = verdicts()
        del given["disk.py::exists"]
        left_out = {one.id: one for one in score_items(RUBRIC, SMALL, given)}["disk"]
        assert {left_out.points, left_out.earned, left_out.lost, left_out.open} == {Fraction(0)}
        assert left_out.outcome is Outcome.NOT_APPLICABLE
        (check,) = left_out.checks
        assert (check.id, check.title, check.points) == ("disk.py::exists", "Does exists", Fraction(0))
        assert (check.outcome, check.message, check.hint) == (Outcome.NOT_APPLICABLE, "", "Make exists.")
        assert (check.evidence, check.refusals, left_out.because_of) == ((), (), None)
        assert (left_out.title, left_out.section, left_out.hint) == ("Step disk", "A", "Do disk.")
        assert left_out.link == "https://disk/"

    def test_a_check_that_did_not_run_is_an_error(self) -> None:
        """Never a zero."""
        given = verdicts()
        del given["net.py::name"]
        with pytest.raises(KeyError):
            score_items(RUBRIC, None, given)

    def test_all_that_a_check_said_is_kept(self) -> None:
        """Beside the words of the rubric; what it read in one order."""
        read = frozenset({Question("s3.ListBuckets", "global"), Question("ec2.DescribeVpcs", "eu-west-1")})
        refusal = Refusal(Question("s3.ListBuckets", "global"), RefusalKind.THROTTLED, "s3:ListAllMyBuckets", "", "")
        said = Verdict(FAILED, "a fault", "none", (refusal,), read, ("a remark",), True, is_broken=True)
        disk = scored(disk_exists=said)["disk"]
        (check,) = disk.checks
        assert (check.found, check.expected, check.remarks) == ("a fault", "none", ("a remark",))
        assert check.is_missing
        assert check.is_broken
        assert check.refusals == (refusal,)
        assert [one.operation for one in check.evidence] == ["ec2.DescribeVpcs", "s3.ListBuckets"]
        assert (check.title, check.points, check.hint) == ("Does exists", Fraction(1), "Make exists.")
        assert (disk.title, disk.section, disk.hint, disk.link) == ("Step disk", "A", "Do disk.", "https://disk/")


class TestCauses:
    def test_a_cause_is_followed_to_its_root(self) -> None:
        """The log fails because the site does, that because of the task, and that because of the route."""
        found = causes(net_routes=FAILED, task_runs=FAILED, site_answers=FAILED, log_lines=FAILED)
        assert found == {"net_routes": None, "task_runs": "net", "site_answers": "net", "log_lines": "net"}

    def test_a_chain_ends_where_nothing_below_is_troubled(self) -> None:
        """A step that passed stops nothing."""
        assert causes(site_answers=FAILED, log_lines=FAILED) == {"site_answers": None, "log_lines": "site"}
        assert causes(task_heals=FAILED, log_lines=FAILED) == {"task_heals": None, "log_lines": None}

    def test_only_the_named_check_of_a_step_stops_it(self) -> None:
        """A wrong name of the net stops no task; a missing route does."""
        assert causes(net_name=FAILED, task_runs=FAILED) == {"net_name": None, "task_runs": None}

    def test_what_is_missing_lacks_what_it_is_built_on(self) -> None:
        """Only where all of that is lost, and only what is missing itself."""
        assert causes(net_exists=FAILED, net_routes=FAILED, net_name=FAILED, task_runs=MISSING)["task_runs"] == "net"
        assert causes(disk_exists=FAILED, task_runs=MISSING)["task_runs"] == "disk"
        assert causes(disk_exists=FAILED, task_runs=FAILED)["task_runs"] is None
        assert causes(net_exists=FAILED, net_name=FAILED, task_runs=MISSING)["task_runs"] is None

    def test_a_check_has_its_own_cause(self) -> None:
        """What it runs through goes before what its item does."""
        found = causes(disk_exists=FAILED, site_answers=FAILED, log_lines=FAILED, log_metrics=FAILED)
        assert (found["log_lines"], found["log_metrics"]) == ("site", "disk")

    def test_an_item_has_the_cause_of_its_largest_loss(self) -> None:
        """Of lost ones before pending ones."""
        items = scored(disk_exists=FAILED, log_lines=PENDING, log_metrics=FAILED, site_answers=PENDING)
        assert items["log"].because_of == "disk"
        assert scored(net_routes=FAILED, task_runs=FAILED, task_heals=FAILED)["task"].because_of == "net"
        assert scored()["task"].because_of is None
        assert scored(net_routes=FAILED, task_heals=PENDING)["task"].because_of == "net"

    @pytest.mark.parametrize(("disk", "cause"), [(FAILED, "disk"), (PENDING, "disk"), (PASSED, "site")])
    def test_a_check_that_waits_for_a_thing_is_because_of_its_step(self, disk: Outcome, cause: str) -> None:
        """Before what it runs through; where that step has its thing, it stops nothing."""
        given = verdicts(disk_exists=disk, log_lines=FAILED, site_answers=FAILED)
        items = {one.id: one for one in score_items(RUBRIC, None, given, {"log.py::lines": "disk"})}
        assert items["log"].because_of == cause

    def test_the_largest_lost_check_of_a_step_leads_to_the_root(self) -> None:
        """A lost one before a larger one that is pending."""
        items = (
            item("net", row("net.py::routes", "1")),
            item("disk", row("disk.py::exists", "1")),
            item("task", row("task.py::heals", "0.25", "disk"), row("task.py::runs", "0.75", "net")),
            item("site", row("site.py::answers", "1"), runs_through=("task",)),
        )
        given = {check.id: Verdict(FAILED) for each in items for check in each.checks}
        found = score_items(rubric_of(*items), None, given)
        assert [one.because_of for one in found] == [None, None, "net", "net"]
        given["task.py::runs"] = Verdict(PENDING)
        found = score_items(rubric_of(*items), None, given)
        assert [one.because_of for one in found] == [None, None, "disk", "disk"]

    def test_what_is_pending_stops_as_well(self) -> None:
        """What waits for a net that is being built is because of it; of one step, a lost check goes first."""
        assert causes(net_routes=PENDING, task_runs=PENDING) == {"net_routes": None, "task_runs": "net"}

    def test_what_is_unverified_or_manual_is_no_trouble(self) -> None:
        """It neither has a cause nor is one."""
        items = scored(net_routes=UNVERIFIED, task_runs=FAILED, site_answers=MANUAL)
        assert items["task"].because_of is None
        assert all(check.because_of is None for one in items.values() for check in one.checks)

    def test_a_circle_ends(self) -> None:
        """Steps that are said to stop each other: the search goes round once."""
        items = (
            item("one", row("one.py::works", "1"), runs_through=("two",)),
            item("two", row("two.py::works", "1"), runs_through=("three",)),
            item("three", row("three.py::works", "1"), runs_through=("one",)),
        )
        given = {check.id: Verdict(FAILED) for each in items for check in each.checks}
        assert [one.because_of for one in score_items(rubric_of(*items), None, given)] == ["three", "one", "two"]

    @pytest.mark.parametrize(
        ("identifier", "named"),
        [
            ("net.py::Net::routes", True),
            ("net.py::routes", True),
            ("net.py::Net::routes[port=8000::x]", True),
            ("net.py::Net::exists", False),
            ("routes.py::Net::exists", False),
        ],
    )
    def test_a_check_is_named_with_or_without_its_class(self, identifier: str, named: bool) -> None:
        """Whatever its parameters; its module's name is not its own."""
        assert names_check(identifier, "routes") is named


class TestRepairs:
    def test_a_repair_brings_back_its_own_loss_and_what_it_stopped(self) -> None:
        """What brings back most comes first; of equal ones in the order of the handout."""
        items = scored(net_routes=FAILED, net_name=FAILED, task_runs=FAILED, disk_exists=FAILED, log_lines=PENDING)
        first, second = roots(items.values())
        assert (first.item.id, first.recovers) == ("net", Fraction("1.25"))
        assert [one.check.id for one in first.own] == ["net.py::Net::routes", "net.py::name"]
        assert [(one.item.id, one.check.id) for one in first.follow] == [("task", "task.py::runs")]
        assert (second.item.id, second.recovers) == ("disk", Fraction(1))
        assert not second.follow
        assert [one.id for one in in_order(items.values())] == ["net", "task", "disk"]
        equal = scored(disk_exists=FAILED, site_answers=FAILED)
        assert [one.item.id for one in roots(equal.values())] == ["disk", "site"]
        assert roots(scored().values()) == ()

    def test_a_cause_that_lost_nothing_itself_is_a_root(self) -> None:
        """Where the account itself shows it; one that is no item of the rubric is none."""
        told = scored(site_answers=FAILED)
        (answers,) = told["site"].checks
        told["site"] = replace(told["site"], checks=(replace(answers, because_of="disk"),))
        (root,) = roots(told.values())
        assert (root.item.id, root.recovers) == ("disk", Fraction(1))
        assert not root.own
        items = [one for one in scored(net_routes=FAILED, task_runs=FAILED).values() if one.id != "net"]
        assert [one.item.id for one in roots(items)] == ["task"]

    def test_each_item_is_listed_once(self) -> None:
        """Though two causes stop its checks."""
        items = scored(net_routes=FAILED, disk_exists=FAILED, task_runs=FAILED, site_answers=FAILED, log_lines=FAILED,
                       log_metrics=FAILED)  # fmt: skip
        assert [one.id for one in in_order(items.values())] == ["net", "task", "site", "log", "disk"]
