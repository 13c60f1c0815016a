"""Clients that serve every account and every region: proved against botocore's own."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore import xform_name
from botocore.config import Config
from botocore.credentials import Credentials

from grader.collect import CALLS, Access, Collector
from grader.collect.clients import Caller, Clients, asking
from grader.collect.service_models import Loader
from grader.collect.session import botocore_handlers, open_session
from grader.errors import GraderError, OperationNotAllowed
from reference_app.emulator import EmulatedAccount

from .servers import Asked, Reply, in_front_of, serving

REGIONS = ("us-east-1", "eu-west-1", "ap-southeast-2", "cn-north-1", "us-gov-west-1")
ASKED = {
    "sts": ("GetCallerIdentity", {}),
    "iam": ("ListUsers", {}),
    "ec2": ("DescribeVpcs", {}),
    "elbv2": ("DescribeLoadBalancers", {}),
    "ecs": ("ListClusters", {}),
    "ecr": ("DescribeRepositories", {}),
    "logs": ("DescribeLogGroups", {}),
    "cloudwatch": ("ListMetrics", {}),
    "cloudtrail": ("LookupEvents", {}),
    "s3": ("GetBucketAcl", {"Bucket": "a-bucket"}),
    "s3control": ("GetPublicAccessBlock", {"AccountId": "123456789012"}),
    "budgets": ("DescribeBudgets", {"AccountId": "123456789012"}),
    "organizations": ("DescribeOrganization", {}),
    "account": ("ListRegions", {}),
}


class _Signed(Exception):
    """Thrown in place of sending: where a request was going, and for which region and service it was signed."""

    def __init__(self, url: str, scope: str) -> None:
        super().__init__(url, scope)
        self.seen = (url, scope)


def _stop(*, request: Any, **_: Any) -> None:
    scope = request.headers["Authorization"].partition("Credential=")[2].partition(",")[0].split("/", 2)[2]
    raise _Signed(request.url, scope)


def _where(client: Any, service: str) -> tuple[str, str]:
    operation, parameters = ASKED[service]
    client.meta.events.register_last("request-created", _stop)
    with pytest.raises(_Signed) as caught:
        getattr(client, xform_name(operation))(**parameters)
    client.meta.events.unregister("request-created", _stop)
    return caught.value.seen


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Some key in the environment."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")


def _clients(access: Access) -> Clients:
    loader, hooks = Loader(), botocore_handlers()
    return Clients(access, open_session(access, loader, hooks), loader, hooks)


def test_every_service_of_the_table_is_tried_here() -> None:
    """A service that is added to the table is added to these tests too."""
    assert set(ASKED) == {call.service for call in CALLS}


@pytest.fixture(scope="module")
def plain_session() -> Any:
    """An ordinary botocore session, whose clients are made for one region each."""
    return botocore.session.Session()


@pytest.fixture(scope="module")
def shared() -> dict[str, Any]:
    """Our clients by home region, made once."""
    return {}


@pytest.mark.parametrize("home", ["us-east-1", "eu-west-1"])
@pytest.mark.parametrize("service", sorted(ASKED))
def test_a_request_goes_where_a_client_of_that_region_would_send_it(
    keys: None, plain_session: Any, shared: dict[str, Any], service: str, home: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One client, made in the home region, sends and signs for each region exactly as one made there."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", home)
    clients = shared[home] = shared.get(home) or _clients(Access())
    caller = Caller(Credentials("AKIA", "secret"))
    for region in REGIONS:
        own = plain_session.create_client(
            service,
            region_name=region,
            aws_access_key_id="AKIA",
            aws_secret_access_key="secret",
            config=Config(s3={"us_east_1_regional_endpoint": "regional"}),
        )
        with asking(caller, region):
            assert _where(clients.get(service), service) == _where(own, service), region


@pytest.mark.parametrize("named_by", ["option", "environment", "profile"])
@pytest.mark.parametrize("endpoint", ["http://127.0.0.1:5000", "http://localhost:4566", "https://moto.example:443"])
def test_at_an_endpoint_that_is_not_awss_no_name_is_put_before_the_host(
    keys: None, endpoint: str, named_by: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither a bucket's nor the account's, whoever named the endpoint: nobody could look such names up."""
    (tmp_path / "config").write_text(f"[profile there]\nendpoint_url = {endpoint}\n", encoding="utf-8")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    access = Access()
    if named_by == "option":
        access = Access(endpoint_url=endpoint)
    elif named_by == "environment":
        monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    else:
        monkeypatch.setenv("AWS_PROFILE", "there")
    clients = _clients(access)
    with asking(Caller(Credentials("AKIA", "secret")), "eu-west-1"):
        control, _ = _where(clients.get("s3control"), "s3control")
        bucket, _ = _where(clients.get("s3"), "s3")
    assert control.replace(":443", "").startswith(endpoint.replace(":443", "") + "/v20180820/")
    assert bucket.replace(":443", "").startswith(endpoint.replace(":443", "") + "/a-bucket")


def test_at_an_endpoint_of_aws_in_a_vpc_the_account_stays_in_the_host(
    keys: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Interface endpoints of S3 Control have a name for each account."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    named = "control.vpce-1a2b3c4d-5e6f.s3.eu-west-1.vpce.amazonaws.com"
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3_CONTROL", f"https://{named}")
    with asking(Caller(Credentials("AKIA", "secret")), "eu-west-1"):
        control, _ = _where(_clients(Access()).get("s3control"), "s3control")
    assert control.startswith(f"https://123456789012.{named}/")


def test_nobody_signs_without_being_the_asker(keys: None) -> None:
    """Outside of asking() there are no credentials at all: no client keeps any."""
    client = _clients(Access(endpoint_url="http://127.0.0.1:9")).get("iam")
    with pytest.raises(GraderError, match="nobody's credentials"):
        client.list_users()


class TestTheGuard:
    @pytest.mark.parametrize(
        ("service", "operation", "parameters"),
        [
            ("sts", "assume_role", {"RoleArn": "arn:aws:iam::123456789012:role/r", "RoleSessionName": "s"}),
            ("sts", "get_session_token", {}),
        ],
    )
    def test_nothing_arrives_of_what_is_no_row(
        self, keys: None, service: str, operation: str, parameters: dict[str, Any]
    ) -> None:
        """An operation outside the table is refused before a socket is opened."""
        with serving(lambda asked: Reply(500)) as server:
            clients = _clients(Access(endpoint_url=server.url))
            with asking(Caller(Credentials("AKIA", "secret")), "eu-west-1"), pytest.raises(OperationNotAllowed):
                getattr(clients.get(service), operation)(**parameters)
            assert server.asked == []

    def test_it_stands_before_a_whole_model_too(self, keys: None) -> None:
        """Were models not cut, EC2 could still not be told to run anything."""
        from botocore.loaders import create_loader

        with serving(lambda asked: Reply(500)) as server:
            access = Access(endpoint_url=server.url)
            hooks = botocore_handlers()
            clients = Clients(access, open_session(access, create_loader(), hooks), create_loader(), hooks)
            with asking(Caller(Credentials("AKIA", "secret")), "eu-west-1"):
                with pytest.raises(OperationNotAllowed, match=r"ec2\.RunInstances is not in the table"):
                    clients.get("ec2").run_instances(ImageId="ami-1", MinCount=1, MaxCount=1)
                with pytest.raises(OperationNotAllowed):
                    clients.get("iam").generate_credential_report()
                with pytest.raises(OperationNotAllowed):
                    clients.get("s3").generate_presigned_url("get_object", Params={"Bucket": "b", "Key": "k"})
            assert server.asked == []

    def test_a_client_has_no_method_for_what_is_no_row(self, keys: None) -> None:
        """The models are cut to the table, so there is nothing to call."""
        client = _clients(Access()).get("ec2")
        assert not hasattr(client, "run_instances")
        assert hasattr(client, "describe_vpcs")


class TestManyAccounts:
    def test_credentials_are_never_mixed(self, account: EmulatedAccount, own_settings: Path) -> None:
        """Four accounts at once through one collector: each request is signed with its own account's key."""
        names = {f"AKIAACCOUNT{n}": f"{n}" * 12 for n in range(1, 5)}
        own_settings.write_text(
            "".join(
                f"[profile p{key[-1]}]\nregion = eu-west-1\naws_access_key_id = {key}\naws_secret_access_key = s\n"
                for key in names
            )
        )

        def answer(asked: Asked) -> Reply | None:
            number = names.get(asked.key_id, "000000000000")
            if asked.action == "GetCallerIdentity":
                inside = f"<Arn>arn:aws:iam::{number}:user/u</Arn><Account>{number}</Account>"
                text = f"<R><GetCallerIdentityResult>{inside}</GetCallerIdentityResult></R>"
            elif asked.action == "ListUsers":
                users = "".join(f"<member><UserName>{number}-{n}</UserName></member>" for n in range(20))
                text = f"<R><ListUsersResult><Users>{users}</Users></ListUsersResult></R>"
            else:
                name = asked.body.partition(b"UserName=")[2].partition(b"&")[0].decode()
                key = f"<member><UserName>{name}</UserName><AccessKeyId>{number}</AccessKeyId></member>"
                text = (
                    f"<R><{asked.action}Result><AccessKeyMetadata>{key}</AccessKeyMetadata></{asked.action}Result></R>"
                )
            return Reply(body=text.encode(), after=0.002)

        with serving(answer) as server, Collector(frozenset({"iam.ListAccessKeys"})) as collector:
            accesses = [Access(profile=f"p{n}", endpoint_url=server.url, regions=("eu-west-1",)) for n in range(1, 5)]
            with ThreadPoolExecutor(4) as pool:
                documents = list(pool.map(collector.collect, accesses * 3))
        for document in documents:
            number = document["meta"]["account"]
            keys = document["calls"]["iam.ListAccessKeys"]["global"]
            assert set(keys) == {f"UserName={number}-{n}" for n in range(20)}
            for entry in keys.values():
                assert entry["response"]["AccessKeyMetadata"][0]["AccessKeyId"] == number
        assert {document["meta"]["account"] for document in documents} == set(names.values())

    def test_clients_are_shared_where_profiles_ask_alike(self, own_settings: Path) -> None:
        """A profile with another endpoint gets clients of its own; keys and regions alone do not matter."""
        key = "aws_access_key_id = AKIA\naws_secret_access_key = s\n"
        own_settings.write_text(
            f"[profile a]\nregion = eu-west-1\n{key}[profile b]\nregion = us-east-1\n{key}"
            f"[profile c]\nendpoint_url = http://127.0.0.1:9\n{key}"
        )
        loader, hooks = Loader(), botocore_handlers()
        a, b, c = (open_session(Access(profile=name), loader, hooks).manner for name in "abc")
        assert a == b != c

    def test_threads_end_and_connections_close(self, student: EmulatedAccount) -> None:
        """A collector that is closed leaves no thread behind."""
        before = set(threading.enumerate())
        with Collector(frozenset({"iam.ListUsers"})) as collector:
            collector.collect(Access(endpoint_url=student.endpoint_url, regions=("eu-west-1",)))
        for thread in set(threading.enumerate()) - before:
            if thread.name.startswith("asking"):
                thread.join(5)
                assert not thread.is_alive()

    def test_a_second_account_loads_nothing_again(self, student: EmulatedAccount) -> None:
        """Clients, models and connections of the first account serve the second."""
        with in_front_of(student.endpoint_url) as front, Collector(frozenset({"iam.ListUsers"})) as collector:
            access = Access(endpoint_url=front.url, regions=("eu-west-1",))
            collector.collect(access)
            (clients,) = collector._shared.clients.values()
            made = clients.get("iam")
            collector.collect(access)
            (again,) = collector._shared.clients.values()
            assert again is clients
            assert again.get("iam") is made


@contextmanager
def _over_tls(upstream: str, folder: Path) -> Iterator[tuple[str, Path]]:
    """The server again, behind TLS with a certificate authority of our own."""
    from datetime import UTC, datetime, timedelta
    from http.client import HTTPConnection
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
    from ipaddress import ip_address
    from urllib.parse import urlsplit

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    private = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, private.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(private, hashes.SHA256())
    )
    authority, key = folder / "ca.pem", folder / "key.pem"
    authority.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    key.write_bytes(
        private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    there = urlsplit(upstream)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            connection = HTTPConnection(there.hostname or "", there.port)
            connection.request("POST", self.path, body, dict(self.headers))
            response = connection.getresponse()
            content = response.read()
            connection.close()
            self.send_response(response.status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    class Quiet(ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = False

        def handle_error(self, request: Any, client_address: Any) -> None:
            """A client that does not trust us hangs up, which is what it should do."""

    server = Quiet(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"https://127.0.0.1:{server.server_address[1]}", authority
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class TestTls:
    def test_the_certificate_authorities_are_loaded_once(
        self, student: EmulatedAccount, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """However many connections there are, the CA bundle is read for one context."""
        loads: list[Any] = []
        with _over_tls(student.endpoint_url, tmp_path) as (url, authority):
            monkeypatch.setenv("AWS_CA_BUNDLE", str(authority))
            original = ssl.SSLContext.load_verify_locations

            def load(self: ssl.SSLContext, cafile: Any = None, capath: Any = None, cadata: Any = None) -> None:
                loads.append(cafile)
                original(self, cafile, capath, cadata)

            monkeypatch.setattr(ssl.SSLContext, "load_verify_locations", load)
            with Collector(frozenset({"iam.ListMFADevices", "ec2.DescribeSubnets"})) as collector:
                document = collector.collect(Access(endpoint_url=url, regions=("eu-west-1",)))
        assert "response" in document["calls"]["ec2.DescribeSubnets"]["eu-west-1"][""]
        assert loads == [str(authority)]

    def test_a_certificate_of_nobody_is_refused(self, student: EmulatedAccount, tmp_path: Path) -> None:
        """Without that authority nothing is sent, and the sentence says why."""
        with (
            _over_tls(student.endpoint_url, tmp_path) as (url, _),
            pytest.raises(GraderError, match=r"cannot be reached: .*certificate verify failed"),
            Collector(frozenset()) as collector,
        ):
            collector.collect(Access(endpoint_url=url))


def test_proxies_of_the_environment_are_used(student: EmulatedAccount, monkeypatch: pytest.MonkeyPatch) -> None:
    """HTTP_PROXY holds for our connections as for botocore's own, and NO_PROXY too."""
    with in_front_of(student.endpoint_url) as proxy:

        def asked_through_proxy() -> int:
            with Collector(frozenset({"iam.ListUsers"})) as collector:
                collector.collect(Access(endpoint_url=student.endpoint_url, regions=("eu-west-1",)))
            return len(proxy.asked)

        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        assert asked_through_proxy() >= 2
        proxy.asked.clear()
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        assert asked_through_proxy() == 0
