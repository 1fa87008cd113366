"""Einstein's summation: products of tensors whose axes are named by letters."""

from __future__ import annotations

from typing import Any, Final

from ..graph import Node
from ..op import build, define, graph_of, lift
from ..shape import OperandError, Shape, Size, broadcast_sizes
from .matrices import diag_part
from .reductions import sum as total
from .shaping import broadcast_to, reshape, transpose

LETTERS: Final = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
REST = "."  # stands for `...` while the subscripts are read


def _refuse(message: str) -> OperandError:
    return OperandError("argument", f"einsum: {message}", 'einsum("ij,jk->ik", a, b)')


def _read(subscripts: Any, operands: tuple[Node, ...]) -> tuple[list[str], str]:
    """The letters of each operand and of the result, `...` spelled out in letters that are not used otherwise."""
    if not isinstance(subscripts, str):
        raise _refuse("the first argument is the subscripts")
    compact = subscripts.replace(" ", "").replace("...", REST)
    left, arrow, right = compact.partition("->")
    terms = left.split(",")
    if len(terms) != len(operands):
        raise _refuse(f'"{subscripts}" is for {len(terms)} operands, not {len(operands)}')
    for term in (*terms, right):
        if term.count(REST) > 1 or not all(letter in LETTERS or letter == REST for letter in term):
            raise _refuse(f'"{subscripts}" must be letters, commas, one `->` and `...`')
    hidden = [len(x.shape) - len(term) + 1 for term, x in zip(terms, operands, strict=True) if REST in term]
    fresh = [letter for letter in LETTERS if letter not in compact][: max(hidden, default=0)]
    for term, x in zip(terms, operands, strict=True):
        if len(term) - 1 > len(x.shape) or (REST not in term and len(term) != len(x.shape)):
            raise _refuse(
                f'"{term.replace(REST, "...")}" names {len(term.replace(REST, ""))} axes of an operand that has {len(x.shape)}'
            )
    if not arrow:
        letters = "".join(terms)
        right = (REST if hidden else "") + "".join(
            sorted(letter for letter in set(letters) if letters.count(letter) == 1 and letter != REST)
        )
    if any(hidden) and fresh and REST not in right:
        raise _refuse("the result needs `...`, too")
    spelled = [
        term.replace(REST, "".join(fresh[len(fresh) - (len(x.shape) - len(term) + 1) :]))
        for term, x in zip(terms, operands, strict=True)
    ]
    result = right.replace(REST, "".join(fresh))
    for letter in result:
        if result.count(letter) > 1 or not any(letter in term for term in spelled):
            raise _refuse(
                f'the result "{right}" has {letter} twice'
                if result.count(letter) > 1
                else f"no operand has the axis {letter} of the result"
            )
    return spelled, result


def _sizes(terms: list[str], operands: tuple[Node, ...], loose: set[str]) -> dict[str, Size]:
    sizes: dict[str, Size] = {}
    for term, x in zip(terms, operands, strict=True):
        for letter, size in zip(term, x.shape, strict=True):
            known = sizes.get(letter, size)
            joined = broadcast_sizes(known, size)
            if joined is None or (1 in (known, size) and known != size and letter not in loose):
                raise OperandError(
                    "shape", f"einsum: axis {letter} has size {known} in one operand and {size} in another"
                )
            sizes[letter] = joined
    return sizes


def _diagonal(x: Node, term: str) -> tuple[Node, str]:
    """The operand with a letter that it has twice made one axis, at the end."""
    letter = next(letter for letter in term if term.count(letter) > 1)
    first = term.index(letter)
    second = term.index(letter, first + 1)
    rest = [axis for axis in range(len(term)) if axis not in (first, second)]
    return diag_part(transpose(x, (*rest, first, second))), "".join(term[axis] for axis in rest) + letter


def _einsum(subscripts: Any, operands: tuple[Any, ...]) -> Node:
    graph = graph_of(operands)
    inputs = tuple(lift(graph, each) for each in operands)
    terms, result = _read(subscripts, inputs)
    named = set(str(subscripts))
    sizes = _sizes(terms, inputs, {letter for term in terms for letter in term if letter not in named})
    ready, spelled = [], []
    for x, term in zip(inputs, terms, strict=True):
        while len(set(term)) < len(term):
            x, term = _diagonal(x, term)
        stretched = {letter for letter, size in zip(term, x.shape, strict=True) if size != sizes[letter] and size == 1}
        if stretched:
            x = reshape(x, tuple(size for letter, size in zip(term, x.shape, strict=True) if letter not in stretched))
            term = "".join(letter for letter in term if letter not in stretched)
        ready.append(x)
        spelled.append(term)
    return build(einsum, ready, (",".join(spelled) + "->" + result,))


def _parts(subscripts: str) -> tuple[list[str], str]:
    left, _, right = subscripts.partition("->")
    return left.split(","), right


def _shape(inputs: tuple[Node, ...], subscripts: str) -> Shape:
    terms, result = _parts(subscripts)
    sizes = _sizes(terms, inputs, set())
    return tuple(sizes[letter] for letter in result)


def _simple(inputs: tuple[Node, ...], subscripts: str) -> Node | None:
    """One operand is only summed and transposed; scalars are only multiplied."""
    terms, result = _parts(subscripts)
    if len(inputs) == 1:
        summed = total(inputs[0], tuple(axis for axis, letter in enumerate(terms[0]) if letter not in result))
        left = [letter for letter in terms[0] if letter in result]
        return transpose(summed, tuple(left.index(letter) for letter in result))
    if not any(terms):
        product = inputs[0]
        for each in inputs[1:]:
            product = product * each
        return product
    return None


def _back(g: Node, n: Node, index: int) -> Node:
    """The same sum with g in the operand's place; an axis that only this operand has is repeated."""
    terms, result = _parts(n.attributes[0])
    own, x = terms[index], n.inputs[index]
    others = terms[:index] + terms[index + 1 :]
    kept = "".join(letter for letter in own if letter in result or any(letter in term for term in others))
    found = build(einsum, (g, *n.inputs[:index], *n.inputs[index + 1 :]), (",".join([result, *others]) + "->" + kept,))
    if kept == own:
        return found
    spread: Node = reshape(
        found, tuple(size if letter in kept else 1 for letter, size in zip(own, x.shape, strict=True))
    )
    repeated: Node = broadcast_to(spread, x.shape)
    return repeated


einsum = define(
    "einsum",
    signature="subscripts, *operands",
    static="subscripts",
    kind="promote",
    expand=_einsum,
    shape=_shape,
    simplify=_simple,
    doc="Sum of products over the axes that the result does not name, as NumPy's einsum.",
    numpy=lambda np, *a: np.einsum(a[-1], *a[:-1], optimize=True),
    vjp=_back,
    jvp="linear",
    rule="dx = einsum of g with the other operands",
    at=[
        ("ij,jk->ik", [[1.0, 2.0], [3.0, 4.0]], [[0.5], [-1.0]]),
        ("i,i", [1.0, 2.0], [3.0, 4.0]),
        ("ii->", [[1.0, 2.0], [3.0, 4.0]]),
        ("...i,i,j->...", [[1.0, 2.0], [3.0, 4.0]], [0.5, 2.0], [1.0, 3.0]),
    ],
)
