"""Which derivative is asked for, and the nodes that it is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from ..compute.derive import differentiate
from ..compute.load import name_of
from ..compute.question import Question
from ..engine import diff, higher, tape
from ..engine.graph import Node
from ..engine.op import leaf
from .values import Form

# The name of a seed is that of its source or target after this; no name of a file has a dot.
SEED = "v."

Names = str | Iterable[str] | None


def listed(names: Names, option: str = "") -> tuple[str, ...] | None:
    """One name or several, each once, as the language compares names; ValueError for none where one is needed."""
    if names is None:
        return None
    found = tuple(dict.fromkeys(map(name_of, [names] if isinstance(names, str) else names)))
    if option and not found:
        raise ValueError(f"{option} is empty: leave it out, or name something")
    return found


class Asked(NamedTuple):
    """A question: values, grad, jacobian, hessian, jvp, vjp or hvp; `bare_wrt` where one name was given and no list."""

    kind: str
    wrt: tuple[str, ...] | None = None
    of: tuple[str, ...] | None = None
    bare_wrt: bool = False
    bare_of: bool = False
    stop: tuple[str, ...] = ()
    unconnected: str = "none"
    mode: str = "auto"
    value: bool = False


class Derived(NamedTuple):
    """The nodes of an answer, the seeds that it needs by name, and how the answer is put together."""

    targets: list[Node]
    seeds: dict[str, Node]
    form: Form


class Collected:
    """Nodes and their places in the answer."""

    def __init__(self, zero: bool) -> None:
        self.nodes: list[Node] = []
        self.zero = zero

    def place(self, node: Node | None, like: Node, shape: Sequence[object] | None = None) -> Form:
        """The place of a node; where there is none, that of zeros, if they are wanted."""
        if node is None:
            if not self.zero:
                return None
            node = diff.filled(like, 0.0, like.shape if shape is None else tuple(shape))  # type: ignore[arg-type]  # sizes are known where this is called
        self.nodes.append(node)
        return len(self.nodes) - 1


def derived(question: Question, asked: Asked) -> Derived:
    """The nodes that answer a question."""
    found = Collected(asked.unconnected == "zero")
    seeds: dict[str, Node] = {}
    values = by_name(asked.of, asked.bare_of, {name: found.place(y, y) for name, y in question.targets})
    if asked.kind == "values":
        return Derived(found.nodes, seeds, values)
    if not asked.value:
        found.nodes.clear()
    form = product(question, asked, found, seeds) if asked.kind in PRODUCTS else matrices(question, asked, found)
    return Derived(found.nodes, seeds, (values, form) if asked.value else form)


def matrices(question: Question, asked: Asked, found: Collected) -> Form:
    """Gradients, Jacobians and Hessians: by target, by source."""
    xs = question.sources

    def by_source(places: Mapping[str, Form]) -> Form:
        return by_name(asked.wrt, asked.bare_wrt, places)

    if asked.kind == "grad":
        gradients = differentiate(question, None)
        return by_source({name: found.place(each.node, x) for (name, x), each in zip(xs, gradients, strict=True)})
    if asked.kind == "jacobian":
        rows = {
            of: by_source({wrt: found.place(jacobian(question, y, x), x, (*y.shape, *x.shape)) for wrt, x in xs})
            for of, y in question.targets
        }
        return by_name(asked.of, asked.bare_of, rows)
    return by_source(
        {left: by_source({right: found.place(hessian(question, x1, x2), x2) for right, x2 in xs}) for left, x1 in xs}
    )


def jacobian(question: Question, y: Node, x: Node) -> Node | None:
    """The Jacobian of one target by one source; zeros, and not none, for a derivative that no longer depends on it."""
    node = higher.jacobian(y, x, tape.barriers([y], [x], question.stops)[0][0], question.request.mode)
    if node is None and diff.vanished([y], x):
        return diff.filled(x, 0.0, (*y.shape, *x.shape))
    return node


def hessian(question: Question, x1: Node, x2: Node) -> Node:
    """The second derivatives of the sum of the targets by two sources."""
    return higher.hessian(
        question.ys, x1, x2, tape.barriers(question.ys, [x1], question.stops)[0][0], question.request.mode
    )


def product(question: Question, asked: Asked, found: Collected, seeds: dict[str, Node]) -> Form:
    """Products with seeds, which are parameters of the answer."""
    seeded, answered = question.sources, question.targets
    if asked.kind == "vjp":
        seeded, answered = answered, seeded
    elif asked.kind == "hvp":
        answered = seeded
    graph = question.model.graph
    seeds.update((SEED + name, leaf(graph, SEED + name, "input", node.shape)) for name, node in seeded)
    nodes = PRODUCTS[asked.kind](question, [seeds[SEED + name] for name, _ in seeded])
    places = {name: found.place(node, like) for (name, like), node in zip(answered, nodes, strict=True)}
    if asked.kind == "jvp":
        return by_name(asked.of, asked.bare_of, places)
    return by_name(asked.wrt, asked.bare_wrt, places)


def _jvp(question: Question, seeds: Sequence[Node]) -> Sequence[Node | None]:
    if question.request.mode == "reverse":
        return [higher.transposed(y, question.xs, seeds, _barrier(question)) for y in question.ys]
    return diff.jvp(question.ys, question.xs, seeds, _barrier(question))


def _vjp(question: Question, seeds: Sequence[Node]) -> Sequence[Node | None]:
    return [each.node for each in differentiate(question, seeds)]


def _hvp(question: Question, seeds: Sequence[Node]) -> Sequence[Node | None]:
    return higher.hvp(question.ys, question.xs, list(seeds), _barrier(question), question.request.mode)


def _barrier(question: Question) -> frozenset[Node]:
    """What derivatives along several sources do not flow past."""
    return tape.barriers(question.ys, question.xs, question.stops)[0][0]


PRODUCTS: Mapping[str, Callable[[Question, Sequence[Node]], Sequence[Node | None]]] = {
    "jvp": _jvp,
    "vjp": _vjp,
    "hvp": _hvp,
}


def by_name(asked: Sequence[str] | None, bare: bool, forms: Mapping[str, Form]) -> Form:
    """One answer as it is where one name was given, or the file has one; else answers by name."""
    if bare or (asked is None and len(forms) == 1):
        return next(iter(forms.values()))
    return forms
