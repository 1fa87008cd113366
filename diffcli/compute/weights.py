"""Values of declared names from a file of arrays, and back."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from math import prod
from typing import Any

from ..diagnostic import Diagnostic, DiagnosticError, closest
from ..engine.graph import Node
from ..engine.op import ROLES, build, constant
from ..engine.shape import known, text
from ..lang.model import Leaf, Model
from .load import in_option, name_of


def take(model: Model, weights: Mapping[str, Any], given: Collection[str]) -> None:
    """Puts arrays in the place of declared values; what --at gives stays. DiagnosticError names what does not fit."""
    problems = []
    for spelled, array in weights.items():
        name = name_of(spelled)
        leaf = model.leaves.get(name)
        if leaf is None or leaf.kind == "const":
            there = [each.name for each in model.leaves.values() if each.kind != "const"]
            near = closest(name, there)
            help = f"did you mean `{near}`?" if near else f"it has {', '.join(there[:8])}" if there else None
            what = f"`{name}` is a const" if leaf is not None else f"{model.source.name} declares no `{name}`"
            problems.append(Diagnostic("E0307", what, in_option("--load", name), help=help))
        elif not fits(leaf, array):
            message = f"`{name}` has shape {text(leaf.node.shape)} and its weights {text(tuple(array.shape))}"
            problems.append(Diagnostic("E0607", message, in_option("--load", name)))
        elif name not in given:
            model.leaves[name] = with_value(leaf, numbers(leaf.node, array))
    if problems:
        raise DiagnosticError(*problems)


def fits(leaf: Leaf, array: Any) -> bool:
    """Whether an array of numbers has the shape of a declared name; sizes that are letters fit any."""
    shape = leaf.node.shape
    return array.dtype.kind in "fiub" and (
        known(shape) == tuple(array.shape) or (known(shape) is None and len(shape) == array.ndim)
    )


def with_value(leaf: Leaf, value: Node) -> Leaf:
    """A declared name with another value."""
    return Leaf(
        leaf.name,
        leaf.kind,
        leaf.node,
        value,
        leaf.place,
        True,
        leaf.uncertainty,
        leaf.bounds,
        leaf.label,
    )


def numbers(like: Node, array: Any) -> Node:
    """The node of an array of numbers, in the graph of another node."""
    values = [float(each) for each in array.ravel().tolist()]
    if not array.shape:
        return constant(like.graph, values[0])
    assert prod(array.shape) == len(values)
    return build(ROLES["tensor"], (), (tuple(array.shape), tuple(values)), graph=like.graph)


def arrays_of(values: Mapping[str, Any], dtype: str) -> dict[str, Any]:
    """Values as arrays of the dtype, ready to be written."""
    import numpy as np

    return {name: np.asarray(value, dtype) for name, value in values.items()}


def digest(weights: Mapping[str, Any] | None) -> str:
    """What tells weights from all others, to the last bit; a text of arrays leaves out most of their numbers."""
    told = hashlib.sha256()
    for name, array in sorted((weights or {}).items()):
        told.update(f"{name} {array.shape} {array.dtype.str} ".encode())
        told.update(array.tobytes())
    return told.hexdigest() if weights is not None else ""
