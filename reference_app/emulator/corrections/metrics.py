"""CloudWatch: metrics that AWS's own services publish, which PutMetricData would refuse from anybody else."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from moto.cloudwatch.models import cloudwatch_backends


def publish(
    account: str,
    region: str,
    namespace: str,
    values: Mapping[str, float],
    dimensions: list[dict[str, str]],
    unit: str,
) -> None:
    """Add a datapoint to each metric of `values`.

    It is of the last full minute: AWS publishes a minute when it is over, and under the time at which it
    began.
    """
    minute = datetime.now(UTC).replace(tzinfo=None, second=0, microsecond=0) - timedelta(minutes=1)
    cloudwatch_backends[account][region].put_metric_data(
        namespace,
        [
            {"MetricName": name, "Dimensions": dimensions, "Value": value, "Unit": unit, "Timestamp": minute}
            for name, value in values.items()
        ],
    )
