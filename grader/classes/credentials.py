"""Access keys that a student handed in: AWS's own file format, and what people paste instead of it.

The file is read as text and nothing in it is carried out: AWS's format can name programs to run
(``credential_process``), and a file from a student must not.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path

from grader.collect.access import REGION, Keys
from grader.errors import UsageError

MOST_BYTES = 64 * 1024

_LINE = re.compile(
    r"^\W*(?:export\s+|set\s+|setx\s+|\$env:)?"
    r"(?P<name>aws_access_key_id|aws_secret_access_key|aws_session_token|aws_security_token|aws_default_region|region)"
    r"\s*[=:\s]\s*(?P<value>.+?)\s*;?\s*$",
    re.IGNORECASE,
)
_PROFILE = re.compile(r"^\s*\[\s*(?:profile\s+)?(?P<name>[^\]]+?)\s*\]\s*$")
_ID = re.compile(r"[A-Z0-9]{16,128}")
_SECRET = re.compile(r"[!-~]{8,256}")
_TOKEN = re.compile(r"[A-Za-z0-9/+=_-]{16,8192}")
_NAMES = {
    "aws_access_key_id": "id", "accesskeyid": "id",
    "aws_secret_access_key": "secret", "secretaccesskey": "secret",
    "aws_session_token": "token", "aws_security_token": "token", "sessiontoken": "token",
    "region": "region", "aws_default_region": "region",
}  # fmt: skip


def read_credentials(path: Path) -> Keys:
    """The access key in a file that a student handed in.

    Taken are AWS's credentials file, the Learner Lab's "AWS Details" as they are, ``export`` lines of any shell, the
    JSON of the AWS CLI, and the CSV file that the IAM console gives. Raises ``UsageError`` for anything else.
    """
    if path.exists() and not path.is_file():  # a folder; or a pipe, which might never end
        raise UsageError("this is not a file.", where=str(path))
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise UsageError(f"cannot be read: {error.strerror or error}.", where=str(path)) from error
    if len(content) > MOST_BYTES:
        raise UsageError("too large to be a credentials file.", where=str(path))
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        raise UsageError(f"not a text file (byte {error.start}).", where=str(path)) from error
    return credentials_in(text, str(path))


def credentials_in(text: str, where: str) -> Keys:
    """The access key in a text; raises as ``read_credentials`` does."""
    found = [one for one in (*_of_json(text), *_of_csv(text), *_of_lines(text)) if "id" in one and "secret" in one]
    by_key: dict[str, dict[str, str]] = {}
    for one in found:
        by_key.setdefault(one["id"], one)
    if not found:
        remedy = "It needs aws_access_key_id and aws_secret_access_key, as AWS Details and the AWS CLI show them."
        if re.search(r"credential_process|source_profile|sso_\w+\s*=|role_arn", text):
            remedy = f"A profile that uses a program, a role or single sign-on does not work elsewhere. {remedy}"
        raise UsageError("this file has no access key.", where=where, remedy=remedy)
    chosen = next((one for one in found if one.get("profile") == "default"), found[0])
    if len(by_key) > 1 and chosen.get("profile") != "default":
        profiles = ", ".join(one.get("profile", "") or one["id"][:4] + "…" for one in by_key.values())
        raise UsageError(
            f"this file has {len(by_key)} access keys ({profiles}), but none is [default].",
            where=where,
            remedy="Keep only the lab's key.",
        )
    return _checked(chosen, where)


def _checked(found: dict[str, str], where: str) -> Keys:
    for part, shape, what in (
        ("id", _ID, "access key id"),
        ("secret", _SECRET, "secret access key"),
        ("token", _TOKEN, "session token"),
    ):
        if found.get(part) and not shape.fullmatch(found[part]):
            raise UsageError(f"the {what} in this file is damaged.", where=where, remedy="Copy it again completely.")
    if found["id"].startswith("ASIA") and not found.get("token"):
        raise UsageError("the session token is missing.", where=where, remedy="Temporary keys need all three lines.")
    region = found.get("region", "")
    return Keys(found["id"], found["secret"], found.get("token") or None, region if REGION.fullmatch(region) else "")


def _of_lines(text: str) -> Iterator[dict[str, str]]:
    current: dict[str, str] = {"profile": ""}
    for line in text.splitlines():
        profile = _PROFILE.match(line)
        if profile:
            yield current
            current = {"profile": profile["name"]}
            continue
        setting = None if line.lstrip().startswith("#") else _LINE.match(line)
        if setting:
            current[_NAMES[setting["name"].lower()]] = setting["value"].strip("\"'` \t")
    yield current


def _of_json(text: str) -> Iterator[dict[str, str]]:
    if not text.lstrip().startswith("{"):
        return
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return
    for one in (document, document.get("Credentials"), document.get("AccessKey")):
        if isinstance(one, dict):
            named = {_NAMES.get(name.lower(), ""): value for name, value in one.items() if isinstance(value, str)}
            yield {name: value for name, value in named.items() if name}


def _of_csv(text: str) -> Iterator[dict[str, str]]:
    first = text.partition("\n")[0].lower()
    if "access key id" not in first or "," not in first:
        return
    try:
        for row in csv.DictReader(io.StringIO(text)):
            texts = {name: value for name, value in row.items() if isinstance(value, str)}
            cells = {re.sub(r"\W", "", str(name)).lower(): value for name, value in texts.items()}
            yield {_NAMES[name]: value.strip() for name, value in cells.items() if name in _NAMES}
    except csv.Error:
        return
