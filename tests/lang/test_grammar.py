"""The grammar has no conflicts, and its tables come from a cache that cannot do harm."""

from __future__ import annotations

import logging
import subprocess
import sys

import pytest

from diffcli.engine import cache
from diffcli.lang import grammar
from diffcli.lang.lexer import Lexicon, tokens
from diffcli.source import Source

TEXT = grammar.grammar_path().read_text("utf-8")


def test_lark_resolves_no_conflict_by_itself(caplog):
    from lark import Lark, logger

    with caplog.at_level(logging.DEBUG, logger=logger.name):
        Lark(TEXT, parser="lalr", lexer="basic", debug=True)
    assert not [
        record.getMessage()
        for record in caplog.records
        if "onflict" in record.getMessage() or "ollision" in record.getMessage()
    ]


def test_a_conflict_would_be_noticed(caplog):
    from lark import Lark, logger

    with caplog.at_level(logging.DEBUG, logger=logger.name):
        Lark('start: a\na: a "+" a | "x"', parser="lalr", lexer="basic", debug=True)
    assert [record for record in caplog.records if "onflict" in record.getMessage()]


def test_every_alias_has_its_action():
    from diffcli.lang.parse import ACTIONS, HOT

    aliases = {alias for _, _, alias in grammar.tables().rules}
    assert aliases - {"one_more", ""} - set(HOT) <= set(ACTIONS)
    assert set(ACTIONS) <= aliases


def test_a_rule_without_alias_only_passes_on():
    tables = grammar.tables()
    lengths = {(tables.nonterminals[target], length) for target, length, alias in tables.rules if not alias}
    assert {length for _, length in lengths} <= {1, 2} and [name for name, length in lengths if length == 2] in (
        [],
        ["$root_start"],
    )


def test_the_cache_is_written_once_and_read_again(tmp_path, monkeypatch):
    first = grammar.load(grammar.grammar_path(), tmp_path / "deep" / "cache")
    (kept,) = (tmp_path / "deep" / "cache").iterdir()
    monkeypatch.setattr(grammar, "build", lambda text: pytest.fail("built again"))
    assert grammar.load(grammar.grammar_path(), kept.parent) == first


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: b"",
        lambda content: content[:100],
        lambda content: content[:-1] + b"?",
        lambda content: b"\0" * 400,
    ],
)
def test_a_damaged_cache_is_built_again(tmp_path, damage):
    first = grammar.load(grammar.grammar_path(), tmp_path)
    (kept,) = tmp_path.iterdir()
    whole = kept.read_bytes()
    kept.write_bytes(damage(whole))
    again = grammar.load(grammar.grammar_path(), tmp_path)
    assert again.pattern == first.pattern and again.words == first.words
    assert len(kept.read_bytes()) > 400


def test_tables_of_another_grammar_are_not_used(tmp_path):
    grammar.load(grammar.grammar_path(), tmp_path)
    (kept,) = tmp_path.iterdir()
    assert grammar._read(kept, b"another grammar") is None


def test_a_folder_that_cannot_be_written_costs_only_time(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    assert grammar.load(grammar.grammar_path(), blocked / "cache").kinds
    assert grammar.load(grammar.grammar_path(), None).kinds


def test_the_cache_folder_follows_the_platform(monkeypatch):
    monkeypatch.setenv("DIFFCLI_CACHE_DIR", "/chosen")
    assert str(cache.folder()) == "/chosen"
    monkeypatch.delenv("DIFFCLI_CACHE_DIR")
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", "/xdg")
    assert str(cache.folder()) == "/xdg/diffcli"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    monkeypatch.setenv("HOME", "/home/someone")
    assert str(cache.folder()) == "/home/someone/.cache/diffcli"
    monkeypatch.setattr(sys, "platform", "darwin")
    assert str(cache.folder()) == "/home/someone/Library/Caches/diffcli"


def test_a_warm_parse_does_not_import_lark(tmp_path):
    program = (
        "import sys; from diffcli.source import Source; from diffcli.lang.parse import parse; "
        "print(parse(Source('f', 'y = x**2'))[1], 'lark' in sys.modules, 'numpy' in sys.modules, 'diffcli.codes' in sys.modules)"
    )
    environment = {
        "DIFFCLI_CACHE_DIR": str(tmp_path),
        "PATH": "",
        "PYTHONPATH": str(grammar.grammar_path().parent.parent),
    }
    run = lambda: subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
    ).stdout.split()
    assert run() == ["[]", "True", "False", "False"]
    assert run() == ["[]", "False", "False", "False"]


def spelled(text: str) -> list[tuple[str, str]]:
    tables = grammar.tables()
    lexicon = Lexicon(tables, Source("f", text))
    return [(tables.kinds[kind] if kind >= 0 else "OTHER", value) for kind, _, _, value in tokens(lexicon, 0, [])]


@pytest.mark.parametrize("number", ["3", "1_000", "1e-3", ".5", "5.", "1.5e+10", "1_0.2_5", "1E5"])
def test_numbers_are_one_token(number):
    assert spelled(number)[0] == ("NUMBER", number)


def test_a_range_is_not_a_decimal_point():
    assert spelled("1..n")[:3] == [("NUMBER", "1"), ("__ANON_0", ".."), ("NAME", "n")]


def test_keywords_are_found_after_nfkc():
    assert spelled("𝑥 ｖａｒ 𝑤1 x₁")[:4] == [("NAME", "x"), ("VAR", "var"), ("NAME", "w1"), ("NAME", "x1")]


def test_superscripts_stand_for_themselves():
    assert spelled("x²³ y⁻¹")[:4] == [("NAME", "x"), ("SUPERSCRIPT", "²³"), ("NAME", "y"), ("SUPERSCRIPT", "⁻¹")]


def test_one_end_per_statement_and_none_inside_brackets():
    kinds = [kind for kind, _ in spelled("\n\n;a = (1\n+ [2,\n3]);;\n\nb\n{\nc }\n# comment\n")]
    assert kinds == [
        "NAME",
        "EQUAL",
        "LPAR",
        "NUMBER",
        "PLUS",
        "LSQB",
        "NUMBER",
        "COMMA",
        "NUMBER",
        "RSQB",
        "RPAR",
        "END",
        "NAME",
        "END",
        "LBRACE",
        "NAME",
        "END",
        "RBRACE",
        "END",
        "$END",
    ]


def test_comments_and_strings_are_left_alone():
    assert spelled('"（ａ）＃" # （')[0] == ("STRING", '"(a)#"')
    assert [kind for kind, _ in spelled("# （ “ \0 \n")] == ["$END"]
