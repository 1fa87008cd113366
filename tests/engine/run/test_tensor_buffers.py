"""Buffers of programs over tensors: none is overwritten while its value is needed, inputs are replaced where asked, nothing is allocated."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from diffcli.engine.graph import Graph, Node
from diffcli.engine.lower import in_parts, lowered
from diffcli.engine.op import OPS, leaf
from diffcli.engine.run import binding
from diffcli.engine.run.layout import laid_out
from diffcli.engine.run.memory import LINE
from diffcli.engine.run.registers import SLACK, assigned
from diffcli.engine.run.tensors import plan, put_in_order
from tests.training_programs import network, regression

from .tensor_programs import Case, random_case
from .test_tensors import EXECUTORS, close, defined


@pytest.mark.parametrize("compiled", [True, False])
def test_no_buffer_is_overwritten_while_its_value_is_needed(compiled: bool) -> None:
    shared = 0
    for seed in range(200, 260):
        case = random_case(seed, 40)
        goals = lowered(in_parts(case.targets, case.inputs), set(case.inputs))
        layout = laid_out(goals, case.inputs, "float64", False)
        works, _ = put_in_order(layout, goals, compiled, False, {})
        own = {layout.views[goal].base for goal in goals}
        registers = assigned(layout, works, own, "float64")
        reading = [{layout.views[operand].base for _, operand in work.reads} for work in works]
        holds: dict[int, Node] = {}
        for turn, work in enumerate(works):
            for base in reading[turn] & set(registers.places):
                assert holds[registers.places[base]] is base
            before = dict(holds)
            for node in work.keeps:
                place = registers.places[node]
                lost = before.get(place)
                shared += lost is not None
                assert lost not in own
                assert all(lost not in later for later in reading[turn + 1 :]), "a later step still reads it"
                assert holds.get(place) is lost, "two results of one step share a buffer"
                holds[place] = node
    assert shared > 50


@pytest.mark.parametrize("executor", EXECUTORS)
def test_nothing_is_written_outside_the_buffers(executor: str, monkeypatch: pytest.MonkeyPatch) -> None:
    rooms: list[np.ndarray] = []
    guard = 4096

    def guarded(count: int) -> np.ndarray:
        size = -(-(count + SLACK) // LINE) * LINE
        room = np.full(size + 2 * guard + LINE, 77, np.uint8)
        start = guard - (room.ctypes.data + guard) % LINE
        buffer = room[start : start + count + SLACK]
        buffer[:] = 0
        rooms.extend([room[:start], room[start + count + SLACK :]])
        return buffer

    monkeypatch.setattr(binding, "allocated", guarded)
    for seed in range(400, 430):
        case = random_case(seed, 40)
        plan(case.targets, case.inputs, executor=executor).run(case.values)
    assert len(rooms) > 200
    assert all((room == 77).all() for room in rooms)


@pytest.mark.parametrize("executor", EXECUTORS)
def test_targets_that_replace_inputs(executor: str) -> None:
    replaced = 0
    for seed in range(300, 330):
        case = random_case(seed, 40)
        donate: dict[int, int] = {}
        for place, target in enumerate(case.targets):
            fitting = [
                i
                for i, node in enumerate(case.inputs)
                if (node.shape, node.kind) == (target.shape, target.kind) and i not in donate.values()
            ]
            if fitting:
                donate[place] = fitting[0]
        replaced += len(donate)
        steps = plan(case.targets, case.inputs, executor=executor, donate=donate)
        given = [each.copy() for each in case.values]
        expected = defined(case)
        found = steps.run(given)
        close(found, expected)
        for place, source in donate.items():
            assert found[place] is steps.inputs[source]
        for one, other in zip(given, case.values, strict=True):
            np.testing.assert_array_equal(one, other)
        second = [each.copy() for each in case.values]
        for place, source in donate.items():
            second[source] = expected[place]
        close(steps.run(), defined(case._replace(values=second)), 1e-9)
    assert replaced > 20


@pytest.mark.parametrize("executor", EXECUTORS)
def test_old_and_new_value_together(executor: str) -> None:
    graph = Graph()
    x, y = (leaf(graph, name, "input", (40,)) for name in "xy")
    values = [np.arange(40.0), np.arange(40.0) + 100]
    backwards = OPS["flip"](x, 0)
    for targets, donate in (
        ([y, x], {0: 0, 1: 1}),  # exchanged
        ([x * 2.0, backwards + y], {0: 0}),  # another reads the old value, elsewhere
        ([x + backwards, x], {0: 0}),  # it reads the old value itself, elsewhere
        ([x * 2.0, OPS["index"](x, (("slice", 1, None, None),))], {0: 0}),  # the old value is a target
        ([x + 1.0, OPS["sum"](x * (x + 1.0))], {0: 0}),  # both at once
    ):
        steps = plan(targets, [x, y], executor=executor, donate=donate)
        close(steps.run(values), defined(Case(targets, [x, y], values)))


@pytest.mark.parametrize("executor", EXECUTORS)
def test_inputs_that_are_each_others_arrays(executor: str) -> None:
    graph = Graph()
    x, y = (leaf(graph, name, "input", (3,)) for name in "xy")
    steps = plan([x - y], [x, y], executor=executor)
    np.testing.assert_array_equal(steps.run([np.ones(3), np.zeros(3)])[0], np.ones(3))
    first, second = steps.inputs
    np.testing.assert_array_equal(steps.run([second, first])[0], -np.ones(3))
    steps.inputs[0][:] = 7.0
    np.testing.assert_array_equal(steps.run()[0], np.full(3, 6.0))
    result = steps.run()[0]
    np.testing.assert_array_equal(steps.run([result, result])[0], np.zeros(3))


@pytest.mark.parametrize("executor", EXECUTORS)
def test_a_step_allocates_nothing(executor: str) -> None:
    step = regression(5000)
    steps = plan(step.targets, step.inputs, executor=executor, donate=step.donate)
    steps.run(step.values)
    tracemalloc.start()
    steps.run()
    before = tracemalloc.get_traced_memory()[0]
    tracemalloc.reset_peak()
    steps.run()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak - before < 4000  # one array of the program has 40,000 bytes


def test_parameters_stay_where_they_are() -> None:
    step = network(4)
    steps = plan(step.targets, step.inputs, "float32", donate=step.donate)
    found = steps.run(step.values)
    assert all(found[place] is steps.inputs[source] for place, source in step.donate.items())
