"""The table of operators, one family a file."""

from importlib import import_module

from ..op import OPS

FAMILIES = (
    "leaves",
    "arithmetic",
    "elementary",
    "trigonometric",
    "hyperbolic",
    "piecewise",
    "logistic",
    "special",
    "activation",
    "shaping",
    "joining",
    "creation",
    "selection",
    "reductions",
    "scans",
    "norms",
    "linalg",
    "matrices",
    "einsum",
    "determinants",
    "control",
    "losses",
    "metrics",
    "random",
    "layers",
    "derivatives",
)

for _family in FAMILIES:
    _before = len(OPS)
    import_module(f"{__name__}.{_family}")
    for _op in list(OPS.values())[_before:]:
        _op.family = _family
