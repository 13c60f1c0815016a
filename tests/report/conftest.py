"""Graded states, their pages, and a real Chromium to look at them."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from grader.grading.pipeline import Graded
from grader.report.page.page import render_page
from tests.cases import grade

from .states import STATES, document

CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@pytest.fixture(scope="session")
def graded() -> Callable[[str], Graded]:
    """The graded states by name."""
    return grade({state: document(state) for state in STATES}).__getitem__


@pytest.fixture(scope="session")
def page_of(graded: Callable[[str], Graded]) -> Callable[[str], str]:
    """The pages of the states by name."""
    return {state: render_page(graded(state)) for state in STATES}.__getitem__


@pytest.fixture(scope="session")
def saved(page_of: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The files of those pages."""
    folder = tmp_path_factory.mktemp("pages")

    def save(state: str) -> Path:
        path = folder / f"{state.replace(' ', '-')}.html"
        path.write_text(page_of(state), encoding="utf-8")
        return path

    return save


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A Chromium of this machine; a test that needs it fails with a sentence where there is none."""
    found = next((path for name in CHROMIUM if (path := shutil.which(name))), None)
    if found is None:
        pytest.fail(f"These tests look at pages in a Chromium: install one of {', '.join(CHROMIUM)}.", pytrace=False)
    with sync_playwright() as playwright:
        window = playwright.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu"])
        yield window
        window.close()
