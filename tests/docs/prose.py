"""The prose linter: words of ``vocabulary.txt`` in messages, docstrings, comments and documents.

``python -m tests.docs.prose`` lists what it finds, as file, line, word and what to write instead.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VOCABULARY = Path(__file__).with_name("vocabulary.txt")
PLACES = ("README.md", "CONTRIBUTING.md", "rubric.yaml", "docs", "checks", "grader", "reference_app", "integrations")
SUFFIXES = {".py", ".md", ".yaml", ".j2"}


def vocabulary(text: str) -> Mapping[str, str]:
    """Each word not to use, with what to write instead."""
    rows = (line.split(" -> ", 1) for line in text.splitlines() if line and not line.startswith("#"))
    return {word.strip(): better.strip() for word, better in rows}


def findings(text: str, words: Mapping[str, str]) -> Iterator[tuple[int, str, str]]:
    """Line, word and what to write instead, for each word that a text should not use."""
    spaced = ("\\s+".join(map(re.escape, word.split())) for word in words)
    pattern = re.compile(r"\b(" + "|".join(spaced) + r")\b", re.IGNORECASE)
    for found in pattern.finditer(text):
        word = " ".join(found[0].lower().split())
        yield text.count("\n", 0, found.start()) + 1, word, words[word]


def files(places: Iterable[str] = PLACES) -> Iterator[Path]:
    """The files whose words a person reads."""
    for place in places:
        path = ROOT / place
        yield from [path] if path.is_file() else sorted(one for one in path.rglob("*") if one.suffix in SUFFIXES)


def main() -> int:
    """Print what is found; 1 where there is something."""
    words = vocabulary(VOCABULARY.read_text(encoding="utf-8"))
    found = [
        f"{path.relative_to(ROOT).as_posix()}:{line}: {word!r}: write {better}"
        for path in files()
        for line, word, better in findings(path.read_text(encoding="utf-8"), words)
    ]
    print("\n".join(found) or "No word of the vocabulary is used.")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
