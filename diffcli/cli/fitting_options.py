"""The options of `fit`, beside those that other commands take too; evaluated as those are, so no postponed annotations."""

from typing import TYPE_CHECKING, Annotated, Any, Literal

from diffcli.cli.errors import UsageError
from diffcli.cli.options import Options, Texts, number, option
from diffcli.cli.requests import pairs, split

if TYPE_CHECKING:
    from diffcli.compute.fitting.problem import Asked

FIT, AFTER = "What to fit, and how", "What to tell beside"


class FittingOptions(Options):
    """What a fit can be asked."""

    observed: Annotated[
        Texts,
        option(
            "--observed",
            help="Which column a computed value is fitted to (default: the one of its name).",
            panel=FIT,
            metavar="[NAME=]COLUMN",
        ),
    ] = None
    sigma: Annotated[
        Texts,
        option(
            "--sigma",
            help="Uncertainty of the observations: a column or a number; residuals are divided by it.",
            panel=FIT,
            metavar="[NAME=]COLUMN|NUMBER",
        ),
    ] = None
    absolute_sigma: Annotated[
        bool,
        option(
            "--absolute-sigma",
            help="Take sigma as it is, not as weights: standard errors do not follow the scatter.",
            panel=FIT,
        ),
    ] = False
    fix: Annotated[Texts, option("--fix", help="Hold these parameters at their start.", panel=FIT, metavar="NAMES")] = (
        None
    )
    limits: Annotated[
        Texts,
        option(
            "--bounds",
            help="Keep a parameter between two numbers, either left out for none; repeatable.",
            panel=FIT,
            metavar="NAME=A..B",
        ),
    ] = None
    method: Annotated[
        Literal["auto", "lm", "trf", "dogbox"],
        option(
            "--method",
            help="Levenberg-Marquardt, or a trust region (default auto: lm where it can be used, the next where it fails).",
            panel=FIT,
        ),
    ] = "auto"
    loss: Annotated[
        Literal["linear", "soft_l1", "huber", "cauchy", "arctan"],
        option("--loss", help="How much a large residual counts (default linear: its square).", panel=FIT),
    ] = "linear"
    f_scale: Annotated[
        float,
        option(
            "--f-scale",
            help="The size from which on a residual is large, for --loss (default 1).",
            panel=FIT,
            metavar="NUMBER",
        ),
    ] = 1.0
    max_evaluations: Annotated[
        int | None,
        number(
            "--max-evaluations",
            help="Give up after so many evaluations of the model (default 2000).",
            panel=FIT,
            metavar="N",
            minimum=1,
        ),
    ] = None
    level: Annotated[
        float,
        option(
            "--level",
            help="The level of all intervals (default 0.95).",
            panel=AFTER,
            metavar="SHARE",
        ),
    ] = 0.95
    likelihood: Annotated[
        bool,
        option(
            "--profile",
            help="Profile-likelihood intervals, which need not be symmetric, in place of those from standard errors.",
            panel=AFTER,
        ),
    ] = False
    predict: Annotated[
        bool, option("--predict", help="The fitted model at every observation, with its bands.", panel=AFTER)
    ] = False
    bands: Annotated[
        str | None,
        option("--bands", help="The fitted model along an input, with its bands.", panel=AFTER, metavar="NAME=A..B"),
    ] = None
    band_points: Annotated[
        int,
        number(
            "--points",
            help="At how many points of --bands (default 51).",
            panel=AFTER,
            metavar="N",
            minimum=2,
            maximum=1_000_000,
        ),
    ] = 51


ON_FIT = ("observed", "sigma", "absolute_sigma", "fix", "limits", "method", "loss", "f_scale", "max_evaluations")
AFTER_FIT = ("level", "likelihood", "predict", "bands", "band_points")


def asked_of(options: Any) -> "Asked":
    """What the command line asks of a fit."""
    from diffcli.compute.fitting.problem import Asked, demand_sense

    if options.on_error == "null":
        raise UsageError("--on-error cannot be null", "a fit has no row to leave empty; skip leaves it out")
    if options.bands is not None and options.predict:
        raise UsageError("--bands and --predict exclude each other")
    bands = ranges([options.bands], "--bands", "x=0..5")[0] if options.bands is not None else None
    if bands is not None and not all(bands[1]):
        raise UsageError(f"--bands needs NAME=A..B and got {options.bands!r}", "for example --bands x=0..5")
    asked = Asked(
        observed=named(options.observed),
        sigma=named(options.sigma),
        absolute_sigma=options.absolute_sigma,
        fix=split(options.fix),
        bounds=ranges(options.limits, "--bounds", "b1=0..5"),
        method=options.method,
        loss=options.loss,
        f_scale=options.f_scale,
        max_evaluations=options.max_evaluations,
        level=options.level,
        predict=options.predict,
        bands=bands,
        samples=options.band_points,
        profile=options.likelihood,
    )
    demand_sense(asked)
    return asked


def named(texts: Texts) -> tuple[tuple[str, str], ...]:
    """NAME=COLUMN pairs; a column alone has an empty name."""
    found = []
    for text in split(texts):
        name, equals, column = text.rpartition("=")
        found.append((name.strip() if equals else "", column.strip()))
    return tuple(found)


def ranges(texts: Texts, option: str, example: str) -> tuple[tuple[str, tuple[str, str]], ...]:
    """The names and the two ends of NAME=A..B, either of which may be empty."""
    found = []
    for name, text in pairs(texts, option):
        start, dots, end = text.partition("..")
        if not dots or not (start.strip() or end.strip()):
            raise UsageError(f"{option} needs NAME=A..B and got {name}={text}", f"for example {option} {example}")
        found.append((name, (start.strip(), end.strip())))
    return tuple(found)
