"""docs/report.png: the top of reports/example.html, as a browser shows it. ``make picture`` makes it."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.docs.written import TOP

PAGE = TOP / "reports" / "example.html"
PICTURE = TOP / "docs" / "report.png"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
WIDTH, HEIGHT = 1000, 1500
"""Pixels of the page that the picture shows."""


def browser() -> str:
    """The path of a Chromium; ends the program with a sentence where there is none."""
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if found is None:
        sys.exit(f"There is no Chromium here (one of {', '.join(BROWSERS)}).")
    return found


def photograph(page: Path, picture: Path) -> None:
    """Write what a window of ``WIDTH`` by ``HEIGHT`` pixels shows of a page, in light colours."""
    picture.parent.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        window = playwright.chromium.launch(executable_path=browser(), args=["--no-sandbox", "--disable-gpu"])
        tab = window.new_page(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="light")
        tab.goto(page.as_uri())
        tab.screenshot(path=picture)
        window.close()


if __name__ == "__main__":
    photograph(PAGE, PICTURE)
