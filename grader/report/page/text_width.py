"""How much text fits: SVG has no line breaks and nothing that cuts, so both are done here, by the widths of letters."""

from __future__ import annotations

from unicodedata import combining, east_asian_width


def fitting(words: str, room: float, size: float, *, bold: bool = False) -> str:
    """``words`` cut to what fits in ``room`` at a font ``size``, by the widths of letters of a wide system font."""
    unit = size * (1.1 if bold else 1.0)
    if len(words) * unit * 0.85 <= room and words.isascii():
        return words
    used = 0.0
    cut = 0
    for number, character in enumerate(words):
        used += unit * _em(character)
        if used <= room - unit:
            cut = number + 1
        elif used > room:
            return words[:cut].rstrip() + "…"
    return words


def wrapped(words: str, room: float, size: float, most: int) -> tuple[str, ...]:
    """``words`` in at most ``most`` lines that fit (of bold letters), the last one cut."""
    lines: list[str] = []
    line = ""
    for word in words[:400].split():
        longer = f"{line} {word}" if line else word
        if line and fitting(longer, room, size, bold=True) != longer:
            lines.append(fitting(line, room, size, bold=True))
            line = word
            if len(lines) == most:
                lines[-1] = fitting(f"{lines[-1].removesuffix('…')} …", room, size, bold=True)
                return tuple(lines)
        else:
            line = longer
    return (*lines, fitting(line, room, size, bold=True)) if line else tuple(lines)


def _em(character: str) -> float:
    if character.isascii():
        return (
            0.38
            if character in "iljtf.,:;'|!()[] "
            else 0.84
            if character in "mwMW@%"
            else 0.7
            if character.isupper()
            else 0.61
        )
    if combining(character):
        return 0.0
    return 1.0 if east_asian_width(character) in "WF" else 0.72
