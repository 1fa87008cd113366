"""What stands for a gradient where no path leads: nothing, or zeros."""

from __future__ import annotations

from enum import Enum
from typing import Any

import numpy as np

from . import conversion


class UnconnectedGradients(Enum):
    """none: None where no path leads to a source; zero: zeros of its shape and type."""

    NONE = "none"
    ZERO = "zero"


def wants_zeros(given: Any) -> bool:
    """Whether the argument asks for zeros; anything but its two values is an error."""
    try:
        return UnconnectedGradients(given) is UnconnectedGradients.ZERO
    except ValueError:
        raise ValueError(f"Unknown value for unconnected_gradients: {given!r}") from None


def zeros(shape: Any, dtype: Any) -> Any:
    """Zeros as a tensor with its value."""
    return conversion.from_array(np.zeros(tuple(shape), dtype.numpy), dtype)
