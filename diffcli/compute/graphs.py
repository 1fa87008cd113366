"""The op graph of a file as boxes and arrows, folded where it is large."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from ..diagnostic import Diagnostic, DiagnosticError
from ..engine import connection, tape
from ..engine.graph import Node
from ..engine.shape import known
from ..results_graph import GraphEdge, GraphNode, GraphResult
from . import choose
from .load import name_of
from .question import Question, ask, guarded, numbers, target_rows
from .request import Request
from .trace import Sweep, adjoints, operation, recorded
from .values import dtype_of, plain, shape_of, status_of

# A graph with more nodes than this is folded unless all of it is asked for.
LARGE = 30


class Drawing(NamedTuple):
    """The nodes that become boxes, and for each node of the tape the box it is in."""

    boxes: list[Node]
    home: dict[Node, Node]
    work: dict[Node, Node]
    more: frozenset[Node]


def graph(request: Request, only: str | None = None, depth: int | None = None, full: bool = False) -> GraphResult:
    """The nodes that the targets are computed from, with values, adjoints and what sets each apart."""
    question = asked(request)
    nodes, merged = recorded(question)
    states = states_of(question)
    large = len(nodes) > LARGE and not full
    home = homes(nodes, merged, keep_apart(question, states, only)) if large else {node: node for node in nodes}
    roots = chosen(question, only, nodes, home)
    drawing = drawn(nodes, merged, home, roots, depth)
    sweep = guarded(question, lambda: adjoints(question)) if question.sources else Sweep({}, {})
    arrows = guarded(question, lambda: arrows_of(drawing, sweep))
    sums = [total for _, total in arrows.values() if total is not None]
    wanted = [*drawing.boxes, *(sweep.totals[box] for box in drawing.boxes if box in sweep.totals), *sums]
    values = numbers(question, wanted)
    order = {node: place for place, node in enumerate(nodes, start=1)}
    rows = tuple(box(question, node, drawing, order, states, sweep, values) for node in drawing.boxes)
    edges = tuple(
        GraphEdge(
            order[start],
            order[end],
            uses,
            total is not None,
            None if total is None or values is None else like(values[total], start, question.model.dtype),
        )
        for (start, end), (uses, total) in arrows.items()
    )
    targets = target_rows(question, values)
    return GraphResult(request.source.name, question.semantics, "reverse", targets, rows, edges, large)


def asked(request: Request) -> Question:
    """The question; a file without sources still has a graph."""
    question = ask(request, sources=False)
    try:
        return question._replace(sources=choose.sources_of(question.model, request))
    except DiagnosticError as error:
        if request.wrt is None and all(each.code == "E0605" for each in error.diagnostics):
            return question
        raise


def states_of(question: Question) -> dict[Node, tuple[str, str | None]]:
    """What sets nodes apart, with the words for it: watched, frozen, given, stopped or cut."""
    model, ys, xs = question.model, question.ys, question.xs
    found: dict[Node, tuple[str, str | None]] = {}
    for leaf in model.leaves.values():
        found[leaf.node] = ("frozen" if leaf.kind == "frozen" else "given", None)
    for row in choose.watched_rows(model, question.request, ys, question.sources, {}):
        node = model.source_node(row.name)
        if isinstance(node, Node):
            found[node] = ("watched", row.why)
    declared = [leaf.node for leaf in model.leaves.values()]
    blockers = connection.blockers(ys, [*xs, *declared], question.stops, tape.unrecorded(ys))
    reasons = {
        "integer": "cut: whole numbers and truth values",
        "cut": "cut: no derivative",
        "before-tape": "cut: computed outside the tape",
        "paused": "cut: the tape was paused",
        "unwatched": "cut: nothing watched before it",
    }
    for node, why in blockers:
        found[node] = ("stopped", "stopped") if why == "stopped" else ("cut", reasons[why])
    found.update((node, ("stopped", "stopped")) for node in question.stops)
    return found


def keep_apart(question: Question, states: Mapping[Node, Any], only: str | None) -> set[Node]:
    """What is never folded into another box."""
    apart = {*states, *question.ys, *question.xs}
    if only is not None:
        apart.add(choose.node_named(question.model, name_of(only), "--only", source=False))
    return apart


def homes(nodes: Sequence[Node], merged: Mapping[Node, Node], apart: Collection[Node]) -> dict[Node, Node]:
    """The box of each node: an unnamed node that one box alone uses is in that box."""
    users: dict[Node, set[Node]] = {}
    home: dict[Node, Node] = {}
    for node in reversed(nodes):
        work = merged.get(node, node)
        around = users.get(node, set())
        named = node.op.role == "leaf" or (node.op.role == "alias" and bool(node.attributes[0]))
        own = named or node in apart or work in apart or len(around) != 1
        home[node] = node if own else next(iter(around))
        for parent in work.inputs:
            users.setdefault(parent, set()).add(home[node])
    return home


def chosen(question: Question, only: str | None, nodes: Collection[Node], home: Mapping[Node, Node]) -> list[Node]:
    """The boxes that the picture starts from: the targets, or the one named."""
    if only is None:
        # A source that nothing depends on is shown too: that it stands alone is the answer.
        roots = [*question.ys, *question.xs]
        return [home[node] for node in dict.fromkeys(roots) if node in home]
    node = choose.node_named(question.model, name_of(only), "--only", source=False)
    if node not in home:
        message = f"no target is computed from `{only}`"
        raise DiagnosticError(Diagnostic("E0606", message, help="name it as the target with --of"))
    return [home[node]]


def drawn(
    nodes: Sequence[Node], merged: Mapping[Node, Node], home: Mapping[Node, Node], roots: list[Node], depth: int | None
) -> Drawing:
    """The boxes within so many steps of where the picture starts; `more` are those whose operands are left out."""
    work = {node: merged.get(node, node) for node in nodes}
    before: dict[Node, set[Node]] = {}
    for node in nodes:
        inside = before.setdefault(home[node], set())
        inside.update(home[parent] for parent in work[node].inputs if parent in home and home[parent] is not home[node])
    reached, level = set(roots), set(roots)
    steps = 0
    while level and (depth is None or steps < depth):
        level = {parent for node in level for parent in before[node]} - reached
        reached |= level
        steps += 1
    more = frozenset(node for node in reached if before[node] - reached)
    return Drawing([node for node in nodes if home[node] is node and node in reached], dict(home), work, more)


def arrows_of(drawing: Drawing, sweep: Sweep) -> dict[tuple[Node, Node], tuple[int, Node | None]]:
    """Arrows between boxes: how many uses each stands for, and the sum of what they add to the operand's adjoint."""
    visible = set(drawing.boxes)
    into: dict[tuple[Node, Node], tuple[int, Node | None]] = {}
    for node, box_of in drawing.home.items():
        if box_of not in visible:
            continue
        for parent in drawing.work[node].inputs:
            start = drawing.home.get(parent)
            if start is not None and start is not box_of and start in visible:
                uses, total = into.get((start, box_of), (0, None))
                into[start, box_of] = (uses + 1, total)
    users = {work: node for node, work in drawing.work.items()}
    for box_node in drawing.boxes:
        for user, part in sweep.parts.get(box_node, ()):
            owner = users.get(user) if user is not None else None
            key = (box_node, drawing.home[owner]) if owner is not None else None
            if key in into:
                assert key is not None
                uses, total = into[key]
                into[key] = (uses, part if total is None else total + part)
    return dict(sorted(into.items(), key=lambda item: (item[0][1].order, item[0][0].order)))


def like(value: Any, node: Node, dtype: str) -> Any:
    """A computed derivative in the shape of its node."""
    if getattr(value, "shape", ()) != (known(node.shape) or ()):
        import numpy

        value = numpy.broadcast_to(value, known(node.shape) or ())
    return plain(value, node, dtype)


def box(
    question: Question,
    node: Node,
    drawing: Drawing,
    order: Mapping[Node, int],
    states: Mapping[Node, tuple[str, str | None]],
    sweep: Sweep,
    values: Mapping[Node, Any] | None,
) -> GraphNode:
    """One box of the picture."""
    model, work = question.model, drawing.work[node]
    state, why = states.get(node) or states.get(work) or ("computed", None)
    named = node.op.role in ("leaf", "alias") and node.attributes[0]

    written = model.span(work)
    total = sweep.totals.get(node)
    adjoint = None if total is None or values is None else like(values[total], node, model.dtype)
    status = "none" if total is None else "ok" if values is None else status_of(adjoint)
    folded = sum(1 for each in drawing.home.values() if each is node) - 1
    return GraphNode(
        order[node],
        node.attributes[0] if named else None,
        operation(question, node, work),
        written.text if written is not None and work.op.role != "leaf" else None,
        shape_of(node),
        dtype_of(node, model.dtype),
        state,
        why,
        node in question.ys,
        node in question.xs,
        None if values is None else plain(values[node], node, model.dtype),
        adjoint,
        status,
        folded,
        node in drawing.more,
        model.position(node) or model.position(work),
    )
