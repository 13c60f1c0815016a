"""CloudTrail's event history: the calls that were really made while the lab was deployed."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Lock
from typing import Any

from moto.iam.models import iam_backends

from .gateway import Call

# What the event history of an account does not hold: data events, and the reading of the history itself.
DATA_EVENTS = {
    "s3": {
        "GetObject",
        "PutObject",
        "HeadObject",
        "DeleteObject",
        "ListObjects",
        "ListObjectsV2",
        "ListObjectVersions",
    },
    "logs": {"PutLogEvents", "FilterLogEvents", "GetLogEvents"},
    "cloudwatch": {"PutMetricData", "GetMetricData", "GetMetricStatistics", "ListMetrics"},
    "cloudtrail": {"LookupEvents"},
}
READS = ("Get", "List", "Describe", "Head", "Batch", "Lookup")
SOURCES = {"elbv2": "elasticloadbalancing", "cloudwatch": "monitoring"}
PAGE = 50
GLOBAL_SERVICES = ("iam", "sts", "budgets", "organizations", "account")


@dataclass(frozen=True, slots=True)
class Event:
    region: str
    name: str
    source: str
    time: datetime
    user: str
    access_key_id: str
    read_only: bool
    event_id: str
    details: str
    """the CloudTrailEvent, JSON as AWS writes it"""


class Trail:
    """The history of one account.

    AWS delivers an event about five minutes after its call, so what is asked once the account is handed
    over is not in
    it: `close` ends the recording.
    """

    def __init__(self, account: str) -> None:
        self._account = account
        self._events: list[Event] = []
        self._open = True
        self._lock = Lock()

    def close(self) -> None:
        self._open = False

    def record(self, call: Call, status: int) -> None:
        if not self._open or status >= 400 or call.operation in DATA_EVENTS.get(call.service, ()):
            return
        event = self._event(call)
        with self._lock:
            self._events.append(event)

    def _event(self, call: Call) -> Event:
        read_only = call.operation.startswith(READS)
        region = "us-east-1" if call.service in GLOBAL_SERVICES else call.region
        now = datetime.now(UTC).replace(microsecond=0)
        identity = self._identity(call.access_key_id)
        event_id = str(uuid.uuid4())
        source = f"{SOURCES.get(call.service, call.service)}.amazonaws.com"
        details = {
            "eventVersion": "1.11",
            "userIdentity": identity,
            "eventTime": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "eventSource": source,
            "eventName": call.operation,
            "awsRegion": region,
            "sourceIPAddress": "203.0.113.12",
            "userAgent": call.user_agent,
            "requestParameters": None if read_only else _lower_camel(call.parameters()),
            "responseElements": None,
            "eventID": event_id,
            "readOnly": read_only,
            "eventType": "AwsApiCall",
            "managementEvent": True,
            "recipientAccountId": self._account,
            "eventCategory": "Management",
        }
        return Event(
            region=region,
            name=call.operation,
            source=source,
            time=now,
            user=identity.get("userName", "root"),
            access_key_id=call.access_key_id,
            read_only=read_only,
            event_id=event_id,
            details=json.dumps(details, default=str),
        )

    def _identity(self, access_key_id: str) -> dict[str, str]:
        user = iam_backends[self._account]["aws"].get_user_from_access_key_id(access_key_id)
        if user is None:
            return {
                "type": "Root",
                "principalId": self._account,
                "arn": f"arn:aws:iam::{self._account}:root",
                "accountId": self._account,
            }
        return {
            "type": "IAMUser",
            "principalId": user.id,
            "arn": user.arn,
            "accountId": self._account,
            "accessKeyId": access_key_id,
            "userName": user.name,
        }

    def lookup(self, call: Call) -> dict[str, Any]:
        """LookupEvents: newest first, at most 50 a page, by one attribute."""
        asked = call.parameters()
        with self._lock:
            found = [event for event in reversed(self._events) if event.region == call.region]
        for attribute in asked.get("LookupAttributes") or ():
            found = [event for event in found if _has(event, attribute["AttributeKey"], attribute["AttributeValue"])]
        start = int(asked.get("NextToken") or 0)
        size = min(int(asked.get("MaxResults") or PAGE), PAGE)
        page = found[start : start + size]
        more = {"NextToken": str(start + size)} if len(found) > start + size else {}
        return {"Events": [_listed(event) for event in page], **more}


def _has(event: Event, key: str, value: str) -> bool:
    values = {
        "EventName": event.name,
        "EventSource": event.source,
        "Username": event.user,
        "EventId": event.event_id,
        "AccessKeyId": event.access_key_id,
        "ReadOnly": str(event.read_only).lower(),
    }
    return values.get(key) == value


def _listed(event: Event) -> dict[str, Any]:
    return {
        "EventId": event.event_id,
        "EventName": event.name,
        "ReadOnly": str(event.read_only).lower(),
        "AccessKeyId": event.access_key_id,
        "EventTime": event.time,
        "EventSource": event.source,
        "Username": event.user,
        "Resources": [],
        "CloudTrailEvent": event.details,
    }


def _lower_camel(value: Any) -> Any:
    """CloudTrail writes `vpcId` where the API says `VpcId`; secrets it leaves out."""
    if isinstance(value, dict):
        return {
            key[:1].lower() + key[1:]: _lower_camel(item)
            for key, item in value.items()
            if key not in ("Password", "AuthenticationCode1", "AuthenticationCode2")
        }
    if isinstance(value, list):
        return [_lower_camel(item) for item in value]
    return value
