"""A first draft of a rubric from a correct account: its things, bound and joined, and what is expected of each."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from grader.errors import Missing, Unverified, UsageError
from grader.evidence import Evidence
from grader.rubric.starters import STARTERS, Starter, starters_of
from grader.things.documents import tags_of
from grader.things.drawing import entries, seen
from grader.things.naming import identity, name_of

_OF_NO_USE = re.compile(
    r".*(Id|Ip|Ids|Arn|ARN|Arns|Time|Date|Timestamp|DateTime|At|Url|URL|Uri|DnsName|DNSName|IpAddress|Hash|Sha256|Size|Count"
    r"|Bytes|ETag|Token|Revision|Number|Modified|Created|Owner|OwnerAlias|Endpoint|Address|Version|arn|Alias|Reference"
    r"|Reason|Progress)|id|LastModified|CodeSha256|arn|creationTime|storedBytes|Platform|HypervisorType|Hypervisor"
    r"|VirtualizationType|RootDeviceName|RootDeviceType|Path|Policy|AssumeRolePolicyDocument|.*Timestamp.*|.*Messages.*"
)
_MOST = 6
"""Members that are expected of one thing."""


@dataclass(slots=True)
class _Drafted:
    name: str
    starter: Starter
    value: Mapping[str, Any]
    where: dict[str, Any] = field(default_factory=dict)
    given: dict[str, Any] = field(default_factory=dict)
    expect: dict[str, Any] = field(default_factory=dict)
    source: str = ""


def draft_of_services(services: list[str], lab: str) -> str:
    """A rubric that asks for everything of some services: to collect a correct account with."""
    starters = starters_of(services)
    lines = ["format: 1", f"lab: {json.dumps(lab)}", "things:"]
    for starter in starters:
        given = f", with: {_flow(_given(starter))}" if starter.given else ""
        lines.append(f"  {starter.name}: {{{starter.source}{given}}}")
    lines.append("items:")
    for number, starter in enumerate(starters, 1):
        lines.append(f'  - {{id: "{number}", title: {starter.name.replace("_", " ")}, of: {starter.name}}}')
    return "\n".join(lines)


def _given(starter: Starter) -> dict[str, Any]:
    return {name: [value] if name == "AttributeNames" else value for name, value in starter.given.items()}


def draft(evidence: Evidence, lab: str) -> str:
    """A rubric that this account passes; raises ``UsageError`` where nothing is in it that a draft knows."""
    known: dict[str, tuple[str, str]] = {}
    drafted: list[_Drafted] = []
    for starter in (one for own in STARTERS.values() for one in own):
        found = [one for one in _values(starter, evidence) if not _is_of_aws(one[0])]
        for value, parameters in found:
            siblings = [each for each, _ in found]
            is_listed = not starter.lister or bool(evidence.asked(starter.lister))
            drafted.append(_one(starter, value, parameters, siblings, known, drafted, is_listed=is_listed))
    if not drafted:
        raise UsageError(
            "this account has no resources that a draft can cover.",
            where="--from",
            remedy="Collect the evidence with a draft first: grader new --services ec2,s3 > draft.yaml",
        )
    return "\n".join(_written(drafted, lab))


def _values(starter: Starter, evidence: Evidence) -> Iterator[tuple[Any, dict[str, str]]]:
    for question in evidence.asked(starter.operation):
        parameters = dict(part.partition("=")[::2] for part in question.key.split(";") if part)
        if not starter.lister and set(parameters) != set(starter.given):
            continue
        try:
            response = evidence.answer_to(question).raw
        except (Missing, Unverified):
            continue
        for value in entries(starter.each, response):
            if isinstance(value, dict):
                yield seen(value, parameters), parameters


def _is_of_aws(value: Mapping[str, Any]) -> bool:
    """Whether AWS made it: default networks, main tables, roles of services."""
    is_main = any(isinstance(one, dict) and one.get("Main") for one in value.get("Associations") or ())
    in_default = any(isinstance(one, dict) and one.get("VpcId", "x") == "" for one in value.get("Attachments") or ())
    return bool(value.get("IsDefault") or value.get("DefaultForAz") or is_main or in_default)


def _one(
    starter: Starter,
    value: Mapping[str, Any],
    parameters: Mapping[str, str],
    siblings: list[Any],
    known: dict[str, tuple[str, str]],
    drafted: list[_Drafted],
    *,
    is_listed: bool,
) -> _Drafted:
    one = _Drafted(_free_name(starter, value, siblings, drafted), starter, value)
    one.source = starter.source if is_listed else starter.source.replace(f", for: {starter.lister}", "")
    own = identity(value)
    for name, given in _given(starter).items():
        told = parameters.get(name, "")
        one.given[name] = f"${known[told][0]}.{known[told][1]}" if told in known else given
    if not is_listed:
        one.given.update(parameters)
    names = [name for name in value if name.endswith(("Name", "name", "Identifier")) and isinstance(value[name], str)]
    tag = tags_of({key: each for key, each in value.items() if key.lower().startswith("tag")}).get("Name")
    for name, each in value.items():
        if name in starter.given or name in parameters:
            continue
        if isinstance(each, str) and each in known and each != own:
            reference = f"${known[each][0]}.{known[each][1]}"
            (one.where if name in ("VpcId",) else one.expect)[name] = reference
    if isinstance(tag, str) and tag:
        one.where["tag:Name"] = tag
    elif names and names[0] not in one.expect and names[0] not in parameters:
        one.where[names[0]] = value[names[0]]
    arn = next((name for name, each in value.items() if each and each == _arn_of(value)), "")
    if arn and _matching(one, siblings) > 1:
        one.where[arn] = {"like": f"*:{value[arn].rpartition(':')[2]}"}
    for name, each in value.items():
        if _matching(one, siblings) <= 1:
            break
        if _is_plain(name, each) and name not in one.where and name not in parameters:
            one.expect.pop(name, None)
            one.where[name] = each
    members = [*_of_lists(value, known), *sorted(_of_members(value), key=lambda pair: _rank(*pair))]
    for name, each in members:
        if len(one.expect) < _MOST and name not in one.where and name not in parameters:
            one.expect.setdefault(name, each)
    _remember(one, known)
    return one


def _of_members(value: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Members that say how a thing is set up, those of its parts too: ``State.Name``."""
    for name, each in value.items():
        if _is_plain(name, each):
            yield name, each
        elif isinstance(each, dict) and not name.lower().startswith("tag"):
            yield from ((f"{name}.{part}", inner) for part, inner in each.items() if _is_plain(part, inner))


def _of_lists(value: Mapping[str, Any], known: Mapping[str, tuple[str, str]]) -> Iterator[tuple[str, Any]]:
    """Lists: of things that are known, or of entries, of which some are expected."""
    for name, each in value.items():
        if not isinstance(each, list) or not each or name.lower().startswith("tag"):
            continue
        if all(_known(part, known) for part in each):
            yield name, {"same_as": [f"${known[part][0]}.{known[part][1]}" for part in each]}
            continue
        entries_ = [told for part in each[:3] if isinstance(part, dict) and (told := _entry(part, known))]
        if entries_:
            some = [{"some": told} for told in entries_]
            yield name, some[0] if len(some) == 1 else {"all_of": some}


def _entry(part: Mapping[str, Any], known: Mapping[str, tuple[str, str]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, each in part.items():
        if _known(each, known):
            found[name] = f"${known[each][0]}.{known[each][1]}"
        elif _is_plain(name, each) and not isinstance(each, bool) and name not in ("State", "Origin", "Status"):
            found[name] = each
    return dict(list(found.items())[:4])


_TELLING = re.compile(
    r".*(Type|Class|Cidr|CidrBlock|Zone|Engine|Runtime|Handler|Timeout|MemorySize|KeyName|Port|Protocol|Scheme|Mode|Min"
    r"|Max|Desired|State|Status|Variables|Encrypted|MultiAZ|Storage|Public|Delay|Period|Default).*",
    re.IGNORECASE,
)


def _rank(name: str, value: Any) -> tuple[bool, bool]:
    return not _TELLING.match(name), isinstance(value, bool)


def _arn_of(value: Mapping[str, Any]) -> str:
    """The first ARN of a thing, which is its own."""
    return next((str(each) for name, each in value.items() if name.endswith(("Arn", "ARN", "arn"))), "")


def _known(value: Any, known: Mapping[str, tuple[str, str]]) -> bool:
    return isinstance(value, str) and value in known


def _is_plain(name: str, value: Any) -> bool:
    if name.lower().startswith("tag") or _OF_NO_USE.fullmatch(name) or value in ("", None):
        return False
    return isinstance(value, (bool, int)) or (isinstance(value, str) and len(value) <= 60 and "\n" not in value)


def _matching(one: _Drafted, siblings: list[Any]) -> int:
    """How many of its kind the conditions fit; references fit what is equal in all that they were taken of."""
    count = 0
    for other in siblings:
        tags = tags_of({key: each for key, each in other.items() if key.lower().startswith("tag")})
        count += all(
            tags.get("Name") == wanted
            if name == "tag:Name"
            else fnmatchcase(str(other.get(name)), wanted["like"])
            if isinstance(wanted, dict)
            else other.get(name) == (one.value.get(name) if str(wanted).startswith("$") else wanted)
            for name, wanted in one.where.items()
        )
    return count


def _remember(one: _Drafted, known: dict[str, tuple[str, str]]) -> None:
    for name, each in one.value.items():
        if name in one.given or not isinstance(each, str) or not each:
            continue
        is_own = each == identity(one.value) or name.endswith(("Arn", "ARN", "arn")) or each == name_of(one.value)
        if is_own and len(each) > 3:
            known.setdefault(each, (one.name, name))


def _free_name(starter: Starter, value: Mapping[str, Any], siblings: list[Any], drafted: list[_Drafted]) -> str:
    taken = {one.name for one in drafted}
    slug = re.sub(r"\W+", "_", name_of(value).lower()).strip("_")
    wanted = starter.name if len(siblings) == 1 else slug if slug and not slug[0].isdigit() else starter.name
    name, number = wanted, 2
    while name in taken or name == "account":
        name, number = f"{wanted}_{number}", number + 1
    return name


def _written(drafted: list[_Drafted], lab: str) -> Iterator[str]:
    yield "format: 1"
    yield f"lab: {json.dumps(lab)}"
    yield "things:"
    for one in drafted:
        given = f", with: {_flow(one.given)}" if one.given else ""
        where = f", where: {_flow(one.where)}" if one.where else ""
        yield f"  {one.name}: {{noun: {one.starter.name.replace('_', ' ')}, {one.source}{given}{where}}}"
    yield "items:"
    for number, one in enumerate(drafted, 1):
        yield f'  - id: "{number}"'
        yield f"    title: {json.dumps(_title(one))}"
        yield '    points: "1"'
        yield f"    of: {one.name}"
        if one.expect:
            yield "    expect:"
            for name, value in one.expect.items():
                yield f"      {json.dumps(name) if ':' in name else name}: {_flow(value)}"


def _title(one: _Drafted) -> str:
    noun, name = one.starter.name.replace("_", " "), name_of(one.value)
    return f"{noun} {name}" if name else noun


def _flow(value: Any) -> str:
    if isinstance(value, dict):
        inside = ", ".join(
            f"{json.dumps(name) if ':' in name else name}: {_flow(each)}" for name, each in value.items()
        )
        return f"{{{inside}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_flow, value))}]"
    if isinstance(value, str) and re.fullmatch(r"\$[\w.]+", value):
        return value
    return json.dumps(value, ensure_ascii=False)
