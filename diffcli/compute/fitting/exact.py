"""The last digits of residuals that are hardly more than rounding, in 50 digits.

Where a model fits its data almost exactly, residuals are small differences of large numbers, and double precision leaves few digits of
them. They are computed anew in long numbers then, from the data as it is written: the shortest decimal of each number.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .equations import Equations
from .solve import Solution, System, rounding_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

# Where this part of the residuals is rounding, they are computed in long numbers; up to so many of them.
COARSE, MOST = 1e-8, 5000
ROUNDS = 8


def refined(equations: Equations, system: System, solution: Solution) -> tuple[Solution, str]:
    """The solution with its last digits, and what to say where the residuals are rounding all the same."""
    share = rounding_of(system, solution.x)
    if share < COARSE or system.loss != "linear" or not solution.converged:
        return solution, ""
    few = f"the residuals are so small that about {share:.0e} of them is rounding, and so of what follows from them"
    if equations.points > MOST:
        return solution, few
    try:
        from ...engine.run import precise
    except ImportError:
        return solution, f'{few}; with pip install "diffcli[check]" they are computed in 50 digits'
    try:
        found = _in_long_numbers(equations, system, solution)
    except precise.Unavailable as error:
        return solution, f"{few}: {error}"
    told = "the residuals are so small that they were computed in 50 digits, from the shortest decimals of the data"
    return (solution, few) if found is None else (found, told)


def _in_long_numbers(equations: Equations, system: System, solution: Solution) -> Solution | None:
    """Gauss-Newton steps with residuals in long numbers and the Jacobian of doubles; None where they do not settle."""
    from ...engine.run.precise import mp

    jacobian = solution.jacobian[:, ~solution.active]
    if not jacobian.size:
        return None
    scale = np.linalg.norm(jacobian, axis=0)
    scale = np.where(scale > 0, scale, 1.0)
    x: list[Any] = [mp.mpf(each) for each in solution.x.tolist()]
    free = np.flatnonzero(~solution.active)
    last = np.inf
    for _ in range(ROUNDS):
        long = equations.long_residuals(x)
        size = max((abs(each) for each in long), default=mp.mpf(0))
        if not size:
            break
        relative = np.array([float(each / size) for each in long])
        step = -np.linalg.lstsq(jacobian / scale, relative, rcond=None)[0] / scale
        moved = float(np.linalg.norm(jacobian @ step) / np.linalg.norm(relative))
        if not moved < last:
            break
        last = moved
        for place, each in zip(free, step.tolist(), strict=True):
            x[place] += size * each
    if last > 1e-6:
        return None
    long = equations.long_residuals(x)
    cost = float(sum((each * each for each in long), mp.mpf(0)))
    near = np.array([float(each) for each in x])
    residuals = np.array([float(each) for each in long])
    return solution._replace(x=near, cost=cost, residuals=residuals, jacobian=system.jacobian(near))
