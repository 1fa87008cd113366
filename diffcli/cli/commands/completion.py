"""Completion for the shell, by Typer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diffcli.cli.errors import UsageError

if TYPE_CHECKING:
    from diffcli.cli.env import Environment
    from diffcli.cli.options import Options

EXAMPLES = """\
  diffcli completion bash >> ~/.bashrc
  diffcli completion zsh > ~/.zfunc/_diffcli
  diffcli completion fish > ~/.config/fish/completions/diffcli.fish
"""
TAKES = ("shell", "debug")
SHELLS = ("bash", "zsh", "fish", "powershell", "pwsh")


def run(options: Options, environment: Environment) -> int:
    """Print the script that makes a shell complete commands and options."""
    if options.shell not in SHELLS:
        from diffcli.diagnostic import closest

        near = closest(options.shell, SHELLS)
        raise UsageError(
            f"unknown shell {options.shell}", f"did you mean {near}?" if near else f"one of {', '.join(SHELLS)}"
        )
    from typer import completion

    script: str = vars(completion)["get_completion_script"](
        prog_name="diffcli", complete_var="_DIFFCLI_COMPLETE", shell=options.shell
    )
    environment.write(f"{script}\n")
    return 0
