"""Text that comes from an account, made harmless for the format that it is written into.

Names, tags, log lines and error messages are chosen by whoever owns the account. They can hold control
characters, lone surrogates, marks that reverse the reading direction, markup, and a megabyte of anything.
"""

from __future__ import annotations

import re
import unicodedata

LIMIT = 2000
"""Characters of one piece of foreign text; a message of ours needs a tenth of it."""

_LINE_ENDS = re.compile("\r\n|[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]")
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()<>#+!|~&$@:])")


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
