"""The result as JSON: what scripts read. What it holds is ``grader.grading.result_document``."""

from __future__ import annotations

import json
from collections.abc import Sequence

from grader.grading.pipeline import Graded
from grader.grading.result_document import result_document


def render(graded: Sequence[Graded]) -> str:
    """One object for one account, a list of them for several. Lone surrogates are spelled as escapes."""
    documents = [result_document(each.result) for each in graded]
    return json.dumps(documents[0] if len(documents) == 1 else documents, ensure_ascii=False, indent=2) + "\n"
