"""Text from an account on its way into a page: nothing in it is trusted, and some of it is private.

``shown`` is the one door: the template engine passes every value through it before it is escaped, so that no
template can forget to. What it takes out are things that break a page although they are not markup (lone
surrogates, control characters, marks that turn the reading direction), and what grading-truth calls private
(e-mail addresses, access-key ids).
"""

from __future__ import annotations

import re

MOST_CHARACTERS = 4000

# C0 and C1 controls but tab and newline; surrogates; noncharacters; marks and isolates that turn the direction;
# separators that break lines; the byte order mark.
_STRANGE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufdd0-\ufdef\ufeff\ufffe\uffff\ud800-\udfff]"
)
_PILED_MARKS = re.compile(
    "([\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u20d0-\u20ff]{2})[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u20d0-\u20ff]+"
)
_EMAIL = re.compile(r"[\w.+'-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
# The prefixes of IAM's "unique identifiers" that are access keys: long-term and temporary.
_ACCESS_KEY = re.compile(r"\b(AKIA|ASIA)[A-Z0-9]{12,28}\b")


def shown(value: object) -> object:
    """``value`` as a page may show it; only plain text changes (finished markup is of another type)."""
    if type(value) is not str:
        return value
    if len(value) > MOST_CHARACTERS:
        value = value[: MOST_CHARACTERS - 1] + "…"
    if not (value.isascii() and value.isprintable()):
        value = _PILED_MARKS.sub(r"\1", _STRANGE.sub(_named, value))
    if "@" in value:
        value = _EMAIL.sub("[e-mail]", value)
    if "AKIA" in value or "ASIA" in value:
        value = _ACCESS_KEY.sub(r"\1…", value)
    return value


def _named(match: re.Match[str]) -> str:
    """A character that must not act is spelled: a reader sees that it was there."""
    return match[0].encode("unicode_escape").decode("ascii")
