"""A program of a user: prices options, finds implied volatilities, fits a curve and explains what went wrong.

Run by tests/test_api_typing.py, and checked by mypy --strict together with the package.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import diffcli

Vector = NDArray[np.float64]
SAMPLES = Path(__file__).resolve().parents[1] / "samples"
OPTION = """
input S; input K = 90; input r = 0.03; input v; input T = 0.5
def Phi(z) = 0.5 * (1 + erf(z / sqrt(2)))
d1 = (ln(S / K) + (r + v**2 / 2) * T) / (v * sqrt(T))
price = S * Phi(d1) - K * exp(-r * T) * Phi(d1 - v * sqrt(T))
"""
CURVE = """
input t: [n]
input seen: [n]
var w = [1, 1]
model = w[0] * (1 - exp(-w[1] * t))
loss = sum((seen - model)**2)
output loss
"""


def implied_volatility(price: Callable[..., tuple[float, float]], spot: float, target: float) -> float:
    """Newton's method on a compiled pair of value and gradient."""
    volatility = 0.3
    for _ in range(50):
        found, vega = price(spot, volatility)
        step = (found - target) / vega
        volatility -= step
        if abs(step) < 1e-14:
            break
    return volatility


def conjugate_gradients(product: Callable[[Vector], Vector], right: Vector, steps: int) -> Vector:
    """Solves with a matrix that is known by its products alone."""
    x = np.zeros_like(right)
    residual = right.copy()
    direction = residual.copy()
    for _ in range(steps):
        image = product(direction)
        length = float(residual @ residual) / float(direction @ image)
        x += length * direction
        after = residual - length * image
        if float(after @ after) == 0.0:
            break
        direction = after + float(after @ after) / float(residual @ residual) * direction
        residual = after
    return x


def fitted(times: Vector, seen: Vector) -> Vector:
    """Newton's method, each step by Hessian-vector products."""
    program = diffcli.parse(CURVE, name="curve").at(t=times, seen=seen)
    gradient, product = program.grad("w"), program.hvp("w")
    w: Vector = np.array([2.0, 0.6])
    for _ in range(20):

        def image(direction: Vector, here: Vector = w) -> Vector:
            return np.asarray(product(direction, w=here), np.float64)

        w = np.subtract(w, conjugate_gradients(image, gradient(w=w), 2))
    return w


def greeks(option: diffcli.Program, spots: Vector) -> dict[str, Vector]:
    """Price and sensitivities of many spots at once."""
    price, slopes = option.grad(["S", "v"], value=True).rows({"S": spots, "v": 0.3})
    return {"price": price, "delta": slopes["S"], "vega": slopes["v"]}


def decay(times: Vector, seen: Vector) -> tuple[float, float, float]:
    """The rate of a decay with its error, and the upper end of the model's band at the last time."""
    found = diffcli.fit("a * exp(-k * t)", {"t": times}, observed=seen, start={"a": 1, "k": 1}, bounds={"k": (0, None)})
    row = found.parameters["k"]
    error = row.standard_error
    assert error is not None and found.covariance.shape == (2, 2)
    return row.value, error, float(found.predict(t=times[-1:]).upper[0])


def trained(times: Vector, seen: Vector) -> Vector:
    """The curve by Adam, stopped by a callback; the program that comes out computes with the trained values."""

    def enough(progress: diffcli.Progress) -> bool:
        return progress.epoch is not None and progress.logs["loss"] < 1e-20

    result: diffcli.Trained = diffcli.parse(CURVE, name="curve").minimize(
        {"t": times, "seen": seen}, optimizer="adam", learning_rate=0.05, epochs=2000, batch_size=None, callback=enough
    )
    assert result.loss == result.program(t=times, seen=seen)
    return np.asarray(result.variables["w"], np.float64)


def reasons(text: str, **at: float) -> dict[str, str]:
    """Why gradients are what they are, in words."""
    rows = diffcli.parse(text).at(**at).explain(["x", "y"]).gradients
    return {row.wrt: row.status if row.reason is None else f"{row.status}: {row.reason.code}" for row in rows}


def main(write: Callable[[str], object] = sys.stdout.write) -> int:
    """Prints what it found; the exit code is 1 when a check fails."""
    option = diffcli.parse(OPTION, name="option")
    price = option.grad("v", value=True).compile("S", "v")
    write(f"implied {implied_volatility(price, 100.0, float(option(S=100.0, v=0.25))):.12f}\n")
    table = greeks(option, np.linspace(80.0, 120.0, 5))
    write(f"delta {table['delta'][0]:.6f} to {table['delta'][-1]:.6f}\n")
    times = np.linspace(0.1, 5.0, 40)
    write(f"fit {np.round(fitted(times, 2.5 * (1 - np.exp(-0.8 * times))), 9).tolist()}\n")
    write(f"trained {np.round(trained(times, 2.5 * (1 - np.exp(-0.8 * times))), 6).tolist()}\n")
    rate, error, upper = decay(times, 3 * np.exp(-0.7 * times) + 0.01 * np.cos(40 * times))
    write(f"decay {rate:.2f} {error < 0.01} {upper > 3 * np.exp(-0.7 * 5.0)}\n")
    diffcli.define("softstep", lambda x: x / (1 + abs(x)), partials="1 / (1 + abs(x))**2", replace=True)
    own = diffcli.parse("softstep(3 * x) * y")
    write(f"own {own.grad('x')(x=0.5, y=2.0)} {own.formula('x')}\n")
    write(f"reasons {reasons('var x = 1; frozen y = 2; log(x) + floor(y)', x=0.0)}\n")
    try:
        diffcli.parse("2x + sin(1, 2)")
    except diffcli.DiffError as error:
        write(f"refused: {error.diagnostics[0].code} {error.diagnostics[0].message}\n")
    sample = diffcli.load(SAMPLES / "classics" / "rosenbrock.expr")
    return 0 if diffcli.check_grads(sample).passed else 1


if __name__ == "__main__":
    sys.exit(main())
