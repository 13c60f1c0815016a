"""docs/causes/: a page for each cause, made from the table. ``make causes`` writes them; a test keeps them true."""

from __future__ import annotations

import re
from pathlib import Path

from grader.model.diagnosis.cause import Cause, Claim, Kind, Repair
from grader.model.diagnosis.refusals import REFUSALS, RefusalCause
from grader.model.diagnosis.table import ALL
from tests.docs.written import TOP

FOLDER = TOP / "docs" / "causes"
_PLACE = re.compile(r"\{(\w+)\}")


def pages() -> dict[str, str]:
    """Every page by its file name, the table of contents too."""
    found = {f"{row.id}.md": _page(row) for row in ALL}
    found |= {f"{row.id}.md": _refusal(row) for row in REFUSALS}
    return found | {"README.md": _contents()}


def _contents() -> str:
    lines = [
        "# Causes",
        "",
        "When a task does not run, is not healthy or cannot be reached, the grader reads what AWS itself says about it"
        " and names the cause: at the top of the page, in the terminal as `why:`, and with `grader why`. No points"
        " depend on it. Each page shows the words that AWS uses and how to fix the cause.",
        "",
    ]
    for kind in Kind:
        rows = [row for row in ALL if row.kind is kind]
        lines += [f"## {kind.value}", "", *(f"- [{row.title}]({row.id}.md)" for row in rows), ""]
    lines += ["## AWS denies the request", "", *(f"- [{row.title}]({row.id}.md)" for row in REFUSALS), ""]
    return "\n".join(lines)


def _page(row: Cause) -> str:
    claims = ", ".join(claim.value for claim in Claim if claim in row.explains)
    lines = [
        f"# {row.title}",
        "",
        f"{row.kind.value} (`{row.id}`).",
        "",
        "**What AWS shows.** " + row.shows,
        "",
        "**What the grader says.** " + _placed(row.sentence),
        "",
        "**How to fix it.**",
        "",
        *(line for repair in row.repairs for line in _repair(repair)),
        f"It explains why these fail: {claims}.",
        "",
        "[All causes](README.md)",
        "",
    ]
    return "\n".join(lines)


def _repair(repair: Repair) -> list[str]:
    lines = [_placed(repair.words), ""]
    for text, language in ((repair.command, "sh"), (repair.line, "text")):
        if text:
            lines += [f"```{language}", _placed(text), "```", ""]
    if repair.in_learner_lab:
        lines += [f"In the Learner Lab: {_placed(repair.in_learner_lab)}", ""]
    return lines


def _refusal(row: RefusalCause) -> str:
    return (
        f"# {row.title}\n\nAWS denies the request (`{row.id}`).\n\n**What AWS shows.** {row.shows}\n\n"
        f"**How to settle it.** {_placed(row.remedy)}\n\n[All causes](README.md)\n"
    )


def _placed(text: str) -> str:
    """Values of an account as words in capitals, as the handout has them."""
    return _PLACE.sub(lambda found: found[1].upper(), text)


def write(folder: Path = FOLDER) -> None:
    """Write every page, and remove those of causes that are no rows any more."""
    folder.mkdir(parents=True, exist_ok=True)
    made = pages()
    for path in folder.glob("*.md"):
        if path.name not in made:
            path.unlink()
    for name, text in made.items():
        (folder / name).write_text(text, "utf-8")


if __name__ == "__main__":
    write()
