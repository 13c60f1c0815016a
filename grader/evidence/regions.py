"""Which regions of an account count: those that were searched, and those that this caller may not read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from grader.errors import Missing, Unverified
from grader.evidence.document import Evidence
from grader.evidence.refusals import RefusalKind, refusal_kind

LEARNER_LAB_REGIONS = ("us-east-1", "us-west-2")
"""The regions that AWS Academy's Learner Lab allows. Source: its student guide."""

_NOBODY = {RefusalKind.REGION_OFF, RefusalKind.SERVICE_CONTROL_POLICY, RefusalKind.LAB_SANDBOX}
"""Refusals that keep everybody in the account out of a region, so that nothing of the lab can be in it."""


@dataclass(frozen=True, slots=True)
class Regions:
    """The regions of one account.

    ``closed`` ones refused everything, but to this caller only, so the lab may be in them; ``dropped`` ones are closed
    to everybody. ``refusal`` is why the list of regions may be incomplete, if it may be.
    """

    searched: tuple[str, ...]
    closed: tuple[str, ...]
    dropped: tuple[str, ...]
    refusal: Unverified | None

    @property
    def counting(self) -> tuple[str, ...]:
        """The regions in which the lab may be, in name order."""
        return tuple(sorted({*self.searched, *self.closed}))


def regions_of(evidence: Evidence) -> Regions:
    """The regions of an account, by what each of them answered."""
    named = set(evidence.regions)
    closed = set(evidence.meta.texts("regions_refused"))
    kinds: dict[str, set[RefusalKind | None]] = {region: set() for region in closed}
    for question in evidence:
        if question.region in kinds:
            kinds[question.region].add(_kind(evidence.entry(question) or {}))
    dropped = {region for region in closed if kinds[region] and kinds[region] <= _NOBODY}
    if evidence.environment == "academy":
        dropped |= {region for region in closed if region not in LEARNER_LAB_REGIONS}
    if named | closed <= dropped:
        # Where no region is left, it is this caller who may not read, not the regions that are off.
        dropped = set()
    return Regions(
        searched=tuple(sorted(named - closed)),
        closed=tuple(sorted(closed - dropped)),
        dropped=tuple(sorted(dropped)),
        refusal=_refusal(evidence),
    )


def _kind(entry: Mapping[str, Any]) -> RefusalKind | None:
    error = entry.get("error")
    if not isinstance(error, dict):
        return None
    return refusal_kind(str(error.get("Code", "")), str(error.get("Message", "")))


def _refusal(evidence: Evidence) -> Unverified | None:
    """The refusal that leaves regions unlisted: neither EC2 nor the account service told them."""
    if evidence.environment == "academy" or not evidence.asked("ec2.DescribeRegions"):
        return None
    try:
        evidence.answer("ec2.DescribeRegions")
    except Unverified as refusal:
        try:
            evidence.answer("account.ListRegions")
        except (Unverified, Missing):
            return refusal
    except Missing:
        return None
    return None
