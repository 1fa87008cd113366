"""The Python interface: the names that `diffcli` offers. Everything here is imported when it is first used."""

from ..lang.limits import Limits
from .checking import check_grads
from .errors import DiffError
from .function import Function
from .operators import define, undefine
from .program import Program, load, parse
from .values import Values

for _public in (DiffError, Function, Program, Values, check_grads, define, load, parse, undefine):
    _public.__module__ = "diffcli"  # as messages and help name them

__all__ = [
    "DiffError",
    "Function",
    "Limits",
    "Program",
    "Values",
    "check_grads",
    "define",
    "load",
    "parse",
    "undefine",
]
