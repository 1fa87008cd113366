"""Which gradients are none under which rules, and why."""

from diffcli.engine import connection
from diffcli.engine.graph import Graph, Node
from diffcli.engine.op import alias, leaf
from diffcli.engine.ops.leaves import stop_gradient
from diffcli.engine.ops.piecewise import floor
from diffcli.engine.tape import Record


class File:
    """A graph that is written statement by statement, as a file is."""

    def __init__(self) -> None:
        self.graph = Graph()
        self.record = self.graph.record = Record()

    def declare(self, name: str, kind: str = "var") -> Node:
        return leaf(self.graph, name, kind, ())

    def name(self, node: Node, name: str) -> Node:
        named = alias(node, name)
        self.record.place(named)
        return named


def codes(ys: list[Node], xs: list[Node], **options: object) -> list[str]:
    return ["ok" if each.reason is None else each.reason.code for each in connection.differentiate(ys, xs, **options)]  # type: ignore[arg-type]


def test_the_graph_rules_take_any_node() -> None:
    file = File()
    c, f = file.declare("c", "const"), file.declare("f", "frozen")
    y = file.name(c * f, "y")
    assert codes([y], [c, f, y]) == ["ok", "ok", "ok"]


def test_a_tape_watches_trainable_variables_that_are_read_inside() -> None:
    file = File()
    x0, x1, v2, x3 = file.declare("x0"), file.declare("x1", "frozen"), file.declare("v2"), file.declare("x3", "const")
    x2 = file.name(v2 + 1.0, "x2")
    file.record.enter(manual=False)
    y = file.name(x0**2 + x1**2 + x2**2, "y")
    file.record.leave()
    assert codes([y], [x0, x1, x2, x3, v2]) == ["ok", "frozen", "before-tape", "unwatched", "before-tape"]


def test_watch_holds_for_what_follows_it() -> None:
    file = File()
    x = file.declare("x", "const")
    file.record.enter(manual=False)
    y = file.name(x**2, "y")
    file.record.watch(x)
    z = file.name(x**3, "z")
    file.record.leave()
    assert codes([y, z], [x]) == ["ok"]
    assert codes([y], [x]) == ["unwatched"]


def test_a_manual_tape_watches_nothing_by_itself() -> None:
    file = File()
    x0, x1 = file.declare("x0"), file.declare("x1")
    file.record.enter(manual=True)
    file.record.watch(x1)
    y = file.name(x0 * x1, "y")
    file.record.leave()
    assert codes([y], [x0, x1]) == ["unwatched", "ok"]


def test_what_is_computed_in_a_pause_is_a_constant() -> None:
    file = File()
    x = file.declare("x")
    file.record.enter(manual=False)
    y = file.name(x**2, "y")
    file.record.paused += 1
    z = file.name(y * 2.0, "z")
    file.record.paused -= 1
    w = file.name(z * x, "w")
    file.record.leave()
    assert codes([w], [x, y, z]) == ["ok", "paused", "paused"]


def test_a_target_is_its_own_source_watched_or_not() -> None:
    file = File()
    c = file.declare("c", "const")
    file.record.enter(manual=False)
    file.record.leave()
    assert codes([c], [c]) == ["ok"]


def test_a_target_outside_the_tape_has_no_gradient() -> None:
    file = File()
    x = file.declare("x")
    file.record.enter(manual=False)
    y = file.name(x**2, "y")
    file.record.leave()
    z = file.name(2.0 * y, "z")
    assert codes([z], [x]) == ["before-tape"]


def test_the_inner_of_two_tapes_is_seen_by_the_outer() -> None:
    file = File()
    x = file.declare("x")
    file.record.enter(manual=False)
    file.record.enter(manual=False)
    y = file.name(x**3, "y")
    file.record.leave()
    first = connection.differentiate([y], [x])[0].node
    assert first is not None
    d = file.name(first, "d")
    file.record.leave()
    assert codes([d], [x]) == ["ok"]


def test_reasons_without_a_tape() -> None:
    file = File()
    x, w = file.declare("x"), file.declare("w")
    y = file.name(x * 2.0, "y")
    z = file.name(y + 1.0, "z")
    assert codes([z], [w]) == ["unused"]
    assert codes([y], [z]) == ["unused"]
    assert codes([file.name(stop_gradient(y), "s")], [x]) == ["stopped"]
    assert codes([z], [x], stop=frozenset([y])) == ["stopped"]
    assert codes([file.name(floor(x), "f")], [x]) == ["cut"]


def test_whole_numbers_carry_no_gradient() -> None:
    file = File()
    n = leaf(file.graph, "n", "var", (), "int")
    assert codes([file.name(n * n, "square")], [n]) == ["integer"]


def test_blockers_name_the_node_that_cuts() -> None:
    file = File()
    x = file.declare("x")
    stopped = stop_gradient(x)
    y = file.name(stopped * x + floor(x), "y")
    assert {(node.op.name, why) for node, why in connection.blockers([y], [x])} == {
        ("stop_gradient", "stopped"),
        ("floor", "cut"),
    }
