"""Differentiate expressions: exact gradients of the formulas in a text file."""

__version__ = "0.1.0"

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .api import (
        DiffError,
        Function,
        Limits,
        Program,
        Values,
        check_grads,
        define,
        load,
        parse,
        undefine,
    )

# Each is imported when it is first used: the command line starts with nothing of this.
__all__ = [
    "DiffError",
    "Function",
    "Limits",
    "Program",
    "Values",
    "__version__",
    "check_grads",
    "define",
    "load",
    "parse",
    "undefine",
]

if not TYPE_CHECKING:

    def __getattr__(name):
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from . import api

        return getattr(api, name)

    def __dir__():
        return __all__


def load_ipython_extension(shell: object) -> None:
    """Adds `%%diffcli` and `%diffcli` to a notebook; called by `%load_ext diffcli`."""
    from .magic import load_ipython_extension as load_magic

    load_magic(shell)
