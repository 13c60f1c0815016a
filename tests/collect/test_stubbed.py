"""One exact answer or refusal of one operation, given to our own clients by botocore's Stubber.

It checks the shape of every answer and parameter by AWS's own model, and nothing is sent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ParamValidationError, UnStubbedResponseError
from botocore.stub import Stubber

from grader.collect import CALLS, Access
from grader.collect.answers import Answer
from grader.collect.clients import Caller, Clients
from grader.collect.request import EVENTS, FIRST_EVENTS, Asked, ask
from grader.collect.service_models import Loader
from grader.collect.session import botocore_handlers, open_session
from grader.errors import Missing, Unverified
from grader.evidence import GLOBAL, Evidence, Question, RefusalKind, refusals_of

REGION = "eu-west-1"
NOW = datetime(2026, 11, 20, 10, tzinfo=UTC)
THEN = datetime(2026, 11, 1, 8, 30, tzinfo=UTC)


class Stubbed:
    """Our clients, what they are to be given, and how a row of the table is asked."""

    def __init__(self) -> None:
        loader, hooks, access = Loader(), botocore_handlers(), Access()
        account_session = open_session(access, loader, hooks)
        self.clients = Clients(access, account_session, loader, hooks)
        self.caller = Caller(account_session.credentials)
        self._stubbers: dict[str, Stubber] = {}

    def stubber(self, service: str) -> Stubber:
        """The stubber of a service's client; from now on nothing is sent by it."""
        if service not in self._stubbers:
            self._stubbers[service] = Stubber(self.clients.get(service))
            self._stubbers[service].activate()
        return self._stubbers[service]

    def ask(self, operation: str, region: str = REGION, /, **parameters: Any) -> Answer:
        """The answer to a row of the table."""
        call = next(call for call in CALLS if call.operation == operation)
        self.stubber(call.service)
        asked = Asked(Question(operation, region), call, region, parameters)
        answer = ask(asked, self.clients, self.caller, NOW)
        assert self.caller.requests == 0
        return answer

    def all_given(self) -> None:
        """Raise where something that was to be given was not asked for."""
        for stubber in self._stubbers.values():
            stubber.assert_no_pending_responses()


@pytest.fixture
def stubbed(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stubbed]:
    """Clients as a run makes them; every answer that a test prepares must be asked for."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    made = Stubbed()
    yield made
    made.all_given()
    made.clients.close()


def evidence(operation: str, answer: Answer, region: str = REGION) -> Evidence:
    """A file that holds this answer alone."""
    return Evidence({"meta": {}, "calls": {operation: {region: {"": answer.entry}}}})


def test_an_answer_is_kept_as_aws_gave_it(stubbed: Stubbed) -> None:
    """Every member that AWS sent is there, and nothing that it did not send."""
    vpc = {"VpcId": "vpc-1", "CidrBlock": "10.0.0.0/16", "IsDefault": False, "Tags": [{"Key": "Name", "Value": "lab"}]}
    stubbed.stubber("ec2").add_response("describe_vpcs", {"Vpcs": [vpc]}, {})
    assert stubbed.ask("ec2.DescribeVpcs").entry == {"response": {"Vpcs": [vpc]}}


def test_what_aws_leaves_out_is_not_made_up(stubbed: Stubbed) -> None:
    """An image without tags, or a budget without notifications, stays without: no null, no empty list."""
    image = {"imageDigest": "sha256:00", "repositoryName": "app"}
    stubbed.stubber("ecr").add_response(
        "describe_images", {"imageDetails": [image]}, {"repositoryName": "app", "maxResults": 1000}
    )
    assert stubbed.ask("ecr.DescribeImages", repositoryName="app").response == {"imageDetails": [image]}
    stubbed.stubber("budgets").add_response("describe_notifications_for_budget", {})
    asked = {"AccountId": "123456789012", "BudgetName": "month"}
    assert stubbed.ask("budgets.DescribeNotificationsForBudget", GLOBAL, **asked).entry == {"response": {}}


def test_times_and_bytes_are_json(stubbed: Stubbed) -> None:
    """A moment is ISO 8601 with its offset, the credential report is the text that it is."""
    report = {"Content": b"user,arn\n<root_account>,x\n", "ReportFormat": "text/csv", "GeneratedTime": THEN}
    stubbed.stubber("iam").add_response("get_credential_report", report, {})
    assert stubbed.ask("iam.GetCredentialReport", GLOBAL).response == {
        "Content": "user,arn\n<root_account>,x\n",
        "ReportFormat": "text/csv",
        "GeneratedTime": "2026-11-01T08:30:00+00:00",
    }


def test_a_policy_document_stays_as_aws_sent_it(stubbed: Stubbed) -> None:
    """botocore would decode it into an object; the evidence keeps the text."""
    document = "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%5D%7D"
    version = {"Document": document, "VersionId": "v1", "IsDefaultVersion": True}
    arn = "arn:aws:iam::aws:policy/AdministratorAccess"
    stubbed.stubber("iam").add_response(
        "get_policy_version", {"PolicyVersion": version}, {"PolicyArn": arn, "VersionId": "v1"}
    )
    answer = stubbed.ask("iam.GetPolicyVersion", GLOBAL, PolicyArn=arn, VersionId="v1")
    assert answer.response == {"PolicyVersion": version}


REFUSED = [
    ("ec2.DescribeVpcs", {}, "UnauthorizedOperation", "ec2:DescribeVpcs"),
    ("iam.ListUsers", {}, "AccessDenied", "iam:ListUsers"),
    ("elbv2.DescribeLoadBalancers", {}, "AccessDenied", "elasticloadbalancing:DescribeLoadBalancers"),
    ("ecs.ListClusters", {}, "AccessDeniedException", "ecs:ListClusters"),
    ("logs.DescribeLogGroups", {}, "AccessDeniedException", "logs:DescribeLogGroups"),
    ("budgets.DescribeBudgets", {"AccountId": "123456789012"}, "AccessDeniedException", "budgets:ViewBudget"),
    ("s3.GetBucketPolicyStatus", {"Bucket": "lab"}, "AccessDenied", "s3:GetBucketPolicyStatus"),
    ("s3.HeadBucket", {"Bucket": "lab"}, "403", "s3:ListBucket"),
    ("s3control.GetPublicAccessBlock", {"AccountId": "123456789012"}, "AccessDenied", "s3:GetAccountPublicAccessBlock"),
    ("account.ListRegions", {}, "AccessDeniedException", "account:ListRegions"),
    ("cloudwatch.DescribeAlarms", {}, "AccessDenied", "cloudwatch:DescribeAlarms"),
]
"""An operation of each protocol: EC2's own, Query, JSON, REST with XML and with JSON, and CBOR."""


@pytest.mark.parametrize(("operation", "parameters", "code", "action"), REFUSED, ids=[each[0] for each in REFUSED])
def test_a_refusal_names_the_action_to_grant(
    stubbed: Stubbed, operation: str, parameters: Mapping[str, str], code: str, action: str
) -> None:
    """Code, message and status are kept, and from them follow the kind of refusal and the IAM action."""
    service, _, name = operation.partition(".")
    client = stubbed.clients.get(service)
    method = next(method for method, each in client.meta.method_to_api_mapping.items() if each == name)
    message = "not authorized, because no identity-based policy allows it"
    stubbed.stubber(service).add_client_error(method, code, message, 403)
    answer = stubbed.ask(operation, **parameters)
    assert answer.entry == {"error": {"Code": code, "Message": message, "HTTPStatusCode": 403}}
    with pytest.raises(Unverified) as caught:
        evidence(operation, answer).answer(operation, REGION)
    (refusal,) = refusals_of(caught.value)
    assert (refusal.kind, refusal.action, refusal.code) == (RefusalKind.IDENTITY_POLICY, action, code)


@pytest.mark.parametrize(
    ("code", "message", "status", "kind"),
    [
        ("RequestLimitExceeded", "Request limit exceeded.", 503, RefusalKind.THROTTLED),
        ("Throttling", "Rate exceeded", 400, RefusalKind.THROTTLED),
        ("RequestExpired", "Request has expired.", 400, RefusalKind.EXPIRED),
        ("OptInRequired", "You are not subscribed to this service.", 401, RefusalKind.REGION_OFF),
        ("AuthFailure", "AWS was not able to validate the credentials", 401, RefusalKind.REGION_OFF),
        ("InternalError", "An internal error has occurred", 500, RefusalKind.NO_ANSWER),
        ("UnauthorizedOperation", "with an explicit deny in a service control policy", 403,
         RefusalKind.SERVICE_CONTROL_POLICY),
        ("UnauthorizedOperation", "with an explicit deny in a permissions boundary", 403,
         RefusalKind.PERMISSION_BOUNDARY),
        ("UnauthorizedOperation", "no session policy allows it", 403, RefusalKind.SESSION_POLICY),
        ("UnauthorizedOperation", "user/voclabs is denied by policy/voc-cancel-cred", 403, RefusalKind.SESSION_ENDED),
        ("SomethingNew", "no idea", 400, RefusalKind.OTHER),
    ],
)  # fmt: skip
def test_a_refusal_says_of_which_kind_it_is(
    stubbed: Stubbed, code: str, message: str, status: int, kind: RefusalKind
) -> None:
    """A throttle, a region that is off or a boundary is none of a missing permission, and asks for something else."""
    stubbed.stubber("ec2").add_client_error("describe_subnets", code, message, status)
    answer = stubbed.ask("ec2.DescribeSubnets")
    with pytest.raises(Unverified) as caught:
        evidence("ec2.DescribeSubnets", answer).answer("ec2.DescribeSubnets", REGION)
    assert [refusal.kind for refusal in refusals_of(caught.value)] == [kind]


@pytest.mark.parametrize(
    ("operation", "method", "parameters", "code"),
    [
        ("iam.GetLoginProfile", "get_login_profile", {"UserName": "ci"}, "NoSuchEntity"),
        ("s3.GetBucketPolicy", "get_bucket_policy", {"Bucket": "lab"}, "NoSuchBucketPolicy"),
        ("s3.GetPublicAccessBlock", "get_public_access_block", {"Bucket": "lab"},
         "NoSuchPublicAccessBlockConfiguration"),
        ("s3.HeadBucket", "head_bucket", {"Bucket": "gone"}, "404"),
        ("ecs.DescribeServices", "describe_services", {"cluster": "gone", "services": ["a"]},
         "ClusterNotFoundException"),
        ("elbv2.DescribeTargetHealth", "describe_target_health", {"TargetGroupArn": "arn:gone"}, "TargetGroupNotFound"),
        ("organizations.DescribeOrganization", "describe_organization", {}, "AWSOrganizationsNotInUseException"),
    ],
)  # fmt: skip
def test_an_error_that_says_absent_is_an_answer(
    stubbed: Stubbed, operation: str, method: str, parameters: dict[str, Any], code: str
) -> None:
    """What AWS says does not exist is missing, which is known, and no refusal, which would leave it open."""
    stubbed.stubber(operation.partition(".")[0]).add_client_error(method, code, "It does not exist.", 404)
    answer = stubbed.ask(operation, **parameters)
    with pytest.raises(Missing, match=f"{operation} says {code}"):
        evidence(operation, answer).answer(operation, REGION)


def test_pages_become_one_answer(stubbed: Stubbed) -> None:
    """Each page is asked with the mark of the last one; lists are joined, and no mark is kept."""
    names = ("anna", "ben", "chen")
    whose = {"Path": "/", "UserId": "AIDAIOSFODNN7EXAMPLE", "CreateDate": THEN}
    users = [{"UserName": name, "Arn": f"arn:aws:iam::123456789012:user/{name}", **whose} for name in names]
    stubber = stubbed.stubber("iam")
    stubber.add_response("list_users", {"Users": users[:2], "IsTruncated": True, "Marker": "m1"}, {"MaxItems": 1000})
    stubber.add_response("list_users", {"Users": users[2:], "IsTruncated": False}, {"MaxItems": 1000, "Marker": "m1"})
    response = stubbed.ask("iam.ListUsers", GLOBAL).response or {}
    assert [user["UserName"] for user in response["Users"]] == list(names)
    assert "Marker" not in response


def test_a_page_that_is_refused_refuses_the_whole(stubbed: Stubbed) -> None:
    """The first page alone must not read as all that there is."""
    stubber = stubbed.stubber("ecs")
    stubber.add_response("list_clusters", {"clusterArns": ["arn:1"], "nextToken": "more"})
    stubber.add_client_error("list_clusters", "ThrottlingException", "Rate exceeded", 400)
    answer = stubbed.ask("ecs.ListClusters")
    assert (answer.response, answer.code) == (None, "ThrottlingException")


def test_a_row_that_wants_few_pages_asks_no_more(stubbed: Stubbed) -> None:
    """A bucket of a million objects costs five questions, and the answer says that there are more."""
    for number in range(5):
        stubbed.stubber("s3").add_response(
            "list_objects_v2",
            {"Contents": [{"Key": f"object-{number}"}], "IsTruncated": True, "NextContinuationToken": f"t{number}"},
            {"Bucket": "lab", **({"ContinuationToken": f"t{number - 1}"} if number else {})},
        )
    response = stubbed.ask("s3.ListObjectsV2", GLOBAL, Bucket="lab").response or {}
    assert [each["Key"] for each in response["Contents"]] == [f"object-{number}" for number in range(5)]
    assert response["NextContinuationToken"] == "t4"


def test_what_one_request_cannot_hold_is_asked_in_batches(stubbed: Stubbed) -> None:
    """Twelve services are asked ten at a time, and the failures of both answers are kept."""
    names = [f"service-{number}" for number in range(12)]
    for part in (names[:10], names[10:]):
        stubbed.stubber("ecs").add_response(
            "describe_services",
            {"services": [{"serviceName": name} for name in part], "failures": [{"arn": part[0], "reason": "MISSING"}]},
            {"cluster": "lab", "services": part},
        )
    response = stubbed.ask("ecs.DescribeServices", cluster="lab", services=names).response or {}
    assert [each["serviceName"] for each in response["services"]] == names
    assert [each["arn"] for each in response["failures"]] == ["service-0", "service-10"]


def test_of_a_long_log_the_newest_events_and_the_first_are_kept(stubbed: Stubbed) -> None:
    """The newest events come first, an empty page with a token ends nothing, and the token says that there are more."""
    group = "/ecs/app"
    start = int(NOW.timestamp() * 1000)

    def events(first: int, count: int) -> list[dict[str, Any]]:
        numbers = range(first, first + count)
        return [{"eventId": str(n), "timestamp": start + n, "message": f"line {n}"} for n in numbers]

    stubber = stubbed.stubber("logs")
    stubber.add_response("filter_log_events", {"events": [], "nextToken": "a"})
    stubber.add_response("filter_log_events", {"events": events(9000, EVENTS), "nextToken": "b"})
    stubber.add_response("filter_log_events", {"events": events(0, FIRST_EVENTS), "nextToken": "c"})
    response = stubbed.ask("logs.FilterLogEvents", logGroupName=group).response or {}
    assert [each["eventId"] for each in response["events"]] == [
        *(str(n) for n in range(FIRST_EVENTS)), *(str(n) for n in range(9000, 9000 + EVENTS)),
    ]  # fmt: skip
    assert response["nextToken"] == "b"


def test_metrics_are_asked_of_ninety_days(stubbed: Stubbed) -> None:
    """The moments of a row are those of the run, and the parameters are what CloudWatch takes."""
    asked = {"MetricName": "RequestCount", "Dimensions": [{"Name": "LoadBalancer", "Value": "app/lab/0"}]}
    stubbed.stubber("cloudwatch").add_response(
        "get_metric_statistics",
        {"Label": "RequestCount", "Datapoints": [{"Timestamp": THEN, "Sum": 12.0, "Unit": "Count"}]},
        {
            **asked,
            "Namespace": "AWS/ApplicationELB",
            "StartTime": datetime(2026, 8, 22, 10, tzinfo=UTC),
            "EndTime": NOW,
            "Period": 86400,
            "Statistics": ["Sum"],
        },
    )
    response = stubbed.ask("cloudwatch.GetMetricStatistics", **asked).response or {}
    assert response["Datapoints"] == [{"Timestamp": "2026-11-01T08:30:00+00:00", "Sum": 12.0, "Unit": "Count"}]


def test_a_parameter_of_another_shape_is_never_sent(stubbed: Stubbed) -> None:
    """What a hostile answer gave as a name is refused by the model of the service, and the question has no answer."""
    stubbed.stubber("iam").add_response("list_access_keys", {"AccessKeyMetadata": []})
    answer = stubbed.ask("iam.ListAccessKeys", GLOBAL, UserName=["not", "a", "name"])
    assert answer.code == "NoAnswer"
    assert isinstance(answer.cause, ParamValidationError)
    assert stubbed.ask("iam.ListAccessKeys", GLOBAL, UserName="anna").response == {"AccessKeyMetadata": []}


def test_a_question_that_was_not_prepared_is_found_out(stubbed: Stubbed) -> None:
    """These tests cannot pass by asking nothing, or something else."""
    answer = stubbed.ask("ec2.DescribeRouteTables")
    assert isinstance(answer.cause, UnStubbedResponseError)
