"""The logistic function and its integral in lanes, from exp(-|x|) and log(1 + exp(-|x|))."""

from __future__ import annotations

from ..lanes import Lane, Lanes, function
from .exponential import LN2, decay

# (log((1 + s) / (1 - s)) - 2 * s) / s**3 in z = s * s, z <= 1/9: weighted least squares on Chebyshev nodes, weight z,
# rounded one by one; error times z 3e-18.
SOFTPLUS = (
    0.666666666666663,
    0.4000000000015894,
    0.2857142854769894,
    0.22222223977276376,
    0.1818174370204973,
    0.15386564137974415,
    0.13300922093156162,
    0.12106479560423858,
    0.08338395655518711,
    0.17021776191865312,
)


def log_one_plus(v: Lanes, e: Lane) -> Lane:
    """log(1 + e) for e in [0, 1]: the method of fdlibm's e_log.c, without its reduction."""
    s = e / (e + 2.0)
    z = s * s
    half = e * (e * 0.5)
    return e - (half - s * v.fma(z, v.split_polynomial(z, z * z, SOFTPLUS), half))


@function
def sigmoid(v: Lanes, x: Lane) -> Lane:
    """1 / (1 + exp(-x)); at most 1.4 ulp."""
    return share(v, x, x < 0.0)


@function
def sigmoid_minus(v: Lanes, x: Lane) -> Lane:
    """1 / (1 + exp(x)); at most 1.4 ulp."""
    return share(v, x, x > 0.0)


def share(v: Lanes, x: Lane, small: Lane) -> Lane:
    """e / (1 + e) where small, else 1 / (1 + e), with e = exp(-|x|): from the inverse of 1 + e, and what both lose."""
    e = decay(v, x)
    total, low = v.fast_sum(v.constant(1.0), e)
    inverse = 1.0 / total
    part = v.select(small, e, 1.0)
    quotient = part * inverse
    left = v.fma(-quotient, low, v.minus_product(part, quotient, total))
    return v.fma(left, inverse, quotient)


@function
def softplus(v: Lanes, x: Lane) -> Lane:
    """log(1 + exp(x)); at most 1.8 ulp."""
    return v.select(x > 0.0, x, 0.0) + log_one_plus(v, decay(v, x))


@function
def log_sigmoid(v: Lanes, x: Lane) -> Lane:
    """-log(1 + exp(-x)); at most 1.8 ulp."""
    return v.select(x < 0.0, x, -0.0) - log_one_plus(v, decay(v, x))


@function
def logaddexp(v: Lanes, x: Lane, y: Lane) -> Lane:
    """log(exp(x) + exp(y)) as the larger one and log(1 + exp(-|x - y|))."""
    larger = v.select(x > y, x, y) + log_one_plus(v, decay(v, x - y))
    return v.select(x.equals(y), x + LN2, larger)
