"""What comes before moto's dispatcher: it knows what is asked, refuses, answers what moto lacks, records.

Moto finds out what was asked after it has chosen a backend, and in several ways. Here it is found once, by moto's own
routers over botocore's models, so that refusals and errors have AWS's codes in each protocol.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from botocore.exceptions import UnknownServiceError
from moto.core.model import OperationModel
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.request import Request, determine_request_protocol
from moto.core.routing import get_service_router
from moto.core.serialize import get_serializer_class
from moto.core.utils import get_service_model
from werkzeug.exceptions import NotFound

from .errors import AwsError, ErrorBody, error_body
from .server import Application

# The name in a signature is not always botocore's name for the service.
SERVICE_OF_SIGNING_NAME = {
    "elasticloadbalancing": "elbv2",
    "monitoring": "cloudwatch",
    "tagging": "resourcegroupstaggingapi",
    "servicequotas": "service-quotas",
    "access-analyzer": "accessanalyzer",
    "aoss": "opensearchserverless",
    "aps": "amp",
    "cloudhsm": "cloudhsmv2",
    "elasticfilesystem": "efs",
    "elasticmapreduce": "emr",
    "kinesisanalytics": "kinesisanalyticsv2",
    "mobiletargeting": "pinpoint",
    "sso": "sso-admin",
    "states": "stepfunctions",
}
_CLASSIC_BALANCERS = b"Version=2012-06-01"
"""Classic Load Balancers have a name in signatures with those that followed them, and a version of their own."""
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
            try:
                return self._inner(environ, start_response)  # type: ignore[no-any-return]
            except NotImplementedError as error:
                refusal = AwsError("NotImplemented", str(error) or "This is not emulated.", 501)
                return _written(error_body(refusal, _spoken(environ)), refusal.status, start_response)
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
            return self._asked_of_moto(call, environ, noting)
        except NotImplementedError:
            # Moto lets this escape, and its server makes a page of HTML with status 500 of it, which
            # clients retry.
            unknown = f"{call.service}:{call.operation} is not emulated."
            return _refused(call, AwsError("NotImplemented", unknown, 501), noting)
        except AwsError as error:
            return _refused(call, error, noting)
        finally:
            self._record(call, status)

    def _asked_of_moto(self, call: Call, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Moto's answer. Where it knows no such path it answers with a page of HTML, which AWS never does."""
        said: list[Any] = []

        def held(status: str, headers: Any, exc_info: Any = None) -> Any:
            said[:] = [status, headers, exc_info]
            return lambda data: None

        answer = self._inner(environ, held)
        status, headers, exc_info = said
        is_page = any(name.lower() == "content-type" and value.startswith("text/html") for name, value in headers)
        if is_page and status[:3] in ("404", "405") and call.service != "s3":
            raise NotImplementedError
        start_response(status, headers, exc_info)
        return answer  # type: ignore[no-any-return]

    def _understood(self, environ: dict[str, Any]) -> Call | None:
        signed = _CREDENTIAL.search(environ.get("HTTP_AUTHORIZATION", ""))
        if signed is None:
            return None
        service = SERVICE_OF_SIGNING_NAME.get(signed["service"], signed["service"])
        if service == "s3" and environ["PATH_INFO"].startswith("/v20180820/"):
            service = "s3control"
        request = Request(environ)
        if service == "elbv2" and _CLASSIC_BALANCERS in request.get_data(parse_form_data=False):
            service = "elb"
        try:
            model, uri_parameters = get_service_router(service).match(request)
        except (NotFound, NotImplementedError, UnknownServiceError):
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
    if call.request.method == "HEAD":
        told = replace(told, body=b"")
    return _written(told, error.status, start_response)


def _written(told: ErrorBody, status: int, start_response: Any) -> Iterable[bytes]:
    headers = [("Content-Type", told.content_type), *told.headers, ("Content-Length", str(len(told.body)))]
    start_response(f"{status} Refused", headers)
    return [told.body]


def _spoken(environ: Mapping[str, Any]) -> str:
    """The protocol of a request whose service is not known, by its form."""
    content = str(environ.get("CONTENT_TYPE", ""))
    if content.startswith("application/x-www-form-urlencoded"):
        return "query"
    return "json" if content.startswith("application/x-amz-json") else "rest-json"


def _protocol(call: Call) -> str:
    return determine_request_protocol(get_service_model(call.service), call.request.content_type)
