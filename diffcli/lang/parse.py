"""Text into a Module: an LALR(1) driver over the tables, with recovery at the ends of statements."""

from __future__ import annotations

from sys import intern
from typing import Any

from ..diagnostic import Diagnostic, DiagnosticError
from ..engine.collecting import uncollected
from ..source import Source
from . import arguments as _arguments  # registers its actions
from .actions import ACTIONS, BINARY, Builder
from .ast import Declaration, ExpectError, Expression, Function, Module, Statement, Use
from .grammar import Tables, tables
from .lexer import Lexicon, tokens, too_large
from .limits import LIMITS, Limits
from .statements import sound

assert _arguments


@uncollected()
def parse(source: Source, limits: Limits = LIMITS) -> tuple[Module, list[Diagnostic]]:
    """The statements of a file and every problem in its syntax; what could not be read is left out of the module."""
    parser = Parser(source, limits)
    try:
        parser.read()
    except DiagnosticError as refused:
        parser.found.extend(refused.diagnostics)
        parser.complete = False
    statements = sound(parser.statements())
    declared = parser.declared or any(isinstance(each, Declaration) for each in flat(statements))
    uses = tuple(each for each in flat(statements) if isinstance(each, Use))
    build = parser.build
    calls = tuple(sorted({step[1][0] for step in build.calls}))
    texts = tuple(sorted(build.texts))
    module = Module(source, statements, declared, uses, frozenset(build.broken), parser.complete, calls, texts)
    return module, parser.found


def parse_expression(source: Source, limits: Limits = LIMITS) -> Expression:
    """A text that is one expression, as in `--at x=2*pi`; DiagnosticError when it is anything else."""
    from .ast import Bare

    module, problems = parse(source, limits)
    if problems:
        raise DiagnosticError(*problems)
    if len(module.statements) == 1 and isinstance(module.statements[0], Bare):
        return module.statements[0].value
    if not module.statements:
        raise DiagnosticError(Diagnostic("E0222", "there is no expression here", source.span(0, len(source.text))))
    wrong = next((each for each in module.statements if not isinstance(each, Bare)), module.statements[-1])
    raise DiagnosticError(
        Diagnostic("E0222", "one expression is wanted here, not a statement", source.span(wrong.start, wrong.end))
    )


def flat(statements: tuple[Statement, ...]) -> list[Statement]:
    """All statements in the order of the text, those inside blocks too; not those that are expected to be refused."""
    result: list[Statement] = []
    stack = list(reversed(statements))
    while stack:
        each = stack.pop()
        result.append(each)
        inside: Any = () if isinstance(each, Function) else getattr(each, "body", ())
        stack.extend(reversed(inside))
    return result


class Parser:
    """The state of one reading; the stacks are parallel: state, where the symbol starts, its value."""

    def __init__(self, source: Source, limits: Limits) -> None:
        self.tables: Tables = tables()
        self.lexicon = Lexicon(self.tables, source, limits)
        self.source = source
        self.limits = limits
        self.build = Builder(source)
        self.found: list[Diagnostic] = []
        self.complete = True
        self.declared = False
        self.states = [self.tables.start]
        self.starts = [0]
        self.values: list[Any] = [None]
        self.brackets: list[int] = []
        self.consumed = 0
        self.token = (0, 0, 0, "")

    def read(self) -> None:
        """Reads the whole text; stops early when there are more problems than anyone reads."""
        if len(self.source.text) > self.limits.bytes:
            raise too_large(self.source, self.limits)
        offset: int | None = 0
        while offset is not None:
            if self.run(offset):
                return
            from .recover import recover

            offset = recover(self)

    def statements(self) -> list[Any]:
        """The statements of the file itself, as far as they were read."""
        return next((value for value in self.values if isinstance(value, list)), [])

    def run(self, offset: int) -> bool:
        """Reads from an offset up to the end, or up to a token that does not fit, which is kept in `token`."""
        grammar, build = self.tables, self.build
        actions, _gotos, rules, final = grammar.actions, grammar.gotos, grammar.rules, grammar.end
        states, starts, values = self.states, self.starts, self.values
        items = build.items
        steps, item_starts, item_ends = items.steps, items.starts, items.ends
        hot = HOT
        follow: dict[tuple[int, int, int], int] = FOLLOW
        consumed = self.consumed
        for token in tokens(self.lexicon, offset, self.brackets):
            kind, start, end, value = token
            while True:
                move = actions[states[-1]].get(kind)
                if move is None:
                    self.token, self.consumed = token, consumed
                    return states[-1] == final
                if move >= 0:
                    states.append(move)
                    starts.append(start)
                    values.append(value)
                    consumed = end
                    break
                target, length, alias = rules[~move]
                code = hot.get(alias)
                if code is None:
                    begin = starts[-length] if length else start
                    result = values[-length:] if length else []
                    if length:
                        del states[-length:], starts[-length:], values[-length:]
                    done = (
                        self.finish(result) if alias == "one_more" else ACTIONS[alias](build, result, begin, consumed)
                    )
                    starts.append(begin)
                    values.append(done)
                elif code == 0:  # passed on as it is
                    del states[-1]
                elif code == 1:  # an operand
                    word = values[-1]
                    values[-1] = len(steps)
                    steps.append(float(word) if alias == "number" else intern(word))
                    item_starts.append(starts[-1])
                    item_ends.append(consumed)
                    del states[-1]
                else:  # an operator between two operands
                    steps.append(BINARY[values[-2]])
                    item_starts.append(starts[-3])
                    item_ends.append(consumed)
                    del states[-3:], starts[-2:], values[-2:]
                key = (states[-1], target, kind)
                state = follow.get(key)
                if state is None:
                    state = follow[key] = self.after(*key)
                states.append(state)
        raise AssertionError("the last token ends the text")

    def after(self, state: int, target: int, kind: int) -> int:
        """Where the parser is once a nonterminal stands on a state and all that merely passes it on is done."""
        actions, gotos, rules = self.tables.actions, self.tables.gotos, self.tables.rules
        while True:
            reached = gotos[state][target]
            move = actions[reached].get(kind, 0)
            if move >= 0 or rules[~move][1] != 1 or rules[~move][2]:
                return reached
            target = rules[~move][0]

    def finish(self, values: list[Any]) -> list[Any]:
        """A statement is complete: it joins its block, or the `expect error` before it."""
        statements: list[Any] = values[0]
        problems = self.build.problems
        pending = statements[-1] if statements else None
        if isinstance(pending, ExpectError) and pending.statement is None and _answers(values[1], pending):
            statements[-1] = pending._replace(
                statement=values[1], statement_diagnostics=(*pending.statement_diagnostics, *problems)
            )
        else:
            statements.append(values[1])
            self.found.extend(problems)
        problems.clear()
        return statements


def _answers(statement: Statement | None, pending: ExpectError) -> bool:
    """Whether the statement is the one that must be refused: the next one, or the block in which problems were met already."""
    if not pending.statement_diagnostics:
        return True
    place = pending.statement_diagnostics[0].span
    return statement is not None and place is not None and statement.start <= place.start < statement.end


# How the driver treats the alternatives that come most often; all others go through ACTIONS.
HOT = {"": 0, "number": 1, "variable": 1, "binary": 2}
FOLLOW: dict[tuple[int, int, int], int] = {}
