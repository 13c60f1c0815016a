"""Collecting one account after another, with everything shared that is not the account's own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from threading import Lock
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from grader.calls.closure import rows
from grader.calls.policy import session_policy
from grader.calls.spec import Call
from grader.calls.table import OPERATIONS
from grader.calls.written import HTTP
from grader.collect.access import Access, check_access

if TYPE_CHECKING:
    from grader.collect.clients import Clients
    from grader.collect.threads import Workers

OnProgress = Callable[[int, int], None]
"""Called with how many questions are done, and how many are known so far."""

WORKERS = 32
"""Questions that are out at once."""
WORKERS_APART = 8
"""The same of each account, where many are read at once."""


@dataclass(slots=True)
class _Shared:
    loader: Any = None
    hooks: Any = None
    workers: Workers | None = None
    clients: dict[tuple[object, ...], Clients] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)


class Collector:
    """Asks accounts the rows of the table that ``operations`` need.

    ``operations`` are names of rows (``service.Operation``, or ``service.Operation[Name=value]`` for one that
    is only asked by name); the rows that their parameters come from are added. Clients, service models, TLS
    contexts and connections are shared between accounts, credentials never. ``collect`` may be called from
    several threads at once. Raises ``UsageError`` for a name that is no row.

    ``apart`` is for many accounts at once: each has threads and retries of its own, so that one which hangs or is
    throttled holds up no other. ``per_second`` bounds the requests to each service of an account; 0 is no bound.
    """

    def __init__(
        self,
        operations: frozenset[str],
        *,
        progress: OnProgress | None = None,
        per_second: float = 0,
        apart: bool = False,
    ) -> None:
        self._operations = operations
        self._rows: tuple[Call, ...] = rows(operations)
        self._added = frozenset(call.operation for call in self._rows if call.service != HTTP) - OPERATIONS
        self._progress = progress
        self._per_second = per_second
        self._apart = apart
        self._shared = _Shared()

    def collect(self, access: Access, progress: OnProgress | None = None) -> dict[str, Any]:
        """One account as an evidence document; ``progress`` is told of this account alone.

        Raises ``UsageError`` for options that cannot be used, ``CannotGrade`` where there is no account to
        read, ``NotAnAnswer`` where something else than AWS answers, ``SessionEnded`` for a Learner Lab that
        has ended.
        """
        check_access(access)
        from grader.collect.account import Run
        from grader.collect.clients import Caller, Clients, client_config
        from grader.collect.probing.routes import check_routes
        from grader.collect.region_names import check_regions, known_regions
        from grader.collect.service_models import Loader
        from grader.collect.session import assume_role, botocore_handlers, frozen, open_session
        from grader.collect.threads import Workers

        routes = check_routes(access.connect_to)
        with self._shared.lock:
            if self._shared.loader is None:
                self._shared.loader = Loader(self._added)
                self._shared.hooks = botocore_handlers()
            if self._shared.workers is None and not self._apart:
                self._shared.workers = Workers(WORKERS)
        if access.regions and access.endpoint_url is None:
            check_regions(access.regions, self._shared.loader)
        policy = session_policy(self._operations)
        account_session = open_session(access, self._shared.loader, self._shared.hooks, policy)
        credentials = account_session.credentials
        if access.role_arn is not None:
            credentials = assume_role(access, account_session, policy, client_config(access.endpoint_url, paced=True))
        frozen(credentials, access)
        with self._shared.lock:
            if account_session.manner not in self._shared.clients:
                self._shared.clients[account_session.manner] = Clients(
                    access,
                    account_session,
                    self._shared.loader,
                    self._shared.hooks,
                    OPERATIONS | self._added,
                    apart=self._apart,
                )
        workers = self._shared.workers or Workers(WORKERS_APART)
        try:
            return Run(
                access=access,
                account_session=account_session,
                rows=self._rows,
                clients=self._shared.clients[account_session.manner],
                caller=Caller(credentials, self._per_second),
                workers=workers,
                routes=routes,
                progress=progress or self._progress,
                known_regions=partial(known_regions, self._shared.loader, account_session.partition),
            ).document()
        finally:
            if workers is not self._shared.workers:
                workers.close()

    def close(self) -> None:
        """Close connections and end threads."""
        with self._shared.lock:
            for clients in self._shared.clients.values():
                clients.close()
            self._shared.clients.clear()
            if self._shared.workers is not None:
                self._shared.workers.close()
                self._shared.workers = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
