"""Writes cloudlab.yml: the assessment for Autolab, with a problem for each step of a rubric (the lab's by default)."""

from __future__ import annotations

import sys
from pathlib import Path

from grader.rubric import open_rubric

HEAD = """\
---
general:
  name: cloudlab
  description: ''
  display_name: {title}
  handin_filename: lab.json.gz
  handin_directory: handin
  max_grace_days: 0
  max_submissions: -1
  disable_handins: false
  max_size: 16
  category_name: Labs
problems:
"""
PROBLEM = """\
- name: '{id}'
  description: {title}
  max_score: {points}
  optional: false
"""
TAIL = """\
autograder:
  autograde_timeout: 180
  autograde_image: lab-grader
  release_score: true
"""


def main(rubric: Path | None) -> str:
    """The text of the file."""
    read = open_rubric(rubric)
    problems = (
        PROBLEM.format(id=_plain(item.id), title=_quoted(item.title), points=float(item.points)) for item in read.items
    )
    return HEAD.format(title=_quoted(read.lab)) + "".join(problems) + TAIL


def _plain(text: str) -> str:
    return text.replace("'", "''")


def _quoted(text: str) -> str:
    return f"'{_plain(text)}'"


if __name__ == "__main__":
    text = main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
    Path(__file__).with_name("cloudlab.yml").write_text(text, encoding="utf-8", newline="\n")
