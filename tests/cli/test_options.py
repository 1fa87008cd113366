"""Options are stated once and every one of them is taken by a command."""

from __future__ import annotations

from importlib import import_module
from inspect import get_annotations
from typing import get_args

from diffcli.cli.commands import COMMANDS
from diffcli.cli.options import Format, Options, options_of
from diffcli.lang.limits import OPTIONS as LIMIT_OPTIONS
from diffcli.render import RENDERERS

MODULES = {command.name: import_module(f"diffcli.cli.commands.{command.name}") for command in COMMANDS}


STATED = {name: each for module in MODULES.values() for name, each in options_of(module).stated().items()}


def test_every_option_is_taken_by_a_command_and_no_other() -> None:
    taken = {name for module in MODULES.values() for name in module.TAKES}
    assert taken == set(STATED)


def test_an_option_of_one_command_has_no_name_of_those_of_all() -> None:
    for name, module in MODULES.items():
        own = options_of(module)
        added = {each for one in own.__mro__ if one not in Options.__mro__ for each in get_annotations(one)}
        assert not added & set(Options.stated()), name


def test_no_command_takes_an_option_twice() -> None:
    for name, module in MODULES.items():
        assert len(module.TAKES) == len(set(module.TAKES)), name


def test_every_option_says_what_it_does_in_a_sentence() -> None:
    for name, annotation in STATED.items():
        help = annotation.__metadata__[0].help
        assert help and help.endswith("."), name


def test_formats_are_the_renderers() -> None:
    assert get_args(Format) == RENDERERS


def test_every_limit_has_its_option() -> None:
    spelled = {annotation.__metadata__[0].default for annotation in STATED.values()}
    assert set(LIMIT_OPTIONS.values()) <= spelled


def test_what_was_not_said_has_a_default() -> None:
    assert Options().watch_accessed is True
    assert Options(wrt=["x"]).wrt == ["x"]
    assert Options().wrt is None
