"""Machine code through llvmlite: the processor's widths, compilation of LLVM text, compiled objects kept on disk."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import Any, NamedTuple

from .. import cache

INSTALL = "pip install 'diffcli[jit]'"
MISSING = f"compiled programs need llvmlite; install it with: {INSTALL}"
# Above this many instructions LLVM's scheduling of one long block takes longer than the code is worth.
LARGE = 10_000


class Target(NamedTuple):
    """A processor to compile for: its name and features as LLVM has them, lanes of a double, whether it has fused multiply-add."""

    cpu: str
    features: str
    width: int
    fma: bool


class Compiled(NamedTuple):
    """A function in machine code. `owner` keeps its memory."""

    address: int
    owner: Any
    cached: bool


@lru_cache
def binding() -> Any:
    """llvmlite's binding, ready for this processor. ImportError says how to install it."""
    try:
        import llvmlite.binding as llvm
    except ImportError as error:
        raise ImportError(MISSING) from error
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    return llvm


def available() -> bool:
    """Whether programs can be compiled here."""
    try:
        binding()
    except (ImportError, OSError, RuntimeError):
        return False
    return True


@lru_cache
def host() -> Target:
    """The processor of this machine, at its full width."""
    llvm = binding()
    features = llvm.get_host_cpu_features()
    has = {name for name, present in features.items() if present}
    width = 8 if "avx512f" in has and "avx512dq" in has else 4 if "avx2" in has else 2
    fma = "fma" in has or "avx512f" in has or "neon" in has
    return Target(llvm.get_host_cpu_name(), features.flatten(), width, fma)


# Processors that stand for a width; each runs on any machine of that width or a larger one.
BASELINES = {2: ("nehalem", "", 2, False), 4: ("haswell", "", 4, True), 8: ("skylake-avx512", "", 8, True)}


def target_of_width(width: int) -> Target:
    """A processor with so many lanes, at most as many as this machine has."""
    machine = host()
    if width == machine.width or not _x86():
        return machine._replace(width=width)
    if width > machine.width:
        raise ValueError(f"this processor has {machine.width} lanes of doubles, not {width}")
    return Target(*BASELINES[width])


def has_avx512(target: Target) -> bool:
    """Whether code for this processor may use the instructions of AVX-512."""
    return target.width == 8 and _x86()


def _x86() -> bool:
    triple: str = binding().get_process_triple()
    return triple.startswith("x86_64")


def function_attributes(target: Target) -> str:
    """What every function is compiled with: the full width, and no flag that would loosen IEEE arithmetic."""
    bits = 64 * target.width
    return (
        f'attributes #0 = {{ nounwind "prefer-vector-width"="{bits}" "min-legal-vector-width"="{bits}"'
        f' "target-cpu"="{target.cpu}" "target-features"="{target.features}" "no-trapping-math"="true" }}\n'
        '!0 = !{!"branch_weights", i32 1, i32 2000}\n!1 = !{i32 1}\n'
    )


def compiled(symbol: str, key: str, text: Callable[[], tuple[str, int]], target: Target, keep: bool = True) -> Compiled:
    """The function `symbol` in machine code: from the cache under the key, else compiled from the text and kept there.

    The text comes with its number of instructions. The key need not name processor, versions or our own code: they are added.
    """
    name = _name(key, target) if keep else None
    path = None if name is None else _path(name)
    if path is not None and name is not None:
        content = cache.read(path)
        mark = name.encode()
        if content is not None and content.startswith(mark):
            found = _loaded(content[len(mark) :], symbol, target)
            if found is not None:
                return Compiled(*found, True)
    content = machine_code(*text(), target)
    if path is not None and name is not None:
        cache.write(path, name.encode() + content)
    found = _loaded(content, symbol, target)
    if found is None:
        raise RuntimeError(f"the compiled object has no {symbol}")
    return Compiled(*found, False)


def machine_code(text: str, instructions: int, target: Target) -> bytes:
    """An object file from LLVM text."""
    llvm = binding()
    module = llvm.parse_assembly(text)
    machine = _machine(target, 2 if instructions < LARGE else 0)
    content: bytes = machine.emit_object(module)
    return content


def _machine(target: Target, level: int) -> Any:
    llvm = binding()
    triple = llvm.Target.from_triple(llvm.get_process_triple())
    return triple.create_target_machine(cpu=target.cpu, features=target.features, opt=level, jit=True)


def _loaded(content: bytes, symbol: str, target: Target) -> tuple[int, Any] | None:
    """The address of a function of an object file, and what keeps it in memory."""
    llvm = binding()
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), _machine(target, 0))
    try:
        engine.add_object_file(llvm.ObjectFileRef.from_data(content))
        engine.finalize_object()
    except (RuntimeError, ValueError):
        return None
    address = engine.get_function_address(symbol)
    return (address, engine) if address else None


def _path(name: str) -> Path | None:
    folder = cache.folder()
    return None if folder is None else folder / "programs" / f"{name}.o"


def _name(key: str, target: Target) -> str:
    """The key with all that machine code depends on."""
    import llvmlite

    parts = (key, target.cpu, target.features, str(target.width), llvmlite.__version__, _fingerprint())
    return blake2b("\0".join(parts).encode(), digest_size=20).hexdigest()


@lru_cache
def _fingerprint() -> str:
    """What our own files are that decide the code: another version of them must not find the code of this one."""
    engine = Path(__file__).resolve().parent.parent
    parts = []
    for folder in (engine, engine / "ops", engine / "run", engine / "run" / "vector"):
        with os.scandir(folder) as entries:
            for entry in sorted(entries, key=lambda each: each.name):
                if entry.name.endswith(".py"):
                    status = entry.stat()
                    parts.append(f"{entry.name} {status.st_size} {status.st_mtime_ns}")
    return "\n".join(parts)


def callable_of(found: Compiled, *arguments: Any) -> Any:
    """The function as a Python callable that releases the interpreter's lock while it runs."""
    function = ctypes.CFUNCTYPE(None, *arguments)(found.address)
    function.owner = found.owner  # type: ignore[attr-defined]  # the code lives as long as what calls it
    return function
