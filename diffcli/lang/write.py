"""From the graph back to text: a formula that the language reads, or LaTeX."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..engine.graph import Node, ancestors
from ..engine.shape import Dim

# How tightly an operator binds; a call and a name bind tightest.
LEVELS = {
    "or": 1,
    "and": 2,
    "not": 3,
    "<": 4,
    "<=": 4,
    ">": 4,
    ">=": 4,
    "==": 4,
    "!=": 4,
    "+": 5,
    "-": 5,
    "*": 6,
    "/": 6,
    "//": 6,
    "%": 6,
    "@": 6,
    "neg": 7,
    "**": 8,
}
TIGHT = 10

# What a formula does not show: names when they are spelled out, the mark of a derivative, the domain of a function.
SILENT = ("alias", "derivative", "guard")

GREEK = {
    "α": "alpha",
    "β": "beta",
    "γ": "gamma",
    "δ": "delta",
    "ε": "varepsilon",
    "ζ": "zeta",
    "η": "eta",
    "θ": "theta",
    "ι": "iota",
    "κ": "kappa",
    "λ": "lambda",
    "μ": "mu",
    "ν": "nu",
    "ξ": "xi",
    "π": "pi",
    "ρ": "rho",
    "σ": "sigma",
    "τ": "tau",
    "υ": "upsilon",
    "φ": "varphi",
    "χ": "chi",
    "ψ": "psi",
    "ω": "omega",
    "Γ": "Gamma",
    "Δ": "Delta",
    "Θ": "Theta",
    "Λ": "Lambda",
    "Ξ": "Xi",
    "Π": "Pi",
    "Σ": "Sigma",
    "Φ": "Phi",
    "Ψ": "Psi",
    "Ω": "Omega",
}


def number(value: float) -> str:
    """A number as the language reads it: 3 and not 3.0, inf and nan by name."""
    if value != value:
        return "nan"
    if value in (float("inf"), float("-inf")):
        return "inf" if value > 0 else "-inf"
    if isinstance(value, bool):
        return "true" if value else "false"
    if value == int(value) and abs(value) < 1e16:
        return "-0" if str(value) == "-0.0" else str(int(value))
    return repr(float(value))


def tree_sizes(targets: Iterable[Node], names: Mapping[Node, str]) -> dict[Node, int]:
    """How many nodes each formula has when everything shared is written out again; counts, nothing is built."""
    sizes: dict[Node, int] = {}
    for node in ancestors(targets, stop=names.__contains__):
        sizes[node] = 1 if node in names else 1 + sum(sizes[parent] for parent in _shown(node))
    return sizes


def _shown(node: Node) -> tuple[Node, ...]:
    return node.inputs[:1] if node.op.role in SILENT or node.op.role == "custom" else node.inputs


def formula(node: Node, names: Mapping[Node, str] | None = None, exact: bool = False) -> str:
    """The node as a formula; nodes in `names` are written by their name.

    An exact one keeps domains and conventions: it spells every operator by its own name, also those that a formula
    for people shows as what they mean there, and is read back as the same graph.
    """
    return _render(node, names or {}, _exact_item if exact else _text_item, SILENT[:2] if exact else SILENT)[0]


def latex(node: Node, names: Mapping[Node, str] | None = None) -> str:
    """The node in LaTeX's mathematical mode."""
    return _render(node, names or {}, _latex_item)[0]


def _render(target: Node, names: Mapping[Node, str], item: Any, silent: Sequence[str] = SILENT) -> tuple[str, int]:
    done: dict[Node, tuple[str, int]] = {}
    for node in ancestors([target], stop=lambda each: each in names and each is not target):
        if node in names and node is not target:
            done[node] = item(None, names[node], ())
        elif node.op.role in silent or node.op.role == "custom":
            done[node] = done[node.inputs[0]]
        else:
            done[node] = item(node, "", [done[parent] for parent in node.inputs])
    return done[target]


def _wrapped(part: tuple[str, int], least: int, opening: str = "(", closing: str = ")") -> str:
    return part[0] if part[1] >= least else f"{opening}{part[0]}{closing}"


def _infix_levels(sign: str) -> tuple[int, int]:
    """The levels that the left and the right operand must have to stand without parentheses."""
    level = LEVELS[sign]
    if sign == "**":
        return level + 1, LEVELS["neg"]
    return (level + 1, level + 1) if level == 4 else (level, level + 1)


def _text_item(node: Node | None, name: str, parts: Sequence[tuple[str, int]]) -> tuple[str, int]:
    if node is None:
        return name, TIGHT
    op = node.op
    role = op.role
    if role == "constant":
        shown = number(node.attributes[0])
        return shown, LEVELS["neg"] if shown.startswith("-") else TIGHT
    if role == "leaf":
        return node.attributes[0], TIGHT
    if role == "tensor":
        return nested(node.attributes[0], list(node.attributes[1])), TIGHT
    if role == "stack" and node.attributes == (0,):
        return "[" + ", ".join(part for part, _ in parts) + "]", TIGHT
    if role == "index":
        return f"{_wrapped(parts[0], TIGHT)}[{_axes(node.attributes[0])}]", TIGHT
    if role == "size":
        return str(node.attributes[0]), TIGHT if isinstance(node.attributes[0], int) or node.attributes[0].single else 0
    if op.text:
        return op.text.format(*[_wrapped(part, TIGHT) for part in parts]), TIGHT if op.text.endswith(
            ")"
        ) or op.text == "{0}" else 0
    if op.infix in ("neg", "not"):
        sign = "-" if op.infix == "neg" else "not "
        return sign + _wrapped(parts[0], LEVELS[op.infix]), LEVELS[op.infix]
    if op.infix in LEVELS and len(parts) == 2:
        left, right = _infix_levels(op.infix)
        gap = "" if op.infix == "**" else " "
        return f"{_wrapped(parts[0], left)}{gap}{op.infix}{gap}{_wrapped(parts[1], right)}", LEVELS[op.infix]
    return f"{op.name}({', '.join(_arguments(node, [part for part, _ in parts]))})", TIGHT


def _exact_item(node: Node | None, name: str, parts: Sequence[tuple[str, int]]) -> tuple[str, int]:
    if node is not None and node.op.role == "number":
        return f"1 * {_wrapped(parts[0], TIGHT)}", LEVELS["*"]
    if node is not None and node.op.text:
        return f"{node.op.name}({', '.join(_arguments(node, [part for part, _ in parts]))})", TIGHT
    return _text_item(node, name, parts)


def _arguments(node: Node, parts: list[str]) -> list[str]:
    inputs, statics = iter(parts), iter(node.attributes)
    result: list[str] = []
    by_name = False
    for parameter in node.op.parameters:
        if parameter.variadic and parameter.static:
            result.append(literal(next(statics)))
            by_name = True
        elif parameter.variadic:
            result.extend(inputs)
            by_name = True
        elif not parameter.static:
            result.extend(part for part in [next(inputs, None)] if part is not None)
        else:
            value = next(statics, parameter.default)
            if value == parameter.default:
                by_name = True
            else:
                shown = literal(value)
                result.append(f"{parameter.name}={shown}" if by_name or parameter.default != ("required",) else shown)
    return result


def literal(value: Any) -> str:
    """An attribute as the language writes it."""
    if value is None or isinstance(value, bool):
        return {None: "none", True: "true", False: "false"}[value]
    if isinstance(value, tuple):
        return "[" + ", ".join(literal(each) for each in value) + "]"
    if isinstance(value, (int, float)):
        return number(float(value))
    return str(value) if isinstance(value, Dim) else f'"{value}"'


def nested(shape: Sequence[int], flat: Sequence[float]) -> str:
    """A tensor of numbers in brackets."""
    texts = [number(value) for value in flat]
    for size in reversed(shape):
        if size == 0:
            return "[]"
        texts = ["[" + ", ".join(texts[start : start + size]) + "]" for start in range(0, len(texts), size)]
    return texts[0]


def _axes(axes: Sequence[tuple[Any, ...]]) -> str:
    shown = []
    for axis in axes:
        if axis[0] == "at":
            shown.append(str(axis[1]))
        elif axis[0] == "slice":
            first, last, step = ("" if bound is None else str(bound) for bound in axis[1:])
            shown.append(f"{first}:{last}" + (f":{step}" if step else ""))
        else:
            shown.append("...")
    return ", ".join(shown)


def _latex_name(name: str) -> str:
    if "/" in name:  # a layer's variable
        escaped = name.replace("_", r"\_")
        return rf"\mathrm{{{escaped}}}"
    head, _, tail = name.partition("_")
    if not tail and len(head) > 1 and head.rstrip("0123456789") != head:
        stem = head.rstrip("0123456789")
        head, tail = stem, head[len(stem) :]
    if head in GREEK:
        head = "\\" + GREEK[head]
    elif head in GREEK.values():
        head = "\\" + head
    elif len(head) > 1:
        head = rf"\mathrm{{{head}}}"
    tail = tail.replace("_", r"\_")
    return f"{head}_{{{tail}}}" if tail else head


def _latex_number(value: float) -> str:
    shown = number(value)
    if shown in ("inf", "-inf"):
        return shown.replace("inf", r"\infty")
    if shown == "nan":
        return r"\mathrm{nan}"
    mantissa, _, exponent = shown.partition("e")
    return rf"{mantissa} \cdot 10^{{{int(exponent)}}}" if exponent else shown


def _latex_item(node: Node | None, name: str, parts: Sequence[tuple[str, int]]) -> tuple[str, int]:
    if node is None:
        return _latex_name(name), TIGHT
    op = node.op
    if op.role == "constant":
        shown = _latex_number(node.attributes[0])
        return shown, LEVELS["neg"] if shown.startswith("-") or "cdot" in shown else TIGHT
    if op.role == "leaf":
        return _latex_name(node.attributes[0]), TIGHT
    if op.latex:
        level = LEVELS.get(op.infix, TIGHT)
        shown_parts = [part for part, _ in parts]
        if op.infix == "**":
            shown_parts[0] = _wrapped(parts[0], TIGHT, r"\left(", r"\right)")
        elif op.infix in LEVELS and op.infix not in ("/",):
            least = _infix_levels(op.infix) if len(parts) == 2 else (LEVELS[op.infix],)
            shown_parts = [_wrapped(part, low, r"\left(", r"\right)") for part, low in zip(parts, least, strict=True)]
        elif op.infix == "/":
            level = TIGHT - 1
        return op.latex.format(*shown_parts), level
    inner = ", ".join(part for part, _ in parts)
    escaped = op.name.replace("_", r"\_")
    return rf"\operatorname{{{escaped}}}\left({inner}\right)", TIGHT


def shared(
    targets: Sequence[Node], taken: Iterable[str], spelled: Mapping[Node, str] | None = None
) -> list[tuple[str, Node]]:
    """Names for the sub-expressions that formulas use more than once: the user's own names first, t1, t2 otherwise."""
    uses: dict[Node, int] = {}
    nodes = ancestors(targets)
    for node in nodes:
        for parent in _shown(node):
            uses[_through(parent)] = uses.get(_through(parent), 0) + 1
    own = {_through(node): node.attributes[0] for node in nodes if node.op.role == "alias" and node.attributes[0]}
    chosen: list[tuple[str, Node]] = []
    reserved, count = set(taken), 0
    for node in nodes:
        if uses.get(node, 0) > 1 and node.inputs and node.op.role not in SILENT and _worth_a_name(node):
            name = own.get(node)
            if name is None or any(name == other for other, _ in chosen):
                count += 1
                while f"t{count}" in reserved:
                    count += 1
                name = f"t{count}"
            chosen.append((name, node))
    return chosen


def _worth_a_name(node: Node) -> bool:
    return not (node.op.infix == "neg" and not _through(node.inputs[0]).inputs)


def _through(node: Node) -> Node:
    while node.op.role in SILENT:
        node = node.inputs[0]
    return node
