#!/usr/bin/env python3
"""Build what a release consists of, in dist/: the wheel, the source distribution, and what they depend on (SBOM).

    python .ci/release.py [FOLDER]

The wheel and the source distribution are built twice, from two copies of the tree, and have to be the same to the byte.
The SBOM (CycloneDX) names every package of requirements.lock with its hashes.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from hashlib import sha256
from pathlib import Path

TOP = Path(__file__).resolve().parents[1]
_LEFT_OUT = shutil.ignore_patterns(
    ".git", ".venv*", "build", "dist", "htmlcov", "mutants", "__pycache__", ".*_cache", ".hypothesis", ".coverage*"
)


class NotTheSame(Exception):
    """Two builds of one tree differ."""


def _run(*command: str, cwd: Path) -> None:
    # The time that the archives carry is a constant, unless whoever releases names one.
    surroundings = {"SOURCE_DATE_EPOCH": "1577836800", **os.environ}
    subprocess.run(command, cwd=cwd, env=surroundings, check=True)


def built(into: Path) -> list[Path]:
    """Build the tree from a copy of it, whose files all have another time."""
    with tempfile.TemporaryDirectory() as name:
        copy = Path(name) / "tree"
        shutil.copytree(TOP, copy, ignore=_LEFT_OUT, copy_function=shutil.copy)
        _run(sys.executable, "-m", "hatchling", "build", "--directory", str(into), cwd=copy)
    return sorted(into.iterdir())


def same(first: list[Path], second: list[Path]) -> dict[str, str]:
    """The digest of each file by its name. Raises ``NotTheSame`` where two builds differ."""
    digests = [{path.name: sha256(path.read_bytes()).hexdigest() for path in paths} for paths in (first, second)]
    if digests[0] != digests[1]:
        differing = sorted(name for name, _ in set(digests[0].items()) ^ set(digests[1].items()))
        raise NotTheSame(f"two builds differ: {', '.join(dict.fromkeys(differing))}")
    return digests[0]


def main() -> int:
    """0 where everything was built and is the same twice."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else TOP / "dist").resolve()
    shutil.rmtree(folder, ignore_errors=True)
    with tempfile.TemporaryDirectory() as name:
        again = Path(name)
        try:
            digests = same(built(folder), built(again))
        except NotTheSame as error:
            print(f"FAILED: {error}", file=sys.stderr)
            return 1
    (wheel,) = folder.glob("*.whl")
    bill = folder / f"{wheel.name.partition('-py3')[0]}.cdx.json"
    _run(
        sys.executable, "-W", "ignore", "-m", "cyclonedx_py", "requirements", "requirements.lock",
        "--pyproject", "pyproject.toml", "--output-reproducible", "--output-file", str(bill), cwd=TOP,
    )  # fmt: skip
    digests[bill.name] = sha256(bill.read_bytes()).hexdigest()
    sums = "".join(f"{digest}  {name}\n" for name, digest in sorted(digests.items()))
    (folder / "SHA256SUMS").write_text(sums, encoding="utf-8")
    print(sums, end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
