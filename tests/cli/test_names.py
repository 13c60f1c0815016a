"""The names of files: a suffix of two parts stays whole, and no two names are one."""

from __future__ import annotations

import pytest

from grader.cli.names import FileNames


@pytest.mark.parametrize(
    ("template", "second"),
    [
        ("evidence.json.gz", "evidence-2.json.gz"),
        ("{account}.json", "1-2.json"),
        ("v1.2/{account}", "v1.2/1-2"),
        ("lab.report.html", "lab.report-2.html"),
    ],
)
def test_a_number_goes_before_all_of_the_suffix(template: str, second: str) -> None:
    """``a.json.gz`` and then ``a-2.json.gz``, never ``a.json-2.gz``."""
    names = FileNames()
    names.take(template, {"account": "1"})
    assert names.take(template, {"account": "1"}) == second


def test_no_name_is_given_twice() -> None:
    """Not where an account is called like another's second, and not where only the case differs."""
    names = FileNames()
    taken = [names.take("{account}.json", {"account": one}) for one in ("a", "a-2", "a", "A", "a/b", "a_b", "../a")]
    assert len({name.casefold() for name in taken}) == len(taken)
    assert all("/" not in name for name in taken)
