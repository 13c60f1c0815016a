"""What reaches CloudWatch: the logs of the task, and metrics."""

from __future__ import annotations

from typing import Any

import pytest

from grader.errors import Unverified
from grader.evidence import Question, refusals_of
from tests.cases import golden

from .small import ABSENT, DENIED, LOG, answer, counted, deploying, entries, lab, logged, refused, said

LINE = 'INFO: 10.0.1.7:1 - "GET /docs HTTP/1.1" 200 OK'


def logs(document: dict[str, Any]) -> str:
    """What 6.3 says of the logs."""
    return said(lambda: lab(document).application.logs.reach_cloudwatch)


def metrics(document: dict[str, Any]) -> str:
    """What 6.3 says of the metrics."""
    return said(lambda: lab(document).application.metrics.reach_cloudwatch)


def unlisted(document: dict[str, Any] | None = None) -> dict[str, Any]:
    """A document whose lists of metrics are empty, and whose load balancer has no statistics."""
    document = counted({}, document)
    for entry in entries(document, "cloudwatch.ListMetrics").values():
        entry["response"]["Metrics"] = []
    return document


class TestLogs:
    def test_a_line_is_a_witness_as_a_stream_is(self) -> None:
        """A log that holds lines has streams, even where AWS would not list them."""
        denied = refused(logged(LINE), "logs.DescribeLogStreams", "logs.DescribeLogGroups")
        assert logs(denied) == "holds"
        assert logs(refused(logged(), "logs.DescribeLogStreams")) == "unverified logs:DescribeLogStreams"
        assert logs(logged()) == "holds"

    def test_streams_are_a_witness_without_the_list_of_groups(self) -> None:
        """A group that has streams exists; one without may or may not."""
        document = refused(logged(), "logs.DescribeLogGroups")
        assert logs(document) == "holds"
        answer(document, "logs.DescribeLogStreams")["logStreams"] = []
        assert logs(document) == "unverified logs:DescribeLogGroups"

    def test_a_group_without_streams_and_no_group_are_lost(self) -> None:
        """Each with its own words."""
        document = logged()
        answer(document, "logs.DescribeLogStreams")["logStreams"] = []
        assert logs(document) == "fails"
        document = logged()
        answer(document, "logs.DescribeLogGroups")["logGroups"] = []
        assert logs(document) == "fails"
        document = refused(logged(), "logs.DescribeLogGroups")
        entries(document, "logs.DescribeLogStreams")[f"logGroupName={LOG}"] = ABSENT
        assert logs(document) == "fails"

    def test_they_are_waited_for(self) -> None:
        """While the deployment is."""
        assert logs(deploying()) == "pending"
        assert logs(deploying(created="2026-11-20T09:40:00+00:00")) == "fails"

    def test_lines_of_several_groups_are_in_order_of_time(self) -> None:
        """The last word is the latest one, whichever container said it."""
        document = logged("early", "late")
        task = answer(document, "ecs.DescribeTaskDefinition")["taskDefinition"]
        options = {"awslogs-group": "/ecs/proxy", "awslogs-region": "eu-west-1"}
        proxy = {"name": "proxy", "essential": False, "logConfiguration": {"logDriver": "awslogs", "options": options}}
        task["containerDefinitions"].append(proxy)
        entries(document, "logs.FilterLogEvents")["logGroupName=/ecs/proxy"] = {
            "response": {"events": [{"timestamp": 0.5, "message": "between"}]}
        }
        assert lab(document).application.logs.lines.items == ("early", "between", "late")

    def test_of_lines_of_one_moment_the_order_of_aws_is_kept(self) -> None:
        """Whatever they say; a line without a time is the oldest."""
        document = logged("b", "a")
        (event, other) = answer(document, "logs.FilterLogEvents")["events"]
        event["timestamp"] = other["timestamp"] = 7
        answer(document, "logs.FilterLogEvents")["events"].append({"message": "old"})
        assert lab(document).application.logs.lines.items == ("old", "b", "a")

    def test_without_the_task_definition_only_a_log_of_its_name_is_the_labs(self) -> None:
        """The log of another application is no witness."""
        document = refused(logged(LINE), "ecs.DescribeTaskDefinition")
        assert logs(document) == "holds"
        kept = entries(document, "logs.FilterLogEvents")
        kept["logGroupName=/ecs/other"] = kept.pop(f"logGroupName={LOG}")
        assert logs(document) == "unverified ecs:DescribeTaskDefinition"


class TestMetrics:
    def test_a_list_or_statistics_of_a_load_balancer_prove_them(self) -> None:
        """A list forgets after two weeks; the processor time of some service of that name proves nothing."""
        assert metrics(counted({})) == "holds"
        assert metrics(unlisted()) == "fails"
        assert metrics(counted({"RequestCount": 1}, unlisted())) == "holds"

    def test_a_refused_list_is_a_refusal_unless_statistics_prove_them(self) -> None:
        """Of a service as well."""
        denied = refused(counted({}), "cloudwatch.ListMetrics")
        assert metrics(denied) == "holds"
        for entry in entries(denied, "cloudwatch.GetMetricStatistics").values():
            entry["response"]["Datapoints"] = []
        assert metrics(denied) == "unverified cloudwatch:ListMetrics"
        assert metrics(refused(golden(), "cloudwatch.GetMetricStatistics")) == "holds"
        both = refused(unlisted(), "cloudwatch.GetMetricStatistics")
        assert metrics(both) == "unverified cloudwatch:GetMetricStatistics"

    def test_they_are_waited_for(self) -> None:
        """While the deployment is."""
        assert metrics(deploying()) == "pending"
        assert metrics(deploying(created="2026-11-20T09:40:00+00:00")) == "fails"

    def test_a_file_without_the_lists_is_open_not_lost(self) -> None:
        """Where a cluster or a load balancer could be measured, it says in which region nothing was asked."""
        document = unlisted()
        del document["calls"]["cloudwatch.ListMetrics"]
        for entry in entries(document, "cloudwatch.GetMetricStatistics").values():
            entry["response"]["Datapoints"] = []
        document["meta"]["home_region"] = "eu-west-1"
        with pytest.raises(Unverified) as error:
            _ = lab(document).application.metrics.reach_cloudwatch
        asked = [one.question for one in refusals_of(error.value)]
        assert asked == [Question("cloudwatch.ListMetrics", "eu-west-1", "Namespace=AWS/ECS")]
        del document["meta"]["home_region"]
        with pytest.raises(Unverified) as error:
            _ = lab(document).application.metrics.reach_cloudwatch
        assert {one.question.region for one in refusals_of(error.value)} == {"us-east-1"}

    def test_where_nothing_could_be_measured_nothing_was_asked(self) -> None:
        """An account without cluster and load balancer has no metrics to lose or to leave open."""
        document = unlisted()
        del document["calls"]["cloudwatch.ListMetrics"]
        del document["calls"]["cloudwatch.GetMetricStatistics"]
        for operation in ("elbv2.DescribeLoadBalancers", "ecs.ListClusters", "ecs.DescribeClusters"):
            for entry in entries(document, operation).values():
                for name in entry["response"]:
                    entry["response"][name] = []
        assert metrics(document) == "fails"
        refused(document, "ecs.ListClusters")
        assert metrics(document).startswith("unverified")

    def test_sums_of_deleted_balancers_count_and_those_of_living_ones_do_not(self) -> None:
        """A refused list of metrics may hide one; that of another namespace or region hides none."""
        gone = counted({"RequestCount": 3}, balancer="app/gone/1")
        assert lab(gone).application.metrics.total_of_deleted("RequestCount") == 3
        assert lab(counted({"RequestCount": 3})).application.metrics.total_of_deleted("RequestCount") == 0
        assert lab(counted({"RequestCount": 3}, balancer="net/gone/1")).application.metrics.total_of_deleted(
            "RequestCount"
        ) == 0
        two = counted({"RequestCount": 3}, counted({"RequestCount": 0.5}, balancer="app/a/1"), balancer="app/gone/1")
        statistics = entries(two, "cloudwatch.GetMetricStatistics")
        statistics["LoadBalancer=app/none/1;MetricName=RequestCount"] = ABSENT
        statistics["LoadBalancer=app/last/1;MetricName=RequestCount"] = {"response": {"Datapoints": [{"Sum": 1}, {}]}}
        assert lab(two).application.metrics.total_of_deleted("RequestCount") == 4.5
        denied = refused(unlisted(), "cloudwatch.ListMetrics")
        with pytest.raises(Unverified):
            lab(denied).application.metrics.total_of_deleted("RequestCount")
        other = unlisted()
        entries(other, "cloudwatch.ListMetrics")["Namespace=AWS/Other"] = DENIED
        entries(other, "cloudwatch.ListMetrics", "us-east-1")["Namespace=AWS/ApplicationELB"] = DENIED
        assert lab(other).application.metrics.total_of_deleted("RequestCount") == 0
