"""Rewrites that make a formula shorter to read; each is equal in real arithmetic wherever the formula has a value.

They are for formulas that are shown, not for what is computed: gathering constants may change the last digit, and
`t / t**3` becomes `1 / t**2`. Nothing cancels altogether: `x / x` stays.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import NamedTuple

from .graph import INFIX, Node, ancestors
from .op import constant, is_constant

# Longer sums and products are left as they are: gathering looks at all terms at every step.
LONGEST = 64


class Rewrite(NamedTuple):
    """A named rewrite: the node it gives for one that it fits, else None."""

    name: str
    apply: Callable[[Node], Node | None]


class Product(NamedTuple):
    """A number times powers of factors, over powers of others; whole exponents from 1 up."""

    number: float
    above: dict[Node, int]
    below: dict[Node, int]


def _number(node: Node) -> float | None:
    return float(node.attributes[0]) if is_constant(node) and node.kind == "float" else None


def _is(node: Node, sign: str) -> bool:
    return node.op is INFIX[sign] and node.kind == "float"


def _fold(node: Node) -> Node | None:
    """2 * 3 is 6."""
    numbers = [_number(each) for each in node.inputs]
    if not numbers or None in numbers or node.op.infix not in ("+", "-", "*", "/", "**") or node.op.scalar is None:
        return None
    value = node.op.scalar(*numbers)
    return constant(node.graph, value) if value - value == 0 else None


def _unpower(node: Node) -> Node | None:
    """x**1 is x, (x**2)**3 is x**6."""
    if not _is(node, "**") or (exponent := _whole(node.inputs[1])) is None:
        return None
    base = node.inputs[0]
    if exponent == 1:
        return base
    if _is(base, "**") and (inner := _whole(base.inputs[1])) is not None:
        return base.inputs[0] ** float(inner * exponent)
    return None


def _whole(node: Node) -> int | None:
    """The exponent when it is a whole number from 1 up."""
    value = _number(node)
    return int(value) if value is not None and value >= 1 and value % 1 == 0 else None


def _product(node: Node) -> Node | None:
    """2 * x * (3 * x) is 6 * x**2, a / b / c is a / (b * c), 2 * t / t**3 is 2 / t**2."""
    if not any(_is(node, sign) for sign in ("*", "/", "neg")):
        return None
    product = _factors(node)
    if product is None or len(product.above) + len(product.below) > LONGEST:
        return None
    return _built(node, _shortened(product))


def _shortened(product: Product) -> Product:
    """t / t**3 as 1 / t**2: the singularity stays where it was."""
    above, below = dict(product.above), dict(product.below)
    for factor in [each for each in above if below.get(each, 0) > above[each]]:
        below[factor] -= above.pop(factor)
    return Product(product.number, above, below)


def _factors(node: Node) -> Product | None:
    """What a product is made of; None where a shape or a zero forbids taking it apart."""
    found = Product(1.0, {}, {})
    stack: list[tuple[Node, bool]] = [(node, True)]
    number = 1.0
    while stack:
        each, over = stack.pop()
        value = _number(each)
        if each.shape not in ((), node.shape):
            return None
        if value is not None:
            if value == 0:
                return None
            number = number * value if over else number / value
        elif _is(each, "neg"):
            number = -number
            stack.append((each.inputs[0], over))
        elif _is(each, "*"):
            stack.extend((parent, over) for parent in reversed(each.inputs))
        elif _is(each, "/"):
            stack.extend([(each.inputs[1], not over), (each.inputs[0], over)])
        else:
            base, exponent = each, 1
            if _is(each, "**") and (whole := _whole(each.inputs[1])) is not None:
                base, exponent = each.inputs[0], whole
            side = found.above if over else found.below
            side[base] = side.get(base, 0) + exponent
            if len(side) > LONGEST:
                return None
    return found._replace(number=number) if number - number == 0 and number != 0 else None


def _built(like: Node, product: Product) -> Node:
    """The product as a node: the number first, then the factors as they came to be, one quotient at most."""
    above, below = _powers(product.above), _powers(product.below)
    number = product.number
    minus = number == -1.0 and bool(above)
    top: Node | None = None if above and number in (1.0, -1.0) else constant(like.graph, number)
    for factor in above:
        top = factor if top is None else top * factor
    assert top is not None
    bottom: Node | None = None
    for factor in below:
        bottom = factor if bottom is None else bottom * factor
    whole = top if bottom is None else top / bottom
    return -whole if minus else whole


def _powers(factors: dict[Node, int]) -> list[Node]:
    ordered = sorted(factors.items(), key=lambda item: item[0].order)
    return [base if exponent == 1 else base ** float(exponent) for base, exponent in ordered]


def _sum(node: Node) -> Node | None:
    """x + x is 2 * x, a - (b - c) is a - b + c, x + -2 * y is x - 2 * y."""
    return _gathered(node, None)


def _expanded(kept: Collection[Node]) -> Rewrite:
    """(1 - t**2) * t is t - t**3, where the sums are short; like terms of high derivatives meet that way.

    The sums in `kept` stay: what stands in a denominator or under a root is a better factor than its terms.
    """
    return Rewrite("multiply out", lambda node: _gathered(node, kept))


def _gathered(node: Node, kept: Collection[Node] | None) -> Node | None:
    inner = node.inputs[0] if _is(node, "neg") else node
    if not (_is(inner, "+") or _is(inner, "-") or (kept is not None and any(_is(inner, sign) for sign in ("*", "/")))):
        return None
    terms = _terms(node, kept)
    if terms is None:
        return None
    # A positive term in front saves a sign.
    ordered = sorted(terms.items(), key=lambda item: item[1] <= 0)
    result: Node | None = None
    for rest, number in ordered:
        if number == 0:
            if rest is not None:
                return None  # the terms may be infinite, and then their difference is not 0
            continue
        size = abs(number) if result is not None else number
        part = constant(node.graph, size) if rest is None else rest if size == 1 else _scaled(rest, size)
        result = part if result is None else result + part if number > 0 else result - part
    return result


def _terms(node: Node, kept: Collection[Node] | None) -> dict[Node | None, float] | None:
    """The terms of a sum, each with its number; None stands for the number alone. None when there are too many."""
    terms: dict[Node | None, float] = {}
    stack = [(node, 1.0)]
    count = 0
    while stack:
        each, scale = stack.pop()
        count += 1
        if count > 4 * LONGEST or len(terms) > LONGEST or each.shape not in ((), node.shape):
            return None
        if _is(each, "+") or _is(each, "-"):
            stack.extend([(each.inputs[1], scale if _is(each, "+") else -scale), (each.inputs[0], scale)])
            continue
        if _is(each, "neg"):
            stack.append((each.inputs[0], -scale))
            continue
        number, rest, inside = _coefficient(each, kept)
        if inside is not None:
            bracket, others = inside
            signs = (1.0, 1.0 if _is(bracket, "+") else -1.0)
            parts = [
                (others * part if others is not None else part, scale * number * sign)
                for part, sign in zip(bracket.inputs, signs, strict=True)
            ]
            stack.extend(reversed(parts))
            continue
        terms[rest] = terms.get(rest, 0.0) + scale * number
    return terms


def _coefficient(
    node: Node, kept: Collection[Node] | None
) -> tuple[float, Node | None, tuple[Node, Node | None] | None]:
    """A term as its number and the rest (None for a number alone), and a sum among its factors with the other factors."""
    value = _number(node)
    if value is not None:
        return value, None, None
    product = _factors(node) if any(_is(node, sign) for sign in ("*", "/", "neg")) else None
    if product is None:
        return 1.0, node, None
    product = _shortened(product)
    if kept is not None:
        bracket = next(
            (
                each
                for each, exponent in product.above.items()
                if exponent == 1 and each not in kept and (_is(each, "+") or _is(each, "-"))
            ),
            None,
        )
        if bracket is not None:
            above = {each: exponent for each, exponent in product.above.items() if each is not bracket}
            others = _built(node, Product(1.0, above, product.below)) if above or product.below else None
            return product.number, None, (bracket, others)
    return product.number, _built(node, product._replace(number=1.0)), None


def _scaled(node: Node, number: float) -> Node:
    product = _factors(node)
    return _built(node, product._replace(number=number)) if product is not None else constant(node.graph, number) * node


REWRITES = (
    Rewrite("fold numbers", _fold),
    Rewrite("join exponents", _unpower),
    Rewrite("gather terms", _sum),
    Rewrite("gather factors", _product),
)

# Each rewrite makes a node smaller or brings it into the form that the rewrite itself leaves alone.
ROUNDS = 4


def tidy(targets: Iterable[Node], domains: bool = True, expand: bool = False) -> list[Node]:
    """The targets with every rewrite applied, from the leaves up.

    Without `domains` a derivative is written without the condition that its function has a value: 1 / x for log.
    With `expand` short products of sums are multiplied out.
    """
    targets = list(targets)
    nodes = ancestors(targets)
    kept: set[Node] = set()
    rewrites = (*REWRITES[:2], _expanded(kept), *REWRITES[2:]) if expand else REWRITES
    factors = {parent for node in nodes if node.op.infix not in ("+", "-", "*", "neg") for parent in node.inputs}
    done: dict[Node, Node] = {}
    for node in nodes:
        inputs = tuple(done[parent] for parent in node.inputs)
        if not domains and node.op.role == "guard":
            done[node] = inputs[0]
            continue
        if not domains and node.op.role == "shielded":
            fresh = INFIX["*"](*inputs)
        else:
            fresh = node if inputs == node.inputs else node.op.rebuild(node, inputs)
        for _ in range(ROUNDS):
            better = next(
                (new for each in rewrites if (new := each.apply(fresh)) is not None and new is not fresh), None
            )
            if better is None or better.shape != node.shape:
                break
            fresh = better
        done[node] = fresh
        if node in factors:
            kept.add(fresh)
    return [done[target] for target in targets]
