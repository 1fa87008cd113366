"""Sessions: statements that answer at once, commands on them, from a pipe and at a terminal."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from diffcli.cli.commands import COMMANDS
from diffcli.cli.commands.repl import unfinished
from diffcli.cli.completing import UNFIT, completions
from diffcli.cli.session import Session
from diffcli.source import Source
from tests.cli.running import Ran, run

ROOT = Path(__file__).resolve().parents[2]


def session(*lines: str) -> Ran:
    """A session from a pipe."""
    return run("repl", stdin="\n".join(lines))


def test_values_and_formulas() -> None:
    ran = session("var x = 3", "x**2", "y = x * [1, 2]", "y", "1 < 2", "grad(x**3, x)")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.split("\n") == ["9.0", "[3.0, 6.0]", "true", "27.0", ""]
    assert session("x**2 + x").out == "x**2 + x\n"
    assert session("input t", "y = t**2", "y + 1").out == "t**2 + 1\n"


def test_a_missing_gradient_says_why() -> None:
    ran = session("var x = 3", "var z = 1", "y = x**2", "grad(y, z)")
    assert (ran.code, ran.out) == (0, "none: `y` does not depend on `z`\n")


def test_a_name_may_be_defined_again() -> None:
    assert session("var x = 3", "y = x**2", "var x = 5", "y").out == "25.0\n"
    assert session("def f(a) = a", "y = f(2)", "def f(a) = a**3", "y").out == "8.0\n"
    # What needs a later name goes to the end.
    assert session("x = 1", "y = 4", "x = y + 1", "x").out == "5.0\n"


def test_what_is_wrong_changes_nothing() -> None:
    ran = session("var x = 3", "y = x**2", "x = y + 1", "w = 2x", "z = nosuch", "y", ":list")
    assert ran.code == 3
    assert "error[E0202]" in ran.err
    assert "nosuch" in ran.err
    assert ran.out == "9.0\nvar x = 3\ny = x**2\ny\n"


def test_statements_may_take_several_lines() -> None:
    ran = session(
        "y = (1 +", "# a comment )", "2)", "y", "var x = 2", "tape {", "z = x**3", "}", ":grad --format plain --of z"
    )
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == "3.0\nx  12.0\n"


def test_a_bracket_that_is_never_closed_is_told_at_the_end() -> None:
    ran = session("y = (1 +")
    assert ran.code == 3
    assert "E0204" in ran.err or "E0203" in ran.err


def test_a_bracket_that_closes_nothing_does_not_wait() -> None:
    assert not unfinished("y = 3)", [])
    assert not unfinished("y = (3]", [])
    assert unfinished("y = f(3, [1,", [])
    assert not unfinished('y = "(" # (', [])


def test_the_worst_exit_code_counts() -> None:
    assert session("x = 3", ":grad").code == 3
    assert session("x = 3", ":nosuch", "x").code == 2
    assert session("x = 3", "expect x == 4", "x").code == 1
    assert session("x = 3", "expect x == 3").code == 0


def test_an_expectation_is_judged_at_once() -> None:
    ran = session("var x = 3", "expect grad(x**2, x) == 7")
    assert ran.code == 1
    assert "expect grad(x**2, x) == 7" in ran.err


COMMANDS_WITH_OPTIONS = {
    "grad": ["--wrt", "x", "--json"],
    "jvp": ["--v", "x=1"],
    "vjp": ["--v", "y=1"],
    "hvp": ["--v", "x=1"],
    "diff": ["--wrt", "x"],
    "plot": ["--over", "x=0..5"],
    "propagate": ["--uncertainty", "x=0.1"],
    "explain": ["E0301"],
    "minimize": ["--steps", "1"],
    "fit": ["--data", "DATA"],
}


@pytest.mark.parametrize("name", [command.name for command in COMMANDS if command.name not in (*UNFIT, "fmt")])
def test_every_command_works_on_the_session(name: str, tmp_path: Path) -> None:
    text = "var x = 3\ny = x**2\n"
    (tmp_path / "a.expr").write_text(text)
    data = tmp_path / "a.csv"
    data.write_text("y\n4\n4\n5\n")
    options = [str(data) if each == "DATA" else each for each in COMMANDS_WITH_OPTIONS.get(name, [])]
    inside = run("repl", stdin=f"{text}:{name} {' '.join(options)}\n")
    takes_files = name not in ("ops", "explain")
    outside = run(name, *([str(tmp_path / "a.expr")] if takes_files else []), *options)
    assert inside.code == outside.code == 0, inside.err
    if "┬" not in outside.out:  # A frame is as wide as the name of the file asks for.
        assert inside.out.replace("<session>", "F") == outside.out.replace(str(tmp_path / "a.expr"), "F")


def test_unknown_commands_get_a_did_you_mean() -> None:
    assert "did you mean :grad?" in session(":grda").err
    assert ":save takes a FILE" in session(":save").err
    assert "a quote is not closed" in session(":grad --at 'x=").err


def test_undo_reset_and_list() -> None:
    assert session("x = 1", "x = 2", ":undo", "x").out == "1.0\n"
    ran = session("x = 1", ":reset", ":list", ":undo", ":list")
    assert (ran.code, ran.out) == (0, "x = 1\n")
    assert session(":undo").code == 2


def test_load_and_save_keep_the_text(tmp_path: Path) -> None:
    text = "# head\nvar x = 1; var y = 2  # both\n\nz = x * y  # product\n# foot\n"
    (tmp_path / "a.expr").write_text(text)
    ran = session(f":load {tmp_path / 'a.expr'}", f":save {tmp_path / 'b.expr'}", "var x = 3", ":list")
    assert ran.code == 0
    assert (tmp_path / "b.expr").read_text() == text
    assert ran.out == text.replace("var x = 1", "var x = 3")
    assert run("repl", str(tmp_path / "a.expr"), stdin="z").out == "2.0\n"
    assert session(f":load {tmp_path / 'c.expr'}").code == 2


def test_a_loaded_file_finds_its_library(tmp_path: Path) -> None:
    (tmp_path / "lib.expr").write_text("def twice(a) = 2 * a\n")
    (tmp_path / "a.expr").write_text('use "lib.expr"\nvar x = 4\ny = twice(x)\n')
    ran = session(f":load {tmp_path / 'a.expr'}", "y", ":grad --wrt x --of y --format plain")
    assert (ran.code, ran.err, ran.out) == (0, "", "8.0\nx  2.0\n")


def test_fmt_lays_the_session_out() -> None:
    assert session("x=1#one", "y  =x**2", ":fmt").out == "x = 1  #one\ny = x**2\n"


def test_bytes_that_are_not_text_are_told() -> None:
    ran = run("repl", stdin=b"x = 3\ny = \xff\nx\n")
    assert ran.code == 3
    assert "E0101" in ran.err
    assert ran.out == "3.0\n"


def test_completions() -> None:
    known = Session(os.getcwd())
    known.add(Source("typed", "var temperature = 3\nσ = 2"))
    assert completions("y = tem", known) == (3, ["temperature"])
    assert completions("2*σ", known)[1] == ["σ"]
    assert "tanh" in completions("tan", known)[1]
    assert completions(":gr", known)[1][0] == "grad"
    assert "--wrt" in completions(":grad --w", known)[1]
    assert completions(":grad --wrt t", known)[1] == ["temperature"]
    assert completions("", known) == (0, [])


posix = pytest.mark.skipif(sys.platform == "win32", reason="needs a POSIX terminal")
WITHOUT = "import sys\nsys.modules['prompt_toolkit'] = None\n"
PLAIN = WITHOUT + "sys.modules['readline'] = None\n"
START = "from diffcli.cli.app import console\nsys.argv[1:] = ['repl']\nconsole()"


def terminal(tmp_path: Path, before: str = "import sys\n", cache: str = "cache", **variables: str):  # type: ignore[no-untyped-def]
    """A session at a terminal."""
    pexpect = pytest.importorskip("pexpect")
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "DIFFCLI_CACHE_DIR": str(tmp_path / cache),
        "TERM": "xterm",
        "NO_COLOR": "1",
        "PROMPT_TOOLKIT_NO_CPR": "1",
        **variables,
    }
    child = pexpect.spawn(
        sys.executable, ["-c", before + START], env=environment, encoding="utf-8", timeout=30, dimensions=(40, 120)
    )
    child.expect("diffcli>")
    return child


@posix
@pytest.mark.parametrize("before", ["import sys\n", WITHOUT, PLAIN], ids=["prompt_toolkit", "readline", "plain"])
def test_a_terminal(tmp_path: Path, before: str) -> None:
    pexpect = pytest.importorskip("pexpect")
    if before not in (WITHOUT, PLAIN):
        pytest.importorskip("prompt_toolkit")
    child = terminal(tmp_path, before)
    child.send("var x = 7\r")
    child.send("x**2 + (\r")
    child.expect("[…] ?")
    child.send("1)\r")
    child.expect("50\\.0")
    child.send("y = (2 +\r")
    child.expect("[…] ?")
    child.send("\x03")  # Ctrl-C abandons the statement
    child.expect("diffcli>")
    child.send("2x\r")
    child.expect("E0202")
    child.send(":grad --format plain\r")
    child.expect("14\\.0")
    child.expect("diffcli>")
    child.send("\x04")  # Ctrl-D leaves
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0


@posix
def test_history_and_completion_at_a_terminal(tmp_path: Path) -> None:
    pytest.importorskip("prompt_toolkit")
    pyte = pytest.importorskip("pyte")
    child = terminal(tmp_path)
    child.send("var temperature = 41; 100 + 1\r")
    child.expect("101\\.0")
    child.expect("diffcli>")
    child.send("tempe\t")
    child.expect("rature")
    child.send(" + 1\r")
    child.expect("42\\.0")
    child.expect("diffcli>")
    child.send("\x04")
    child.expect(pytest.importorskip("pexpect").EOF)
    child.close()
    assert "tempe" in (tmp_path / "cache" / "history").read_text()
    child = terminal(tmp_path)
    child.send("\x1b[A\x1b[A\r")  # the line before the last of the other session
    child.send("temperature + 2\r")
    child.expect("43\\.0")
    screen = pyte.Screen(120, 40)
    pyte.Stream(screen).feed(child.before + child.after)
    assert any("temperature" in line for line in screen.display)
    child.close()


@posix
def test_a_history_that_cannot_be_written_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be")
    child = terminal(tmp_path)
    child.send("2 * 21\r")
    child.expect("42\\.0")
    child.send("\x04")
    child.close()


def test_the_dtype_goes_first_and_comments_are_kept() -> None:
    ran = session("# head", "x = 1 / 3  # third", "# alone", "dtype float32", "y = x", "x", ":list")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("0.33333334\n")
    assert ran.out.count("#") == 3
    assert ran.out.index("dtype float32") < ran.out.index("x = 1")


def test_colour_and_width_reach_the_commands() -> None:
    lines = "var x = 3\ny = x**2\n:grad\n"
    assert "\x1b[" in run("repl", "--color", "always", stdin=lines).out
    assert "\x1b[" not in run("repl", "--color", "never", stdin=lines, terminal=True).out
    assert max(map(len, run("repl", "--width", "60", stdin=lines).out.splitlines())) <= 60
