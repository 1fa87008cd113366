"""The questions of the differentiate group: values, gradients, matrices of derivatives and their products."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any, NamedTuple

from ..diagnostic import Diagnostic, DiagnosticError
from ..engine import diff, tape
from ..engine.graph import Node
from ..engine.op import constant
from ..engine.rewrite import tidy
from ..engine.run import execute
from ..engine.shape import OperandError, known, text
from ..lang.model import Model
from ..lang.write import formula, tree_sizes
from ..results import (EvalResult, GradientRow, GradResult, HessianResult, JacobianResult, MatrixRow, ProductResult, ProductRow, Reason, Sparse,
                       TargetRow)
from ..source import Span
from . import choose, reasons
from .load import load, name_of, values_of
from .request import Request
from .values import demand, dtype_of, feeds_of, flat, plain, shape_of, status_of

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
    return Question(request, model, targets, choose.sources_of(model, request) if sources else [], choose.stops_of(model, request))


def guarded(question: Question, work: Callable[[], Any]) -> Any:
    """Runs the work; a refusal of the engine becomes a diagnostic of the file."""
    try:
        return work()
    except OperandError as error:
        code = {"shape": "E0501", "limit": "E0704"}.get(error.topic, "E0601")
        raise DiagnosticError(Diagnostic(code, error.message, Span(question.model.source, 0, 0), help=error.hint)) from None


def numbers(question: Question, nodes: Sequence[Node], extra: Sequence[Node] = ()) -> dict[Node, Any] | None:
    """The values of nodes; None when a formula is asked for: inputs have no value and none was given."""
    model = question.model
    wanted = [*question.ys, *question.xs, *nodes, *extra]
    feeds, missing = feeds_of(model, wanted)
    if missing and not question.request.at:
        return None
    demand(model, missing)
    return computed(model, wanted, feeds)


def computed(model: Model, wanted: Sequence[Node], feeds: dict[Node, Any]) -> dict[Node, Any]:
    """Runs the graph; what an operator refuses at run time points at its expression."""
    try:
        return execute(wanted, feeds, model.dtype, model.graph.strict)
    except OperandError as error:
        span = next((model.span(node) for node in [error.node] if node is not None), None) if hasattr(error, "node") else None
        raise DiagnosticError(Diagnostic("E0802", error.message, span or Span(model.source, 0, 0), help=error.hint)) from None


def written(node: Node) -> str | None:
    """The node as a formula in the declared names, None when it is too long for a line."""
    simple = tidy([node])[0]
    return formula(simple) if tree_sizes([simple], {})[simple] <= LONGEST_FORMULA else None


def target_rows(question: Question, values: dict[Node, Any] | None) -> tuple[TargetRow, ...]:
    """The targets with their values, or formulas."""
    dtype = question.model.dtype
    return tuple(TargetRow(name, shape_of(node), dtype_of(node, dtype), None if values is None else plain(values[node], node, dtype),
                           written(node) if values is None else None) for name, node in question.targets)


def evaluate(request: Request) -> EvalResult:
    """The values of the targets."""
    question = ask(request, sources=False)
    feeds, missing = feeds_of(question.model, question.ys)
    demand(question.model, missing)
    values = computed(question.model, question.ys, feeds)
    return EvalResult(request.source.name, question.semantics, target_rows(question, values))


def seeds(question: Question, option: str, pairs: Sequence[tuple[str, str]], nodes: Sequence[tuple[str, Node]], what: str) -> dict[str, Node]:
    """Named seeds, each checked against the node it belongs to."""
    given = values_of(option, pairs, question.model)
    known_names = dict(nodes)
    for name, seed in given.items():
        if name not in known_names:
            raise DiagnosticError(Diagnostic("E0606", f"{option} {name}: `{name}` is no {what}", Span(question.model.source, 0, 0),
                                             help=f"the {what}s are {', '.join(known_names)}"))
        if seed.shape != known_names[name].shape:
            raise DiagnosticError(Diagnostic("E0607", f"{option} {name} has shape {text(seed.shape)}, `{name}` has shape {text(known_names[name].shape)}",
                                             Span(question.model.source, 0, 0)))
    return given


def gradient(request: Request) -> GradResult:
    """Gradients of the sum of the targets, what was watched, and what was stopped."""
    question = ask(request)
    model, ys, xs = question.model, question.ys, question.xs
    weights = seeds(question, "--grad-ys", request.grad_ys, question.targets, "target")
    grad_ys = [weights.get(name) for name, _ in question.targets] if weights else None
    trace: list[diff.Product] = []
    found = guarded(question, lambda: differentiate(question, grad_ys, trace))
    nodes = [each.node for each in found if each.node is not None]
    values = numbers(question, nodes, [step.value for step in trace] if False else ())
    if values is not None and request.mode == "numeric":
        from .modes import numeric
        overrides = numeric(question, grad_ys, found)
    elif values is not None and request.mode == "symbolic":
        from .modes import symbolic
        overrides = symbolic(question, found)
    else:
        overrides = {}
    rows = []
    for (name, x), (barrier, _), each in zip(question.sources, _barrier_of_each(question), found, strict=True):
        rows.append(gradient_row(question, name, x, barrier, each, values, overrides.get(x), trace))
    blockers = tape.blockers(ys, xs, question.stops, _barrier_of_each(question)[0][0] if xs else frozenset())
    mode = "reverse" if request.mode == "auto" else request.mode
    return GradResult(request.source.name, question.semantics, mode, target_rows(question, values), tuple(rows),
                      choose.watched_rows(model, request, ys, question.sources, values or {}), choose.stopped_rows(model, request, blockers))


def _barrier_of_each(question: Question) -> list[tuple[frozenset[Node], int]]:
    result: dict[int, frozenset[Node]] = {}
    for barrier, members in tape.barriers(question.ys, question.xs, question.stops):
        result.update(dict.fromkeys(members, barrier))
    return [(result[index], index) for index in range(len(question.xs))]


def differentiate(question: Question, grad_ys: Sequence[Node | None] | None, trace: list[diff.Product]) -> list[tape.Gradient]:
    """The gradients in the mode that was asked for, none beyond the first order settled as zero where it is one."""
    ys, xs = question.ys, question.xs
    if question.request.mode == "forward":
        found = [forward(question, x, grad_ys) for x in xs]
    else:
        found = tape.differentiate(ys, xs, grad_ys, question.stops, trace)
    settled = []
    for each in found:
        if each.node is None and each.reason is not None and each.reason.code in ("unused", "cut") and diff.vanished(ys, each.source):
            each = tape.Gradient(each.source, diff.filled(each.source, 0.0), None)
        settled.append(each)
    return settled


def forward(question: Question, x: Node, grad_ys: Sequence[Node | None] | None) -> tape.Gradient:
    """One gradient by forward mode: a tangent for each element of the source."""
    from ..engine.ops.reductions import sum as total
    sizes = known(x.shape)
    if sizes is None:
        raise OperandError("derivative", "forward mode needs known sizes", "give the inputs by --at")
    barrier = tape.barriers(question.ys, [x], question.stops)[0][0]
    reverse = tape.differentiate(question.ys, [x], grad_ys, question.stops)[0]
    if reverse.node is None:
        return reverse
    parts = []
    for place in diff.positions(sizes):
        tangents = diff.jvp(question.ys, [x], [diff.basis(x, place)], barrier)
        part: Node | None = None
        for index, tangent in enumerate(tangents):
            if tangent is not None:
                weight = grad_ys[index] if grad_ys is not None else None
                term = total(tangent if weight is None else tangent * weight)
                part = term if part is None else part + term
        parts.append(part if part is not None else constant(x.graph, 0.0))
    if x.shape == ():
        return tape.Gradient(x, parts[0], None)
    from ..engine.ops.shaping import reshape
    return tape.Gradient(x, reshape(diff.stack(parts), sizes), None)


def gradient_row(question: Question, name: str, x: Node, barrier: Collection[Node], found: tape.Gradient, values: dict[Node, Any] | None, override: Any,
                 trace: Sequence[diff.Product]) -> GradientRow:
    """One row: the number, or its formula, or the reason why there is none."""
    model, dtype = question.model, question.model.dtype
    at = plain(values[x], x, dtype) if values is not None and x in values else None
    kind = choose.kind_of(model, name, x)
    node, reason = found.node, None
    value: Any = None
    expression: str | None = None
    notes: tuple[str, ...] = ()
    if node is None:
        assert found.reason is not None
        reason, status = reasons.none_reason(model, found.reason), "none"
        if question.request.unconnected == "zero":
            status, value = "zero", zeros(x) if values is not None or known(x.shape) is not None else None
    elif values is None:
        expression = written(node)
        status = "zero" if _is_zero(node) else "ok"
    else:
        value = override if override is not None else plain(values[node], x, dtype)
        status = status_of(value)
        notes = reasons.notes(model, question.ys, x, barrier, values)
        if status in ("nan", "inf"):
            reason = reasons.bad_reason(model, status, node, question.ys, values, trace)
    return GradientRow(name, question.names, kind, shape_of(x), dtype_of(x, dtype), at, value, status, reason, expression, notes)


def _is_zero(node: Node) -> bool:
    while node.op.role in ("broadcast", "derivative", "alias"):
        node = node.inputs[0]
    return node.op.role == "constant" and node.attributes[0] == 0


def zeros(x: Node) -> Any:
    """Zeros of the shape of a node, as nested lists."""
    value: Any = 0 if x.kind == "int" else 0.0
    for size in reversed(known(x.shape) or ()):
        value = [value for _ in range(size)]
    return value


def matrix_row(question: Question, of: tuple[str, ...], wrt: tuple[str, ...], node: Node | None, none: tape.Reason | None, shape: Any, values: dict[Node, Any] | None) -> MatrixRow:
    """One matrix of derivatives."""
    model = question.model
    if node is None:
        assert none is not None
        if question.request.unconnected == "zero":
            value: Any = 0.0
            for size in reversed(known(shape) or ()):
                value = [value for _ in range(size)]
            return MatrixRow(of, wrt, shape, model.dtype, value, "zero", reasons.none_reason(model, none))
        return MatrixRow(of, wrt, shape, model.dtype, None, "none", reasons.none_reason(model, none))
    if values is None:
        return MatrixRow(of, wrt, shape, model.dtype, None, "zero" if _is_zero(node) else "ok", None, written(node))
    value = plain(values[node], node, model.dtype)
    status = status_of(value)
    reason = reasons.bad_reason(model, status, node, question.ys, values, ()) if status in ("nan", "inf") else None
    return MatrixRow(of, wrt, shape, model.dtype, value, status, reason, None, sparse(shape, value) if question.request.sparse else None)


def sparse(shape: tuple[int, ...], value: Any) -> Sparse:
    """The entries of a matrix that are not zero; axes of a tensor are flattened to rows and columns by the caller's shapes."""
    entries = flat(value)
    columns = shape[-1] if shape else 1
    places = [index for index, entry in enumerate(entries) if entry != 0]
    return Sparse(shape, tuple(index // columns for index in places), tuple(index % columns for index in places), tuple(entries[index] for index in places))


def jacobian(request: Request) -> JacobianResult:
    """The derivative of every element of each target by every element of each source."""
    question = ask(request)
    mode = request.mode if request.mode in ("reverse", "forward") else "auto"

    def one(y: Node, x: Node) -> tuple[Node | None, tape.Reason | None]:
        barrier = tape.barriers([y], [x], question.stops)[0][0]
        node = diff.jacobian(y, x, barrier, mode)
        if node is None and diff.vanished([y], x):
            node = diff.filled(x, 0.0, (*y.shape, *x.shape))
        return node, None if node is not None else tape.explain([y], x, question.stops, barrier, y.graph.record)
    pairs = [(y_name, y, x_name, x) for y_name, y in question.targets for x_name, x in question.sources]
    found = guarded(question, lambda: [one(y, x) for _, y, _, x in pairs])
    values = numbers(question, [node for node, _ in found if node is not None])
    rows = [matrix_row(question, (y_name,), (x_name,), node, none, (*shape_of(y), *shape_of(x)), values)
            for (y_name, y, x_name, x), (node, none) in zip(pairs, found, strict=True)]
    return JacobianResult(request.source.name, question.semantics, "auto" if mode == "auto" else mode, tuple(rows))


def hessian(request: Request) -> HessianResult:
    """Second derivatives of the sum of the targets by each pair of sources."""
    question = ask(request)

    def one(x1: Node, x2: Node) -> tuple[Node, tape.Reason | None]:
        barrier = tape.barriers(question.ys, [x1], question.stops)[0][0]
        connected = bool(diff.between(question.ys, [x1], barrier) & set(question.ys))
        reason = None if connected else tape.explain(question.ys, x1, question.stops, barrier, x1.graph.record)
        return diff.hessian(question.ys, x1, x2, barrier), reason
    pairs = [(left, x1, right, x2) for left, x1 in question.sources for right, x2 in question.sources]
    found = guarded(question, lambda: [one(x1, x2) for _, x1, _, x2 in pairs])
    values = numbers(question, [node for node, _ in found])
    rows = []
    for (left, x1, right, x2), (node, none) in zip(pairs, found, strict=True):
        row = matrix_row(question, question.names, (left, right), node, none, (*shape_of(x1), *shape_of(x2)), values)
        # A source that is not connected has a Hessian of zeros all the same; the status tells it from a linear one.
        rows.append(row if none is None else row._replace(status="none", reason=reasons.none_reason(question.model, none)))
    return HessianResult(request.source.name, question.semantics, "forward over reverse" if request.mode == "forward" else "reverse", tuple(rows))


def _product_rows(question: Question, named: Sequence[tuple[str, Node]], found: Sequence[Node | None], none: Callable[[Node], tape.Reason],
                  of: Callable[[str], tuple[str, ...]], wrt: Callable[[str], tuple[str, ...]]) -> tuple[ProductRow, ...]:
    model = question.model
    feeds, missing = feeds_of(model, [*question.ys, *question.xs, *[node for node in found if node is not None]])
    demand(model, missing)
    values = computed(model, [*question.ys, *question.xs, *[node for node in found if node is not None]], feeds)
    rows = []
    for (name, like), node in zip(named, found, strict=True):
        reason: Reason | None = None
        value: Any = None
        if node is None:
            reason, status = reasons.none_reason(model, none(like)), "none"
            if question.request.unconnected == "zero":
                status, value = "zero", zeros(like)
        else:
            value = plain(values[node], like, model.dtype)
            status = status_of(value)
            if status in ("nan", "inf"):
                reason = reasons.bad_reason(model, status, node, question.ys, values, ())
        rows.append(ProductRow(name, of(name), wrt(name), shape_of(like), dtype_of(like, model.dtype), value, status, reason))
    return tuple(rows)


def _directed(question: Question, option: str) -> tuple[list[tuple[str, Node]], list[Node]]:
    """The sources that have a direction, and the directions; without --v each scalar source has direction 1."""
    if not question.request.directions:
        raise DiagnosticError(Diagnostic("E0608", "a direction is missing", Span(question.model.source, 0, 0),
                                         help=f"give it with --v {question.sources[0][0]}=1"))
    names = {name_of(name) for name, _ in question.request.directions}
    chosen = [(name, node) for name, node in question.sources if name in names]
    extra = [name for name in names if name not in dict(question.sources)]
    chosen += [(name, choose.node_named(question.model, name, option, source=True)) for name in extra if question.request.wrt is None]
    given = seeds(question, option, question.request.directions, chosen, "source")
    return chosen, [given[name] for name, _ in chosen]


def jvp(request: Request) -> ProductResult:
    """The Jacobian times a direction of the sources: one row per target."""
    question = ask(request)
    chosen, directions = _directed(question, "--v")
    xs = [node for _, node in chosen]
    barrier = tape.barriers(question.ys, xs, question.stops)[0][0]
    found = guarded(question, lambda: diff.jvp(question.ys, xs, directions, barrier))
    rows = _product_rows(question, question.targets, found, lambda y: tape.explain([y], xs[0], question.stops, barrier, y.graph.record),
                         lambda name: (name,), lambda name: tuple(each for each, _ in chosen))
    return ProductResult("jvp", request.source.name, question.semantics, "forward", rows)


def vjp(request: Request) -> ProductResult:
    """Weights of the targets times the Jacobian: one row per source."""
    question = ask(request)
    if not request.directions:
        raise DiagnosticError(Diagnostic("E0608", "a weight is missing", Span(question.model.source, 0, 0), help=f"give it with --v {question.names[0]}=1"))
    given = seeds(question, "--v", request.directions, question.targets, "target")
    chosen = [(name, node) for name, node in question.targets if name in given]
    ys, weights = [node for _, node in chosen], [given[name] for name, _ in chosen]
    found = guarded(question, lambda: tape.differentiate(ys, question.xs, weights, question.stops))
    by_source = {each.source: each.reason for each in found}
    rows = _product_rows(question, question.sources, [each.node for each in found], lambda x: _sure(by_source[x]),
                         lambda name: tuple(each for each, _ in chosen), lambda name: (name,))
    return ProductResult("vjp", request.source.name, question.semantics, "reverse", rows)


def _sure(reason: tape.Reason | None) -> tape.Reason:
    assert reason is not None
    return reason


def hvp(request: Request) -> ProductResult:
    """The Hessian of the sum of the targets times a direction of the sources: one row per source."""
    question = ask(request)
    chosen, directions = _directed(question, "--v")
    xs = [node for _, node in chosen]
    barrier = tape.barriers(question.ys, xs, question.stops)[0][0]
    found = guarded(question, lambda: diff.hvp(question.ys, xs, directions, barrier))
    rows = _product_rows(question, chosen, found, lambda x: tape.explain(question.ys, x, question.stops, barrier, x.graph.record),
                         lambda name: question.names, lambda name: (name,))
    return ProductResult("hvp", request.source.name, question.semantics, "forward over reverse", rows)
