"""JAX: the function of one row, vectorised and compiled; inputs are on the device before the clock starts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..programs import Program
from ..training_data import RATE, Batch
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


def _steps(loss: Callable[..., Any], parameters: tuple[Any, ...], data: tuple[Any, ...]) -> Task:
    """Gradient descent in one compiled function, into the memory of the old parameters."""
    jax = _jax()

    def step(parameters: tuple[Any, ...], *data: Any) -> tuple[Any, ...]:
        value, slopes = jax.value_and_grad(loss)(parameters, *data)
        return value, tuple(each - RATE * slope for each, slope in zip(parameters, slopes, strict=True))

    compiled = jax.jit(step, donate_argnums=0)
    held = tuple(jax.device_put(each) for each in data)
    state = tuple(jax.device_put(each) for each in parameters)

    def run() -> Any:
        nonlocal state
        value, state = jax.block_until_ready(compiled(state, *held))
        return value, state

    return Task(run, _leaves)


def network(data: Batch) -> Task:
    """jit of the whole step."""
    jax = _jax()

    def loss(parameters: tuple[Any, ...], x: Any, y: Any) -> Any:
        first, bias, second, shift = parameters
        logits = jax.nn.relu(x @ first + bias) @ second + shift
        return -(y * jax.nn.log_softmax(logits)).sum(axis=1).mean()

    return _steps(loss, data.parameters, (data.x, data.y))


def regression(state: tuple[float, float], sample: tuple[float, float]) -> Task:
    """jit of the whole step."""
    return _steps(lambda line, x, y: (line[0] * x + line[1] - y) ** 2, state, sample)
