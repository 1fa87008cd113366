"""What the optimizers of TensorFlow 1 have in common: minimize is compute_gradients, then apply_gradients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from . import calls, conversion
from .graph_mode import Graph
from .operations import Operation
from .symbolic import gradients
from .tape import GradientTape
from .updates import Assignment, Rule, Slots, Standing, assignments, carried_out, counts, unrecorded
from .variable import Variable

if TYPE_CHECKING:
    from .session import Session

NO_VARIABLES = "No variables to optimize."


class Optimizer:
    """Minimizes by gradients. `minimize` is `compute_gradients`, then `apply_gradients`.

    In a graph both make operations that a session runs, all gradients taken at the old values; else they act at once.
    """

    GATE_NONE, GATE_OP, GATE_GRAPH = 0, 1, 2
    _rule: Rule
    _named_slots: Mapping[str, str] = {}

    def __init__(self, use_locking: bool = False, name: str | None = None) -> None:
        self._name = name or type(self).__name__
        self._learning_rate: Any = None
        self._slots: dict[int, tuple[Variable, Slots]] = {}
        self._counts: dict[int, Variable] = {}

    def get_name(self) -> str:
        return self._name

    def minimize(
        self,
        loss: Any,
        global_step: Variable | None = None,
        var_list: Any = None,
        gate_gradients: int = GATE_OP,
        aggregation_method: int | None = None,
        colocate_gradients_with_ops: bool = False,
        name: str | None = None,
        grad_loss: Any = None,
    ) -> Any:
        """One step downhill: the operation that makes it, or the step itself when operations are carried out at once."""
        pairs = self.compute_gradients(
            loss, var_list, gate_gradients, aggregation_method, colocate_gradients_with_ops, grad_loss
        )
        if not any(gradient is not None for gradient, _ in pairs):
            names = [str(variable) for _, variable in pairs]
            raise ValueError(
                "No gradients provided for any variable, check your graph for ops that do not support gradients, "
                f"between variables {names} and loss {loss}."
            )
        return self.apply_gradients(pairs, global_step, name)

    def compute_gradients(
        self,
        loss: Any,
        var_list: Any = None,
        gate_gradients: int = GATE_OP,
        aggregation_method: int | None = None,
        colocate_gradients_with_ops: bool = False,
        grad_loss: Any = None,
    ) -> list[tuple[Any, Any]]:
        """Pairs of gradient and variable, in the order of the variables; the gradient is None where no path leads.

        The variables are all trainable ones of the graph; those that the loss reads when it is a function that is carried
        out at once. `grad_loss` weighs the elements of the loss. `gate_gradients` and the like change no number.
        """
        if gate_gradients not in (self.GATE_NONE, self.GATE_OP, self.GATE_GRAPH):
            raise ValueError(
                "gate_gradients must be one of: Optimizer.GATE_NONE, Optimizer.GATE_OP, Optimizer.GATE_GRAPH. "
                f"Not {gate_gradients}"
            )
        listed = None if var_list is None else list(var_list) if isinstance(var_list, (list, tuple)) else [var_list]
        graph = getattr(loss, "graph", None) or calls.active_graph()
        if graph is None:
            return _at_once(loss, listed, grad_loss)
        with graph.as_default():
            target = loss() if callable(loss) else conversion.convert_to_tensor(loss)
            variables = [each for each in graph.variables if each.trainable] if listed is None else listed
            if not variables:
                raise ValueError(NO_VARIABLES)
            _demand_floats(target, variables)
            found = gradients(target, variables, None if grad_loss is None else [grad_loss])
        return list(zip(found, variables, strict=True))

    def apply_gradients(self, grads_and_vars: Any, global_step: Variable | None = None, name: str | None = None) -> Any:
        """Updates variables by their gradients; those with None keep their values. `global_step` is counted up after it."""
        pairs = tuple(grads_and_vars)
        if not pairs:
            raise ValueError("No variables provided.")
        for _, variable in pairs:
            if not isinstance(variable, Variable):
                raise NotImplementedError("Trying to update a Tensor ", variable)
        live = [(gradient, variable) for gradient, variable in pairs if gradient is not None]
        if not live:
            raise ValueError(f"No gradients provided for any variable: {[str(variable) for _, variable in pairs]}.")
        graph = calls.active_graph() or live[0][1].graph
        if graph is None:
            with unrecorded():
                carried_out(self._step(None, live, global_step))
            return None
        with graph.as_default():
            return _operation(graph, self._step(graph, live, global_step), name or self._name)

    def _step(
        self, graph: Graph | None, pairs: Sequence[tuple[Any, Variable]], global_step: Variable | None
    ) -> list[Assignment]:
        given = [(_gradient(gradient, variable), variable) for gradient, variable in pairs]
        rate = self._learning_rate
        standing = Standing(rate() if callable(rate) else rate, 1.0, {})
        count = self._count(graph) if counts(self._rule) else None
        if count is not None:
            standing = standing._replace(number=calls.read(count) + 1.0)
        found = assignments(self._rule, given, self._slots_of, standing)
        if count is not None:
            found.append((count, standing.number))
        if global_step is not None:
            found.append((global_step, calls.read(global_step) + 1))
        return found

    def _count(self, graph: Graph | None) -> Variable:
        """How many steps were made, in a graph or at once."""
        if id(graph) not in self._counts:
            self._counts[id(graph)] = Variable(0.0, trainable=False, name=f"{self._name}/step")
        return self._counts[id(graph)]

    def _slots_of(self, variable: Variable) -> Slots:
        if id(variable) not in self._slots:
            made = {
                name: Variable(
                    conversion.constant(start, variable.dtype, tuple(variable.shape)),
                    trainable=False,
                    name=f"{variable._name}/{self._name}/{name}",
                )
                for name, start in self._rule.slots.items()
            }
            self._slots[id(variable)] = (variable, made)
        return self._slots[id(variable)][1]

    def get_slot_names(self) -> list[str]:
        """The names of what is kept for each variable."""
        return [theirs for theirs, ours in self._named_slots.items() if ours in self._rule.slots]

    def get_slot(self, var: Variable, name: str) -> Variable | None:
        """What is kept for a variable under a name; None before its first update."""
        found = self._slots.get(id(var))
        return found[1].get(self._named_slots.get(name, name)) if found else None

    def variables(self) -> list[Variable]:
        """All that the optimizer keeps."""
        slots = [each for _, group in self._slots.values() for each in group.values()]
        return [*slots, *self._counts.values()]


def _at_once(loss: Any, listed: list[Any] | None, grad_loss: Any) -> list[tuple[Any, Any]]:
    """The gradients of a function that is carried out now; its variables are those that it reads."""
    if not callable(loss):
        raise RuntimeError(
            "`loss` passed to Optimizer.compute_gradients should be a function when eager execution is enabled."
        )
    with GradientTape() as tape:
        if listed is not None:
            tape.watch(listed)
        value = conversion.convert_to_tensor(loss())
    variables = list(tape.watched_variables()) if listed is None else listed
    if not variables:
        raise ValueError(NO_VARIABLES)
    _demand_floats(value, variables)
    return list(zip(tape.gradient(value, variables, grad_loss), variables, strict=True))


def _demand_floats(target: Any, variables: Sequence[Any]) -> None:
    for each in (target, *variables):
        if each.dtype.kind != "float":
            raise ValueError(
                f"Invalid type {each.dtype!r} for {getattr(each, '_name', each)}, expected: [tf.float32, tf.float64]."
            )


def _gradient(given: Any, variable: Variable) -> Any:
    """A gradient as a tensor that fits its variable."""
    _demand_floats(variable, ())
    found = conversion.like(given, variable)
    if found.dtype is not variable.dtype:
        raise ValueError(f"the gradient of {variable.name} is {found.dtype.name}, the variable {variable.dtype.name}")
    shape = found._shape
    if shape is not None and all(isinstance(size, int) for size in shape) and tuple(shape) != tuple(variable.shape):
        raise ValueError(f"the gradient of {variable.name} has shape {found.shape} instead of {variable.shape}")
    return found


def _operation(graph: Graph, found: Sequence[Assignment], name: str) -> Operation:
    """The operation that replaces values by others, all of which are computed from the old ones."""
    held = [variable for variable, _ in found]

    def effect(session: Session, values: Sequence[Any]) -> None:
        for variable, value in zip(held, values, strict=True):
            session.set_value(variable, value)

    return Operation(graph, name, [value for _, value in found], effect)
