"""A peer in a process of its own, which prepares, runs, times and compares on request."""

from __future__ import annotations

import gc
import multiprocessing
import os
import sys
import time
from typing import Any, NamedTuple

CLOCKS = {"cpu": time.process_time, "wall": time.perf_counter}
# Turns shorter than this are repeated within one reading of the clock.
SHORT = 2e-3

# Set before a peer is imported; most read them only then.
ENVIRONMENT = {
    "OMP_NUM_THREADS": "{threads}",
    "OPENBLAS_NUM_THREADS": "{threads}",
    "MKL_NUM_THREADS": "{threads}",
    "NUMEXPR_NUM_THREADS": "{threads}",
    "NUMEXPR_MAX_THREADS": "{threads}",
    "TF_NUM_INTRAOP_THREADS": "{threads}",
    "TF_NUM_INTEROP_THREADS": "{threads}",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "TORCHINDUCTOR_COMPILE_THREADS": "1",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads={threads}",
    "JAX_PLATFORMS": "cpu",
    "CUDA_VISIBLE_DEVICES": "",
}

# Whether a page is new from the system decides the time of large outputs, and it depends on what ran before. Here all
# that was freed stays with the process, which is the best case of every peer that allocates its outputs on each call.
KEEPING = {
    "MALLOC_TOP_PAD_": str(256 << 20),
    "MALLOC_TRIM_THRESHOLD_": str(1 << 30),
    "MALLOC_MMAP_THRESHOLD_": str(32 << 20),
}


def pin(core: int | None, threads: int = 1) -> int | None:
    """Keeps this process and those it starts on one core, and asks every peer for so many threads; returns the core."""
    for name, value in ENVIRONMENT.items():
        os.environ[name] = value.format(threads=threads)
    for name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):
        os.environ.pop(name, None)  # they would slow down NumPy's matrix products and nobody else's
    if threads != 1 or not hasattr(os, "sched_setaffinity"):
        return None
    core = max(os.sched_getaffinity(0)) if core is None else core
    os.sched_setaffinity(0, {core})
    return core


class Reply(NamedTuple):
    """What a worker says: a value, or what went wrong."""

    value: Any = None
    problem: str | None = None


class Worker:
    """The near end of a process that holds one peer."""

    def __init__(self, limit: float, keeping: bool = True) -> None:
        context = multiprocessing.get_context("spawn")
        self.limit = limit
        self.pipe, far = context.Pipe()
        self.process = context.Process(target=serve, args=(far,), daemon=True)
        extra = {name: value for name, value in KEEPING.items() if keeping and name not in os.environ}
        os.environ.update(extra)  # read when a process starts
        self.process.start()
        for name in extra:
            del os.environ[name]
        far.close()

    def ask(self, command: str, *arguments: Any) -> Reply:
        """Sends a command and waits for its answer; a peer that takes too long or dies is given up."""
        try:
            self.pipe.send((command, arguments))
            if self.pipe.poll(self.limit):
                found: Reply = self.pipe.recv()
                return found
            problem = f"not finished within {self.limit:.0f} s"
        except (EOFError, OSError):
            problem = "its process ended"
        self.close()
        return Reply(problem=problem)

    @property
    def alive(self) -> bool:
        return self.process.is_alive()

    def close(self) -> None:
        """Ends the process."""
        self.process.kill()
        self.process.join()
        self.pipe.close()


def alone(function: str, *arguments: Any, limit: float = 600.0) -> Reply:
    """Calls `section:function` of this package in a process of its own, so that memory and imports are its own."""
    worker = Worker(limit, keeping=False)
    try:
        return worker.ask("call", function, *arguments)
    finally:
        worker.close()


def serve(pipe: Any) -> None:
    """The far end: answers commands until the near end is gone."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    state = State()
    while True:
        try:
            command, arguments = pipe.recv()
        except (EOFError, OSError):
            return
        try:
            reply = Reply(getattr(state, command)(*arguments))
        except MemoryError:
            reply = Reply(problem="out of memory")
        except Exception as error:
            first = (str(error).strip() or type(error).__name__).splitlines()[0]
            reply = Reply(problem=first[:200])
        pipe.send(reply)


class State:
    """The task in hand. Each method is a command."""

    def __init__(self) -> None:
        self.task: Any = None
        self.outputs: Any = None

    def prepare(self, section: str, kind: str, entry: str, case: tuple[Any, ...]) -> float:
        """Makes the task of a case and runs it once; returns how many seconds that took, compilation included."""
        from . import peers
        from .sections import arguments

        self.task = self.outputs = None
        gc.collect()
        given = arguments(section, kind, case)
        before = time.perf_counter()
        self.task = peers.prepare(entry, given)
        self.outputs = self.task.run()
        return time.perf_counter() - before

    def check(self, path: str, tolerance: float) -> Any:
        """Compares the outputs with those in a file."""
        import numpy

        from .reference import compare

        with numpy.load(path) as expected:
            found = self.task.read(self.outputs)
            return compare(found, [expected[name] for name in expected.files], tolerance)

    def measure(self, seconds: float, clock: str) -> list[float]:
        """Seconds of one run, several samples; short runs are timed many at a time."""
        read, run = CLOCKS[clock], self.task.run
        self.outputs = None
        run()
        before = read()
        run()
        once = max(read() - before, 1e-7)
        batch = max(1, round(SHORT / once))
        samples = max(1, min(50, round(seconds / (once * batch))))
        found = []
        gc.disable()
        for _ in range(samples):
            before = read()
            for _ in range(batch):
                run()
            found.append((read() - before) / batch)
        gc.enable()
        return found

    def call(self, function: str, *arguments: Any) -> Any:
        """Calls a function of a section."""
        from .sections import section

        module, name = function.split(":")
        return getattr(section(module), name)(*arguments)


def peak() -> float:
    """The most memory this process has had, in bytes."""
    import resource

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most * (1 if sys.platform == "darwin" else 1024)
