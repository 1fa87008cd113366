"""Files that use other files: in the order needed, once each, and never outside their folder."""

from __future__ import annotations

import os

import pytest

from diffcli.lang.limits import LIMITS
from diffcli.lang.parse import parse
from diffcli.lang.uses import load_modules
from diffcli.source import Source


def load(folder, name="main.expr", limits=LIMITS):
    path = folder / name
    module, problems = parse(Source(str(path), path.read_text("utf-8")))
    assert problems == []
    modules, problems = load_modules(module, path.parent, limits)
    return [os.path.relpath(each.source.name, folder) for each in modules], problems


def write(folder, **texts):
    for name, text in texts.items():
        path = folder / (name.replace("__", "/") + ".expr")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")


def test_what_is_needed_first_comes_first_and_once(tmp_path):
    write(tmp_path, main='use "a.expr"\nuse "b.expr"', a='use "c.expr"', b='use "c.expr"', c="k = 1")
    names, problems = load(tmp_path)
    assert problems == []
    assert names == ["c.expr", "a.expr", "b.expr", "main.expr"]


def test_a_path_is_relative_to_the_file_that_names_it(tmp_path):
    write(tmp_path, main='use "lib/a.expr"', lib__a='use "deep/b.expr"', lib__deep__b="k = 1")
    assert [name.rsplit("/")[-1] for name in load(tmp_path)[0]] == ["b.expr", "a.expr", "main.expr"]


@pytest.mark.parametrize(
    "path",
    [
        "../other.expr",
        "lib/../../other.expr",
        "/etc/passwd",
        "\\\\host\\share",
        "C:/x.expr",
        "~/x.expr",
        "lib\\..\\..\\x.expr",
    ],
)
def test_paths_that_leave_the_folder_are_refused(tmp_path, path):
    write(tmp_path, here__main=f'use "{path}"', other="k = 1")
    _, (problem,) = load(tmp_path / "here")
    assert problem.code == "E0311"
    assert problem.span.text == f'"{path}"'


def test_a_link_that_leaves_the_folder_is_refused(tmp_path):
    write(tmp_path, here__main='use "link.expr"', secret="k = 1")
    (tmp_path / "here" / "link.expr").symlink_to(tmp_path / "secret.expr")
    _, (problem,) = load(tmp_path / "here")
    assert problem.code == "E0311" and "link" in problem.message


def test_a_file_that_is_missing_offers_the_one_that_is_there(tmp_path):
    write(tmp_path, main='use "libary.expr"\nuse "library"\nuse "nothing.expr"\nuse "."', library="k = 1")
    _, problems = load(tmp_path)
    assert [(each.code, each.help) for each in problems] == [
        ("E0309", 'did you mean "library.expr"?'),
        ("E0309", 'did you mean "library.expr"?'),
        ("E0309", None),
        ("E0309", None),
    ]


def test_a_circle_shows_the_chain(tmp_path):
    write(tmp_path, main='use "a.expr"', a='use "b.expr"', b='use "main.expr"')
    _, (problem,) = load(tmp_path)
    assert problem.code == "E0310"
    assert problem.notes == ("`main.expr` uses `a.expr` uses `b.expr` uses `main.expr`",)
    assert problem.span.source.name.endswith("b.expr")
    assert [os.path.basename(label.span.source.name) for label in problem.secondary] == ["main.expr", "a.expr"]


def test_a_file_that_uses_itself(tmp_path):
    write(tmp_path, main='use "main.expr"')
    assert [each.code for each in load(tmp_path)[1]] == ["E0310"]


def test_a_long_chain_needs_no_recursion(tmp_path):
    write(
        tmp_path,
        main='use "f0.expr"',
        **{f"f{number}": f'use "f{number + 1}.expr"' for number in range(1500)},
        f1500="k = 1",
    )
    names, problems = load(tmp_path)
    assert problems == [] and len(names) == 1502


def test_problems_in_a_used_file_point_into_it(tmp_path):
    write(tmp_path, main='use "a.expr"', a="y = 2x")
    _, (problem,) = load(tmp_path)
    assert (problem.code, os.path.basename(problem.span.source.name)) == ("E0202", "a.expr")


def test_a_used_file_that_is_not_text(tmp_path):
    write(tmp_path, main='use "a.expr"')
    (tmp_path / "a.expr").write_bytes(b"\xff\xfey\x00=\x003\x00")
    assert [each.code for each in load(tmp_path)[1]] == ["E0102"]


def test_a_used_file_that_is_too_large(tmp_path):
    write(tmp_path, main='use "a.expr"', a="k = 1" + " " * 200)
    _, (problem,) = load(tmp_path, limits=LIMITS._replace(bytes=100))
    assert problem.code == "E0701" and "--max-bytes" in problem.help


def test_a_text_without_a_file_uses_nothing():
    module, _ = parse(Source("<expression>", 'use "a.expr"'))
    _, (problem,) = load_modules(module, None)
    assert problem.code == "E0309"


def test_a_use_that_must_be_refused_is_not_loaded():
    module, _ = parse(Source("f", 'expect error "x"\nuse "a.expr"'))
    assert module.uses == ()
