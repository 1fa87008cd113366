"""The Python interface: the names that `diffcli` offers. Everything here is imported when it is first used."""

from ..lang.limits import Limits
from .checking import check_grads
from .errors import DiffError
from .fitting import Fitted, Prediction, fit
from .function import Function
from .operators import define, undefine
from .program import Program, load, parse
from .trained import Progress, Trained
from .training import minimize
from .values import Values

_CLASSES = (DiffError, Fitted, Function, Prediction, Program, Progress, Trained, Values)
for _public in (*_CLASSES, check_grads, define, fit, load, minimize, parse, undefine):
    _public.__module__ = "diffcli"  # as messages and help name them

__all__ = [
    "DiffError",
    "Fitted",
    "Function",
    "Limits",
    "Prediction",
    "Program",
    "Progress",
    "Trained",
    "Values",
    "check_grads",
    "define",
    "fit",
    "load",
    "minimize",
    "parse",
    "undefine",
]
