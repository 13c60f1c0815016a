"""What is private in an account: told by its position, replaced in the evidence, and unknown to whoever needs it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.errors import Unverified
from grader.evidence import Evidence, Fields
from grader.evidence.private import bare_urls, without_private
from grader.evidence.redacting import Redaction
from grader.evidence.scrubbing import Keep, is_scrubbed, read_scrubbed, scrubbed
from grader.grading.keeping import kept_by
from grader.rubric import open_rubric
from tests.cases import cases, golden, grade

_SECRET = "hunter2"
PLACES: dict[str, Any] = {
    "environment of a container": {"environment": [{"name": "X", "value": _SECRET}]},
    "environment of a function": {"Environment": {"Variables": {"X": _SECRET}}},
    "environment of a build": {"environment": {"environmentVariables": [{"name": "X", "value": _SECRET, "type": "T"}]}},
    "environment without names": {"environment": [{"value": _SECRET}]},
    "override": {"overrides": {"containerOverrides": [{"environment": [{"name": "X", "value": _SECRET}]}]}},
    "command": {"command": ["serve", _SECRET]},
    "command as one text": {"Command": _SECRET},
    "health check": {"healthCheck": {"command": ["CMD", _SECRET]}},
    "entry point": {"entryPoint": [_SECRET]},
    "label": {"dockerLabels": {"x": _SECRET}},
    "label of a volume": {"dockerVolumeConfiguration": {"labels": {"x": _SECRET}, "driverOpts": {"x": _SECRET}}},
    "log option": {"logConfiguration": {"logDriver": "splunk", "options": {"splunk-token": _SECRET}}},
    "secret log option": {"logConfiguration": {"secretOptions": [{"name": "x", "valueFrom": _SECRET}]}},
    "router's option": {"firelensConfiguration": {"options": {"x": _SECRET}}},
    "proxy": {"proxyConfiguration": {"properties": [{"name": "x", "value": _SECRET}]}},
    "secret": {"secrets": [{"name": "x", "valueFrom": _SECRET}]},
    "registry": {"repositoryCredentials": {"credentialsParameter": _SECRET}},
    "tag of EC2": {"Tags": [{"Key": "x", "Value": _SECRET}]},
    "tag of ECS": {"tags": [{"key": "x", "value": _SECRET}]},
    "tags by name": {"tags": {"x": _SECRET}},
    "tag of a bucket": {"TagSet": [{"Key": "x", "Value": _SECRET}]},
    "user info": {"url": f"https://u:{_SECRET}@example.com/x"},
    "query": {"url": f"https://example.com/x?token={_SECRET}#here"},
}  # fmt: skip


@pytest.mark.parametrize("place", sorted(PLACES))
def test_every_private_position_is_emptied(place: str) -> None:
    """Whatever the name beside it, and inside the requests that CloudTrail recorded."""
    recorded = {"Events": [{"CloudTrailEvent": json.dumps({"requestParameters": PLACES[place]})}]}
    for answer in (PLACES[place], {"taskDefinition": {"containerDefinitions": [PLACES[place]]}}, recorded):
        document = {"meta": {}, "calls": {"ecs.X": {"eu-west-1": {"": {"response": answer}}}}}
        assert _SECRET in json.dumps(answer)
        assert _SECRET not in json.dumps(scrubbed(document, Keep()))
        assert _SECRET not in json.dumps(without_private(answer, lambda text: "…"))


def test_what_is_not_private_stays() -> None:
    """Cluster settings, attachments, the log group and the Name of a resource are no values of anybody's."""
    answer = {
        "settings": [{"name": "containerInsights", "value": "enabled"}],
        "details": [{"name": "subnetId", "value": "subnet-1"}],
        "logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": "/ecs/x", "awslogs-region": "r"}},
        "Tags": [{"Key": "Name", "Value": "lab-vpc"}],
        "PolicyDocument": '{"Resource": "arn:aws:s3:::x/*"}',
    }
    assert without_private(answer, lambda text: "…") == answer
    assert "lab-vpc" not in json.dumps(without_private(answer, lambda text: "…", names=False))


@given(st.text(max_size=60))
def test_a_url_never_gets_longer_and_text_without_one_stays(text: str) -> None:
    """Removing user info and query removes, and nothing else."""
    bare = bare_urls(text)
    assert len(bare) <= len(text)
    assert bare_urls(bare) == bare
    assert "://" in text or bare == text


class TestScrubbedValues:
    FIELDS = Fields({"text": {"scrubbed": True, "length": 3}, "list": ["a", {"scrubbed": True, "length": 1}]}, "here")

    @pytest.mark.parametrize("read", [
        lambda fields: fields.text("text", ""), lambda fields: fields.number("text", 0),
        lambda fields: fields.flag("text"), lambda fields: fields.within("text"),
        lambda fields: fields.each("text"), lambda fields: fields.texts("list"),
    ])  # fmt: skip
    def test_one_is_unverified_never_absent(self, read: Any) -> None:
        """However it is read, and whatever stands for an absent value."""
        with pytest.raises(Unverified, match="--keep-all"):
            read(self.FIELDS)

    @pytest.mark.parametrize("expression", [
        "environment[?name=='A'].value | [0]", "environment[?value=='b'].name | [0]", "environment[].value",
        "contains(environment[].value, 'b')", "join(',', environment[].value)", "environment[0].value.x",
    ])  # fmt: skip
    def test_a_question_that_needs_one_is_unverified(self, expression: str) -> None:
        """Compared, filtered by, given to a function or shown: it may be what is expected, and it may not."""
        import jmespath

        answer = {"environment": [{"name": "A", "value": {"scrubbed": True, "length": 1}}]}
        with pytest.raises(Unverified):
            read_scrubbed(answer, jmespath.compile(expression).search)
        assert read_scrubbed(answer, jmespath.compile("environment[].name").search) == ["A"]

    @pytest.mark.parametrize(("expression", "kept"), [
        ("environment[?name=='A'].value | [0]", {"one"}), ("environment[?value=='two'].name | [0]", {"two"}),
        ("environment[].name", set()), ("join(',', environment[].value)", {"one", "two", "three"}),
        ("environment[0].value == environment[1].value", {"one", "two", "three"}),
    ])  # fmt: skip
    def test_what_a_question_of_the_rubric_reads_is_kept(self, expression: str, kept: set[str]) -> None:
        """And nothing else of the same answer."""
        import jmespath

        answer = {"environment": [{"name": n, "value": v} for n, v in (("A", "one"), ("B", "two"), ("C", "three"))]}
        document = {"meta": {}, "calls": {"x.Y": {"global": {"": {"response": answer}}}}}
        read = jmespath.compile(expression).search
        found = scrubbed(document, Keep(readers={"x.Y": (read,)}))["calls"]["x.Y"]["global"][""]["response"]
        assert {each["value"] for each in found["environment"] if not is_scrubbed(each["value"])} == kept
        assert read(found) == read(answer)


def _summary(documents: dict[str, dict[str, Any]]) -> dict[str, Any]:
    return {
        name: [(item.id, item.earned, item.lost, item.open, item.outcome) for item in graded.result.items]
        for name, graded in grade(documents).items()
    }


def test_scrubbed_and_redacted_evidence_grade_as_the_whole_does() -> None:
    """Every case, to the last outcome: what the lab's rubric keeps is what its checks need."""
    rubric = open_rubric()
    documents = {case.id: case.document for case in cases()}
    whole = _summary(documents)
    assert _summary({name: scrubbed(one, kept_by(rubric, one)) for name, one in documents.items()}) == whole
    assert _summary({name: Redaction().document(one) for name, one in documents.items()}) == whole


def test_a_bucket_that_may_be_named_by_a_scrubbed_value_is_open_not_lost() -> None:
    """Evidence that was scrubbed without the lab's rubric opens what rests on it, and costs nothing."""
    bare = scrubbed(golden(), Keep())
    for items in _summary({"bare": bare}).values():
        assert sum(lost for _, _, lost, _, _ in items) == 0


def test_a_value_that_names_a_bucket_keeps_its_name_alone() -> None:
    """A secret beside the bucket, in one value, is not kept with it."""
    document = golden()
    for keys in document["calls"]["ecs.DescribeTaskDefinition"].values():
        for entry in keys.values():
            container = entry["response"]["taskDefinition"]["containerDefinitions"][0]
            name = container["environment"][0]["value"]
            container["environment"][0]["value"] = f"s3://{name}/models?token={_SECRET};password={_SECRET}"
    found = json.dumps(scrubbed(document, kept_by(open_rubric(), document)))
    assert _SECRET not in found
    assert f's3://{name}/models"' in found


def test_redacted_evidence_names_nobody() -> None:
    """No e-mail address, key id, account id or public source address of the account is left, in keys neither."""
    document = golden()
    account = document["meta"]["account"]
    events = document["calls"]["cloudtrail.LookupEvents"]["us-east-1"]["EventName=ListUsers"]["response"]["Events"]
    text = json.loads(events[0]["CloudTrailEvent"]) | {"sourceIPAddress": "52.17.0.1"}
    events[0]["CloudTrailEvent"] = json.dumps(text)
    found = Redaction().document(document)
    written = json.dumps(found)
    for private in (account, "52.17.0.1", "AKIAIOSFODNN7EXAMPLE"):
        assert private in json.dumps(document)
        assert private not in written
    assert Evidence(found).account == "000000000000"
