"""Optimizers, learning rates and clipping as a user writes them: `adam:beta_1=0.9,epsilon=1e-7`, `cosine:0.1,decay_steps=1000`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import pairwise
from math import isfinite, nan
from typing import Any, NamedTuple

from ...diagnostic import Diagnostic, DiagnosticError, closest
from ...engine.optim import GENERAL, OPTIMIZERS, RANGES, Optimizer
from ...engine.optim.optimizer import Range
from ...engine.optim.schedules import REQUIRED, SCHEDULES, warmed
from ...engine.train import Clipping
from ..load import in_option

# What tutorials and older versions write.
NAMES = {
    "gradientdescent": ("sgd", "tf1"),
    "gradient_descent": ("sgd", "tf1"),
    "momentum": ("sgd", "tf1"),
    "proximalgradientdescent": ("proximal_sgd", "tf1"),
}
KEYS = {
    "lr": "learning_rate",
    "decay": "rho",
    "beta1": "beta_1",
    "beta2": "beta_2",
    "use_nesterov": "nesterov",
    "l1_regularization": "l1_regularization_strength",
    "l2_regularization": "l2_regularization_strength",
}
WORDS = {"true": True, "false": False, "none": None}
LISTS = ("boundaries", "values")
# What other settings can be, those of schedules, of scipy's methods and of early stopping.
MORE = {
    **dict.fromkeys(("warmup_steps", "patience", "start_from_epoch"), Range(0.0)),
    **dict.fromkeys(("ftol", "gtol", "xtol"), Range(0.0)),
    **dict.fromkeys(("maxcor", "maxls"), Range(1.0)),
}
POSITIVE = ("decay_steps", "initial_tr_radius")
WHOLE = ("maxcor", "maxls", "patience", "start_from_epoch")


class Rate(NamedTuple):
    """A learning rate after so many steps, and what a result says of it."""

    at: Callable[[int], float]
    described: Any


class Chosen(NamedTuple):
    """An optimizer with its settings, its learning rate and what it clips of itself."""

    optimizer: Optimizer
    settings: Mapping[str, Any]
    rate: Rate
    clipping: Clipping

    @property
    def described(self) -> dict[str, Any]:
        """The choice as results show it; what Keras lets every optimizer do only where it is on."""
        shown = {name: value for name, value in self.settings.items() if name not in GENERAL or value}
        return {
            "name": self.optimizer.name,
            "variant": self.optimizer.variant,
            "learning_rate": self.rate.described,
            **shown,
        }


def chosen(text: str, variant: str | None, rate: str | None, warmup: int = 0) -> Chosen:
    """The optimizer that `--optimizer`, `--variant` and `--learning-rate` name; DiagnosticError says what is unknown."""
    name, pairs = named("--optimizer", text)
    optimizer = _optimizer("--optimizer", name, variant)
    settings = dict(optimizer.settings)
    if optimizer.name == "sgd" and _plain(name) == "momentum":
        settings["momentum"] = REQUIRED
    own: Any = None
    for key, value in pairs:
        spelled = KEYS.get(key, key)
        if key == "":
            own, spelled = value, "learning_rate"
        elif spelled == "learning_rate":
            own = value
        elif spelled not in settings:
            raise unknown("--optimizer", key, f"{optimizer.name} has no setting `{key}`", [*settings, "learning_rate"])
        else:
            settings[spelled] = fitting("--optimizer", spelled, value, optimizer.settings[spelled])
    _demand("--optimizer", settings, f"{name} needs")
    if rate is not None and own is not None:
        raise refused("--learning-rate", rate, "the learning rate is given twice", "leave it out of --optimizer")
    return Chosen(optimizer, settings, _rate(rate, own, optimizer, warmup), _clipping(settings))


def clipping(value: float | None, norm: float | None, global_norm: float | None) -> Clipping:
    """What `--clip-value`, `--clip-norm` and `--clip-global-norm` ask for; none of them can be negative."""
    asked = Clipping(value, norm, global_norm)
    for option, limit in zip(("--clip-value", "--clip-norm", "--clip-global-norm"), asked, strict=True):
        if limit is not None and not limit >= 0:
            raise refused(option, f"{limit:g}", f"gradients cannot be clipped to {limit:g}", "a number 0 or more")
    return asked


def _plain(name: str) -> str:
    """A name as it is compared: `AdamOptimizer` is `adam`."""
    return name.lower().removesuffix("optimizer")


def _optimizer(option: str, name: str, variant: str | None) -> Optimizer:
    plain = _plain(name)
    usual = "tf1" if name.lower().endswith("optimizer") else "keras"
    if plain in NAMES:
        plain, usual = NAMES[plain]
    if plain not in OPTIMIZERS:
        raise unknown(option, name, f"there is no optimizer `{name}`", [*OPTIMIZERS, *NAMES])
    variants = OPTIMIZERS[plain]
    if variant is None:
        return variants.get(usual) or next(iter(variants.values()))
    if variant not in variants:
        there = " and ".join(variants)
        raise refused("--variant", variant, f"{plain} is {there}'s alone", f"leave out --variant {variant}")
    return variants[variant]


def _clipping(settings: Mapping[str, Any]) -> Clipping:
    """What an optimizer of Keras clips of itself, where 0 means off; it does at most one of the three."""
    asked = {name: settings[name] for name in ("clipvalue", "clipnorm", "global_clipnorm") if settings.get(name)}
    if len(asked) > 1:
        names = " and ".join(asked)
        raise refused("--optimizer", names, f"{names} exclude each other", "at most one of them can be given")
    return Clipping(asked.get("clipvalue"), asked.get("clipnorm"), asked.get("global_clipnorm"))


def _rate(text: str | None, own: Any, optimizer: Optimizer, warmup: int) -> Rate:
    option = "--learning-rate"
    if optimizer.variant == "scipy":
        if text is not None or own is not None or warmup:
            raise refused(option, text or optimizer.name, f"{optimizer.name} chooses its steps itself", "leave it out")
        return Rate(lambda step: 1.0, None)
    if text is None and own is None:
        if optimizer.rate is None:
            name = f"{optimizer.name} of TensorFlow 1"
            raise refused(option, optimizer.name, f"{name} has no learning rate of its own", "say --learning-rate 0.01")
        found = constant(optimizer.rate)
    elif text is None:
        found = constant(fitting("--optimizer", "learning_rate", own, 0.001))
    else:
        found = schedule(option, text)
    if not warmup:
        return found
    described = found.described if isinstance(found.described, dict) else {"initial_learning_rate": found.described}
    return Rate(warmed(found.at, warmup), {**described, "warmup_steps": warmup})


def constant(rate: float) -> Rate:
    """One rate for all steps."""
    return Rate(lambda step: rate, rate)


def schedule(option: str, text: str) -> Rate:
    """A number, or a schedule by name with its settings; the first one needs no name."""
    try:
        float(text)
    except ValueError:
        pass
    else:
        return constant(_value(option, text))
    name, pairs = named(option, text)
    plain = name.lower().removesuffix("decay").removesuffix("constant").rstrip("_") or "constant"
    if plain not in SCHEDULES:
        raise unknown(option, name, f"there is no schedule `{name}`", SCHEDULES)
    found = SCHEDULES[plain]
    settings = dict(found.settings)
    for key, value in pairs:
        spelled = key or next(iter(settings))
        if spelled not in settings:
            raise unknown(option, key, f"{plain} has no setting `{key}`", settings)
        settings[spelled] = fitting(option, spelled, value, found.settings[spelled])
    _demand(option, settings, f"{plain} needs")
    if plain == "piecewise":
        _demand_pieces(option, text, settings)
    return Rate(lambda step: float(found.rate(step, settings)), {"schedule": plain, **settings})


def _demand_pieces(option: str, text: str, settings: Mapping[str, Any]) -> None:
    boundaries, values = settings["boundaries"], settings["values"]
    example = "piecewise:boundaries=[100,200],values=[0.1,0.01,0.001]"
    if len(values) != len(boundaries) + 1:
        raise refused(option, text, "there must be one value more than there are boundaries", example)
    if any(first >= second for first, second in pairwise(boundaries)):
        raise refused(option, text, "each boundary must be larger than the one before", example)


def _demand(option: str, settings: Mapping[str, Any], what: str) -> None:
    for name, value in settings.items():
        if value is REQUIRED:
            raise refused(option, name, f"{what} {name}", f"for example {name}=0.9")


def named(option: str, text: str) -> tuple[str, list[tuple[str, Any]]]:
    """The name and the settings of `NAME:key=value,…`; a value without a key has the key ""."""
    name, _, rest = text.partition(":")
    pairs = []
    for part in _parts(rest):
        key, equals, value = part.partition("=")
        pairs.append((key.strip(), _value(option, value)) if equals else ("", _value(option, part)))
    if any(key == "" for key, _ in pairs[1:]):
        raise refused(option, text, "only the first setting needs no name", "write NAME:key=value,key=value")
    return name.strip(), pairs


def _parts(text: str) -> list[str]:
    """What commas separate outside of brackets."""
    found, depth, start = [], 0, 0
    for place, mark in enumerate(text + ","):
        depth += (mark == "[") - (mark == "]")
        if mark == "," and depth <= 0:
            found.append(text[start:place].strip())
            start = place + 1
    return [part for part in found if part]


def _value(option: str, text: str) -> Any:
    text = text.strip()
    if text.lower() in WORDS:
        return WORDS[text.lower()]
    if text.startswith("[") and text.endswith("]"):
        return [_value(option, part) for part in _parts(text[1:-1])]
    try:
        found = float(text)
    except ValueError:
        found = nan
    if not isfinite(found):
        raise refused(option, text, f"`{text}` is not a number", "numbers, true, false, none or [a, b]")
    return found


def fitting(option: str, name: str, value: Any, usual: Any) -> Any:
    """A setting of the kind that its default has, and in the range where it has a meaning."""
    if isinstance(usual, bool):
        if isinstance(value, (bool, float)) and value in (0.0, 1.0):
            return bool(value)
        raise refused(option, name, f"{name} is true or false", f"{name}=true")
    if name in LISTS:
        if isinstance(value, list) and all(_is_number(each) for each in value):
            return value
        raise refused(option, name, f"{name} is a list of numbers", f"{name}=[100,200]")
    if value is None and usual is None:
        return None
    if not _is_number(value):
        raise refused(option, name, f"{name} is a number", f"{name}={usual if _is_number(usual) else 10}")
    allowed = RANGES.get(name, MORE.get(name, Range()))
    if not allowed.has(value):
        raise refused(option, name, f"{name} cannot be {value:g}", f"a number {allowed}")
    if name in POSITIVE and not value > 0:
        raise refused(option, name, f"{name} cannot be {value:g}", "a number above 0")
    if name in WHOLE and value % 1:
        raise refused(option, name, f"{name} cannot be {value:g}", "a whole number")
    return value


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def refused(option: str, text: str, message: str, help: str) -> DiagnosticError:
    """A choice that cannot be made."""
    return DiagnosticError(Diagnostic("E0609", message, in_option(option, text), help=help))


def unknown(option: str, text: str, message: str, known: Iterable[str]) -> DiagnosticError:
    """A name that is none of those known."""
    near = closest(text, known)
    return refused(option, text, message, f"did you mean {near}?" if near else f"there are {', '.join(known)}")
