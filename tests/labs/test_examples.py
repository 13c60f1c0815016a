"""The labs of examples/, graded by YAML alone, in an emulated account."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
import yaml

from grader.collect import policy_document
from grader.rubric.bundled import lint_rubric
from grader.rubric.needs import operations_for
from tests.labs.conftest import EXAMPLES, Emulator, graded, outcomes, rubric_of

LABS = sorted(folder.name for folder in EXAMPLES.iterdir() if folder.is_dir())
MANUAL = {("private-database", "3.2")}


class _Site(BaseHTTPRequestHandler):
    status = 200

    def do_GET(self) -> None:
        content = b"<h1>Hello</h1>"
        self.send_response(self.status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        return


class _NoSite(_Site):
    status = 404


@pytest.fixture(params=[_Site])
def site(request: pytest.FixtureRequest) -> Iterator[dict[str, str]]:
    """What ``--connect-to`` needs to lead to a site that is right, and to one that is wrong."""
    servers = {
        mode: ThreadingHTTPServer(("127.0.0.1", 0), kind) for mode, kind in (("right", _Site), ("wrong", _NoSite))
    }
    for server in servers.values():
        Thread(target=server.serve_forever, daemon=True).start()
    yield {mode: f":80:127.0.0.1:{server.server_address[1]}" for mode, server in servers.items()}
    for server in servers.values():
        server.shutdown()
        server.server_close()


def failing(lab: str) -> dict[str, str]:
    """The items that fail of the wrong account, by expected.yaml, with the reason."""
    told: dict[str, str] = yaml.safe_load((EXAMPLES / lab / "expected.yaml").read_text(encoding="utf-8"))["wrong"]
    return told


@pytest.mark.parametrize("mode", ["right", "wrong"])
@pytest.mark.parametrize("lab", LABS)
def test_exactly_the_mistakes_fail(emulator: Emulator, lab: str, mode: str, site: dict[str, str]) -> None:
    """Of the right account every item passes; of the wrong one exactly those fail that have a mistake."""
    emulator.build(lab, mode)
    rubric = rubric_of(lab)
    said = outcomes(graded(rubric, emulator.collect(rubric, connect_to=(site[mode],))))
    wrong = failing(lab) if mode == "wrong" else {}
    assert said == {
        item.id: "manual" if (lab, item.id) in MANUAL else "failed" if item.id in wrong else "passed"
        for item in rubric.items
    }


@pytest.mark.parametrize("lab", LABS)
def test_an_empty_account_earns_nothing(emulator: Emulator, lab: str) -> None:
    """Where nothing is, every item is lost, and none is open but what a person decides."""
    emulator.reset()
    rubric = rubric_of(lab)
    result = graded(rubric, emulator.collect(rubric)).result
    assert result.score == 0
    assert {item.id for item in result.items if item.open} == {item for name, item in MANUAL if name == lab}


@pytest.mark.parametrize("lab", LABS)
def test_a_student_reads_no_jmespath(emulator: Emulator, lab: str, site: dict[str, str]) -> None:
    """Each mistake is told with what was found and, where the thing is there, what was expected, in words."""
    emulator.build(lab, "wrong")
    rubric = rubric_of(lab)
    items = graded(rubric, emulator.collect(rubric, connect_to=(site["wrong"],))).result.items
    failed = [check for item in items for check in item.checks if check.outcome == "failed"]
    assert failed
    for check in failed:
        assert check.is_missing or check.expected
        assert not re.search(r"\[\]|\[\?|json\(|base64\(|None|True|False|\{'|\$\w", check.message), check.message


@pytest.mark.parametrize("lab", LABS)
def test_the_policy_beside_a_rubric_is_its_own(lab: str) -> None:
    """policy.json has exactly the reads that the rubric needs."""
    kept = json.loads((EXAMPLES / lab / "policy.json").read_text(encoding="utf-8"))
    assert kept == policy_document(operations_for(rubric_of(lab).items))


@pytest.mark.parametrize("lab", LABS)
def test_lint_finds_nothing(lab: str) -> None:
    """An example is an example of a rubric without mistakes."""
    mistakes, _ = lint_rubric(EXAMPLES / lab / "rubric.yaml")
    assert [str(mistake) for mistake in mistakes] == []
