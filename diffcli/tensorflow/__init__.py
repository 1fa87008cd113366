"""TensorFlow's words for the engine of diffcli: `import diffcli.tensorflow as tf`.

Operations are carried out at once, or describe a graph that a `Session` runs, as in TensorFlow; tapes, forward
accumulators and `tf.gradients` differentiate by the operators of diffcli. The rules of what is differentiated are
TensorFlow's; where its number is a known defect the mathematical one is given, unless `tf.strict()` asks for
TensorFlow's. What there is not is an AttributeError that names it.
"""

from __future__ import annotations

from typing import Any

from . import autodiff, compat, dtypes, errors, linalg, math, nn, random, test
from .conversion import constant, convert_to_tensor
from .custom import custom_gradient
from .decorating import function
from .graph_mode import Graph
from .placeholders import placeholder
from .session import Session
from .settings import strict
from .spaces import ROOT as _ROOT
from .spaces import found as _found
from .symbolic import gradients, hessians
from .tape import GradientTape
from .tensor import Tensor
from .unconnected import UnconnectedGradients
from .variable import Variable

__all__ = [
    "GradientTape",
    "Graph",
    "Session",
    "Tensor",
    "UnconnectedGradients",
    "Variable",
    "autodiff",
    "compat",
    "constant",
    "convert_to_tensor",
    "custom_gradient",
    "dtypes",
    "errors",
    "function",
    "gradients",
    "hessians",
    "linalg",
    "math",
    "nn",
    "placeholder",
    "random",
    "strict",
    "test",
]
# Parts that a program may well do without, by the modules that they are.
_LATER = {
    **{name: name for name in ("data", "keras", "summary", "train")},
    **{name: f"keras.{name}" for name in ("initializers", "losses", "metrics", "optimizers")},
}


def __getattr__(name: str) -> Any:
    if name in _LATER:
        from importlib import import_module

        return import_module(f"{__name__}.{_LATER[name]}")
    return _found("", name)


def __dir__() -> list[str]:
    return sorted({*__all__, *_LATER, *_ROOT})
