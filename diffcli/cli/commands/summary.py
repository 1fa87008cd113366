"""The layers of a file with output shapes and numbers of parameters, as Keras prints a model."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from diffcli.cli.each import run_each
from diffcli.cli.options import LIMITING, PRINTING, READING
from diffcli.cli.summary_options import SummaryOptions

if TYPE_CHECKING:
    from diffcli.cli.env import Environment

OPTIONS = SummaryOptions
EXAMPLES = """\
  diffcli summary network.expr
  diffcli summary network.expr --variables
  diffcli summary network.expr --trainable --format markdown
  diffcli summary network.expr --json
"""
SHOWING = tuple(name for name in PRINTING if name != "digits")
TAKES = (*READING, "variables", "trainable", *SHOWING, *LIMITING)


def run(options: SummaryOptions, environment: Environment) -> int:
    """Print the layers and what they hold."""
    from diffcli.compute.summary import summarize
    from diffcli.results_summary import SummaryResult, TrainableSummaryResult, VariablesResult

    kind = VariablesResult if options.variables else TrainableSummaryResult if options.trainable else SummaryResult
    return run_each(options, environment, partial(summarize, kind=kind), kind.blank())
