"""`minimize` from the command line to the exit code."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from diffcli.cli.each import exit_code
from diffcli.cli.env import system
from diffcli.cli.errors import UsageError
from diffcli.cli.inputs import inputs, read
from diffcli.cli.output import write_chunks
from diffcli.cli.printing import Printer
from diffcli.cli.requests import failing, names, template
from diffcli.cli.training_options import TrainingOptions
from diffcli.diagnostic import DiagnosticError
from diffcli.render import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from diffcli.cli.env import Environment
    from diffcli.compute import Request
    from diffcli.compute.tables import DataTable
    from diffcli.compute.training.events import Observer
    from diffcli.compute.training.loop import Plan
    from diffcli.compute.training.minimize import Minimizing
    from diffcli.compute.training.settings import Chosen
    from diffcli.results_minimize import MinimizeResult

# Steps without data, when the user does not say.
USUAL_STEPS = 100


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
        result = minimizing.run(kept(options, environment, minimizing))
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
    if options.write_back:
        write_back(minimizing, options, environment)
    else:
        printer.print([Outcome(result, code)], result, False)
    return code


def finite(value: float) -> bool:
    """Whether a loss is a number."""
    return value - value == 0


def request_of(options: TrainingOptions, environment: Environment) -> Request:
    """What is asked of the one file."""
    if options.data:
        from diffcli.cli.rowdata_options import job_of
        from diffcli.compute import evaluate

        request = job_of(options, environment, evaluate).request
    else:
        found, batch = inputs(options)
        if batch or len(found) > 1:
            raise UsageError(f"minimize trains one file, and there are {len(found)}")
        request = template(options)._replace(source=read(found[0], environment), base=found[0].folder)
    return request._replace(wrt=names(options.var_list))


def plan_of(options: TrainingOptions, environment: Environment, request: Request) -> Plan:
    """What the options ask for; DiagnosticError and UsageError say what is wrong with them."""
    from diffcli.compute.training.condition import condition
    from diffcli.compute.training.loop import Plan
    from diffcli.compute.training.problem import Wanted
    from diffcli.compute.training.settings import chosen
    from diffcli.compute.training.stopping import stopping
    from diffcli.engine.train import Clipping

    clipping = Clipping(options.clip_value, options.clip_norm, options.clip_global_norm)
    if options.grad_loss is not None:
        request = weighed(request, options.grad_loss)
    picked = chosen(options.optimizer, options.variant, options.learning_rate, options.warmup_steps)
    wanted = Wanted(request, picked, clipping, names(options.metrics))
    until = condition("--until", options.until) if options.until is not None else None
    if not options.data:
        refuse_without_data(options)
        return Plan(wanted, steps_of(options, picked), until=until)
    table, validation = tables(options, environment, request)
    from diffcli.compute.training.batches import Batches

    size = min(options.batch_size, table.rows) or table.rows
    if picked.optimizer.variant == "scipy":
        refuse_epochs(options, picked)
        return Plan(
            wanted, steps_of(options, picked), until=until, table=table, batches=Batches(table.rows, table.rows)
        )
    epochs = options.epochs if options.epochs is not None or options.maximum_steps is not None else 1
    return Plan(
        wanted,
        options.maximum_steps,
        epochs,
        until,
        table,
        Batches(table.rows, size, options.shuffle, options.seed),
        validation,
        options.validation_freq,
        stopping(options.early_stopping) if options.early_stopping is not None else None,
    )


def steps_of(options: TrainingOptions, picked: Chosen) -> int:
    """Steps at the most where there are no epochs: more of them when something else is meant to end the run."""
    if options.maximum_steps is not None:
        return options.maximum_steps
    return USUAL_STEPS * (1000 if options.until is not None else 100 if picked.optimizer.variant == "scipy" else 1)


def refuse_epochs(options: TrainingOptions, picked: Chosen) -> None:
    """Refuses what a method that takes all rows at once has no use for."""
    stated = TrainingOptions.stated()
    for name in ("epochs", "validation_data", "validation_split", "early_stopping", "checkpoint"):
        if getattr(options, name) is not None:
            spelled = stated[name].__metadata__[0].default
            raise UsageError(f"{picked.optimizer.name} takes all rows in every step and has no {spelled}")


def weighed(request: Request, weight: str) -> Request:
    """The request with a weight of the loss, whose name the problem knows."""
    from diffcli.compute.load import load
    from diffcli.compute.training.problem import loss_name

    return request._replace(grad_ys=((loss_name(load(request), request), weight),))


def refuse_without_data(options: TrainingOptions) -> None:
    """Refuses what only makes sense with rows of data."""
    stated = TrainingOptions.stated()
    for name in (
        "epochs",
        "batch_size",
        "shuffle",
        "validation_data",
        "validation_split",
        "validation_freq",
        "early_stopping",
        "data_format",
        "mapping",
        "rows",
        "where",
        "sample",
        "on_error",
    ):
        if getattr(options, name) != getattr(TrainingOptions, name):
            spelled = stated[name].__metadata__[0].default
            raise UsageError(f"{spelled} needs --data", "for example --data train.csv")


def tables(options: TrainingOptions, environment: Environment, request: Request) -> tuple[DataTable, DataTable | None]:
    """The rows to train on and those to validate with."""
    from diffcli.cli.rowdata_options import job_of
    from diffcli.compute import evaluate
    from diffcli.compute.tables import read_table
    from diffcli.compute.training.batches import split

    def read(paths: Sequence[str]) -> DataTable:
        asked = type(options)(**{**vars(options), "data": list(paths), "sample_seed": options.seed})
        job = job_of(asked, environment, evaluate)._replace(request=request)
        found = read_table(job)
        if not options.quiet:
            for each in found.notes:
                environment.report(f"note: {each}\n")
            if found.skipped:
                environment.report(f"{found.where}: {found.skipped:,} bad rows are left out\n")
        if not found.rows:
            raise UsageError(f"{found.where} has no rows to train on")
        if not found.inputs:
            raise UsageError(f"no column of {found.where} feeds an input of {request.source.name}")
        return found

    table, validation = read(options.data or []), None
    if options.validation_data:
        if options.validation_split:
            raise UsageError("--validation-data and --validation-split exclude each other")
        validation = read(options.validation_data)
    elif options.validation_split:
        if not options.validation_split < 1:
            raise UsageError(f"--validation-split is a share below 1, not {options.validation_split}")
        table, validation = split(table, options.validation_split)
        if not table.rows or not validation.rows:
            raise UsageError(f"--validation-split {options.validation_split} leaves no rows on one side")
    return table, validation


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
    return start(plan, observers(options, environment, plan), every, options.show_gradients, pause)


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


def observers(options: TrainingOptions, environment: Environment, plan: Plan) -> list[Observer]:
    """Who listens to the run beside its history."""
    return []


def tell_beforehand(options: TrainingOptions, environment: Environment, minimizing: Minimizing) -> None:
    """Warns of variables that will keep their values."""
    if options.quiet:
        return
    for each in minimizing.training.first.skipped:
        environment.report(f"note: `{each.name}` has no gradient and keeps its value: {each.reason.message}\n")


def write_history(result: MinimizeResult, path: str, environment: Environment) -> None:
    """The history in a file: what Keras keeps of epochs, or the steps; CSV or JSON by the file's name."""
    suffix = path.rpartition(".")[2].lower()
    if suffix not in ("csv", "json"):
        raise UsageError(f"--history-file {path}: CSV and JSON are known", "name it history.csv or history.json")
    rows = history_rows(result)
    if suffix == "json":
        kept: Any = result.epochs or list(result.as_dict()["history"])
        if result.epochs:
            kept = {name: [each for each in values if each is not None] for name, values in result.epochs.items()}
        write_chunks([json.dumps(kept, ensure_ascii=False) + "\n"], path, environment)
        return
    lines = [",".join(map(str, row)) + "\n" for row in rows]
    write_chunks(lines, path, environment)


def history_rows(result: MinimizeResult) -> list[list[Any]]:
    """The history as a flat table with its heading: a row per epoch, or per step with its scalar variables."""
    if result.epochs:
        columns = list(result.epochs)
        rows = zip(*result.epochs.values(), strict=True)
        return [columns, *([("" if each is None else each) for each in row] for row in rows)]
    turns = result.history
    known = turns[0].get("variables", {}) if turns else {}
    scalars = [name for name, value in known.items() if not isinstance(value, list)]
    body = [[turn["step"], turn["loss"], *(turn["variables"][name] for name in scalars)] for turn in turns]
    return [["step", "loss", *scalars], *body]
