"""Which files can be compared, in any mix, and what each output tells."""

from __future__ import annotations

import gzip
import html
import json
import re
from collections.abc import Callable
from pathlib import Path

import click
import cmarkgfm  # type: ignore[import-untyped]
import html5lib
import pytest

from grader.compare.changes import Comparison
from grader.compare.comparison import compare
from grader.errors import EvidenceError, UnusableInput
from grader.grading.pipeline import Graded
from grader.report.diff.html import render as render_html
from grader.report.diff.markdown import render as render_markdown
from grader.report.diff.terminal import render as render_terminal
from grader.report.feeds.result_json import render as render_results
from grader.rubric import open_rubric

from .conftest import document_of

Write = Callable[[str], Path]


@pytest.fixture
def results_file(tmp_path: Path, graded: Callable[[str], Graded]) -> Callable[..., Path]:
    """Writes the results of some cases, as accounts of their own."""

    def write(*cases: str, name: str = "results.json") -> Path:
        documents = json.loads(render_results([graded(case) for case in cases]))
        if isinstance(documents, list):
            for case, document in zip(cases, documents, strict=True):
                document["account"] = case
        path = tmp_path / name
        path.write_text(json.dumps(documents), "utf-8")
        return path

    return write


def compared(old: Path, new: Path) -> Comparison:
    """Both files compared by the lab's rubric."""
    return compare(old, new, open_rubric())


def test_two_evidence_files_name_the_change(evidence_file: Write) -> None:
    """The field, its old and its new value stand in all three outputs."""
    comparison = compared(evidence_file("golden"), evidence_file("M122"))
    for text in (
        click.unstyle(render_terminal(comparison)),
        html.unescape(render_html(comparison)),
        render_markdown(comparison).replace("\\", ""),
    ):
        assert "10.00 → 9.75 of 10.00 points (−0.25)" in text
        assert "sentiment-app-nat].State" in text
        assert '"available"' in text
        assert '"deleting"' in text


def test_a_terminal_without_unicode_gets_ascii(evidence_file: Write) -> None:
    """An old Windows console shows the same comparison with its own signs."""
    comparison = compared(evidence_file("golden"), evidence_file("M122"))
    text = click.unstyle(render_terminal(comparison, unicode=False))
    assert text.isascii()
    assert "10.00 -> 9.75 of 10.00 points (-0.25)" in text


@pytest.mark.parametrize("mix", ["both results", "old results", "new results"])
def test_results_are_compared_by_their_messages(
    evidence_file: Write, results_file: Callable[..., Path], mix: str
) -> None:
    """Where one side has no answers, the points are the same and the message is the cause."""
    old = evidence_file("golden") if mix == "new results" else results_file("golden", name="old.json")
    new = evidence_file("M050") if mix == "old results" else results_file("M050", name="new.json")
    comparison = compared(old, new)
    text = " ".join(click.unstyle(render_terminal(comparison)).split())
    assert comparison.accounts[0].gained == -0.25
    assert "holds no files" in text
    assert "At least one side is a result" in text


def test_a_class_is_compared_account_by_account(results_file: Callable[..., Path]) -> None:
    """Accounts are matched by their id; those of one file only are named."""
    old = results_file("golden", "M050", "M122", name="old.json")
    new = results_file("M050", "M122", "M187", name="new.json")
    comparison = compared(old, new)
    assert [account.old.account for account in comparison.accounts] == ["M050", "M122"]
    assert (comparison.only_old, comparison.only_new) == (("golden",), ("M187",))
    for text in (click.unstyle(render_terminal(comparison)), render_markdown(comparison), render_html(comparison)):
        assert "golden" in text
        assert "M187" in text


def test_two_single_accounts_are_compared_whatever_their_ids(
    evidence_file: Write, results_file: Callable[..., Path]
) -> None:
    """A student's account against the reference deployment."""
    document = json.loads(results_file("golden").read_text("utf-8"))
    other = results_file("golden", name="other.json")
    other.write_text(json.dumps({**document, "account": "999999999999"}), "utf-8")
    comparison = compared(other, evidence_file("M050"))
    assert [account.gained for account in comparison.accounts] == [-0.25]


def test_a_compressed_file_is_read(evidence_file: Write, tmp_path: Path) -> None:
    """Evidence that a TA keeps is compressed."""
    packed = tmp_path / "golden.json.gz"
    packed.write_bytes(gzip.compress(json.dumps(document_of("golden")).encode()))
    assert compared(packed, evidence_file("golden")).accounts[0].items == ()


def test_nothing_changed_is_said(evidence_file: Write) -> None:
    """An empty comparison is a sentence, not an empty page."""
    comparison = compared(evidence_file("golden"), evidence_file("golden"))
    for text in (render_terminal(comparison), render_markdown(comparison), render_html(comparison)):
        assert "No check is judged otherwise." in text
        assert "The saved answers are the same." in text


def test_another_rubric_is_no_change_in_the_account(results_file: Callable[..., Path]) -> None:
    """A check that only one rubric has is told as that, with the maxima of both."""
    old = results_file("golden", name="old.json")
    document = json.loads(old.read_text("utf-8"))
    document["items"] = document["items"][1:]
    document["score"] = document["max_score"] = 9.75
    new = results_file("golden", name="new.json")
    new.write_text(json.dumps(document), "utf-8")
    text = click.unstyle(render_terminal(compared(old, new)))
    assert "10.00 of 10.00 → 9.75 of 9.75 points (−0.25)" in text
    assert "passed → not in this rubric" in text


WON = json.dumps(
    {
        "format": 1,
        "account": "1",
        "score": 1,
        "max_score": 1,
        "items": [
            {
                "id": "1",
                "title": "t",
                "earned": 0,
                "lost": 0,
                "open": 0,
                "checks": [{"id": "c", "title": "t", "points": 1, "outcome": "won", "message": ""}],
            }
        ],
    }
)


@pytest.mark.parametrize(
    ("content", "error", "said"),
    [
        (b'{"meta": {}}', UnusableInput, "neither an evidence file"),
        (b'{"calls": {}}', EvidenceError, "meta"),
        (b"3", UnusableInput, "is no object"),
        (b"\x1f\x8bdamaged", UnusableInput, "cannot be read|damaged"),
        (b'{"format": 1, "account": "1", "score": 1e999, "max_score": 1, "items": []}', UnusableInput, "no number"),
        (WON.encode(), UnusableInput, "'won' is no outcome"),
    ],
)
def test_what_cannot_be_compared_is_said(
    evidence_file: Write, tmp_path: Path, content: bytes, error: type[UnusableInput], said: str
) -> None:
    """Neither evidence nor results: one message with the file's name, exit code 2."""
    path = tmp_path / "wrong.json"
    path.write_bytes(content)
    with pytest.raises(error, match=said) as caught:
        compared(evidence_file("golden"), path)
    assert str(path) in str(caught.value)
    assert caught.value.exit_code == 2


HOSTILE = "<script>alert(1)</script>\x1b[31m\u202e\n::error::x [a](https://evil.example) | \ufffe" + "A" * 50_000


@pytest.fixture
def hostile(evidence_file: Write) -> Comparison:
    """A comparison in which the load balancer, a log line and a refusal are full of hostile text."""
    old, new = evidence_file("golden"), evidence_file("M187")
    for path in (old, new):
        document = json.loads(path.read_text("utf-8"))
        listed = document["calls"]["s3.ListBuckets"]["global"][""]
        if path == new:
            document["calls"]["s3.ListBuckets"]["global"][""] = {"error": {"Code": "AccessDenied", "Message": HOSTILE}}
            balancers = document["calls"]["elbv2.DescribeLoadBalancers"]["eu-west-1"][""]["response"]
            balancers["LoadBalancers"] = [{"LoadBalancerArn": HOSTILE, "Type": HOSTILE, HOSTILE: 1}]
        else:
            assert "response" in listed
        path.write_text(json.dumps(document), "utf-8")
    return compared(old, new)


def test_results_without_found_and_expected_are_compared_all_the_same(results_file: Callable[..., Path]) -> None:
    """Results of an older grader have one sentence for what was found and expected; it is said as it is."""
    old, new = results_file("golden", name="old.json"), results_file("M122", name="new.json")
    said = render_markdown(compared(old, new))
    assert "; expected: " in said
    for path in (old, new):
        document = json.loads(path.read_text("utf-8"))
        for item in document["items"]:
            for check in item["checks"]:
                del check["found"], check["expected"]
        path.write_text(json.dumps(document), "utf-8")
    assert render_markdown(compared(old, new)) == said


def test_hostile_text_stays_text(hostile: Comparison) -> None:
    """No tag, link, escape sequence or mark of direction reaches a reader, and nothing is endless."""
    terminal, page, markdown = click.unstyle(render_terminal(hostile)), render_html(hostile), render_markdown(hostile)
    for text in (terminal, page, markdown):
        text.encode("utf-8")
        assert not set("\x1b\u202e\ufffe") & set(text)
        assert len(text) < 100_000
    assert "<script" not in page
    tags = set(re.findall(r"<\s*/?\s*([a-zA-Z]\w*)", cmarkgfm.github_flavored_markdown_to_html(markdown)))
    assert tags <= {"h2", "h3", "p", "em", "ul", "li", "table", "thead", "tbody", "tr", "th", "td"}
    assert not [line for line in terminal.splitlines() if line.startswith("::")]


def test_the_page_is_valid_and_fetches_nothing(evidence_file: Write) -> None:
    """HTML5 without errors, one file, no script, no address to load from."""
    page = render_html(compared(evidence_file("golden"), evidence_file("M187")))
    html5lib.HTMLParser(strict=True).parse(page)
    assert not re.search(r"<script|<link|<img|<iframe|src=|url\(|@import|https?://", page)
    assert len(page.encode()) < 150_000


def test_the_page_allows_its_own_style_and_nothing_else(evidence_file: Write) -> None:
    """The policy in its head names the hash of the one style sheet."""
    from base64 import b64encode
    from hashlib import sha256

    page = render_html(compared(evidence_file("golden"), evidence_file("M050")))
    style = re.search(r"<style>(.*?)</style>", page, re.DOTALL)
    assert style is not None
    digest = b64encode(sha256(style[1].encode()).digest()).decode()
    assert f"style-src &#39;sha256-{digest}&#39;" in page or f"style-src 'sha256-{digest}'" in page
