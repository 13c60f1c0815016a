"""What things are called: by the rubric's label, else by the name and id that AWS gives them."""

from __future__ import annotations

from typing import Any

from grader.foreign_text import shorten
from grader.things.documents import tags_of
from grader.things.paths import BadPath, path
from grader.things.texts import labelled
from grader.things.things import Thing
from grader.things.words import in_words, value_in_words

_OF_OTHERS = frozenset(
    {
        "AccountId", "AvailabilityZoneId", "CanonicalUserId", "DbiResourceId", "DhcpOptionsId", "HostedZoneId",
        "ImageId", "KmsKeyId", "OwnerId", "RequesterId", "registryId", "ReservationId", "RevisionId", "TableId",
    }
)  # fmt: skip
"""Ids that are never that of the thing they are in, or that nobody calls it by."""
_PLACES = ("SubnetId", "VpcId")
"""Ids of where a thing is, unless it has no other."""
ID_ENDS = ("Arn", "ARN", "arn", "Id", "ID", "id", "Url", "Identifier", "Name", "name")


def identity(value: Any) -> str:
    """The id, ARN or name of a thing, whatever AWS calls it."""
    if isinstance(value, str):
        return value
    if not isinstance(value, dict):
        return ""
    texts = {name: each for name, each in value.items() if isinstance(each, str) and each}
    ids = [name for name in texts if name.endswith(("Id", "DBInstanceIdentifier")) and name not in _OF_OTHERS]
    own = [name for name in ids if name not in _PLACES] or [name for name in _PLACES if name in ids]
    if own:
        return texts[own[0]]
    return next((texts[name] for end in ID_ENDS for name in texts if name.endswith(end)), "")


def name_of(value: Any) -> str:
    """The name of a thing: its tag, else the member that is one."""
    if isinstance(value, str):
        return value.rpartition("/")[2] or value
    if not isinstance(value, dict):
        return ""
    tag = tags_of({key: each for key, each in value.items() if key.lower().startswith("tag")}).get("Name")
    if isinstance(tag, str) and tag:
        return tag
    names = (name for name in value if name.endswith(("Name", "name", "Identifier")) and isinstance(value[name], str))
    return next((value[name] for name in names if value[name]), "")


def label_of(thing: Thing, value: Any) -> str:
    """What a thing is called in messages: by the rubric's label, else by its noun, name and id."""
    if thing.label:

        def value_in(text: str) -> str:
            try:
                found = path(text).value_in(value)
            except BadPath:
                return ""
            return "" if found is None else value_in_words(found)

        return shorten(labelled(thing.label, value_in)) or thing.noun
    name, own = shorten(name_of(value)), shorten(identity(value))
    if name and own and name != own and not own.startswith("arn:"):
        return f"{thing.noun} {name} ({own})"
    return f"{thing.noun} {name or own}".strip()


def noun_of(name: str, each: str) -> str:
    """The noun of a thing that the rubric gives none: from the list that it is in, else from its name."""
    found = [part for part in path(each or "@").text.replace("[", ".").split(".") if part.isidentifier()]
    last = found[-1] if found else ""
    if last.endswith("s") and len(last) > 2:
        single = last[:-3] + "y" if last.endswith("ies") else last[:-2] if last.endswith("sses") else last[:-1]
        return in_words(single)
    return in_words(last) if last else name.replace("_", " ")
