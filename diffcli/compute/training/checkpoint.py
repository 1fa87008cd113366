"""Checkpoints: everything that a run needs to go on as if it had never stopped, in one file."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from ...data import DataError, FormatError
from ...data.weights import is_there, read_weights, write_weights
from ..rowdata.inputs import modules_of
from ..weights import digest
from .events import EpochDone
from .loop import Training
from .measures import Sums
from .recording import Recorder
from .stopping import Best

FORM = 3


def fingerprint(training: Training, version: str) -> str:
    """What a run is of: the file, what was asked, the data, and the program. How long it goes on is no part of it."""
    plan = training.plan
    wanted = plan.wanted
    request = wanted.request
    told = hashlib.sha256()
    asked = (
        FORM,
        version,
        [each.source.text for each in modules_of(request)],
        request._replace(source=None, limits=None, weights=None, base=None),  # type: ignore[arg-type]  # left out of the text
        digest(request.weights),
        wanted.chosen.described,
        wanted.clipping,
        [each.name for each in training.first.variables],
        training.first.dtype,
        plan.batches,
        plan.frequency,
        plan.stopping,
    )
    told.update(repr(asked).encode())
    for value in training.first.start:
        told.update(_bytes(value))
    for table in (plan.table, plan.validation):
        for each in table.inputs if table is not None else ():
            told.update(each.name.encode())
            told.update(_bytes(each.values))
    return told.hexdigest()


def _bytes(value: Any) -> bytes:
    import numpy as np

    return np.ascontiguousarray(value).tobytes()


def save(path: str, training: Training, recorder: Recorder, version: str) -> None:
    """Writes how a run stands; the file is always a complete one."""
    best = training.best
    facts = {
        "fingerprint": fingerprint(training, version),
        "count": training.trainer.count,
        "epoch": training.epoch,
        "sums": [training.sums.rows, list(training.sums.totals)],
        "epochs": [[each.epoch, each.step, dict(each.logs)] for each in training.epochs],
        "best": [best.value, best.epoch, best.waited, best.over],
        "turns": recorder.turns,
        "every": recorder.every,
    }
    arrays: dict[str, Any] = {f"state/{place}": each for place, each in enumerate(training.trainer.state)}
    for place, each in enumerate(best.state or ()):
        arrays[f"best/{place}"] = each
    import numpy as np

    arrays["facts"] = np.frombuffer(json.dumps(facts).encode(), np.uint8)
    write_weights(path, arrays)


def restore(path: str, training: Training, recorder: Recorder, version: str) -> bool:
    """Puts a run where a checkpoint left it; False when there is none. FormatError when it is of another run."""
    if not is_there(path):
        return False
    arrays = read_weights(path)
    try:
        facts = json.loads(arrays["facts"].tobytes())
        state = _numbered(arrays, "state")
        if facts["fingerprint"] != fingerprint(training, version):
            raise FormatError(
                f"{path} is the checkpoint of another run: of another file, other options, data or version",
                "leave out --resume to start anew",
            )
        training.trainer.state = state
        training.trainer.count = facts["count"]
        training.epoch = facts["epoch"]
        training.sums = Sums(facts["sums"][0], tuple(facts["sums"][1]))
        training.epochs = [EpochDone(*each) for each in facts["epochs"]]
        value, epoch, waited, over = facts["best"]
        training.best = Best(value, epoch, waited, _numbered(arrays, "best") or None, over)
        recorder.turns = facts["turns"]
        if recorder.thinning:
            recorder.every = facts["every"]
    except (KeyError, ValueError, TypeError, IndexError) as error:
        raise DataError(f"this is no checkpoint: {error}", path) from None
    return True


def _numbered(arrays: dict[str, Any], kind: str) -> Sequence[Any]:
    """The arrays of a list in their order; scalars come back as floats."""
    places = sorted(int(name.partition("/")[2]) for name in arrays if name.startswith(f"{kind}/"))
    found = [arrays[f"{kind}/{place}"] for place in places]
    return [each if each.shape else float(each) for each in found]
