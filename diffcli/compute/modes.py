"""Other ways to a gradient: differences of values, and the printed formula read back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..diagnostic import DiagnosticError
from ..engine import connection
from ..engine.graph import Node
from ..engine.rewrite import tidy
from ..engine.run import execute
from ..engine.shape import known
from ..lang.write import formula
from ..source import Source
from .values import feeds_of, flat, plain


def numeric(
    question: Any, grad_ys: Sequence[Node | None] | None, found: Sequence[connection.Gradient]
) -> dict[Node, Any]:
    """Each gradient by central differences, extrapolated (Ridders) with the step that has the smallest error estimate."""
    model = question.model
    feeds, _ = feeds_of(model, [*question.ys, *question.xs])
    base = execute([*question.ys, *question.xs], feeds, "float64", model.graph.strict)

    def total(x: Node, point: Any) -> float:
        values = execute(question.ys, {**feeds, x: point}, "float64", model.graph.strict)
        result = 0.0
        for index, y in enumerate(question.ys):
            weight = grad_ys[index] if grad_ys is not None else None
            terms = flat(plain(values[y], y, "float64"))
            factors = (
                flat(plain(execute([weight], {})[weight], y, "float64")) if weight is not None else [1.0] * len(terms)
            )
            result += sum(factor * term for factor, term in zip(factors, terms, strict=True))
        return result

    return {
        each.source: _slopes(
            lambda point, x=each.source: total(x, point),
            plain(base[each.source], each.source, "float64"),
            known(each.source.shape) or (),
        )
        for each in found
        if each.node is not None
    }


def _slopes(function: Any, at: Any, shape: tuple[int, ...]) -> Any:
    numbers = flat(at)

    def partial(index: int) -> float:
        def along(step: float) -> float:
            moved = list(numbers)
            moved[index] += step
            return float(function(_shaped(moved, shape)))

        return ridders(along, max(abs(numbers[index]), 1.0) * 0.05)

    return _nested([partial(index) for index in range(len(numbers))], shape)


def _nested(numbers: list[float], shape: tuple[int, ...]) -> Any:
    values: list[Any] = numbers
    for size in reversed(shape):
        values = [values[start : start + size] for start in range(0, len(values), size)] if size else []
    return values[0] if values else values


def _shaped(numbers: list[float], shape: tuple[int, ...]) -> Any:
    if not shape:
        return numbers[0]
    import numpy

    return numpy.array(numbers).reshape(shape)


def ridders(function: Any, step: float) -> float:
    """The derivative at 0 by central differences of shrinking steps, extrapolated to step 0; of all results the one with the least error estimate.

    C. Ridders, Advances in Engineering Software 4 (1982) 75.
    """
    shrink = 1.4
    table: list[list[float]] = []
    best, least = float("nan"), float("inf")
    for turn in range(14):
        row = [(function(step) - function(-step)) / (2 * step)]
        if best != best:
            best = row[0]
        factor = shrink * shrink
        for column in range(1, turn + 1):
            row.append((row[column - 1] * factor - table[-1][column - 1]) / (factor - 1))
            factor *= shrink * shrink
            error = max(abs(row[column] - row[column - 1]), abs(row[column] - table[-1][column - 1]))
            if error <= least:
                least, best = error, row[column]
        if table and abs(row[-1] - table[-1][-1]) >= 2 * least and turn > 4:
            break
        table.append(row)
        step /= shrink
    return best


def symbolic(question: Any, found: Sequence[connection.Gradient]) -> dict[Node, Any]:
    """Each gradient from its printed formula, parsed as a file of its own."""
    from ..engine.op import lift
    from ..lang.lower import constant_expression
    from ..lang.parse import parse_expression

    model = question.model
    results = {}
    for each in found:
        if each.node is None:
            continue
        source = Source("formula", formula(tidy([each.node])[0]))
        try:
            node = lift(model.graph, constant_expression(model, source, parse_expression(source)))
        except DiagnosticError:
            raise
        feeds, _ = feeds_of(model, [node])
        value = execute([node], feeds, model.dtype, model.graph.strict)[node]
        if node.shape != each.source.shape:
            import numpy

            value = numpy.broadcast_to(value, known(each.source.shape) or ())
        results[each.source] = plain(value, each.source, model.dtype)
    return results
