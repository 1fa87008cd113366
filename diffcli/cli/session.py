"""What was typed so far: statements that are kept, replaced and taken back, and at any time make one text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from diffcli.diagnostic import Diagnostic, DiagnosticError
from diffcli.source import Source

if TYPE_CHECKING:
    from collections.abc import Iterable

    from diffcli.compute import Request
    from diffcli.lang.model import Model

NAME = "<session>"
# Statements of which a session has one: a second replaces the first.
SINGLE = ("Dtype", "Output", "Minimize", "Bare")
DEFINING = ("Declaration", "Assignment", "Function")


class Entry(NamedTuple):
    """A statement: the comments and line ends before it, its text, what it is, the names that it defines."""

    lead: str
    text: str
    kind: str
    names: frozenset[str]


class Session:
    """The statements of a session and the states that can be returned to."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.entries: tuple[Entry, ...] = ()
        self.tail = ""
        self.past: list[tuple[tuple[Entry, ...], str]] = []

    def text(self) -> str:
        """The session as the file that it would be."""
        text = written(self.entries) + self.tail
        return text if not text or text.endswith(("\n", "\r")) else f"{text}\n"

    def add(self, source: Source) -> tuple[Entry, ...]:
        """Takes what a text says into the session, all of it or, by a DiagnosticError, nothing."""
        made, rest = entries(source)
        if not self.entries and not self.tail:
            self.accept(checked(made, self.folder), rest)
            return made
        kept, tail = self.entries, self.tail
        if not made and "#" in rest:
            tail = f"{tail.rstrip()}\n{rest}"
        for each in made:
            comments = re.findall(r"#[^\r\n]*", each.lead)
            new = each._replace(lead="\n" + "".join(f"{comment}\n" for comment in comments))
            kept = self.joined(kept, new, tail.rstrip())
            # Comments at the end of the session now stand before its last statement.
            tail = rest if kept[-1].text == new.text else tail
        self.accept(kept, tail)
        return made

    def joined(self, kept: tuple[Entry, ...], each: Entry, tail: str) -> tuple[Entry, ...]:
        """The statements with one more: it takes the place of what it replaces, or goes to the end if it needs what comes later."""
        old = [place for place, other in enumerate(kept) if replaces(each, other)]
        rest = [other for place, other in enumerate(kept) if place not in old]
        candidates = []
        if old and each.kind != "Bare":
            candidates.append([*rest[: old[0]], each._replace(lead=kept[old[0]].lead), *rest[old[0] :]])
        if each.kind == "Dtype" and not old:
            first = [other._replace(lead=other.lead if "\n" in other.lead else f"\n{other.lead}") for other in rest[:1]]
            candidates.append([each._replace(lead=""), *first, *rest[1:]])
        candidates.append([*rest, each._replace(lead=tail + each.lead)])
        problems: DiagnosticError | None = None
        for candidate in candidates:
            try:
                return checked(candidate, self.folder)
            except DiagnosticError as error:
                problems = problems or error
        assert problems is not None
        raise problems

    def accept(self, kept: tuple[Entry, ...], tail: str) -> None:
        """The next state."""
        self.past.append((self.entries, self.tail))
        self.entries, self.tail = kept, tail

    def undo(self) -> bool:
        """Back to the state before; whether there was one."""
        if not self.past:
            return False
        self.entries, self.tail = self.past.pop()
        return True

    def names(self) -> list[str]:
        """The names that are defined, in order."""
        return list(dict.fromkeys(name for each in self.entries for name in sorted(each.names)))

    def request(self, **asked: Any) -> Request:
        """The request to compute something of the session."""
        from diffcli.compute import Request

        return Request(source=Source(NAME, self.text()), base=self.folder, **asked)


def written(kept: Iterable[Entry]) -> str:
    """Statements as text."""
    return "".join(each.lead + each.text for each in kept).lstrip("\r\n; ")


def replaces(new: Entry, old: Entry) -> bool:
    """Whether a new statement takes the place of an old one."""
    if new.kind in SINGLE:
        return old.kind == new.kind
    return bool(new.names & old.names) and (old.kind in DEFINING or old.names <= new.names)


def checked(kept: Iterable[Entry], folder: str) -> tuple[Entry, ...]:
    """The statements, if they make a file without mistakes."""
    from diffcli.compute import Request

    kept = tuple(kept)
    load(Request(source=Source(NAME, written(kept) + "\n"), base=folder))
    return kept


def load(request: Request) -> Model:
    """The model of a text."""
    from diffcli.compute.load import load as loaded
    from diffcli.engine import ops as _ops  # noqa: F401 - filling the registry is what this import is for

    return loaded(request)


def entries(source: Source) -> tuple[tuple[Entry, ...], str]:
    """The statements of a text, and what comes after the last."""
    from diffcli.lang.parse import parse

    module, problems = parse(source)
    if problems or not module.complete:
        raise DiagnosticError(*problems)
    found, done = [], 0
    for each in module.statements:
        inner = getattr(each, "statement", None)
        end = max([each.end, inner.end if inner is not None else 0, *refused(each)])
        kind = type(each).__name__
        found.append(Entry(source.text[done : each.start], source.text[each.start : end], kind, defined(each)))
        done = end
    return tuple(found), source.text[done:]


def refused(statement: Any) -> list[int]:
    """Where the problems of a statement end whose syntax is expected to be refused."""
    problems: tuple[Diagnostic, ...] = getattr(statement, "statement_diagnostics", ())
    spans = [problem.span for problem in problems if problem.span is not None]
    ends = []
    for span in spans:
        rest = re.search(r"[\r\n]|$", span.source.text[span.end :])
        ends.append(span.end + (rest.start() if rest else 0))
    return ends


def defined(statement: Any) -> frozenset[str]:
    """The names that a statement defines, those of a tape included; a repetition only changes names."""
    from diffcli.lang.parse import flat

    if type(statement).__name__ == "Repeat":
        return frozenset()
    found: list[Any] = [statement] if not hasattr(statement, "body") else [*flat((statement,))]
    return frozenset(each.name for each in found if type(each).__name__ in DEFINING)


def answer(session: Session) -> str:
    """The value of the session's last expression, or its formula when something that it needs has no value."""
    from diffcli.render import Style
    from diffcli.render.cells import cell_text

    model = load(session.request())
    value = model.names["out"]
    # A bracketed list may be of things of different shapes, some of them without a value.
    shown = [valued(model, each) for each in (value if isinstance(value, tuple) else (value,))]
    texts = [each if isinstance(each, str) else cell_text(each, Style()) for each in shown]
    return f"[{', '.join(texts)}]" if isinstance(value, tuple) else texts[0]


def valued(model: Model, node: Any) -> Any:
    """The value of a node, or in words its formula, or why there is none."""
    from diffcli.compute.values import feeds_of, plain
    from diffcli.engine.graph import Node
    from diffcli.engine.run import execute
    from diffcli.engine.shape import OperandError
    from diffcli.lang.write import formula

    if node is None or not isinstance(node, Node):
        message = getattr(node, "message", "")
        return f"none: {message}" if message else "none"
    feeds, missing = feeds_of(model, [node])
    if missing:
        return formula(node)
    try:
        return plain(execute([node], feeds, model.dtype, model.graph.strict)[node], node, model.dtype)
    except OperandError as error:
        raise DiagnosticError(Diagnostic("E0802", error.message, model.span(node), help=error.hint)) from None
