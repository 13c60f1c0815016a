"""Credentials: wherever boto3 finds them, the account is reached with them."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from hashlib import sha1
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from botocore.tokens import SSOTokenProvider

from grader.collect import Access
from grader.collect.clients import Clients
from grader.collect.service_models import Loader
from grader.collect.session import AccountSession, botocore_handlers, open_session

from .servers import Asked, Reply, serving

Opened = Callable[[Access], AccountSession]


@pytest.fixture(scope="module")
def opened() -> Opened:
    """Opens accounts as a collector does: with one loader and one set of handlers for all."""
    loader, hooks = Loader(), botocore_handlers()
    return lambda access: open_session(access, loader, hooks)


def _key(account_session: AccountSession) -> tuple[str, str | None]:
    keys = account_session.credentials.get_frozen_credentials()
    return keys.access_key, keys.token


def test_keys_of_the_environment(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    """What AWS Details of a Learner Lab gives, exported as variables."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "ASIAFROMTHEENVIRONMENT")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "t")
    account_session = opened(Access())
    assert _key(account_session) == ("ASIAFROMTHEENVIRONMENT", "t")
    assert (account_session.home_region, account_session.partition) == ("us-east-1", "aws")


@pytest.mark.parametrize(("region", "partition"), [("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")])
def test_keys_and_region_of_a_profile(opened: Opened, own_settings: Path, region: str, partition: str) -> None:
    """Keys stand in the credentials file, the region in the configuration; the partition follows from it."""
    own_settings.write_text(f"[profile one]\nregion = {region}\n")
    own_settings.with_name("credentials").write_text(
        "[one]\naws_access_key_id = AKIAOFONE\naws_secret_access_key = s\n"
        "[default]\naws_access_key_id = AKIAOFDEFAULT\naws_secret_access_key = s\n"
    )
    account_session = opened(Access(profile="one"))
    assert _key(account_session) == ("AKIAOFONE", None)
    assert (account_session.home_region, account_session.partition) == (region, partition)
    assert _key(opened(Access())) == ("AKIAOFDEFAULT", None)


def test_a_process(opened: Opened, own_settings: Path, tmp_path: Path) -> None:
    """A program of the institution gives the key."""
    given = {"Version": 1, "AccessKeyId": "ASIAOFTHEPROCESS", "SecretAccessKey": "s", "SessionToken": "t"}
    script = tmp_path / "keys.py"
    script.write_text(f"print('''{json.dumps(given)}''')\n")
    own_settings.write_text(f'[profile one]\ncredential_process = "{sys.executable}" "{script}"\n')
    assert _key(opened(Access(profile="one"))) == ("ASIAOFTHEPROCESS", "t")


def _credentials(action: str, key: str) -> Reply:
    inside = f"<AccessKeyId>{key}</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>"
    until = "<Expiration>2099-01-01T00:00:00Z</Expiration>"
    text = f"<R><{action}Result><Credentials>{inside}{until}</Credentials></{action}Result></R>"
    return Reply(body=text.encode())


def test_a_role_of_a_profile(opened: Opened, own_settings: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A profile that assumes a role from another profile's keys, as courses hand them out."""
    own_settings.write_text(
        "[profile base]\naws_access_key_id = AKIAOFBASE\naws_secret_access_key = s\n"
        "[profile audit]\nsource_profile = base\nregion = eu-west-1\n"
        "role_arn = arn:aws:iam::210987654321:role/lab-audit\n"
    )
    with serving(lambda asked: _credentials("AssumeRole", "ASIAOFTHEROLE")) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL_STS", server.url)
        assert _key(opened(Access(profile="audit"))) == ("ASIAOFTHEROLE", "t")
        (asked,) = server.actions("AssumeRole")
    assert asked.key_id == "AKIAOFBASE"
    assert b"lab-audit" in asked.body


POLICY = '{"Version":"2012-10-17","Statement":[]}'


def _sent_policy(asked: Asked) -> str | None:
    return next(iter(parse_qs(asked.body.decode()).get("Policy", [])), None)


def test_a_profiles_own_role_is_narrowed(own_settings: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The role that a profile assumes gets the session policy as --role-arn's does; those that lead to it do not."""
    own_settings.write_text(
        "[profile base]\naws_access_key_id = AKIAOFBASE\naws_secret_access_key = s\n"
        "[profile first]\nsource_profile = base\nrole_arn = arn:aws:iam::210987654321:role/first\n"
        "[profile audit]\nsource_profile = first\nregion = eu-west-1\n"
        "role_arn = arn:aws:iam::210987654321:role/lab-audit\n"
    )
    with serving(lambda asked: _credentials("AssumeRole", "ASIAOFTHEROLE")) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL_STS", server.url)
        opened = open_session(Access(profile="audit"), Loader(), botocore_handlers(), POLICY)
        opened.credentials.get_frozen_credentials()
        first, last = server.actions("AssumeRole")
        # A role that only leads to --role-arn must still be able to assume it.
        role = "arn:aws:iam::123456789012:role/student"
        account_session = open_session(Access(profile="audit", role_arn=role), Loader(), botocore_handlers(), POLICY)
        account_session.credentials.get_frozen_credentials()
        leading = server.actions("AssumeRole")[2:]
    assert (_sent_policy(first), _sent_policy(last)) == (None, POLICY)
    assert [_sent_policy(one) for one in leading] == [None, None]


def test_a_role_for_a_web_identity_is_narrowed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A CI job's role too."""
    (tmp_path / "token").write_text("a.web.token")
    monkeypatch.setenv("AWS_ROLE_ARN", "arn:aws:iam::210987654321:role/ci")
    monkeypatch.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", str(tmp_path / "token"))
    with serving(lambda asked: _credentials("AssumeRoleWithWebIdentity", "ASIAOFTHEJOB")) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL_STS", server.url)
        open_session(Access(), Loader(), botocore_handlers(), POLICY).credentials.get_frozen_credentials()
        (asked,) = server.asked
    assert _sent_policy(asked) == POLICY


def test_a_web_identity(opened: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A CI job without keys: its token is exchanged for a role's."""
    (tmp_path / "token").write_text("a.web.token")
    monkeypatch.setenv("AWS_ROLE_ARN", "arn:aws:iam::210987654321:role/ci")
    monkeypatch.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", str(tmp_path / "token"))
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    with serving(lambda asked: _credentials("AssumeRoleWithWebIdentity", "ASIAOFTHEJOB")) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL_STS", server.url)
        assert _key(opened(Access())) == ("ASIAOFTHEJOB", "t")


def test_single_sign_on(opened: Opened, own_settings: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After ``aws sso login`` the token that it kept is exchanged for a key."""
    own_settings.write_text(
        "[profile school]\nsso_session = school\nsso_account_id = 210987654321\nsso_role_name = Student\n"
        "region = eu-west-1\n[sso-session school]\nsso_region = eu-west-1\n"
        "sso_start_url = https://school.example/start\nsso_registration_scopes = sso:account:access\n"
    )
    kept = tmp_path / ".aws" / "sso" / "cache" / f"{sha1(b'school').hexdigest()}.json"
    kept.parent.mkdir(parents=True)
    token = {"accessToken": "a-token", "expiresAt": "2099-01-01T00:00:00Z", "startUrl": "https://school.example/start"}
    kept.write_text(json.dumps(token))

    def answer(asked: Asked) -> Reply | None:
        if not asked.path.startswith("/federation/credentials") or "a-token" not in asked.headers.values():
            return Reply(401, b"{}")
        given = {"accessKeyId": "ASIAOFSSO", "secretAccessKey": "s", "sessionToken": "t", "expiration": 4070908800000}
        return Reply(body=json.dumps({"roleCredentials": given}).encode())

    monkeypatch.setattr(SSOTokenProvider, "_SSO_TOKEN_CACHE_DIR", str(kept.parent))
    with serving(answer) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL_SSO", server.url)
        assert _key(opened(Access(profile="school"))) == ("ASIAOFSSO", "t")


def test_one_account_after_another_leaves_nothing_behind(own_settings: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many accounts a class has, what they share does not grow: no handler, no folder of models is added."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIA")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s")
    loader, hooks = Loader(), botocore_handlers()
    places = list(loader.search_paths)
    hooks.emit("creating-client-class.s3", class_attributes={}, base_classes=[])  # the cache of handlers is filled
    for _ in range(5):
        open_session(Access(), loader, hooks)
    attributes: dict[str, object] = {}
    hooks.emit("creating-client-class.s3", class_attributes=attributes, base_classes=[])
    assert "upload_file" not in attributes
    assert loader.search_paths == places


def test_a_client_can_do_nothing_that_boto3_adds(own_settings: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """boto3 gives its S3 clients methods that upload and download; those that ask accounts have none."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIA")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s")
    loader, hooks = Loader(), botocore_handlers()
    clients = Clients(Access(), open_session(Access(), loader, hooks), loader, hooks)
    client = clients.get("s3")
    assert hasattr(client, "list_buckets")
    assert not hasattr(client, "upload_file")
    clients.close()
