"""The one place of Jinja2: how templates are found, escaped and kept compiled."""

from __future__ import annotations

import os
from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemBytecodeCache, FileSystemLoader, StrictUndefined

TEMPLATES = Path(__file__).parent / "templates"


def environment(**options: Any) -> Environment:
    """An environment that escapes what it is given and refuses what it is not given.

    Compiling the page takes ten times as long as filling it, so what is compiled is kept beside the templates, as
    Python keeps its own, where that folder can be written.
    """
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        bytecode_cache=_bytecode_cache(),
        **options,
    )


def content_hash(text: str) -> str:
    """A style or a script as a Content-Security-Policy names it."""
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"


def _bytecode_cache() -> FileSystemBytecodeCache | None:
    folder = TEMPLATES / "__pycache__"
    try:
        folder.mkdir(exist_ok=True)
    except OSError:
        return None
    return FileSystemBytecodeCache(str(folder), "%s.cache") if os.access(folder, os.W_OK) else None
