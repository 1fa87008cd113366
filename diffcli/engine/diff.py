"""Differentiation, graph in and graph out: the derivative of a graph is more graph.

Reverse mode walks from the targets to the sources once, forward mode from the sources to the targets once. Both
read the same rules of the operators, and what they build can be differentiated again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from .collecting import uncollected
from .graph import Node, Nodes, ancestors
from .op import ROLES, constant, is_constant
from .shape import OperandError, Shape, broadcast, text

# The branches of `where` that led to a contribution: (condition, which side was taken). A contribution is meant
# to be exactly 0 where they do not hold, whatever its factors are there. The zeros are put in as late as possible,
# so that no product with an infinite factor comes after them.
Mask = tuple[tuple[Node, bool], ...]
NO_MASKS: Mapping[Node, Mask] = {}


class Contribution(NamedTuple):
    """What one use of a node adds to its adjoint."""

    value: Node
    mask: Mask = ()


class Product(NamedTuple):
    """One backward step, kept to show it or to find where it went bad: what a node's adjoint adds to that of one input."""

    node: Node
    place: int
    value: Node
    mask: Mask
    adjoint: Node


def gradients(
    ys: Sequence[Node],
    xs: Sequence[Node],
    grad_ys: Sequence[Node | None] | None = None,
    barrier: Collection[Node] = frozenset(),
    trace: list[Product] | None = None,
) -> list[Node | None]:
    """The gradient of the sum of all elements of all targets with respect to each source; None where no path leads.

    `grad_ys` weighs the targets (shapes as theirs, None for ones). Nothing flows past the nodes of `barrier` to what
    they were computed from, but they may be sources themselves. As tf.gradients.
    """
    return sweep(list(zip(ys, map(Contribution, _seeds(ys, grad_ys)), strict=True)), xs, barrier, trace)


@uncollected()
def sweep(
    seeds: Sequence[tuple[Node, Contribution]],
    xs: Sequence[Node],
    barrier: Collection[Node] = frozenset(),
    trace: list[Product] | None = None,
    masks: Mapping[Node, Mask] = NO_MASKS,
) -> list[Node | None]:
    """One reverse sweep: what the seeded targets pull back to each source; None where no path leads.

    `masks` says where the seeds leave nothing in the adjoint of a node.
    """
    relevant = between([y for y, _ in seeds], xs, barrier)
    leads = relevant.has
    pending: dict[Node, list[Contribution]] = {}
    for y, seed in seeds:
        if y in relevant and y.kind == "float":
            pending.setdefault(y, []).append(seed)
    adjoints: dict[Node, Node] = {}
    wanted = set(xs)
    for node in reversed(relevant.ordered):
        arrived = pending.pop(node, None)
        if not arrived:
            continue
        total = _accumulate(arrived, node.shape)
        if masks:
            total = _masked(total, masks.get(node, ()))
        if node in wanted:
            adjoints[node] = _settle(total)
        if node in barrier:
            continue
        for index, parent in enumerate(node.inputs):
            if leads(parent) and not node.op.cuts(node, index):
                step = _pull(node, index, total)
                pending.setdefault(parent, []).append(step)
                if trace is not None:
                    trace.append(Product(node, index, *step, total.value))
    return [adjoints.get(x) for x in xs]


def _seeds(ys: Sequence[Node], grad_ys: Sequence[Node | None] | None) -> list[Node]:
    if grad_ys is not None and len(grad_ys) != len(ys):
        raise OperandError("derivative", f"{len(ys)} targets need {len(ys)} weights in grad_ys, not {len(grad_ys)}")
    weights = []
    for y, weight in zip(ys, grad_ys or [None] * len(ys), strict=True):
        if weight is not None and weight.shape != y.shape:
            raise OperandError(
                "derivative",
                f"the weight in grad_ys has shape {text(weight.shape)}, its target {text(y.shape)}",
                "grad_ys has one entry per target, of the target's shape",
            )
        weights.append(filled(y, 1.0) if weight is None else weight)
    return weights


def filled(like: Node, value: float, shape: Shape | None = None) -> Node:
    """A tensor of one number, of the node's shape or the given one."""
    number = constant(like.graph, value)
    wanted = like.shape if shape is None else shape
    return number if wanted == () else ROLES["broadcast"](number, wanted)


def between(ys: Iterable[Node], xs: Iterable[Node], barrier: Collection[Node] = frozenset()) -> Nodes:
    """The nodes on a differentiable path from a source to a target, both included, in topological order."""
    sources = set(xs)
    nodes = ancestors(ys, stop=barrier.__contains__ if barrier else None)
    relevant = Nodes(nodes)
    leads = relevant.has
    for node in nodes:
        if node in sources:
            relevant.add(node)
        elif node not in barrier:
            for index, parent in enumerate(node.inputs):
                if leads(parent) and not node.op.cuts(node, index):
                    relevant.add(node)
                    break
    return relevant


def _accumulate(arrived: list[Contribution], shape: Shape) -> Contribution:
    """The sum of the contributions, in the order of the graph; opposite branches of one `where` become one choice."""
    if len(arrived) == 1 and arrived[0].value.shape == shape:
        return arrived[0]
    parts: list[Contribution] = []
    for value, mask in reversed(arrived):
        if (
            mask
            and parts
            and parts[-1].mask[:-1] == mask[:-1]
            and parts[-1].mask
            and parts[-1].mask[-1] == (mask[-1][0], not mask[-1][1])
        ):
            other = parts.pop().value
            chosen = (value, other) if mask[-1][1] else (other, value)
            value, mask = ROLES["select"](mask[-1][0], *chosen), mask[:-1]
        parts.append(Contribution(value, mask))
    if all(part.mask == parts[0].mask for part in parts):
        mask, values = parts[0].mask, [part.value for part in parts]
    else:
        mask, values = (), [_settle(part) for part in parts]
    total = values[0]
    for value in values[1:]:
        total = total + value
    return Contribution(total if total.shape == shape else ROLES["broadcast"](total, shape), mask)


def _masked(part: Contribution, known: Mask) -> Contribution:
    """The contribution with what else is known to be nothing in it."""
    return part if all(each in part.mask for each in known) else Contribution(part.value, (*part.mask, *known))


def _settle(part: Contribution) -> Node:
    """The contribution with its zeros in place."""
    value, mask = part
    for condition, side in reversed(mask):
        if (
            condition.op is ROLES["not_equal"]
            and condition.inputs[0] is value
            and is_constant(condition.inputs[1], 0.0)
        ):
            continue  # value != 0: its zeros are there already
        value = ROLES["select"](condition, value, 0.0) if side else ROLES["select"](condition, 0.0, value)
    return value


def _pull(node: Node, index: int, adjoint: Contribution) -> Contribution:
    """What the node's adjoint contributes to that of one input."""
    parent = node.inputs[index]
    op = node.op
    if op.role == "select" and not node.graph.strict:
        step = Contribution(adjoint.value, (*adjoint.mask, (node.inputs[0], index == 1)))
    elif op.partials is not None:
        mask = adjoint.mask
        if op.role == "shielded" and index == 0 and not node.graph.strict:
            # A product that is 0 by choice does not depend on its first factor there, however that one was made.
            mask = (*mask, (ROLES["not_equal"](node.inputs[1], 0.0), True))
        step = Contribution(_product(node, index, adjoint.value), mask)
    elif op.role in ("alias", "derivative"):
        return adjoint
    else:
        rules = op.vjp
        settled = _settle(adjoint)
        rule = rules[index] if isinstance(rules, tuple) else rules
        assert rule is not None, op.name
        return Contribution(rule(settled, node) if isinstance(rules, tuple) else rule(settled, node, index))
    if step.value.shape == parent.shape and (
        not step.mask or all(condition.shape in ((), parent.shape) for condition, _ in step.mask)
    ):
        return step
    value = _settle(step)
    if value.shape != node.shape:
        value = ROLES["broadcast"](value, node.shape)
    return Contribution(ROLES["sum_to"](value, parent.shape))


def _product(node: Node, index: int, g: Node) -> Node:
    """g times the partial derivative of an element-wise node; the same in both modes."""
    op = node.op
    partials, products = op.partials, op.product
    if op.strict is not None and node.graph.strict:
        partials, products = (
            op.strict.get("partials", partials),
            op.strict.get("product", None if "partials" in op.strict else products),
        )
    if products is not None and products[index] is not None:
        result: Node = products[index](g, node, *node.inputs, *node.attributes)  # type: ignore[misc]  # which of the rules there are was asked before
        return result
    partial = partials[index](node, *node.inputs, *node.attributes)  # type: ignore[index, misc]  # which of the rules there are was asked before
    if not isinstance(partial, Node):
        partial = constant(node.graph, float(partial))
    if is_constant(g, 1.0) and g.kind == "float":
        return partial
    if g.op.role == "broadcast" and is_constant(g.inputs[0], 1.0):
        shape = broadcast(partial.shape, g.shape)  # a tangent has the shape of its own input, not of the node
        return partial if partial.shape == shape else ROLES["broadcast"](partial, shape)
    return g * partial


def jvp(
    ys: Sequence[Node], xs: Sequence[Node], tangents: Sequence[Node], barrier: Collection[Node] = frozenset()
) -> list[Node | None]:
    """The derivative of each target along the tangents of the sources; None where no path leads.

    Several sources, also one computed from another, add up. As tf.autodiff.ForwardAccumulator.
    """
    seeds: dict[Node, list[Contribution]] = {}
    for x, tangent in zip(xs, tangents, strict=True):
        if tangent.shape != x.shape:
            raise OperandError("derivative", f"the tangent has shape {text(tangent.shape)}, its source {text(x.shape)}")
        if x.kind == "float":
            seeds.setdefault(x, []).append(Contribution(tangent))
    return push(ys, seeds, barrier)


@uncollected()
def push(
    ys: Sequence[Node],
    seeds: Mapping[Node, Sequence[Contribution]],
    barrier: Collection[Node] = frozenset(),
    masks: Mapping[Node, Mask] = NO_MASKS,
) -> list[Node | None]:
    """One forward sweep: how each target moves when the seeded sources do; None where no path leads.

    `masks` says where the seeds do not move a node.
    """
    moving: dict[Node, Contribution] = {}
    for node in between(ys, list(seeds), barrier):
        parts = list(seeds.get(node, ()))
        if node not in barrier and any(parent in moving for parent in node.inputs):
            parts += _pushed(node, moving)
        if parts:
            moving[node] = _masked(_accumulate(parts[::-1], node.shape), masks.get(node, ()))
    return [_settle(moving[y]) if y in moving else None for y in ys]


def _pushed(node: Node, moving: Mapping[Node, Contribution]) -> list[Contribution]:
    """What the tangents of its inputs contribute to that of a node."""
    op = node.op
    flowing = [index for index, parent in enumerate(node.inputs) if parent in moving and not op.cuts(node, index)]
    if not flowing:
        return []
    if op.role == "select" and not node.graph.strict:
        sides = [_settle(moving[node.inputs[index]]) if index in flowing else 0.0 for index in (1, 2)]
        return [Contribution(ROLES["select"](node.inputs[0], *sides))]
    if op.jvp == "joint":
        tangents = (
            _settle(moving[parent]) if index in flowing else filled(parent, 0.0)
            for index, parent in enumerate(node.inputs)
        )
        return [Contribution(op.rebuild(node, tuple(tangents)))]
    return [_push_one(node, index, moving[node.inputs[index]]) for index in flowing]


def _push_one(node: Node, index: int, tangent: Contribution) -> Contribution:
    op = node.op
    if op.role in ("alias", "derivative"):
        return tangent
    if op.partials is not None:
        fits = all(condition.shape in ((), node.shape) for condition, _ in tangent.mask)
        t, mask = tangent if fits else (_settle(tangent), ())
        return Contribution(_product(node, index, t), mask)
    t = _settle(tangent)
    if op.jvp == "linear":
        return Contribution(op.rebuild(node, (*node.inputs[:index], t, *node.inputs[index + 1 :])))
    rule = op.jvp[index] if isinstance(op.jvp, tuple) else op.jvp
    assert callable(rule), op.name
    return Contribution(rule(t, node) if isinstance(op.jvp, tuple) else rule(t, node, index))


def contribution(step: Product) -> Node:
    """What a backward step adds to the adjoint of its input, as a node."""
    return _settle(Contribution(step.value, step.mask))


def pulled(node: Node, index: int, weight: Node) -> Node:
    """The weight times the derivative of one node by one of its inputs, all other paths left out."""
    return _settle(_pull(node, index, Contribution(weight)))


def partial(node: Node, index: int) -> Node:
    """The derivative of each element of an element-wise node by the element of an input that it is computed from."""
    return _product(node, index, filled(node, 1.0))


def derivative(value: Node, of: Sequence[Node]) -> Node:
    """The value marked as a derivative of the given nodes."""
    return value.graph.create(ROLES["derivative"], (value,), (tuple(of), value.graph.count), value.shape, value.kind)


def depends(ys: Iterable[Node], xs: Collection[Node], through_cuts: bool = True) -> bool:
    """Whether a target is computed from a source at all, also through operations that cut the gradient.

    A derivative counts as computed from what it was the derivative of.
    """
    wanted = set(xs)
    seen: set[Node] = set(ys)
    stack = list(seen)
    while stack:
        node = stack.pop()
        if node in wanted:
            return True
        parents: tuple[Node, ...] = node.inputs
        if node.op.role == "derivative":
            parents = (*parents, *node.attributes[0])
        for parent in parents:
            if parent not in seen:
                seen.add(parent)
                stack.append(parent)
    return False


def vanished(ys: Iterable[Node], x: Node) -> bool:
    """Whether the targets contain a derivative of something that depended on the source: then no path means 0."""
    return any(node.op.role == "derivative" and depends(node.attributes[0], [x]) for node in ancestors(ys))
