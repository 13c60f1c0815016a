"""``grader class`` over evidence that was handed in: what comes out, what a second run does, what a bad file costs."""

from __future__ import annotations

import csv
import json
import os
import re
import sqlite3
import stat
from pathlib import Path

import pytest

from grader.class_run.folder import Folder
from grader.rubric import default_rubric
from tests.classes.conftest import Command, scores, table, write_evidence


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """Where a run over ``evidence/`` writes by default."""
    return tmp_path / "reports" / "evidence"


@pytest.mark.usefixtures("evidence")
class TestWhatComesOut:
    """A folder with everything about the class."""

    def test_every_student_has_evidence_result_and_page(self, command: Command, out: Path) -> None:
        """The scores are those of `grader grade`, in every file."""
        ran = command("class", "evidence/")
        assert ran.returncode == 3, ran.stderr
        found = scores(out)
        assert {name: (row["score"], row["up_to"]) for name, row in found.items()} == {
            "ada": ("10", "10"), "bo": ("9.875", "9.875"), "cy": ("9.875", "10"),
        }  # fmt: skip
        assert found["bo"]["4.5"] == "0.125"
        for name, row in found.items():
            assert json.loads((out / f"results/{name}.json").read_text("utf-8"))["score"] == float(row["score"])
            assert row["account"] in (out / f"pages/{name}.html").read_text("utf-8")
            assert (out / f"evidence/{name}.json.gz").is_file()
        assert "bo" in (out / "class.html").read_text("utf-8")
        assert "bo: graded 9.875 of 10" in (out / "run.log").read_text("utf-8")
        assert "bo: 9.875 of 10.00" in ran.stdout

    @pytest.mark.skipif(os.name != "posix", reason="permissions of Unix")
    def test_only_its_owner_can_read_it(self, command: Command, out: Path) -> None:
        """Files are 0600 and folders 0700, the database's own too."""
        command("class", "evidence/")
        wrong = [
            str(path)
            for path in (out, *out.rglob("*"))
            if stat.S_IMODE(path.stat().st_mode) != (0o700 if path.is_dir() else 0o600)
        ]
        assert wrong == []

    def test_the_state_is_as_documented(self, command: Command, out: Path) -> None:
        """A query of the docs gives the scores."""
        command("class", "evidence/")
        with sqlite3.connect(out / "state.sqlite") as state:
            found = state.execute("SELECT id, stage, score FROM students JOIN grades ON student = id ORDER BY position")
            assert list(found) == [("ada", "collected", 10.0), ("bo", "collected", 9.875), ("cy", "collected", 9.875)]


@pytest.mark.usefixtures("evidence")
class TestASecondRun:
    """The same command does only what is missing or changed."""

    def test_nothing_is_graded_twice(self, command: Command, out: Path) -> None:
        """What is done stays; a result that is gone or cut is made again."""
        command("class", "evidence/")
        before = (out / "results/bo.json").stat().st_mtime_ns
        assert "0 graded" in command("class", "evidence/").stdout
        assert (out / "results/bo.json").stat().st_mtime_ns == before
        (out / "pages/bo.html").write_text("", "utf-8")
        assert "1 graded" in command("class", "evidence/").stdout
        assert (out / "pages/bo.html").stat().st_size > 10_000

    def test_a_new_hand_in_replaces_the_old_one(self, command: Command, out: Path, evidence: Path) -> None:
        """Whoever hands in again is graded again, and nobody else."""
        command("class", "evidence/")
        write_evidence(evidence / "bo.json", account="100000000002")
        ran = command("class", "evidence/")
        assert "1 graded" in ran.stdout
        assert "bo: 9.875 to 10" in ran.stdout
        assert scores(out)["bo"]["score"] == "10"

    def test_two_runs_in_one_folder_are_refused(self, command: Command, out: Path) -> None:
        """The second one says so; in another folder it works. The lock ends with its process."""
        command("class", "evidence/")
        lock = Folder(out).locked()
        ran = command("class", "evidence/")
        assert (ran.returncode, ran.stderr.count("\n")) == (2, 1)
        assert "another run is using this folder" in ran.stderr
        assert command("class", "evidence/", "--out", "elsewhere").returncode == 3
        lock.release()
        assert command("class", "evidence/").returncode == 3

    def test_a_corrected_rubric_says_whose_score_changed_and_why(self, command: Command, out: Path) -> None:
        """--regrade lists student, scores and the step with its reason."""
        command("class", "evidence/")
        head, start, rest = default_rubric().read_text("utf-8").partition('- id: "4.5"')
        step, end, tail = rest.partition('- id: "4.6"')
        assert step.count('points: "0.125"') == 2
        step = step.replace('points: "0.125"', 'points: "0.20"', 1).replace('points: "0.125"', 'points: "0.05"', 1)
        Path(out.parents[1] / "corrected.yaml").write_text(head + start + step + end + tail, "utf-8")
        ran = command("class", "evidence/", "--regrade", "--rubric", "corrected.yaml")
        assert "3 graded" in ran.stdout, ran.stderr
        (line,) = [line for line in ran.stdout.splitlines() if line.startswith("  ")]
        assert re.match(r"  bo: 9\.875 to 9\.(8|95): step 4\.5: 0\.125 to 0\.(05|2) \(.+\)$", line)

    def test_a_student_can_be_forgotten(self, command: Command, out: Path) -> None:
        """Neither the name nor the account is left in any file."""
        command("class", "evidence/")
        ran = command("class", "evidence/", "--forget", "bo")
        assert ran.returncode == 0, ran.stderr
        assert "The roster still lists this student" in ran.stdout
        for path in out.rglob("*"):
            if path.is_file():
                content = path.read_bytes()
                assert b"100000000002" not in content, path
                assert not re.search(rb"\bbo\b", content), path
        assert set(scores(out)) == {"ada", "cy"}
        assert "there is no student 'nobody'" in command("class", "evidence/", "--forget", "nobody").stderr


class TestBadInput:
    """One bad file is one sentence for that student."""

    def test_what_is_not_evidence_costs_only_itself(self, command: Command, out: Path, evidence: Path) -> None:
        """The others are graded; the run ends with the highest code."""
        (evidence / "dee.json").write_text("{", "utf-8")
        (evidence / "eve.json.gz").write_bytes(b"\x1f\x8bgarbage")
        (evidence / "fay.json").write_text("[]", "utf-8")
        ran = command("class", "evidence/")
        assert ran.returncode == 3
        assert ran.stderr.count("\n") == 3
        found = scores(out)
        assert found["ada"]["score"] == "10"
        assert "not JSON" in found["dee"]["error"]
        assert "gzip data is damaged" in found["eve"]["error"]
        assert found["fay"]["score"] == ""
        write_evidence(evidence / "dee.json", account="100000000004")
        assert "1 graded, 2 failed" in command("class", "evidence/").stdout
        assert scores(out)["dee"]["score"] == "10"

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (["no-such-roster.csv"], "cannot be read"),
            (["empty"], "no evidence file"),
            (["evidence/", "--overrides", "none.yaml"], "cannot be read"),
            (["evidence/", "--rubric", "none.yaml"], "cannot be read"),
            (["evidence/", "--out", "evidence/ada.json"], "cannot be created"),
            (["evidence/", "--external-id", "x"], None),
        ],
    )
    @pytest.mark.usefixtures("evidence")
    def test_a_run_that_cannot_begin_says_why(
        self, command: Command, tmp_path: Path, arguments: list[str], said: str | None
    ) -> None:
        """Exit code 2 and one sentence."""
        (tmp_path / "empty").mkdir()
        ran = command("class", *arguments)
        if said is None:
            assert ran.returncode == 3  # a folder needs no way in, so an option for one does not matter
            return
        assert ran.returncode == 2
        assert said in ran.stderr
        assert "Traceback" not in ran.stderr


class TestARoster:
    """A roster that names evidence files."""

    def test_a_learner_lab_has_its_converted_score(self, command: Command, tmp_path: Path) -> None:
        """The variant's own points and the conversion stand side by side, as in the student's report."""
        write_evidence(tmp_path / "evidence/ada.json", "V84")
        document = json.loads((tmp_path / "evidence/ada.json").read_text("utf-8"))
        document["meta"]["environment"] = "academy"
        (tmp_path / "evidence/ada.json").write_text(json.dumps(document), "utf-8")
        command("class", "evidence/")
        row = scores(tmp_path / "reports/evidence")["ada"]
        assert (row["max_score"], row["1.1"]) == ("9.25", "")
        assert float(row["converted"]) == pytest.approx(float(row["score"]) * 10 / 9.25, abs=1e-4)

    def test_questions_are_facts_and_change_no_score(self, command: Command, tmp_path: Path) -> None:
        """The same account twice, and an account that is not the roster's."""
        write_evidence(tmp_path / "ada.json", account="100000000001")
        write_evidence(tmp_path / "bo.json", "M125", account="100000000001")
        (tmp_path / "roster.csv").write_text(
            "id,name,e-mail,account,evidence,Tutor\n"
            "s1,=Ada,ada@example.org,100000000001,ada.json,Kim\ns2,Bo,,999999999999,bo.json,\n",
            "utf-8",
        )
        ran = command("class", "roster.csv")
        assert "2 questions for you" in ran.stdout, ran.stderr
        page = (tmp_path / "reports/roster/class.html").read_text("utf-8")
        assert "They handed in the same account, 100000000001." in page
        assert "The evidence is from account 100000000001, but the roster says 999999999999." in page
        found = scores(tmp_path / "reports/roster")
        assert (found["s1"]["score"], found["s2"]["score"]) == ("10", "9.875")
        assert (found["s1"]["Tutor"], found["s1"]["name"]) == ("Kim", "'=Ada")
        shared = command("class", "roster.csv", "--share")
        assert shared.returncode == 1
        masked = (tmp_path / "reports/roster/class.html").read_text("utf-8")
        assert not re.search(r"\d{12}|ada@example", masked)

    def test_steps_and_values_reach_those_who_grade(self, command: Command, tmp_path: Path) -> None:
        """--item grades that step alone; --set fills the rubric's parameters, and another value grades anew."""
        write_evidence(tmp_path / "evidence/ada.json")
        command("class", "evidence/", "--item", "4.1")
        assert scores(tmp_path / "reports/evidence")["ada"]["score"] == "0.5"
        (tmp_path / "lab.yaml").write_text(
            "lab: A lab\nparameters: {name: nothing}\nthings:\n"
            "  bucket: {list: s3.ListBuckets, each: 'Buckets[]'}\nitems:\n"
            "  - {id: '1', title: Bucket, of: bucket, expect: {Name: {matches: $name}}, points: '1'}\n",
            "utf-8",
        )
        command("class", "evidence/", "--out", "out", "--rubric", "lab.yaml", "--set", "name=.")
        assert scores(tmp_path / "out")["ada"]["score"] == "1"
        command("class", "evidence/", "--out", "out", "--rubric", "lab.yaml")
        assert scores(tmp_path / "out")["ada"]["score"] == "0"

    def test_points_of_a_person_are_read_back(self, command: Command, tmp_path: Path) -> None:
        """manual.csv lists the steps; what is written into it counts, and is shown as such."""
        write_evidence(tmp_path / "evidence/ada.json", "U20")
        out = tmp_path / "reports/evidence"
        command("class", "evidence/")
        rows = table(out / "manual.csv")
        assert rows
        before = float(scores(out)["ada"]["score"])
        given = sum(float(row["worth"]) for row in rows)
        lines = [dict(row, points=row["worth"], comment="seen", who="Kim") for row in rows]
        with (out / "manual.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, rows[0])
            writer.writeheader()
            writer.writerows(lines)
        command("class", "evidence/")
        row = scores(out)["ada"]
        assert float(row["score"]) == before + given
        assert "decided by Kim: seen" in row["decisions"]
        assert "decided by Kim: seen" in (out / "pages/ada.html").read_text("utf-8")
        kept = table(out / "manual.csv")
        assert kept == lines

    def test_an_override_counts_and_one_that_matches_nothing_is_an_error_of_its_row(
        self, command: Command, tmp_path: Path
    ) -> None:
        """The others apply; each error names its line."""
        write_evidence(tmp_path / "evidence/ada.json", "M125")
        (tmp_path / "evidence/overrides.yaml").write_text(
            "- {student: ada, step: '4.5', points: '0.25', reason: agreed by mail, who: Kim, until: 2027-01-01}\n"
            "- {student: nobody, step: '4.5', outcome: passed, reason: r, who: Kim}\n"
            "- {student: ada, step: '9.9', outcome: passed, reason: r, who: Kim}\n"
            "- {student: ada, step: '1.1', outcome: passed, reason: r, who: Kim}\n"
            "- {student: ada, step: '1.2', points: '7', reason: r, who: Kim}\n"
            "- {student: ada, step: '1.3', outcome: failed, reason: r, who: Kim, until: 2020-01-01}\n"
            "- {student: ada, step: '1.4', who: Kim}\n",
            "utf-8",
        )
        ran = command("class", "evidence/")
        assert ran.returncode == 2
        assert [line.partition(": ")[2].partition(": ")[0].rpartition(":")[2] for line in ran.stderr.splitlines()] == [
            "2", "3", "5", "7", "4", "6",
        ]  # fmt: skip
        out = tmp_path / "reports/evidence"
        assert scores(out)["ada"]["score"] == "10"
        result = json.loads((out / "results/ada.json").read_text("utf-8"))
        assert result["checked_score"] == 9.875
        assert result["decisions"][0]["who"] == "Kim"
        assert "decided by Kim, until 2027-01-01: agreed by mail" in (out / "pages/ada.html").read_text("utf-8")
        (tmp_path / "evidence/overrides.yaml").unlink()
        assert "ada: 10 to 9.875" in command("class", "evidence/").stdout

    def test_late_work_costs_what_the_rubric_says(self, command: Command, tmp_path: Path) -> None:
        """By the hand-in time of the roster, in the policy's time zone; raw and adjusted score are both kept."""
        for name in ("ada", "bo", "cy", "dee"):
            write_evidence(tmp_path / f"{name}.json")
        text = default_rubric().read_text("utf-8")
        policy = (
            'late:\n  deadline: "2026-11-19 23:59"\n  time_zone: Europe/Athens\n  grace_minutes: "10"\n'
            '  per_day: "10%"\n  cap: "2.5"\n  extensions: {dee: "2026-11-25 12:00"}\n'
        )
        rubric = tmp_path / "rubric.yaml"
        rubric.write_text(text.replace("variants:\n", policy + "variants:\n", 1), "utf-8")
        (tmp_path / "roster.csv").write_text(
            "id,evidence,handed in\nada,ada.json,2026-11-20 00:08\nbo,bo.json,2026-11-19 22:10 UTC\n"
            "cy,cy.json,2026-12-20 00:00\ndee,dee.json,2026-11-25 11:59\n",
            "utf-8",
        )
        command("class", "roster.csv", "--rubric", "rubric.yaml")
        found = scores(tmp_path / "reports/roster")
        assert {name: (row["score"], row["raw_score"], row["late_days"]) for name, row in found.items()} == {
            "ada": ("10", "10", ""), "bo": ("9", "10", "1"), "cy": ("7.5", "10", "31"), "dee": ("10", "10", ""),
        }  # fmt: skip
        assert "1 day late" in (tmp_path / "reports/roster/pages/bo.html").read_text("utf-8")
