"""tf.keras: optimizers (sections 6 and 7), layers, models and what trains them (section 11)."""

from __future__ import annotations

from collections.abc import Iterator
from math import exp, log, sqrt
from typing import Any

import numpy as np
import pytest
from mpmath import mpf

import diffcli.tensorflow as tf
from tests.engine.test_optimizers import RULES

from .graphs import numbers
from .test_train import FTRL, RATE, START, STEPS, expected

keras = tf.keras
BETAS = {"beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7}
OTHER_BETAS = {"beta_1": 0.5, "beta_2": 0.75, "epsilon": 0.1}
PENALTIES = {
    "learning_rate_power": -0.7,
    "initial_accumulator_value": 0.5,
    "l1_regularization_strength": 0.2,
    "l2_regularization_strength": 0.3,
    "l2_shrinkage_regularization_strength": 0.4,
    "beta": 0.6,
}
# Class, rule, arguments, and all settings of the rule: the defaults of the page where there are no arguments.
CASES: list[tuple[str, str, dict[str, Any], dict[str, Any]]] = [
    ("SGD", "sgd", {}, {"momentum": 0.0, "nesterov": False}),
    ("SGD", "sgd", {"momentum": 0.9}, {"momentum": 0.9, "nesterov": False}),
    ("SGD", "sgd", {"momentum": 0.9, "nesterov": True}, {"momentum": 0.9, "nesterov": True}),
    ("Adagrad", "adagrad", {}, {"initial_accumulator_value": 0.1, "epsilon": 1e-7}),
    ("Adadelta", "adadelta", {}, {"rho": 0.95, "epsilon": 1e-7}),
    ("RMSprop", "rmsprop", {}, {"rho": 0.9, "momentum": 0.0, "epsilon": 1e-7, "centered": False}),
    (
        "RMSprop",
        "rmsprop",
        {"rho": 0.5, "momentum": 0.3, "epsilon": 0.01, "centered": True},
        {"rho": 0.5, "momentum": 0.3, "epsilon": 0.01, "centered": True},
    ),
    ("Adam", "adam", {}, {**BETAS, "amsgrad": False}),
    ("Adam", "adam", {**OTHER_BETAS, "amsgrad": True}, {**OTHER_BETAS, "amsgrad": True}),
    ("Adamax", "adamax", {}, BETAS),
    ("Adamax", "adamax", OTHER_BETAS, OTHER_BETAS),
    ("Nadam", "nadam", {}, BETAS),
    ("Nadam", "nadam", OTHER_BETAS, OTHER_BETAS),
    ("Ftrl", "ftrl", {}, FTRL),
    ("Ftrl", "ftrl", PENALTIES, PENALTIES),
    ("Lion", "lion", {}, {"beta_1": 0.9, "beta_2": 0.99}),
]
# What Keras says are the rates where none is given.
RATES = {
    "SGD": 0.01,
    **dict.fromkeys(["Adam", "AdamW", "RMSprop", "Adagrad", "Adadelta", "Adamax", "Nadam", "Ftrl", "Lion"], 0.001),
}


@pytest.fixture(autouse=True)
def _names_from_the_start() -> Iterator[None]:
    keras.utils.clear_session()
    keras.utils.set_random_seed(1)
    yield


# Optimizers


@pytest.mark.parametrize(("title", "rule", "given", "settings"), CASES)
def test_update_rules(title: str, rule: str, given: dict[str, Any], settings: dict[str, Any]) -> None:
    rate = float(np.float32(RATE))  # Keras keeps the learning rate in float32
    optimizer = getattr(keras.optimizers, title)(RATE, **given)
    w = tf.Variable(START, dtype=tf.float64)
    for _ in range(STEPS):
        optimizer.apply_gradients([(w**3 + 1.0, w)])
    found = []
    for start in START:
        value, kept = mpf(start), {}
        numbers_of = {name: each if isinstance(each, bool) else mpf(each) for name, each in settings.items()}
        for t in range(1, STEPS + 1):
            value = RULES[rule, "keras"](value, value**3 + 1, kept, mpf(rate), t, numbers_of)
        found.append(float(value))
    assert w.numpy() == pytest.approx(found, rel=1e-12)
    assert optimizer.iterations.numpy() == STEPS


def test_the_judge_tells_epsilons_apart() -> None:
    # The reference itself: Keras' Adam and that of TensorFlow 1 differ by their epsilon alone.
    one = expected(RULES["adam", "keras"], {**BETAS, "epsilon": 1e-7})
    other = expected(RULES["adam", "keras"], {**BETAS, "epsilon": 1e-8})
    assert max(abs(a - b) for a, b in zip(one, other, strict=True)) > 1e-10


def test_adamw_decays_before_it_steps() -> None:
    optimizer, plain = keras.optimizers.AdamW(0.1), keras.optimizers.Adam(0.1)
    w, v = tf.Variable(2.0, dtype="float64"), tf.Variable(2.0, dtype="float64")
    optimizer.apply_gradients([(tf.constant(1.0, "float64"), w)])
    plain.apply_gradients([(tf.constant(1.0, "float64"), v)])
    assert v.numpy() - w.numpy() == pytest.approx(0.1 * 0.004 * 2.0, rel=1e-6)


@pytest.mark.parametrize("title", sorted(RATES))
def test_default_rates(title: str) -> None:
    assert float(getattr(keras.optimizers, title)().learning_rate) == pytest.approx(RATES[title], rel=1e-7)


def test_the_first_step_of_adam_for_a_tiny_gradient() -> None:
    v = tf.Variable(0.0, dtype=tf.float64)
    keras.optimizers.Adam(0.1).apply_gradients([(tf.constant(1e-8, tf.float64), v)])
    assert -v.numpy() == pytest.approx(0.000315, abs=5e-7)


def test_there_is_no_minimize() -> None:
    assert not hasattr(keras.optimizers.SGD(), "minimize")
    assert not hasattr(keras.optimizers.SGD(), "compute_gradients")


def test_gradients_that_are_missing() -> None:
    v, w = tf.Variable([3.0, 4.0]), tf.Variable(1.0)
    with pytest.raises(ValueError, match="not enough values"):
        keras.optimizers.SGD(1.0).apply_gradients([])
    with pytest.raises(ValueError, match="No gradients provided for any variable"):
        keras.optimizers.SGD(1.0).apply_gradients([(None, v)])
    with pytest.warns(UserWarning, match=r"Gradients do not exist for variables \['Variable:0'\]"):
        keras.optimizers.SGD(1.0).apply_gradients([(tf.constant([1.0, 1.0]), v), (None, w)])
    assert numbers([v, w]) == [[2, 3], 1]


def test_variables_that_are_unknown() -> None:
    v, w = tf.Variable(1.0), tf.Variable(1.0)
    optimizer = keras.optimizers.SGD(1.0)
    optimizer.build([v])
    with pytest.raises(ValueError, match="Unknown variable"):
        optimizer.apply_gradients([(1.0, w)])
    optimizer.apply([1.0])
    assert v.numpy() == 0
    with pytest.raises(ValueError, match="must already be built"):
        keras.optimizers.SGD(1.0).apply([1.0])


def test_names_of_old() -> None:
    assert float(keras.optimizers.Adam(lr=0.01).learning_rate) == pytest.approx(0.01)
    with pytest.warns(UserWarning, match="decay"):
        keras.optimizers.Adam(decay=0.1)
    with pytest.raises(ValueError, match="not recognized"):
        keras.optimizers.Adam(momentun=0.1)
    with pytest.raises(NotImplementedError, match="use_ema"):
        keras.optimizers.Adam(use_ema=True)


def test_one_limit_at_a_time() -> None:
    with pytest.raises(ValueError, match="Only one of"):
        keras.optimizers.SGD(clipnorm=1.0, clipvalue=1.0)


@pytest.mark.parametrize(
    ("limit", "wanted"),
    [
        ({"clipnorm": 1.0}, [[-0.6, -0.8], [-1]]),
        ({"global_clipnorm": 6.5}, [[-1.5, -2], [-6]]),
        ({"clipvalue": 3.5}, [[-3, -3.5], [-3.5]]),
        ({"clipnorm": 0.0}, [[-3, -4], [-12]]),
    ],
)
def test_clipping(limit: dict[str, float], wanted: Any) -> None:
    v, w = tf.Variable([0.0, 0.0]), tf.Variable([0.0])
    keras.optimizers.SGD(1.0, **limit).apply_gradients([([3.0, 4.0], v), ([12.0], w)])
    assert v.numpy() == pytest.approx(wanted[0], abs=1e-6)
    assert w.numpy() == pytest.approx(wanted[1], abs=1e-6)


def test_weight_decay_comes_before_the_gradient_step() -> None:
    v = tf.Variable([3.0, 4.0])
    keras.optimizers.SGD(1.0, weight_decay=0.1).apply_gradients([(tf.convert_to_tensor(v), v)])
    assert v.numpy() == pytest.approx([-0.3, -0.4], abs=1e-6)


def test_schedules() -> None:
    schedules = keras.optimizers.schedules
    assert float(schedules.ExponentialDecay(0.1, 10, 0.5)(20)) == pytest.approx(0.025)
    assert float(schedules.InverseTimeDecay(0.1, 10, 0.5)(20)) == pytest.approx(0.05)
    assert float(schedules.PiecewiseConstantDecay([3, 6], [1.0, 0.5, 0.1])(4)) == 0.5
    assert float(schedules.CosineDecay(0.2, 10)(5)) == pytest.approx(0.1)
    assert float(schedules.PolynomialDecay(0.2, 10, 0.0)(5)) == pytest.approx(0.1)
    optimizer = keras.optimizers.SGD(schedules.PiecewiseConstantDecay([0], [1.0, 0.5]))
    v = tf.Variable(0.0)
    for _ in range(2):
        optimizer.apply_gradients([(1.0, v)])
    assert v.numpy() == -1.5
    assert float(optimizer.learning_rate) == 0.5


def test_a_rate_can_be_changed() -> None:
    optimizer, v = keras.optimizers.SGD(1.0), tf.Variable(0.0)
    optimizer.apply_gradients([(1.0, v)])
    optimizer.learning_rate = 0.25
    optimizer.apply_gradients([(1.0, v)])
    optimizer.learning_rate.assign(0.5)
    optimizer.apply_gradients([(1.0, v)])
    assert v.numpy() == -1.75


# Layers


def test_dense_is_a_product_with_a_bias() -> None:
    layer = keras.layers.Dense(2, activation="relu")
    assert layer.weights == []
    layer(tf.ones([1, 3]))
    layer.set_weights([[[1.0, 0.0], [0.0, 1.0], [1.0, -1.0]], [0.5, 0.25]])
    assert numbers(layer([[1.0, 2.0, 3.0]])) == [[4.5, 0.0]]
    assert layer(tf.ones([4, 5, 3])).shape == (4, 5, 2)  # along the last axis
    assert layer.count_params() == 3 * 2 + 2


def test_dense_starts_from_glorot_uniform_and_zeros() -> None:
    layer = keras.layers.Dense(300)
    layer.build((None, 200))
    limit = sqrt(6 / (200 + 300))
    kernel, bias = layer.get_weights()
    assert kernel.dtype == np.float32
    assert np.abs(kernel).max() <= limit
    assert np.abs(kernel).max() > 0.99 * limit
    assert kernel.std() == pytest.approx(limit / sqrt(3), rel=0.02)
    assert not bias.any()


def test_what_dense_refuses() -> None:
    for units in (0, -1, 2.5, None):
        with pytest.raises(ValueError, match="expected a positive integer"):
            keras.layers.Dense(units)
    layer = keras.layers.Dense(2)
    with pytest.raises(ValueError, match="expected min_ndim=2, found ndim=1"):
        layer(tf.ones([3]))
    layer(tf.ones([1, 3]))
    with pytest.raises(ValueError, match="expected axis -1 of input shape to have value 3"):
        layer(tf.ones([1, 4]))
    with pytest.raises(NotImplementedError, match="kernel_regularizer"):
        keras.layers.Dense(2, kernel_regularizer="l2")
    with pytest.raises(ValueError, match="isn't built"):
        keras.layers.Dense(2).count_params()


def test_names_of_layers_and_variables() -> None:
    keras.layers.Dense(1), keras.layers.Dense(1)
    model = keras.Sequential([keras.layers.Dense(2, name="first"), keras.layers.Dense(1), keras.layers.ReLU()])
    model.build((None, 3))
    assert [each.name for each in model.layers] == ["first", "dense_2", "re_lu"]
    assert [each.name for each in model.variables] == [
        "first/kernel:0",
        "first/bias:0",
        "dense_2/kernel:0",
        "dense_2/bias:0",
    ]
    assert model.variables[0].path == "sequential/first/kernel"
    assert keras.Sequential().name == "sequential_1"
    keras.backend.clear_session()
    assert keras.layers.Dense(1).name == "dense"


def test_layers_of_ones_own() -> None:
    class Scale(keras.layers.Layer):  # type: ignore[misc]
        def build(self, input_shape: Any) -> None:
            self.factor = self.add_weight(shape=(input_shape[-1],), initializer="ones", name="factor")
            self.offset = self.add_weight(shape=(), initializer="zeros", trainable=False, name="offset")

        def call(self, inputs: Any) -> Any:
            return inputs * self.factor + self.offset

    class Net(keras.Model):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.inner = Scale()
            self.heads = [keras.layers.Dense(1, use_bias=False)]

        def call(self, inputs: Any) -> Any:
            return self.heads[0](self.inner(inputs))

    net = Net()
    net.compile(keras.optimizers.SGD(0.1), "mse")
    history = net.fit(np.ones((8, 2)), np.full((8, 1), 3.0), epochs=60, verbose=0)
    assert history.history["loss"][-1] < 1e-3
    assert [each.name for each in net.trainable_variables] == ["scale/factor:0", "dense/kernel:0"]
    assert [each.name for each in net.non_trainable_variables] == ["scale/offset:0"]
    assert net.predict(np.ones((1, 2)), verbose=0)[0, 0] == pytest.approx(3.0, abs=0.05)


def test_models_in_models() -> None:
    class Head(keras.Model):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.dense, self.more = keras.layers.Dense(1), keras.layers.Dense(1)

        def call(self, inputs: Any, training: bool = False) -> Any:
            return self.dense(inputs) + (self.more(inputs) if training else 0.0)

    model = keras.Sequential([keras.layers.Dense(3), Head()])
    model.build((None, 4))
    assert [each.path for each in model.weights[2:]] == [
        "sequential/head/dense_1/kernel",
        "sequential/head/dense_1/bias",
    ]
    model.compile("adam", "mse")
    model.fit(np.ones((5, 4)), np.ones((5, 1)), verbose=0)  # which is the first to use the other layer
    assert len(model.trainable_variables) == 6
    assert model.optimizer.iterations.numpy() == 1


def test_parts_of_keras_have_short_names() -> None:
    assert tf.optimizers.Adam is keras.optimizers.Adam
    assert tf.losses.MeanSquaredError is keras.losses.MeanSquaredError
    assert "Adam" in dir(keras.optimizers)


def test_flatten_and_reshape() -> None:
    model = keras.Sequential([keras.layers.Flatten(input_shape=(2, 3)), keras.layers.Reshape((3, -1))])
    assert model(np.arange(12.0).reshape(2, 2, 3)).shape == (2, 3, 2)
    assert numbers(model(np.arange(6.0).reshape(1, 2, 3))) == [[[0, 1], [2, 3], [4, 5]]]
    assert model.output_shape == (None, 3, 2)


def test_a_layer_and_a_tape() -> None:
    layer = keras.layers.Dense(2, activation="relu")
    x = tf.constant([[1.0, 2.0, 3.0]])
    layer(x)
    layer.set_weights([[[1.0, 0.0], [0.0, 1.0], [1.0, -1.0]], [0.0, 0.0]])
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(layer(x) ** 2)
    # The second unit is negative before relu; the mean has two elements, so the gradient is y itself.
    assert numbers(tape.gradient(loss, layer.trainable_variables)) == [[[4, 0], [8, 0], [12, 0]], [4, 0]]


def test_a_layer_in_a_graph() -> None:
    with tf.Graph().as_default():
        x = tf.placeholder(tf.float32, [None, 2])
        y = keras.layers.Dense(1)(x)
        operation = tf.train.AdamOptimizer(0.1).minimize(tf.reduce_mean((y - 3.0) ** 2))
        with tf.Session() as session:
            session.run(tf.global_variables_initializer())
            for _ in range(300):
                session.run(operation, {x: np.ones((4, 2))})
            assert session.run(y, {x: np.ones((1, 2))})[0, 0] == pytest.approx(3.0, abs=1e-3)
        with pytest.raises(RuntimeError, match="not in a graph"):
            keras.Sequential([keras.layers.Dense(1)]).predict(X)


def test_a_frozen_layer_is_not_watched_nor_trained() -> None:
    model = small(1)
    model.layers[0].trainable = False
    assert [each.name for each in model.trainable_variables] == ["dense_1/kernel:0", "dense_1/bias:0"]
    assert len(model.variables) == 4
    model.compile("sgd", "mse")
    before = model.get_weights()
    model.fit(X, Y[:, :1], verbose=0)
    after = model.get_weights()
    assert [np.array_equal(a, b) for a, b in zip(before, after, strict=True)] == [True, True, False, False]


# The table


UNBUILT = """\
Model: "sequential"
┏━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━┓
┃ Layer (type)                    ┃ Output Shape           ┃       Param # ┃
┡━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━┩
│ dense (Dense)                   │ ?                      │   0 (unbuilt) │
├─────────────────────────────────┼────────────────────────┼───────────────┤
│ dense_1 (Dense)                 │ ?                      │   0 (unbuilt) │
├─────────────────────────────────┼────────────────────────┼───────────────┤
│ dense_2 (Dense)                 │ ?                      │   0 (unbuilt) │
└─────────────────────────────────┴────────────────────────┴───────────────┘
 Total params: 0 (0.00 B)
 Trainable params: 0 (0.00 B)
 Non-trainable params: 0 (0.00 B)
"""
BUILT = """\
Model: "sequential"
┏━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━┓
┃ Layer (type)                    ┃ Output Shape           ┃       Param # ┃
┡━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━┩
│ dense (Dense)                   │ (None, 64)             │           640 │
├─────────────────────────────────┼────────────────────────┼───────────────┤
│ dense_1 (Dense)                 │ (None, 64)             │         4,160 │
├─────────────────────────────────┼────────────────────────┼───────────────┤
│ dense_2 (Dense)                 │ (None, 1)              │            65 │
└─────────────────────────────────┴────────────────────────┴───────────────┘
 Total params: 4,865 (19.00 KB)
 Trainable params: 4,865 (19.00 KB)
 Non-trainable params: 0 (0.00 B)
"""
# The first layer is frozen.
TRAINABLE = """\
Model: "sequential"
┏━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━┳━━━━━━━┓
┃ Layer (type)                ┃ Output Shape          ┃    Param # ┃ Trai… ┃
┡━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━╇━━━━━━━┩
│ dense (Dense)               │ (None, 64)            │        640 │   N   │
├─────────────────────────────┼───────────────────────┼────────────┼───────┤
│ dense_1 (Dense)             │ (None, 64)            │      4,160 │   Y   │
├─────────────────────────────┼───────────────────────┼────────────┼───────┤
│ dense_2 (Dense)             │ (None, 1)             │         65 │   Y   │
└─────────────────────────────┴───────────────────────┴────────────┴───────┘
 Total params: 4,865 (19.00 KB)
 Trainable params: 4,225 (16.50 KB)
 Non-trainable params: 640 (2.50 KB)
"""
# After a training with Adam: two slots for each of 4,225 parameters, the step and the rate.
TRAINED = """\
 Total params: 13,317 (52.02 KB)
 Trainable params: 4,225 (16.50 KB)
 Non-trainable params: 640 (2.50 KB)
 Optimizer params: 8,452 (33.02 KB)
"""


def test_the_table_is_that_of_keras(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    layers = [keras.layers.Dense(units, activation=act) for units, act in ((64, "relu"), (64, "relu"), (1, None))]
    model = keras.Sequential(layers)
    model.summary()
    assert capsys.readouterr().out == UNBUILT
    with pytest.raises(ValueError, match="isn't built"):
        model.count_params()
    model.build((None, 9))
    model.summary()
    assert capsys.readouterr().out == BUILT
    assert model.count_params() == 640 + 4160 + 65
    model.layers[0].trainable = False
    model.summary(show_trainable=True)
    assert capsys.readouterr().out == TRAINABLE
    model.compile("adam", "mse")
    model.fit(np.ones((4, 9)), np.ones((4, 1)), verbose=0)
    model.summary()
    assert capsys.readouterr().out.endswith(TRAINED)
    lines: list[str] = []
    model.summary(print_fn=lines.append)
    assert "dense_1 (Dense)" in "".join(lines)
    assert not capsys.readouterr().out


def test_the_input_is_not_listed() -> None:
    model = keras.Sequential([keras.Input(shape=(9,)), keras.layers.Dense(64)])
    assert [each.name for each in model.layers] == ["dense"]
    assert model.count_params() == 640


# Training

RANDOM = np.random.default_rng(3)
X = RANDOM.normal(size=(50, 3)).astype("float32")
Y = RANDOM.normal(size=(50, 2)).astype("float32")
CLASSES = RANDOM.integers(0, 4, 50)
HOT = np.eye(4, dtype="float32")[CLASSES]


def small(outputs: int, activation: Any = None) -> Any:
    model = keras.Sequential([keras.layers.Dense(5, activation="tanh"), keras.layers.Dense(outputs, activation)])
    model.build((None, 3))
    draw = np.random.default_rng(1)
    model.set_weights([draw.normal(size=each.shape).astype("float32") * 0.5 for each in model.get_weights()])
    return model


def by_hand(model: Any, x: Any, y: Any) -> tuple[float, list[Any]]:
    """The mean squared error of the network and its gradients, in NumPy."""
    kernel, bias, out, shift = (np.asarray(each, float) for each in model)
    hidden = np.tanh(x @ kernel + bias)
    error = hidden @ out + shift - y
    slope = 2 * error / error.size
    inner = (slope @ out.T) * (1 - hidden**2)
    return float(np.mean(error**2)), [x.T @ inner, inner.sum(0), hidden.T @ slope, slope.sum(0)]


def test_fit_is_gradient_descent_over_batches() -> None:
    model = small(2)
    weights = [np.asarray(each, float) for each in model.get_weights()]
    model.compile(keras.optimizers.SGD(0.1, momentum=0.9), "mse", metrics=["mae"])
    history = model.fit(
        X, Y, batch_size=16, epochs=3, shuffle=False, verbose=0, validation_split=0.2, validation_freq=2
    )
    moves, losses, validation = [np.zeros_like(each) for each in weights], [], []
    for epoch in range(3):
        total = 0.0
        for first in (0, 16, 32):
            rows = slice(first, min(first + 16, 40))
            loss, gradients = by_hand(weights, X[rows], Y[rows])
            total += loss * len(X[rows])
            moves = [0.9 * move - 0.1 * gradient for move, gradient in zip(moves, gradients, strict=True)]
            weights = [each + move for each, move in zip(weights, moves, strict=True)]
        losses.append(total / 40)
        if epoch == 1:
            validation.append(by_hand(weights, X[40:], Y[40:])[0])
    assert list(history.history) == ["loss", "mae", "val_loss", "val_mae"]
    assert history.history["loss"] == pytest.approx(losses, rel=1e-5)
    assert history.history["val_loss"] == pytest.approx(validation, rel=1e-5)
    for found, wanted in zip(model.get_weights(), weights, strict=True):
        assert found == pytest.approx(wanted, abs=2e-6)
    assert model.optimizer.iterations.numpy() == 9
    assert history.epoch == [0, 1, 2]


def test_a_model_of_float64_is_computed_in_float64() -> None:
    model = keras.Sequential([keras.layers.Dense(2, dtype="float64")])
    model.build((None, 3))
    kernel, bias = model.get_weights()
    assert kernel.dtype == np.float64
    model.compile(keras.optimizers.SGD(0.5), "mse")
    model.fit(X, Y, batch_size=50, verbose=0)
    slope = 2 * (X.astype(float) @ kernel + bias - Y.astype(float)) / Y.size
    assert model.get_weights()[0] == pytest.approx(kernel - 0.5 * X.astype(float).T @ slope, abs=1e-14)


@pytest.mark.parametrize(
    ("optimizer", "given"),
    [
        ("SGD", {"nesterov": True, "momentum": 0.9, "clipnorm": 0.2}),
        ("RMSprop", {"weight_decay": 0.1, "centered": True, "momentum": 0.5}),
        ("Nadam", {"global_clipnorm": 0.1}),
        ("AdamW", {"clipvalue": 0.01}),
        ("Adam", {"amsgrad": True}),
        ("Ftrl", {"l1_regularization_strength": 0.01}),
    ],
)
def test_fit_takes_the_steps_of_apply_gradients(optimizer: str, given: dict[str, Any]) -> None:
    fitted, stepped = small(2), small(2)
    make = getattr(keras.optimizers, optimizer)
    fitted.compile(make(0.05, **given), "mse")
    fitted.fit(X, Y, batch_size=20, epochs=2, shuffle=False, verbose=0)
    one = make(0.05, **given)
    for first in (0, 20, 40) * 2:
        with tf.GradientTape() as tape:
            error = stepped(X[first : first + 20]) - Y[first : first + 20]
            loss = tf.reduce_mean(error * error)
        one.apply_gradients(zip(tape.gradient(loss, stepped.trainable_variables), stepped.variables, strict=True))
    for a, b in zip(fitted.get_weights(), stepped.get_weights(), strict=True):
        assert a == pytest.approx(b, abs=3e-6)
    for a, b in zip(fitted.optimizer.variables, one.variables, strict=True):
        assert a.numpy() == pytest.approx(b.numpy(), abs=3e-6)


def test_a_second_fit_goes_on_from_the_first() -> None:
    whole, parts = small(2), small(2)
    for model in (whole, parts):
        model.compile(keras.optimizers.Adam(0.05), "mse")
    both = whole.fit(X, Y, epochs=4, shuffle=False, verbose=0).history["loss"]
    first = parts.fit(X, Y, epochs=2, shuffle=False, verbose=0).history["loss"]
    second = parts.fit(X, Y, epochs=4, initial_epoch=2, shuffle=False, verbose=0).history["loss"]
    assert first + second == pytest.approx(both, rel=1e-6)


def test_the_loss_of_an_epoch_weighs_batches_by_their_rows() -> None:
    # Batches of 2 and 1 rows at rate 0: (1 + 1.25) / 2 = 1.125 and 5 make (2 * 1.125 + 5) / 3 = 2.41666...
    model = keras.Sequential([keras.layers.Dense(1, use_bias=False)])
    model.build((None, 1))
    model.set_weights([[[0.0]]])
    model.compile(keras.optimizers.SGD(0.0), "mse")
    y = np.sqrt([[1.0], [1.25], [5.0]])
    assert model.fit(np.ones((3, 1)), y, batch_size=2, shuffle=False, verbose=0).history["loss"] == [
        pytest.approx(7.25 / 3)
    ]
    # Each batch is measured before its update: w = 1 after the first, so the second has error 1 - 1.
    model.compile(keras.optimizers.SGD(0.5), "mse")
    history = model.fit(np.ones((2, 1)), np.ones((2, 1)), batch_size=1, shuffle=False, verbose=0)
    assert history.history["loss"] == [0.5]


def keys(frequency: Any, epochs: int = 5) -> tuple[list[str], int]:
    model = small(2)
    model.compile("sgd", "mse", metrics=["mae"])
    found = model.fit(X, Y, epochs=epochs, validation_data=(X, Y), validation_freq=frequency, verbose=0).history
    return list(found), len(found.get("val_loss", []))


def test_validation_frequency() -> None:
    assert keys(2) == (["loss", "mae", "val_loss", "val_mae"], 2)
    assert keys([1, 4, 5]) == (["loss", "mae", "val_loss", "val_mae"], 3)
    assert keys(6) == (["loss", "mae"], 0)


def test_a_validation_split_takes_the_last_rows() -> None:
    model = small(2)
    model.compile(keras.optimizers.SGD(0.0), "mse")
    x, y = X.copy(), Y.copy()
    y[40:] += 100
    found = model.fit(x, y, validation_split=0.2, verbose=0).history
    assert found["loss"][0] < 100 < found["val_loss"][0]
    with pytest.raises(ValueError, match="not sufficient to split"):
        model.fit(x, y, validation_split=1.0, verbose=0)


@pytest.mark.parametrize(
    ("outputs", "activation", "loss", "truth", "rule"),
    [
        (4, "softmax", "categorical_crossentropy", HOT, lambda p: p.argmax(-1) == CLASSES),
        (4, None, "mse", HOT, lambda p: p.argmax(-1) == CLASSES),
        (4, "softmax", "sparse_categorical_crossentropy", CLASSES, lambda p: p.argmax(-1) == CLASSES),
        (1, "sigmoid", "binary_crossentropy", CLASSES > 1, lambda p: (p[:, 0] > 0.5) == (CLASSES > 1)),
        (1, None, "mse", CLASSES > 1, lambda p: (p[:, 0] > 0.5) == (CLASSES > 1)),
    ],
)
def test_accuracy_goes_by_the_shapes(outputs: int, activation: Any, loss: str, truth: Any, rule: Any) -> None:
    model = small(outputs, activation)
    model.compile(keras.optimizers.SGD(0.0), loss, metrics=["accuracy"])
    model.fit(X, truth, verbose=0)
    predicted = model.predict(X, verbose=0)
    assert model.evaluate(X, truth, verbose=0)[1] == pytest.approx(np.mean(rule(predicted)))


def test_accuracy_takes_the_first_maximum_and_what_is_above_a_half() -> None:
    metrics = keras.metrics
    assert numbers(metrics.categorical_accuracy([[1.0, 0.0]], [[0.5, 0.5]])) == 1
    assert numbers(metrics.categorical_accuracy([[0.0, 1.0]], [[0.5, 0.5]])) == 0
    assert numbers(metrics.binary_accuracy([[1.0]], [[0.5]])) == 0


def test_metrics_add_up() -> None:
    metric = keras.metrics.MeanSquaredError()
    metric.update_state([[1.0], [1.0]], [[0.0], [0.0]])
    metric.update_state([[3.0]], [[0.0]])
    assert float(metric.result()) == pytest.approx(11 / 3)
    metric.reset_state()
    assert float(metric.result()) == 0
    root = keras.metrics.RootMeanSquaredError()
    root.update_state([[1.0], [1.0]], [[0.0], [0.0]])
    root.update_state([[3.0]], [[0.0]])
    assert float(root.result()) == pytest.approx(sqrt(11 / 3))


def test_metrics_of_a_fit_are_those_over_all_rows() -> None:
    model = small(2)
    model.compile(
        keras.optimizers.SGD(0.0),
        "mse",
        metrics=[keras.metrics.RootMeanSquaredError(), lambda y, p: tf.reduce_max(y - p)],
    )
    found = model.fit(X, Y, batch_size=32, shuffle=False, verbose=0).history
    assert list(found) == ["lambda", "loss", "root_mean_squared_error"]
    error = Y - model.predict(X, verbose=0)
    assert found["root_mean_squared_error"][0] == pytest.approx(sqrt(np.mean(error**2)), rel=1e-5)
    # A number for a whole batch counts once for each batch.
    assert found["lambda"][0] == pytest.approx((error[:32].max() + error[32:].max()) / 2, rel=1e-5)


def test_early_stopping_goes_back_to_the_best() -> None:
    model = small(2)
    stop = keras.callbacks.EarlyStopping("val_loss", patience=2, restore_best_weights=True)
    model.compile(keras.optimizers.SGD(0.4), "mse")
    history = model.fit(
        X, Y, batch_size=16, epochs=30, shuffle=False, verbose=0, validation_split=0.4, callbacks=[stop]
    )
    losses = history.history["val_loss"]
    best = int(np.argmin(losses))
    assert len(losses) == best + 3 < 30
    assert stop.best_epoch == best
    assert model.evaluate(X[30:], Y[30:], verbose=0) == pytest.approx(losses[best], rel=1e-6)


def test_callbacks_hear_everything() -> None:
    heard: list[Any] = []

    class Listener(keras.callbacks.Callback):  # type: ignore[misc]
        def on_train_begin(self, logs: Any = None) -> None:
            heard.append("begin")

        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            heard.append((batch, self.model.get_weights()[0][0, 0]))

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            heard.append(sorted(logs))
            self.model.stop_training = epoch == 1

    model = small(2)
    model.compile("sgd", "mse")
    model.fit(X, Y, batch_size=25, epochs=9, verbose=0, callbacks=Listener())
    assert [each if isinstance(each, (str, list)) else each[0] for each in heard] == [
        "begin",
        0,
        1,
        ["loss"],
        0,
        1,
        ["loss"],
    ]
    values = [each[1] for each in heard if isinstance(each, tuple)]
    assert len(set(values)) == 4  # the weights of each step are at hand


def test_datasets() -> None:
    model = small(2)
    model.compile("adam", "mse")
    data = tf.data.Dataset.from_tensor_slices((X, Y))
    train, kept = data.take(40).shuffle(40, seed=1).batch(16), data.skip(40).batch(16)
    history = model.fit(train, epochs=3, validation_data=kept, verbose=0).history
    assert [len(values) for values in history.values()] == [3, 3]
    assert model.optimizer.iterations.numpy() == 9
    assert model.evaluate(kept, verbose=0) == pytest.approx(history["val_loss"][-1])
    model.fit(data.repeat().batch(10), steps_per_epoch=2, epochs=2, verbose=0)
    assert model.optimizer.iterations.numpy() == 13
    assert model.predict(data.map(lambda x, y: x).batch(7), verbose=0).shape == (50, 2)


def test_a_dataset_deals_rows() -> None:
    data = tf.data.Dataset.from_tensor_slices(([1, 2, 3, 4, 5], [10.0, 20.0, 30.0, 40.0, 50.0]))
    assert [numbers(each) for each in data.batch(2)] == [
        [[1, 2], [10, 20]],
        [[3, 4], [30, 40]],
        [[5], [50]],
    ]
    assert [numbers(each) for each in data.batch(2, drop_remainder=True)][-1] == [[3, 4], [30, 40]]
    assert len(data.batch(2)) == 3
    shuffled = data.shuffle(5, seed=3)
    first, second = ([int(x) for x, _ in shuffled] for _ in range(2))
    assert sorted(first) == sorted(second) == [1, 2, 3, 4, 5]
    assert all(int(10 * x) == int(y) for x, y in shuffled)
    assert [int(x) for x, _ in data.map(lambda x, y: (x * 2, y)).take(2)] == [2, 4]


def test_what_fit_demands() -> None:
    model = small(2)
    with pytest.raises(ValueError, match=r"call `compile\(\)`"):
        model.fit(X, Y)
    model.compile("sgd")
    with pytest.raises(ValueError, match="No loss to compute"):
        model.fit(X, Y)
    model.compile("sgd", "mse")
    with pytest.raises(ValueError, match="cardinality"):
        model.fit(X, Y[:3])
    with pytest.raises(ValueError, match="Could not interpret optimizer identifier: admm"):
        model.compile("admm", "mse")
    with pytest.raises(ValueError, match="Could not interpret loss identifier: msee; did you mean mse"):
        model.compile("sgd", "msee")
    with pytest.raises(NotImplementedError, match="class_weight"):
        model.fit(X, Y, class_weight={0: 1.0})
    with pytest.raises(NotImplementedError, match="functional"):
        keras.layers.Dense(1)(keras.Input(shape=(3,)))
    with pytest.raises(AttributeError, match=r"tf\.keras\.layers\.Conv2D"):
        _ = keras.layers.Conv2D


def test_what_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    model = small(2)
    model.compile("sgd", "mse")
    model.fit(X, Y, epochs=2)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Epoch 1/2"
    assert lines[1].startswith("2/2 ━━━━━━━━━━━━━━━━━━━━ 0s ")
    assert " - loss: " in lines[3]
    model.fit(X, Y, verbose=2)
    assert capsys.readouterr().out.splitlines()[1].startswith("2/2 - 0s - ")


# Losses


def test_crossentropy_from_logits_is_exact_for_large_ones() -> None:
    loss = keras.losses.CategoricalCrossentropy(from_logits=True)
    assert float(loss([[0.0, 1.0]], [[1000.0, -1000.0]])) == 2000
    assert float(loss([[0.0, 0.0, 1.0]], [[1.0, 2.0, 3.0]])) == pytest.approx(
        log(exp(1) + exp(2) + exp(3)) - 3, rel=1e-6
    )


def test_probabilities_are_scaled_and_kept_off_zero() -> None:
    loss = keras.losses.CategoricalCrossentropy()
    assert float(loss([[1.0, 0.0]], [[2.0, 6.0]])) == pytest.approx(log(4), rel=1e-6)
    assert float(loss([[0.0, 1.0]], [[1.0, 0.0]])) == pytest.approx(16.118, abs=1e-3)


def test_label_smoothing() -> None:
    loss = keras.losses.CategoricalCrossentropy(label_smoothing=0.2)
    shares = [0.2, 0.8]
    wanted = -(0.1 * log(shares[0]) + 0.9 * log(shares[1]))
    assert float(loss([[0.0, 1.0]], [shares])) == pytest.approx(wanted, rel=1e-6)


def test_reductions() -> None:
    truth, shares = [[1.0, 0.0], [0.0, 1.0]], [[0.5, 0.5], [0.25, 0.75]]
    each = [log(2), -log(0.75)]
    make = keras.losses.CategoricalCrossentropy
    assert numbers(make(reduction=None)(truth, shares)) == pytest.approx(each, rel=1e-6)
    assert float(make(reduction="sum")(truth, shares)) == pytest.approx(sum(each), rel=1e-6)
    assert float(make()(truth, shares)) == pytest.approx(sum(each) / 2, rel=1e-6)
    with pytest.raises(ValueError, match="reduction"):
        make(reduction="average")


def test_binary_crossentropy() -> None:
    assert float(keras.losses.BinaryCrossentropy(from_logits=True)([[0.0]], [[100.0]])) == 100
    assert float(keras.losses.BinaryCrossentropy()([[1.0]], [[0.25]])) == pytest.approx(log(4), rel=1e-6)


def test_sparse_labels() -> None:
    loss = keras.losses.SparseCategoricalCrossentropy()
    assert float(loss([1], [[0.25, 0.75]])) == pytest.approx(-log(0.75), rel=1e-6)
    with pytest.raises(Exception, match="no class 2"):
        loss([2], [[0.25, 0.75]])


def test_errors_are_averaged_over_the_last_axis_then_the_batch() -> None:
    truth, predicted = [[1.0, 1.0], [0.0, 0.0]], [[0.0, 1.0], [3.0, 1.0]]
    assert numbers(keras.losses.mean_squared_error(truth, predicted)) == [0.5, 5]
    assert float(keras.losses.MeanSquaredError()(truth, predicted)) == 2.75
    assert numbers(keras.losses.mean_absolute_error(truth, predicted)) == [0.5, 2]
    assert numbers(keras.losses.huber(truth, predicted)) == [0.25, (2.5 + 0.5) / 2]
    assert numbers(keras.losses.mse([1.0, 2.0], [[1.0], [4.0]])) == [0, 4]  # a row each


def test_a_loss_of_ones_own() -> None:
    model = small(2)
    model.compile(keras.optimizers.SGD(0.0), lambda y, p: tf.reduce_sum(tf.abs(y - p)))
    found = model.fit(X, Y, batch_size=50, verbose=0).history["loss"]
    assert found == [pytest.approx(float(np.abs(Y - model.predict(X, verbose=0)).sum()), rel=1e-5)]
