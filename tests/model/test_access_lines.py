"""Requests in log lines: what servers write is read, and what is no request of a user is not taken for one."""

from __future__ import annotations

import json

import pytest

from grader.model.access_lines import Request, requests_in


def read(line: str) -> Request | None:
    """The request of one line."""
    return next(requests_in([line]), None)


POST = Request("POST", "/predict", 200)


@pytest.mark.parametrize(
    "line",
    [
        'INFO:     10.0.2.91:51220 - "POST /predict HTTP/1.1" 200 OK',
        'INFO:     2001:db8::1:51220 - "POST /predict HTTP/1.1" 200 OK',
        '\x1b[32mINFO\x1b[0m:     10.0.2.91:5 - "\x1b[1mPOST /predict HTTP/1.1\x1b[0m" \x1b[32m200 OK\x1b[0m',
        '[32mINFO[0m:     10.0.2.91:5 - "[1mPOST /predict HTTP/1.1[0m" [32m200 OK[0m',
        '10.0.1.7 - - [20/Nov/2026 10:00:00] "POST /predict HTTP/1.1" 200 -',
        '10.0.1.7 - - [20/Nov/2026:10:00:00 +0000] "POST /predict HTTP/1.1" 200 12 "-" "curl/8.5.0"',
        '[2026-11-20 10:00:00 +0000] [7] [INFO] 10.0.1.7:3 - - [20/Nov] "POST /predict 1.1" 200 12 "-" "curl"',
        "POST /predict 200 5.123 ms - 12",
        "POST /predict -> 200",
        "Request: POST /predict status: 200",
        '[GIN] 2026/11/20 - 10:00:00 | 200 |     1.2ms |  10.0.1.7 | POST     "/predict"',
        '2026/11/20 10:00:00 "POST http://alb.example/predict HTTP/1.1" from 10.0.1.7:3 - 200 12B in 1ms',
        "time=10:00 level=info method=POST path=/predict status=200 took=5ms",
        '{"method": "POST", "path": "/predict", "status": 200}',
        '{"req": {"method": "POST", "url": "/predict"}, "res": {"statusCode": 200}, "responseTime": 5}',
        '{"http": {"request": {"method": "POST"}, "response": {"status_code": 200}}, "url": {"path": "/predict"}}',
        json.dumps({"level": "info", "message": '10.0.1.7:3 - "POST /predict HTTP/1.1" 200'}),
    ],
)
def test_the_lines_of_servers_are_read(line: str) -> None:
    """uvicorn, gunicorn, Flask, nginx, hypercorn, Express, Go and structured logs, coloured or not."""
    assert read(line) == POST


@pytest.mark.parametrize(
    "line",
    [
        'HTTP Request: POST https://api.example/predict "HTTP/1.1 200 OK"',
        'DEBUG:urllib3.connectionpool:https://s3.amazonaws.com:443 "GET /bucket/key HTTP/1.1" 200 1234',
        "INFO: POST /predict took 200 ms",
        "retrying POST /predict in 200 seconds",
        "GET /v1/200 is not documented",
        "Loaded 200 rows",
        '{"method": "POST", "path": "/predict"}',
        '{"method": "fit", "path": "/data", "status": 200}',
        '{"broken": ',
    ],
)
def test_what_is_no_request_of_a_user_is_not_one(line: str) -> None:
    """The application's own requests to others, durations, and half a line."""
    assert read(line) is None


def test_a_hostile_line_takes_no_time() -> None:
    """Long lines are cut, and no pattern is slow on them."""
    assert read("|200" * 60_000 + "|") is None
    assert read('{"a":' * 50_000) is None
    assert read("GET /" + " " * 200_000 + "200") is None


@pytest.mark.parametrize("path", ["/health", "/health/", "/HEALTH", "/health?x=y", "/healthz", "/ping"])
def test_health_checks_are_told_by_their_path(path: str) -> None:
    """With a slash or a query as well, by whatever method."""
    assert Request("GET", path, 200).is_a_health_check()
    assert Request("HEAD", path, 200).is_a_health_check()


def test_the_health_path_of_the_target_group_is_one() -> None:
    """At the start page only requests that a checker sends may be its own."""
    assert Request("GET", "/api/alive?x=y", 200).is_a_health_check("/api/alive")
    assert not Request("GET", "/api/alive", 200).is_a_health_check("/health")
    assert Request("GET", "/", 200).is_a_health_check("/")
    assert Request("HEAD", "/", 200).is_a_health_check("/")
    assert not Request("POST", "/", 200).is_a_health_check("/")
    assert not Request("GET", "/", 200).is_a_health_check("/health")
    assert not Request("GET", "/docs", 200).is_a_health_check("/")
    assert not Request("GET", "/", 200).is_a_health_check()


def test_a_checker_is_told_by_its_agent() -> None:
    """Whatever it asks."""
    found = read('10.0.1.7 - - [x] "GET /docs HTTP/1.1" 200 2 "-" "ELB-HealthChecker/2.0"')
    assert found is not None
    assert found.is_a_health_check()


@pytest.mark.parametrize(
    ("status", "right"),
    [(199, False), (200, True), (204, True), (299, True), (300, False),
     (302, False), (422, False), (500, False)],
)  # fmt: skip
def test_only_2xx_succeeded(status: int, right: bool) -> None:
    """A redirect is no answer of the application."""
    assert Request("GET", "/docs", status).succeeded is right


def test_pairs_need_a_method_a_target_and_a_status() -> None:
    """Quoted or not; two of them are no request, and a path begins with a slash or a scheme."""
    assert read('method="POST" path="/predict" status="200"') == POST
    assert read("method=POST url=https://alb.example/predict status=200") == POST
    assert read("method=POST url=https://alb.example/a/predict status=200") == Request("POST", "/a/predict", 200)
    assert read("method=POST status=200") is None
    assert read("path=/predict status=200") is None
    assert read("method=POST path=predict status=200") is None


@pytest.mark.parametrize(
    "record",
    [
        {"method": 7, "path": "/predict", "status": 200},
        {"method": "POST", "path": 7, "status": 200},
        {"method": "POST", "path": ["/predict"], "status": 200},
        {"path": "/predict", "status": 200},
    ],
)
def test_a_record_with_fields_of_another_kind_is_no_request(record: dict[str, object]) -> None:
    """Numbers and lists where texts should be."""
    assert read(json.dumps(record)) is None


def test_a_record_is_read_as_deep_as_loggers_nest() -> None:
    """Not without end: a hostile record nests on and on."""
    record: dict[str, object] = {"method": "POST", "path": "/predict", "status": 200}
    assert read(json.dumps({"a": {"b": record}})) == POST
    for _ in range(40):
        record = {"deeper": record}
    assert read(json.dumps(record)) is None
