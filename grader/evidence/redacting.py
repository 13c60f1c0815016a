"""Evidence that can be shown to others: whoever is behind it cannot be told from it, and it grades alike.

E-mail addresses, access key ids, account ids and public addresses become others of the same shape, the same ones
everywhere, so that what belongs together still does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address, ip_address
from typing import Any

from grader.evidence.document import Evidence

_EMAIL = re.compile(r"[\w.+'-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
_KEY = re.compile(r"(?<![A-Z0-9])(AKIA|ASIA)[A-Z0-9]{12,28}(?![A-Z0-9])")
_ACCOUNT = re.compile(r"(?:(?<=:)|(?<=\A)|(?<=/)|(?<=\"))\d{12}(?=[:\"/]|\Z|\.dkr[.-]ecr)")
_IPV4 = re.compile(r"(?<![\w./-])(?:(?<=://))?\d{1,3}(?:\.\d{1,3}){3}(?![\w.-])(?!/(?:[0-9]|1\d|2\d|30|31)(?!\d))")
_SOURCE = re.compile(r'(?P<before>"sourceIPAddress"\s*:\s*")(?P<address>[0-9A-Fa-f.:]+)(?=")')


def redacted(evidence: Evidence) -> Evidence:
    """The evidence of an account without what names a person, a key, an account or a place."""
    source = Redaction()
    document = source.document(evidence.document)
    return Evidence(document, source=source.text(evidence.source))


@dataclass(slots=True)
class Redaction:
    """Replacements that are the same for everything it is asked about."""

    _found: dict[str, dict[str, str]] = field(default_factory=dict)

    def document(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """An evidence document without what names a person, a key, an account or a place."""
        found: dict[str, Any] = self._copied(document)
        found["meta"] = {**found.get("meta", {}), "redacted": True}
        return found

    def _copied(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            return {self.text(str(name)): self._copied(inner) for name, inner in value.items()}
        if isinstance(value, list):
            return [self._copied(inner) for inner in value]
        return self.text(value) if isinstance(value, str) else value

    def text(self, text: str) -> str:
        """A text without them."""
        if "@" in text:
            text = _EMAIL.sub(lambda match: self._for("person", match[0], lambda n: f"person-{n}@example.com"), text)
        if "AKIA" in text or "ASIA" in text:
            text = _KEY.sub(
                lambda match: self._for("key", match[0], lambda n: f"{match[1]}REDACTED{n:08d}"), text
            )
        text = _ACCOUNT.sub(lambda match: self._for("account", match[0], lambda n: f"{n - 1:012d}"), text)
        text = _SOURCE.sub(lambda match: match["before"] + self._address(match["address"]), text)
        return _IPV4.sub(lambda match: self._address(match[0]), text)

    def _address(self, address: str) -> str:
        try:
            parsed = ip_address(address)
        except ValueError:
            return address
        if not parsed.is_global:
            return address
        if isinstance(parsed, IPv4Address):
            return self._for("address", address, lambda n: f"198.51.{100 + n // 254}.{n % 254 + 1}")
        return self._for("address", address, lambda n: f"2001:db8::{n:x}")

    def _for(self, kind: str, text: str, make: Callable[[int], str]) -> str:
        known = self._found.setdefault(kind, {})
        if text in known.values():
            return text
        return known.setdefault(text, make(len(known) + 1))
