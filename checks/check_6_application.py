"""Section 6: application testing and monitoring."""

from grader.model.application import Application


class TestOpening:
    def test_somebody_opened_the_application(self, application: Application) -> None:
        assert application.was_opened


class TestEndpoints:
    def test_the_endpoints_were_tested(self, application: Application) -> None:
        assert application.endpoints_were_tested


class TestMonitoring:
    def test_logs_reach_cloudwatch(self, application: Application) -> None:
        assert application.logs.reach_cloudwatch

    def test_metrics_reach_cloudwatch(self, application: Application) -> None:
        assert application.metrics.reach_cloudwatch
