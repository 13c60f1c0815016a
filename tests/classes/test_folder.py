"""The folder of a run: names of files that cannot collide or lead elsewhere, and files that are whole."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.class_run.folder import Folder, slugs, write
from grader.class_run.state import State
from grader.classes.students import Student
from grader.errors import UsageError


@given(st.lists(st.text(min_size=1, max_size=80), unique=True, max_size=12))
def test_names_of_files_are_plain_and_unlike(identifiers: list[str]) -> None:
    """Whatever a roster says: no separator, no dot, no reserved name, no two that differ only in capitals."""
    found = slugs(identifiers)
    assert len({slug.casefold() for slug in found.values()}) == len(identifiers)
    for slug in found.values():
        assert 0 < len(slug) <= 60
        assert set(slug) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


def test_an_ordinary_id_is_the_name_of_its_files() -> None:
    """People find them; ids of Windows's devices, paths and doubles get a hash."""
    found = slugs(["s17", "S17", "../etc", "con", "ada@example.org"])
    assert found["s17"] == "s17"
    assert all(found[one].rpartition("-")[2] != one for one in ("S17", "../etc", "con"))


def test_a_file_that_cannot_be_written_leaves_the_old_one(tmp_path: Path) -> None:
    """And nothing half written beside it."""
    path = tmp_path / "a.json"
    write(path, b"old")
    with pytest.raises(UsageError):
        write(tmp_path / "none" / "a.json", b"new")

    def broken() -> object:
        yield b"half"
        raise OSError(5, "Input/output error")

    with pytest.raises(UsageError, match="Input/output error"):
        write(path, broken())  # type: ignore[arg-type]
    assert path.read_bytes() == b"old"
    assert [one.name for one in tmp_path.iterdir()] == ["a.json"]


def test_a_student_keeps_the_files_when_the_roster_changes(tmp_path: Path) -> None:
    """A student who comes later takes nobody's name; one who leaves does not count."""
    state = State(tmp_path / "state.sqlite")
    state.enter([Student("s1")])
    state.enter([Student("S1"), Student("s1")])
    known = state.known()
    assert (known["s1"].slug, list(known)) == ("s1", ["S1", "s1"])
    assert known["S1"].slug != "s1"
    state.enter([Student("S1")])
    assert list(state.known()) == ["S1"]
    state.close()


@pytest.mark.parametrize("content", [b"no database", b"SQLite format 3\0" + b"x" * 200])
def test_a_state_that_is_none_is_one_sentence(tmp_path: Path, content: bytes) -> None:
    """Somebody's own file is not overwritten."""
    (tmp_path / "state.sqlite").write_bytes(content)
    with pytest.raises(UsageError, match="state of the run cannot be used"):
        State(tmp_path / "state.sqlite")
    assert (tmp_path / "state.sqlite").read_bytes() == content


def test_what_was_being_written_is_swept(tmp_path: Path) -> None:
    """After kill -9 a half file may lie there; the next run removes it."""
    folder = Folder(tmp_path / "run")
    folder.prepare()
    left = folder.path / "evidence" / ".writing-abc"
    left.write_bytes(b"half")
    folder.prepare()
    assert not left.exists()
