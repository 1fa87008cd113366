"""What a command line asks `minimize` to do, before the first step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diffcli.cli.errors import UsageError
from diffcli.cli.inputs import inputs, read
from diffcli.cli.requests import names, template
from diffcli.cli.training_options import ON_DATA, TrainingOptions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from diffcli.cli.env import Environment
    from diffcli.compute import Request
    from diffcli.compute.tables import DataTable
    from diffcli.compute.training.loop import Plan
    from diffcli.compute.training.settings import Chosen


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
    return request._replace(wrt=names(options.var_list), seed=options.seed)


def plan_of(options: TrainingOptions, environment: Environment, request: Request) -> Plan:
    """What the options ask for; DiagnosticError and UsageError say what is wrong with them."""
    from diffcli.compute.training.planning import Run, planned
    from diffcli.compute.training.problem import Wanted
    from diffcli.compute.training.settings import chosen, clipping

    clipped = clipping(options.clip_value, options.clip_norm, options.clip_global_norm)
    if options.grad_loss is not None:
        request = weighed(request, options.grad_loss)
    picked = chosen(options.optimizer, options.variant, options.learning_rate, options.warmup_steps)
    wanted = Wanted(request, picked, clipped, names(options.metrics))
    run = Run(
        options.maximum_steps,
        options.until,
        options.epochs,
        options.batch_size,
        options.shuffle,
        options.seed,
        options.validation_freq,
        options.early_stopping,
    )
    if not options.data:
        refuse_without_data(options)
        return planned(wanted, run)
    if picked.optimizer.variant == "scipy":
        refuse_epochs(options, picked)
    return planned(wanted, run, *tables(options, environment, request))


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
    for name in ON_DATA:
        if getattr(options, name) != getattr(TrainingOptions, name):
            spelled = stated[name].__metadata__[0].default
            raise UsageError(f"{spelled} needs --data", "for example --data train.csv")


def tables(options: TrainingOptions, environment: Environment, request: Request) -> tuple[DataTable, DataTable | None]:
    """The rows to train on and those to validate with."""
    from diffcli.cli.rowdata_options import job_of
    from diffcli.compute import evaluate
    from diffcli.compute.tables import read_table
    from diffcli.compute.training.batches import not_finite, split
    from diffcli.data import DataError

    def read(paths: Sequence[str], what: str) -> DataTable:
        asked = type(options)(**{**vars(options), "data": list(paths), "sample_seed": options.seed})
        job = job_of(asked, environment, evaluate)._replace(request=request)
        found = read_table(job)
        if not options.quiet:
            for each in found.notes:
                environment.report(f"note: {each}\n")
            if found.skipped:
                bad = "1 bad row is" if found.skipped == 1 else f"{found.skipped:,} bad rows are"
                environment.report(f"{found.where}: {bad} left out\n")
        if not found.rows:
            raise DataError(f"it has no rows to {what}", found.where)
        if not found.inputs:
            raise UsageError(f"no column of {found.where} feeds an input of {request.source.name}")
        for name, count in not_finite(found).items():
            if not options.quiet:
                rows = "row" if count == 1 else "rows"
                environment.report(f"note: `{name}` is NaN or infinite in {count:,} {rows} of {found.where}\n")
        return found

    if options.validation_freq != TrainingOptions.validation_freq and not (
        options.validation_data or options.validation_split
    ):
        raise UsageError("--validation-freq needs --validation-data or --validation-split")
    table, validation = read(options.data or [], "train on"), None
    if options.validation_data:
        if options.validation_split:
            raise UsageError("--validation-data and --validation-split exclude each other")
        validation = read(options.validation_data, "validate with")
    elif options.validation_split:
        if not options.validation_split < 1:
            raise UsageError(f"--validation-split is a share below 1, not {options.validation_split}")
        table, validation = split(table, options.validation_split)
        if not table.rows or not validation.rows:
            raise UsageError(f"--validation-split {options.validation_split} leaves no rows on one side")
    return table, validation
