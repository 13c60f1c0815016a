"""Where to look and what to type: console pages and AWS CLI commands for each check, filled with the account's own ids.

Ids and names come from the account, so each is quoted: for a shell in a command, for a URL in a link. Where there is
no such resource a word in capitals stands for it, as in the handout.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import quote

from grader.evidence import GLOBAL, Question
from grader.grading.pipeline import Graded
from grader.grading.results import CheckResult, Result
from grader.model.diagnosis.cause import Repair
from grader.model.findings import known, shorten
from grader.model.lab import Lab
from grader.model.routing import RouteTable
from grader.model.subnets import Subnet
from grader.report.page.guides import GUIDES

_PLACE = re.compile(r"\{(\w+)\}")
_DOMAINS = (("cn-", "console.amazonaws.cn"), ("us-gov-", "console.amazonaws-us-gov.com"))
_CLI_SERVICES = {"elbv2": "elbv2", "s3": "s3api"}


@dataclass(frozen=True, slots=True)
class Help:
    """A guide filled in for one account; what a guide does not have is empty."""

    page: str
    show: str
    fix: str


@dataclass(frozen=True, slots=True)
class Advice:
    """What repairs a cause: in words, the console page, the command, the line of a file; each may be empty."""

    words: str
    page: str
    command: str
    line: str


class Console:
    """Guides filled with what one account holds; each value is looked up when a guide first asks for it."""

    def __init__(self, graded: Graded) -> None:
        self._lab, self._result = graded.lab, graded.result
        self._values: dict[str, str] = {}

    def help(self, check: CheckResult) -> Help:
        """The console page and the commands for a check."""
        guide = next((one for one in GUIDES if one.of in check.id), None)
        if guide is None:
            # A check of a course's own: the last of its questions, asked again.
            return Help("", command_for(check.evidence[-1]) if check.evidence else "", "")
        return Help(
            self._filled(guide.page, _for_address),
            self._filled(guide.show, _for_shell),
            self._filled(self._fix(guide.fixes), _for_shell),
        )

    def advice(self, repair: Repair, values: Mapping[str, str]) -> Advice:
        """A repair of a cause, filled with the cause's own values, else with the account's."""

        def filled(text: str, quoted: Callable[[str], str]) -> str:
            return _PLACE.sub(
                lambda match: quoted(values[match[1]]) if match[1] in values else self._value(match[1], quoted), text
            )

        return Advice(
            filled(repair.words, str),
            filled(repair.page, _for_address),
            filled(repair.command, _for_shell),
            filled(repair.line, lambda value: shorten(value, 200)),
        )

    def _fix(self, fixes: tuple[str, ...]) -> str:
        """The first command whose values are all known, else the last."""
        known_ones = (fix for fix in fixes if all(self._found(name) for name in _PLACE.findall(fix)))
        return next(known_ones, fixes[-1] if fixes else "")

    def _filled(self, text: str, quoted: Callable[[str], str]) -> str:
        return _PLACE.sub(lambda match: self._value(match[1], quoted), text)

    def _value(self, name: str, quoted: Callable[[str], str]) -> str:
        if name == "console":
            region = self._value("region", str)
            return next((domain for start, domain in _DOMAINS if region.startswith(start)), "console.aws.amazon.com")
        value = self._found(name)
        if name == "public_subnets":
            return " ".join(map(quoted, value.split())) or "SUBNET SUBNET"
        return quoted(value) if value else _PLACEHOLDERS.get(name, name.upper())

    def _found(self, name: str) -> str:
        """A value of the account, empty where it has none; looked up once."""
        if name not in self._values:
            self._values[name] = _FINDERS[name](self._lab, self._result)
        return self._values[name]


def _for_shell(value: str) -> str:
    return shlex.quote(shorten(value, 300))


def _for_address(value: str) -> str:
    return quote(shorten(value, 300).encode("utf-8", "replace"), safe="")


def command_for(question: Question) -> str:
    """The AWS CLI command that asks a question again: ``aws ec2 describe-vpcs --region eu-west-1``."""
    service, _, operation = question.operation.partition(".")
    words = ["aws", _CLI_SERVICES.get(service, service), _dashed(operation)]
    if question.region != GLOBAL:
        words += ["--region", question.region]
    for parameter in question.key.split(";") if question.key else ():
        name, _, value = parameter.partition("=")
        words += [f"--{_dashed(name)}", value]
    return " ".join(_for_shell(word) for word in words)


def _dashed(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-", name).lower()


def _region(lab: Lab, result: Result) -> str:
    for noun in ("service", "vpc", "load_balancer", "cluster", "repository", "bucket"):
        if noun in result.bindings:
            return result.bindings[noun].region
    return lab.evidence.meta.text("home_region", "") or (result.regions[0] if result.regions else "us-east-1")


def _of(noun: str) -> Callable[[Lab, Result], str]:
    def find(lab: Lab, result: Result) -> str:
        return result.bindings[noun].id if noun in result.bindings else ""

    return find


def _last(noun: str) -> Callable[[Lab, Result], str]:
    def find(lab: Lab, result: Result) -> str:
        return result.bindings[noun].id.rpartition("/")[2] if noun in result.bindings else ""

    return find


def _in_lab(read: Callable[[Lab], str]) -> Callable[[Lab, Result], str]:
    return lambda lab, _: known(lambda: read(lab), "")


def _strays(lab: Lab) -> tuple[Subnet, ...]:
    """Public subnets whose route does not lead to the internet gateway."""
    return tuple(one for one in lab.vpc.public_subnets if not one.routes_out_through_internet_gateway)


def _good_public_table(lab: Lab) -> str:
    """A public table that is right and of its own, where a subnet that follows none needs but an association."""
    right = (one.route_table for one in lab.vpc.public_subnets if one.routes_out_through_internet_gateway)
    return next((table.id for table in right if not table.is_main), "")


def _stray_public_subnet(lab: Lab) -> str:
    return next((one.id for one in _strays(lab) if one.id not in one.route_table.subnet_ids), "")


def _misrouted_public_table(lab: Lab) -> str:
    return next((one.route_table.id for one in _strays(lab) if one.route_table.default_route is not None), "")


def _exposed(lab: Lab) -> tuple[Subnet, ...]:
    return tuple(one for one in lab.vpc.private_subnets if not one.has_route_table_without_internet_gateway)


def _exposed_private_table(lab: Lab) -> str:
    tables = (one.route_table for one in _exposed(lab))
    return next((table.id for table in tables if _target(table).startswith("igw-")), "")


def _private_table(lab: Lab) -> str:
    tables = lab.vpc.private_route_tables
    return next((one.id for one in tables if not one.is_main), tables[0].id if tables else "")


def _misrouted_private_table(lab: Lab) -> str:
    return next((one.id for one in lab.vpc.private_route_tables if _target(one)), "")


def _target(table: RouteTable) -> str:
    return table.default_route.target if table.default_route is not None else ""


def _listener(lab: Lab) -> str:
    return next((one.arn for one in lab.load_balancer.listeners if (one.protocol, one.port) == ("HTTP", 80)), "")


_PLACEHOLDERS = {
    "stray_private_subnet": "SUBNET",
    "public_subnet": "SUBNET",
    "front_group": "GROUP",
    "back_group": "GROUP",
}

_FINDERS: Mapping[str, Callable[[Lab, Result], str]] = {
    "account": lambda lab, result: result.account,
    "region": _region,
    "bucket": _of("bucket"),
    "repository": lambda lab, result: _of("repository")(lab, result) or "sentiment-app",
    "vpc": _of("vpc"),
    "load_balancer_arn": _of("load_balancer"),
    "target_group_arn": _of("target_group"),
    "cluster": _last("cluster"),
    "service": _last("service"),
    "task_definition": _last("task_definition"),
    "family": lambda lab, result: _last("task_definition")(lab, result).partition(":")[0],
    "internet_gateway": _in_lab(lambda lab: lab.vpc.internet_gateway.id),
    "nat_gateway": _in_lab(lambda lab: next((one.id for one in lab.vpc.nat_gateways if one.is_live), "")),
    "public_table": _in_lab(lambda lab: next((one.route_table.id for one in _strays(lab)), "")),
    "good_public_table": _in_lab(_good_public_table),
    "stray_public_subnet": _in_lab(_stray_public_subnet),
    "misrouted_public_table": _in_lab(_misrouted_public_table),
    "private_table": _in_lab(_private_table),
    "exposed_private_table": _in_lab(_exposed_private_table),
    "misrouted_private_table": _in_lab(_misrouted_private_table),
    "stray_private_subnet": _in_lab(lambda lab: next((one.id for one in _exposed(lab)), "")),
    "listener_arn": _in_lab(_listener),
    "public_subnet": _in_lab(lambda lab: next((one.id for one in lab.vpc.public_subnets), "")),
    "public_subnets": _in_lab(lambda lab: " ".join(one.id for one in lab.vpc.public_subnets[:3])),
    "front_group": _in_lab(lambda lab: lab.security_groups.of_load_balancer.id),
    "back_group": _in_lab(lambda lab: lab.security_groups.of_resources.id),
    "dns_name": _in_lab(lambda lab: lab.load_balancer.dns_name),
    "log_group": _in_lab(lambda lab: lab.task_definition.log_groups[0][1] if lab.task_definition.log_groups else ""),
}
