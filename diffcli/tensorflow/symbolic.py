"""tf.gradients and tf.hessians: derivatives of what a graph describes, as more of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..engine import diff, higher
from ..engine.graph import Node
from ..engine.op import ROLES
from ..engine.shape import OperandError
from . import calls, conversion
from .base import Readable
from .graph_mode import Graph
from .plans import instantiated, needed
from .tensor import Tensor
from .trace import vanishing
from .unconnected import UnconnectedGradients, wants_zeros

EAGER = "tf.gradients is not supported when eager execution is enabled. Use tf.GradientTape instead."
# Shapes that are tried for placeholders without one, to see which sources a gradient reaches.
TRIALS: tuple[tuple[int, ...], ...] = ((), (1,), (1, 1), (1, 1, 1))


class AggregationMethod:
    """How gradients are added up; all methods give the same numbers."""

    ADD_N = DEFAULT = 0
    EXPERIMENTAL_TREE = 1
    EXPERIMENTAL_ACCUMULATE_N = 2


# TensorFlow 1 has `colocate_gradients_with_ops` first, TensorFlow 2 does not have it.
OPTIONS = ("gate_gradients", "aggregation_method", "stop_gradients", "unconnected_gradients")
OPTIONS_1 = ("colocate_gradients_with_ops", *OPTIONS)


def gradients(ys: Any, xs: Any, grad_ys: Any = None, name: str = "gradients", *rest: Any, **named: Any) -> list[Any]:
    """The gradient of the sum of all targets with respect to each source, as a list; None where no path leads.

    `grad_ys` weighs the targets: one entry per target, of its shape, None for ones. Nothing flows past the tensors of
    `stop_gradients` to what they are computed from; they may be sources themselves. `unconnected_gradients="zero"` gives
    zeros for None. `aggregation_method`, `gate_gradients` and `colocate_gradients_with_ops` change no number.
    """
    options = dict(zip(OPTIONS_1 if len(rest) > 1 and isinstance(rest[1], bool) else OPTIONS, rest, strict=False))
    for option, value in named.items():
        if option not in OPTIONS_1 or option in options:
            raise TypeError(f"gradients() got an unexpected keyword argument {option!r}")
        options[option] = value
    aggregation_method = options.get("aggregation_method")
    stop_gradients = options.get("stop_gradients")
    if aggregation_method not in (None, 0, 1, 2):
        raise ValueError(f"Invalid `aggregation_method` specified {aggregation_method}.")
    as_zeros = wants_zeros(options.get("unconnected_gradients", UnconnectedGradients.NONE))
    graph = _graph(ys, xs)
    targets, sources, stops = (_listed(graph, each) for each in (ys, xs, stop_gradients))
    weights = _weights(graph, targets, grad_ys)
    with graph.as_default():
        found = _derived(graph, targets, sources, weights, _siblings(stops))
        if as_zeros:
            from .creation import zeros_like

            found = [zeros_like(x) if each is None else each for x, each in zip(sources, found, strict=True)]
    return found


def _graph(*values: Any) -> Graph:
    """The graph that the tensors are part of."""
    for each in values:
        for one in each if isinstance(each, (list, tuple)) else [each]:
            owner = getattr(one, "graph", None)
            if isinstance(owner, Graph):
                return owner
    graph = calls.active_graph()
    if graph is None:
        raise RuntimeError(EAGER)
    return graph  # type: ignore[no-any-return]  # operators are called by rules, which have no types


def _listed(graph: Graph, values: Any) -> list[Tensor]:
    if values is None:
        return []
    listed = list(values) if isinstance(values, (list, tuple)) else [values]
    with graph.as_default():
        return [
            graph.own(each if isinstance(each, Readable) else conversion.convert_to_tensor(each)) for each in listed
        ]


def _siblings(tensors: Sequence[Tensor]) -> list[Tensor]:
    """Tensors with all other results of the operations that they come from."""
    found = {id(each): each for each in tensors}
    for tensor in tensors:
        for each in tensor.source.results if tensor.source else ():
            found[id(each)] = each
    return list(found.values())


def _weights(graph: Graph, targets: Sequence[Tensor], given: Any) -> list[Tensor | None]:
    """The weights of the targets as tensors, None for ones."""
    if given is None:
        for y in targets:
            if y.dtype.kind == "string":
                raise TypeError(f"Gradients of tensors of type {y.dtype.name} need grad_ys")
        return [None] * len(targets)
    single = len(targets) == 1 and not isinstance(given, (list, tuple))
    listed = [given] if single else list(given)
    if len(listed) != len(targets):
        raise ValueError(
            f"Length mismatch: {len(targets)} ys need {len(targets)} entries in grad_ys, not {len(listed)}"
        )
    return [None if each is None else _weight(graph, each, y) for each, y in zip(listed, targets, strict=True)]


def _weight(graph: Graph, given: Any, y: Tensor) -> Tensor:
    numbers = np.asarray(given) if not isinstance(given, (Tensor, Readable)) else None
    with graph.as_default():
        if numbers is not None and numbers.dtype.kind == "f" and not isinstance(given, (np.ndarray, np.generic)):
            given = conversion.constant(numbers.tolist(), y.dtype)
        weight = graph.own(conversion.convert_to_tensor(given))
    if weight.dtype is not y.dtype:
        raise TypeError(f"Gradient type {weight.dtype.name} generated for tensor of type {y.dtype.name}")
    shapes = weight._shape, y._shape
    known = all(shape is not None and all(isinstance(size, int) for size in shape) for shape in shapes)
    if known and shapes[0] != shapes[1]:
        raise ValueError(f"an entry of grad_ys has shape {weight.shape}, its target {y.shape}; it needs the target's")
    return weight


def _derived(
    graph: Graph,
    ys: Sequence[Tensor],
    xs: Sequence[Tensor],
    weights: Sequence[Tensor | None],
    stops: Sequence[Tensor],
) -> list[Any]:
    """The gradients as tensors of the graph."""
    if not ys:
        return [None] * len(xs)
    live = _connected(graph, ys, xs, stops)
    wanted = [x for x, reached in zip(xs, live, strict=True) if reached]
    places = [place for place, weight in enumerate(weights) if weight is not None]
    given = [weight for weight in weights if weight is not None]
    counts = (len(ys), len(given), len(wanted))

    def build(*nodes: Node) -> list[Node]:
        y, rest = nodes[: counts[0]], nodes[counts[0] :]
        seeds: list[Node | None] = [None] * counts[0]
        for place, seed in zip(places, rest, strict=False):
            seeds[place] = seed
        x, barrier = rest[counts[1] : counts[1] + counts[2]], rest[counts[1] + counts[2] :]
        return _taken(y, x, seeds, barrier)

    if not wanted:
        return [None] * len(xs)
    key = ("gradients", counts, tuple(places))
    results = graph.add(key, build, [*ys, *given, *wanted, *stops], None, len(wanted))
    for x, each in zip(wanted, results, strict=True):
        graph.typed(each, x.dtype, x._shape)
    found = iter(results)
    return [next(found) if reached else None for reached in live]


def _taken(ys: Sequence[Node], xs: Sequence[Node], seeds: Sequence[Node | None], barrier: Sequence[Node]) -> list[Node]:
    """The gradients as nodes, marked as derivatives of the targets."""
    found = vanishing(ys, xs, diff.gradients(ys, xs, seeds, frozenset(barrier)))
    results = []
    for x, node in zip(xs, found, strict=True):
        value = diff.filled(x, 0.0) if node is None else node
        if not value.graph.strict:
            value = value.graph.intern(ROLES["derivative"], (value,), (tuple(ys), 0), value.shape, value.kind)
        results.append(value)
    return results


def _connected(graph: Graph, ys: Sequence[Tensor], xs: Sequence[Tensor], stops: Sequence[Tensor]) -> list[bool]:
    """Whether a gradient reaches each source."""
    everything = needed([*ys, *xs, *stops])
    unknown = [each for each in everything if each.source is not None and each.source.kind == "placeholder"]
    for trial in TRIALS:
        shapes = {
            id(each): trial if each._shape is None else tuple(s if isinstance(s, int) else 1 for s in each._shape)
            for each in unknown
        }
        try:
            trace, _ = instantiated(everything, shapes, graph.strict)
            nodes = [[trace.nodes[id(each)] for each in group] for group in (ys, xs, stops)]
            found = diff.gradients(nodes[0], nodes[1], None, frozenset(nodes[2]))
            if not graph.strict:
                found = vanishing(nodes[0], nodes[1], found)
            return [node is not None for node in found]
        except OperandError:
            continue
    held = {id(each) for each in stops}
    upstream = {id(each) for y in ys for each in needed([y]) if each.dtype.kind == "float"}
    return [id(x) in upstream and (not held or id(x) in held or id(x) in upstream) for x in xs]


def hessians(
    ys: Any,
    xs: Any,
    name: str = "hessians",
    colocate_gradients_with_ops: bool = False,
    gate_gradients: bool = False,
    aggregation_method: int | None = None,
) -> list[Any]:
    """The second derivatives of the sum of all targets by each source alone, of shape x.shape + x.shape.

    A source that the targets are linear in, or do not depend on, has zeros; TensorFlow's numbers are a ValueError.
    """
    graph = _graph(ys, xs)
    targets, sources = _listed(graph, ys), _listed(graph, xs)
    if graph.strict:
        for x in sources:
            first = _derived(graph, targets, [x], [None] * len(targets), [])
            if first[0] is None or _derived(graph, first, [x], [None], [])[0] is None:
                raise ValueError("None values not supported.")

    def build(*nodes: Node) -> Node:
        return higher.hessian(nodes[:-1], nodes[-1], nodes[-1])

    return [graph.add(("hessian", len(targets)), build, [*targets, x], None) for x in sources]
