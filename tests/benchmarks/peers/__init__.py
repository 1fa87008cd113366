"""The peers: what each is called, which package it needs, and what it can be asked to do."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple


def arrays(outputs: Any) -> list[Any]:
    """Outputs as NumPy arrays; NumPy reads those of every peer."""
    import numpy

    return [numpy.asarray(each) for each in outputs]


class Task(NamedTuple):
    """What is timed, and how its outputs are read as arrays for the comparison, which is not timed."""

    run: Callable[[], Any]
    read: Callable[[Any], list[Any]] = arrays


class Unable(Exception):
    """A peer has no way to do what it was asked; the message says what is missing."""


class Peer(NamedTuple):
    """A peer: the packages of which it needs one (the version is that one's) and `module:function` for each kind of task.

    Such a function takes what the section hands to all peers and returns a Task.
    """

    name: str
    packages: tuple[str, ...]
    tasks: dict[str, str]


PEERS = (
    Peer(
        "diffcli",
        ("diffcli",),
        {
            "rows": "ours:jit_rows",
            "point": "ours:point",
            "hessian": "ours:hessian",
            "jacobian": "ours:jacobian",
            "network": "ours:network",
            "regression": "ours:regression",
            "tape": "ours:tape",
        },
    ),
    Peer("diffcli blocked", ("diffcli",), {"rows": "ours:blocked_rows"}),
    Peer(
        "jax",
        ("jax",),
        {
            "rows": "jax:rows",
            "point": "jax:point",
            "hessian": "jax:hessian",
            "jacobian": "jax:jacobian",
            "network": "jax:network",
            "regression": "jax:regression",
        },
    ),
    Peer(
        "torch eager",
        ("torch",),
        {
            "rows": "torch:rows",
            "point": "torch:point",
            "network": "torch:network",
            "regression": "torch:regression",
        },
    ),
    Peer("torch.compile", ("torch",), {"rows": "torch:compiled_rows"}),
    Peer(
        "tf.function",
        ("tensorflow", "tensorflow-cpu"),
        {"rows": "tensorflow:rows", "network": "tensorflow:network", "regression": "tensorflow:regression"},
    ),
    Peer("tf.function XLA", ("tensorflow", "tensorflow-cpu"), {"rows": "tensorflow:xla_rows"}),
    Peer(
        "tf eager tape",
        ("tensorflow", "tensorflow-cpu"),
        {"regression": "tensorflow:eager_regression", "tape": "tensorflow:tape"},
    ),
    Peer("casadi map jit", ("casadi",), {"rows": "casadi:compiled_rows"}),
    Peer("casadi map", ("casadi",), {"rows": "casadi:rows"}),
    Peer("casadi", ("casadi",), {"point": "casadi:point", "hessian": "casadi:hessian", "jacobian": "casadi:jacobian"}),
    Peer("casadi buffer", ("casadi",), {"point": "casadi:buffered_point"}),
    Peer("numexpr", ("numexpr",), {"rows": "numexpr:rows"}),
    Peer("autograd", ("autograd",), {"rows": "autograd:rows", "point": "autograd:point"}),
    Peer("sympy lambdify", ("sympy",), {"rows": "sympy:rows", "point": "sympy:point"}),
    Peer("gcc -Ofast 512", ("gcc",), {"rows": "gcc:fast_rows"}),
    Peer("gcc -O3 exact", ("gcc",), {"rows": "gcc:exact_rows"}),
)

OURS = tuple(peer.name for peer in PEERS if peer.packages == ("diffcli",))
CEILINGS = tuple(peer.name for peer in PEERS if peer.packages == ("gcc",))


def version(peer: Peer) -> str | None:
    """The version of what the peer needs, None when it is not installed."""
    return _version(peer.packages)


@cache
def _version(packages: tuple[str, ...]) -> str | None:
    from importlib import metadata

    if packages == ("gcc",):
        from .gcc import available

        return available()
    if packages == ("diffcli",):
        from diffcli import __version__

        return __version__
    for package in packages:
        try:
            return metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return None


def prepare(entry: str, arguments: tuple[Any, ...]) -> Task:
    """Asks `module:function` for its task."""
    from importlib import import_module

    module, function = entry.split(":")
    found: Task = getattr(import_module(f"{__name__}.{module}"), function)(*arguments)
    return found
