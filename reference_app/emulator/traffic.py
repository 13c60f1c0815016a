"""A student trying out the application: real requests, through the load balancer."""

from __future__ import annotations

import http.client
import json

from .balancer import LoadBalancer

TEXTS = ("What a great lecture!", "The lab was far too long.", "The room has forty seats.")


def visit(balancer: LoadBalancer, name: str) -> None:
    """Open the pages and ask for predictions, as steps 5.5, 6.1 and 6.2 want; one request is invalid on purpose.

    `name` is the load balancer's DNS name, which goes into the Host header as a browser would put it.
    """
    for path in ("/health", "/docs", "/openapi.json"):
        _request(balancer, name, "GET", path)
    for text in TEXTS:
        _request(balancer, name, "POST", "/predict", json.dumps({"text": text}))
    _request(balancer, name, "POST", "/predict", json.dumps({}))


def _request(balancer: LoadBalancer, name: str, method: str, path: str, body: str | None = None) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", balancer.port, timeout=30)
    try:
        headers = {"Host": name, "User-Agent": "Mozilla/5.0"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        connection.request(method, path, body=body, headers=headers)
        connection.getresponse().read()
    finally:
        connection.close()
