"""CSV: cells divided by commas, a header line."""

from __future__ import annotations

from functools import partial

from .delimited import Part as DelimitedPart
from .delimited_writer import Writer as DelimitedWriter

Part = partial(DelimitedPart, delimiter=",")
Writer = partial(DelimitedWriter, delimiter=",")
