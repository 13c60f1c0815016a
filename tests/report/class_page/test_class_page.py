"""``class.html``: one file, nothing fetched, and nothing on it that a roster or an account could make act."""

from __future__ import annotations

import re
from dataclasses import replace

import html5lib
import pytest

from grader.classes.overview import masked
from grader.report.class_page.page import render_class
from tests.report.class_page.made_up import made_up

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(1)>\u202e"


def test_it_is_valid_and_fetches_nothing() -> None:
    """A strict parser finds no mistake, and there is no address to fetch from."""
    text = render_class(made_up(120))
    html5lib.HTMLParser(strict=True).parse(text)
    assert re.findall(r"(?:src|href)=\"(?!pages/|#)[^\"]*\"", text) == []
    assert "default-src 'none'" in text


def test_each_step_says_its_reasons_in_words() -> None:
    """How many lost it, of how many, for which reason."""
    text = render_class(made_up(120))
    assert re.search(r"\d+ of \d+: [^<]+; \d+: ", text)
    assert "s3:GetBucketPublicAccessBlock (identity policy)" in text
    assert "overrides.yaml:4: there is no student" in text


def test_an_empty_class_is_a_page() -> None:
    """Nobody graded yet is no error."""
    html5lib.HTMLParser(strict=True).parse(render_class(made_up(0)))


def test_hostile_names_do_nothing() -> None:
    """Neither a name nor an error ends the script or starts one."""
    overview = made_up(3)
    rows = (replace(overview.rows[0], name=HOSTILE, error=HOSTILE), *overview.rows[1:])
    first = tuple(replace(one, name=HOSTILE, why=(HOSTILE,)) for one in overview.first)
    text = render_class(replace(overview, rows=rows, first=first, lab=HOSTILE))
    html5lib.HTMLParser(strict=True).parse(text)
    assert "<img" not in text
    assert text.count("</script>") == 2


@pytest.mark.parametrize("where", ["name", "section", "error"])
def test_a_shared_page_has_no_addresses_and_no_accounts(where: str) -> None:
    """Wherever they stand; a student id that is an address becomes a number."""
    overview = made_up(30)
    changed = replace(overview.rows[0], id="ada@example.org", **{where: "of 123456789012, ada@example.org"})  # type: ignore[arg-type]
    text = render_class(masked(replace(overview, rows=(changed, *overview.rows[1:]))))
    assert "example.org" not in text
    assert re.findall(r"\d{12}", re.sub(r"sha256-\S+", "", text)) == []
    assert "student 1" in text
    assert '"pages/' not in re.sub(r"link\.href[^\n]+", "", text)
