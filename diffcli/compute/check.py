"""Every gradient by reverse mode, forward mode, differences of values, and its formula in 50 digits."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from math import inf, prod
from random import Random
from typing import Any, NamedTuple

from ..diagnostic import DiagnosticError
from ..engine import connection, diff, higher, numeric
from ..engine.graph import Node, ancestors
from ..engine.op import ROLES
from ..engine.run import execute
from ..engine.shape import known
from ..results_check import AgainstResult, Agreement, CheckResult, CheckRow
from . import reasons
from .derive import barrier_of_each
from .modes import nested, read_back
from .points import Point, declared_point, random_points
from .question import Question, ask, computed, guarded
from .request import Request
from .values import plain, shape_of
from .verdicts import Found, agreement, verdict, worst

INSTALL = 'pip install "diffcli[check]"'
# How much work the elements of one source may make; of a larger tensor some are drawn.
ELEMENTS, WORK = 64, 50_000


class Ways(NamedTuple):
    """One source with what is computed for it: the gradient, and a tangent for each element that is looked at."""

    name: str
    source: Node
    barrier: Collection[Node]
    gradient: connection.Gradient
    parts: list[Node]
    places: list[int]
    tangents: list[Node | None]


def check(request: Request, against: str | None = None, points: int | None = None, seed: int = 0) -> CheckResult:
    """The gradients in four ways at the declared point, and the user's own derivatives there and at random points."""
    question = ask(request)
    random = Random(seed)
    start = declared_point(question, random, asked=against is not None)
    wanted = points if points is not None else 10 if against is not None else 0
    others = random_points(question, start, wanted, random)
    every = guarded(question, lambda: ways(question, random))
    rows = [row(question, each, start) for each in every]
    if against is None:
        for other in others:
            rows = [worse(before, row(question, each, other)) for before, each in zip(rows, every, strict=True)]
        return CheckResult(request.source.name, question.semantics, seed, tuple(rows))
    from .against import compare

    stated = compare(question, against, [start, *others])
    return AgainstResult(request.source.name, question.semantics, seed, tuple(rows), stated)  # type: ignore[return-value]  # rows of one of two kinds, as the caller asked


def ways(question: Question, random: Random) -> list[Ways]:
    """What is to be computed for each source."""
    ys = question.ys
    result = []
    size = sum(prod(known(node.shape) or ()) for node in ancestors(ys))
    for (name, x), barrier in zip(question.sources, barrier_of_each(question), strict=True):
        trace: list[diff.Product] = []
        found = connection.differentiate(ys, [x], None, question.stops, trace)[0]
        sizes = known(x.shape) or ()
        count = prod(sizes)
        most = max(4, min(ELEMENTS, WORK // max(1, size)))
        places = sorted(random.sample(range(count), most)) if count > most else list(range(count))
        tangents = [] if found.node is None else [tangent(question, x, barrier, sizes, place) for place in places]
        parts = [diff.contribution(each) for each in trace if each.node.inputs[each.place] is x]
        result.append(Ways(name, x, barrier, found, parts, places, tangents))
    return result


def tangent(question: Question, x: Node, barrier: Collection[Node], sizes: Sequence[int], place: int) -> Node | None:
    """The derivative of the sum of the targets by one element, by forward mode."""
    index: list[int] = []
    for size in reversed(sizes):
        place, inside = divmod(place, size)
        index.insert(0, inside)
    pushed = diff.jvp(question.ys, [x], [higher.basis(x, tuple(index))], barrier)
    terms = [ROLES["sum"](each) for each in pushed if each is not None]
    total: Node | None = None
    for term in terms:
        total = term if total is None else total + term
    return total


def row(question: Question, each: Ways, point: Point) -> CheckRow:
    """One gradient at one point."""
    model, dtype, x = question.model, question.model.dtype, each.source
    count = prod(known(x.shape) or ())
    base = (each.name, question.names, shape_of(x), (len(each.places), count))
    if each.gradient.node is None:
        assert each.gradient.reason is not None
        reason = reasons.none_reason(model, each.gradient.reason)
        empty = (None,) * 6
        return CheckRow(*base, *empty, Agreement(None, None, None), None, None, "none", None, reason)
    nodes = [each.gradient.node, *each.parts, *(node for node in each.tangents if node is not None)]
    values = computed(model, [*question.ys, x, *nodes], dict(point.feeds))
    found, missing = elements(question, each, values, point)
    own = stated_here(question.ys, x, each.barrier)
    agreements = [agreement(one, dtype) for one in found]
    verdicts = [verdict(one, dtype, own) for one in found]
    lowest = [min((way for way in one if way is not None), default=None) for one in agreements]
    weakest = min((place for place, least in enumerate(lowest) if least is not None), key=lowest.__getitem__, default=0)  # type: ignore[arg-type]  # those without a number are left out
    shape = known(x.shape) or ()
    whole = len(each.places) == count
    notes = told(each, verdicts, found, count, point)

    def shaped(numbers: list[Any]) -> Any:
        return nested(numbers, shape) if whole else numbers

    return CheckRow(
        *base,
        plain(values[x], x, dtype),
        shaped([one.reverse for one in found]),
        None if any(one.forward is None for one in found) else shaped([one.forward for one in found]),
        shaped([one.numeric for one in found]),
        shaped([one.error for one in found]),
        None if missing else shaped([float(one.symbolic) for one in found]),
        Agreement(*(least(way) for way in zip(*agreements, strict=True)))
        if agreements
        else Agreement(None, None, None),
        lowest[weakest] if lowest else None,
        element_name(each.name, shape, each.places[weakest]) if found else None,
        worst(verdicts),
        missing,
        None,
        notes,
    )


def least(way: Sequence[float | None]) -> float | None:
    """The agreement of the worst element; None where a way has no numbers."""
    given = [each for each in way if each is not None]
    return min(given) if given else None


def elements(
    question: Question, each: Ways, values: Mapping[Node, Any], point: Point
) -> tuple[list[Found], str | None]:
    """Each element in every way, and why there is nothing in 50 digits."""
    model, ys, x = question.model, question.ys, each.source
    assert each.gradient.node is not None
    doubles = execute([*ys, x], point.feeds, "float64", model.graph.strict)
    line = numeric.moving(ys, x, doubles, [None] * len(ys), each.barrier, model.graph.strict)
    slopes, errors = numeric.numeric(line, doubles[x], each.places)
    reverse = row_of(values[each.gradient.node], x)
    scales = [0.0] * len(reverse)
    for part in each.parts:
        scales = [scale + abs(one) for scale, one in zip(scales, row_of(values[part], x), strict=True)]
    # An element that is 0 has no size of its own to measure rounding by; the others of its tensor have.
    around = max((scale for scale in scales if scale < inf), default=0.0)
    symbolic, precise, missing = long_ways(question, each, point)
    found = []
    for turn, place in enumerate(each.places):
        node = each.tangents[turn]
        forward = None if node is None else float(values[node])
        slope = precise[turn] if precise is not None else None
        if slope is not None:
            sides = (slope.left, slope.right) if slope.corner else None
        else:
            sides = numeric.sharp(numeric.along(line, doubles[x], place), numeric.size_at(doubles[x], place))
        found.append(
            Found(
                reverse[place],
                forward,
                slopes[turn],
                errors[turn],
                scales[place],
                around,
                sides,
                None if symbolic is None else symbolic[place],
                slope,
            )
        )
    return found, missing


def row_of(value: Any, x: Node) -> list[float]:
    """All elements of a value of the source's shape."""
    if not hasattr(value, "shape"):
        return [float(value)]
    import numpy

    return [float(each) for each in numpy.broadcast_to(value, known(x.shape) or ()).ravel()]


def long_ways(question: Question, each: Ways, point: Point) -> tuple[list[Any] | None, list[Any] | None, str | None]:
    """The formula, read back, in 50 digits, and differences in as many; or why there is none."""
    try:
        from ..engine import numeric_precise
        from ..engine.run import precise
    except ModuleNotFoundError:
        return None, None, f"needs mpmath: {INSTALL}"
    assert each.gradient.node is not None
    try:
        node = read_back(question.model, each.gradient.node)
        values = precise.run([*question.ys, each.source, node], point.feeds)
        symbolic = numeric_precise.elements(values[node])
        count = prod(known(each.source.shape) or ())
        symbolic = symbolic * (count // max(1, len(symbolic)))
        slopes = numeric_precise.slopes(question.ys, each.source, values, each.places, each.barrier)
    except precise.Unavailable as error:
        return None, None, f"not in 50 digits: {error.node.op.name}"
    except DiagnosticError as error:
        return None, None, f"the formula is not read back: {error.diagnostics[0].message}"
    return symbolic, slopes, None


def stated_here(ys: Sequence[Node], x: Node, barrier: Collection[Node]) -> bool:
    """Whether an operation between targets and source states a gradient that need not be that of its value."""
    return any(node.op.role in ("custom", "straight") for node in diff.between(ys, [x], barrier) if node not in barrier)


def told(each: Ways, verdicts: Sequence[str], found: Sequence[Found], count: int, point: Point) -> tuple[str, ...]:
    """What the verdict means, in words."""
    words = {
        "wrong": "the ways do not agree",
        "own": "an operation states its own gradient, which differences of values need not agree with",
        "corner": "a corner: the slopes left and right differ, and the gradient is one of those or between them",
        "rounding": "the formula is right, but doubles lose its digits here",
        "undefined": "the differences of values have no limit here",
        "nan": "the gradient is nan here: see diffcli why",
        "inf": "the gradient is infinite here: see diffcli why",
    }
    notes = [words[name] for name in words if name in verdicts]
    if len(each.places) < count:
        notes.append(f"{len(each.places)} of {count} elements, drawn by --seed")
    return (*notes, *point.notes)


def worse(before: CheckRow, after: CheckRow) -> CheckRow:
    """The row of the point where the ways agree least."""
    from .verdicts import ORDER

    def rank(row: CheckRow) -> tuple[int, float]:
        return (ORDER.index(row.status) if row.status in ORDER else 99, 99.0 if row.digits is None else row.digits)

    if after.status in ("nan", "inf", "undefined") and before.status != after.status:
        return before  # a random point outside the domain says nothing
    return after if rank(after) < rank(before) else before


def element_name(name: str, shape: Sequence[int], place: int) -> str:
    """An element as the language writes it: w[2, 1]."""
    index: list[int] = []
    for size in reversed(shape):
        place, inside = divmod(place, size)
        index.insert(0, inside)
    return f"{name}[{', '.join(map(str, index))}]" if index else name
