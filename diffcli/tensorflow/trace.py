"""The record of what was computed from what: tensors of a program as nodes of the engine's graph."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from ..engine import diff
from ..engine.graph import Graph, Node, ancestors
from ..engine.op import ROLES, constant
from .base import STOP
from .books import Book, Build
from .evaluation import Evaluation
from .settings import SETTINGS

if TYPE_CHECKING:
    from .dtypes import DType
    from .tensor import Tensor
    from .variable import Variable


class Disconnected(Exception):
    """A path turned out to be none while it was differentiated; the derivative is to be taken again."""


class Derived:
    """Nodes that were derived from a recording, with the program of their values."""

    __slots__ = ("evaluation", "live", "nodes", "reads")

    def __init__(self, nodes: Sequence[Node | None], trace: Trace, dtype: str) -> None:
        self.nodes = tuple(nodes)
        self.live = [node for node in self.nodes if node is not None]
        reads = trace.reads(self.live)
        types = {node: trace.tensors[node].dtype.name for node in reads}
        self.evaluation = Evaluation(self.live, reads, types, trace.book.strict, dtype)
        self.reads = self.evaluation.reads

    def values(self, trace: Trace) -> list[Any]:
        """The value of each node for what the recording holds, None where there is no node."""
        tensors = trace.tensors
        found = iter(self.evaluation([tensors[node]._value for node in self.reads]))
        return [None if node is None else next(found) for node in self.nodes]


class Trace:
    """What one tape has recorded: the node of each tensor that it follows, and the tensor of each node.

    Tensors that it does not follow come in as leaves of their own, whose values are kept with it. `automatic` follows
    trainable variables from their first reading on.
    """

    __slots__ = ("automatic", "book", "constants", "count", "loose", "nodes", "tensors", "times", "variables")

    def __init__(self, book: Book, automatic: bool) -> None:
        self.book = book
        self.automatic = automatic
        # The variables that are followed, each with the nodes of the values that it had one after the other.
        self.variables: dict[int, tuple[Variable, list[Node]]] = {}
        self.loose: dict[int, Node] = {}  # what was asked for without being followed
        self.nodes: dict[int, Node] = {}
        self.constants: dict[int, Node] = {}
        self.tensors: dict[Node, Tensor] = {}
        self.times: dict[Node, int] = {}
        self.count = 0

    def leaf(self, tensor: Tensor) -> Node:
        """A node of its own for the value of a tensor."""
        node = self.book.leaf(self.count, tensor._shape, tensor.dtype.kind, tensor.dtype.name)
        self.count += 1
        self.tensors[node] = tensor
        return node

    def follow(self, tensor: Tensor) -> Node:
        """From here on the tensor is followed; one that is already stays what it is."""
        node = self.nodes.get(id(tensor))
        if node is None:
            node = self.nodes[id(tensor)] = self.leaf(tensor)
        return node

    def touch(self, variable: Variable) -> None:
        """A variable is read: the value that it has now is followed, if the variable is."""
        tensor = variable._tensor
        if id(tensor) in self.nodes:
            return
        seen = self.variables.get(id(variable))
        if seen is None:
            if not (self.automatic and variable.trainable):
                return
            seen = self.watch_variable(variable)
        seen[1].append(self.follow(tensor))

    def watch_variable(self, variable: Variable) -> tuple[Variable, list[Node]]:
        """Follows a variable whenever it is read from here on."""
        return self.variables.setdefault(id(variable), (variable, []))

    def watched(self) -> list[Variable]:
        """The variables that are followed."""
        return [variable for variable, _ in self.variables.values()]

    def node_of(self, tensor: Tensor) -> Node:
        """The node of a target or a source; one that is not followed has nothing to do with the others."""
        node = self.nodes.get(id(tensor)) or self.loose.get(id(tensor))
        if node is None:
            node = self.loose[id(tensor)] = self.leaf(tensor)
        return node

    def nodes_of(self, source: Any) -> list[Node]:
        """The nodes of a source: several for a variable that had several values."""
        if id(source) not in self.variables:
            return [self.node_of(getattr(source, "_tensor", source))]
        nodes = self.variables[id(source)][1][:]
        now = self.node_of(source._tensor)
        return nodes if now in nodes else [*nodes, now]

    def weight(self, place: Any, tensor: Tensor) -> Node:
        """The node of a number that is given to a derivative, such as the weight of a target."""
        if any(each is self for each in RECORDING):
            return self.leaf(tensor)  # it may be differentiated again when the place has another value
        node = self.book.leaf(("weight", place), tensor._shape, "float", tensor.dtype.name)
        self.tensors[node] = tensor
        return node

    def operand(self, tensor: Tensor) -> Node:
        """The node of a tensor: its own, or that of its value when it is not followed."""
        node = self.nodes.get(id(tensor)) or self.constants.get(id(tensor))
        if node is None:
            node = self.constants[id(tensor)] = self.leaf(tensor)
        return node

    def record(self, key: Hashable, build: Build, inputs: Sequence[Tensor], results: Sequence[Tensor]) -> None:
        """Notes an operation, if one of its operands is followed."""
        nodes = self.nodes
        for each in inputs:
            if id(each) in nodes:
                break
        else:
            return
        operands = tuple([nodes.get(id(each)) or self.operand(each) for each in inputs])
        found = self.book.made.get((key, operands)) or self.book.build(key, build, operands)
        for tensor, node in zip(results, found, strict=True):
            if node.kind == "float" and key is not STOP:
                self.put(tensor, node)

    def put(self, tensor: Tensor, node: Node) -> None:
        """Follows a tensor that was computed as a node; each is a place of its own, however often it is computed."""
        if node in self.tensors:
            raw = node.inputs[0]
            time = self.times[raw] = self.times.get(raw, 0) + 1
            node = self.book.place(raw, time)
        self.nodes[id(tensor)] = node
        self.tensors[node] = tensor

    def forget(self) -> None:
        """Drops all that was recorded."""
        self.nodes.clear()
        self.constants.clear()
        self.tensors.clear()
        self.times.clear()
        self.loose.clear()
        self.variables.clear()
        self.count = 0

    def reads(self, nodes: Sequence[Node]) -> list[Node]:
        """The nodes with known values that others are computed from."""
        known = self.tensors
        return [each for each in ancestors(nodes, stop=known.__contains__) if each in known]

    def derive(self, key: Hashable, make: Callable[[], Sequence[Node | None]], dtype: str) -> tuple[Derived, list[Any]]:
        """Nodes that are derived from the recording and their values; what has this key was made before.

        `dtype` is the type of derivatives that depend on no value.
        """
        key = (key, dtype)
        found = self.book.programs.get(key)
        if found is not None:
            try:
                return found, found.values(self)
            except KeyError:
                pass  # a value that the program reads is not at hand in this recording
        while True:
            try:
                found = Derived(make(), self, dtype)
                break
            except Disconnected:
                continue
        self.book.programs[key] = found
        return found, found.values(self)

    def derived_tensors(
        self,
        key: Hashable,
        make: Callable[[], Sequence[Node | None]],
        targets: Sequence[Tensor | None],
        types: Sequence[DType],
    ) -> list[Tensor | None]:
        """Derivatives as tensors, which the recordings under way follow in turn."""
        derived, values = self.derive(
            key, make, max((each.name for each in types if each.kind == "float"), default="float32")
        )
        results = [
            None if value is None else tensor_of(value, dtype) for value, dtype in zip(values, types, strict=True)
        ]
        for recording in RECORDING:
            for tensor, node in zip(results, derived.nodes, strict=True):
                if tensor is not None and node is not None:
                    recording.adopt(tensor, node, self, targets)
        return results

    def adopt(self, tensor: Tensor, node: Node, origin: Trace, targets: Sequence[Tensor | None]) -> None:
        """Follows a derivative that was taken from another recording, or from this one: it can be differentiated again."""
        of = tuple([self.nodes[id(each)] for each in targets if id(each) in self.nodes])
        reads = tuple(origin.reads([node]))
        sources = [origin.tensors[each] for each in reads]
        if not of and not any(id(each) in self.nodes for each in sources):
            return
        graph = self.book.graph

        def build(*operands: Node) -> Node:
            value = node if origin is self else replayed(node, dict(zip(reads, operands, strict=True)), graph)
            if graph.strict or not of:
                return value
            return graph.intern(ROLES["derivative"], (value,), (of, 0), value.shape, value.kind)

        operands = reads if origin is self else tuple(map(self.operand, sources))
        self.put(tensor, self.book.build(("adopted", node, reads, of), build, operands)[0])


def replayed(target: Node, replacements: Mapping[Node, Node], graph: Graph) -> Node:
    """The node rebuilt in a graph from others; what it depends on beside them is copied."""
    done = dict(replacements)
    for node in ancestors([target], stop=done.__contains__):
        if node in done:
            continue
        inputs = tuple([done[parent] for parent in node.inputs])
        if inputs == node.inputs and node.graph is graph:
            done[node] = node
        elif inputs:
            done[node] = node.op.rebuild(node, inputs)
        elif node.op.role == "constant":
            done[node] = constant(graph, node.attributes[0], node.kind)
        else:
            done[node] = graph.intern(node.op, (), node.attributes, node.shape, node.kind)
    return done[target]


def tensor_of(value: Any, dtype: DType) -> Tensor:
    """A computed number or array as a tensor of floats."""
    from .tensor import Tensor

    if type(value) is float:
        return Tensor(value, dtype)
    array = np.asarray(value, dtype.numpy)
    return Tensor(array if array.shape else float(array), dtype)


def vanishing(ys: Sequence[Node], xs: Sequence[Node], found: Sequence[Node | None]) -> list[Node | None]:
    """Derivatives of derivatives that no longer depend on a source are 0, not missing."""
    return [
        diff.filled(x, 0.0) if node is None and x.kind == "float" and diff.vanished(ys, x) else node
        for x, node in zip(xs, found, strict=True)
    ]


class Recording(Protocol):
    """What is told of every operation while it is under way."""

    def touch(self, variable: Variable) -> None:
        """A variable is read."""

    def record(self, key: Hashable, build: Build, inputs: Sequence[Tensor], results: Sequence[Tensor]) -> None:
        """An operation is carried out."""

    def adopt(self, tensor: Tensor, node: Node, origin: Trace, targets: Sequence[Tensor | None]) -> None:
        """A derivative is taken."""


_books: dict[bool, Book] = {}
# The recordings that are under way, outermost first: tapes and forward accumulators.
RECORDING: list[Recording] = []


def book(strict: bool) -> Book:
    """The book for a new recording."""
    found = _books.get(strict)
    if found is None or (found.full and not RECORDING):
        found = _books[strict] = Book(strict)
    return found


def begin(recording: Recording) -> None:
    """From here on the recording is told of every operation."""
    SETTINGS.epoch += 1
    RECORDING.append(recording)


def end(recording: Recording | None) -> None:
    """The recording is told of nothing any more."""
    SETTINGS.epoch += 1
    RECORDING[:] = [each for each in RECORDING if each is not recording]
