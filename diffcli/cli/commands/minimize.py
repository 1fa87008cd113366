"""Trains the variables of a file: gradients, clipping and an update in every step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diffcli.cli.options import LIMITING, PRINTING, READING
from diffcli.cli.training_options import ON_DATA, TrainingOptions

if TYPE_CHECKING:
    from diffcli.cli.env import Environment

EXAMPLES = """\
  diffcli minimize model.expr --optimizer sgd --learning-rate 0.1 --steps 100
  diffcli minimize model.expr --optimizer adam:beta_1=0.8 --until 'loss < 1e-6'
  diffcli minimize model.expr --clip-norm 6 --show-gradients --steps 3
  diffcli minimize net.expr --data train.csv --epochs 5 --validation-split 0.2
  diffcli minimize net.expr --data train.csv --epochs 50 --save weights.npz
"""
OPTIONS = TrainingOptions
TAKES = (
    *READING,
    "of",
    "optimizer",
    "variant",
    "learning_rate",
    "warmup_steps",
    "maximum_steps",
    "until",
    "var_list",
    "grad_loss",
    "clip_value",
    "clip_norm",
    "clip_global_norm",
    "stop",
    "tape",
    "watch",
    "watch_accessed",
    "strict_tf",
    "fail_on",
    "data",
    *ON_DATA,
    "seed",
    "metrics",
    "show_gradients",
    "history",
    "no_history",
    "history_file",
    "tensorboard",
    "plot",
    "save",
    "write_back",
    "checkpoint",
    "checkpoint_every",
    "go_on",
    *PRINTING,
    *LIMITING,
)


def run(options: TrainingOptions, environment: Environment) -> int:
    """Train, and print the variables; the exit code says whether what was asked for was reached."""
    from diffcli.cli.training import run_training

    return run_training(options, environment)
