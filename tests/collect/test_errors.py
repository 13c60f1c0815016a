"""When there is no account to grade: one clear sentence, of the right class, soon."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from grader.collect import Access, Collector
from grader.errors import CannotGrade, GraderError, NotAnAnswer, SessionEnded, UsageError
from reference_app.emulator import EmulatedAccount

from .servers import HTML, Asked, Reply, in_front_of, refusal, serving

NEEDED = frozenset({"iam.ListUsers", "ec2.DescribeSubnets"})


def _collected(access: Access, operations: frozenset[str] = NEEDED) -> dict[str, Any]:
    with Collector(operations) as collector:
        return collector.collect(access)


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Some key in the environment."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")


def _caller(arn: str, account: str) -> bytes:
    inside = f"<Arn>{arn}</Arn><Account>{account}</Account>"
    return f"<R><GetCallerIdentityResult>{inside}</GetCallerIdentityResult></R>".encode()


def _is_one_sentence_with_a_remedy(error: GraderError) -> bool:
    return "\n" not in str(error) and str(error).endswith(".") and len(str(error)) < 500


@pytest.mark.parametrize(
    ("access", "where"),
    [
        (Access(regions=("narnia",)), "--region"),
        (Access(regions=("eu-west-1.evil.example",)), "--region"),
        (Access(role_arn="grader"), "--role-arn"),
        (Access(external_id="x"), "--external-id"),
        (Access(endpoint_url="localhost:5000"), "--endpoint-url"),
        (Access(endpoint_url="http://user:secret@localhost"), "--endpoint-url"),
        (Access(connect_to=("a:80:b",)), "--connect-to"),
        (Access(connect_to=("a:80:b:99999",)), "--connect-to"),
        (Access(connect_to=("a:80:b:0",)), "--connect-to"),
        (Access(profile="nobody"), "--profile"),
    ],
)
def test_an_option_that_makes_no_sense_is_named(keys: None, access: Access, where: str) -> None:
    """It is a usage error (exit code 2) that names the option and what to write."""
    with pytest.raises(UsageError) as caught:
        _collected(access)
    assert caught.value.where == where
    assert caught.value.remedy
    assert _is_one_sentence_with_a_remedy(caught.value)


def test_a_profile_of_the_environment_that_is_not_there_is_named(keys: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """AWS_PROFILE is where the mistake is, so it is named."""
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    with pytest.raises(UsageError, match=r"AWS_PROFILE: there is no profile 'nobody'"):
        _collected(Access())


def test_a_broken_configuration_is_named(keys: None, own_settings: Path) -> None:
    """The file that cannot be read is in the sentence."""
    own_settings.write_text("[profile one\nregion=")
    with pytest.raises(UsageError, match=re.escape(str(own_settings))):
        _collected(Access(profile="one"))


def test_a_region_of_the_configuration_that_is_none_is_refused(keys: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """A region becomes part of a host name: what does not look like one is not used."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "evil.example/")
    with pytest.raises(UsageError, match="not the name of a region"):
        _collected(Access())


def test_no_credentials() -> None:
    """Whoever has none is told how to give some."""
    with pytest.raises(CannotGrade, match=r"No AWS credentials were found\. Provide credentials as for the AWS CLI"):
        _collected(Access())


def test_credentials_of_half_a_profile(own_settings: Path) -> None:
    """A profile with a key and no secret says what is missing."""
    own_settings.write_text("[profile one]\nregion = eu-west-1\naws_access_key_id = AKIA\n")
    with pytest.raises(CannotGrade, match=r"'one'.*aws_secret_access_key"):
        _collected(Access(profile="one"))


def test_credentials_that_cannot_be_got(own_settings: Path) -> None:
    """A credential process that fails is told, with what it said."""
    own_settings.write_text("[profile one]\nregion = eu-west-1\ncredential_process = false\n")
    with pytest.raises(CannotGrade, match="credentials of profile 'one' cannot be loaded"):
        _collected(Access(profile="one"))


@pytest.mark.parametrize("code", ["ExpiredToken", "InvalidClientTokenId", "SignatureDoesNotMatch"])
def test_credentials_that_aws_does_not_accept(keys: None, code: str) -> None:
    """Expired or wrong keys end the run at once, with AWS's own reason."""
    with (
        serving(
            lambda asked: refusal("sts" if asked.service != "ec2" else "ec2", code, "they are of yesterday")
        ) as server,
        pytest.raises(
            CannotGrade, match=f"does not accept these credentials \\({code}\\): they are of yesterday"
        ) as caught,
    ):
        _collected(Access(endpoint_url=server.url))
    assert _is_one_sentence_with_a_remedy(caught.value)


@pytest.mark.parametrize(
    ("status", "page"),
    [
        (200, HTML), (200, b"<html><body>Log in</body></html>"), (200, b""), (200, b"{}"),
        (302, b""), (403, HTML), (403, b"<html><body>No</body></html>"), (404, b"Not found"), (502, b"Bad gateway"),
    ],
)  # fmt: skip
def test_an_endpoint_that_is_not_aws(keys: None, status: int, page: bytes) -> None:
    """A login page, a proxy's error or nothing at all is said to be none of AWS's answers."""
    reply = Reply(status, page, {"Content-Type": "text/html", **({"Location": "/login"} if status == 302 else {})})
    with serving(lambda asked: reply) as server, pytest.raises(NotAnAnswer, match="did not return an AWS response"):
        _collected(Access(endpoint_url=server.url), frozenset())


def test_nobody_listens(keys: None) -> None:
    """An endpoint that refuses connections is unreachable; it is named."""
    with serving(lambda asked: None) as server:
        url = server.url
    with pytest.raises(CannotGrade, match=f"{url} cannot be reached") as caught:
        _collected(Access(endpoint_url=url))
    assert not isinstance(caught.value, NotAnAnswer)


def test_a_name_without_an_address(keys: None) -> None:
    """No network, or no such host, is told as that."""
    with pytest.raises(CannotGrade, match="cannot be reached"):
        _collected(Access(endpoint_url="http://aws.invalid:5000"))


def test_a_server_that_hangs_up(keys: None) -> None:
    """A connection that is closed without an answer is no account either."""
    with serving(lambda asked: None) as server, pytest.raises(CannotGrade, match="cannot be reached"):
        _collected(Access(endpoint_url=server.url))


def test_aws_that_is_too_busy_to_say_who_asks(keys: None) -> None:
    """Throttling of the first question is not taken for wrong credentials."""
    with (
        serving(lambda asked: refusal("sts", "Throttling", "Rate exceeded", 400)) as server,
        pytest.raises(CannotGrade, match=r"did not identify the account \(Throttling\)"),
    ):
        _collected(Access(endpoint_url=server.url), frozenset())


def test_a_lab_session_that_has_ended(student: EmulatedAccount) -> None:
    """sts still answers, everything else is denied by voc-cancel-cred: that is said, and nothing is graded."""
    message = (
        "User: arn:aws:sts::123456789012:assumed-role/voclabs/user1=a@b.c is not authorized to perform: "
        "ec2:DescribeRegions with an explicit deny in an identity-based policy: "
        "arn:aws:iam::123456789012:policy/voc-cancel-cred"
    )

    def ended(asked: Asked) -> Reply | None:
        return None if asked.service == "sts" else refusal(asked.service, "UnauthorizedOperation", message)

    with in_front_of(student.endpoint_url, ended) as front, pytest.raises(SessionEnded, match=r"session .* has ended"):
        _collected(Access(endpoint_url=front.url))


@pytest.mark.parametrize("given", [(), ("us-east-1",)])
def test_a_lab_session_that_goes_on_is_searched_where_labs_are(
    student: EmulatedAccount, given: tuple[str, ...]
) -> None:
    """The Learner Lab allows two regions, so only these are searched; and its e-mail address is not kept."""

    def learner(asked: Asked) -> Reply | None:
        if asked.action != "GetCallerIdentity":
            return None
        arn = "arn:aws:sts::123456789012:assumed-role/voclabs/user3142=Anna_Nowak@example.edu"
        return Reply(body=_caller(arn, "123456789012"))

    with in_front_of(student.endpoint_url, learner) as front:
        document = _collected(Access(endpoint_url=front.url, regions=given))
    assert document["meta"]["environment"] == "academy"
    assert set(document["meta"]["regions"]) <= {"us-east-1", "us-west-2", "eu-west-1"}
    assert document["meta"]["caller"].endswith("/voclabs/user3142=(redacted)")
    assert "Anna" not in json.dumps(document["meta"])


def test_regions_that_may_not_be_listed(student: EmulatedAccount) -> None:
    """Without ec2:DescribeRegions every region that the SDK knows is searched, and meta says so."""

    def denied(asked: Asked) -> Reply | None:
        return refusal("ec2", "UnauthorizedOperation", "no") if asked.action == "DescribeRegions" else None

    with in_front_of(student.endpoint_url, denied) as front:
        document = _collected(Access(endpoint_url=front.url))
    regions = document["meta"]["regions"]
    assert {"eu-west-1", "us-east-1", "eu-north-1", "ap-east-1"} <= set(regions)
    assert not any(region.startswith(("cn-", "us-gov-")) for region in regions)
    assert document["meta"]["regions_from"] == "sdk"
    assert f"All {len(regions)} regions known to the AWS SDK" in document["meta"]["regions_note"]


@pytest.mark.parametrize(("name", "meant"), [("eu-west-11", "eu-west-1"), ("us-eats-1", "us-east-1")])
def test_a_region_that_does_not_exist_is_wrong_usage(name: str, meant: str) -> None:
    """A mistyped --region is refused before anything is asked, with the region that was probably meant."""
    with pytest.raises(UsageError, match=f"Did you mean {meant}") as raised:
        _collected(Access(regions=("eu-west-1", name)))
    assert name in str(raised.value)


def test_regions_are_taken_from_the_account_service_where_it_is_asked_anyway(student: EmulatedAccount) -> None:
    """account:ListRegions knows the regions too; those that are off are left out."""

    def denied(asked: Asked) -> Reply | None:
        if asked.action == "DescribeRegions":
            return refusal("ec2", "UnauthorizedOperation", "no")
        if asked.path.endswith("/listRegions"):
            regions = [("eu-west-1", "ENABLED_BY_DEFAULT"), ("eu-west-2", "ENABLED"), ("ap-east-1", "DISABLED")]
            listed = [{"RegionName": name, "RegionOptStatus": status} for name, status in regions]
            return Reply(body=json.dumps({"Regions": listed}).encode(), after=0.3)
        return None

    with in_front_of(student.endpoint_url, denied) as front:
        document = _collected(Access(endpoint_url=front.url), NEEDED | {"account.ListRegions"})
    assert document["meta"]["regions"] == ["eu-west-1", "eu-west-2"]


def test_a_region_that_a_policy_closes_is_not_searched(student: EmulatedAccount) -> None:
    """Where every question is denied as it is in a forbidden region, the region is told apart, its refusals kept."""

    def closed(asked: Asked) -> Reply | None:
        if asked.region != "us-west-2":
            return None
        return refusal(asked.service, "UnauthorizedOperation", "with an explicit deny in a service control policy")

    with in_front_of(student.endpoint_url, closed) as front:
        document = _collected(Access(endpoint_url=front.url))
    assert document["meta"]["regions_refused"] == ["us-west-2"]
    assert "us-west-2" not in document["meta"]["regions"]
    assert "error" in document["calls"]["ec2.DescribeVpcs"]["us-west-2"][""]


def test_a_caller_who_may_read_nothing_is_not_a_closed_region(student: EmulatedAccount) -> None:
    """Refused everywhere means a missing permission: the regions stay, and their questions are open."""

    def closed(asked: Asked) -> Reply | None:
        if asked.service != "ec2" or asked.action == "DescribeRegions":
            return None
        return refusal("ec2", "UnauthorizedOperation", "no identity-based policy allows it")

    with in_front_of(student.endpoint_url, closed) as front:
        document = _collected(Access(endpoint_url=front.url), frozenset({"ec2.DescribeVpcs"}))
    assert "regions_refused" not in document["meta"]
    assert "eu-west-1" in document["meta"]["regions"]


def test_an_endpoint_that_falls_silent_is_given_up(student: EmulatedAccount, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a time without any answer what is still out has none; the rest is kept."""
    monkeypatch.setattr("grader.collect.account.SILENCE_SECONDS", 2.0)

    def silent(asked: Asked) -> Reply | None:
        return Reply(after=30) if asked.action == "ListUsers" else None

    with in_front_of(student.endpoint_url, silent) as front:
        document = _collected(Access(endpoint_url=front.url, regions=("eu-west-1",)))
    assert document["calls"]["iam.ListUsers"]["global"][""]["error"]["Code"] == "NoAnswer"
    assert "response" in document["calls"]["ec2.DescribeVpcs"]["eu-west-1"][""]


def test_an_endpoint_that_never_says_who_asks_is_given_up(keys: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Silence from the start is an endpoint that cannot be reached."""
    monkeypatch.setattr("grader.collect.account.SILENCE_SECONDS", 1.0)
    with serving(lambda asked: Reply(after=30)) as server, pytest.raises(CannotGrade, match="cannot be reached"):
        _collected(Access(endpoint_url=server.url), frozenset())


class TestRoles:
    ROLE = "arn:aws:iam::210987654321:role/lab-audit"

    def test_a_role_is_assumed_and_narrowed(self, student: EmulatedAccount) -> None:
        """It is asked for with the external id and a session policy made from the table; then only its key signs."""

        def given(asked: Asked) -> Reply | None:
            if asked.action == "GetCallerIdentity":
                arn = "arn:aws:sts::210987654321:assumed-role/lab-audit/lab-grader"
                return Reply(body=_caller(arn, "210987654321"))
            if asked.action == "AssumeRole":
                key = f"<SecretAccessKey>s</SecretAccessKey><SessionToken>{'t' * 20}</SessionToken>"
                text = (
                    "<R><AssumeRoleResult><Credentials><AccessKeyId>ASIAOFTHEROLE</AccessKeyId>"
                    f"{key}<Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></R>"
                )
                return Reply(body=text.encode())
            return refusal(asked.service, "UnauthorizedOperation", "no")

        with in_front_of(student.endpoint_url, given) as front:
            document = _collected(
                Access(endpoint_url=front.url, role_arn=self.ROLE, external_id="course-7", probe=False),
                frozenset({"iam.ListAccountAliases"}),
            )
        (assumed,) = front.actions("AssumeRole")
        assert b"ExternalId=course-7" in assumed.body
        assert b"iam%3AListAccountAliases" in assumed.body
        assert b"ec2%3ADescribeSubnets" not in assumed.body
        assert document["meta"]["account"] == "210987654321"
        assert assumed.key_id == student.access_key_id
        assert {each.key_id for each in front.asked if each is not assumed} == {"ASIAOFTHEROLE"}

    def test_a_role_that_may_not_be_assumed(self, student: EmulatedAccount) -> None:
        """It is named, with AWS's reason and what to check."""
        with (
            in_front_of(
                student.endpoint_url,
                lambda asked: refusal("sts", "AccessDenied", "not you") if asked.action == "AssumeRole" else None,
            ) as front,
            pytest.raises(CannotGrade, match=f"{self.ROLE} cannot be assumed: .*not you.*trust policy") as caught,
        ):
            _collected(Access(endpoint_url=front.url, role_arn=self.ROLE))
        assert _is_one_sentence_with_a_remedy(caught.value)
