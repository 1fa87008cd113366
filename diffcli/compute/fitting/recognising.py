"""The targets of a fit from a loss: its residuals, as observed against model where they are a difference of the two."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

import numpy as np

from ...diagnostic import Diagnostic, DiagnosticError
from ...engine.graph import Node, ancestors
from ...engine.run.rows import depending
from ...engine.shape import broadcast
from ...lang.model import Model
from ...source import Span
from ..question import written
from .data import Data, evaluator, sizes_of
from .equations import Target
from .parameters import Parameters
from .squares import Squared, Unrecognised, residuals_of, split_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

HOW = "loss = mean((y - model)**2), or sum((y - model)**2), mse(y, model); a robust loss is an option: --loss huber"


def targets_of_loss(data: Data, name: str, loss: Node, parameters: Parameters) -> tuple[list[Target], str]:
    """The residuals that a loss is made of, and how to say so."""
    model = data.model
    moving = depending(ancestors([loss]), parameters.nodes)
    if data.rows is None and sizes_of(loss) != ():
        raise _no_squares(model, name, Unrecognised(loss, f"`{name}` has shape {list(sizes_of(loss))}"))
    try:
        squares = residuals_of(loss, moving, depending(ancestors([loss]), list(data.columns)))
        for node in dict.fromkeys(node for square in squares for node in square.before):
            (value,) = evaluator(data, [node], [])({})
            if not np.all(value > 0) or np.ptp(value):
                raise Unrecognised(node, f"what stands before its squares is {np.min(value)}, not one number above 0")
    except Unrecognised as error:
        raise _no_squares(model, name, error) from None
    targets = [_target_of_square(data, square, moving, name) for square in squares]
    shown = [f"squares of {written(each.node) or 'a residual'}" for each in squares[:3]]
    more = f" and {len(squares) - 3} more" if len(squares) > 3 else ""
    return targets, f"{name} adds up the {', the '.join(shown)}{more}"


def _target_of_square(data: Data, square: Squared, moving: Collection[Node], name: str) -> Target:
    """A residual of a loss as observed against model where it is a difference of the two."""
    split = split_of(square.node, moving)
    if square.weight is not None and broadcast(square.weight.shape, square.node.shape) != square.node.shape:
        raise _no_squares(data.model, name, Unrecognised(square.node, "its weights are more than its squares"))
    observed = None if split is None else _spread(data, split.observed, square.node)
    with np.errstate(divide="ignore"):  # an observation of weight 0 has any value
        sigma = None if square.weight is None else 1 / np.abs(_spread(data, square.weight, square.node))
    if split is None or sizes_of(split.model) != sizes_of(
        square.node
    ):  # no difference, or broadcast against what was observed
        return Target(name, square.node, None, sigma)
    model = split.model
    label = model.attributes[0] if model.op.role == "alias" and model.attributes[0] else name
    return Target(label, model, observed, sigma)


def _spread(data: Data, node: Node, over: Node) -> Array:
    """The numbers of a node that depends on no parameter, one for each element of another node, flat."""
    (found,) = evaluator(data, [node], [])({})
    own, wanted = sizes_of(node), sizes_of(over)
    if data.rows is not None:
        found = found.reshape(data.rows, *[1] * (len(wanted) - len(own)), *own)
        wanted = (data.rows, *wanted)
    return np.broadcast_to(found, wanted).reshape(-1)


def _no_squares(model: Model, name: str, error: Unrecognised) -> DiagnosticError:
    """The complaint about a loss that is no sum of squares."""
    span = model.span(error.node) or (
        model.span(model.names[name]) if isinstance(model.names.get(name), Node) else None
    )
    return DiagnosticError(
        Diagnostic(
            "E0630",
            f"`{name}` is not recognised as a sum of squares: {error.why}",
            span or Span(model.source, 0, 0),
            help=f"write {HOW}",
        )
    )
