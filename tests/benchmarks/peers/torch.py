"""PyTorch, eager and compiled."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..programs import Program
from ..training_data import ADAM_RATE, BETA_1, BETA_2, EPSILON, RATE, Batch
from . import Task


def functions() -> dict[str, Any]:
    """The functions of the programs."""
    import torch

    return {name: getattr(torch, name) for name in ("sin", "exp", "log", "sqrt", "tanh", "log1p", "erf")}


def _tensors(program: Program, columns: list[Any]) -> tuple[list[Any], list[Any]]:
    """All inputs, and those among them that partials are taken for."""
    import torch

    torch.set_num_threads(1)
    held = [torch.tensor(each, dtype=torch.float64) for each in columns]
    sources = [held[place] for place in program.places]
    return held, sources


def _eager(program: Program, columns: list[Any]) -> Task:
    import torch

    function = program.function(functions())
    held, sources = _tensors(program, columns)
    for each in sources:
        each.requires_grad_()
    ones = torch.ones_like(held[0])

    def run() -> list[Any]:
        value = function(*held)
        return [value.detach(), *torch.autograd.grad(value, sources, ones)]

    return Task(run)


def rows(program: Program, columns: list[Any]) -> Task:
    """Whole columns, one operation after another, and autograd."""
    return _eager(program, columns)


def point(program: Program, values: list[float]) -> Task:
    """The same with tensors of no axes."""
    return _eager(program, values)


def value_and_partials(program: Program) -> Callable[..., Any]:
    """Value and partials as one function that torch.compile sees whole."""
    import torch

    function = program.function(functions())

    def both(*columns: Any) -> tuple[Any, ...]:
        def of_sources(*sources: Any) -> Any:
            inputs = list(columns)
            for place, source in zip(program.places, sources, strict=True):
                inputs[place] = source
            return function(*inputs)

        value, pull = torch.func.vjp(of_sources, *(columns[place] for place in program.places))
        return (value, *pull(torch.ones_like(value)))

    return both


def compiled_rows(program: Program, columns: list[Any]) -> Task:
    """torch.compile over value and partials together."""
    import torch

    held, _ = _tensors(program, columns)
    both = torch.compile(value_and_partials(program), dynamic=False, fullgraph=True)
    return Task(lambda: both(*held))


def network(data: Batch) -> Task:
    """Eager, one fused loss, the optimiser fused as well."""
    import torch

    torch.set_num_threads(1)
    x, y = torch.tensor(data.x), torch.tensor(data.y)
    functional = torch.nn.functional

    def loss(first: Any, bias: Any, second: Any, shift: Any) -> Any:
        hidden = torch.relu(torch.addmm(bias, x, first))
        return functional.cross_entropy(torch.addmm(shift, hidden, second), y)

    parameters = [torch.tensor(each).requires_grad_() for each in data.parameters]
    # torch adds epsilon to the corrected root, the others to the root as it is: in the first step, which is compared,
    # that is the same here. Of its ways to step, the fused one is the fastest.
    epsilon = EPSILON / (1.0 - BETA_2) ** 0.5
    adam = torch.optim.Adam(parameters, lr=ADAM_RATE, betas=(BETA_1, BETA_2), eps=epsilon, fused=True)

    def run() -> list[Any]:
        adam.zero_grad()
        value = loss(*parameters)
        value.backward()
        adam.step()
        return [value.detach(), *(each.detach() for each in parameters)]

    return Task(run)


def regression(state: tuple[float, float], samples: Sequence[tuple[float, float]]) -> Task:
    """Eager, tensors of no axes."""
    import torch

    torch.set_num_threads(1)
    held = [tuple(torch.tensor(each, dtype=torch.float64) for each in sample) for sample in samples]
    parameters = [torch.tensor(each, dtype=torch.float64).requires_grad_() for each in state]

    def run() -> list[Any]:
        """Gradient descent without an optimiser object, in place."""
        w, b = parameters
        for x, y in held:
            value = (w * x + b - y) ** 2
            slopes = torch.autograd.grad(value, parameters)
            with torch.no_grad():
                torch._foreach_add_(parameters, slopes, alpha=-RATE)
        return [value.detach(), *(each.detach() for each in parameters)]

    return Task(run)
