"""The shape that every result has: a document, a flat table, and a few titled tables.

So formats and commands add and do not multiply: a renderer knows columns, rows and sections, never a command.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Self

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from diffcli.diagnostic import Diagnostic


class Column(NamedTuple):
    """A column: its key in documents, its heading in tables, and whether a table shows it unasked."""

    key: str
    title: str
    shown: bool = True


class Section(NamedTuple):
    """One titled table; `empty` is the line that stands for a table without rows."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Any, ...], ...]
    empty: str


def columns_of(*names: str) -> tuple[Column, ...]:
    """Columns from short notes: `key`, `key=heading`, and a leading `-` for those a table shows only when asked."""
    made = []
    for name in names:
        key, _, title = name.lstrip("-").partition("=")
        made.append(Column(key, title or key, not name.startswith("-")))
    return tuple(made)


def numbers(value: Any) -> Iterator[Any]:
    """Every number of a value, row by row."""
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, list):
            waiting.extend(reversed(each))
        else:
            yield each


def value_statuses(value: Any) -> set[str]:
    """Which of nan, inf and zero hold for a value; zero needs every element to be 0."""
    from math import isinf, isnan

    elements = [each for each in numbers(value) if each is not None]
    found = {"nan"} if any(map(isnan, elements)) else set()
    if any(map(isinf, elements)):
        found.add("inf")
    return found or ({"zero"} if elements and not any(elements) else set())


def jsonable(value: Any) -> Any:
    """The same facts in dicts, lists, strings and numbers. Values are plain already, so only records are walked."""
    if hasattr(value, "as_dict"):
        return value.as_dict()
    if not isinstance(value, tuple):
        return value
    return record(value) if hasattr(value, "_fields") else [jsonable(each) for each in value]


def record(row: Any) -> dict[str, Any]:
    """A row as a JSON object, its keys in the order of its fields."""
    return {key: jsonable(value) for key, value in zip(row._fields, row, strict=True)}


def place(file: str, position: Any) -> str:
    """`file:line:column` of a position."""
    return f"{position.file or file}:{position.line}:{position.column}"


def note(row: Any, file: str) -> str:
    """The reason with its positions, the hint, and the conventions that decided the number."""
    parts = []
    if row.reason is not None:
        parts.append(": ".join([*(place(file, position) for position in row.reason.at), row.reason.message]))
        if row.reason.hint:
            parts.append(row.reason.hint)
    return "; ".join([*parts, *row.notes])


def cell(row: Any, key: str, file: str) -> Any:
    """The content of one column of a row: a string, a number, nested lists, a shape (a tuple) or nothing."""
    if key == "note":
        return note(row, file)
    value = getattr(row, key)
    if hasattr(value, "code"):
        return value.code
    if hasattr(value, "column") and hasattr(value, "line"):
        return place(file, value)
    if isinstance(value, tuple) and key != "shape" and not hasattr(value, "_fields"):
        return ("; " if value and isinstance(value[0], tuple) else ", ").join(
            each if isinstance(each, str) else " = ".join(each) for each in value
        )
    return value


def shown(row: Any, key: str, file: str) -> Any:
    """What a table shows in a column: where there is no number, the formula or the word none."""
    content = cell(row, key, file)
    if key == "value" and content is None:
        content = (
            getattr(row, "sparse", None)
            or getattr(row, "expression", None)
            or ("none" if getattr(row, "status", "") == "none" else "")
        )
    return content


def section(title: str, columns: Sequence[Column], rows: Iterable[Any], file: str, empty: str) -> Section:
    """A titled table of the columns that are shown unasked."""
    chosen = tuple(column for column in columns if column.shown)
    return Section(
        title, chosen, tuple(tuple(shown(row, column.key, file) for column in chosen) for row in rows), empty
    )


class Result:
    """A document that a command returns."""

    __slots__ = ()
    SCHEMA = ""
    MAIN = ""
    TITLE = ""
    COLUMNS: tuple[Column, ...] = ()
    PLAIN: tuple[str, ...] = ()
    TEXTS = frozenset(("file", "semantics", "mode"))
    if TYPE_CHECKING:
        # What every named tuple that this is mixed into brings along.
        file: str
        diagnostics: tuple[Diagnostic, ...]

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """The names of the fields, in the order of the document."""
        fields: tuple[str, ...] = getattr(cls, "_fields", ())
        return fields

    @classmethod
    def blank(cls, **known: Any) -> Self:
        """A document that says nothing yet: what is known, every other text null and every list empty."""
        return cls(*(known.get(key, None if key in cls.TEXTS else ()) for key in cls.names()))

    def of_file(self, file: str, diagnostics: tuple[Diagnostic, ...]) -> Result:
        """The document of a file that could not be used."""
        known = {key: getattr(self, key) for key in self.names()}
        return self.blank(**(known | {"file": file, "diagnostics": diagnostics}))

    def main_key(self) -> str:
        """The key of the main list in the document."""
        return self.MAIN

    def prose(self, format: str) -> str | None:
        """The whole result as running text, in the formats where it is not a table."""
        return None

    def main(self) -> tuple[Any, ...]:
        """The rows that the command is about."""
        return tuple(getattr(self, self.MAIN))

    def title(self) -> str:
        """The heading of the main table."""
        return self.TITLE

    def heading(self) -> str:
        """The line above the tables: file, rule set in force, mode."""
        semantics, mode = getattr(self, "semantics", None), getattr(self, "mode", None)
        rules, route = semantics and f"rules: {semantics}", mode and f"mode: {mode}"
        return " · ".join(filter(None, (self.file, rules, route)))

    def columns(self) -> tuple[Column, ...]:
        """Every column of the flat table."""
        return self.COLUMNS

    def rows(self) -> tuple[tuple[Any, ...], ...]:
        """The flat table: a tuple per row, a cell per column."""
        return tuple(tuple(cell(row, column.key, self.file) for column in self.columns()) for row in self.main())

    def shown_rows(self, columns: Sequence[Column]) -> tuple[tuple[Any, ...], ...]:
        """The chosen columns as a person reads them: the formula or the word none where there is no number."""
        return tuple(tuple(shown(row, column.key, self.file) for column in columns) for row in self.main())

    def sections(self) -> tuple[Section, ...]:
        """The titled tables, the main one first."""
        return (section(self.title(), self.COLUMNS, self.main(), self.file, "none"),)

    def statuses(self) -> set[str]:
        """The statuses that occur, for `--fail-on`."""
        return {row.status for row in self.main() if hasattr(row, "status")}

    def as_dict(self) -> dict[str, Any]:
        """The document as JSON has it."""
        return {"schema": self.SCHEMA, **{key: jsonable(getattr(self, key)) for key in self.names()}}
