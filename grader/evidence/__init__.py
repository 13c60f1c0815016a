"""The evidence file: one account as AWS described it at one moment, every answer and every refusal.

``Evidence`` reads what ``collect`` wrote. The format is described in docs/reference/evidence.md. A file from someone
else is untrusted: it is bounded in size and depth and parsed as data alone.
"""

from grader.evidence.document import Evidence, HttpProbe, ProbedEndpoint
from grader.evidence.fields import Fields
from grader.evidence.files import load_evidence, parse_evidence
from grader.evidence.question import GLOBAL, Question, identify
from grader.evidence.refusals import Refusal, RefusalKind, refusal_kind, refusals_of, says_absent
from grader.evidence.structure import FORMAT

__all__ = [
    "FORMAT",
    "GLOBAL",
    "Evidence",
    "Fields",
    "HttpProbe",
    "ProbedEndpoint",
    "Question",
    "Refusal",
    "RefusalKind",
    "identify",
    "load_evidence",
    "parse_evidence",
    "refusal_kind",
    "refusals_of",
    "says_absent",
]
