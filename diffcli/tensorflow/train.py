"""tf.train: the optimizers of TensorFlow 1, made from the engine's table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from inspect import Parameter, Signature
from typing import Any, NamedTuple

from ..engine.op import REQUIRED
from ..engine.optim import OPTIMIZERS
from .functions import static
from .graph_mode import Graph
from .minimizers import Optimizer
from .placeholders import default_graph
from .spaces import SPACES, found
from .updates import Rule
from .variable import Variable


class Class(NamedTuple):
    """An optimizer of TensorFlow 1: the engine's, its arguments in TensorFlow's order, its slots by TensorFlow's names."""

    optimizer: str
    name: str
    arguments: str
    slots: str = ""
    check: Callable[[Mapping[str, Any]], None] = lambda settings: None


def _demand_ftrl(settings: Mapping[str, Any]) -> None:
    if settings["learning_rate_power"] > 0.0:
        raise ValueError(f"learning_rate_power {settings['learning_rate_power']} needs to be negative or zero")
    for name in ("initial_accumulator_value", "l1_regularization_strength", "l2_regularization_strength"):
        if settings[name] < 0.0:
            raise ValueError(f"{name} {settings[name]} needs to be positive or zero")


def _demand_adagrad(settings: Mapping[str, Any]) -> None:
    if settings["initial_accumulator_value"] <= 0.0:
        raise ValueError(f"initial_accumulator_value must be positive: {settings['initial_accumulator_value']}")


# `theirs:ours` where the names of arguments differ; a star marks those without a default.
PENALTIES = "l1_regularization_strength l2_regularization_strength"
CLASSES = {
    "GradientDescentOptimizer": Class("sgd", "GradientDescent", "use_locking name"),
    "MomentumOptimizer": Class(
        "sgd", "Momentum", "*momentum use_locking name use_nesterov:nesterov", "momentum:momentum"
    ),
    "AdagradOptimizer": Class(
        "adagrad", "Adagrad", "initial_accumulator_value use_locking name", "accumulator:accumulator", _demand_adagrad
    ),
    "AdadeltaOptimizer": Class(
        "adadelta", "Adadelta", "rho epsilon use_locking name", "accum:squares accum_update:steps"
    ),
    "RMSPropOptimizer": Class(
        "rmsprop",
        "RMSProp",
        "decay:rho momentum epsilon use_locking centered name",
        "rms:squares mg:mean momentum:momentum",
    ),
    "AdamOptimizer": Class("adam", "Adam", "beta1:beta_1 beta2:beta_2 epsilon use_locking name", "m:first v:second"),
    "FtrlOptimizer": Class(
        "ftrl",
        "Ftrl",
        f"learning_rate_power initial_accumulator_value {PENALTIES} use_locking name accum_name linear_name "
        "l2_shrinkage_regularization_strength beta",
        "accum:accumulator linear:linear",
        _demand_ftrl,
    ),
    "ProximalGradientDescentOptimizer": Class(
        "proximal_sgd", "ProximalGradientDescent", f"{PENALTIES} use_locking name"
    ),
}
OTHERS = {"use_locking": False, "name": None, "accum_name": None, "linear_name": None}
# TensorFlow 1 has a default rate for these alone.
RATES = {"AdamOptimizer", "AdadeltaOptimizer"}


def _made(title: str, described: Class) -> type[Optimizer]:
    """The class of an entry."""
    optimizer = OPTIMIZERS[described.optimizer]["tf1"]
    rate = optimizer.rate if title in RATES else REQUIRED
    ours = {"learning_rate": "learning_rate"}
    defaults: dict[str, Any] = {"learning_rate": rate}
    for word in described.arguments.split():
        theirs, _, name = word.lstrip("*").partition(":")
        ours[theirs] = name or theirs
        defaults[theirs] = (
            REQUIRED if word.startswith("*") else OTHERS.get(theirs, optimizer.settings.get(ours[theirs]))
        )
    parameters = [Parameter("self", Parameter.POSITIONAL_ONLY)] + [
        Parameter(name, Parameter.POSITIONAL_OR_KEYWORD, default=Parameter.empty if value is REQUIRED else value)
        for name, value in defaults.items()
    ]
    signature = Signature(parameters)

    def __init__(self: Optimizer, *given: Any, **named: Any) -> None:
        bound = signature.bind(self, *given, **named)
        bound.apply_defaults()
        values = {ours[name]: value for name, value in bound.arguments.items() if name != "self"}
        Optimizer.__init__(self, values["use_locking"], values["name"] or described.name)
        chosen = {name: _setting(name, values.get(name), value) for name, value in optimizer.settings.items()}
        described.check(chosen)
        self._learning_rate = values["learning_rate"]
        self._rule = Rule(optimizer, tuple(chosen.items()))

    __init__.__signature__ = signature  # type: ignore[attr-defined]  # functions and classes take attributes
    slots = dict(word.split(":") for word in described.slots.split())
    return type(title, (Optimizer,), {"__init__": __init__, "__doc__": optimizer.doc, "_named_slots": slots})


def _setting(name: str, given: Any, default: Any) -> Any:
    """A setting as a number: they are part of what is compiled."""
    if given is None:
        return default
    if getattr(given, "graph", None) is not None:
        raise NotImplementedError(f"diffcli.tensorflow has no optimizer whose {name} is computed; give a number")
    value = static(given() if callable(given) else given)
    return value if isinstance(default, bool) else float(value)


MINIMIZERS: dict[str, type[Optimizer]] = {title: _made(title, described) for title, described in CLASSES.items()}


def get_or_create_global_step(graph: Graph | None = None) -> Variable:
    """The variable that counts the steps of a graph."""
    owner = graph or default_graph("get_or_create_global_step")
    made = next((each for each in owner.variables if each._name == "global_step"), None)
    if made is None:
        with owner.as_default():
            made = Variable(0, trainable=False, name="global_step", dtype="int64")
    return made


TRAIN = SPACES["train"] = {
    **MINIMIZERS,
    "Optimizer": Optimizer,
    "get_or_create_global_step": get_or_create_global_step,
}


def __getattr__(name: str) -> Any:
    return found("train", name)


def __dir__() -> list[str]:
    return sorted(TRAIN)
