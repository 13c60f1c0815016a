"""The floor: the same calls, as concurrent as their dependencies allow, with botocore tuned as well as it can be.

``floor.py CALLS PORT DATA [TIMES]``, one account after another. Nothing is judged, kept or written. What is tuned:
service models cut beforehand to the operations that are asked (``DATA``), endpoints to the services, no other data
loaded, one TLS context and one connection pool for all clients, clients made while the first calls are out, 32 calls
in flight, no garbage collection.
"""

from __future__ import annotations

import gc
import http.client
import json
import os
import socket
import sys
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import botocore.loaders
import botocore.session
from botocore import xform_name
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError
from botocore.httpsession import URLLib3Session, create_urllib3_context

AT_ONCE = 32


class _OneContext(URLLib3Session):  # type: ignore[misc]
    made: Any = None

    def _get_ssl_context(self) -> Any:
        # Asked for once here, and again by every thread that is the first to send through a proxy.
        if self.made is None:
            self.made = create_urllib3_context()
            self.made.load_verify_locations(os.environ["AWS_CA_BUNDLE"])
        return self.made

    def _setup_ssl_cert(self, conn: Any, url: str, verify: Any) -> None:
        conn.cert_reqs, conn.ca_certs = "CERT_REQUIRED", None


def main(file: str, port: str, data: str, times: str = "1") -> None:
    """Ask everything, say how many answers there were."""
    gc.disable()
    calls = json.loads(Path(file).read_text(encoding="utf-8"))
    session = botocore.session.Session()
    session.register_component(
        "data_loader", botocore.loaders.Loader(extra_search_paths=[data], include_default_search_paths=False)
    )
    proxies = {"http": os.environ["HTTP_PROXY"], "https": os.environ["HTTPS_PROXY"]}
    sending = _OneContext(
        proxies=proxies,
        max_pool_connections=AT_ONCE,
        socket_options=[(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)],
    )
    session.register("before-send", lambda request, **_: sending.send(request))
    key = Credentials(os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"])
    session._credentials = key
    endpoint = os.environ.get("AWS_ENDPOINT_URL")
    config = Config(max_pool_connections=AT_ONCE)
    clients: dict[tuple[str, str], Any] = {}
    after: dict[int | None, list[int]] = defaultdict(list)
    for number, call in enumerate(calls):
        after[call["after"]].append(number)
    answered: SimpleQueue[int] = SimpleQueue()

    def ask(number: int) -> None:
        call = calls[number]
        try:
            if "url" in call:
                _application(call, int(port))
            else:
                parameters = json.loads(json.dumps(call["parameters"]), object_hook=_moment)
                client = clients[call["service"], call["region"]]
                getattr(client, xform_name(call["operation"]))(**parameters)
        except ClientError:
            pass  # a refusal is an answer
        finally:
            answered.put(number)

    with ThreadPoolExecutor(AT_ONCE) as pool:

        def put(numbers: list[int]) -> None:
            for number in numbers:
                call = calls[number]
                place = (call.get("service", ""), call.get("region", ""))
                if place[0] and place not in clients:
                    clients[place] = session.create_client(
                        place[0], region_name=place[1], endpoint_url=endpoint, config=config
                    )
                pool.submit(ask, number)

        for _ in range(int(times)):
            put(after[None])
            for _ in calls:
                put(after[answered.get()])
    print(int(times) * len(calls), "answers")


def _moment(value: dict[str, Any]) -> Any:
    return datetime.fromisoformat(value["$moment"]) if "$moment" in value else value


def _application(call: dict[str, Any], port: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    headers = {"Host": call["host"], "Accept": "*/*"}
    if call["body"]:
        headers["Content-Type"] = "application/json"
    connection.request(call["method"], call["url"], call["body"] or None, headers)
    connection.getresponse().read()
    connection.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
