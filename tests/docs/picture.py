"""The pictures of README.md: reports/example.html as a browser shows it. ``make picture`` makes them."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.docs.written import TOP

PAGE = TOP / "reports" / "example.html"
FOLDER = TOP / "docs"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
WIDTH, HEIGHT = 1000, 1000
"""Pixels of the page that the first picture shows."""


def browser() -> str:
    """The path of a Chromium; ends the program with a sentence where there is none."""
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if found is None:
        sys.exit(f"There is no Chromium here (one of {', '.join(BROWSERS)}).")
    return found


def photograph(page: Path, folder: Path) -> None:
    """Write the top of a page as report.png, and the deployment that it draws as deployment.png, in light colours."""
    folder.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        window = playwright.chromium.launch(executable_path=browser(), args=["--no-sandbox", "--disable-gpu"])
        tab = window.new_page(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="light")
        tab.goto(page.as_uri())
        tab.screenshot(path=folder / "report.png")
        tab.locator("section[aria-labelledby=picture] figure").screenshot(path=folder / "deployment.png")
        window.close()


if __name__ == "__main__":
    photograph(PAGE, FOLDER)
