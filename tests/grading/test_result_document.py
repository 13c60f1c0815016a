"""Reading results that somebody hands over: what is none is said in one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.errors import UnusableInput
from grader.grading.result_document import checked_results, load_results


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"\xff", "not UTF-8"),
        (b"[" * 100_000, "not a results file"),
        (b"[]", "holds no result"),
        (b"[1]", "is no object"),
        (b"{}", "'format' is missing"),
        (b'{"format": 2, "account": "1", "score": 1, "max_score": 1, "items": []}', "too new"),
        (b'{"format": true, "account": "1", "score": 1, "max_score": 1, "items": []}', "'format'"),
        (b'{"format": 1, "account": "1", "score": 1, "max_score": 1, "items": [{}]}', "'id' is missing"),
        (b'{"format": 1, "account": "1", "score": NaN, "max_score": 1, "items": []}', "not a number"),
    ],
)
def test_what_is_no_results_file_is_said_in_one_sentence(tmp_path: Path, content: bytes, said: str) -> None:
    """A broken or foreign file gives one message with its name and what is wrong, and exit code 2."""
    path = tmp_path / "broken.json"
    path.write_bytes(content)
    with pytest.raises(UnusableInput, match=said) as caught:
        checked_results(load_results(path), str(path))
    assert caught.value.where.startswith(str(path))
    assert caught.value.exit_code == 2


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    """A file that is not there is unusable input, not a crash."""
    with pytest.raises(UnusableInput, match="cannot be read"):
        load_results(tmp_path / "none.json")
