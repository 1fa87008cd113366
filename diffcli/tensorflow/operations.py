"""What a session does beside computing: it gives variables their values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from . import nested
from .graph_mode import Graph
from .placeholders import default_graph
from .tensor import Tensor

if TYPE_CHECKING:
    from .session import Session


class Operation:
    """Something that a session does: it reads tensors and then has an effect.

    `effect` gets the session and the values of the inputs; what it returns is the result of running the operation.
    """

    __slots__ = ("effect", "graph", "inputs", "name", "parts")

    def __init__(
        self,
        graph: Graph,
        name: str,
        inputs: Sequence[Tensor],
        effect: Callable[[Session, Sequence[Any]], Any],
        parts: Sequence[Operation] = (),
    ) -> None:
        self.graph = graph
        self.name = graph.unique(name)
        self.inputs = tuple(inputs)
        self.effect = effect
        self.parts = tuple(parts)

    def run(self, feed_dict: Any = None, session: Session | None = None) -> None:
        """Runs it in the given session, or the default one."""
        from .session import chosen

        chosen(session).run(self, feed_dict)

    def eval(self, feed_dict: Any = None, session: Session | None = None) -> Any:
        """The result of running it."""
        from .session import chosen

        return chosen(session).run(self, feed_dict)

    def __repr__(self) -> str:
        return f"<tf.Operation '{self.name}'>"


def with_parts(operations: Sequence[Operation]) -> list[Operation]:
    """The operations and those they stand for, each once and the parts first."""
    found: dict[int, Operation] = {}
    stack = list(reversed(operations))
    while stack:
        operation = stack.pop()
        if id(operation) in found:
            continue
        waiting = [each for each in operation.parts if id(each) not in found]
        if waiting:
            stack.append(operation)
            stack.extend(reversed(waiting))
        else:
            found[id(operation)] = operation
    return list(found.values())


def assignment(graph: Graph, variable: Any, value: Tensor) -> Operation:
    """Replaces the value of a variable; its result is the new value."""

    def effect(session: Session, values: Sequence[Any]) -> Any:
        session.set_value(variable, values[0])
        return values[0]

    return Operation(graph, "Assign", [value], effect)


def initializer(graph: Graph, variables: Sequence[Any], name: str) -> Operation:
    """Gives variables their initial values."""
    held = list(variables)

    def effect(session: Session, values: Sequence[Any]) -> None:
        for variable, value in zip(held, values, strict=True):
            session.set_value(variable, value)

    return Operation(graph, name, [graph.own(each._initial) for each in held], effect)


def group(*inputs: Any, name: str = "group_deps") -> Operation:
    """One operation that runs all the given ones."""
    listed = nested.flatten(list(inputs))
    graph = default_graph("group")
    parts = [each for each in listed if isinstance(each, Operation)]
    tensors = [graph.own(each) for each in listed if not isinstance(each, Operation)]
    return Operation(graph, name, tensors, lambda session, values: None, parts)


def no_op(name: str = "NoOp") -> Operation:
    """An operation that does nothing."""
    return group(name=name)


def global_variables_initializer() -> Operation:
    """The operation that gives all variables of the graph their initial values."""
    graph = default_graph("global_variables_initializer")
    return initializer(graph, graph.variables, "init")


def variables_initializer(var_list: Sequence[Any], name: str = "init") -> Operation:
    """The operation that gives some variables their initial values."""
    return initializer(default_graph("variables_initializer"), list(var_list), name)


def global_variables(scope: str | None = None) -> list[Any]:
    """All variables of the graph."""
    found = default_graph("global_variables").variables
    return [each for each in found if scope is None or each.name.startswith(scope)]


def trainable_variables(scope: str | None = None) -> list[Any]:
    """The variables of the graph that are trained."""
    return [each for each in global_variables(scope) if each.trainable]


def assign(ref: Any, value: Any, validate_shape: Any = None, use_locking: Any = None, name: Any = None) -> Any:
    """Replaces the value of a variable."""
    return ref.assign(value)


def assign_add(ref: Any, value: Any, use_locking: Any = None, name: Any = None) -> Any:
    """Adds to the value of a variable."""
    return ref.assign_add(value)


def assign_sub(ref: Any, value: Any, use_locking: Any = None, name: Any = None) -> Any:
    """Subtracts from the value of a variable."""
    return ref.assign_sub(value)
