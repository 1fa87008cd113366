"""A request with its model: what the questions of the differentiate group share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from ..diagnostic import Diagnostic, DiagnosticError
from ..engine.graph import Node
from ..engine.rewrite import tidy
from ..engine.run import execute
from ..engine.shape import OperandError, text
from ..lang.model import Model
from ..lang.write import formula, tree_sizes
from ..results import TargetRow
from ..source import Span
from . import choose
from .load import in_option, load, values_of
from .request import Request
from .values import demand, dtype_of, feeds_of, plain, shape_of

# A formula longer than this is not shown in one line; `diff` names its shared parts.
LONGEST_FORMULA = 2000


class Question(NamedTuple):
    """A request with its model, targets, sources and stops found."""

    request: Request
    model: Model
    targets: list[tuple[str, Node]]
    sources: list[tuple[str, Node]]
    stops: frozenset[Node]

    @property
    def ys(self) -> list[Node]:
        return [node for _, node in self.targets]

    @property
    def xs(self) -> list[Node]:
        return [node for _, node in self.sources]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(name for name, _ in self.targets)

    @property
    def semantics(self) -> str:
        record = self.model.graph.record
        return "tape" if record is not None and record.used else "graph"


def ask(request: Request, sources: bool = True) -> Question:
    """Loads the file and finds what the request means."""
    model = load(request)
    targets = choose.targets_of(model, request)
    return Question(
        request, model, targets, choose.sources_of(model, request) if sources else [], choose.stops_of(model, request)
    )


def guarded(question: Question, work: Callable[[], Any]) -> Any:
    """Runs the work; a refusal of the engine becomes a diagnostic of the file."""
    try:
        return work()
    except OperandError as error:
        code = {"shape": "E0501", "limit": "E0704"}.get(error.topic, "E0601")
        raise DiagnosticError(
            Diagnostic(code, error.message, Span(question.model.source, 0, 0), help=error.hint)
        ) from None


def numbers(question: Question, nodes: Sequence[Node]) -> Mapping[Node, Any] | None:
    """The values of nodes; None when a formula is asked for: inputs have no value and none was given."""
    model = question.model
    wanted = [*question.ys, *question.xs, *nodes]
    feeds, missing = feeds_of(model, wanted)
    if missing and not question.request.at:
        return None
    demand(model, missing)
    return computed(model, wanted, feeds)


def computed(model: Model, wanted: Sequence[Node], feeds: dict[Node, Any]) -> Mapping[Node, Any]:
    """Runs the graph; what an operator refuses at run time points at its expression."""
    try:
        return execute(wanted, feeds, model.dtype, model.graph.strict)
    except OperandError as error:
        span = model.span(error.node) if isinstance(error.node, Node) else None
        raise DiagnosticError(
            Diagnostic("E0802", error.message, span or Span(model.source, 0, 0), help=error.hint)
        ) from None


def written(node: Node) -> str | None:
    """The node as a formula in the declared names, None when it is too long for a line."""
    simple = tidy([node], domains=False)[0]
    return formula(simple) if tree_sizes([simple], {})[simple] <= LONGEST_FORMULA else None


def target_rows(question: Question, values: Mapping[Node, Any] | None) -> tuple[TargetRow, ...]:
    """The targets with their values, or formulas."""
    dtype = question.model.dtype
    return tuple(
        TargetRow(
            name,
            shape_of(node),
            dtype_of(node, dtype),
            None if values is None else plain(values[node], node, dtype),
            written(node) if values is None else None,
        )
        for name, node in question.targets
    )


def seeds(
    question: Question, option: str, pairs: Sequence[tuple[str, str]], nodes: Sequence[tuple[str, Node]], what: str
) -> dict[str, Node]:
    """Named seeds, each checked against the node it belongs to."""
    given = values_of(option, pairs, question.model)
    known_names = dict(nodes)
    for name, seed in given.items():
        if name not in known_names:
            raise DiagnosticError(
                Diagnostic(
                    "E0606",
                    f"`{name}` is no {what}",
                    in_option(option, name),
                    help=f"the {what}s are {', '.join(known_names)}",
                )
            )
        if seed.shape != known_names[name].shape:
            raise DiagnosticError(
                Diagnostic(
                    "E0607",
                    f"this value has shape {text(seed.shape)}, `{name}` has shape {text(known_names[name].shape)}",
                    in_option(option, dict(pairs).get(name, name)),
                )
            )
    return given


def zeros(shape: Sequence[int | str]) -> Any:
    """Zeros of a shape, as nested lists; None when a size is not known."""
    value: Any = 0.0
    for size in reversed(shape):
        if isinstance(size, str):
            return None
        value = [value for _ in range(size)]
    return value
