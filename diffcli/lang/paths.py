"""The variables of layers by name: `dense/kernel` is read as one name, however tightly its neighbours bind.

The grammar reads a division. It is the variable where the left name is one that a layer has, the right one that of a variable which
layers make, and not both are values of the file. Nothing of this happens in a file that calls no layer.

Annotations are not postponed because a named tuple compiles each postponed one, at every start.
"""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from ..source import Source
from .actions import BINARY
from .ast import Code, Expression, Module
from .code import Item

SLASH = ("/", "／")
DIVISION = BINARY["/"]
Known = Callable[[str], bool]


class Paths(NamedTuple):
    """What may stand before and after the slash: words from which layers get their names, names, and variables."""

    words: tuple[str, ...] = ()
    names: frozenset[str] = frozenset()
    variables: frozenset[str] = frozenset()

    def joins(self, left: str, right: str, known: Known) -> bool:
        """Whether `left / right` is the name of a layer's variable, or a slip in one."""
        counted = any(numbered(left, word) for word in self.words)
        if right in self.variables:
            return (counted or left in self.names) and not (known(left) and known(right))
        return counted and not known(left) and not known(right)


NO_PATHS = Paths()


def numbered(name: str, word: str) -> bool:
    """Whether the name is the word, or the word with a number after it."""
    head, tail = name[: len(word)], name[len(word) :]
    return head == word and (not tail or (tail[0] == "_" and tail[1:].isdigit()))


def paths_of(modules: Iterable[Module], lookup: Callable[[str], Any]) -> Paths:
    """The paths that the layers of these files can have; none when they call no layer."""
    modules = list(modules)
    called = [lookup(name) for module in modules for name in module.calls]
    layers = [each for each in called if getattr(each, "layer", None) is not None]
    if not layers:
        return NO_PATHS
    return Paths(
        tuple({each.name: None for each in layers}),
        frozenset(text for module in modules for text in module.texts),
        frozenset(name for each in layers for name in each.layer.names),
    )


def joined(expression: Expression, source: Source, paths: Paths, known: Known) -> Expression:
    """The expression with each path as one name; the same one when it has none."""
    if DIVISION not in expression.code.steps[expression.first : expression.last]:
        return expression
    made: list[Item] = []
    begins: list[int] = []  # where the operands begin that wait for a call
    changed = False
    for item in expression.items:
        begin = len(made)
        if item.arity:
            right = begins[-1]
            begin = begins[-item.arity]
            del begins[-item.arity :]
            if (item.kind, item.value, item.arity) == DIVISION and _join(made, right, item, source, paths, known):
                begins.append(begin)
                changed = True
                continue
        begins.append(begin)
        made.append(item)
    if not changed:
        return expression
    result = Code(len(source.text))
    for item in made:
        result.steps.append(item.value if item.kind in ("number", "name") else (item.kind, item.value, item.arity))
        result.starts.append(item.start)
        result.ends.append(item.end)
    return Expression(result, 0, len(made), expression.start, expression.end)


def _join(made: list[Item], right: int, division: Item, source: Source, paths: Paths, known: Known) -> bool:
    """Makes one name of the last name before a slash and the first one after it, if together they are a path.

    What binds less tightly than the slash then takes the path as its operand: `X @ dense/kernel**2` is `X @ (dense/kernel)**2`.
    """
    left = right - 1
    while made[left].arity:
        left -= 1
    layer, variable = made[left], made[right]
    if layer.kind != "name" or variable.kind != "name" or not paths.joins(layer.value, variable.value, known):
        return False
    if source.text[layer.end : variable.start].strip() not in SLASH:
        return False
    path = Item("name", f"{layer.value}/{variable.value}", 0, layer.start, variable.end)
    # What stood around one of the two names now stands around both.
    before = [each._replace(end=division.end) if each.end == layer.end else each for each in made[left + 1 : right]]
    after = [each._replace(start=layer.start) if each.start == variable.start else each for each in made[right + 1 :]]
    made[left:] = [path, *after, *before]
    return True
