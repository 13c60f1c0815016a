"""What a comparison names as the cause, over every case that is kept."""

from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest

from grader.compare.changes import AccountComparison
from grader.compare.comparison import compare_sides, side_of
from grader.evidence import Question
from grader.grading.pipeline import Graded
from tests.cases import grade

from .conftest import GOLDEN, LOSING, MUTANTS, VARIATIONS, document_of, patch_of

Compare = Callable[[str, str], AccountComparison]


@pytest.fixture
def compared(graded: Callable[[str], Graded]) -> Compare:
    """Compares two cases."""
    return lambda old, new: compare_sides(side_of(graded(old)), side_of(graded(new)))


def unescaped(pointer: str) -> list[str]:
    """The parts of a JSON pointer (RFC 6901)."""
    return [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]


def patched(case: str) -> set[Question]:
    """The questions whose entries a case changes; a patch of a whole operation or region counts all of its keys."""
    found = set()
    paths = [operation[name] for operation in patch_of(case) for name in ("path", "from") if name in operation]
    for parts in map(unescaped, paths):
        if parts[0] != "calls":
            continue
        for document in (GOLDEN, document_of(case)):
            for region, keys in document["calls"].get(parts[1], {}).items():
                for key in keys:
                    if parts[2:3] in ([], [region]) and parts[3:4] in ([], [key]):
                        found.add(Question(parts[1], region, key))
    return found


@pytest.mark.parametrize("case", LOSING)
def test_the_diff_of_a_mutant_names_what_was_changed(compared: Compare, case: str) -> None:
    """For each item that lost points the changed fields are named, all of them in answers that the case changes."""
    comparison = compared("golden", case)
    for item in comparison.items:
        assert item.changes, item.id
        assert not item.elsewhere, item.id
        assert {change.question for change in item.changes} <= patched(case)
        assert all(change.old != change.new for change in item.changes)


@pytest.mark.parametrize("case", LOSING)
def test_points_of_a_diff_are_those_of_the_case(compared: Compare, case: str) -> None:
    """Exactly the items of the case lose exactly its points; what opens is told apart from what is lost."""
    comparison = compared("golden", case)
    lost = {item.id: item.newly_lost for item in comparison.items if item.newly_lost}
    assert lost == {entry["item"]: Fraction(str(entry["points"])) for entry in MUTANTS[case]["lose"]}
    assert comparison.gained == sum((item.gained for item in comparison.items), Fraction(0))
    assert all(item.gained == -(item.newly_lost + item.newly_open) for item in comparison.items)


def _single(case: str) -> bool:
    """Whether a case replaces one scalar and nothing else."""
    operations = patch_of(case)
    return (
        len(operations) == 1
        and operations[0]["op"] == "replace"
        and not isinstance(operations[0]["value"], (dict, list))
        and operations[0]["path"].startswith("/calls/")
    )


SINGLE = tuple(case for case in LOSING if _single(case))


def at(document: Any, pointer: str) -> Any:
    """The value at a JSON pointer."""
    for part in unescaped(pointer):
        document = document[int(part)] if isinstance(document, list) else document[part]
    return document


def test_there_are_cases_of_one_field() -> None:
    """The next test has something to hold."""
    assert len(SINGLE) >= 15


@pytest.mark.parametrize("case", SINGLE)
def test_one_changed_field_is_the_one_change_named(compared: Compare, case: str) -> None:
    """Where one value was replaced, the comparison names that field with both values, and nothing else."""
    (operation,) = patch_of(case)
    field = next(part for part in reversed(unescaped(operation["path"])) if not part.isdigit())
    expected = json.dumps(at(GOLDEN, operation["path"])), json.dumps(operation["value"])
    for item in compared("golden", case).items:
        (change,) = item.changes
        assert field in change.path
        assert (change.old, change.new) == expected


@pytest.mark.parametrize("case", sorted(VARIATIONS))
def test_what_costs_nothing_is_no_loss(compared: Compare, case: str) -> None:
    """A variation changes the account and no points; nothing is called lost."""
    comparison = compared("golden", case)
    assert not [item for item in comparison.items if item.newly_lost]


@pytest.mark.parametrize("case", ["M050", "M122", "M187", "M235"])
def test_the_way_back_gains_what_was_lost(compared: Compare, case: str) -> None:
    """Old and new exchanged, the points change sign and the fields their values."""
    there, back = compared("golden", case), compared(case, "golden")
    assert back.gained == -there.gained > 0
    assert {item.id for item in back.items} == {item.id for item in there.items}

    def fields(comparison: AccountComparison) -> set[tuple[str, str | None, str | None]]:
        return {(change.path, change.old, change.new) for item in comparison.items for change in item.changes}

    assert {(path, new, old) for path, old, new in fields(back)} == fields(there)


def test_an_account_compared_with_itself_has_no_changes(compared: Compare) -> None:
    """Nothing is made up."""
    comparison = compared("golden", "golden")
    assert not comparison.items
    assert not comparison.silent
    assert not comparison.gained


def test_a_refusal_is_named_as_the_change(compared: Compare) -> None:
    """An answer that became a refusal opens points, loses none, and the refusal is shown as the new value."""
    (item,) = compared("golden", "U04").items
    assert not item.newly_lost
    assert item.newly_open == Fraction("0.125")
    (change,) = [change for change in item.changes if change.question.operation == "s3.GetPublicAccessBlock"]
    assert change.path == ""
    assert "AccessDenied" in (change.new or "")


def test_consequences_follow_their_cause(compared: Compare) -> None:
    """The item that others fail because of comes first."""
    items = compared("golden", "M187").items
    assert items[0].id == "4.7"
    assert {item.because_of for item in items[1:]} == {"4.7"}


def test_answers_without_effect_are_counted_only(compared: Compare) -> None:
    """What differs and costs nothing is a number, not a list."""
    assert compared("golden", "V17").silent > 0


def with_meta(**meta: object) -> dict[str, Any]:
    """The golden account with other facts about its reading."""
    return {**GOLDEN, "meta": {**GOLDEN["meta"], **meta}}


def test_an_answer_of_the_application_is_a_change() -> None:
    """The probe is no call to AWS; what the application answered is named all the same."""
    url = "http://sentiment-app-alb-424835706.eu-west-1.elb.amazonaws.com/health"
    found = grade(
        {
            "up": with_meta(http_probe={"ok": True, "status": 200, "url": url}),
            "down": with_meta(http_probe={"ok": False, "status": 502, "url": url}),
        }
    )
    items = {item.id: item for item in compare_sides(side_of(found["up"]), side_of(found["down"])).items}
    changes = {(change.question.operation, change.path, change.new) for change in items["5.5"].changes}
    assert changes == {("http_probe", "ok", "false"), ("http_probe", "status", "502")}


def test_a_difference_elsewhere_is_told_as_that() -> None:
    """Where the answers that a check reads are the same, other changes are named, and that they are others."""
    academy = with_meta(environment="academy")
    academy["calls"] = {
        **GOLDEN["calls"],
        "ec2.DescribeVpcEndpoints": {"eu-west-1": {"": {"response": {"VpcEndpoints": [{"VpcEndpointId": "vpce-1"}]}}}},
    }
    found = grade({"own": GOLDEN, "academy": academy})
    items = compare_sides(side_of(found["own"]), side_of(found["academy"])).items
    assert items
    for item in items:
        assert item.elsewhere
        assert {change.question.operation for change in item.changes} == {"ec2.DescribeVpcEndpoints"}


def test_another_variant_is_no_change_in_the_account() -> None:
    """The same answers judged by the Academy's variant: items do not apply, and no change is made up."""
    found = grade({"own": GOLDEN, "academy": with_meta(environment="academy")})
    items = compare_sides(side_of(found["own"]), side_of(found["academy"])).items
    assert items
    assert not [item for item in items if item.changes or item.elsewhere]
