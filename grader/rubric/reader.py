"""Reading ``rubric.yaml``: every mistake in it raises ``RubricError`` with file, line and what to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from grader.errors import RubricError
from grader.rubric.check_functions import find_check
from grader.rubric.located_yaml import Marked, read_marked
from grader.rubric.queries import checked_question
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
)
from grader.rubric.short_form import expand
from grader.rubric.student_values import put_values
from grader.rubric.things import read_row, read_things
from grader.things.judging import ThingRow
from grader.things.requests import operations_for_things
from grader.things.things import Row, Things

FORMAT = 1


def load_rubric(path: Path, *, search: tuple[Path, ...], values: Mapping[str, str] | None = None) -> Rubric:
    """Read and check a rubric. ``search`` are the folders of check modules after those beside the rubric.

    ``values`` are those of its parameters, by name.
    """
    root = read_marked(rubric_text(path), str(path), RubricError)
    put_values(root, values or {})
    expand(root)
    return read_rubric(path, search, root)


def read_rubric(path: Path, search: tuple[Path, ...], root: Marked) -> Rubric:
    """The rubric that a YAML tree says."""
    return _Reader(path, (path.parent, path.parent / "checks", *search)).rubric(root)


def rubric_text(path: Path) -> str:
    """The text of a rubric's file; raises ``RubricError`` where it cannot be read."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise RubricError(f"not UTF-8 text (byte {error.start}).", where=str(path)) from error
    except OSError as error:
        raise RubricError(
            f"cannot be read: {error.strerror or error}.", where=str(path), remedy="Name one with --rubric FILE."
        ) from error


class _Reader:
    def __init__(self, path: Path, folders: tuple[Path, ...]) -> None:
        self.path = path
        self.folders = tuple(dict.fromkeys(folder.resolve() for folder in folders))
        self.item_ids: dict[str, str] = {}
        self.things = Things()
        self.thing_rows: list[Row] = []
        self.title = ""

    def rubric(self, root: Marked) -> Rubric:
        keys = root.mapping(needs=("lab", "points", "sections"), may=("format", "bonus", "variants", "things"))
        if "format" in keys and keys["format"].plain() != FORMAT:
            raise keys["format"].wrong(f"format should be {FORMAT}.", "A newer rubric needs a newer grader.")
        self.things = read_things(keys.get("things"), str(self.path))
        sections = tuple(self._section(entry) for entry in keys["sections"].sequence())
        items = [item for section in sections for item in section.items]
        for item in items:
            for other in (*item.builds_on, *item.runs_through):
                self._check_reference(other, items, item.where, but=item.id)
            for row in item.checks:
                for other in row.runs_through:
                    self._check_reference(other, items, row.where, but="")
        total = sum((item.points for item in items), Fraction(0))
        if not items:
            raise keys["sections"].wrong("the rubric has no items.")
        if keys["points"].decimal() != total:
            raise keys["points"].wrong(
                f"points is {keys['points'].text()}, but the items sum to {_decimal(total)}.", "Make them agree."
            )
        return Rubric(
            path=self.path,
            lab=keys["lab"].text(),
            sections=sections,
            variants=self._variants(keys.get("variants")),
            bonus=self._bonus(keys.get("bonus")),
            things=replace(self.things, rows=tuple(self.thing_rows)),
        )

    def _check_reference(self, name: str, items: list[Item], where: str, *, but: str) -> None:
        """Raise where ``name`` is neither another item nor ``item::function``."""
        identifier, separator, function = name.partition("::")
        named = [item for item in items if item.id == identifier and identifier != but]
        if not named:
            raise RubricError(f"{name!r} names no other item.", where=where, remedy="Name the id of an item.")
        if separator and not any(row.function.name.endswith(function) for row in named[0].checks):
            has = ", ".join(row.function.name.rpartition("::")[2] for row in named[0].checks)
            raise RubricError(
                f"item {identifier} has no check {function!r}.", where=where, remedy=f"It has: {has}."
            )

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
        if identifier in self.item_ids:
            raise keys["id"].wrong(
                f"item {identifier!r} stands twice, first in {self.item_ids[identifier]}.", "Give one another id."
            )
        self.item_ids[identifier] = keys["id"].where
        shared = self._parameters(keys.get("with"))
        points, hint = keys["points"].decimal(), keys["hint"].text()
        self.title = keys["title"].text()
        rows = tuple(
            self._row(row, f"{identifier}.{n}", hint, shared) for n, row in enumerate(keys["checks"].sequence(), 1)
        )
        if not rows:
            raise keys["checks"].wrong(f"item {identifier} has no checks.", "An item without a check earns nothing.")
        total = sum((row.points for row in rows), Fraction(0))
        if total != points:
            raise keys["points"].wrong(
                f"the shares of item {identifier} sum to {_decimal(total)}, its points are {_decimal(points)}.",
                "Make the shares sum to the points.",
            )
        link = keys["link"].text() if "link" in keys else ""
        if link and not link.startswith("https://"):
            raise keys["link"].wrong(f"link {link!r} is not an https address.")
        below = {
            name: tuple(one.text() for one in keys[name].sequence()) if name in keys else ()
            for name in ("builds_on", "runs_through")
        }
        controls = tuple(self._control(one) for one in keys["controls"].sequence()) if "controls" in keys else ()
        return Item(
            id=identifier,
            title=keys["title"].text(),
            points=points,
            hint=hint,
            link=link,
            builds_on=below["builds_on"],
            runs_through=below["runs_through"],
            controls=controls,
            checks=rows,
            section=section,
            where=entry.where,
        )

    def _control(self, entry: Marked) -> Control:
        keys = entry.mapping(needs=("standard", "id"))
        return Control(keys["standard"].text(), keys["id"].text())

    def _row(self, entry: Marked, place: str, hint: str, shared: dict[str, Any]) -> CheckRow:
        keys = entry.mapping(
            needs=("points",),
            may=(
                "check", "ask", "expression", "expect", "over", "title", "hint", "fix", "with", "runs_through", "of",
                "say", "manual",
            ),
        )  # fmt: skip
        points = keys["points"].decimal()
        if "of" in keys or "manual" in keys:
            return self._thing_row(entry, keys, place, hint, points)
        for extra in ("say", "fix", *(() if "ask" in keys else ("over",))):
            if extra in keys:
                raise keys[extra].wrong(f"{extra!r} does not go with {'ask' if 'ask' in keys else 'check'!r}.")
        own = self._parameters(keys.get("with"))
        if "ask" in keys:
            return self._question(entry, keys, place, hint, points)
        if "check" not in keys:
            raise entry.wrong("a row of checks needs 'of' (a thing), 'check' (a function), 'ask' or 'manual'.")
        for extra in ("expression", "expect"):
            if extra in keys:
                raise keys[extra].wrong(f"{extra!r} goes with 'ask', not with 'check'.")
        name = keys["check"].text()
        function = find_check(name, self.folders, keys["check"])
        accepted = {key: value for key, value in shared.items() if key in function.arguments}
        for key in own:
            if key not in function.arguments:
                raise keys["with"].wrong(
                    f"{name} has no argument {key!r}.", f"It has: {', '.join(function.arguments)}."
                )
        parameters = tuple(sorted({**accepted, **own}.items()))
        title = keys["title"].text() if "title" in keys else function.title
        row_hint = keys["hint"].text() if "hint" in keys else hint
        identifier = function.id if not parameters else f"{function.id}[{place}]"
        return CheckRow(identifier, function, title, points, row_hint, parameters, "", entry.where, _texts(keys))

    def _question(self, entry: Marked, keys: dict[str, Marked], place: str, hint: str, points: Fraction) -> CheckRow:
        for needed in ("expression", "expect", "title"):
            if needed not in keys:
                raise entry.wrong(f"a question needs {needed!r}.")
        if "with" in keys:
            raise keys["with"].wrong("'with' does not go with 'ask'.", "Parameters of questions belong to things.")
        question = checked_question(keys["ask"], keys["expression"], keys["expect"], keys.get("over"))
        function = find_check(QUESTION_CHECK, self.folders, keys["ask"])
        return CheckRow(
            id=f"{QUESTION_CHECK}[{place}]",
            function=function,
            title=keys["title"].text(),
            points=points,
            hint=keys["hint"].text() if "hint" in keys else hint,
            parameters=(("question", question),),
            operation=question.operation,
            where=entry.where,
            runs_through=_texts(keys),
            needs=question.needs,
        )

    def _thing_row(
        self, entry: Marked, keys: dict[str, Marked], place: str, hint: str, points: Fraction
    ) -> CheckRow:
        """A row about a thing, or one that a person decides."""
        if "of" in keys and "manual" in keys:
            raise keys["manual"].wrong("a row is either about a thing or manual.")
        for extra in ("check", "ask", "expression", "over", "with", *(("expect", "say") if "manual" in keys else ())):
            if extra in keys:
                raise keys[extra].wrong(f"{extra!r} does not go with {'of' if 'of' in keys else 'manual'!r}.")
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
        named = keys.get("hint", keys.get("fix"))
        title = self.title if "title" not in keys else keys["title"].text()
        function = find_check(THINGS_CHECK, self.folders, entry)
        return CheckRow(
            id=identifier,
            function=function,
            title=title,
            points=points,
            hint=named.text() if named is not None else hint,
            parameters=(("row", row),),
            operation="",
            where=entry.where,
            runs_through=_texts(keys),
            needs=needs,
        )

    def _parameters(self, entry: Marked | None) -> dict[str, Any]:
        return {} if entry is None else {name: value.plain() for name, value in entry.mapping().items()}

    def _variants(self, entry: Marked | None) -> dict[str, Variant]:
        if entry is None:
            return {}
        found = {}
        for name, value in entry.mapping().items():
            keys = value.mapping(needs=("title", "not_applicable"), may=("convert_to", "note"))
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
            )
        return found

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


def _texts(keys: dict[str, Marked]) -> tuple[str, ...]:
    """What a row names under ``runs_through``."""
    return tuple(one.text() for one in keys["runs_through"].sequence()) if "runs_through" in keys else ()


def _decimal(value: Fraction) -> str:
    return f"{float(value):g}"
