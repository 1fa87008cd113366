"""Pictures of graphs: every format is what it says it is, on a machine with Graphviz and on one without."""

from __future__ import annotations

import sys
import xml.etree.ElementTree as ElementTree
from importlib.resources import files
from io import BytesIO
from itertools import combinations
from json import loads
from typing import TYPE_CHECKING

import pytest
from jsonschema import Draft202012Validator

from diffcli.cli.app import main
from diffcli.cli.env import Environment
from diffcli.render.pictures.layout import layout
from tests.cli.running import run

if TYPE_CHECKING:
    from pathlib import Path

TEXT = "var x = 3\nfrozen w = 2\ny = x**2\ns = stop_gradient(y)\nq = s*floor(x)*w + y\noutput q\n"
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "sample.expr"
    path.write_text(TEXT)
    return str(path)


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pygraphviz", None)


def test_json_is_as_documented(file: str) -> None:
    schema = loads(files("diffcli").joinpath("schemas", "graph.json").read_text("utf-8"))
    for arguments in ((file,), ("-e", "x*sin(x)"), (file, "--depth", "1"), ("-e", "1 +")):
        Draft202012Validator(schema).validate(run("graph", *arguments, "--json").document)


def test_the_tree_shows_shared_nodes_once(file: str) -> None:
    out = run("graph", file).out
    assert "q = s*floor(x)*w + y" in out and "value 63" in out and "● x" in out
    assert out.count("y = x**2") == 1 and "y ↑ (#" in out
    assert "❄ w" in out and "■ s" in out and "✂ floor(x)" in out


@pytest.mark.parametrize("width", [60, 80, 140])
def test_the_tree_fits_the_terminal(file: str, width: int) -> None:
    lines = run("graph", file, terminal=True, columns=width).out.splitlines()
    assert all(len(line) <= width for line in lines[1:])


def test_svg_needs_nothing_and_says_all(file: str, bare: None) -> None:
    ran = run("graph", file, "--to", "svg")
    assert ran.code == 0
    root = ElementTree.fromstring(ran.out)
    texts = [each.text for each in root.iter(f"{SVG}text")]
    assert {"w", "frozen", "stopped", "watched var", "cut: no derivative", "target"} <= set(texts)
    assert "6" in texts  # the adjoint dq/dx = dy/dx = 2*3 on its arrow
    # Shapes and borders, and not only colours: hexagon, octagon, dashes.
    polygons = [len((each.get("points") or "").split()) for each in root.iter(f"{SVG}polygon")]
    assert 6 in {len(set((each.get("points") or "").split())) for each in root.iter(f"{SVG}polygon")} and polygons
    assert "prefers-color-scheme:dark" in ran.out and "stroke-dasharray" in ran.out


def test_the_layout_points_down_and_keeps_boxes_apart() -> None:
    sizes = {each: (60.0 + 10 * (each % 4), 40.0) for each in range(12)}
    edges = [(a, b) for a in range(12) for b in range(a + 1, 12) if (a * 7 + b * 3) % 5 == 0]
    plan = layout(sizes, edges)
    assert all(plan.centres[a][1] < plan.centres[b][1] for a, b in edges)
    for a, b in combinations(sizes, 2):
        apart = [abs(plan.centres[a][axis] - plan.centres[b][axis]) for axis in (0, 1)]
        assert apart[0] >= (sizes[a][0] + sizes[b][0]) / 2 or apart[1] >= 40


def test_graphviz_reads_dot_and_makes_pictures(file: str, tmp_path: Path) -> None:
    pygraphviz = pytest.importorskip("pygraphviz")
    made = pygraphviz.AGraph(string=run("graph", file, "--to", "dot").out)
    assert len(made.nodes()) == len(run("graph", file, "--json").document["nodes"])
    for suffix, start in (("png", b"\x89PNG"), ("pdf", b"%PDF")):
        path = tmp_path / f"picture.{suffix}"
        assert run("graph", file, "-o", str(path)).code == 0
        assert path.read_bytes().startswith(start)


def test_png_goes_through_a_pipe(file: str) -> None:
    pytest.importorskip("pygraphviz")
    stdout = BytesIO()
    assert main(["graph", file, "--to", "png"], Environment(BytesIO(), stdout, BytesIO(), {})) == 0
    assert stdout.getvalue().startswith(b"\x89PNG")


def test_png_without_graphviz_says_what_to_install(file: str, tmp_path: Path, bare: None) -> None:
    ran = run("graph", file, "-o", str(tmp_path / "a.png"))
    assert ran.code == 2 and 'pip install "diffcli[graph]"' in ran.err and not (tmp_path / "a.png").exists()


def test_png_is_not_for_a_terminal(file: str) -> None:
    ran = run("graph", file, "--to", "png", terminal=True)
    assert ran.code == 2 and "-o picture.png" in ran.err and not ran.out


def test_mermaid_tells_states_apart_by_shape(file: str) -> None:
    out = run("graph", file, "--to", "mermaid").out
    assert out.startswith("flowchart TD\n")
    assert '(["x<br/>' in out and '{{"w<br/>' in out and '[["s = stop_gradient(y)' in out and "-.->" in out


def test_the_ending_chooses_the_format(file: str, tmp_path: Path) -> None:
    for suffix, start in (("svg", "<svg"), ("dot", "digraph"), ("mmd", "flowchart"), ("json", '{"schema"')):
        path = tmp_path / f"a.{suffix}"
        assert run("graph", file, "-o", str(path)).code == 0
        assert path.read_text("utf-8").startswith(start)
    assert run("graph", file, "-o", str(tmp_path / "a.gif")).code == 2


def test_names_are_escaped() -> None:
    out = run("graph", "-e", "where(x < 2, x, -x)", "--at", "x=1", "--to", "svg").out
    assert any("x < 2" in (each.text or "") for each in ElementTree.fromstring(out).iter(f"{SVG}text"))


def test_stats_count_what_a_file_costs() -> None:
    """3 operations read x and y and give one number; x * cos(x) + sin(x) and 1 make 3 more of them and two results."""
    ran = run("graph", "-e", "var x = 1\nvar y = 2\nf = x*sin(x) + y", "--stats", "--json")
    schema = loads(files("diffcli").joinpath("schemas", "costs.json").read_text("utf-8"))
    Draft202012Validator(schema).validate(ran.document)
    value, both = ran.document["costs"]
    assert (value["program"], value["operations"], value["bytes"]) == ("value", 3, 24)
    assert (both["program"], both["operations"], both["bytes"]) == ("value and gradient", 6, 40)
    assert value["registers"] == 1 and 1 < both["registers"] < 6


def test_stats_are_numbers_in_a_table(file: str) -> None:
    out = run("graph", file, "--stats").out
    assert "operations" in out and "bytes per row" in out and "value and gradient" in out
    refused = run("graph", file, "--stats", "--to", "svg")
    assert refused.code == 2 and "--stats" in refused.err
    assert run("graph", "-e", "1 +", "--stats").code == 3


def test_stats_of_sizes_that_are_not_known() -> None:
    ran = run("graph", "-e", "input x: [n]\ny = sum(x**2)", "--stats", "--json")
    assert [row["bytes"] for row in ran.document["costs"]] == [None, None]
    single = run("graph", "-e", "input x: [1000]\ny = sum(x**2)", "--stats", "--json", "--dtype", "float32")
    assert single.document["costs"][0]["bytes"] == 4 * 1001
