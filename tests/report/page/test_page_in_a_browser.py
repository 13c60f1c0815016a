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
        made = "script:not(:last-child), img, b, iframe, [onmouseover]"
        assert tab.evaluate(f"document.querySelectorAll('{made}').length") == 0
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


def test_commands_are_copied_by_a_press(browser: Browser, saved: Callable[[str], Path]) -> None:
    """Each command has a button of its own; the clipboard then holds the command and no more."""
    with opened(browser, saved("several faults")) as tab:
        tab.context.grant_permissions(["clipboard-read", "clipboard-write"])
        command = tab.locator("pre.cmd").first
        assert tab.locator("button.copy").count() == tab.locator("pre.cmd").count() > 0
        tab.locator("button.copy").first.click()
        tab.wait_for_function("document.querySelector('button.copy').textContent === 'Copied'")
        assert tab.evaluate("navigator.clipboard.readText()") == command.text_content()


def test_steps_can_be_filtered(browser: Browser, saved: Callable[[str], Path]) -> None:
    """Failed, open or all; a step that a link leads to is shown all the same."""
    with opened(browser, saved("several faults")) as tab:
        steps = tab.locator("article.item:visible")
        assert steps.count() == 26
        for name, kind in (("Failed", "lost"), ("Open", "waits")):
            tab.get_by_label(name, exact=True).check()
            assert 0 < steps.count() == tab.locator(f"article.item.{kind}").count() < 26
        hidden = tab.locator("article.item:not(.waits)").first.get_attribute("id")
        tab.evaluate(f"location.hash = '{hidden}'")
        assert tab.locator(f"[id='{hidden}']").is_visible()


@pytest.mark.parametrize("state", STATES[:5])
def test_numbers_and_targets_are_fit_for_a_phone(browser: Browser, saved: Callable[[str], Path], state: str) -> None:
    """At 390 px no number breaks in two, and what can be pressed outside a sentence is at least 24 px high."""
    with opened(browser, saved(state), width=390) as tab:
        broken = """() => {
          const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), found = [];
          for (let node; (node = walker.nextNode());) for (const number of node.data.matchAll(/[−-]?\\d+\\.\\d+/g)) {
            if (!node.parentElement.closest('.num')) continue;
            const range = document.createRange();
            range.setStart(node, number.index);
            range.setEnd(node, number.index + number[0].length);
            if (range.getClientRects().length > 1) found.push(number[0]);
          }
          return found;
        }"""
        assert tab.evaluate(broken) == []
        small = """() => [...document.querySelectorAll('summary, button, .filter label, .links a')]
          .filter(one => one.getClientRects().length && one.getBoundingClientRect().height < 24)
          .map(one => one.textContent.trim())"""
        assert tab.evaluate(small) == []


def test_a_phone_says_that_the_drawing_scrolls(browser: Browser, saved: Callable[[str], Path]) -> None:
    """Where the drawing does not fit, a sentence says so; where it fits, none does."""
    with opened(browser, saved("full marks"), width=390) as tab:
        assert tab.locator(".scrolls").is_visible()
        tab.set_viewport_size({"width": 1180, "height": 900})
        assert not tab.locator(".scrolls").is_visible()
