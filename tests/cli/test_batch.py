"""Many files in one run, with real processes. A named pipe stands for a file that never ends: no test looks at a clock."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
from importlib.resources import files as resources
from io import BytesIO
from multiprocessing import active_children
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import pytest
from jsonschema import Draft202012Validator

from diffcli.cli.batching.pool import Pool, in_order
from diffcli.cli.batching.telling import Progress, Tally
from diffcli.cli.batching.worker import Answer, Task, answer
from diffcli.cli.env import Environment
from diffcli.render import Outcome
from diffcli.results import EvalResult
from tests.cli.running import Ran, Terminal, run
from tests.cli.test_streams import ROOT, finished, start

if TYPE_CHECKING:
    from collections.abc import Iterator

POSIX = pytest.mark.skipif(os.name == "nt", reason="signals and named pipes of POSIX")


def records(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def names(ran: Ran) -> list[str]:
    return [os.path.basename(each["file"]) for each in records(ran.out)]


@pytest.mark.parametrize("form", ["table", "json", "ndjson", "csv", "plain"])
def test_it_prints_what_the_command_prints(batch_folder: Path, form: str) -> None:
    assert run("batch", "m", "gone.expr", "--format", form) == run("grad", "m", "gone.expr", "--format", form)


@pytest.mark.parametrize("do", ["eval", "jacobian", "hessian", "check", "test"])
def test_every_command_fits(batch_folder: Path, do: str) -> None:
    ran = run("batch", "m", "--do", do, "--json")
    assert ran == run(do, "m", "--json")
    schema = json.loads(resources("diffcli").joinpath("schemas", "batch.json").read_text("utf-8"))
    Draft202012Validator(schema).validate(ran.document)


def test_options_reach_the_command(batch_folder: Path) -> None:
    options = ["--at", "x=3", "--fail-on", "nan", "--dtype", "float32", "-v", "--fields", "value"]
    ran = run("batch", "m/1.expr", "m/2.expr", *options, "--format", "plain")
    assert ran == run("grad", "m/1.expr", "m/2.expr", *options, "--format", "plain")._replace(err=ran.err)
    assert ran.out.count("6.0\n") == 2
    assert ran.err.count(" s\n") == 2


def test_the_number_of_processes_changes_nothing(batch_folder: Path) -> None:
    one, three = (run("batch", "m", "--jobs", jobs, "--format", "ndjson") for jobs in ("1", "3"))
    assert one == three
    assert (one.code, names(one)) == (3, ["0.expr", "1.expr", "1bad.expr", "2.expr", "2bad.expr", "3.expr"])
    assert [each["exit_code"] for each in records(one.out)] == [0, 0, 3, 0, 3, 0]


def test_folders_patterns_and_lists(batch_folder: Path) -> None:
    (batch_folder / "deep").mkdir()
    (batch_folder / "deep" / "größe.expr").write_text("x**2")
    assert names(run("batch", "m/**/g*.expr", "m/[23].expr", "m/3.expr", "--format", "ndjson")) == [
        "größe.expr",
        "2.expr",
        "3.expr",
    ]
    listed = "m/3.expr\r\n\nm/deep\nm/3.expr\n"
    assert names(run("batch", "m/0.expr", "--from", "-", "--format", "ndjson", stdin=listed)) == [
        "0.expr",
        "3.expr",
        "größe.expr",
    ]
    Path("list").write_text(listed, encoding="utf-8-sig")
    assert names(run("batch", "--from", "list", "--format", "ndjson")) == ["3.expr", "größe.expr"]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ([], "no file"),
        (["-"], "a batch reads files"),
        (["m/*.nothing"], "no file matches m/*.nothing"),
        (["--from", "nowhere"], "no such file: nowhere"),
        (["--from", os.devnull], "no file"),
        (["m", "--do", "grda"], "did you mean grad?"),
        (["m", "--do", "test", "--wrt", "x"], "--wrt does not go with --do test"),
        (["m", "--sparse"], "--sparse does not go with --do grad"),
        (["m", "--seed", "3"], "--seed does not go with --do grad"),
        (["m", "--fields", "gradeint"], "did you mean gradient?"),
        (["m", "--at", "x"], "--at needs NAME=VALUE"),
        (["m", "--fail-on", "bad"], "--fail-on cannot be bad"),
        (["m", "--resume", "a", "--json"], "--resume keeps the records in its own file"),
        (["m", "--resume", "a", "-o", "b"], "--resume keeps the records in its own file"),
        (["m", "--resume", "-"], "--resume needs a file"),
        (["m", "--timeout", "0"], "--timeout"),
        (["m", "--jobs", "0"], "--jobs"),
    ],
)
def test_a_mistake_is_told_once_before_anything_runs(batch_folder: Path, line: list[str], said: str) -> None:
    ran = run("batch", *line)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.count(said) == 1
    assert not Path("a").exists()


def test_a_file_that_takes_too_long_is_stopped(endless_file: Path) -> None:
    ran = run("batch", "m", "--timeout", "3", "--format", "ndjson", "--summary")
    made = records(ran.out)
    assert [each["exit_code"] for each in made] == [0, 0, 4, 0, 0]
    [stopped] = made[2]["diagnostics"]
    assert (stopped["code"], stopped["message"]) == ("timeout", "stopped after 3 s")
    assert (ran.code, ran.err.count("stopped after 3 s")) == (4, 1)
    assert "timed out" in ran.err


def test_a_process_that_is_killed_costs_its_file_alone(endless_file: Path) -> None:
    ran: list[Ran] = []
    thread = Thread(target=lambda: ran.append(run("batch", "m", "--jobs", "1", "--json")))
    thread.start()
    with open(endless_file, "wb"):
        [process] = active_children()
        assert process.pid is not None
        os.kill(process.pid, signal.SIGKILL)
        thread.join()
    made = ran[0].document["results"]
    assert [each["exit_code"] for each in made] == [0, 0, 4, 0, 0]
    assert made[2]["diagnostics"][0]["code"] == "killed"
    assert "was killed" in ran[0].err
    assert ran[0].code == 4


def test_processes_that_never_get_ready_end_the_run() -> None:
    task = Task("nosuch", {}, None, EvalResult.blank())
    with pytest.raises(RuntimeError, match="processes end at once"), Pool(task, 1, None, lambda: None) as pool:
        list(pool.answers([(0, "a.expr")]))
    assert not active_children()


@POSIX
def test_ctrl_c_keeps_what_is_finished(endless_file: Path) -> None:
    process = start("batch", "m", "--jobs", "1", "--format", "ndjson", start_new_session=True)
    with open(endless_file, "wb"):
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to all processes at once
        out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (130, b"interrupted\n")
    assert [os.path.basename(each["file"]) for each in records(out.decode())] == ["0.expr", "1.expr"]


def test_an_interruption_gives_out_what_came_early() -> None:
    answers = {number: Answer(Outcome(EvalResult.blank())) for number in range(5)}

    def coming() -> Iterator[tuple[int, Answer]]:
        yield from ((number, answers[number]) for number in (1, 0, 4, 3))
        raise KeyboardInterrupt

    given = []
    with pytest.raises(KeyboardInterrupt):
        for number, _ in in_order(coming(), range(5)):
            given.append(number)
    assert given == [0, 1, 3, 4]


@POSIX
def test_no_process_outlives_the_run(endless_file: Path) -> None:
    process = start("batch", "m", "--jobs", "1")
    with open(endless_file, "wb") as writer:
        process.kill()
        process.communicate(timeout=60)
        watch = select.poll()
        watch.register(writer, 0)
        assert watch.poll(60_000)  # an error: nobody reads any more


@POSIX
def test_a_reader_that_leaves_is_no_error(batch_folder: Path) -> None:
    command = f'"{sys.executable}" -m diffcli batch m/[0-3].expr --format ndjson | head -1; echo ${{PIPESTATUS[0]}}'
    ran = subprocess.run(
        ["bash", "-c", command], env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, check=True
    )
    first, code = ran.stdout.decode().splitlines()
    assert (json.loads(first)["file"], code, ran.stderr) == ("m/0.expr", "0", b"")


def test_an_output_file_is_complete(batch_folder: Path) -> None:
    assert run("batch", "m/0.expr", "--json", "-o", "out.json") == (0, "", "")
    made = json.loads(Path("out.json").read_text("utf-8"))
    assert (made["schema"], len(made["results"])) == ("diffcli/batch/1", 1)


@pytest.mark.parametrize(
    ("error", "code", "kind"), [(ZeroDivisionError("oh"), 70, "internal"), (MemoryError(), 4, "memory")]
)
def test_what_goes_wrong_in_a_process_is_told_of_its_file(
    monkeypatch: pytest.MonkeyPatch, error: Exception, code: int, kind: str
) -> None:
    from diffcli.cli.commands import eval as command

    def broken(*_: object) -> int:
        raise error

    monkeypatch.setattr(command, "run", broken)
    made = answer(Task("eval", {}, None, EvalResult.blank()), "a.expr")
    assert (made.outcome.exit_code, made.outcome.result.file) == (code, "a.expr")
    assert [each.code for each in made.outcome.result.diagnostics] == [kind]
    assert made.told.startswith("a.expr: ") and made.passing


def test_the_summary_counts_every_file(batch_folder: Path) -> None:
    (batch_folder / "nan.expr").write_text("var x = -1\ny = x**0.5\n")
    (batch_folder / "none.expr").write_text("var x = -1\nvar z = 2\ny = z\n")
    ran = run("batch", "m", "gone.expr", "--format", "ndjson", "--summary")
    [row] = [line for line in ran.err.splitlines() if line.startswith("│ 9 ")]
    assert [cell.strip() for cell in row.strip("│").split("│")] == list("9411003000")
    assert ran.err.count("Slowest") == 1
    shown = run("batch", "m/0.expr", terminal=True, columns=100)
    assert "Summary" in shown.err and "Summary" not in shown.out
    assert run("batch", "m/0.expr", "-q", terminal=True, columns=100).err == ""
    assert run("batch", "m/0.expr").err == ""


def test_the_summary_tells_every_end_apart() -> None:
    tally = Tally()
    for code, statuses, kinds in [
        (0, {"ok"}, ()),
        (0, {"zero"}, ()),
        (0, {"none", "nan"}, ()),
        (1, {"inf"}, ()),
        (4, (), ("timeout",)),
        (4, (), ("killed",)),
        (70, (), ("died",)),
        (70, (), ("internal",)),
    ]:
        tally.add(code, statuses, kinds)
    tally.add(0, (), (), kept=True)
    [row] = tally.result().tally
    assert row == (9, 3, 1, 1, 1, 1, 1, 1, 2, 1)


def test_progress_is_shown_on_a_terminal_after_a_while() -> None:
    now = [0.0]
    stderr = Terminal()
    progress = Progress(Environment(BytesIO(), BytesIO(), stderr, clock=lambda: now[0]), 1000, quiet=False)
    progress.show()
    assert stderr.getvalue() == b""
    now[0], progress.done = 2.0, 500
    progress.show()
    progress.show()
    assert stderr.getvalue() == b"500 of 1,000 files, 250 a second, 2 s left"
    progress.clear()
    assert stderr.getvalue().endswith(b"\r")


def test_the_report_for_build_servers(batch_folder: Path) -> None:
    (batch_folder / "control.expr").write_text("y = \x01\n")
    assert run("batch", "m", "--do", "test", "--junit", "report.xml", "-q").code == 3
    root = ElementTree.parse("report.xml").getroot()
    [suite] = root
    assert (root.tag, suite.tag) == ("testsuites", "testsuite")
    for each in (root, suite):
        assert {key: each.get(key) for key in ("tests", "failures", "errors")} == {
            "tests": "7",
            "failures": "3",
            "errors": "3",
        }
        assert float(each.get("time", "")) >= 0
    for case in suite:
        assert case.tag == "testcase" and set(case.attrib) == {"classname", "name", "time"}
        assert case.get("classname") == "diffcli.test" and float(case.get("time", "")) >= 0
        assert len(case) <= 1 and all(set(wrong.attrib) == {"type", "message"} for wrong in case)
    ends = {case.get("name"): [(wrong.tag, wrong.get("type")) for wrong in case] for case in suite}
    assert ends["m/2.expr"] == []
    assert ends["m/1.expr"] == [("failure", "failed")]
    assert ends["m/1bad.expr"] == [("error", "E0203")]
    [wrong] = next(case for case in suite if case.get("name") == "m/3.expr")
    assert wrong.text == "m/3.expr:3: expect y == 4: it is 9.0, expected 4.0"


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a device that is always full")
def test_a_full_disk_is_code_5(batch_folder: Path) -> None:
    with open("/dev/full", "wb") as full:
        code, _, err = finished("batch", "m/0.expr", stdout=full)
    assert code == 5 and b"cannot write the output" in err
