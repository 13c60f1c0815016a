"""README.md and docs/ say what is so: what the program prints, what their examples do, what they point at."""

from __future__ import annotations

import json
import re
import shlex
import tomllib
from fractions import Fraction
from pathlib import Path

import pytest

from grader.calls.nouns import BOUND, NOUNS
from grader.cli.commands import cli
from grader.errors import RubricError
from grader.evidence import load_evidence
from grader.rubric import open_rubric
from tests.docs.conftest import TRIED, Reader, files_shown
from tests.docs.written import PAGES, TOP, blocks, exit_codes, rewritten

_BESIDE = ("CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "examples/README.md")
DOCUMENTS = {
    path.relative_to(TOP).as_posix(): path.read_text("utf-8") for path in (*PAGES, *(TOP / name for name in _BESIDE))
}
WRITTEN = [(name, block) for name, text in DOCUMENTS.items() for block in blocks(text)]
TEXT = "\n".join(path.read_text("utf-8") for path in TRIED)
"""All pages whose examples are tried here."""
_FENCE = re.compile(r"^ *```(?P<language>\w*)\n(?P<body>.*?)^ *```$", re.DOTALL | re.MULTILINE)
_OFFLINE = ("diff", "grade", "lint", "policy", "why")
_OF_OTHERS = ("dask", "pip", "~/grader/bin/pip", "pipx", "python3", "python3.13", "sudo")
"""Programs whose lines install something; they are not ours to try."""


def _commands(language: str = "sh") -> list[str]:
    """Every line of the shell examples, once."""
    bodies = [found["body"] for found in _FENCE.finditer(TEXT) if found["language"] == language]
    return list(dict.fromkeys(line.strip() for body in bodies for line in body.splitlines() if line.strip()))


def _grader(line: str) -> list[str] | None:
    """The arguments of ``grader`` in a line; None where it is another program's."""
    words = shlex.split(line)
    at = next((n for n, word in enumerate(words) if word.rpartition("/")[2] == "grader" and word != "~/grader"), None)
    return None if at is None or words[:3] == ["python3.13", "-m", "venv"] else words[at + 1 :]


OURS = [line for line in _commands() if _grader(line) is not None]
OFFLINE = [line for line in OURS if line.startswith("grader ") and _grader(line)[0] in _OFFLINE]  # type: ignore[index]
DEMOS = [line for line in OURS if line.startswith("grader demo") and "--serve" not in line]


def test_readme_is_short() -> None:
    """It is for whoever has never seen the project; the rest has pages of its own."""
    assert len(DOCUMENTS["README.md"].splitlines()) <= 150


@pytest.mark.parametrize(("document", "name"), WRITTEN)
def test_what_the_program_prints_is_what_the_page_shows(document: str, name: str) -> None:
    """Help texts, the policy, the tables and the example result are as the program gives them (`make written`)."""
    text = DOCUMENTS[document]
    assert blocks(text)[name] == blocks(rewritten(text))[name]


def test_every_command_shows_its_help() -> None:
    """No command is left out of the reference."""
    assert {f"help {command}" for command in cli.commands} <= set(blocks(DOCUMENTS["docs/reference/commands.md"]))


@pytest.mark.parametrize("line", OFFLINE)
def test_examples_without_an_account_run_as_they_stand(reader: Reader, line: str) -> None:
    """Each example that needs no account does its job: it ends with a score or its own output, not with an error."""
    done = reader.does(line)
    assert done.returncode in (0, 1, 3), done.stderr
    assert "error" not in done.stderr
    assert done.stdout.strip()


@pytest.mark.slow
@pytest.mark.parametrize("line", DEMOS)
def test_examples_of_the_demo_run_as_they_stand(reader: Reader, line: str) -> None:
    """The demo's examples end with the score that their fault leaves."""
    done = reader.does(line)
    assert done.returncode == (1 if "--fault" in line.split() else 0), done.stderr


@pytest.mark.parametrize("line", OURS)
def test_options_in_examples_exist(line: str) -> None:
    """Each example, those for a live account too, names a command and options that there are."""
    command, *arguments = _grader(line) or [""]
    with cli.commands[command].make_context(command, arguments) as context:
        assert context.params


def test_every_example_is_accounted_for() -> None:
    """A line of the shell examples is ours and tried, a target of make, pytest's, or somebody else's installer."""
    others = [line for line in _commands() if line not in OURS]
    known = {"make", "pytest", *_OF_OTHERS}
    assert [line for line in others if line.split()[0] not in known] == []


def test_the_checks_run_in_pytest_itself(reader: Reader) -> None:
    """The example for whoever lives in pytest selects checks, and they pass on the account with full marks."""
    (line,) = [line for line in _commands() if line.startswith("pytest ")]
    done = reader.does(line.replace("lab.json.gz", str(reader.folder / "lab.json.gz")), folder=TOP)
    assert done.returncode == 0, done.stdout
    assert re.search(r"[1-9]\d* passed", done.stdout)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_targets_of_make_exist(document: str) -> None:
    """Every `make X` that a document names is in the Makefile."""
    named = set(re.findall(r"(?:`|^)make ([a-z-]+)", DOCUMENTS[document], re.MULTILINE))
    there = set(re.findall(r"^([a-z-]+):", (TOP / "Makefile").read_text("utf-8"), re.MULTILINE))
    assert named <= there


def test_the_worked_example_grades_as_it_says(reader: Reader) -> None:
    """The course's own check is found beside its rubric, gets its parameter, and says what was found and expected."""
    assert set(files_shown()) == {"check_week3.py", "my-rubric.yaml"}
    reader.does("grader grade --rubric my-rubric.yaml --trust-checks lab.json.gz --no-html --json result.json")
    first, second = json.loads((reader.folder / "result.json").read_text("utf-8"))["items"]
    assert (first["earned"], first["lost"]) == (0.4, 0.6)
    assert first["checks"][0]["message"].endswith("; expected: a name that begins with 'team-'")
    assert second["earned"] == second["points"]


@pytest.mark.parametrize(
    ("code", "line"),
    [
        (0, "grader grade lab.json.gz"),
        (1, "grader grade lost.json"),
        (0, "grader grade lost.json --fail-under 9"),
        (2, "grader grade my-rubric.yaml"),
        (2, "grader grade no-such-file.json"),
        (2, "grader grade"),
        (2, "grader lint check_week3.py"),
        (3, "grader grade refused.json"),
        (3, "grader grade lab.json.gz lost.json refused.json"),
        (4, "grader check"),
    ],
)
def test_exit_codes_are_as_told(reader: Reader, code: int, line: str) -> None:
    """Each exit code of the table is what such a run really ends with, without a traceback."""
    assert code in exit_codes()
    done = reader.does(line)
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stdout + done.stderr


def test_the_evidence_file_shown_can_be_read(tmp_path: Path) -> None:
    """The example of an evidence file is one."""
    (shown,) = [found["body"] for found in _FENCE.finditer(TEXT) if '"calls"' in found["body"]]
    file = tmp_path / "shown.json"
    file.write_text(shown, "utf-8")
    assert load_evidence(file).account == "123456789012"


@pytest.mark.parametrize("place", ["top", "section", "item", "row", "variant", "bonus", "award", "control"])
def test_every_key_of_a_rubric_is_explained(tmp_path: Path, place: str) -> None:
    """The page names each key that the reader of rubrics takes, as its complaint about an unknown one lists them."""
    row = {"points": "1", "check": "check_4_vpc.py::TestVpc::test_there_is_a_vpc_of_your_own"}
    control = {"standard": "S", "id": "1"}
    item = {"id": "1.1", "title": "t", "points": "1", "hint": "h", "checks": [row], "controls": [control]}
    section = {"id": "1", "title": "t", "items": [item]}
    variant = {"title": "t", "not_applicable": ["1.1"]}
    award = {"points": "0.5", "reason": "r"}
    bonus = {"points": "1", "note": "n", "awards": [award]}
    top = {"lab": "l", "points": "1", "sections": [section], "variants": {"academy": variant}, "bonus": bonus}
    places = {
        "top": top, "section": section, "item": item, "row": row, "variant": variant, "bonus": bonus, "award": award,
        "control": control,
    }  # fmt: skip
    places[place]["no-such-key"] = "x"  # type: ignore[index]
    file = tmp_path / "rubric.yaml"
    file.write_text(json.dumps(top), "utf-8")
    with pytest.raises(RubricError, match="no-such-key") as raised:
        open_rubric(file)
    keys = re.findall(r"\w+", str(raised.value).rpartition("Possible keys:")[2])
    table = DOCUMENTS["docs/rubrics.md"].partition("## The rubric")[2]
    assert keys
    assert [key for key in keys if f"`{key}`" not in table] == []


def test_what_can_be_bound_and_asked_for_is_listed() -> None:
    """The pages list the nouns of --bind, and the arguments that a check can take."""
    listed = TEXT.partition("What can be bound:")[2].partition("\n\n")[0]
    assert re.findall(r"`(\w+)`", listed) == list(BOUND)
    arguments = TEXT.partition("The things that a check can take as arguments")[2].partition("\n\n")[0]
    assert [noun for noun in (*NOUNS, "evidence") if f"`{noun}`" not in arguments] == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links_lead_somewhere(document: str) -> None:
    """Each link to a file has one, and each link to a heading."""
    here = TOP / document
    missing = []
    for link in re.findall(r"\]\(([^)]+)\)", DOCUMENTS[document]):
        if link.startswith("https://"):
            continue
        path, _, heading = link.partition("#")
        target = here.parent / path if path else here
        if not target.exists() or (heading and heading not in _headings(target)):
            missing.append(link)
    assert missing == []


def _headings(page: Path) -> set[str]:
    """The headings of a page as links name them."""
    return {
        re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        for heading in re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    }


def test_files_named_exist() -> None:
    """Each file of the tree that a document names in code stands there."""
    names = {
        name for text in DOCUMENTS.values()
        for name in re.findall(r"`((?:grader|checks|tests|reference_app|docs|reports|integrations)/[\w./-]+)`", text)
    }  # fmt: skip
    made = {"reports/ACCOUNT.html", "reports/roster/"}
    assert [name for name in sorted(names - made) if not (TOP / name).exists()] == []


def test_every_dependency_has_its_reason() -> None:
    """CONTRIBUTING.md says of each package that pyproject.toml names why it is there."""
    project = tomllib.loads((TOP / "pyproject.toml").read_text("utf-8"))["project"]
    extras = [each for extra in project["optional-dependencies"].values() for each in extra]
    names = {re.split(r"[\[>=]", each)[0] for each in (*project["dependencies"], *extras)}
    table = DOCUMENTS["CONTRIBUTING.md"].partition("| package | why |")[2]
    assert [name for name in sorted(names) if name not in table and not name.startswith("types-")] == []


def test_the_private_names_of_pytest_are_those_explained() -> None:
    """CONTRIBUTING.md names what the runner uses of pytest that is not public, and no more."""
    runner = (TOP / "grader" / "grading" / "runner.py").read_text("utf-8")
    used = set(re.findall(r"\b(?:item|session|config|request)\.(_[a-z]\w*)|\b(_pytest)\.", runner))
    explained = DOCUMENTS["CONTRIBUTING.md"].partition("## The runner")[2].partition("\n## ")[0]
    assert used
    assert {name or module for name, module in used} == set(re.findall(r"`item\.(?:session\.)?(_\w+)", explained))


def test_the_example_of_a_case_is_true() -> None:
    """What CONTRIBUTING.md shows of a case is so."""
    (shown,) = re.findall(r"^```python\n(from tests.*?)^```$", DOCUMENTS["CONTRIBUTING.md"], re.DOTALL | re.MULTILINE)
    assert shown.count("assert ") == 1
    exec(compile(shown, "CONTRIBUTING.md", "exec"), {"Fraction": Fraction})


@pytest.mark.parametrize("name", ["report.png", "deployment.png"])
def test_the_pictures_are_pictures(name: str) -> None:
    """The pictures of the pages are there, and small enough for a page on the web."""
    content = (TOP / "docs" / name).read_bytes()
    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    assert len(content) < 400_000
