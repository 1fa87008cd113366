"""The way into the program: the `diffcli` script and `python -m diffcli`."""

import sys


def console() -> None:
    """Runs diffcli on the command line of this process."""
    # Where byte code is not kept, a checkout compiles all of diffcli at every start, which takes longer than the work
    # itself. An installed package brings its byte code along, so there nothing is written.
    sys.dont_write_bytecode = False
    from diffcli.cli.app import console as run

    run()


if __name__ == "__main__":
    console()
