"""A training run as TensorBoard shows it: loss, learning rate and norms as curves, gradients and variables as histograms.

In the folder are the runs `train` and `validation`, as Keras names them, so that both losses stand in one chart.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from .curves import norm
from .events import EpochDone, Finished, StepDone

if TYPE_CHECKING:
    from typing import Any

    from ...data.event_file import EventWriter
    from .events import Event

VALIDATION = "val_"


class TensorBoardObserver:
    """Writes every so many steps, and every epoch."""

    def __init__(self, folder: str, every: int = 1) -> None:
        self.folder, self.every = folder, every
        self._writers: dict[str, EventWriter] = {}
        self._begun: set[str] = set()
        self._opened("train")  # now, so that a folder that cannot be written is known before the first step

    def wants(self, step: int) -> bool:
        """Whether something is written of this step."""
        return step % self.every == 0

    def observe(self, event: Event) -> None:
        """Write what happened."""
        if isinstance(event, StepDone):
            if self.wants(event.step):
                self._step(event)
        elif isinstance(event, EpochDone):
            for name, value in event.logs.items():
                run = "validation" if name.startswith(VALIDATION) else "train"
                self._writer(run, event.epoch).scalar(f"epoch_{name.removeprefix(VALIDATION)}", value, event.epoch)
        elif isinstance(event, Finished):
            self._writer("train", event.step).scalar("loss", event.loss, event.step)

    def close(self) -> None:
        """Finish the files."""
        for writer in self._writers.values():
            writer.close()

    def _step(self, event: StepDone) -> None:
        writer = self._writer("train", event.step)
        writer.scalar("loss", event.loss, event.step)
        writer.scalar("learning_rate", event.rate, event.step)
        for name, gradient in (event.gradients or {}).items():
            writer.scalar(f"gradient_norm/{name}", norm(gradient), event.step)
            self._spread(writer, f"gradient/{name}", gradient, event.step)
        for name, value in (event.variables or {}).items():
            self._spread(writer, f"variable/{name}", value, event.step)

    def _spread(self, writer: EventWriter, name: str, values: Any, step: int) -> None:
        """Write a histogram, and how many numbers are not in it since they are no numbers."""
        import numpy as np

        writer.histogram(name, values, step)
        strange = np.count_nonzero(~np.isfinite(values))
        if strange:
            writer.scalar(f"not_finite/{name}", strange, step)

    def _writer(self, run: str, step: int) -> EventWriter:
        """What writes a run of the folder, which begins with the first step that is written."""
        writer = self._opened(run)
        if run not in self._begun:
            writer.begin(step)
            self._begun.add(run)
        return writer

    def _opened(self, run: str) -> EventWriter:
        if run not in self._writers:
            from ...data.event_file import EventWriter

            self._writers[run] = EventWriter(os.path.join(self.folder, run))
        return self._writers[run]
