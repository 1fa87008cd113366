"""Run diffcli as `python -m diffcli`."""

from diffcli.cli.app import console

if __name__ == "__main__":
    console()
