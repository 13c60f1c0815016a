"""How much of what somebody else wrote is read, and how long it may take: every such number, in one place.

An account of AWS, a rubric and a course's checks stay far below each of them; what does not is refused in one sentence.
What the probe of the application may do is bounded where it is made (``grader.collect.probing``).
"""

MAX_BYTES = 64 * 1024 * 1024
"""Bytes of an evidence or results file, expanded. The account of a lab takes 0.3 MB."""
MAX_VALUES = 2_000_000
"""Values in one such file: each costs memory, however few bytes spell it."""
MAX_DEPTH = 64
"""Levels of nesting in it."""
MAX_SECONDS = 30.0
"""For grading one account, and again for writing what belongs to it. A lab takes 0.1 s."""

MAX_RUBRIC_BYTES = 1024 * 1024
"""Bytes of a rubric, or of a module of checks."""
MAX_RUBRIC_VALUES = 50_000
"""Values in a rubric, each counted as often as an alias repeats it."""
MAX_RUBRIC_DEPTH = 32
"""Levels of nesting in it."""
MAX_SCALAR = 100
"""Characters of a value that is not text: a number, a date."""

MAX_EXPRESSION = 2000
"""Characters of a JMESPath expression."""
MAX_EXPRESSION_DEPTH = 40
"""Levels of nesting in it."""
MAX_GROWTH = 64
"""How many times an expression may repeat what it is given: ``[@, @]`` twice, and piped into itself six times."""
