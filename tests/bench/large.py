"""A large account: the lab among 500 VPCs, 5,000 subnets, 10,000 log groups and 100,000 images, or a part of that."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from moto.core.serialize import get_serializer_class
from moto.core.utils import get_service_model

from .exchange import Answer, Question
from .kept_evidence import golden
from .recording import Recording
from .replay import page_question

REGION = "eu-west-1"
REPOSITORIES = 20
"""The images are spread over so many repositories beside the lab's."""
SUBNETS_OF_A_VPC = 10
PAGES = {"ec2": 1000, "logs": 50, "ecr": 1000}
"""Objects on a page, as AWS gives them or at most allows."""


@dataclass(frozen=True, slots=True)
class Size:
    """How much there is beside the lab."""

    vpcs: int
    log_groups: int
    images: int

    @property
    def subnets(self) -> int:
        """Ten in each VPC."""
        return self.vpcs * SUBNETS_OF_A_VPC


WHOLE = Size(vpcs=500, log_groups=10_000, images=100_000)


def part(share: float) -> Size:
    """A share of the whole."""
    return Size(round(WHOLE.vpcs * share), round(WHOLE.log_groups * share), round(WHOLE.images * share))


def added(size: Size) -> Iterator[tuple[str, str, str, list[dict[str, Any]]]]:
    """Operation, key in the evidence, name of the list, and what is in it beside the lab's own."""
    yield "ec2.DescribeVpcs", "", "Vpcs", [_vpc(number) for number in range(size.vpcs)]
    yield "ec2.DescribeSubnets", "", "Subnets", [_subnet(number) for number in range(size.subnets)]
    yield "ec2.DescribeRouteTables", "", "RouteTables", [_table(number) for number in range(size.vpcs)]
    yield "ec2.DescribeSecurityGroups", "", "SecurityGroups", [_group(number) for number in range(size.vpcs)]
    yield "logs.DescribeLogGroups", "", "logGroups", [_log_group(number) for number in range(size.log_groups)]
    names = [f"builds-{number:02}" for number in range(REPOSITORIES)]
    yield "ecr.DescribeRepositories", "", "repositories", [_repository(name) for name in names]
    for place, name in enumerate(names):
        images = [_image(name, number) for number in range(place, size.images, REPOSITORIES)]
        yield "ecr.DescribeImages", f"repositoryName={name}", "imageDetails", images


def evidence(size: Size) -> dict[str, Any]:
    """The golden account with all that in it."""
    document = copy.deepcopy(golden())
    for operation, key, name, objects in added(size):
        entry = document["calls"][operation].setdefault(REGION, {}).setdefault(key, {"response": {}})
        entry["response"].setdefault(name, []).extend(objects)
    return document


def record_large(size: Size, small: Recording, file: Path) -> None:
    """Write a recording of the same additions, page by page, to be laid over the small account's."""
    large = Recording(small.account, small.balancer)
    signing = {"ec2": "ec2", "logs": "logs", "ecr": "ecr"}
    for operation, key, name, objects in added(size):
        service, _, action = operation.partition(".")
        if action == "DescribeRepositories":
            continue  # one page, made below with the lab's own
        known = _lab_answer(small, service, action, name) if not key else []
        pages = _pages([*known, *objects], PAGES[service])
        for number, page in enumerate(pages):
            came = f"page-{number}" if number else ""
            token = f"page-{number + 1}" if number + 1 < len(pages) else ""
            question = page_question(signing[service], REGION, action, key.partition("=")[2], came)
            large.answers[question] = _answer(service, action, name, page, token)
    repositories = [one for row in added(size) if row[0].endswith("DescribeRepositories") for one in row[3]]
    known = _lab_answer(small, "ecr", "DescribeRepositories", "repositories")
    question = page_question("ecr", REGION, "DescribeRepositories", "", "")
    large.answers[question] = _answer("ecr", "DescribeRepositories", "repositories", [*known, *repositories], "")
    large.save(file)


def _lab_answer(small: Recording, service: str, action: str, name: str) -> list[dict[str, Any]]:
    """What the small account answered, parsed as a client would."""
    from botocore.parsers import create_parser
    from botocore.session import Session

    for question, answer in small.answers.items():
        if question.service != service or question.region != REGION:
            continue
        if _is_plain(question, action):
            model = Session().get_service_model(service)
            parser = create_parser(model.metadata["protocol"] if service == "ec2" else "json")
            shape = model.operation_model(action).output_shape
            came = {"status_code": answer.status, "headers": dict(answer.headers), "body": answer.body}
            parsed = parser.parse(came, shape)
            found: list[dict[str, Any]] = parsed[name]
            return found
    return []


def _is_plain(question: Question, action: str) -> bool:
    in_body = f"Action={action}&".encode() in question.body and b"Filter" not in question.body
    return in_body or question.operation.endswith(f".{action}")


def _pages(objects: list[dict[str, Any]], size: int) -> list[list[dict[str, Any]]]:
    return [objects[start : start + size] for start in range(0, len(objects), size)] or [[]]


def _answer(service: str, action: str, name: str, page: list[dict[str, Any]], token: str) -> Answer:
    result: dict[str, Any] = {name: page}
    if token:
        result["NextToken" if service == "ec2" else "nextToken"] = token
    model = get_service_model(service)
    serializer = get_serializer_class(service, "ec2" if service == "ec2" else "json")
    answer = serializer(operation_model=model.operation_model(action)).serialize(result)
    body = answer["body"]
    headers = tuple((str(header), str(value)) for header, value in answer["headers"].items())
    return Answer(200, headers, body.encode() if isinstance(body, str) else bytes(body))


def _vpc_id(number: int) -> str:
    return f"vpc-0bbbbbbb{number:09x}"


def _range(number: int) -> str:
    return f"10.{number % 256}"


def _vpc(number: int) -> dict[str, Any]:
    return {
        "VpcId": _vpc_id(number), "CidrBlock": f"{_range(number)}.0.0/16", "IsDefault": False, "State": "available",
        "OwnerId": "123456789012", "InstanceTenancy": "default", "DhcpOptionsId": "dopt-0123456789abcdef0",
        "CidrBlockAssociationSet": [
            {"AssociationId": f"vpc-cidr-assoc-0{number:016x}", "CidrBlock": f"{_range(number)}.0.0/16",
             "CidrBlockState": {"State": "associated"}},
        ],
        "Tags": [{"Key": "Name", "Value": f"team-{number}"}],
    }  # fmt: skip


def _subnet(number: int) -> dict[str, Any]:
    vpc, place = divmod(number, SUBNETS_OF_A_VPC)
    identifier = f"subnet-0bbbbbbb{number:09x}"
    return {
        "SubnetId": identifier, "VpcId": _vpc_id(vpc), "CidrBlock": f"{_range(vpc)}.{place}.0/24", "State": "available",
        "SubnetArn": f"arn:aws:ec2:{REGION}:123456789012:subnet/{identifier}", "OwnerId": "123456789012",
        "AvailabilityZone": f"{REGION}{'abc'[place % 3]}", "AvailabilityZoneId": f"euw1-az{place % 3 + 1}",
        "AvailableIpAddressCount": 251, "DefaultForAz": False, "MapPublicIpOnLaunch": False,
        "Tags": [{"Key": "Name", "Value": f"team-{vpc}-{place}"}],
    }  # fmt: skip


def _table(number: int) -> dict[str, Any]:
    identifier = f"rtb-0bbbbbbb{number:09x}"
    return {
        "RouteTableId": identifier, "VpcId": _vpc_id(number), "OwnerId": "123456789012", "PropagatingVgws": [],
        "Associations": [
            {"Main": True, "RouteTableAssociationId": f"rtbassoc-0{number:016x}", "RouteTableId": identifier,
             "AssociationState": {"State": "associated"}},
        ],
        "Routes": [
            {"DestinationCidrBlock": f"{_range(number)}.0.0/16", "GatewayId": "local", "Origin": "CreateRouteTable",
             "State": "active"},
        ],
        "Tags": [],
    }  # fmt: skip


def _group(number: int) -> dict[str, Any]:
    identifier = f"sg-0bbbbbbb{number:09x}"
    ranges = {"IpRanges": [{"CidrIp": "0.0.0.0/0"}], "Ipv6Ranges": [], "PrefixListIds": []}
    anyone = [{"IpProtocol": "-1", **ranges, "UserIdGroupPairs": []}]
    return {
        "GroupId": identifier, "GroupName": "default", "Description": "default VPC security group",
        "VpcId": _vpc_id(number), "OwnerId": "123456789012", "IpPermissions": [], "IpPermissionsEgress": anyone,
    }  # fmt: skip


def _log_group(number: int) -> dict[str, Any]:
    name = f"/aws/lambda/function-{number:05}"
    arn = f"arn:aws:logs:{REGION}:123456789012:log-group:{name}"
    return {
        "logGroupName": name, "creationTime": 1_750_000_000_000 + number, "metricFilterCount": 0, "storedBytes": 12345,
        "arn": f"{arn}:*", "logGroupArn": arn, "logGroupClass": "STANDARD",
    }  # fmt: skip


def _repository(name: str) -> dict[str, Any]:
    return {
        "repositoryArn": f"arn:aws:ecr:{REGION}:123456789012:repository/{name}", "registryId": "123456789012",
        "repositoryName": name, "repositoryUri": f"123456789012.dkr.ecr.{REGION}.amazonaws.com/{name}",
        "createdAt": "2026-01-01T00:00:00+00:00", "imageTagMutability": "MUTABLE",
        "imageScanningConfiguration": {"scanOnPush": False}, "encryptionConfiguration": {"encryptionType": "AES256"},
    }  # fmt: skip


def _image(repository: str, number: int) -> dict[str, Any]:
    return {
        "registryId": "123456789012", "repositoryName": repository, "imageDigest": f"sha256:{number:064x}",
        "imageTags": [f"build-{number}"], "imageSizeInBytes": 100_000_000 + number,
        "imagePushedAt": "2026-06-01T12:00:00+00:00",
        "imageManifestMediaType": "application/vnd.docker.distribution.manifest.v2+json",
        "artifactMediaType": "application/vnd.docker.container.image.v1+json",
    }  # fmt: skip


def write_evidence(size: Size, file: Path) -> int:
    """Write the evidence of that size; its bytes."""
    text = json.dumps(evidence(size))
    return file.write_text(text, encoding="utf-8")
