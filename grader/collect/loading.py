"""Loading everything that collecting imports late, for a process in which pytest is about to run.

While a session of pytest lives, it rewrites the assertions of every module that is imported, in whatever thread; two
threads that parse at the same time stop with ``SystemError`` in CPython 3.11 ("AST constructor recursion depth").
"""

from __future__ import annotations

from importlib import import_module

_LATE = (
    "grader.collect.account", "grader.collect.clients", "grader.collect.region_names", "grader.collect.service_models",
    "grader.collect.session", "grader.collect.threads", "grader.collect.probing.load_balancers",
    "grader.collect.probing.probe", "grader.collect.probing.routes", "httpcore", "httpcore._backends.anyio", "h11",
    "encodings.idna", "stringprep", "importlib.readers",
)  # fmt: skip


def load_all() -> None:
    """Import all of it."""
    for name in _LATE:
        import_module(name)
