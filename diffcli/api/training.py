"""Training the variables of a program from Python: `minimize` and what it returns."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping
from math import isfinite
from numbers import Real
from operator import index
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from .asked import Names, listed
from .building import BUILDING
from .errors import readable, refusal
from .feeding import chosen_by, given_by, job_of
from .trained import Listening, Progress, Stopped, Trained, array, first_values, variables_of
from .values import Values

if TYPE_CHECKING:
    from ..compute.rowdata.opening import Job
    from ..compute.tables import DataTable
    from ..compute.training.planning import Run
    from .program import Program
    from .values import Value

# A choice by name, or with settings: {"name": "adam", "beta_1": 0.8}, "adam:beta_1=0.8".
Choice = str | Mapping[str, Any]


def minimize(
    program: Program | str,
    data: Mapping[str, Value] | Any = None,
    *,
    of: str | None = None,
    variables: Names = None,
    start: Mapping[str, Value] | None = None,
    optimizer: Choice = "sgd",
    variant: Literal["tf1", "keras"] | None = None,
    learning_rate: float | Choice | None = None,
    warmup_steps: int = 0,
    steps: int | None = None,
    until: str | None = None,
    clip_value: float | None = None,
    clip_norm: float | None = None,
    global_clip_norm: float | None = None,
    epochs: int | None = None,
    batch_size: int | None = 32,
    shuffle: bool = True,
    seed: int = 0,
    validation_data: Mapping[str, Value] | Any = None,
    validation_split: float = 0.0,
    validation_freq: int = 1,
    early_stopping: Choice | None = None,
    metrics: Iterable[str] | None = None,
    stop: Iterable[str] = (),
    history: int | None = None,
    callback: Callable[[Progress], object] | None = None,
) -> Trained:
    """Train the variables of a program (or of a text): gradients, clipping and an update in every step.

    Without `data`, `steps` steps (100, or as many as `until` takes) on what the file and `at` say. With it, `epochs`
    (1) over batches of its rows: a mapping of names to arrays or a data frame, rows along the first axis. An `input
    X: [n, 9]` takes the rows of a batch, an `input x` one row, and the loss is then the mean over the rows.
    `batch_size=None` takes all rows in each step.

    What is trained: `variables`, else each `var`, else what `start` gives values to. `of` names the loss where the
    file does not. `optimizer` and `learning_rate` are names with settings as Keras spells them: "adam",
    "adam:beta_1=0.8", {"name": "adam", "beta_1": 0.8}; 0.01, "cosine:0.1,decay_steps=1000"; "l-bfgs-b" and
    "trust-constr" are scipy's. `until` is a condition such as "loss < 1e-6 and step > 10". `early_stopping` is
    "val_loss:patience=3" or {"monitor": "val_loss", "patience": 3}. `history` keeps every so many steps (0 none, None
    at most 1,000). `callback` hears of each epoch, or of each step without data, as a Progress, as in
    `callback=print`; when it returns True the run ends.

    A loss that becomes NaN ends the run, with a warning. Raises DiffError.
    """
    from ..compute.training.planning import Run
    from .program import parsed

    run = Run(
        steps=counted("steps", steps, 0),
        until=until,
        epochs=counted("epochs", epochs, 1),
        batch_size=counted("batch_size", batch_size, 0) or 0,
        shuffle=shuffle,
        seed=counted("seed", seed, 0) or 0,
        validation_freq=counted("validation_freq", validation_freq, 1) or 1,
        early_stopping=spelled("early_stopping", early_stopping, "monitor"),
    )
    how = How(
        optimizer=spelled("optimizer", optimizer, "name") or "",
        variant=variant,
        rate=spelled("learning_rate", learning_rate, "schedule"),
        warmup=counted("warmup_steps", warmup_steps, 0) or 0,
        clips=(clip_value, clip_norm, global_clip_norm),
        metrics=listed(metrics),
        every=counted("history", history, 0),
    )
    seen = Seen(data, validation_data, validation_split)
    demand_sense(run, seen)
    made = parsed(program)
    asked = {"wrt": listed(variables, "variables") or chosen_by(made, start), "of": listed(of, "of")}
    with BUILDING, readable():
        given = None if data is None else given_by(data)
        job = job_of(made, given, start, **asked, seed=run.seed, stop=listed(stop) or ())
        return trained(made, job, run, how, seen, {**(given.same if given else {}), **(start or {})}, callback)


class How(NamedTuple):
    """How to train, in texts as the command line has them.

    clips: of elements, of each gradient, of all together · every: steps between two of the history
    """

    optimizer: str
    variant: str | None
    rate: str | None
    warmup: int
    clips: tuple[float | None, float | None, float | None]
    metrics: tuple[str, ...] | None
    every: int | None


class Seen(NamedTuple):
    """What a run sees: the rows to train on, and those to validate with or their share."""

    data: Any
    validation: Any
    share: float


def trained(
    program: Program,
    job: Job,
    run: Run,
    how: How,
    seen: Seen,
    given: Mapping[str, Value],
    callback: Callable[[Progress], object] | None,
) -> Trained:
    """The run, from its plan to its result; `given` are numbers that are the same in all rows."""
    from ..compute.training.minimize import start as begin
    from ..compute.training.planning import planned
    from ..compute.training.problem import Wanted
    from ..compute.training.settings import chosen, clipping

    picked = chosen(how.optimizer, how.variant, how.rate, how.warmup)
    if picked.optimizer.variant == "scipy" and any(each is not None for each in epochal(run, seen).values()):
        raise refusal(f"{picked.optimizer.name} takes all rows in every step and has no epochs", "give steps")
    wanted = Wanted(job.request, picked, clipping(*how.clips), how.metrics)
    minimizing = begin(planned(wanted, run, *tables(job, seen, given)), how.every)
    if callback is not None:
        minimizing.listen([Listening(minimizing.training, callback)])
    missed = False
    try:
        record = minimizing.run()
        missed = run.until is not None and not record.converged
    except Stopped:
        record = minimizing.stopped("the callback ended the run")
    if missed or not isfinite(record.loss):
        reached = f"{run.until} does not hold, " if missed else ""
        warnings.warn(f"{record.file}: {reached}{record.why_stopped}", RuntimeWarning, stacklevel=3)
    variables = variables_of(minimizing.training)
    gradients = Values({row.name: array(row.gradient) for row in record.variables})
    first = first_values(minimizing.training.first.question.model, variables)
    return Trained(record, program.at({**given, **first, **variables}), variables, gradients)


def tables(job: Job, seen: Seen, given: Mapping[str, Value]) -> tuple[DataTable | None, DataTable | None]:
    """The rows to train on and those to validate with."""
    from ..compute.tables import read_table
    from ..compute.training.batches import not_finite, split

    def read(job: Job, what: str) -> DataTable:
        found = read_table(job)
        if not found.rows or not found.inputs:
            raise refusal(f"{job.where_from} has no rows of an input to {what}")
        for name, count in not_finite(found).items():
            message = f"{job.where_from}: {name} is NaN or infinite in {count:,} of {found.rows:,} rows"
            warnings.warn(message, RuntimeWarning, stacklevel=5)
        return found

    if job.arrays is None:
        return None, None
    table = read(job, "train on")
    if seen.validation is not None:
        other = given_by(seen.validation)
        for name, value in other.same.items():
            if given.get(name) != value:
                raise refusal(f"validation_data: {name} is {value:g}, and not the number that data has")
        return table, read(job._replace(arrays=other.columns, paths=("validation_data",)), "validate with")
    if not seen.share:
        return table, None
    first, last = split(table, seen.share)
    if not first.rows or not last.rows:
        raise refusal(f"validation_split={seen.share} leaves no rows on one side")
    return first, last


def epochal(run: Run, seen: Seen) -> dict[str, Any]:
    """What only runs in epochs have use for; None for what was not asked."""
    return {
        "epochs": run.epochs,
        "early_stopping": run.early_stopping,
        "validation_data": seen.validation,
        "validation_split": seen.share or None,
    }


def demand_sense(run: Run, seen: Seen) -> None:
    """Refuses what only makes sense with rows of data, and what excludes each other."""
    for name, value in epochal(run, seen).items():
        if seen.data is None and value is not None:
            raise refusal(f"{name} needs data", 'for example data={"x": array}')
    if seen.validation is not None and seen.share:
        raise refusal("validation_data and validation_split exclude each other")
    if not 0 <= seen.share < 1:
        raise refusal(f"validation_split cannot be {seen.share}", "a share of the rows below 1, such as 0.2")


def counted(name: str, value: int | None, least: int) -> int | None:
    """A whole number that is not too small, None where none was given."""
    if value is None:
        return None
    try:
        number = index(value)
    except TypeError:
        raise refusal(f"{name} cannot be {value!r}", "a whole number") from None
    if number < least:
        raise refusal(f"{name} cannot be {number}", f"{least} or more")
    return number


def spelled(name: str, choice: float | Choice | None, key: str) -> str | None:
    """A choice as the command line spells it: NAME:key=value,… or a number."""
    if choice is None or isinstance(choice, str):
        return choice
    if isinstance(choice, Real):
        return repr(float(choice))
    if not isinstance(choice, Mapping) or not isinstance(choice.get(key), str):
        raise refusal(f"{name} cannot be {choice!r}", f'a name, or a dict with "{key}" and settings')
    settings = ",".join(f"{each}={setting(value)}" for each, value in choice.items() if each != key)
    return f"{choice[key]}:{settings}" if settings else str(choice[key])


def setting(value: Any) -> str:
    """A setting as text: true, none, [1, 2] or the shortest number that reads back."""
    if value is None or isinstance(value, (bool, str)):
        return str(value).lower()
    if isinstance(value, Iterable):
        return f"[{','.join(map(setting, value))}]"
    return repr(float(value))
