"""What `--data` and the options beside it ask for: the job, its files, and where the rows go."""

from __future__ import annotations

import os
import re
from glob import glob, has_magic
from typing import TYPE_CHECKING, Any

from diffcli import __version__
from diffcli.cli.env import readable, system
from diffcli.cli.errors import UsageError
from diffcli.cli.inputs import inputs, read, unreadable
from diffcli.cli.requests import failing, pairs, split, template
from diffcli.data import FORMATS, DataError, format_of
from diffcli.diagnostic import closest
from diffcli.source import remote

if TYPE_CHECKING:
    from collections.abc import Callable

    from diffcli.cli.env import Environment
    from diffcli.cli.options import Options
    from diffcli.compute import Request
    from diffcli.compute.rowdata.opening import Job


def job_of(options: Options, environment: Environment, command: Callable[[Request], Any]) -> Job:
    """What the command line asks for."""
    from diffcli.compute.rowdata.opening import Job

    found, batch = inputs(options)
    if batch:
        raise UsageError(f"--data takes one expression file, and there are {len(found)}")
    request = template(options)
    fail_on = failing(options)
    paths = data_paths(options.data or [], options.data_format)
    if paths == ["-"] and found[0].path == "-":
        raise UsageError("standard input cannot be both the expression and the data")
    request = request._replace(source=read(found[0], environment), base=found[0].folder)
    return Job(
        command,
        request,
        tuple(paths),
        options.data_format or ("csv" if paths == ["-"] else None),
        environment.stdin,
        pairs(split(options.mapping), "--map"),
        options.where,
        row_range(options.rows),
        options.sample,
        options.sample_seed,
        options.on_error,
        options.results_only or bool(options.reduce),
        jobs=options.jobs or (1 if options.cluster or options.workers else cores()),
        fail_on=fail_on,
        version=__version__,
    )


def reductions(options: Options) -> tuple[str, ...]:
    """What `--reduce` names."""
    from diffcli.results_reduce import REDUCTIONS

    asked = tuple(dict.fromkeys(split(options.reduce)))
    for each in asked:
        if each not in REDUCTIONS:
            near = closest(each, REDUCTIONS)
            listed = f"one or several of {', '.join(REDUCTIONS)}"
            raise UsageError(f"--reduce cannot be {each}", f"did you mean {near}?" if near else listed)
    return asked


def cores() -> int:
    """The processor's cores that this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on every system
        return os.cpu_count() or 1


def row_range(text: str | None) -> tuple[int, int | None]:
    """From which row to which, as A:B says."""
    if text is None:
        return 0, None
    found = re.fullmatch(r"\s*(\d*)\s*:\s*(\d*)\s*", text)
    if found is None:
        raise UsageError(f"--rows needs A:B and got {text!r}", "for example --rows 1000:2000, --rows :10 or --rows 10:")
    start, stop = int(found[1] or 0), int(found[2]) if found[2] else None
    if stop is not None and stop < start:
        raise UsageError(f"--rows {text}: the end stands before the start")
    return start, stop


def data_paths(given: list[str], form: str | None) -> list[str]:
    """The files of the data in order: those of a folder or pattern sorted by name."""
    found: list[str] = []
    for path in given:
        name = system(path)
        if path == "-":
            found.append(path)
        elif remote(path):
            found += stored_paths(path, form)
        elif os.path.isdir(name):
            inside = sorted(each for each in os.listdir(name) if is_data(os.path.join(name, each), form))
            if not inside:
                raise UsageError(f"no data files in {path}", "their names have to end in .csv, .parquet, …")
            found += [os.path.join(name, each) for each in inside]
        elif has_magic(name) and not os.path.exists(name):
            matching = sorted(glob(name, recursive=True))
            if not matching:
                raise UsageError(f"no file matches {path}")
            found += matching
        elif not os.path.exists(name):
            raise unreadable(path, FileNotFoundError(path))
        else:
            found.append(name)
    if len(found) > 1 and "-" in found:
        raise UsageError("standard input cannot be one of several parts of the data")
    return found


def stored_paths(path: str, form: str | None) -> list[str]:
    """The files in object storage that a path means."""
    from diffcli.data.stored_files import expanded

    try:
        found = expanded(path, lambda name: of_data(name, form))
    except OSError as error:
        raise DataError(f"cannot be read: {error}", path) from None
    if found is None:
        raise UsageError(f"no such file: {path}")
    if not found:
        if has_magic(path):
            raise UsageError(f"no file matches {path}")
        raise UsageError(f"no data files in {path}", "their names have to end in .csv, .parquet, …")
    return found


def is_data(path: str, form: str | None) -> bool:
    """Whether a file of a folder is a part of the data: of a known suffix and not hidden."""
    return of_data(os.path.basename(path), form) and os.path.isfile(path)


def of_data(name: str, form: str | None) -> bool:
    """Whether a file of this name is a part of the data."""
    known = form is not None or any(name.lower().endswith(each.suffixes) for each in FORMATS)
    return known and name[0] not in "._"


def placed(path: str) -> str:
    """An output's path as Python's file functions want it; one with a scheme is no matter of theirs."""
    return path if remote(path) else system(path)


def check_resume(options: Options, job: Job, target: str | None, name: str = "--resume") -> None:
    """Refuse what cannot be done in parts."""
    if target is None:
        raise UsageError(f"{name} needs an output file", "name it with -o")
    if job.paths == ("-",):
        raise UsageError("--resume cannot go back in standard input", "put the data into a file")
    if options.sample is not None:
        raise UsageError("--resume and --sample exclude each other: a sample is drawn from all rows")
    path = os.path.realpath(system(target))
    if not remote(target) and os.path.exists(path) and not os.path.isfile(path):
        raise UsageError(f"{name} needs an output file, and {target} is none")


def check_cluster(options: Options, job: Job) -> str:
    """The option by which other processes compute, empty without; what they cannot do is refused."""
    if options.cluster and options.workers:
        raise UsageError("--cluster and --workers exclude each other")
    name = "--cluster" if options.cluster else "--workers"
    if not (options.cluster or options.workers):
        return ""
    if job.paths == ("-",):
        raise UsageError(f"{name} cannot share standard input", "put the data into a file")
    if options.sample is not None:
        raise UsageError(f"{name} and --sample exclude each other: a sample is drawn from all rows")
    return name


def output_of(options: Options, job: Job) -> tuple[str | None, str]:
    """Where the rows go (None: standard output) and in which format."""
    target = None if options.output in (None, "-") else options.output
    asked = "json" if options.json else options.format
    written = ("csv", "tsv", "ndjson")
    if asked is not None and asked not in written:
        raise UsageError(
            f"rows cannot be written as {asked}", "--format csv, tsv or ndjson; or -o FILE.parquet, .arrow, .npy"
        )
    if target is None:
        own = format_of(job.paths[0], job.format)
        return None, asked or (own.name if own.text else "csv")
    if asked is None:
        return target, format_of(readable(target)).name
    return target, asked
