"""``python -m tests.fuzz.guided TARGET SECONDS``: inputs led by which lines of the grader they reach (atheris).

Atheris ends its process when the time is over, so each target has a process of its own. The grader is imported under
instrumentation; hypothesis turns the bytes that atheris makes into edits.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec


def available() -> bool:
    """Whether atheris is installed: it has wheels for Linux and CPython up to 3.13."""
    return find_spec("atheris") is not None


def main(name: str, seconds: int) -> None:
    """Try inputs until the time is over; what does harm is kept in the corpus, and the exit code is not 0."""
    import atheris

    with atheris.instrument_imports(include=["grader"]):
        from tests.fuzz.__main__ import keep
        from tests.fuzz.targets import targets
    from hypothesis import HealthCheck, given, settings

    from tests.fuzz.edits import Edit

    target = targets()[name]

    @settings(deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(target.strategy())
    def tried(edits: tuple[Edit, ...]) -> None:
        try:
            target.tries(edits)
        except Exception as error:
            keep(name, edits, error)
            raise

    def one(data: bytes) -> None:
        tried.hypothesis.fuzz_one_input(data)  # type: ignore[attr-defined]

    bounds = (f"-max_total_time={seconds}", "-max_len=4096", "-rss_limit_mb=4096", "-timeout=60")
    atheris.Setup([sys.argv[0], *bounds], one)
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
