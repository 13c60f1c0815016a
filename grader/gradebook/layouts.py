"""The files that gradebooks export, told by their headers: Canvas, Moodle's worksheet and Moodle's gradebook.

Moodle writes headers in the language of whoever exports. A language that is not here is named with ``--column``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from grader.gradebook.table import Table


class System(StrEnum):
    """What exported a file."""

    CANVAS = "Canvas"
    WORKSHEET = "Moodle's grading worksheet"
    MOODLE = "Moodle's gradebook"


def _words(*words: str) -> frozenset[str]:
    return frozenset(as_header(word) for word in words)


def as_header(text: str) -> str:
    """A header as it is compared: composed, without case and outer space, with one space for several."""
    return " ".join(unicodedata.normalize("NFC", text).replace("\ufeff", "").split()).casefold()


# English, German, Spanish, French, Portuguese, Italian, Dutch, Catalan.
IDENTIFIER = _words("Identifier", "ID", "Identificador", "Identifiant", "Identificativo", "Identificatie")
GRADE = _words("Grade", "Bewertung", "Calificación", "Note", "Nota", "Avaliação", "Valutazione", "Cijfer",
               "Beoordeling", "Qualificació")  # fmt: skip
MAXIMUM = _words("Maximum grade", "Bestwertung", "Beste Bewertung", "Höchste Bewertung", "Calificación máxima",
                 "Note maximale", "Nota máxima", "Avaliação máxima", "Valutazione massima", "Punteggio massimo",
                 "Maximumcijfer", "Maximale beoordeling", "Qualificació màxima")  # fmt: skip
SCALE = _words("Scale", "Skala", "Escala", "Barème", "Scala", "Schaal")
CHANGEABLE = _words("Grade can be changed", "Bewertung kann geändert werden", "La calificación puede cambiarse",
                    "La calificación puede ser cambiada", "La note peut être modifiée", "A nota pode ser alterada",
                    "A nota pode ser alterada.", "La valutazione può essere cambiata")  # fmt: skip
MODIFIED = _words("Last modified (grade)", "Zuletzt geändert (Bewertung)", "Última modificación (calificación)",
                  "Dernière modification (note)", "Última modificação (nota)", "Última atualização (avaliação)",
                  "Ultima modifica (valutazione)", "Laatst gewijzigd (beoordeling)", "Laatst gewijzigd (cijfer)",
                  "Darrera modificació (qualificació)")  # fmt: skip
COMMENTS = _words("Feedback comments", "Feedback als Kommentar", "Feedback als Kommentare",
                  "Comentarios de retroalimentación", "Comentarios de la retroalimentación",
                  "Feedback par commentaires", "Commentaires", "Comentários de feedback", "Commenti di feedback",
                  "Feedbackcommentaar",
                  "Comentaris de retroacció")  # fmt: skip
NO = _words("No", "Nein", "Non", "Não", "Nee")
EMAIL = _words("Email address", "E-mail address", "Email", "E-Mail-Adresse", "E-Mail", "Dirección de correo",
               "Dirección Email", "Correo electrónico", "Adresse de courriel", "Courriel", "Endereço de email",
               "Indirizzo email", "E-mailadres", "Adreça electrònica")  # fmt: skip
ID_NUMBER = _words("ID number", "ID-Nummer", "Matrikelnummer", "Número de ID", "Numéro d'identification",
                   "Número de identificação", "Codice identificativo", "ID-nummer", "Número ID")  # fmt: skip
USERNAME = _words("Username", "Anmeldename", "Nombre de usuario", "Nom d'utilisateur", "Identificação de usuário",
                  "Nome de utilizador", "Gebruikersnaam")  # fmt: skip
FULL_NAME = _words("Full name", "Vollständiger Name", "Nombre completo", "Nom complet", "Nome completo",
                   "Nome Cognome", "Volledige naam")  # fmt: skip
FIRST_NAME = _words("First name", "Vorname", "Nombre", "Prénom", "Nome", "Voornaam")
LAST_NAME = _words("Last name", "Surname", "Nachname", "Apellido(s)", "Apellidos", "Nom de famille", "Nom",
                   "Sobrenome", "Apelido", "Cognome", "Achternaam")  # fmt: skip
REAL = _words("Real", "Punkte", "Wert", "Brut", "Brute", "Punteggio", "Cijfer", "Valor real")
FEEDBACK = _words("Feedback", "Rückmeldung", "Retroalimentación", "Comentarios", "Comentário", "Commentaire")

_CANVAS_ID = re.compile(r"(.*?)\s*\((\d+)\)\s*")
_SUFFIX = re.compile(r"(.*\S)\s*\(([^()]*)\)\s*")


@dataclass(frozen=True, slots=True)
class Layout:
    """Which columns of a table are what. ``keys`` tell a student, the surest first; ``names`` only where no key does.

    ``graded`` are columns that can take points, with their titles; ``maximum`` is a column of each student's maximum.
    ``first`` is the index of the first row of a student, ``possible`` that of the row with the points of each column.
    """

    system: System
    keys: tuple[int, ...]
    names: tuple[tuple[int, ...], ...]
    graded: tuple[tuple[int, str], ...]
    comments: tuple[tuple[int, str], ...] = ()
    maximum: int | None = None
    changeable: int | None = None
    possible: int | None = None
    first: int = 1
    is_scale: bool = False


def recognised(table: Table) -> Layout | None:
    """The layout of a table, None where it is none of those that gradebooks write."""
    return _canvas(table) or _worksheet(table) or _moodle(table)


def _canvas(table: Table) -> Layout | None:
    header = table.header
    width = len(header.cells)
    split = "student" not in header[0].casefold()
    if split and not (as_header(header[0]) == "lastname" and as_header(header[1]) == "firstname"):
        return None
    identity = 2 if split else 1
    section = next((at for at in range(width) if "section" in header[at].casefold()), -1)
    if header[identity] != "ID" or section < identity or width < 4:
        return None
    possible = next((at for at, row in enumerate(table.rows[1:6], 1) if row[0] == "Points Possible"), None)
    graded = tuple(
        (at, header[at])
        for at in range(section + 1, width)
        if header[at] and not _is_read_only(table, at, possible) and _CANVAS_ID.fullmatch(header[at])
    )
    return Layout(
        System.CANVAS,
        keys=tuple(range(identity, section)),
        names=((1, 0), (0, 1)) if split else ((0,),),
        graded=graded,
        possible=possible,
        first=1 if possible is None else possible + 1,
    )


def _is_read_only(table: Table, column: int, possible: int | None) -> bool:
    return possible is not None and "read only" in table.rows[possible][column].casefold()


def _columns(table: Table, words: Iterable[str]) -> list[int]:
    wanted = frozenset(words)
    return [at for at in range(len(table.header.cells)) if as_header(table.header[at]) in wanted]


def _first(table: Table, words: Iterable[str]) -> int | None:
    return next(iter(_columns(table, words)), None)


def _worksheet(table: Table) -> Layout | None:
    if as_header(table.header[0]) not in IDENTIFIER or not _columns(table, MODIFIED):
        return None
    numbers = tuple((at, table.header[at]) for at in _columns(table, GRADE))
    return Layout(
        System.WORKSHEET,
        keys=(0, *_columns(table, ID_NUMBER), *_columns(table, EMAIL), *_columns(table, USERNAME)),
        names=tuple((at,) for at in _columns(table, FULL_NAME)),
        graded=numbers,
        comments=tuple((at, table.header[at]) for at in _columns(table, COMMENTS)),
        maximum=_first(table, MAXIMUM),
        changeable=_first(table, CHANGEABLE),
        is_scale=bool(_columns(table, SCALE)) and not _columns(table, MAXIMUM),
    )


def _moodle(table: Table) -> Layout | None:
    keys = [*_columns(table, ID_NUMBER), *_columns(table, EMAIL), *_columns(table, USERNAME)]
    if not keys:
        return None
    graded, comments = [], []
    first, last = _first(table, FIRST_NAME), _first(table, LAST_NAME)
    known = {*keys, first, last, *_columns(table, FULL_NAME)}
    for at in range(len(table.header.cells)):
        title = table.header[at]
        found = _SUFFIX.fullmatch(title)
        kind = as_header(found[2]) if found else ""
        if at in known or not title:
            continue
        if kind in FEEDBACK or as_header(title).endswith(" feedback"):
            comments.append((at, title))
        elif kind in REAL or not found:
            graded.append((at, title))
    pairs = ((first, last), (last, first)) if first is not None and last is not None else ()
    return Layout(
        System.MOODLE,
        keys=tuple(keys),
        names=(*((at,) for at in _columns(table, FULL_NAME)), *pairs),
        graded=tuple(graded),
        comments=tuple(comments),
    )


def title_of(header: str) -> str:
    """The title of a column without Canvas's id, Moodle's kind and the kind of activity before it."""
    found = _CANVAS_ID.fullmatch(header) or _SUFFIX.fullmatch(header)
    return (found[1] if found else header).strip()
