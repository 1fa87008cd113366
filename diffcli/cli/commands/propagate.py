"""The uncertainty of results: value, sensitivities, contributions, correlations, and two checks of the linear result."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diffcli.cli.each import run_each
from diffcli.cli.errors import UsageError
from diffcli.cli.options import LIMITING, ON_ROWS, PRINTING, READING
from diffcli.cli.propagating_options import PropagatingOptions

if TYPE_CHECKING:
    from diffcli.cli.env import Environment
    from diffcli.compute.propagation import Asked
    from diffcli.compute.request import Request
    from diffcli.document import Result

EXAMPLES = """\
  diffcli propagate pendulum.expr
  diffcli propagate -e 'm / V' --at m=2.5 --at V=0.9 --uncertainty m=0.01 \\
      --uncertainty V=0.02 --corr m,V=0.3
  diffcli propagate pendulum.expr --level 0.95 --monte-carlo 1000000 --seed 1
  diffcli propagate pendulum.expr --data readings.csv --map u.L=sigma_L
"""
OPTIONS = PropagatingOptions
OWN = ("coverage", "level", "uncertainty_order", "uncertainty_digits", "draws", "interval")
ROWS = tuple(each for each in ON_ROWS if each != "sample_seed")
PRINTED = tuple(each for each in PRINTING if each != "digits")
TAKES = (
    *READING,
    "of",
    "strict_tf",
    "fail_on",
    "uncertainties",
    "correlations",
    *OWN,
    "draw_seed",
    "explain_plan",
    *ROWS,
    *PRINTED,
    *LIMITING,
)


def run(options: PropagatingOptions, environment: Environment) -> int:
    """Print the budget of every target; the exit code says whether all went well."""
    from diffcli.compute.propagation import propagate
    from diffcli.results_propagate import PropagateResult

    if options.data:
        return run_on_rows(options, environment)
    asked = asked_of(options, environment)

    def compute(request: Request) -> Result:
        return propagate(request, asked)

    return run_each(options, environment, propagate if options.explain_plan else compute, PropagateResult.blank())


def run_on_rows(options: PropagatingOptions, environment: Environment) -> int:
    """Append value, uncertainty and contributions to every row of data."""
    from diffcli.cli.each import spelled
    from diffcli.cli.rowdata import run_rows
    from diffcli.compute.propagation import propagate

    for name in OWN:
        if getattr(options, name) != getattr(PropagatingOptions, name):
            raise UsageError(
                f"{spelled(name, PropagatingOptions)} takes no --data", "each row has one value and its uncertainty"
            )
    options.sample_seed = options.draw_seed
    return run_rows(options, environment, propagate)


def asked_of(options: PropagatingOptions, environment: Environment) -> Asked:
    """How to propagate, with mistakes in the options told before any file is read."""
    from diffcli.cli.progress import ProgressLine
    from diffcli.compute.propagation import Asked, demand_sense
    from diffcli.compute.propagation_monte_carlo import Draws

    if options.draws is None:
        for name, given in (("--seed", options.draw_seed), ("--interval", options.interval)):
            if given:
                raise UsageError(f"{name} needs --monte-carlo", "for example --monte-carlo 1000000 --seed 7")
    line = ProgressLine(environment, options.quiet)

    def tell(done: int, of: int) -> None:
        line.tell(lambda seconds: f"{done:,} of {of:,} draws, {done / seconds:,.0f} a second")
        if done == of:
            line.clear()

    draws = None
    if options.draws is not None:
        draws = Draws(options.draws, options.draw_seed, options.interval or "symmetric")
    order, digits = int(options.uncertainty_order), options.uncertainty_digits
    asked = Asked(options.coverage, options.level, order, digits, draws, tell)
    demand_sense(asked)
    return asked
