"""Reading ``rubric.yaml``: every mistake in it raises ``RubricError`` with file, line and what to do."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from hashlib import sha256
from pathlib import Path
from typing import Any

from grader.bounds import MAX_RUBRIC_BYTES
from grader.errors import RubricError
from grader.foreign_text import shorten
from grader.rubric.check_functions import find_check
from grader.rubric.late_policy import read_late_policy
from grader.rubric.located_yaml import Marked, read_marked
from grader.rubric.parameters import KNOWN, filled, named_in, parameter
from grader.rubric.queries import checked_question
from grader.rubric.renamed_checks import WITHOUT_PARAMETERS, current, currents
from grader.rubric.scheme import (
    CONTROLLED,
    QUESTION_CHECK,
    THINGS_CHECK,
    Bonus,
    CheckRow,
    Control,
    Item,
    Rubric,
    Section,
    Variant,
)
from grader.rubric.short_form import expand
from grader.rubric.student_values import names_in, put_values
from grader.rubric.things import read_row, read_things
from grader.things.judging import ThingRow
from grader.things.requests import operations_for_things
from grader.things.things import Row, Things

FORMAT = 1
_ID = re.compile(r"[ -Z^-~]{1,40}")  # printable ASCII but [, \\ and ]: an id is part of the name of a pytest item
KEPT = ("buckets", "names")
"""What a rubric can keep of the private values in its evidence."""


def load_rubric(path: Path, *, search: tuple[Path, ...], values: Mapping[str, str] | None = None) -> Rubric:
    """Read and check a rubric. ``search`` are the folders of check modules after those beside the rubric.

    ``values`` are those of its parameters, by name.
    """
    content = rubric_content(path)
    root = read_marked(rubric_text(content, path), str(path), RubricError)
    put_values(root, values or {})
    expand(root)
    return read_rubric(path, search, root, sha256(content).hexdigest())


def parameter_names(path: Path) -> tuple[str, ...]:
    """The names of what differs from student to student in a rubric."""
    return names_in(read_marked(rubric_text(rubric_content(path), path), str(path), RubricError))


def read_rubric(path: Path, search: tuple[Path, ...], root: Marked, digest: str) -> Rubric:
    """The rubric that a YAML tree says. ``digest`` is the SHA-256 of its file."""
    return _Reader(path, _folders(path, search), search, digest).rubric(root)


def rubric_content(path: Path) -> bytes:
    """A rubric's file, read once; raises ``RubricError`` where it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(MAX_RUBRIC_BYTES + 1)
    except OSError as error:
        raise RubricError(
            f"cannot be read: {error.strerror or error}.", where=str(path), remedy="Name one with --rubric FILE."
        ) from error


def rubric_text(content: bytes, path: Path) -> str:
    """The text of a rubric; raises ``RubricError`` for what is none, or too much."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RubricError(f"not UTF-8 text (byte {error.start}).", where=str(path)) from error
    if len(content) > MAX_RUBRIC_BYTES:
        raise RubricError(f"larger than {MAX_RUBRIC_BYTES // 1024} KiB.", where=str(path))
    return text


def _folders(path: Path, search: tuple[Path, ...]) -> tuple[Path, ...]:
    """Where modules of checks are looked for: beside the rubric; in its ``checks``, if that is below it; among ours."""
    beside = path.parent.resolve()
    below = (beside / "checks").resolve()
    own = (beside, below) if below.is_relative_to(beside) else (beside,)
    return tuple(dict.fromkeys((*own, *(folder.resolve() for folder in search))))


class _Reader:
    def __init__(self, path: Path, folders: tuple[Path, ...], ours: tuple[Path, ...], digest: str) -> None:
        self.path = path
        self.folders = folders
        self.ours = frozenset(folder.resolve() for folder in ours)
        self.digest = digest
        self.item_ids: dict[str, str] = {}
        self.shared: dict[str, Any] = dict(WITHOUT_PARAMETERS)
        self.fills = False
        self.used: set[str] = set(KNOWN)
        self.things = Things()
        self.thing_rows: list[Row] = []
        self.title = ""

    def rubric(self, root: Marked) -> Rubric:
        keys = root.mapping(
            needs=("lab", "points", "sections"),
            may=("format", "bonus", "variants", "with", "keep", "late", "feeds", "security_notes", "things"),
        )
        if "format" in keys and keys["format"].plain() != FORMAT:
            raise keys["format"].wrong(f"format should be {FORMAT}.", "A newer rubric needs a newer grader.")
        given = keys["with"].mapping() if "with" in keys else {}
        if "with" in keys:
            self.shared, self.fills = {name: parameter(value) for name, value in given.items()}, True
        self.things = read_things(keys.get("things"), str(self.path))
        sections = tuple(self._section(entry) for entry in keys["sections"].sequence())
        items = [item for section in sections for item in section.items]
        for item in items:
            for other in (*item.builds_on, *item.runs_through):
                self._check_reference(other, items, item.where, but=item.id)
            for row in item.checks:
                for other in row.runs_through:
                    self._check_reference(other, items, row.where, but="")
        for name, value in given.items():
            if name not in self.used:
                raise value.wrong(
                    f"no check and no text uses {name!r}.", f"The lab's parameters are {', '.join(KNOWN)}."
                )
        total = sum((item.points for item in items), Fraction(0))
        if not items:
            raise keys["sections"].wrong("the rubric has no items.")
        if keys["points"].decimal() != total:
            raise keys["points"].wrong(
                f"points is {keys['points'].text()}, but the items sum to {_decimal(total)}.", "Make them equal."
            )
        return Rubric(
            path=self.path,
            digest=self.digest,
            lab=keys["lab"].text(),
            sections=sections,
            variants=self._variants(keys.get("variants"), "feeds" in keys and _feeds_converted(keys["feeds"])),
            bonus=self._bonus(keys.get("bonus")),
            parameters=self.shared,
            keep=self._keep(keys.get("keep")),
            late=read_late_policy(keys["late"]) if "late" in keys else None,
            security_notes=_truth(keys["security_notes"]) if "security_notes" in keys else True,
            things=replace(self.things, rows=tuple(self.thing_rows)),
        )

    def _check_reference(self, name: str, items: list[Item], where: str, *, but: str) -> None:
        """Raise where ``name`` is neither another item nor ``item::function``."""
        identifier, separator, function = name.partition("::")
        function = current(function)
        named = [item for item in items if item.id == identifier and identifier != but]
        if not named:
            raise RubricError(f"{name!r} names no other item.", where=where, remedy="Use the id of an item.")
        if separator and not any(row.function.name.endswith(function) for row in named[0].checks):
            has = ", ".join(row.function.name.rpartition("::")[2] for row in named[0].checks)
            raise RubricError(f"item {identifier} has no check {function!r}.", where=where, remedy=f"Checks: {has}.")

    def _section(self, entry: Marked) -> Section:
        keys = entry.mapping(needs=("id", "title", "items"))
        title = keys["title"].text()
        items = tuple(self._item(item, title) for item in keys["items"].sequence())
        return Section(keys["id"].text(), title, items)

    def _item(self, entry: Marked, section: str) -> Item:
        keys = entry.mapping(
            needs=("id", "title", "points", "hint", "checks"),
            may=("link", "builds_on", "runs_through", "controls", "with"),
        )
        identifier = keys["id"].text()
        if not _ID.fullmatch(identifier):
            raise keys["id"].wrong(
                f"the id {shorten(identifier, 40)!r} cannot be used with pytest.",
                "Use up to 40 ASCII letters, digits and punctuation marks, without brackets.",
            )
        if identifier in self.item_ids:
            raise keys["id"].wrong(
                f"item {identifier!r} appears twice, first in {self.item_ids[identifier]}.", "Give one another id."
            )
        self.item_ids[identifier] = keys["id"].where
        own = keys["with"].mapping() if "with" in keys else {}
        values = {**self.shared, **{name: value.plain() for name, value in own.items()}}
        points, hint = keys["points"].decimal(), self._filled(keys["hint"], values)
        self.title = self._filled(keys["title"], values)
        rows = tuple(
            self._row(row, f"{identifier}.{n}", keys["hint"], own) for n, row in enumerate(keys["checks"].sequence(), 1)
        )
        if not rows:
            raise keys["checks"].wrong(f"item {identifier} has no checks.", "An item without a check earns nothing.")
        total = sum((row.points for row in rows), Fraction(0))
        if total != points:
            raise keys["points"].wrong(
                f"the shares of item {identifier} sum to {_decimal(total)}, but its points are {_decimal(points)}.",
                "Make the shares sum to the points.",
            )
        link = keys["link"].text() if "link" in keys else ""
        if link and not link.startswith("https://"):
            raise keys["link"].wrong(f"link {link!r} is not an https URL.")
        below = {
            name: currents(one.text() for one in keys[name].sequence()) if name in keys else ()
            for name in ("builds_on", "runs_through")
        }
        if "controls" in keys:
            # Until 0.2 a control stood at an item, which a control never is: it decides of one row's resource.
            of_item = self._controls(keys)
            rows = (replace(rows[0], controls=(*of_item, *rows[0].controls)),) if len(rows) == 1 else rows
        return Item(
            id=identifier,
            title=self._filled(keys["title"], values),
            points=points,
            hint=hint,
            link=link,
            builds_on=below["builds_on"],
            runs_through=below["runs_through"],
            checks=rows,
            section=section,
            where=entry.where,
        )

    def _controls(self, keys: dict[str, Marked]) -> tuple[Control, ...]:
        return tuple(self._control(one) for one in keys["controls"].sequence()) if "controls" in keys else ()

    def _control(self, entry: Marked) -> Control:
        keys = entry.mapping(needs=("standard", "id"), may=("of",))
        noun = keys["of"].text() if "of" in keys else ""
        if noun and noun not in CONTROLLED:
            raise keys["of"].wrong(f"there is no resource {noun!r}.", f"Use one of: {', '.join(CONTROLLED)}.")
        return Control(keys["standard"].text(), keys["id"].text(), noun)

    def _row(self, entry: Marked, place: str, hint: Marked, of_item: dict[str, Marked]) -> CheckRow:
        keys = entry.mapping(
            needs=("points",),
            may=(
                "check", "ask", "expression", "expect", "over", "title", "hint", "fix", "with", "runs_through", "of",
                "say", "manual", "controls",
            ),
        )  # fmt: skip
        points = keys["points"].decimal()
        if "of" in keys or "manual" in keys:
            return self._thing_row(entry, keys, place, hint, points)
        for extra in ("say", "fix", *(() if "ask" in keys else ("over",))):
            if extra in keys:
                raise keys[extra].wrong(f"{extra!r} cannot be combined with {'ask' if 'ask' in keys else 'check'!r}.")
        if "ask" in keys:
            return self._question(entry, keys, place, hint, points)
        if "check" not in keys:
            raise entry.wrong("a row of checks needs 'of' (a thing), 'check' (a function), 'ask' or 'manual'.")
        for extra in ("expression", "expect"):
            if extra in keys:
                raise keys[extra].wrong(f"{extra!r} can be used with 'ask', not with 'check'.")
        name = keys["check"].text()
        function = find_check(name, self.folders, keys["check"])
        of_row = keys["with"].mapping() if "with" in keys else {}
        for key in of_row:
            if key not in function.arguments:
                raise keys["with"].wrong(
                    f"{name} has no argument {key!r}.", f"Arguments: {', '.join(function.arguments)}."
                )
        is_ours = function.path.parent in self.ours
        own = {
            key: parameter(value) if is_ours else value.plain()
            for key, value in {**of_item, **of_row}.items()
            if key in function.arguments
        }
        # Without parameters of the rubric's own, an argument of a course's check is a fixture of the course.
        known = self.shared if is_ours or self.fills else {}
        shared = {key: known[key] for key in function.arguments if key in known and key not in own}
        self.used.update(shared)
        for key in function.arguments:
            if is_ours and key in KNOWN and key not in own and key not in shared:
                raise keys["check"].wrong(f"{name} needs a value for {key!r}.", f"Give it: with: {{{key}: ...}}.")
        values = {**self.shared, **{key: value.plain() for key, value in of_item.items()}, **own}
        return CheckRow(
            id=function.id if not own else f"{function.id}[{place}]",
            function=function,
            title=self._filled(keys["title"], values) if "title" in keys else filled(function.title, values),
            points=points,
            hint=self._filled(keys.get("hint", hint), values),
            parameters=tuple(sorted(own.items())),
            operation="",
            where=entry.where,
            runs_through=_texts(keys),
            shared=tuple(sorted(shared.items())),
            controls=self._controls(keys),
        )

    def _question(self, entry: Marked, keys: dict[str, Marked], place: str, hint: Marked, points: Fraction) -> CheckRow:
        for needed in ("expression", "expect", "title"):
            if needed not in keys:
                raise entry.wrong(f"a question needs {needed!r}.")
        if "with" in keys:
            words = "'with' cannot be combined with 'ask'."
            raise keys["with"].wrong(words, "Put the question's parameters in a thing.")
        question = checked_question(keys["ask"], keys["expression"], keys["expect"], keys.get("over"))
        function = find_check(QUESTION_CHECK, self.folders, keys["ask"])
        return CheckRow(
            id=f"{QUESTION_CHECK}[{place}]",
            function=function,
            title=self._filled(keys["title"], self.shared),
            points=points,
            hint=self._filled(keys.get("hint", hint), self.shared),
            parameters=(("question", question),),
            operation=question.operation,
            where=entry.where,
            runs_through=_texts(keys),
            needs=question.needs,
            controls=self._controls(keys),
        )

    def _thing_row(
        self, entry: Marked, keys: dict[str, Marked], place: str, hint: Marked, points: Fraction
    ) -> CheckRow:
        """A row about a thing, or one that a person decides."""
        if "of" in keys and "manual" in keys:
            raise keys["manual"].wrong("a row is either about a thing or manual.")
        for extra in ("check", "ask", "expression", "over", "with", *(("expect", "say") if "manual" in keys else ())):
            if extra in keys:
                raise keys[extra].wrong(f"{extra!r} cannot be combined with {'of' if 'of' in keys else 'manual'!r}.")
        if "hint" in keys and "fix" in keys:
            raise keys["fix"].wrong("'fix' and 'hint' are the same.", "Remove one of them.")
        identifier = f"{THINGS_CHECK}[{place}]"
        needs: frozenset[str] = frozenset()
        row = ThingRow(identifier)
        if "manual" in keys:
            row = ThingRow(identifier, keys["manual"].text())
        else:
            own = read_row(self.things, identifier, entry, keys, points)
            self.thing_rows.append(own)
            needs = operations_for_things(self.things, own.things)
        return CheckRow(
            id=identifier,
            function=find_check(THINGS_CHECK, self.folders, entry),
            title=self._filled(keys["title"], self.shared) if "title" in keys else self.title,
            points=points,
            hint=self._filled(keys.get("hint", keys.get("fix", hint)), self.shared),
            parameters=(("row", row),),
            operation="",
            where=entry.where,
            runs_through=_texts(keys),
            needs=needs,
            controls=self._controls(keys),
        )

    def _filled(self, entry: Marked, values: dict[str, Any]) -> str:
        """A text with the lab's parameters in it; in a rubric without any, braces are braces."""
        text = entry.text()
        if not self.fills:
            return text
        names = named_in(text)
        for name in names:
            if name not in values:
                known = ", ".join(values) or "none"
                raise entry.wrong(
                    f"{{{name}}} is not a parameter.", f"Parameters: {known}. Write {{{{ and }}}} for literal braces."
                )
        self.used.update(names)
        return filled(text, values)

    def _variants(self, entry: Marked | None, feeds_converted: bool) -> dict[str, Variant]:
        if entry is None:
            return {}
        found = {}
        for name, value in entry.mapping().items():
            keys = value.mapping(needs=("title", "not_applicable"), may=("convert_to", "note", "feeds"))
            excluded = [one for one in keys["not_applicable"].sequence()]
            for one in excluded:
                if one.text() not in self.item_ids:
                    raise one.wrong(f"there is no item {one.text()!r}.")
            found[name] = Variant(
                name=name,
                title=keys["title"].text(),
                not_applicable=frozenset(one.text() for one in excluded),
                convert_to=keys["convert_to"].decimal() if "convert_to" in keys else None,
                note=keys["note"].text() if "note" in keys else "",
                feeds_converted=_feeds_converted(keys["feeds"]) if "feeds" in keys else feeds_converted,
            )
            if "feeds" in keys and found[name].feeds_converted and found[name].convert_to is None:
                raise keys["feeds"].wrong(f"variant {name!r} has no convert_to.", "Add convert_to.")
        return found

    def _keep(self, entry: Marked | None) -> tuple[str, ...]:
        kinds = () if entry is None else tuple(entry.sequence())
        for one in kinds:
            if one.text() not in KEPT:
                raise one.wrong(f"{one.text()!r} cannot be kept.", f"Use: {', '.join(KEPT)}.")
        return tuple(one.text() for one in kinds)

    def _bonus(self, entry: Marked | None) -> Bonus:
        if entry is None:
            return Bonus(Fraction(0), "")
        keys = entry.mapping(needs=("points", "note"), may=("awards",))
        pool = keys["points"].decimal()
        awards = tuple(self._award(one) for one in keys["awards"].sequence()) if "awards" in keys else ()
        if sum((points for points, _ in awards), Fraction(0)) > pool:
            raise entry.wrong(f"the awards exceed the pool of {_decimal(pool)}.")
        return Bonus(pool, keys["note"].text(), awards)

    def _award(self, entry: Marked) -> tuple[Fraction, str]:
        keys = entry.mapping(needs=("points", "reason"))
        return keys["points"].decimal(), keys["reason"].text()


def _truth(entry: Marked) -> bool:
    value = entry.plain()
    if not isinstance(value, bool):
        raise entry.wrong(f"{entry.name} should be true or false.", "Write it without quotes.")
    return value


def _feeds_converted(entry: Marked) -> bool:
    """Which score leaves for other tools: ``converted``, or ``points`` as they are."""
    if entry.text() not in ("converted", "points"):
        raise entry.wrong(f"feeds is {entry.text()!r}.", "Write converted or points.")
    return entry.text() == "converted"


def _texts(keys: dict[str, Marked]) -> tuple[str, ...]:
    """What a row names under ``runs_through``."""
    return currents(one.text() for one in keys["runs_through"].sequence()) if "runs_through" in keys else ()


def _decimal(value: Fraction) -> str:
    return f"{float(value):g}"
