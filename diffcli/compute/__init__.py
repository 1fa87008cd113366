"""From a request to a result: what the command line and the Python interface share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .request import Request

if TYPE_CHECKING:
    from .derive import evaluate, gradient
    from .formulas import formula
    from .matrices import hessian, jacobian
    from .products import hvp, jvp, vjp
    from .selftest import self_test

# Where each question is answered; a command imports the file of its own question and no other.
HOMES = {
    "evaluate": "derive",
    "gradient": "derive",
    "jacobian": "matrices",
    "hessian": "matrices",
    "jvp": "products",
    "vjp": "products",
    "hvp": "products",
    "formula": "formulas",
    "self_test": "selftest",
}


def __getattr__(name: str) -> Any:
    if name not in HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{HOMES[name]}"), name)


__all__ = ["Request", "evaluate", "formula", "gradient", "hessian", "hvp", "jacobian", "jvp", "self_test", "vjp"]
