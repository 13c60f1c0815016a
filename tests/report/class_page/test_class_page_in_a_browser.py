"""``class.html`` in a Chromium: it sorts and filters by keyboard, axe finds nothing, a long class comes in parts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, Page

from grader.report.class_page.page import render_class
from tests.report.class_page.made_up import made_up

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of 1,000 students."""
    path = tmp_path_factory.mktemp("class") / "class.html"
    path.write_text(render_class(made_up(1000)), "utf-8")
    return path


@pytest.fixture
def page(browser: Browser, file: Path) -> Iterator[Page]:
    """The page, open; an error of its script fails the test."""
    opened = browser.new_page(viewport={"width": 1280, "height": 900})
    errors: list[Any] = []
    opened.on("pageerror", lambda error: errors.append(error))
    opened.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    opened.goto(file.as_uri())
    yield opened
    opened.close()
    assert errors == []


def ids(page: Page) -> list[str]:
    """The students that are shown."""
    names = "all => all.map(one => one.firstChild.textContent)"
    found: list[str] = page.eval_on_selector_all("#rows th a, #rows th:not(:has(a))", names)
    return found


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(page: Page, scheme: str) -> None:
    """In both colour schemes, whole page."""
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    assert Axe().run(page).response["violations"] == []


def test_it_sorts_by_keyboard(page: Page) -> None:
    """Tab to a head, Enter: highest first; again: lowest first; the head says so."""
    page.focus("th[data-key=score] button")
    page.keyboard.press("Enter")
    assert page.get_attribute("th[data-key=score]", "aria-sort") == "descending"
    scores = page.eval_on_selector_all("#rows td:nth-child(3)", "all => all.map(one => parseFloat(one.textContent))")
    assert scores == sorted(scores, reverse=True)
    page.keyboard.press("Space")
    assert page.get_attribute("th[data-key=score]", "aria-sort") == "ascending"
    assert page.evaluate("document.activeElement.closest('th').dataset.key") == "score"


def test_it_filters_by_keyboard(page: Page) -> None:
    """Typing narrows at once and says how many are left; section, outcome and step go together."""
    page.focus("#find")
    page.keyboard.type("s0042")
    assert ids(page) == ["s0042"]
    assert page.text_content("#said") == "1 of 1000 students"
    page.focus("#reset")
    page.keyboard.press("Enter")
    page.select_option("#section", "B")
    page.select_option("#state", "lost")
    page.select_option("#step", "3")
    marks = page.eval_on_selector_all("#rows tr", "all => all.map(one => one.children[8].className)")
    assert marks
    assert set(marks) <= {"cell f", "cell h"}
    page.select_option("#step", "")
    page.select_option("#section", "")
    page.select_option("#state", "error")
    assert page.text_content("#said") == "10 of 1000 students"


def test_more_students_are_shown_on_request(page: Page) -> None:
    """The first hundred, then a hundred more, and all in print."""
    assert len(ids(page)) == 100
    page.focus("#more")
    page.keyboard.press("Enter")
    assert len(ids(page)) == 200
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert len(ids(page)) == 1000


def test_a_thousand_students_are_sorted_and_filtered_at_once(page: Page) -> None:
    """A click or a key changes the table before the script ends, and draws a hundred rows of the thousand, once."""
    script = """step => {
        let drawn = 0;
        const seen = new MutationObserver(() => {});
        seen.observe(document.getElementById("rows"), {childList: true});
        if (step === "sort") document.querySelector("th[data-key=step-5] button").click();
        else {
            const field = document.getElementById("find");
            field.value = step;
            field.dispatchEvent(new Event("input"));
        }
        for (const one of seen.takeRecords()) drawn += one.addedNodes.length;
        return drawn;
    }"""
    assert page.evaluate(script, "sort") == 100
    assert page.evaluate(script, "s0042") == 1
    assert page.evaluate(script, "s0") == 100


@pytest.mark.parametrize("width", [360, 1280])
def test_it_fits(page: Page, width: int) -> None:
    """Only the table of students scrolls sideways."""
    page.set_viewport_size({"width": width, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= width
