"""The line that shows a training run: on a terminal, after a second, in its width, and taken away again."""

from __future__ import annotations

from io import BytesIO
from math import exp, inf, nan
from typing import TYPE_CHECKING

import pytest

from diffcli.cli.env import Environment
from diffcli.cli.training_display import LiveDisplay, Losses, draws_unicode, duration
from diffcli.compute.training.events import EpochDone, Finished, StepDone
from diffcli.render.curves.sparkline import sparkline
from tests.cli.running import Terminal
from tests.numpy_training import Training, train

if TYPE_CHECKING:
    from diffcli.compute.training.events import Event

UTF8 = {"LC_ALL": "C.UTF-8"}


class Run:
    """A display on a terminal of so many columns, and a clock that goes on by `tick` with every step."""

    def __init__(
        self,
        columns: int = 80,
        tick: float = 0.125,
        steps: int | None = None,
        epochs: int | None = None,
        variables: dict[str, str] = UTF8,
        stream: type[BytesIO] = Terminal,
        quiet: bool = False,
    ) -> None:
        self.now, self.tick, self.columns = 0.0, tick, columns
        self.stderr = stream()
        environment = Environment(BytesIO(), BytesIO(), self.stderr, variables, clock=lambda: self.now, columns=columns)
        self.display = LiveDisplay(environment, quiet, steps, epochs)

    def wants(self, step: int) -> bool:
        return self.display.wants(step)

    def observe(self, *events: Event) -> None:
        for event in events:
            self.now += self.tick * isinstance(event, StepDone)
            self.display.observe(event)

    def close(self) -> None:
        self.display.close()

    def step(self, count: int, start: int = 0) -> None:
        self.observe(*(StepDone(step, exp(-step / 10), 0.1) for step in range(start, start + count)))

    @property
    def written(self) -> str:
        return self.stderr.getvalue().decode()

    @property
    def screen(self) -> list[str]:
        """What a person sees."""
        pyte = pytest.importorskip("pyte")
        screen = pyte.Screen(self.columns, 4)
        pyte.Stream(screen).feed(self.written)
        return [line.rstrip() for line in screen.display]


def test_nothing_is_shown_in_the_first_second() -> None:
    run = Run(steps=100)
    run.step(7)
    assert run.written == ""
    run.step(1, start=7)
    assert "8/100" in run.screen[0]


def test_what_the_line_says() -> None:
    run = Run(columns=100, steps=1000)
    run.step(101)
    run.observe(StepDone(101, 0.25, 0.1), StepDone(102, 0.25, 0.1), StepDone(103, 0.25, 0.1))
    [line, *rest] = run.screen
    assert not any(rest)
    # Eight steps a second, so that the rest takes 112 s.
    assert " 104/1,000  loss 0.25 " in line and "  8.00 steps/s  " in line and line.endswith("1:52 left")
    bar = line.split()[0]
    assert set(bar) == {"█", "░"} and bar.count("█") == len(bar) * 104 // 1000
    assert "█▇" in line.split("loss")[1] and "▁▁" in line


def test_epochs_give_the_number_of_steps_after_the_first() -> None:
    run = Run(columns=120, epochs=4)
    run.step(20)
    assert run.screen[0].startswith("epoch 1/4  20 steps  loss") and "left" not in run.screen[0]
    run.observe(EpochDone(0, 20, {"loss": 0.5, "val_loss": 0.125}))
    run.step(5, start=20)
    assert "epoch 2/4  24/80  " in run.screen[0]
    assert "  val_loss 0.125 " in run.screen[0] and run.screen[0].endswith("7 s left")
    run.observe(*(EpochDone(epoch, 20 * epoch + 20, {}) for epoch in range(1, 4)))
    run.step(3, start=77)
    assert "epoch 4/4  80/80" in run.screen[0] and run.screen[0].endswith("0 s left")


def test_a_run_that_goes_on_counts_its_own_steps_for_the_rate() -> None:
    run = Run(columns=100, steps=1000)
    run.step(51, start=500)
    assert " 550/1,000" in run.screen[0] and "8.00 steps/s" in run.screen[0] and "56 s left" in run.screen[0]


def test_without_a_number_of_steps_there_is_no_bar() -> None:
    run = Run()
    run.step(30)
    assert run.screen[0].startswith("30 steps  loss 0.05502") and "left" not in run.screen[0]


@pytest.mark.parametrize("columns", range(20, 140))
def test_the_line_fits(columns: int) -> None:
    run = Run(columns, steps=123_456, epochs=10, tick=0.3)
    for epoch in range(3):
        run.step(12, start=12_345 * epoch)
        run.observe(EpochDone(epoch, 12_345 * (epoch + 1), {"val_loss": 1.2345e-5}))
    run.observe(StepDone(37_100, -1.2345e-100, 0.1))
    lines = run.written.split("\r")
    assert all(len(line) < columns for line in lines)
    assert not any(run.screen[1:])
    assert "loss" in run.screen[0]
    assert columns < 40 or "37,101/123,456  loss" in run.screen[0].replace("  val", "")


@pytest.mark.parametrize("columns", [40, 60, 80, 100, 120])
def test_nothing_jumps(columns: int) -> None:
    run = Run(columns, steps=2000)
    places = set()
    for step in range(2000):
        run.observe(StepDone(step, 3.7 ** -(step / 100), 0.1))
        if run.display.line:
            places.add(run.display.line.index("loss"))
    assert len(places) == 1


def test_a_line_is_written_over_in_one_go() -> None:
    run = Run(steps=100)
    run.step(12)
    before = run.written
    run.step(2, start=12)
    assert run.written[len(before) :].startswith("\r") and run.written[len(before) :].count("\r") == 1
    assert run.written[len(before) + 1 :].strip()


def test_the_line_is_taken_away() -> None:
    run = Run(steps=100)
    run.step(50)
    run.observe(Finished(50, "converged", True, 0.0))
    assert run.screen[0]
    run.display.close()
    assert not any(run.screen) and run.written.endswith("\r")
    end = run.written
    run.display.close()
    assert run.written == end


@pytest.mark.parametrize(("stream", "quiet"), [(BytesIO, False), (Terminal, True)])
def test_pipes_and_the_quiet_get_nothing(stream: type[BytesIO], quiet: bool) -> None:
    run = Run(steps=100, stream=stream, quiet=quiet)
    run.step(60)
    run.display.close()
    assert run.stderr.getvalue() == b""


def test_gradients_are_not_asked_for() -> None:
    assert not any(Run(steps=100).display.wants(step) for step in range(10))


@pytest.mark.parametrize("variables", [{}, {"LC_ALL": "C", "LANG": "en_US.UTF-8"}, {"LANG": "de_DE.ISO-8859-1"}])
def test_a_terminal_without_unicode_gets_ascii(variables: dict[str, str]) -> None:
    run = Run(100, steps=100, variables=variables)
    run.step(50)
    assert run.stderr.getvalue().isascii()
    assert "####" in run.screen[0] and "@%" in run.screen[0]


def test_which_locales_have_unicode() -> None:
    assert draws_unicode({"LANG": "de_DE.utf8"}) and draws_unicode({"LC_CTYPE": "C.UTF-8", "LANG": "C"})
    assert not draws_unicode({"LC_ALL": "POSIX", "LC_CTYPE": "C.UTF-8"})


def test_a_loss_that_is_lost_is_shown() -> None:
    run = Run(100, steps=100)
    run.step(20)
    run.observe(*(StepDone(step, nan, 0.1) for step in range(20, 40)))
    assert "loss nan" in run.screen[0] and "!!!" in run.screen[0]


def test_a_network_that_really_trains() -> None:
    shown = Run(120, steps=240, epochs=30, tick=0.25)
    train(Training(epochs=30), [shown])
    assert not any(shown.screen)
    line = shown.written.split("\r")[-3]
    assert "epoch 30/30  240/240  loss 0.003" in line and "val_loss 0.004" in line and "4.00 steps/s" in line


def test_a_curve_in_a_line() -> None:
    assert sparkline([0, 1, 2, 3, 4, 5, 6, 7], 8) == "▁▂▃▄▅▆▇█"
    assert sparkline([0, 1, 2, 3, 4, 5, 6, 7], 8, unicode=False) == "_.-=+*%@"
    assert sparkline([1, 1, 3, 3, 2, 2], 3) == "▁█▅"
    assert sparkline([5, 5], 8) == "▅▅" and sparkline([], 8) == ""
    # Powers of ten are evenly spaced where they are far apart.
    assert sparkline([10.0**power for power in range(8)], 8) == "▁▂▃▄▅▆▇█"
    assert sparkline([0.0, *(10.0**power for power in range(1, 8))], 8) == "▁▁▁▁▁▁▁█"
    assert sparkline([1, nan, inf, 2], 4) == "▁!!█" and sparkline([nan], 4) == "!"
    assert sparkline([-1.7e308, 0, 1.7e308], 3) == "▁▅█"


@pytest.mark.parametrize("count", [1, 255, 256, 511, 512, 513, 5000, 100_000])
def test_long_runs_are_averaged(count: int) -> None:
    losses = Losses()
    for step in range(count):
        losses.add(float(step))
    assert losses.count == count and losses.last == count - 1
    assert min(count, 256) <= len(losses.means) <= 511
    each = 1
    while count // each > len(losses.means):
        each *= 2
    assert losses.means == [each * place + (each - 1) / 2 for place in range(count // each)]


def test_durations() -> None:
    assert [duration(each) for each in (0.4, 8, 99.4, 125, 3599, 3725, 90_061)] == [
        *("0 s", "8 s", "99 s", "2:05", "59:59", "1:02:05", "25:01:01"),
    ]
