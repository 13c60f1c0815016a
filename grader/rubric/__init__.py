"""The rubric: what each step of a lab is worth and which checks earn it.

``rubric.yaml`` alone knows points. They are quoted decimals there and exact fractions here. The format is described in
docs/rubrics.md.
"""

from grader.rubric.bundled import bundle, default_rubric, is_ours, open_rubric
from grader.rubric.check_functions import CheckFunction
from grader.rubric.reader import FORMAT, load_rubric, parameter_names
from grader.rubric.scheme import (
    QUESTION_CHECK,
    THINGS_CHECK,
    Bonus,
    CheckRow,
    Control,
    Item,
    Rubric,
    Section,
    Variant,
    rows,
)

__all__ = [
    "FORMAT",
    "QUESTION_CHECK",
    "THINGS_CHECK",
    "Bonus",
    "CheckFunction",
    "CheckRow",
    "Control",
    "Item",
    "Rubric",
    "Section",
    "Variant",
    "bundle",
    "default_rubric",
    "is_ours",
    "load_rubric",
    "open_rubric",
    "parameter_names",
    "rows",
]
