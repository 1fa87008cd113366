"""Code for single points: a scalar program as one function of plain floats, microseconds a call.

Two functions are written of each program. The first has the operators of Python and the functions of `math`, which
raise where IEEE 754 has an infinity or NaN; then the second computes the point again from the operators' own meaning.
What would return anything else than that meaning, instead of raising, is not written into the first.
"""

from __future__ import annotations

import builtins
import math
import operator
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from itertools import count
from typing import Any, NamedTuple

from ..graph import Node
from ..ieee import RAW
from ..lower import lowered
from ..program import TRANSPARENT, program
from ..shape import OperandError
from .scalar import SMALLEST, round_single

Point = Callable[..., tuple[float, ...]]
Keep = Callable[[float], float]

# An expression is no deeper and not much longer than this: beyond, its value becomes a variable.
DEEPEST, LONGEST = 20, 60
# A program of more steps is cut into functions of so many statements, whose variables are the places of a list.
LARGE, PART = 4000, 1000

SIGNS: dict[Any, str] = {
    operator.add: "{0} + {1}",
    operator.sub: "{0} - {1}",
    operator.mul: "{0} * {1}",
    operator.neg: "-{0}",
    operator.lt: "{0} < {1}",
    operator.le: "{0} <= {1}",
    operator.gt: "{0} > {1}",
    operator.ge: "{0} >= {1}",
    operator.eq: "{0} == {1}",
    operator.ne: "{0} != {1}",
}
OPERAND = re.compile(r"\{(\d+)\}")


class Text(NamedTuple):
    """A value as Python: a name, or an expression with its depth and its number of operations."""

    code: str
    depth: int = 0
    size: int = 0


NOTHING = Text("")


def compile_point(
    targets: Sequence[Node], inputs: Sequence[Node], dtype: str = "float64", strict: bool = False
) -> Point:
    """A function of one float per input node that gives a tuple with the value of each target.

    The values are those of the executor on plain floats, bit for bit. A program that holds tensors, or needs a leaf
    that is not among the inputs, raises OperandError; `scalar_program` tells beforehand.
    """
    keep = _keeper(dtype, strict)

    @cache
    def exact() -> Point:
        return _function(targets, inputs, keep, None)

    wanted = lowered(targets, inputs) if keep is None else targets
    return _function(wanted, inputs, keep, lambda *point: exact()(*point))


def _keeper(dtype: str, strict: bool) -> Keep | None:
    """What becomes of each result: rounded to single precision, subnormals flushed; None where nothing does."""
    single, smallest = dtype == "float32", SMALLEST[dtype] if strict else 0.0
    if not single and not strict:
        return None

    def keep(value: float) -> float:
        rounded: float = round_single(value) if single else value
        return math.copysign(0.0, rounded) if abs(rounded) < smallest else rounded

    return keep


def _function(targets: Sequence[Node], inputs: Sequence[Node], keep: Keep | None, again: Point | None) -> Point:
    """The program as a function; without `again`, which a point goes to where Python raises, of operators alone."""
    space: dict[str, Any] = {**vars(math), "again": again, "keep": keep}
    nodes = program(targets, set(inputs)).nodes
    names = [f"x{place}" for place in range(len(inputs))]
    body = [
        f"{name} = keep({name})"
        for name, x in zip(names, inputs, strict=True)
        if keep is not None and x.kind == "float"
    ]
    large = len(nodes) > LARGE
    given = {x: f"v[{place}]" if large else name for place, (x, name) in enumerate(zip(inputs, names, strict=True))}
    variables = map("v[{}]".format if large else "t{}".format, count(len(inputs)))
    lines, results = _statements(nodes, targets, given, keep, again is not None, variables, space)
    if large:
        body.append(f"v = [{', '.join(names)}] + [0.0] * {len(lines)}")
        for start in range(0, len(lines), PART):
            _define(f"part{start}", ["v"], lines[start : start + PART], space)
            body.append(f"part{start}(v)")
    else:
        body += lines
    body.append(f"return ({''.join(f'{result}, ' for result in results)})")
    if again is not None:
        failed = "except (ArithmeticError, ValueError, TypeError):"
        body = ["try:", *(f" {line}" for line in body), failed, f" return again({', '.join(names)})"]
    _define("point", names, body, space)
    function: Point = space["point"]
    return function


def _define(name: str, parameters: Sequence[str], body: Sequence[str], space: dict[str, Any]) -> None:
    """Defines a function in the namespace. All its text is ours: a user's program gives numbers to it, no names."""
    source = "\n ".join([f"def {name}({', '.join(parameters)}):", *(body or ["pass"])])
    exec(compile(source, f"<{name}>", "exec"), space)


def _statements(
    nodes: Sequence[Node],
    targets: Sequence[Node],
    given: Mapping[Node, str],
    keep: Keep | None,
    raw: bool,
    variables: Iterator[str],
    space: dict[str, Any],
) -> tuple[list[str], list[str]]:
    """The assignments that compute the nodes, and the expressions of the targets."""
    same: dict[Node, Node] = {}
    for node in nodes:
        plain = node.op.role not in TRANSPARENT or node in given
        same[node] = node if plain else same[node.inputs[0]]
    forms = {
        node: _form(node, raw, space) for node in nodes if node.inputs and same[node] is node and node not in given
    }
    uses = Counter(same[target] for target in targets)
    for node in reversed(nodes):
        if node in forms and uses[node]:
            uses.update(same[node.inputs[int(place)]] for place in OPERAND.findall(forms[node]))
    texts = {node: Text(name) for node, name in given.items()}
    lines: list[str] = []
    for node in nodes:
        if node in texts or not uses[node]:
            continue
        if node not in forms:
            texts[node] = Text(_number(node, keep))
            continue
        operands = [texts.get(same[parent], NOTHING) for parent in node.inputs]
        code = forms[node].format(*(operand.code for operand in operands))
        code = f"keep({code})" if keep is not None and node.kind == "float" else f"({code})"
        text = Text(code, 1 + max(operand.depth for operand in operands), 1 + sum(operand.size for operand in operands))
        if uses[node] > 1 or text.depth > DEEPEST or text.size > LONGEST:
            name = next(variables)
            lines.append(f"{name} = {code}")
            text = Text(name)
        texts[node] = text
    return lines, [texts[same[target]].code for target in targets]


def _form(node: Node, raw: bool, space: dict[str, Any]) -> str:
    """The expression of an operation, with its operands as places."""
    op = node.op
    if node.shape != () or op.scalar is None:
        raise OperandError("shape", f"`{op.name}` is not computed on plain floats")
    stated = op.python if isinstance(op.python, str) else op.python(*node.inputs)
    if raw and (stated or op.scalar in SIGNS):
        return stated or SIGNS[op.scalar]
    function = RAW.get(op.scalar, op.scalar) if raw else op.scalar
    name = getattr(function, "__name__", "")
    if space.get(name, getattr(builtins, name, None)) is not function:
        name = f"operator_{op.name}"
        space[name] = function
    more = [f"attribute_{len(space) + place}" for place in range(len(node.attributes))]
    space.update(zip(more, node.attributes, strict=True))
    return f"{name}({', '.join([*(f'{{{place}}}' for place in range(len(node.inputs))), *more])})"


def _number(node: Node, keep: Keep | None) -> str:
    """A constant as Python; `inf` and `nan` are names of `math`."""
    if node.op.role != "constant":
        raise OperandError("argument", f"`{node.op.name}` has no value here")
    value = node.attributes[0]
    if keep is not None and node.kind == "float":
        value = keep(value)
    return f"({value!r})"
