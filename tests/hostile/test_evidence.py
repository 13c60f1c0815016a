# ruff: noqa: E501 - a table of mistakes reads best with one in a line
"""Every hostile hand-in: one message or one grade of its own, and the others are graded as if it were not there."""

from __future__ import annotations

import gzip
import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from grader.report.templating import TEMPLATES
from tests.cases import GOLDEN, golden, patched
from tests.cli.conftest import Ran, run  # noqa: F401 - the fixture

HERE = Path(__file__).parent / "evidence"
OWN_SCRIPT = (TEMPLATES / "page.js").read_text("utf-8")
FILES = sorted(HERE.iterdir())
REFUSED = {
    "account_int": "/meta/account: should be text, but is a number.",
    "bomb60": "more than 2,000,000 values",
    "caller_int": "/meta/caller: should be text, but is a number.",
    "dup_meta": "/meta appears twice.",
    "env_list": "/meta/environment: should be text, but is a list.",
    "error_text": "NaN is not a number in JSON.",
    "null_region": "/calls/iam.ListUsers/global: should be an object, but is null.",
    "zzz_null": "/calls/zzz/eu-west-1: should be an object, but is null.",
}
"""What is said of each that is no evidence."""
NOTED = {
    "canary": "which is not a load balancer in it",
    "forged_line": "is not an AWS account id",
    "no_mfa_claims_academy": "the caller was arn:aws:iam::123456789012:user/mlops-admin",
    "xss": "is not an AWS account id",
}
"""What a reader is told of each that is graded."""


@pytest.fixture(autouse=True)
def _somewhere_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def name_of(path: Path) -> str:
    """Its name without ``.json.gz``."""
    return path.name.partition(".")[0]


def test_each_is_known() -> None:
    """No file here is without an expectation."""
    assert {name_of(path) for path in FILES} == REFUSED.keys() | NOTED.keys()


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_it_harms_nobody_else(run: Any, path: Path) -> None:  # noqa: F811
    """Between two others: both are graded and written; it is one message with a place, or graded with a notice."""
    Path("second.json").write_text(json.dumps(patched("M212")), encoding="utf-8")
    ran: Ran = run("grade", GOLDEN, path, "second.json", "--json", "results.json", "--html", "{account}.html")
    scores = [result["score"] for result in json.loads(Path("results.json").read_text("utf-8"))]
    assert (scores[0], scores[-1]) == (10.0, 9.9)
    assert "Traceback" not in ran.output + ran.errors
    if name_of(path) in REFUSED:
        assert (ran.code, len(scores), ran.errors.count("\n")) == (2, 2, 1)
        assert f"{path}: " in ran.errors
        assert REFUSED[name_of(path)] in ran.errors
    else:
        assert (len(scores), ran.errors) == (3, "")
        assert NOTED[name_of(path)] in ran.output


@pytest.mark.parametrize("path", [path for path in FILES if name_of(path) in NOTED], ids=name_of)
def test_its_text_stays_text(run: Any, path: Path) -> None:  # noqa: F811
    """No line is forged, no markup is alive, nothing moves a terminal."""
    ran: Ran = run("grade", path, GOLDEN, "--html", "{account}.html")
    assert [line for line in ran.output.splitlines() if re.match(r"\d{12}  ", line)][1:] == [] or name_of(path) in (
        "canary", "no_mfa_claims_academy",
    )  # fmt: skip
    assert "222222222222  10.00" not in ran.output
    assert all(line.isprintable() for line in ran.output.splitlines())
    for page in Path().glob("*.html"):
        text = page.read_text("utf-8").replace(f"<script>{OWN_SCRIPT}</script>", "", 1)
        assert not re.search(r"<(script|img|svg/onload)", text)


@pytest.mark.skipif(sys.platform == "win32", reason="measured with resource")
def test_a_bomb_takes_no_memory(run: Any) -> None:  # noqa: F811
    """61 kB that took 1.7 GB: now less than a tenth of it, measured in a process of its own."""
    import subprocess

    script = (
        "import resource, sys\nfrom pathlib import Path\nfrom grader.cli.commands import main\n"
        "try:\n    main(sys.argv[1:])\nexcept SystemExit:\n"
        "    status = Path('/proc/self/status')  # Linux's ru_maxrss begins with that of the process that started this\n"
        "    if status.exists():\n"
        "        print(status.read_text().partition('VmHWM:')[2].split()[0])\n"
        "    else:\n"
        "        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)\n"
    )
    command = [sys.executable, "-c", script, "grade", str(HERE / "bomb60.json.gz"), "--no-html"]
    done = subprocess.run(command, capture_output=True, check=True, cwd=Path(__file__).parents[2])
    assert int(done.stdout) < 300_000  # KiB


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (lambda d: d["meta"].update(account=["1"]), "/meta/account: should be text, but is a list"),
        (lambda d: d["meta"].update(now=5), "/meta/now: should be text, but is a number"),
        (lambda d: d["meta"].update(now="9999-12-31T23:59:59+00:00"), "/meta/now: '9999"),
        (lambda d: d["meta"].update(regions=[None]), "/meta/regions/0: should be text, but is null"),
        (lambda d: d["meta"].update(regions_refused={}), "/meta/regions_refused: should be a list, but is an object"),
        (lambda d: d["meta"].update(http_probe=[]), "/meta/http_probe: should be an object, but is a list"),
        (lambda d: d["meta"].update(http_probe={"ok": 1}), "/meta/http_probe/ok: should be true or false"),
        (lambda d: d["meta"].update(http_probe={"endpoints": [7]}), "/meta/http_probe/endpoints/0: should be an object"),
        (lambda d: d["calls"].update({"a/b~c": 1}), "/calls/a~1b~0c: should be an object, but is a number"),
        (lambda d: d["calls"].update({"a": {"r": {"": {"error": "no"}}}}), "/calls/a/r//error: should be an object, but is text"),
        (lambda d: d["calls"].update({"a": {"r": {"": {"error": {"Code": 4}}}}}), "/calls/a/r//error/Code: should be text"),
        (lambda d: d["calls"].update({"a": {"r": {"": {"response": None}}}}), "/calls/a/r//response: should be an object"),
    ],
)  # fmt: skip
def test_a_wrong_place_is_named_before_anything_is_graded(run: Any, change: Any, place: str) -> None:  # noqa: F811
    """Whether a check reads it or not: a JSON pointer and the reason, exit code 2."""
    document = golden()
    change(document)
    Path("wrong.json").write_text(json.dumps(document), encoding="utf-8")
    ran: Ran = run("grade", "wrong.json", "--no-html")
    assert (ran.code, ran.output) == (2, "")
    assert f"wrong.json: {place}" in ran.errors


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'{"meta": {"a": 1, "a": 2}, "calls": {}}', "/meta/a appears twice."),
        (b'{"meta": {"x": [0, {"b": 1, "b": 1}]}, "calls": {}}', "/meta/x/1/b appears twice."),
        (b'{"meta": {"x": ["\\ud800"]}, "calls": {}}', "/meta/x/0 holds half a surrogate pair"),
        (b'{"meta": {"\\udc00": 1}, "calls": {}}', "holds half a surrogate pair"),
        (b'{"meta": {"x": -Infinity}, "calls": {}}', "-Infinity is not a number in JSON"),
        (b'{"meta": {"x": ' + b"9" * 5000 + b'}, "calls": {}}', "not an evidence file"),
        (b"[" + b"[]," * 2_000_001 + b"[]]", "more than 2,000,000 values"),
        (gzip.compress(b" " * (65 * 2**20), mtime=0), "larger than 64 MiB"),
        (b'{"x": "' + b"\\\"" * 1_000_000, "not JSON"),
    ],
)  # fmt: skip
def test_what_json_leaves_open_is_refused(run: Any, content: bytes, said: str) -> None:  # noqa: F811
    """Two readers could take it for two things, or it does not fit."""
    Path("odd.json").write_bytes(content)
    ran: Ran = run("grade", "odd.json", "--no-html")
    assert ran.code == 2
    assert said in ran.errors


def test_a_whole_pair_of_surrogates_is_text(run: Any) -> None:  # noqa: F811
    """An emoji that JSON spells as two escapes is one character, and fine; so are many commas inside of texts."""
    document = golden()
    document["meta"]["caller"] = "\U0001f600" + "," * 2_000_001
    Path("smile.json").write_text(json.dumps(document), encoding="ascii")
    assert run("grade", "smile.json", "--no-html").code == 0
