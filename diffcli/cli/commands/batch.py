"""One command on many files: a record for each, whatever becomes of the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diffcli.cli.options import DIFFERENTIATING, LIMITING, ON_FILES, PRINTING

if TYPE_CHECKING:
    from diffcli.cli.env import Environment
    from diffcli.cli.options import Options

EXAMPLES = """\
  diffcli batch samples --format ndjson
  diffcli batch samples 'models/**/*.expr' --do test --junit report.xml
  diffcli batch models --do check --timeout 10 --summary --format plain
  find . -name '*.expr' | diffcli batch --from - --resume done.ndjson
"""
ASKED = ("at", "dtype", *DIFFERENTIATING, "grad_ys", "sparse", "against", "points", "seed")
TAKES = ("paths", *ON_FILES, *ASKED, *PRINTING, *LIMITING)


def run(options: Options, environment: Environment) -> int:
    """Print a record for every file; the exit code is the worst of theirs."""
    from diffcli.cli.batching.run import run_batch

    return run_batch(options, environment)
