"""Things of many services: which parameter comes from which listing follows from the names of AWS."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.rubric import open_rubric
from grader.rubric.bundled import lint_rubric

FILE = Path(__file__).with_name("many.yaml")


def test_lint_finds_nothing() -> None:
    """Forty things of twenty services are written as one would write them."""
    assert [str(mistake) for mistake in lint_rubric(FILE)[0]] == []


@pytest.mark.parametrize(
    ("thing", "gives"),
    [
        ("cluster", (("clusters", "clusterArns[]"),)),
        ("service", (("services", "serviceArns[]"),)),
        ("topic", (("TopicArn", "Topics[].TopicArn"),)),
        ("machine", (("stateMachineArn", "stateMachines[].stateMachineArn"),)),
        ("eks", (("name", "clusters[]"),)),
        ("key", (("KeyId", "Keys[].KeyId"),)),
        ("bucketpol", (("Bucket", "Buckets[].Name"),)),
        ("tbl", (("TableName", "TableNames[]"),)),
        ("stream", (("StreamARN", "StreamSummaries[].StreamARN"),)),
        ("cert", (("CertificateArn", "CertificateSummaryList[].CertificateArn"),)),
        ("pool", (("UserPoolId", "UserPools[].Id"),)),
    ],
)
def test_what_lists_a_thing_gives_its_parameter(thing: str, gives: tuple[tuple[str, str], ...]) -> None:
    """The member that names a thing is found by its name in the answer of the listing."""
    found = open_rubric(FILE).things[thing]
    assert found.lister is not None
    assert found.lister.gives == gives
