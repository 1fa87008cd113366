"""The optimizer record and its table: an update rule is stated once, in nodes, so that a whole training step is one program.

Rules are those of TensorFlow: `keras` as tf.keras.optimizers has them, `tf1` as tf.train does. Letters as in the rules of
operators: w a variable, g its gradient.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import inf
from typing import NamedTuple

from ..graph import Node

Settings = Mapping[str, float]
Nodes = Mapping[str, Node]

# What every optimizer of Keras takes beside its own settings; 0 means off.
GENERAL = {"weight_decay": 0.0, "clipnorm": 0.0, "clipvalue": 0.0, "global_clipnorm": 0.0}


class Range(NamedTuple):
    """The numbers that a setting can be; `below` says that the upper end is none of them."""

    low: float = -inf
    high: float = inf
    below: bool = False

    def has(self, value: float) -> bool:
        """Whether a number is in the range; NaN is in none."""
        return self.low <= value <= self.high and not (self.below and value == self.high)

    def __str__(self) -> str:
        if self.high == inf:
            return f"{self.low:g} or more"
        if self.low == -inf:
            return f"{self.high:g} or less"
        return f"from {self.low:g} to {'below ' if self.below else ''}{self.high:g}"


# What each setting that is a number can be, in whatever optimizer: outside, a rule has no meaning.
RANGES = {
    **dict.fromkeys(("momentum", "rho"), Range(0.0, 1.0)),
    **dict.fromkeys(("beta_1", "beta_2"), Range(0.0, 1.0, below=True)),
    **dict.fromkeys(("epsilon", "initial_accumulator_value", "beta"), Range(0.0)),
    **dict.fromkeys(("l1_regularization_strength", "l2_regularization_strength"), Range(0.0)),
    "l2_shrinkage_regularization_strength": Range(0.0),
    "learning_rate_power": Range(high=0.0),
    **dict.fromkeys(GENERAL, Range(0.0)),
}


class Moment(NamedTuple):
    """Where in the training an update happens: the learning rate, the number of the step from 1, and the shared numbers."""

    rate: Node
    step: Node
    shared: Nodes


class Optimizer(NamedTuple):
    """One optimizer in one variant.

    settings: the names that Keras has for them, with their defaults · rate: the default learning rate, None where
    TensorFlow has none · slots: what is kept for each variable, in its shape, and the number that it starts from ·
    update: the variable and its slots after a step · shared: numbers that all variables have in common, and what they
    are in this step (computed before the update).
    """

    name: str
    variant: str
    doc: str
    settings: Settings
    update: Callable[[Node, Node, Nodes, Moment, Settings], tuple[Node, Nodes]]
    slots: Callable[[Settings], Mapping[str, float]] = lambda settings: {}
    rate: float | None = 0.001
    shared: Mapping[str, float] = {}
    share: Callable[[Nodes, Node, Settings], Nodes] = lambda shared, count, settings: shared


# name -> variant -> optimizer
OPTIMIZERS: dict[str, dict[str, Optimizer]] = {}


def define(optimizer: Optimizer) -> Optimizer:
    """States an optimizer; it belongs to no variant twice."""
    variants = OPTIMIZERS.setdefault(optimizer.name, {})
    assert optimizer.variant not in variants, optimizer.name
    if optimizer.variant == "keras":
        optimizer = optimizer._replace(settings={**GENERAL, **optimizer.settings})
    variants[optimizer.variant] = optimizer
    return optimizer


def average(old: Node, new: Node, share: float) -> Node:
    """The running average that keeps this share of what was there."""
    return share * old + (1.0 - share) * new
