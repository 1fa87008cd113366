"""The files that a file uses: found, read, and put in the order in which they are needed."""

from __future__ import annotations

import os
from pathlib import Path

from ..diagnostic import Diagnostic, DiagnosticError, Label, closest
from ..source import Source, decode
from .ast import Module, Use
from .limits import LIMITS, Limits
from .parse import parse


def load_modules(
    module: Module, base_folder: Path | None, limits: Limits = LIMITS
) -> tuple[tuple[Module, ...], list[Diagnostic]]:
    """The module with all that it uses, what is needed first, first; and every problem that was met on the way.

    A path is relative to the file that names it and stays inside that file's own folder tree, links included.
    A file that is used from several places is there once.
    """
    if not module.uses:
        return (module,), []
    found: list[Diagnostic] = []
    if base_folder is None:
        return (module,), [
            _problem("E0309", "`use` needs a file to start from; this text has none", module, each)
            for each in module.uses
        ]
    root = _real(base_folder) / Path(module.source.name).name
    ordered: list[Module] = []
    state: dict[Path, bool] = {root: False}  # False while the file is being loaded, True when it is done
    # The chain of files being loaded: path, module, how many of its uses are done, and the use that asked for it.
    chain: list[tuple[Path, Module, list[Use]]] = [(root, module, list(reversed(module.uses)))]
    asked: list[tuple[Module, Use]] = []
    while chain:
        path, current, pending = chain[-1]
        if not pending:
            chain.pop()
            asked = asked[: len(chain) - 1] if chain else []
            state[path] = True
            ordered.append(current)
            continue
        use = pending.pop()
        try:
            target = _locate(current, use, path.parent)
            if target not in state:
                loaded, problems = parse(_read(current, use, target, root.parent, limits), limits)
                found.extend(problems)
                state[target] = False
                chain.append((target, loaded, list(reversed(loaded.uses))))
                asked.append((current, use))
            elif not state[target]:
                found.append(_cycle(current, use, target, [each[0] for each in chain], asked))
        except DiagnosticError as refused:
            found.extend(refused.diagnostics)
    return tuple(ordered), found


def _real(path: Path) -> Path:
    return Path(os.path.realpath(path))


def _problem(code: str, message: str, module: Module, use: Use, help: str | None = None) -> Diagnostic:
    return Diagnostic(code, message, module.source.span(use.path_start, use.path_end), help=help)


def _locate(module: Module, use: Use, folder: Path) -> Path:
    """The file that a `use` names; DiagnosticError when it is not below the folder, or not there."""
    written = use.path
    parts = written.replace("\\", "/").split("/")
    if not written.strip():
        raise DiagnosticError(_problem("E0309", "the path is empty", module, use, 'use "lib.expr"'))
    if os.path.isabs(written) or written[0] in "/\\~" or ":" in parts[0]:
        raise DiagnosticError(
            _problem(
                "E0311",
                f"`{written}` is not a relative path",
                module,
                use,
                "name a file in the folder of this one or below",
            )
        )
    if ".." in parts:
        raise DiagnosticError(
            _problem(
                "E0311",
                f"`{written}` leaves the folder of this file",
                module,
                use,
                "name a file in the folder of this one or below",
            )
        )
    target = _real(folder / written)
    if not target.is_relative_to(folder):
        raise DiagnosticError(
            _problem(
                "E0311",
                f"`{written}` is a link that leaves the folder of this file",
                module,
                use,
                "name a file in the folder of this one or below",
            )
        )
    if not target.is_file():
        meant = _similar(folder, written)
        reason = "is not a file" if target.exists() else "is not there"
        raise DiagnosticError(
            _problem(
                "E0309", f"the file `{written}` {reason}", module, use, f'did you mean "{meant}"?' if meant else None
            )
        )
    return target


def _similar(folder: Path, written: str) -> str | None:
    """A file beside the missing one whose name was surely meant."""
    place = (folder / written).parent
    try:
        names = sorted(each.name for each in place.iterdir() if each.suffix in (".expr", ".txt") and each.is_file())
    except OSError:
        return None
    name = Path(written).name
    meant = f"{name}.expr" if f"{name}.expr" in names else closest(name, names)
    return written[: len(written) - len(name)] + meant if meant else None


def _read(module: Module, use: Use, path: Path, root: Path, limits: Limits) -> Source:
    """The text of a used file, named relative to the folder of the first one."""
    try:
        if path.stat().st_size > limits.bytes:
            raise DiagnosticError(
                _problem(
                    "E0701",
                    f"the file `{use.path}` has more than {limits.bytes} bytes",
                    module,
                    use,
                    "raise the limit with --max-bytes",
                )
            )
        content = path.read_bytes()
    except OSError as error:
        raise DiagnosticError(
            _problem(
                "E0309",
                f"the file `{use.path}` cannot be read: {(error.strerror or 'unknown reason').lower()}",
                module,
                use,
            )
        ) from None
    prefix = module.source.name[: len(module.source.name) - len(Path(module.source.name).name)]
    return decode(prefix + use.path, content)


def _cycle(module: Module, use: Use, target: Path, chain: list[Path], asked: list[tuple[Module, Use]]) -> Diagnostic:
    """Files that use one another in a circle, with the place of each `use` in it."""
    start = chain.index(target)
    names = [each.name for each in (*chain[start:], target)]
    labels = tuple(Label(each.source.span(one.path_start, one.path_end), "through this") for each, one in asked[start:])
    return Diagnostic(
        "E0310",
        "the files use one another in a circle",
        module.source.span(use.path_start, use.path_end),
        labels,
        (" uses ".join(f"`{name}`" for name in names),),
        "move what both need into a third file",
    )
