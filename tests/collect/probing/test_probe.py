"""Probing the application: a real one, behind a real socket, in good and in bad states."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic, sleep
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, Field

from grader.collect import Access, Collector
from grader.collect.probing.connections import Connections
from grader.collect.probing.probe import CUT_BYTES, Balancer, probe
from grader.collect.probing.routes import ProbeResult, Route, check_routes
from grader.collect.threads import Workers
from grader.evidence import Evidence
from reference_app.emulator import EmulatedAccount
from tests.collect.servers import Answering, Asked, Reply, in_front_of, serving

NAME = "lab-1.eu-west-1.elb.amazonaws.com"


class Text(BaseModel):
    """What the lab's service takes."""

    text: str = Field(min_length=1)


@contextmanager
def _running(application: FastAPI) -> Iterator[int]:
    """The port of an application that runs in this process, on a real socket."""
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(application, log_level="critical", lifespan="off", ws="none"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    while not server.started:
        sleep(0.01)
    try:
        yield int(listening.getsockname()[1])
    finally:
        server.should_exit = True
        thread.join()
        listening.close()


def _probed(port: int, *, url: str = f"http://{NAME}", health_paths: tuple[str, ...] = ()) -> ProbeResult:
    workers = Workers(8)
    try:
        return probe((Balancer("arn", url, health_paths=health_paths),), (Route("", 0, "127.0.0.1", port),), workers)
    finally:
        workers.close()


def _answer(result: ProbeResult) -> dict[str, Any]:
    assert result.answer is not None, result.note
    return result.answer


def _outcomes(answer: dict[str, Any]) -> dict[tuple[str, str, str], tuple[int, bool]]:
    return {(e["method"], e["path"], e["body"]): (e["status"], e["ok"]) for e in answer["endpoints"]}


@pytest.fixture
def service() -> FastAPI:
    """The lab's service as students write it."""
    application = FastAPI()

    @application.get("/health")
    def health() -> dict[str, str]:
        return {"status": "ok"}

    @application.post("/predict")
    def predict(text: Text) -> dict[str, str]:
        return {"prediction": "positive" if text.text else "neutral"}

    return application


def test_a_good_service_is_right_in_everything(service: FastAPI) -> None:
    """Health, documentation, a valid and an invalid body: each answered as it should be."""
    with _running(service) as port:
        answer = _answer(_probed(port))
    assert (answer["ok"], answer["status"], answer["url"]) == (True, 200, f"http://{NAME}/health")
    assert answer["load_balancer"] == "arn"
    assert _outcomes(answer) == {
        ("GET", "/health", "none"): (200, True),
        ("GET", "/docs", "none"): (200, True),
        ("GET", "/openapi.json", "none"): (200, True),
        ("POST", "/predict", "valid"): (200, True),
        ("POST", "/predict", "invalid"): (422, True),
    }
    assert all(isinstance(each["ms"], int) and len(each["cut"]) <= CUT_BYTES for each in answer["endpoints"])


def test_a_crash_on_a_valid_body_is_wrong(service: FastAPI) -> None:
    """A 500 is never the right answer."""

    @service.post("/broken")
    def broken(text: Text) -> None:
        raise RuntimeError(text.text)

    with _running(service) as port:
        outcomes = _outcomes(_answer(_probed(port)))
    assert outcomes["POST", "/broken", "valid"] == (500, False)


def test_a_crash_on_an_invalid_body_is_wrong(service: FastAPI) -> None:
    """A service that takes anything and falls over is told apart from one that validates."""

    @service.post("/careless", openapi_extra={
        "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Text"}}}}
    })  # fmt: skip
    async def careless(response: Response) -> dict[str, str]:
        response.status_code = 500
        return {}

    with _running(service) as port:
        outcomes = _outcomes(_answer(_probed(port)))
    assert outcomes["POST", "/careless", "invalid"] == (500, False)


def test_a_service_without_health_is_asked_at_its_door() -> None:
    """Where /health is 404, the start page or the documentation decides."""
    application = FastAPI(docs_url="/docs")
    with _running(application) as port:
        answer = _answer(_probed(port))
    assert (answer["ok"], answer["status"], answer["url"]) == (True, 200, f"http://{NAME}/docs")


def test_the_path_of_the_health_check_decides_where_there_is_no_health() -> None:
    """A lab whose service answers health checks at a path of its own is asked there."""
    application = FastAPI(docs_url=None, openapi_url=None)

    @application.get("/ready")
    def ready() -> dict[str, str]:
        return {"status": "ok"}

    with _running(application) as port:
        answer = _answer(_probed(port, health_paths=("/ready", "/")))
        without = _answer(_probed(port))
    assert (answer["ok"], answer["status"], answer["url"]) == (True, 200, f"http://{NAME}/ready")
    assert (without["ok"], without["status"]) == (False, 404)


def test_redirects_on_the_same_host_are_followed_and_others_not(service: FastAPI) -> None:
    """A slash that is missing is mended; a redirect elsewhere is an answer, and nobody else is asked."""

    @service.get("/elsewhere")
    def elsewhere() -> RedirectResponse:
        return RedirectResponse("http://169.254.169.254/latest/meta-data/")

    @service.get("/slash/")
    def slash() -> dict[str, str]:
        return {}

    service.openapi()["paths"]["/slash"] = {"get": {}}
    del service.openapi()["paths"]["/slash/"]
    with _running(service) as port:
        outcomes = _outcomes(_answer(_probed(port)))
    assert outcomes["GET", "/elsewhere", "none"] == (307, False)
    assert outcomes["GET", "/slash", "none"] == (200, True)


def _serving_document(document: object, rest: Callable[[Asked], Reply] | None = None) -> Answering:
    def answer(asked: Asked) -> Reply:
        if asked.path == "/openapi.json":
            content = document if isinstance(document, bytes) else json.dumps(document).encode()
            return Reply(body=content)
        if asked.path == "/health" or rest is None:
            return Reply(body=b"ok")
        return rest(asked)

    return answer


def test_a_slow_endpoint_is_unsettled_not_wrong() -> None:
    """A timeout never costs anything: it stands beside the endpoints that answered."""
    document: dict[str, Any] = {"paths": {"/slow": {"get": {}}, "/fast": {"get": {}}}}
    slow = _serving_document(document, lambda asked: Reply(after=5 if asked.path == "/slow" else 0))
    began = monotonic()
    with serving(slow) as server:
        answer = _answer(_probed(server.port))
    assert monotonic() - began < 6
    assert ("GET", "/slow", "none") not in _outcomes(answer)
    assert _outcomes(answer)["GET", "/fast", "none"] == (200, True)
    assert [(each["path"], each["why"]) for each in answer["unsettled"]] == [("/slow", "no answer within 3 s")]


def test_a_dripping_application_ends_with_the_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many endpoints drip, probing ends; what answered before is kept."""
    monkeypatch.setattr("grader.collect.probing.probe.BUDGET_SECONDS", 2.5)
    document: dict[str, Any] = {"paths": {f"/drip{n}": {"get": {}} for n in range(12)}}
    began = monotonic()
    with serving(_serving_document(document, lambda asked: Reply(after=0 if asked.path == "/docs" else 9))) as server:
        answer = _answer(_probed(server.port))
    assert monotonic() - began < 5
    assert answer["ok"]
    assert len(answer["unsettled"]) == 12


def test_a_huge_answer_is_cut() -> None:
    """A body of many megabytes is read up to the cut."""
    with serving(
        _serving_document({"paths": {"/huge": {"get": {}}}}, lambda asked: Reply(body=b"x" * 20_000_000))
    ) as server:
        answer = _answer(_probed(server.port))
    (huge,) = [each for each in answer["endpoints"] if each["path"] == "/huge"]
    assert (huge["ok"], len(huge["cut"])) == (True, CUT_BYTES)


def test_control_characters_stay_text() -> None:
    """What is not UTF-8 or not printable is kept so that the evidence is still JSON."""
    with serving(lambda asked: Reply(body=b"\x1b[31m\x00\xff\xfe")) as server:
        answer = _answer(_probed(server.port))
    assert json.loads(json.dumps(answer))["endpoints"][0]["cut"] == "\x1b[31m\x00��"


@pytest.mark.parametrize(
    "document",
    [
        b"[" * 100_000,
        b"\xff\xfe",
        b"{" + b" " * 2_000_000 + b"}",
        [],
        {"paths": []},
        {"paths": {"/a": 1, "//evil.example/": {"get": {}}, "http://evil.example/": {"get": {}}, "/b": {"get": []}}},
        {"servers": [{"url": "http://evil.example"}], "paths": {}},
        {"servers": 3, "paths": {"/x y": {"get": {}}, "/\u202e": {"get": {}}}},
    ],
    ids=range(8),
)  # fmt: skip
def test_a_hostile_document_does_nothing(document: object) -> None:
    """However the document is broken, only the three known pages are asked."""
    with serving(_serving_document(document)) as server:
        answer = _answer(_probed(server.port))
        assert {asked.path for asked in server.asked} == {"/health", "/docs", "/openapi.json"}
    assert answer["ok"]


def test_a_document_with_thousands_of_endpoints_is_tried_in_part() -> None:
    """A bound stands before what an application can make us send."""
    document: dict[str, Any] = {"paths": {f"/e{n}": {"get": {}} for n in range(3000)}}
    with serving(_serving_document(document)) as server:
        _probed(server.port)
        assert len(server.asked) < 20


def test_only_get_and_post_are_sent_and_nothing_that_wants_a_login() -> None:
    """PUT and DELETE are not ours to try, nor what is protected or deprecated."""
    document: dict[str, Any] = {
        "paths": {
            "/things": {"get": {}, "put": {}, "delete": {}, "patch": {}},
            "/secret": {"get": {"security": [{"key": []}]}},
            "/old": {"get": {"deprecated": True}},
            "/items/{id}": {"get": {"parameters": [{"in": "path", "name": "id", "required": True}]}},
            "/named/{id}": {"get": {"parameters": [{"in": "path", "name": "id", "example": "a/b"}]}},
            "/query": {
                "get": {"parameters": [{"in": "query", "name": "q", "required": True, "schema": {"type": "string"}}]}
            },
            "/header": {"get": {"parameters": [{"in": "header", "name": "X", "required": True}]}},
        },
        "servers": [{"url": "/api/"}],
    }  # fmt: skip
    with serving(_serving_document(document)) as server:
        _probed(server.port)
        asked = {(each.method, each.path.partition("?")[0]) for each in server.asked}
    assert asked == {
        ("GET", "/health"), ("GET", "/docs"), ("GET", "/openapi.json"),
        ("GET", "/api/things"), ("GET", "/api/named/a%2Fb"), ("GET", "/api/query"),
    }  # fmt: skip


@pytest.mark.parametrize("status", [500, 502, 503, 404])
def test_an_error_page_is_an_answer(status: int) -> None:
    """A balancer without healthy targets answers 503: that is reached, and not in order."""
    with serving(lambda asked: Reply(status)) as server:
        answer = _answer(_probed(server.port))
    assert (answer["ok"], answer["status"]) == (False, status)


@pytest.mark.parametrize("instead", [None, b"SSH-2.0-OpenSSH\r\n"])
def test_a_refused_or_broken_connection_is_wrong(instead: bytes | None) -> None:
    """Nobody listening, or something that does not speak HTTP: status 0, not unknown."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        if instead is None:
            listening.close()
            answer = _answer(_probed(port))
        else:

            def speak() -> None:
                for _ in ("/health", "/docs", "/openapi.json"):
                    connection, _ = listening.accept()
                    connection.recv(100)
                    connection.sendall(instead)
                    connection.close()

            thread = threading.Thread(target=speak, daemon=True)
            thread.start()
            answer = _answer(_probed(port))
            thread.join()
    assert (answer["ok"], answer["status"]) == (False, 0)
    assert _outcomes(answer) == {("GET", "/health", "none"): (0, False)}


def test_a_name_without_an_address_is_unknown() -> None:
    """A name that this machine cannot resolve says nothing about the application."""
    workers = Workers(4)

    def nowhere(host: str, port: int) -> tuple[str, ...]:
        raise socket.gaierror(socket.EAI_NONAME, "no such name")

    result = probe(
        (Balancer("arn", "http://no-such-name.invalid"),), (), workers, lambda routes: Connections(routes, nowhere)
    )
    workers.close()
    assert result.answer is None
    assert "no-such-name.invalid/health" in result.note


def test_the_application_that_is_in_order_is_told_of(service: FastAPI) -> None:
    """Of several balancers one that answers well is chosen, wherever it stands in the list."""
    with _running(service) as port, serving(lambda asked: Reply(503)) as broken:
        workers = Workers(8)
        routes = check_routes((f"good.example:80:127.0.0.1:{port}", f":80:127.0.0.1:{broken.port}"))
        balancers = (Balancer("bad", "http://bad.example"), Balancer("good", "http://good.example"))
        answer = _answer(probe(balancers, routes, workers))
        workers.close()
    assert (answer["ok"], answer["load_balancer"]) == (True, "good")


def test_routes_are_read_as_curl_reads_them() -> None:
    """HOST:PORT:TO_HOST:TO_PORT, either of the first two empty, an IPv6 address in brackets."""
    assert check_routes(("A.example:80:b:8000", "::[::1]:443")) == (
        Route("a.example", 80, "b", 8000),
        Route("", 0, "::1", 443),
    )


class TestFromAnAccount:
    def _collected(self, url: str, *routes: str) -> dict[str, Any]:
        with Collector(frozenset({"elbv2.DescribeListeners", "elbv2.DescribeTargetGroups"})) as collector:
            return collector.collect(Access(endpoint_url=url, regions=("eu-west-1",), connect_to=routes))

    def test_the_balancer_of_the_account_is_probed(self, student: EmulatedAccount, service: FastAPI) -> None:
        """Its name comes from what AWS said, the address from --connect-to, the result into meta."""
        with _running(service) as port:
            document = self._collected(student.endpoint_url, f":80:127.0.0.1:{port}")
        found = Evidence(document).http_probe
        assert found is not None
        assert (found.ok, found.status) == (True, 200)
        assert any(each.method == "POST" and each.ok for each in found.endpoints)
        assert ".elb.amazonaws.com/health" in found.url

    def test_where_there_is_none_meta_says_so(self, student: EmulatedAccount) -> None:
        """An account without a balancer has nothing to probe, and that is not an answer."""

        def none(asked: Asked) -> Reply | None:
            empty = b"<R><DescribeLoadBalancersResult><LoadBalancers/></DescribeLoadBalancersResult></R>"
            return Reply(body=empty) if asked.action == "DescribeLoadBalancers" else None

        with in_front_of(student.endpoint_url, none) as front:
            document = self._collected(front.url)
        assert document["meta"]["http_probe"] is None
        assert "No active internet-facing load balancer" in document["meta"]["http_probe_note"]

    def test_listeners_decide_where_to_knock(self, student: EmulatedAccount, service: FastAPI) -> None:
        """The balancer that forwards comes first, at its listener's port; internal ones and network ones are left."""

        def member(name: str, kind: str = "application", scheme: str = "internet-facing", state: str = "active") -> str:
            arn = f"arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/{name}/1"
            return (
                f"<member><LoadBalancerArn>{arn}</LoadBalancerArn><DNSName>{name}.Example</DNSName><Type>{kind}</Type>"
                f"<Scheme>{scheme}</Scheme><State><Code>{state}</Code></State></member>"
            )

        def group(name: str, path: str) -> str:
            arn = f"arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/{name}/1"
            return (
                f"<member><TargetGroupName>{name}</TargetGroupName><HealthCheckPath>{path}</HealthCheckPath>"
                f"<LoadBalancerArns><member>{arn}</member></LoadBalancerArns></member>"
            )

        several = (
            member("idle") + member("inside", scheme="internal") + member("net", kind="network")
            + member("new", state="provisioning") + member("busy")
        )  # fmt: skip
        actions = "<DefaultActions><member><Type>forward</Type></member></DefaultActions>"
        listener = f"<member><Protocol>HTTP</Protocol><Port>8080</Port>{actions}</member>"

        def answer(asked: Asked) -> Reply | None:
            if asked.action == "DescribeLoadBalancers":
                text = f"<LoadBalancers>{several}</LoadBalancers>"
            elif asked.action == "DescribeListeners":
                text = f"<Listeners>{listener if b'busy' in asked.body else ''}</Listeners>"
            elif asked.action == "DescribeTargetGroups":
                text = f"<TargetGroups>{group('busy', '/alive')}{group('idle', '/another')}</TargetGroups>"
            else:
                return None
            return Reply(body=f"<R><{asked.action}Result>{text}</{asked.action}Result></R>".encode())

        with in_front_of(student.endpoint_url, answer) as front, _running(service) as port:
            document = self._collected(front.url, f"busy.example:8080:127.0.0.1:{port}", ":80:127.0.0.1:1")
        probed = document["meta"]["http_probe"]
        assert probed["url"] == "http://busy.example:8080/health"
        paths = {each["path"] for each in probed["endpoints"]}
        assert "/alive" in paths
        assert "/another" not in paths
