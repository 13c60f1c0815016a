"""JMESPath with a few functions of our own, compiled once."""

from __future__ import annotations

from functools import cache
from typing import Any

import jmespath
from jmespath.functions import Functions, signature


class _Functions(Functions):
    @signature({"types": ["string", "null"]}, {"types": ["string"]})
    def _func_after(self, text: str | None, mark: str) -> str | None:
        """What follows the last ``mark``: the name in an ARN."""
        return text.rpartition(mark)[2] if text is not None else None

    @signature({"types": ["number", "null"]})
    def _func_as_float(self, number: float | None) -> float | None:
        """80 as 80.0: AWS writes a threshold so, and the key of the question is its text."""
        return float(number) if number is not None else None

    @signature({"types": []})
    def _func_greater_than_first(self, alerts: object) -> list[Any]:
        """The alerts of a budget, those that ask "greater than" before the others."""
        return sorted(_objects(alerts), key=lambda one: bool(one.get("ComparisonOperator") != "GREATER_THAN"))

    @signature({"types": []})
    def _func_repeated_alerts(self, alerts: object) -> list[Any]:
        """Of the alerts of a budget those whose type and threshold an earlier one has as well."""
        kinds = [(one.get("NotificationType"), one.get("Threshold")) for one in _objects(alerts)]
        return [one for number, one in enumerate(_objects(alerts)) if kinds[number] in kinds[:number]]

    @signature({"types": []})
    def _func_newest_revisions(self, arns: object) -> list[str]:
        """Of each family (``…/family:revision``) the highest revision."""
        newest: dict[str, tuple[int, str]] = {}
        for arn in arns if isinstance(arns, list) else ():
            family, _, revision = str(arn).rpartition(":")
            number = int(revision) if revision.isdecimal() else 0
            if number >= newest.get(family, (0, ""))[0]:
                newest[family] = (number, arn)
        return [arn for _, arn in newest.values()]


def _objects(value: object) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


_OPTIONS = jmespath.Options(custom_functions=_Functions())


@cache
def _compiled(expression: str) -> Any:
    return jmespath.compile(expression)


def search(expression: str, value: object) -> Any:
    """What ``expression`` gives over ``value``; None where the answer is not shaped as AWS shapes it."""
    try:
        return _compiled(expression).search(value, options=_OPTIONS)
    except jmespath.exceptions.JMESPathError:
        return None
