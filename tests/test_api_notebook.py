"""Results in a notebook, by a real IPython shell: HTML tables, pictures, formulas, and the magic."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from xml.etree import ElementTree

import numpy as np
import pytest

import diffcli
from diffcli.api.values import Values
from diffcli.render import Outcome, Style
from diffcli.render.html import mapping, render

pytest.importorskip("IPython")

from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output


class Cells(HTMLParser):
    """The texts of the cells of all tables, and whether all elements are closed."""

    def __init__(self, text):
        super().__init__()
        self.open, self.cells = [], []
        self.feed(text)
        assert not self.open

    def handle_starttag(self, tag, attributes):
        self.open.append(tag)
        if tag in ("td", "th"):
            self.cells.append("")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] in ("td", "th"):
            self.cells[-1] += data


@pytest.fixture(scope="module")
def shell(tmp_path_factory):
    """A shell that keeps no history and has the extension."""
    from traitlets.config import Config

    settings = Config()
    settings.HistoryManager.enabled = False
    found = InteractiveShell.instance(config=settings, ipython_dir=str(tmp_path_factory.mktemp("ipython")))
    assert found.run_cell("%load_ext diffcli").success
    yield found
    InteractiveShell.clear_instance()


def ran(shell, text):
    """Whether a cell ended well, what it shows and what it prints."""
    with capture_output() as captured:
        result = shell.run_cell(text)
    return result.success, [each.data for each in captured.outputs], captured.stdout + captured.stderr


# ---- how records look


def html(result):
    return "".join(render([Outcome(result)], Style()))


def test_a_training_and_a_fit_are_tables():
    trained = diffcli.minimize("(x - 1)**2", start={"x": 0}, learning_rate=0.5, steps=1)
    cells = Cells(trained._repr_html_()).cells
    assert cells[:5] == ["variable", "shape", "value", "gradient", "status"] and cells[5:8] == ["x", "scalar", "1.0"]
    fitted = diffcli.fit("a * t", {"t": [1.0, 2.0]}, observed=[2.0, 4.0], start={"a": 1})
    cells = Cells(fitted._repr_html_()).cells
    assert cells[:3] == ["parameter", "value", "standard error"] and cells[5:7] == ["a", "2.0"]


def test_a_callback_prints_a_line(capsys):
    diffcli.minimize("x**2", start={"x": 1}, learning_rate=0.25, steps=2, callback=print)
    assert capsys.readouterr().out == "step 1 · loss 1\nstep 2 · loss 0.25\n"


def test_records_are_tables():
    result = diffcli.parse("var x = 0\nvar y = 2\nlog(x) + floor(y)").explain(["x", "y"])
    cells = Cells(result._repr_html_()).cells
    assert cells[:7] == ["source", "kind", "shape", "value", "gradient", "status", "note"]
    assert cells[7:13] == ["x", "var", "scalar", "0.0", "inf", "inf"]
    assert cells[14:20] == ["y", "var", "scalar", "2.0", "none", "none"]
    assert "Stopped nodes" in result._repr_html_()


def test_a_file_cannot_write_markup():
    result = diffcli.parse('var x = 1 "<b>&"\nx', name="<script>alert(1)</script>").explain("x")
    assert "<script>" not in html(result) and "&lt;script&gt;" in html(result)
    assert "<b>" not in mapping({"<b>": "<i>"})


def test_colours_are_those_of_the_page():
    text = html(diffcli.parse("var x = 1\nx").explain("x"))
    assert "color:inherit" in text and "<style" not in text
    assert not re.search(r"#[0-9a-f]{3}|rgba?\(|: ?(white|black)", text)


def test_values_by_name_are_a_table():
    found = diffcli.parse("var x = 2\nvar w = [1, 2]\nx * w").jacobian()()
    assert Cells(found._repr_html_()).cells == ["name", "value", "x", "[1.0, 2.0]", "w", "[[2.0, 0.0],\n [0.0, 2.0]]"]
    nested = Values({"f": Values({"x": 1.0, "y": None})})
    assert Cells(nested._repr_html_()).cells == ["name", "value", "f.x", "1.0", "f.y", "none"]


def test_a_graph_is_a_picture():
    graph = diffcli.parse("var x = 2\ny = sin(x) < 1").graph()
    bundle = graph._repr_mimebundle_()
    assert set(bundle) == {"image/svg+xml", "text/plain"}
    root = ElementTree.fromstring(graph._repr_svg_())
    assert root.tag.endswith("svg") and "sin(x)" in "".join(root.itertext())


def test_reports_that_are_text_stay_text():
    text = html(diffcli.parse("var x = 20\nlog(1 - tanh(x)**2)").why())
    assert text.startswith("<div><pre") and "fix:" in text


# ---- the magic


def test_a_cell_is_a_file_and_the_line_a_command(shell):
    success, [shown], printed = ran(shell, "%%diffcli grad --wrt x --at x=2\ny = x**3")
    assert success and not printed
    assert "12.0" in Cells(shown["text/html"]).cells and "│ 12.0" in shown["text/plain"]


def test_grad_is_meant_without_a_command(shell):
    _, [shown], _ = ran(shell, "%%diffcli --wrt x\nvar x = 2\ny = x**3")
    assert "12.0" in Cells(shown["text/html"]).cells


def test_variables_of_the_notebook_feed_inputs_that_are_named(shell):
    shell.user_ns.update(x=np.float64(2.5), data=np.arange(3.0), y=[1, 2, 3])
    success, [shown], _ = ran(shell, "%%diffcli grad --use x,data --use=y --into found\nsum(x * data * y)")
    assert success
    assert shell.user_ns["found"].gradients[0].value == 8.0
    assert "[2.5, 5.0, 7.5]" in Cells(shown["text/html"]).cells
    success, [shown], _ = ran(shell, "%%diffcli grad --wrt x\nx**2")
    assert success and "2 * x" in Cells(shown["text/html"]).cells  # nothing is taken unasked


def test_graphs_are_pictures_and_text_stays_text(shell):
    _, [shown], _ = ran(shell, "%%diffcli graph\nvar x = 2\ny = x * sin(x)")
    assert shown["image/svg+xml"].startswith("<svg")
    _, [shown], _ = ran(shell, "%%diffcli graph --to svg\nvar x = 2\ny = x * sin(x)")
    assert shown["image/svg+xml"].startswith("<svg")
    _, [shown], _ = ran(shell, "%%diffcli plot --over x=0..2\nx**2")
    assert "<svg" in shown["image/svg+xml"]
    _, [shown], _ = ran(shell, "%%diffcli graph --stats\nvar x = 2\ny = x * sin(x)")
    assert "operations" in Cells(shown["text/html"]).cells
    success, shown, printed = ran(shell, "%%diffcli fmt\ny = x  **2")
    assert success and printed == "y = x**2\n"
    success, shown, printed = ran(shell, "%%diffcli jacobian --json\nvar x = 2\ny = x**2")
    assert success and not shown and '"value": 4.0' in printed


def test_lines_are_commands_without_a_cell(shell, tmp_path):
    path = tmp_path / "model.expr"
    path.write_text("var x = 2\ny = x**2\n")
    _, [shown], _ = ran(shell, f"%diffcli grad {path}")
    assert "4.0" in Cells(shown["text/html"]).cells
    ran(shell, "import diffcli\ndiffcli.define('own_cube', lambda x: x**3, partials='3*x**2', replace=True)")
    _, [shown], _ = ran(shell, "%diffcli ops own_cube")
    assert "dx = g * (3 * x**2)" in shown["text/html"]
    diffcli.undefine("own_cube")


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("%%diffcli grad\ny = 2x", ["E0202", "<cell>:1:5", "help: 2*x"]),
        ("%%diffcli grad --use nothing\nx", ["the notebook has no variable nothing"]),
        ("%%diffcli grad --use shell_name\nx", ["--use shell_name: shell_name takes a number"]),
        ("%%diffcli grad --use\nx", ["--use needs names"]),
        ("%%diffcli grad --bogus\nx", ["unknown option --bogus"]),
        ("%%diffcli grad 'x\nx", ["a quote is not closed"]),
        ("%%diffcli repl\nx", ["needs a terminal"]),
        ("%%diffcli test\nvar x = 3\nexpect x == 4", ["1 failed"]),
        ("%%diffcli eval\nx", ["E0801"]),
    ],
)
def test_what_is_wrong_ends_the_cell_without_a_traceback(shell, cell, words):
    shell.user_ns["shell_name"] = "text"
    success, _, printed = ran(shell, cell)
    assert not success
    assert all(word in printed for word in words)
    assert "Traceback" not in printed and "magic.py" not in printed


def test_programs_show_themselves(shell):
    _, _, printed = ran(shell, "import diffcli\ndiffcli.parse('x**2', name='mine')")
    assert "<program mine: x>" in printed
    shell.run_cell("formula = diffcli.parse('x**2').formula('x')")
    formats, _ = shell.display_formatter.format(shell.user_ns["formula"])
    assert formats["text/plain"] == "2 * x" and formats["text/latex"].startswith("$")
