"""Finding check functions without running them: where they are, what they are called, what they take.

Reading the source is enough, and keeps pytest out of everything that needs no verdict (``lint``, ``policy``).
"""

from __future__ import annotations

import ast
import re
import warnings
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from grader.bounds import MAX_RUBRIC_BYTES
from grader.foreign_text import shorten
from grader.rubric.located_yaml import Marked
from grader.rubric.renamed_checks import current

_WORDS = {
    "vpc": "VPC", "nat": "NAT", "mfa": "MFA", "ecr": "ECR", "s3": "S3", "aes 256": "AES-256", "iam": "IAM",
    "fargate": "Fargate", "cloudwatch": "CloudWatch", "docker": "Docker",
}  # fmt: skip

# A file name and no path, on Windows too; short enough for every file system.
_MODULE = re.compile(r"\w[\w.-]{0,56}\.py")


@dataclass(frozen=True, slots=True)
class CheckFunction:
    """A check function: its module, its name in it (``Class::function``), its arguments, its title."""

    path: Path
    name: str
    arguments: tuple[str, ...]
    title: str

    @property
    def id(self) -> str:
        """``module.py::Class::function``."""
        return f"{self.path.name}::{self.name}"


def title_of(function: str, docstring: str | None = None) -> str:
    """The sentence that a function's name is: ``test_the_vpc_has_…`` -> "The VPC has …"."""
    if docstring:
        return docstring.strip().splitlines()[0].rstrip(".")
    sentence = function.removeprefix("test_").replace("_", " ")
    for plain, written in _WORDS.items():
        sentence = re.sub(rf"\b{plain}\b", written, sentence)
    return sentence[:1].upper() + sentence[1:]


def find_check(name: str, folders: tuple[Path, ...], entry: Marked) -> CheckFunction:
    """The function that ``module.py::[Class::]function`` names, in the first folder that has the module."""
    module, _, function = name.partition("::")
    if not _MODULE.fullmatch(module) or not function:
        raise entry.wrong(f"{shorten(name)!r} does not have the form module.py::Class::function.")
    for folder in folders:
        path = folder / module
        if path.is_file():
            if path.resolve().parent != folder:
                raise entry.wrong(f"{module} is a link to a file outside its folder.", "Put the module there itself.")
            functions = _functions(path, entry)
            found = functions.get(function) or functions.get(current(function))
            if found is None:
                remedy = _nearest(function, path, entry)
                raise entry.wrong(f"{path.name} has no check {shorten(function)!r}.", remedy)
            return found
    raise entry.wrong(f"there is no module {module!r} next to the rubric or among the checks.", "Check its name.")


def _nearest(function: str, path: Path, entry: Marked) -> str:
    from difflib import get_close_matches

    close = get_close_matches(function, _functions(path, entry), n=1, cutoff=0.5)
    return f"Did you mean {close[0]!r}?" if close else "Check its name."


def _functions(path: Path, entry: Marked) -> dict[str, CheckFunction]:
    try:
        status = path.stat()
        if status.st_size > MAX_RUBRIC_BYTES:
            raise entry.error(f"larger than {MAX_RUBRIC_BYTES // 1024} KiB.", where=str(path))
        return _parsed(path, status.st_mtime_ns)
    except OSError as error:
        raise entry.error(f"cannot be read: {error.strerror or error}.", where=str(path)) from error
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:  # the last two of what is nested too deep
        line = getattr(error, "lineno", None)
        place = f"{path}:{line}" if line else str(path)
        said = shorten(str(error)) or "nested too deep"
        raise entry.error(f"the check module is not Python: {said}.", where=place) from error


@lru_cache(maxsize=64)
def _parsed(path: Path, changed: int) -> dict[str, CheckFunction]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about its style; nobody asked
        tree = ast.parse(path.read_text(encoding="utf-8"), str(path))
    found: dict[str, CheckFunction] = {}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            found[node.name] = _function(path, node.name, node)
        elif isinstance(node, ast.ClassDef):
            for inner in node.body:
                if isinstance(inner, ast.FunctionDef) and inner.name.startswith("test_"):
                    name = f"{node.name}::{inner.name}"
                    found[name] = _function(path, name, inner)
    return found


def _function(path: Path, name: str, node: ast.FunctionDef) -> CheckFunction:
    arguments = [one.arg for one in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
    taken = tuple(one for one in arguments if one != "self")
    return CheckFunction(path, name, taken, title_of(node.name, ast.get_docstring(node)))
