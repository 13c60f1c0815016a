"""Members and values of AWS's answers in words: ``EnableDnsHostnames.Value`` -> "enable DNS hostnames"."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from grader.foreign_text import shorten

_UPPER = {
    "acl", "acls", "acm", "ami", "api", "arn", "arns", "aws", "az", "cidr", "cpu", "db", "dlq", "dns", "ebs", "ec2",
    "efs", "elb", "fifo", "gb", "hsts", "http", "https", "iam", "id", "ids", "iops", "ip", "ipv4", "ipv6", "json",
    "kms", "mfa", "mib", "nat", "rds", "s3", "sns", "sqs", "sse", "ssh", "ssl", "tcp", "tls", "ttl", "udp", "uri",
    "url", "vcpu", "vpc", "vpcs",
}  # fmt: skip
_SMALL = {"ids": "ids", "id": "id", "arn": "ARN", "arns": "ARNs", "vcpu": "vCPU", "vpcs": "VPCs", "acls": "ACLs"}
_PLAIN_ENDS = ("Value", "Values", "@")
_LIST_ENDS = ("Items", "member")
_VERBATIM = re.compile(r"[A-Z0-9]+_[A-Z0-9_]+|[\w.]*[-:/].*")
_TOKEN = re.compile(r'"([^"]+)"|tag:"?([\w+\-=@/ ]+)"?|([A-Za-z_]\w*)(\()?')


def in_words(name: str) -> str:
    """One name of AWS in words: ``CidrBlock`` -> "CIDR block"."""
    if _VERBATIM.fullmatch(name):
        return name
    parts = re.findall(r"[A-Z]+(?![a-z])\d*|[A-Z]?[a-z]+\d*|\d+", name.replace("_", " ")) or [name]
    return " ".join(_part(part) for part in _joined(parts))


def _joined(parts: list[str]) -> list[str]:
    """``IPv6`` is cut into ``I``, ``Pv6`` by its case: put together what is one word."""
    text = " ".join(parts)
    for cut, whole in (("I Pv", "IPv"), ("A Z", "AZ"), ("D B", "DB")):
        text = text.replace(cut, whole)
    return text.split()


def _part(part: str) -> str:
    low = part.lower()
    if low in _SMALL:
        return _SMALL[low]
    if low.startswith("ipv"):
        return low.replace("ip", "IP")
    return part.upper() if low in _UPPER else low


def member_in_words(path: str) -> str:
    """What a path leads to, in words: ``State.Name`` -> "state name"."""
    quiet = re.sub(r"\[\?[^\]]*\]|`[^`]*`|'[^']*'", "", path)
    names: list[str] = []
    for token in _TOKEN.finditer(quiet):
        quoted, tag, name, is_function = token.groups()
        if tag:
            names.append(f"tag {tag.strip()}")
        elif quoted:
            names.append(quoted)
        elif name and not is_function:
            names.append(name)
    while len(names) > 1 and names[-1] in _PLAIN_ENDS:
        names.pop()
    names = [name for number, name in enumerate(names) if name not in _LIST_ENDS or number == 0]
    if not names:
        return "value"
    said = [name if name.startswith("tag ") else in_words(name) for name in names]
    if len(said) == 1:
        return said[0]
    if len(said) == 2 and not _VERBATIM.fullmatch(names[-1]):
        owner = said[0][:-1] if said[0].endswith("s") and not said[0].endswith("ss") else said[0]
        return said[1] if said[1].startswith(owner) else f"{owner} {said[1]}"
    return f"{said[-1]} in {' '.join(said[:-1])}"


def value_in_words(value: Any, depth: int = 0) -> str:
    """A value as a student reads it; of what is nested deep, no more than fits a sentence."""
    if depth > 3:
        return "…"
    if value is None:
        return "not set"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return shorten(" ".join(value.split()), 90) or "empty"
    if isinstance(value, list):
        return listed(value_in_words(each, depth + 1) for each in value[:50]) if value else "empty"
    if isinstance(value, dict):
        plain = [(in_words(name), each) for name, each in value.items() if _is_plain(each)]
        told = [f"{name} {value_in_words(each, depth + 1)}" for name, each in plain]
        return shorten(", ".join(told[:5]), 120) or "an entry without values"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _is_plain(value: Any) -> bool:
    return isinstance(value, (str, int, float)) and value != ""


def listed(texts: Iterable[str], word: str = "and", most: int = 5) -> str:
    """Texts as a list in a sentence."""
    kept = list(dict.fromkeys(texts))
    if len(kept) > most:
        kept = [*kept[:most], f"{len(kept) - most} more"]
    return f" {word} ".join((", ".join(kept[:-1]), kept[-1])) if len(kept) > 1 else "".join(kept)
