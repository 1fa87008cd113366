"""What `summary` returns: layers with their output shapes and parameters, variables, and totals.

Annotations are not postponed because a named tuple compiles each postponed one, at every start.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from diffcli.diagnostic import Diagnostic
from diffcli.document import Column, Result, Section, columns_of

# The sizes of a shape; None where any size will do.
Sizes = tuple[int | None, ...]
# The bytes of a parameter.
WIDTHS = {"float64": 8, "float32": 4}
UNITS = ("B", "KB", "MB", "GB", "TB", "PB")
UNKNOWN = "?"


class LayerRow(NamedTuple):
    """A layer, or a variable of its own outside all layers: its output, its parameters, the names of its variables.

    trainable is None where there is nothing to train.
    """

    name: str
    type: str
    output_shape: Sizes
    parameters: int | None
    trainable: bool | None
    variables: tuple[str, ...]


class VariableRow(NamedTuple):
    """A variable and the layer that it belongs to."""

    name: str
    shape: Sizes
    trainable: bool
    parameters: int | None
    layer: str | None


class Totals(NamedTuple):
    """Numbers of parameters and what they take in the file's dtype; None where a size is open."""

    parameters: int | None
    trainable: int | None
    non_trainable: int | None
    bytes: int | None


class SummaryFields(NamedTuple):
    file: str
    model: str
    dtype: str
    layers: tuple[LayerRow, ...]
    variables: tuple[VariableRow, ...]
    totals: Totals | None
    diagnostics: tuple[Diagnostic, ...] = ()


class Summarized(SummaryFields, Result):
    """What the tables of layers and of variables have in common."""

    __slots__ = ()
    SCHEMA = "diffcli/summary/1"
    TEXTS = frozenset(("file", "model", "dtype", "totals"))
    TABLE: tuple[Column, ...] = ()

    def heading(self) -> str:
        """The title as Keras has it."""
        return f'Model: "{self.model}"' if self.model is not None else self.file

    def rows(self) -> tuple[tuple[Any, ...], ...]:
        """The flat table, its shapes as Keras writes them."""
        return self.shown_rows(self.COLUMNS)

    def shown_rows(self, columns: Sequence[Column]) -> tuple[tuple[Any, ...], ...]:
        """Some columns of the flat table."""
        return tuple(tuple(fact(row, column.key) for column in columns) for row in self.main())

    def sections(self) -> tuple[Section, ...]:
        """The table for people, then a line for each total."""
        rows = tuple(tuple(worded(row, column.key) for column in self.TABLE) for row in self.main())
        main = Section(self.TITLE, self.TABLE, rows, "none")
        if self.totals is None:
            return (main,)
        counts = {
            "Total params": self.totals.parameters,
            "Trainable params": self.totals.trainable,
            "Non-trainable params": self.totals.non_trainable,
        }
        lines = (Section(title, (), (), counted(count, WIDTHS[self.dtype])) for title, count in counts.items())
        return (main, *lines)


class SummaryResult(Summarized):
    """The layers of a file."""

    __slots__ = ()
    MAIN, TITLE = "layers", "Layers"
    COLUMNS = columns_of("name", "type", "output_shape=output shape", "parameters", "trainable", "variables")
    PLAIN: tuple[str, ...] = ("name", "type", "output_shape", "parameters")
    TABLE = columns_of("layer=Layer (type)", "output_shape=Output Shape", "parameters=Param #")


class TrainableSummaryResult(SummaryResult):
    """The layers of a file, with a column that says which are trained."""

    __slots__ = ()
    PLAIN = (*SummaryResult.PLAIN, "trainable")
    TABLE = (*SummaryResult.TABLE, Column("trainable", "Trainable"))


class VariablesResult(Summarized):
    """The variables of a file."""

    __slots__ = ()
    MAIN, TITLE = "variables", "Variables"
    COLUMNS = columns_of("name", "shape", "trainable", "parameters", "layer")
    PLAIN = ("name", "shape")
    TABLE = columns_of("name=Variable", "shape=Shape", "trainable=Trainable", "parameters=Param #")


def fact(row: LayerRow | VariableRow, key: str) -> Any:
    """A cell of the flat table."""
    value = getattr(row, key)
    if key in ("shape", "output_shape"):
        return shaped(value)
    return ", ".join(value) if isinstance(value, tuple) else value


def worded(row: LayerRow | VariableRow, key: str) -> str:
    """A cell as Keras shows it."""
    if key == "layer" and isinstance(row, LayerRow):
        return f"{row.name} ({row.type})"
    value = fact(row, key)
    if key == "parameters":
        return UNKNOWN if value is None else f"{value:,}"
    if key == "trainable":
        return {True: "Y", False: "N", None: "-"}[value]
    return str(value)


def shaped(sizes: Sizes) -> str:
    """A shape as Keras writes it: (None, 64)."""
    return f"({', '.join(map(str, sizes))}{',' if len(sizes) == 1 else ''})"


def counted(count: int | None, width: int) -> str:
    """A number of parameters with the memory that they take, so many bytes each: 4,865 (19.00 KB)."""
    if count is None:
        return UNKNOWN
    return f"{count:,} ({sized(count * width)})"


def sized(count: int) -> str:
    """So many bytes, as Keras writes them: 19.00 KB."""
    size, unit = float(count), 0
    while size >= 1024 and unit < len(UNITS) - 1:
        size, unit = size / 1024, unit + 1
    return f"{size:.2f} {UNITS[unit]}"
