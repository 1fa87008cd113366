"""`minimize` from the command line to the exit code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diffcli.cli.each import exit_code
from diffcli.cli.env import system
from diffcli.cli.errors import UsageError
from diffcli.cli.output import write_chunks
from diffcli.cli.printing import Printer
from diffcli.cli.requests import failing
from diffcli.cli.training_history import check_history, write_history
from diffcli.cli.training_plan import plan_of, request_of
from diffcli.diagnostic import DiagnosticError
from diffcli.render import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from diffcli.cli.env import Environment
    from diffcli.cli.training_options import TrainingOptions
    from diffcli.compute.training.events import Observer
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
        minimizing.listen(listening)
        result = minimizing.run(keep)
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
    if options.history_file:
        write_history(result, options.history_file, environment)
    if options.save:
        save(minimizing, options.save)
    if options.plot:
        draw(listening, options.plot, result.file, environment)
    if options.write_back:
        write_back(minimizing, options, environment)
    else:
        printer.print([Outcome(result, code)], result, False)
    return code


def finite(value: float) -> bool:
    """Whether a loss is a number."""
    return value - value == 0


def started(options: TrainingOptions, environment: Environment, plan: Plan) -> Minimizing:
    """The run, ready to go, with everybody who listens."""
    from diffcli.compute.training.minimize import start

    if options.no_history and options.history:
        raise UsageError("--history and --no-history exclude each other")
    every = 0 if options.no_history else options.history
    if options.save:
        check_kind(options.save)
    if options.go_on and not options.checkpoint:
        raise UsageError("--resume needs --checkpoint", "for example --checkpoint run.npz --resume")
    pause = options.checkpoint_every if options.checkpoint else 0
    if options.history_file:
        check_history(options.history_file)
    if options.plot:
        from diffcli.cli.training_plot import check_plot

        check_plot(options.plot)
    return start(plan, every, options.show_gradients, pause)


def check_kind(path: str) -> None:
    """Refuses a kind of file that no weights are kept in before the training, and not after it."""
    from diffcli.data.weights import kind_of

    kind_of(path)


def kept(options: TrainingOptions, environment: Environment, minimizing: Minimizing) -> Callable[[], None] | None:
    """What writes a checkpoint; with --resume the run is first put where the last one left it."""
    if not options.checkpoint:
        return None
    from diffcli import __version__
    from diffcli.compute.training.checkpoint import restore, save

    path, training, recorder = system(options.checkpoint), minimizing.training, minimizing.recorder
    if not path.endswith(".npz"):
        raise UsageError(f"--checkpoint {options.checkpoint}: a checkpoint is an .npz file", "name it run.npz")
    if options.go_on and restore(path, training, recorder, __version__) and not options.quiet:
        environment.report(f"note: going on after step {training.trainer.count:,} of {options.checkpoint}\n")
    return lambda: save(path, training, recorder, __version__)


def save(minimizing: Minimizing, path: str) -> None:
    """Write the last values of the variables."""
    from diffcli.compute.weights import arrays_of
    from diffcli.data.weights import write_weights

    training = minimizing.training
    write_weights(system(path), arrays_of(training.variables(), training.first.dtype))


def draw(listening: Sequence[Observer], path: str, file: str, environment: Environment) -> None:
    """Draw the loss and the norms of the gradients."""
    from diffcli.cli.training_plot import write_plot
    from diffcli.compute.training.curves import CurveRecorder

    [recorder] = [each for each in listening if isinstance(each, CurveRecorder)]
    write_plot(path, recorder.curves(file), environment)


def write_back(minimizing: Minimizing, options: TrainingOptions, environment: Environment) -> None:
    """Print the file with the trained values in it."""
    from diffcli.compute.training.write_back import written_back
    from diffcli.compute.values import plain

    first, values = minimizing.training.first, minimizing.training.variables()
    model = first.question.model
    plain_values = {each.name: plain(values[each.name], each.node, first.dtype) for each in first.variables}
    text, left = written_back(model, plain_values)
    if left and not options.quiet:
        environment.report(f"note: {', '.join(left)} cannot be written into the file; --save keeps all values\n")
    write_chunks([text], options.output, environment)


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
