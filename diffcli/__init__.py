"""Differentiate expressions: exact gradients of the formulas in a text file.

parse, load: a text or a file as a `Program`, which is called for values; its methods ask for derivatives (`grad`, `jacobian`, … give a
`Function`), reasons and formulas. minimize, fit: train its variables, or fit them to data; they give `Trained` and `Fitted`.
check_grads: checks derivatives. define, undefine: operators of your own. What is wrong is a `DiffError`.
"""

__version__ = "0.1.0"

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .api import (
        DiffError,
        Fitted,
        Function,
        Limits,
        Prediction,
        Program,
        Progress,
        Trained,
        Values,
        check_grads,
        define,
        fit,
        load,
        minimize,
        parse,
        undefine,
    )

# Each is imported when it is first used: the command line starts with nothing of this.
__all__ = [
    "DiffError",
    "Fitted",
    "Function",
    "Limits",
    "Prediction",
    "Program",
    "Progress",
    "Trained",
    "Values",
    "__version__",
    "check_grads",
    "define",
    "fit",
    "load",
    "minimize",
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
