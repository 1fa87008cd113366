"""Elementary functions in vector code, each written once against the builder of lanes. Importing this states them all."""

from . import (
    exponential,
    gaussian,
    hyperbolic,
    inverse_trigonometric,
    logarithm,
    logistic,
    power,
    remainder,
    trigonometric,
)

__all__ = [
    "exponential",
    "gaussian",
    "hyperbolic",
    "inverse_trigonometric",
    "logarithm",
    "logistic",
    "power",
    "remainder",
    "trigonometric",
]
