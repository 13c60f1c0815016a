"""A Dask cluster as an executor: the optional extra ``cluster``."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from typing import Any

from grader.errors import CannotGrade

CONNECT_SECONDS = 10


@contextmanager
def cluster(address: str) -> Iterator[Executor]:
    """The cluster of a scheduler, such as ``tcp://10.0.0.5:8786``. Its workers need this package, of the same version.

    Raises ``CannotGrade`` where the extra is not installed, or nobody answers at the address.
    """
    try:
        from distributed import Client
    except ImportError as error:
        raise CannotGrade(
            f"--scheduler needs {error.name}, which is not installed.",
            remedy="Install it with: pip install 'aws-lab-grader[cluster]' (from a checkout: pip install '.[cluster]')",
        ) from error
    try:
        connect: Any = Client
        client = connect(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError, ImportError) as error:  # a time-out is an OSError
        raise CannotGrade(
            f"no scheduler responds at {address}: {error or 'timeout'}.",
            remedy="Start one with: dask scheduler; then workers with: dask worker ADDRESS",
        ) from error
    try:
        yield _Cluster(client)
    finally:
        client.close()


class _Cluster(Executor):
    """Gives tasks to the cluster. A task of a worker that is lost goes to another one by itself."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._executor = client.get_executor(pure=False, retries=2)

    def submit(self, function: Any, /, *arguments: Any, **named: Any) -> Future[Any]:
        future: Future[Any] = self._executor.submit(function, *arguments, **named)
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        self._executor.shutdown(wait=wait and not cancel_futures)
