"""JAX: the function of one row, vectorised and compiled; inputs are on the device before the clock starts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..programs import Program
from ..training_data import ADAM_RATE, BETA_1, BETA_2, EPSILON, RATE, Batch
from . import Task


def _jax() -> Any:
    """The package, set to double precision."""
    import jax
    import jax.numpy

    jax.config.update("jax_enable_x64", True)
    return jax


def functions() -> dict[str, Any]:
    """The functions of the programs."""
    jax = _jax()
    names = ("sin", "exp", "log", "sqrt", "tanh", "log1p")
    return {**{name: getattr(jax.numpy, name) for name in names}, "erf": jax.scipy.special.erf}


def _waiting(function: Callable[..., Any], *arguments: Any) -> Task:
    """A compiled function on device arrays; the run ends when its last output is there."""
    jax = _jax()
    held = [jax.device_put(each) for each in arguments]
    return Task(lambda: jax.block_until_ready(function(*held)), lambda found: _leaves(found))


def _leaves(found: Any) -> list[Any]:
    import numpy

    return [numpy.asarray(each) for each in _jax().tree_util.tree_leaves(found)]


def rows(program: Program, columns: list[Any]) -> Task:
    """jit(vmap(value_and_grad))."""
    jax = _jax()
    both = jax.value_and_grad(program.function(functions()), argnums=program.places)
    return _waiting(jax.jit(jax.vmap(both)), *columns)


def point(program: Program, values: list[float]) -> Task:
    """jit(value_and_grad) of plain numbers."""
    jax = _jax()
    both = jax.jit(jax.value_and_grad(program.function(functions()), argnums=program.places))
    return Task(lambda: jax.block_until_ready(both(*values)), _leaves)


def hessian(x: Any) -> Task:
    """jit(hessian): the dense matrix."""
    from ..matrices import rosenbrock

    jax = _jax()
    return _waiting(jax.jit(jax.hessian(rosenbrock)), x)


def jacobian(x: Any) -> Task:
    """jit(jacfwd), which is faster here than jacrev: the dense matrix."""
    from ..matrices import banded

    jax = _jax()
    return _waiting(jax.jit(jax.jacfwd(lambda x: banded(x, jax.numpy))), x)


def _steps(step: Callable[..., Any], state: Any, batches: Sequence[tuple[Any, ...]]) -> Task:
    """Steps of one compiled function, into the memory of the old state, whose first part is the parameters."""
    jax = _jax()
    compiled = jax.jit(step, donate_argnums=0)
    held = jax.device_put(batches)
    state = jax.device_put(state)

    def run() -> Any:
        nonlocal state
        for data in held:
            value, state = compiled(state, *data)
        value, state = jax.block_until_ready((value, state))
        return value, state[0]

    return Task(run, _leaves)


def network(data: Batch) -> Task:
    """jit of the whole step."""
    jax = _jax()

    def loss(parameters: tuple[Any, ...], x: Any, y: Any) -> Any:
        first, bias, second, shift = parameters
        logits = jax.nn.relu(x @ first + bias) @ second + shift
        return -(y * jax.nn.log_softmax(logits)).sum(axis=1).mean()

    def step(state: Any, x: Any, y: Any) -> Any:
        """Adam: parameters, both averages, and the steps done."""
        parameters, first, second, count = state
        value, slopes = jax.value_and_grad(loss)(parameters, x, y)
        count = count + 1.0
        rate = ADAM_RATE * jax.numpy.sqrt(1.0 - BETA_2**count) / (1.0 - BETA_1**count)
        first = tuple(BETA_1 * old + (1.0 - BETA_1) * g for old, g in zip(first, slopes, strict=True))
        second = tuple(BETA_2 * old + (1.0 - BETA_2) * g * g for old, g in zip(second, slopes, strict=True))
        moved = tuple(
            w - rate * m / (jax.numpy.sqrt(v) + EPSILON) for w, m, v in zip(parameters, first, second, strict=True)
        )
        return value, (moved, first, second, count)

    numpy = jax.numpy
    zeros = [tuple(numpy.zeros_like(each) for each in data.parameters) for _ in range(2)]
    return _steps(step, (data.parameters, *zeros, numpy.float32(0.0)), [(data.x, data.y)])


def regression(state: tuple[float, float], samples: Sequence[tuple[float, float]]) -> Task:
    """jit of the whole step, called for each."""
    jax = _jax()

    def step(state: Any, x: Any, y: Any) -> Any:
        value, slopes = jax.value_and_grad(lambda line: (line[0] * x + line[1] - y) ** 2)(state[0])
        return value, (tuple(each - RATE * slope for each, slope in zip(state[0], slopes, strict=True)),)

    return _steps(step, (state,), samples)
