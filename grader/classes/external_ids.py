"""External ids of roles: one for each student, derived from a secret of the course, so that nobody keeps a list."""

from __future__ import annotations

import hashlib
import hmac
from pathlib import Path

from grader.errors import UsageError

SHORTEST_SECRET = 16
"""Characters of a secret: a short one could be found by trying."""


def read_secret(path: Path) -> bytes:
    """The secret of a course, without the line end of the file; raises ``UsageError`` for one that is too short."""
    try:
        secret = path.read_bytes().strip()
    except OSError as error:
        raise UsageError(f"cannot be read: {error.strerror or error}.", where=str(path)) from error
    if len(secret) < SHORTEST_SECRET:
        raise UsageError(
            f"the secret has {len(secret)} characters; it needs at least {SHORTEST_SECRET}.",
            where=str(path),
            remedy="Create one with: openssl rand -hex 32",
        )
    return secret


def external_id(secret: bytes, student: str) -> str:
    """The external id of a student: 32 hexadecimal digits that only who has the secret can tell."""
    return hmac.new(secret, f"aws-lab-grader external id\0{student}".encode(), hashlib.sha256).hexdigest()[:32]
