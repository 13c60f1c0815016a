"""The one reader of JSON files that others may have written: bounded, and it says what the file should be."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from grader.errors import RubricError, UnusableInput
from grader.evidence import json_files
from grader.evidence.json_files import JsonFile

RESULTS = JsonFile("a results file", RubricError, too_large=", far too much", remedy="Write one.")


@pytest.mark.parametrize("document", [{"a": 1}, [], [{"a": [None, 1.5, "ä"]}], "text", 3, None])
@pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf"])
def test_any_json_is_read(tmp_path: Path, document: Any, start: bytes) -> None:
    """What the outermost value must be is for the caller to say; packed or not, with a byte order mark or not."""
    content = start + json.dumps(document, ensure_ascii=False).encode()
    for name, each in (("plain", content), ("packed", gzip.compress(content))):
        (tmp_path / name).write_bytes(each)
        assert RESULTS.read(tmp_path / name) == RESULTS.parse(each, name) == document


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", ":1: not JSON: Expecting value in column 1."),
        (b"{}\n{}", ":2: not JSON: Extra data in column 1."),
        (b"\xff{}", ": not UTF-8 text (byte 0)."),
        (b"\x1f\x8b", ": the gzip data is damaged"),
        (b"\x1f\x8bno gzip at all", ": the gzip data is damaged"),
        (gzip.compress(b"{}" * 1000, mtime=0)[:-9], ": the gzip data is damaged"),
        (b"[" * 65 + b"]" * 65, ": nested deeper than 64 levels."),
        (b"[" * 100_000, ": not a results file: "),
        (b"1" * 5000, ": not a results file: "),
    ],
)
def test_what_cannot_be_read_is_named(tmp_path: Path, content: bytes, sentence: str) -> None:
    """In one sentence with the place, as the error that the caller named."""
    path = tmp_path / "results.json"
    path.write_bytes(content)
    with pytest.raises(RubricError) as caught:
        RESULTS.read(path)
    assert f"{path}{sentence}" in str(caught.value)


def test_as_deep_as_the_bound_is_allowed() -> None:
    """Objects and lists count alike, values in them do not."""
    assert JsonFile("a file").parse(b'[{"a":' * 32 + b"1" + b"}]" * 32, "here")
    with pytest.raises(UnusableInput, match="nested deeper than 64"):
        JsonFile("a file").parse(b'[{"a":' * 32 + b"[]" + b"}]" * 32, "here")


@pytest.mark.parametrize("packed", [False, True])
def test_what_is_too_large_is_not_read_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, packed: bool) -> None:
    """A small file that unpacks to more than the bound is refused like a large one."""
    monkeypatch.setattr(json_files, "MAX_BYTES", 2**20)
    content = b" " * 2**24 + b"{}"
    path = tmp_path / "results.json"
    path.write_bytes(gzip.compress(content) if packed else content)
    with pytest.raises(RubricError, match="larger than 1 MiB, far too much"):
        RESULTS.read(path)


def test_no_file_and_a_folder_are_named(tmp_path: Path) -> None:
    """With what to do about it."""
    with pytest.raises(RubricError, match=r"none\.json: cannot be read: No such file or directory\. Write one\."):
        RESULTS.read(tmp_path / "none.json")
    with pytest.raises(RubricError, match="this is a folder, not a results file"):
        RESULTS.read(tmp_path)
