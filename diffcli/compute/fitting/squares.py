"""The residuals that a loss is the sum of squares of, found in its graph."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from ...engine.graph import INFIX, Node
from ...engine.op import ROLES, is_constant
from ...engine.program import TRANSPARENT

# A loss of more terms than this is no longer taken apart.
MOST_TERMS = 100


class Unrecognised(Exception):
    """The part of a loss that is no sum of squares, and why not."""

    def __init__(self, node: Node, why: str) -> None:
        super().__init__(why)
        self.node, self.why = node, why


class Split(NamedTuple):
    """A residual as the difference of what was observed and what the model says; the sign is -1 for model - observed."""

    observed: Node
    model: Node
    sign: float


class Squared(NamedTuple):
    """A residual whose squares are summed, and the weight that the loss gives to each before it is squared, None for 1.

    before: what stands before the sum and has to be above 0
    """

    node: Node
    weight: Node | None = None
    before: tuple[Node, ...] = ()


Factors = tuple[tuple[Node, bool], ...]


class _Term(NamedTuple):
    """A part of the loss with what stands before it, the same for all parameters: a number, and factors over or under the line.

    common: factors that are one number for all elements · summed: whether a sum stands before it, too
    """

    node: Node
    number: float = 1.0
    factors: Factors = ()
    common: Factors = ()
    summed: bool = False


def residuals_of(loss: Node, moving: Collection[Node], varying: Collection[Node] = ()) -> list[Squared]:
    """The residuals whose squares add up to the loss, but for a factor before all of them; Unrecognised says what does not fit.

    `moving` are the nodes that depend on a parameter, `varying` those that differ from row to row. Sums, means, products and quotients with what does not depend on one are taken
    apart; a square is whatever computes as a product of something with itself.
    """
    found: list[tuple[_Term, Squared]] = []
    stack = [_Term(loss)]
    while stack:
        term = stack.pop()
        node = bare(term.node)
        root = root_of(node)
        if root is not None and node in moving:
            found.append((term, _peeled(Squared(root, _weight(term.factors)), moving)))
            continue
        if node not in moving or len(found) + len(stack) > MOST_TERMS:
            raise Unrecognised(node, "it does not depend on a parameter" if node not in moving else "it is too long")
        stack.extend(reversed(_parts(node, term, moving, varying)))
    numbers = [term.number for term, _ in found]
    if min(numbers) <= 0:
        raise Unrecognised(loss, "a square is subtracted")
    if max(numbers) > min(numbers) * (1 + 1e-12) or len({frozenset(term.common) for term, _ in found}) > 1:
        raise Unrecognised(loss, "its squares have different weights")
    return [residual._replace(before=tuple(node for node, _ in term.common)) for term, residual in found]


def bare(node: Node) -> Node:
    """The node behind its names."""
    while node.op.role in TRANSPARENT:
        node = node.inputs[0]
    return node


def root_of(node: Node) -> Node | None:
    """What a node is the square of, by the product that it computes as; None where it is none."""
    for _ in range(4):  # an operator is written out in a few steps at the most
        node = bare(node)
        first, last = (bare(node.inputs[place]) if node.inputs else node for place in (0, -1))
        if node.op is INFIX["*"] and first is last:
            return first
        if node.op is ROLES["matmul"] and first is last and len(first.shape) == 1:
            return first
        if node.op is INFIX["**"] and is_constant(last) and last.attributes[0] in (4.0, 6.0, 8.0):
            half: Node = node.inputs[0] ** (last.attributes[0] / 2)
            return half
        written = node.op.lower(*node.inputs) if node.op.lower is not None else None
        if written is None:
            return None
        node = written
    return None


def _parts(node: Node, term: _Term, moving: Collection[Node], varying: Collection[Node]) -> list[_Term]:
    """What a sum, a mean, a product or a quotient is made of."""
    if node.op is ROLES["sum"]:
        return [term._replace(node=node.inputs[0], summed=True)]
    if node.op is INFIX["+"] or node.op is INFIX["-"]:
        if term.summed and any(each.shape != node.shape for each in node.inputs):
            raise Unrecognised(node, "its terms have different shapes")
        sign = 1.0 if node.op is INFIX["+"] else -1.0
        return [term._replace(node=node.inputs[0]), term._replace(node=node.inputs[1], number=sign * term.number)]
    over = node.op is INFIX["*"]
    if over or node.op is INFIX["/"]:
        left, right = node.inputs
        if over and right in moving and left not in moving:
            left, right = right, left
        if left in moving and right not in moving:
            return [_with_factor(term._replace(node=left), bare(right), over, varying)]
    raise Unrecognised(node, "it is no square, and no sum or mean of squares")


def _with_factor(term: _Term, factor: Node, over: bool, varying: Collection[Node]) -> _Term:
    """The term with one more factor; numbers are gathered."""
    if not is_constant(factor) and factor.shape == () and factor not in varying:
        return term._replace(common=(*term.common, (factor, over)))
    if not is_constant(factor):
        return term._replace(factors=(*term.factors, (factor, over)))
    number = float(factor.attributes[0])
    if not number:
        raise Unrecognised(factor, "it is 0")
    return term._replace(number=term.number * number if over else term.number / number)


def _weight(factors: Factors) -> Node | None:
    """The root of the factors that stand before a square."""
    weight: Node | None = None
    for factor, over in factors:
        root = factor ** (0.5 if over else -0.5)
        weight = root if weight is None else weight * root
    return weight


def _peeled(square: Squared, moving: Collection[Node]) -> Squared:
    """The residual without the factors of its own that are the same for all parameters: they are weights, too."""
    node, weight = bare(square.node), square.weight
    while node.op is INFIX["*"] or node.op is INFIX["/"]:
        left, right = node.inputs
        over = node.op is INFIX["*"]
        if over and right in moving and left not in moving:
            left, right = right, left
        if right in moving or left not in moving or left.shape != node.shape:
            break
        factor = right if over else 1.0 / right
        weight = factor if weight is None else weight * factor
        node = bare(left)
    return Squared(node, weight)


def split_of(residual: Node, moving: Collection[Node]) -> Split | None:
    """A residual as observed - model or model - observed, None where it is no difference of that kind."""
    residual = bare(residual)
    if residual.op is not INFIX["-"]:
        return None
    left, right = residual.inputs
    if (left in moving) == (right in moving):
        return None
    return Split(left, right, 1.0) if right in moving else Split(right, left, -1.0)
