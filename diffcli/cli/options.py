"""The options, each stated once and meaning the same in every command.

A command names the fields it takes; its Typer signature is made from these annotations. They are evaluated, so this file has no
postponed annotations. Options of one command alone may stand in a class of its own, which adds to Options: its OPTIONS.
"""

from inspect import get_annotations
from types import ModuleType
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

if TYPE_CHECKING:
    from diffcli.compute.request import Request

FILES, WHAT, RULES, OUTPUT, LIMITS = "What to read", "What to differentiate", "Rules", "Output", "Limits"
ROWS = "Rows of data"
MANY = "Many files"


def option(*names: str, help: str, panel: str, metavar: str | None = None) -> Any:
    """An option of a panel of the help."""
    return typer.Option(*names, help=help, rich_help_panel=panel, metavar=metavar, show_default=False)


def number(
    name: str, help: str, panel: str, metavar: str = "N", minimum: float | None = None, maximum: float | None = None
) -> Any:
    """An option with a number, and the bounds that it has."""
    return typer.Option(
        name, help=help, rich_help_panel=panel, metavar=metavar, min=minimum, max=maximum, show_default=False
    )


def argument(metavar: str, help: str) -> Any:
    """A positional argument."""
    return typer.Argument(metavar=metavar, help=help, show_default=False)


Format = Literal["table", "plain", "json", "ndjson", "csv", "tsv", "markdown", "latex"]
Mode = Literal["auto", "reverse", "forward", "numeric", "symbolic"]
Texts = list[str] | None


class Options:
    """Everything a command line can say; what it did not say has the default that stands here."""

    files: Annotated[
        Texts, argument("[FILE]...", "Expression files, folders of *.expr and *.txt, or - for standard input.")
    ] = None
    paths: Annotated[
        Texts, argument("[PATH]...", "Files, folders of *.expr and *.txt, or patterns such as 'models/**/*.expr'.")
    ] = None
    operators: Annotated[Texts, argument("[NAME]...", "Operators to show in full.")] = None
    codes: Annotated[Texts, argument("[CODE]...", "Diagnostics or reasons to explain.")] = None
    shell: Annotated[str, argument("SHELL", "bash, zsh, fish, powershell or pwsh.")] = ""

    expression: Annotated[
        Texts, option("-e", "--expr", help="An expression instead of a file; repeatable.", panel=FILES, metavar="TEXT")
    ] = None
    at: Annotated[
        Texts,
        option(
            "--at",
            help="Feed or override a value, as JSON or an expression; repeatable.",
            panel=FILES,
            metavar="NAME=VALUE",
        ),
    ] = None
    load: Annotated[
        str | None,
        option(
            "--load",
            help="Values of declared names from a file that minimize --save wrote.",
            panel=FILES,
            metavar="FILE.npz|safetensors",
        ),
    ] = None
    dtype: Annotated[
        Literal["float64", "float32"] | None,
        option("--dtype", help="The type of all numbers, whatever the file says.", panel=FILES),
    ] = None

    wrt: Annotated[
        Texts,
        option(
            "--wrt", help="Sources (default: all trainable variables, else all inputs).", panel=WHAT, metavar="NAMES"
        ),
    ] = None
    of: Annotated[
        Texts, option("--of", help="Targets (default: what the file puts out).", panel=WHAT, metavar="NAMES")
    ] = None
    grad_ys: Annotated[
        Texts, option("--grad-ys", help="Weight of a target in the sum; repeatable.", panel=WHAT, metavar="NAME=VALUE")
    ] = None
    direction: Annotated[
        Texts, option("--v", help="The seed, by name; repeatable.", panel=WHAT, metavar="NAME=VALUE")
    ] = None
    order: Annotated[
        int,
        number("--order", help="Differentiate so many times (default 1).", panel=WHAT, minimum=1),
    ] = 1
    steps: Annotated[bool, option("--steps", help="Show which rule was used at which node.", panel=WHAT)] = False
    sparse: Annotated[
        bool, option("--sparse", help="Give pattern and coordinates instead of the full matrix.", panel=WHAT)
    ] = False

    explain_plan: Annotated[
        bool,
        option("--explain-plan", help="Show which executor would run which part, and compute nothing.", panel=WHAT),
    ] = False

    against: Annotated[
        str | None,
        option(
            "--against",
            help="Your own derivatives, several separated by ';', or a file of them.",
            panel=WHAT,
            metavar="'dx = …'|FILE",
        ),
    ] = None
    points: Annotated[
        int | None,
        number(
            "--points",
            help="Random points to compare at beside the declared one (default 10 with --against, else 0).",
            panel=WHAT,
            metavar="N",
            minimum=0,
        ),
    ] = None
    seed: Annotated[int, option("--seed", help="Seed of what is drawn (default 0).", panel=WHAT, metavar="N")] = 0
    step: Annotated[bool, option("--step", help="Walk the tape forward, then backward, on a terminal.", panel=WHAT)] = (
        False
    )
    sweep: Annotated[
        Literal["forward", "reverse"],
        option("--order", help="Adjoints by reverse mode (default), or tangents by forward mode.", panel=WHAT),
    ] = "reverse"

    only: Annotated[
        str | None,
        option("--only", help="Only the part between the sources and this name.", panel=WHAT, metavar="NAME"),
    ] = None
    depth: Annotated[
        int | None,
        number("--depth", help="Only so many steps back from the targets.", panel=WHAT, metavar="N", minimum=0),
    ] = None
    full: Annotated[bool, option("--full", help="Every node, however many: fold nothing.", panel=WHAT)] = False
    stats: Annotated[
        bool, option("--stats", help="What it costs instead of a picture: operations, registers, bytes.", panel=WHAT)
    ] = False
    over: Annotated[
        str | None,
        option("--over", help="The input along the axis, and from where to where.", panel=WHAT, metavar="NAME=A..B"),
    ] = None
    samples: Annotated[
        int,
        number(
            "--points",
            help="How many points to compute (default 201).",
            panel=WHAT,
            metavar="N",
            minimum=2,
            maximum=1_000_000,
        ),
    ] = 201

    stop: Annotated[
        Texts, option("--stop", help="Treat these as constants when differentiating.", panel=RULES, metavar="NAMES")
    ] = None
    tape: Annotated[bool, option("--tape", help="Use the tape rules for a file without a tape block.", panel=RULES)] = (
        False
    )
    watch: Annotated[Texts, option("--watch", help="Watch these, too, on the tape.", panel=RULES, metavar="NAMES")] = (
        None
    )
    watch_accessed: Annotated[
        bool,
        option(
            "--watch-accessed/--no-watch-accessed",
            help="Whether the tape watches the variables it reads (default: yes).",
            panel=RULES,
        ),
    ] = True
    unconnected: Annotated[
        Literal["none", "zero"],
        option("--unconnected", help="What a gradient without a path is (default none).", panel=RULES),
    ] = "none"
    mode: Annotated[Mode, option("--mode", help="How to differentiate (default auto).", panel=RULES)] = "auto"
    strict_tf: Annotated[
        bool, option("--strict-tf", help="TensorFlow's own numbers, its NaN through where included.", panel=RULES)
    ] = False
    fail_on: Annotated[
        Texts,
        option("--fail-on", help="Exit 1 when a result is one of none, nan, inf, zero.", panel=RULES, metavar="STATUS"),
    ] = None

    data: Annotated[
        Texts,
        option(
            "--data",
            help="The rows of a file, of the files of a folder or pattern, or of standard input (-); repeatable.",
            panel=ROWS,
            metavar="FILE",
        ),
    ] = None
    data_format: Annotated[
        Literal["csv", "tsv", "ndjson", "parquet", "arrow", "npy", "npz"] | None,
        option(
            "--data-format", help="What the data is (default: what its name ends in; csv for a stream).", panel=ROWS
        ),
    ] = None
    mapping: Annotated[
        Texts,
        option("--map", help="Which column feeds an input, where the names differ.", panel=ROWS, metavar="NAME=COLUMN"),
    ] = None
    results_only: Annotated[
        bool, option("--only", help="Write the results without the columns of the data.", panel=ROWS)
    ] = False
    rows: Annotated[
        str | None,
        option("--rows", help="Only rows from A up to B, counted from 0, B not included.", panel=ROWS, metavar="A:B"),
    ] = None
    where: Annotated[
        str | None,
        option("--where", help="Only rows where this is true, as 'S > 100 and T > 0'.", panel=ROWS, metavar="EXPR"),
    ] = None
    sample: Annotated[
        int | None,
        number("--sample", help="Only so many rows, drawn at random.", panel=ROWS, metavar="N", minimum=0),
    ] = None
    sample_seed: Annotated[int, option("--seed", help="Seed of the sample (default 0).", panel=ROWS, metavar="N")] = 0
    reduce: Annotated[
        Texts,
        option(
            "--reduce",
            help="Write no rows but what they come to: sum, mean, min, max, norm, hist.",
            panel=ROWS,
            metavar="LIST",
        ),
    ] = None
    resume: Annotated[
        bool,
        option(
            "--resume",
            help="Keep finished parts beside the output until it is complete, and go on from those that are there.",
            panel=ROWS,
        ),
    ] = False
    on_error: Annotated[
        Literal["fail", "skip", "null"],
        option(
            "--on-error",
            help="What becomes of a row that holds no number where one is needed (default fail).",
            panel=ROWS,
        ),
    ] = "fail"
    jobs: Annotated[
        int | None,
        number(
            "--jobs",
            help="How many blocks of rows are computed at a time (default: the processor's cores).",
            panel=ROWS,
            metavar="N",
            minimum=1,
        ),
    ] = None
    workers: Annotated[
        int | None,
        number(
            "--workers",
            help="Compute in so many processes on this machine, any of which may be lost.",
            panel=ROWS,
            metavar="N",
            minimum=1,
        ),
    ] = None
    cluster: Annotated[
        str | None,
        option(
            "--cluster",
            help="Compute on the workers of a Dask scheduler, as tcp://host:8786; all have to see the files.",
            panel=ROWS,
            metavar="ADDRESS",
        ),
    ] = None

    do: Annotated[
        Literal["eval", "grad", "jacobian", "hessian", "check", "test"],
        option("--do", help="The command to run on every file (default grad).", panel=MANY),
    ] = "grad"
    list_of_files: Annotated[
        str | None,
        option("--from", help="A file with a path per line; - is standard input.", panel=MANY, metavar="LIST"),
    ] = None
    processes: Annotated[
        int | None,
        number(
            "--jobs",
            help="How many files are computed at a time (default: 1 for few files, else the processor's cores).",
            panel=MANY,
            metavar="N",
            minimum=1,
        ),
    ] = None
    timeout: Annotated[
        float | None,
        number(
            "--timeout",
            help="Stop a file that takes longer, and go on with the others.",
            panel=MANY,
            metavar="SECONDS",
            minimum=0.001,
        ),
    ] = None
    journal: Annotated[
        str | None,
        option(
            "--resume",
            help="Keep the records in this NDJSON file, and skip what it has of the same content, options and version.",
            panel=MANY,
            metavar="FILE",
        ),
    ] = None
    junit: Annotated[
        str | None,
        option("--junit", help="Write a report for build servers, as JUnit XML.", panel=MANY, metavar="FILE"),
    ] = None
    summary: Annotated[
        bool,
        option("--summary", help="Tell at the end how many files came out how (default: on a terminal).", panel=MANY),
    ] = False

    check: Annotated[
        bool, option("--check", help="Change nothing; list the files that would change, and exit 1.", panel=OUTPUT)
    ] = False
    patch: Annotated[
        bool, option("--diff", help="Change nothing; print what would change, as a unified diff.", panel=OUTPUT)
    ] = False
    format: Annotated[
        Format | None, option("--format", help="How to print the result (default table).", panel=OUTPUT)
    ] = None
    picture: Annotated[
        Literal["tree", "dot", "mermaid", "svg", "png", "pdf", "json"] | None,
        option("--format", "--to", help="The kind of picture (default: what -o ends in, else tree).", panel=OUTPUT),
    ] = None
    chart: Annotated[
        Literal["text", "svg", "png", "pdf", "json", "csv", "tsv"] | None,
        option("--format", "--to", help="Picture or numbers (default: what -o ends in, else text).", panel=OUTPUT),
    ] = None
    json: Annotated[bool, option("--json", help="The same as --format json.", panel=OUTPUT)] = False
    fields: Annotated[
        Texts, option("--fields", help="Only these columns, or keys of the rows in JSON.", panel=OUTPUT, metavar="LIST")
    ] = None
    digits: Annotated[
        int | None,
        number("--digits", help="Significant digits in tables.", panel=OUTPUT, metavar="N", minimum=1, maximum=17),
    ] = None
    output: Annotated[
        str | None,
        option("-o", "--output", help="Write to a file; - is standard output.", panel=OUTPUT, metavar="FILE"),
    ] = None
    color: Annotated[
        Literal["auto", "always", "never"], option("--color", help="When to colour (default auto).", panel=OUTPUT)
    ] = "auto"
    width: Annotated[
        int | None,
        number("--width", help="Columns of a table.", panel=OUTPUT, metavar="N", minimum=20),
    ] = None
    quiet: Annotated[bool, option("-q", "--quiet", help="No warnings and notes.", panel=OUTPUT)] = False
    verbose: Annotated[bool, option("-v", "--verbose", help="Every column, and the time taken.", panel=OUTPUT)] = False
    debug: Annotated[bool, option("--debug", help="Show the traceback of an internal error.", panel=OUTPUT)] = False

    max_bytes: Annotated[
        int | None,
        number("--max-bytes", help="Size of a file.", panel=LIMITS, metavar="N", minimum=1),
    ] = None
    max_depth: Annotated[
        int | None,
        number("--max-depth", help="Nesting of expressions.", panel=LIMITS, metavar="N", minimum=1),
    ] = None
    max_elements: Annotated[
        int | None,
        number("--max-elements", help="Elements of a tensor.", panel=LIMITS, metavar="N", minimum=1),
    ] = None
    max_nodes: Annotated[
        int | None,
        number("--max-nodes", help="Nodes of the graph.", panel=LIMITS, metavar="N", minimum=1),
    ] = None
    max_repeat: Annotated[
        int | None,
        number("--max-repeat", help="Turns of a repetition.", panel=LIMITS, metavar="N", minimum=1),
    ] = None

    def __init__(self, **given: Any) -> None:
        for name, value in given.items():
            setattr(self, name, value)

    def extended(self, request: "Request") -> "Request":
        """The request with what options of one command alone add to it."""
        return request

    @classmethod
    def stated(cls) -> dict[str, Any]:
        """The annotation of every option, those of the classes it adds to first."""
        found: dict[str, Any] = {}
        for each in reversed(cls.__mro__):
            found |= get_annotations(each)
        return found


def options_of(module: ModuleType) -> type[Options]:
    """The options of a command: those of all commands, or with some of its own added."""
    found: type[Options] = getattr(module, "OPTIONS", Options)
    return found


READING = ("files", "expression", "at", "load", "dtype")
DIFFERENTIATING = (
    "wrt",
    "of",
    "stop",
    "tape",
    "watch",
    "watch_accessed",
    "unconnected",
    "mode",
    "strict_tf",
    "fail_on",
)
ON_ROWS = (
    "data",
    "data_format",
    "mapping",
    "results_only",
    "rows",
    "where",
    "sample",
    "sample_seed",
    "reduce",
    "resume",
    "on_error",
    "jobs",
    "workers",
    "cluster",
)
ON_FILES = ("do", "list_of_files", "processes", "timeout", "journal", "junit", "summary")
PRINTING = ("format", "json", "fields", "digits", "output", "color", "width", "quiet", "verbose", "debug")
LIMITING = ("max_bytes", "max_depth", "max_elements", "max_nodes", "max_repeat")
