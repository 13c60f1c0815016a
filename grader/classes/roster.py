"""The roster: who is in the class, and how to get into each account. All mistakes are named, each by its line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from grader.classes.external_ids import external_id
from grader.classes.roster_rows import Row, read_rows
from grader.classes.students import Mistake, RosterError, Student, WayIn

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "id": ("id", "student", "studentid", "studentnumber", "matriculationnumber", "sisuserid", "username"),
    "name": ("name", "fullname", "studentname"),
    "email": ("email", "emailaddress", "mail"),
    "section": ("section", "group", "class", "team"),
    "account": ("account", "accountid", "awsaccount", "awsaccountid"),
    "handed_in": ("handedin", "handedinat", "handin", "handintime", "submitted", "submittedat", "submissiontime"),
    "profile": ("profile", "awsprofile"),
    "role_arn": ("role", "rolearn"),
    "external_id": ("externalid",),
    "credentials": ("credentials", "credentialsfile", "awsdetails"),
    "evidence": ("evidence", "evidencefile"),
}
"""What a column may be called, without regard to case, spaces and punctuation."""

_ROLE = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]{1,576}")
_PLACEHOLDER = re.compile(r"\{(\w*)\}")


@dataclass(frozen=True, slots=True)
class Pattern:
    """One way in for everybody whose row gives none: a role's ARN (and external id) with ``{account}``, ``{student}``.

    ``secret`` is the course's: the external ids of roles that have none are derived from it. ``may_lack`` lets a row
    give no way in, as where only the roster itself is checked.
    """

    role_arn: str = ""
    external_id: str = ""
    secret: bytes = field(default=b"", repr=False)
    may_lack: bool = False


@dataclass(frozen=True, slots=True)
class Roster:
    """The students of a class, in the order of the file."""

    path: Path
    students: tuple[Student, ...]


def read_roster(path: Path, pattern: Pattern | None = None) -> Roster:
    """Read a roster, CSV or YAML. Raises ``RosterError`` with all of its mistakes."""
    rows = read_rows(path)
    reader = _Reader(path, pattern or Pattern())
    students = tuple(reader.student(row) for row in rows)
    if reader.mistakes:
        raise RosterError(tuple(reader.mistakes))
    return Roster(path, students)


def missing_files(students: Iterable[Student]) -> tuple[Mistake, ...]:
    """Files that the roster names and that cannot be read. In a run each costs its own student alone."""
    found = []
    for student in students:
        for kind, file in (("credentials", student.way.credentials), ("evidence", student.way.evidence)):
            if file is not None and not file.is_file():
                found.append(Mistake(student.where, f"there is no {kind} file {str(file)!r}."))
    return tuple(found)


def students_of_folder(folder: Path) -> Roster:
    """A roster of a folder of evidence files without one: each file is a student, named for it."""
    files = sorted(file for file in folder.iterdir() if file.name.endswith((".json", ".json.gz")) and file.is_file())
    if not files:
        mistake = Mistake(str(folder), "this folder has no evidence file (.json, .json.gz).")
        raise RosterError((mistake,))
    seen: dict[str, Path] = {}
    mistakes = []
    for file in files:
        name = file.name.removesuffix(".gz").removesuffix(".json")
        if name in seen:
            words = f"{seen[name].name} belongs to the same student."
            mistakes.append(Mistake(str(file), words, "Remove one of them."))
        seen.setdefault(name, file)
    if mistakes:
        raise RosterError(tuple(mistakes))
    students = (Student(name, way=WayIn(evidence=file), where=str(file)) for name, file in seen.items())
    return Roster(folder, tuple(students))


def moment(text: str) -> datetime | None:
    """A date with a time of day, as ISO 8601 or as spreadsheets and Canvas write it; None for anything else."""
    tidy = re.sub(r"\s*(UTC|GMT|Z)$", "+00:00", text.strip())
    tidy = re.sub(r"\s+([+-]\d\d:?\d\d)$", r"\1", tidy)
    if not re.match(r"\d{4}-\d\d-\d\d[T ]\d", tidy):
        return None
    try:
        return datetime.fromisoformat(tidy)
    except ValueError:
        return None


def plain_column(name: str) -> str:
    """The name of a column without case, spaces and punctuation, as ``COLUMNS`` has it."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


class _Reader:
    def __init__(self, path: Path, pattern: Pattern) -> None:
        self.path = path
        self.pattern = pattern
        self.mistakes: list[Mistake] = []
        self.seen: dict[str, str] = {}
        self.columns: dict[frozenset[str], dict[str, str]] = {}

    def wrong(self, row: Row, problem: str, remedy: str = "") -> None:
        self.mistakes.append(Mistake(row.where, problem, remedy))

    def student(self, row: Row) -> Student:
        columns = self._columns(row)
        cells = {meaning: row.cells[name] for meaning, name in columns.items()}
        identifier = cells.get("id", "")
        if not identifier:
            self.wrong(row, "this row has no student id.", "Name the column 'student id' and fill it in.")
        elif len(identifier) > 200 or not identifier.isprintable():
            self.wrong(row, f"{identifier[:40]!r} is not a student id: it is too long, or contains control characters.")
        elif identifier in self.seen:
            self.wrong(row, f"student {identifier!r} appears twice, first in {self.seen[identifier]}.")
        self.seen.setdefault(identifier, row.where)
        account = self._account(row, cells.get("account", ""))
        return Student(
            id=identifier,
            name=cells.get("name", ""),
            email=self._email(row, cells.get("email", "")),
            section=cells.get("section", ""),
            account=account,
            handed_in=self._handed_in(row, cells.get("handed_in", "")),
            way=self._way(row, cells, identifier, account),
            extra=tuple((name, value) for name, value in row.cells.items() if name not in columns.values()),
            where=row.where,
        )

    def _columns(self, row: Row) -> dict[str, str]:
        """The names of the known columns by their meaning; rows of YAML may each have their own."""
        names = frozenset(row.cells)
        if names in self.columns:
            return self.columns[names]
        found: dict[str, str] = {}
        for name in row.cells:
            plain = plain_column(name)
            meaning = next((one for one, known in COLUMNS.items() if plain in known), "")
            if meaning in found:
                self.wrong(row, f"the columns {found[meaning]!r} and {name!r} mean the same.", "Rename one of them.")
            elif meaning:
                found[meaning] = name
        self.columns[names] = found
        return found

    def _account(self, row: Row, text: str) -> str:
        account = re.sub(r"[\s-]", "", text)
        if not account or re.fullmatch(r"[0-9]{12}", account):
            return account
        remedy = ""
        if re.fullmatch(r"\d{9,11}", account) or "E+" in text.upper():
            remedy = "A spreadsheet may have read it as a number. Format the column as text."
        self.wrong(row, f"{text[:40]!r} is not a 12-digit account id.", remedy)
        return ""

    def _email(self, row: Row, text: str) -> str:
        if text and not re.fullmatch(r"[^@\s]+@[^@\s]+", text):
            self.wrong(row, f"{text[:60]!r} is not an e-mail address.")
        return text

    def _handed_in(self, row: Row, text: str) -> datetime | None:
        found = moment(text) if text else None
        if text and found is None:
            self.wrong(row, f"{text[:40]!r} is not a date and time.", "Write it like 2026-11-20 23:59.")
        return found

    def _way(self, row: Row, cells: Mapping[str, str], student: str, account: str) -> WayIn:
        columns = ("profile", "role_arn", "external_id", "credentials", "evidence")
        given = {name: cells.get(name, "") for name in columns}
        files = {name: self.path.parent / given[name] if given[name] else None for name in ("credentials", "evidence")}
        ways = [name for name in ("credentials", "evidence") if given[name]]
        if given["profile"] or given["role_arn"]:
            ways.append("role" if given["role_arn"] else "profile")
        if len(ways) > 1:
            self.wrong(row, f"this row has {len(ways)} kinds of access: {' and '.join(ways)}.", "Keep only one.")
        if given["external_id"] and ways and not given["role_arn"]:
            self.wrong(row, "there is no role for the external id.", "Fill in the column 'role arn' as well.")
        role = given["role_arn"]
        if not ways:
            role = self.pattern.role_arn
            if not role and not self.pattern.may_lack:
                remedy = "Fill in one of: profile, role arn, credentials, evidence; or name a role with --role-arn."
                self.wrong(row, "this row has no access to an account.", remedy)
        role = self._filled(row, role, student, account)
        external = given["external_id"] or (self.pattern.external_id if role else "")
        if role and not external and self.pattern.secret:
            external = external_id(self.pattern.secret, student)
        return WayIn(
            profile=given["profile"],
            role_arn=role,
            external_id=self._filled(row, external, student, account),
            credentials=files["credentials"],
            evidence=files["evidence"],
        )

    def _filled(self, row: Row, text: str, student: str, account: str) -> str:
        """A pattern with the account and the student put in; only a role's ARN has to have the shape of one."""
        values = {"account": account, "student": student}
        for name in _PLACEHOLDER.findall(text):
            if not values.get(name):
                known = name in values
                problem = f"this row has no {name}" if known else f"{{{name}}} is not a placeholder"
                self.wrong(row, f"{problem}, in {text!r}.", "" if known else "Use {account} and {student}.")
                return ""
        filled = _PLACEHOLDER.sub(lambda found: values[found[1]], text)
        if text.startswith("arn:") or ":role/" in text:
            if not _ROLE.fullmatch(filled):
                remedy = "Write it like arn:aws:iam::123456789012:role/name."
                self.wrong(row, f"{filled[:100]!r} is not the ARN of a role.", remedy)
            elif account and f"::{account}:" not in filled:
                self.wrong(row, f"the role is in an account other than {account}: {filled}.")
        return filled
