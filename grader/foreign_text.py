"""Text that comes from an account, made harmless for the format that it is written into.

Names, tags, log lines and error messages are chosen by whoever owns the account. They can hold control
characters, lone surrogates, marks that reverse the reading direction, markup, and a megabyte of anything.

``shorten`` is for names in our own sentences, ``printable`` and ``one_line`` for a terminal, ``plain`` for files that
other programs read, ``markdown``, ``command_value`` and ``command_property`` for formats with marks of their own,
``shown`` for pages. It is the only module that does this, and imports nothing of ours.
"""

from __future__ import annotations

import re
import unicodedata

LIMIT = 2000
"""Characters of one piece of foreign text; a message of ours needs a tenth of it."""

PAGE_LIMIT = 4000
"""Characters of one piece of text on a page, where it may be an answer of AWS."""

_LINE_ENDS = re.compile("\r\n|[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]")
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()<>#+!|~&$@:])")

# What breaks a page although it is no markup. C0 and C1 controls but tab and newline; surrogates; noncharacters; marks
# and isolates that turn the direction; separators that break lines; the byte order mark.
_STRANGE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufdd0-\ufdef\ufeff\ufffe\uffff\ud800-\udfff]"
)
_PILED_MARKS = re.compile(
    "([\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u20d0-\u20ff]{2})[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u20d0-\u20ff]+"
)
_EMAIL = re.compile(r"[\w.+'-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
# The prefixes of IAM's "unique identifiers" that are access keys: long-term and temporary.
_ACCESS_KEY = re.compile(r"\b(AKIA|ASIA)[A-Z0-9]{12,28}\b")


# What the log of a CI service obeys: GitHub at the start of a line, wherever our text is wrapped; its older form and
# Azure's anywhere in one.
_LOG_COMMAND = re.compile(r"(?:(?<!\S):(?=:[A-Za-z])|#(?=#(?:vso)?\[))")
_HALF_PAIR = re.compile("[\ud800-\udfff]")


def printable(text: str, limit: int = LIMIT) -> str:
    """At most ``limit`` characters, with a space for each that cannot be printed: a terminal obeys none of it.

    Nor does the log of a CI service: a space parts what would be a command there (``::error``, ``##vso[``).
    """
    cut = text[:limit]
    if not cut.isprintable():
        cut = "".join(character if character.isprintable() else " " for character in cut)
    if "::" in cut or "##" in cut:
        cut = _LOG_COMMAND.sub(r"\g<0> ", cut)
    return cut


def whole(text: str) -> str:
    """Text without halves of surrogate pairs, which no file can hold: each becomes U+FFFD."""
    return _HALF_PAIR.sub("\ufffd", text)


def shorten(text: str, most: int = 80) -> str:
    """Text on one line, without control characters, at most ``most`` characters."""
    line = printable(text, 4 * most)
    return line if len(line) <= most else line[: most - 1] + "…"


def one_line(text: str, limit: int = 5 * LIMIT) -> str:
    """A sentence of ours that quotes foreign text, on one line: what cannot be printed and line ends become a space."""
    return " ".join(printable(text, limit).split())


def quoted(text: str) -> str:
    """A name of one word (an account id), in quotation marks where it is more: it could pass for words of ours."""
    word = text.replace("-", "").replace("_", "")
    return text if word.isascii() and word.isalnum() and len(text) <= 40 else f'"{shorten(one_line(text), 24)}"'


def plain(text: str, limit: int = LIMIT) -> str:
    """One line without anything invisible.

    What controls a terminal, a parser or the direction of reading is spelled as an escape (``\\x1b``), line
    ends become spaces, and what is longer than ``limit`` characters is cut and says so.
    """
    if len(text) <= limit and text.isprintable():
        return text
    cut = text[: limit + 1]
    line = "".join(_visible(character) for character in _LINE_ENDS.sub(" ", cut.replace("\t", " ")))
    return line if len(cut) <= limit else f"{line[:limit]}… (cut, {len(text)} characters)"


def _visible(character: str) -> str:
    # Cc, Cs, Co, Cn: controls, lone surrogates, private, unassigned. Cf holds the marks of direction.
    if unicodedata.category(character)[0] != "C" or character == "\u200d":  # a joiner inside emoji
        return character
    return _escape(character)


def _escape(character: str) -> str:
    """A character that must not act is spelled: a reader sees that it was there."""
    return character.encode("unicode_escape").decode("ascii")


def markdown(text: str, limit: int = LIMIT) -> str:
    """Text that Markdown shows as it is: no markup, no link, no mention, no table cell ends with it."""
    escaped = _MARKDOWN.sub(r"\\\1", plain(text, limit)).replace("\\@", "@\u200b").replace("\\<", "&lt;")
    # An address becomes a link by itself, and so does "#12"; a list or a heading starts a line.
    return re.sub(r"(?i)\bwww\.", "www\u200b.", escaped.replace("\\:", ":").replace("://", ":\u200b//"))


def command_value(text: str, limit: int = LIMIT) -> str:
    """Text as the message of a GitHub workflow command: one line, in which no other command can begin."""
    return plain(text, limit).replace("%", "%25")


def command_property(text: str, limit: int = 200) -> str:
    """Text as a property of a GitHub workflow command, where ``:`` and ``,`` end it."""
    return command_value(text, limit).replace(":", "%3A").replace(",", "%2C")


_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What makes a spreadsheet take a cell for a formula, at its start."""


def guarded(text: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def unguarded(text: str) -> str:
    """A cell as it was before ``guarded``."""
    return text[1:] if text[:1] == "'" and text[1:].startswith(_FORMULA) else text


def shown(value: object) -> object:
    """``value`` as a page may show it, before it is escaped; only plain text changes, finished markup does not.

    The template engine passes every value through it, so that no template can forget to. E-mail addresses and
    access-key ids are private and are left out.
    """
    if type(value) is not str:
        return value
    if len(value) > PAGE_LIMIT:
        value = value[: PAGE_LIMIT - 1] + "…"
    if not (value.isascii() and value.isprintable()):
        value = _PILED_MARKS.sub(r"\1", _STRANGE.sub(lambda match: _escape(match[0]), value))
    if "@" in value:
        value = _EMAIL.sub("[e-mail]", value)
    if "AKIA" in value or "ASIA" in value:
        value = _ACCESS_KEY.sub(r"\1…", value)
    return value
