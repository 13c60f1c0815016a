"""The kept corpus, and a few new inputs that are the same in every run."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.fuzz.edits import edited, paths, read, spelled
from tests.fuzz.targets import targets

CORPUS = sorted((Path(__file__).parent / "corpus").rglob("*.json"))
FEW = {"evidence": 12, "rubric": 60, "openapi": 60}


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_what_was_found_once_is_harmless(path: Path) -> None:
    """Every file of the corpus: graded, or refused in one sentence."""
    targets()[path.parent.name].tries(read(path.read_text("utf-8")))


@pytest.mark.parametrize("name", FEW)
def test_odd_inputs_are_harmless(name: str) -> None:
    """A few of each kind; ``make fuzz`` tries thousands."""
    target = targets()[name]

    @settings(
        max_examples=FEW[name], deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck),
        phases=(Phase.generate,),
    )  # fmt: skip
    @given(target.strategy())
    def tried(edits: tuple) -> None:  # type: ignore[type-arg]
        target.tries(edits)

    tried()


@pytest.mark.parametrize("name", FEW)
def test_edits_change_what_they_say(name: str) -> None:
    """The inputs are what they seem: each target's document has many places, and an edit is kept and read back."""
    document = targets()[name].document
    places = paths(document)
    assert len(places) > 30
    edits = read(spelled(read(f'[[{[*places[-1]]!r}, "put", "odd"]]'.replace("'", '"'))))
    assert edited(document, edits) != document


@given(st.data())
@settings(max_examples=5, deadline=None, database=None, derandomize=True)
def test_a_target_that_fails_is_noticed(data: st.DataObject) -> None:
    """An input that does harm raises; a harness that swallowed it would find nothing."""
    target = targets()["openapi"]
    broken = type(target)(target.document, lambda document: 1 / 0)  # type: ignore[arg-type]
    edits = data.draw(broken.strategy())
    with pytest.raises(ZeroDivisionError):
        broken.tries(edits)
