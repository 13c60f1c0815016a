"""The table of causes: every reason that is recognised, the most specific first."""

from __future__ import annotations

from grader.model.diagnosis.arriving import ARRIVING
from grader.model.diagnosis.cause import Cause
from grader.model.diagnosis.deploying import DEPLOYING
from grader.model.diagnosis.pulling import PULLING
from grader.model.diagnosis.starting import STARTING
from grader.model.diagnosis.stopping import STOPPING
from grader.model.diagnosis.unhealthy import UNHEALTHY_ROWS

NOTHING_WANTED, *_OF_DEPLOYMENTS = DEPLOYING

CAUSES: tuple[Cause, ...] = (NOTHING_WANTED, *STARTING, *PULLING, *STOPPING, *UNHEALTHY_ROWS, *_OF_DEPLOYMENTS)
"""Why no healthy task runs."""

WAY_IN: tuple[Cause, ...] = ARRIVING
"""Why nobody reaches a healthy task."""

DEPLOYMENTS: tuple[Cause, ...] = tuple(_OF_DEPLOYMENTS)
"""What is said beside a cause that lies in the tasks."""

ALL: tuple[Cause, ...] = (*CAUSES, *WAY_IN)
"""Every row that is told by witnesses."""
