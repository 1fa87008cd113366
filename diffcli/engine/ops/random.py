"""Random tensors: drawn once from a seed, constants for differentiation, the same on every machine."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from ..op import Op, define
from ..shape import OperandError, Shape, integer

# Keras' initialisers draw from a normal distribution cut at two standard deviations; this is what is left of its width.
CUT_WIDTH = 0.87962566103423978


def _sizes(sizes: Any) -> Shape:
    listed = sizes[0] if len(sizes) == 1 and isinstance(sizes[0], tuple) else sizes
    shape = tuple(size if not isinstance(size, float) else integer(size, "a size") for size in listed)
    if any(isinstance(size, int) and size < 0 for size in shape):
        raise OperandError("argument", "a size cannot be negative")
    return shape


def _generator(np: Any, seed: int) -> Any:
    return np.random.Generator(np.random.PCG64(seed))


def _cut_normal(np: Any, shape: Shape, seed: int) -> Any:
    """Normal numbers without those more than two standard deviations off, which are drawn again."""
    generator = _generator(np, seed)
    drawn = generator.standard_normal(shape)
    while (far := np.abs(drawn) > 2.0).any():
        drawn = np.where(far, generator.standard_normal(shape), drawn)
    return drawn / CUT_WIDTH


def _fans(shape: Shape, name: str) -> tuple[int, int]:
    """How many inputs and outputs a weight of this shape joins."""
    sizes = [size for size in shape if isinstance(size, int)]
    if len(sizes) != len(shape) or not sizes:
        raise OperandError("argument", f"{name} needs the sizes of a weight, such as {name}(3, 2)")
    return (sizes[0], sizes[0]) if len(sizes) == 1 else (math.prod(sizes[:-1]), sizes[-1])


def _initialiser(name: str, doc: str, draw: Callable[..., Any]) -> Op:
    """An initialiser: sizes and a seed; `draw` takes np, shape, seed and the numbers of inputs and outputs."""

    def prepare(inputs: Any, sizes: Any, seed: Any) -> tuple[Any, ...]:
        shape = _sizes(sizes)
        _fans(shape, name)
        return shape, integer(seed, "seed")

    return define(
        name,
        signature="*sizes, seed=0",
        static="sizes seed",
        doc=doc,
        prepare=prepare,
        vjp=(),
        jvp=(),
        shape=lambda inputs, shape, seed: shape,
        numpy=lambda np, shape, seed: draw(np, shape, seed, *_fans(shape, name)),
        rule="constant",
        at=[({"sizes": (3, 2), "seed": 1},)],
    )


def _distribution(name: str, parameters: str, doc: str, draw: Callable[..., Any]) -> Op:
    """A distribution: sizes, two numbers and a seed."""
    first, second = (part.split("=")[0] for part in parameters.split(", "))
    return define(
        name,
        signature=f"*sizes, {parameters}, seed=0",
        static=f"sizes {first} {second} seed",
        doc=doc,
        prepare=lambda inputs, sizes, a, b, seed: (_sizes(sizes), float(a), float(b), integer(seed, "seed")),
        vjp=(),
        jvp=(),
        shape=lambda inputs, shape, a, b, seed: shape,
        numpy=draw,
        rule="constant",
        at=[({"sizes": (2, 3), "seed": 1},)],
    )


normal = _distribution(
    "normal",
    "mean=0, stddev=1",
    "Normal random numbers from a seed.",
    lambda np, shape, mean, stddev, seed: _generator(np, seed).normal(mean, stddev, shape),
)

uniform = _distribution(
    "uniform",
    "low=0, high=1",
    "Uniform random numbers from a seed.",
    lambda np, shape, low, high, seed: _generator(np, seed).uniform(low, high, shape),
)

glorot_uniform = _initialiser(
    "glorot_uniform",
    "Glorot's uniform initialiser: within sqrt(6 / (inputs + outputs)).",
    lambda np, shape, seed, inputs, outputs: (
        _generator(np, seed).uniform(-1.0, 1.0, shape) * math.sqrt(6.0 / (inputs + outputs))
    ),
)

glorot_normal = _initialiser(
    "glorot_normal",
    "Glorot's normal initialiser: of deviation sqrt(2 / (inputs + outputs)), cut at two of the underlying ones.",
    lambda np, shape, seed, inputs, outputs: _cut_normal(np, shape, seed) * math.sqrt(2.0 / (inputs + outputs)),
)

he_normal = _initialiser(
    "he_normal",
    "He's normal initialiser: of deviation sqrt(2 / inputs), cut at two of the underlying ones.",
    lambda np, shape, seed, inputs, outputs: _cut_normal(np, shape, seed) * math.sqrt(2.0 / inputs),
)
