#!/usr/bin/env python3
"""Print what CHANGELOG.md says of one version, for its release page.

    python .ci/changes.py 0.2.0

Ends with 2 where the version has no part of its own, or another one than the package has.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parents[1]


def changes(text: str, version: str) -> str:
    """The part of a version, without its heading; empty where there is none."""
    found = re.search(rf"^## \[{re.escape(version)}\][^\n]*\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    return found[1].strip() + "\n" if found else ""


def main(version: str) -> int:
    """Print it."""
    built = re.search(r'__version__ = "([^"]+)"', (TOP / "grader" / "__init__.py").read_text("utf-8"))
    if built is None or built[1] != version:
        print(f"The package is version {built and built[1]}, not {version}.", file=sys.stderr)
        return 2
    said = changes((TOP / "CHANGELOG.md").read_text("utf-8"), version)
    if not said:
        print(f"CHANGELOG.md has no part for {version}.", file=sys.stderr)
        return 2
    print(said, end="")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]) if len(sys.argv) == 2 else "Usage: python .ci/changes.py VERSION")
