"""One account, from its first question to its evidence document."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from heapq import heappop, heappush
from importlib import import_module
from itertools import count
from queue import Empty, SimpleQueue
from time import monotonic
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ConnectionError as NoConnection
from botocore.exceptions import HTTPClientError, NoCredentialsError, UnknownEndpointError

from grader import __version__
from grader.calls.spec import Call
from grader.calls.written import HTTP
from grader.collect.access import REGION, Access
from grader.collect.answers import NO_ANSWER, Answer, refused
from grader.collect.clients import Caller, Clients
from grader.collect.probing.routes import ProbeResult, Route
from grader.collect.request import UNREADABLE, Asked, ask
from grader.collect.schedule import Schedule
from grader.collect.session import AccountSession
from grader.errors import CannotGrade, GraderError, NotAnAnswer, SessionEnded
from grader.evidence import FORMAT, GLOBAL, Question, RefusalKind, refusal_kind
from grader.evidence.regions import LEARNER_LAB_REGIONS

if TYPE_CHECKING:
    from grader.collect.threads import Workers

SILENCE_SECONDS = 45.0
"""After so long without any answer, the questions still out are taken to have none."""

_BALANCERS = "elbv2.DescribeLoadBalancers"
_WHOSE = "sts.GetCallerIdentity"
_REGIONS = "ec2.DescribeRegions"
_ALSO_REGIONS = "account.ListRegions"
_BEFORE_PROBING = {_WHOSE, _REGIONS, _BALANCERS, "elbv2.DescribeListeners", "elbv2.DescribeTargetGroups"}
_WRONG_KEYS = {
    "ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired", "InvalidClientTokenId",
    "SignatureDoesNotMatch", "UnrecognizedClientException", "AuthFailure", "InvalidAccessKeyId",
    "IncompleteSignature", "MissingAuthenticationToken", "InvalidSignatureException", "AccessDenied",
    "AccessDeniedException",
}  # fmt: skip
_REFUSED_AS_A_REGION = {
    RefusalKind.SERVICE_CONTROL_POLICY, RefusalKind.LAB_SANDBOX, RefusalKind.REGION_OFF,
    RefusalKind.IDENTITY_POLICY, RefusalKind.PERMISSION_BOUNDARY, RefusalKind.SESSION_POLICY,
}  # fmt: skip


@dataclass(slots=True)
class Run:
    """Collects one account. ``document`` is called once, and may be called in any thread."""

    access: Access
    account_session: AccountSession
    rows: tuple[Call, ...]
    clients: Clients
    caller: Caller
    workers: Workers
    routes: tuple[Route, ...]
    progress: Callable[[int, int], None] | None
    known_regions: Callable[[], tuple[str, ...]]
    """The regions of the partition as the AWS SDK knows them."""
    _answers: dict[Question, Answer] = field(default_factory=dict)
    _out: dict[Question, Asked] = field(default_factory=dict)
    """What is not answered yet, asked or not."""
    _ready: list[tuple[int, int, Asked]] = field(default_factory=list)
    """What is not asked yet: a heap, by how much waits for it, and then by age."""
    _put_so_far: Iterator[int] = field(default_factory=count)
    _back: SimpleQueue[tuple[Asked, Answer | GraderError] | ProbeResult] = field(default_factory=SimpleQueue)
    _schedule: Schedule = field(init=False)
    _now: datetime = field(default_factory=lambda: datetime.now(UTC).replace(microsecond=0))
    _notes: dict[str, Any] = field(default_factory=dict)
    _over: bool = False
    _probe_asked: bool = False
    _probing: bool = False
    _probe: ProbeResult | None = None

    def document(self) -> dict[str, Any]:
        """The evidence document; raises as ``Collector.collect`` says."""
        began = monotonic()
        rows = tuple(row for row in self.rows if row.operation != _REGIONS or not self.access.regions)
        self._schedule = Schedule(rows, self.account_session.home_region, self.account_session.partition, self._put)
        if any(row.service == "ec2" for row in rows):
            # Its model is by far the largest: what is parsed after it fits into the memory that it leaves (8 MiB less).
            self.clients.get("ec2")
        try:
            if self.access.regions:
                # Which are enabled is not asked then, so any that there is may be named by a task definition.
                self._schedule.enable(lambda: frozenset(self.known_regions()))
            self._schedule.start(self.access.regions or (self.account_session.home_region,))
            self._take_all()
        finally:
            self._over = True
        return {"meta": self._meta(monotonic() - began), "calls": self._calls()}

    def _put(self, asked: Asked) -> None:
        self._out[asked.question] = asked
        heappush(self._ready, (-self._schedule.depth(asked.call.operation), next(self._put_so_far), asked))

    def _ask(self, asked: Asked) -> None:
        if asked.call.service == HTTP:
            self._ask_application(asked)
            return
        if asked.call.is_added and asked.question.region != GLOBAL and not _is_offered(asked):
            self._back.put((asked, refused("EndpointNotFound", "The service is not available in this region.")))
            return
        # Here, in the account's thread: while this client is made, the questions to the last one are out already.
        self.clients.get(asked.call.service)

        def work() -> None:
            # Should asking fail with an error that nobody foresaw, the account's thread must not wait for ever.
            outcome: Answer | GraderError = GraderError(f"Asking {asked.call.operation} failed unexpectedly.")
            if self._over:
                return  # the account turned out not to be one that can be graded
            try:
                outcome = ask(asked, self.clients, self.caller, self._now)
            except GraderError as error:
                outcome = error
            finally:
                self._back.put((asked, outcome))

        self.workers.submit(work)

    def _ask_application(self, asked: Asked) -> None:
        """Send a request that a rubric describes; none where that is not wanted (--no-probe)."""
        if not self.access.probe:
            self._back.put((asked, refused(NO_ANSWER, "No request was sent (--no-probe).")))
            return

        def work() -> None:
            outcome = refused(NO_ANSWER, "Asking failed unexpectedly.")
            try:
                from grader.collect.probing.requests import ask_application

                outcome = ask_application(asked.parameters, asked.call.operation.partition(".")[2], self.routes)
            finally:
                self._back.put((asked, outcome))

        self.workers.submit(work)

    def _take_all(self) -> None:
        while self._out or self._probing:
            # An answer that is there may lead to a question that more waits for than for those that are ready.
            if self._ready and self._back.empty():
                self._ask(heappop(self._ready)[-1])
                continue
            self._take_one()
            if self.progress is not None:
                self.progress(len(self._answers), len(self._answers) + len(self._out))
            self._probe_when_known()

    def _take_one(self) -> None:
        try:
            came = self._back.get(timeout=1.0)
        except Empty:
            if monotonic() - self.caller.heard > SILENCE_SECONDS:
                self._give_up()
            return
        if not isinstance(came, tuple):
            self._probe, self._probing = came, False
            if came.note:
                self._notes["http_probe_note"] = came.note
            return
        asked, answer = came
        if isinstance(answer, GraderError):
            raise answer
        if self._out.pop(asked.question, None) is None:
            return  # too late: given up already
        self._answers[asked.question] = answer
        if "voc-cancel-cred" in answer.message:
            raise SessionEnded(
                "The Learner Lab session of these credentials has ended.",
                remedy="Start the lab again, copy the new credentials from AWS Details, and run the command again.",
            )
        if asked.call.operation == _WHOSE:
            self._check_caller(answer)
        if asked.call.operation in (_WHOSE, _REGIONS, _ALSO_REGIONS) and not self.access.regions:
            self._search_what_is_enabled()
        if asked.call.operation == _BALANCERS and self.access.probe and (answer.response or {}).get("LoadBalancers"):
            # What probes is loaded while the listeners are asked for.
            self.workers.submit(_load_what_probes)
        self._schedule.derive(asked, answer)

    def _give_up(self) -> None:
        for question, asked in list(self._out.items()):
            del self._out[question]
            late = refused(NO_ANSWER, f"No answer within {SILENCE_SECONDS:.0f} s.")
            self._answers[question] = late
            if asked.call.operation == _WHOSE:
                self._check_caller(late)
        self._probing = False
        if not self._schedule.regions or self._schedule.regions == [self.account_session.home_region]:
            self._search_what_is_enabled()

    # -- whose account, which regions ----------------------------------------------------------------------------------

    def _check_caller(self, answer: Answer) -> None:
        """Raise where the first question shows that there is no account to read."""
        account = (answer.response or {}).get("Account")
        if isinstance(account, str) and re.fullmatch(r"\d{12}", account):
            return
        where = self.access.endpoint_url or f"AWS in {self.account_session.home_region}"
        if isinstance(answer.cause, UNREADABLE) or answer.response is not None or _is_status(answer.code):
            raise NotAnAnswer(
                f"{where} did not return an AWS response.",
                remedy="Check the endpoint, and check for a proxy or a network login page in between.",
            )
        if answer.code in _WRONG_KEYS:
            raise CannotGrade(
                f"AWS does not accept these credentials ({answer.code}): {answer.message or 'no reason given.'}",
                remedy="Get new credentials (in the Learner Lab: AWS Details), and check this machine's clock.",
            )
        if isinstance(answer.cause, (NoConnection, HTTPClientError, UnknownEndpointError)) or not answer.cause:
            raise CannotGrade(
                f"{where} cannot be reached: {answer.message}",
                remedy="Check the network, the proxy (HTTPS_PROXY), and the name of the region or endpoint.",
            )
        if isinstance(answer.cause, NoCredentialsError):
            raise CannotGrade("No AWS credentials were found.", remedy="Provide them as for the AWS CLI.")
        raise CannotGrade(
            f"AWS did not identify the account ({answer.code}): {answer.message}",
            remedy="Try again later.",
        )

    @property
    def _caller_arn(self) -> str:
        response = self._answer(_WHOSE).response
        arn = response.get("Arn", "") if response else ""
        return arn if isinstance(arn, str) else ""

    @property
    def _academy(self) -> bool:
        return ":assumed-role/voclabs/" in self._caller_arn

    def _answer(self, operation: str) -> Answer:
        return self._answers.get(Question(operation, "global"), Answer({}))

    def _search_what_is_enabled(self) -> None:
        """Search the enabled regions, once it is known which they are and who asks."""
        listed = self._answer(_REGIONS)
        if not listed.entry or not self._answer(_WHOSE).entry:
            return
        found = _names((listed.response or {}).get("Regions"), "RegionName")
        if not found:
            other = self._answer(_ALSO_REGIONS)
            if Question(_ALSO_REGIONS, "global") in self._out:
                return
            found = [
                region
                for region in _names((other.response or {}).get("Regions"), "RegionName")
                if region not in _names(_disabled(other.response), "RegionName")
            ]
            if not found:
                # Every region that there is: those that are off refuse everything, and are left out afterwards.
                found = [*self.known_regions()]
                self._notes["regions_from"] = "sdk"
            source = "the AWS SDK" if "regions_from" in self._notes else "the account service"
            self._notes["regions_note"] = (
                f"AWS did not list the regions (ec2:DescribeRegions: {listed.code}). All {len(found)} regions known to"
                f" {source} were searched."
            )
        if self._academy:
            found = [region for region in found if region in LEARNER_LAB_REGIONS]
            self._notes.pop("regions_note", None)
        enabled = frozenset(region for region in found if REGION.fullmatch(region))
        for region in found:
            if region in enabled:
                self._schedule.search_region(region)
        self._schedule.enable(lambda: enabled)

    # -- the application -----------------------------------------------------------------------------------------------

    def _probe_when_known(self) -> None:
        """Probe the application as soon as the load balancers and their listeners are known, beside the rest."""
        if self._probe_asked or not self.access.probe or not self._schedule.regions:
            return
        if any(asked.call.operation in _BEFORE_PROBING for asked in self._out.values()):
            return
        self._probe_asked = True
        from grader.collect.probing.load_balancers import balancers
        from grader.collect.probing.probe import PROBERS, probe
        from grader.collect.threads import Workers

        found = balancers(self._answers, self.routes)
        if not found:
            if any(question.operation == _BALANCERS for question in self._answers):
                self._notes["http_probe_note"] = "No active internet-facing load balancer was found."
            return
        self._probing = True

        def work() -> None:
            outcome = ProbeResult(None, "Probing failed unexpectedly.")
            # Threads of its own: an application that keeps them busy must not keep other accounts waiting.
            workers = Workers(PROBERS)
            try:
                outcome = probe(found, self.routes, workers)
            finally:
                workers.close()
                self._back.put(outcome)

        self.workers.submit(work)

    # -- the document --------------------------------------------------------------------------------------------------

    def _calls(self) -> dict[str, Any]:
        calls: dict[str, Any] = {}
        order = {call.operation: number for number, call in enumerate(self.rows)}
        for question in sorted(self._answers, key=lambda each: (order[each.operation], each.region, each.key)):
            keys = calls.setdefault(question.operation, {}).setdefault(question.region, {})
            keys[question.key] = self._answers[question].entry
        return calls

    def _meta(self, seconds: float) -> dict[str, Any]:
        refused_regions = self._regions_refused()
        meta: dict[str, Any] = {
            "format": FORMAT,
            "account": (self._answer(_WHOSE).response or {}).get("Account", "unknown"),
            "home_region": self.account_session.home_region,
            "regions": sorted(region for region in self._schedule.regions if region not in refused_regions),
            "now": self._now.isoformat(),
            "environment": "academy" if self._academy else "own-account",
            "http_probe": self._probe.answer if self._probe else None,
            "caller": re.sub(r"=[^=/]*@.*$", "=(redacted)", self._caller_arn),
            "grader": __version__,
            "duration_s": round(seconds, 3),
            "requests": self.caller.requests,
            "requests_by_kind": dict(sorted(self.caller.kinds.items())),
            "requests_to_application": self._probe.sent if self._probe else 0,
            **self._notes,
        }
        if self.access.regions:
            meta["regions_named"] = sorted(self.access.regions)
        if refused_regions:
            meta["regions_refused"] = sorted(refused_regions)
        if self._schedule.left_out:
            meta["not_asked"] = self._schedule.left_out
        return meta

    def _regions_refused(self) -> set[str]:
        """Regions in which every question was refused as it is where a region may not be used: not searched."""
        by_region: dict[str, list[Answer]] = {region: [] for region in self._schedule.regions}
        for question, answer in self._answers.items():
            if question.region in by_region:
                by_region[question.region].append(answer)
        refused_regions = {
            region for region, answers in by_region.items() if answers and all(map(_is_region_refusal, answers))
        }
        # Where nothing at all was answered, it is the caller who may not read, not a region that may not be used.
        return refused_regions if len(refused_regions) < len(by_region) else set()


def _load_what_probes() -> None:
    import_module("grader.collect.probing.load_balancers")


def _is_region_refusal(answer: Answer) -> bool:
    return answer.response is None and refusal_kind(answer.code, answer.message) in _REFUSED_AS_A_REGION


def _is_status(code: str) -> bool:
    """Whether an error code is none of AWS's, but the status of a page that could not be read."""
    return code.isdecimal() or code == "" or code.startswith("Unknown")


def _names(objects: Any, name: str) -> list[str]:
    if not isinstance(objects, list):
        return []
    return [each[name] for each in objects if isinstance(each, Mapping) and isinstance(each.get(name), str)]


def _disabled(response: Mapping[str, Any] | None) -> list[Any]:
    regions = (response or {}).get("Regions") or []
    return [each for each in regions if not str(each.get("RegionOptStatus", "")).startswith("ENABLED")]


def _is_offered(asked: Asked) -> bool:
    from grader.calls.shapes import is_offered

    return is_offered(asked.call.service, asked.question.region)
