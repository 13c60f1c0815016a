#!/usr/bin/env python3
"""Build the documentation site, and look whether its pages load anything from elsewhere.

    python .ci/docs.py [FOLDER]

Sphinx is that of the environment that runs this (`make docs`). Each of its warnings is an error, so a link to a page or
a heading that is not there ends this with 1. So does a script, a style, a font or a picture of another host.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parents[1]
_LOADED = re.compile(
    r"""<(?:script|img|iframe|source|video|audio|embed)\b[^>]*\bsrc=["'](?P<source>(?:https?:)?//[^"']+)"""
    r"""|<link\b(?=[^>]*\brel=["'](?:stylesheet|preload|icon|preconnect|dns-prefetch|modulepreload))"""
    r"""[^>]*\bhref=["'](?P<link>(?:https?:)?//[^"']+)"""
    r"""|(?:@import|url\()\s*["']?(?P<style>(?:https?:)?//[^"')\s]+)""",
    re.IGNORECASE,
)


def loaded_from_elsewhere(site: Path) -> list[str]:
    """What pages and styles of a site load from another host, each with its file."""
    files = sorted(path for path in site.rglob("*") if path.suffix in (".html", ".css"))
    return [
        f"{path.relative_to(site)}: {found['source'] or found['link'] or found['style']}"
        for path in files
        for found in _LOADED.finditer(path.read_text("utf-8"))
    ]


def main(site: Path) -> int:
    """Build it; 0 where every link leads somewhere and nothing is loaded from elsewhere."""
    command = [sys.executable, "-m", "sphinx", "--fail-on-warning", "--keep-going", "--quiet", "--fresh-env"]
    if subprocess.run([*command, str(TOP / "docs"), str(site)], check=False).returncode:
        return 1
    foreign = loaded_from_elsewhere(site)
    for line in foreign:
        print(f"loads from another host: {line}", file=sys.stderr)
    if not foreign:
        print(f"The site is in {site}; start with {site / 'index.html'}.")
    return 1 if foreign else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else TOP / "site"))
