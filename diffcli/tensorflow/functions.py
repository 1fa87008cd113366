"""TensorFlow's functions, made from the table of operators."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..engine.op import REQUIRED
from . import calls, conversion
from . import tensor as tensors
from .names import ENTRIES, SYNONYMS, Argument, Entry


def static(value: Any) -> Any:
    """An argument that must be known: tensors with their values, lists as tuples, numbers as numbers of Python."""
    if isinstance(value, tensors.Tensor) or hasattr(value, "_read"):
        value = value.numpy()
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, (list, tuple)):
        return tuple(map(static, value))
    return value


def bound(name: str, arguments: Sequence[Argument], given: Sequence[Any], named: dict[str, Any]) -> dict[str, Any]:
    """The arguments of a call by the operator's names."""
    if len(given) > len(arguments):
        if len(given) == len(arguments) + 1 and isinstance(given[-1], str):
            given = given[:-1]  # the name of the operation, which comes last in TensorFlow
        else:
            raise TypeError(f"{name}() takes {len(arguments)} arguments, not {len(given)}")
    values = {each.name: value for each, value in zip(arguments, given, strict=False)}
    for key, value in named.items():
        key = key if any(each.name == key for each in arguments) else SYNONYMS.get(key, key)
        if key in values or not any(each.name == key for each in arguments):
            what = "multiple values for" if key in values else "an unexpected keyword"
            raise TypeError(f"{name}() got {what} argument {key!r}")
        values[key] = value
    missing = [each.name for each in arguments if each.default is REQUIRED and each.name not in values]
    if missing:
        raise TypeError(f"{name}() missing the argument {missing[0]!r}")
    return {each.parameter: values.get(each.name, each.default) for each in arguments}


def function(name: str, entry: Entry) -> Callable[..., Any]:
    """The function of a table entry."""
    op = entry.op
    fixed = {each.name for each in op.parameters if each.static}
    operands = [each.parameter for each in entry.arguments if each.parameter not in fixed]
    simple = op.elementwise and len(operands) == len(op.parameters)

    def call(*given: Any, name: Any = None, **named: Any) -> Any:
        values = bound(title, entry.arguments, given, named)
        wanted = [values[each] for each in operands]
        inputs = [conversion.convert_to_tensor(each) for each in wanted] if entry.mixed else conversion.together(wanted)
        if simple:
            return calls.elementwise(op, *inputs)
        statics = {each: static(value) for each, value in values.items() if each in fixed}
        key = (op.name if entry.mixed else op, tuple(statics.items()))

        def build(*nodes: Any) -> Any:
            return op.call([], {**dict(zip(operands, nodes, strict=True)), **statics})

        return calls.compute(key, build, inputs)

    title = name
    call.__name__ = call.__qualname__ = name
    call.__doc__ = f"{op.doc}\n\nArguments: {', '.join(each.name for each in entry.arguments)}."
    return call


GENERATED: dict[str, Callable[..., Any]] = {name: function(name, entry) for name, entry in ENTRIES.items()}
identity = GENERATED["identity"]
