"""Access keys as students hand them in."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.classes.credentials import credentials_in, read_credentials
from grader.collect.access import Keys
from grader.errors import UsageError

KEY, SECRET, TOKEN = "ASIAQQQQQQQQQQQQQQQQ", "abcdefghijklmnopqrstuvwxyz/ABCDEFGHIJKLM", "IQoJb3JpZ2luX2VjE/" * 8 + "=="
LEARNER_LAB = f"""Cloud Access
AWS CLI:
Copy and paste the following into ~/.aws/credentials

[default]
aws_access_key_id={KEY}
aws_secret_access_key={SECRET}
aws_session_token={TOKEN}

Cloud Labs
Remaining session time: 03:59:42(240 minutes)
Session started at: 2026-11-20T10:00:00-0800
Accumulated lab time: 1 day 07:51:00 (1911 minutes)

AWS SSO Download URL
AWSAccountId 123456789012
Region us-east-1
"""
WITH_TOKEN = Keys(KEY, SECRET, TOKEN)
LONG_TERM = Keys("AKIAQQQQQQQQQQQQQQQQ", SECRET)


@pytest.mark.parametrize(
    "text",
    [
        LEARNER_LAB.replace("Region us-east-1\n", ""),
        f"[default]\naws_access_key_id = {KEY}\naws_secret_access_key = {SECRET}\naws_session_token = {TOKEN}\n",
        f'export AWS_ACCESS_KEY_ID="{KEY}"\nexport AWS_SECRET_ACCESS_KEY="{SECRET}"\n'
        f'export AWS_SESSION_TOKEN="{TOKEN}"',
        f"SET AWS_ACCESS_KEY_ID={KEY}\r\nSET AWS_SECRET_ACCESS_KEY={SECRET}\r\nSET AWS_SESSION_TOKEN={TOKEN}\r\n",
        f'$Env:AWS_ACCESS_KEY_ID="{KEY}"\n$Env:AWS_SECRET_ACCESS_KEY="{SECRET}"\n$Env:AWS_SESSION_TOKEN="{TOKEN}"',
        f'{{"Credentials": {{"AccessKeyId": "{KEY}", "SecretAccessKey": "{SECRET}", "SessionToken": "{TOKEN}"}}}}',
        f"[other]\naws_access_key_id=AKIA{'X' * 16}\naws_secret_access_key={SECRET}\n"
        f"[default]\naws_access_key_id={KEY}\naws_secret_access_key={SECRET}\naws_session_token={TOKEN}\n",
    ],
)
def test_what_people_paste_is_read(text: str) -> None:
    """The Learner Lab's AWS Details as they are, AWS's own file, lines for any shell, the CLI's JSON."""
    assert credentials_in(text, "keys.txt") == WITH_TOKEN


def test_the_region_beside_the_keys_is_taken() -> None:
    """AWS Details name the lab's region."""
    assert credentials_in(LEARNER_LAB, "keys.txt").region == "us-east-1"


def test_the_file_of_the_iam_console_is_read(tmp_path: Path) -> None:
    """Two columns and a byte order mark."""
    path = tmp_path / "accessKeys.csv"
    path.write_text(f"\ufeffAccess key ID,Secret access key\n{LONG_TERM.access_key_id},{SECRET}\n", "utf-8")
    assert read_credentials(path) == LONG_TERM


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "this file has no access key"),
        ("[default]\ncredential_process = sh -c 'touch /tmp/owned'\n", "does not work elsewhere"),
        (f"[default]\naws_access_key_id={KEY}\naws_secret_access_key={SECRET}\n", "session token is missing"),
        (f"[default]\naws_access_key_id={KEY[:9]}\naws_secret_access_key={SECRET}\n", "access key id in this file"),
        (
            "".join(f"[{n}]\naws_access_key_id=AKIA{n * 16}\naws_secret_access_key={SECRET}\n" for n in "AB"),
            "2 access keys (A, B)",
        ),
    ],
)
def test_what_is_no_access_key_gets_a_sentence(text: str, said: str) -> None:
    """The sentence says what is wrong, and never shows a secret."""
    with pytest.raises(UsageError) as raised:
        credentials_in(text, "keys.txt")
    assert said in str(raised.value)
    assert SECRET not in str(raised.value)


def test_keys_are_not_shown() -> None:
    """What prints them by mistake prints nothing of them."""
    assert KEY not in repr(WITH_TOKEN)
    assert SECRET not in repr(WITH_TOKEN)
