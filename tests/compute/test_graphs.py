"""The op graph: adjoints by hand, states, folding, and parts of it."""

from __future__ import annotations

from diffcli.compute import Request
from diffcli.compute.graphs import LARGE, graph
from diffcli.results_graph import GraphEdge, GraphNode, GraphResult
from diffcli.source import Source

TEXT = """\
var x = 3
frozen w = 2
y = x**2
z = 2*y + y*x*w
s = stop_gradient(y)
q = s*floor(x) + z
output q
"""


def graphed(
    text: str, only: str | None = None, depth: int | None = None, full: bool = False, **given: object
) -> GraphResult:
    return graph(Request(Source("test", text), **given), only, depth, full)  # type: ignore[arg-type]


def node(result: GraphResult, name: str) -> GraphNode:
    (found,) = [each for each in result.nodes if name in (each.name, each.text if each.name is None else None)]
    return found


def edge(result: GraphResult, source: str, target: str) -> GraphEdge:
    pair = node(result, source).id, node(result, target).id
    (found,) = [each for each in result.edges if (each.source, each.target) == pair]
    return found


def test_values_and_adjoints() -> None:
    result = graphed(TEXT)
    # q = 9*3 + 2*x**2 + 2*x**3 with the factor of the stop held: dq/dx = 4*x + 6*x**2 at 3
    assert (node(result, "q").value, node(result, "x").adjoint) == (99, 66)
    assert node(result, "y").adjoint == 2 + 2 * 3
    assert edge(result, "x", "y").adjoint == 8 * 6
    assert edge(result, "x", "y*x").adjoint == 2 * 9
    assert sum(each.adjoint or 0 for each in result.edges if each.source == node(result, "x").id) == 66


def test_states_are_told_apart() -> None:
    result = graphed(TEXT)
    states = {each.title(): each.state for each in result.nodes}
    assert (states["x"], states["w"], states["s"], states["q"]) == ("watched", "frozen", "stopped", "computed")
    assert node(result, "floor(x)").state == "cut" and node(result, "q").target
    assert not edge(result, "y", "s").gradient and edge(result, "y", "s").adjoint is None
    assert not edge(result, "w", "y*x*w").gradient
    assert edge(result, "z", "q").gradient


def test_both_uses_of_one_operand_are_one_arrow_with_the_sum() -> None:
    result = graphed("var x = 3\ny = x*x")
    (only,) = result.edges
    assert (only.uses, only.adjoint) == (2, 6)


def test_a_tape_cuts_what_it_did_not_see() -> None:
    result = graphed("var x = 2\nv = x + 1\ntape {\n  y = v * x\n}\noutput y")
    assert node(result, "v").state == "cut" and "outside the tape" in (node(result, "v").why or "")
    assert not edge(result, "v", "y").gradient and edge(result, "x", "y").adjoint == 3


def test_without_values_there_is_the_structure() -> None:
    result = graphed("y = x * sin(x)")
    assert [each.value for each in result.nodes] == [None] * 3
    assert [each.adjoint for each in result.edges] == [None] * 3
    assert all(each.gradient for each in result.edges)
    assert "value" not in " ".join(line for each in result.nodes for line in each.lines())


def test_a_file_of_constants_has_a_graph() -> None:
    assert node(graphed("const c = 2\ny = c**2"), "y").value == 4


LONG = "var x = 1\na = " + " + ".join(f"sin({i}*x)" for i in range(1, LARGE)) + "\nb = a * exp(a / 50)"


def test_large_graphs_are_folded_by_name() -> None:
    result = graphed(LONG)
    assert result.folded and [each.title() for each in result.nodes] == ["x", "a", "b"]
    assert node(result, "a").folded > LARGE
    whole = graphed(LONG, full=True)
    assert len(whole.nodes) > LARGE and not whole.folded
    assert node(result, "x").adjoint == node(whole, "x").adjoint
    inside = edge(result, "x", "a")
    assert inside.uses == LARGE - 1 and abs(inside.adjoint - node(whole, "x").adjoint) < 1e-12


def test_folding_keeps_what_is_stopped_in_sight() -> None:
    result = graphed(LONG + " + stop_gradient(sin(x)**2)")
    assert "stopped" in {each.state for each in result.nodes}


def test_depth_and_only_leave_the_rest_out() -> None:
    shallow = graphed(TEXT, depth=1)
    assert {each.name or each.text for each in shallow.nodes} == {"q", "z", "s*floor(x)", "x"}
    assert node(shallow, "z").more and not node(shallow, "x").more
    part = graphed(TEXT, only="z")
    assert {each.title() for each in part.nodes} >= {"x", "w", "y", "z"}
    assert "q" not in {each.title() for each in part.nodes}
    assert node(part, "y").adjoint == 8
