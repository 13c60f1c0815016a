"""Exports of Canvas and Moodle, made after their documented formats in several languages, filled and read back."""

from __future__ import annotations

import csv
import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from grader.errors import UnusableInput, UsageError
from grader.foreign_text import guarded
from grader.gradebook.filling import fill, unchanged
from grader.gradebook.graded import read_grades
from grader.grading.result_document import result_document
from tests.cases import grade, patched
from tests.cli.conftest import Run, run

__all__ = ["run"]

CANVAS = (
    "Student,ID,SIS User ID,SIS Login ID,Section,Introduction to Cloud Computing for MLOps (71),Essay (72),"
    "4.5 NAT (73),Current Score\r\n"
    ",,,,,Manual Posting,,,\r\n"
    "    Points Possible,,,,,10.0,5,0.25,(read only)\r\n"
    '"Lovelace, Ada",1001,S1,ada,CS 1,,4,,80.0\r\n'
    '"Müller, ""Bob""",1002,S2,bob,CS 1,7,,,\r\n'
    '"Chen, Li",1003,S3,li,CS 1,3,3,,60\r\n'
    '"Student, Test",1004,,x,CS 1,,,,\r\n'
)
WORKSHEET = {
    "en": (
        "Identifier,Full name,Email address,Status,Grade,Maximum grade,Grade can be changed,"
        "Last modified (submission),Last modified (grade),Feedback comments\n"
        "Participant 11,Ada Lovelace,ada@example.org,Submitted for grading - ,,10.00,Yes,-,-,\n"
        'Participant 12,Bob Müller,bob@example.org,No submission,,10.00,Yes,-,"Monday, 2 November 2026, 9:14 AM",\n'
        "Participant 13,Li Chen,li@example.org,No submission,,10.00,No,-,-,\n"
    ),
    "de": (
        "ID,Vollständiger Name,E-Mail-Adresse,Status,Bewertung,Bestwertung,Bewertung kann geändert werden,"
        "Zuletzt geändert (Abgabe),Zuletzt geändert (Bewertung),Feedback als Kommentar\n"
        'Teilnehmer/in11,Ada Lovelace,ada@example.org,Zur Bewertung abgegeben,,"10,00",Ja,-,-,\n'
        'Teilnehmer/in12,Bob Müller,bob@example.org,Keine Abgabe,,"10,00",Ja,-,"Montag, 2. November 2026, 09:14",\n'
        'Teilnehmer/in13,Li Chen,li@example.org,Keine Abgabe,,"10,00",Nein,-,-,\n'
    ),
    "es": (
        "Identificador;Nombre completo;Dirección de correo;Estado;Calificación;Calificación máxima;"
        "La calificación puede ser cambiada;Última modificación (entrega);Última modificación (calificación);"
        "Comentarios de retroalimentación\n"
        "Participante 11;Ada Lovelace;ada@example.org;Enviado para calificar;;10,00;Sí;-;-;\n"
        "Participante 12;Bob Müller;bob@example.org;No entregado;;10,00;Sí;-;lunes, 2 de noviembre de 2026, 09:14;\n"
        "Participante 13;Li Chen;li@example.org;No entregado;;10,00;No;-;-;\n"
    ),
}
MOODLE = {
    "en": (
        "First name,Last name,ID number,Email address,Assignment: Introduction to Cloud Computing for MLOps (Real),"
        "Assignment: Introduction to Cloud Computing for MLOps (Feedback),Course total (Real)\n"
        "Ada,Lovelace,S1,ada@example.org,-,,80.00\nBob,Müller,S2,bob@example.org,7.00,fine,70.00\n"
    ),
    "de": (
        "Vorname;Nachname;ID-Nummer;E-Mail-Adresse;Aufgabe: Introduction to Cloud Computing for MLOps (Punkte);"
        "Aufgabe: Introduction to Cloud Computing for MLOps (Feedback);Kurs gesamt (Punkte)\n"
        "Ada;Lovelace;S1;ada@example.org;-;;80,00\nBob;Müller;S2;bob@example.org;7,00;gut;70,00\n"
    ),
    "fr": (
        "Prénom\tNom\tNuméro d'identification\tAdresse de courriel\t"
        "Devoir: Introduction to Cloud Computing for MLOps (Brut)\t"
        "Devoir: Introduction to Cloud Computing for MLOps (Feedback)\tTotal du cours (Brut)\n"
        "Ada\tLovelace\tS1\tada@example.org\t-\t\t80,00\nBob\tMüller\tS2\tbob@example.org\t7,00\tbien\t70,00\n"
    ),
}


@pytest.fixture(scope="module")
def documents() -> dict[str, dict[str, Any]]:
    """Results as JSON, by case."""
    return {case: result_document(one.result) for case, one in grade({c: patched(c) for c in ("M050", "V84")}).items()}


@pytest.fixture
def result(documents: dict[str, dict[str, Any]], tmp_path: Path) -> Any:
    """Writes a result file of a student: 9.75 points by default."""

    def write(student: str, case: str = "M050", **other: Any) -> Path:
        path = tmp_path / f"{student.replace('/', '_')}.result.json"
        path.write_text(json.dumps({**documents[case], "student": student, **other}), encoding="utf-8")
        return path

    return write


def exported(tmp_path: Path, text: str, encoding: str = "utf-8") -> Path:
    """A file as it was exported."""
    path = tmp_path / "exported.csv"
    path.write_bytes(text.encode(encoding))
    return path


def filled(path: Path, *results: Path, **options: Any) -> bytes:
    """The file's new content."""
    return fill(path, read_grades(results, None), **options).content


def test_canvas_gets_the_total_and_the_steps_and_nothing_else_changes(tmp_path: Path, result: Any) -> None:
    """Our cells of the graded student; headers, quotes and line ends stay; others are left out, not blanked."""
    content = filled(exported(tmp_path, CANVAS, "utf-8-sig"), result("ada"))
    lines = CANVAS.encode("utf-8-sig").split(b"\r\n")
    expected = [*lines[:3], b'"Lovelace, Ada",1001,S1,ada,CS 1,9.75,4,0.25,80.0', b""]
    assert content.split(b"\r\n") == expected


def test_canvas_finds_students_by_id_login_or_name(tmp_path: Path, result: Any) -> None:
    """Whatever a result is called by; a name in either order."""
    content = filled(exported(tmp_path, CANVAS), result("1003"), result("S2"), result("ada lovelace"))
    rows = list(csv.reader(StringIO(content.decode())))
    assert [(row[1], row[5]) for row in rows[3:]] == [("1001", "9.75"), ("1002", "9.75"), ("1003", "9.75")]


@pytest.mark.parametrize("language", WORKSHEET)
def test_a_worksheet_is_filled_in_its_language(tmp_path: Path, result: Any, language: str) -> None:
    """Grade and feedback of the graded; the decimal mark of the file; the stamp of the last change stays as it is."""
    text = WORKSHEET[language]
    content = filled(exported(tmp_path, text), result("bob@example.org"))
    delimiter = ";" if language == "es" else ","
    before, after = (list(csv.reader(StringIO(one), delimiter=delimiter)) for one in (text, content.decode()))
    assert len(after) == 2
    changed = [at for at, (old, new) in enumerate(zip(before[2], after[1], strict=True)) if old != new]
    assert changed == [4, 9]
    assert after[1][4] == ("9.75" if language == "en" else "9,75")
    assert "2.2 Upload required files" in after[1][9]
    assert "holds no files" in after[1][9]
    assert after[0] == before[0]


@pytest.mark.parametrize("language", MOODLE)
def test_moodles_gradebook_is_filled_in_its_language(tmp_path: Path, result: Any, language: str) -> None:
    """The column called like the lab, with its feedback, in the delimiter of the file."""
    text = MOODLE[language]
    delimiter = {"en": ",", "de": ";", "fr": "\t"}[language]
    content = filled(exported(tmp_path, text), result("S2"), result("ada@example.org", "V84"))
    rows = list(csv.reader(StringIO(content.decode()), delimiter=delimiter))
    mark = "." if language == "en" else ","
    assert [row[4] for row in rows[1:]] == [f"10{mark}00", f"9{mark}75"]
    assert rows[1][5] == "Every point was earned."
    assert [row[6] for row in rows[1:]] == [f"80{mark}00", f"70{mark}00"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_the_encoding_stays(tmp_path: Path, result: Any, encoding: str) -> None:
    """With and without a byte order mark, UTF-16 and the Windows one: as they were, the name too."""
    content = filled(exported(tmp_path, MOODLE["de"], encoding), result("S2"))
    assert "Bob;Müller;S2;bob@example.org;9,75" in content.decode(encoding)
    assert content[:3] == MOODLE["de"].encode(encoding)[:3]


@pytest.mark.parametrize(
    ("text", "names", "said"),
    [
        (CANVAS, ("nobody",), "nobody is not a student"),
        (CANVAS.replace("1002,S2,bob", "1002,S2,ada"), ("ada",), "ada matches 2 students \\(lines 4, 5\\)"),
        (CANVAS, ("ada", "1001"), "has two results"),
        (CANVAS.replace(",10.0,", ",100,"), ("ada",), "takes up to 100 points.*out of 10"),
        (WORKSHEET["en"], ("li@example.org",), "exported.csv:4: the grade of Li Chen is locked"),
        (WORKSHEET["de"], ("li@example.org",), "locked"),
        (WORKSHEET["en"].replace("Maximum grade", "Scale"), ("ada@example.org",), "uses a scale"),
        ("a,b,c\n1,2,3\n", ("ada",), "the columns are not"),
        ("", ("ada",), "empty"),
        (CANVAS + '"open', ("ada",), "exported.csv:8: a quotation mark is never closed"),
    ],
)
def test_what_an_importer_would_refuse_is_refused_before(
    tmp_path: Path, result: Any, text: str, names: tuple[str, ...], said: str
) -> None:
    """By name and line, and with nothing written."""
    path = exported(tmp_path, text)
    with pytest.raises(UnusableInput, match=said):
        filled(path, *map(result, names))
    assert path.read_bytes() == text.encode()


def test_every_reason_is_said_at_once(tmp_path: Path, result: Any) -> None:
    """Two unknown students are two lines of the one message."""
    with pytest.raises(UnusableInput, match=r"(?s)one is not a student.*two is not a student"):
        filled(exported(tmp_path, CANVAS), result("one"), result("two"), result("ada"))


@pytest.mark.parametrize("encoding", ["cp1252", "utf-16"])
def test_canvas_takes_utf_8_alone(tmp_path: Path, result: Any, encoding: str) -> None:
    """Saved by a spreadsheet in another encoding, Canvas would garble every name."""
    with pytest.raises(UnusableInput, match="UTF-8"):
        filled(exported(tmp_path, CANVAS, encoding), result("ada"))


def test_a_title_that_two_columns_have_needs_its_id(tmp_path: Path, result: Any) -> None:
    """Which of two is meant cannot be guessed; the whole header with Canvas's id tells."""
    path = exported(tmp_path, CANVAS.replace("Essay (72)", "Introduction to Cloud Computing for MLOps (72)"))
    with pytest.raises(UsageError, match="not clear which column"):
        filled(path, result("ada"))
    with pytest.raises(UsageError, match="2 columns are named"):
        filled(path, result("ada"), column="Introduction to Cloud Computing for MLOps")
    content = filled(path, result("ada"), column="Introduction to Cloud Computing for MLOps (71)")
    assert b"CS 1,9.75,4," in content
    with pytest.raises(UsageError, match="no points column is named 'Current Score'"):
        filled(path, result("ada"), column="Current Score")


def test_points_are_turned_into_the_columns_where_that_is_asked_for(tmp_path: Path, result: Any) -> None:
    """9.75 of 10 are 97.5 of 100."""
    content = filled(exported(tmp_path, CANVAS.replace(",10.0,", ",100,")), result("ada"), scaled=True)
    assert b"CS 1,97.50,4,0.25," in content


def test_what_could_not_be_judged_is_left_out(tmp_path: Path, result: Any) -> None:
    """No zero for an account that AWS said nothing of."""
    nothing = {"feeds": {"score": None, "max_score": 10.0, "score_range": [0.0, 10.0]}}
    done = fill(exported(tmp_path, CANVAS), read_grades([result("ada"), result("bob", **nothing)], None))
    assert (done.graded, done.unjudged) == (1, ("bob",))
    assert b"1002" not in done.content


def test_the_converted_score_is_the_one_that_is_exported(tmp_path: Path, result: Any) -> None:
    """Full marks of the Academy are 10 of 10 in the gradebook."""
    converted = {"score": 9.25, "max_score": 9.25, "feeds": {"score": 10.0, "max_score": 10.0}}
    assert b",10.00,4," in filled(exported(tmp_path, CANVAS), result("ada", "V84", **converted))


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1"])
def test_no_cell_starts_a_formula(text: str) -> None:
    """A spreadsheet that opens the file runs nothing that an account says."""
    assert guarded(text).startswith("'")


def test_feedback_of_hostile_text_is_one_harmless_cell(tmp_path: Path, result: Any, documents: Any) -> None:
    """Quotes, line ends, delimiters, markup and formulas stay inside the cell."""
    document = json.loads(json.dumps(documents["M050"]))
    document["why"] = {"sentence": '=HYPERLINK("http://x")\n"; <b>,'}
    path = tmp_path / "bob@example.org.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    content = filled(exported(tmp_path, WORKSHEET["en"]), path)
    (row,) = list(csv.reader(StringIO(content.decode())))[1:]
    assert row[9].startswith("'=HYPERLINK")
    assert "<" not in row[9]
    assert "\n" not in row[9]


def test_a_roster_says_whose_account_it_is(tmp_path: Path, result: Any) -> None:
    """Results know accounts; the roster knows which student has which."""
    roster = tmp_path / "roster.csv"
    roster.write_text("student;account;email\nbob;123456789012;bob@example.org\n", encoding="utf-8")
    grades = read_grades([result("")], roster)
    assert b"bob@example.org,No submission,9.75," in fill(exported(tmp_path, WORKSHEET["en"]), grades).content


def test_a_file_that_was_changed_in_between_is_not_overwritten(tmp_path: Path, result: Any) -> None:
    """Somebody saved it again: what they wrote stays."""
    path = exported(tmp_path, CANVAS)
    done = fill(path, read_grades([result("ada")], None))
    path.write_text("another", encoding="utf-8")
    with pytest.raises(UnusableInput, match="changed during the run"):
        unchanged(done)


def test_the_command_fills_the_file_or_writes_a_table(tmp_path: Path, result: Any, run: Run) -> None:
    """In place, or elsewhere with --out; a refusal is exit code 2 and leaves the file alone."""
    path, ada = exported(tmp_path, CANVAS), result("ada")
    elsewhere = tmp_path / "filled.csv"
    assert run("export", "--into", path, "--out", elsewhere, ada).code == 0
    assert path.read_bytes() == CANVAS.encode()
    assert run("export", "--into", path, result("nobody")).code == 2
    assert path.read_bytes() == CANVAS.encode()
    assert run("export", "--into", path, ada).code == 0
    assert path.read_bytes() == elsewhere.read_bytes()
    ran = run("export", "--csv", "-", ada, result("=bob", "V84"))
    rows = list(csv.DictReader(StringIO(ran.output)))
    read = [(row["student"], row["score"], row["2.2"]) for row in rows]
    assert read == [("ada", "9.75", "0"), ("'=bob", "10", "0.25")]
    assert run("export", ada).code == 2


def test_who_is_excused_stays_excused(tmp_path: Path, result: Any) -> None:
    """Canvas's EX is a decision of a person: a number would replace it."""
    path = exported(tmp_path, CANVAS.replace("CS 1,7,,", "CS 1,EX,,"))
    assert b"1002" not in filled(path, result("ada"), result("bob"))
