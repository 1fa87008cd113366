"""What all optimizers of Keras have in common."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

from ....engine.optim import GENERAL, RANGES
from ....engine.train import Clipping
from ... import calls, clipping, conversion
from ...functions import static
from ...updates import Rule, Slots, Standing, assignments, carried_out, unrecorded
from ...variable import Variable
from .schedules import LearningRateSchedule

LIMITS = ("clipnorm", "clipvalue", "global_clipnorm")
# What Keras takes beside these, and what it must be here.
NOT_HERE = {
    "use_ema": (False,),
    "ema_momentum": (0.99,),
    "ema_overwrite_frequency": (None,),
    "loss_scale_factor": (None,),
    "gradient_accumulation_steps": (None,),
    "jit_compile": (True, False, "auto"),
}


class Optimizer:
    """Applies gradients to variables: `apply_gradients` takes pairs, `apply` gradients alone."""

    _entry: Any = None

    def __init__(self, learning_rate: Any, settings: Mapping[str, Any], name: str) -> None:
        self.name = name
        self._schedule = learning_rate if callable(learning_rate) and not isinstance(learning_rate, Variable) else None
        rate = 0.0 if self._schedule else learning_rate
        self._rate = Variable(rate, trainable=False, name=f"{name}/learning_rate", dtype="float32")
        self.iterations = Variable(0, trainable=False, name=f"{name}/iteration", dtype="int64")
        self.rule = Rule(self._entry, tuple(_checked(settings).items()))
        given = [limit for limit in LIMITS if settings[limit]]
        if len(given) > 1:
            told = ", ".join(f"{limit}={settings[limit] or None}" for limit in LIMITS)
            raise ValueError(f"Only one of `clipnorm`, `clipvalue` and `global_clipnorm` can be set. Received: {told}")
        self.clipping = Clipping(*(settings[limit] or None for limit in ("clipvalue", "clipnorm", "global_clipnorm")))
        self.built = False
        self._trained: list[Variable] = []
        self._slots: dict[int, Slots] = {}
        self.shared: dict[str, Variable] = {}

    @property
    def learning_rate(self) -> Any:
        """The learning rate: a variable, or what the schedule says after so many steps."""
        if self._schedule is None:
            return self._rate
        return conversion.convert_to_tensor(self.rate_at(int(self.iterations.numpy())))

    @learning_rate.setter
    def learning_rate(self, given: Any) -> None:
        if callable(given) and not isinstance(given, Variable):
            self._schedule = given
        else:
            self._schedule = None
            self._rate.assign(float(static(given)))

    lr = learning_rate

    def rate_at(self, step: int) -> float:
        """The learning rate after so many steps."""
        if self._schedule is None:
            return float(self._rate.numpy())
        scheduled = isinstance(self._schedule, LearningRateSchedule)
        return float(static(self._schedule(step) if scheduled else self._schedule()))

    @property
    def variables(self) -> list[Variable]:
        """All that the optimizer keeps."""
        slots = [each for variable in self._trained for each in self._slots[id(variable)].values()]
        return [self.iterations, self._rate, *self.shared.values(), *slots]

    def build(self, var_list: Sequence[Variable]) -> None:
        """Makes what is kept for each variable; from here on the optimizer knows these variables alone."""
        if self.built or not var_list:
            return
        self.built = True
        self._trained = list(var_list)
        for variable in self._trained:
            self._slots[id(variable)] = {
                name: _kept(start, variable.dtype, tuple(variable.shape), f"{self.name}/{variable._name}_{name}")
                for name, start in self.rule.slots.items()
            }
        for name, start in self.rule.optimizer.shared.items():
            self.shared[name] = _kept(start, self._trained[0].dtype, (), f"{self.name}/{name}")

    def slots_of(self, variable: Variable) -> Slots:
        """What is kept for a variable."""
        if id(variable) not in self._slots:
            raise ValueError(
                f"Unknown variable: {variable}. This optimizer can only be called for the variables it was originally "
                "built with. When working with a new set of variables, you should recreate a new optimizer instance."
            )
        return self._slots[id(variable)]

    def apply_gradients(self, grads_and_vars: Any, name: str | None = None) -> Variable:
        """One step by pairs of gradient and variable; variables with None keep their values."""
        pairs = list(grads_and_vars)
        if not pairs:
            raise ValueError(
                "not enough values to unpack (expected 2, got 0): apply_gradients needs (gradient, variable)"
            )
        self.apply([gradient for gradient, _ in pairs], [variable for _, variable in pairs])
        return self.iterations

    def apply(self, grads: Any, trainable_variables: Any = None) -> None:
        """One step by gradients of variables, by default those that the optimizer was built with."""
        gradients = list(grads)
        if trainable_variables is None:
            if not self.built:
                raise ValueError(
                    "When passing `grads` without `variables`, the optimizer must already be built on a list of "
                    "variables. Call `optimizer.build(trainable_variables)` first."
                )
            variables = self._trained
        else:
            variables = list(trainable_variables)
            self.build(variables)
        if len(gradients) != len(variables):
            raise ValueError(f"{len(gradients)} gradients do not fit {len(variables)} variables")
        for variable in variables:
            self.slots_of(variable)
        if not gradients:
            return
        pairs = with_gradients(gradients, variables)
        with unrecorded():
            rate = self.rate_at(int(self.iterations.numpy()))
            standing = Standing(rate, int(self.iterations.numpy()) + 1, self.shared)
            carried_out(assignments(self.rule, self._clipped(pairs), self.slots_of, standing))
            self.iterations.assign_add(1)

    def _clipped(self, pairs: Sequence[tuple[Any, Variable]]) -> list[tuple[Any, Variable]]:
        """The gradients as they are applied: as the engine's training step clips them."""
        value, norm, common = self.clipping
        found = [calls.read(conversion.like(gradient, variable)) for gradient, variable in pairs]
        for gradient, (_, variable) in zip(found, pairs, strict=True):
            if gradient.dtype is not variable.dtype or gradient.shape != variable.shape:
                raise ValueError(
                    f"a gradient of shape {gradient.shape} and type {gradient.dtype.name} is not for {variable}"
                )
        if value is not None:
            found = [clipping.clip_by_value(each, -value, value) for each in found]
        if norm is not None:
            found = [clipping.clip_by_norm(each, norm) for each in found]
        if common is not None:
            found, _ = clipping.clip_by_global_norm(found, common)
        return [(gradient, variable) for gradient, (_, variable) in zip(found, pairs, strict=True)]

    def get_config(self) -> dict[str, Any]:
        """The settings by name."""
        rate = self.rate_at(0) if self._schedule is None else self._schedule
        return {"name": self.name, "learning_rate": rate, **self.rule.settings}


def _kept(start: float, dtype: Any, shape: tuple[int | None, ...], name: str) -> Variable:
    return Variable(conversion.constant(start, dtype, shape), trainable=False, name=name)


def _checked(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings as numbers that their rule has a meaning for."""
    found = {}
    for name, given in settings.items():
        value = given if isinstance(given, bool) else float(static(given))
        if name in RANGES and not RANGES[name].has(value):
            raise ValueError(f"`{name}` must be {RANGES[name]}. Received: {name}={given}.")
        found[name] = value
    return found


def with_gradients(gradients: Sequence[Any], variables: Sequence[Variable]) -> list[tuple[Any, Variable]]:
    """The pairs with a gradient; a warning for those without one."""
    pairs = [(each, variable) for each, variable in zip(gradients, variables, strict=True) if each is not None]
    if not pairs:
        raise ValueError("No gradients provided for any variable.")
    if len(pairs) < len(variables):
        names = [variable.name for each, variable in zip(gradients, variables, strict=True) if each is None]
        warnings.warn(
            f"Gradients do not exist for variables {names} when minimizing the loss. If using `model.compile()`, did you "
            "forget to provide a `loss` argument?",
            stacklevel=3,
        )
    return pairs


def general(given: Mapping[str, Any]) -> dict[str, Any]:
    """The settings that every optimizer of Keras takes, from the names that a call leaves over."""
    settings: dict[str, Any] = dict(GENERAL)
    unknown = {}
    for name, value in given.items():
        if name in GENERAL:
            settings[name] = 0.0 if value is None else value
        elif name == "decay":
            warnings.warn(
                "Argument `decay` is no longer supported and will be ignored; use a schedule as learning rate.",
                stacklevel=4,
            )
        elif name not in NOT_HERE:
            unknown[name] = value
        elif value not in NOT_HERE[name]:
            raise NotImplementedError(f"diffcli.tensorflow has no optimizers with {name}={value!r}")
    if unknown:
        raise ValueError(f"Argument(s) not recognized: {unknown}")
    return settings
