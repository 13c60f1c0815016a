"""``grader grade`` and its outputs: exit codes, files written whole or not at all, one sentence for bad input."""

from __future__ import annotations

import html
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from grader.evidence import Evidence
from grader.grading.pipeline import grade_all
from grader.grading.results import ItemResult
from grader.rubric import Rubric, default_rubric, open_rubric
from grader.rubric.needs import operations_for
from tests.cases import GOLDEN, grade_one, patched
from tests.cli.conftest import Run


@pytest.fixture(autouse=True)
def _somewhere_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def kept(name: str, document: dict[str, Any] | None = None) -> Path:
    """An evidence file of a case in the current folder."""
    path = Path(f"{name}.json")
    path.write_text(json.dumps(document or patched(name)), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("names", "options", "code"),
    [
        (["V84"], [], 0),
        (["M212"], [], 1),
        (["U02"], [], 3),
        (["M212", "U02"], [], 3),
        (["V119"], [], 0),
        (["M212"], ["--fail-under", "9.9"], 0),
        (["M212"], ["--fail-under", "9.95"], 1),
        (["U02"], ["--fail-under", "9.75"], 0),
        (["U02"], ["--fail-under", "10"], 3),
        (["U20"], [], 3),
    ],
)
def test_the_exit_code_says_what_became_of_it(run: Run, names: list[str], options: list[str], code: int) -> None:
    """0 all earned or the threshold reached, 1 lost, 3 open; the highest of several."""
    assert run("grade", *map(kept, names), *options, "--no-html").code == code


def test_an_unusable_file_among_others_is_the_highest_code(run: Run) -> None:
    """The others are graded all the same, and the broken one is named."""
    Path("broken.json").write_text("{", encoding="utf-8")
    ran = run("grade", GOLDEN, "broken.json", kept("M212"), "--no-html")
    assert ran.code == 2
    assert "10.00 of 10.00" in ran.output
    assert "9.90 of 10.00" in ran.output
    assert ran.errors.count("\n") == 1
    assert "broken.json:1: not JSON" in ran.errors


def test_the_table_says_what_was_found_expected_and_next(run: Run) -> None:
    """For each check lost: what was found, what was expected, what to do."""
    ran = run("grade", kept("M212"), "--no-html")
    text = " ".join(ran.output.split())
    assert "The task has 1 vCPU and 3 GB (-0.10)" in text
    assert "found: the task size of task definition sentiment-app-task:3 is cpu 1024, memory 2048" in text
    assert "expected: cpu 1024 (1 vCPU), memory 3072 (3 GB)" in text
    assert "next: Create a revision with a task size of 1 vCPU and 3 GB" in text
    assert "Score: 9.90 of 10.00" in text


def test_open_points_are_a_range_and_named_before_the_table(run: Run) -> None:
    """What permissions leave open is said on standard error, item by item, with what to grant."""
    ran = run("grade", kept("U02"), "--no-html")
    assert "9.75 of 10.00 (up to 10.00)" in ran.output
    assert "1.4 Set up billing and cost alerts: budgets:ViewBudget (identity policy)" in ran.errors
    assert "`grader policy`" in ran.errors


def test_the_page_is_written_where_reports_go(run: Run) -> None:
    """reports/ACCOUNT.html by default, another file by --html, none by --no-html; never two over one."""
    run("grade", GOLDEN)
    assert "<html" in Path("reports/123456789012.html").read_text(encoding="utf-8")
    run("grade", GOLDEN, GOLDEN)
    assert sorted(path.name for path in Path("reports").iterdir()) == ["123456789012-2.html", "123456789012.html"]
    run("grade", GOLDEN, "--html", "mine.html")
    assert Path("mine.html").exists()


@pytest.mark.parametrize(
    "option",
    ["--json", "--junit", "--markdown", "--annotations", "--sarif", "--ocsf", "--gradescope", "--prairielearn",
     "--autolab", "--html"],
)  # fmt: skip
def test_a_dash_is_standard_output_and_then_nothing_else(run: Run, option: str) -> None:
    """The result goes to standard output alone when it is asked for there; a file holds the same."""
    without_page = [] if option == "--html" else ["--no-html"]
    shown = run("grade", kept("M212"), option, "-", *without_page)
    run("grade", "M212.json", option, "file.out", *without_page)
    written = Path("file.out").read_text(encoding="utf-8")
    assert written
    assert _without_moments(written) == _without_moments(shown.output)


def _without_moments(text: str) -> str:
    """The text without when it was made: a second may pass between two runs."""
    return re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d|(?<=_time\": )\d+|\d{13}", "", text).strip()


def test_several_results_are_a_list(run: Run) -> None:
    """One object for one account, a list for several."""
    assert isinstance(json.loads(run("grade", GOLDEN, "--json", "-", "--no-html").output), dict)
    both = json.loads(run("grade", GOLDEN, kept("M212"), "--json", "-", "--no-html").output)
    assert [one["score"] for one in both] == [10.0, 9.9]


def test_the_raw_run_is_pytest_htmls_report(run: Run) -> None:
    """--pytest-html writes pytest-html's own page of the checks."""
    run("grade", kept("M212"), "--pytest-html", "raw.html", "--no-html")
    text = Path("raw.html").read_text(encoding="utf-8")
    assert "pytest-html" in text
    assert "test_the_task_has_the_size" in text


def failed_in(report: Path) -> set[str]:
    """The checks that failed in a report of pytest-html, by their names; it keeps its data as JSON in an attribute."""
    (blob,) = re.findall(r'data-jsonblob="([^"]*)"', report.read_text(encoding="utf-8"))
    tests = json.loads(html.unescape(blob))["tests"]
    return {name.rpartition("::")[2] for name, runs in tests.items() if any(run["result"] == "Failed" for run in runs)}


def test_each_of_several_accounts_has_a_raw_report_of_its_own(run: Run) -> None:
    """One file for each account, named by it, with the verdicts on that account alone; none is written over another."""
    other = patched("M212")
    other["meta"]["account"] = "210987654321"
    files = (GOLDEN, kept("other", other), kept("M122"))
    ran = run("grade", *files, "--pytest-html", "raw/{account}.html", "--json", "-", "--no-html")
    assert [one["score"] for one in json.loads(ran.output)] == [10.0, 9.9, 9.75]
    failures = {path.stem: failed_in(path) for path in Path("raw").iterdir()}
    assert failures.keys() == {"123456789012", "210987654321", "123456789012-2"}
    assert failures["123456789012"] == set()
    assert failures["210987654321"] == {"test_the_task_has_the_size"}
    assert "test_the_task_has_the_size" not in failures["123456789012-2"]
    assert failures["123456789012-2"]


def test_binding_another_resource(run: Run) -> None:
    """--bind grades what the TA names; an unknown noun or id, or another shape, is one sentence."""
    document = run("grade", GOLDEN, "--bind", "vpc=vpc-0de5a017c0ffee001", "--json", "-", "--no-html").output
    assert json.loads(document)["bindings"]["vpc"]["id"] == "vpc-0de5a017c0ffee001"
    for bind, sentence in (
        ("vpc=vpc-1", "there is no vpc 'vpc-1'"),
        ("lake=1", "Unknown resource type 'lake'; choose one of "),
        ("vpc", "does not have the form NOUN=ID"),
    ):
        ran = run("grade", GOLDEN, "--bind", bind, "--no-html")
        assert (ran.code, sentence in ran.errors) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["grade", "none.json"], "cannot be read"),
        (["grade", GOLDEN, "--rubric", "none.yaml"], "cannot be read"),
        (["grade", GOLDEN, "--variant", "none"], "there is no variant 'none'"),
        (["grade", GOLDEN, "--json", "-", "--html", "-"], "only one of --json, --html"),
        (["grade", GOLDEN, GOLDEN, "--html", "one.html"], "several accounts cannot share one file"),
        (["grade", GOLDEN, GOLDEN, "--gradescope", "one.json"], "this format holds only one account"),
        (["grade", GOLDEN, GOLDEN, "--pytest-html", "raw.html"], "several accounts cannot share one file"),
        (["grade", GOLDEN, "--pytest-html", "-"], "writes a file, not standard output"),
        (["grade", GOLDEN, "--pytest-html", "/proc/nope/x.html", "--no-html"], "cannot be written"),
        (["grade", GOLDEN, GOLDEN, "--pytest-html", "/proc/nope/{account}.html", "--no-html"], "cannot be written"),
        (["grade", GOLDEN, GOLDEN, "--pytest-html", "/proc/{account}/x.html", "--no-html"], "cannot be written"),
        (["grade", GOLDEN, "--json", "."], "cannot be written"),
        (["grade", GOLDEN, "--fail-under", "ten"], "is not a number of points"),
        (["grade"], "Missing argument"),
        (["frobnicate"], "No such command"),
        (["diff", GOLDEN, GOLDEN, "--html", "-", "--markdown", "-"], "only one of"),
        (["diff", GOLDEN, "none.json"], "none.json"),
        (["lint", "none.yaml"], "cannot be read"),
        (["check", "--connect-to", "nonsense", "--profile", "p"], "connect-to"),
    ],
)
def test_bad_input_gets_one_clear_sentence(run: Run, arguments: list[object], sentence: str) -> None:
    """Exit code 2, what is wrong and where, no traceback, nothing half-written."""
    ran = run(*arguments)
    assert ran.code == 2
    assert sentence in ran.errors
    assert "Traceback" not in ran.errors
    assert not [path for path in Path.cwd().iterdir() if path.suffix in (".json", ".html", ".yaml")]


def test_an_older_file_survives_a_failed_write(run: Run) -> None:
    """Files are replaced whole: what stood there stays until the new one is complete."""
    Path("page.html").write_text("old", encoding="utf-8")
    os.chmod("page.html", 0o640)
    run("grade", GOLDEN, "--html", "page.html")
    assert Path("page.html").read_text(encoding="utf-8") != "old"
    assert Path("page.html").stat().st_mode & 0o777 == 0o640
    assert [path.name for path in Path.cwd().iterdir()] == ["page.html"]


def test_accounts_are_file_names_only_where_they_are_harmless(run: Run) -> None:
    """An account id from a hostile file cannot lead out of reports/."""
    document = patched("V84")
    document["meta"]["account"] = "../../../etc/passwd"
    run("grade", kept("x", document))
    assert [path.name for path in Path("reports").iterdir()] == ["_________etc_passwd.html"]


def test_terminals_are_not_obeyed(run: Run) -> None:
    """Escape sequences in names are shown as blanks."""
    document = patched("M081")
    for vpc in document["calls"]["ec2.DescribeVpcs"]["eu-west-1"][""]["response"]["Vpcs"]:
        vpc["Tags"] = [{"Key": "Name", "Value": "\x1b]0;owned\x07\u202evpc"}]
    ran = run("grade", kept("x", document), "--no-html")
    assert "\x1b" not in ran.output
    assert "owned" in ran.output


def test_lint_counts_what_it_read(run: Run) -> None:
    """A rubric without mistakes is summed up in one line."""
    assert run("lint").output == "rubric.yaml: 26 items, 63 checks, 10 points. The rubric is valid.\n"


def test_the_policy_is_what_the_rubric_needs(run: Run) -> None:
    """Only reads; fewer for the variant that needs fewer."""
    actions = json.loads(run("policy").output)["Statement"][0]["Action"]
    fewer = json.loads(run("policy", "--variant", "academy").output)["Statement"][0]["Action"]
    assert {"budgets:ViewBudget", "ec2:DescribeVpcs", "s3:GetBucketPublicAccessBlock"} <= set(actions)
    assert set(fewer) < set(actions)
    assert "budgets:ViewBudget" not in fewer


def test_the_same_from_a_shell(tmp_path: Path) -> None:
    """``python -m grader`` in a process of its own, with a plain encoding and a closed pipe, ends as it should."""
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0", "COLUMNS": "200"}
    command = [sys.executable, "-m", "grader", "grade", str(kept("M212")), "--no-html"]
    done = subprocess.run(command, capture_output=True, env=environment, cwd=tmp_path, check=False)
    assert done.returncode == 1
    assert b"-0.10" in done.stdout
    assert done.stdout.isascii()


def test_names_have_the_source_and_the_profile_in_them(run: Run) -> None:
    """{source} is the file without its suffix, {profile} what the account was read as; none is written twice."""
    other = patched("M212")
    other["meta"]["profile"] = "lab/two"
    kept("monday", other)
    Path("sub").mkdir()
    Path("sub/monday.json").write_text(json.dumps(patched("M122")), encoding="utf-8")
    run("grade", GOLDEN, "monday.json", "sub/monday.json", "--html", "out/{account}.{source}.{profile}.html")
    assert sorted(path.name for path in Path("out").iterdir()) == [
        "123456789012.golden.default.html",
        "123456789012.monday.default.html",
        "123456789012.monday.lab_two.html",
    ]
    run("grade", GOLDEN, GOLDEN, "sub/monday.json", "--html", "again/{source}.html")
    assert sorted(path.name for path in Path("again").iterdir()) == ["golden-2.html", "golden.html", "monday.html"]


def test_a_threshold_that_nobody_can_reach_is_wrong_usage(run: Run) -> None:
    """Above the maximum nothing is graded; the Academy's maximum is the converted one."""
    ran = run("grade", GOLDEN, "--fail-under", "10.5", "--no-html")
    assert ran.code == 2
    assert "10.50 is more than the maximum of 10.00 points" in ran.errors
    assert ran.output == ""
    assert run("grade", kept("V119"), "--fail-under", "10", "--no-html").code == 0
    rubric = Path("rubric.yaml")
    rubric.write_text(default_rubric().read_text("utf-8").replace("    feeds: converted", "    #"), encoding="utf-8")
    ran = run("grade", "V119.json", "--rubric", "rubric.yaml", "--fail-under", "9.5", "--no-html")
    assert (ran.code, "9.50 is more than the maximum of 9.25" in ran.errors) == (2, True)


def test_what_a_runner_collects_is_appended_to(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """$GITHUB_STEP_SUMMARY keeps what other commands of the step wrote; a link is followed and stays one."""
    Path("real.md").write_text("# Before", encoding="utf-8")
    Path("summary.md").symlink_to("real.md")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(Path("summary.md").absolute()))
    run("grade", GOLDEN, "--markdown", "summary.md", "--no-html")
    run("grade", GOLDEN, "--markdown", "summary.md", "--no-html")
    text = Path("real.md").read_text(encoding="utf-8")
    assert text.startswith("# Before\n## Introduction")
    assert text.count("## Introduction") == 2
    assert Path("summary.md").is_symlink()
    Path("result.json").symlink_to("kept.json")
    run("grade", GOLDEN, "--json", "result.json", "--no-html")
    run("grade", GOLDEN, "--json", "result.json", "--no-html")
    assert Path("result.json").is_symlink()
    assert json.loads(Path("kept.json").read_text(encoding="utf-8"))["score"] == 10.0


@pytest.mark.parametrize(
    ("before", "now", "code", "said"),
    [
        ("M212", "M212", 0, ""),
        ("M212", "V84", 0, ""),
        ("V84", "M212", 1, "lost since the baseline: 5.2 The task has 1 vCPU and 3 GB"),
        ("V84", "U02", 3, "open since the baseline: 1.4"),
        ("M212", "U02", 3, "open since the baseline: 1.4"),
        ("U02", "V84", 0, ""),
    ],
)
def test_only_what_got_worse_than_the_baseline_fails(run: Run, before: str, now: str, code: int, said: str) -> None:
    """Points that were lost before cost nothing; lost since is 1, no longer visible is 3."""
    run("grade", kept(before), "--json", "kept-result.json", "--no-html")
    ran = run("grade", kept(now), "--baseline", "kept-result.json", "--no-html")
    assert ran.code == code
    assert said in ran.errors
    assert ("since the baseline" in ran.errors) == bool(said)


def test_a_baseline_and_a_threshold_both_hold(run: Run) -> None:
    """Nothing got worse, and the score is below what is demanded all the same."""
    run("grade", kept("M212"), "--json", "kept-result.json", "--no-html")
    worse = run("grade", "M212.json", "--baseline", "kept-result.json", "--fail-under", "10", "--no-html")
    assert (worse.code, worse.errors) == (1, "")
    assert run("grade", GOLDEN, "--baseline", "M212.json", "--no-html").code == 2


@pytest.mark.parametrize("item", [item.id for item in open_rubric().items])
def test_one_step_is_graded_as_in_the_whole(run: Run, item: str) -> None:
    """--item gives the step the points that it has among all, says that it is no grade, and asks nothing else."""
    whole = json.loads(run("grade", kept("M212"), "--json", "-", "--no-html").output)
    part = json.loads(run("grade", "M212.json", "--item", item, "--json", "-", "--no-html").output)
    (graded,) = part["items"]
    (expected,) = [one for one in whole["items"] if one["id"] == item]
    assert [graded[key] for key in ("earned", "lost", "open")] == [expected[key] for key in ("earned", "lost", "open")]
    assert part["max_score"] == expected["points"]
    assert "this is not a grade for the whole lab" in part["notices"][0]


def graded_by(rubric: Rubric, document: dict[str, Any]) -> ItemResult:
    """The one item of a rubric, graded."""
    found: list[Any] = []
    grade_all(rubric, [Evidence(document, source="evidence")], lambda _, graded: found.append(graded))
    (item,) = found[0].result.items
    assert isinstance(item, ItemResult)
    return item


@pytest.mark.parametrize("name", ["V84", "M212", "M160"])
def test_what_one_step_asks_is_enough_for_it(name: str) -> None:
    """Evidence of the operations of a step alone gives the step the points that it has among all."""
    whole = {item.id: (item.earned, item.lost, item.open) for item in grade_one(patched(name)).result.items}
    for item in open_rubric().items:
        rubric = open_rubric().only([item.id])
        asked = operations_for(rubric.items)
        document = patched(name)
        document["calls"] = {call: answers for call, answers in document["calls"].items() if call in asked}
        part = graded_by(rubric, document)
        assert (part.earned, part.lost, part.open) == whole[item.id], item.id


def test_an_unknown_step_is_wrong_usage(run: Run) -> None:
    """The message names those that there are; the page and the table of one step are written."""
    ran = run("grade", GOLDEN, "--item", "9.9")
    assert ran.code == 2
    assert "there is no step '9.9'. Steps: 1.1, 1.2" in ran.errors
    assert run("grade", kept("M212"), "--item", "5.2", "--html", "one.html").code == 1
    assert "5.2" in Path("one.html").read_text(encoding="utf-8")
