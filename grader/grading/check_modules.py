"""Loading what a course has beside its rubric, from where it is, and no longer than it is needed."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType

from grader.containment import InternalError, contained
from grader.errors import CheckError
from grader.rubric import is_ours


@contextmanager
def compiled_here(modules: Sequence[Path]) -> Iterator[None]:
    """Modules that are not ours are compiled from the text that was agreed to, not taken from a cache beside them."""
    if all(map(is_ours, modules)):
        yield
        return
    before = sys.pycache_prefix
    with TemporaryDirectory() as folder:
        sys.pycache_prefix = folder
        try:
            yield
        finally:
            sys.pycache_prefix = before


def loaded(conftest: Path) -> ModuleType:
    """The fixtures of a course; only those beside its checks, and not what pytest would find in folders above."""
    spec = spec_from_file_location(f"conftest of {conftest.parent.name}", conftest)
    if spec is None or spec.loader is None:
        raise CheckError("cannot be loaded.", where=str(conftest))
    module = module_from_spec(spec)
    try:
        with contained(str(conftest)):
            spec.loader.exec_module(module)
    except InternalError as error:
        cause = error.__cause__
        raise CheckError(f"cannot be loaded: {type(cause).__name__}: {cause}.", where=str(conftest)) from cause
    return module


def forget(paths: tuple[Path, ...]) -> None:
    """Drop the modules of checks, which pytest keeps by name alone: another rubric may have its own of that name."""
    files = {str(path) for path in paths}
    for name, module in list(sys.modules.items()):
        if getattr(module, "__file__", None) in files:
            del sys.modules[name]
