"""A comparison as one page: self-contained, without script, for light and dark, print and phone."""

from __future__ import annotations

from grader.compare.changes import Comparison
from grader.foreign_text import plain
from grader.report.diff.wording import closing, headline, items, sides
from grader.report.templating import TEMPLATES, content_hash, environment


def render(comparison: Comparison) -> str:
    """The page. Whatever comes from an account is escaped by the template."""
    style = (TEMPLATES / "diff.css").read_text(encoding="utf-8")
    page = environment(trim_blocks=True).get_template("diff.html.j2").render(
        style=style,
        style_hash=content_hash(style),
        accounts=[
            {
                "lab": plain(account.lab),
                "headline": headline(account),
                "sides": sides(account),
                "items": items(account),
                "closing": closing(account),
            }
            for account in comparison.accounts
        ],
        lonely=[
            *((plain(account), "first") for account in comparison.only_old),
            *((plain(account), "second") for account in comparison.only_new),
        ],
    )
    return page if page.endswith("\n") else page + "\n"
