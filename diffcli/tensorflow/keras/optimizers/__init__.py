"""tf.keras.optimizers: those of the engine's table, in Keras' variant."""

from __future__ import annotations

from inspect import Parameter, Signature
from typing import Any

from ....engine.optim import GENERAL, OPTIMIZERS
from ..listing import chosen, listed
from . import schedules
from .optimizer import NOT_HERE, Optimizer, general

TITLES = {
    "sgd": "SGD",
    "adam": "Adam",
    "adamw": "AdamW",
    "rmsprop": "RMSprop",
    "adagrad": "Adagrad",
    "adadelta": "Adadelta",
    "adamax": "Adamax",
    "nadam": "Nadam",
    "ftrl": "Ftrl",
    "lion": "Lion",
}


def _made(title: str, name: str) -> type[Optimizer]:
    """The class of an entry of the table."""
    entry = OPTIMIZERS[name]["keras"]
    own = {key: value for key, value in entry.settings.items() if key not in GENERAL}
    if entry.settings["weight_decay"]:  # those that are named after it have it in front
        own = {"weight_decay": entry.settings["weight_decay"], **own}
    rest = {key: None for key in GENERAL if key not in own}
    defaults = {"learning_rate": entry.rate, **own, **rest, **{key: value[0] for key, value in NOT_HERE.items()}}
    defaults["name"] = name
    parameters = [Parameter("self", Parameter.POSITIONAL_ONLY)] + [
        Parameter(key, Parameter.POSITIONAL_OR_KEYWORD, default=value) for key, value in defaults.items()
    ]
    signature = Signature([*parameters, Parameter("kwargs", Parameter.VAR_KEYWORD)])

    def __init__(self: Optimizer, *given: Any, **named: Any) -> None:
        if "lr" in named:
            named["learning_rate"] = named.pop("lr")
        bound = signature.bind(self, *given, **named)
        values = {**defaults, **bound.arguments}
        left = {key: values[key] for key in (*rest, *NOT_HERE)} | values.get("kwargs", {})
        settings = {**general(left), **{key: values[key] for key in own}}
        ordered = {key: 0.0 if settings[key] is None else settings[key] for key in entry.settings}
        Optimizer.__init__(self, values["learning_rate"], ordered, values["name"] or name)

    __init__.__signature__ = signature  # type: ignore[attr-defined]  # functions and classes take attributes
    return type(title, (Optimizer,), {"__init__": __init__, "__doc__": entry.doc, "_entry": entry})


CLASSES = {title: _made(title, name) for name, title in TITLES.items()}


def get(identifier: Any) -> Optimizer:
    """The optimizer of a name such as "adam", with its defaults; one that is given stays itself."""
    if isinstance(identifier, Optimizer):
        return identifier
    known = {**{name: CLASSES[title] for name, title in TITLES.items()}, **CLASSES}
    given = identifier.lower() if isinstance(identifier, str) else identifier
    found: Optimizer = chosen(given, known, "optimizer")()
    return found


__getattr__, __dir__ = listed(
    "keras.optimizers", {**CLASSES, "Optimizer": Optimizer, "schedules": schedules, "get": get}
)
