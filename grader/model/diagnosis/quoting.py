"""What is quoted of a witness: the part that was recognised, short, and without secrets."""

from __future__ import annotations

import re

from grader.model.findings import shorten

MOST = 160
"""Characters of a quotation."""
HIDDEN = "***"

_SPACE = re.compile(r"\s+")
_IN_ADDRESS = re.compile(r"(?P<start>\b[a-z][a-z0-9+.-]*://)[^\s/@]*@", re.IGNORECASE)
_BEARER = re.compile(r"(?P<start>\b(?:bearer|basic)\s+)[^\s,;\"']+", re.IGNORECASE)
_SECRET_NAME = (
    r"[\w.-]*(?:passwor[dt]|passwd|passphrase|\bpwd|secret|token|api[-_ ]?key|access[-_ ]?key|private[-_ ]?key"
    r"|credentials?|authorization|signature|cookie|session[-_ ]?id)[\w.-]*"
)
_AFTER_COLON = re.compile(
    rf"(?P<start>{_SECRET_NAME}[\"']?\s*:\s*)(?:\"[^\"]*\"?|'[^']*'?|(?:(?:bearer|basic)\s+)?[^\s,;}}]+)", re.IGNORECASE
)
_AFTER_EQUALS = re.compile(r"(?P<start>(?<![=!<>])=\s*)(?![=\s])(?:\"[^\"]*\"?|'[^']*'?|[^\s,;&)\]}\"']+)")
_KNOWN = re.compile(
    r"\b(?:(?:AKIA|ASIA|AROA|AIDA|ABIA|ACCA|AGPA|ANPA)[A-Z0-9]{8,}|gh[pousr]_\w{8,}|github_pat_\w{8,}|xox[a-z]-[\w-]{8,}"
    r"|(?:sk|pk|rk)[-_][\w-]{12,}|glpat-[\w-]{8,}|hf_\w{8,}|eyJ[\w-]{8,}(?:\.[\w-]*)*|AIza[\w-]{20,})"
)
_MAIL = re.compile(r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+")
_WORD = re.compile(r"[A-Za-z0-9+/_-]{20,}={0,2}")
_RUN = re.compile(r"[A-Za-z0-9]{20,}")
_TURN = re.compile(r"[a-z][A-Z]|[A-Z][a-z]")


def masked(text: str) -> str:
    """A text on one line without what may be a secret: values after ``=``, secrets after a colon, credentials in
    addresses, long tokens.
    """
    text = _SPACE.sub(" ", text).strip()
    text = _IN_ADDRESS.sub(rf"\g<start>{HIDDEN}@", text)
    text = _MAIL.sub(HIDDEN, text)
    for pattern in (_AFTER_COLON, _BEARER, _AFTER_EQUALS):
        text = pattern.sub(rf"\g<start>{HIDDEN}", text)
    text = _KNOWN.sub(HIDDEN, text)
    return _WORD.sub(lambda found: HIDDEN if _is_a_token(found[0]) else found[0], text)


def quoted(text: str) -> str:
    """A recognised part as it is shown: masked, at most ``MOST`` characters."""
    return shorten(masked(text), MOST)


def _is_a_token(word: str) -> bool:
    """Whether a long word looks drawn at random, as no name of AWS's does."""
    lower, upper = any(map(str.islower, word)), any(map(str.isupper, word))
    digit = any(map(str.isdigit, word))
    if any(character in word for character in "+=") or (lower and upper and digit):
        return True
    run = _RUN.search(word)
    if run is not None and any(map(str.isdigit, run[0])) and not run[0].isdigit():
        return True
    return len(_TURN.findall(word)) >= len(word) / 3
