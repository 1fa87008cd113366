"""Cold start: processor time of whole processes, ours and those that import a peer and compute one gradient."""

from __future__ import annotations

from typing import Any

from .. import cold_start
from ..comparing import Settings
from ..peers import version
from ..report import table

# The gradient of one short expression, as each peer would be asked for it in a script.
SCRIPTS = {
    "jax": "import jax, jax.numpy as n; print(jax.grad(lambda x: n.sin(x)*n.exp(x*0.7))(1.2))",
    "torch eager": "import torch as n; x = n.tensor(1.2, requires_grad=True); (n.sin(x)*n.exp(x*0.7)).backward(); print(x.grad)",
    "tf.function": "import tensorflow as n; x = n.Variable(1.2)\nwith n.GradientTape() as t: y = n.sin(x)*n.exp(x*0.7)\nprint(t.gradient(y, x))",
    "casadi": "import casadi as n; x = n.SX.sym('x'); print(n.Function('f', [x], [n.gradient(n.sin(x)*n.exp(x*0.7), x)])(1.2))",
    "autograd": "import autograd, autograd.numpy as n; print(autograd.grad(lambda x: n.sin(x)*n.exp(x*0.7))(1.2))",
    "sympy lambdify": "import sympy as n; x = n.Symbol('x'); print(n.diff(n.sin(x)*n.exp(x*0.7), x).subs(x, 1.2))",
}


def run(settings: Settings) -> dict[str, Any]:
    """Medians and minima of interleaved runs."""
    scripts = {peer.name: SCRIPTS[peer.name] for peer in settings.peers if peer.name in SCRIPTS and version(peer)}
    times = cold_start.measure(settings.rounds, scripts, settings.say)
    return {
        "seconds": {name: cold_start.summary(found, times["import numpy"]) for name, found in times.items()},
        "bars": [],
    }


def lines(result: dict[str, Any]) -> list[str]:
    """A table of the commands."""
    body = [
        [name, f"{each['median'] * 1e3:.1f}", f"{each['minimum'] * 1e3:.1f}", f"{each['ratio']:.2f}"]
        for name, each in result["seconds"].items()
    ]
    return table(["command", "median ms", "min ms", "x import numpy"], body)
