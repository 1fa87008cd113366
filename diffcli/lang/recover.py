"""What happens after a token that does not fit: the problem is described, and reading goes on with the next statement."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ..diagnostic import Diagnostic
from .ast import ExpectError
from .describe import describe
from .lexer import Token, tokens
from .mistakes import Mistake

if TYPE_CHECKING:
    from .parse import Parser

# How far the end of a statement that is broken inside brackets is searched for; beyond it the line's end has to do.
REACH = 20_000
KEYWORD = re.compile(
    r"[ \t]*(?:var|frozen|const|input|def|output|stop|minimize|tape|pause|repeat|expect|use|dtype|return)\b(?![ \t]*[=(])"
)
DEFINITION = re.compile(r"[^\W\d]\w*[ \t]*=(?!=)")
NAME_AND_SIGN = re.compile(r"[ \t]*[^\W\d]\w*[ \t]*$")
BRACE = re.compile(r"[ \t\r\n]*\{")
BLOCKS = ("tape", "pause", "repeat", "def", "if", "for", "while", "else", "elif", "with")
DECLARING = ("KIND", "VAR", "DEF")


def recover(parser: Parser) -> int | None:
    """Describes the problem at the parser's token, drops the statement, and says where to go on; None at the end."""
    level = _statements_level(parser)
    start = parser.starts[level + 1] if level + 1 < len(parser.states) else parser.token[1]
    mistake = _mistake(parser, start)
    unclosed = _line_that_starts_anew(parser, mistake)
    diagnostic = describe(mistake, unclosed is not None)
    offset, brace, skipped = (unclosed, None, []) if unclosed is not None else _resume(parser, mistake)
    expected = _report(parser, diagnostic, level)
    _drop_to(parser, level)
    parser.brackets[:] = mistake.outer
    if not expected:
        _remember(parser, [*mistake.before, mistake.token, *skipped], offset)
    kinds = parser.tables.kinds
    if kinds[parser.token[0]] == "$END":
        return None
    if len(parser.found) >= parser.limits.problems:
        parser.complete = False
        parser.found.append(
            Diagnostic("E0201", f"only the first {parser.limits.problems} problems are shown", severity="note")
        )
        return None
    if brace is not None:
        _enter_block(parser, brace)
        return brace + 1
    return max(offset, start + 1)


def _statements_level(parser: Parser) -> int:
    """The place on the stack of the innermost list of statements; an empty list is put there if it is only due."""
    actions, define = parser.tables.actions, parser.tables.kinds.index("DEF")
    level = len(parser.states)
    while level:
        level -= 1
        move = actions[parser.states[level]].get(define)
        if move is None:
            continue
        if move >= 0:
            if isinstance(parser.values[level], list):
                if parser.values[level + 1 : level + 2] != ["}"]:
                    return level
                # After its closing brace a list is complete, though it is still on the stack; the opening one is no place for another.
                level -= 1
            continue
        target, length, alias = parser.tables.rules[~move]
        if length == 0 and alias == "none_yet":
            _drop_to_level(parser, level, target)
            return level + 1
    raise AssertionError("the file itself is a list of statements")


def _drop_to_level(parser: Parser, level: int, target: int) -> None:
    del parser.states[level + 1 :], parser.starts[level + 1 :], parser.values[level + 1 :]
    parser.states.append(parser.tables.gotos[parser.states[level]][target])
    parser.starts.append(parser.token[1])
    parser.values.append([])


def _mistake(parser: Parser, start: int) -> Mistake:
    """The tokens of the statement up to the one that does not fit, the next few, and the brackets that are open."""
    lexicon, kinds = parser.lexicon, parser.tables.kinds
    outer = [place for place in parser.brackets if lexicon.clean[place] == "{" and place < start]
    brackets = list(outer)
    before: list[Token] = []
    inside = list(outer)
    token = parser.token
    following = tokens(lexicon, start, brackets)
    for each in following:
        if each[1:3] == token[1:3] and each[0] == token[0]:
            break
        if each[1] > token[1]:
            break
        before.append(each)
        inside = list(brackets) if len(brackets) < 64 else brackets
    if inside is brackets:
        inside = _open_before(parser, before, outer)
    after: list[Token] = []
    if kinds[token[0]] != "$END":
        for each in following:
            after.append(each)
            if len(after) == 3 or kinds[each[0]] in ("END", "$END"):
                break
    return Mistake(parser, before, token, after, outer, inside)


def _open_before(parser: Parser, before: list[Token], outer: list[int]) -> list[int]:
    """The brackets open after these tokens; needed only where they are many, since copying them per token would not be linear."""
    open_now = list(outer)
    clean = parser.lexicon.clean
    for _, start, _, value in before:
        if value in ("(", "[", "{"):
            open_now.append(start)
        elif value in (")", "]", "}") and open_now and clean[open_now[-1]] + value in ("()", "[]", "{}"):
            open_now.pop()
    return open_now


def _line_that_starts_anew(parser: Parser, mistake: Mistake) -> int | None:
    """Where a new statement starts although a bracket is still open, which is then the mistake; else None."""
    open_brackets = mistake.open_brackets()
    if not open_brackets or mistake.kind == "END":
        return None
    text = parser.lexicon.clean
    start, end = mistake.token[1], mistake.token[2]
    line = max(text.rfind("\n", 0, start), text.rfind("\r", 0, start)) + 1
    if line <= open_brackets[-1]:
        return None
    lead = text[line:start]
    if KEYWORD.match(text, line, end + 1) and lead.count("\n") == 0 and mistake.tokens_since(line) <= 1:
        return line
    if mistake.kind == "EQUAL" and NAME_AND_SIGN.match(lead):
        return line
    if (
        not lead.strip()
        and mistake.starts_operand
        and mistake.ends_operand
        and not _closes(text[line : min(_line_end(text, start), line + REACH)])
    ):
        return line
    return None


def _starts_statement(text: str, start: int) -> bool:
    """Whether a line that begins inside brackets looks like a statement, and not like one more argument."""
    if KEYWORD.match(text, start):
        return True
    line = text[start : min(_line_end(text, start), start + REACH)].partition("#")[0].rstrip()
    return DEFINITION.match(line) is not None and not line.endswith(",") and not _closes(line)


def _closes(line: str) -> bool:
    """Whether a line closes a bracket that was open before it: then it goes on with the line above."""
    depth = 0
    for character in line:
        depth += (character in "([") - (character in ")]")
        if depth < 0:
            return True
    return False


def _resume(parser: Parser, mistake: Mistake) -> tuple[int, int | None, list[Token]]:
    """Where reading goes on, the brace to enter if the broken statement is the head of a block, and what is skipped."""
    lexicon, kinds, text = parser.lexicon, parser.tables.kinds, parser.lexicon.clean
    token, outer = mistake.token, mistake.outer
    if mistake.kind in ("END", "$END") or (mistake.kind == "RBRACE" and not mistake.inside):
        brace = _brace_below(text, token[2])
        if mistake.first_word in BLOCKS and brace is not None and not mistake.open_brackets():
            return brace + 1, brace, []
        return token[2], None, []
    brackets = list(mistake.inside)
    line_end = _line_end(text, token[1])
    skipped: list[Token] = []
    head = mistake.first_word in BLOCKS
    for each in tokens(lexicon, token[1], brackets):
        kind, start = kinds[each[0]], each[1]
        if start > line_end and (
            start - token[1] > REACH or (_first_on_line(text, start) and _starts_statement(text, start))
        ):
            break
        if (
            kind == "LBRACE"
            and start < line_end
            and (brackets[:-1] == outer or head)
            and (head or not text[start + 1 : _line_end(text, start)].strip())
        ):
            return start + 1, start, skipped
        if kind == "$END" or (kind == "END" and (len(brackets) <= len(outer) or each[3] == ";")):
            return each[2], None, skipped
        if kind == "RBRACE" and len(brackets) < len(outer):
            return start, None, skipped
        if kind == "END" and each[1] == each[2]:
            break
        skipped.append(each)
    return line_end, None, [each for each in skipped if each[1] < line_end]


def _brace_below(text: str, start: int) -> int | None:
    """The `{` that is the first thing in the lines below."""
    found = BRACE.match(text, start)
    return found.end() - 1 if found else None


def _line_end(text: str, start: int) -> int:
    """The end of the line that holds an offset."""
    ends = [place for place in (text.find("\n", start), text.find("\r", start)) if place >= 0]
    return min(ends, default=len(text))


def _first_on_line(text: str, start: int) -> bool:
    line = max(text.rfind("\n", 0, start), text.rfind("\r", 0, start)) + 1
    return not text[line:start].strip()


def _report(parser: Parser, diagnostic: Diagnostic, level: int) -> bool:
    """Keeps the problem; True if an `expect error` asked for it."""
    for place, statements in enumerate(parser.values[: level + 1]):
        pending = statements[-1] if isinstance(statements, list) and statements else None
        # Inside a block whose refusal is expected there may be several problems; a statement after a refused one has its own.
        if (
            isinstance(pending, ExpectError)
            and pending.statement is None
            and (place < level or not pending.statement_diagnostics)
        ):
            statements[-1] = pending._replace(statement_diagnostics=(*pending.statement_diagnostics, diagnostic))
            return True
    parser.found.append(diagnostic)
    return False


def _drop_to(parser: Parser, level: int) -> None:
    """Takes the broken statement off the stacks; a list of statements keeps a gap in its place."""
    del parser.states[level + 1 :], parser.starts[level + 1 :], parser.values[level + 1 :]
    parser.build.items.drop()
    parser.build.problems.clear()
    statements = parser.values[level]
    last = statements[-1] if statements else None
    if not isinstance(last, ExpectError) or last.statement is not None:
        statements.append(None)


def _remember(parser: Parser, lost: list[Token], offset: int) -> None:
    """The names that the broken statement may have been about to define: their use is no second problem."""
    kinds, build = parser.tables.kinds, parser.build
    name = parser.lexicon.name
    for place, (kind, start, _, value) in enumerate(lost):
        if start >= offset:
            break
        if kinds[kind] in ("KIND", "VAR"):
            parser.declared = True
        if kind != name:
            continue
        follows = kinds[lost[place - 1][0]] in DECLARING if place else False
        before_sign = place + 1 < len(lost) and lost[place + 1][3] in ("=", ",", ":", ":=")
        second = place == 1 and kinds[lost[0][0]] == "NAME"
        if follows or before_sign or second:
            build.broken.add(value)


def _enter_block(parser: Parser, brace: int) -> None:
    """Reads on inside the block of a broken head: what is wrong in there is told too, what it means is not looked at."""
    kinds, actions, gotos, rules = parser.tables.kinds, parser.tables.actions, parser.tables.gotos, parser.tables.rules
    for word, value in (("TAPE", "broken"), ("LBRACE", "{")):
        kind = kinds.index(word)
        move = actions[parser.states[-1]][kind]
        while move < 0:
            parser.states.append(gotos[parser.states[-1]][rules[~move][0]])
            parser.starts.append(brace)
            parser.values.append(None)
            move = actions[parser.states[-1]][kind]
        parser.states.append(move)
        parser.starts.append(brace)
        parser.values.append(value)
    parser.brackets.append(brace)
