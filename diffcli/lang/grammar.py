"""The parser's tables: built from `grammars/expr.lark` on first use, then kept in the user's cache folder."""

from __future__ import annotations

import marshal
import sys
from pathlib import Path
from typing import Any, NamedTuple

from ..engine import cache

VERSION = 1
SPACE, OTHER = -1, -2


class Tables(NamedTuple):
    """What lexer and parser need, as plain data.

    kinds: terminal names, a kind is an index into them; words: keyword -> kind; groups: regex group -> kind;
    actions: per state, kind -> state to go to, or ~rule to reduce; gotos: per state, nonterminal -> state;
    rules: (nonterminal, length, alias).
    """

    kinds: tuple[str, ...]
    words: dict[str, int]
    pattern: str
    groups: tuple[int, ...]
    actions: tuple[dict[int, int], ...]
    gotos: tuple[dict[int, int], ...]
    rules: tuple[tuple[int, int, str], ...]
    nonterminals: tuple[str, ...]
    start: int
    end: int


_tables: Tables | None = None


def tables() -> Tables:
    """The tables of the language's grammar."""
    global _tables
    if _tables is None:
        _tables = load(grammar_path(), cache.folder())
    return _tables


def grammar_path() -> Path:
    """Where the grammar is: inside the package when installed, beside it in a checkout."""
    package = Path(__file__).resolve().parent.parent
    installed = package / "grammars" / "expr.lark"
    return installed if installed.exists() else package.parent / "grammars" / "expr.lark"


def load(grammar: Path, folder: Path | None) -> Tables:
    """The tables of a grammar file, from the cache if they are there and whole."""
    text = grammar.read_bytes()
    path = None if folder is None else folder / _cache_name(text)
    found = None if path is None else _read(path, text)
    if found is None:
        found = build(text.decode("utf-8"))
        if path is not None:
            cache.write(path, marshal.dumps((text, tuple(found))))
    return found


def _cache_name(text: bytes) -> str:
    from zlib import crc32

    # The grammar itself is compared on reading: the checksum only keeps versions apart.
    return f"tables-{VERSION}-{sys.version_info[0]}{sys.version_info[1]}-{crc32(text):08x}.bin"


def _read(path: Path, text: bytes) -> Tables | None:
    """Cached tables, or None for a file that is missing, torn, or made from another grammar."""
    content = cache.read(path)
    if content is None:
        return None
    try:
        grammar, fields = marshal.loads(content)
        return Tables(*fields) if grammar == text else None
    except (EOFError, ValueError, TypeError):
        return None


def build(text: str) -> Tables:
    """Tables from the text of a grammar, by Lark."""
    from lark import Lark
    from lark.grammar import Rule
    from lark.lexer import TerminalDef

    built = Lark(text, parser="lalr", lexer="basic", keep_all_tokens=True, maybe_placeholders=False)
    data, memo = built.memo_serialize([TerminalDef, Rule])
    table = data["parser"]["parser"]
    terminals = sorted({memo[index["@"]]["name"] for index in data["parser"]["lexer_conf"]["terminals"]} | {"$END"})
    rules: list[Any] = [entry for entry in memo.values() if "expansion" in entry]
    nonterminals = sorted({entry["origin"]["name"] for entry in rules})
    rule_index = {key: place for place, key in enumerate(key for key, entry in memo.items() if "expansion" in entry)}
    actions, gotos = _rows(
        table,
        {name: place for place, name in enumerate(terminals)},
        {name: place for place, name in enumerate(nonterminals)},
        rule_index,
    )
    definitions = [memo[index["@"]] for index in data["parser"]["lexer_conf"]["terminals"]]
    words, pattern, groups = _lexicon(definitions, data["parser"]["lexer_conf"]["ignore"], terminals)
    return Tables(
        kinds=tuple(terminals),
        words=words,
        pattern=pattern,
        groups=groups,
        actions=actions,
        gotos=gotos,
        rules=tuple(
            (nonterminals.index(entry["origin"]["name"]), len(entry["expansion"]), entry["alias"] or "")
            for entry in rules
        ),
        nonterminals=tuple(nonterminals),
        start=table["start_states"]["start"],
        end=table["end_states"]["start"],
    )


def _rows(
    table: Any, kinds: dict[str, int], nonterminals: dict[str, int], rules: dict[int, int]
) -> tuple[tuple[dict[int, int], ...], tuple[dict[int, int], ...]]:
    """Lark's rows split into actions on terminals and moves on nonterminals."""
    actions: list[dict[int, int]] = []
    gotos: list[dict[int, int]] = []
    for state in range(len(table["states"])):
        action: dict[int, int] = {}
        goto: dict[int, int] = {}
        for token, (is_reduce, target) in table["states"][state].items():
            name = table["tokens"][token]
            if name in nonterminals:
                goto[nonterminals[name]] = target
            else:
                action[kinds[name]] = ~rules[target["@"]] if is_reduce else target
        actions.append(action)
        gotos.append(goto)
    return tuple(actions), tuple(gotos)


def _lexicon(
    definitions: list[Any], ignored: list[str], kinds: list[str]
) -> tuple[dict[str, int], str, tuple[int, ...]]:
    """Words, which are looked up, and one pattern for all the rest; a word also matches there if it is no name, as `∞`."""
    import re
    from unicodedata import normalize

    words: dict[str, int] = {}
    patterns: list[tuple[Any, str, str]] = []
    first = {name: place for place, name in enumerate([*ignored, "DOTTED", "NAME", "NUMBER"])}
    for definition in definitions:
        name, pattern = definition["name"], definition["pattern"]
        literal = pattern["__type__"] == "PatternStr"
        alternatives = [pattern["value"]] if literal else pattern["value"].split("|")
        found = [part for part in alternatives if part.isidentifier() and normalize("NFKC", part) == part]
        words.update((part, kinds.index(name)) for part in found)
        alternatives = [part for part in alternatives if part not in found]
        if not alternatives:
            continue
        value = re.escape(alternatives[0]) if literal else "|".join(alternatives)
        patterns.append(
            ((first.get(name, len(first)), -definition["priority"], -len(value) if literal else -99, name), name, value)
        )
    patterns.sort()
    # White space before a token is taken with it; what nothing else matches is a character that means nothing.
    text = "[ \\t]*(?:" + "|".join(f"(?P<{name}>{value})" for _, name, value in patterns) + "|(?P<OTHER>[\\s\\S]))"
    compiled = re.compile(text)
    groups = [SPACE] * (compiled.groups + 1)
    for name, index in compiled.groupindex.items():
        groups[index] = SPACE if name in ignored else OTHER if name == "OTHER" else kinds.index(name)
    return words, text, tuple(groups)
