"""What a failed check found and what it expected: two values, whatever the check asserts and whatever a name holds."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from grader.errors import GraderError
from grader.evidence import Evidence
from grader.grading.pipeline import Graded, grade_all
from grader.grading.result_document import result_document
from grader.rubric import open_rubric
from tests.cases import cases, golden, grade

CHECKS = '''
from grader.model.findings import Finding, either, every, some

WRONG = Finding(False, "the port is 80", "8000")
RIGHT = Finding(True, "the port is 8000")

def test_a_finding(): assert WRONG
def test_a_finding_whose_names_hold_our_own_words(): assert Finding(False, "bucket a; expected: b is empty", "c")
def test_a_quantifier(): assert every(["one"], lambda thing: WRONG)
def test_an_inner_finding_is_not_the_answer(): assert either(lambda: WRONG, lambda: Finding(False, "none", "some"))
def test_a_long_finding(): assert Finding(False, "x" * 5000, "y" * 5000)
def test_a_line_end(): assert Finding(False, "two\\nlines", "one")
def test_two_of_which_one_is_false(): assert RIGHT and WRONG
def test_a_finding_that_holds(): assert not RIGHT
def test_a_sentence(): assert WRONG, "my own words"
def test_a_comparison(): assert (2 if WRONG else 1) == 2
def test_a_plain_value(): assert 1 == 2, "one is not two"
def test_a_missing_thing(): assert some([], lambda thing: WRONG)
'''

SAID = {
    "a_finding": ("the port is 80", "8000"),
    "a_finding_whose_names_hold_our_own_words": ("bucket a; expected: b is empty", "c"),
    "a_quantifier": ("one: the port is 80", "8000"),
    "an_inner_finding_is_not_the_answer": ("none", "some"),
    "a_long_finding": ("x" * 5000, "y" * 5000),
    "a_line_end": ("two\nlines", "one"),
    "two_of_which_one_is_false": ("(the port is 8000 and the port is 80; expected: 8000)", ""),
    "a_finding_that_holds": ("not the port is 8000", ""),
    "a_sentence": ("my own words", ""),
    "a_comparison": ("1 == 2", ""),
    "a_plain_value": ("one is not two", ""),
    "a_missing_thing": ("nothing was found", ""),
}


@pytest.fixture(scope="module", params=["as it is", "with pytest-html"])
def said(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[str, str, str]]:
    """What each check of a course's own said: found, expected, message."""
    folder = tmp_path_factory.mktemp("course")
    (folder / "check_own.py").write_text(CHECKS, encoding="utf-8")
    rows = "".join(f'    - check: check_own.py::test_{name}\n      points: "1"\n' for name in SAID)
    (folder / "rubric.yaml").write_text(
        f'lab: x\npoints: "{len(SAID)}"\nsections:\n- id: a\n  title: a\n  items:\n  - id: "1"\n    title: t\n'
        f'    points: "{len(SAID)}"\n    hint: h\n    checks:\n{rows}',
        encoding="utf-8",
    )
    html = (lambda _: folder / "raw.html") if request.param == "with pytest-html" else None
    found: list[Graded | GraderError] = []
    rubric = open_rubric(folder / "rubric.yaml")
    grade_all(rubric, [Evidence(golden())], lambda _, one: found.append(one), pytest_html=html)
    (graded,) = found
    assert isinstance(graded, Graded), graded
    checks = graded.result.items[0].checks
    return {check.id.partition("test_")[2]: (check.found, check.expected, check.message) for check in checks}


@pytest.mark.parametrize("name", SAID)
def test_found_and_expected_are_the_findings_own(said: dict[str, tuple[str, str, str]], name: str) -> None:
    """A finding's two values arrive as they are; any other assertion is a sentence, found, with nothing expected."""
    found, expected = SAID[name]
    assert said[name] == (found, expected, f"{found}; expected: {expected}" if expected else found)


def failed() -> Iterator[tuple[str, str, str]]:
    """Message, found and expected of every failed check of every kept case, as the JSON has them."""
    for graded in grade({case.id: case.document for case in cases()}).values():
        for item in result_document(graded.result)["items"]:
            for check in item["checks"]:
                if check["outcome"] == "failed":
                    yield check["message"], check["found"], check["expected"]
                else:
                    assert check["expected"] == ""


def test_the_json_has_both_as_keys_of_their_own() -> None:
    """Over all kept cases the message is made of both, and no part of one is in the other."""
    several = list(failed())
    assert any(expected for _, _, expected in several)
    for message, found, expected in several:
        assert message == (f"{found}; expected: {expected}" if expected else found)
        assert "; expected: " not in found
