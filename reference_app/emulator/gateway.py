"""What stands before moto's dispatcher: it knows what is asked, refuses, answers what moto lacks, records.

Moto finds out what was asked after it has chosen a backend, and in several ways. Here it is found once, by
moto's own
routers over botocore's models, so that refusals and errors have AWS's codes in each protocol.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from moto.core.model import OperationModel
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.request import Request, determine_request_protocol
from moto.core.routing import get_service_router
from moto.core.serialize import get_serializer_class
from moto.core.utils import get_service_model
from werkzeug.exceptions import NotFound

from .errors import AwsError, error_body
from .server import Application

# The name in a signature is not always botocore's name for the service.
SERVICE_OF_SIGNING_NAME = {
    "elasticloadbalancing": "elbv2",
    "monitoring": "cloudwatch",
    "tagging": "resourcegroupstaggingapi",
    "servicequotas": "service-quotas",
}
_CREDENTIAL = re.compile(r"Credential=(?P<key>[^/]+)/\d+/(?P<region>[^/]+)/(?P<service>[^/]+)/")


@dataclass(frozen=True, slots=True)
class Call:
    """One request, understood."""

    service: str
    """botocore's name: `elbv2`, `s3control`"""
    operation: str
    region: str
    account: str
    access_key_id: str
    user_agent: str
    request: Request
    model: OperationModel
    uri_parameters: Mapping[str, Any]

    def parameters(self) -> dict[str, Any]:
        """The parameters under the names of the API, as botocore's model types them."""
        protocol = determine_request_protocol(self.model.service_model, self.request.content_type)
        parsed = PROTOCOL_PARSERS[protocol](self.model, map_type=dict).parse(
            {
                "method": self.request.method,
                "values": self.request.values,
                "headers": self.request.headers,
                "body": self.request.data,
                "url_path": self.request.path,
                "url_params": dict(self.uri_parameters),
            }
        )
        return {**parsed, **self.uri_parameters}


Answer = Callable[[Call], Any]
"""What an operation returns, as a dict in the API's own words; or raises AwsError."""
Policy = Callable[[Call], None]
"""Raises AwsError if the caller may not do it."""
Record = Callable[[Call, int], None]


class Gateway:
    """A WSGI application around moto's. `account` is whose server this is: no other is ever asked."""

    def __init__(
        self,
        inner: Application,
        account: str,
        answers: Mapping[tuple[str, str], Answer],
        policy: Policy,
        record: Record,
    ) -> None:
        self._inner = inner
        self._account = account
        self._answers = answers
        self._policy = policy
        self._record = record

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        # Moto searches every account's keys in every partition for the caller's; the header spares it that.
        environ["HTTP_X_MOTO_ACCOUNT_ID"] = self._account
        body = _buffered(environ)
        call = self._understood(environ)
        if call is None:
            environ["wsgi.input"] = io.BytesIO(body)
            return self._inner(environ, start_response)  # type: ignore[no-any-return]
        status = 200

        def noting(status_line: str, headers: Any, exc_info: Any = None) -> Any:
            nonlocal status
            status = int(status_line.split(" ", 1)[0])
            return start_response(status_line, headers, exc_info) if exc_info else start_response(status_line, headers)

        try:
            self._policy(call)
            own = self._answers.get((call.service, call.operation))
            if own is not None:
                return _serialized(call, own(call), noting)
            environ["wsgi.input"] = io.BytesIO(body)
            return self._inner(environ, noting)  # type: ignore[no-any-return]
        except NotImplementedError:
            # Moto lets this escape, and its server makes a page of HTML with status 500 of it, which
            # clients retry.
            unknown = f"{call.service}:{call.operation} is not emulated."
            return _refused(call, AwsError("NotImplemented", unknown, 501), noting)
        except AwsError as error:
            return _refused(call, error, noting)
        finally:
            self._record(call, status)

    def _understood(self, environ: dict[str, Any]) -> Call | None:
        signed = _CREDENTIAL.search(environ.get("HTTP_AUTHORIZATION", ""))
        if signed is None:
            return None
        service = SERVICE_OF_SIGNING_NAME.get(signed["service"], signed["service"])
        if service == "s3" and environ["PATH_INFO"].startswith("/v20180820/"):
            service = "s3control"
        request = Request(environ)
        try:
            model, uri_parameters = get_service_router(service).match(request)
        except (NotFound, NotImplementedError):
            return None
        finally:
            request.get_data(parse_form_data=False)
        return Call(
            service=service,
            operation=model.name,
            region=signed["region"],
            account=self._account,
            access_key_id=signed["key"],
            user_agent=environ.get("HTTP_USER_AGENT", ""),
            request=request,
            model=model,
            uri_parameters=uri_parameters,
        )


def _buffered(environ: dict[str, Any]) -> bytes:
    """The whole body, put back: it is read here to see what is asked, and again by moto."""
    stream = environ["wsgi.input"]
    length = environ.get("CONTENT_LENGTH")
    if length:
        body: bytes = stream.read(int(length))
    elif environ.get("wsgi.input_terminated"):
        body = stream.read()
        environ["CONTENT_LENGTH"] = str(len(body))
    else:
        body = b""
    environ["wsgi.input"] = io.BytesIO(body)
    return body


def _serialized(call: Call, result: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """`result` in the protocol that the client spoke."""
    serializer = get_serializer_class(call.service, _protocol(call))(operation_model=call.model)
    answer = serializer.serialize(result)
    body = answer["body"]
    payload = body.encode() if isinstance(body, str) else bytes(body)
    headers = [(str(name), str(value)) for name, value in answer["headers"].items()]
    headers.append(("Content-Length", str(len(payload))))
    start_response(f"{answer['status_code']} OK", headers)
    return [payload]


def _refused(call: Call, error: AwsError, start_response: Any) -> Iterable[bytes]:
    told = error_body(error, _protocol(call))
    payload = b"" if call.request.method == "HEAD" else told.body
    headers = [("Content-Type", told.content_type), *told.headers, ("Content-Length", str(len(payload)))]
    start_response(f"{error.status} Refused", headers)
    return [payload]


def _protocol(call: Call) -> str:
    return determine_request_protocol(get_service_model(call.service), call.request.content_type)
