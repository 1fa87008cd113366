"""A recorded tape of 100 operations on single numbers with its gradient, in TensorFlow's words."""

from __future__ import annotations

import math
from typing import Any

ROUNDS, START = 25, 1.1
OPERATIONS = 4 * ROUNDS


def recorded(tf: Any, x: Any) -> tuple[Any, Any]:
    """The value of the last operation and the gradient, each operation recorded when it is carried out."""
    with tf.GradientTape() as tape:
        y = x
        for _ in range(ROUNDS):
            y = y * x
            y = y + x
            y = tf.sin(y)
            y = y - 0.5
    return y, tape.gradient(y, x)


def derived() -> tuple[float, float]:
    """The same by hand, in double precision."""
    y, slope = START, 1.0
    for _ in range(ROUNDS):
        y, slope = y * START, slope * START + y
        y, slope = y + START, slope + 1.0
        y, slope = math.sin(y), slope * math.cos(y)
        y = y - 0.5
    return y, slope
