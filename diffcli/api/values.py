"""Python's values on their way in and out: numbers and arrays, and results as values, dicts and tuples."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    # What a name can be given: a number, a truth value, or an array of them.
    Value = ArrayLike

# How results are put together: the place of a value, none, values by name, or a pair.
Form = int | None | Mapping[str, "Form"] | tuple["Form", ...]

# Shape and kind of a value: all that a program has to know of it before it runs.
Kind = tuple[tuple[int, ...], bool]


# Arrays of more numbers than this reach the compiler as they are, and not as text.
LARGEST = 100


class Missing:
    """Stands for a value that was not given."""

    def __repr__(self) -> str:
        return "…"


MISSING = Missing()


class Values(dict[str, Any]):
    """Values by name; a notebook shows them as a table."""

    def _repr_html_(self) -> str:
        from ..render.html import mapping

        return mapping(self)


def converted(name: str, value: Any) -> Any:
    """The value as a float, a truth value or an array of float64 or bool; TypeError for anything else."""
    kind = type(value)
    if kind is float or kind is bool:
        return value
    if isinstance(value, (float, int)):
        return float(value)
    if value is None or isinstance(value, (str, bytes, Mapping)):
        raise TypeError(f"{name} takes a number or an array of numbers, not {kind.__name__}")
    import numpy

    if numpy.ma.is_masked(value):
        raise TypeError(f"{name} has masked elements, which stand for no number")
    array = numpy.asarray(value)
    if array.dtype.kind == "b":
        return bool(array) if array.ndim == 0 else array
    if array.dtype.kind not in "fiuO":
        raise TypeError(f"{name} takes numbers, not {array.dtype}")
    try:
        array = array.astype(numpy.float64, copy=False)
    except (TypeError, ValueError):
        raise TypeError(f"{name} takes a number or an array of numbers, not {kind.__name__}") from None
    return float(array) if array.ndim == 0 else array


def column_names(what: str, table: Any) -> list[Any]:
    """The names of the columns of a mapping, a data frame (pandas, polars, Arrow) or a structured array."""
    if getattr(getattr(table, "dtype", None), "names", None):
        return list(table.dtype.names)
    if hasattr(table, "keys"):
        return list(table.keys())
    names = getattr(table, "column_names", None) or getattr(table, "columns", None)
    if names is None or isinstance(names, str):
        kind = type(table).__name__
        raise TypeError(f"{what} takes a mapping of names to arrays, a data frame or a structured array, not {kind}")
    return list(names)


def kind_of(value: Any) -> Kind:
    """Shape of a converted value, and whether it is a truth value."""
    if isinstance(value, (float, bool)):
        return (), isinstance(value, bool)
    return value.shape, value.dtype.kind == "b"


def stand_in(kind: Kind) -> str:
    """An expression of that shape and kind, for the language: a large array is not worth being written down."""
    shape, truth = kind
    number = f"ones([{', '.join(map(str, shape))}])" if shape else "1"
    return f"{number} > 0" if truth else number


def is_large(value: Any) -> bool:
    """Whether a converted value has more numbers than are worth being written down."""
    return not isinstance(value, (float, bool)) and value.dtype.kind == "f" and value.size > LARGEST


def written(value: Any) -> str:
    """A converted value as the language writes it."""
    if not isinstance(value, (float, bool)):
        if not value.size:
            return stand_in(kind_of(value))
        value = value.tolist()
    return str(value).replace("True", "true").replace("False", "false")


def assembler(form: Form, whole: Sequence[bool] = ()) -> Callable[[Sequence[Any]], Any]:
    """A function that puts results together; `whole` says which are whole numbers, which come as int."""
    if form == 0 and not any(whole):
        return _first
    # Code of our own making, several times as fast as walking the form; names are quoted in it, nothing else is a user's.
    found: Callable[[Sequence[Any]], Any] = eval(
        f"lambda r: {_source(form, whole)}", {"Values": Values, "integer": integer}
    )
    return found


def _first(results: Sequence[Any]) -> Any:
    return results[0]


def _source(form: Form, whole: Sequence[bool]) -> str:
    """Python for the results `r` in a form. Names of the file stand in it as quoted text alone."""
    if form is None:
        return "None"
    if isinstance(form, int):
        return f"integer(r[{form}])" if whole and whole[form] else f"r[{form}]"
    if isinstance(form, tuple):
        return f"({', '.join(_source(each, whole) for each in form)},)"
    return f"Values({{{', '.join(f'{name!r}: {_source(each, whole)}' for name, each in form.items())}}})"


def integer(value: Any) -> Any:
    """A whole number as int; arrays, and what is not finite, as they are."""
    return int(value) if isinstance(value, float) and value.is_integer() else value
