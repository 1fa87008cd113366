"""custom_gradient: a function with a gradient of its own."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Hashable, Sequence
from functools import wraps
from typing import Any

import numpy as np

from ..engine.graph import Node, ancestors
from ..engine.op import ROLES, build
from . import conversion, nested
from .books import Build
from .evaluation import Evaluation
from .tensor import Tensor
from .trace import RECORDING, Disconnected, Recording, Trace, tensor_of
from .variable import Variable


def custom_gradient(f: Callable[..., Any]) -> Callable[..., Any]:
    """The function, which returns its result and a function of the gradients that arrive there: one gradient for each
    argument, None where none flows. What that function computes is differentiated again for higher derivatives."""

    @wraps(f)
    def decorated(*given: Any, **named: Any) -> Any:
        inputs = [conversion.convert_to_tensor(each) for each in nested.flatten(list(given))]
        arguments = nested.packed_like(list(given), iter(inputs))
        seen = _Seen()
        with seen:
            value, gradient = f(*arguments, **named)
        variables = [each for each in seen.variables if all(each is not one for one in given)]
        accepts = "variables" in inspect.signature(gradient).parameters or any(
            each.kind is each.VAR_KEYWORD for each in inspect.signature(gradient).parameters.values()
        )
        if variables and not accepts:
            raise TypeError(
                "If using @custom_gradient with a function that uses variables, then grad_fn must accept a "
                "'variables' keyword argument."
            )
        results = [conversion.convert_to_tensor(each) for each in nested.flatten(value)]
        call = _Call(gradient, inputs, results, variables)
        return nested.packed_like(value, iter(call.outputs()))

    return decorated


class _Seen:
    """Notes which trainable variables are read while it is entered."""

    def __init__(self) -> None:
        self.variables: list[Variable] = []

    def __enter__(self) -> None:
        RECORDING.append(self)

    def __exit__(self, *problem: object) -> None:
        RECORDING[:] = [each for each in RECORDING if each is not self]

    def touch(self, variable: Variable) -> None:
        if variable.trainable and all(variable is not each for each in self.variables):
            self.variables.append(variable)

    def record(self, key: Hashable, build: Build, inputs: Sequence[Tensor], results: Sequence[Tensor]) -> None:
        pass

    def adopt(self, tensor: Tensor, node: Node, origin: Trace, targets: Sequence[Tensor | None]) -> None:
        pass


class _Inside:
    """Records what a gradient function computes in the tape that asked it; variables are read as far as tapes are open."""

    def __init__(self, trace: Trace, held: Sequence[Recording]) -> None:
        self._held = held
        self.record = trace.record
        self.adopt = trace.adopt

    def touch(self, variable: Variable) -> None:
        for each in self._held:
            each.touch(variable)


class _Call:
    """One call of a function with a gradient of its own."""

    def __init__(
        self,
        gradient: Callable[..., Any],
        inputs: Sequence[Tensor],
        results: Sequence[Tensor],
        variables: Sequence[Any],
    ) -> None:
        self.gradient = gradient
        self.inputs = list(inputs)
        self.results = list(results)
        self.variables = list(variables)

    def outputs(self) -> list[Tensor]:
        """The results as tensors whose gradient is the stated one."""
        operands = [*self.inputs, *(each._read() for each in self.variables)]
        graph = next((each.graph for each in (*operands, *self.results) if each.graph is not None), None)
        if graph is not None:
            return [self._in_graph(graph, place, operands) for place in range(len(self.results))]
        return [self._at_once(place, operands) for place in range(len(self.results))]

    def _at_once(self, place: int, operands: Sequence[Tensor]) -> Tensor:
        result = self.results[place]
        made = Tensor(result._value, result.dtype)
        for trace in RECORDING:
            if isinstance(trace, Trace) and any(id(each) in trace.nodes for each in operands):
                self._record(trace, place, operands, made)
        return made

    def _record(self, trace: Trace, place: int, operands: Sequence[Tensor], made: Tensor) -> None:
        """The operation as a tape records it. What the gradient computes is recorded there while it is asked for."""

        cuts = _Cuts(len(operands))

        def rule(g: Node) -> list[Node | None]:
            held = RECORDING[:]
            RECORDING[:] = [_Inside(trace, held)]
            known, names = dict(trace.tensors), dict(trace.nodes)
            try:
                arrived = known[g] if g in known else _valued(trace, g, made.dtype)
                trace.nodes[id(arrived)] = g
                found = self._asked(place, arrived)
                cuts.learn([each is None for each in found])
                return [None if each is None else trace.operand(each) for each in found]
            finally:
                RECORDING[:] = held
                _forget(trace, known, names)

        node = build(
            ROLES["custom"],
            (trace.operand(self.results[place]), *map(trace.operand, operands)),
            (getattr(self.gradient, "__name__", "gradient"), rule, cuts),
        )
        trace.put(made, trace.book.place(node, 0))

    def _asked(self, place: int, arrived: Tensor) -> list[Any]:
        """The gradient of each operand for what arrives at one result."""
        from .creation import zeros_like

        arriving = [arrived if each == place else zeros_like(one) for each, one in enumerate(self.results)]
        if self.variables:
            found = self.gradient(*arriving, variables=self.variables)
            flat, more = nested.flatten(found[0]), list(found[1])
        else:
            flat, more = _listed(self.gradient(*arriving)), []
        if len(flat) != len(self.inputs):
            raise ValueError(
                f"custom_gradient function expected to return {len(self.inputs)} gradients, but returned {len(flat)} "
                "instead."
            )
        if len(more) != len(self.variables):
            raise ValueError(f"Must return gradient for each variable from @custom_gradient grad_fn: {len(more)}")
        operands = [*self.inputs, *self.variables]
        return [
            None if each is None else self._shaped(conversion.like(each, operand), operand)
            for each, operand in zip([*flat, *more], operands, strict=True)
        ]

    def _shaped(self, gradient: Any, operand: Any) -> Any:
        shapes = gradient._shape, operand._shape
        if None not in shapes and shapes[0] != shapes[1]:
            raise ValueError(f"a gradient has shape {gradient.shape}, its argument {operand.shape}")
        return gradient

    def _in_graph(self, graph: Any, place: int, operands: Sequence[Tensor]) -> Tensor:
        """The operation in a graph: the gradient is described once, for a tensor that stands for what arrives."""
        from .plans import needed

        result = graph.own(self.results[place])
        own = [graph.own(each) for each in operands]
        with graph.as_default():
            arrived = graph.placeholder(result.dtype, None, "arrived")
            arrived.source.shape = result._shape
            arrived.source.node = result.source.node
            found = self._asked(place, arrived)
        live = [graph.own(each) for each in found if each is not None]
        steps = [each for each in needed(live, [arrived]) if _depends(each, arrived)]
        held = {id(each) for each in steps}
        free = [each for step in steps for each in step.source.inputs if id(each) not in held]  # type: ignore[union-attr]  # every step has a source
        free = list(
            {id(each): each for each in [*free, *live] if id(each) not in held and each is not arrived}.values()
        )
        cuts = tuple(each is None for each in found)

        def make(value: Node, *nodes: Node) -> Node:
            outer = dict(zip(map(id, free), nodes[len(own) :], strict=True))

            def rule(g: Node) -> list[Node | None]:
                nodes_of = _replayed(steps, {**outer, id(arrived): g})
                return [None if each is None else nodes_of[id(graph.own(each))] for each in found]

            return build(ROLES["custom"], (value, *nodes[: len(own)]), ("gradient", rule, cuts))

        return graph.add(("custom_gradient", self, place), make, [result, *own, *free], None)  # type: ignore[no-any-return]  # operators are called by rules, which have no types


def _depends(tensor: Tensor, on: Tensor) -> bool:
    """Whether a tensor of a graph is computed from another one."""
    from .plans import needed

    return tensor is not on and any(each is on for each in needed([tensor]))


def _replayed(steps: Sequence[Tensor], known: dict[int, Node]) -> dict[int, Node]:
    """The nodes of tensors of a graph that are computed from known ones."""
    nodes = dict(known)
    for each in steps:
        source = each.source
        assert source is not None and source.build is not None
        if id(each) not in nodes:
            made = source.build(*[nodes[id(one)] for one in source.inputs])
            listed = made if isinstance(made, (list, tuple)) else [made]
            nodes.update({id(one): node for one, node in zip(source.results, listed, strict=True)})
    return nodes


def _forget(trace: Trace, tensors: dict[Node, Tensor], nodes: dict[int, Node]) -> None:
    """Takes out of a recording what was computed inside a rule: there it is part of a derivative."""
    for node in [each for each in trace.tensors if each not in tensors]:
        if node.op.role != "leaf":
            tensor = trace.tensors.pop(node)
            if id(tensor) not in nodes:
                trace.nodes.pop(id(tensor), None)


def _listed(found: Any) -> list[Any]:
    return list(found) if isinstance(found, (list, tuple)) else [found]


def _valued(trace: Trace, node: Node, dtype: Any) -> Tensor:
    """A tensor with the value that a derivative has at a node.

    In forward mode what arrives is a weight that has no value yet; it will be one.
    """
    known = trace.tensors
    reads = [each for each in ancestors([node], stop=known.__contains__) if each in known or each.op.role == "leaf"]
    held = [known[each] if each in known else _ones(each.shape, dtype) for each in reads]
    types = {each: tensor.dtype.name for each, tensor in zip(reads, held, strict=True)}
    values = Evaluation([node], reads, types, trace.book.strict, dtype.name)([each._value for each in held])
    tensor = tensor_of(values[0], dtype)
    known[node] = tensor
    return tensor


def _ones(shape: Any, dtype: Any) -> Tensor:
    return tensor_of(np.ones(shape), dtype)


class _Cuts:
    """Which operands get None from a gradient function: none of them, until it has been asked."""

    def __init__(self, count: int) -> None:
        self._known = [False] * count

    def __getitem__(self, index: int) -> bool:
        return self._known[index]

    def learn(self, found: list[bool]) -> None:
        """Takes note of the answer; one that changes what is connected makes the sweep start again."""
        if found != self._known:
            self._known = found
            raise Disconnected
