"""The feeds: every format that results can be written in. The command line makes an option of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from grader.grading.pipeline import Graded

Renderer = Callable[["Sequence[Graded]"], str]


@dataclass(frozen=True, slots=True)
class Format:
    """A format: ``option`` and ``help`` of the command line, and the module that writes it.

    ``several`` tells whether one file can hold several accounts; those that cannot raise ``UsageError``.
    """

    name: str
    option: str
    help: str
    module: str
    several: bool = True

    @property
    def render(self) -> Renderer:
        """The function that writes it, imported when it is first wanted."""
        return renderer(self.name)


def _formats(*formats: Format) -> Mapping[str, Format]:
    return {each.name: each for each in formats}


FORMATS: Mapping[str, Format] = _formats(
    Format("json", "--json", "Write the result as JSON (a list for several accounts).", "result_json"),
    Format("junit", "--junit", "Write JUnit XML for Jenkins, GitLab and others.", "junit"),
    Format("markdown", "--markdown", "Write a Markdown summary, such as for $GITHUB_STEP_SUMMARY.", "markdown"),
    Format("annotations", "--annotations", "Write lost points as GitHub workflow commands.", "annotations"),
    Format("sarif", "--sarif", "Write SARIF 2.1.0 for code scanning.", "sarif"),
    Format("ocsf", "--ocsf", "Write OCSF compliance findings, a JSON list.", "ocsf"),
    Format("gradescope", "--gradescope", "Write Gradescope's results.json.", "gradescope", several=False),
    Format("prairielearn", "--prairielearn", "Write PrairieLearn's results.json.", "prairielearn", several=False),
    Format("autolab", "--autolab", "Write the final lines that Autolab reads.", "autolab", several=False),
)


def renderer(name: str) -> Renderer:
    """The function that writes a format: results of one or several accounts in, text out."""
    render: Renderer = import_module(f"grader.report.feeds.{FORMATS[name].module}").render
    return render
