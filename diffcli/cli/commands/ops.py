"""The operators of the language, from their registry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from diffcli.cli.errors import UsageError
from diffcli.cli.options import PRINTING
from diffcli.cli.printing import Printer
from diffcli.render import Outcome

if TYPE_CHECKING:
    from diffcli.cli.env import Environment
    from diffcli.cli.options import Options
    from diffcli.results import OperatorRow

EXAMPLES = """\
  diffcli ops
  diffcli ops tanh
  diffcli ops tf.nn.relu --json
"""
PREFIXES = {"neg": "-", "not": "not "}
TAKES = ("operators", *PRINTING)


def run(options: Options, environment: Environment) -> int:
    """Print all operators, or the named ones in full."""
    from diffcli.results import OpsResult

    printer = Printer(options, environment)
    rows = tuple(row(op) for op in chosen(options.operators or []))
    printer.print([Outcome(OpsResult(rows))], OpsResult.blank(), False)
    return 0


def chosen(names: list[str]) -> list[Any]:
    """The named operators, or all that the language offers."""
    from diffcli.engine import ops as _ops  # noqa: F401 - filling the registry is what this import is for
    from diffcli.engine.op import ALIASES, OPS, lookup

    if not names:
        return [op for op in OPS.values() if not op.hidden]
    found = []
    for name in names:
        op = lookup(name)
        if op is None:
            from diffcli.diagnostic import closest

            near = closest(name, [*OPS, *ALIASES])
            raise UsageError(f"unknown operator {name}", f"did you mean {near}?" if near else "diffcli ops lists them")
        found.append(op)
    return found


def row(op: Any) -> OperatorRow:
    """What a user reads about an operator."""
    from diffcli.results import OperatorRow

    return OperatorRow(
        name=op.name,
        doc=op.doc,
        family=op.family,
        signature=signature(op),
        aliases=tuple(op.aliases),
        rule=op.rule,
        conventions=tuple(convention.text for convention in op.conventions),
        latex=latex(op),
        edges=tuple(map(edge, op.edge)),
    )


def latex(op: Any) -> str:
    """The operator in LaTeX, with the names of its parameters in place."""
    text: str = op.latex
    try:
        return text.format(*(each.name for each in op.parameters))
    except (IndexError, KeyError, ValueError):
        return text


def edge(each: Any) -> str:
    """A special point in words: the gradient there, who says so, and TensorFlow's where it is another."""
    strict = "" if each.strict is None else f"; with --strict-tf {values(each.strict)}"
    return f"at {values(each.at)} the gradient is {values(each.gradient)} ({each.source}){strict}"


def values(given: tuple[Any, ...]) -> str:
    """One value, or several in brackets, with none as the language spells it."""
    texts = [str(each).replace("None", "none") for each in given]
    return texts[0] if len(texts) == 1 else f"({', '.join(texts)})"


def signature(op: Any) -> str:
    """How the operator is called: `sum(x, axis=none, keepdims=false)`, or between its operands."""
    from diffcli.engine.op import REQUIRED

    if op.infix and len(op.parameters) == 2:
        return f" {op.infix} ".join(each.name for each in op.parameters)
    if op.infix:
        return f"{PREFIXES.get(op.infix, op.infix)}{op.parameters[0].name}"
    words = {None: "none", True: "true", False: "false"}
    parts = []
    for each in op.parameters:
        text = f"{each.name}, ..." if each.variadic else each.name
        default = each.default
        parts.append(
            text
            if default is REQUIRED
            else f"{text}={words[default] if default is None or isinstance(default, bool) else default}"
        )
    return f"{op.name}({', '.join(parts)})"
