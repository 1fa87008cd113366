"""What is uncertain: declared and given uncertainties and correlations, and the independent directions they come from."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from math import isfinite, prod, sqrt
from operator import mul
from typing import Any, NamedTuple

from ..diagnostic import Diagnostic, DiagnosticError
from ..engine import diff
from ..engine.graph import Node, ancestors
from ..engine.op import ROLES
from ..engine.ops import covariance
from ..engine.shape import OperandError, Shape, broadcast, known, text
from ..lang.model import Leaf, Model
from ..source import Span
from .load import in_option, name_of, unknown, values_of
from .question import Question, computed
from .values import demand, feeds_of, flat, plain

# What is left of a diagonal by rounding, or by correlations that were rounded, is taken for 0, and beside it so much.
LEFT, BESIDE = 1e-12, 1e-6

Pair = tuple[int, int]


class Sources(NamedTuple):
    """The declared names with a standard uncertainty, each of its shape, and the correlations between them."""

    deviations: dict[Node, Node]
    correlations: dict[tuple[Node, Node], Node]


class Point(NamedTuple):
    """The same in numbers. `feeds` has the values of all declared names, the flat lists one entry per element.

    columns: independent directions, each the elements that one standard deviation along it moves, and how far
    """

    feeds: dict[Node, Any]
    sources: tuple[Leaf, ...]
    starts: tuple[int, ...]
    values: tuple[float, ...]
    deviations: tuple[float, ...]
    columns: tuple[tuple[tuple[int, float], ...], ...]
    strengths: Mapping[tuple[Node, Node], Any]


def sources_of(question: Question) -> Sources:
    """What the file declares, with the options' values in place."""
    model, request = question.model, question.request
    given = [each for each, _ in request.uncertainties]
    paired = [each for first, second, _ in request.correlations for each in (first, second)]
    wrong = [
        *unknown(model, map(name_of, given), "--uncertainty", inputs_only=True),
        *unknown(model, map(name_of, paired), "--corr", inputs_only=True),
    ]
    if wrong:
        raise DiagnosticError(*wrong)
    stated = values_of("--uncertainty", request.uncertainties, model)
    overridden = {model.leaves[each].node: deviation for each, deviation in stated.items()}
    every = {**model.graph.deviations, **overridden}
    deviations = {x: spread(model, x, deviation) for x, deviation in every.items()}
    correlations = dict(model.graph.correlations)
    for first, second, strength in request.correlations:
        a, b = (model.leaves[name_of(each)].node for each in (first, second))
        [node] = values_of("--corr", [(f"{first},{second}", strength)], model).values()
        correlations.pop((b, a), None)
        correlations[a, b] = node
    return Sources(deviations, correlations)


def spread(model: Model, x: Node, deviation: Node) -> Node:
    """The uncertainty of each element of a declared name."""
    if deviation.shape == x.shape:
        return deviation
    if not fits(deviation.shape, x.shape):
        message = f"the uncertainty has shape {text(deviation.shape)}, `{name(x)}` has shape {text(x.shape)}"
        raise refused(message, model, x)
    spread_out: Node = ROLES["broadcast"](deviation, x.shape)
    return spread_out


def fits(shape: Shape, wanted: Shape) -> bool:
    """Whether numbers of a shape can be spread over another."""
    try:
        return broadcast(shape, wanted) == wanted
    except OperandError:
        return False


def name(node: Node) -> str:
    """The name of a declaration."""
    found: str = node.attributes[0]
    return found


def refused(message: str, model: Model, x: Node) -> DiagnosticError:
    """What is wrong with the uncertainty of a declared name."""
    leaf = model.leaves.get(name(x))
    span = Span(*leaf.place) if leaf is not None else Span(model.source, 0, 0)
    return DiagnosticError(Diagnostic("E0621", message, span))


def nothing_uncertain(question: Question, sources: Sources) -> DiagnosticError:
    """Refuses to propagate nothing."""
    model, ys = question.model, question.ys
    names = [leaf.name for leaf in model.leaves.values() if leaf.kind != "const" and diff.depends(ys, [leaf.node])]
    sample = names[0] if names else "L"
    idle = "; no target depends on " + ", ".join(f"`{name(each)}`" for each in sources.deviations)
    message = f"nothing that {', '.join(question.names)} is computed from has an uncertainty"
    help = f"declare it, as in var {sample} = 1.0 ± 0.1, or give it with --uncertainty {sample}=0.1"
    span = model.span(ys[0]) or Span(model.source, 0, 0)
    return DiagnosticError(Diagnostic("E0620", message + (idle if sources.deviations else ""), span, help=help))


def point_of(question: Question, sources: Sources, used: Sequence[Node]) -> Point:
    """The numbers of the sources that are used, checked."""
    model = question.model
    asked = [*used, *(sources.deviations[each] for each in used)]
    joined = {pair: node for pair, node in sources.correlations.items() if set(pair) <= set(used)}
    feeds, missing = feeds_of(model, [*question.ys, *asked, *joined.values()])
    demand(model, missing)
    found = computed(model, [*asked, *joined.values()], feeds)
    numbers = {each: flat(plain(found[each], each, model.dtype)) for each in asked}
    starts, count = [], 0
    for each in used:
        starts.append(count)
        count += len(numbers[each])
    values = [value for each in used for value in numbers[each]]
    deviations = [value for each in used for value in numbers[sources.deviations[each]]]
    for each in used:
        demand_sizes(each, numbers[sources.deviations[each]], model)
    strengths = {pair: plain(found[node], node, model.dtype) for pair, node in joined.items()}
    entries, labels = entries_of(used, joined, strengths, model)
    leaves = tuple(model.leaves[name(each)] for each in used)
    columns = columns_of(deviations, entries, labels, model)
    return Point(feeds, leaves, tuple(starts), tuple(values), tuple(deviations), columns, strengths)


def demand_sizes(x: Node, deviations: Iterable[float], model: Model) -> None:
    """Refuses uncertainties that are no sizes."""
    for value in deviations:
        if not (isfinite(value) and value >= 0):
            raise refused(f"the uncertainty of `{name(x)}` is {value}", model, x)


def entries_of(
    used: Sequence[Node],
    joined: Mapping[tuple[Node, Node], Node],
    strengths: Mapping[tuple[Node, Node], Any],
    model: Model,
) -> tuple[dict[Pair, float], list[str]]:
    """The correlations element by element, elements counted over all sources that are used, and what these are called."""
    offsets: dict[Node, int] = {}
    labels: list[str] = []
    for each in used:
        offsets[each] = len(labels)
        labels += labels_of(each)
    entries: dict[Pair, float] = {}
    for (first, second), strength in strengths.items():
        for (i, j), value in paired(first, second, strength, joined[first, second], model):
            set_entry(entries, (offsets[first] + i, offsets[second] + j), value, labels, model)
    return entries, labels


def check_fixed(question: Question, sources: Sources, used: Sequence[Node]) -> None:
    """Refuses uncertainties and correlations that cannot be, where they do not depend on a declared value."""
    model = question.model
    deviations = {x: sources.deviations[x] for x in used if is_fixed(sources.deviations[x])}
    joined = {pair: node for pair, node in sources.correlations.items() if set(pair) <= set(used) and is_fixed(node)}
    found = computed(model, [*deviations.values(), *joined.values()], {})
    for x, node in deviations.items():
        demand_sizes(x, flat(plain(found[node], node, model.dtype)), model)
    strengths = {pair: plain(found[node], node, model.dtype) for pair, node in joined.items()}
    entries, labels = entries_of(used, joined, strengths, model)
    cholesky(sorted({each for pair in entries for each in pair}), entries, labels, model)


def is_fixed(node: Node) -> bool:
    """Whether a node is made of constants alone."""
    return all(each.op.role != "leaf" for each in ancestors([node]))


def labels_of(x: Node) -> list[str]:
    """What the elements of a declared name are called: w[0, 1]."""
    from ..engine.higher import positions

    sizes = known(x.shape) or ()
    return [f"{name(x)}[{', '.join(map(str, place))}]" if place else name(x) for place in positions(sizes)]


def paired(first: Node, second: Node, strength: Any, node: Node, model: Model) -> Iterable[tuple[Pair, float]]:
    """The elements that a correlation joins, and how strongly, as `covariance.crossed` has it."""
    rows, columns = prod(known(first.shape) or ()), prod(known(second.shape) or ())
    matrix = covariance.is_matrix(first, second, node)
    longer = first.shape if prod(known(first.shape) or ()) >= prod(known(second.shape) or ()) else second.shape
    wanted = (*first.shape, *second.shape) if matrix else longer
    given: list[float]
    if not (fits(node.shape, wanted) and (matrix or {first.shape, second.shape} <= {(), wanted})):
        shapes = f"{text(first.shape)} and {text(second.shape)}"
        message = (
            f"a correlation of shape {text(node.shape)} does not fit `{name(first)}` and `{name(second)}`, of {shapes}"
        )
        raise impossible(message, model, (name(first), name(second)))
    if node.shape == ():
        given = [strength] * (rows * columns if matrix else max(rows, columns))
    else:
        import numpy

        given = numpy.broadcast_to(strength, known(wanted) or ()).ravel().tolist()
    for place, value in enumerate(given):
        if matrix:
            yield divmod(place, columns), value
        else:
            yield (place if rows > 1 else 0, place if columns > 1 else 0), value


def set_entry(entries: dict[Pair, float], pair: Pair, value: float, labels: Sequence[str], model: Model) -> None:
    """Note a correlation between two elements, once."""
    first, second = (labels[each] for each in pair)
    names = tuple(each.partition("[")[0] for each in (first, second))
    if not -1.0 <= value <= 1.0:
        raise impossible(f"the correlation of {first} and {second} is {value}, and not between -1 and 1", model, names)
    if pair[0] == pair[1]:
        # One number for all pairs of elements says nothing about an element and itself.
        if value != 1.0 and "[" not in first:
            raise impossible(f"{first} is correlated with itself by 1, not by {value}", model, names)
        return
    key = (min(pair), max(pair))
    if entries.setdefault(key, value) != value:
        raise impossible(f"the correlation of {first} and {second} is both {entries[key]} and {value}", model, names)


def impossible(message: str, model: Model, names: Sequence[str], help: str | None = None) -> DiagnosticError:
    """Correlations that cannot be, where the file states the first of them."""
    either = "|".join(map(re.escape, names))
    found = re.search(rf"corr\s*\(\s*(?:{either})\s*,\s*(?:{either})\s*\)", model.source.text)
    span = in_option("--corr", ",".join(names)) if found is None else Span(model.source, found.start(), found.end())
    return DiagnosticError(Diagnostic("E0622", message, span, help=help))


def columns_of(
    deviations: Sequence[float], entries: Mapping[Pair, float], labels: Sequence[str], model: Model
) -> tuple[tuple[tuple[int, float], ...], ...]:
    """Directions whose squares add up to the covariance matrix: its Cholesky factor, by columns; none of length 0."""
    joined = sorted({each for pair in entries for each in pair})
    alone = [each for each in range(len(deviations)) if each not in set(joined)]
    columns: list[tuple[tuple[int, float], ...]] = [((each, deviations[each]),) for each in alone if deviations[each]]
    rows = cholesky(joined, entries, labels, model)
    for turn in range(len(joined)):
        column = [(joined[place], rows[place][turn] * deviations[joined[place]]) for place in range(turn, len(joined))]
        columns.append(tuple((each, length) for each, length in column if length))
    return tuple(column for column in sorted(columns) if column)


def cholesky(
    joined: Sequence[int], entries: Mapping[Pair, float], labels: Sequence[str], model: Model
) -> list[list[float]]:
    """The lower factor of the matrix of correlations, row by row; a matrix that is none is refused."""
    rows: list[list[float]] = []
    for i, first in enumerate(joined):
        row: list[float] = []
        for j, second in enumerate(joined[:i]):
            rest = entries.get((second, first), 0.0) - sum(map(mul, row, rows[j]))
            if rows[j][j] == 0.0 and abs(rest) > BESIDE:
                raise contradictory(joined[: i + 1], entries, labels, model)
            row.append(rest / rows[j][j] if rows[j][j] else 0.0)
        left = 1.0 - sum(each * each for each in row)
        if left < -BESIDE:
            raise contradictory(joined[: i + 1], entries, labels, model)
        rows.append([*row, sqrt(left) if left > LEFT else 0.0])
    return rows


def contradictory(
    among: Sequence[int], entries: Mapping[Pair, float], labels: Sequence[str], model: Model
) -> DiagnosticError:
    """Names the three correlations that cannot hold together, else all that take part."""
    for c in among:
        for b in (each for each in among if each < c):
            for a in (each for each in among if each < b):
                ab, ac, bc = (entries.get(pair, 0.0) for pair in ((a, b), (a, c), (b, c)))
                room = sqrt((1 - ab * ab) * (1 - bc * bc))
                if abs(ac - ab * bc) > room + BESIDE:
                    x, y, z = labels[a], labels[b], labels[c]
                    message = (
                        f"corr({x}, {y}) = {ab}, corr({y}, {z}) = {bc} and corr({x}, {z}) = {ac} cannot hold together"
                    )
                    low, high = ab * bc - room, ab * bc + room
                    help = f"with the first two, corr({x}, {z}) lies between {low:.6g} and {high:.6g}"
                    return impossible(message, model, tuple(each.partition("[")[0] for each in (x, y, z)), help)
    names = [labels[each] for each in among]
    message = f"the correlations of {', '.join(names)} cannot hold together: their matrix is not positive semidefinite"
    return impossible(message, model, tuple(each.partition("[")[0] for each in names))
