"""Whether an IAM policy document allows an action: by its statements alone, without what other policies add."""

from __future__ import annotations

import json
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from grader.things.documents import decoded


@dataclass(frozen=True, slots=True)
class Demand:
    """What a document should allow; ``resource`` and ``principal`` are any where they are None."""

    action: str
    resource: Any = None
    principal: Any = None


def allows(document: Any, demand: Demand) -> bool:
    """Whether a statement allows it and none denies it; a Deny that has conditions is taken not to apply."""
    if isinstance(document, str):
        try:
            document = json.loads(decoded(document))
        except (ValueError, RecursionError):
            return False
    if not isinstance(document, dict):
        return False
    statements = [each for each in _list(document.get("Statement")) if isinstance(each, dict)]
    applying = [each for each in statements if _applies(each, demand)]
    denied = any(each.get("Effect") == "Deny" and not each.get("Condition") for each in applying)
    return not denied and any(each.get("Effect") == "Allow" for each in applying)


def _applies(statement: dict[str, Any], demand: Demand) -> bool:
    action = demand.action.lower()
    if "NotAction" in statement:
        fits = not any(_fits(action, str(each).lower()) for each in _list(statement["NotAction"]))
    else:
        fits = any(_fits(action, str(each).lower()) for each in _list(statement.get("Action")))
    return fits and _resource_fits(statement, demand.resource) and _principal_fits(statement, demand.principal)


def _resource_fits(statement: dict[str, Any], wanted: Any) -> bool:
    if wanted is None or not {"Resource", "NotResource"} & statement.keys():
        return True
    inside = [str(each) for each in _list(statement.get("Resource", statement.get("NotResource")))]
    fits = any(_fits(str(wanted), each) for each in inside)
    return fits if "Resource" in statement else not fits


def _principal_fits(statement: dict[str, Any], wanted: Any) -> bool:
    if wanted is None:
        return True
    named = statement.get("Principal")
    values = [part for each in named.values() for part in _list(each)] if isinstance(named, dict) else _list(named)
    return any(_fits(str(wanted), str(each)) for each in values)


def _fits(value: str, pattern: str) -> bool:
    return fnmatchcase(value, pattern.replace("[", "[[]"))


def _list(value: Any) -> list[Any]:
    return [] if value is None else value if isinstance(value, list) else [value]
