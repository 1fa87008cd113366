"""Every block of the README is run, and its output compared."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.running import run

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text("utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def sessions() -> list[tuple[str, str]]:
    """The commands of the console blocks with what they print."""
    found = []
    for kind, text in BLOCKS:
        if kind == "console":
            for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
                command, _, output = part.partition("\n")
                found.append((command, output))
    return found


def printed(command: str, tmp_path: Path) -> str:
    """What a shell shows for the command, in the folder of the checkout."""
    for name, start in (("diffcli", "-m diffcli "), ("python", "")):
        tool = tmp_path / name
        tool.write_text(f'#!/bin/sh\nexec "{sys.executable}" {start}"$@"\n')
        tool.chmod(0o755)
    environment = {
        **os.environ,
        "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "PYTHONIOENCODING": "utf-8",
    }
    done = subprocess.run(["sh", "-c", command], cwd=ROOT, env=environment, capture_output=True, check=False)
    return (done.stdout + done.stderr).decode()


@pytest.mark.skipif(shutil.which("sh") is None, reason="the blocks are written for a POSIX shell")
@pytest.mark.parametrize(("command", "output"), sessions(), ids=lambda value: value[:40])
def test_a_console_block_prints_what_it_shows(command: str, output: str, tmp_path: Path) -> None:
    assert printed(command, tmp_path).strip() == output.strip()


def test_the_program_of_the_language_page_passes_its_own_test() -> None:
    programs = [text for kind, text in BLOCKS if kind == "expr"]
    assert programs
    for text in programs:
        ran = run("test", "-", stdin=text)
        assert ran.code == 0, ran.out + ran.err


def test_the_operator_that_is_shown_works(tmp_path: Path) -> None:
    (text,) = [text for kind, text in BLOCKS if kind == "python"]
    code = text + "\nfrom diffcli.compute import Request, gradient\nfrom diffcli.source import Source\n"
    code += "print(gradient(Request(Source('s', 'swirl(x)'), at=(('x', '0.3'),))).gradients[0].value)\n"
    done = subprocess.run(
        [sys.executable, "-c", "import diffcli.engine.ops\n" + code],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    assert float(done.stdout) == pytest.approx(0.9151369618266292, rel=1e-15)  # 1 - tanh(0.3)**2


def test_the_set_up_commands_are_those_that_the_checks_run() -> None:
    (text,) = [text for kind, text in BLOCKS if kind == "sh"]
    script = (ROOT / ".ci" / "run").read_text()
    for line in text.strip().split("\n"):
        assert line in script


def test_it_names_every_command() -> None:
    from diffcli.cli.commands import COMMANDS

    for command in COMMANDS:
        assert re.search(rf"\b{command.name}\b", README), command.name


if __name__ == "__main__":
    # Writes the outputs into the README, to be reviewed: python -m tests.test_readme
    import tempfile

    with tempfile.TemporaryDirectory() as folder:

        def fill(block: re.Match[str]) -> str:
            lines = []
            for part in re.split(r"^\$ ", block[1], flags=re.MULTILINE)[1:]:
                command = part.partition("\n")[0]
                lines.append(f"$ {command}\n{printed(command, Path(folder)).strip()}\n")
            return "```console\n" + "".join(lines) + "```"

        (ROOT / "README.md").write_text(re.sub(r"```console\n(.*?)```", fill, README, flags=re.DOTALL), "utf-8")
