"""The commands, each stated once: its word here, and a file of its name with EXAMPLES, TAKES and run(options, environment)."""

from __future__ import annotations

from typing import NamedTuple


class Command(NamedTuple):
    """A word of the command line, the group it is listed in, and what it answers."""

    name: str
    group: str
    help: str


COMMANDS = (
    Command("eval", "differentiate", "values of the targets"),
    Command("grad", "differentiate", "gradients, watched variables, stopped nodes"),
    Command("jacobian", "differentiate", "every target element by every source element"),
    Command("hessian", "differentiate", "second derivatives, as full matrices"),
    Command("jvp", "differentiate", "Jacobian times a seed, by forward mode"),
    Command("vjp", "differentiate", "a seed times the Jacobian, by reverse mode"),
    Command("hvp", "differentiate", "Hessian times a seed, without the matrix"),
    Command("diff", "differentiate", "the derivative as a formula, text or LaTeX"),
    Command("why", "understand", "why a gradient is none, zero, NaN or infinite, and what to type"),
    Command("trace", "understand", "the tape: values, local partials, adjoints"),
    Command("check", "understand", "every gradient in four ways, or against your own"),
    Command("graph", "understand", "the op graph with values, adjoints and cuts, as a picture"),
    Command("plot", "understand", "value and derivatives along an input, as curves"),
    Command("propagate", "understand", "the uncertainty of a result, and the budget it is made of"),
    Command("ops", "understand", "the operators with rule and conventions"),
    Command("explain", "understand", "a diagnostic or a reason in full"),
    Command("minimize", "optimise", "trains the variables: gradients, clipping, updates"),
    Command("fit", "optimise", "least squares: parameters with errors and covariance"),
    Command("summary", "optimise", "layers and variables with shapes and parameter counts"),
    Command("batch", "files", "one of these commands on many files, each with a record"),
    Command("test", "files", "run the expect lines of files"),
    Command("fmt", "files", "the one layout of expression files, comments kept"),
    Command("repl", "files", "statements one by one, and every command on them"),
    Command("completion", "files", "completion for your shell"),
)
