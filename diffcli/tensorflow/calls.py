"""How an operation is carried out: at once, with a note in every recording, or as one more step of a graph."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from functools import partial
from typing import Any

import numpy as np

from ..engine.graph import Graph, Node
from ..engine.op import Op, constant, leaf
from ..engine.run.scalar import round_single
from . import conversion
from . import tensor as tensors
from .base import Readable, sign
from .books import Build
from .dtypes import EXACT, DType, bool_, float32, float64, int64
from .errors import InvalidArgumentError, refusals
from .evaluation import Evaluation
from .settings import SETTINGS
from .trace import RECORDING

# Operations whose result is a float when all operands are.
PLAIN = ("float", "promote", "same")


def read(value: Any) -> Any:
    """A tensor of this very operand: a variable gives what it holds."""
    return value._read() if isinstance(value, Readable) else value


def binary(op: Op, a: Any, b: Any) -> Any:
    """An operation of two operands, at least one of which is a tensor or a variable."""
    Tensor = tensors.Tensor
    if type(a) is not Tensor:
        a = read(a) if isinstance(a, Readable) else conversion.like(a, read(b))
    if type(b) is not Tensor:
        if op is POWER and type(b) in (int, float) and a.dtype.kind == "float":
            return _constant_power(a, b)
        b = read(b) if isinstance(b, Readable) else conversion.like(b, a)
    return elementwise(op, a, b)


def elementwise(op: Op, *inputs: Any) -> Any:
    """An operator without further arguments on tensors; on single numbers it is the operator's own meaning."""
    dtype = inputs[0].dtype
    if dtype.kind == "int":
        from .integers import whole

        return whole(op, inputs)
    if op.scalar is None or op.kind not in PLAIN or SETTINGS.strict or SETTINGS.graphs or not SETTINGS.eager:
        return compute(op, op, inputs)
    for each in inputs:
        if type(each._value) is not float or each.dtype is not dtype:
            return compute(op, op, inputs)
    return _scalar(op, op, inputs, op.scalar(*[each._value for each in inputs]))


def _scalar(key: Hashable, build: Build, inputs: Sequence[Any], value: float) -> Any:
    """A single number that was computed at once, noted in every recording."""
    dtype = inputs[0].dtype
    result = tensors.Tensor(round_single(value) if dtype is float32 else value, dtype)
    for recording in RECORDING:
        recording.record(key, build, inputs, (result,))
    return result


def _constant_power(x: Any, exponent: float) -> Any:
    """x to a number that is known beforehand, whose derivatives are right at 0, too."""
    power = float(conversion.valued(exponent, x.dtype)._value)
    key, build = ("power", power), partial(_to_power, power)
    if type(x._value) is float and not SETTINGS.strict and active_graph() is None:
        assert POWER.scalar is not None
        return _scalar(key, build, (x,), POWER.scalar(x._value, power))
    return compute(key, build, (x,))


def _to_power(power: float, base: Node) -> Node:
    return POWER(base, power)


def compared(op: Op, a: Any, b: Any) -> Any:
    """Elements compared; tensors of a graph, which are keys of feeds, are compared as objects."""
    if getattr(a, "source", None) is not None or SETTINGS.graphs or not SETTINGS.eager:
        return (a is b) is (op is EQUAL)
    if b is None or isinstance(b, str):
        return op is not EQUAL
    return binary(op, a, b)


def compute(key: Hashable, build: Build, inputs: Sequence[Any], dtype: DType | None = None) -> Any:
    """The result of an operation on tensors, or the list of its results.

    `build` makes nodes of the engine from the nodes of the inputs; equal keys stand for the same function of them.
    """
    graph = next((each.graph for each in inputs if each.graph is not None), None) or active_graph()
    if graph is not None:
        return graph.add(key, build, inputs, dtype)
    recipe = recipe_of(key, build, inputs)
    found = recipe.evaluation([each._value for each in inputs])
    results = [
        tensors.Tensor(*settled_value(value, kind, result_type(kind, inputs, dtype)))
        for value, kind in zip(found, recipe.kinds, strict=True)
    ]
    for recording in RECORDING:
        recording.record(key, build, inputs, results)
    return results if recipe.several else results[0]


def active_graph() -> Any:
    """The graph that operations go to; None when they are carried out at once."""
    if SETTINGS.graphs:
        return SETTINGS.graphs[-1]
    return None if SETTINGS.eager else SETTINGS.default_graph


class Recipe:
    """How an operation is computed for operands of some shapes and types."""

    __slots__ = ("evaluation", "kinds", "several")

    def __init__(self, evaluation: Evaluation, kinds: Sequence[str], several: bool) -> None:
        self.evaluation = evaluation
        self.kinds = tuple(kinds)
        self.several = several


_recipes: dict[Hashable, Recipe] = {}
MANY_RECIPES = 2_000


def recipe_of(key: Hashable, build: Build, inputs: Sequence[Any]) -> Recipe:
    """The recipe for these operands, made once for their shapes and types."""
    signature = (key, SETTINGS.strict, tuple([(each._shape, each.dtype) for each in inputs]))
    found = _recipes.get(signature)
    if found is None:
        check_types(key, inputs)
        graph = Graph(SETTINGS.strict)
        leaves = [leaf(graph, "", each.dtype.name, each._shape, each.dtype.kind) for each in inputs]
        with refusals():
            results = build(*leaves) if leaves else build(constant(graph, 0.0))
        several = isinstance(results, (list, tuple))
        nodes: Sequence[Node] = results if several else [results]
        types = {node: each.dtype.name for node, each in zip(leaves, inputs, strict=True)}
        if len(_recipes) > MANY_RECIPES:
            _recipes.clear()
        found = _recipes[signature] = Recipe(
            Evaluation(nodes, leaves, types, SETTINGS.strict), [node.kind for node in nodes], several
        )
    return found


# The kinds of operands that operators take, by the kind of their results.
ALLOWED = {
    "float": ("float",),
    "promote": ("float", "int"),
    "bool": ("float", "int", "bool"),
    "select": ("float", "int", "bool"),
}


def check_types(key: Hashable, inputs: Sequence[Any]) -> None:
    """Different types of floats do not meet, nor floats and integers; that is an error as in TensorFlow."""
    op = key[0] if isinstance(key, tuple) and key else key
    if not isinstance(op, Op) or op.kind not in ("float", "promote", "bool", "select") or not inputs:
        return
    names = {"float32": "float", "float64": "double"}
    inputs = inputs[1:] if op.kind == "select" else inputs
    first = inputs[0].dtype
    for place, each in enumerate(inputs):
        if each.dtype is not first:
            wanted, given = (names.get(one.name, one.name) for one in (first, each.dtype))
            raise InvalidArgumentError(
                f"cannot compute {op.name} as input #{place}(zero-based) was expected to be a {wanted} tensor "
                f"but is a {given} tensor"
            )
    if first.kind == "string" or first.kind not in ALLOWED[op.kind]:
        raise InvalidArgumentError(
            f"Value for attr 'T' of {first.name} is not in the list of allowed values of {op.name}"
        )


def result_type(kind: str, inputs: Sequence[Any], dtype: DType | None) -> DType:
    """The type of a result of some kind."""
    if dtype is not None and dtype.kind == kind:
        return dtype
    if kind == "bool":
        return bool_
    found = [each.dtype for each in inputs if each.dtype.kind == kind]
    if kind == "int":
        return found[0] if found else int64
    return float64 if float64 in found or (not found and inputs and inputs[0].dtype.kind == "int") else float32


def settled_value(value: Any, kind: str, dtype: DType) -> tuple[Any, DType]:
    """A computed value as a tensor keeps it, with its type."""
    if kind == "float":
        if type(value) is float:
            return value, dtype
        return (float(value), dtype) if not value.shape else (np.asarray(value, dtype.numpy), dtype)
    if kind == "int":
        fits = np.iinfo(dtype.numpy)
        low, high = max(fits.min, -EXACT), min(fits.max, EXACT)
        if not np.all((value >= low) & (value <= high)):
            raise InvalidArgumentError(f"a result does not fit {dtype.name}, or is no whole number: {value}")
    return np.asarray(value).astype(dtype.numpy), dtype


POWER, EQUAL = map(sign, ("**", "=="))
