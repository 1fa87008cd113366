"""tf.train: minimize, compute_gradients and apply_gradients (section 6), and the update rules (section 7)."""

from __future__ import annotations

from collections.abc import Callable
from inspect import signature
from typing import Any

import numpy as np
import pytest
from mpmath import mpf

import diffcli.tensorflow as tf
from tests.engine.test_optimizers import RULES

from .graphs import numbers

Optimizer = tf.train.GradientDescentOptimizer


def after(program: Callable[[], Any], runs: int = 1) -> Any:
    """What tensors are worth in a graph after its operation was run: a program returns the operation and the tensors."""
    with tf.Graph().as_default():
        operation, fetched = program()
        with tf.Session() as session:
            session.run(tf.global_variables_initializer())
            for _ in range(runs):
                assert session.run(operation) is None
            return [np.asarray(each).tolist() for each in session.run(fetched)]


def both(loss: Callable[..., Any], *values: Any, rate: float, trained: Any = None, **named: Any) -> list[Any]:
    """The variables after one step, in a graph and at once, which must agree."""

    def step(at_once: bool) -> Any:
        variables = [tf.Variable(value) for value in values]
        listed = None if trained is None else [variables[place] for place in trained]
        target = (lambda: loss(*variables)) if at_once else loss(*variables)
        return Optimizer(rate).minimize(target, var_list=listed, **named), variables

    in_graph = after(lambda: step(False))
    operation, variables = step(True)
    assert operation is None
    assert numbers(variables) == in_graph
    return in_graph


def test_a_vector_loss_is_summed() -> None:
    assert both(lambda a, b: 5 * a + 3 * b, [1.0, 2.0], [3.0, 4.0], rate=3.0) == [[-14, -13], [-6, -5]]


def test_grad_loss_weighs_the_elements_of_the_loss() -> None:
    found = both(lambda a, b: 5 * a + 3 * b, [1.0, 2.0], [3.0, 4.0], rate=3.0, grad_loss=[42.0, -42.0])
    assert found == [[-629, 632], [-375, 382]]


def test_arguments_of_minimize_stand_in_the_order_of_tensorflow() -> None:
    names = "loss global_step var_list gate_gradients aggregation_method colocate_gradients_with_ops name grad_loss"
    assert list(signature(Optimizer.minimize).parameters)[1:] == names.split()
    assert signature(Optimizer.minimize).parameters["gate_gradients"].default == Optimizer.GATE_OP == 1


def test_default_variables_are_all_of_the_graph_but_those_read_at_once() -> None:
    with tf.Graph().as_default():
        a, b = tf.Variable(3.0), tf.Variable(4.0)
        pairs = Optimizer(1.0).compute_gradients(a * a)
        assert [each for _, each in pairs] == [a, b]
        assert pairs[1][0] is None
        with tf.Session() as session:
            session.run(tf.global_variables_initializer())
            assert session.run(pairs[0][0]) == 6
    a, b = tf.Variable(3.0), tf.Variable(4.0)
    ((gradient, variable),) = Optimizer(1.0).compute_gradients(lambda: a * a)
    assert (float(gradient), variable is a) == (6.0, True)


def test_pairs_stand_in_the_order_of_the_list() -> None:
    a, b, c = tf.Variable(3.0), tf.Variable(4.0), tf.Variable(5.0)
    pairs = Optimizer(1.0).compute_gradients(lambda: a * b, [b, c, a])
    assert [variable for _, variable in pairs] == [b, c, a]
    assert numbers([gradient for gradient, _ in pairs]) == [3, None, 4]


@pytest.mark.parametrize("name", ["AdamOptimizer", "MomentumOptimizer"])
def test_a_variable_without_gradient_keeps_its_value_and_gets_no_slot(name: str) -> None:
    given = {"momentum": 0.9} if name == "MomentumOptimizer" else {}
    optimizer = getattr(tf.train, name)(learning_rate=0.1, **given)
    a, b = tf.Variable(3.0), tf.Variable(4.0)
    optimizer.apply_gradients([(tf.constant(1.0), a), (None, b)])
    assert b.numpy() == 4
    slot = optimizer.get_slot_names()[0]
    assert optimizer.get_slot(b, slot) is None
    assert optimizer.get_slot(a, slot).numpy() != 0


def test_a_step_without_gradient_leaves_momentum_as_it_is() -> None:
    optimizer = tf.train.MomentumOptimizer(1.0, 0.5)
    a, b = tf.Variable(0.0), tf.Variable(0.0)
    optimizer.apply_gradients([(1.0, a), (1.0, b)])  # accumulated 1: -1
    optimizer.apply_gradients([(None, a), (1.0, b)])
    optimizer.apply_gradients([(1.0, a), (1.0, b)])  # 1.5: -2.5
    assert a.numpy() == -2.5
    assert b.numpy() == -1 - 1.5 - 1.75


def test_nothing_to_optimize_is_an_error() -> None:
    x = tf.Variable(1.0)
    frozen = tf.Variable(1.0, trainable=False)
    optimizer = Optimizer(0.1)
    with pytest.raises(ValueError, match="No variables provided"):
        optimizer.apply_gradients([])
    with pytest.raises(ValueError, match="No gradients provided for any variable"):
        optimizer.apply_gradients([(None, x)])
    with pytest.raises(ValueError, match="No variables to optimize"):
        optimizer.minimize(lambda: x * x, var_list=[])
    with pytest.raises(ValueError, match="No variables to optimize"):
        optimizer.minimize(lambda: frozen * frozen)
    with pytest.raises(ValueError, match="No gradients provided for any variable"):
        optimizer.minimize(lambda: x * x, var_list=[tf.Variable(2.0)])
    with tf.Graph().as_default(), pytest.raises(ValueError, match="No variables to optimize"):
        optimizer.minimize(tf.constant(2.0) * 3.0)


def test_frozen_variables_are_updated_when_they_are_listed() -> None:
    frozen = tf.Variable(3.0, trainable=False)
    Optimizer(0.5).minimize(lambda: frozen * frozen, var_list=[frozen])
    assert frozen.numpy() == 0


def test_tensors_have_gradients_and_cannot_be_updated() -> None:
    c, x = tf.constant(2.0), tf.Variable(3.0)
    pairs = Optimizer(0.1).compute_gradients(lambda: c * x, [c, x])
    assert numbers([gradient for gradient, _ in pairs]) == [3, 2]
    with pytest.raises(NotImplementedError, match="Trying to update a Tensor"):
        Optimizer(0.1).apply_gradients(pairs)


def test_global_step_is_counted_once_per_apply_after_the_update() -> None:
    def program() -> Any:
        step = tf.Variable(0, trainable=False)
        a, b = tf.Variable(1.0), tf.Variable(1.0)
        # The rate is the step before it is counted.
        operation = Optimizer(tf.cast(step, tf.float32)).minimize(a + b, global_step=step)
        return operation, [step, a, b]

    assert after(program, 1) == [1, 1.0, 1.0]
    assert after(program, 3) == [3, -2.0, -2.0]
    step, a = tf.Variable(0, trainable=False, dtype="int64"), tf.Variable(1.0)
    for _ in range(2):
        Optimizer(0.5).minimize(lambda: a, global_step=step)
    assert (step.numpy(), a.numpy()) == (2, 0.0)


def test_a_variable_listed_twice_is_updated_twice() -> None:
    a = tf.Variable(1.0)
    Optimizer(0.1).apply_gradients([(1.0, a), (2.0, a)])
    assert a.numpy() == pytest.approx(0.7, abs=1e-7)

    def program() -> Any:
        a = tf.Variable(1.0)
        return Optimizer(0.1).apply_gradients([(tf.constant(1.0), a), (tf.constant(2.0), a)]), [a]

    assert after(program)[0] == pytest.approx(0.7, abs=1e-7)


def test_what_cannot_be_minimized() -> None:
    x, whole = tf.Variable(1.0), tf.Variable(2)
    optimizer = Optimizer(0.1)
    with pytest.raises(ValueError, match="Invalid type"):
        optimizer.compute_gradients(lambda: x * x, [whole])
    with pytest.raises(ValueError, match="Invalid type"):
        optimizer.compute_gradients(lambda: whole * 2, [x])
    with pytest.raises(ValueError, match=r"shape \(2,\) instead of \(\)"):
        optimizer.apply_gradients([(tf.constant([1.0, 2.0]), x)])
    with pytest.raises(ValueError, match="gate_gradients"):
        optimizer.minimize(lambda: x * x, gate_gradients=3)
    with pytest.raises(RuntimeError, match="should be a function"):
        optimizer.minimize(x * x)
    with tf.Graph().as_default():
        v = tf.Variable([1.0, 2.0])
        with pytest.raises(ValueError, match="shape"):
            optimizer.apply_gradients([(tf.constant(1.0), v)])


def test_a_negative_rate_ascends() -> None:
    assert both(lambda a: a * a, 1.0, rate=-0.5) == [2.0]


def test_a_constraint_holds_after_the_update() -> None:
    def clipped(value: Any) -> Any:
        return tf.clip_by_value(value, -0.1, 0.0)

    def program() -> Any:
        v = tf.Variable([1.0, 2.0], constraint=clipped)
        return Optimizer(3.0).minimize(tf.reduce_sum(5 * v)), [v]

    assert after(program)[0] == pytest.approx([-0.1, -0.1], abs=1e-8)
    v = tf.Variable([1.0, 2.0], constraint=clipped)
    Optimizer(3.0).minimize(lambda: 5 * v)
    assert v.numpy() == pytest.approx([-0.1, -0.1], abs=1e-8)


def test_gradients_are_taken_at_the_old_values() -> None:
    def program() -> Any:
        w, x = tf.Variable(5.0), tf.Variable(10.0)
        optimizer = Optimizer(0.1)
        pairs = [(tf.clip_by_norm(g, 6), v) for g, v in optimizer.compute_gradients(w * x, [w, x])]
        return optimizer.apply_gradients(pairs), [w, x, w * x]

    assert after(program) == [pytest.approx(each, abs=1e-5) for each in (4.4, 9.5, 41.8)]


def test_two_operations_of_one_run_start_from_the_same_values() -> None:
    def program() -> Any:
        a, b = tf.Variable(2.0), tf.Variable(3.0)
        loss = a * b
        return tf.group(Optimizer(1.0).minimize(loss, var_list=[a]), Optimizer(1.0).minimize(loss, var_list=[b])), [
            a,
            b,
        ]

    assert after(program) == [-1.0, 1.0]


def test_slots_are_variables_that_the_initializer_sets() -> None:
    with tf.Graph().as_default():
        v = tf.Variable(1.0)
        ready = tf.global_variables_initializer()
        optimizer = tf.train.AdamOptimizer(0.1)
        operation = optimizer.minimize(v * v)
        slot = optimizer.get_slot(v, "m")
        assert slot in tf.global_variables()
        assert tf.trainable_variables() == [v]
        with tf.Session() as session:
            session.run(ready)
            with pytest.raises(tf.errors.FailedPreconditionError, match="uninitialized"):
                session.run(operation)
            session.run(tf.global_variables_initializer())
            for _ in range(3):
                session.run(operation)
            first = session.run(v)
            session.run(tf.global_variables_initializer())  # and begins anew
            for _ in range(3):
                session.run(operation)
            assert session.run(v) == first


def test_the_rate_can_be_fed_or_computed() -> None:
    with tf.Graph().as_default():
        rate = tf.placeholder(tf.float32, ())
        v = tf.Variable(1.0)
        operation = Optimizer(rate).minimize(v)
        with tf.Session() as session:
            session.run(tf.global_variables_initializer())
            session.run(operation, {rate: 0.25})
            assert session.run(v) == 0.75
    v = tf.Variable(1.0)
    Optimizer(lambda: 0.5).minimize(lambda: v)
    assert v.numpy() == 0.5


# Each rule with other settings than its defaults, and with them.
CASES = [
    ("GradientDescentOptimizer", "sgd", {}, {"momentum": 0.0, "nesterov": False}),
    ("MomentumOptimizer", "sgd", {"momentum": 0.9}, {"momentum": 0.9, "nesterov": False}),
    ("MomentumOptimizer", "sgd", {"momentum": 0.7, "use_nesterov": True}, {"momentum": 0.7, "nesterov": True}),
    ("AdagradOptimizer", "adagrad", {}, {"initial_accumulator_value": 0.1}),
    ("AdagradOptimizer", "adagrad", {"initial_accumulator_value": 2.0}, {"initial_accumulator_value": 2.0}),
    ("AdadeltaOptimizer", "adadelta", {}, {"rho": 0.95, "epsilon": 1e-8}),
    ("AdadeltaOptimizer", "adadelta", {"rho": 0.5, "epsilon": 0.1}, {"rho": 0.5, "epsilon": 0.1}),
    ("RMSPropOptimizer", "rmsprop", {}, {"rho": 0.9, "momentum": 0.0, "epsilon": 1e-10, "centered": False}),
    (
        "RMSPropOptimizer",
        "rmsprop",
        {"decay": 0.5, "momentum": 0.3, "epsilon": 0.01, "centered": True},
        {"rho": 0.5, "momentum": 0.3, "epsilon": 0.01, "centered": True},
    ),
    ("AdamOptimizer", "adam", {}, {"beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-8}),
    (
        "AdamOptimizer",
        "adam",
        {"beta1": 0.5, "beta2": 0.75, "epsilon": 0.1},
        {"beta_1": 0.5, "beta_2": 0.75, "epsilon": 0.1},
    ),
    ("ProximalGradientDescentOptimizer", "proximal_sgd", {}, {}),
    (
        "ProximalGradientDescentOptimizer",
        "proximal_sgd",
        {"l1_regularization_strength": 0.2, "l2_regularization_strength": 0.3},
        {"l1_regularization_strength": 0.2, "l2_regularization_strength": 0.3},
    ),
    ("FtrlOptimizer", "ftrl", {}, {}),
    (
        "FtrlOptimizer",
        "ftrl",
        {
            "learning_rate_power": -0.7,
            "initial_accumulator_value": 0.5,
            "l1_regularization_strength": 0.2,
            "l2_regularization_strength": 0.3,
            "l2_shrinkage_regularization_strength": 0.4,
            "beta": 0.6,
        },
        {
            "learning_rate_power": -0.7,
            "initial_accumulator_value": 0.5,
            "l1_regularization_strength": 0.2,
            "l2_regularization_strength": 0.3,
            "l2_shrinkage_regularization_strength": 0.4,
            "beta": 0.6,
        },
    ),
]
FTRL = {
    "learning_rate_power": -0.5,
    "initial_accumulator_value": 0.1,
    "l1_regularization_strength": 0.0,
    "l2_regularization_strength": 0.0,
    "l2_shrinkage_regularization_strength": 0.0,
    "beta": 0.0,
}
RATE, STEPS = 0.1, 5
START = (1.5, -2.0)


def expected(rule: Any, settings: dict[str, Any], steps: int = STEPS) -> list[float]:
    """Where the loss w**4/4 + w takes each element of the start, in 40 digits and by the published rule."""
    given = {
        **FTRL,
        **{key: value if isinstance(value, bool) else mpf(value) for key, value in settings.items()},
    }
    found = []
    for start in START:
        w, kept = mpf(start), {}
        for t in range(1, steps + 1):
            w = rule(w, w**3 + 1, kept, mpf(RATE), t, given)
        found.append(float(w))
    return found


def loss(w: Any) -> Any:
    return tf.reduce_sum(w**4 / 4.0 + w)


@pytest.mark.parametrize(("title", "rule", "given", "settings"), CASES)
def test_update_rules(title: str, rule: str, given: dict[str, Any], settings: dict[str, Any]) -> None:
    wanted = expected(RULES[rule, "tf1"], settings)
    optimizer = getattr(tf.train, title)(RATE, **given)
    w = tf.Variable(START, dtype=tf.float64)
    for _ in range(STEPS):
        optimizer.minimize(lambda: loss(w))
    assert w.numpy() == pytest.approx(wanted, rel=1e-12)

    def program() -> Any:
        w = tf.Variable(START, dtype=tf.float64)
        return getattr(tf.train, title)(RATE, **given).minimize(loss(w)), [w]

    assert after(program, STEPS)[0] == pytest.approx(wanted, rel=1e-12)


def test_float32_variables_are_computed_in_float32() -> None:
    w = tf.Variable(1.0)
    for _ in range(3):
        Optimizer(0.1).minimize(lambda: w * w)
    value = np.float32(1.0)
    for _ in range(3):
        value = value - np.float32(0.1) * (value + value)
    assert w.numpy().dtype == np.float32
    assert w.numpy() == value


@pytest.mark.parametrize(
    ("name", "expected"),
    # The first step of Adam for a gradient of 1e-8 shows where epsilon stands (section 7).
    [("AdamOptimizer", 0.003065)],
)
def test_the_first_step_of_adam_for_a_tiny_gradient(name: str, expected: float) -> None:
    v = tf.Variable(0.0, dtype=tf.float64)
    getattr(tf.train, name)(0.1).apply_gradients([(tf.constant(1e-8, tf.float64), v)])
    assert -v.numpy() == pytest.approx(expected, abs=5e-7)


def test_rates_that_tensorflow_demands() -> None:
    for title in ("GradientDescentOptimizer", "AdagradOptimizer", "RMSPropOptimizer", "FtrlOptimizer"):
        with pytest.raises(TypeError, match="learning_rate"):
            getattr(tf.train, title)()
    with pytest.raises(TypeError, match="momentum"):
        tf.train.MomentumOptimizer(0.1)
    tf.train.AdamOptimizer()
    tf.train.AdadeltaOptimizer()


def test_settings_without_meaning_are_refused() -> None:
    with pytest.raises(ValueError, match="learning_rate_power"):
        tf.train.FtrlOptimizer(0.1, learning_rate_power=0.5)
    with pytest.raises(ValueError, match="initial_accumulator_value"):
        tf.train.AdagradOptimizer(0.1, initial_accumulator_value=0.0)


def test_what_there_is_not_is_named() -> None:
    with pytest.raises(AttributeError, match=r"tf\.train\.AdagradDAOptimizer"):
        _ = tf.train.AdagradDAOptimizer
    assert tf.compat.v1.train.AdamOptimizer is tf.train.AdamOptimizer
