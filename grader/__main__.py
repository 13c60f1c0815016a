"""``python -m grader``."""

from grader.cli.commands import main

main()
