"""Questions that a rubric asks of an answer directly, without a function of their own."""

from grader.evidence import Evidence
from grader.grading.queries import answer_to
from grader.rubric.queries import AskedOfAws


def test_the_answer_is_as_expected(evidence: Evidence, question: AskedOfAws) -> None:
    assert answer_to(question, evidence)
