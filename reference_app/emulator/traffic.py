"""A student trying out the application: real requests, through the load balancer."""

from __future__ import annotations

import http.client
import json

from .application import Application
from .balancer import LoadBalancer
from .corrections.metrics import publish

TASK_MEMORY_BYTES = 3 * 1024**3
TEXTS = ("What a great lecture!", "The lab was far too long.", "The room has forty seats.")


def visit(balancer: LoadBalancer, name: str) -> None:
    """Open the pages and ask for predictions, as 5.5, 6.1 and 6.2 want; one request is invalid on purpose.

    `name` is the load balancer's DNS name, which goes into the Host header as a browser would put it.
    """
    for path in ("/health", "/docs", "/openapi.json"):
        _request(balancer, name, "GET", path)
    for text in TEXTS:
        _request(balancer, name, "POST", "/predict", json.dumps({"text": text}))
    _request(balancer, name, "POST", "/predict", json.dumps({}))


def publish_usage(application: Application, account: str, region: str, cluster: str, service: str) -> None:
    """What ECS publishes of a service, measured on the process; `cluster` and `service` are names."""
    usage = application.usage()
    if usage is None:
        return
    dimensions = [{"Name": "ClusterName", "Value": cluster}, {"Name": "ServiceName", "Value": service}]
    values = {
        "CPUUtilization": usage.cpu_percent,
        "MemoryUtilization": 100 * usage.memory_bytes / TASK_MEMORY_BYTES,
    }
    publish(account, region, "AWS/ECS", values, dimensions, "Percent")


def publish_charges(account: str) -> None:
    """What AWS publishes once billing alerts are switched on, a preference that no API can set."""
    currency = [{"Name": "Currency", "Value": "USD"}]
    publish(account, "us-east-1", "AWS/Billing", {"EstimatedCharges": 0.0}, currency, "None")


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
