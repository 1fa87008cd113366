"""Random tensors: drawn once from a seed, constants for differentiation, the same on every machine."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from ..op import Op, define
from ..shape import OperandError, Shape, integer
from .creation import ones, zeros

# Keras' initialisers draw from a normal distribution cut at two standard deviations; this is what is left of its width.
CUT_WIDTH = 0.87962566103423978


def _sizes(sizes: Any) -> Shape:
    listed = sizes[0] if len(sizes) == 1 and isinstance(sizes[0], tuple) else sizes
    shape = tuple(size if not isinstance(size, float) else integer(size, "a size") for size in listed)
    if any(isinstance(size, int) and size < 0 for size in shape):
        raise OperandError("argument", "a size cannot be negative")
    return shape


def _generator(np: Any, seed: int) -> Any:
    return np.random.Generator(np.random.PCG64(seed if seed >= 0 else seed % 2**64))


def _cut_normal(np: Any, shape: Shape, seed: int) -> Any:
    """Normal numbers without those more than two standard deviations off, which are drawn again."""
    generator = _generator(np, seed)
    drawn = generator.standard_normal(shape)
    while (far := np.abs(drawn) > 2.0).any():
        drawn = np.where(far, generator.standard_normal(shape), drawn)
    return drawn / CUT_WIDTH


def _fans(shape: Shape, name: str) -> tuple[int, int]:
    """How many inputs and outputs a weight of this shape joins: the last two sizes, each times all before them."""
    sizes = [size for size in shape if isinstance(size, int)]
    if len(sizes) != len(shape) or not sizes:
        raise OperandError("argument", f"{name} needs the sizes of a weight, such as {name}(3, 2)")
    field = math.prod(sizes[:-2])
    return (sizes[0], sizes[0]) if len(sizes) == 1 else (sizes[-2] * field, sizes[-1] * field)


def _scaled(name: str, doc: str, draw: Callable[..., Any]) -> Op:
    """An initialiser by the sizes of a weight: `draw` takes np, shape, seed and the numbers of inputs and outputs."""

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


def _normal(np: Any, shape: Shape, mean: float, stddev: float, seed: int) -> Any:
    return _generator(np, seed).normal(mean, stddev, shape)


def _uniform(np: Any, shape: Shape, low: float, high: float, seed: int) -> Any:
    return _generator(np, seed).uniform(low, high, shape)


normal = _distribution("normal", "mean=0, stddev=1", "Normal random numbers from a seed.", _normal)
uniform = _distribution("uniform", "low=0, high=1", "Uniform random numbers from a seed.", _uniform)

random_normal = _distribution(
    "random_normal", "mean=0, stddev=0.05", "Keras' normal initialiser: normal numbers of deviation 0.05.", _normal
)

random_uniform = _distribution(
    "random_uniform", "minval=-0.05, maxval=0.05", "Keras' uniform initialiser: numbers within 0.05 of 0.", _uniform
)

# Keras does not widen what is cut: the deviation is then 0.88 of `stddev`.
truncated_normal = _distribution(
    "truncated_normal",
    "mean=0, stddev=0.05",
    "Normal random numbers from a seed, none further than two deviations from the mean.",
    lambda np, shape, mean, stddev, seed: mean + stddev * CUT_WIDTH * _cut_normal(np, shape, seed),
)


def _within(np: Any, shape: Shape, seed: int, limit: float) -> Any:
    return _generator(np, seed).uniform(-1.0, 1.0, shape) * limit


glorot_uniform = _scaled(
    "glorot_uniform",
    "Glorot's uniform initialiser: within sqrt(6 / (inputs + outputs)).",
    lambda np, shape, seed, inputs, outputs: _within(np, shape, seed, math.sqrt(6.0 / (inputs + outputs))),
)

glorot_normal = _scaled(
    "glorot_normal",
    "Glorot's normal initialiser: of deviation sqrt(2 / (inputs + outputs)), cut at two of the underlying ones.",
    lambda np, shape, seed, inputs, outputs: _cut_normal(np, shape, seed) * math.sqrt(2.0 / (inputs + outputs)),
)

he_normal = _scaled(
    "he_normal",
    "He's normal initialiser: of deviation sqrt(2 / inputs), cut at two of the underlying ones.",
    lambda np, shape, seed, inputs, outputs: _cut_normal(np, shape, seed) * math.sqrt(2.0 / inputs),
)

he_uniform = _scaled(
    "he_uniform",
    "He's uniform initialiser: within sqrt(6 / inputs).",
    lambda np, shape, seed, inputs, outputs: _within(np, shape, seed, math.sqrt(6.0 / inputs)),
)

lecun_normal = _scaled(
    "lecun_normal",
    "LeCun's normal initialiser: of deviation sqrt(1 / inputs), cut at two of the underlying ones.",
    lambda np, shape, seed, inputs, outputs: _cut_normal(np, shape, seed) * math.sqrt(1.0 / inputs),
)

lecun_uniform = _scaled(
    "lecun_uniform",
    "LeCun's uniform initialiser: within sqrt(3 / inputs).",
    lambda np, shape, seed, inputs, outputs: _within(np, shape, seed, math.sqrt(3.0 / inputs)),
)

# What a layer's variables may start from by name: Keras' list.
INITIALISERS = {
    op.name: op
    for op in (
        *(glorot_uniform, glorot_normal, he_uniform, he_normal, lecun_uniform, lecun_normal),
        *(random_normal, random_uniform, truncated_normal, zeros, ones),
    )
}
