"""A folder in which every command of the pages finds the files that it names."""

from __future__ import annotations

import gzip
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cases import patched
from tests.docs.written import PAGES

_FILE = re.compile(r"^```\w+\n# (?P<name>[\w.-]+\.(?:py|yaml))\n(?P<body>.*?)^```$", re.DOTALL | re.MULTILINE)


_ON_THEIR_OWN = {"authors.md", "ta.md"}
"""Pages that are one session from top to bottom: test_authors.py and test_ta.py run those."""
TRIED = tuple(page for page in PAGES if page.name not in _ON_THEIR_OWN and page.parent.name != "causes")


def files_shown() -> dict[str, str]:
    """The files that the pages show whole, by the name in their first line."""
    return {found["name"]: found["body"] for page in TRIED for found in _FILE.finditer(page.read_text("utf-8"))}


class Reader:
    """Somebody who tries what the pages say, in a folder of their own and without credentials."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name, body in files_shown().items():
            (folder / name).write_text(body, "utf-8")
        (folder / "evidence").mkdir()
        (folder / "roster.csv").write_text("student id,evidence\nada,evidence/ada.json.gz\n", "utf-8")
        for name, cases in {"lab": (), "evidence/ada": ("M179",), "evidence/grace": ("U04",)}.items():
            (folder / f"{name}.json.gz").write_bytes(gzip.compress(json.dumps(patched(*cases)).encode()))
        for name, cases in {"monday": ("M125",), "today": (), "lost": ("M125",), "refused": ("U04",)}.items():
            (folder / f"{name}.json").write_text(json.dumps(patched(*cases)), "utf-8")

    def does(self, line: str, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
        """Run one line in a shell, in ``folder`` or their own."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        ours = {
            "HOME": str(self.folder),
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        return subprocess.run(
            line, shell=True, cwd=folder or self.folder, env=kept | ours, capture_output=True, text=True, timeout=300,
            check=False,
        )  # fmt: skip


@pytest.fixture
def reader(tmp_path: Path) -> Reader:
    return Reader(tmp_path)
