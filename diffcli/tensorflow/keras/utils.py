"""tf.keras.utils."""

from __future__ import annotations

import random
from typing import Any

import numpy as np

from .. import randomness
from .listing import listed
from .naming import clear_session


def set_random_seed(seed: int) -> None:
    """The same random numbers in each run of the program, those of Python and NumPy among them."""
    random.seed(seed)
    np.random.seed(seed)
    randomness.set_seed(seed)


def to_categorical(x: Any, num_classes: int | None = None) -> Any:
    """Class numbers as rows with a 1 at the class."""
    classes = np.asarray(x, "int64")
    if len(classes.shape) > 1 and classes.shape[-1] == 1:
        classes = classes[..., 0]
    count = num_classes or int(classes.max()) + 1
    if classes.size and not 0 <= classes.min() <= classes.max() < count:
        raise ValueError(f"there are {count} classes: labels are 0 to {count - 1}")
    return np.eye(count)[classes]


__getattr__, __dir__ = listed(
    "keras.utils",
    {"set_random_seed": set_random_seed, "to_categorical": to_categorical, "clear_session": clear_session},
)
