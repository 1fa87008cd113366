"""Shapes: NumPy's broadcasting rules over known sizes and over letters that stand for unknown ones."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


class OperandError(Exception):
    """An operator was given operands it cannot take.

    `topic` is one of "shape", "argument", "static", "derivative", "limit": it decides the diagnostic code.
    """

    def __init__(self, topic: str, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.topic = topic
        self.message = message
        self.hint = hint
        self.node: object = None  # the node that refused, when it did so while running


class Dim:
    """An unknown size: a polynomial in the letters of the declarations, such as n, n + 1 or 3*n."""

    __slots__ = ("terms",)

    def __init__(self, terms: dict[tuple[str, ...], int]) -> None:
        self.terms = tuple(sorted((letters, factor) for letters, factor in terms.items() if factor))

    @classmethod
    def letter(cls, name: str) -> Dim:
        return cls({(name,): 1})

    @property
    def open(self) -> bool:
        """Whether the size came from `?`, which may be any size."""
        return all(name.startswith("?") for letters, _ in self.terms for name in letters)

    @property
    def single(self) -> bool:
        """Whether the size is a single letter, which needs no parentheses."""
        return len(self.terms) == 1 and len(self.terms[0][0]) == 1 and self.terms[0][1] == 1

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Dim) and self.terms == other.terms

    def __hash__(self) -> int:
        return hash(self.terms)

    def __add__(self, other: Size) -> Size:
        total = dict(self.terms)
        for letters, factor in _terms(other):
            total[letters] = total.get(letters, 0) + factor
        return _settle(Dim(total))

    __radd__ = __add__

    def __sub__(self, other: Size) -> Size:
        return self + (-1 * other)

    def __rsub__(self, other: Size) -> Size:
        return -1 * self + other

    def __mul__(self, other: Size) -> Size:
        product: dict[tuple[str, ...], int] = {}
        for left, a in self.terms:
            for right, b in _terms(other):
                letters = tuple(sorted(left + right))
                product[letters] = product.get(letters, 0) + a * b
        return _settle(Dim(product))

    __rmul__ = __mul__

    def __repr__(self) -> str:
        parts = []
        for letters, factor in self.terms:
            names = "*".join("?" if name.startswith("?") else name for name in letters)
            parts.append(names if factor == 1 and names else f"{factor}*{names}" if names else str(factor))
        return " + ".join(parts)


Size = int | Dim
Shape = tuple[Size, ...]


def _terms(size: Size) -> Iterable[tuple[tuple[str, ...], int]]:
    return size.terms if isinstance(size, Dim) else (((), size),)


def _settle(dim: Dim) -> Size:
    if not dim.terms:
        return 0
    if len(dim.terms) == 1 and dim.terms[0][0] == ():
        return dim.terms[0][1]
    return dim


def size_of(shape: Shape) -> Size:
    """The number of elements; a Dim when a size is unknown."""
    total: Size = 1
    for size in shape:
        total = total * size
    return total


def known(shape: Shape) -> tuple[int, ...] | None:
    """The shape when every size is a number, else None."""
    return tuple(s for s in shape if isinstance(s, int)) if all(isinstance(s, int) for s in shape) else None


def text(shape: Sequence[Size]) -> str:
    """A shape as the user writes it: [3, 2], [n], [] for a scalar."""
    return "[" + ", ".join(str(size) for size in shape) + "]"


def broadcast_sizes(a: Size, b: Size) -> Size | None:
    """The size that two sizes broadcast to; None when they do not fit."""
    if a == b or b == 1:
        return a
    if a == 1:
        return b
    if isinstance(a, Dim) and (isinstance(b, int) or a.open):
        return b
    if isinstance(b, Dim) and (isinstance(a, int) or b.open):
        return a
    return None


def broadcast(*shapes: Shape) -> Shape:
    """The shape that NumPy would broadcast the given ones to; OperandError names the sizes that clash."""
    if len(shapes) == 1 or all(shape == shapes[0] for shape in shapes[1:]):
        return shapes[0]
    rank = max(map(len, shapes))
    result: list[Size] = []
    for axis in range(-rank, 0):
        size: Size = 1
        for shape in shapes:
            if len(shape) < -axis:
                continue
            joined = broadcast_sizes(size, shape[axis])
            if joined is None:
                listed = " and ".join(text(s) for s in shapes if s)
                raise OperandError(
                    "shape",
                    f"shapes {listed} do not broadcast",
                    f"sizes {size} and {shape[axis]} meet on axis {axis}; one of them must be 1 or both equal",
                )
            size = joined
        result.append(size)
    return tuple(result)


def axis_index(axis: int, rank: int) -> int:
    """A possibly negative axis as a position; OperandError when the tensor has no such axis."""
    if not -rank <= axis < rank:
        axes = "no axes: it is a scalar" if rank == 0 else f"axes 0 to {rank - 1}"
        raise OperandError("argument", f"axis {axis} does not exist; the operand has {axes}")
    return axis % rank


def axes_of(axis: object, rank: int) -> tuple[int, ...]:
    """The `axis` argument of a reduction as sorted positions; none means all axes."""
    if axis is None:
        return tuple(range(rank))
    chosen = axis if isinstance(axis, tuple) else (axis,)
    positions = tuple(sorted(axis_index(integer(item, "axis"), rank) for item in chosen))
    if len(set(positions)) != len(positions):
        raise OperandError("argument", f"axis {tuple(chosen)} names an axis twice")
    return positions


def reduced(shape: Shape, axes: Sequence[int], keepdims: bool) -> Shape:
    """The shape after reducing over the axes."""
    if keepdims:
        return tuple(1 if axis in axes else size for axis, size in enumerate(shape))
    return tuple(size for axis, size in enumerate(shape) if axis not in axes)


def integer(value: object, name: str) -> int:
    """An argument that must be a whole number."""
    if isinstance(value, (int, float)) and not isinstance(value, bool) and value == value // 1:
        return int(value)
    raise OperandError("argument", f"{name} must be a whole number, not {value}")
