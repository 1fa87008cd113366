"""The files of a training: looked at before it, written after it, and the checkpoint in between."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from diffcli.cli.env import system
from diffcli.cli.errors import OutputError, UsageError
from diffcli.cli.output import write_chunks
from diffcli.cli.training_history import check_history, write_history
from diffcli.source import remote

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from diffcli.cli.env import Environment
    from diffcli.cli.training_options import TrainingOptions
    from diffcli.compute.training.events import Observer
    from diffcli.compute.training.minimize import Minimizing
    from diffcli.results_minimize import MinimizeResult


def check_files(options: TrainingOptions) -> None:
    """Says before the training, and not after it, what would keep its files from being written."""
    if options.save:
        from diffcli.data.weights import kind_of

        kind_of(options.save)
    if options.checkpoint and not options.checkpoint.endswith(".npz"):
        raise UsageError(f"--checkpoint {options.checkpoint}: a checkpoint is an .npz file", "name it run.npz")
    if options.tensorboard and remote(options.tensorboard):
        raise UsageError(f"--tensorboard {options.tensorboard}: it is written to a folder of this machine")
    if options.history_file:
        check_history(options.history_file)
    if options.plot:
        from diffcli.cli.training_plot import check_plot

        check_plot(options.plot)
    for path in (options.save, options.checkpoint, options.history_file):
        if path:
            check_place(path)


def check_place(path: str) -> None:
    """Refuses a file that cannot be written where it is to be; of object storage, its library tells."""
    if remote(path):
        return
    place = os.path.realpath(system(path))
    folder = os.path.dirname(place)
    if os.path.isdir(place):
        raise OutputError(path, "it is a folder")
    if not os.path.isdir(folder):
        raise OutputError(path, "there is no such folder")
    if not os.access(folder, os.W_OK) and not os.path.exists(place):
        raise OutputError(path, "the folder cannot be written to")


def written(
    options: TrainingOptions,
    environment: Environment,
    minimizing: Minimizing,
    result: MinimizeResult,
    listening: Sequence[Observer],
) -> Exception | None:
    """Write the files, each of them whatever becomes of the others; the first failure is told when all is printed."""
    asked: list[tuple[str | None, Callable[[str], None]]] = [
        (options.save, lambda path: save(minimizing, path)),
        (options.history_file, lambda path: write_history(result, path, environment)),
        (options.plot, lambda path: draw(listening, path, result.file, environment)),
    ]
    files = [(path, write) for path, write in asked if path]
    if not files:
        return None
    from diffcli.data import WriteError

    lost: Exception | None = None
    for path, write in files:
        try:
            write(path)
        except (OutputError, WriteError) as error:
            lost = lost or error
    return lost


def kept(options: TrainingOptions, environment: Environment, minimizing: Minimizing) -> Callable[[], None] | None:
    """What writes a checkpoint; with --resume the run is first put where the last one left it."""
    if not options.checkpoint:
        return None
    from diffcli import __version__
    from diffcli.compute.training.checkpoint import restore, save

    path, training, recorder = system(options.checkpoint), minimizing.training, minimizing.recorder
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
