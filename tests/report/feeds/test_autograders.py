"""Gradescope, PrairieLearn and Autolab, by the rules of their own importers."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from grader.errors import UsageError
from grader.grading.pipeline import Graded
from grader.report.feeds import autolab, gradescope, prairielearn
from grader.report.formats import FORMATS

TEXT_FORMATS = {"text", "html", "simple_format", "md", "ansi"}
VISIBILITIES = {"hidden", "after_due_date", "after_published", "visible"}


def item_shown(document: dict[str, Any], number: str) -> dict[str, Any]:
    """The test of one item in a Gradescope document."""
    (found,) = [test for test in document["tests"] if test.get("number") == number]
    assert isinstance(found, dict)
    return found


def test_gradescope_takes_it(any_account: Graded) -> None:
    """Its specification of ``results.json``: known keys, numbers, statuses, formats and visibilities."""
    document = json.loads(gradescope.render([any_account]))
    top = {
        "score", "execution_time", "output", "output_format", "test_output_format", "test_name_format", "visibility",
        "stdout_visibility", "extra_data", "tests", "leaderboard",
    }  # fmt: skip
    keys = {
        "score", "max_score", "status", "name", "name_format", "number", "output", "output_format", "tags",
        "visibility", "extra_data",
    }  # fmt: skip
    assert document.keys() <= top
    assert {document["output_format"], document["test_output_format"], document["test_name_format"]} <= TEXT_FORMATS
    assert {document["visibility"], document["stdout_visibility"]} <= VISIBILITIES
    for test in document.get("tests", ()):
        assert test.keys() <= keys
        if not test["name"].startswith("[open]"):
            assert test["status"] in {"passed", "failed"}
            assert isinstance(test["score"], float)
            assert isinstance(test["max_score"], float)
        assert isinstance(test["number"], str)
        assert all(isinstance(tag, str) for tag in test["tags"])


def test_gradescope_shows_the_exact_score(any_account: Graded) -> None:
    """The top score, which overrides the sum, is the one that leaves; the tests sum to it, but for what is open."""
    result = any_account.result
    document = gradescope.document(result)
    if not result.is_judged:
        assert not {"score", "tests"} & document.keys()
        return
    assert document["score"] == float(result.feed_range[0])
    assert sum(test.get("score", 0) for test in document["tests"]) == pytest.approx(document["score"])
    without = sum(item.points for item in result.items if item.open and item.open == item.points)
    most = float((result.max_score - without) * result.scale)
    assert sum(test.get("max_score", 0) for test in document["tests"]) == pytest.approx(most)


def test_gradescope_shows_what_is_open_apart(graded: Callable[[str], Graded]) -> None:
    """An open item keeps what is certain, is named open, says why, and is counted at the top of the page."""
    document = gradescope.document(graded("U04").result)
    bucket = item_shown(document, "2.1")
    assert bucket["name"] == "[open] Create a private S3 bucket"
    assert (bucket["score"], bucket["max_score"], bucket["extra_data"]["lost"]) == (0.125, 0.25, 0.0)
    assert bucket["extra_data"]["open"] == 0.125
    assert "grant s3:GetBucketPublicAccessBlock" in bucket["output"]
    assert "Open checks: 1, worth 0.125 points" in document["output"]
    assert document["extra_data"]["score_range"] == [9.875, 10.0]


def test_gradescope_is_told_what_does_not_apply(graded: Callable[[str], Graded]) -> None:
    """In the Academy an item without points is passed and named; the score is the converted one, as the rubric says."""
    document = gradescope.document(graded("academy").result)
    first = item_shown(document, "1.1")
    assert (first["status"], first["max_score"]) == ("passed", 0.0)
    assert first["name"].startswith("[not applicable]")
    assert (document["score"], document["extra_data"]["points"]) == (10.0, [9.25, 9.25])


def test_gradescope_tells_the_student_what_to_do(graded: Callable[[str], Graded]) -> None:
    """A lost check says what was found, what was expected and the next step."""
    output = item_shown(gradescope.document(graded("M050").result), "2.2")["output"]
    assert "found: bucket mlops-lab-sentiment-7f3a holds no files; expected: the files of the lab" in output
    assert "next: Upload the files of Lab 1 to the bucket." in output


def test_prairielearn_takes_it(any_account: Graded) -> None:
    """A score from 0 to 1, tests that are whole or nothing, less than a megabyte."""
    text = prairielearn.render([any_account])
    document = json.loads(text)
    assert len(text.encode()) <= prairielearn.MAX_BYTES
    assert isinstance(document["gradable"], bool)
    assert isinstance(document["message"], str)
    if document["gradable"]:
        assert 0 <= document["score"] <= 1
        assert all(test["points"] in (0, test["max_points"]) for test in document["tests"])
        earned, most = (sum(test[key] for test in document["tests"]) for key in ("points", "max_points"))
        assert document["score"] == pytest.approx(earned / most), "the header and the tests say the same"
        assert all(test["name"] for test in document["tests"])
    else:
        assert "score" not in document


@pytest.mark.parametrize(
    ("case", "gradable"),
    [("golden", True), ("empty", True), ("U04", True), ("nothing-asked", False), ("nothing-said", False)],
)
def test_prairielearn_keeps_the_attempt_where_nothing_could_be_judged(
    graded: Callable[[str], Graded], case: str, gradable: bool
) -> None:
    """An attempt is not used up where every check is open; one refusal does not stop the grading."""
    assert prairielearn.document(graded(case).result)["gradable"] is gradable


def test_prairielearn_scores_a_fraction_of_the_maximum(graded: Callable[[str], Graded]) -> None:
    """9.75 of 10 points are 0.975."""
    assert prairielearn.document(graded("M050").result)["score"] == 0.975


def test_autolab_reads_the_last_line(any_account: Graded) -> None:
    """The last line gives a number to each problem that is settled, the line before it the feedback; both are ASCII."""
    lines = autolab.render([any_account]).encode("ascii").decode().rstrip("\n").split("\n")
    feedback, scores = map(json.loads, lines)
    assert all(isinstance(score, float) for score in scores["scores"].values())
    result = any_account.result
    settled = sum(item.earned for item in result.items if not item.open) * result.scale
    assert sum(scores["scores"].values()) == pytest.approx(float(settled))
    assert feedback["_presentation"] == "semantic"
    assert set(feedback["stages"]) == feedback.keys() - {"_presentation", "stages"}
    cases = [case for stage in feedback["stages"] for case in feedback[stage].values()]
    assert all(isinstance(case["passed"], bool) for case in cases)
    assert all("hint" in case for case in cases if not case["passed"])


def test_autolab_leaves_out_what_does_not_apply(graded: Callable[[str], Graded]) -> None:
    """A problem that does not apply gets no score, so that Autolab keeps what a person enters."""
    scores = json.loads(autolab.render([graded("academy")]).splitlines()[-1])["scores"]
    assert "1.1" not in scores
    assert scores["1.3"] == pytest.approx(0.25 * 10 / 9.25)


@pytest.mark.parametrize("name", [name for name, each in FORMATS.items() if not each.several])
def test_what_reads_one_account_refuses_several(graded: Callable[[str], Graded], name: str) -> None:
    """A format of single submissions says so, instead of writing what its reader misreads."""
    with pytest.raises(UsageError, match="one account"):
        FORMATS[name].render([graded("golden"), graded("empty")])


@pytest.mark.parametrize("name", [name for name, each in FORMATS.items() if each.several])
def test_the_other_formats_hold_a_class(graded: Callable[[str], Graded], name: str) -> None:
    """A format that says that it holds several accounts tells of each of them."""
    several = FORMATS[name].render([graded("golden"), graded("M050"), graded("M160")])
    assert len(several) > len(FORMATS[name].render([graded("golden")]))
    assert "2.2" in several
    assert "4.6" in several


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_is_text_that_a_file_can_hold(hostile: Graded, name: str) -> None:
    """UTF-8 with Unix line ends, no control character but the line feed, bounded whatever the names are."""
    text = FORMATS[name].render([hostile])
    assert len(text.encode("utf-8")) < 2 * 1024 * 1024
    assert not [character for character in text if ord(character) < 32 and character != "\n"]
    assert not set("\x85\u2028\u2029\u202e\u2066\ufffe\uffff") & set(text)
    assert text.endswith("\n")


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_is_an_option_with_a_help_text(name: str) -> None:
    """The command line is made from this table: option, help and module of each are right."""
    format_ = FORMATS[name]
    assert (format_.name, format_.option) == (name, f"--{name}")
    assert format_.help.endswith(".")
    assert callable(format_.render)


def test_what_an_instructor_awards_is_a_test_of_its_own(graded: Callable[[str], Graded]) -> None:
    """The bonus pool counts beyond the items, without a maximum of its own, and is named."""
    award = replace(graded("M050").result, bonus=Fraction(1, 2), bonus_note="for the talk")
    scope, lines = gradescope.document(award), prairielearn.document(award)
    assert scope["score"] == 10.25
    assert (scope["tests"][-1]["score"], scope["tests"][-1]["max_score"]) == (0.5, 0.0)
    assert sum(test["points"] for test in lines["tests"]) == pytest.approx(10.25)
    assert lines["tests"][-1]["message"] == "for the talk"
    assert prairielearn.document(award)["score"] == 1.0
