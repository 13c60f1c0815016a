"""The demo: an emulated account on this machine, graded by the same code as a real one."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from time import sleep
from typing import Any

import click

from grader.collect import Access
from grader.errors import CannotGrade, UsageError
from grader.rubric import bundle


def listed_faults() -> str:
    """Every fault by name, what it is, and what it costs."""
    faults = known_faults()
    width = max(map(len, faults))
    return "\n".join(
        f"{name:<{width}}  {fault.title} ({', '.join(f'{item} -{points}' for item, points in fault.loses.items())})"
        for name, fault in faults.items()
    )


def known_faults() -> Mapping[str, Any]:
    """Every fault by its name; each has a ``title``, and by item what it ``loses``."""
    faults: Mapping[str, Any] = _emulator().FAULTS
    return faults


def demonstrate(faults: tuple[str, ...], check: Callable[[Access], int]) -> int:
    """Start the account, make the faults, ``check`` it, and leave nothing running; the exit code of ``check``."""
    with _started(faults) as account, _credentials(account):
        return check(Access(endpoint_url=account.endpoint_url, connect_to=(account.connect_to,)))


def keep_up(faults: tuple[str, ...]) -> int:
    """Start the account with the faults, print the variables that lead to it, and keep it up until Ctrl-C."""
    with _started(faults) as account:
        for name, value in {"AWS_ENDPOINT_URL": account.endpoint_url, **_variables(account)}.items():
            click.echo(f'$env:{name} = "{value}"' if os.name == "nt" else f"export {name}={value}")
        click.echo("", err=True)
        click.echo("Set these variables in another shell. AWS tools there then use the emulated account.", err=True)
        click.echo(f"To grade it there, run: grader check --connect-to {account.connect_to}", err=True)
        click.echo("Press Ctrl-C to stop it.", err=True)
        with suppress(KeyboardInterrupt):
            while True:
                sleep(1)
    return 0


@contextmanager
def _started(faults: tuple[str, ...]) -> Iterator[Any]:
    known = known_faults()
    unknown = [name for name in faults if name not in known]
    if unknown:
        from difflib import get_close_matches

        close = get_close_matches(unknown[0], known, n=1)
        remedy = f"Did you mean {close[0]!r}?" if close else "To list them, run: grader demo --list-faults"
        raise UsageError(f"there is no fault {unknown[0]!r}.", where="--fault", remedy=remedy)
    click.echo("Starting an emulated account on this machine with the complete lab ...", err=True)
    try:
        with _emulator().emulated_account(*faults) as account:
            yield account
    except ImportError as error:
        raise CannotGrade(
            f"the demo needs {error.name}, which is not installed.",
            remedy="Install it with: pip install 'aws-lab-grader[demo]' (from a checkout: pip install '.[demo]')",
        ) from error


def _emulator() -> Any:
    place = str(bundle("reference_app").parent)
    if place not in sys.path:
        sys.path.insert(0, place)
    from reference_app import emulator

    return emulator


def _variables(account: Any) -> dict[str, str]:
    """The key and the region of an account, as every AWS tool looks for them."""
    return {
        "AWS_ACCESS_KEY_ID": account.access_key_id,
        "AWS_SECRET_ACCESS_KEY": account.secret_access_key,
        "AWS_DEFAULT_REGION": account.region,
    }


@contextmanager
def _credentials(account: Any) -> Iterator[None]:
    """The emulated account's key where botocore looks first, and none of the user's own settings."""
    ours = {
        **_variables(account),
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    hidden = [name for name in os.environ if name.startswith("AWS_") and name not in ours]
    before = {name: os.environ.get(name) for name in (*ours, *hidden)}
    for name in hidden:
        del os.environ[name]
    os.environ.update(ours)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
