"""What the parser does on the alternatives of lists and calls.

On the parser's stack a list is [where its items begin, how many entries]; arguments are [where they begin, how many, keywords].
"""

from __future__ import annotations

from typing import Any

from .actions import Builder, action, as_word, emit, emit_call
from .ast import Comprehension, Reference
from .lexer import normal

COMPREHENSIONS = ("sum", "prod")
# Arguments that take a word: `unconnected=zero` means the text, not a value of that name.
WORDS = {"unconnected": ("zero",)}


@action
def empty_list(build: Builder, values: list[Any], start: int, end: int) -> Any:
    return emit(build, ("list", None, 0), start, end)


@action
def count_one(build: Builder, values: list[Any], start: int, end: int) -> Any:
    return [values[0], 1]


@action
def count_more(build: Builder, values: list[Any], start: int, end: int) -> Any:
    values[0][1] += 1
    return values[0]


@action
def list_(build: Builder, values: list[Any], start: int, end: int) -> Any:
    begin, count = values[1]
    emit(build, ("list", None, count), start, end)
    return begin


@action
def positional(build: Builder, values: list[Any], start: int, end: int) -> Any:
    return values[0], None


@action
def named(build: Builder, values: list[Any], start: int, end: int) -> Any:
    steps, keyword = build.items.steps, values[0].name
    if steps[-1] in WORDS.get(keyword, ()):
        steps[-1] = ("string", steps[-1], 0)
    else:
        as_word(build, keyword, steps, len(steps) - 1)
    return values[2], values[0]


@action
def arguments_one(build: Builder, values: list[Any], start: int, end: int) -> Any:
    begin, keyword = values[0]
    return [begin, 1, [] if keyword is None else [keyword]]


@action
def arguments_more(build: Builder, values: list[Any], start: int, end: int) -> Any:
    gathered, (_, keyword) = values[0], values[2]
    gathered[1] += 1
    keywords = gathered[2]
    if keyword is not None:
        keywords.append(keyword)
    elif keywords:
        last = build.items
        build.report(
            "E0406",
            "an argument without a name stands after one with a name",
            last.starts[-1],
            last.ends[-1],
            None,
            build.label(keywords[0].start, keywords[0].end, "the first one with a name"),
        )
    return gathered


@action
def call_without(build: Builder, values: list[Any], start: int, end: int) -> Any:
    emit_call(build, (callee(values[0]), ()), 0, start, end)
    return len(build.items.steps) - 1


@action
def call(build: Builder, values: list[Any], start: int, end: int) -> Any:
    begin, count, keywords = values[2]
    seen: dict[str, Reference] = {}
    for keyword in keywords:
        if keyword.name in seen:
            before = seen[keyword.name]
            build.report(
                "E0407",
                f"the argument `{keyword.name}` is given twice",
                keyword.start,
                keyword.end,
                None,
                build.label(before.start, before.end, "first given here"),
            )
        seen.setdefault(keyword.name, keyword)
    emit_call(build, (callee(values[0]), tuple(keyword.name for keyword in keywords)), count, start, end)
    return begin


def callee(word: str) -> str:
    """The name of a function as it is looked up: `tf . math.log` is `tf.math.log`."""
    if "." not in word:
        return word
    return normal(word.replace(" ", "").replace("\t", ""))


@action
def range_(build: Builder, values: list[Any], start: int, end: int) -> Any:
    return values[2], values[0]


@action
def comprehension(build: Builder, values: list[Any], start: int, end: int) -> Any:
    (begin, variable), body = values[2], values[4]
    function = callee(values[0])
    short = function.rpartition(".")[2].removeprefix("reduce_")
    if short not in COMPREHENSIONS:
        build.report(
            "E0216",
            f"`{function}` cannot run over a range",
            start,
            start + len(values[0]),
            "only `sum(i = 1..n, …)` and `prod(i = 1..n, …)` can",
        )
        short = "sum"
    inside = Comprehension(short, variable.name, body, variable.start, variable.end)
    emit(build, ("repeat", inside, 2), start, end)
    return begin
