"""The code of one nest of loops: what runs before its innermost loop, in it, and after it."""

from __future__ import annotations

from collections.abc import Sequence

from .kernel import INLINED_CALLS, Loop, step, type_of
from .lanes import DOUBLE, SINGLE, TRUTH, Lane, Lanes, Module
from .native import Target, function_attributes, has_avx512
from .nest import BYTE, SIZES, SUFFIXES, SYMBOL, Access, Nest
from .nest_folds import fold_in_memory, fold_in_registers


def llvm_text(nests: Sequence[Nest], target: Target) -> tuple[str, int]:
    """The module of a function `void tensors(places)` that runs the nests in order, and its number of instructions.

    `places` is an array of pointers. Behind each array there must be room for a register: what lies beyond the end of
    a row is read, and beyond the end of a whole array written.
    """
    module = Module()
    functions, size = [], 0
    for index, nest in enumerate(nests):
        width = target.width * (2 if nest.dtype == "float32" else 1)
        lanes = Lanes(width, target.fma, len(nest.steps) <= 4 * INLINED_CALLS, module, has_avx512(target))
        text = Writer(nest, lanes).text(f"nest{index}")
        functions.append(text)
        size = max(size, text.count("\n"))  # LLVM takes long for one long block, not for many
    calls = [f"  call void @nest{index}(ptr %places)" for index in range(len(nests))]
    head = f"define void @{SYMBOL}(ptr noalias %places) #0 {{\nentry:\n"
    body = [*functions, head + "\n".join(calls) + "\n  ret void\n}"]
    parts = [*module.declarations.values(), *module.definitions.values(), *body, function_attributes(target)]
    return "\n".join(parts), size + sum(each.count("\n") for each in module.definitions.values())


class Writer:
    """Writes one nest as a function, see nest.py.

    `entry` runs once, `head` before each innermost loop, `lanes.lines` in it, `tail` after it. `ended` has for each axis
    the code that stores the reductions that are complete when the loop over the axis is.
    """

    def __init__(self, nest: Nest, lanes: Lanes) -> None:
        self.nest = nest
        self.lanes = lanes
        self.element = SINGLE if nest.dtype == "float32" else DOUBLE
        self.inner = len(nest.sizes) - 1
        self.entry: list[str] = []
        self.head: list[str] = []
        self.phis: list[str] = []
        self.tail: list[str] = []
        self.started: dict[int, list[str]] = {}
        self.ended: dict[int, list[str]] = {}

    def text(self, name: str) -> str:
        """The function."""
        nest = self.nest
        accesses = [each for _, each in (*nest.reads, *nest.writes)] + [each.access for each in nest.folds]
        for place in sorted({each.pointer for each in accesses}):
            self.entry.append(f"  %q{place} = getelementptr ptr, ptr %places, i64 {place}")
            self.entry.append(f"  %p{place} = load ptr, ptr %q{place}, align 8")
        self.body()
        before, after = self.loops()
        lines = [
            f"define internal void @{name}(ptr %places) noinline #0 {{",
            "entry:",
            *self.entry,
            *before,
            *self.head,
            "  br label %body",
            "body:",
            f"  %j = phi i64 [ 0, %enter{self.inner} ], [ %further, %again ]",
            *self.phis,
            *self.lanes.lines,
            "  br label %again",
            "again:",
            f"  %further = add i64 %j, {self.lanes.width}",
            f"  %more = icmp slt i64 %further, {nest.sizes[-1]}",
            "  br i1 %more, label %body, label %leave",
            "leave:",
            *self.tail,
            *after,
            "  ret void",
            "}",
        ]
        return "\n".join(lines)

    def loops(self) -> tuple[list[str], list[str]]:
        """The code around the innermost loop: the loops over the other axes, and the reductions."""
        before: list[str] = []
        after: list[str] = []
        for axis in range(self.inner + 1):
            before += [f"  br label %enter{axis}", f"enter{axis}:", *self.started.get(axis, ())]
            if axis < self.inner:
                before += [
                    f"  br label %turn{axis}",
                    f"turn{axis}:",
                    f"  %i{axis} = phi i64 [ 0, %enter{axis} ], [ %n{axis}, %next{axis} ]",
                ]
        for axis in range(self.inner, -1, -1):
            if axis < self.inner:
                after += [
                    f"  br label %next{axis}",
                    f"next{axis}:",
                    f"  %n{axis} = add i64 %i{axis}, 1",
                    f"  %m{axis} = icmp slt i64 %n{axis}, {self.nest.sizes[axis]}",
                    f"  br i1 %m{axis}, label %turn{axis}, label %past{axis}",
                    f"past{axis}:",
                ]
            after += self.ended.get(axis, ())
        return before, after

    def body(self) -> None:
        """The innermost loop."""
        nest, lanes = self.nest, self.lanes
        lanes.block = "body"
        ragged = nest.sizes[-1] % lanes.width != 0
        if ragged or any(access.window for _, access in nest.reads):
            self.places()
        self.inside = self.below("%place", str(nest.sizes[-1])) if ragged else None
        values = {node: lanes.constant(value, type_of(node.kind, self.element)) for node, value in nest.literals}
        for index, (node, access) in enumerate(nest.reads):
            value, window = self.read(f"r{index}", access)
            value = lanes.convert(value, type_of(node.kind, self.element))
            if window is not None:
                value = lanes.select(window, value, values.get(node, lanes.constant(0.0, value.type)))
            values[node] = value
        loop = Loop((), (), (), (), nest.dtype, nest.strict)
        for node in nest.steps:
            values[node] = step(node, values, lanes, type_of(node.kind, self.element), loop)
        for index, (node, access) in enumerate(nest.writes):
            self.write(f"w{index}", values[node], access)
        for index, fold in enumerate(nest.folds):
            how = fold_in_registers if fold.reduced[-1] else fold_in_memory
            how(self, f"f{index}", values[fold.operand], fold)

    # ---- masks

    def places(self) -> None:
        """The position of each lane along the innermost axis."""
        w = self.lanes.width
        counted = ", ".join(f"i32 {lane}" for lane in range(w))
        self.lanes.lines += [
            "  %narrow = trunc i64 %j to i32",
            f"  %first = insertelement <{w} x i32> poison, i32 %narrow, i64 0",
            f"  %start = shufflevector <{w} x i32> %first, <{w} x i32> poison, <{w} x i32> zeroinitializer",
            f"  %place = add <{w} x i32> %start, <{counted}>",
        ]

    def below(self, places: str, limit: str) -> Lane:
        """Where a position is less than a constant or a register."""
        w = self.lanes.width
        if limit.startswith("%"):
            one = self.lanes.emit(f"insertelement <{w} x i32> poison, i32 {limit}, i64 0", "i32")
            all = self.lanes.emit(
                f"shufflevector <{w} x i32> {one.name}, <{w} x i32> poison, <{w} x i32> zeroinitializer", "i32"
            ).name
        else:
            all = f"splat (i32 {limit})"
        return self.lanes.emit(f"icmp slt <{w} x i32> {places}, {all}", TRUTH)

    def window(self, label: str, access: Access) -> tuple[Lane | None, str]:
        """Where the lanes are in the window of an array, and whether the outer axes are, as the name of a bit."""
        if not access.window:
            return None, "true"
        here = "true"
        for axis, (first, last) in enumerate(access.window[:-1]):
            if (first, last) != (0, self.nest.sizes[axis]):
                self.head += [
                    f"  %{label}l{axis} = icmp sge i64 %i{axis}, {first}",
                    f"  %{label}h{axis} = icmp slt i64 %i{axis}, {last}",
                    f"  %{label}k{axis} = and i1 %{label}l{axis}, %{label}h{axis}",
                    f"  %{label}o{axis} = and i1 {here}, %{label}k{axis}",
                ]
                here = f"%{label}o{axis}"
        low, high = access.window[-1]
        if here == "true":
            return self.below("%place", str(high)) & ~self.below("%place", str(low)), here
        self.head.append(f"  %{label}e = select i1 {here}, i32 {high}, i32 {low}")
        return self.below("%place", f"%{label}e") & ~self.below("%place", str(low)), here

    # ---- arrays

    def address(self, label: str, access: Access, axes: int) -> tuple[list[str], str]:
        """The code that finds where an array is read or written first, given the positions on so many axes."""
        lines, name = [], f"%p{access.pointer}"
        for axis, stride in enumerate(access.strides[:axes]):
            if stride:
                first = access.window[axis][0] if access.window else 0
                lines.append(f"  %{label}n{axis} = sub i64 %i{axis}, {first}")
                lines.append(f"  %{label}m{axis} = mul i64 %{label}n{axis}, {stride}")
                lines.append(f"  %{label}b{axis} = getelementptr {access.type}, ptr {name}, i64 %{label}m{axis}")
                name = f"%{label}b{axis}"
        return lines, name

    def read(self, label: str, access: Access) -> tuple[Lane, Lane | None]:
        """The numbers at the place of the lanes (side by side, one for all, or gathered), and where the window has them."""
        lanes, type = self.lanes, access.type
        lines, base = self.address(label, access, self.inner)
        self.head += lines
        window, here = self.window(label, access)
        if access.strides[-1] == 0:
            self.read_one(label, access, base, here)
        else:
            first = access.window[-1][0] if access.window else 0
            lanes.lines.append(f"  %{label}i = sub i64 %j, {first}")
            if access.strides[-1] == 1:
                self.read_next(label, access, base, window)
            else:
                self.read_apart(label, access, base, window)
        if type == BYTE:
            vector = f"<{lanes.width} x i8>"
            return lanes.emit(f"icmp ne {vector} %{label}, zeroinitializer", TRUTH), window
        return Lane(lanes, f"%{label}", type), window

    def read_one(self, label: str, access: Access, base: str, here: str) -> None:
        """One number for all lanes; outside a window, any that can be read."""
        w, type = self.lanes.width, access.type
        vector = f"<{w} x {type}>"
        self.head += [
            f"  %{label}a = select i1 {here}, ptr {base}, ptr %p{access.pointer}",
            f"  %{label}x = load {type}, ptr %{label}a, align {SIZES[type]}",
            f"  %{label}y = insertelement {vector} poison, {type} %{label}x, i64 0",
            f"  %{label} = shufflevector {vector} %{label}y, {vector} poison, <{w} x i32> zeroinitializer",
        ]

    def read_next(self, label: str, access: Access, base: str, window: Lane | None) -> None:
        """Numbers that lie side by side."""
        lanes, w, type = self.lanes, self.lanes.width, access.type
        vector = f"<{w} x {type}>"
        lanes.lines.append(f"  %{label}a = getelementptr {type}, ptr {base}, i64 %{label}i")
        if window is None:
            lanes.lines.append(f"  %{label} = load {vector}, ptr %{label}a, align {SIZES[type]}")
            return
        symbol = f"@llvm.masked.load.v{w}{SUFFIXES[type]}.p0"
        lanes.module.declarations[symbol] = f"declare {vector} {symbol}(ptr, i32, <{w} x i1>, {vector})"
        lanes.lines.append(
            f"  %{label} = call {vector} {symbol}(ptr %{label}a, i32 {SIZES[type]}, <{w} x i1> {window.name},"
            f" {vector} zeroinitializer)"
        )

    def read_apart(self, label: str, access: Access, base: str, window: Lane | None) -> None:
        """Numbers that lie a stride apart."""
        lanes, w, type, stride = self.lanes, self.lanes.width, access.type, access.strides[-1]
        vector, mask = f"<{w} x {type}>", window if window is not None else self.inside
        named = mask.name if mask is not None else "splat (i1 true)"
        counted = ", ".join(f"i64 {lane * stride}" for lane in range(w))
        symbol = f"@llvm.masked.gather.v{w}{SUFFIXES[type]}.v{w}p0"
        lanes.module.declarations[symbol] = f"declare {vector} {symbol}(<{w} x ptr>, i32, <{w} x i1>, {vector})"
        lanes.lines += [
            f"  %{label}j = mul i64 %{label}i, {stride}",
            f"  %{label}g = getelementptr {type}, ptr {base}, i64 %{label}j",
            f"  %{label}a = getelementptr {type}, ptr %{label}g, <{w} x i64> <{counted}>",
            f"  %{label} = call {vector} {symbol}(<{w} x ptr> %{label}a, i32 {SIZES[type]}, <{w} x i1> {named},"
            f" {vector} zeroinitializer)",
        ]

    def write(self, label: str, value: Lane, access: Access) -> None:
        """Numbers stored side by side; what a row's last register has beyond the row is left out, unless nothing follows."""
        lanes, w, type = self.lanes, self.lanes.width, access.type
        lines, base = self.address(label, access, self.inner)
        self.head += lines
        vector = f"<{w} x {type}>"
        if type == BYTE:
            name = lanes.emit(f"zext <{w} x i1> {value.name} to {vector}", BYTE).name
        else:
            name = lanes.convert(value, type).name
        lanes.lines.append(f"  %{label}a = getelementptr {type}, ptr {base}, i64 %j")
        if self.inside is None or self.inner == 0:
            lanes.lines.append(f"  store {vector} {name}, ptr %{label}a, align {SIZES[type]}")
            return
        symbol = f"@llvm.masked.store.v{w}{SUFFIXES[type]}.p0"
        lanes.module.declarations[symbol] = f"declare void {symbol}({vector}, ptr, i32, <{w} x i1>)"
        lanes.lines.append(
            f"  call void {symbol}({vector} {name}, ptr %{label}a, i32 {SIZES[type]}, <{w} x i1> {self.inside.name})"
        )
