"""One emulated account for all tests that only read it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from reference_app.emulator import emulated_account

from .questions import Caller


@pytest.fixture(scope="package")
def caller() -> Iterator[Caller]:
    with emulated_account() as account:
        yield Caller(account)
