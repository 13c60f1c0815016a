"""Where to look and what to type: console pages and AWS CLI commands for each check, filled with the account's own ids.

Ids and names come from the account, so each is quoted: for a shell in a command, for a URL in a link. Where there is
no such resource a word in capitals stands for it, as in the handout.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.client import HTTP_PORT
from urllib.parse import quote

from grader.evidence import GLOBAL, Question
from grader.foreign_text import shorten
from grader.grading.pipeline import Graded
from grader.grading.results import CheckResult, Result
from grader.model import repairs
from grader.model.diagnosis.cause import Repair
from grader.model.findings import known
from grader.model.lab import Lab
from grader.model.parameters import PARAMETER_NAMES
from grader.model.vpcs import Vpc
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
    if service == "http":
        address = next((part[4:] for part in question.key.split(";") if part.startswith("url=")), "")
        return " ".join(_for_shell(word) for word in ("curl", "--include", "--request", operation, address))
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
    home = lab.evidence.meta.text("home_region", "")
    return home if home in result.regions or not result.regions else result.regions[0]


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


def _parameter(name: str) -> Callable[[Lab, Result], str]:
    def find(lab: Lab, result: Result) -> str:
        value = getattr(lab.parameters, name)
        return "" if value is None else str(value)

    return find


def _address(lab: Lab) -> str:
    name, port = lab.load_balancer.dns_name, lab.parameters.front_port
    return f"{name}:{port}" if name and port not in (None, HTTP_PORT) else name


def _in_vpc(find: Callable[[Vpc], str]) -> Callable[[Lab, Result], str]:
    return _in_lab(lambda lab: find(lab.vpc))


_PLACEHOLDERS = {
    "stray_private_subnet": "SUBNET",
    "public_subnet": "SUBNET",
    "address": "DNS_NAME",
    "health_path": "/",
    "front_group": "GROUP",
    "back_group": "GROUP",
}

_FINDERS: Mapping[str, Callable[[Lab, Result], str]] = {
    "account": lambda lab, result: result.account,
    "region": _region,
    "bucket": _of("bucket"),
    "repository": lambda lab, result: _of("repository")(lab, result) or lab.parameters.app,
    "vpc": _of("vpc"),
    "load_balancer_arn": _of("load_balancer"),
    "target_group_arn": _of("target_group"),
    "cluster": _last("cluster"),
    "service": _last("service"),
    "task_definition": _last("task_definition"),
    "family": lambda lab, result: _last("task_definition")(lab, result).partition(":")[0],
    "internet_gateway": _in_lab(lambda lab: lab.vpc.internet_gateway.id),
    "nat_gateway": _in_vpc(repairs.live_nat_gateway),
    "public_table": _in_vpc(repairs.stray_public_table),
    "good_public_table": _in_vpc(repairs.good_public_table),
    "stray_public_subnet": _in_vpc(repairs.stray_public_subnet),
    "misrouted_public_table": _in_vpc(repairs.misrouted_public_table),
    "private_table": _in_vpc(repairs.private_table),
    "exposed_private_table": _in_vpc(repairs.exposed_private_table),
    "misrouted_private_table": _in_vpc(repairs.misrouted_private_table),
    "stray_private_subnet": _in_vpc(repairs.exposed_private_subnet),
    "listener_arn": _in_lab(lambda lab: repairs.http_listener(lab.load_balancer, lab.parameters.front_port)),
    "public_subnet": _in_lab(lambda lab: next((one.id for one in lab.vpc.public_subnets), "")),
    "public_subnets": _in_lab(lambda lab: " ".join(one.id for one in lab.vpc.public_subnets[:3])),
    "front_group": _in_lab(lambda lab: lab.security_groups.of_load_balancer.id),
    "back_group": _in_lab(lambda lab: lab.security_groups.of_resources.id),
    "address": _in_lab(_address),
    **{name: _parameter(name) for name in PARAMETER_NAMES},
    "log_group": _in_lab(lambda lab: lab.task_definition.log_groups[0][1] if lab.task_definition.log_groups else ""),
}
