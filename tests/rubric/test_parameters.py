"""The lab's numbers are parameters: a rubric with others grades the same lab with others, and says others."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import fields
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from grader.errors import GraderError, RubricError
from grader.evidence import Evidence
from grader.grading.pipeline import Graded, grade_all
from grader.model.parameters import Parameters
from grader.report.page.page import render_page
from grader.report.terminal import render_result
from grader.rubric import Rubric, open_rubric
from grader.rubric.bundled import bundle, default_rubric
from grader.rubric.needs import operations_for
from grader.rubric.parameters import KNOWN
from grader.rubric.renamed_checks import RENAMED, WITHOUT_PARAMETERS, current
from tests.cases import golden, lost, patched

OTHER = """\
with:
  front_port: 8080
  port: 3000
  target_type: ip
  protocol: HTTP
  health_path: /status
  cpu: 0.5 vCPU
  memory: 1 GB
  operating_system: Linux
  architecture: ARM64
  docker_platform: linux/arm64
  vpc_block: 172.20.0.0/16
  private_ranges: [172.16.0.0/12]
  group: staff
  app: mood-app
  image_tag: v1
  names: [mood]
  bucket_names: [mood]
"""
OF_THE_LAB = ("8000", "3072", "/health", "sentiment", "10.0.0.0/16", "14.01.25")
"""What only the first lab's rubric may say. Its other numbers are in other words as well."""

SMALL = """\
lab: A small lab
points: "1"
{with_}sections:
  - id: "1"
    title: Task
    items:
      - id: "1.1"
        title: A container
        points: "1"
        hint: {hint}
        checks:
          - check: check_5_fargate.py::TestTaskDefinition::{check}
            points: "1"
"""
EXPOSES = "test_the_container_exposes_the_port"


def other_rubric(folder: Path, parameters: str = OTHER) -> Rubric:
    """The lab's rubric with other parameters."""
    text = default_rubric().read_text(encoding="utf-8")
    path = folder / "rubric.yaml"
    path.write_text(re.sub(r"(?m)^with:\n(?:  .*\n)+", lambda _: parameters, text, count=1), encoding="utf-8")
    return open_rubric(path)


def small(folder: Path, with_: str = "", hint: str = "Do it.", check: str = EXPOSES) -> Rubric:
    """A rubric of one check, with these parameters."""
    path = folder / "rubric.yaml"
    path.write_text(SMALL.format(with_=with_ and f"with: {with_}\n", hint=hint, check=check), encoding="utf-8")
    return open_rubric(path)


def other_lab(document: dict[str, Any]) -> dict[str, Any]:
    """The same deployment by the other parameters, in Stockholm."""
    text = json.dumps(document)
    for old, new in (
        ("eu-west-1", "eu-north-1"), ("mlops-lab-sentiment", "mood-files"), ("sentiment", "mood"), ("mlops", "mood"),
        ("/health", "/status"), ("14.01.25", "v1"), ("X86_64", "ARM64"), ("0.0.0.0:8000", "0.0.0.0:3000"),
        ("app-8000-tcp", "app-3000-tcp"),
    ):  # fmt: skip
        text = text.replace(old, new)
    text = re.sub(r'(": "?)8000\b', r"\g<1>3000", text)
    text = re.sub(r'("(?:FromPort|ToPort|Port)": )80\b', r"\g<1>8080", text)
    text = re.sub(r'("cpu": )"1024"', r'\1"512"', text)
    text = re.sub(r'("memory": )"3072"', r'\1"1024"', text)
    text = re.sub(r'("GroupName(?:": "|=))admin\b', r"\1staff", text)
    text = text.replace("GroupName=admin", "GroupName=staff")
    # Addresses of the VPC, wherever they are: 172.20 for 10.0.
    text = re.sub(r"\b10\.0\.(\d+\.\d+)", r"172.20.\1", text)
    changed: dict[str, Any] = json.loads(text)
    return changed


def graded(rubric: Rubric, document: Mapping[str, Any]) -> Graded:
    """The document graded by a rubric."""
    found: list[Graded | GraderError] = []
    grade_all(rubric, [Evidence(dict(document))], lambda _, one: found.append(one))
    assert isinstance(found[0], Graded)
    return found[0]


def words(one: Graded) -> str:
    """All that reports say of a result: the page with its picture, without the raw answers, and the terminal."""
    page = render_page(one)
    page = re.sub(r'(?s)<pre\b(?![^>]*\bcmd\b)[^>]*>.*?</pre>', " ", page)
    hints = " ".join(check.hint + check.title for item in one.result.items for check in item.checks)
    return re.sub(r"(?s)<style\b.*?</style>", " ", page) + render_result(one.result, width=100) + hints


@pytest.fixture
def rubric(tmp_path: Path) -> Rubric:
    """The other rubric."""
    return other_rubric(tmp_path)


def test_the_model_and_the_rubric_know_the_same_parameters() -> None:
    """Each that the model knows is read from a rubric, and none else has a type."""
    assert {field.name for field in fields(Parameters)} == set(KNOWN)


def test_a_rubric_without_parameters_means_those_of_the_first_lab() -> None:
    """It was written when these numbers were in the program, and is graded as it was."""
    ours = {name: value for name, value in open_rubric().parameters.items() if name in KNOWN}
    assert ours == WITHOUT_PARAMETERS


def test_the_same_lab_by_other_numbers_earns_everything(rubric: Rubric) -> None:
    """Another region, other ports, paths, sizes, blocks and names: 10 of 10, and the set is told by the names."""
    result = graded(rubric, other_lab(golden())).result
    assert lost(graded(rubric, other_lab(golden()))) == {}
    assert result.score == 10
    assert result.bindings["vpc"].region == "eu-north-1"
    assert "the lab's name" in result.bindings["vpc"].why
    assert "a target group as the lab asks" in result.bindings["vpc"].why
    assert "it has the lab's name" in result.bindings["bucket"].why
    remarks = [remark for item in result.items for check in item.checks for remark in check.remarks]
    assert not [remark for remark in remarks if "handout" in remark]


def test_by_the_wrong_rubric_it_loses_what_is_about_the_numbers(rubric: Rubric) -> None:
    """The lab's rubric and the other lab, and the other way round: the same shares are lost, none else."""
    about = {
        "4.6": Fraction("0.20"),
        "4.7": Fraction("0.60"),
        "5.2": Fraction("0.20"),
    }
    crossed = lost(graded(open_rubric(), other_lab(golden())))
    assert crossed == about
    back = lost(graded(rubric, golden()))
    # Its block is in 10.0.0.0/8, which the other rubric does not take.
    assert back == {**about, "4.1": Fraction("0.10")}


@pytest.mark.parametrize("fault", ["M100", "M112", "M147", "M179", "M182", "M212"])
def test_a_fault_costs_the_same_in_both_labs(rubric: Rubric, fault: str) -> None:
    """A single change is charged alike, whatever the numbers of the lab are."""
    assert lost(graded(rubric, other_lab(patched(fault)))) == lost(graded(open_rubric(), patched(fault)))


def test_every_word_of_a_report_follows(rubric: Rubric) -> None:
    """Findings, hints, titles, commands and picture name the other numbers, and none of the first lab."""
    emptied = graded(rubric, other_lab({**golden(), "calls": {}}))
    fixed = graded(rubric, other_lab(golden()))
    wrong = other_lab(golden())
    for entry in wrong["calls"]["elbv2.DescribeTargetGroups"]["eu-north-1"].values():
        entry["response"]["TargetGroups"][0].update(Port=9999, HealthCheckPath="/nowhere")
    for entry in wrong["calls"]["ec2.DescribeSecurityGroups"]["eu-north-1"].values():
        for group in entry["response"]["SecurityGroups"]:
            group["IpPermissions"] = []
    for entry in wrong["calls"]["elbv2.DescribeListeners"]["eu-north-1"].values():
        entry["response"]["Listeners"] = []
    faulty = graded(rubric, wrong)
    for one in (emptied, fixed, faulty):
        said = words(one)
        assert [text for text in OF_THE_LAB if text in said] == []
    said = words(faulty)
    for text in (
        "HTTP:3000", "port 3000", "TCP 3000 not from", "TCP 8080 not from anywhere", "--port 3000", "--port 8080",
        "/status", "no listener HTTP:8080",
    ):  # fmt: skip
        assert text in said, text
    assert "The task has 0.5 vCPU and 1 GB" in said
    assert "linux/arm64" in said


def test_a_check_has_one_id_whatever_the_parameters_of_the_rubric(rubric: Rubric) -> None:
    """Those of the whole rubric are no part of an id; a row's own are."""
    ids = [row.id for item in rubric.items for row in item.checks]
    assert ids == [row.id for item in open_rubric().items for row in item.checks]
    assert not [one for one in ids if "[" in one]


def test_a_row_may_have_a_parameter_of_its_own(tmp_path: Path) -> None:
    """It goes before the rubric's, in the check and in its texts; the model goes on by the rubric's."""
    text = SMALL.format(with_="with: {port: 8000}\n", hint="Map {port}.", check=EXPOSES)
    text = text.replace('            points: "1"\n', '            points: "0.5"\n')
    name = f"check_5_fargate.py::TestTaskDefinition::{EXPOSES}"
    row = f'          - {{check: "{name}", points: "0.5", with: {{port: 3000}}}}\n'
    (tmp_path / "rubric.yaml").write_text(text + row, encoding="utf-8")
    (item,) = graded(open_rubric(tmp_path / "rubric.yaml"), golden()).result.items
    assert [check.outcome.value for check in item.checks] == ["passed", "failed"]
    assert [check.hint for check in item.checks] == ["Map 8000.", "Map 3000."]
    assert [check.title for check in item.checks] == [f"The container exposes port {port}" for port in (8000, 3000)]
    assert item.checks[1].expected == "TCP 3000"


def test_a_lab_that_lacks_parameters_is_bound_by_the_other_signs(tmp_path: Path) -> None:
    """What a rubric does not give is no sign, no message and no part of the picture; a page is written all the same."""
    rubric = small(tmp_path, "{}", check="test_the_task_definition_requires_fargate")
    one = graded(rubric, golden())
    assert one.result.score == 1
    assert "name" not in one.result.bindings["vpc"].why
    assert "as the lab asks" not in one.result.bindings["vpc"].why
    said = words(one)
    assert "None" not in said
    for case in ("M100", "M179"):
        assert "None" not in words(graded(rubric, patched(case)))


def test_a_course_takes_parameters_of_its_own(tmp_path: Path) -> None:
    """A name that the model does not know goes to the checks and the texts that take it."""
    (tmp_path / "check_ours.py").write_text(
        "from grader.model.vpcs import Vpc\n\n\n"
        "def test_the_vpc_is_the_teams(vpc: Vpc, prefix: str) -> None:\n"
        '    """The VPC is called {prefix}."""\n    assert vpc.name.startswith(prefix)\n',
        encoding="utf-8",
    )
    text = SMALL.format(with_="with: {prefix: sentiment-}\n", hint="Call it {prefix}, not {{x}}.", check=EXPOSES)
    row = f"check_5_fargate.py::TestTaskDefinition::{EXPOSES}"
    text = text.replace(row, "check_ours.py::test_the_vpc_is_the_teams")
    (tmp_path / "rubric.yaml").write_text(text, encoding="utf-8")
    rubric = open_rubric(tmp_path / "rubric.yaml")
    (check,) = graded(rubric, golden()).result.items[0].checks
    assert (check.outcome.value, check.title) == ("passed", "The VPC is called sentiment-")
    assert check.hint == "Call it sentiment-, not {x}."
    assert len(operations_for(rubric.items)) < len(operations_for(open_rubric().items))


@pytest.mark.parametrize("which", [0, -1], ids=["the first names", "the last names"])
def test_a_rubric_that_names_old_checks_is_read(which: int, tmp_path: Path) -> None:
    """Each old name is one of today's checks, in rows and in references; without parameters it means its numbers."""
    text = default_rubric().read_text(encoding="utf-8")
    for new in set(RENAMED.values()):
        assert new in text
        text = text.replace(new, [old for old, now in RENAMED.items() if now == new][which])
    text = re.sub(r"(?m)^with:\n(?:  .*\n)+", "", text, count=1)
    (tmp_path / "rubric.yaml").write_text(text, encoding="utf-8")
    former, ours = open_rubric(tmp_path / "rubric.yaml"), open_rubric()
    pairs = [
        (before, after)
        for one, other in zip(former.items, ours.items, strict=True)
        for before, after in zip(one.checks, other.checks, strict=True)
    ]
    assert [(row.id, row.title, row.runs_through) for row, _ in pairs] == [
        (row.id, row.title, row.runs_through) for _, row in pairs
    ]
    for document in (golden(), patched("M179")):
        assert lost(graded(former, document)) == lost(graded(ours, document))
    assert current("check_5_fargate.py::TestTaskDefinition::test_the_task_has_1_vcpu_and_3_gb[5.2.3]") == (
        "check_5_fargate.py::TestTaskDefinition::test_the_task_has_the_size[5.2.3]"
    )
    assert current("5.3") == "5.3"


@pytest.mark.parametrize(
    ("parameters", "hint", "line", "sentence"),
    [
        ("{port: 0}", "Do it.", 3, "port should be a port"),
        ("{port: 65536}", "Do it.", 3, "port should be a port"),
        ("{port: '3000'}", "Do it.", 3, "port should be a port"),
        ("{port: true}", "Do it.", 3, "port should be a port"),
        ("{port: 3000, health_path: status}", "Do it.", 3, "health_path should be a path"),
        ("{port: 3000, health_path: /a b}", "Do it.", 3, "health_path should be a path"),
        ("{port: 3000, cpu: much}", "Do it.", 3, "cpu should be a size"),
        ("{port: 3000, cpu: 1 GB}", "Do it.", 3, "cpu should be a size"),
        ("{port: 3000, memory: -1}", "Do it.", 3, "memory should be a size"),
        ("{port: 3000, memory: 1.5}", "Do it.", 3, "memory should be a size"),
        ("{port: 3000, architecture: SPARC}", "Do it.", 3, "architecture is not known"),
        ("{port: 3000, vpc_block: 10.0.0.1/16}", "Do it.", 3, "vpc_block should be an IPv4 block"),
        ("{port: 3000, private_ranges: 10.0.0.0/8}", "Do it.", 3, "should be a list"),
        ("{port: 3000, private_ranges: ['::/0']}", "Do it.", 3, "should be an IPv4 block"),
        ("{port: 3000, names: [1]}", "Do it.", 3, "should be a text"),
        ("{port: 3000, app: 'a; b'}", "Do it.", 3, "app should be one word"),
        ("{port: 3000, prot: 3000}", "Do it.", 3, "no check and no text uses 'prot'"),
        ("{port: 3000}", "Map {prot}.", 11, "{prot} is not a parameter"),
        ("{health_path: /}", "Do it.", 13, "needs a value for 'port'"),
    ],
)
def test_a_wrong_parameter_is_named_with_its_line(
    tmp_path: Path, parameters: str, hint: str, line: int, sentence: str
) -> None:
    """A value of the wrong kind, one that nothing takes, one that is missing, and a text that names none."""
    with pytest.raises(RubricError) as caught:
        small(tmp_path, parameters, hint)
    assert sentence in str(caught.value)
    assert str(caught.value).startswith(f"{tmp_path / 'rubric.yaml'}:{line}: ")


def test_texts_of_a_rubric_without_parameters_are_left_alone(tmp_path: Path) -> None:
    """Braces are braces there: a hint may hold a command."""
    hint = "Type Tags=[{Key=Name}] for {region}"
    assert small(tmp_path, hint=hint).items[0].hint == hint


def test_sizes_are_written_as_aws_writes_them(tmp_path: Path) -> None:
    """CPU units and MiB, or vCPU and GB."""
    for cpu, memory in (("512", "1024"), (".5 vCPU", "1 GB"), ("0.5 vcpu", "1024 MB"), ("'512'", "1GB")):
        rubric = small(tmp_path, f"{{port: 1, cpu: {cpu}, memory: {memory}}}")
        assert (rubric.parameters["cpu"], rubric.parameters["memory"]) == (512, 1024)


def test_no_number_of_the_lab_is_in_the_program() -> None:
    """Model, grading and reports take them from the rubric; a health path that logs know is everybody's."""
    found = [
        f"{path.name}: {line.strip()}"
        for folder in ("model", "grading", "report")
        for path in sorted((Path(bundle("rubric.yaml")).parent / "grader" / folder).rglob("*.py"))
        for line in path.read_text(encoding="utf-8").splitlines()
        if re.search(r'\b8000\b|\b3072\b|"/health"|sentiment|mlops|10\.0\.0\.0/16|"admin"', line)
    ]
    # Health paths that logs know, and names by which an administrator is told, belong to no lab.
    known = ("access_lines.py", "refusals.py")
    assert [line for line in found if not line.startswith(known)] == []
