"""A Hessian of three diagonals and a Jacobian of five, per call: ours and CasADi's are sparse, JAX's is dense."""

from __future__ import annotations

from typing import Any

from .. import matrices
from ..comparing import Case, Settings, compare_peers
from ..report import bar, bar_lines, by_case, comparison

# How many times as fast as the dense matrix of JAX, and what part of CasADi's speed.
LEAST = {"jax": 8.0, "casadi": 1 / 3}


def arguments(kind: str, size: int) -> tuple[Any, ...]:
    """The point."""
    return (matrices.point(size),)


def run(settings: Settings) -> dict[str, Any]:
    """Both matrices, n = 1000."""
    size = matrices.SIZE
    x = matrices.point(size)
    cases = [
        Case(
            "hessian",
            "hessian",
            f"Hessian of Rosenbrock, n = {size}",
            (size,),
            lambda: [matrices.rosenbrock_hessian(x)],
        ),
        Case(
            "hessian",
            "jacobian",
            f"Jacobian of five diagonals, n = {size}",
            (size,),
            lambda: [matrices.banded_jacobian(x)],
        ),
    ]
    found = compare_peers(settings, cases)
    bars = [
        bar(f"{each.case}: against {each.peer}", each.ratios["diffcli"], least=LEAST[each.peer])
        for each in found
        if each.peer in LEAST and each.ratios and "diffcli" in each.ratios
    ]
    return {"measurements": [each._asdict() for each in found], "bars": bars}


def lines(result: dict[str, Any]) -> list[str]:
    """One table a matrix."""
    text = []
    for name, found in by_case(result["measurements"]).items():
        text += comparison(name, found, 1e6, "us")
    return [*text, "", *bar_lines(result["bars"])]
