"""README's tables: those of the results, with the commands that made them."""

from __future__ import annotations

from .places import HERE, RESULTS

MARK = "<!-- what follows is written by the benchmark -->"
TITLES = {
    "one-account-with-peers": "One account, beside the peers",
    "one-account": "One account, at every latency",
    "regions": "One region, and all 17",
    "many-accounts": "Many accounts in one process",
    "class-run": "A class",
    "regrade": "Regrading kept evidence",
    "large-account": "A large account",
    "pages": "The page",
    "start": "Starting",
}


def write_tables() -> None:
    """Put the tables of all results that there are behind the mark in README.md."""
    readme = HERE / "README.md"
    head = readme.read_text(encoding="utf-8").partition(MARK)[0]
    parts = [
        f"## {title}\n{(RESULTS / f'{name}.md').read_text(encoding='utf-8')}"
        for name, title in TITLES.items()
        if (RESULTS / f"{name}.md").exists()
    ]
    readme.write_text(f"{head}{MARK}\n\n" + "\n".join(parts), encoding="utf-8")
