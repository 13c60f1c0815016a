"""The application as seen from outside, in its log and in its metrics: which witness decides what."""

from __future__ import annotations

from typing import Any

import pytest

from grader.errors import Manual, Unverified
from tests.cases import golden

from .small import (
    BALANCER_ARN,
    LOG,
    answer,
    container,
    counted,
    deploying,
    entries,
    lab,
    logged,
    probed,
    refused,
    said,
    targets,
)

BUCKET = "mlops-lab-sentiment-7f3a"
OLD = "app/old-alb/0000000000000001"
POSTED = 'INFO: 10.0.1.7:1 - "POST /predict HTTP/1.1" 200 OK'
OPENED = 'INFO: 10.0.1.7:1 - "GET /docs HTTP/1.1" 200 OK'
CHECKED = 'INFO: 10.0.1.7:1 - "GET /health HTTP/1.1" 200 OK'


def opened(document: dict[str, Any]) -> str:
    """What 6.1 says."""
    return said(lambda: lab(document).application.was_opened)


def reachable(document: dict[str, Any]) -> str:
    """What 5.5 says."""
    return said(lambda: lab(document).application.is_reachable)


def healthy(document: dict[str, Any]) -> str:
    """What 5.4 says of the target."""
    return said(lambda: lab(document).application.has_healthy_target)


def endpoints(document: dict[str, Any]) -> str:
    """What 6.2 says."""
    return said(lambda: lab(document).application.endpoints_were_tested)


def reads_s3(document: dict[str, Any]) -> str:
    """What 2.3 says."""
    return said(lambda: lab(document).application.loads_its_files_from_s3)


class TestWaiting:
    @pytest.mark.parametrize("claim", [healthy, reachable, opened])
    def test_a_young_deployment_costs_nothing(self, claim: Any) -> None:
        """What it will bring is waited for, also where a live answer was negative."""
        assert claim(deploying()) == "pending"
        assert claim(probed(deploying(), 503)) == "pending"

    @pytest.mark.parametrize("claim", [healthy, reachable, opened])
    def test_an_old_one_does(self, claim: Any) -> None:
        """After fifteen minutes nothing is waited for."""
        assert claim(deploying(created="2026-11-20T09:40:00+00:00")) == "fails"

    @pytest.mark.parametrize("claim", [healthy, reachable, opened])
    def test_a_refusal_may_hide_one(self, claim: Any) -> None:
        """Where AWS would not describe the services, nobody knows whether one is starting."""
        assert claim(refused(deploying(), "ecs.DescribeServices")) == "unverified ecs:DescribeServices"

    def test_what_a_new_deployment_cannot_fix_is_not_waited_for(self) -> None:
        """A load balancer that forwards nowhere does not lead to the application after it either."""
        document = deploying()
        answer(document, "elbv2.DescribeListeners")["Listeners"] = []
        assert reachable(document) == "fails"

    def test_an_older_task_that_runs_is_enough(self) -> None:
        """A healthy target is one, whatever its service is about to do; its live answer is not held against it."""
        document = targets(deploying(), "healthy")
        assert healthy(document) == "holds"
        assert reachable(probed(document, 503)) == "pending"

    def test_a_target_in_its_first_health_checks(self) -> None:
        """It is waited for with its deployment; where that is too old, or there is no service, it is lost."""
        assert healthy(targets(deploying(), "initial")) == "pending"
        assert healthy(targets(deploying(created="2026-11-20T09:40:00+00:00"), "initial")) == "fails"
        without = targets(golden(), "initial")
        answer(without, "ecs.ListServices")["serviceArns"] = []
        assert healthy(without) == "fails"


class TestLiveAnswers:
    def test_it_decides(self) -> None:
        """A good one earns 5.5 and 6.1 without any metric, a bad one costs them whatever was measured."""
        silent = logged(CHECKED)
        assert (reachable(silent), opened(silent)) == ("fails", "fails")
        assert (reachable(probed(silent, 200)), opened(probed(silent, 200))) == ("holds", "holds")
        assert (reachable(probed(golden(), 503)), opened(probed(golden(), 503))) == ("fails", "fails")

    def test_that_of_another_load_balancer_says_nothing(self) -> None:
        """It neither earns nor costs."""
        other = BALANCER_ARN.replace("sentiment", "other")
        assert (reachable(probed(golden(), 503, balancer=other)), opened(logged(CHECKED))) == ("holds", "fails")
        assert opened(probed(logged(CHECKED), 200, balancer=other)) == "fails"

    def test_without_a_load_balancer_of_the_set_it_says_nothing(self) -> None:
        """Whoever answered was not the lab's."""
        document = probed(logged(CHECKED), 200)
        answer(document, "elbv2.DescribeLoadBalancers")["LoadBalancers"] = []
        assert (reachable(document), opened(document)) == ("fails", "fails")

    def test_it_decides_on_the_endpoints(self) -> None:
        """Where they were asked; the log decides where they were not."""
        assert endpoints(probed(logged(CHECKED), 200, True, True)) == "holds"
        assert endpoints(probed(logged(POSTED), 200, True, False)) == "manual"
        assert endpoints(probed(logged(POSTED), 200)) == "holds"


class TestOpening:
    def test_answers_of_the_graded_load_balancer_count(self) -> None:
        """Counted answers 2xx, not requests."""
        document = logged(CHECKED)
        assert opened(counted({"HTTPCode_Target_2XX_Count": 3}, document)) == "holds"
        assert opened(counted({"RequestCount": 3}, document)) == "fails"

    def test_those_of_a_deleted_one_count(self) -> None:
        """Its metrics outlive it."""
        assert opened(counted({"HTTPCode_Target_2XX_Count": 3}, logged(CHECKED), balancer=OLD)) == "holds"

    def test_those_of_another_living_one_do_not(self) -> None:
        """Nor those of a network load balancer."""
        document = counted({"HTTPCode_Target_2XX_Count": 3}, logged(CHECKED), balancer=OLD)
        balancers = answer(document, "elbv2.DescribeLoadBalancers")["LoadBalancers"]
        arn = BALANCER_ARN.partition("loadbalancer/")[0] + "loadbalancer/" + OLD
        balancers.append({**balancers[0], "LoadBalancerArn": arn, "LoadBalancerName": "old-alb", "VpcId": "vpc-other"})
        assert opened(document) == "fails"
        network = OLD.replace("app/", "net/")
        assert opened(counted({"HTTPCode_Target_2XX_Count": 3}, logged(CHECKED), balancer=network)) == "fails"

    def test_whether_one_lives_may_be_unknown(self) -> None:
        """Then its answers neither earn nor cost."""
        document = counted({"HTTPCode_Target_2XX_Count": 3}, logged(CHECKED), balancer=OLD)
        denied = refused(document, "elbv2.DescribeLoadBalancers")
        assert opened(denied) == "unverified elasticloadbalancing:DescribeLoadBalancers"

    def test_a_refused_list_may_hide_a_deleted_one(self) -> None:
        """The names of deleted balancers come from the list of metrics."""
        assert opened(refused(logged(CHECKED), "cloudwatch.ListMetrics")) == "unverified cloudwatch:ListMetrics"
        assert opened(refused(logged(OPENED), "cloudwatch.ListMetrics")) == "holds"

    def test_refused_statistics_are_a_refusal(self) -> None:
        """Unless the log shows it."""
        denied = refused(logged(CHECKED), "cloudwatch.GetMetricStatistics")
        assert opened(denied) == "unverified cloudwatch:GetMetricStatistics"
        assert opened(refused(logged(OPENED), "cloudwatch.GetMetricStatistics")) == "holds"

    def test_the_target_groups_own_health_path_shows_nothing(self) -> None:
        """Whatever it is."""
        document = logged('10.0.1.7 - - [x] "GET /alive?deep=1 HTTP/1.1" 200 2')
        assert opened(document) == "holds"
        answer(document, "elbv2.DescribeTargetGroups")["TargetGroups"][0]["HealthCheckPath"] = "/alive"
        assert opened(document) == "fails"

    def test_a_refused_log_is_a_refusal(self) -> None:
        """Where nothing else shows it."""
        assert opened(refused(logged(), "logs.FilterLogEvents")) == "unverified logs:FilterLogEvents"


class TestEndpoints:
    def test_a_post_that_was_answered_is_a_witness(self) -> None:
        """A failed one, a GET and a health check are none."""
        assert endpoints(logged(POSTED)) == "holds"
        assert endpoints(logged(OPENED, POSTED.replace("200", "422"))) == "manual"
        assert endpoints(logged(POSTED.replace("/predict", "/health"))) == "manual"

    def test_a_refused_log_is_a_refusal_with_its_action(self) -> None:
        """Not "no trace"."""
        assert endpoints(refused(logged(POSTED), "logs.FilterLogEvents")) == "unverified logs:FilterLogEvents"
        unknown = refused(golden(), "ecs.DescribeTaskDefinition", "logs.FilterLogEvents")
        assert endpoints(unknown).startswith("unverified")

    def test_a_log_that_does_not_exist_leaves_it_to_a_person(self) -> None:
        """Nothing was refused."""
        assert endpoints(deploying()) == "manual"

    def test_after_the_end_of_a_session_a_person_can_decide(self) -> None:
        """No grant brings the answers back."""
        document = logged(POSTED)
        ended = {"Code": "AccessDeniedException", "Message": "explicit deny: policy/voc-cancel-cred"}
        entries(document, "logs.FilterLogEvents")[f"logGroupName={LOG}"] = {"error": ended}
        assert (endpoints(document), reads_s3(document)) == ("manual", "manual")


class TestFilesFromS3:
    def test_a_variable_that_names_the_bucket_is_a_witness(self) -> None:
        """Its value decides, not its name; another bucket whose name begins alike is none."""
        document = logged(CHECKED)
        for value, verdict in ((BUCKET, "holds"), (f"s3://{BUCKET}/a", "holds"), (f"{BUCKET}-x", "manual")):
            container(document)["environment"] = [{"name": "STORE", "value": value}]
            assert reads_s3(document) == verdict, value

    def test_a_log_line_that_names_the_bucket_is_a_witness(self) -> None:
        """As a whole name."""
        assert reads_s3(logged(f"Downloading s3://{BUCKET}/classifier.joblib")) == "holds"
        assert reads_s3(logged(f"Downloading s3://{BUCKET}-2/classifier.joblib")) == "manual"

    @pytest.mark.parametrize(
        "trouble",
        [
            "botocore.exceptions.ClientError: An error occurred (403) when calling the HeadObject operation: Forbidden",
            "An error occurred (AccessDenied) when calling the GetObject operation: Access Denied",
            "NoSuchKey: The specified key does not exist.",
            f"AccessDenied for {BUCKET}",
            "could not load the model from S3: Unable to locate credentials",
            "EndpointConnectionError: Could not connect to the endpoint URL: https://b.s3.eu-west-1.amazonaws.com/x",
        ],
    )
    def test_trouble_with_s3_is_left_to_a_person(self, trouble: str) -> None:
        """Also where a variable names the bucket; a later success ends it."""
        document = logged(f"Downloading s3://{BUCKET}/a", trouble)
        container(document)["environment"] = [{"name": "S3_BUCKET", "value": BUCKET}]
        assert reads_s3(document) == "manual"
        document = logged(trouble, f"Downloaded s3://{BUCKET}/a")
        assert reads_s3(document) == "holds"

    @pytest.mark.parametrize(
        "line",
        [
            "An error occurred (AccessDeniedException) when calling the PutItem operation of DynamoDB",
            "botocore.exceptions.NoCredentialsError: Unable to locate credentials",
            "AccessDenied: user is not authorized to perform: secretsmanager:GetSecretValue",
            f"Downloaded s3://{BUCKET}/failed_error_AccessDenied.json",
            "boto3 error",
        ],
    )
    def test_trouble_with_something_else_is_not_held_against_it(self, line: str) -> None:
        """Other services, and names of files."""
        assert reads_s3(logged(f"Downloading s3://{BUCKET}/a", line)) == "holds"

    def test_a_refusal_is_named_where_nothing_else_shows_it(self) -> None:
        """The log, the task definition and the list of buckets, each with its action."""
        assert reads_s3(refused(logged(), "logs.FilterLogEvents")) == "unverified logs:FilterLogEvents"
        denied = refused(logged(), "ecs.DescribeTaskDefinition")
        assert reads_s3(denied) == "unverified ecs:DescribeTaskDefinition"
        document = refused(logged(CHECKED), "s3.ListBuckets", region="global")
        assert reads_s3(document) == "unverified s3:ListAllMyBuckets"

    def test_nothing_at_all_is_left_to_a_person(self) -> None:
        """Where every answer is there."""
        with pytest.raises(Manual, match="nothing in AWS shows"):
            lab(logged(CHECKED)).application.loads_its_files_from_s3  # noqa: B018 - reading it raises

    def test_a_bound_that_was_met_is_named(self) -> None:
        """A log that was left out says so, and how many were."""
        document = logged(POSTED)
        del document["calls"]["logs.FilterLogEvents"]
        document["meta"]["not_asked"] = {"logs.FilterLogEvents": 7}
        with pytest.raises(Unverified, match="7 more"):
            lab(document).application.endpoints_were_tested  # noqa: B018 - reading it raises


class TestBucketsThatAwsWouldNotList:
    """Which variable and which line names a bucket, where the buckets are unknown."""

    @staticmethod
    def document(*variables: tuple[str, str | None], log: tuple[str, ...] = ()) -> dict[str, Any]:
        document = refused(logged(*log), "s3.ListBuckets", region="global")
        container(document)["environment"] = [{"name": name, "value": value} for name, value in variables]
        return document

    @pytest.mark.parametrize(
        ("name", "value"),
        [("BUCKET", "x"), ("Model_Bucket_Name", "x"), ("S3_PATH", "x"), ("MODEL_S3", "x"), ("MODEL", "s3://x/y")],
    )
    def test_a_variable_about_s3_names_one(self, name: str, value: str) -> None:
        """By its name, or by a value that is an address in S3; other variables before it do not matter."""
        assert reads_s3(self.document(("LOG_LEVEL", "info"), (name, value))) == "holds"

    @pytest.mark.parametrize(("name", "value"), [("MODEL", "x"), ("BUCKET", ""), ("S3MODE", "x"), ("PLANS3", "x")])
    def test_another_variable_names_none(self, name: str, value: str) -> None:
        """It stays open: a listed bucket could be its value."""
        assert reads_s3(self.document((name, value))) == "unverified s3:ListAllMyBuckets"

    def test_a_line_with_an_address_in_s3_names_one(self) -> None:
        """A line that only speaks of S3 does not."""
        assert reads_s3(self.document(log=("loading s3://models/a.bin",))) == "holds"
        assert reads_s3(self.document(log=("using s3 for models",))).startswith("unverified")


def test_a_variable_that_names_the_bucket_may_be_any() -> None:
    """Where the buckets are known, a value names one, and the variable's own name does not matter."""
    document = logged()
    container(document)["environment"] = [{"name": "BUCKET", "value": "elsewhere"}, {"name": "X", "value": BUCKET}]
    assert "environment variable X" in lab(document).application.loads_its_files_from_s3.found
    container(document)["environment"].pop()
    assert reads_s3(document) == "manual"


def test_it_says_what_a_live_request_got() -> None:
    """The address and the status, or that nothing answered."""
    found = lab(probed(golden(), 503)).application.was_opened
    assert found.found == "http://x/health answered 503"
    assert lab(probed(golden(), 0)).application.was_opened.found == "http://x/health could not be reached"
    assert lab(probed(golden(), 204)).application.is_reachable.found == "http://x/health answered 204"


def test_one_request_is_enough() -> None:
    """For 5.5 and for 6.1, of the living balancer or of a deleted one."""
    once = {"RequestCount": 1.0, "HTTPCode_Target_2XX_Count": 1.0}
    assert reachable(counted(once, logged())) == "holds"
    assert opened(counted(once, logged())) == "holds"
    assert opened(counted(once, logged(), balancer=OLD)) == "holds"


def test_a_post_that_is_a_health_check_tests_no_endpoint() -> None:
    """A path that the target group checks, whatever it is called."""
    document = logged('INFO: 10.0.1.7:1 - "POST /alive HTTP/1.1" 200 OK')
    assert endpoints(document) == "holds"
    answer(document, "elbv2.DescribeTargetGroups")["TargetGroups"][0]["HealthCheckPath"] = "/alive"
    assert endpoints(document) == "manual"


def test_an_endpoint_that_gave_nothing_is_said() -> None:
    """With the method and the path."""
    document = probed(golden(), 200, True, False)
    with pytest.raises(Manual, match="POST /predict answered 500"):
        _ = lab(document).application.endpoints_were_tested
    document["meta"]["http_probe"]["endpoints"][1]["status"] = 0
    with pytest.raises(Manual, match="POST /predict answered nothing"):
        _ = lab(document).application.endpoints_were_tested
