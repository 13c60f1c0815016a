"""Settings of the documentation site (`make docs`)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

project = "AWS lab grader"
author = "The contributors of the AWS lab grader"
extensions = ["myst_parser"]
html_theme = "furo"
html_title = project
# Links to headings, as they also work where the files are read as they are.
myst_heading_anchors = 3
nitpicky = True
# A page for each cause: they are reached from their list.
suppress_warnings = ["toc.not_included"]

_LINK = re.compile(r"\[([^\]]+)\]\((\.\./[^)#]+\.md)[^)]*\)")
"""A link to a Markdown file in another folder."""


def _without_links_out(app: Any, name: str, source: list[str]) -> None:
    """Pages outside this folder are in the repository and not on the site: of links to them the text stays."""
    folder = (Path(app.srcdir) / name).parent

    def text(found: re.Match[str]) -> str:
        inside = (folder / found[2]).resolve().is_relative_to(Path(app.srcdir).resolve())
        return found[0] if inside else found[1]

    source[0] = _LINK.sub(text, source[0])


def setup(app: Any) -> None:
    """Called by Sphinx."""
    app.connect("source-read", _without_links_out)
