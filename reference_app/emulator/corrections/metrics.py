"""CloudWatch: metrics that AWS's own services publish, which PutMetricData would refuse from anybody else."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from moto.cloudwatch.models import cloudwatch_backends


def publish(
    account: str,
    region: str,
    namespace: str,
    values: Mapping[str, float],
    dimensions: list[dict[str, str]],
    unit: str,
) -> None:
    """Add a datapoint of now to each metric of `values`."""
    now = datetime.now(UTC).replace(tzinfo=None)
    cloudwatch_backends[account][region].put_metric_data(
        namespace,
        [
            {"MetricName": name, "Dimensions": dimensions, "Value": value, "Unit": unit, "Timestamp": now}
            for name, value in values.items()
        ],
    )
