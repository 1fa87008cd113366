"""What is trained: the loss of a file, its variables, their gradients, and the graph of one step."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from ...diagnostic import Diagnostic, DiagnosticError, Label
from ...engine import connection
from ...engine.graph import Node, ancestors
from ...engine.shape import known
from ...engine.shape import text as shape_text
from ...engine.train import Clipping, StepGraph, step_graph
from ...lang.model import Leaf, Model
from ...results import Reason
from ...source import Span
from .. import choose, reasons
from ..derive import differentiate
from ..load import load, name_of, unknown
from ..question import Question, guarded, seeds
from ..request import Request
from ..values import demand, feeds_of
from .over_rows import over_rows, placed
from .settings import Chosen, refused

if TYPE_CHECKING:
    from ..tables import DataTable  # and with it NumPy, which a file of scalars does without

# What a run calls its own numbers; no metric is called so.
RESERVED = ("loss", "step", "epoch")


class Skipped(NamedTuple):
    """A variable that keeps its value, and why it has no gradient."""

    name: str
    reason: Reason


class Problem(NamedTuple):
    """A model ready to be trained on data of fixed sizes.

    loss: one number · variables: what is trained, by name in the order of the file · metrics: further numbers to report, by
    name · step: the graph of one step, whose data are the leaves of `fed`, then those of `fixed` · fixed: the values of leaves
    that stay as they are · start: the first values of the variables
    """

    question: Question
    loss_name: str
    variables: tuple[Leaf, ...]
    skipped: tuple[Skipped, ...]
    metrics: tuple[tuple[str, Node], ...]
    step: StepGraph
    fed: tuple[str, ...]
    fixed: tuple[Any, ...]
    start: tuple[Any, ...]

    @property
    def dtype(self) -> str:
        """The type of the numbers."""
        return self.question.model.dtype

    @property
    def strict(self) -> bool:
        """Whether TensorFlow's own numbers were asked for."""
        return self.question.model.graph.strict

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the variables that are trained."""
        return tuple(each.name for each in self.variables)


class Wanted(NamedTuple):
    """What a user asks to be trained: `request.of` names the loss, `request.wrt` the variables, `request.grad_ys` its weight."""

    request: Request
    chosen: Chosen
    clipping: Clipping = Clipping()
    metrics: tuple[str, ...] | None = None


def problem(wanted: Wanted, table: DataTable | None = None, rows: int = 0) -> Problem:
    """The problem that a file states, on so many rows of a table if there is one."""
    if table is None:
        request, model = wanted.request, load(wanted.request)
    else:
        from ..tables import model_of, sized

        request, model = sized(wanted.request, table, rows), model_of(wanted.request, table, rows)
    name = loss_name(model, request)
    loss = choose.node_named(model, name, "--of", source=False)
    if loss.kind != "float":
        raise DiagnosticError(placed(model, loss, "E0611", f"the loss `{name}` is no real number"))
    fed = [model.leaves[each.name] for each in table.inputs if each.name in model.leaves] if table else []
    variables = variables_of(model, request, {each.name for each in fed})
    question = Question(
        request._replace(wrt=None, of=(name,)),
        model,
        [(name, loss)],
        [(each.name, each.node) for each in variables],
        choose.stops_of(model, request),
    )
    metrics = metrics_of(model, name, wanted.metrics)
    by_row = [] if table is None else [each.name for each in table.inputs if not each.batched]
    if by_row and rows != 1:
        question, metrics, fed = over_rows(question, metrics, fed, by_row, rows)
    built: Problem = guarded(question, lambda: _built(question, name, variables, fed, metrics, wanted, table))
    return built


def _built(
    question: Question,
    name: str,
    variables: Sequence[Leaf],
    fed: Sequence[Leaf],
    metrics: Sequence[tuple[str, Node]],
    wanted: Wanted,
    table: DataTable | None,
) -> Problem:
    model, (loss,) = question.model, question.ys
    weights = seeds(question, "--grad-loss", wanted.request.grad_ys, question.targets, "loss")
    found = differentiate(question, [weights[name]] if weights else None)
    trained, gradients, skipped = parted(model, variables, found)
    chosen = wanted.chosen
    bounds = {each.node: each.bounds for each in trained if each.bounds is not None}
    needed = [loss, *gradients, *(node for _, node in metrics), *(end for pair in bounds.values() for end in pair)]
    values, missing = feeds_of(model, [*needed, *(each.node for each in variables)])
    given = {each.node for each in fed}
    lacking = [each for each in missing if each.node not in given]
    if table is not None and lacking:
        from ..rowdata.plan import absent

        raise DiagnosticError(*(absent(each, table.columns) for each in lacking))
    demand(model, lacking, "feed it with --data, or ")
    own = {each.node for each in trained}
    reached = set(ancestors(needed))
    data = [each for each in fed if each.node in reached]
    fixed = [node for node in values if node not in own and node not in given and node in reached]
    step = step_graph(
        loss,
        [each.node for each in trained],
        gradients,
        [*(each.node for each in data), *fixed],
        chosen.optimizer,
        chosen.settings,
        _both(chosen.clipping, wanted.clipping),
        bounds,
        [node for _, node in metrics],
    )
    return Problem(
        question,
        name,
        tuple(trained),
        tuple(skipped),
        tuple(metrics),
        step,
        tuple(each.name for each in data),
        tuple(values[node] for node in fixed),
        tuple(values[each.node] for each in trained),
    )


def loss_name(model: Model, request: Request) -> str:
    """The name of the loss: --of, else what `minimize` names, else the only target, else the one called loss."""
    if request.of is not None:
        if len(request.of) > 1:
            text = ",".join(request.of)
            raise refused("--of", text, f"one loss is minimized, not {len(request.of)}", "name one, or their sum")
        return name_of(request.of[0])
    if model.minimize is not None:
        return model.minimize
    targets = [name for name, _ in choose.targets_of(model, request)]
    if len(targets) == 1:
        return targets[0]
    if "loss" in targets:
        return "loss"
    places = [span for name in targets if (span := model.span(model.names[name])) is not None]
    raise DiagnosticError(
        Diagnostic(
            "E0611",
            f"which of {', '.join(targets)} is the loss?",
            places[0] if places else Span(model.source, 0, 0),
            tuple(Label(span, "or this") for span in places[1:4]),
            help=f"write `minimize {targets[0]}` in the file, or say --of {targets[0]}",
        )
    )


def variables_of(model: Model, request: Request, fed: Iterable[str]) -> list[Leaf]:
    """What is trained: --var-list, else all trainable variables, else the inputs that have a value of their own."""
    if request.wrt is not None:
        return [_variable(model, name_of(name), set(fed)) for name in dict.fromkeys(request.wrt)]
    found = [each for each in model.leaves.values() if each.kind == "var"]
    if not found:
        found = [
            each
            for each in model.leaves.values()
            if each.kind == "input" and each.value is not None and each.name not in fed
        ]
    if not found:
        inputs = [each.name for each in model.leaves.values() if each.kind == "input" and each.name not in fed]
        start = f", or give a start: --at {inputs[0]}=1" if inputs else ""
        raise DiagnosticError(
            Diagnostic(
                "E0605",
                "there are no variables to optimize",
                Span(model.source, 0, 0),
                help=f"declare one (var w = 1){start}",
            )
        )
    return found


def _variable(model: Model, name: str, fed: set[str]) -> Leaf:
    problems = unknown(model, [name], "--var-list")
    if problems:
        raise DiagnosticError(*problems)
    found = model.leaves.get(name)
    if found is None:
        raise refused("--var-list", name, f"`{name}` is computed and keeps no value", "name a declared variable")
    if found.kind == "const" or name in fed:
        kind = "a const" if found.kind == "const" else "fed by a column"
        raise refused("--var-list", name, f"`{name}` is {kind} and cannot be trained", f"declare it: var {name} = 1")
    return found


def metrics_of(model: Model, loss: str, asked: Sequence[str] | None) -> list[tuple[str, Node]]:
    """Further numbers to report: those asked for, else every other number that the file names and nothing uses."""
    if asked is not None:
        found = [(name_of(name), choose.node_named(model, name_of(name), "--metrics", source=False)) for name in asked]
        for name, node in found:
            if known(node.shape) != ():
                shape = shape_text(node.shape)
                raise refused("--metrics", name, f"`{name}` has shape {shape}", "a metric is one number")
            if name in RESERVED and name != loss:
                message = f"`{name}` is another number of the run"
                raise refused("--metrics", name, message, f"call the metric otherwise: other = {name}")
        return [each for each in found if each[0] != loss]
    if not model.defined:
        return []
    targets = choose.targets_of(model, Request(model.source))
    return [
        (name, node)
        for name, node in targets
        if name not in (loss, *RESERVED) and known(node.shape) == () and node.inputs
    ]


def parted(
    model: Model, variables: Sequence[Leaf], found: Sequence[connection.Gradient]
) -> tuple[list[Leaf], list[Node], list[Skipped]]:
    """The variables that have a gradient with these, and those that have none with the reason."""
    trained, gradients, skipped = [], [], []
    for each, gradient in zip(variables, found, strict=True):
        if gradient.node is None:
            assert gradient.reason is not None
            skipped.append(Skipped(each.name, reasons.none_reason(model, gradient.reason)))
        else:
            trained.append(each)
            gradients.append(gradient.node)
    if not trained:
        raise DiagnosticError(
            Diagnostic(
                "E0610",
                "no variable has a gradient",
                Span(*variables[0].place),
                notes=tuple(f"{each.name}: {each.reason.message}" for each in skipped),
                help=skipped[0].reason.hint,
            )
        )
    return trained, gradients, skipped


def _both(first: Clipping, second: Clipping) -> Clipping:
    """What the optimizer clips of itself, and what was asked for beside; the latter wins."""
    return Clipping(*(b if b is not None else a for a, b in zip(first, second, strict=True)))
