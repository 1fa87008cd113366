"""What made a gradient NaN, infinite or exactly 0: the first forward value or backward product, or the steps that gave 0."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ..engine.graph import INFIX, Node
from ..engine.ops import activation, hyperbolic, logistic, piecewise, special, trigonometric
from ..engine.ops.arithmetic import absolute, sign
from ..engine.ops.elementary import exp, exp2
from ..engine.ops.norms import log_softmax, softmax
from ..lang.model import Model
from ..lang.write import number
from ..results_why import Cause, Cut, Operand
from .sweep import (
    Step,
    Sweep,
    at_place,
    cancelled,
    culprit,
    first_bad,
    has_nan,
    is_zero,
    local,
    nan_origin,
    place_of,
    reached,
    zero_steps,
)
from .values import finite
from .wording import at_values, operands, spot_of, words

# Flat far from 0, so that the derivative rounds to 0 there.
SATURATING = {
    logistic.sigmoid,
    logistic.softplus,
    logistic.log_sigmoid,
    logistic.logaddexp,
    hyperbolic.tanh,
    special.erf,
    special.erfc,
    special.normal_cdf,
    trigonometric.atan,
    activation.softsign,
    activation.silu,
    activation.gelu,
    activation.elu,
    activation.selu,
    softmax,
    log_softmax,
}
EXPONENTIAL = {exp, exp2, special.normal_pdf}
# Straight pieces, some of them level.
PIECEWISE = {piecewise.clip, piecewise.maximum, piecewise.minimum, activation.relu, activation.relu6, absolute, sign}
PICKING = ("index", "gather")
MOST = 12  # places that are told of


class Finding(NamedTuple):
    """A cause with the use of a node that it is about."""

    cause: Cause
    node: Node
    place: int | None = None

    def cut(self) -> Cut:
        """The cause as the end of a path."""
        return Cut(self.cause.code, self.cause.op, self.cause.message, self.cause.spot)


def finding(
    model: Model, code: str, node: Node, message: str, numbers: Sequence[Operand] = (), place: int | None = None
) -> Finding:
    """A cause at a node."""
    shown = node.inputs[0] if node.op.role == "alias" else node
    op = str(node.attributes[1]) if node.op.role == "leaf" else shown.op.name
    return Finding(Cause(code, op, message, spot_of(model, node), tuple(numbers)), node, place)


def bad_findings(model: Model, sweep: Sweep, ys: Sequence[Node], feeds: dict[Node, Any]) -> list[Finding]:
    """Why a gradient is NaN or infinite: the first forward value, or else the first backward product, that went bad."""
    values = sweep.values
    forward = next((y for y in ys if not finite(values[y])), None)
    if forward is not None:
        return _forward(model, sweep.values, forward)
    if sweep.gradient is not None:
        # A derivative of a derivative: what was differentiated first may have gone bad before.
        origin = culprit(sweep.gradient, values)
        swept = any(step.node is origin for step in sweep.steps)
        if model.span(origin) is not None and origin.op.role != "leaf" and not swept and not finite(values[origin]):
            return _forward(model, sweep.values, origin)
    return _backward(model, sweep, ys, feeds)


def value_findings(model: Model, nodes: Sequence[Node], values: Mapping[Node, Any]) -> list[Finding]:
    """The first value that went bad on the way to the first of the nodes that is bad, if the user wrote it."""
    bad = next((node for node in nodes if node in values and not finite(values[node])), None)
    if bad is None:
        return []
    found = _forward(model, values, bad)
    return found if found[0].cause.spot is not None and found[0].node.op.role != "leaf" else []


def _forward(model: Model, values: Mapping[Node, Any], forward: Node) -> list[Finding]:
    node = culprit(forward, values)
    found = [_value(model, values, node)]
    if has_nan(values[forward]):
        spoiled = nan_origin(forward, values)
        if spoiled is not node:
            found.append(_value(model, values, spoiled))
    return found


def _value(model: Model, values: Mapping[Node, Any], node: Node) -> Finding:
    place = place_of(values[node], lambda each: each - each != 0)
    numbers = operands(model, node.inputs, values, place, node)
    became = at_place(values[node], place)
    shown = "not finite" if became is None else number(became)
    collision = _collision(node, values, place) if became is not None and became != became else ""
    verb = "overflows to" if became is not None and abs(became) == float("inf") and _overflows(node, numbers) else "is"
    message = f"{collision}{words(node, model)} {verb} {shown}{at_values(numbers)}"
    return finding(model, "forward", node, message, numbers)


def _overflows(node: Node, numbers: Sequence[Operand]) -> bool:
    """Whether an infinity comes from size and not from a pole."""
    return bool(numbers) and all(abs(each.value) > 1 for each in numbers)


def _collision(node: Node, values: Any, place: tuple[int, ...] | None) -> str:
    """`0 / 0: ` where an arithmetic operation made NaN of its operands."""
    if node.op.infix not in ("+", "-", "*", "/") or len(node.inputs) != 2:
        return ""
    left, right = (at_place(values.get(parent), place) for parent in node.inputs)
    if left is None or right is None:
        return ""
    return f"{number(left)} {node.op.infix} {number(right)}: "


def _backward(model: Model, sweep: Sweep, ys: Sequence[Node], feeds: dict[Node, Any]) -> list[Finding]:
    source, spoiled = first_bad(sweep)
    if source is None and spoiled is None:
        return _sums(model, sweep)
    found: list[Finding] = []
    for step in (source, spoiled):
        # A value that overflowed on the way is the cause, also where the target is finite again.
        if (
            step is not None
            and not found
            and not finite(sweep.values[step.node])
            and step.node in reached(ys, sweep.values)
        ):
            found.append(_value(model, sweep.values, culprit(step.node, sweep.values)))
    if source is not None:
        found.append(_product(model, sweep, source, feeds))
    if spoiled is not None and spoiled is not source:
        found.append(_product(model, sweep, spoiled, feeds))
    return found if spoiled is not None else [*found, *_sums(model, sweep)]


def _sums(model: Model, sweep: Sweep) -> list[Finding]:
    """Infinities of opposite sign that met at a node used several times."""
    spoiled = {step.parent for step in sweep.steps if has_nan(step.outgoing)}
    for node, total in sweep.adjoints.items():
        if has_nan(total) and node not in spoiled:
            return [finding(model, "backward", node, f"inf - inf: what arrives at {words(node, model)} adds up to nan")]
    return []


def _product(model: Model, sweep: Sweep, step: Step, feeds: dict[Node, Any]) -> Finding:
    """The product of what arrived at a node with its derivative."""
    values, node = sweep.values, step.node
    nan = has_nan(step.outgoing)
    place = place_of(step.outgoing, (lambda each: each != each) if nan else (lambda each: each - each != 0))
    inside = operands(model, node.inputs, values, place, node)
    slope, arrived = at_place(local(model, node, step.place, feeds), place), at_place(step.incoming, place)
    of = f"the derivative of {words(node, model)}{at_values(inside)}"
    if nan and slope is not None and arrived is not None and slope == slope:
        numbers = (Operand("gradient that arrives", arrived), Operand(f"derivative of {node.op.name}", slope))
        message = f"{number(arrived)} * {number(slope)}: {of} is {number(slope)}, the gradient that arrives is {number(arrived)}"
        return finding(model, "backward", node, message, (*numbers, *inside), step.place)
    if nan:
        origin = nan_origin(step.made, values)
        spot = place_of(values[origin], lambda each: each != each)
        met = tuple(at_place(values.get(parent), spot) for parent in origin.inputs)
        if origin.op.infix and len(met) == 2 and None not in met:
            shown = f" {origin.op.infix} ".join(number(each) for each in met if each is not None)
            pair = tuple(
                Operand(words(parent).strip("`"), each)
                for parent, each in zip(origin.inputs, met, strict=True)
                if each is not None
            )
            return finding(model, "backward", node, f"{shown}: {of} is nan", (*pair, *inside), step.place)
        return finding(model, "backward", node, f"{of} is nan", inside, step.place)
    became = at_place(step.outgoing, place) if slope is None else slope
    shown = "not finite" if became is None else number(became)
    return finding(model, "backward", node, f"{of} is {shown}", inside, step.place)


def zero_findings(model: Model, sweep: Sweep, feeds: dict[Node, Any]) -> list[Finding]:
    """The steps that made contributions exactly 0, and the sums that cancelled."""
    # What a repetition does in every turn is told once.
    once = {(model.origins.get(step.node), step.node.op, step.place): step for step in reversed(zero_steps(sweep))}
    found = [_zero(model, sweep, step, feeds) for step in [*reversed(once.values())][:MOST]]
    for node in {model.origins.get(node): node for node in cancelled(sweep)}.values():
        parts = [step for step in sweep.steps if step.parent is node and not is_zero(step.outgoing)]
        place = place_of(parts[0].outgoing, lambda each: each != 0)
        sizes = [at_place(step.outgoing, place) for step in parts]
        shown = " + ".join(number(each) for each in sizes if each is not None) if None not in sizes else "they"
        message = (
            f"the contributions to {words(node, model)} cancel: {shown} = 0"
            if None not in sizes
            else (f"the contributions to {words(node, model)} cancel")
        )
        numbers = [
            Operand(f"through {words(step.node, model).strip('`')}", each)
            for step, each in zip(parts, sizes, strict=True)
            if each is not None
        ]
        found.append(finding(model, "cancellation", node, message, numbers))
    return found


def _zero(model: Model, sweep: Sweep, step: Step, feeds: dict[Node, Any]) -> Finding:
    """The step that gave 0, and what kind of 0 it is."""
    node, values = step.node, sweep.values
    place = place_of(step.incoming, lambda each: each != 0)
    inside = operands(model, node.inputs, values, place, node)
    code, message = _zero_words(model, sweep, step, feeds, place)
    return finding(model, code, node, message, inside, step.place)


def _zero_words(
    model: Model, sweep: Sweep, step: Step, feeds: dict[Node, Any], place: tuple[int, ...] | None
) -> tuple[str, str]:
    node, values = step.node, sweep.values
    parent = words(step.parent, model)
    text = words(node, model)
    inside = at_values(operands(model, node.inputs, values, place, node))
    if node.op.role == "select":
        truth = "false" if step.place == 1 else "true"
        condition = node.inputs[0]
        where = at_values(operands(model, condition.inputs, values, place))
        return "branch", f"{words(condition, model)} is {truth}{where}, so the branch {parent} is not taken"
    if node.op is INFIX["*"]:
        other = node.inputs[1 - step.place]
        if is_zero(values[other]):
            return "times-zero", f"{parent} is multiplied by {words(other, model)}, which is 0"
    slopes = local(model, node, step.place, feeds)
    if slopes is None or not is_zero(slopes):
        if node.op.elementwise and slopes is not None:
            return "underflow", f"at {text} the product of the gradient with the derivative underflows to 0"
        if node.op.role in PICKING:
            return "not-picked", f"{text} picks other elements of {parent}"
        if node.op.jvp == "joint":
            return "not-picked", f"{parent} is a part of {text} that nothing further on picks{inside}"
        if node.op in SATURATING:
            return "saturation", f"{text} is saturated: its derivative rounds to 0"
        return "zero", f"the derivative of {text}{inside} is 0"
    if node.op in SATURATING:
        return "saturation", f"{text} is saturated{inside}: its derivative rounds to 0"
    if node.op in EXPONENTIAL:
        return "underflow", f"{text} underflows to 0{inside}, and so does its derivative"
    if node.op in PIECEWISE:
        return "flat", f"{text} is level{inside}: its derivative is 0 there"
    return "stationary", f"the derivative of {text}{inside} is 0"
