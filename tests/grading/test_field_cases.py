"""Accounts that strangers built, and states that public bug reports describe: each gives what it must."""

from __future__ import annotations

import copy
import gzip
import html
import json
import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import jsonpatch
import pytest
import yaml

from grader.report.page.page import render_page
from tests.cases import ACCOUNTS, golden, grade_one

FIELD = ACCOUNTS / "field"
CASES: tuple[Mapping[str, Any], ...] = tuple(yaml.safe_load((FIELD / "cases.yaml").read_text("utf-8"))["cases"])


def document(case: Mapping[str, Any]) -> dict[str, Any]:
    """The evidence of a case."""
    if "evidence" in case:
        content: dict[str, Any] = json.loads(gzip.decompress((FIELD / case["evidence"]).read_bytes()))
        return content
    patch = json.loads((FIELD / case["patch"]).read_text("utf-8"))
    patched: dict[str, Any] = jsonpatch.apply_patch(copy.deepcopy(golden()), patch)
    return patched


def points(wanted: Mapping[str, float]) -> dict[str, Fraction]:
    """Points by item as the cases write them; those of nothing are left out."""
    return {str(item): Fraction(str(value)) for item, value in wanted.items() if value}


def words(page: str) -> str:
    """The words of a page: commands count, raw answers do not; white space is collapsed."""
    page = re.sub(r"(?s)<(script|style)\b.*?</\1>", " ", page)
    page = re.sub(r'(?s)<pre\b(?![^>]*\bcmd\b)[^>]*>.*?</pre>', " ", page)
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page)))


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_an_account_that_nobody_here_built_gets_what_it_earned(case: Mapping[str, Any]) -> None:
    """Points, causes and words of the report are those that the case names."""
    graded = grade_one(document(case))
    items = {item.id: item for item in graded.result.items}
    for key, field in (("lose", "lost"), ("open", "open")):
        if key in case:
            found = {identifier: getattr(item, field) for identifier, item in items.items() if getattr(item, field)}
            wanted = points(case[key])
            if not case.get("exact", True):
                found = {identifier: value for identifier, value in found.items() if identifier in wanted}
            assert found == wanted, key
    for identifier, value in case.get("earned", {}).items():
        assert items[identifier].earned == Fraction(str(value)), identifier
    if "score" in case:
        assert graded.result.score == Fraction(str(case["score"]))
    for identifier, cause in case.get("because_of", {}).items():
        assert items[identifier].because_of in (cause if isinstance(cause, list) else [cause]), identifier
    if "page_says" in case or "page_never" in case:
        page = words(render_page(graded))
        assert [one for one in case.get("page_says", ()) if not re.search(one, page)] == []
        assert [one for one in case.get("page_never", ()) if re.search(one, page)] == []
