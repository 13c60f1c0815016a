"""A quotation is short and tells no secret."""

from __future__ import annotations

import pytest

from grader.model.diagnosis.quoting import MOST, masked, quoted

SECRETS = (
    "PASSWORD=hunter2horse", "password='two words'", "DB_PASSWORD = hunter2horse", "api_key: hunter2horse",
    '"secret": "hunter2horse"', "Authorization: Bearer hunter2horse", "token:hunter2horse", "X-Api-Key: hunter2horse",
    "postgres://anna:hunter2horse@db.example.org:5432/lab", "https://hunter2horse@example.org/path",
    "mysql+pymysql://root:hunter2horse@10.0.0.1/x", "aws_secret_access_key=hunter2horse", "credential: hunter2horse",
    "Set-Cookie: session=hunter2horse; Path=/", "AWS_SESSION_TOKEN=hunter2horse", "passwd: 'hunter2horse'",
    "https://bucket.s3.amazonaws.com/x?X-Amz-Signature=hunter2horse&y=1", "Basic hunter2horse",
)  # fmt: skip
TOKENS = (
    "AKIAIOSFODNN7EXAMPLE", "ASIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "ghp_16C7e42F292c6912E7710c838347Ae178B4a", "xoxb-263594206564-2343594206564", "sk-proj-abcdEFGH1234567890abcd",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N",
    "3f786850e387550fdab836ed7e6dc881de23001b", "hf_abcdefGHIJKLmnop", "dGhpcyBpcyBhIHNlY3JldCB0b2tlbg==",
    "anna.kowalska@student.example.edu",
)  # fmt: skip


@pytest.mark.parametrize("text", SECRETS)
def test_what_a_name_says_to_be_secret_is_hidden(text: str) -> None:
    """Values after an equals sign, secrets after a colon, and credentials in addresses are left out."""
    assert "hunter2horse" not in masked(f"before {text} after")
    assert "two words" not in masked(text)


@pytest.mark.parametrize("token", TOKENS)
def test_long_tokens_are_hidden(token: str) -> None:
    """What looks drawn at random, and what begins as keys do, is left out wherever it stands."""
    assert token not in masked(f"it said {token} twice")


@pytest.mark.parametrize(
    "text",
    [
        "exec /usr/local/bin/python: exec format error",
        "Health checks failed with these codes: [404]",
        "ModuleNotFoundError: No module named 'sentence_transformers'",
        "An error occurred (AccessDenied) when calling the GetObject operation",
        "CannotPullContainerError: pull image manifest has been retried 7 time(s)",
        "ResourceInitializationError: unable to pull secrets or registry auth",
        "123456789012.dkr.ecr.eu-west-1.amazonaws.com/my-sentiment-application:latest: not found",
        "unable to assume the role 'arn:aws:iam::123456789012:role/sentimentTaskRole'",
    ],
)
def test_what_shows_a_cause_is_kept(text: str) -> None:
    """AWS's own wordings stay as they are."""
    assert masked(text) == text


def test_a_quotation_is_short_and_on_one_line() -> None:
    """At most 160 characters, whatever the witness says."""
    text = quoted("a line\n and\tanother " * 100)
    assert len(text) == MOST
    assert text.isprintable()
