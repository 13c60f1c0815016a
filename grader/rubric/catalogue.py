"""What a rubric can ask, in lines of text: services, their operations, and the parameters and members of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from difflib import get_close_matches

from grader.calls.iam_actions import iam_action
from grader.calls.operations import may_be_asked, reading_operations, why_not
from grader.calls.refused_reads import refused_because
from grader.calls.shapes import Shape, model, operation_shape
from grader.calls.table import OPERATIONS
from grader.errors import UsageError

_DEEPEST = 3


def _all() -> list[str]:
    return sorted(name for name in {*reading_operations(), *OPERATIONS} if may_be_asked(name))


def services() -> list[str]:
    """Every service with the number of its operations that can be asked."""
    count = Counter(name.partition(".")[0] for name in _all())
    width = max(map(len, count))
    return [f"{service:<{width}}  {number} operations" for service, number in sorted(count.items())]


def of_service(service: str) -> list[str]:
    """The operations of a service with the parameters that each needs; and those that are refused, with the reason."""
    names = [name for name in _all() if name.startswith(f"{service}.")]
    if not names:
        known = {name.partition(".")[0] for name in _all()}
        near = get_close_matches(service, known, n=1)
        raise UsageError(
            f"there is no service {service!r}.",
            remedy=f"Did you mean {near[0]!r}?" if near else "To list them, run: grader operations",
        )
    lines = []
    for name in names:
        shape = operation_shape(name)
        needs = ", ".join(shape.input.required) if shape is not None and shape.input is not None else ""
        lines.append(f"{name}({needs})")
    refused = [
        f"{service}.{name}" for name in model(service).get("operations", {}) if _is_refused_read(f"{service}.{name}")
    ]
    if refused:
        lines += ["", "Not available, although they are reads:"]
        lines += [f"{name}: {refused_because(name)}" for name in sorted(refused)]
    return lines


def _is_refused_read(name: str) -> bool:
    verb = name.partition(".")[2]
    return bool(refused_because(name)) and verb.startswith(("Get", "Describe", "List", "BatchGet", "Receive"))


def of_operation(name: str) -> list[str]:
    """The parameters of an operation, the members of its answer as paths, and the IAM action that it needs."""
    if not may_be_asked(name):
        problem, remedy = why_not(name)
        raise UsageError(problem, remedy=remedy)
    shape = operation_shape(name)
    lines = [f"{name}, allowed by {iam_action(name)}", "", "Parameters:"]
    inputs = shape.input if shape is not None else None
    for member in inputs.members if inputs is not None else ():
        assert inputs is not None
        needed = " (needed)" if member in inputs.required else ""
        lines.append(f"  {member}: {_kind(inputs.member(member))}{needed}")
    lines += ["", "Answer:"]
    if shape is not None and shape.output is not None:
        lines += [f"  {path}: {kind}" for path, kind in _members(shape.output, "", ())]
    return lines


def _kind(shape: Shape) -> str:
    if shape.kind == "list":
        return f"list of {_kind(shape.entry)}"
    values = f", one of {', '.join(shape.values[:8])}" if shape.values else ""
    return f"{ {'string': 'text', 'structure': 'object', 'timestamp': 'time'}.get(shape.kind, shape.kind) }{values}"


def _members(shape: Shape, above: str, seen: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    if shape.name in seen or above.count(".") >= _DEEPEST:
        return
    for name in shape.members:
        member = shape.member(name)
        path = f"{above}{name}"
        if member.kind == "list":
            yield f"{path}[]", _kind(member.entry)
            if member.entry.kind == "structure":
                yield from _members(member.entry, f"{path}[].", (*seen, shape.name))
        else:
            yield path, _kind(member)
            if member.kind == "structure":
                yield from _members(member, f"{path}.", (*seen, shape.name))
