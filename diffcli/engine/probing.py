"""What an operation makes of elements that stand for all their values: the pattern of its derivative, by trying it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from math import prod
from typing import Any

import numpy as np

from .graph import Node, ancestors, substitute
from .pattern import MOST, Crowded, Pattern, full, gathered
from .run import execute
from .run.array import meaning
from .shape import OperandError, known, text

# An operator that takes more sums and products than this, such as a product of large matrices, is not followed.
LONGEST = 1 << 21


class Unknown(TypeError):
    """An operator asked for the value of an element that stands for all values."""


class Reach:
    """An element of a tensor that stands for all its values, and remembers the places it was computed from.

    Sums and products depend on what their operands depend on, and a product with the number 0 on nothing. Whatever
    would have to know the value raises, so that an operator that chooses by values is never taken for one that does not.
    """

    __slots__ = ("parts",)
    __array_ufunc__ = None  # a number of NumPy leaves the operation to the methods below
    steps = 0  # how many sums and products an operator has taken so far

    def __init__(self, parts: int | tuple[Reach, ...]) -> None:
        self.parts = parts

    def _sum(self, other: Any) -> Reach:
        if not isinstance(other, Reach):
            return self
        Reach.steps += 1
        if Reach.steps > LONGEST:
            raise Crowded
        return Reach((self, other))

    def _product(self, other: Any) -> Reach | int:
        return self._sum(other) if isinstance(other, Reach) else 0 if other == 0 else self

    def _itself(self) -> Reach:
        return self

    def _refuse(self, *_: Any) -> Any:
        raise Unknown("the value of an element is not known here")

    __add__ = __radd__ = __sub__ = __rsub__ = _sum
    __mul__ = __rmul__ = _product
    __neg__ = __pos__ = conjugate = _itself
    __bool__ = __float__ = __int__ = __index__ = __abs__ = __eq__ = __ne__ = _refuse
    __lt__ = __le__ = __gt__ = __ge__ = __pow__ = __truediv__ = __rtruediv__ = _refuse
    __hash__ = object.__hash__

    def places(self) -> set[int]:
        """The places that the element was computed from."""
        found: set[int] = set()
        seen: set[int] = set()
        stack = [self]
        while stack:
            parts = stack.pop().parts
            if isinstance(parts, int):
                found.add(parts)
                continue
            for each in parts:
                if id(each) not in seen:
                    seen.add(id(each))
                    stack.append(each)
        return found


def size(node: Node) -> int:
    """The number of elements; OperandError when a size is not known."""
    shape = known(node.shape)
    if shape is None:
        raise OperandError(
            "derivative", f"a pattern needs known sizes, not {text(node.shape)}", "give the inputs by --at"
        )
    return prod(shape)


def probed(node: Node, flowing: Sequence[int], fixed: Fixed) -> list[Pattern]:
    """The patterns of the derivatives of a linear operation by some inputs: it is run on elements that remember.

    Where it asks for a value, every element of the node depends on every element of the inputs.
    """
    sizes = [size(node.inputs[place]) for place in flowing]
    ends = np.cumsum(sizes).tolist()
    if ends[-1] > MOST or size(node) > MOST:
        raise Crowded
    ranges = [(end - count, count) for end, count in zip(ends, sizes, strict=True)]
    operands = [fixed.value(each) if place not in flowing else None for place, each in enumerate(node.inputs)]
    for place, (first, count) in zip(flowing, ranges, strict=True):
        operands[place] = fixed.elements(first, count).reshape(known(node.inputs[place].shape))
    Reach.steps = 0
    try:
        result = np.asarray(meaning(node.op)(*operands, *node.attributes), dtype=object)
        if result.shape != known(node.shape):
            raise Unknown("the operator lost elements")
        elements = [each if type(each) is Reach else element(each) for each in result.ravel().tolist()]
    except (ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, ValueError, OperandError):
        return [full(size(node), count) for count in sizes]
    return split(elements, ranges)


def element(computed: Any) -> Reach | None:
    """What an operator computed in one place: None for a number, which depends on nothing."""
    if isinstance(computed, np.ndarray) and computed.ndim == 0:
        computed = computed.item()  # NumPy puts an array of rank 0 into a place as it is
    if isinstance(computed, (int, float)):
        return None
    if isinstance(computed, Reach):
        return computed
    raise Unknown(f"an element became {computed!r}")


def split(elements: Sequence[Reach | None], ranges: Sequence[tuple[int, int]]) -> list[Pattern]:
    """The patterns of computed elements by the places of each input; numbers depend on nothing."""
    at: list[int] = []
    places: list[int] = []
    for row, each in enumerate(elements):
        if each is None:
            continue
        found = (each.parts,) if isinstance(each.parts, int) else each.places()
        places.extend(found)
        at.extend([row] * len(found))
        if len(places) > MOST:
            raise Crowded
    rows, columns = np.array(at, np.int64), np.array(places, np.int64)
    patterns = []
    for first, count in ranges:
        inside = (columns >= first) & (columns < first + count)
        patterns.append(gathered(len(elements), count, rows[inside], columns[inside] - first))
    return patterns


class Fixed:
    """The values of the nodes that are the same at every point; the given nodes and all others stand for any value."""

    def __init__(self, *moving: Node) -> None:
        self.varying: set[Node] = set(moving)
        self.values: dict[Node, Any] = {}
        self.standing: dict[int, Any] = {}

    def elements(self, first: int, count: int) -> Any:
        """Elements that remember their places, which are counted from the first."""
        found = self.standing.get(count) if first == 0 else None
        if found is None:
            found = np.empty(count, dtype=object)
            found[:] = [Reach(place) for place in range(first, first + count)]
            if first == 0:
                self.standing[count] = found
        return found

    def value(self, node: Node) -> Any:
        """The value of a constant node as an array, else an array of elements that depend on nothing."""
        if node not in self.values and node not in self.varying:
            self._find(node)
        return np.full(known(node.shape), Reach(()), dtype=object) if node in self.varying else self.values[node]

    def _find(self, node: Node) -> None:
        (constant,) = with_constants([node], self.varying)
        for each in ancestors([constant], stop=self.varying.__contains__):
            if each.op.role == "leaf" or any(parent in self.varying for parent in each.inputs):
                self.varying.add(each)
        if constant in self.varying:
            self.varying.add(node)
        else:
            # A number counts as 0 only if it is 0 in both dtypes: a difference may round to 0 in one of them.
            wide, narrow = (np.asarray(execute([constant], {}, dtype)[constant]) for dtype in ("float64", "float32"))
            self.values[node] = np.where(wide == 0, narrow, wide)


def with_constants(targets: Sequence[Node], kept: Collection[Node]) -> list[Node]:
    """The targets with declared constants replaced by their values, but for those in `kept`."""
    found = list(targets)
    while True:
        nodes = ancestors(found, stop=kept.__contains__)
        declared = {each: each.graph.bound[each] for each in nodes if each in each.graph.bound and each not in kept}
        if not declared:
            return found
        found = substitute(found, declared)
