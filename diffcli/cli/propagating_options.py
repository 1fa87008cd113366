"""The options of `propagate` alone. They are evaluated, so this file has no postponed annotations, as `options.py`."""

from typing import TYPE_CHECKING, Annotated, Literal

from diffcli.cli.options import Options, Texts, number, option

if TYPE_CHECKING:
    from diffcli.compute.request import Request

SOURCES, CHECKING = "What is uncertain", "How the result is stated and checked"


class PropagatingOptions(Options):
    """What a command line of `propagate` can say beside what all commands share."""

    uncertainties: Annotated[
        Texts,
        option(
            "--uncertainty",
            help="The standard uncertainty of a declared name, given or overridden; repeatable.",
            panel=SOURCES,
            metavar="NAME=VALUE",
        ),
    ] = None
    correlations: Annotated[
        Texts,
        option(
            "--corr",
            help="The correlation of two declared names, given or overridden; repeatable.",
            panel=SOURCES,
            metavar="NAME,NAME=VALUE",
        ),
    ] = None
    coverage: Annotated[
        float | None,
        option(
            "--coverage",
            help="The factor of the expanded uncertainty (default 2).",
            panel=CHECKING,
            metavar="K",
        ),
    ] = None
    level: Annotated[
        float | None,
        option(
            "--level",
            help="The level of the expanded uncertainty instead, as 0.95.",
            panel=CHECKING,
            metavar="P",
        ),
    ] = None
    uncertainty_order: Annotated[
        Literal["1", "2"],
        option(
            "--order",
            help="2 adds the terms of second order to value and variance (default 1, with a warning where they count).",
            panel=CHECKING,
        ),
    ] = "1"
    uncertainty_digits: Annotated[
        int,
        number(
            "--digits",
            help="The digits of uncertainties in tables and short forms, and those that --monte-carlo validates (default 2).",
            panel=CHECKING,
            metavar="N",
            minimum=1,
            maximum=15,
        ),
    ] = 2
    draws: Annotated[
        int | None,
        number(
            "--monte-carlo",
            help="Draw the sources so often from normal distributions, and compare.",
            panel=CHECKING,
            metavar="N",
            minimum=100,
        ),
    ] = None
    interval: Annotated[
        Literal["symmetric", "shortest"] | None,
        option(
            "--interval",
            help="Which interval to take of the draws: with as many below as above (default), or the shortest.",
            panel=CHECKING,
        ),
    ] = None
    draw_seed: Annotated[
        int,
        number(
            "--seed", help="Seed of --monte-carlo, or of --sample (default 0).", panel=CHECKING, metavar="N", minimum=0
        ),
    ] = 0

    def extended(self, request: "Request") -> "Request":
        """The request with uncertainties and correlations."""
        from diffcli.cli.requests import pairs

        joined = []
        for text, (names, value) in zip(self.correlations or (), pairs(self.correlations, "--corr"), strict=True):
            first, comma, second = names.partition(",")
            if not (comma and first.strip() and second.strip()) or "," in second:
                raise wrong_pair(text)
            joined.append((first.strip(), second.strip(), value))
        given = pairs(self.uncertainties, "--uncertainty")
        return request._replace(uncertainties=given, correlations=tuple(joined), measured=())


def wrong_pair(text: str) -> Exception:
    """The complaint about a correlation that does not name two."""
    from diffcli.cli.errors import UsageError

    return UsageError(f"--corr needs NAME,NAME=VALUE and got {text!r}", "for example --corr L,T=0.3")
