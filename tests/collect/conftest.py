"""One emulated account for all tests that only read it, and a process that knows no other credentials."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from grader.collect import CALLS, Access, Collector
from reference_app.emulator import EmulatedAccount, emulated_account

EVERYTHING = frozenset(call.operation for call in CALLS)


@pytest.fixture(scope="package")
def account() -> Iterator[EmulatedAccount]:
    """The lab, deployed, without the application running."""
    with emulated_account(application=False) as started:
        yield started


@pytest.fixture(autouse=True)
def own_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Forget the settings of whoever runs the tests; gives the AWS configuration file that is read instead."""
    for name in list(os.environ):
        if name.startswith("AWS_") or name.lower().endswith("_proxy") or name == "REQUESTS_CA_BUNDLE":
            monkeypatch.delenv(name)
    config = tmp_path / "config"
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    return config


@pytest.fixture
def student(account: EmulatedAccount, monkeypatch: pytest.MonkeyPatch) -> EmulatedAccount:
    """The account, with its key in the environment."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", account.access_key_id)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", account.secret_access_key)
    monkeypatch.setenv("AWS_DEFAULT_REGION", account.region)
    return account


@pytest.fixture(scope="package")
def document(account: EmulatedAccount) -> dict[str, Any]:
    """The whole account, collected once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", account.access_key_id)
        patch.setenv("AWS_SECRET_ACCESS_KEY", account.secret_access_key)
        patch.setenv("AWS_DEFAULT_REGION", account.region)
        with Collector(EVERYTHING) as collector:
            return collector.collect(Access(endpoint_url=account.endpoint_url, probe=False))
