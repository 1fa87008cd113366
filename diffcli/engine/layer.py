"""Layers: operators whose calls make variables of their own, which the graph keeps by the layer's name.

Annotations are not postponed because a named tuple compiles each postponed one, at every start.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from .graph import Graph, Node
from .shape import OperandError, Shape, integer

if TYPE_CHECKING:
    from .op import Op


class Weight(NamedTuple):
    """A variable that a call of a layer is to make; `initial` gives its first value from the graph and a seed."""

    name: str
    shape: Shape
    initial: Callable[[Graph, Shape, int], Node]


class Layering(NamedTuple):
    """What makes an operator a layer: its title in summaries, the variables it may make, and those of one call.

    `weights` takes all arguments of a call. The parameters called name, seed and trainable mean the same in every layer.
    """

    kind: str
    names: tuple[str, ...]
    weights: Callable[..., tuple[Weight, ...]]


class Variable(NamedTuple):
    """A variable that a layer made, with the node of its initial value."""

    name: str
    node: Node
    initial: Node
    trainable: bool


class Layer(NamedTuple):
    """A call of a layer: its name, its title, the node of its output, its variables."""

    name: str
    kind: str
    output: Node
    variables: tuple[Variable, ...]


def lay(op: "Op", arguments: tuple[Any, ...]) -> Node:
    """The output of a layer for these arguments, one for each parameter; makes its variables and enters it in the graph."""
    from .op import graph_of, leaf

    layering = op.layer
    assert layering is not None and op.expand is not None
    graph = graph_of(arguments)
    given = dict(zip((parameter.name for parameter in op.parameters), arguments, strict=True))
    trainable = given.get("trainable", True)
    if not isinstance(trainable, bool):
        raise OperandError("argument", f"trainable must be true or false, not {trainable}")
    name = _name(graph, op, given["name"])
    made: dict[str, Variable] = {}
    for place, weight in enumerate(layering.weights(*arguments)):
        full = f"{name}/{weight.name}"
        initial = weight.initial(graph, weight.shape, _seed(graph, given.get("seed"), place))
        node = leaf(graph, full, "var" if trainable else "frozen", weight.shape)
        made[weight.name] = Variable(full, node, initial, trainable)
    output: Node = op.expand(*arguments, {each: variable.node for each, variable in made.items()})
    graph.layers[name] = Layer(name, layering.kind, output, tuple(made.values()))
    return output


def _name(graph: Graph, op: "Op", wanted: Any) -> str:
    """The name of a layer: the one it was given, else dense, dense_1, … in the order of the file."""
    if wanted is None:
        count, name = 0, op.name
        while name in graph.layers:
            count += 1
            name = f"{op.name}_{count}"
        return name
    if not isinstance(wanted, str):
        raise OperandError("argument", "the name of a layer is a text", f'{op.name}(…, name="hidden")')
    from unicodedata import normalize

    spelled: str = normalize("NFKC", wanted)
    if not spelled.isidentifier():
        hint = "letters, digits and _, such as hidden_1"
        raise OperandError("argument", f"`{spelled}` cannot be the name of a layer", hint)
    if spelled in graph.layers:
        raise OperandError("argument", f"two layers have the name `{spelled}`", "give each layer a name of its own")
    return spelled


def _seed(graph: Graph, own: Any, place: int) -> int:
    """The seed of a variable: counted from the layer's own, or else the number of the variable in the file."""
    if own is not None:
        return integer(own, "seed") + place
    return (graph.seed << 32) + sum(len(each.variables) for each in graph.layers.values()) + place
