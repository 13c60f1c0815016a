"""One emulated account for all tests that only read it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from reference_app.emulator import emulated_account

from .questions import Asker


@pytest.fixture(scope="package")
def asker() -> Iterator[Asker]:
    with emulated_account() as account:
        yield Asker(account)
