"""A small lab of things, and accounts for it as factories of plain data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from grader.rubric import Rubric, open_rubric
from tests.labs.conftest import graded

THINGS = """
  vpc:
    {list: ec2.DescribeVpcs, each: "Vpcs[?!IsDefault]", where: {"tag:Name": lab}, label: "VPC {tag:Name} ({VpcId})"}
  web:
    noun: instance
    list: ec2.DescribeInstances
    each: "Reservations[].Instances[]"
    where: {VpcId: $vpc.VpcId, "tag:Name": web}
  data:
    get: ec2.DescribeInstanceAttribute
    with: {InstanceId: $web.InstanceId, Attribute: userData}
    label: user data of web
"""
ITEMS = """
  - {id: "1", title: a VPC, of: vpc, expect: {CidrBlock: 10.0.0.0/16}}
  - {id: "2", title: a server, of: web, expect: {InstanceType: t3.micro}}
  - {id: "3", title: its program, of: data, expect: {base64(UserData.Value): {contains: httpd}}}
"""
DENIED = {"error": {"Code": "AccessDenied", "Message": "not authorized to perform", "HTTPStatusCode": 403}}


def rubric(folder: Path, things: str = THINGS, items: str = ITEMS, more: str = "") -> Rubric:
    """A rubric of things and items."""
    file = folder / "rubric.yaml"
    file.write_text(f"lab: L\n{more}things:{things}items:{items}", encoding="utf-8")
    return open_rubric(file)


def vpc(number: int, name: str = "lab", block: str = "10.0.0.0/16") -> dict[str, Any]:
    """A VPC."""
    return {"VpcId": f"vpc-{number}", "IsDefault": False, "CidrBlock": block, **tags(name)}


def web(
    number: int, vpc_number: int, name: str = "web", kind: str = "t3.micro", state: str = "running"
) -> dict[str, Any]:
    """An instance."""
    place = {"VpcId": f"vpc-{vpc_number}", "State": {"Name": state}}
    return {"InstanceId": f"i-{number}", "InstanceType": kind, **place, **tags(name)}


def tags(name: str) -> dict[str, Any]:
    """A tag Name."""
    return {"Tags": [{"Key": "Name", "Value": name}]}


def account(regions: dict[str, tuple[list[Any], list[Any]]]) -> dict[str, Any]:
    """Evidence of an account: VPCs and instances by region; each instance starts httpd."""
    calls: dict[str, Any] = {"sts.GetCallerIdentity": {"global": {"": {"response": {"Account": "123456789012"}}}}}
    calls["ec2.DescribeVpcs"] = {r: {"": {"response": {"Vpcs": vpcs}}} for r, (vpcs, _) in regions.items()}
    calls["ec2.DescribeInstances"] = {
        r: {"": {"response": {"Reservations": [{"Instances": webs}]}}} for r, (_, webs) in regions.items()
    }
    calls["ec2.DescribeInstanceAttribute"] = {
        r: {
            f"Attribute=userData;InstanceId={one['InstanceId']}": {"response": {"UserData": {"Value": "aHR0cGQ="}}}
            for one in webs
        }
        for r, (_, webs) in regions.items()
    }
    meta = {
        "format": 1,
        "account": "123456789012",
        "home_region": "us-east-1",
        "regions": sorted(regions),
        "now": "2026-11-20T10:00:00+00:00",
        "environment": "own-account",
        "http_probe": None,
    }
    return {"meta": meta, "calls": calls}


def said(folder_rubric: Rubric, document: dict[str, Any], **binds: str) -> list[str]:
    """The outcome of each item in order."""
    return [str(item.outcome) for item in graded(folder_rubric, document, **binds).result.items]


def found(folder_rubric: Rubric, document: dict[str, Any], item: str) -> str:
    """What the first check of an item found."""
    items = graded(folder_rubric, document).result.items
    return next(one.checks[0].found for one in items if one.id == item)
