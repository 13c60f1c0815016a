"""The parameters of a rubric, as the model takes them."""

from __future__ import annotations

import pytest

from grader.model.parameters import PARAMETER_NAMES, Parameters


def test_those_that_the_model_knows_are_taken() -> None:
    """The others are for checks alone, and what is not given is nothing."""
    found = Parameters.of({"port": 3000, "names": ("weather",), "colour": "blue"})
    assert found == Parameters(port=3000, names=("weather",))
    assert "port" in PARAMETER_NAMES


@pytest.mark.parametrize(
    ("name", "is_the_labs"),
    [("my-Weather-app", True), ("WEATHER", True), ("rain", False), ("wea-ther", False), ("bucket", False)],
)
def test_the_labs_name_is_a_word_in_any_case(name: str, is_the_labs: bool) -> None:
    """Anywhere in the name; buckets have words of their own."""
    found = Parameters(names=("Weather", "sun"), bucket_names=("Bucket", "store"))
    assert found.has_the_labs_name(name) is is_the_labs
    assert found.has_the_labs_bucket_name(name) is (name == "bucket")
    assert found.has_the_labs_name("sunny")
    assert found.has_the_labs_bucket_name("my-STORE")
    assert not Parameters().has_the_labs_name(name)
    assert not Parameters().has_the_labs_bucket_name(name)
