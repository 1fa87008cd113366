"""The order of calls: one in which few values wait in registers at a time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .calls import Call, Value, root


def ordered(calls: Sequence[Call], outputs: Sequence[Value]) -> list[Call]:
    """The calls that outputs need, so that each comes when it is asked for, or earlier where it frees a register."""
    return eager(needed(calls, outputs), {root(each) for each in outputs})


def needed(calls: Sequence[Call], outputs: Iterable[Value]) -> list[Call]:
    """The calls that outputs need, each made when it is first asked for."""
    makers = {call.result: call for call in calls}
    found: dict[Value, Call] = {}
    for output in outputs:
        stack = [(root(output), False)]
        while stack:
            value, ready = stack.pop()
            if value not in makers or value in found:
                continue
            if ready:
                found[value] = makers[value]
            else:
                stack.append((value, True))
                stack.extend((root(each), False) for each in reversed(makers[value].operands))
    return list(found.values())


def eager(calls: Sequence[Call], kept: set[Value]) -> list[Call]:
    """Calls, given in a possible order; one that is the last to read a value comes as soon as it can.

    What it makes takes no more room than what it lets go. Values in `kept` are never let go.
    """
    made = {call.result for call in calls}
    reads = [[each for each in dict.fromkeys(map(root, call.operands)) if each in made] for call in calls]
    readers: dict[Value, list[int]] = {each: [] for each in made}
    for index, values in enumerate(reads):
        for each in values:
            readers[each].append(index)
    left = {value: len(found) + (value in kept) for value, found in readers.items()}
    missing = [len(values) for values in reads]
    waiting = dict.fromkeys(range(len(calls)))
    order = []
    for start in range(len(calls)):
        stack = [start]
        while stack:
            index = stack.pop()
            frees = any(left[each] == 1 for each in reads[index])
            if index not in waiting or missing[index] or not (frees or index == start):
                continue
            del waiting[index]
            order.append(calls[index])
            near = readers[calls[index].result]
            for reader in near:
                missing[reader] -= 1
            for each in reads[index]:
                left[each] -= 1
                if left[each] == 1:
                    near = near + readers[each]
            stack.extend(sorted({each for each in near if each in waiting}, reverse=True))
    return order
