"""Operators of the user's own: stated once, and part of everything from then on."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Sequence
from itertools import product
from typing import Any

from ..diagnostic import DiagnosticError
from ..engine import gradcheck
from ..engine import op as table
from ..engine import ops as _ops  # fills the table
from ..engine.graph import Graph, Node
from ..engine.op import Op, leaf, lift
from ..engine.shape import OperandError
from ..lang.expressions import POISON, Expressions
from ..lang.limits import LIMITS
from ..lang.model import Model
from ..lang.parse import parse_expression
from ..lang.write import formula
from ..source import Source
from .building import BUILDING
from .errors import readable

assert _ops.FAMILIES

FAMILY = "your own"
# Where an operator is tried when no points are given.
PROBES = (0.3, 1.7, -0.8, 2.5)
MOST_PROBES = 9
AGREE = 1e-9

Partial = str | Callable[..., Any] | None

# The operators of the user that the rules of an operator are written in.
NEEDS: dict[Op, frozenset[Op]] = {}


def define(
    name: str,
    function: Callable[..., float],
    *,
    partials: Partial | Sequence[Partial],
    doc: str = "",
    aliases: Iterable[str] = (),
    numpy: Callable[..., Any] | None = None,
    latex: str = "",
    at: Sequence[Any] = (),
    check: bool = True,
    replace: bool = False,
) -> Op:
    """States an element-wise operator of your own, which every program that is parsed later can call by its name.

    `function` takes floats, one for each parameter, and gives a float; where it raises ArithmeticError or ValueError, or
    gives a complex number, the value is NaN. It must always give the same for the same numbers. `partials` has a rule for
    each parameter, or is the rule of the only one: an expression in the names of the parameters and of the value `y`
    (`"3 * x**2"`, `"y * (1 - y)"`; a parameter of that name comes first), or a Python function `(y, *parameters)` of nodes, on which Python's operators work and
    operators that `define` returned; None means that no gradient flows. Rules are differentiated further, so all orders
    and both modes follow from them.

    `numpy` takes arrays and computes the same faster; without it `function` is applied to each element. `latex` is a
    template such as `r"{0}^{{3}}"`. The rules, and `numpy`, are tried at the points `at` (tuples where there are several
    parameters; some are taken without) against differences of values, unless `check` is false: for a gradient that
    is meant to be another than that of the value.

    A name that is taken is an error. `replace=True` replaces an operator of your own, never a built-in one: programs that
    are there keep computing with the old one, and raise RuntimeError where they would have to be made anew.

    Raises ValueError: the name, the rules, or numbers that do not agree; DiffError: an expression that cannot be read.
    """
    parameters = parameters_of(function)
    rules = [partials] if partials is None or callable(partials) or isinstance(partials, str) else list(partials)
    if len(rules) != len(parameters):
        raise ValueError(f"{name} has {len(parameters)} parameters ({', '.join(parameters)}) but {len(rules)} partials")
    spellings = tuple(dict.fromkeys((name, *aliases)))
    with BUILDING, readable():
        for each in spellings:
            free(each, name if replace else None)
        read = [rule if rule is None else rule_of(rule, parameters) for rule in rules]
        op = Op(
            name,
            doc or f"{name}, defined from Python.",
            tuple(table.Parameter(each) for each in parameters),
            scalar_of(function),
            partials=tuple(read),
            numpy=None if numpy is None else numpy_of(numpy),
            aliases=tuple(spellings[1:]),
            latex=latex
            or rf"\operatorname{{{{{name}}}}}\left({', '.join(f'{{{i}}}' for i in range(len(parameters)))}\right)",
            at=tuple(at),
            family=FAMILY,
        )
        op.rule, needs = tried(op, read)
        if check:
            checked(op, parameters)
        forget(name)
        NEEDS[op] = needs
        table.OPS[name] = op
        table.ALIASES.update(dict.fromkeys(spellings, name))
    return op


def undefine(name: str) -> None:
    """Takes an operator of your own away; ValueError if there is none of that name."""
    with BUILDING:
        if not is_own(table.OPS.get(name)):
            raise ValueError(f"{name} is no operator of your own")
        forget(name)


def is_own(op: Op | None) -> bool:
    """Whether an operator is one of the user's."""
    return op is not None and op.family == FAMILY


def own_among(ops: Iterable[Op]) -> dict[str, Op]:
    """The user's operators among some, with those that their rules need."""
    found: dict[str, Op] = {}
    waiting = [op for op in ops if is_own(op)]
    while waiting:
        op = waiting.pop()
        if op.name not in found:
            found[op.name] = op
            waiting += NEEDS.get(op, ())
    return found


def own_named(text: str) -> dict[str, Op]:
    """The user's operators that a text may call."""
    return own_among(op for op in table.OPS.values() if any(name in text for name in (op.name, *op.aliases)))


def forget(name: str) -> None:
    """Takes an operator and its aliases out of the table, if it is there."""
    op = table.OPS.pop(name, None)
    if op is not None:
        NEEDS.pop(op, None)
        for each in (name, *op.aliases):
            del table.ALIASES[each]


def parameters_of(function: Callable[..., Any]) -> tuple[str, ...]:
    """The names of a function's parameters, all of which are numbers."""
    try:
        found = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return ("x",)  # a function that Python knows nothing of, such as some of `math`
    taken = [each for each in found if each.kind in (each.POSITIONAL_ONLY, each.POSITIONAL_OR_KEYWORD)]
    if not taken or len(taken) < len([each for each in found if each.default is each.empty]):
        raise ValueError("the function takes its numbers by place: a parameter for each of them")
    if any(each.kind == each.VAR_POSITIONAL for each in found):
        raise ValueError("the function takes as many numbers as it is given; state each parameter by name")
    return tuple(each.name for each in taken if each.default is each.empty) or (taken[0].name,)


def free(name: str, replaced: str | None) -> None:
    """Refuses a name that the language cannot call, or that is taken by something that may not be replaced."""
    try:
        expression = parse_expression(Source(name, f"{name}(1)"))
        item = expression.code.item(expression.last - 1)
        callable_name = item.kind == "call" and item.value[0] == name and name.isidentifier()
    except DiagnosticError:
        callable_name = False
    if not callable_name:
        raise ValueError(f"{name!r} is no name of a function in the language")
    holder = table.lookup(name)
    if holder is None and name not in table.ALIASES:
        return
    if holder is None or not is_own(holder):
        raise ValueError(f"{name} is a built-in operator")
    if holder.name != replaced:
        raise ValueError(f"the operator {holder.name} is defined already; replace=True replaces it")


def scalar_of(function: Callable[..., Any]) -> Callable[..., float]:
    """The function on floats as executors need it: a float for any floats, NaN where there is none."""

    def scalar(*values: float) -> float:
        try:
            found = function(*values)
            return float("nan") if isinstance(found, complex) else float(found)
        except (ArithmeticError, ValueError):
            return float("nan")

    return scalar


def numpy_of(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function on arrays as executors need it: of the shape that broadcasting gives, anything else is an error."""

    def arrays(np: Any, *operands: Any) -> Any:
        with np.errstate(all="ignore"):
            found = np.asarray(function(*operands))
        shape = np.broadcast_shapes(*(each.shape for each in operands))
        if found.shape not in ((), shape) or found.dtype.kind not in "fiub":
            raise ValueError(f"a function on arrays gave shape {found.shape}, dtype {found.dtype} for shape {shape}")
        return np.broadcast_to(found, shape)

    return arrays


def rule_of(rule: str | Callable[..., Any], parameters: Sequence[str]) -> Callable[..., Any]:
    """A partial derivative as the engine calls it: with the node of the value and those of the inputs."""
    if not isinstance(rule, str):
        return rule
    source = Source("partials", rule)
    parse_expression(source)  # so that what is wrong with it is told at once

    def read(y: Node, *inputs: Node) -> Any:
        # Lowering keeps the expression's code, not its result: each graph has nodes of its own.
        reader = Expressions()
        model = Model(source, y.graph)
        model.names.update({"y": y, **dict(zip(parameters, inputs, strict=True))})
        reader.model, reader.graph, reader.source, reader.limits = model, y.graph, source, LIMITS
        found = reader.expression(parse_expression(source))
        if found is POISON or model.diagnostics:
            known = ", ".join(["y", *parameters])
            told = "; ".join(each.message for each in model.diagnostics) or f"the names are {known}"
            raise ValueError(f"the partial {rule!r} is no expression in {known}: {told}")
        return found

    return read


def tried(op: Op, rules: Sequence[Callable[..., Any] | None]) -> tuple[str, frozenset[Op]]:
    """The rule in words, made by trying each partial once, and the user's operators in it; ValueError for no number."""
    graph = Graph()
    xs = [leaf(graph, each.name, "input", ()) for each in op.parameters]
    y = op(*xs)
    told = []
    for x, rule in zip(op.parameters, rules, strict=True):
        if rule is None:
            told.append(f"d{x.name}: no gradient")
            continue
        try:
            node = lift(graph, rule(y, *xs))
        except (TypeError, OperandError, AttributeError) as error:
            raise ValueError(f"the partial of {op.name} by {x.name} failed: {error}") from error
        if node.shape or node.kind != "float":
            raise ValueError(f"the partial of {op.name} by {x.name} is no number of its own for each element")
        told.append(f"d{x.name} = g * ({formula(node)})")
    try:
        op.latex.format(*("x" for _ in op.parameters))
    except (IndexError, KeyError, ValueError):
        raise ValueError(
            f"latex of {op.name} takes {{0}}, {{1}}, … for its operands, and {{{{ }}}} for brackets"
        ) from None
    return ", ".join(told), frozenset(each for each in graph.tables if is_own(each) and each is not op)


def checked(op: Op, parameters: Sequence[str]) -> None:
    """Compares rules with differences of values, and the function on arrays with that on floats; ValueError if they differ."""
    points = [point if isinstance(point, tuple) else (point,) for point in op.at]
    points = points or list(product(PROBES, repeat=len(parameters)))[:: max(1, 4 ** len(parameters) // MOST_PROBES)]
    assert op.scalar is not None and op.partials is not None
    inside = 0
    for point in points:
        if len(point) != len(parameters):
            raise ValueError(f"the point {point} has not a number for each of {', '.join(parameters)}")
        numbers = tuple(map(float, point))
        value = op.scalar(*numbers)
        if value - value != 0:
            continue  # outside the domain
        inside += 1
        if op.numpy is not None:
            on_arrays(op, numbers, value)
        graph = Graph()
        xs = [leaf(graph, name, "input", ()) for name in parameters]
        flowing = [x for x, rule in zip(xs, op.partials, strict=True) if rule is not None]
        if not flowing:
            continue
        report = gradcheck.check([op(*xs)], flowing, dict(zip(xs, numbers, strict=True)), order=2)
        for row in report.failures:
            raise ValueError(
                f"the partial of {op.name} by {parameters[xs.index(flowing[row.source])]} at {point} is wrong in order "
                f"{row.order}: {row.reverse} by the rule, {row.numeric} by differences of values; check=False keeps it"
            )
    if not inside:
        raise ValueError(
            f"{op.name} has no value at {', '.join(map(str, points))}: name points where it has one by at="
        )


def on_arrays(op: Op, point: Sequence[float], value: float) -> None:
    """Compares the two functions of an operator."""
    import numpy

    from ..engine.run.array import meaning

    found = meaning(op)(*(numpy.array([each, each]) for each in point))
    if not numpy.allclose(found, value, rtol=AGREE, atol=AGREE):
        raise ValueError(f"numpy= gives {found[0]} at {tuple(point)}, the function {value}")
