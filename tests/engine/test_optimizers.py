"""Update rules over 50 steps against a reference in 40 digits, written from the published rules one element at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import mpmath
import numpy as np
import pytest
from mpmath import mpf, sqrt

from diffcli.compute import Request
from diffcli.compute.load import load
from diffcli.engine.diff import gradients
from diffcli.engine.optim import GENERAL, OPTIMIZERS, RANGES
from diffcli.engine.train import Trainer, first_state, step_graph
from diffcli.source import Source

STEPS = 50
TOLERANCE = 1e-12
KEPT = dict[str, Any]
Rule = Callable[[Any, Any, KEPT, Any, int, Any], Any]


# ---- the rules, for one element: w, gradient, what is kept of it, learning rate, step from 1, settings; the new w


def descent(w: Any, g: Any, kept: KEPT, rate: Any, t: int, given: Any) -> Any:
    mu = given["momentum"]
    m = kept["m"] = mu * kept.get("m", 0) - rate * g
    return w + mu * m - rate * g if given["nesterov"] and mu else w + m


def descent_tf1(w: Any, g: Any, kept: KEPT, rate: Any, t: int, given: Any) -> Any:
    mu = given["momentum"]
    a = kept["a"] = mu * kept.get("a", 0) + g
    return w - rate * (g + mu * a if given["nesterov"] else a)


def adagrad(w: Any, g: Any, kept: KEPT, rate: Any, t: int, given: Any) -> Any:
    a = kept["a"] = kept.get("a", given["initial_accumulator_value"]) + g**2
    return w - rate * g / sqrt(a + given["epsilon"])


def adagrad_tf1(w: Any, g: Any, kept: KEPT, rate: Any, t: int, given: Any) -> Any:
    return adagrad(w, g, kept, rate, t, {**given, "epsilon": 0})


def adadelta(w: Any, g: Any, kept: KEPT, rate: Any, t: int, given: Any) -> Any:
    rho, epsilon, before = given["rho"], given["epsilon"], kept.get("d", 0)
    a = kept["a"] = rho * kept.get("a", 0) + (1 - rho) * g**2
    d = sqrt(before + epsilon) / sqrt(a + epsilon) * g
    kept["d"] = rho * before + (1 - rho) * d**2
    return w - rate * d


def rmsprop(w: Any, g: Any, kept: KEPT, rate: Any, t: int, given: Any) -> Any:
    rho = given["rho"]
    s = kept["s"] = rho * kept.get("s", given.get("start", 0)) + (1 - rho) * g**2
    q = kept["q"] = rho * kept.get("q", 0) + (1 - rho) * g
    spread = s - q**2 if given["centered"] else s
    m = kept["m"] = given["momentum"] * kept.get("m", 0) + rate * g / sqrt(spread + given["epsilon"])
    return w - m


def rmsprop_tf1(w: Any, g: Any, kept: KEPT, rate: Any, t: int, given: Any) -> Any:
    return rmsprop(w, g, kept, rate, t, {**given, "start": 1})


def adam(w: Any, g: Any, kept: KEPT, rate: Any, t: int, given: Any) -> Any:
    one, two = given["beta_1"], given["beta_2"]
    m = kept["m"] = one * kept.get("m", 0) + (1 - one) * g
    v = kept["v"] = two * kept.get("v", 0) + (1 - two) * g**2
    if given.get("amsgrad"):
        v = kept["largest"] = max(kept.get("largest", 0), v)
    return w - rate * sqrt(1 - two**t) / (1 - one**t) * m / (sqrt(v) + given["epsilon"])


def adamax(w: Any, g: Any, kept: KEPT, rate: Any, t: int, given: Any) -> Any:
    one, two = given["beta_1"], given["beta_2"]
    m = kept["m"] = one * kept.get("m", 0) + (1 - one) * g
    u = kept["u"] = max(two * kept.get("u", 0), abs(g))
    return w - rate / (1 - one**t) * m / (u + given["epsilon"])


def nadam(w: Any, g: Any, kept: KEPT, rate: Any, t: int, given: Any) -> Any:
    one, two = given["beta_1"], given["beta_2"]
    now, later = (one * (1 - mpf(0.5) * mpf(0.96) ** k) for k in (t, t + 1))
    p = kept["p"] = kept.get("p", 1) * now
    m = kept["m"] = one * kept.get("m", 0) + (1 - one) * g
    v = kept["v"] = two * kept.get("v", 0) + (1 - two) * g**2
    ahead = later * m / (1 - p * later) + (1 - now) * g / (1 - p)
    return w - rate * ahead / (sqrt(v / (1 - two**t)) + given["epsilon"])


def ftrl(w: Any, g: Any, kept: KEPT, rate: Any, t: int, given: Any) -> Any:
    p, l1 = given["learning_rate_power"], given["l1_regularization_strength"]
    l2, shrink = given["l2_regularization_strength"], given["l2_shrinkage_regularization_strength"]
    n = kept.get("n", given["initial_accumulator_value"])
    new = kept["n"] = n + g**2
    z = kept["z"] = kept.get("z", 0) + g + 2 * shrink * w - (new**-p - n**-p) / rate * w
    return (min(max(z, -l1), l1) - z) / (new**-p / rate + 2 * (l2 + given["beta"] / (2 * rate)))


def lion(w: Any, g: Any, kept: KEPT, rate: Any, t: int, given: Any) -> Any:
    one, two, m = given["beta_1"], given["beta_2"], kept.get("m", 0)
    kept["m"] = two * m + (1 - two) * g
    return w - rate * mpmath.sign(one * m + (1 - one) * g)


def proximal(w: Any, g: Any, kept: KEPT, rate: Any, t: int, given: Any) -> Any:
    q = w - rate * g
    shrunk = max(abs(q) - rate * given["l1_regularization_strength"], 0)
    return mpmath.sign(q) * shrunk / (1 + rate * given["l2_regularization_strength"])


RULES: dict[tuple[str, str], Rule] = {
    ("sgd", "keras"): descent,
    ("sgd", "tf1"): descent_tf1,
    ("adagrad", "keras"): adagrad,
    ("adagrad", "tf1"): adagrad_tf1,
    ("adadelta", "keras"): adadelta,
    ("adadelta", "tf1"): adadelta,
    ("rmsprop", "keras"): rmsprop,
    ("rmsprop", "tf1"): rmsprop_tf1,
    ("adam", "keras"): adam,
    ("adam", "tf1"): adam,
    ("adamw", "keras"): adam,
    ("adamax", "keras"): adamax,
    ("nadam", "keras"): nadam,
    ("ftrl", "keras"): ftrl,
    ("ftrl", "tf1"): ftrl,
    ("lion", "keras"): lion,
    ("proximal_sgd", "tf1"): proximal,
}

# The defaults of TensorFlow, which the rules are given where a case says nothing.
BETAS = {"beta_1": 0.9, "beta_2": 0.999}
MOMENTUM = {"momentum": 0.0, "nesterov": False}
PENALTIES = {"l1_regularization_strength": 0.0, "l2_regularization_strength": 0.0}
RMSPROP = {"rho": 0.9, "momentum": 0.0, "centered": False}
FTRL = {"learning_rate_power": -0.5, "initial_accumulator_value": 0.1, "beta": 0.0, **PENALTIES}
FTRL |= {"l2_shrinkage_regularization_strength": 0.0}
DEFAULTS: dict[tuple[str, str], dict[str, Any]] = {
    ("sgd", "keras"): MOMENTUM,
    ("sgd", "tf1"): MOMENTUM,
    ("adagrad", "keras"): {"initial_accumulator_value": 0.1, "epsilon": 1e-7},
    ("adagrad", "tf1"): {"initial_accumulator_value": 0.1},
    ("adadelta", "keras"): {"rho": 0.95, "epsilon": 1e-7},
    ("adadelta", "tf1"): {"rho": 0.95, "epsilon": 1e-8},
    ("rmsprop", "keras"): {**RMSPROP, "epsilon": 1e-7},
    ("rmsprop", "tf1"): {**RMSPROP, "epsilon": 1e-10},
    ("adam", "keras"): {**BETAS, "epsilon": 1e-7, "amsgrad": False},
    ("adam", "tf1"): {**BETAS, "epsilon": 1e-8},
    ("adamw", "keras"): {**BETAS, "epsilon": 1e-7, "amsgrad": False, "weight_decay": 0.004},
    ("adamax", "keras"): {**BETAS, "epsilon": 1e-7},
    ("nadam", "keras"): {**BETAS, "epsilon": 1e-7},
    ("ftrl", "keras"): FTRL,
    ("ftrl", "tf1"): FTRL,
    ("lion", "keras"): {"beta_1": 0.9, "beta_2": 0.99},
    ("proximal_sgd", "tf1"): PENALTIES,
}
RATES = {"sgd": 0.01}
NO_RATE = {("sgd", "tf1"), ("adagrad", "tf1"), ("rmsprop", "tf1"), ("ftrl", "tf1"), ("proximal_sgd", "tf1")}


# ---- what is varied of each rule

VARIED: dict[str, list[dict[str, Any]]] = {
    "sgd": [{"momentum": 0.9}, {"momentum": 0.8, "nesterov": True}, {"nesterov": True}],
    "adagrad": [{"initial_accumulator_value": 0.5}, {"initial_accumulator_value": 0.0, "epsilon": 0.01}],
    "adadelta": [{"rho": 0.7}, {"epsilon": 0.01}],
    "rmsprop": [
        {"rho": 0.6, "epsilon": 1e-3},
        {"momentum": 0.8},
        {"centered": True, "epsilon": 1e-3},
        {"centered": True, "momentum": 0.5, "rho": 0.8, "epsilon": 1e-3},
    ],
    "adam": [{"beta_1": 0.5, "beta_2": 0.9}, {"beta_1": 0.0, "epsilon": 0.1}, {"amsgrad": True, "beta_2": 0.8}],
    "adamw": [
        {"weight_decay": 0.3},
        {"beta_1": 0.5, "beta_2": 0.9, "epsilon": 0.01, "amsgrad": True, "weight_decay": 0.05},
    ],
    "adamax": [{"beta_1": 0.5, "beta_2": 0.97}, {"epsilon": 0.1}],
    "nadam": [{"beta_1": 0.7, "beta_2": 0.9}, {"epsilon": 0.1}],
    "ftrl": [
        {"learning_rate_power": -0.8, "initial_accumulator_value": 0.3},
        {"learning_rate_power": 0.0},
        {"l1_regularization_strength": 0.7},
        {"l2_regularization_strength": 0.7, "beta": 0.4},
        {"l2_shrinkage_regularization_strength": 0.2, "l1_regularization_strength": 0.05},
    ],
    "lion": [{"beta_1": 0.6, "beta_2": 0.7}],
    "proximal_sgd": [{"l1_regularization_strength": 0.3}, {**dict.fromkeys(PENALTIES, 0.2)}],
}
SCHEDULES: dict[str, Callable[[int], float]] = {"constant": lambda done: 0.05, "falling": lambda done: 0.2 * 0.93**done}


class Case(NamedTuple):
    """An optimizer with the settings that differ from its defaults."""

    name: str
    variant: str
    given: Mapping[str, Any]

    def __str__(self) -> str:
        return "-".join([self.name, self.variant, *(f"{name}={value}" for name, value in self.given.items())])


def cases() -> list[Case]:
    found = []
    for name, variant in RULES:
        known = {**DEFAULTS[name, variant], **(GENERAL if variant == "keras" else {})}
        settings = [{}, *VARIED[name], *([{"weight_decay": 0.1}] if variant == "keras" else [])]
        found += [Case(name, variant, each) for each in settings if set(each) <= set(known)]
    return found


# ---- problems: text, first values, what is fed in each step, and the gradients by hand


class Problem(NamedTuple):
    text: str
    start: Mapping[str, Any]
    feeds: Callable[[int], Sequence[Any]]
    gradients: Callable[[Sequence[Any], int], Sequence[Any]]


SLOPES, CENTRE = (1.0, 4.0, 0.25), (0.5, -1.0, 3.0)
# What may be special of a gradient: none, tiny ones, large ones, changes of sign.
FED = [
    (
        0.0,
        1e-8,
        1e-8 * (-1) ** t,
        2.5 * (t % 3 == 0),
        1e3 * (1 - 0.6 * (t % 2)),
        -0.3 + 0.17 * (t % 5),
        float(t == 7),
        -2.0 * (t < 3),
    )
    for t in range(STEPS)
]


def _quadratic(state: Sequence[Any], t: int) -> list[Any]:
    x, y, z = state
    return [x - mpf(0.5) + y / 2, 4 * (y + 1) + x / 2, (z - 3) / 4]


PROBLEMS = {
    "product": Problem(
        "var w = 5\nvar x = 10\nloss = w * x",
        {"w": 5.0, "x": 10.0},
        lambda t: (),
        lambda state, t: [state[1], state[0]],
    ),
    "quadratic": Problem(
        "var v = [2, -3, 0]\nloss = sum([1, 4, 0.25] * (v - [0.5, -1, 3])**2) / 2 + v[0] * v[1] / 2",
        {"v": np.array([2.0, -3.0, 0.0])},
        lambda t: (),
        _quadratic,
    ),
    "fed": Problem(
        "input g: [8]\nvar v = [1, 0, 0, -1, 2, 0.5, -0.25, 3]\nloss = sum(g * v)",
        {"v": np.array([1, 0, 0, -1, 2, 0.5, -0.25, 3])},
        lambda t: (np.array(FED[t]),),
        lambda state, t: [mpf(each) for each in FED[t]],
    ),
}


def trained(case: Case, problem: Problem, rate: Callable[[int], float]) -> list[list[float]]:
    """All variables, element by element, after each step."""
    optimizer = OPTIMIZERS[case.name][case.variant]
    model = load(Request(Source("test", problem.text)))
    leaves = [model.leaves[name].node for name in problem.start]
    data = [model.leaves["g"].node] if "g" in model.leaves else []
    loss = model.names["loss"]
    found = [each for each in gradients([loss], leaves) if each is not None]
    graph = step_graph(loss, leaves, found, data, optimizer, {**optimizer.settings, **case.given})
    trainer = Trainer(first_state(graph, list(problem.start.values())), executor="blocked")
    path = []
    for done in range(STEPS):
        trainer.step(graph, problem.feeds(done), rate(done))
        path.append([float(each) for value in trainer.state[: len(leaves)] for each in np.ravel(value)])
    return path


def expected(case: Case, problem: Problem, rate: Callable[[int], float], rule: Rule | None = None) -> list[list[Any]]:
    """The same by the reference."""
    rule = rule or RULES[case.name, case.variant]
    given = {**DEFAULTS[case.name, case.variant], **case.given}
    numbers = {name: value if isinstance(value, bool) else mpf(value) for name, value in given.items()}
    decay = numbers.get("weight_decay", 0)
    path = []
    with mpmath.workdps(40):
        state = [mpf(float(each)) for value in problem.start.values() for each in np.ravel(value)]
        kept: list[KEPT] = [{} for _ in state]
        for done in range(STEPS):
            now, slopes = mpf(rate(done)), problem.gradients(state, done)
            state = [
                rule(w - now * decay * w, g, own, now, done + 1, numbers)
                for w, g, own in zip(state, slopes, kept, strict=True)
            ]
            path.append(list(state))
    return path


def worst(found: Sequence[Sequence[float]], wanted: Sequence[Sequence[Any]]) -> float:
    """The largest difference on the way, of each element relative to the largest that it has been."""
    largest = 0.0
    for place in range(len(wanted[0])):
        size = mpf(0)
        for one, other in zip(found, wanted, strict=True):
            size = max(size, abs(other[place]))
            difference = abs(mpf(one[place]) - other[place])
            largest = max(largest, float(difference / size) if size else float(difference > 0))
    return largest


@pytest.mark.parametrize("case", cases(), ids=str)
def test_fifty_steps(case: Case) -> None:
    for name, problem in PROBLEMS.items():
        for kind, rate in SCHEDULES.items():
            error = worst(trained(case, problem, rate), expected(case, problem, rate))
            assert error <= TOLERANCE, f"{name}, {kind} rate: {error:.1e}"


# ---- the tester, tested


def _outside(w: Any, g: Any, kept: KEPT, rate: Any, t: int, given: Any) -> Any:
    a = kept["a"] = kept.get("a", given["initial_accumulator_value"]) + g**2
    return w - rate * g / (sqrt(a) + given["epsilon"])


def _adam(inside: bool, corrected: bool) -> Rule:
    """Adam with epsilon inside of the root, or added to the corrected root as in the paper's first form."""

    def rule(w: Any, g: Any, kept: KEPT, rate: Any, t: int, given: Any) -> Any:
        one, two, epsilon = given["beta_1"], given["beta_2"], given["epsilon"]
        m = kept["m"] = one * kept.get("m", 0) + (1 - one) * g
        v = kept["v"] = two * kept.get("v", 0) + (1 - two) * g**2
        if corrected:
            return w - rate * m / (1 - one**t) / (sqrt(v / (1 - two**t)) + epsilon)
        root = sqrt(v + epsilon) if inside else sqrt(v) + epsilon
        return w - rate * sqrt(1 - two**t) / (1 - one**t) * m / root

    return rule


def _amsgrad(w: Any, g: Any, kept: KEPT, rate: Any, t: int, given: Any) -> Any:
    """The largest of the corrected averages."""
    one, two = given["beta_1"], given["beta_2"]
    m = kept["m"] = one * kept.get("m", 0) + (1 - one) * g
    v = kept["v"] = two * kept.get("v", 0) + (1 - two) * g**2
    u = kept["largest"] = max(kept.get("largest", 0), v / (1 - two**t))
    return w - rate / (1 - one**t) * m / (sqrt(u) + given["epsilon"] / sqrt(1 - two**t))


def _adadelta(w: Any, g: Any, kept: KEPT, rate: Any, t: int, given: Any) -> Any:
    """The average of steps as it is after this one."""
    found = adadelta(w, g, kept, rate, t, given)
    epsilon = given["epsilon"]
    return w - rate * sqrt(kept["d"] + epsilon) / sqrt(kept["a"] + epsilon) * g if t > 1 else found


def _lion(w: Any, g: Any, kept: KEPT, rate: Any, t: int, given: Any) -> Any:
    """The average moved before the sign is taken."""
    m = kept["m"] = given["beta_2"] * kept.get("m", 0) + (1 - given["beta_2"]) * g
    return w - rate * mpmath.sign(given["beta_1"] * m + (1 - given["beta_1"]) * g)


def _shrunk(w: Any, g: Any, kept: KEPT, rate: Any, t: int, given: Any) -> Any:
    """Shrinkage in the squares, too."""
    plain = {**given, "l2_shrinkage_regularization_strength": mpf(0)}
    return ftrl(w, g + 2 * given["l2_shrinkage_regularization_strength"] * w, kept, rate, t, plain)


def _with(rule: Rule, **other: Any) -> Rule:
    """With other settings than those asked for."""
    return lambda w, g, kept, rate, t, given: rule(w, g, kept, rate, t, {**given, **other})


def _later(rule: Rule) -> Rule:
    """One step behind in what depends on the number of the step."""
    return lambda w, g, kept, rate, t, given: rule(w, g, kept, rate, t + 1, given)


@pytest.mark.parametrize(
    ("name", "variant", "given", "wrong"),
    [
        ("sgd", "keras", {"momentum": 0.9}, descent_tf1),
        ("sgd", "tf1", {"momentum": 0.9, "nesterov": True}, descent),
        ("adagrad", "keras", {}, _outside),
        ("adagrad", "tf1", {}, _with(adagrad, epsilon=mpf("1e-7"))),
        ("adadelta", "keras", {}, _adadelta),
        ("rmsprop", "tf1", {}, rmsprop),
        ("rmsprop", "keras", {}, rmsprop_tf1),
        ("adam", "keras", {}, _adam(True, False)),
        ("adam", "keras", {}, _adam(False, True)),
        ("adam", "tf1", {}, _with(adam, epsilon=mpf("1e-7"))),
        ("adam", "tf1", {}, _later(adam)),
        ("adam", "keras", {"amsgrad": True, "beta_2": 0.8}, _amsgrad),
        ("adamw", "keras", {}, lambda w, *given: adam(w * (1 + mpf("1e-9")), *given)),
        ("adamax", "keras", {}, _later(adamax)),
        ("nadam", "keras", {}, _later(nadam)),
        ("nadam", "keras", {}, adam),
        ("ftrl", "keras", {"l2_shrinkage_regularization_strength": 0.2}, _shrunk),
        ("lion", "keras", {}, _lion),
        ("proximal_sgd", "tf1", {"l1_regularization_strength": 0.3}, descent_tf1),
    ],
)
def test_a_wrong_rule_is_caught(name: str, variant: str, given: dict[str, Any], wrong: Rule) -> None:
    case = Case(name, variant, given)
    settings = {**MOMENTUM, **OPTIMIZERS[name][variant].settings}

    def rule(w: Any, g: Any, kept: KEPT, rate: Any, t: int, numbers: Any) -> Any:
        return wrong(w, g, kept, rate, t, {**settings, **numbers})

    errors = [
        worst(trained(case, problem, rate), expected(case, problem, rate, rule))
        for problem in PROBLEMS.values()
        for rate in SCHEDULES.values()
    ]
    assert max(errors) > 100 * TOLERANCE


# ---- the table


def test_every_optimizer_has_a_reference_and_every_setting_is_tried() -> None:
    every = {(name, variant): each for name, variants in OPTIMIZERS.items() for variant, each in variants.items()}
    assert all(each.doc.endswith(".") for each in every.values())
    every = {key: each for key, each in every.items() if key[1] != "scipy"}  # whose methods state no rule
    assert set(every) == set(RULES) == set(DEFAULTS)
    tried = cases()
    for (name, variant), optimizer in every.items():
        assert (optimizer.name, optimizer.variant) == (name, variant)
        own = {key: value for key, value in optimizer.settings.items() if key not in GENERAL or value != GENERAL[key]}
        assert own == DEFAULTS[name, variant]
        given = {key for case in tried if case[:2] == (name, variant) for key in case.given}
        assert given >= set(optimizer.settings) - {"clipnorm", "clipvalue", "global_clipnorm"}, name
        assert optimizer.rate == (None if (name, variant) in NO_RATE else RATES.get(name, 0.001))


def test_every_number_has_a_range_with_its_default_in_it() -> None:
    for name, variant in RULES:
        for key, value in OPTIMIZERS[name][variant].settings.items():
            assert isinstance(value, bool) or RANGES[key].has(value)


@pytest.mark.parametrize(
    ("name", "inside", "outside", "text"),
    [
        ("momentum", [0.0, 1.0], [-0.1, 1.1], "from 0 to 1"),
        ("beta_1", [0.0, 0.999], [-0.1, 1.0], "from 0 to below 1"),
        ("epsilon", [0.0, 3.0], [-1e-9], "0 or more"),
        ("learning_rate_power", [0.0, -1.0], [0.5], "0 or less"),
    ],
)
def test_what_a_setting_can_be(name: str, inside: list[float], outside: list[float], text: str) -> None:
    assert all(map(RANGES[name].has, inside))
    assert not any(map(RANGES[name].has, [*outside, float("nan")]))
    assert str(RANGES[name]) == text


def moved(name: str, variant: str, slope: float, rate: float) -> float:
    """How far the first step goes."""
    text = f"var w = 0\nloss = {slope} * w"
    problem = Problem(text, {"w": 0.0}, lambda t: (), lambda state, t: [slope])
    return -trained(Case(name, variant, {}), problem, lambda done: rate)[0][0]


def test_the_first_step_of_adam_on_a_tiny_gradient() -> None:
    # Measured in TensorFlow 2.21; g * sqrt(1 - beta_2) is not large against epsilon.
    assert moved("adam", "tf1", 1e-8, 0.1) == pytest.approx(0.003065, rel=2e-4)
    assert moved("adam", "keras", 1e-8, 0.1) == pytest.approx(0.000315, rel=2e-3)
    assert moved("adam", "keras", 1.0, 0.1) == pytest.approx(0.1, rel=1e-5)


def test_momentum_differs_between_the_variants_only_where_the_rate_changes() -> None:
    for given in ({"momentum": 0.9}, {"momentum": 0.9, "nesterov": True}):
        one, other = (Case("sgd", variant, given) for variant in ("keras", "tf1"))
        problem = PROBLEMS["quadratic"]
        constant, falling = SCHEDULES.values()
        assert trained(one, problem, constant)[-1] == pytest.approx(trained(other, problem, constant)[-1], rel=1e-12)
        assert trained(one, problem, falling)[-1] != pytest.approx(trained(other, problem, falling)[-1], rel=1e-3)


def test_settings_of_zero_are_off() -> None:
    problem, rate = PROBLEMS["quadratic"], SCHEDULES["constant"]
    plain = trained(Case("adam", "keras", {}), problem, rate)
    for name in GENERAL:
        assert trained(Case("adam", "keras", {name: 0.0}), problem, rate) == plain
    assert trained(Case("adamw", "keras", {"weight_decay": 0.0}), problem, rate) == plain
    assert trained(Case("sgd", "tf1", {"nesterov": True}), problem, rate) == trained(
        Case("sgd", "tf1", {}), problem, rate
    )
