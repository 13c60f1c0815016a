"""Rows of a rubric about things that it binds itself, and those that a person decides."""

from grader.model.lab_things import LabThings, ThingRow


def test_the_thing_is_as_expected(lab_things: LabThings, row: ThingRow) -> None:
    assert lab_things.verdict(row)
