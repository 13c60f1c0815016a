"""Nothing that only Unix has is used without a guard, as far as code can tell."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[1]
SOURCES = sorted(path for folder in ("grader", "checks", "reference_app") for path in (TOP / folder).rglob("*.py"))
MODULES = {"resource", "fcntl", "pwd", "grp", "termios", "tty", "pty", "posix", "syslog"}
NAMES = {
    "os": {
        "fork", "forkpty", "getuid", "geteuid", "getgid", "getpgid", "killpg", "mkfifo", "sched_getaffinity", "setsid",
        "uname", "fchmod", "O_NOFOLLOW", "O_DIRECTORY", "WEXITSTATUS",
    },
    "signal": {
        "SIGKILL", "SIGALRM", "SIGHUP", "SIGPIPE", "SIGUSR1", "SIGCHLD", "setitimer", "ITIMER_REAL", "alarm", "pause",
    },
}  # fmt: skip
GUARDS = ("hasattr", "os.name", "sys.platform")


def unguarded(text: str) -> Iterator[str]:
    """What a module uses of Unix where neither it nor the class or function around it asks whether it is there."""
    tree = ast.parse(text)
    for part in tree.body:
        guarded = any(guard in ast.unparse(part) for guard in GUARDS) or isinstance(part, ast.Try)
        for node in ast.walk(part):
            if isinstance(node, ast.Import | ast.ImportFrom) and not guarded:
                names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [each.name for each in node.names]
                yield from (f"line {node.lineno}: import {name}" for name in names if name.partition(".")[0] in MODULES)
            of = node.value.id if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) else ""
            if isinstance(node, ast.Attribute) and node.attr in NAMES.get(of, ()) and not guarded:
                yield f"line {node.lineno}: {of}.{node.attr}"


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(TOP).as_posix())
def test_what_only_unix_has_is_guarded(path: Path) -> None:
    """Windows and macOS run the same code."""
    assert list(unguarded(path.read_text("utf-8"))) == []


@pytest.mark.parametrize("text", ["import fcntl", "def f():\n    import resource", "import os\npid = os.fork()"])
def test_what_is_not_guarded_is_found(text: str) -> None:
    """So that the test above can fail."""
    assert list(unguarded(text))


def test_names_of_files_are_put_together_by_pathlib() -> None:
    """No separator is written by hand: ``os.sep`` and ``os.path.join`` are not used at all."""
    found = [
        path.relative_to(TOP).as_posix()
        for path in SOURCES
        if any(name in path.read_text("utf-8") for name in ("os.sep", "os.path.join", '+ "/" +', '+ "\\\\" +'))
    ]
    assert found == []
