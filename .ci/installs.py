#!/usr/bin/env python3
"""Install every lock file and the grader on each Python from 3.11 up, with its oldest pip and with the newest.

Each pair of a Python and a pip gets an environment of its own, away from the tree. The lock files contain one another,
so they are installed one on top of the other, and `pip check` looks at each: it says what --no-deps has left out. The
grader is installed as action.yml does it, and grades the evidence of a correct deployment.

    python3 .ci/installs.py             all of it, a few minutes
    python3 .ci/installs.py --list      what would be installed, and which Pythons are absent
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

TOP = Path(__file__).resolve().parents[1]
LOCKS = ("requirements.lock", "requirements-demo.lock", "requirements-dev.lock")
"""From the smallest to the largest; each contains the one before."""
GOLDEN = TOP / "tests" / "accounts" / "golden.json"
NEWEST = "newest"
BUNDLED = {(3, 11): "22.3", (3, 12): "23.2.1", (3, 13): "24.2", (3, 14): "25.2"}
"""The pip inside the first release of each Python (Lib/ensurepip/__init__.py): the oldest that people have with it."""
_ASK = (
    "import json, sys, sysconfig; v = sys.version_info\n"
    "if v < (3, 11): sys.exit()\n"
    "try:\n"
    "    import ensurepip, venv; pip = ensurepip.version()\n"
    "except ImportError:\n"
    "    pip = ''\n"
    "odd = ('another implementation' if sys.implementation.name != 'cpython' else 'a pre-release'\n"
    "       if v.releaselevel != 'final' else 'free-threaded' if sysconfig.get_config_var('Py_GIL_DISABLED') else '')\n"
    "print(json.dumps([sys.executable, list(v[:3]), pip, odd]))"
)
_SECONDS = 1200


@dataclass(frozen=True, slots=True)
class Python:
    """A Python on this machine, the pip that it brings, and why it is not tested (empty where it is)."""

    program: str
    release: tuple[int, int, int]
    pip: str
    odd: str

    @property
    def version(self) -> str:
        """Such as ``3.11.7``."""
        return ".".join(map(str, self.release))

    @property
    def pips(self) -> tuple[str, str]:
        """The oldest pip to expect with this Python, and the newest."""
        return BUNDLED.get(self.release[:2], self.pip), NEWEST


class Failed(Exception):
    """A step that went wrong, with what it printed."""


def _candidates() -> Iterator[str]:
    """Programs that may be a Python: by their names on PATH, then those of pyenv."""
    for name in ("python3", *(f"python3.{minor}" for minor in range(11, 30))):
        for folder in os.get_exec_path():
            if found := shutil.which(name, path=folder):
                yield found
    roots = {os.environ.get("PYENV_ROOT", ""), str(Path.home() / ".pyenv")} - {""}
    for root in sorted(roots):
        yield from sorted(str(program) for program in Path(root, "versions").glob("*/bin/python3"))


def pythons() -> list[Python]:
    """Every release from 3.11 up, once, oldest first."""
    found: dict[tuple[tuple[int, int, int], str], Python] = {}
    for program in dict.fromkeys(_candidates()):
        done = subprocess.run([program, "-I", "-c", _ASK], capture_output=True, text=True, check=False)
        if done.returncode or not done.stdout.strip():  # too old, or a shim of pyenv for a version that is not chosen
            continue
        executable, release, pip, odd = json.loads(done.stdout)
        this = Python(executable, tuple(release), pip, odd or ("" if pip else "without venv and ensurepip"))
        found.setdefault((this.release, this.odd), this)
    good = {release for release, odd in found if not odd}
    return [each for (release, odd), each in sorted(found.items()) if not odd or release not in good]


def absent(there: list[Python]) -> list[str]:
    """The Pythons that we support and this machine has not."""
    has = {each.release[:2] for each in there if not each.odd}
    return [f"{major}.{minor}" for major, minor in BUNDLED if (major, minor) not in has]


def _run(*command: str, cwd: Path) -> str:
    """What a command prints. Raises ``Failed`` where it fails or takes too long."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PYTHON", "VIRTUAL_ENV"))}
    surroundings = kept | {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "AWS_EC2_METADATA_DISABLED": "true"}
    try:
        done = subprocess.run(
            command, cwd=cwd, env=surroundings, capture_output=True, encoding="utf-8", timeout=_SECONDS, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise Failed(f"$ {' '.join(command)}\nis not done after {_SECONDS} s") from error
    if done.returncode:
        raise Failed(f"$ {' '.join(command)}\nends with {done.returncode}\n{done.stdout}{done.stderr}".rstrip())
    return done.stdout


def install(python: Python, pip: str) -> str:
    """Install all lock files and the grader with this Python and pip, and grade; the version of pip."""
    with tempfile.TemporaryDirectory(prefix=f"grader-{python.version}-") as name:
        folder = Path(name)
        environment = folder / "environment"
        programs = environment / ("Scripts" if os.name == "nt" else "bin")
        own = str(programs / "python")

        def pip_install(*arguments: str) -> None:
            _run(own, "-m", "pip", "install", "--quiet", "--no-compile", *arguments, cwd=folder)

        _run(python.program, "-m", "venv", str(environment), cwd=folder)
        # By force, since pip is content with itself where no index answers.
        pip_install(*(["--upgrade", "--force-reinstall", "pip"] if pip == NEWEST else [f"pip=={pip}"]))
        used = _run(own, "-m", "pip", "--version", cwd=folder).split()[1]
        if used != pip != NEWEST:
            raise Failed(f"this should be pip {pip} and is pip {used}")
        for lock in LOCKS:
            pip_install("--no-deps", "--require-hashes", "--requirement", str(TOP / lock))
            if lock == LOCKS[0]:
                pip_install("--no-deps", "--no-build-isolation", str(TOP))
                _grade(programs, folder)
            if lock == LOCKS[-1]:  # as the Makefile has it
                pip_install("--no-deps", "--no-build-isolation", "--editable", str(TOP))
                _run(str(programs / "grader"), "--version", cwd=folder)
            _run(own, "-m", "pip", "check", cwd=folder)
        return used


def _grade(programs: Path, folder: Path) -> None:
    """The installed grader says its version, and gives a correct deployment all points."""
    ask = "import grader; print(grader.__file__)"
    if not Path(_run(str(programs / "python"), "-I", "-c", ask, cwd=folder).strip()).is_relative_to(folder):
        raise Failed("this would test the tree, not the installed grader")
    grader = str(programs / "grader")
    _run(grader, "--version", cwd=folder)
    shutil.copy(GOLDEN, folder)
    _run(grader, "grade", GOLDEN.name, "--json", "result.json", cwd=folder)
    result = json.loads((folder / "result.json").read_text("utf-8"))
    if (result["score"], result["max_score"]) != (10.0, 10.0):
        raise Failed(f"a correct deployment has {result['score']} of {result['max_score']} points")


def main() -> int:
    """0 where everything could be installed; 1 where something could not, or there is no Python to try."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--list", action="store_true", help="say what would be installed, and stop")
    parser.add_argument("--jobs", type=int, default=min(4, os.cpu_count() or 1), help="environments at a time")
    options = parser.parse_args()

    there = pythons()
    for each in there:
        print(f"Python {each.version}: {each.program}" + (f": not tested, it is {each.odd}" if each.odd else ""))
    for version in absent(there):
        print(f"Python {version}: ABSENT, not tested")
    pairs = [(each, pip) for each in there if not each.odd for pip in each.pips]
    if not pairs:
        print("FAILED: no Python from 3.11 up that can make an environment.", file=sys.stderr)
        return 1
    if options.list:
        for python, pip in pairs:
            print(f"would install {', '.join(LOCKS)} with Python {python.version}, pip {pip}")
        return 0

    failures = 0
    began = time.monotonic()
    with ThreadPoolExecutor(options.jobs) as pool:
        tasks = {pool.submit(install, python, pip): (python, pip) for python, pip in pairs}
        for task in as_completed(tasks):
            python, pip = tasks[task]
            where = f"Python {python.version}, {'the newest' if pip == NEWEST else 'the oldest'} pip"
            try:
                used = task.result()
            except Failed as error:
                failures += 1
                wanted = "" if pip == NEWEST else f" ({pip})"
                print(f"FAILED  {where}{wanted}\n{error}\n", file=sys.stderr, flush=True)
            else:
                print(f"ok      {where} ({used}): {len(LOCKS)} lock files, 10 of 10 points", flush=True)
    print(f"{len(pairs) - failures} of {len(pairs)} environments in {time.monotonic() - began:.0f} s")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
