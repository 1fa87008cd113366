"""Expressions in postfix order, kept in columns: a record for each item would be most of the memory of a large file."""

from __future__ import annotations

from typing import Any, NamedTuple

# Texts longer than this have their offsets in arrays.
LONG = 10_000


def offsets(size: int) -> Any:
    """An empty list of offsets into a text of that size, of four bytes each if the text is long."""
    if size <= LONG:
        return []
    from array import array  # a library that short texts do without

    return array("I" if size < 1 << 32 else "Q")


class Item(NamedTuple):
    """One step of an expression in postfix order; it takes `arity` operands, all of which stand before it.

    kind        value
    number      the float                    literal   True, False or None
    name        the name after NFKC          string    the text
    word        a name that is its own text where no value has it, as in `activation=relu`
    call        (function, names of the keyword arguments, which come last); operators are calls by their sign,
                unary minus is "-" with one operand, `.T` is ".T": no name that a user could define
    list        None
    index       one descriptor per axis: ("at",), ("slice", has_start, has_stop, has_step), ("rest",); the base comes first
    if          None: condition, then, else
    repeat      the Comprehension; operands are the first and the last bound
    """

    kind: str
    value: Any
    arity: int
    start: int
    end: int


class Code:
    """The items of many expressions, one after the other, in as little memory as a large file needs.

    A step is the float of a number, the text of a name, or (kind, value, arity) of any other item.
    """

    __slots__ = ("ends", "starts", "steps")

    def __init__(self, size: int) -> None:
        self.steps: list[Any] = []
        self.starts = offsets(size)
        self.ends = offsets(size)

    def item(self, place: int) -> Item:
        """The item in a place."""
        step = self.steps[place]
        kind, value, arity = (
            ("number", step, 0) if type(step) is float else ("name", step, 0) if type(step) is str else step
        )
        return Item(kind, value, arity, self.starts[place], self.ends[place])

    def cut(self, begin: int, into: Code) -> None:
        """Moves the items from a place on to the end of another list."""
        into.steps += self.steps[begin:]
        into.starts += self.starts[begin:]
        into.ends += self.ends[begin:]
        self.drop(begin)

    def drop(self, begin: int = 0) -> None:
        """Forgets the items from a place on."""
        del self.steps[begin:], self.starts[begin:], self.ends[begin:]


class Expression(NamedTuple):
    """A whole expression: where its items are in the code of the file, and where it stands in the text."""

    code: Code
    first: int
    last: int
    start: int
    end: int

    @property
    def items(self) -> tuple[Item, ...]:
        """The items in postfix order."""
        return tuple(map(self.code.item, range(self.first, self.last)))
