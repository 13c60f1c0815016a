"""Collecting a whole account: what is asked, how often, and how it is kept."""

from __future__ import annotations

import json
from collections import Counter
from time import monotonic
from typing import Any

import pytest

from grader import __version__
from grader.collect import CALLS, OPERATIONS, Access, Collector
from grader.evidence import Evidence
from reference_app.emulator import EmulatedAccount
from tests.cases import GOLDEN

from .conftest import EVERYTHING
from .servers import Asked, Reply, in_front_of, refusal

HOME = "eu-west-1"


def _spelled(document: dict[str, Any]) -> set[tuple[str, str, str]]:
    """The questions of a document, without the names that every account chooses for itself."""
    fixed = {"AssignmentStatus", "Namespace", "MetricName", "EventName", "NotificationType", "Threshold"}
    found = set()
    for operation, regions in document["calls"].items():
        for region, keys in regions.items():
            for key in keys:
                parts = (part.partition("=") for part in key.split(";") if part)
                spelled = ";".join(f"{n}={v}" if n in fixed else n for n, _, v in parts)
                found.add((operation, region, spelled))
    return found


def test_the_questions_are_those_of_the_reference_evidence(document: dict[str, Any]) -> None:
    """In the lab's region every key of golden.json is there, spelled as there, and one further key that explains."""
    golden = json.loads(GOLDEN.read_text(encoding="utf-8"))
    here = {(o, r, k) for o, r, k in _spelled(document) if r in (HOME, "global")}
    there = {(o, r, k) for o, r, k in _spelled(golden) if r in (HOME, "global")}
    only_by_name = {(o, r, k) for o, r, k in there if o == "cloudtrail.LookupEvents"}
    never = {"iam.GenerateCredentialReport", "ecr.BatchGetImage"}
    assert here >= {one for one in there - only_by_name if one[0] not in never}
    # Inline policies only explain why a role may not pull.
    further = {("iam.ListRolePolicies", "RoleName")}
    assert {(o, k) for o, _, k in here} - further <= {(o, k) for o, _, k in _spelled(golden)}


def test_what_is_written_is_what_is_read(document: dict[str, Any]) -> None:
    """The document is JSON, holds a response or an error for each question, and evidence accepts it."""
    evidence = Evidence(json.loads(json.dumps(document)))
    assert all(("response" in entry) != ("error" in entry) for q in evidence if (entry := evidence.entry(q)))
    assert evidence.account == "123456789012"
    assert evidence.answer("iam.ListUsers").each("Users")[0].text("CreateDate").endswith("+00:00")


def test_meta_says_who_asked_what_and_when(document: dict[str, Any]) -> None:
    """Account, caller, regions, clock and version of the grader stand in meta."""
    meta = document["meta"]
    assert (meta["format"], meta["account"], meta["home_region"]) == (1, "123456789012", HOME)
    assert (meta["environment"], meta["grader"]) == ("own-account", __version__)
    assert meta["caller"].startswith("arn:aws:iam::123456789012:user/")
    assert HOME in meta["regions"]
    assert "us-gov-west-1" not in meta["regions"]
    assert meta["http_probe"] is None
    assert Evidence(document).now.tzinfo is not None


def test_no_answer_keeps_metadata_of_its_transport(document: dict[str, Any]) -> None:
    """Request ids and headers are not evidence."""
    assert "ResponseMetadata" not in json.dumps(document)


def test_what_aws_says_is_absent_is_kept_as_an_error(document: dict[str, Any]) -> None:
    """A bucket without a policy is an answer too."""
    (entry,) = document["calls"]["s3.GetBucketPolicy"]["global"].values()
    assert entry["error"]["Code"] == "NoSuchBucketPolicy"
    assert entry["error"]["HTTPStatusCode"] == 404


def test_nothing_is_asked_twice(student: EmulatedAccount) -> None:
    """However many answers lead to a question, the server sees it once."""
    with in_front_of(student.endpoint_url) as front, Collector(EVERYTHING) as collector:
        document = collector.collect(Access(endpoint_url=front.url, probe=False))
    again = {q: n for q, n in Counter(each.question for each in front.asked).items() if n > 1}
    assert not again
    assert document["meta"]["requests"] == len(front.asked)


def test_only_what_is_needed_is_asked(student: EmulatedAccount) -> None:
    """A rubric about aliases asks for the alias, whose account it is, and its regions."""
    with in_front_of(student.endpoint_url) as front, Collector(frozenset({"iam.ListAccountAliases"})) as collector:
        document = collector.collect(Access(endpoint_url=front.url))
    assert set(document["calls"]) == {"iam.ListAccountAliases", "sts.GetCallerIdentity", "ec2.DescribeRegions"}
    assert len(front.asked) == 3


def test_a_region_that_holds_nothing_is_asked_little(document: dict[str, Any]) -> None:
    """Where there is only AWS's own VPC, its subnets and metrics are not asked for."""
    calls = document["calls"]
    assert set(calls["ec2.DescribeVpcs"]) == set(document["meta"]["regions"])
    assert set(calls["ec2.DescribeSubnets"]) == {HOME}
    assert set(calls["cloudwatch.DescribeAlarms"]) == {HOME}


def test_regions_given_are_the_regions_searched(student: EmulatedAccount) -> None:
    """--region decides, nobody is asked which there are, and IAM's events still come from us-east-1."""
    with in_front_of(student.endpoint_url) as front, Collector(EVERYTHING) as collector:
        document = collector.collect(Access(endpoint_url=front.url, regions=("eu-west-1", "eu-west-2"), probe=False))
    assert document["meta"]["regions"] == ["eu-west-1", "eu-west-2"]
    assert document["meta"]["regions_named"] == ["eu-west-1", "eu-west-2"]
    assert "ec2.DescribeRegions" not in document["calls"]
    assert {each.region for each in front.actions("DescribeVpcs")} == {"eu-west-1", "eu-west-2"}
    assert {each.region for each in front.actions("LookupEvents")} == {"eu-west-1", "us-east-1"}


def test_a_refused_page_refuses_the_whole_list(student: EmulatedAccount) -> None:
    """A list of which a later page was refused is an error, never a shorter list."""
    pages: list[Asked] = []

    def second_page_refused(asked: Asked) -> Reply | None:
        if asked.action != "ListUsers":
            return None
        pages.append(asked)
        if len(pages) > 1:
            return refusal("iam", "AccessDenied", "no more")
        user = "<member><UserName>a</UserName><Path>/</Path><UserId>x</UserId><Arn>a</Arn></member>"
        inside = f"<Users>{user}</Users><IsTruncated>true</IsTruncated><Marker>m</Marker>"
        text = f"<R><ListUsersResult>{inside}</ListUsersResult></R>"
        return Reply(body=text.encode())

    with in_front_of(student.endpoint_url, second_page_refused) as front:
        document = _collected(front.url, "iam.ListUsers", "iam.ListAccessKeys")
    assert len(pages) == 2
    assert document["calls"]["iam.ListUsers"]["global"][""]["error"]["Code"] == "AccessDenied"
    assert "iam.ListAccessKeys" not in document["calls"]


def test_pages_are_merged(student: EmulatedAccount) -> None:
    """All pages are one answer, in their order, without a token."""

    def paged(asked: Asked) -> Reply | None:
        if asked.action != "ListClusters":
            return None
        page = 2 if b"nextToken" in asked.body else 1
        token = '"nextToken": "t", ' if page == 1 else ""
        return Reply(body=f'{{{token}"clusterArns": ["arn:aws:ecs:eu-west-1:1:cluster/{page}"]}}'.encode())

    with in_front_of(student.endpoint_url, paged) as front:
        document = _collected(front.url, "ecs.ListClusters")
    assert document["calls"]["ecs.ListClusters"][HOME][""]["response"] == {
        "clusterArns": ["arn:aws:ecs:eu-west-1:1:cluster/1", "arn:aws:ecs:eu-west-1:1:cluster/2"]
    }


def _services(asked: Asked) -> Reply | None:
    if asked.action == "ListClusters":
        return Reply(body=b'{"clusterArns": ["arn:aws:ecs:eu-west-1:123456789012:cluster/c"]}')
    if asked.action == "ListServices":
        return Reply(body=json.dumps({"serviceArns": [f"s{n}" for n in range(25)]}).encode())
    if asked.action == "DescribeServices":
        wanted = json.loads(asked.body)["services"]
        services = [{"serviceArn": name, "serviceName": name} for name in wanted]
        return Reply(body=json.dumps({"services": services, "failures": []}).encode())
    return None


def test_batches_are_merged_under_their_cluster(student: EmulatedAccount) -> None:
    """Twenty-five services are three requests and one question."""
    with in_front_of(student.endpoint_url, _services) as front:
        document = _collected(front.url, "ecs.DescribeServices")
    assert [len(json.loads(each.body)["services"]) for each in front.actions("DescribeServices")] == [10, 10, 5]
    (key,) = document["calls"]["ecs.DescribeServices"][HOME]
    assert key == "cluster=arn:aws:ecs:eu-west-1:123456789012:cluster/c"
    answer = document["calls"]["ecs.DescribeServices"][HOME][key]["response"]
    assert [each["serviceArn"] for each in answer["services"]] == [f"s{n}" for n in range(25)]


def test_a_list_without_an_end_is_no_answer(student: EmulatedAccount) -> None:
    """An endpoint that gives the same token again and again is left, and its list is not believed."""

    def endless(asked: Asked) -> Reply | None:
        return Reply(body=b'{"clusterArns": ["a"], "nextToken": "t"}') if asked.action == "ListClusters" else None

    with in_front_of(student.endpoint_url, endless) as front:
        document = _collected(front.url, "ecs.ListClusters")
    assert document["calls"]["ecs.ListClusters"][HOME][""]["error"]["Code"] == "NoAnswer"


def test_refusals_are_data(student: EmulatedAccount) -> None:
    """A denied question is kept with its code and words, and what depends on it is not asked."""

    def denied(asked: Asked) -> Reply | None:
        if asked.service == "ec2" and asked.action == "DescribeVpcs":
            return refusal("ec2", "UnauthorizedOperation", "You are not authorized to perform this operation.")
        return refusal("ecs", "AccessDeniedException", "no") if asked.service == "ecs" else None

    with in_front_of(student.endpoint_url, denied) as front:
        document = _collected(front.url, "ec2.DescribeVpcs", "ecs.DescribeServices")
    assert document["calls"]["ec2.DescribeVpcs"][HOME][""]["error"] == {
        "Code": "UnauthorizedOperation",
        "Message": "You are not authorized to perform this operation.",
        "HTTPStatusCode": 403,
    }
    assert document["calls"]["ecs.ListClusters"][HOME][""]["error"]["Code"] == "AccessDeniedException"
    assert "ecs.DescribeServices" not in document["calls"]


def test_a_page_instead_of_an_answer_is_no_answer(student: EmulatedAccount) -> None:
    """One operation that answers HTML is that question's loss alone."""

    def html(asked: Asked) -> Reply | None:
        return (
            Reply(body=b"<html><body><p>Hello", headers={"Content-Type": "text/html"})
            if asked.action == "DescribeVpcs"
            else None
        )

    with in_front_of(student.endpoint_url, html) as front:
        document = _collected(front.url, "ec2.DescribeVpcs", "iam.ListUsers")
    assert document["calls"]["ec2.DescribeVpcs"][HOME][""]["error"]["Code"] == "NoAnswer"
    assert "response" in document["calls"]["iam.ListUsers"]["global"][""]


def test_throttling_is_waited_out_within_seconds(student: EmulatedAccount) -> None:
    """CloudTrail that only throttles holds a run for some seconds, not a minute, and is kept as throttled."""

    def throttled(asked: Asked) -> Reply | None:
        return (
            refusal("cloudtrail", "ThrottlingException", "Rate exceeded", 400)
            if asked.action == "LookupEvents"
            else None
        )

    with in_front_of(student.endpoint_url, throttled) as front:
        document = _collected(front.url, "cloudtrail.LookupEvents")
    kept = [
        entry["error"]["Code"]
        for keys in document["calls"]["cloudtrail.LookupEvents"].values()
        for entry in keys.values()
    ]
    assert kept == ["ThrottlingException"] * 4
    assert document["meta"]["duration_s"] < 10


def test_log_events_are_the_newest_and_the_first(student: EmulatedAccount) -> None:
    """Empty pages are followed, health checks left out, and a long log is kept at both ends, in order of time."""

    def log(asked: Asked) -> Reply | None:
        if asked.action != "FilterLogEvents":
            return None
        wanted = json.loads(asked.body)
        assert wanted["filterPattern"] == '-"/health"'
        if wanted.get("startFromHead") is False:
            if "nextToken" not in wanted:
                return Reply(body=b'{"events": [], "nextToken": "more"}')
            events = [{"eventId": f"new{n}", "timestamp": 9000 - n, "message": "m"} for n in range(600)]
            return Reply(body=json.dumps({"events": events, "nextToken": "even more"}).encode())
        events = [{"eventId": f"old{n}", "timestamp": n, "message": "Downloading s3://"} for n in range(3)]
        return Reply(body=json.dumps({"events": events}).encode())

    with in_front_of(student.endpoint_url, log) as front:
        document = _collected(front.url, "logs.FilterLogEvents")
    (entry,) = document["calls"]["logs.FilterLogEvents"][HOME].values()
    times = [event["timestamp"] for event in entry["response"]["events"]]
    assert times == sorted(times)
    assert (times[0], times[-1], len(times)) == (0, 9000, 603)
    assert entry["response"]["nextToken"] == "even more"


def test_only_the_log_groups_of_task_definitions_are_read(document: dict[str, Any]) -> None:
    """Logs of anything else in the account are not looked into."""
    assert list(document["calls"]["logs.FilterLogEvents"]) == [HOME]
    assert list(document["calls"]["logs.FilterLogEvents"][HOME]) == ["logGroupName=/ecs/sentiment-app-task"]


def test_the_bounds_of_the_table_hold_and_are_told(student: EmulatedAccount) -> None:
    """An account with thousands of target groups is asked about some, and meta says of how many not."""
    groups = "".join(
        f"<member><TargetGroupArn>arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/{n}</TargetGroupArn></member>"
        for n in range(250)
    )

    def many(asked: Asked) -> Reply | None:
        if asked.action == "DescribeTargetGroups":
            text = (
                f"<R><DescribeTargetGroupsResult><TargetGroups>{groups}</TargetGroups></DescribeTargetGroupsResult></R>"
            )
            return Reply(body=text.encode())
        if asked.action == "DescribeTargetHealth":
            return Reply(body=b"<R><DescribeTargetHealthResult/></R>")
        return None

    with in_front_of(student.endpoint_url, many) as front:
        document = _collected(front.url, "elbv2.DescribeTargetHealth")
    assert len(document["calls"]["elbv2.DescribeTargetHealth"][HOME]) == 200
    assert document["meta"]["not_asked"] == {"elbv2.DescribeTargetHealth": 50}


def test_progress_is_told(student: EmulatedAccount) -> None:
    """Whoever waits sees how many answers there are of those known to be needed; at the end all of them."""
    seen: list[tuple[int, int]] = []
    with Collector(
        frozenset({"iam.ListMFADevices"}), progress=lambda done, known: seen.append((done, known))
    ) as collector:
        collector.collect(Access(endpoint_url=student.endpoint_url))
    assert seen[-1][0] == seen[-1][1] >= 3
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)


def test_events_by_name_are_asked_where_they_are_needed(student: EmulatedAccount) -> None:
    """A rubric that wants the history of CreateVpc gets it in the regions in use, and IAM's in us-east-1."""
    names = frozenset(f"cloudtrail.LookupEvents[EventName={name}]" for name in ("CreateVpc", "CreateUser"))
    with Collector(names) as collector:
        document = collector.collect(Access(endpoint_url=student.endpoint_url))
    assert {region: list(keys) for region, keys in document["calls"]["cloudtrail.LookupEvents"].items()} == {
        "eu-west-1": ["EventName=CreateVpc"],
        "us-east-1": ["EventName=CreateUser"],
    }


def test_the_table_is_what_is_asked(document: dict[str, Any]) -> None:
    """Everything that can be asked of a deployed lab is, but what needs something that is not there."""
    assert set(document["calls"]) == OPERATIONS
    assert {call.operation for call in CALLS} == OPERATIONS


def _collected(url: str, *operations: str) -> dict[str, Any]:
    with Collector(frozenset(operations)) as collector:
        return collector.collect(Access(endpoint_url=url, regions=(HOME,), probe=False))


@pytest.mark.parametrize("profile", ["one", None])
def test_a_profile_is_found_where_the_cli_looks(
    profile: str | None, account: EmulatedAccount, own_settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Keys, region and endpoint come from the named profile, or from the one that the environment names."""
    own_settings.write_text(
        f"[profile one]\nregion = eu-central-1\nendpoint_url = {account.endpoint_url}\n"
        f"aws_access_key_id = {account.access_key_id}\naws_secret_access_key = {account.secret_access_key}\n"
    )
    if profile is None:
        monkeypatch.setenv("AWS_PROFILE", "one")
    with Collector(frozenset({"iam.ListUsers"})) as collector:
        document = collector.collect(Access(profile=profile))
    assert document["meta"]["home_region"] == "eu-central-1"
    assert document["calls"]["iam.ListUsers"]["global"][""]["response"]["Users"]


def test_what_aws_limits_by_the_second_is_paced(student: EmulatedAccount) -> None:
    """CloudTrail allows two lookups a second in a region: after a burst of three no more are sent."""
    names = ("CreateVpc", "CreateSubnet", "CreateRoute", "CreateBucket", "CreateCluster")
    moments: list[float] = []

    def noted(asked: Asked) -> Reply | None:
        if asked.action != "LookupEvents":
            return None
        moments.append(monotonic())
        return Reply(body=b'{"Events": []}')

    with in_front_of(student.endpoint_url, noted) as front:
        _collected(front.url, *(f"cloudtrail.LookupEvents[EventName={name}]" for name in names))
    moments.sort()
    assert len(moments) == 5
    # Half a second, and a second, from when the first had its turn. The first may arrive late on a busy machine;
    # without pacing, all five arrive within some milliseconds.
    assert moments[3] - moments[0] > 0.2
    assert moments[4] - moments[0] > 0.6


def test_a_hostile_log_configuration_sends_us_nowhere(student: EmulatedAccount) -> None:
    """A region that is none would become part of a host name, so that question is not asked."""

    def hostile(asked: Asked) -> Reply | None:
        if asked.action == "ListTaskDefinitions":
            return Reply(body=b'{"taskDefinitionArns": ["arn:aws:ecs:eu-west-1:1:task-definition/f:1"]}')
        if asked.action == "DescribeTaskDefinition":
            options = {"awslogs-group": "g", "awslogs-region": "evil.example/"}
            container = {"name": "c", "logConfiguration": {"logDriver": "awslogs", "options": options}}
            told = {"taskDefinition": {"containerDefinitions": [container], "taskRoleArn": ""}}
            return Reply(body=json.dumps(told).encode())
        return Reply(body=b'{"clusterArns": []}') if asked.action == "ListClusters" else None

    with in_front_of(student.endpoint_url, hostile) as front:
        document = _collected(front.url, "logs.FilterLogEvents", "iam.GetRole")
    assert "ecs.DescribeTaskDefinition" in document["calls"]
    assert not {"logs.FilterLogEvents", "iam.GetRole"} & set(document["calls"])


def test_a_region_in_use_is_found_by_what_it_holds(student: EmulatedAccount) -> None:
    """A VPC of one's own in another region than home makes that region be asked in full."""

    def elsewhere(asked: Asked) -> Reply | None:
        if asked.action == "DescribeVpcs" and asked.region == "us-west-2":
            return Reply(body=b"<R><vpcSet><item><vpcId>vpc-1</vpcId><isDefault>false</isDefault></item></vpcSet></R>")
        return None

    with (
        in_front_of(student.endpoint_url, elsewhere) as front,
        Collector(frozenset({"ec2.DescribeSubnets"})) as collector,
    ):
        document = collector.collect(Access(endpoint_url=front.url, probe=False))
    assert set(document["calls"]["ec2.DescribeSubnets"]) == {HOME, "us-west-2"}


def test_the_list_of_a_bucket_is_read_in_part_and_says_so(student: EmulatedAccount) -> None:
    """A bucket of millions of objects costs five pages, and the answer says that there are more."""

    def endless(asked: Asked) -> Reply | None:
        if asked.service != "s3" or "list-type=2" not in asked.path:
            return None
        number = len([each for each in front.asked if "list-type=2" in each.path])
        token = f"<IsTruncated>true</IsTruncated><NextContinuationToken>t{number}</NextContinuationToken>"
        text = f"<ListBucketResult><Contents><Key>k{number}</Key><Size>1</Size></Contents>{token}</ListBucketResult>"
        return Reply(body=text.encode())

    with in_front_of(student.endpoint_url, endless) as front:
        document = _collected(front.url, "s3.ListObjectsV2")
    (entry,) = document["calls"]["s3.ListObjectsV2"]["global"].values()
    assert len(entry["response"]["Contents"]) == 5
    assert entry["response"]["IsTruncated"]
    assert entry["response"]["NextContinuationToken"]
