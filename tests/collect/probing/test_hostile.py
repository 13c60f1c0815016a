"""An application that is against us: where it may send the probe, how long it may keep it, and what it costs."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest

from grader.collect.answers import Answer
from grader.collect.probing import probe as probing
from grader.collect.probing.connections import Connections, is_public
from grader.collect.probing.load_balancers import balancers
from grader.collect.probing.openapi import read_document, trials
from grader.collect.probing.probe import Balancer, probe
from grader.collect.probing.routes import ProbeResult, Route
from grader.collect.threads import Workers
from grader.evidence import Question
from tests.collect.servers import Asked, Reply, serving

NAME = "lab-1.eu-west-1.elb.amazonaws.com"
HOSTILE = sorted((Path(__file__).parent / "openapi").glob("*.json"))
_GOOD: dict[str, Any] = {"get": {}}


def _probed(
    port: int,
    *,
    ports: frozenset[int] = frozenset(),
    connections: Callable[[tuple[Route, ...]], Connections] = Connections,
    routes: tuple[Route, ...] | None = None,
) -> ProbeResult:
    workers = Workers(probing.PROBERS)
    try:
        routes = (Route("", 80, "127.0.0.1", port),) if routes is None else routes
        return probe((Balancer("arn", f"http://{NAME}", ports),), routes, workers, connections)
    finally:
        workers.close()


def _outcomes(result: ProbeResult) -> dict[str, int]:
    assert result.answer is not None, result.note
    return {each["path"]: each["status"] for each in result.answer["endpoints"] if each["body"] != "invalid"}


def _answering(document: object, rest: Callable[[Asked], Reply | None] = lambda asked: Reply()) -> Any:
    content = json.dumps(document).encode()
    return lambda asked: Reply(body=content) if asked.path == "/openapi.json" else rest(asked)


class TestWhereItGoes:
    @pytest.mark.parametrize(
        "address",
        [
            "127.0.0.1",
            "127.1.2.3",
            "0.0.0.0",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "100.64.0.1",
            "169.254.169.254",
            "169.254.170.2",
            "192.0.2.1",
            "198.18.0.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "fe80::1",
            "fe80::1%eth0",
            "fc00::1",
            "fd00:ec2::254",
            "ff02::1",
            "fec0::1",
            "::ffff:127.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b::a9fe:a9fe",
            "2002:7f00:1::",
            "2001:0:4136:e378:8000:63bf:80ff:fffe",
            "2001:db8::1",
            "",
            "name",
        ],
    )
    def test_an_address_that_is_not_public_is_refused(self, address: str) -> None:
        """Loopback, link-local, private, shared, multicast and special addresses, inside IPv6 too."""
        assert not is_public(address)

    @pytest.mark.parametrize("address", ["52.17.0.1", "3.5.140.1", "2a05:d018::1", "64:ff9b::3411:1"])
    def test_an_address_of_aws_is_public(self, address: str) -> None:
        """What load balancers really have, through NAT64 too."""
        assert is_public(address)

    def test_a_name_that_leads_to_loopback_is_not_connected_to(self) -> None:
        """Whatever the DNS says of the balancer's name, a service on this machine gets no request."""
        with serving(lambda asked: Reply()) as server:
            port = server.port
            workers = Workers(8)
            result = probe(
                (Balancer("arn", f"http://{NAME}:{port}"),),
                (),
                workers,
                lambda routes: Connections(routes, resolve=lambda host, port: ("127.0.0.1",)),
            )
            workers.close()
            assert server.asked == []
        assert result.answer is None
        assert "127.0.0.1, which is no public address" in result.note

    def test_one_address_of_many_that_is_not_public_refuses_the_name(self) -> None:
        """A public address beside a private one makes neither of them good."""
        connections = Connections(resolve=lambda host, port: ("52.17.0.1", "10.0.0.1"))
        result = _probed(0, connections=lambda routes: connections, routes=())
        assert result.answer is None
        assert "10.0.0.1" in result.note

    def test_the_address_that_was_checked_is_the_one_connected_to(self) -> None:
        """A name is resolved once: what the DNS says later changes nothing, after a redirect and reconnecting too."""
        asked: list[str] = []

        def resolve(host: str, port: int) -> tuple[str, ...]:
            asked.append(host)
            return ("127.0.0.1",) if len(asked) == 1 else ("169.254.169.254",)

        def rest(request: Asked) -> Reply | None:
            if request.path == "/hop":
                return Reply(302, headers={"Location": f"http://{NAME}:{port}/there"})
            return Reply(headers={"Connection": "close"})

        with serving(_answering({"paths": {"/hop": _GOOD}}, rest)) as server:
            port = server.port
            workers = Workers(8)
            # Loopback counts as public here, since no test connects anywhere else.
            result = probe(
                (Balancer("arn", f"http://{NAME}:{port}"),),
                (),
                workers,
                lambda routes: Connections(routes, resolve, public=lambda address: address == "127.0.0.1"),
            )
            workers.close()
            assert [each.path for each in server.asked].count("/there") == 1
        assert _outcomes(result)["/hop"] == 200
        assert asked == [NAME]

    @pytest.mark.parametrize(
        "location",
        [
            "http://169.254.169.254/latest/meta-data/",
            "http://127.0.0.1:{other}/",
            "//evil.example/",
            "http://{name}:{other}/x",
            "http://user:secret@{name}/x",
            "http://user@{name}/x",
            "https://{name}/x",
            "ftp://{name}/x",
            "file:///etc/passwd",
            "http://[::1/",
            "http://{name}:99999/",
            "http://{name}.evil.example/x",
            "http://{name}\\@127.0.0.1/",
        ],
    )
    def test_a_redirect_elsewhere_is_an_answer_and_is_not_followed(self, location: str) -> None:
        """Another host, another port, another scheme, credentials: the status is kept, and nobody else is asked."""
        with serving(lambda asked: Reply()) as other:
            there = location.format(name=NAME, other=other.port)
            hop = _answering(
                {"paths": {"/hop": _GOOD}},
                lambda asked: Reply(307 if asked.path == "/hop" else 200, headers={"Location": there}),
            )
            with serving(hop) as server:
                routes = (Route("", 80, "127.0.0.1", server.port), Route("", 0, "127.0.0.1", other.port))
                outcomes = _outcomes(_probed(0, routes=routes))
                assert not any(each.path == "/x" or "Authorization" in each.headers for each in server.asked)
            assert other.asked == []
        assert outcomes["/hop"] == 307

    def test_a_redirect_to_another_listener_of_the_balancer_is_followed(self) -> None:
        """A listener on 80 that redirects to one on 8080 is how the lab's HTTPS is done too."""

        def rest(asked: Asked) -> Reply:
            if asked.headers["Host"] == NAME:
                return Reply(301, headers={"Location": f"http://{NAME}:8080{asked.path}"})
            return Reply()

        with serving(rest) as server:
            outcomes = _outcomes(
                _probed(0, ports=frozenset({80, 8080}), routes=(Route("", 0, "127.0.0.1", server.port),))
            )
        assert outcomes["/health"] == 200

    @pytest.mark.parametrize(
        "name",
        [
            "evil.example",
            "localhost",
            "169.254.169.254",
            "x.elb.amazonaws.com.evil.example",
            "elb.amazonaws.com",
            "a/b",
        ],
    )
    def test_a_balancer_with_a_name_that_is_none_of_awss_is_left_out(self, name: str) -> None:
        """What answers in place of AWS does not aim the probe; only --connect-to says otherwise."""
        answers = _described(name)
        assert balancers(answers) == ()
        named = balancers(answers, (Route(name, 80, "127.0.0.1", 1),))
        assert [each.url for each in named] == ([] if "/" in name else [f"http://{name}"])

    @pytest.mark.parametrize(
        "name", [NAME, "Lab-2.cn-north-1.elb.amazonaws.com.cn", "lab.us-gov-west-1.elb.amazonaws.com"]
    )
    def test_a_balancer_of_aws_is_probed(self, name: str) -> None:
        """In every partition."""
        assert [each.url for each in balancers(_described(name))] == [f"http://{name.lower()}"]


def _described(name: str) -> dict[Question, Answer]:
    one = {
        "LoadBalancerArn": "arn",
        "DNSName": name,
        "Type": "application",
        "Scheme": "internet-facing",
        "State": {"Code": "active"},
    }
    return {Question("elbv2.DescribeLoadBalancers", "eu-west-1", ""): Answer({"response": {"LoadBalancers": [one]}})}


@contextmanager
def _dripping(greeting: bytes) -> Iterator[int]:
    """A server that sends ``greeting`` a byte at a time for ever, and never ends a header or a body."""
    listening = socket.create_server(("127.0.0.1", 0))
    over = threading.Event()

    def drip(connection: socket.socket) -> None:
        with connection:
            connection.recv(4096)
            try:
                connection.sendall(greeting)
                while not over.wait(0.2):
                    connection.sendall(b"x")
            except OSError:
                return

    def accept() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            threading.Thread(target=drip, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield listening.getsockname()[1]
    finally:
        over.set()
        listening.close()


class TestHowLongItTakes:
    @pytest.mark.parametrize(
        "greeting",
        [b"HTTP/1.1 200 OK\r\nX-Long: ", b"HTTP/1.1 200 OK\r\nContent-Length: 999999\r\n\r\n", b"HTTP/1.1 2"],
    )
    def test_one_that_drips_for_ever_is_let_go_at_the_end_of_the_request(self, greeting: bytes) -> None:
        """Status line, headers or body: each byte resets a socket's timeout, and none moves the deadline."""
        before = set(threading.enumerate())
        with _dripping(greeting) as port:
            began = monotonic()
            result = _probed(port)
            assert monotonic() - began < probing.REQUEST_SECONDS + 1
            sleep(0.3)
            left = [each for each in set(threading.enumerate()) - before if each.name == "asking"]
        assert result.answer is None
        assert "no answer within 3 s" in result.note
        assert left == [], "the work has really ended"

    @pytest.mark.parametrize(("references", "required"), [(990, 990), (15, 60_000), (4000, 200), (1, 80_000)])
    def test_a_document_that_grows_when_it_is_read_costs_its_operation_alone(
        self, references: int, required: int
    ) -> None:
        """Many references to one long list are bounded after expansion; the endpoint beside them is still asked."""
        bomb = {"allOf": [{"$ref": "#/c"}] * references}
        post = {"post": {"requestBody": {"content": {"application/json": {"schema": bomb}}}}}
        document = {
            "paths": {**{f"/bomb{number}": post for number in range(10)}, "/fine": _GOOD},
            "c": {"required": [f"r{number}" for number in range(required)]},
        }
        began = monotonic()
        with serving(_answering(document)) as server:
            outcomes = _outcomes(_probed(server.port))
        assert monotonic() - began < 3
        assert outcomes["/fine"] == 200
        assert not any(path.startswith("/bomb") for path in outcomes)

    def test_making_requests_ends_at_the_deadline(self) -> None:
        """Work that is still to do when the time is over is not done."""
        document = {"paths": {f"/{number}": _GOOD for number in range(15)}}
        assert len(trials(document, frozenset(), monotonic() + 5)) == 15
        assert trials(document, frozenset(), monotonic() - 1) == ()


class TestWhatItCosts:
    @pytest.mark.parametrize("file", HOSTILE, ids=lambda file: file.stem)
    def test_an_odd_operation_costs_that_operation_alone(self, file: Path) -> None:
        """Beside each document that did harm, a good endpoint is asked and answered."""
        document = read_document(file.read_bytes())
        document["paths"]["/fine"] = _GOOD
        with serving(_answering(document)) as server:
            outcomes = _outcomes(_probed(server.port))
            hosts = {each.headers["Host"] for each in server.asked}
        assert outcomes["/fine"] == 200
        assert outcomes["/health"] == 200
        assert hosts == {NAME}

    @pytest.mark.parametrize(
        "operation",
        [
            {"parameters": 5},
            {"parameters": [5]},
            {"parameters": [{"in": "query", "name": "\ud800", "required": True, "schema": {"type": "string"}}]},
            {"parameters": [{"in": "query", "name": "q", "required": True, "example": "\ud800"}]},
            {"parameters": [{"in": "query", "name": "q", "required": True, "schema": {"type": {}}}]},
            {
                "parameters": [
                    {"in": "query", "name": "q", "required": True, "schema": {"type": "number", "multipleOf": 1e-323}}
                ]
            },
            {"parameters": [{"$ref": "#/paths/~1odd/get/parameters/0"}]},
        ],
        ids=range(7),
    )
    def test_an_odd_parameter_costs_that_operation_alone(self, operation: dict[str, Any]) -> None:
        """Halves of surrogate pairs, types that are none, steps too fine, references in a circle."""
        document = {"paths": {"/odd": {"get": operation}, "/fine": _GOOD}}
        with serving(_answering(document)) as server:
            outcomes = _outcomes(_probed(server.port))
        assert outcomes["/fine"] == 200

    def test_what_would_change_the_application_is_not_asked(self) -> None:
        """Not what shuts down, deletes or logs out, by any spelling, and no POST without a body."""
        body = {"requestBody": {"content": {"application/json": {"schema": {"type": "string"}}}}}
        paths = {
            "/admin/shutdown": {"post": {}},
            "/users/1/delete": {"post": body},
            "/logout": _GOOD,
            "/api/resetAll": {"post": body},
            "/log-out": _GOOD,
            "/run": {"post": {}},
            "/x/{p}": {"get": {"parameters": [{"in": "path", "name": "p", "example": "stop"}]}},
            "/dropdown": _GOOD,
        }
        with serving(_answering({"paths": paths})) as server:
            _probed(server.port)
            asked = {each.path for each in server.asked}
        assert asked == {"/health", "/docs", "/openapi.json", "/dropdown"}

    def test_an_address_without_end_is_cut_and_what_was_answered_is_kept(self) -> None:
        """Headers by the megabyte, a redirect in a circle, a chunk that never comes: each costs its endpoint."""

        def rest(asked: Asked) -> Reply | None:
            if asked.path == "/headers":
                return Reply(headers={f"X-{number}": "x" * 2000 for number in range(500)})
            if asked.path == "/circle":
                return Reply(307, headers={"Location": "/circle"})
            if asked.path == "/chunks":
                return Reply(body=b"zzzz\r\n", headers={"Transfer-Encoding": "chunked"})
            return Reply()

        document = {"paths": {path: _GOOD for path in ("/headers", "/circle", "/chunks", "/fine")}}
        with serving(_answering(document, rest)) as server:
            outcomes = _outcomes(_probed(server.port))
        assert outcomes["/fine"] == 200
        assert outcomes["/circle"] == 307
        assert outcomes["/headers"] == outcomes["/chunks"] == 0

    def test_hostile_applications_cost_other_accounts_nothing(self) -> None:
        """Three that drip for ever beside one that is in order: that one is probed as if it were alone."""
        with (
            _dripping(b"HTTP/1.1 200 OK\r\n") as drip,
            serving(_answering({"paths": {"/fine": _GOOD}})) as server,
            ThreadPoolExecutor(4) as pool,
        ):
            hostile = [pool.submit(_probed, drip) for _ in range(3)]
            began = monotonic()
            good = pool.submit(_probed, server.port).result()
            took = monotonic() - began
            assert all(each.result().answer is None for each in hostile)
        assert _outcomes(good)["/fine"] == 200
        assert took < 2
