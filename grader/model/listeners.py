"""Listeners of a load balancer and their rules: where a request to the load balancer's own name really goes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from ipaddress import IPv4Network, IPv6Network
from typing import Any

from grader.errors import Undecided
from grader.evidence import Evidence
from grader.evidence.fields import Fields
from grader.evidence.tracking import tracked_property
from grader.model.addresses import covers_everywhere, ip_block, is_private
from grader.model.findings import shorten

_LAST = 10**9  # the default rule comes after all others, which end at 50000
_PRIORITY = re.compile(r"[0-9]{1,9}")
_ANY_PATH = re.compile(r"/?\*+")
_ANY_PATH_REGEX = re.compile(r"\^?/?\.\*\$?")


@dataclass(frozen=True, slots=True)
class Action:
    """What a listener or rule does: ``forwards`` are (target group ARN, weight)."""

    type: str
    forwards: tuple[tuple[str, float], ...]
    redirect_protocol: str = ""
    redirect_port: str = ""
    redirect_host: str = ""
    status_code: str = ""

    @property
    def target_group_arns(self) -> tuple[str, ...]:
        """The target groups that traffic really goes to."""
        return tuple(arn for arn, weight in self.forwards if weight > 0)

    def __repr__(self) -> str:
        if self.type == "forward":
            names = [shorten(arn.split("/")[1] if "/" in arn else arn) for arn in self.target_group_arns]
            return f"forwards to {', '.join(names) or 'nothing'}"
        if self.type == "redirect":
            host = "" if self.redirect_host == "#{host}" else f" at {shorten(self.redirect_host)}"
            return f"redirects to {self.redirect_protocol}:{self.redirect_port}{host}"
        return f"answers {self.type} {self.status_code}".strip()


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition of a rule: one of its values has to match. ``key`` is the name of a header."""

    field: str
    key: str
    values: tuple[str, ...]
    regexes: tuple[str, ...]
    blocks: tuple[IPv4Network | IPv6Network, ...]

    def __repr__(self) -> str:
        return f"{self.key or self.field} {', '.join(map(shorten, (*self.values, *self.regexes)[:3]))}".strip()

    def can_hold(self, host: str) -> bool:
        """Whether somebody on the internet can send a request to ``host`` that meets it.

        A client chooses path, method, query and headers, so those can always be met. The host is the load
        balancer's own name, and the source is a public address.
        """
        if self.field == "host-header":
            return not host or bool(self.regexes) or self._names(host)
        if self.field == "source-ip":
            return not all(map(is_private, self.blocks))
        return True

    def always_holds(self, host: str) -> bool:
        """Whether every request to ``host`` meets it."""
        if self.field == "host-header":
            return bool(host) and self._names(host)
        if self.field == "path-pattern":
            return any(map(_ANY_PATH.fullmatch, self.values)) or any(map(_ANY_PATH_REGEX.fullmatch, self.regexes))
        if self.field == "source-ip":
            return covers_everywhere(self.blocks)
        return False

    def includes(self, other: Condition) -> bool:
        """Whether every request that meets ``other`` meets it too, told by their values."""
        return (
            (self.field, self.key) == (other.field, other.key)
            and set(other.values) <= set(self.values)
            and set(other.regexes) <= set(self.regexes)
        )

    def _names(self, host: str) -> bool:
        # AWS knows the wildcards * and ?; fnmatch knows brackets as well.
        patterns = [value.lower().replace("[", "[[]") for value in self.values]
        return any(fnmatchcase(name, pattern) for name in own_names(host) for pattern in patterns)


@dataclass(frozen=True, slots=True)
class ListenerRule:
    """A rule of a listener; the default one has no conditions."""

    priority: int
    conditions: tuple[Condition, ...]
    actions: tuple[Action, ...]

    def __repr__(self) -> str:
        return f"for {' and '.join(map(repr, self.conditions))}" if self.conditions else "for everything"

    @property
    def target_group_arns(self) -> tuple[str, ...]:
        """The target groups that it forwards to, if a request gets to it."""
        return tuple(arn for action in self.actions for arn in action.target_group_arns)

    def can_match(self, host: str) -> bool:
        """Whether a request to ``host`` can meet all its conditions."""
        return all(condition.can_hold(host) for condition in self.conditions)

    def leaves_nothing_for(self, later: ListenerRule, host: str) -> bool:
        """Whether it takes every request to ``host`` that ``later`` could take."""
        return all(
            mine.always_holds(host) or any(mine.includes(theirs) for theirs in later.conditions)
            for mine in self.conditions
        )


@dataclass(frozen=True, slots=True, eq=False)
class Listener:
    """A listener: ``actions`` are the default ones, ``host`` is the DNS name of its load balancer.

    Ruling: a rule counts like the default action, if requests to the load balancer's own name can get to it. One
    that serves a part of the paths counts. One for another host does not, nor one behind a rule (or in a default
    action behind a rule) that takes everything first.
    """

    arn: str
    protocol: str
    port: int
    actions: tuple[Action, ...]
    evidence: Evidence = field(repr=False)
    region: str
    host: str = ""
    memo: dict[str, Any] = field(default_factory=dict, repr=False)

    def __repr__(self) -> str:
        return f"listener {self.protocol}:{self.port}"

    @tracked_property
    def rules(self) -> tuple[ListenerRule, ...]:
        """Its rules but the default one, in the order in which they are tried; raises ``Unverified``."""
        rules = self.evidence.answer("elbv2.DescribeRules", self.region, ListenerArn=self.arn).each("Rules")
        own = (_rule(each) for each in rules if not each.flag("IsDefault"))
        return tuple(sorted(own, key=lambda rule: rule.priority))

    @tracked_property
    def effective_actions(self) -> tuple[Action, ...]:
        """Everything that can happen to a request to the load balancer's own name; raises ``Unverified``."""
        taking: list[ListenerRule] = []
        for rule in (*self.rules, ListenerRule(_LAST, (), self.actions)):
            shadowed = any(earlier.leaves_nothing_for(rule, self.host) for earlier in taking)
            if rule.can_match(self.host) and not shadowed:
                taking.append(rule)
        return tuple(action for rule in taking for action in rule.actions)

    @property
    def rules_refused(self) -> Undecided | None:
        """Why its rules are not known, or None where they are."""
        try:
            _ = self.rules
        except Undecided as error:
            return error
        return None

    @property
    def known_actions(self) -> tuple[Action, ...]:
        """Everything that can happen to a request; where its rules are refused, its default action."""
        return self.actions if self.rules_refused else self.effective_actions

    @property
    def known_target_group_arns(self) -> tuple[str, ...]:
        """The target groups that it forwards to; where its rules are refused, those of its default action."""
        return tuple(dict.fromkeys(arn for action in self.known_actions for arn in action.target_group_arns))

    def is_reached_by(self, redirect: Action) -> bool:
        """Whether a redirect names this listener: the host of its load balancer, its protocol and its port.

        ``#{protocol}`` and ``#{port}`` are those of the listener that redirects, so they never name another one.
        """
        host = redirect.redirect_host.lower().replace("#{host}", self.host.lower())
        named = (redirect.redirect_protocol, redirect.redirect_port) == (self.protocol, str(self.port))
        return named and host in own_names(self.host)


def own_names(host: str) -> tuple[str, ...]:
    """The names by which the internet knows a load balancer with the DNS name ``host``."""
    name = host.lower()
    return (name, f"dualstack.{name}")


def listener(each: Fields, evidence: Evidence, region: str, host: str) -> Listener:
    """A listener from an entry of ``DescribeListeners``."""
    return Listener(
        arn=each.text("ListenerArn"),
        protocol=each.text("Protocol", ""),
        port=each.whole("Port"),
        actions=_actions(each.each("DefaultActions")),
        evidence=evidence,
        region=region,
        host=host,
    )


def _rule(each: Fields) -> ListenerRule:
    priority = each.text("Priority", "")
    return ListenerRule(
        priority=int(priority) if _PRIORITY.fullmatch(priority) else _LAST,
        conditions=tuple(_condition(one) for one in each.each("Conditions")),
        actions=_actions(each.each("Actions")),
    )


def _condition(each: Fields) -> Condition:
    kind = each.text("Field", "")
    config = each.within("".join(part.capitalize() for part in kind.split("-")) + "Config")
    if kind == "query-string":
        values = [f"{one.text('Key', '')}={one.text('Value', '')}" for one in config.each("Values")]
    else:
        values = [*each.texts("Values"), *config.texts("Values")]
    return Condition(
        field=kind,
        key=config.text("HttpHeaderName", "").lower(),
        values=tuple(dict.fromkeys(values)),
        regexes=tuple(dict.fromkeys([*each.texts("RegexValues"), *config.texts("RegexValues")])),
        blocks=tuple(ip_block(value, each.where) for value in values) if kind == "source-ip" else (),
    )


def _actions(each: Iterable[Fields]) -> tuple[Action, ...]:
    return tuple(_action(one) for one in each)


def _action(each: Fields) -> Action:
    groups = each.within("ForwardConfig").each("TargetGroups")
    forwards = tuple((one.text("TargetGroupArn", ""), one.number("Weight", 1)) for one in groups)
    older = each.text("TargetGroupArn", "")
    if not forwards and older:
        forwards = ((older, 1),)
    redirect = each.within("RedirectConfig")
    return Action(
        type=each.text("Type", ""),
        forwards=forwards,
        redirect_protocol=redirect.text("Protocol", "#{protocol}"),
        redirect_port=redirect.text("Port", "#{port}"),
        redirect_host=redirect.text("Host", "#{host}"),
        status_code=each.within("FixedResponseConfig").text("StatusCode", ""),
    )
