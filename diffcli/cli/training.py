"""`minimize` from the command line to the exit code."""

from __future__ import annotations

import signal
import threading
from typing import TYPE_CHECKING, Any

from diffcli.cli.each import exit_code
from diffcli.cli.env import system
from diffcli.cli.errors import UsageError
from diffcli.cli.printing import Printer
from diffcli.cli.requests import failing
from diffcli.cli.training_files import check_files, kept, write_back, written
from diffcli.cli.training_plan import plan_of, request_of
from diffcli.compute.training.events import StepDone
from diffcli.diagnostic import DiagnosticError
from diffcli.render import Outcome

if TYPE_CHECKING:
    from diffcli.cli.env import Environment
    from diffcli.cli.training_options import TrainingOptions
    from diffcli.compute.training.events import Event, Observer
    from diffcli.compute.training.loop import Plan, Training
    from diffcli.compute.training.minimize import Minimizing


def run_training(options: TrainingOptions, environment: Environment) -> int:
    """Train the variables of one file and print the result."""
    from diffcli.results_minimize import MinimizeResult

    printer = Printer(options, environment)
    unwanted = failing(options)
    request = request_of(options, environment)
    try:
        plan = plan_of(options, environment, request)
        minimizing = started(options, environment, plan)
        tell_beforehand(options, environment, minimizing)
        keep = kept(options, environment, minimizing)
        listening = listeners(options, environment, minimizing.training)
        with Interruption() as interruption:
            minimizing.listen([*listening, interruption])
            result = minimizing.run(keep)
    except KeyboardInterrupt:
        if options.checkpoint and not options.quiet and kept_there(options.checkpoint):
            environment.report(f"note: --resume goes on from {options.checkpoint}\n")
        raise
    except DiagnosticError as error:
        printer.diagnose(error.diagnostics, is_error=True)
        blank = MinimizeResult.blank().of_file(request.source.name, error.diagnostics)
        code = exit_code(error.diagnostics)
        printer.print([Outcome(blank, code)], blank, False)
        return code
    hit = sorted(result.statuses() & unwanted)
    if hit and not options.quiet:
        environment.report(f"{result.file}: has {' and '.join(hit)}, which --fail-on names\n")
    failed = hit or (plan.until is not None and not result.converged) or not finite(result.loss)
    code = 1 if failed else 0
    if failed and not hit and not options.quiet:
        environment.report(f"{result.file}: {result.why_stopped}\n")
    lost = written(options, environment, minimizing, result, listening)
    if options.write_back:
        write_back(minimizing, options, environment)
    else:
        printer.print([Outcome(result, code)], result, False)
    if lost is not None:
        raise lost
    return code


class Interruption:
    """Ctrl-C, heard between two steps: what a checkpoint keeps is then whole. A second one is heard at once."""

    def __init__(self) -> None:
        self.begun = self.asked = False
        self.before: Any = None

    def __enter__(self) -> Interruption:
        if threading.current_thread() is threading.main_thread():
            self.before = signal.signal(signal.SIGINT, self.ask)
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if self.before is not None:
            signal.signal(signal.SIGINT, self.before)
        if self.asked and kind is None:
            raise KeyboardInterrupt

    def ask(self, *_: object) -> None:
        """Take note of a Ctrl-C."""
        if self.asked or not self.begun:
            raise KeyboardInterrupt
        self.asked = True

    def wants(self, step: int) -> bool:
        """Gradients and variables are not needed."""
        return False

    def observe(self, event: Event) -> None:
        """End the run after a step if that was asked for."""
        if isinstance(event, StepDone):
            self.begun = True
            if self.asked:
                raise KeyboardInterrupt

    def close(self) -> None:
        """There is nothing to let go of."""


def kept_there(path: str) -> bool:
    """Whether there is a checkpoint."""
    from diffcli.data.weights import is_there

    return is_there(system(path))


def finite(value: float) -> bool:
    """Whether a loss is a number."""
    return value - value == 0


def started(options: TrainingOptions, environment: Environment, plan: Plan) -> Minimizing:
    """The run, ready to go, with everybody who listens."""
    from diffcli.compute.training.minimize import start

    if options.no_history and options.history:
        raise UsageError("--history and --no-history exclude each other")
    if options.no_history and options.show_gradients:
        raise UsageError("--show-gradients shows the steps of the history, and --no-history keeps none")
    if options.checkpoint_every != type(options).checkpoint_every and not options.checkpoint:
        raise UsageError("--checkpoint-every needs --checkpoint", "for example --checkpoint run.npz")
    every = 0 if options.no_history else options.history
    if options.go_on and not options.checkpoint:
        raise UsageError("--resume needs --checkpoint", "for example --checkpoint run.npz --resume")
    pause = options.checkpoint_every if options.checkpoint else 0
    check_files(options)
    return start(plan, every, options.show_gradients, pause)


def listeners(options: TrainingOptions, environment: Environment, training: Training) -> list[Observer]:
    """Who listens to the run beside its history: the terminal, TensorBoard, and the picture, which comes last."""
    from diffcli.cli.training_display import LiveDisplay
    from diffcli.compute.training.recording import usual_stride

    found: list[Observer] = [LiveDisplay(environment, options.quiet, training.total, training.plan.epochs)]
    stride = usual_stride(training.total)
    if options.tensorboard:
        from diffcli.compute.training.tensorboard import TensorBoardObserver

        found.append(TensorBoardObserver(system(options.tensorboard), stride))
    if options.plot:
        from diffcli.compute.training.curves import CurveRecorder

        found.append(CurveRecorder(stride))
    return found


def tell_beforehand(options: TrainingOptions, environment: Environment, minimizing: Minimizing) -> None:
    """Warns of variables that will keep their values."""
    if options.quiet:
        return
    for each in minimizing.training.first.skipped:
        environment.report(f"note: `{each.name}` has no gradient and keeps its value: {each.reason.message}\n")
