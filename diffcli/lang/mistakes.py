"""From a token that does not fit to a diagnostic in the user's words, with a hint where the mending is sure."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ..diagnostic import Diagnostic, Label, closest
from .lexer import CLOSES, Token

if TYPE_CHECKING:
    from .parse import Parser

OPENS = {"(": ")", "[": "]", "{": "}"}
SIGNS = {"PLUS", "MINUS", "PRODUCT", "POWER", "COMPARISON", "PLUS_MINUS", "ROOT", "AND", "OR", "NOT"}
NAMES = {"NAME", "WATCH", "USE", "DTYPE", "CORR", "ERROR", "MANUAL", "TOL", "GRAD"}
OPERANDS = {"NUMBER", "CONSTANT", "LITERAL", "NONE", "STRING", *NAMES}
DECLARES = {"KIND", "VAR"}
STATEMENTS = {"DEF", "RETURN", "OUTPUT", "STOP", "MINIMIZE", "TAPE", "PAUSE", "REPEAT", "EXPECT", *DECLARES}
CLAUSES = {"IF", "THEN", "ELSE", "IN", "IS", "WITH"}
FIRST_WORDS = ("var", "frozen", "const", "input", "def", "output", "stop", "minimize", "tape", "pause", "expect", "use", "dtype", "repeat", "watch", "return")
FOREIGN = {
    "lambda": ("functions have names here", "def f(x) = …"), "import": ("nothing can be imported", 'use "file.expr" brings in another expression file'),
    "from": ("nothing can be imported", 'use "file.expr" brings in another expression file'),
    "for": ("there are no loops over values", "repeat 20 { … }, or sum(i = 1..n, …)"), "while": ("there are no open-ended loops", "repeat 20 { … }"),
    "class": ("there are no classes", None), "let": ("a name is given its value by `=` alone", None), "print": ("nothing is printed by a file", "output …"),
    "assert": ("a file tests itself with `expect`", "expect …"), "del": ("names stay defined", None), "global": ("names are global already", None),
    "function": ("functions are written with `def`", "def f(x) = …"), "fn": ("functions are written with `def`", "def f(x) = …"),
    "func": ("functions are written with `def`", "def f(x) = …"), "async": ("there is no concurrency", None), "elif": ("a choice is an expression", "if c then a else b"),
}
STRANGE = {
    "&": ("E0213", "`&` is not an operator here", "and"), "|": ("E0213", "`|` is not an operator here", "or; the absolute value is abs(x)"),
    "!": ("E0213", "`!` is not an operator here", "not; unequal is !="), "~": ("E0213", "`~` is not an operator here", "not"),
    "∂": ("E0105", "`∂` is not an operator here", "grad(y, x) is the derivative of y by x"), "∇": ("E0105", "`∇` is not an operator here", "grad(y, x) is the gradient of y"),
    "∑": ("E0105", "`∑` is not an operator here", "sum(i = 1..n, …)"), "∏": ("E0105", "`∏` is not an operator here", "prod(i = 1..n, …)"),
    "∫": ("E0105", "`∫` is not an operator here", None), "←": ("E0105", "`←` is not an operator here", "="), "→": ("E0105", "`→` is not an operator here", None),
    "…": ("E0105", "`…` is not an operator here", "... is written with three dots"), "⁄": ("E0105", "`⁄` is not an operator here", "/"),
    "\\": ("E0105", "a line cannot be continued with `\\`", "put the expression in parentheses"), "ⁿ": ("E0108", "`ⁿ` is not a number", "**n"),
    "ⁱ": ("E0108", "`ⁱ` is not a number", "**i"), "$": ("E0105", "the character `$` means nothing here", None), "@": ("E0105", "`@` needs two operands", None),
    "∞": ("E0105", "`∞` does not fit here", "inf"), "≈": ("E0105", "`≈` is not an operator here", "== with tol"), "∈": ("E0105", "`∈` is not an operator here", "in [0, 1]"),
    "²": ("E0203", "there is nothing to be squared here", None), "⁻": ("E0108", "`⁻` is not followed by a number", None),
}
QUOTES = "“”„‟‘’‚‛«»‹›＂＇「」『』"


class Mistake:
    """Where the parser stood: the tokens of the statement so far, the one that does not fit, and what surrounds it."""

    def __init__(self, parser: Parser, before: list[Token], token: Token, after: list[Token], outer: list[int], inside: list[int]) -> None:
        self.parser, self.before, self.token, self.after, self.outer, self.inside = parser, before, token, after, outer, inside
        self.text = parser.lexicon.clean
        self.kind = self.kind_of(token)
        self.previous = before[-1] if before else None
        self.previous_kind = self.kind_of(self.previous) if self.previous else ""
        self.first_word = before[0][3] if before else token[3]
        self.starts_operand = self.kind in OPERANDS or self.kind in ("LPAR", "LSQB", "DOTTED", "ROOT", "VAR", "IF", "NOT")
        self.ends_operand = self.previous_kind in OPERANDS or self.previous_kind in ("RPAR", "RSQB", "SUPERSCRIPT", "TRANSPOSE")

    def kind_of(self, token: Token) -> str:
        """The kind of a token by name; OTHER for a character that means nothing."""
        return self.parser.tables.kinds[token[0]] if token[0] >= 0 else "OTHER"

    def kinds(self) -> list[str]:
        """The kinds of the first tokens of the statement."""
        return [self.kind_of(each) for each in self.before[:8]]

    def open_brackets(self) -> list[int]:
        """Where the ( and [ are that are still open."""
        return [place for place in self.inside[len(self.outer):] if self.text[place] != "{"]

    def tokens_since(self, offset: int) -> int:
        """How many tokens of the statement stand at or after an offset."""
        count = 0
        for each in reversed(self.before):
            if each[1] < offset:
                break
            count += 1
        return count

    def word(self, token: Token | None) -> str:
        """A token as the user wrote it, cut when long."""
        if token is None:
            return ""
        written = self.parser.source.text[token[1]:token[2]]
        return written if len(written) <= 40 else written[:39] + "…"

    def at(self, code: str, message: str, help: str | None = None, *labels: Label, token: Token | None = None, start: int | None = None) -> Diagnostic:
        """A diagnostic at the token that does not fit, or at another one."""
        place = token or self.token
        span = self.parser.source.span(place[1] if start is None else start, place[2])
        return Diagnostic(code, message, span, labels, help=help)

    def label(self, start: int, end: int, text: str) -> Label:
        """A second place."""
        return Label(self.parser.source.span(start, end), text)


def describe(mistake: Mistake, unclosed: bool) -> Diagnostic:
    """The diagnostic of a mistake: the first description that knows it."""
    if unclosed:
        return never_closed(mistake)
    for describer in DESCRIBERS:
        found = describer(mistake)
        if found is not None:
            return found
    return mistake.at("E0201", f"`{mistake.word(mistake.token)}` does not fit here")


def never_closed(mistake: Mistake) -> Diagnostic:
    """A bracket that is still open where the statement ends."""
    place = mistake.open_brackets()[-1]
    sign = mistake.text[place]
    end = mistake.previous[2] if mistake.previous else mistake.token[1]
    return Diagnostic("E0204", f"`{sign}` is never closed", mistake.parser.source.span(end, end),
                      (mistake.label(place, place + 1, "opened here"),), help=OPENS[sign])


def strange(mistake: Mistake) -> Diagnostic | None:
    """A character that is no part of the language."""
    if mistake.kind != "OTHER":
        return None
    start, written = mistake.token[1], mistake.parser.source.text[mistake.token[1]:]
    sign = written[0]
    if sign in "\"'":
        end = min([place for place in (mistake.text.find("\n", start), mistake.text.find("\r", start)) if place >= 0], default=len(mistake.text))
        if sign == "'" and mistake.ends_operand:
            return mistake.at("E0105", "`'` is not a sign for a derivative", "grad(f(x), x) is the derivative of f(x) by x")
        return mistake.at("E0107", "this text is not closed", f"put {sign} at its end", token=(0, start, end, ""))
    if sign in QUOTES:
        return mistake.at("E0106", f"`{sign}` is a typographic quote", 'text stands between straight quotes: "…"')
    for pair, word in (("&&", "and"), ("||", "or")):
        if mistake.text.startswith(pair, start):
            return mistake.at("E0213", f"`{pair}` is not an operator here", word, token=(0, start, start + 2, ""))
    if mistake.text[start] == ".":
        return attribute(mistake)
    if mistake.text[start] in STRANGE:
        code, message, help = STRANGE[mistake.text[start]]
        return mistake.at(code, message, help)
    if not sign.isprintable():
        return mistake.at("E0104" if sign == "\0" else "E0105", f"the character U+{ord(sign):04X} does not belong into text", "delete the character", token=(0, start, start + 1, ""))
    return mistake.at("E0105", f"the character `{mistake.word(mistake.token)}` means nothing here")


def attribute(mistake: Mistake) -> Diagnostic:
    """`x.shape`: values have no attributes."""
    start = mistake.token[1]
    end = start + 1
    while end < len(mistake.text) and (mistake.text[end].isalnum() or mistake.text[end] == "_"):
        end += 1
    if end == start + 1:
        return mistake.at("E0201", "`.` does not fit here")
    return mistake.at("E0211", "values have no attributes", "`.T`, the transpose, is the only one", token=(0, start, end, ""))


def ended(mistake: Mistake) -> Diagnostic | None:
    """The statement ends too early."""
    if mistake.kind == "$END":
        place = mistake.outer[-1]
        return mistake.at("E0204", "`{` is never closed", "}", mistake.label(place, place + 1, "opened here"))
    if mistake.kind != "END":
        return None
    if mistake.open_brackets():
        return never_closed(mistake)
    previous, kind, head = mistake.previous, mistake.previous_kind, mistake.kinds()
    last = mistake.word(previous)
    at_end = (0, previous[2], previous[2], "") if previous else mistake.token
    if head and head[0] == "IF" and "ELSE" not in [mistake.kind_of(each) for each in mistake.before]:
        return mistake.at("E0214", "`if` needs a `then` and an `else`", "if c then a else b", token=mistake.before[0])
    if head and head[0] in ("TAPE", "PAUSE", "REPEAT") and kind != "COMMA":
        return mistake.at("E0215", f"`{mistake.first_word}` has no block", f"{mistake.first_word} {'20 ' if head[0] == 'REPEAT' else ''}{{ … }}, the brace on the same line", token=mistake.before[0])
    if head and head[0] == "DEF":
        if len(head) == 1:
            return mistake.at("E0215", "the function has no name", "def f(x) = …", token=at_end)
        if kind == "RPAR":
            return mistake.at("E0215", "the function has no body", "def f(x) = …, or { … } with the brace on the same line", token=at_end)
        if kind in NAMES and len(head) == 2:
            return mistake.at("E0215", f"the function `{last}` has no parameters", f"def {last}(x) = …", token=at_end)
    if kind in STATEMENTS and len(head) > 1:
        return mistake.at("E0210", f"`{last}` is a keyword and cannot be a value", f"another name, as {last}_", token=previous)
    if kind in SIGNS:
        return mistake.at("E0203", f"the line ends after `{last}`", "an expression that goes on in the next line stands in parentheses", token=previous)
    if kind in STATEMENTS or kind in ("IS", "IN", "WITH", "THEN", "ELSE", "IF") or last in ("error", "tol", "corr", "use", "watch", "dtype"):
        return mistake.at("E0203", f"nothing follows `{last}`", _form(last), token=previous)
    if kind in ("EQUAL", "COMMA", "COLON", "__ANON_0"):
        return mistake.at("E0203", f"nothing follows `{last}`", token=previous)
    if mistake.first_word == "var" and len(mistake.before) < 2:
        return mistake.at("E0203", "nothing follows `var`", _form("var"), token=previous)
    foreign = FOREIGN.get(mistake.first_word)
    if foreign:
        return mistake.at("E0212", f"`{mistake.first_word}` is not part of the language: {foreign[0]}", foreign[1], token=mistake.before[0])
    return mistake.at("E0203", "the statement ends too early", token=at_end)


def _form(word: str) -> str | None:
    """How a statement is written."""
    forms = {"var": "var x = 3", "frozen": "frozen x = 3", "const": "const k = 3", "input": "input t", "def": "def f(x) = x**2", "output": "output y",
             "stop": "stop a, b", "minimize": "minimize loss", "expect": "expect y == 9", "return": "return u", "error": 'expect error "text"',
             "tol": "tol 1e-9", "is": "expect … is none", "in": "in [0, 1]", "with": "with grad …", "then": "if c then a else b", "else": "if c then a else b",
             "if": "if c then a else b", "watch": "watch x", "use": 'use "lib.expr"', "dtype": "dtype float32", "corr": "corr(a, b) = 0.3"}
    return forms.get(word)


def equal_sign(mistake: Mistake) -> Diagnostic | None:
    """An `=` that defines nothing."""
    if mistake.kind != "EQUAL":
        return None
    previous, kinds = mistake.previous, mistake.kinds()
    if previous is None:
        return mistake.at("E0208", "there is no name before `=`", "y = …")
    if mistake.previous_kind == "EQUAL":
        return mistake.at("E0209", "two `=` stand in a row", "= defines a name, == compares", start=previous[1])
    adjacent = previous[2] == mistake.token[1]
    if adjacent and previous[3] in ("+", "-", "*", "/", "**", "//", "@", "%", "−", "×") and len(mistake.before) == 2:
        name = mistake.word(mistake.before[0])
        return mistake.at("E0220", f"there is no `{previous[3]}=`", f"{name} = {name} {previous[3]} …, inside repeat {{ … }}", start=previous[1])
    if adjacent and previous[3] == ":":
        return mistake.at("E0201", "`:=` is not an operator here", "=", start=previous[1])
    if adjacent and previous[3] in ("=", "!", "<", ">"):
        return mistake.at("E0201", f"`{previous[3]}=` does not fit here", start=previous[1])
    if len(mistake.before) == 1 and mistake.previous_kind not in ("RPAR",):
        return reserved(mistake, previous)
    if kinds[0] in DECLARES and len(kinds) == 1:
        return reserved(mistake, previous)
    if mistake.first_word in ("expect", "if") or mistake.open_brackets() or "IF" in kinds:
        return mistake.at("E0207", "`=` defines a name; `==` compares", "==")
    if kinds[0] in NAMES and kinds[1] == "LPAR" and mistake.previous_kind == "RPAR":
        line = _rest_of_line(mistake, mistake.before[0][1])
        return mistake.at("E0208", "a function is defined with `def`", f"def {line}" if len(line) < 60 else "def f(x) = …", token=mistake.before[0])
    if "EQUAL" in kinds:
        return mistake.at("E0209", "a second `=` stands in this statement", "= defines one name, == compares")
    if kinds[0] in NAMES and "LSQB" in kinds:
        return mistake.at("E0208", "an element cannot be given a value of its own", "a new name for the whole: b = [ … ]", start=mistake.before[0][1])
    return mistake.at("E0208", "only a name can stand before `=`", "== compares", start=mistake.before[0][1], token=previous)


def reserved(mistake: Mistake, token: Token) -> Diagnostic:
    """A word that has a meaning of its own where a name is wanted."""
    written = mistake.word(token)
    kind = mistake.kind_of(token)
    if kind in ("CONSTANT", "LITERAL", "NONE"):
        return mistake.at("E0210", f"`{written}` is a constant and cannot be a name", f"another name, as {token[3]}0", token=token)
    if kind in ("NUMBER", "STRING"):
        return mistake.at("E0208", f"`{written}` is not a name", token=token)
    if kind == "DOTTED":
        return mistake.at("E0211", "a name has no dots", token=token)
    if kind in STATEMENTS or kind in CLAUSES or kind in ("AND", "OR", "NOT"):
        return mistake.at("E0210", f"`{written}` is a keyword and cannot be a name", f"another name, as {written}_", token=token)
    return mistake.at("E0208", "only a name can stand before `=`", token=token)


def name_wanted(mistake: Mistake) -> Diagnostic | None:
    """After `var`, `def`, `output` and the like stands a name."""
    head = mistake.kinds()
    if not head or mistake.previous is None:
        return None
    wanted = (mistake.previous_kind in ("KIND", "DEF", "OUTPUT", "STOP", "MINIMIZE") and len(head) == 1) or (
        mistake.previous_kind == "VAR" and len(head) == 1) or (mistake.previous_kind == "COMMA" and head[0] in ("OUTPUT", "STOP") or
                                                                  head[0] == "DEF" and mistake.previous_kind in ("LPAR", "COMMA") and len(mistake.open_brackets()) == 1 and "EQUAL" not in head)
    if not wanted or mistake.kind in ("OTHER", "END"):
        return None
    if mistake.kind == "EQUAL" and len(head) == 1:
        return reserved(mistake, mistake.previous)
    if mistake.kind in STATEMENTS or mistake.kind in CLAUSES or mistake.kind in ("CONSTANT", "LITERAL", "NONE", "AND", "OR", "NOT"):
        return reserved(mistake, mistake.token)
    return mistake.at("E0224", f"a name is wanted after `{mistake.word(mistake.previous)}`", _form(mistake.first_word))


def closing(mistake: Mistake) -> Diagnostic | None:
    """A closing bracket without its partner, or right after an operator."""
    sign = mistake.token[3]
    if sign not in CLOSES:
        return None
    open_brackets = mistake.inside[len(mistake.outer):]
    if not open_brackets:
        return mistake.at("E0205", f"`{mistake.word(mistake.token)}` closes nothing", "delete it, or open the bracket")
    place = open_brackets[-1]
    if mistake.text[place] != CLOSES[sign]:
        return mistake.at("E0205", f"`{mistake.text[place]}` is closed by `{mistake.word(mistake.token)}`", OPENS[mistake.text[place]],
                          mistake.label(place, place + 1, "opened here"))
    if mistake.previous is not None and mistake.previous[1] == place:
        return mistake.at("E0203", f"there is nothing between `{mistake.text[place]}` and `{sign}`", None, start=place)
    return mistake.at("E0203", f"nothing stands between `{mistake.word(mistake.previous)}` and `{sign}`", token=mistake.previous)


def chained(mistake: Mistake) -> Diagnostic | None:
    """1 < x < 3."""
    if mistake.kind != "COMPARISON" or not mistake.ends_operand:
        return None
    depth, place, comparison = 0, len(mistake.before) - 1, -1
    begin = 0
    while place >= 0:
        kind = mistake.kind_of(mistake.before[place])
        depth += (kind in ("RPAR", "RSQB")) - (kind in ("LPAR", "LSQB"))
        if depth < 0 or depth == 0 and kind in ("EQUAL", "COMMA", "EXPECT", "AND", "OR", "NOT", "IF", "THEN", "ELSE", "RETURN"):
            begin = place + 1
            break
        if depth == 0 and kind == "COMPARISON" and comparison < 0:
            comparison = place
        place -= 1
    if comparison < 0:
        return None
    text = mistake.parser.source.text
    first = text[mistake.before[begin][1]:mistake.before[comparison][1]].strip()
    sign = mistake.word(mistake.before[comparison])
    middle = text[mistake.before[comparison + 1][1]:mistake.before[-1][2]]
    last = mistake.word(mistake.after[0]) if mistake.after and mistake.kind_of(mistake.after[0]) in OPERANDS and mistake.kind_of(mistake.after[-1]) == "END" and len(mistake.after) == 2 else "…"
    help = f"{first} {sign} {middle} and {middle} {mistake.word(mistake.token)} {last}"
    return mistake.at("E0206", "comparisons cannot be chained", help if len(help) < 100 and "\n" not in help else "a < b and b < c")


def foreign(mistake: Mistake) -> Diagnostic | None:
    """A word of another language."""
    for token in (mistake.previous, mistake.before[0] if mistake.before else None, mistake.token):
        if token is not None and mistake.kind_of(token) == "NAME" and token[3] in FOREIGN:
            reason, help = FOREIGN[token[3]]
            return mistake.at("E0212", f"`{token[3]}` is not part of the language: {reason}", help, token=token)
    return None


def missing_operator(mistake: Mistake) -> Diagnostic | None:
    """Two operands side by side."""
    if not (mistake.starts_operand and mistake.ends_operand) or mistake.kind in ("IF", "NOT"):
        return None
    previous, token = mistake.previous, mistake.token
    assert previous is not None
    left, right = mistake.word(previous), mistake.word(token)
    kinds = mistake.kinds()
    if len(kinds) == 1 and kinds[0] == "NAME":
        meant = closest(left, FIRST_WORDS)
        if meant:
            return mistake.at("E0202", f"`{left}` is not a keyword", f"did you mean `{meant}`?", token=previous)
    if kinds[0] == "TAPE" or left == "tape":
        return None
    if mistake.kind == "STRING" or mistake.previous_kind == "STRING":
        return mistake.at("E0201", f"text does not fit here: `{right if mistake.kind == 'STRING' else left}`", token=token if mistake.kind == "STRING" else previous)
    if mistake.previous_kind == "NUMBER" and previous[2] == token[1] and (mistake.kind == "NUMBER" or left == "0" and right[:1] in "xXbBoO"):
        return mistake.at("E0202", f"`{left}{right}` is not a number", start=previous[1])
    if kinds[0] == "DEF" and mistake.previous_kind == "RPAR" and not mistake.open_brackets() and "EQUAL" not in [mistake.kind_of(each) for each in mistake.before]:
        return mistake.at("E0215", "`=` is missing before the body of the function", "def f(x) = …")
    closed = mistake.previous_kind in ("RPAR", "RSQB", "SUPERSCRIPT", "TRANSPOSE")
    shown_left = left if not closed else _bracketed(mistake)
    shown_right = right if mistake.kind not in ("LPAR", "LSQB") else _opened(mistake)
    if mistake.open_brackets() and previous[2] != token[1] and mistake.previous_kind not in ("RPAR",) and mistake.kind not in ("LPAR", "LSQB"):
        place = mistake.open_brackets()[-1]
        return mistake.at("E0202", f"an operator or a comma is missing between `{left}` and `{right}`", None,
                          mistake.label(place, place + 1, "inside this bracket"), start=previous[1] if _same_line(mistake) else None)
    help = f"{shown_left}*{shown_right}" if previous[2] == token[1] else f"{shown_left} * {shown_right}"
    start = previous[1] if not closed else previous[2] - 1
    return mistake.at("E0202", f"an operator is missing between `{left}` and `{right}`", help, start=start)


def _same_line(mistake: Mistake) -> bool:
    assert mistake.previous is not None
    between = mistake.text[mistake.previous[2]:mistake.token[1]]
    return "\n" not in between and "\r" not in between


def _rest_of_line(mistake: Mistake, start: int) -> str:
    """The line from an offset on, as the user wrote it; of a long one only as much as a hint may show."""
    return mistake.parser.source.text[start:start + 200].splitlines()[0].strip()


def _bracketed(mistake: Mistake) -> str:
    """The bracketed operand before the mistake when it is short, else its closing sign."""
    depth = 0
    for place in range(len(mistake.before) - 1, max(-1, len(mistake.before) - 12), -1):
        kind = mistake.kind_of(mistake.before[place])
        depth += (kind in ("RPAR", "RSQB")) - (kind in ("LPAR", "LSQB"))
        if depth == 0 and kind in ("LPAR", "LSQB") or depth == 0 and kind in OPERANDS:
            if place and kind == "LPAR" and mistake.kind_of(mistake.before[place - 1]) in (*NAMES, "DOTTED", "VAR"):
                place -= 1
            text = mistake.parser.source.text[mistake.before[place][1]:mistake.before[-1][2]]
            return text if len(text) <= 30 and "\n" not in text else "(…)"
    return "(…)"


def _opened(mistake: Mistake) -> str:
    """The bracketed operand at the mistake when it is short, else dots in brackets."""
    start, depth = mistake.token[1], 0
    for place in range(start, min(len(mistake.text), start + 30)):
        character = mistake.text[place]
        depth += (character in "([") - (character in ")]")
        if character in "\r\n#":
            break
        if depth == 0:
            return mistake.parser.source.text[start:place + 1]
    return "(…)" if mistake.text[start] == "(" else "[…]"


def misplaced_word(mistake: Mistake) -> Diagnostic | None:
    """A keyword where it means nothing."""
    written, kind, head = mistake.word(mistake.token), mistake.kind, mistake.kinds()
    if kind in ("THEN", "ELSE"):
        if "IF" in [mistake.kind_of(each) for each in mistake.before]:
            return mistake.at("E0214", f"`{written}` comes too early" if kind == "ELSE" else "a second `then` stands here", "if c then a else b")
        return mistake.at("E0214", f"`{written}` belongs to an `if`", "if c then a else b")
    if kind == "IF" and mistake.ends_operand:
        return mistake.at("E0214", "a choice is written with `if` first", "if c then a else b")
    if kind == "IF":
        return mistake.at("E0214", "a choice inside an expression stands in parentheses", "(if c then a else b)")
    if kind in ("IS", "IN", "WITH"):
        where = {"IS": "`is` stands in `expect … is none` only", "IN": "`in` gives the bounds of a declaration", "WITH": "`with` gives a function its gradient"}[kind]
        return mistake.at("E0223", where, {"IS": "expect … is none", "IN": "var x = 1 in [0, 2]", "WITH": "def f(x) = … with grad g * (…)"}[kind])
    if kind == "NOT":
        return mistake.at("E0203", "`not` here stands in parentheses", "(not …)") if not mistake.ends_operand else mistake.at("E0202", "an operator is missing before `not`", "and not")
    if kind in STATEMENTS:
        if mistake.previous_kind == "EQUAL" or mistake.previous_kind in SIGNS or mistake.open_brackets():
            return mistake.at("E0210", f"`{written}` is a keyword and cannot be a value", f"another name, as {written}_")
        return mistake.at("E0223", f"`{written}` starts a statement of its own", f"; {written} …" if head else None)
    return None


def comma(mistake: Mistake) -> Diagnostic | None:
    """A comma outside brackets."""
    if mistake.kind != "COMMA":
        return None
    if mistake.open_brackets():
        if mistake.previous_kind in ("LPAR", "LSQB", "COMMA"):
            return mistake.at("E0203", "there is nothing before `,`")
        if mistake.text[mistake.open_brackets()[-1]] == "(" and not mistake.previous_kind == "COMMA":
            return mistake.at("E0219", "parentheses hold one expression", "a list stands in brackets: [1, 2]")
        return mistake.at("E0203", "there is nothing before `,`")
    head = mistake.kinds()
    if head and head[0] in DECLARES:
        return mistake.at("E0219", "a statement declares one name", f"{mistake.first_word} a = 1; {mistake.first_word} b = 2")
    if mistake.ends_operand and "EQUAL" in head:
        return mistake.at("E0219", "a list stands in brackets", "[1, 2]")
    if mistake.ends_operand and "=" in _rest_of_line(mistake, mistake.token[1]):
        return mistake.at("E0219", "one statement gives one name its value", "a = 1; b = 2")
    if mistake.ends_operand:
        return mistake.at("E0219", "a comma cannot stand here", "several names: output a, b; several values: [a, b]")
    return mistake.at("E0203", "there is nothing before `,`")


def colon_or_brace(mistake: Mistake) -> Diagnostic | None:
    """`:` and `{` as other languages use them."""
    head = mistake.kinds()
    if mistake.kind == "COLON":
        if head and head[0] == "DEF":
            return mistake.at("E0215", "the body of a function follows `=`", "def f(x) = …")
        if head and head[0] == "IF":
            return mistake.at("E0214", "a choice is one expression", "if c then a else b")
        if len(head) == 1 and head[0] in NAMES and not mistake.text.startswith("=", mistake.token[2]):
            return mistake.at("E0201", "a shape belongs to a declaration", f"var {mistake.first_word}: [3] = …")
        if mistake.after and mistake.after[0][3] == "=" and mistake.after[0][1] == mistake.token[2]:
            return mistake.at("E0201", "`:=` is not an operator here", "=", token=(0, mistake.token[1], mistake.token[2] + 1, ""))
        return mistake.at("E0201", "`:` does not fit here", "a slice stands in brackets: a[1:]" if mistake.ends_operand else None)
    if mistake.kind == "LBRACE":
        if head and head[0] == "DEF" and mistake.open_brackets():
            return never_closed(mistake)
        if head and head[0] == "IF":
            return mistake.at("E0214", "a choice is one expression, not a block", "if c then a else b")
        if head and head[0] == "DEF" and mistake.previous_kind == "EQUAL":
            return mistake.at("E0215", "a body in braces has no `=` before it", "def f(x) { …; return … }")
        if head and head[0] == "REPEAT":
            return mistake.at("E0215", "the number of turns is missing", "repeat 20 { … }")
        return mistake.at("E0201", "`{` does not fit here", "a list stands in brackets: [1, 2]" if mistake.previous_kind == "EQUAL" else None)
    return None


def in_declaration(mistake: Mistake) -> Diagnostic | None:
    """A declaration whose parts are malformed or in the wrong order."""
    head = mistake.kinds()
    if not head or head[0] not in DECLARES or len(head) < 2:
        return None
    if mistake.previous_kind == "COLON" or (len(head) > 2 and head[2] == "COLON" and "EQUAL" not in head and len(mistake.open_brackets()) == 1):
        return mistake.at("E0224", "a shape is a list of sizes", "[3, 2], [n, 3] or [?]")
    if mistake.kind in ("COLON", "EQUAL", "PLUS_MINUS", "IN", "STRING"):
        return mistake.at("E0224", f"`{mistake.word(mistake.token)}` comes too late in the declaration", 'var m: [3] = 9.81 ± 0.02 in [0, 20] "label"')
    if len(head) == 2 and mistake.kind in ("NUMBER", *NAMES):
        return mistake.at("E0224", f"`=` is missing after `{mistake.word(mistake.previous)}`", f"{mistake.first_word} {mistake.word(mistake.previous)} = {mistake.word(mistake.token)}")
    if mistake.previous_kind == "IN":
        return mistake.at("E0224", "bounds stand in brackets", "in [0, 20]")
    return None


def operand_missing(mistake: Mistake) -> Diagnostic | None:
    """An operator where an operand is wanted."""
    sign = mistake.word(mistake.token)
    if mistake.kind in SIGNS and mistake.previous is None:
        return mistake.at("E0203", f"there is nothing before `{sign}`")
    if mistake.kind == "SUPERSCRIPT" or mistake.kind == "TRANSPOSE":
        return mistake.at("E0203", f"there is nothing before `{sign}`")
    if mistake.kind in SIGNS and not mistake.ends_operand:
        return mistake.at("E0203", f"nothing stands between `{mistake.word(mistake.previous)}` and `{sign}`", start=mistake.previous[1] if mistake.previous else None)
    if mistake.kind == "PLUS_MINUS":
        return mistake.at("E0224", "an uncertainty belongs to a declaration", "var L = 1.0 ± 0.1")
    if mistake.kind in ("__ANON_0", "__ANON_1"):
        return mistake.at("E0216", f"`{sign}` does not fit here", "sum(i = 1..n, …)" if mistake.kind == "__ANON_0" else None)
    if mistake.kind == "QMARK":
        return mistake.at("E0201", "`?` stands for a size in a shape only", "if c then a else b" if mistake.ends_operand else None)
    return None


def stray(mistake: Mistake) -> Diagnostic | None:
    """What is left: an operand after a keyword that takes something else."""
    if mistake.previous is None or mistake.kind == "OTHER":
        return None
    head, written = mistake.kinds(), mistake.word(mistake.token)
    if head[0] == "TAPE":
        meant = "manual" if closest(written, ("manual",)) else None
        return mistake.at("E0215", "`tape` is followed by a block", "tape manual { … }" if meant else "tape { … }")
    if mistake.previous_kind == "IS":
        return mistake.at("E0223", "`is` is followed by `none` or `not none`", "expect … is none")
    if mistake.previous_kind in ("USE", "ERROR"):
        return mistake.at("E0201", f"`{mistake.word(mistake.previous)}` is followed by text in quotes", _form(mistake.previous[3]))
    if head[0] == "DEF":
        return mistake.at("E0215", f"`{written}` does not fit into the head of a function", "def f(x, k=1) = …")
    if mistake.ends_operand:
        return mistake.at("E0201", f"`{written}` does not fit after `{mistake.word(mistake.previous)}`")
    return mistake.at("E0201", f"`{written}` does not fit here")


DESCRIBERS: tuple[Callable[[Mistake], Diagnostic | None], ...] = (
    strange, foreign, ended, name_wanted, equal_sign, closing, chained, in_declaration, missing_operator, comma, colon_or_brace, operand_missing, misplaced_word, stray,
)
