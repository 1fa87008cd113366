"""Graphs: programs that are described first and run later, in a session."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from ..engine.graph import Node
from ..engine.op import Op, leaf
from ..engine.shape import Dim
from . import calls
from .base import Readable
from .books import Book, Build
from .dtypes import DType
from .errors import InvalidArgumentError, refusals
from .settings import SETTINGS
from .shapes import sizes_of
from .tensor import Tensor


class Source:
    """Where a tensor of a graph comes from: an operation, or what a session has to provide.

    `kind` is "step", "placeholder", "variable", "value" or "draw"; `held` the variable, the value or the function that
    draws. `shape` is the engine's, None while unknown; `node` stands for the tensor when shapes are checked.
    """

    __slots__ = (
        "build",
        "graph",
        "held",
        "inputs",
        "key",
        "kind",
        "name",
        "node",
        "place",
        "results",
        "serial",
        "shape",
    )

    def __init__(self, graph: Graph, kind: str, name: str, shape: Any, held: Any = None) -> None:
        self.graph = graph
        self.kind = kind
        self.name = graph.unique(name)
        self.shape = shape
        self.held = held
        self.key: Hashable = None
        self.build: Build | None = None
        self.inputs: tuple[Tensor, ...] = ()
        self.results: list[Tensor] = []
        self.place = 0
        self.node: Node | None = None
        self.serial = graph.count()

    @property
    def type(self) -> str:
        """The kind of operation."""
        return self.name.rstrip("0123456789").rstrip("_")


class Graph:
    """The tensors and variables of a program that sessions run."""

    def __init__(self) -> None:
        self.strict = SETTINGS.strict
        self.variables: list[Any] = []
        self.summaries: list[Any] = []  # the operations that tf.summary.merge_all joins
        self.named: dict[str, Any] = {}
        self.plans: dict[Hashable, Any] = {}  # what sessions run, kept by them
        self._names: dict[str, int] = {}
        self._serial = 0
        self._reads: dict[int, Tensor] = {}
        self._values: dict[int, Tensor] = {}
        self._book = Book(self.strict)
        self.turned = ""  # the word that made the program one of graphs after operations on variables at once

    def count(self) -> int:
        self._serial += 1
        return self._serial

    def unique(self, name: str) -> str:
        """The name with a number when it is taken."""
        number = self._names.get(name, -1) + 1
        self._names[name] = number
        return name if not number else self.unique(f"{name}_{number}")

    @contextmanager
    def as_default(self) -> Iterator[Graph]:
        """Operations inside go to this graph."""
        SETTINGS.graphs.append(self)
        try:
            yield self
        finally:
            SETTINGS.graphs.remove(self)

    def get_tensor_by_name(self, name: str) -> Any:
        """The tensor of a name such as "x:0"."""
        if name not in self.named:
            raise KeyError(f"The name {name!r} refers to a Tensor which does not exist.")
        return self.named[name]

    def _tensor(self, source: Source, dtype: DType) -> Tensor:
        made = Tensor(None, dtype, self, source)
        self.named[made.name] = made
        return made

    def _provided(self, kind: str, name: str, shape: Any, dtype: DType, held: Any = None) -> Tensor:
        """A tensor whose value a session provides."""
        source = Source(self, kind, name, shape, held)
        if shape is not None:
            source.node = leaf(self._book.graph, "", dtype.name, shape, dtype.kind)
        return self._tensor(source, dtype)

    def placeholder(self, dtype: DType, shape: Any, name: str) -> Tensor:
        """A tensor that is fed; sizes that are None, or no shape at all, are any."""
        sizes = None
        if shape is not None:
            sizes = tuple(Dim.letter(f"?{self.count()}") if each is None else each for each in sizes_of(shape))
        return self._provided("placeholder", name, sizes, dtype)

    def value(self, tensor: Any, name: str | None = None) -> Tensor:
        """A tensor that has its value, as a constant of this graph."""
        found = self._values.get(id(tensor))
        if found is None:
            if self.turned and not getattr(tensor, "given", False):
                raise RuntimeError(
                    f"a tensor that was computed before tf.{self.turned} made this a program of graphs cannot take part "
                    "in it: put tf.compat.v1.disable_eager_execution() first in the program"
                )
            found = self._provided("value", name or "Const", tensor._shape, tensor.dtype, tensor)
            self._values[id(tensor)] = found
        return found

    def draw(self, shape: Sequence[int], dtype: DType, function: Callable[[], Any], name: str) -> Tensor:
        """A tensor that is drawn anew in each run."""
        return self._provided("draw", name, tuple(shape), dtype, function)

    def variable(self, variable: Any) -> Tensor:
        """The tensor of the value that a variable has in the session."""
        found = self._reads.get(id(variable))
        if found is None:
            name = f"{variable._name}/read"
            found = self._reads[id(variable)] = self._provided(
                "variable", name, variable._shape, variable.dtype, variable
            )
        return found

    def add_variable(self, variable: Any, name: str) -> str:
        self.variables.append(variable)
        own = self.unique(name)
        self.named[f"{own}:0"] = variable
        return own

    def own(self, tensor: Any) -> Tensor:
        """An operand as a tensor of this graph."""
        if isinstance(tensor, Readable):
            tensor = tensor._read()
        if tensor.graph is None:
            return self.value(tensor)
        if tensor.graph is not self:
            raise ValueError(f"Tensor {tensor.name!r} must be from the same graph")
        return tensor  # type: ignore[no-any-return]  # operators are called by rules, which have no types

    def add(
        self, key: Hashable, build: Build, inputs: Sequence[Any], dtype: DType | None, count: int | None = None
    ) -> Any:
        """The tensors of one more operation; shapes are checked as far as they are known.

        `count` is the number of results of one that has a list of them.
        """
        own = tuple([self.own(each) for each in inputs])
        with refusals(TypeError, InvalidArgumentError):
            calls.check_types(key, own)
        nodes = [each.source.node for each in own if each.source is not None and each.source.node is not None]
        made: Any = None if count is None else [None] * count
        if len(nodes) == len(own):
            with refusals(ValueError):
                made = build(*nodes) if nodes else build(leaf(self._book.graph, "", "float32", (), "float"))
        several = isinstance(made, (list, tuple))
        results: list[Tensor] = []
        for place, node in enumerate(made if several else [made]):
            source = Source(self, "step", _name(key), None if node is None else node.shape)
            source.key, source.build, source.inputs = key, build, own
            source.node, source.place, source.results = node, place, results
            kind = node.kind if node is not None else _guessed(key, own)
            results.append(self._tensor(source, calls.result_type(kind, own, dtype)))
        return results if several else results[0]

    def typed(self, tensor: Tensor, dtype: DType, shape: Any) -> None:
        """Says the type and the shape of a tensor, which its operation did not tell."""
        source = tensor.source
        assert source is not None
        tensor.dtype = dtype
        if source.shape is None and shape is not None:
            source.shape, source.node = shape, leaf(self._book.graph, "", dtype.name, shape, dtype.kind)

    def assignment(self, variable: Any, value: Any) -> Any:
        """The operation that replaces a variable's value."""
        from .operations import assignment

        return assignment(self, variable, self.own(value))

    def initializer(self, variables: Sequence[Any], name: str = "init") -> Any:
        """The operation that gives variables their initial values."""
        from .operations import initializer

        return initializer(self, variables, name)


def _name(key: Hashable) -> str:
    first = key[0] if isinstance(key, tuple) else key
    return first.name if isinstance(first, Op) else str(first)


def _guessed(key: Hashable, inputs: Sequence[Tensor]) -> str:
    """The kind of a result whose operation cannot be checked yet."""
    first = key[0] if isinstance(key, tuple) else key
    if isinstance(first, Op) and first.kind in ("bool", "int"):
        return first.kind
    return "float" if not inputs or any(each.dtype.kind == "float" for each in inputs) else inputs[0].dtype.kind
