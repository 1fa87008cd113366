"""The operator record and the registry: each operator is stated once, and everything else reads the statement."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from .graph import INFIX, Graph, Node
from .shape import OperandError, Shape, broadcast, text

if TYPE_CHECKING:
    from .layer import Layering

Rule = Callable[..., Any]
REQUIRED: Any = ("required",)


class Parameter(NamedTuple):
    """One parameter of an operator. A static one is an attribute (an axis, a flag), not an input node."""

    name: str
    default: Any = REQUIRED
    static: bool = False
    variadic: bool = False


class Edge(NamedTuple):
    """A special point: inputs, the gradient of the summed output per input there, and TensorFlow's where it differs.

    `source` says who decided: "mathematics", "TensorFlow", or the row of the semantics page.
    """

    at: tuple[Any, ...]
    gradient: tuple[Any, ...]
    strict: tuple[Any, ...] | None = None
    source: str = "TensorFlow"


class Convention(NamedTuple):
    """A rule that decides the derivative where there is none or several: the condition on the inputs, and its wording.

    With `operand` it concerns the derivative with respect to the input at that place alone.
    """

    when: Rule
    text: str
    operand: int | None = None


class Items(tuple[Any, ...]):
    """A bracketed list before it is known whether a tensor or a list of names is meant."""

    __slots__ = ()


@dataclass(eq=False, slots=True)
class Op:
    """An operator: its meaning on floats, its derivative rule, its shape rule, and what a user reads about it.

    Rules use fixed letters: y output, x inputs, g incoming gradient, t tangent, n node.
    """

    name: str
    doc: str
    parameters: tuple[Parameter, ...]
    scalar: Rule | None = None
    numpy: str | Rule | None = None
    python: str | Rule = ""  # the expression on plain floats where it is faster than `scalar`, or a rule: inputs -> it
    lower: Rule | None = None  # for programs: inputs -> a node of the same value that costs less, or None
    llvm: str | Rule | None = None  # the name of a function on lanes, or a rule on them; None: not computed in lanes
    blocks: bool = (
        False  # whether NumPy, too, computes it by `llvm` on blocks: its own function is slow, or there is none
    )
    partials: tuple[Rule | None, ...] | None = None
    product: tuple[Rule | None, ...] | None = None
    vjp: tuple[Rule | None, ...] | Rule | None = None
    jvp: tuple[Rule | None, ...] | Rule | str | None = None
    expand: Rule | None = None
    layer: Layering | None = None  # for a layer: the variables that a call makes, which `expand` then takes last
    shape: Rule | None = None
    prepare: Rule | None = None
    simplify: Rule | None = None
    cut: Callable[[Node, int], bool] | None = None
    parts: Rule | None = None  # for whole tensors: inputs, attributes -> the same value from smaller operators, or None
    fold: str = ""  # how a reduction joins two elements: "sum", "maximum" or "minimum"
    kind: str = "float"
    role: str = ""
    cost: int = 1  # the elementary operations that a fused operator stands for; a mere view costs nothing
    strict: Mapping[str, Any] | None = None
    infix: str = ""
    aliases: tuple[str, ...] = ()
    latex: str = ""
    text: str = ""
    rule: str = ""
    at: Sequence[Any] = ()
    edge: Sequence[Edge] = ()
    conventions: Sequence[Convention] = ()
    family: str = ""
    hidden: bool = False

    @property
    def elementwise(self) -> bool:
        """Whether each output element depends on the input elements in the same place only."""
        return self.partials is not None

    def __call__(self, *operands: Any, **named: Any) -> Node:
        if self.partials is not None and not named and len(operands) == len(self.parameters) and self.prepare is None:
            return build(self, operands, ())
        # The few operators that give a list are called by the language alone, through `call`.
        result: Node = self.call(operands, named)
        return result

    def call(self, operands: Sequence[Any], named: Mapping[str, Any], graph: Graph | None = None) -> Any:
        """The result of the operator in the graph of its operands, or the given one when all are plain numbers."""
        if self.partials is not None and not named and len(operands) == len(self.parameters) and self.prepare is None:
            return build(self, operands, (), graph)
        from .arguments import bind  # most calls have nothing to bind

        inputs, statics = bind(self, operands, named)
        if self.layer is not None:
            from .layer import lay

            return lay(self, inputs)
        if self.expand is not None:
            return self.expand(*inputs)
        return build(self, inputs, statics, graph or (None if inputs else graph_of((*operands, *named.values()))))

    def rebuild(self, node: Node, inputs: tuple[Node, ...]) -> Node:
        """The same operation on other inputs."""
        if self.shape is not None or self.partials is not None:
            return build(self, inputs, node.attributes, prepared=True)
        return node.graph.intern(self, inputs, node.attributes, node.shape, node.kind)

    def cuts(self, node: Node, index: int) -> bool:
        """Whether no derivative flows from the node to that input: not differentiable, or not real-valued."""
        if node.kind != "float" or node.inputs[index].kind != "float":
            return True
        if self.cut is not None:
            return self.cut(node, index)
        rules = self.partials if self.partials is not None else self.vjp
        if isinstance(rules, tuple):
            return rules[index] is None
        return rules is None


OPS: dict[str, Op] = {}
ALIASES: dict[str, str] = {}
ROLES: dict[str, Op] = {}
# What a graph has and a file cannot call. Other hidden operators are read back from printed formulas.
UNSPOKEN = ("constant", "tensor", "leaf", "alias", "derivative", "number", "custom")
PREFIXES = ("tf.math.", "tf.nn.", "tf.linalg.", "tf.", "np.linalg.", "np.", "math.", "jnp.", "torch.")


def parse_signature(signature: str, static: str) -> tuple[Parameter, ...]:
    """Parameters from their text: "x, *others, axis=none"; the names in `static` are attributes."""
    literals: dict[str, Any] = {"none": None, "true": True, "false": False}
    names = static.split()
    result = []
    for part in filter(None, signature.replace(" ", "").split(",")):
        name, _, default = part.partition("=")
        value = REQUIRED
        if default:
            value = (
                literals[default]
                if default in literals
                else default.strip("'")
                if default[0] == "'"
                else float(default)
            )
        result.append(Parameter(name.lstrip("*"), value, name.lstrip("*") in names, name[0] == "*"))
    return tuple(result)


def define(
    name: str,
    scalar: Rule | None = None,
    *,
    doc: str,
    signature: str = "x",
    static: str = "",
    aliases: str = "",
    partials: Rule | Sequence[Rule | None] | None = None,
    product: Rule | Sequence[Rule | None] | None = None,
    **rest: Any,
) -> Op:
    """States an operator and registers it under its name, its aliases and its infix sign."""
    parameters = parse_signature(signature, static)
    products = _rules(product)
    local = _rules(partials) or products
    if local is None and scalar is not None and "vjp" not in rest:
        local = (None,) * len(parameters)
    op = Op(name, doc, parameters, scalar, partials=local, product=products, aliases=tuple(aliases.split()), **rest)
    for spelling in (name, *op.aliases):
        if spelling in ALIASES:
            raise ValueError(f"operator name {spelling} is taken twice")
        ALIASES[spelling] = name
    OPS[name] = op
    if op.infix:
        INFIX[op.infix] = op
        ALIASES[op.infix] = name
    if op.role:
        ROLES[op.role] = op
    return op


def _rules(stated: Rule | Sequence[Rule | None] | None) -> tuple[Rule | None, ...] | None:
    """One rule per input, as a tuple."""
    if stated is None:
        return None
    return (stated,) if callable(stated) else tuple(stated)


def lookup(name: str) -> Op | None:
    """The operator that a name in a file means: an alias, or a name with a library's prefix, is accepted."""
    for prefix in PREFIXES:
        if name.startswith(prefix):
            name = name[len(prefix) :]
            break
    found = ALIASES.get(name) or ALIASES.get(name.removeprefix("reduce_"))
    op = OPS[found] if found is not None else None
    return None if op is None or op.role in UNSPOKEN else op


def constant(graph: Graph, value: float, kind: str = "float") -> Node:
    """The node of a scalar constant; 0.0 and -0.0 are two nodes, all NaN are one."""
    # A float is its own key but for those that are equal to another: large files have many constants.
    key: Any = value
    if value != value:
        key = ("nan", kind)
    elif not value or kind != "float":
        key = (value, math.copysign(1.0, value), kind)
    node = graph.constants.get(key)
    if node is None:
        node = graph.constants[key] = graph.add(ROLES["constant"], (), (value,), (), kind)
    return node


def is_constant(node: Node, value: float | None = None) -> bool:
    """Whether the node is a scalar constant, of that value if one is given."""
    return node.op.role == "constant" and (value is None or node.attributes[0] == value)


def leaf(graph: Graph, name: str, declared: str, shape: Shape, kind: str = "float") -> Node:
    """The node of a declared name; each declaration is a node of its own."""
    return graph.create(ROLES["leaf"], (), (name, declared, graph.count), shape, kind)


def alias(node: Node, name: str) -> Node:
    """The node of a named expression: equal in value, but a place of its own to differentiate at, to stop or to record."""
    return node.graph.create(ROLES["alias"], (node,), (name, node.graph.count), node.shape, node.kind)


def lift(graph: Graph, value: Any) -> Node:
    """A node for a number, a boolean or a bracketed list."""
    if isinstance(value, Node):
        return value
    if isinstance(value, Items):
        return stack_items(graph, value)
    if isinstance(value, bool):
        return constant(graph, value, "bool")
    if isinstance(value, (int, float)):
        return constant(graph, float(value))
    if value is None or hasattr(value, "code"):
        # A gradient that is none is its reason.
        why = "" if value is None else f": {value.message}"
        hint = "a gradient that is none can only be tested with `is none`"
        raise OperandError("argument", f"none is not a number{why}", hint)
    raise OperandError("argument", f"{value!r} is not a number")


MAX_RANK = 32


def stack_items(graph: Graph, items: Items) -> Node:
    """A bracketed list as a tensor; all its entries must have one shape."""
    depth, probe = 0, items
    while isinstance(probe, Items) and probe:
        depth, probe = depth + 1, probe[0]
    if depth > MAX_RANK:
        raise OperandError("limit", f"brackets nested {depth} deep make a tensor of more than {MAX_RANK} axes")
    if not items:
        return build(ROLES["zeros"], (), ((0,),), graph=graph)
    parts = [lift(graph, item) for item in items]
    for part in parts:
        if part.shape != parts[0].shape:
            raise OperandError(
                "shape", f"the entries of a list must have one shape, not {text(parts[0].shape)} and {text(part.shape)}"
            )
    if all(part.op.role == "constant" and part.kind == "float" for part in parts) or all(
        part.op.role == "tensor" for part in parts
    ):
        flat = tuple(
            number for part in parts for number in (part.attributes[1] if part.op.role == "tensor" else part.attributes)
        )
        return build(ROLES["tensor"], (), ((len(parts), *parts[0].shape), flat), graph=graph)
    return build(ROLES["stack"], tuple(parts), (0,))


def build(
    op: Op, operands: Sequence[Any], attributes: tuple[Any, ...], graph: Graph | None = None, prepared: bool = False
) -> Node:
    """The node of an operation: operands lifted, shapes checked, identities that are exact applied, interned."""
    if graph is None:
        graph = graph_of(operands)
    inputs = tuple([each if type(each) is Node else lift(graph, each) for each in operands])
    shape: Shape = ()
    if op.partials is None or op.prepare is not None or not _scalars(inputs):
        inputs, attributes, shape = _fitted(op, inputs, attributes, prepared)
    if op.simplify is not None:
        simple: Node | None = op.simplify(inputs, *attributes)
        if simple is not None and simple.shape == shape:
            return simple
    return graph.intern(op, inputs, attributes, shape, _kind(op, inputs))


def _scalars(inputs: tuple[Node, ...]) -> bool:
    """Whether all inputs are real numbers: there is nothing to convert and no shape to find."""
    for each in inputs:  # noqa: SIM110 - every operation comes by here, and a generator takes twice as long
        if each.shape or each.kind != "float":
            return False
    return True


def _fitted(
    op: Op, inputs: tuple[Node, ...], attributes: tuple[Any, ...], prepared: bool
) -> tuple[tuple[Node, ...], tuple[Any, ...], Shape]:
    """Inputs and attributes as the operator takes them, and the shape of its result."""
    if op.kind in ("float", "promote"):
        inputs = tuple(each if each.kind != "bool" else ROLES["number"](each) for each in inputs)
    if op.prepare is not None and not prepared:
        attributes = op.prepare(inputs, *attributes)
    if op.partials is None:
        assert op.shape is not None, op.name
        return inputs, attributes, op.shape(inputs, *attributes)
    shape = () if all(each.shape == () for each in inputs) else broadcast(*[each.shape for each in inputs])
    if shape and len(inputs) > 1:
        inputs = _shed_broadcasts(inputs, shape)
    return inputs, attributes, shape


def graph_of(operands: Sequence[Any]) -> Graph:
    """The graph of the first node inside nested lists."""
    if operands and type(operands[0]) is Node:
        return operands[0].graph
    stack = list(operands)
    while stack:
        each = stack.pop()
        if isinstance(each, Node):
            return each.graph
        if isinstance(each, (tuple, list)):
            stack.extend(each)
    raise OperandError("argument", "an operator needs at least one operand from the graph")


def _shed_broadcasts(inputs: tuple[Node, ...], shape: Shape) -> tuple[Node, ...]:
    """Drops explicit broadcasts that the element-wise operator would do by itself."""
    for index, each in enumerate(inputs):
        if each.op.role == "broadcast":
            trial = (*inputs[:index], each.inputs[0], *inputs[index + 1 :])
            if broadcast(*[other.shape for other in trial]) == shape:
                inputs = trial
    return inputs


def _kind(op: Op, inputs: tuple[Node, ...]) -> str:
    if op.kind == "float":
        return "float"
    if op.kind == "promote":
        return "int" if inputs and inputs[0].kind == "int" and all(each.kind == "int" for each in inputs) else "float"
    if op.kind == "select":
        inputs = inputs[1:]
    if op.kind in ("same", "select"):
        kinds = {each.kind for each in inputs}
        return "float" if "float" in kinds or not kinds else "int" if "int" in kinds else "bool"
    return op.kind
