"""The options of `summary` alone. They are evaluated, so this file has no postponed annotations."""

from typing import Annotated

from diffcli.cli.options import Options, option

WHAT = "What to list"


class SummaryOptions(Options):
    """What the command line of `summary` can say beside the options of all commands."""

    variables: Annotated[
        bool, option("--variables", help="List the variables with their shapes instead of the layers.", panel=WHAT)
    ] = False
    trainable: Annotated[bool, option("--trainable", help="Say of each layer whether it is trained.", panel=WHAT)] = (
        False
    )
