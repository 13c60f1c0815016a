"""The page in a real Chromium: accessible, without a word in its console, and nothing outside its place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, Page

from grader.report.page.page import render_page
from tests.cases import grade_one, patched
from tests.report.states import STATES, named

LETTERS_OUTSIDE = """() => [...document.querySelectorAll('svg[role=img] g')].flatMap(group => {
  const frame = group.querySelector('rect').getBBox();
  return [...group.querySelectorAll('text')].filter(text => {
    const box = text.getBBox();
    return box.width && (box.x < frame.x - 1 || box.x + box.width > frame.x + frame.width + 1
      || box.y < frame.y - 1 || box.y + box.height > frame.y + frame.height + 1);
  }).map(text => text.textContent);
})"""


@contextmanager
def opened(browser: Browser, path: Path, scheme: str = "light", width: int = 1180) -> Iterator[Page]:
    """The page in a tab of its own; anything that it says on the console is an error."""
    said: list[str] = []
    context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 900})  # type: ignore[arg-type]
    tab = context.new_page()
    tab.on("console", lambda message: said.append(message.text))
    tab.on("pageerror", lambda error: said.append(str(error)))
    tab.on("dialog", lambda dialog: said.append(dialog.message))
    tab.on("request", lambda request: said.append(request.url) if request.url != path.as_uri() else None)
    tab.goto(path.as_uri())
    yield tab
    context.close()
    assert said == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("state", STATES[:5])
def test_axe_finds_no_violation(browser: Browser, saved: Callable[[str], Path], state: str, scheme: str) -> None:
    """Full marks, faults, refusals or nothing at all, light or dark: axe-core has nothing against the page.

    All that is folded is open while it looks, so that the evidence is looked at too.
    """
    with opened(browser, saved(state), scheme) as tab:
        tab.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
        found = Axe().run(tab)
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("state", STATES)
def test_nothing_is_wider_than_the_window(browser: Browser, saved: Callable[[str], Path], state: str) -> None:
    """On a phone, a tablet and a wide screen the page scrolls down, never sideways; only the picture may."""
    with opened(browser, saved(state)) as tab:
        tab.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
        for width in (320, 390, 820, 1600):
            tab.set_viewport_size({"width": width, "height": 900})
            assert tab.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("state", STATES)
def test_words_of_the_picture_stay_in_their_boxes(browser: Browser, saved: Callable[[str], Path], state: str) -> None:
    """As Chromium measures them, all words of the picture stand inside the box that they belong to."""
    with opened(browser, saved(state)) as tab:
        assert tab.evaluate(LETTERS_OUTSIDE) == []


@pytest.mark.parametrize("case", ["V09", "M085", "M128", "M160", "M187", "M201", "U16", "M113"])
def test_words_of_any_deployment_stay_in_their_boxes(browser: Browser, tmp_path: Path, case: str) -> None:
    """The same for three subnets and six, several VPCs, one group for all, and things that are missing."""
    path = tmp_path / "page.html"
    path.write_text(render_page(grade_one(patched(case))), encoding="utf-8")
    with opened(browser, path) as tab:
        assert tab.evaluate(LETTERS_OUTSIDE) == []


@pytest.mark.parametrize(
    "name",
    [
        "<script>alert(1)</script><img src=x onerror=alert(2)>",
        "\u202egnp.exe\u2066 ‮שלום עולם",
        "M" * 10_000,
        "\ud800\udfff \x00\x1b[31m \ufffe",
        "漢字" * 40,
        "Z\u0351\u0346\u0302\u0300\u0301\u0303\u0304" * 30,
        "\"'><b onmouseover=alert(3)>{{ 7*7 }}</style></svg></bdi></pre>",
    ],
    ids=["markup", "right-to-left", "10,000 characters", "broken", "wide", "piled", "quotes"],
)
def test_a_name_breaks_nothing(browser: Browser, tmp_path: Path, name: str) -> None:
    """Whatever the owner of an account calls things: no element, no request, no letter outside its box comes of it."""
    page = render_page(grade_one(named(name)))
    path = tmp_path / "page.html"
    path.write_text(page, encoding="utf-8")
    with opened(browser, path) as tab:
        assert tab.evaluate("document.querySelectorAll('script, img, b, iframe, [onmouseover]').length") == 0
        assert tab.evaluate("document.documentElement.scrollWidth") <= 1180
        assert tab.evaluate(LETTERS_OUTSIDE) == []
        assert tab.evaluate("document.querySelectorAll('main section').length") == 4
    assert len(page.encode()) < 150_000


def test_a_link_to_an_answer_unfolds_it(browser: Browser, saved: Callable[[str], Path]) -> None:
    """By keyboard or mouse, a check leads to the answer of AWS behind it, without a script of ours."""
    with opened(browser, saved("several faults")) as tab:
        tab.locator("details.evidence summary").first.focus()
        tab.keyboard.press("Enter")
        tab.keyboard.press("Tab")
        tab.keyboard.press("Enter")
        tab.wait_for_function("location.hash.startsWith('#a')")
        assert tab.locator("pre:target").is_visible()


def test_print_shows_every_step_and_what_was_graded(browser: Browser, saved: Callable[[str], Path]) -> None:
    """On paper nothing can be unfolded: the bindings are printed, the raw answers are not."""
    with opened(browser, saved("several faults")) as tab:
        tab.emulate_media(media="print")
        assert tab.locator("table.bindings").is_visible()
        assert tab.locator("article.item").count() == 26
        assert not tab.locator("section.answers").is_visible()
